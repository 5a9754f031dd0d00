"""The figure of chapter 3: one number of the output written out as a sum of products, and what such a sum costs."""

from collections.abc import Sequence
from math import isfinite

import torch
import traitlets as t
from torch import Tensor

from reference import lookup, one_hot
from widgets._base import Widget, fill, front_end, say
from widgets._markup import Html, number, tag
from widgets._predict import verdict
from widgets._stage import lane, shape_text, table

__all__ = ["OneHot", "costs", "short", "size_at", "step_of", "times"]

PLACES = 8  # the figure draws up to eight indices, each with its row of zeros
COLUMNS = 3  # it shows up to three columns of the table
WINDOW = 64  # a longer table is shown by the rows that matter
QUARTERS = ("0", "¼", "½", "¾", "1")
LIMITS = {"V": 2**20, "D": 2**12, "N": 2**17}
DECADES = 15  # the length of a full bar: ten to the fifteenth
GPT2 = [50_257, 768, 1_024]
UNITS = (("", 1), (" thousand", 10**3), (" million", 10**6), (" billion", 10**9), (" trillion", 10**12))
BYTES = ((" B", 1), (" kB", 10**3), (" MB", 10**6), (" GB", 10**9), (" TB", 10**12))

WORDS = {
    "title": "One number of the output, written out",
    "indices": "Indices as one-hot rows",
    "table": "Table",
    "table.backward": "Gradient of the table",
    "output": "Output",
    "output.backward": "Arriving gradient",
    "row": "row",
    "entry": "x",
    "products": "x·W",
    "sum": "sum of the products",
    "product": "product",
    "lookup": "lookup",
    "none": "no index does this",
    "name": "{row} ({word})",
    "pick": "put row {name} into the chosen place",
    "pick.backward": "write out the gradient of row {name}",
    "mark": "move half of the one to row {name}",
    "strip": "one-hot row of place {place}",
    "number": "write out number {column} of place {place}",
    "expect": "expect NaN in the product of place {place}",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "E": "E[{place}, {column}]",
    "dW": "dW[{row}, {column}]",
    "rest": "0·… ({n} more)",
    "plain": "E[{place}, {column}] is a sum of {rows} products. {zeros} of them are 0. The one that is left is "
    "the number in row {name}, column {column}.",
    "mixed": "{first} of row {name} and {second} of row {partner}: the product is a mixture of two rows. "
    "A lookup takes one index, and no index does this.",
    "inf.zero": "0·inf is NaN, and a sum with a NaN in it is NaN: {count} of {places} products show it, and {reads} of "
    "the lookups. You expected none.",
    "inf.one": "0·inf is NaN, and a sum with a NaN in it is NaN: {count} of {places} products show it, and {reads} of "
    "the lookups. You expected 1.",
    "inf.other": "0·inf is NaN, and a sum with a NaN in it is NaN: {count} of {places} products show it, and {reads} "
    "of the lookups. You expected {n}.",
    "back.zero": "Row {name} was read from no place: its gradient is a sum of {places} products, and all are 0.",
    "back.one": "Row {name} was read from 1 place. Its gradient is the one row that arrives there; the other products "
    "are 0.",
    "back.other": "Row {name} was read from {n} places. Its gradient is the sum of the {n} rows that arrive there; the "
    "other products are 0.",
    "direction": "Direction",
    "forward": "output",
    "backward": "gradient",
    "ask": "No place reads row {name}. Which products will show NaN when it is inf? Click their words in the output, "
    "or none. Then:",
    "ask.read": "Row {name} is read. Which products will show NaN when it is inf? Click their words in the output, or "
    "none. Then:",
    "spoil": "Write inf into row {name}",
    "mend": "Write the numbers back",
    "mix": "move the one to row {name}",
    "reset": "Reset",
    "costs": "What it costs",
    "sizes": "V = {V}, D = {D}, N = {N}",
    "work.product": "product: multiplications",
    "work.lookup": "lookup: numbers copied",
    "bytes.product": "product: memory it fills",
    "bytes.lookup": "lookup: memory it fills",
    "ratio": "{n} times as many",
    "ratio.bytes": "{n} times as much",
    "scale": "A mark on a bar is ten times the mark before it. One-hot rows: 8 bytes a number (int64), and 4 in their "
    "copy for the product (float32).",
    "choose": "Sizes",
    "ours": "this page",
    "gpt2": "GPT-2",
    "own": "your own",
    "more": "Sliders for V, D and N",
    "V": "V, rows",
    "D": "D, columns",
    "N": "N, indices",
    "hint": "Click a number of a row: the chosen place takes that row. Click a word: half of the one moves there.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part and move sliders. Enter or Space chooses.",
}

