#!/usr/bin/env python3
"""The trained model of a run, loaded back into PyTorch in both of its forms and evaluated there.

    evaluate.py RUN_FOLDER ROWS.csv FILE.py:NAME [JSON arguments]

ROWS.csv: rows of features with the class number last. Prints "loss accuracy" of model.pt, of
model.safetensors in a new module, and of the two in each other's form as the largest difference of scores.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from export_model import find, load_weights  # noqa: E402


def measure(module, rows, labels):
    with torch.no_grad():
        scores = module.eval()(rows)
    right = (scores.argmax(1) == labels).float().mean().item()
    return scores, F.cross_entropy(scores, labels).item(), right


def main():
    folder, table, name = sys.argv[1:4]
    torch.set_num_threads(1)
    data = torch.from_numpy(numpy.loadtxt(table, delimiter=",", dtype=numpy.float32))
    rows, labels = data[:, :-1], data[:, -1].long()

    script = torch.jit.load(f"{folder}/model.pt")
    if script.training:
        sys.exit("error: model.pt is in training mode")
    module = find(name)(**json.loads(sys.argv[4] if len(sys.argv) > 4 else "{}"))
    load_weights(module, f"{folder}/model.safetensors")
    by_script, *figures = measure(script, rows, labels)
    print("model.pt", *figures)
    by_module, *figures = measure(module, rows, labels)
    print("model.safetensors", *figures)
    print("difference", (by_script - by_module).abs().max().item())


main()
