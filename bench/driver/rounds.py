"""Rounds of whole runs: eight processes on a ring over loopback TCP and in shared memory, a star with twenty workers, and the ring over
links of a given rate. Seconds are those of training, without evaluations, which do not count. choco-gossip is CHOCO's
exchange alone, as the rivals do it; choco-amsgrad takes its gradients and steps besides."""

import contextlib
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

from driver.common import KEEP_MALLOC, ONE_THREAD, RIVALS, Table, median, run, say, spread

RING = """
name: bench
seed: 1
topology: {{graph: ring, nodes: {nodes}}}
objective: {{model: quadratic, dimension: {d}, heterogeneity: 1.0}}
algorithm: {algorithm}
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
transport: {{kind: {kind}}}
"""
EXCHANGE = "{name: choco-gossip, gossip_step: 0.1, compressor: {name: top-k, ratio: 0.01}}"
CHOCO = "{name: choco-amsgrad, learning_rate: 0.001, gossip_step: 0.1, compressor: {name: top-k, ratio: 0.01}}"
DENSE = "{name: dpsgd, learning_rate: 0.01}"
DENSE_EXCHANGE = "{name: gossip}"


def timed_run(build, config, prefix=()):
    """Training seconds of a run, and its wire bytes."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "bench.yaml").write_text(config)
        run([build / "hearsay", "run", folder / "bench.yaml", "--plain", "--out", folder / "out"], prefix=prefix)
        with open(folder / "out" / "metrics.csv") as metrics:
            last = list(csv.DictReader(metrics))[-1]
        return float(last["seconds"]), int(last["wire_bytes"])


def round_milliseconds(build, template, rounds, few=4, prefix=(), **config):
    """By the difference of two runs, so that what happens once does not count; and wire bytes a round."""
    short = timed_run(build, template.format(rounds=few, **config), prefix)
    long = timed_run(build, template.format(rounds=few + rounds, **config), prefix)
    return (long[0] - short[0]) / rounds * 1e3, (long[1] - short[1]) / rounds


def mpi(folder, name):
    """That MPI program, built, and how it is started."""
    program = folder / name
    run(["mpicxx", "-O3", "-march=native", RIVALS / f"{name}.cpp", "-o", program])
    return program, {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


OURS = "hearsay choco-gossip, top-k 1 %"


def contenders(build, folder, nodes, d, rounds, prefix=(), shared_memory=True):
    """What takes part in a ring: name -> a call that gives milliseconds a round."""
    program, as_root = mpi(folder, "ring_mpi")
    gloo = [sys.executable, RIVALS / "ring.py", nodes, d]
    best = {**KEEP_MALLOC, **ONE_THREAD}
    tcp = ["--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "lo"]

    def ours(algorithm, kind="tcp"):
        return round_milliseconds(build, RING, rounds, prefix=prefix, nodes=nodes, d=d, algorithm=algorithm, kind=kind)[0]

    def mpirun(options):
        return float(run(["mpirun", "--oversubscribe", *options, "-n", nodes, program, d, rounds], as_root, prefix=prefix))

    found = {
        OURS: lambda: ours(EXCHANGE),
        "hearsay choco-amsgrad, top-k 1 %, with gradients": lambda: ours(CHOCO),
        "torch + gloo, CHOCO top-k 1 %": lambda: float(run([*gloo, "choco", rounds], best, prefix=prefix)),
        "hearsay gossip, dense": lambda: ours(DENSE_EXCHANGE),
        "hearsay dpsgd, dense, with gradients": lambda: ours(DENSE),
        "torch + gloo, dense": lambda: float(run([*gloo, "dense", rounds], best, prefix=prefix)),
        "MPI dense, TCP": lambda: mpirun(tcp),
    }
    if shared_memory:
        found["MPI dense, shared memory"] = lambda: mpirun([])
        for name, algorithm in ((OURS, EXCHANGE), ("hearsay gossip, dense", DENSE_EXCHANGE),
                                ("hearsay dpsgd, dense, with gradients", DENSE)):
            found[f"{name}; shm"] = lambda algorithm=algorithm: ours(algorithm, "shm")
    return found


def in_turn(found, turns, title):
    took = {name: [] for name in found}
    for turn in range(turns):
        for name, call in found.items():
            say(f"{title}: {name}, turn {turn + 1} of {turns}")
            took[name].append(call())
    return took


def ring_table(took):
    choco = median(took[OURS])
    table = Table("contender", "ms a round (least / median / most)", "x hearsay choco-gossip")
    for name, values in took.items():
        table.add(name, spread(values), f"{median(values) / choco:.2f}")
    return table.text()


def ring(options):
    build, quick = options.build, options.quick
    nodes, d = 8, 1_000_000 if quick else 11_000_000
    with tempfile.TemporaryDirectory() as folder:
        found = contenders(build, pathlib.Path(folder), nodes, d, rounds=20 if quick else 24)
        took = in_turn(found, 1 if quick else 3, "ring")
    return f"## A ring of {nodes} processes, loopback TCP, d = {d:,}\n\n" + ring_table(took) + "\n"


@contextlib.contextmanager
def shaped_loopback(rate):
    """The prefix of commands in a network namespace whose loopback, shared by all, has that rate."""
    name = f"hearsay-bench-{os.getpid()}"
    ip = ["ip", "-n", name]
    run(["ip", "netns", "add", name])
    try:
        run([*ip, "link", "set", "lo", "up"])
        inside = ["ip", "netns", "exec", name]
        run([*inside, "tc", "qdisc", "replace", "dev", "lo", "root", "tbf", "rate", rate, "burst", "256kb", "latency", "200ms"])
        yield inside
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


def shaped(options):
    build, quick = options.build, options.quick
    if os.geteuid() != 0:
        return "## Shaped links\n\nNot run: making a network namespace takes root.\n"
    nodes, d = 4, 1_000_000
    text = []
    for rate, bits in (("1gbit", 1e9), ("100mbit", 1e8)):
        with tempfile.TemporaryDirectory() as folder, shaped_loopback(rate) as inside:
            found = contenders(build, pathlib.Path(folder), nodes, d, 10, inside, shared_memory=False)
            took = in_turn(found, 1 if quick else 2, rate)
            _, wire = round_milliseconds(
                build, RING, 10, prefix=inside, nodes=nodes, d=d, algorithm=EXCHANGE, kind="tcp"
            )
        least = 8 * wire / bits * 1e3
        ratio = median(took[OURS]) / least
        text.append(
            f"## {nodes} processes on a loopback of {rate}, d = {d:,}\n\n{ring_table(took)}\n\n"
            f"The bytes of a choco-gossip round alone take {least:.2f} ms there: it takes {ratio:.2f} times that.\n"
        )
    return "\n".join(text)


def one_way(options):
    """What frames carry from one process to another, against bare sockets."""
    build, quick = options.build, options.quick
    table = Table("bytes a message", "bare sockets, GB/s", "frames, GB/s", "x bare sockets (at least 0.85)")
    for size, count in ((1 << 20, 2000), (44_000_000, 60)):
        found = {
            way: lambda way=way: float(run([build / "bench_one_way", way, size, count])) for way in ("raw", "frames")
        }
        took = in_turn(found, 1 if quick else 5, f"one way, {size:,} bytes")
        ratio = median(took["frames"]) / median(took["raw"])
        goal = "held" if ratio >= 0.85 else "missed"
        table.add(f"{size:,}", spread(took["raw"]), spread(took["frames"]), f"{ratio:.2f} ({goal})")
    return "## One way over loopback TCP\n\n" + table.text() + "\n"


STAR = """
name: bench
seed: 1
topology: {{graph: star, workers: {workers}}}
objective: {{model: quadratic, dimension: {d}}}
algorithm: {{name: cd-adam, learning_rate: 0.001, compressor: scaled-sign}}
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
transport: {{kind: {kind}}}
"""


def star(options):
    build, quick = options.build, options.quick
    workers, d, rounds = 20, 123, 500 if quick else 3000

    def ours(kind):
        return 1e3 / round_milliseconds(build, STAR, rounds, few=100, workers=workers, d=d, kind=kind)[0]

    with tempfile.TemporaryDirectory() as folder:
        program, as_root = mpi(pathlib.Path(folder), "star_mpi")

        def mpirun(way):
            return float(run(["mpirun", "--oversubscribe", "-n", workers + 1, program, way, d, rounds], as_root))

        found = {
            "hearsay cd-adam": lambda: ours("tcp"),
            "hearsay cd-adam; ipc": lambda: ours("ipc"),
            "hearsay cd-adam; shm": lambda: ours("shm"),
            "bare ZeroMQ ROUTER/DEALER": lambda: float(run([build / "bench_star_floor", workers, d, rounds])),
            "MPI Reduce + Bcast, shared memory": lambda: mpirun("reduce"),
            "MPI Gather + Bcast, shared memory": lambda: mpirun("gather"),
        }
        took = in_turn(found, 1 if quick else 5, "star")
    floor = median(took["bare ZeroMQ ROUTER/DEALER"])
    table = Table("contender", "rounds/s (least / median / most)", "x the bare loop")
    for name, values in took.items():
        table.add(name, spread(values), f"{median(values) / floor:.2f}")
    return f"## A star of {workers} workers, loopback TCP, d = {d}\n\n" + table.text() + "\n"
