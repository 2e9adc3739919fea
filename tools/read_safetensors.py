#!/usr/bin/env python3
"""Reads a safetensors file, such as the model.safetensors of a run, with numpy alone.

    from read_safetensors import read_safetensors
    tensors, metadata = read_safetensors("runs/ring/model.safetensors")
"""

import argparse
import json
import os
import struct
import sys

try:
    import numpy
except ImportError:
    if __name__ != "__main__":
        raise
    sys.exit("error: this needs numpy; on Debian: apt-get install python3-numpy")

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
         "U8": "|u1", "BOOL": "|b1"}


def read_safetensors(path):
    """The tensors of a file by name, in the file's order, and its metadata. Raises ValueError."""
    with open(path, "rb") as file:
        data = bytearray(file.read())  # writable, as PyTorch wants its arrays
    try:
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            if entry["dtype"] not in TYPES:
                raise ValueError(f"{name} is {entry['dtype']}, allowed is one of {', '.join(TYPES)}")
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            if not 8 + length <= begin <= end <= len(data):
                raise ValueError(f"the data of {name} lies outside of the file")
            flat = numpy.frombuffer(memoryview(data)[begin:end], TYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"])
    except (struct.error, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path}: no safetensors file: {error}") from error
    return tensors, metadata


def main():
    parser = argparse.ArgumentParser(description="List the tensors of a safetensors file.")
    parser.add_argument("file", metavar="FILE", help="such as runs/ring/model.safetensors")
    try:
        tensors, metadata = read_safetensors(parser.parse_args().file)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for key, value in metadata.items():
        print(f"{key}: {value}")
    for name, tensor in tensors.items():
        print(f"{name}  {tensor.dtype}  {'x'.join(map(str, tensor.shape)) or 'scalar'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # of a reader such as head that has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
