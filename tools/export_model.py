#!/usr/bin/env python3
"""Export a PyTorch model as TorchScript, for `objective: {model: torchscript, path: model.pt}`.

In a notebook:

    from export_model import export
    export(Net(hidden=32), "model.pt", input=[1, 28, 28])
"""

import argparse
import copy
import fnmatch
import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path

try:
    import torch
    from torch import nn
except ImportError:
    if __name__ != "__main__":
        raise
    sys.exit("error: this needs PyTorch; on Debian: apt-get install python3-torch")

from read_safetensors import read_safetensors

EXAMPLES = """examples:
  export_model.py my_models.py:Net --out model.pt --input 1,28,28
  export_model.py my_models.py:Net --out model.pt --input 64 --args '{"hidden": 32}'
  export_model.py package.models:make_net --out model.pt --input 3,32,32 --weights state.pt \\
      --freeze 'features.*' 'stem.*'
  export_model.py my_models.py:Reader --out model.pt --words 300

Exit status: 0 done, 1 the model cannot be exported, 2 bad usage."""

# Layers that behave differently in training and evaluation; a trace keeps one of the two.
TWO_MODES = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)


class ExportError(Exception):
    """Why a model cannot be exported, or not be used after it."""


class UsageError(Exception):
    """A mistake on the command line."""


def times(sizes):
    return "x".join(map(str, sizes)) or "scalar"


def type_of(tensor):
    return str(tensor.dtype).removeprefix("torch.")


def tensors_of(module):
    """All parameters and all buffers by name; a tensor that is there twice has two names."""
    parameters, buffers = {}, {}
    for prefix, part in module.named_modules(remove_duplicate=False):
        dot = prefix + "." if prefix else ""
        parameters.update((dot + name, value) for name, value in part._parameters.items())
        buffers.update((dot + name, value) for name, value in part._buffers.items())
    return tuple({n: v for n, v in some.items() if v is not None} for some in (parameters, buffers))


def freeze(module, patterns):
    """Takes the parameters whose names match a pattern (* also matches dots) out of training."""
    parameters, _ = tensors_of(module)
    for pattern in patterns:
        names = fnmatch.filter(parameters, pattern)
        if not names:
            raise ExportError(f"no parameter matches {pattern}; there are {', '.join(parameters)}")
        for name in names:
            parameters[name].requires_grad_(False)


def require_float32(module):
    parameters, buffers = tensors_of(module)
    floating = {name: buffer for name, buffer in buffers.items() if buffer.is_floating_point()}
    for kind, tensors in (("parameter", parameters), ("buffer", floating)):
        for name, value in tensors.items():
            if value.dtype != torch.float32:
                raise ExportError(
                    f"{kind} {name} is {type_of(value)}, allowed is float32 (module.float() converts)"
                )


def is_state(buffer):
    """Is it carried along by training, as running statistics are? Other buffers stay constant."""
    return buffer.is_floating_point() or (buffer.dtype == torch.int64 and buffer.numel() == 1)


def make_batch(rows, input, words):
    """Random values, or word numbers that every vocabulary has."""
    generator = torch.Generator().manual_seed(1)
    if words is not None:
        return torch.randint(2, (rows, words), generator=generator)
    return torch.randn(rows, *input, generator=generator)


def scores(module, batch, what):
    """What the model makes of a batch: a tensor with a row for each."""
    shape = times(batch.shape)
    try:
        result = module(batch)
    except Exception as error:
        raise ExportError(f"{what} fails on a batch of {shape}: {last_line(error)}") from error
    if not isinstance(result, torch.Tensor):
        raise ExportError(f"{what} returns a {type(result).__name__}, allowed is one tensor of scores")
    if not result.is_floating_point() or result.dim() == 0 or result.shape[0] != batch.shape[0]:
        raise ExportError(
            f"{what} makes a {type_of(result)} tensor of {times(result.shape)} of a batch of {shape}; "
            f"allowed is a floating-point tensor with {batch.shape[0]} rows of scores"
        )
    return result