TASKS = {
    "Multiplications against copied numbers: which slider changes the ratio, V, D or N?": "Only V: the ratio is V. "
    "D and N make both bars longer. For memory it is V and D, and never N.",
    "Write inf into its row, then find the one index whose product shows no NaN.": "The index of that row: 1·inf is "
    "inf, and 0 times each finite row is 0.",
    "In the gradient, find a row that is the sum of two arriving rows.": "Row 2: `the` stands in two places.",
}


def costs(V: int, D: int, N: int) -> dict[str, int]:
    """Return what both ways do and fill for `N` indices; the twin of ``costs`` in ``one_hot.js``.

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
    """Return `n` with three digits and a word; the twin of ``short`` in ``one_hot.js``.

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


class OneHot(Widget):
    """A few indices, their one-hot rows, the table, and the output, once by product and once by lookup.

    Args:
        weight: the table, ``(V, D)``, any floating dtype, detached here.
        words: what each row stands for, ``V`` strings, or ``None``.
        indices: one to eight of them, a list of ints or a one-dimensional integer tensor.
        spoil: the row that the step writes inf into; the last one if not given.
        pair: two rows; the state ``mix`` takes half of each.

    Traits: `places` (the indices), `position` and `column` (the number of the output that is written out), `share`
    (quarters of the one that have moved to row `other` in the chosen place), `inf` (the row that is infinite, or
    ``None``), `expected` (places at which the reader expects NaN), `backward` (the gradient), `row` (the row whose
    gradient is written out), `sizes` (V, D and N of the bars).

    >>> figure = OneHot(torch.tensor([[0.1, 0.2], [0.3, 0.4]]), indices=[1, 0, 1])
    >>> figure.rows.tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """

    _esm = front_end("one_hot")
    kind = "one_hot"
    state = ("places", "position", "column", "other", "share", "inf", "expected", "backward", "row", "sizes")
    words = WORDS

    places = t.List(t.Int(min=0), minlen=1, maxlen=PLACES).tag(sync=True)
    position = t.Int(0, min=0).tag(sync=True)
    column = t.Int(0, min=0).tag(sync=True)
    other = t.Int(0, min=0).tag(sync=True)
    share = t.Int(0, min=0, max=4).tag(sync=True)
    inf = t.Int(None, allow_none=True, min=0).tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)
    backward = t.Bool(False).tag(sync=True)
    row = t.Int(0, min=0).tag(sync=True)
    sizes = t.List(t.Int(min=1), minlen=3, maxlen=3).tag(sync=True)

    def __init__(
        self,
        weight: Tensor,
        words: Sequence[str] | None = None,
        indices: object = (0,),
        spoil: int | None = None,
        pair: tuple[int, int] | None = None,
        **traits: object,
    ) -> None:
        self._take_weight(weight)
        rows, columns = self._weight.shape
        if words is not None and len(words) != rows:
            raise ValueError(f"words must name every row: got {len(words)} words for {rows} rows")
        self._labels = list(words) if words is not None else None
        self._spoil = rows - 1 if spoil is None else spoil
        self._pair = (0, rows - 1) if pair is None else tuple(pair)
        for name, row in [("spoil", self._spoil), *(("pair", row) for row in self._pair)]:
            if not 0 <= row < rows:
                raise ValueError(f"{name} must name a row, 0 to {rows - 1}: got {row}")
        places = indices.tolist() if isinstance(indices, Tensor) else list(indices)
        start = {"places": places, "other": self._pair[1], "sizes": [rows, columns, max(len(places), 1)]}
        if places and isinstance(places[0], int):
            start["row"] = places[0]
        self._first = start
        super().__init__(**{**start, **traits})

    # what a reader's next cell uses

    @property
    def weight(self) -> Tensor:
        """The table that the figure shows, ``(V, D)``, with its infinite row."""
        weight = self._weight.clone()
        if self.inf is not None:
            weight[self.inf] = torch.inf
        return weight

    @property
    def rows(self) -> Tensor:
        """The one-hot rows, ``(N, V)``; the chosen one may be mixed."""
        rows = one_hot(torch.tensor(self.places), len(self._weight)).to(self._weight.dtype)
        if self.share:
            chosen = torch.zeros_like(rows[0])
            chosen[self.places[self.position]] += 1 - self.share / 4
            chosen[self.other] += self.share / 4
            rows[self.position] = chosen
        return rows

    @property
    def product(self) -> Tensor:
        """What the figure shows under *product*, ``(N, D)``."""
        return (self.rows.double() @ self.weight.double()).to(self._weight.dtype)

    @property
    def lookup(self) -> Tensor:
        """What the figure shows under *lookup*, ``(N, D)``; a mixed place has no index and looks nothing up."""
        return lookup(self.weight, torch.tensor(self.places))

    @property
    def grad_output(self) -> Tensor:
        """The gradient that arrives, ``(N, D)``: 1, 2, 4, … in column 0, so that each sum says what was added."""
        doubling = 2.0 ** torch.arange(len(self.places))
        return doubling[:, None] * 10.0 ** torch.arange(self._weight.shape[1])

    @property
    def gradient(self) -> Tensor:
        """The gradient of the table, ``(V, D)``: the one-hot rows transposed, times what arrives."""
        return one_hot(torch.tensor(self.places), len(self._weight)).float().T @ self.grad_output

    # validation

    @t.validate("places", "position", "column", "other", "inf", "expected", "row", "sizes")
    def _agree(self, proposal: t.Bunch) -> object:
        """Refuse a value that does not fit the others; those that change together are checked together."""
        name, value = proposal["trait"].name, proposal["value"]
        rows, columns = self._weight.shape
        bound = {
            "position": len(self.places),
            "expected": len(self.places),
            "column": min(columns, COLUMNS),
        }.get(name, rows)
        if name == "sizes":
            if any(size > limit for size, limit in zip(value, LIMITS.values(), strict=True)):
                raise t.TraitError(f"sizes are at most {list(LIMITS.values())}: got {value}")
            return value
        for item in value if isinstance(value, list) else [value]:
            if item is not None and item >= bound:
                raise t.TraitError(f"{name} is below {bound}: got {str(value)[:80]}")
        return value

    @t.observe("places", "other", "inf", "row")
    def _carry_rows(self, _change: t.Bunch) -> None:
        """A long table shows only the rows that matter: write the markup again when others do."""
        if self._html and len(self._weight) > WINDOW:
            self.refresh()

    # markup

    def _take_weight(self, weight: Tensor) -> None:
        if not isinstance(weight, Tensor) or weight.dim() != 2:
            got = tuple(weight.shape) if isinstance(weight, Tensor) else type(weight).__name__
            raise ValueError(f"weight must be a (V, D) tensor: got {got}")
        if 0 in weight.shape:
            raise ValueError(f"weight must have a row and a column at least: got {tuple(weight.shape)}")
        # Rounded once, here, to float32; the browser computes with these numbers.
        values = weight.detach().double()
        finite = values[values.isfinite()]
        self._decimals = 1 if torch.allclose(finite, finite.round(decimals=1), atol=1e-6, rtol=0) else 2
        self._weight = values.round(decimals=self._decimals).float()
        self._largest = float(finite.abs().max().round(decimals=self._decimals)) if finite.numel() else 0.0

    def name(self, row: int) -> str:
        """Return how the figure calls a row: its number, and its word if it has one."""
        return str(row) if self._labels is None else fill(WORDS["name"], row=row, word=self._labels[row])

    def carried(self) -> list[int]:
        """Return the rows that the markup holds: all of a short table, else those that the figure can need."""
        rows = len(self._weight)
        if rows <= WINDOW:
            return list(range(rows))
        broken = (~self._weight.isfinite()).any(dim=1).nonzero().flatten()[:WINDOW].tolist()
        wanted = {0, 1, 2, rows - 1, *self.places, *self._first["places"], self.other, self.row}
        wanted |= {self._spoil, *self._pair, *broken} | ({self.inf} - {None})
        return sorted(wanted)

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose: written, gpt2, inf, mix, backward."""
        written = {"position": 0, "column": 0, "share": 0, "inf": None, "expected": [], "backward": False}
        written = {**self._first, **written}
        first, second = self._pair
        read = [k for k, row in enumerate(written["places"]) if row == written["row"]]
        return {
            "written": written,
            "gpt2": {**written, "sizes": GPT2},
            "inf": {**written, "inf": self._spoil},
            "mix": {**written, "places": [first], "other": second, "share": 2, "row": first},
            "backward": {**written, "backward": True, "position": read[0] if read else 0},
        }

    def entries(self) -> list[int]:
        """Return the quarters that the chosen place takes of each carried row: 4 and zeros, unless it is mixed."""
        quarters = dict.fromkeys(self.carried(), 0)
        quarters[self.places[self.position]] += 4 - self.share
        quarters[self.other] += self.share
        return list(quarters.values())

    def status(self) -> str:
        """Return the sentence under the output; the twin of ``sentence`` in ``one_hot.js``."""
        chosen, count = self.places[self.position], len(self.places)
        if self.backward:
            return say(WORDS, "back", self.places.count(self.row), name=self.name(self.row), places=count)
        if self.inf is not None:
            places = {"count": len(self._flooded()), "places": count, "reads": self._copies_of_nan()}
            return say(WORDS, "inf", len(self.expected), **places)
        if 0 < self.share < 4 and self.other != chosen:
            parts = {"first": QUARTERS[4 - self.share], "second": QUARTERS[self.share]}
            return fill(WORDS["mixed"], name=self.name(chosen), partner=self.name(self.other), **parts)
        rows, name = len(self._weight), self.name(self.other if self.share == 4 else chosen)
        return fill(WORDS["plain"], place=self.position, column=self.column, rows=rows, zeros=rows - 1, name=name)

    def _flooded(self) -> list[int]:
        """Return the places whose product shows NaN."""
        shown = self.product[:, :COLUMNS]
        return shown.isnan().any(dim=1).nonzero().flatten().tolist()

    def _copies_of_nan(self) -> int:
        return int(self.lookup[:, :COLUMNS].isnan().any(dim=1).sum())

    def _digits(self) -> int:
        """Return the decimals that the chosen place's product needs to be exact."""
        return self._decimals + (0, 2, 1, 2, 0)[self.share]

    def body(self) -> Html:
        parts = (self._index_lane(), self._table_lane(), self._output_lane(), self._controls(), self._notes())
        stage = tag(
            "div", Html("\n".join(parts)), class_="stage", data_backward="" if self.backward else None,
            data_column=self.column,
        )  # fmt: skip
        keys = tag("p", WORDS["keys"], class_="keys")
        return Html("\n".join((tag("figcaption", WORDS["title"]), stage, keys)))

    def _index_lane(self) -> Html:
        size = len(self._weight)
        strips = [self._strip(k, row) for k, row in enumerate(self.places)]
        marks = "" if size <= WINDOW else None
        content = tag(
            "div", *strips, class_="tensor strips", role="group", aria_label=WORDS["indices"],
            style=f"--n:{size};--row:{self.row}", data_marks=marks,
        )  # fmt: skip
        return lane("indices", WORDS["indices"], content, "(N, V)", shape_text([len(self.places), size]))

    def _strip(self, k: int, row: int) -> Html:
        share = self.share if k == self.position else 0
        here = k == self.position and not self.backward
        hot = [(row, 4 - share), (self.other, share)]
        marks = [tag("i", style=f"--at:{at};--share:{part / 4}") for at, part in hot]
        return tag(
            "button",
            tag("span", self._labels[row], class_="word") if self._labels else None,
            tag("span", str(row), class_="number"),
            tag("span", *marks, class_="strip"),
            type="button", class_="place chip hot", data_place=k, data_lit="here" if here else None, disabled=True,
            title=fill(WORDS["strip"], place=k),
        )  # fmt: skip

    def _shown(self) -> tuple[Tensor, int, float]:
        """Return the numbers of the table lane, their decimals, and the largest for the tint."""
        if self.backward:
            gradient = self.gradient[:, :COLUMNS]
            return gradient, 0, float(gradient.abs().max())
        return self.weight[:, :COLUMNS], self._decimals, self._largest

    def _table_lane(self) -> Html:
        shown, decimals, largest = self._shown()
        rows, before = [], -1
        quarters = dict(zip(self.carried(), self.entries(), strict=True))
        for row in self.carried():
            if row > before + 1:
                rows.append(tag("tr", tag("th", "⋮", scope="row"), tag("td", colspan=4), class_="gap"))
            numbers = [_value("td", value, decimals, largest) for value in shown[row].tolist()]
            rows.append(self._row(row, quarters[row], numbers))
            before = row
        total = "" if self.backward else number(self.product[self.position, self.column].item(), self._digits())
        width = shown.shape[1] + 2
        heading = tag("th", WORDS["sum"], scope="row", colspan=width)
        rows.append(tag("tr", heading, tag("td", total, class_="product"), class_="sum", hidden=self.backward))
        names = [WORDS["entry"], *(str(k) for k in range(shown.shape[1]))]
        if self._weight.shape[1] > shown.shape[1]:
            names[-1] += " …"
        caption = WORDS["table.backward" if self.backward else "table"]
        grid = table(rows, names, WORDS["table"], WORDS["row"], WORDS["products"])
        content = tag(
            "div", grid, class_="rows", tabindex="0", role="region", aria_label=WORDS["table"],
            data_numbers=self._numbers_of_the_table(), data_decimals=self._decimals, data_largest=self._largest,
        )  # fmt: skip
        hint = tag("p", WORDS["hint"], class_="hint", hidden=self.backward)
        return lane("table", caption, content, "(V, D)", shape_text(self._weight.shape), hint)

    def _numbers_of_the_table(self) -> str:
        """Return the carried rows as text, without the infinite row that the reader may have written."""
        decimals = self._decimals
        values = self._weight[self.carried(), :COLUMNS].tolist()
        return ";".join(",".join(f"{value:.{decimals}f}" for value in row) for row in values)

    def _row(self, row: int, quarters: int, values: list[Html]) -> Html:
        word = self._labels[row] if self._labels else "·"
        name = self.name(row)
        pick = tag(
            "button", str(row), type="button", class_="chip pick", disabled=True,
            title=fill(WORDS["pick.backward" if self.backward else "pick"], name=name),
        )  # fmt: skip
        mark = tag(
            "button", word, type="button", class_="mark", data_word=word if self._labels else None, disabled=True,
            title=fill(WORDS["pick.backward" if self.backward else "mark"], name=name),
        )  # fmt: skip
        product = quarters / 4 * self.weight[row, self.column].item()
        used = self.places.count(row) > 0 if self.backward else quarters > 0
        lit = row == self.row if self.backward else quarters > 0
        return tag(
            "tr",
            tag("th", pick, mark, scope="row"),
            tag("td", "" if self.backward else QUARTERS[quarters], class_="entry"),
            *values,
            tag("td", "" if self.backward else number(product, self._digits()), class_="product"),
            data_row=row,
            data_read="" if used else None,
            data_lit="" if lit else None,
            data_broken="" if not self.backward and product != product else None,
        )

    def _output_lane(self) -> Html:
        head = tag("p", tag("span", WORDS["product"]), tag("span", WORDS["lookup"]), class_="line head",
                   hidden=self.backward)  # fmt: skip
        lines = [self._line(k) for k in range(len(self.places))]
        outputs = tag("div", head, *lines, class_="outputs", role="group", aria_label=WORDS["output"])
        shape = shape_text([len(self.places), self._weight.shape[1]])
        title = WORDS["output.backward" if self.backward else "output"]
        status = tag("output", self.status(), class_="status")
        return lane("output", title, outputs, "(N, D)", shape, self._written(), status, self._costs())

    def _line(self, k: int) -> Html:
        row = self.places[k]
        result = verdict(self.expected, self._flooded()) if self.inf is not None and not self.backward else {}
        sign = next((WORDS[f"expected.{kind}"] for kind, found in result.items() if k in found), "")
        expect = tag(
            "button", self._labels[row] if self._labels else str(row), type="button", class_="expect",
            aria_pressed="true" if k in self.expected else "false", title=fill(WORDS["expect"], place=k),
            disabled=True,
        )  # fmt: skip
        mixed = k == self.position and 0 < self.share < 4 and self.other != row
        copied = self.lookup[k, :COLUMNS].tolist() if not self.backward else []
        spans = [_value("span", value, self._decimals, self._largest) for value in copied]
        none = tag("span", WORDS["none"], class_="none", hidden=not mixed or self.backward)
        entry = QUARTERS[4 * (row == self.row)] if self.backward else ""
        return tag(
            "div",
            expect,
            tag("span", sign, class_="verdict"),
            tag("span", entry, class_="entry"),
            tag("span", *self._numbers(k), class_="made"),
            tag("span", *([] if mixed else spans), class_="copied"),
            none,
            class_="line",
            data_place=k,
            data_read="" if self.backward and row == self.row else None,
        )

    def _numbers(self, k: int) -> list[Html]:
        """Return the numbers of one place as buttons: those of the product, or those that arrive."""
        shown = self.grad_output if self.backward else self.product
        largest = float(self.grad_output[:, :COLUMNS].max()) if self.backward else self._largest
        decimals = 0 if self.backward else self._digits() if k == self.position else self._decimals
        return [
            _value(
                "button", value, decimals, largest, "num value", type="button", data_place=k, data_column=column,
                data_lit=self._lit(k, column), title=fill(WORDS["number"], column=column, place=k), disabled=True,
            )
            for column, value in enumerate(shown[k, :COLUMNS].tolist())
        ]  # fmt: skip

    def _lit(self, k: int, column: int) -> str | None:
        here = self.places[k] == self.row if self.backward else k == self.position
        return "here" if here and column == self.column else None

    def _written(self) -> Html:
        """Return the chosen number as a sum, every product in it; the twin of ``parts`` in ``one_hot.js``."""
        spans = [tag("span", text, class_=kind) for text, kind in self.parts()]
        return tag("p", *spans, class_="written")

    def parts(self) -> list[tuple[str, str]]:
        """Return the pieces of the written-out sum, each with what it is: name, zero, one, broken or sum."""
        if self.backward:
            factors = [4 * (row == self.row) for row in self.places]
            values = self.grad_output[:, self.column].tolist()
            name, total = fill(WORDS["dW"], row=self.row, column=self.column), self.gradient[self.row, self.column]
            left, decimals, digits = 0, 0, 0
        else:
            factors = self.entries()
            values = self.weight[self.carried(), self.column].tolist()
            name, total = fill(WORDS["E"], place=self.position, column=self.column), None
            total = self.product[self.position, self.column]
            left, decimals, digits = len(self._weight) - len(values), self._decimals, self._digits()
        return written_out(name, factors, values, total.item(), left, decimals, digits)

    def _controls(self) -> Html:
        parts = (self._direction(), self._step(), self._mix(), self._reset())
        return tag("div", *parts, class_="controls")

    def _direction(self) -> Html:
        buttons = [
            tag(
                "button", WORDS[name], type="button", class_="direction", data_backward=str(back).lower(),
                aria_pressed="true" if self.backward == back else "false", disabled=True,
            )
            for name, back in (("forward", False), ("backward", True))
        ]  # fmt: skip
        return tag("div", *buttons, class_="directions", role="group", aria_label=WORDS["direction"])

    def _step(self) -> Html:
        name = self.name(self._spoil)
        ask = "ask.read" if self._spoil in self.places else "ask"
        label = WORDS["mend"] if self.inf is not None else fill(WORDS["spoil"], name=name)
        ask = tag("p", fill(WORDS[ask], name=name), class_="ask", hidden=self.inf is not None)
        step = tag("button", label, type="button", class_="step", data_row=self._spoil, disabled=True)
        return tag("div", ask, step, class_="steps", hidden=self.backward)

    def _mix(self) -> Html:
        slider = tag(
            "input", type="range", class_="share", min="0", max="4", step="1", value=str(self.share), disabled=True
        )
        text = tag("span", fill(WORDS["mix"], name=self.name(self.other)), class_="partner")
        part = tag("output", QUARTERS[self.share], class_="part")
        return tag("label", text, slider, part, class_="mixing", hidden=self.backward)

    def _reset(self) -> Html:
        return tag("button", WORDS["reset"], type="button", class_="reset", disabled=True)

    def _notes(self) -> Html:
        """Return what stands below the controls: three tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        return tag("div", tasks, answers, class_="notes")

    def _costs(self) -> Html:
        V, D, N = self.sizes
        title = tag("p", WORDS["costs"], class_="title")
        sizes = tag("p", fill(WORDS["sizes"], V=V, D=D, N=N), class_="sizes")
        found = costs(V, D, N)
        bars = []
        for kind, ratio, units in (("work", "ratio", UNITS), ("bytes", "ratio.bytes", BYTES)):
            bars += [self._bar(f"{kind}.{side}", found[f"{kind}.{side}"], units) for side in ("product", "lookup")]
            many = fill(WORDS[ratio], n=times(found[f"{kind}.product"], found[f"{kind}.lookup"]))
            bars.append(tag("p", many, class_="ratio", data_ratio=kind))
        scale = tag("p", WORDS["scale"], class_="legend")
        return tag("div", title, sizes, tag("div", *bars, class_="logs"), scale, self._choose(), class_="costs")

    @staticmethod
    def _bar(key: str, amount: int, units: Sequence[tuple[str, int]]) -> Html:
        bar = tag("span", class_="log", style=f"--size:{len_of(amount):.4f}")
        label = tag("span", WORDS[key], class_="label")
        return tag("p", label, tag("span", short(amount, units), class_="count"), tag("span", bar, class_="track"),
                   data_cost=key)  # fmt: skip

    def _choose(self) -> Html:
        given = {"ours": self._first["sizes"], "gpt2": GPT2}
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
        more = tag("details", tag("summary", WORDS["more"]), *sliders, class_="sliders")
        return tag("div", tag("label", tag("span", WORDS["choose"]), choose), more, class_="choices")


def _value(name: str, value: float, decimals: int, largest: float, kind: str = "value", **attributes: object) -> Html:
    """Return one number as an element: its text, and its tint by sign and size; NaN is marked."""
    sign = "broken" if value != value else "negative" if value < 0 else "positive"
    size = min(abs(value) / largest, 1) if isfinite(value) and largest else float(not isfinite(value))
    style = f"--size:{size + 1e-9:.2f}"  # a hair more: a tie is rounded up, in Python as in the browser
    return tag(name, number(value, decimals), class_=f"{kind} {sign}", style=style, **attributes)


def len_of(amount: int) -> float:
    """Return how long a bar is, from 0 to 1, on the scale of powers of ten; the twin of ``lenOf``."""
    return round(torch.tensor(float(amount), dtype=torch.float64).log10().item() / DECADES, 4)


def written_out(
    name: str, quarters: list[int], values: list[float], total: float, left: int, decimals: int, digits: int
) -> list[tuple[str, str]]:
    """Return the pieces of a sum of products, neighbours of one kind joined; the twin of ``writtenOut``.

    >>> written_out("E", [0, 4, 0], [0.5, 0.25, float("inf")], float("nan"), 0, 1, 1)
    [('E = ', 'name'), ('0·0.5 + ', 'zero'), ('1·0.2', 'one'), (' + 0·inf', 'broken'), (' = ', 'name'), ('nan', 'sum')]
    """
    products = [
        ("broken" if part * value != part * value else "one" if part else "zero", f"{QUARTERS[part]}·{text}")
        for part, value, text in zip(quarters, values, (number(value, decimals) for value in values), strict=True)
    ]
    if left:
        products.append(("zero", fill(WORDS["rest"], n=left)))
    pieces: list[tuple[str, str]] = []
    for kind, text in products:
        if pieces and pieces[-1][1] in (kind, "zero"):
            before, above = pieces.pop()
            pieces += [(f"{before} + {text}", kind)] if above == kind else [(f"{before} + ", above), (text, kind)]
        else:
            pieces.append((f" + {text}" if pieces else text, kind))
    return [(f"{name} = ", "name"), *pieces, (" = ", "name"), (number(total, digits), "sum")]
