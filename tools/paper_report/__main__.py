"""python3 -m paper_report --out docs/results.md RUNS..."""

import argparse
import sys

from .document import Document
from .runs import read_sweep


def main():
    parser = argparse.ArgumentParser(prog="paper_report", description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders of sweeps (hearsay run CARD --out FOLDER)")
    parser.add_argument("--out", required=True, help="the Markdown file; plots go to a folder beside it")
    options = parser.parse_args()
    try:
        sweeps = [read_sweep(folder) for folder in options.runs]
    except ValueError as error:
        sys.exit(f"error: {error}")
    Document(options.out).write(sweeps)
    print(options.out)


main()
