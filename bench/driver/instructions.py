"""Instructions of the kernels of a round, an entry: the same on every machine that has the compiler and AVX2, so a change
of the code shows where times drown in noise. Counted by Valgrind, which knows no AVX-512, as the difference of runs of
different length; bench/instructions.json has what they were at the last look."""

import json
import re
import subprocess

from driver.common import ROOT, Table, run, say

KNOWN = ROOT / "bench" / "instructions.json"
D = 20_000
FEW, MANY = 1, 5


def names(build):
    return [name.rsplit("/", 2)[0] for name in run([build / "bench_kernels", "--benchmark_list_tests"], {"HEARSAY_BENCH_ONCE": f"{D},1"}).split()]


def counted(build, name, rounds):
    done = subprocess.run(
        [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=benchmark::internal::LambdaBenchmark*::Run*",  # not what the library does about it
            build / "bench_kernels",
            "--benchmark_filter=^" + name.replace(".", "[.]") + f"/{D}/",
        ],
        env={"HEARSAY_BENCH_ONCE": f"{D},{rounds}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def section(options):
    compiler = run(["c++", "--version"]).splitlines()[0]
    known = json.loads(KNOWN.read_text()) if KNOWN.exists() else {"compiler": compiler, "kernels": {}}
    found = {}
    for name in names(options.build):
        say(f"instructions: {name}")
        few, many = (counted(options.build, name, rounds) for rounds in (FEW, MANY))
        found[name] = round((many - few) / (MANY - FEW) / D, 3)
    table = Table("kernel", "instructions an entry", "before", "change")
    for name, now in sorted(found.items()):
        before = known["kernels"].get(name)
        table.add(name, f"{now:.2f}", *([f"{before:.2f}", f"{now / before - 1:+.1%}"] if before else ["", ""]))
    KNOWN.write_text(json.dumps({"compiler": compiler, "kernels": found}, indent=1, sort_keys=True) + "\n")
    note = f"{compiler}, AVX2, d = {D:,}; before: {known['compiler']}. {KNOWN.relative_to(ROOT)} has the new figures now."
    return f"## Instructions of the kernels\n\n{note}\n\n{table.text()}\n"
