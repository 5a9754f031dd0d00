"""The second figure of chapter 3: what the zeros cost, against copying the rows."""

from collections.abc import Sequence
from math import log10

import traitlets as t

from widgets._base import Widget, fill, front_end, styles
from widgets._markup import Html, tag
from widgets._stage import framed

__all__ = ["Cost", "costs", "len_of", "short", "size_at", "step_of", "times"]

LIMITS = {"V": 2**20, "D": 2**12, "N": 2**17}
DECADES = 15  # the length of a full bar: ten to the fifteenth
GPT2 = [50_257, 768, 1_024]
UNITS = (("", 1), (" thousand", 10**3), (" million", 10**6), (" billion", 10**9), (" trillion", 10**12))
BYTES = ((" B", 1), (" kB", 10**3), (" MB", 10**6), (" GB", 10**9), (" TB", 10**12))

WORDS = {
    "title": "What the zeros cost",
    "sizes": "V = {V}, D = {D}, N = {N}",
    "work": "Work",
    "bytes": "Memory that is filled",
    "work.product": "product: multiplications",
    "work.lookup": "lookup: numbers copied",
    "bytes.product": "product",
    "bytes.lookup": "lookup",
    "ratio": "{n} times the lookup",
    "scale": "log scale: a bar grows by one part when its number grows tenfold",
    "counted": "One-hot rows: 8 bytes a number (int64), and 4 in their copy for the product (float32). Output: 4 bytes "
    "a number, on both sides.",
    "choose": "Sizes",
    "ours": "this page",
    "gpt2": "GPT-2",
    "own": "your own",
    "more": "Sliders for V, D and N",
    "V": "V, rows",
    "D": "D, columns",
    "N": "N, indices",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move the sliders.",
}

TASKS = {
    "With the sizes of GPT-2, make the memory ratio smaller than 100, and do not touch V.": "D = 2048 gives 74.6: the "
    "longer output hides the zeros. N does nothing.",
    "Find sizes with which the product makes only twice as many multiplications as the lookup copies numbers.": "V = "
    "2, with any D and N: a table of two rows.",
}


def costs(V: int, D: int, N: int) -> dict[str, int]:
    """Return what both ways do and fill for `N` indices; the twin of ``costs`` in ``cost.js``.

    The product makes ``(N, V)`` numbers twice, int64 and float32; both make the ``(N, D)`` output. The indices and the
    table, which both need, are not counted.

    >>> costs(V=31, D=2, N=5)
    {'work.product': 310, 'work.lookup': 10, 'bytes.product': 1900, 'bytes.lookup': 40}
    """
    return {
        "work.product": N * V * D,
        "work.lookup": N * D,
        "bytes.product": 12 * N * V + 4 * N * D,
        "bytes.lookup": 4 * N * D,
    }


def short(n: int, units: Sequence[tuple[str, int]] = UNITS) -> str:
    """Return `n` with three digits and a word; the twin of ``short`` in ``cost.js``.

    >>> short(9999), short(39_523_958_784), short(999_960, BYTES)
    ('9999', '39.5 billion', '1.00 MB')
    """
    if n < 10_000:
        return f"{n}{units[0][0]}"
    for name, unit in units:
        for decimals in (2, 1, 0):
            scaled = (2 * n * 10**decimals + unit) // (2 * unit)
            if scaled < 1000:
                digits = f"{scaled:0{decimals + 1}d}"
                return (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits) + name
    return f"{n // units[-1][1]}{units[-1][0]}"


