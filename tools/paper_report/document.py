"""results.md: a section for each experiment. Figures in tables come from the runs alone; what they
mean is the card's `outcome`, written by hand. Sections of experiments whose runs are not at hand stay
as they are."""

import os
import re
from pathlib import Path

from .curves import chosen, curves_of, target_of
from .figures import NAMES, plot_curves, plot_scaling, with_prefix

ROOT = Path(__file__).resolve().parents[2]

HEAD = """# Results of the papers' experiments

Made by `tools/paper` from the runs of `configs/paper/`: every number and plot below is read from what
`hearsay run` wrote. The statements under *Outcome* are written by hand, in the cards. Bits are ideal
bits, as the papers count them, summed over all directed links, downlinks included; rounds to a target
are those of the first evaluation at or below it.
"""


def number(value):
    return "–" if value is None else f"{value:.4g}"


def bits(value):
    return f"{with_prefix(value)}bit" if value >= 1000 else f"{value:.0f} bit"


def table(header, rows):
    """Markdown; the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def flat(config, path=""):
    for key, value in config.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from flat(value, where)
        else:
            yield where, value


def shown(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return str(value)


def in_words(settings, section):
    """`graph ring, nodes 25, mixing.kind metropolis`, a first key that names the part left out."""
    words = []
    for key, value in settings:
        key = key[len(section) + 1 :]
        words.append(shown(value) if key in ("name", "graph", "model") else f"{key} {shown(value)}")
    return ", ".join(words)


def settings_table(sweep):
    """What all runs have in common, and what varies."""
    runs = [dict(flat(run.config)) for run in sweep.runs if run.done]
    common = [
        (key, value)
        for key, value in runs[0].items()
        if all(key in run and run[key] == value for run in runs)
    ]
    rows = []
    for section in ("topology", "objective", "algorithm", "run"):
        settings = [(key, value) for key, value in common if key.startswith(section + ".")]
        if settings:
            rows.append((section, in_words(settings, section)))
    rows += list(varied(sweep))
    lines = ["| setting | value |", "| --- | --- |"]
    return "\n".join(lines + [f"| {name} | {value} |" for name, value in rows])


def varied(sweep):
    """Each case with what it sets, each key of the grid with its values."""
    for case, overrides in {run.case: run.overrides for run in sweep.runs if run.case}.items():
        sets = ", ".join(f"{key} {shown(value)}" for key, value in overrides.items())
        yield f"case {case}", sets or "as above"
    for key in sweep.runs[0].grid:
        values = dict.fromkeys(shown(run.grid[key]) for run in sweep.runs)
        yield f"grid {key}", ", ".join(values)


def ratio(base, value):
    return "–" if base is None or not value else f"{base / value:.3g} ×"


def card_of(name):
    """Where the card of that name is in the tree; of one from elsewhere, its file's name."""
    found = sorted(ROOT.glob(f"configs/paper/**/{name}.yaml"))
    return found[0].relative_to(ROOT).as_posix() if found else f"{name}.yaml"


def order_of(card):
    """By name, those of a folder behind those beside it."""
    return card.count("/"), card


def contents(sections):
    titles = [section.split("\n", 1)[0].removeprefix("## ") for section in sections]
    return "\n".join(f"- [{title}](#{anchor(title)})" for title in titles)


def at_target(curve, metric, target, axis):
    point = curve.reaching(metric, target) if target is not None else None
    return point.x[axis] if point else None


def curves_table(sweep, curves, target):
    metric = sweep.paper["y"]
    base = next((c for c in curves if c.label == sweep.paper.get("baseline")), None)
    header = ["curve", *(key.split(".")[-1] for key in sweep.paper.get("choose", []))]
    with_server = any(curve.up_bits is not None for curve in curves)
    header += ["rounds", f"last {NAMES[metric]}", "bits"]
    header += ["of these up"] if with_server else []
    if target is not None:
        header += [f"rounds to {target:.3g}", f"bits to {target:.3g}"]
        header += [f"bits of {base.label} / its own"] if base else []
    rows = []
    for curve in curves:
        cells = [curve.label, *(shown(value) for value in curve.tuned.values())]
        cells += [f"{curve.last.x['round']:.0f}", number(curve.last.y), bits(curve.last.x["ideal_bits"])]
        if with_server:
            cells.append("–" if curve.up_bits is None else bits(curve.up_bits))
        if target is not None:
            rounds = at_target(curve, metric, target, "round")
            spent = at_target(curve, metric, target, "ideal_bits")
            cells += ["–" if rounds is None else f"{rounds:.0f}", "–" if spent is None else bits(spent)]
            if base:
                cells.append(ratio(at_target(base, metric, target, "ideal_bits"), spent))
        rows.append(cells)
    return table(header, rows)


