"""From runs to curves: seeds averaged, tuned settings chosen, targets met."""

import math
from dataclasses import dataclass, field

from .runs import is_number

SEED = "seed"


def rises(metric):
    """Is more of it better?"""
    return metric == "test_accuracy"


@dataclass
class Point:
    x: dict  # axis -> value
    y: float
    low: float  # over the seeds
    high: float


@dataclass
class Curve:
    label: str
    tuned: dict  # the chosen values of paper.choose
    scale: float  # the value of paper.scaling, or None
    points: list = field(repr=False)
    seeds: int = 1
    up_bits: float = None  # a run's, to the server, on a star with one

    @property
    def last(self):
        return self.points[-1]

    def best(self, metric):
        pick = max if rises(metric) else min
        return pick(point.y for point in self.points)

    def reaching(self, metric, target):
        """The first point at the target, or None."""
        for point in self.points:
            if point.y >= target if rises(metric) else point.y <= target:
                return point
        return None


def average(runs, metric, axes):
    """The points that all runs of one setting (they differ in the seed) have, averaged."""
    points = []
    for rows in zip(*(run.rows for run in runs)):
        ys = [row[metric] for row in rows]
        if not all(is_number(y) for y in ys):
            continue
        x = {axis: sum(row[axis] or 0.0 for row in rows) / len(rows) for axis in axes}
        points.append(Point(x, sum(ys) / len(ys), min(ys), max(ys)))
    return points


def label_of(run, hidden):
    """The case, and what of the grid tells its curves apart."""
    words = [run.case] if run.case else []
    words += [f"{key.split('.')[-1]} {value}" for key, value in run.grid.items() if key not in hidden]
    return ", ".join(words) or run.name


def curves_of(sweep):
    """All settings of the runs that are done, a curve each, in the order of the sweep."""
    paper = sweep.paper
    tuned = paper.get("choose", [])
    scaling = paper.get("scaling")
    groups = {}
    for run in sweep.runs:
        if run.done:
            key = (run.case, *(f"{k}={v}" for k, v in run.grid.items() if k != SEED))
            groups.setdefault(key, []).append(run)
    curves = []
    for runs in groups.values():
        first = runs[0]
        points = average(runs, paper["y"], ["round", "epoch", "ideal_bits", "wire_bytes"])
        if not points:
            continue
        curves.append(
            Curve(
                label=label_of(first, {SEED, scaling, *tuned}),
                tuned={key: first.grid[key] for key in tuned if key in first.grid},
                scale=first.grid.get(scaling) if scaling else None,
                points=points,
                seeds=len(runs),
                up_bits=first.up_bits,
            )
        )
    return curves


def chosen(sweep, curves):
    """Of the curves that differ only in what is tuned, the best: by the rounds to the target where
    the paper is about those (scaling), else by the last value."""
    metric = sweep.paper["y"]
    by_rounds = sweep.paper.get("scaling") and is_number(sweep.paper.get("target"))

    def badness(curve):
        value = -curve.last.y if rises(metric) else curve.last.y
        if not by_rounds:
            return (value,)
        point = curve.reaching(metric, sweep.paper["target"])
        return (point.x["round"] if point else math.inf, value)

    best = {}
    for curve in curves:
        key = (curve.label, curve.scale)
        if key not in best or badness(curve) < badness(best[key]):
            best[key] = curve
    return list(best.values())


def target_of(sweep, curves):
    """A value of y, or None. `common`: the best value that all curves reach, to two digits on the
    easy side."""
    target = sweep.paper.get("target")
    if target != "common":
        return target
    metric = sweep.paper["y"]
    values = [curve.best(metric) for curve in curves]
    if not values or (not rises(metric) and max(values) <= 0):
        return None
    value = min(values) if rises(metric) else max(values)
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    digits = math.floor(value / unit) if rises(metric) else math.ceil(value / unit)
    return float(f"{digits * unit:.2g}")
