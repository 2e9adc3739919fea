"""How the time of a round grows with what it works on, how much memory a peer takes, and where a round's time goes."""

import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

from driver.common import Table, median, say
from driver.rounds import CHOCO, DENSE, EXCHANGE, STAR, round_milliseconds

GRAPH = """
name: bench
seed: 1
topology: {{graph: {graph}, nodes: {nodes}}}
objective: {{model: quadratic, dimension: {d}, heterogeneity: 1.0}}
algorithm: {algorithm}
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
"""
SPARSE = "{{name: choco-gossip, gossip_step: 0.1, compressor: {{name: top-k, ratio: {ratio}}}}}"


def growth(options):
    quick = options.quick
    turns = 1 if quick else 3
    text = []

    def measure(title, cases, what):
        """cases: label -> (size that the time is divided by, a call that gives milliseconds)."""
        took = {label: [] for label in cases}
        for turn in range(turns):
            for label, (_, call) in cases.items():
                say(f"growth: {title}, {label}, turn {turn + 1} of {turns}")
                took[label].append(call())
        table = Table(title, "ms a round", f"us {what}")
        for label, (size, _) in cases.items():
            table.add(label, f"{median(took[label]):.3g}", f"{median(took[label]) / size * 1e3:.4g}")
        text.append(table.text())

    def ours(algorithm, graph="ring", nodes=4, d=1_000_000, rounds=20 if quick else 40):
        return lambda: round_milliseconds(
            options.build, GRAPH, rounds, graph=graph, nodes=nodes, d=d, algorithm=algorithm
        )[0]

    sizes = (100_000, 1_000_000, 10_000_000)
    by_size = lambda algorithm: {f"{d:,}": (d / 1e6, ours(algorithm, d=d, rounds=max(8, int(4e7 / d)) if d < 1e7 else 8)) for d in sizes}
    measure("d: ring of 4, choco-gossip, top-k 1 %", by_size(EXCHANGE), "a million entries")
    measure("d: ring of 4, dpsgd, dense", by_size(DENSE), "a million entries")
    measure(
        "k: ring of 4, choco-gossip, d = 1,000,000",
        {f"{ratio:.1%}": (ratio * 1e3, ours(SPARSE.format(ratio=ratio))) for ratio in (0.001, 0.01, 0.1)},
        "a thousand kept entries",
    )
    measure(
        "degree: 8 nodes, choco-gossip, top-k 1 %, d = 1,000,000",
        {
            "2": (8 * 2, ours(EXCHANGE, nodes=8)),
            "4": (8 * 4, ours(EXCHANGE, graph="random-regular, degree: 4", nodes=8)),
            "7": (8 * 7, ours(EXCHANGE, graph="complete", nodes=8)),
        },
        "a message",
    )
    measure(
        "n: ring, choco-gossip, top-k 1 %, d = 1,000,000",
        {f"{n}": (n, ours(EXCHANGE, nodes=n)) for n in (4, 8, 16)},
        "a node",
    )
    star = lambda n: lambda: round_milliseconds(options.build, STAR, 300 if quick else 2000, few=100, workers=n, d=123, kind="tcp")[0]
    measure("n: star, cd-adam, d = 123, workers", {f"{n}": (n, star(n)) for n in (5, 10, 20, 40)}, "a worker")
    note = f"All nodes share {os.cpu_count()} CPUs, so a round takes as long as the work of all nodes together on those.\n"
    return "## Growth\n\n" + note + "\n" + "\n\n".join(text) + "\n"


# --- Memory ----------------------------------------------------------------------------------------------------------


def peak_of_children(command):
    """The most memory that each of a program's children had, in bytes; and what it said."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    peaks = {}
    done = threading.Event()

    def look():
        while not done.wait(0.05):
            with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
                pids = children.read().split()
            # Nodes are children of the process that starts lost ones again.
            for pid in list(pids):
                try:
                    with open(f"/proc/{pid}/task/{pid}/children") as children:
                        pids += children.read().split()
                except OSError:
                    pass
            for pid in pids:
                try:
                    with open(f"/proc/{pid}/status") as status:
                        lines = dict(line.split(":", 1) for line in status)
                    peaks[pid] = int(lines["VmHWM"].split()[0]) * 1024
                except (OSError, KeyError):
                    pass

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    said, _ = process.communicate(timeout=1800)
    done.set()
    watcher.join()
    if process.returncode != 0:
        sys.exit("hearsay failed:\n" + said[-4000:])
    return sorted(peaks.values())


def memory(options):
    d, nodes = 2_500_000 if options.quick else 25_000_000, 3
    table = Table("algorithm", "peak of a peer, MiB", f"vectors of {d:,} floats")
    for name, algorithm in (("choco-gossip, top-k 1 %", EXCHANGE), ("choco-amsgrad, top-k 1 %", CHOCO), ("dpsgd, dense", DENSE)):
        say(f"memory: {name}")
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "bench.yaml"
            config.write_text(GRAPH.format(graph="ring", nodes=nodes, d=d, algorithm=algorithm, rounds=10))
            peaks = peak_of_children([options.build / "hearsay", "run", config, "--plain", "--out", pathlib.Path(folder) / "out"])
        peak = median(peaks[-nodes:])
        table.add(name, f"{peak / 2**20:,.0f}", f"{peak / (4 * d):.2f}")
    note = "The evaluations are in it: a node gives its model away and is asked for a gradient at the mean."
    return f"## Memory of a peer, d = {d:,}, ring of {nodes}\n\n{table.text()}\n\n{note}\n"


# --- Where a round's time goes ---------------------------------------------------------------------------------------


def timeline(options):
    d, nodes, rounds = 1_000_000 if options.quick else 11_000_000, 8, 20 if options.quick else 8
    parts = ("compute", "compress", "decode", "mix", "wait")
    table = Table("ms of a node's round", *parts, "all")
    for name, algorithm in (("choco-gossip, top-k 1 %", EXCHANGE), ("choco-amsgrad, top-k 1 %", CHOCO), ("dpsgd, dense", DENSE)):
        say(f"timeline: {name}")
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "bench.yaml"
            config.write_text(GRAPH.format(graph="ring", nodes=nodes, d=d, algorithm=algorithm, rounds=rounds))
            out = pathlib.Path(folder) / "out"
            subprocess.run([options.build / "hearsay", "run", config, "--plain", "--out", out], check=True, capture_output=True)
            with open(out / "phases.csv") as file:
                rows = list(csv.DictReader(file))
        last = max(int(row["round"]) for row in rows)
        rows = [row for row in rows if int(row["round"]) == last]
        cells = [median([float(row[part]) for row in rows]) / last * 1e3 for part in parts]
        table.add(name, *(f"{cell:.3g}" for cell in cells), f"{sum(cells):.3g}")
    note = (
        f"Medians over the nodes. Waiting is all that is not a node's own arithmetic: others' turns on {os.cpu_count()} CPUs, sending, "
        "receiving and checksums."
    )
    return f"## Where a round's time goes: ring of {nodes}, d = {d:,}\n\n{table.text()}\n\n{note}\n"
