"""The kernels of a round against memory and against PyTorch and numpy, in turn."""

import collections
import sys

from driver.common import KEEP_MALLOC, ONE_THREAD, RIVALS, Table, held, median, run_json, say

READ = "limit/read"
# kernel: what it is divided by, the goal, and what the rivals call the same work
GOALS = {
    "top-k/1%": (READ, 2.5, "top-k 1%"),
    "top-k/0.1%": (READ, 2.5, "top-k 0.1%"),
    "top-k-carried-over/1%": (READ, 1.8, "top-k 1%"),
    "top-k-carried-over/0.1%": (READ, 1.8, "top-k 0.1%"),
    "scaled-sign/encode": (READ, 1.15, "sign pack"),
    "scaled-sign/decode-add": (READ, 1.5, "sign unpack and add"),
    "uniform-8/encode": (READ, 1.8, "8 bit"),
    "uniform-4/encode": (READ, 1.8, "4 bit"),
    "uniform-8-blocks/encode": (READ, 1.8, "8 bit"),
    "uniform-4-blocks/encode": (READ, 1.8, "4 bit"),
    "markov/top-k-1%": (READ, 4.0, "difference, top-k 1%, update"),
    "amsgrad/step": ("limit/5-reads-4-writes", 1.1, "amsgrad"),
    "choco-amsgrad/round-1%": ("limit/7-reads-5-writes", 1.5, None),
    "top-k/decode-add/1%": ("limit/indexed-add/1%", 1.5, None),
}


def measure(build, rounds):
    """Microseconds by (case, d), ours and the rivals', a figure a round."""
    ours = collections.defaultdict(list)
    rivals = collections.defaultdict(list)
    for turn in range(rounds):
        say(f"kernels: turn {turn + 1} of {rounds}")
        found = run_json(
            [
                build / "bench_kernels",
                "--benchmark_format=json",
                "--benchmark_repetitions=3",
                "--benchmark_enable_random_interleaving=true",
                "--benchmark_min_time=0.03",
            ]
        )
        for case in found["benchmarks"]:
            if case["run_type"] == "iteration":
                name, d = case["run_name"].rsplit("/", 1)
                ours[name, int(d)].append(case["real_time"])
        for d in (1_000_000, 11_000_000):
            took = run_json([sys.executable, RIVALS / "kernels.py", d], env={**KEEP_MALLOC, **ONE_THREAD})
            for name, microseconds in took.items():
                rivals[name, d].append(microseconds)
    return ours, rivals


def section(options):
    ours, rivals = measure(options.build, 1 if options.quick else 3)
    table = Table("kernel", "d", "us", "limit", "x limit", "goal", "PyTorch or numpy, x ours")
    for name, (limit, goal, rival) in GOALS.items():
        for d in sorted({size for case, size in ours if case == name}):
            took = median(ours[name, d])
            ratio = took / median(ours[limit, d])
            other = f"{median(rivals[rival, d]) / took:.1f}" if (rival, d) in rivals else ""
            table.add(name, f"{d:,}", f"{took:,.0f}", limit.removeprefix("limit/"), held(ratio, goal), goal, other)
    others = sorted({name for name, _ in ours} - set(GOALS))
    more = Table("case", "us at 1e6", "x read", "us at 1.1e7", "x read")
    for name in others:
        cells = []
        for d in (1_000_000, 11_000_000):
            took = median(ours[name, d])
            cells += [f"{took:,.0f}", f"{took / median(ours[READ, d]):.2f}"]
        more.add(name, *cells)
    return "## Kernels, one thread\n\n" + table.text() + "\n\nThe rest, limits included:\n\n" + more.text() + "\n"
