"""A sweep as it is on disk: sweep.json, and each run's summary.json and metrics.csv."""

import csv
import json
import math
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Run:
    name: str
    case: str
    overrides: dict  # the case's: key path -> value
    grid: dict  # key path -> value
    status: str
    reason: str
    config: dict  # resolved; empty for a run that did not end in order
    rows: list = field(repr=False)  # of metrics.csv: column -> number, or None where it is empty
    seconds: float = 0.0
    up_bits: float = None  # on a star with a server: what the workers sent

    @property
    def done(self):
        return self.status == "done"


@dataclass
class Sweep:
    name: str
    version: str
    paper: dict
    runs: list

    @property
    def failed(self):
        return [run for run in self.runs if run.status == "failed"]

    @property
    def unfinished(self):
        return [run for run in self.runs if run.status in ("planned", "interrupted")]


def bits_to_server(file):
    """The ideal bits on the links to the server, node 0."""
    with open(file, newline="", encoding="utf-8") as lines:
        return sum(float(link["ideal_bits"]) for link in csv.DictReader(lines) if link["to"] == "0")


def read_rows(file):
    with open(file, newline="", encoding="utf-8") as lines:
        return [
            {column: float(cell) if cell else None for column, cell in row.items()}
            for row in csv.DictReader(lines)
        ]


def read_run(folder, entry):
    run = Run(
        name=entry["name"],
        case=entry["case"],
        overrides=entry["overrides"],
        grid=entry["grid"],
        status=entry["status"],
        reason=entry.get("reason", ""),
        config={},
        rows=[],
    )
    if run.done:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        run.config = summary["config"]
        run.seconds = summary["wall_seconds"]
        run.rows = read_rows(folder / "metrics.csv")
        if "workers" in run.config["topology"]:
            run.up_bits = bits_to_server(folder / "edges.csv")
    return run


def read_sweep(folder):
    """The sweep in a folder. Raises ValueError when it is no paper's experiment."""
    folder = Path(folder)
    file = folder / "sweep.json"
    if not file.is_file():
        raise ValueError(f"{folder}: no sweep.json there; is it the --out of a sweep?")
    record = json.loads(file.read_text(encoding="utf-8"))
    if "paper" not in record:
        raise ValueError(f"{folder}: its config has no section `paper`")
    runs = [read_run(folder / entry["name"], entry) for entry in record["runs"]]
    return Sweep(record["name"], record["version"], record["paper"], runs)


def is_number(value):
    return value is not None and math.isfinite(value)