def times(a: int, b: int) -> str:
    """Return how many times `b` is in `a`: with one decimal below 100, whole from there on; a twin too.

    >>> times(310, 10), times(1900, 40), times(51, 10)
    ('31', '47.5', '5.1')
    """
    if a >= 100 * b:
        return str((2 * a + b) // (2 * b))
    whole, tenth = divmod((20 * a + b) // (2 * b), 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def size_at(step: int) -> int:
    """Return the size at a step of a slider: each step doubles it; a twin too.

    >>> size_at(0), size_at(5), size_at(20)
    (1, 32, 1048576)
    """
    return 2**step


def step_of(size: int) -> int:
    """Return the step of a slider that is nearest to a size, in ratio; a twin too.

    >>> step_of(1), step_of(31), step_of(50257)
    (0, 5, 16)
    """
    step = size.bit_length() - 1
    return step + (size * size > size_at(step) * size_at(step + 1))


def len_of(amount: int) -> float:
    """Return how long a bar is, from 0 to 1, on the scale of powers of ten; the twin of ``lenOf``.

    >>> len_of(1), len_of(1000), len_of(10**15)
    (0.0, 0.2, 1.0)
    """
    return round(log10(amount) / DECADES, 4)


class Cost(Widget):
    """Four bars: the work and the memory of a one-hot product, and of the lookup that gives the same numbers.

    Args:
        V: rows of the table.
        D: its columns.
        N: how many indices are looked up.

    Traits: `sizes` (V, D and N of the bars).

    >>> Cost(V=31, D=2, N=5)
    Cost(sizes=[31, 2, 5])
    """

    _esm = front_end("cost")
    _css = styles("cost")
    kind = "cost"
    state = ("sizes",)
    words = WORDS

    sizes = t.List(t.Int(min=1), minlen=3, maxlen=3).tag(sync=True)

    def __init__(self, V: int, D: int, N: int, **traits: object) -> None:
        self._first = [V, D, N]
        super().__init__(**{"sizes": self._first, **traits})

    @t.validate("sizes")
    def _agree(self, proposal: t.Bunch) -> list[int]:
        if any(size > limit for size, limit in zip(proposal["value"], LIMITS.values(), strict=True)):
            raise t.TraitError(f"sizes are at most {list(LIMITS.values())}: got {proposal['value']}")
        return proposal["value"]

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose: ours, gpt2."""
        return {"ours": {"sizes": self._first}, "gpt2": {"sizes": GPT2}}

    def body(self) -> Html:
        V, D, N = self.sizes
        sizes = tag("p", fill(WORDS["sizes"], V=V, D=D, N=N), class_="sizes")
        groups = tag("div", self._group("work", UNITS), self._group("bytes", BYTES), class_="logs")
        legend = tag("p", WORDS["counted"], class_="legend")
        return framed(WORDS, sizes, groups, legend, self._choose(), self._notes())

    def _group(self, kind: str, units: Sequence[tuple[str, int]]) -> Html:
        """Return how many times larger the first number is, two bars, and the axis they share."""
        found = costs(*self.sizes)
        many = fill(WORDS["ratio"], n=times(found[f"{kind}.product"], found[f"{kind}.lookup"]))
        title = tag("span", WORDS[kind], class_="title")
        caption = tag("caption", title, tag("output", many, class_="ratio", data_ratio=kind))
        bars = [self._bar(f"{kind}.{side}", found[f"{kind}.{side}"], units) for side in ("product", "lookup")]
        marks = [
            tag("span", f"1{name}".replace(" thousand", "000"), style=f"--at:{3 * k}")
            for k, (name, _) in enumerate(units)
        ]
        decades = tag("p", *marks, class_="decades")
        legend = tag("p", WORDS["scale"], class_="legend")
        return tag("div", tag("table", caption, tag("tbody", *bars)), decades, legend)

    @staticmethod
    def _bar(key: str, amount: int, units: Sequence[tuple[str, int]]) -> Html:
        bar = tag("span", tag("span", class_="log", style=f"--size:{len_of(amount):.4f}"), class_="track")
        count = tag("td", tag("span", short(amount, units), class_="count"), bar)
        return tag("tr", tag("th", WORDS[key], scope="row"), count, data_cost=key)

    def _choose(self) -> Html:
        given = {"ours": self._first, "gpt2": GPT2}
        options = [
            tag("option", WORDS[name], value=name, data_sizes=str(sizes), selected=sizes == self.sizes)
            for name, sizes in given.items()
        ]
        own = tag("option", WORDS["own"], value="own", selected=self.sizes not in given.values())
        choose = tag("select", *options, own, class_="choose", disabled=True)
        sliders = [
            tag(
                "label",
                tag("span", WORDS[name]),
                tag("input", type="range", class_="size", min="0", max=str(step_of(LIMITS[name])), step="1",
                    value=str(step_of(size)), data_size=k, aria_valuetext=size, disabled=True),
                tag("output", str(size)),
            )
            for k, (name, size) in enumerate(zip(LIMITS, self.sizes, strict=True))
        ]  # fmt: skip
        return tag("div", tag("label", tag("span", WORDS["choose"]), choose), *sliders, class_="choices")

    def _notes(self) -> Html:
        """Return what stands below the controls: tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        return tag("div", tasks, tag("details", tag("summary", WORDS["answers"]), found), class_="notes")
