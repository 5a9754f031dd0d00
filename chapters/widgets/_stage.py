"""The one stage of all figures: indices on the left, the table in the middle, the output on the right.

Positions never change; a chapter adds a lane or a switch. Each function returns markup;
``assets/widgets/core/stage.js`` draws the same elements again when the state changes, and a test compares the two.
"""

from collections.abc import Mapping, Sequence
from math import isfinite

from widgets._markup import Html, number, tag

__all__ = ["cells", "framed", "lane", "nested", "shape_text", "sign", "size", "stage", "table"]

DRAWN = 60  # places that a lane draws; the rest is counted


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as Python writes a tuple.

    >>> shape_text([3, 5]), shape_text([15]), shape_text([])
    ('(3, 5)', '(15,)', '()')
    """
    return str(tuple(shape))


def framed(words: Mapping[str, str], *parts: Html) -> Html:
    """Return the inside of a figure: its title, `parts`, and the line that says which keys do what."""
    return Html("\n".join((tag("figcaption", words["title"]), *parts, tag("p", words["keys"], class_="keys"))))


def stage(class_: str, *parts: Html, **attributes: object) -> Html:
    """Return the stage around its parts; its attributes hold what the front end needs and no trait says."""
    return tag("div", Html("\n".join(parts)), class_=class_, **attributes)


def nested(shape: Sequence[int], leaves: list[Html]) -> Html:
    """Return `leaves` inside one bracket an axis; `leaves` may stop early."""
    if not shape:
        return leaves[0] if leaves else Html("")
    size = 1
    for length in shape[1:]:
        size *= length
    parts = [
        nested(shape[1:], leaves[k * size : (k + 1) * size])
        for k in range(min(shape[0], DRAWN))
        if not size or k * size < len(leaves)
    ]
    return tag("div", *parts, class_="axis", data_axis=len(shape))


def cells(values: Sequence[float], decimals: int, largest: float, element: str = "td") -> list[Html]:
    """Return one value cell a number: its text, and its size and sign for the value strip."""
    return [
        tag(element, number(v, decimals), class_=f"value {sign(v)}", style=f"--size:{size(v, largest)}") for v in values
    ]


def sign(value: float) -> str:
    """Return the class of a value's tint."""
    return "negative" if value < 0 else "positive"


def size(value: float, largest: float) -> str:
    """Return how strong a value's tint is, from 0 to 1."""
    if not isfinite(value):
        return "1"
    return f"{min(abs(value) / largest, 1):.2f}" if largest else "0"


def table(rows: list[Html], columns: Sequence[str], caption: str, row: str, reads: str) -> Html:
    """Return the table of the stage around its rows."""
    heads = [tag("th", row, scope="col")]
    heads += [tag("th", name, scope="col") for name in columns]
    heads += [tag("th", reads, scope="col")]
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads)),
        "\n",
        tag("tbody", "\n", *(Html(f"{r}\n") for r in rows)),
    )


def lane(
    name: str, title: str, content: Html, letters: str, shape: str, *more: Html, columns: int | None = None
) -> Html:
    """Return one lane: its title, its content, and the shape under the thing it belongs to, letters first."""
    parts = (tag("span", letters, class_="letters"), tag("span", shape, class_="numbers"))
    under = tag("p", *parts, class_="shape", data_columns=columns)
    return tag("div", tag("p", title, class_="title"), content, under, *more, class_=f"lane {name}")
