"""The simulator against what a researcher would write in NumPy and SciPy, and against a copy of memory.

Whole `hearsay run --simulate` processes and the loops below take turns; of each, the median counts. A run's time is
that of its training rounds, as it says itself: what it loads and evaluates is left out. The loops are made by hand, in
float32 and on one thread.
"""

import ctypes
import gzip
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402: after the number of threads is set
import scipy.sparse as sparse  # noqa: E402

from driver.common import Table, say  # noqa: E402


class Bench:
    def __init__(self, options, folder):
        self.hearsay = options.build / "hearsay"
        self.data_dir = options.data_dir
        self.reps = 1 if options.quick else 5
        self.folder = pathlib.Path(folder)

    def run(self, config, threads):
        """Seconds of training and the most memory that the process had, in bytes."""
        path = self.folder / "config.yaml"
        path.write_text(config)
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        command = [self.hearsay, "run", str(path), "--simulate", "--threads", str(threads), "--plain", "--out", str(out)]
        if self.data_dir:
            command += ["--data-dir", self.data_dir]
        with open(self.folder / "log", "w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit("hearsay failed:\n" + (self.folder / "log").read_text())
        summary = json.loads((out / "summary.json").read_text())
        return summary["last"]["seconds"], usage.ru_maxrss * 1024

    def interleaved(self, contenders):
        """{name: seconds of a round} by turns, each contender a function that gives such seconds."""
        seconds = {name: [] for name in contenders}
        for turn in range(self.reps):
            for name, contender in contenders.items():
                say(f"simulator: {name}, turn {turn + 1} of {self.reps}")
                seconds[name].append(contender())
        return seconds


def timed(step, budget=0.3):
    """Seconds of a step: the mean over as many as fit in the budget."""
    step()
    start = time.perf_counter()
    step()
    count = max(1, int(budget / (time.perf_counter() - start)))
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


def compared(title, seconds, ours, limit=None):
    """A line for each contender; ratios within a turn, of which the median is taken."""
    table = Table("contender", "rounds/s", *(f"times as long as {name}" for name in ours), *([f"x {limit}"] if limit else []))
    ratio = lambda a, b: statistics.median(x / y for x, y in zip(seconds[a], seconds[b]))
    for name, took in seconds.items():
        cells = [name, f"{1 / statistics.median(took):.4g}"] + [f"{ratio(name, other):.3g}" for other in ours]
        if limit:
            cells.append(f"{ratio(name, limit):.3g}")
        table.add(*cells)
    return f"### {title}\n\n{table.text()}\n"


# --- CD-Adam with full gradients -------------------------------------------------------------------------------------


def read_libsvm(path, columns):
    labels, rows = [], []
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as lines:
        for line in lines:
            label, *entries = line.split()
            labels.append(float(label))
            rows.append([int(entry.split(":")[0]) - 1 for entry in entries])
    ends = np.cumsum([0] + [len(row) for row in rows])
    ones = np.ones(ends[-1], np.float32)
    matrix = sparse.csr_matrix((ones, np.concatenate(rows), ends), (len(rows), columns), dtype=np.float32)
    return matrix, np.asarray(labels, np.float32)


def cd_adam_loop(gradients, workers, d, rounds):
    """Seconds of a round of CD-Adam: markov channels with scaled signs both ways, AMSGrad at the workers."""
    f = np.float32
    x, m, v, largest = (np.zeros(d, f) for _ in range(4))
    known, server, told = np.zeros((workers, d), f), np.zeros(d, f), np.zeros(d, f)
    signs = lambda w: np.abs(w).mean(-1, keepdims=True) * np.where(w < 0, f(-1), f(1))
    start = time.perf_counter()
    for _ in range(rounds):
        g = gradients(x) + f(0.2) * x / (1 + x * x) ** 2
        sent = signs(g - known)
        known += sent
        server += sent.mean(0)
        told += signs(server - told)
        m = f(0.9) * m + f(0.1) * told
        v = f(0.99) * v + f(0.01) * told * told
        largest = np.maximum(largest, v)
        x = x - f(0.01) * m / np.sqrt(largest + f(1e-8))
    return (time.perf_counter() - start) / rounds


def cd_adam(bench, workers=20, d=123):
    found = sorted(path for path in pathlib.Path(bench.data_dir or ".").rglob("a9a*") if path.name in ("a9a", "a9a.gz"))
    if not found:
        return "### CD-Adam\n\nNot run: there is no a9a below --data-dir.\n"
    matrix, labels = read_libsvm(found[0], d)
    bounds = [k * len(labels) // workers for k in range(workers + 1)]
    parts = list(zip(bounds, bounds[1:]))
    a = [matrix[b:e] for b, e in parts]
    transposed = [part.T.tocsr() for part in a]
    dense = [part.toarray() for part in a]
    y = [labels[b:e] for b, e in parts]

    def by_worker(rows, columns):
        def gradients(x):
            g = np.empty((workers, d), np.float32)
            for i in range(workers):
                slope = -y[i] / (1 + np.exp(y[i] * (rows[i] @ x)))
                g[i] = columns[i] @ slope / len(y[i])
            return g

        return gradients

    everything, all_y = matrix.toarray(), labels

    def batched(x):
        slope = -all_y / (1 + np.exp(all_y * (everything @ x)))
        return np.stack([slope[b:e] @ everything[b:e] / (e - b) for b, e in parts])

    rounds = 1000
    config = f"""
name: cd-adam
topology: {{graph: star, workers: {workers}}}
objective: {{model: logistic, data: a9a, partition: contiguous, batch: full}}
algorithm: {{name: cd-adam, learning_rate: 0.01, compressor: scaled-sign}}
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
"""
    ours = {f"hearsay, {threads} thread{'s' * (threads > 1)}": lambda threads=threads: bench.run(config, threads)[0] / rounds for threads in (1, 2)}
    loop = lambda gradients: lambda: cd_adam_loop(gradients, workers, d, 60)
    seconds = bench.interleaved(
        {
            **ours,
            "scipy, CSR": loop(by_worker(a, transposed)),
            "numpy, dense, by worker": loop(by_worker(dense, [part.T for part in dense])),
            "numpy, dense, all at once": loop(batched),
        }
    )
    return compared(f"CD-Adam, a9a, {workers} workers, full gradients", seconds, list(ours))


# --- Plain gossip ----------------------------------------------------------------------------------------------------


def weights_of(bench, n):
    """W of the last run, from its topology.json, with Metropolis weights."""
    topology = json.loads((bench.folder / "out" / "topology.json").read_text())
    edges = [(edge["a"], edge["b"]) if isinstance(edge, dict) else tuple(edge[:2]) for edge in topology["edges"]]
    degree = np.bincount(np.array(edges).ravel(), minlength=n)
    w = sparse.lil_matrix((n, n), dtype=np.float32)
    for a, b in edges:
        w[a, b] = w[b, a] = 1 / (1 + max(degree[a], degree[b]))
    w.setdiag(1 - w.sum(1).A1)
    return w.tocsr()


def gossip(bench, n=1000, d=1000):
    libc = ctypes.CDLL(None)
    rounds = 2000
    x = np.random.default_rng(1).standard_normal((n, d)).astype(np.float32)
    y = np.empty_like(x)
    to, of, size = ctypes.c_void_p(y.ctypes.data), ctypes.c_void_p(x.ctypes.data), ctypes.c_size_t(x.nbytes)
    copy = lambda: timed(lambda: libc.memcpy(to, of, size))
    text = []
    for graph in ("ring", "random-regular, degree: 4", "erdos-renyi, probability: 0.01"):
        config = f"""
name: gossip
topology: {{graph: {graph}, nodes: {n}}}
objective: {{model: quadratic, dimension: {d}}}
algorithm: gossip
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
"""
        bench.run(config, 1)
        w = weights_of(bench, n)
        ours = {f"hearsay, {threads} thread{'s' * (threads > 1)}": lambda threads=threads: bench.run(config, threads)[0] / rounds for threads in (1, 2)}
        others = {"scipy, CSR": lambda: timed(lambda: w @ x)}
        if graph == "ring":
            third = np.float32(1 / 3)
            others["numpy, roll"] = lambda: timed(lambda: (np.roll(x, 1, 0) + x + np.roll(x, -1, 0)) * third)
        seconds = bench.interleaved({"memcpy of all models": copy, **ours, **others})
        text.append(compared(f"Plain gossip, {graph}, {n} nodes, d = {d}", seconds, list(ours), "memcpy of all models"))
    return "\n".join(text)


# --- CHOCO with AMSGrad ----------------------------------------------------------------------------------------------


def choco(bench):
    """Memory and time of a round by the number of nodes and the dimension."""
    table = Table("nodes", "d", "rounds/s, 1 thread", "us a round and node", "2 threads", "peak RSS, MiB")
    random = np.random.default_rng(1)
    peaks = {}
    for n, d, rounds in ((100, 1000, 400), (1000, 1000, 40), (10000, 1000, 6), (10000, 2000, 6)):
        path = bench.folder / "rows.txt"
        with open(path, "w") as file:
            for row in range(20000):
                columns = np.unique(np.append(random.integers(1, d + 1, 10), d if row == 0 else 1))
                print(1 if row % 2 else -1, *(f"{column}:1" for column in columns), file=file)
        config = f"""
name: choco
topology: {{graph: random-regular, degree: 4, nodes: {n}}}
objective: {{model: logistic, data: {{format: libsvm, train: {path}}}, batch: 2}}
algorithm: {{name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.1, compressor: {{name: top-k, ratio: 0.01}}}}
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
"""
        say(f"simulator: choco-amsgrad, {n} nodes, d = {d}")
        seconds = {1: [], 2: []}
        for _ in range(bench.reps):
            for threads in seconds:
                time_of_all, memory = bench.run(config, threads)
                seconds[threads].append(time_of_all / rounds)
                peaks.setdefault((n, d), []).append(memory)
        one = statistics.median(seconds[1])
        gain = statistics.median(a / b for a, b in zip(seconds[1], seconds[2]))
        peak = statistics.median(peaks[n, d])
        table.add(n, d, f"{1 / one:.4g}", f"{one / n * 1e6:.2f}", f"x {gain:.2f}", f"{peak / 2**20:.1f}")
    growth = statistics.median(peaks[10000, 2000]) - statistics.median(peaks[10000, 1000])
    return (
        f"### choco-amsgrad, random 4-regular graph, top-k 1 %\n\n{table.text()}\n\n"
        f"Vectors of d floats a node, by what 1,000 more coordinates take: {growth / (4 * 10000 * 1000):.2f}\n"
    )


def section(options):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, folder)
        return "## The simulator\n\n" + "\n".join(measure(bench) for measure in (cd_adam, gossip, choco))
