"""tools/export_model.py and tools/read_safetensors.py, as a user calls them."""

import contextlib
import io
import json
import struct
import sys
import tempfile
import unittest
from pathlib import Path

import numpy
import torch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools")]

import export_model  # noqa: E402
import networks  # noqa: E402
from read_safetensors import read_safetensors  # noqa: E402


def call(*arguments):
    """Exit status, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = export_model.main(list(arguments))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


class Temporary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = str(self.folder / "model.pt")

    def export(self, name, *more):
        return call(f"{HERE / 'networks.py'}:{name}", "--out", self.out, *more)


class Export(Temporary):
    def test_writes_a_model_that_does_the_same(self):
        torch.manual_seed(3)
        module = networks.Mixed(features=6, hidden=4)
        lines = []
        export_model.export(module, self.out, input=[6], report=lines.append)
        rows = torch.randn(5, 6)
        loaded = torch.jit.load(self.out)
        for training in (False, True):
            expected = module.train(training)(rows)
            torch.testing.assert_close(loaded.train(training)(rows), expected, rtol=0, atol=1e-6)
        self.assertEqual(loaded.bn.num_batches_tracked.item(), 1)  # of this one step
        self.assertIn("a row of 6 gives 10 scores", lines)

    def test_lists_what_the_model_consists_of(self):
        status, out, err = self.export("Mixed", "--input", "64", "--freeze", "stem.*")
        self.assertEqual((status, err), (0, ""))
        lines = [" ".join(line.split()) for line in out.splitlines()]
        for line in (
            "stem.weight 32x64 frozen",
            "first.weight 32x32 trainable",
            "second.weight 32x32 is first.weight",
            "spare 3 trainable, no gradient reaches it",
            "bn.running_var 32 buffer",
            "bn.num_batches_tracked scalar buffer",
            "order 64 constant",
            "d = 1485 trainable parameters, 2080 frozen ones",
        ):
            self.assertIn(line, lines)
        self.assertTrue(lines[0].startswith("warning: buffer order (int64, 64) stays constant"), lines[0])

    def test_freezes_in_the_file_and_not_in_the_module(self):
        module = networks.Mixed()
        export_model.export(module, self.out, input=[64], frozen=["stem.*", "bn.bias"], report=lambda line: None)
        frozen = {n for n, p in torch.jit.load(self.out).named_parameters() if not p.requires_grad}
        self.assertEqual(frozen, {"stem.weight", "stem.bias", "bn.bias"})
        self.assertTrue(all(parameter.requires_grad for parameter in module.parameters()))

    def test_keeps_tied_weights_tied(self):
        self.assertEqual(self.export("Mixed", "--input", "64")[0], 0)
        loaded = torch.jit.load(self.out)
        self.assertEqual(loaded.first.weight.data_ptr(), loaded.second.weight.data_ptr())

    def test_takes_arguments_weights_and_words(self):
        torch.manual_seed(4)
        state = networks.Words(vocabulary=9, cells=3).state_dict()
        torch.save({"state_dict": state}, self.folder / "state.pt")
        status, out, err = self.export(
            "Words", "--words", "7", "--args", '{"vocabulary": 9, "cells": 3}',
            "--weights", str(self.folder / "state.pt"),
        )
        self.assertEqual((status, err), (0, ""))
        self.assertIn("a row of 7 words gives 2 scores", out)
        loaded = torch.jit.load(self.out).state_dict()
        self.assertEqual(list(loaded), list(state))
        self.assertTrue(all(torch.equal(loaded[name], state[name]) for name in state))
        self.assertEqual(self.export("Words", "--words", "7", "--args", "[9, 3]")[0], 0)

    def test_traces_when_asked_to(self):
        self.assertEqual(self.export("Unscriptable", "--input", "8", "--trace")[::2], (0, ""))
        self.assertEqual(torch.jit.load(self.out)(torch.zeros(5, 8)).shape, (5, 2))

    def refused(self, status, message, name, *more):
        found, out, err = self.export(name, *more)
        self.assertEqual((found, out), (status, ""), err)
        self.assertIn(message, err)
        self.assertEqual(list(self.folder.glob("model.pt*")), [])

    def test_refuses_models_that_cannot_be_trained_as_they_are(self):
        self.refused(1, "error: parameter scale is float64, allowed is float32", "Wide", "--input", "8")
        self.refused(1, "error: buffer shift is float64, allowed is float32", "WideBuffer", "--input", "8")
        self.refused(1, "record one run instead: --trace", "Unscriptable", "--input", "8")
        self.refused(1, "would fix drop (Dropout) in one mode", "Dropping", "--input", "8", "--trace")
        self.refused(1, "fails on a batch of 3x8: ", "FixedBatch", "--input", "8")
        self.refused(1, "fails on a batch of 3x8: ", "FixedBatch", "--input", "8", "--trace")
        self.refused(1, "the model returns a tuple, allowed is one tensor", "Pair", "--input", "8")
        self.refused(1, "the model fails on a batch of 2x63: ", "Mixed", "--input", "63")
        self.refused(1, "no parameter matches steam.*; there are spare, stem.weight,", "Mixed", "--input", "64",
                     "--freeze", "steam.*")

    def test_refuses_mistakes_with_status_2(self):
        self.refused(2, "networks.py has no Nope", "Nope", "--input", "8")
        self.refused(2, "makes a int, allowed is a torch.nn.Module", "not_a_module", "--input", "8")
        self.refused(2, "found 8,x, allowed is a shape such as 1,28,28", "Mixed", "--input", "8,x")
        self.refused(2, "--args: no JSON", "Mixed", "--input", "64", "--args", "{hidden: 3}")
        self.refused(2, "unexpected keyword argument 'width'", "Mixed", "--input", "64", "--args", '{"width": 3}')
        self.refused(2, "one of the arguments --input --words is required", "Mixed")
        self.refused(2, "cannot read nowhere.pt", "Mixed", "--input", "64", "--weights", "nowhere.pt")
        status, _, err = call("nowhere.py:Net", "--out", self.out, "--input", "8")
        self.assertEqual((status, err), (2, "error: nowhere.py: no such file\n"))
        status, _, err = call("Net", "--out", self.out, "--input", "8")
        self.assertEqual((status, err), (2, "error: found Net, allowed is FILE.py:NAME or MODULE:NAME\n"))


def safetensors(tensors, metadata=None):
    """The bytes of a file, written by the format's description."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class ReadSafetensors(Temporary):
    def write(self, data, name="model.safetensors"):
        file = self.folder / name
        file.write_bytes(data)
        return str(file)

    def test_reads_names_types_shapes_and_metadata(self):
        values = numpy.arange(6, dtype="<f4")
        file = self.write(
            safetensors(
                {"a": ("F32", [2, 3], values.tobytes()), "n": ("I64", [], struct.pack("<q", -5))}, {"round": "7"}
            )
        )
        tensors, metadata = read_safetensors(file)
        self.assertEqual(metadata, {"round": "7"})
        numpy.testing.assert_array_equal(tensors["a"], values.reshape(2, 3))
        self.assertEqual((tensors["n"].shape, tensors["n"].dtype, int(tensors["n"])), ((), numpy.int64, -5))

    def test_refuses_damaged_files(self):
        good = safetensors({"a": ("F32", [2], b"12345678")})
        for end in range(len(good)):
            with self.assertRaisesRegex(ValueError, "damaged.safetensors: no safetensors file: "):
                read_safetensors(self.write(good[:end], "damaged.safetensors"))
        with self.assertRaisesRegex(ValueError, "a is F8, allowed is one of F64, F32"):
            read_safetensors(self.write(safetensors({"a": ("F8", [2], b"12")})))

    def test_starts_a_model_from_the_file_of_a_run(self):
        """Which has tied parameters once, and no constants."""
        torch.manual_seed(5)
        state = networks.Mixed().state_dict()
        types = {torch.float32: "F32", torch.int64: "I64"}
        kept = {n: t for n, t in state.items() if n not in ("second.weight", "order")}
        raw = {n: (types[t.dtype], list(t.shape), t.numpy().tobytes()) for n, t in kept.items()}
        status, _, err = self.export("Mixed", "--input", "64", "--weights", self.write(safetensors(raw)))
        self.assertEqual((status, err), (0, ""))
        loaded = torch.jit.load(self.out).state_dict()
        self.assertTrue(all(torch.equal(loaded[name], state[name]) for name in state))

        lacking = {name: tensor for name, tensor in raw.items() if name != "head.bias"}
        lacking["tail.bias"] = raw["head.bias"]
        file = self.write(safetensors(lacking))
        status, _, err = self.export("Mixed", "--input", "64", "--weights", file)
        self.assertEqual(status, 1)
        self.assertIn("it lacks head.bias, and has tail.bias besides", err)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
