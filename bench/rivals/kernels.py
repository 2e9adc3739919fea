"""The work of our kernels as users of PyTorch and numpy do it: python3 kernels.py D.

Prints microseconds by name as JSON: the median of some calls, one thread, after warming up."""

import json
import statistics
import sys
import time

import numpy
import torch

torch.set_num_threads(1)
d = int(float(sys.argv[1]))
generator = torch.Generator().manual_seed(1)
x = torch.randn(d, generator=generator)
known = x + 0.3 * torch.randn(d, generator=generator)
model = torch.nn.Parameter(torch.randn(d, generator=generator))
model.grad = x.clone()
adam = torch.optim.Adam([model], lr=1e-3, amsgrad=True, eps=1e-8)
weights = 2 ** torch.arange(8, dtype=torch.uint8)
host = x.numpy()


def top_k(v, k):
    places = torch.topk(v.abs(), k, sorted=False).indices
    return places, v[places]


def pack():
    """The better of two ways: numpy's packbits."""
    return numpy.packbits(host < 0), numpy.abs(host).mean()


packed = numpy.packbits(host < 0)


def unpack_and_add():
    bits = torch.from_numpy(numpy.unpackbits(packed)[:d])
    known.add_(bits.to(torch.float32).mul_(-2).add_(1), alpha=0.1)


def quantize(levels):
    norm = x.abs().max()
    codes = torch.round(x * (levels / norm)).to(torch.int8)
    if levels < 8:
        codes = (codes + levels).to(torch.uint8)
        codes = codes[0::2] | (codes[1::2] << 4)
    return norm, codes


def difference(k):
    places, values = top_k(x - known, k)
    known.index_add_(0, places, values, alpha=1e-6)  # so that the next call finds the same work


CASES = {
    "top-k 1%": lambda: top_k(x, d // 100),
    "top-k 0.1%": lambda: top_k(x, d // 1000),
    "sign pack": pack,
    "sign unpack and add": unpack_and_add,
    "8 bit": lambda: quantize(127),
    "4 bit": lambda: quantize(7),
    "difference, top-k 1%, update": lambda: difference(d // 100),
    "amsgrad": adam.step,
}


def measure(call, least=5, seconds=0.3):
    call()
    took = []
    start = time.perf_counter()
    while len(took) < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        call()
        took.append(time.perf_counter() - before)
    return statistics.median(took) * 1e6


with torch.no_grad():
    json.dump({name: measure(call) for name, call in CASES.items()}, sys.stdout)
