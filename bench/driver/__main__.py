"""Runs sections of the benchmark and writes what they found: see tools/bench."""

import argparse
import pathlib
import sys

from driver import ahead, growth, instructions, kernels, rounds
from driver.common import machine, say


def simulator(options):
    from driver import simulator as section  # needs NumPy and SciPy, which the others do not

    return section.section(options)


SECTIONS = {
    "kernels": kernels.section,
    "ring": rounds.ring,
    "one-way": rounds.one_way,
    "shaped": rounds.shaped,
    "ahead": ahead.ahead,
    "star": rounds.star,
    "simulator": simulator,
    "growth": growth.growth,
    "memory": growth.memory,
    "timeline": growth.timeline,
    "instructions": instructions.section,
}


def main():
    options = argparse.ArgumentParser(prog="tools/bench")
    options.add_argument("--build", type=pathlib.Path, required=True)
    options.add_argument("--out", type=pathlib.Path)
    options.add_argument("--data-dir", default="")
    options.add_argument("--quick", action="store_true")
    options.add_argument("sections", nargs="*", metavar="SECTION")
    given = options.parse_args()
    unknown = [name for name in given.sections if name not in SECTIONS]
    if unknown:
        sys.exit(f"there is no section {unknown[0]}; there are: {', '.join(SECTIONS)}")
    out = given.out or given.build / "bench.md"
    text = [f"# Benchmarks\n\n{machine()}\n"]
    for name in given.sections or SECTIONS:
        text.append(SECTIONS[name](given))
        out.write_text("\n".join(text))  # what is there stays there if a later one fails
    print("\n".join(text))
    say(f"written to {out}")


if __name__ == "__main__":
    main()
