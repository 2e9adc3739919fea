"""What all sections of the benchmark share: programs run and timed, medians, tables, the machine."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIVALS = ROOT / "bench" / "rivals"

# PyTorch at its best: glibc keeps large blocks instead of mapping each result anew.
KEEP_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, env=None, timeout=1800, prefix=()):
    """The standard output of a program; its error output and status end the benchmark."""
    done = subprocess.run(
        [*prefix, *map(str, command)],
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


def run_json(command, **options):
    return json.loads(run(command, **options))


def median(values):
    return statistics.median(values)


def spread(values):
    """Least, middle and most, as text."""
    return f"{min(values):.3g} / {median(values):.3g} / {max(values):.3g}"


class Table:
    """Rows of a Markdown table, numbers to the right."""

    def __init__(self, *columns):
        self.columns = columns
        self.rows = []

    def add(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def text(self):
        lines = ["| " + " | ".join(self.columns) + " |"]
        lines.append("|" + "|".join(" --- " if c == 0 else " ---: " for c in range(len(self.columns))) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines)


def held(ratio, goal):
    """A ratio that should be at most `goal`."""
    return f"{ratio:.2f} ({'held' if ratio <= goal else 'missed'})"


def machine():
    """A paragraph: processor, memory, kernel, compiler, libraries, commit."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    load = os.getloadavg()[0]
    describe = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    caches = subprocess.run(["getconf", "-a"], capture_output=True, text=True, check=False).stdout
    sizes = dict(line.split()[:2] for line in caches.splitlines() if "CACHE_SIZE" in line and len(line.split()) > 1)
    levels = ", ".join(
        f"{name} {int(sizes[key]) // 1024} KiB"
        for name, key in (("L1", "LEVEL1_DCACHE_SIZE"), ("L2", "LEVEL2_CACHE_SIZE"), ("L3", "LEVEL3_CACHE_SIZE"))
        if key in sizes
    )
    return (
        f"{os.cpu_count()} CPUs ({cpu}; {levels}), {memory / 2**20:.0f} GiB, Linux {platform.release()}, "
        f"load {load:.1f} at the start; commit {describe.stdout.strip() or 'unknown'}."
    )
