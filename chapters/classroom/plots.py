"""How the book draws: settings for matplotlib, the plane on which every row is a point, and measured growth.

Import it only in a cell that draws: ``from classroom import plots``. Outputs are SVG and come out the
same, byte for byte, wherever they are drawn. Colours are the roles of ``assets/widgets/widgets.css``;
on the site they change with the theme.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib_inline.backend_inline import set_matplotlib_formats
from torch import Tensor

__all__ = ["COLOURS", "MARKS", "curves", "growth", "plane"]

TIMES = {10: "10 µs", 100: "100 µs", 1000: "1 ms", 10_000: "10 ms", 100_000: "100 ms"}
APART = 2.2  # names of lines, on a log axis of five decades: a line of text
MARKS = {"cat": "o", "dog": "s", "good": "^", "axolotl": "D"}  # ● ■ ▲ ◆, the same in every figure

_css = (Path(__file__).resolve().parents[2] / "assets" / "widgets" / "widgets.css").read_text("utf-8")
COLOURS = dict(reversed(re.findall(r"--([a-z]+):\s*(#[0-9a-f]{6})\b", _css)))  # the first value, the light one, stays

set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})
plt.rcParams.update(
    {
        "svg.hashsalt": "embedding-book",
        "svg.fonttype": "none",
        "figure.figsize": (4.2, 4.2),  # a phone shows it in letters that can be read
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def plane(rows: Tensor, words: Sequence[str], lit: Collection[int] = ()) -> None:
    """Draw every row of a ``(V, 2)`` table as a point with its word; the rows in `lit` stand out.

    Looked-up rows are filled, in the row's colour and written in bold, the others hollow; four words
    keep their own mark. The axes have no names: they mean nothing.
    """
    _, axes = plt.subplots(layout="constrained")
    for index, (x, y) in enumerate(rows.detach().double().round(decimals=2).tolist()):
        read, word = index in lit, words[index]
        colour = COLOURS["row"] if read else COLOURS["quiet"]
        axes.plot(x, y, MARKS.get(word, "."), color=colour, markersize=7, markerfacecolor=colour if read else "none")
        axes.annotate(
            word,
            (x, y),
            xytext=(5, 4),
            textcoords="offset points",
            color=colour,
            fontweight="bold" if read else "normal",
        )
    axes.axhline(0, color=COLOURS["line"], zorder=0)
    axes.axvline(0, color=COLOURS["line"], zorder=0)
    axes.set_aspect("equal")
    axes.margins(x=0.16, y=0.08)
    plt.show()


def growth(results: Sequence[dict], operations: Sequence[str]) -> None:
    """Draw what was measured, on log axes: above against V, below against N, one line for each operation and side.

    `results` are those of ``assets/results/sparse.json``. The dense side is solid, the sparse side dashed; each
    operation has a mark of its own, and each line its name at its end. The plot is narrow, so that a phone shows it in
    letters that can be read; sizes are written at the first, the middle and the last that was measured.
    """
    _, panels = plt.subplots(2, 1, figsize=(4.0, 6.2), sharey=True, layout="constrained")
    for axes, varies in zip(panels, "VN", strict=True):
        ends = []
        for mark, operation in zip("os^", operations, strict=False):
            points = [point for point in results if (point["varies"], point["operation"]) == (varies, operation)]
            sizes = [point[varies] for point in points]
            for side, colour, style in (("dense", COLOURS["row"], "-"), ("sparse", COLOURS["gradient"], "--")):
                times = [round(point[f"{side}_us"]) for point in points]
                axes.plot(sizes, times, mark + style, color=colour, markersize=5)
                ends.append((times[-1], f"{operation}, {side}", colour))
        fixed = "N" if varies == "V" else "V"
        axes.set(xscale="log", yscale="log", xlabel=varies, title=f"{fixed} = {points[0][fixed]:,}")
        ticks = sorted({sizes[0], sizes[len(sizes) // 2], sizes[-1]})
        axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
        axes.set_yticks(list(TIMES), TIMES.values())
        axes.minorticks_off()
        _name_at_the_ends(axes, sizes[-1], ends)
    plt.show()


def _name_at_the_ends(axes: Axes, x: float, ends: Collection[tuple[float, str, str]]) -> None:
    """Write each line's name beside its end at `x`, upwards from the lowest, none over another."""
    free = 0.0
    for y, name, colour in sorted(ends):
        at = max(y, free)
        axes.annotate(name, (x, at), (7, 0), textcoords="offset points", color=colour, va="center")
        free = at * APART


def curves(
    x: Sequence[int], means: Mapping[str, Sequence[float]], spreads: Mapping[str, Sequence[float]], across: str, up: str
) -> None:
    """Draw a line for every name in `means` over a logarithmic axis, with a bar of `spreads` up and down at each point.

    Lines differ by mark and dashes as well as by shade. `across` and `up` name the axes.
    """
    _, axes = plt.subplots(layout="constrained")
    for number, (name, values) in enumerate(means.items()):
        shift = [place * (1 + 0.02 * (number - len(means) / 2)) for place in x]  # bars side by side
        axes.errorbar(
            [round(place, 2) for place in shift],
            [round(value, 3) for value in values],
            yerr=[round(spread, 3) for spread in spreads[name]],
            label=name,
            marker="osD^v*"[number % 6],
            linestyle=("-", "--", "-.", ":")[number % 4],
            color=COLOURS[("row", "index", "gradient", "cap", "quiet")[number % 5]],
            markersize=5,
            elinewidth=0.8,
        )
    axes.set_xscale("log")
    axes.set_xticks(list(x), [str(place) for place in x])
    axes.minorticks_off()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.legend(frameon=False)
    plt.show()
