"""The gradient lane of the stage: what every place of the output sends back, and what arrives at every row.

A gradient row is a *piece*: dashed, in the gradient's colour. It stands beside its place of the output and goes home to
the row that the place read. There the pieces of a row lie one under the other, as in a written addition, with their sum
below. So the gradient of a row is a stack of lines, and each line has a kind:

``piece``
    what one place sends; it knows its ``place``
``sum``
    the pieces added up; only where there are several
``none``
    the zeros of a row that no place read

A chapter changes the list of lines and nothing else: it leaves pieces out, appends a line of a kind of its own (with a
``label`` such as ``÷ 2``), and gives the kind its look in ``widgets.css`` (``.line[data-kind="…"]``).
``assets/widgets/core/gradient.js`` holds the twins, and draws the same stacks again when the state changes.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from widgets._markup import Html, number, tag
from widgets._stage import cells, sign, size

__all__ = ["Line", "after", "changed", "head", "lines", "piece", "stack", "table", "total"]


class Line(TypedDict):
    """One line of a row's gradient; `label` stands before the numbers, `decimals` replaces those of the stack."""

    kind: str
    values: list[float]
    place: NotRequired[int]
    label: NotRequired[str]
    decimals: NotRequired[int]


def total(grads: Sequence[Sequence[float]]) -> list[float]:
    """Return the sum of gradient rows, added in their order.

    >>> total([[2, -1], [1, 3]])
    [3, 2]
    """
    first, *others = grads
    found = list(first)
    for grad in others:
        found = [a + b for a, b in zip(found, grad, strict=True)]
    return found


def lines(rows: Sequence[int], grads: Sequence[Sequence[float]], row: int) -> list[Line]:
    """Return the gradient of `row` as lines: place ``k`` of the output read ``rows[k]`` and sends ``grads[k]``.

    >>> [line["values"] for line in lines([2, 4, 2], [[2, -1], [0, 1], [1, 3]], row=2)]
    [[2, -1], [1, 3], [3, 2]]
    >>> lines([2, 4, 2], [[2, -1], [0, 1], [1, 3]], row=0)
    [{'kind': 'none', 'values': [0, 0]}]
    """
    pieces = [Line(kind="piece", values=list(grads[k]), place=k) for k, read in enumerate(rows) if read == row]
    if not pieces:
        return [Line(kind="none", values=[0] * (len(grads[0]) if grads else 0))]
    if len(pieces) == 1:
        return pieces
    return [*pieces, Line(kind="sum", values=total([line["values"] for line in pieces]))]


def changed(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]], least: float) -> list[int]:
    """Return the rows in which some number differs by `least` or more.

    >>> changed([[1, 2], [3, 4]], [[1, 2], [3, 4.5]], least=0.001)
    [1]
    """
    pairs = enumerate(zip(before, after, strict=True))
    return [row for row, (old, new) in pairs if any(abs(a - b) >= least for a, b in zip(old, new, strict=True))]


def head(row: int, word: str | None, title: str, *, pressed: bool = False, outcome: str = "") -> Html:
    """Return the head of a row: its number, its word as the button that marks it, and what became of the mark."""
    button = tag(
        "button", word if word is not None else "·", type="button", class_="mark", data_word=word,
        aria_pressed="true" if pressed else "false", disabled=True, title=title,
    )  # fmt: skip
    return tag("th", tag("span", str(row), class_="index"), button, tag("span", outcome, class_="verdict"), scope="row")


def table(rows: Sequence[Html], columns: int, caption: str, heads: Sequence[str]) -> Html:
    """Return the table with its gradient lane around `rows`; `heads` names row, before, after and gradient."""
    row, before, later, gradient = heads
    names = [
        tag("th", row, scope="col"),
        tag("th", before, scope="colgroup", colspan=columns),
        tag("th", later, scope="colgroup", colspan=columns),
        tag("th", gradient, scope="col", class_="gradient"),
    ]
    inner = tag("tbody", "\n", *(Html(f"{each}\n") for each in rows))
    return tag("table", tag("caption", caption), tag("thead", tag("tr", *names)), "\n", inner)


def piece(values: Sequence[float], decimals: int, largest: float) -> Html:
    """Return one gradient row beside its place of the output."""
    return tag("span", *cells(values, decimals, largest, "span"), class_="piece")


def stack(found: Sequence[Line], decimals: int, largest: float) -> Html:
    """Return the table cell that holds a row's gradient, line under line; without lines an empty cell."""
    return tag("td", *(_line(line, decimals, largest) for line in found), class_="stack")


def after(before: Sequence[float], values: Sequence[float] | None, decimals: int, largest: float) -> list[Html]:
    """Return a row's cells after the step, outlined where the shown number is another; empty ones for ``None``."""
    if values is None:
        return [tag("td", class_="value after positive", style="--size:0") for _ in before]
    return [
        tag(
            "td",
            number(new, decimals),
            class_=f"value after {sign(new)}",
            style=f"--size:{size(new, largest)}",
            data_changed="" if number(old, decimals) != number(new, decimals) else None,
        )
        for old, new in zip(before, values, strict=True)
    ]


def _line(line: Line, decimals: int, largest: float) -> Html:
    label = tag("span", line["label"], class_="label") if "label" in line else None
    return tag(
        "span",
        label,
        *cells(line["values"], line.get("decimals", decimals), largest, "span"),
        class_="line",
        data_kind=line["kind"],
        data_place=line.get("place"),
    )
