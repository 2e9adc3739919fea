"""A round between two hosts, network namespaces with a link of a given rate each way, where a large model's message is sent whole when
it is made, and where its first layers leave while the rest is compressed (transport.send_ahead)."""

import contextlib
import csv
import os
import pathlib
import subprocess
import tempfile

from driver.common import Table, median, run, say, spread

HIDDEN = 9 * [1024]  # eight layers of 2^20 weights, and smaller ones
PAIR = """
seed: 1
topology: {{graph: ring, nodes: 2}}
objective: {{model: mlp, hidden: {hidden}, data: {{name: synthetic, rows: 64, features: 32, classes: 4}}, batch: 4}}
algorithm: {{name: choco-gossip, gossip_step: 0.1, compressor: {compressor}}}
run: {{rounds: {rounds}, evaluate_every: {rounds}}}
transport:
  send_ahead: {ahead}
  addresses: {{collector: "{first}:7000", 0: "{first}:7001", 1: "{second}:7001"}}
"""
FIRST, SECOND = "10.77.0.1", "10.77.0.2"
PARTS = ("compress", "decode", "mix", "wait")


@contextlib.contextmanager
def two_hosts(rate):
    """The prefixes of commands on either."""
    names = [f"hearsay-bench-{os.getpid()}-{host}" for host in (0, 1)]
    for name in names:
        run(["ip", "netns", "add", name])
    try:
        run(["ip", "link", "add", "name", "wire", "netns", names[0], "type", "veth", "peer", "name", "wire", "netns", names[1]])
        for name, address in zip(names, (FIRST, SECOND)):
            ip = ["ip", "-n", name]
            run([*ip, "address", "add", f"{address}/24", "dev", "wire"])
            run([*ip, "link", "set", "lo", "up"])
            run([*ip, "link", "set", "wire", "up"])
            shape = ["tc", "qdisc", "replace", "dev", "wire", "root", "tbf", "rate", rate, "burst", "48kb", "latency", "200ms"]
            run(["ip", "netns", "exec", name, *shape])
        yield [["ip", "netns", "exec", name] for name in names]
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False)


def phases(build, hosts, config):
    """Milliseconds of a node's round, by what they went to."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "bench.yaml").write_text(config)
        peer = [build / "hearsay", "peer", folder / "bench.yaml", "--plain", "--node"]
        command = [*hosts[1], *map(str, peer), "1", "--out", folder / "other"]
        other = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run([*peer, "0", "--out", folder / "out"], prefix=hosts[0], timeout=300)
        other.wait(timeout=60)
        with open(folder / "out" / "phases.csv") as file:
            rows = list(csv.DictReader(file))
    last = max(int(row["round"]) for row in rows)
    rows = [row for row in rows if int(row["round"]) == last]
    return [median([float(row[part]) for row in rows]) / last * 1e3 for part in PARTS]


def ahead(options):
    if os.geteuid() != 0:
        return "## First layers ahead of the rest\n\nNot run: making network namespaces takes root.\n"
    turns, rounds = (1, 20) if options.quick else (5, 60)
    table = Table("ms of a node's round", *PARTS, "all (least / median / most)", "x whole")
    contenders = (("top-k 1 % by layer", "{name: top-k, ratio: 0.01, scope: layer}"), ("block-sign", "{name: block-sign}"))
    for rate in ("1gbit", "300mbit"):
        with two_hosts(rate) as hosts:
            for name, compressor in contenders:
                found = {"false": [], "true": []}
                for turn in range(turns):
                    for way, values in found.items():
                        say(f"ahead: {name}, {rate}, send_ahead {way}, turn {turn + 1} of {turns}")
                        config = PAIR.format(
                            hidden=HIDDEN, compressor=compressor, rounds=rounds, ahead=way, first=FIRST, second=SECOND
                        )
                        values.append(phases(options.build, hosts, config))
                whole = median([sum(values) for values in found["false"]])
                for way, values in found.items():
                    cells = [median(part) for part in zip(*values)]
                    sums = [sum(part) for part in values]
                    title = f"{name}, {rate}, {'ahead' if way == 'true' else 'whole'}"
                    table.add(title, *(f"{cell:.3g}" for cell in cells), spread(sums), f"{median(sums) / whole:.2f}")
    return f"## First layers ahead of the rest: two hosts, an MLP of 8.4 million weights\n\n{table.text()}\n"
