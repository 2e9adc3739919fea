#!/usr/bin/env python3
"""Compare a file of `hearsay gradient` with PyTorch's own loss, gradient and buffers.

    reference.py gradient.safetensors [--script model.pt] [--tolerance 1e-4]

The built-in models are those of models.py; a torchscript model is given with --script. The error of a
tensor is relative to its norm, or to a thousandth of the whole gradient's where that is more: some
gradients are zero but for rounding, as those of biases before batch normalization.
Exit status: 0 all within the tolerance, 1 not.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from models import MODELS  # noqa: E402
from read_safetensors import read_safetensors  # noqa: E402


class Found:
    """What the file says."""

    def __init__(self, file):
        arrays, self.metadata = read_safetensors(file)
        self.tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        self.objective = json.loads(self.metadata["objective"])
        self.inputs = self.tensors["batch/inputs"]
        self.labels = self.tensors["batch/labels"]

    def group(self, prefix):
        return {n.removeprefix(prefix): t for n, t in self.tensors.items() if n.startswith(prefix)}


def build(found):
    """The model of the file's objective."""
    objective = found.objective
    options = {k: objective[k] for k in ("channels", "hidden", "dropout", "embedding", "cells") if k in objective}
    if found.inputs.is_floating_point():
        rows = list(found.inputs.shape[1:])
    else:
        rows = found.tensors["x/embedding.weight"].shape[0]
    outputs = list(found.group("x/").values())[-1].shape[0]  # of the last bias
    return MODELS[objective["model"]](rows, outputs, **options)


def fill(module, state):
    """All of `state` into the module, whose tied parameters and constants may be missing there."""
    _, unknown = module.load_state_dict(state, strict=False)
    if unknown:
        raise SystemExit(f"error: PyTorch's model has no {', '.join(unknown)}")


def loss_of(objective, scores, labels):
    kind = objective.get("loss", "cross-entropy")
    if kind == "cross-entropy":
        return F.cross_entropy(scores, labels)
    scores = scores.reshape(labels.shape)
    if kind == "binary-cross-entropy":
        return F.binary_cross_entropy_with_logits(scores, labels.float())
    return F.mse_loss(scores, labels.float())


def relative(found, expected, least=0.0):
    scale = max(expected.double().norm().item(), least)
    difference = (found.double() - expected.double()).norm().item()
    return difference / scale if scale > 0 else difference


def compare(found, module):
    """Lines of (what, relative error)."""
    fill(module, {**found.group("x/"), **found.group("frozen/"), **found.group("buffers/")})
    exact = found.metadata["gradient"] == "exact"
    module.train(not exact)
    loss = loss_of(found.objective, module(found.inputs), found.labels)
    loss.backward()
    value = float(found.metadata["loss"])
    yield "loss", abs(value - loss.item()) / max(abs(loss.item()), 1e-30)

    gradients = {}  # an embedding's may be sparse
    for name, parameter in module.named_parameters():
        if parameter.requires_grad and f"x/{name}" in found.tensors:
            gradient = parameter.grad
            gradients[name] = torch.zeros_like(parameter) if gradient is None else gradient.to_dense()
        elif f"frozen/{name}" not in found.tensors:
            raise SystemExit(f"error: the file lacks the parameter {name}")
    mine = found.group("gradient/")
    if mine.keys() != gradients.keys():
        raise SystemExit(f"error: gradients of {sorted(mine)}, and PyTorch has {sorted(gradients)}")
    least = 1e-3 * sum(g.double().square().sum().item() for g in gradients.values()) ** 0.5
    for name, gradient in gradients.items():
        yield f"gradient/{name}", relative(mine[name], gradient, least)

    state = module.state_dict()
    for name, values in found.group("buffers_after/").items():
        yield f"buffers_after/{name}", relative(values, state[name])


def main():
    parser = argparse.ArgumentParser(description="Compare a file of `hearsay gradient` with PyTorch.")
    parser.add_argument("file", metavar="FILE", help="what hearsay gradient --out has written")
    parser.add_argument("--script", metavar="FILE", help="the TorchScript model of the objective")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="the largest relative error")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = Found(options.file)
    module = torch.jit.load(options.script) if options.script else build(found)
    errors = list(compare(found, module))
    for what, error in errors:
        print(f"{error:9.2e}  {what}" + ("" if error <= options.tolerance else "   TOO FAR"))
    worst = max(error for _, error in errors)
    print(f"{worst:9.2e}  is the largest of {len(errors)}")
    return 0 if worst <= options.tolerance else 1


if __name__ == "__main__":
    sys.exit(main())
