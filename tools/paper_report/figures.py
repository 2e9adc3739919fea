"""The plots, as SVG: light, and readable by those who do not see all colours."""

import math

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

from .runs import is_number  # noqa: E402

# Okabe and Ito's colours, but for the yellow that a light page swallows; each with a line and a mark
# of its own.
STYLES = [
    ("#0072B2", "-", "o"),
    ("#D55E00", "--", "s"),
    ("#009E73", "-.", "^"),
    ("#CC79A7", (0, (1, 1)), "D"),
    ("#000000", (0, (5, 1, 1, 1, 1, 1)), "v"),
    ("#56B4E9", (0, (3, 1)), "P"),
    ("#E69F00", (0, (7, 2)), "X"),
]

NAMES = {
    "train_loss": "training loss",
    "grad_norm": "gradient norm",
    "consensus_error": "consensus error",
    "test_accuracy": "test accuracy",
    "round": "rounds",
    "epoch": "epochs",
    "ideal_bits": "bits sent, all links",
    "wire_bytes": "bytes sent, all links",
}

plt.rcParams.update(
    {
        "svg.hashsalt": "hearsay",  # the same file from the same runs
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e3e3e3",
        "grid.linewidth": 0.6,
        "axes.axisbelow": True,
        "lines.linewidth": 1.6,
        "legend.frameon": False,
    }
)


def with_prefix(value, _position=None):
    """10 M for 1e7; a small number as it is."""
    if value == 0 or not math.isfinite(value):
        return "0"
    for prefix, size in (("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size * (1 - 1e-9):
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g}"


def save(figure, file):
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)


def log_scaled(axis_name, values):
    positive = [value for value in values if value > 0]
    return axis_name in ("ideal_bits", "wire_bytes") and max(positive, default=1) > 30 * min(
        positive, default=1
    )


def draw_curve(axes, curve, x_axis, style):
    colour, line, mark = style
    points = [p for p in curve.points if p.x[x_axis] > 0 or axes.get_xscale() == "linear"]
    xs = [p.x[x_axis] for p in points]
    every = max(1, len(points) // 8)
    axes.plot(
        xs,
        [p.y for p in points],
        color=colour,
        linestyle=line,
        marker=mark,
        markersize=4.5,
        markevery=every,
        label=curve.label,
    )
    if curve.seeds > 1:
        axes.fill_between(
            xs, [p.low for p in points], [p.high for p in points], color=colour, alpha=0.15, lw=0
        )


def plot_curves(curves, metric, x_axis, target, file):
    figure, axes = plt.subplots(figsize=(5.2, 3.5))
    if log_scaled(x_axis, [p.x[x_axis] for c in curves for p in c.points]):
        axes.set_xscale("log")
    for curve, style in zip(curves, styles(len(curves))):
        draw_curve(axes, curve, x_axis, style)
    if metric != "test_accuracy":
        scale_y(axes, curves)
    if is_number(target):
        draw_target(axes, target)
    axes.set_xlabel(NAMES[x_axis])
    axes.set_ylabel(NAMES[metric])
    if x_axis in ("ideal_bits", "wire_bytes"):
        axes.xaxis.set_major_formatter(FuncFormatter(with_prefix))
    if axes.get_xscale() == "log":
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=9, handlelength=3.2)
    save(figure, file)


def scale_y(axes, curves):
    """Logarithmic, from what is of interest: rounding noise far below the rest is cut off."""
    values = [p.y for c in curves for p in c.points if p.y > 0]
    if not values:
        return
    high = max(values)
    low = max(min(values), 1e-14 * high)
    axes.set_yscale("log")
    axes.set_ylim(low / 1.4, high * 1.4)
    if high / low < 100:  # too few powers of ten to go by
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())


def draw_target(axes, target):
    axes.axhline(
        target, color="#777777", linewidth=0.9, linestyle=":", label=f"target {target:.3g}"
    )


def styles(count):
    return [STYLES[k % len(STYLES)] for k in range(count)]


def plot_scaling(lines, key, target, metric, file):
    """lines: label -> [(scale, rounds to the target or None)], beside what a linear speed-up is."""
    figure, axes = plt.subplots(figsize=(5.2, 3.5))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    for (label, points), (colour, line, mark) in zip(lines.items(), styles(len(lines))):
        reached = [(scale, rounds) for scale, rounds in points if rounds]
        if not reached:
            continue
        scales, rounds = zip(*reached)
        axes.plot(scales, rounds, color=colour, linestyle=line, marker=mark, label=label)
    first = next((p for points in lines.values() for p in points if p[1]), None)
    if first:
        scales = sorted({scale for points in lines.values() for scale, _ in points})
        ideal = [first[0] * first[1] / scale for scale in scales]
        axes.plot(scales, ideal, color="#999999", linewidth=1, linestyle=":", label="linear speed-up")
    plain = FuncFormatter(lambda v, _: f"{v:g}")
    axes.xaxis.set_major_formatter(plain)
    axes.yaxis.set_major_formatter(plain)
    axes.set_xlabel(key.split(".")[-1])
    axes.set_ylabel(f"rounds to {NAMES[metric]} {target:g}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=9, handlelength=3.2)
    save(figure, file)