def last_line(error):
    """The useful one of PyTorch's messages."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def to_script(module):
    try:
        return torch.jit.script(module)
    except Exception as error:
        raise ExportError(
            f"TorchScript cannot compile this module:\n\n{error}\n\n"
            "Either write what it names in TorchScript's subset of Python, or, if no branch or loop of\n"
            "forward() depends on the values it is given, record one run instead: --trace (trace=True)."
        ) from error


def to_trace(module, batch):
    for name, part in module.named_modules():
        if isinstance(part, TWO_MODES):
            raise ExportError(
                f"a trace would fix {name or 'the module'} ({type(part).__name__}) in one mode, "
                "training or evaluation; export this model without --trace"
            )
    try:
        return torch.jit.trace(module, batch)
    except Exception as error:
        raise ExportError(f"tracing fails: {last_line(error)}") from error


def unused(script, batch):
    """The trainable parameters that a training step finds no gradient for."""
    script.train()
    result = scores(script, batch, "the exported model in training mode")
    if result.requires_grad:
        result.sum().backward()
    parameters = script.named_parameters()
    return {name for name, value in parameters if value.requires_grad and value.grad is None}


def table(module, without_gradient):
    """Lines on the parameters and buffers, tied ones once, and the dimension d of the model."""
    parameters, buffers = tensors_of(module)
    rows, first = [], {}
    for name, value in parameters.items():
        kind = "trainable" if value.requires_grad else "frozen"
        if id(value) in first:
            kind = f"is {first[id(value)]}"
        elif name in without_gradient:
            kind += ", no gradient reaches it"
        first.setdefault(id(value), name)
        rows.append((name, value, kind))
    for name, value in buffers.items():
        rows.append((name, value, "buffer" if is_state(value) else "constant"))
    width = max([len(name) for name, _, _ in rows], default=0)
    lines = [f"{name:<{width}}  {times(value.shape):>14}  {kind}" for name, value, kind in rows]
    counts = {True: 0, False: 0}
    for value in {id(value): value for value in parameters.values()}.values():
        counts[value.requires_grad] += value.numel()
    lines.append(f"d = {counts[True]} trainable parameters, {counts[False]} frozen ones")
    return lines


def try_out(module, path, input, words):
    """Whether the file does what the module does. Returns the scores of two rows, and the names of
    parameters that it does not use."""
    loaded = torch.jit.load(path).eval()
    with torch.no_grad():
        expected = module(make_batch(2, input, words))
        found = scores(loaded, make_batch(2, input, words), "the exported model")
        scores(loaded, make_batch(3, input, words), "the exported model")  # is the batch's size fixed?
    if not torch.allclose(expected, found, rtol=1e-4, atol=1e-6, equal_nan=True):
        raise ExportError("the exported model does not give what the module gives for the same rows")
    return found, unused(loaded, make_batch(4, input, words))


def export(module, path, input=None, words=None, frozen=(), trace=False, report=print):
    """Writes an nn.Module as TorchScript, once it has been tried out.

    input: the shape of one row of floats, such as [1, 28, 28]; or words: the length of rows of word
    numbers. frozen: patterns of the names of parameters that are not to be trained. The module is left
    as it is. Raises ExportError.
    """
    if (input is None) == (words is None):
        raise ExportError("give one of input and words, the shape of a row")
    module = copy.deepcopy(module).cpu().eval()
    with torch.no_grad():
        scores(module, make_batch(2, input, words), "the model")  # lazy modules get their shapes here
    require_float32(module)
    freeze(module, frozen)
    script = to_trace(module, make_batch(2, input, words)) if trace else to_script(module)
    part = f"{path}.part"
    try:
        script.save(part)
        found, without_gradient = try_out(module, part, input, words)
        os.replace(part, path)
    except (OSError, RuntimeError) as error:
        raise ExportError(f"cannot write {path}: {last_line(error)}") from error
    finally:
        Path(part).unlink(missing_ok=True)

    for name, value in tensors_of(module)[1].items():
        if not is_state(value):
            report(
                f"warning: buffer {name} ({type_of(value)}, {times(value.shape)}) stays constant: training "
                "updates only float32 buffers and int64 scalars"
            )
    for line in table(module, without_gradient):
        report(line)
    row = f"{words} words" if words is not None else times(input)
    report(f"a row of {row} gives {times(found.shape[1:]) if found.dim() > 1 else 1} scores")
    report(f"written to {path}")


def find(name):
    """The class or function that FILE.py:NAME or MODULE:NAME means."""
    where, colon, attribute = name.rpartition(":")
    if not colon or not where or not attribute:
        raise UsageError(f"found {name}, allowed is FILE.py:NAME or MODULE:NAME")
    try:
        if where.endswith(".py"):
            file = Path(where).resolve()
            if not file.is_file():
                raise UsageError(f"{where}: no such file")
            sys.path.insert(0, str(file.parent))  # for what it imports from beside it
            spec = importlib.util.spec_from_file_location(file.stem, file)
            source = importlib.util.module_from_spec(spec)
            sys.modules[file.stem] = source
            spec.loader.exec_module(source)
        else:
            sys.path.insert(0, "")
            source = importlib.import_module(where)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"cannot import {where}: {type(error).__name__}: {error}") from error
    if not hasattr(source, attribute):
        raise UsageError(f"{where} has no {attribute}")
    return getattr(source, attribute)


def construct(name, text):
    """The module that the class or function of that name makes with arguments in JSON."""
    maker = find(name)
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--args: no JSON: {error}") from error
    if not isinstance(arguments, (dict, list)):
        raise UsageError(f"--args: found {text}, allowed is an object of named arguments or a list")
    if isinstance(maker, nn.Module):
        module = maker
    else:
        try:
            module = maker(**arguments) if isinstance(arguments, dict) else maker(*arguments)
        except Exception as error:
            raise UsageError(f"cannot make {name}: {type(error).__name__}: {error}") from error
    if not isinstance(module, nn.Module):
        raise UsageError(f"{name} makes a {type(module).__name__}, allowed is a torch.nn.Module")
    return module


def load_weights(module, file):
    """Loads a state_dict, or a checkpoint with one in it under `state_dict`."""
    try:
        if file.endswith(".safetensors"):
            state = {name: torch.from_numpy(array) for name, array in read_safetensors(file)[0].items()}
        else:
            state = torch.load(file, map_location="cpu")
    except Exception as error:
        raise UsageError(f"--weights: cannot read {file}: {last_line(error)}") from error
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict):
        raise UsageError(f"--weights: {file} holds a {type(state).__name__}, allowed is a state_dict")
    try:
        missing, unknown = module.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ExportError(f"{file} does not fit the model: {error}") from error
    # A model file of a run has tied parameters once, and no constants.
    parameters, buffers = tensors_of(module)
    loaded = {id(value) for name, value in parameters.items() if name in state}
    missing = [name for name in missing if name not in parameters or id(parameters[name]) not in loaded]
    missing = [name for name in missing if name not in buffers or is_state(buffers[name])]
    if missing or unknown:
        raise ExportError(
            f"{file} does not fit the model: it lacks {', '.join(missing) or 'nothing'}, "
            f"and has {', '.join(unknown) or 'nothing'} besides"
        )


def shape(text):
    try:
        sizes = [int(size) for size in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"found {text}, allowed is a shape such as 1,28,28")
    return sizes


def length(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text}, allowed is a length such as 300")
    return int(text)


def parse(arguments):
    parser = argparse.ArgumentParser(
        description="Export a PyTorch model as TorchScript, for Hearsay's objective `torchscript`.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", metavar="FILE.py:NAME", help="a class or function that makes an nn.Module; or MODULE:NAME"
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="the TorchScript file to write")
    rows = parser.add_mutually_exclusive_group(required=True)
    rows.add_argument("--input", type=shape, metavar="SHAPE", help="the shape of one row, such as 1,28,28")
    rows.add_argument("--words", type=length, metavar="N", help="rows are N word numbers instead")
    parser.add_argument(
        "--args", default="{}", metavar="JSON", help="arguments for NAME: an object, or a list"
    )
    parser.add_argument("--weights", metavar="FILE", help="a state_dict to start from: .pt or .safetensors")
    parser.add_argument(
        "--freeze",
        nargs="+",
        default=[],
        metavar="PATTERN",
        help="names of parameters that are not to be trained, such as 'features.*'",
    )
    parser.add_argument(
        "--trace", action="store_true", help="record one run instead of compiling the source"
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    try:
        module = construct(options.model, options.args)
        if options.weights:
            load_weights(module, options.weights)
        export(module, options.out, options.input, options.words, options.freeze, options.trace)
    except (UsageError, ExportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
