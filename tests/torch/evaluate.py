#!/usr/bin/env python3
"""The trained model of a run, loaded back into PyTorch in both of its forms and evaluated there.

    evaluate.py RUN START.pt TRAIN.csv TEST.csv FILE.py:NAME

The tables have rows of features with the class number last. Prints JSON: of model.pt and of
model.safetensors (in a new module) the loss over the training rows and the accuracy over the test rows;
the tensors that are not as in START.pt, the model that the run started from; and the tied ones.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from export_model import find, load_weights  # noqa: E402


def read_table(file):
    data = torch.from_numpy(numpy.loadtxt(file, delimiter=",", dtype=numpy.float32))
    return data[:, :-1], data[:, -1].long()


def measure(module, train, test):
    with torch.no_grad():
        loss = F.cross_entropy(module(train[0]), train[1]).item()
        accuracy = (module(test[0]).argmax(1) == test[1]).float().mean().item()
    return {"loss": loss, "accuracy": accuracy}


def main():
    run, start, train, test, name = sys.argv[1:]
    torch.set_num_threads(1)
    train, test = read_table(train), read_table(test)
    script = torch.jit.load(f"{run}/model.pt")
    module = find(name)()
    load_weights(module, f"{run}/model.safetensors")
    before, after = torch.jit.load(start).state_dict(), script.state_dict()
    result = {
        "training": script.training,
        "script": measure(script, train, test),
        "module": measure(module.eval(), train, test),
        "changed": sorted(name for name in before if not torch.equal(before[name], after[name])),
        "tied": script.first.weight.data_ptr() == script.second.weight.data_ptr(),
        "frozen": sorted(name for name, p in script.named_parameters() if not p.requires_grad),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