def scaling_lines(sweep, curves, target):
    lines = {}
    for curve in curves:
        rounds = at_target(curve, sweep.paper["y"], target, "round")
        lines.setdefault(curve.label, []).append((curve.scale, rounds))
    return {label: sorted(points) for label, points in lines.items()}


def scaling_table(sweep, lines, target):
    key = sweep.paper["scaling"].split(".")[-1]
    scales = sorted({scale for points in lines.values() for scale, _ in points})
    header = [f"rounds to {target:g} (speed-up)"] + [f"{scale:g} {key}" for scale in scales]
    rows = []
    for label, points in lines.items():
        first = points[0][1]
        rows.append(
            [label]
            + [f"{rounds:.0f} ({ratio(first, rounds)})" if rounds else "–" for _, rounds in points]
        )
    return table(header, rows)


def figure_line(file, folder, text):
    return f"![{text}]({os.path.relpath(file, folder)})"


class Document:
    """Writes the file and, beside it, the folder of the plots."""

    def __init__(self, file):
        self.file = os.path.abspath(file)
        self.folder = os.path.dirname(self.file)
        self.plots = os.path.splitext(self.file)[0]

    def write(self, sweeps):
        os.makedirs(self.plots, exist_ok=True)
        sections = self.kept()
        sections.update({card_of(sweep.name): self.section(sweep) for sweep in sweeps})
        in_order = [sections[card] for card in sorted(sections, key=order_of)]
        with open(self.file, "w", encoding="utf-8") as out:
            out.write("\n".join(part.rstrip() + "\n" for part in [HEAD, contents(in_order), *in_order]))

    def kept(self):
        """Card -> section of the file as it is, for cards that are still there."""
        if not os.path.exists(self.file):
            return {}
        text = Path(self.file).read_text(encoding="utf-8")
        sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
        by_card = {card.group(1): s for s in sections if (card := re.search(r"Card: `([^`]+)`", s))}
        return {card: s for card, s in by_card.items() if (ROOT / card).is_file()}

    def section(self, sweep):
        paper = sweep.paper
        curves = chosen(sweep, curves_of(sweep))
        source = paper["citation"].rstrip(".") + (f"; {paper['figure']}" if "figure" in paper else "")
        lines = [f"## {paper['title']}", f"*{source}.* Card: `{card_of(sweep.name)}`."]
        lines.append(f"**Claim.** {paper['claim'].strip()}")
        lines.append(f"**Outcome.** {paper.get('outcome', 'Not written yet.').strip()}")
        if curves:
            lines += self.findings(sweep, curves)
            lines.append("What was run:")
            lines.append(settings_table(sweep))
        lines += remarks(sweep, curves)
        return "\n\n".join(lines)

    def findings(self, sweep, curves):
        paper = sweep.paper
        metric = paper["y"]
        target = target_of(sweep, curves)
        if paper.get("scaling"):
            lines = scaling_lines(sweep, curves, target)
            file = os.path.join(self.plots, f"{sweep.name}-scaling.svg")
            plot_scaling(lines, paper["scaling"], target, metric, file)
            return [
                figure_line(file, self.folder, f"rounds to {target:g} by {paper['scaling']}"),
                scaling_table(sweep, lines, target),
            ]
        plots = []
        for axis in paper["x"]:
            file = os.path.join(self.plots, f"{sweep.name}-{axis}.svg".replace("_", "-"))
            plot_curves(curves, metric, axis, target, file)
            plots.append(figure_line(file, self.folder, f"{NAMES[metric]} against {NAMES[axis]}"))
        return ["\n".join(plots), curves_table(sweep, curves, target)]


def remarks(sweep, curves):
    """How the curves were made, and what is missing from them."""
    lines = []
    tuned = sweep.paper.get("choose", [])
    if tuned:
        rule = (
            "the fewest rounds to the target"
            if sweep.paper.get("scaling")
            else f"the best last {NAMES[sweep.paper['y']]}"
        )
        lines.append(f"Of {', '.join(f'`{key}`' for key in tuned)}, each curve has the value with {rule}.")
    if any(curve.seeds > 1 for curve in curves):
        lines.append("Curves are means over the seeds, with the range between the extremes shaded.")
    seconds = sum(run.seconds for run in sweep.runs)
    lines.append(f"{len(sweep.runs)} runs, {seconds:.0f} s of wall time added up, hearsay {sweep.version}.")
    if sweep.failed:
        listed = "; ".join(f"`{run.name}`: {run.reason}" for run in sweep.failed)
        lines.append(f"Failed, and left out: {listed}.")
    if sweep.unfinished:
        lines.append(f"Not run yet: {', '.join(f'`{run.name}`' for run in sweep.unfinished)}.")
    return [" ".join(lines)]


def anchor(title):
    """As GitHub makes it of a heading."""
    kept = [c for c in title.lower() if c.isalnum() or c in " -_"]
    return "".join(kept).replace(" ", "-")
