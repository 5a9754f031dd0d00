"""The figure of chapter 3: one number of the output written out as a sum of products, and of the gradient."""

from collections.abc import Callable, Sequence
from math import isfinite

import torch
import traitlets as t
from torch import Tensor

from reference import lookup, one_hot
from widgets._base import Widget, fill, front_end, say, styles
from widgets._markup import Html, number, tag
from widgets._predict import verdict
from widgets._stage import framed, lane, shape_text, stage, table

__all__ = ["OneHot", "written_out"]

PLACES = 8  # the figure draws up to eight indices, each with its row of zeros
COLUMNS = 3  # it shows up to three columns of the table
WINDOW = 64  # a longer table is shown by the rows that matter
QUARTERS = ("0", "¼", "½", "¾", "1")

WORDS = {
    "title": "One number, written out as a sum of products",
    "indices": "Indices as one-hot rows",
    "table": "Table",
    "table.backward": "Gradient of the table",
    "output": "Output",
    "output.backward": "Arriving gradient",
    "row": "row",
    "entry": "R[{place}]",
    "products": "R[{place}]·W",
    "sum": "sum of the products",
    "product": "product",
    "lookup": "lookup",
    "none": "no index does this",
    "name": "{row} ({word})",
    "pick": "put row {name} into the chosen place",
    "pick.backward": "write out the gradient of row {name}",
    "strip": "one-hot row of place {place}",
    "number": "write out number {column} of place {place}",
    "expect": "expect a change in the product of place {place}",
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
    "inf.nan": "{number} is NaN: 0·inf is NaN, and so is every sum with a NaN in it. There is NaN in {count} of "
    "{places} products, and in {reads} of the lookups.",
    "inf.kept": "{number} is inf and not NaN: the one stands at row {name}, and no 0 meets its inf. There is NaN in "
    "{count} of {places} products, and in {reads} of the lookups.",
    "marked.zero": "",
    "marked.one": " You marked 1 place.",
    "marked.other": " You marked {n} places.",
    "back.zero": "Row {name} was read from no place: its gradient is a sum of {places} products, and all are 0.",
    "back.one": "Row {name} was read from 1 place. Its gradient is the one row that arrives there; the other products "
    "are 0.",
    "back.other": "Row {name} was read from {n} places. Its gradient is the sum of the {n} rows that arrive there; the "
    "other products are 0.",
    "back.mixed": "Place {place} took {part} of row {name}, so {part} of the row that arrives there is in its "
    "gradient.",
    "direction": "Direction",
    "forward": "output",
    "backward": "gradient",
    "ask": "No place reads row {name}. Which products will change when it becomes inf? Mark their words in the output, "
    "or none. Then:",
    "ask.read": "Row {name} is read. Which products will change when it becomes inf? Mark their words in the output, "
    "or none. Then:",
    "spoil": "Write inf into row {name}",
    "mend": "Write the numbers back",
    "mix": "share of row {name}",
    "reset": "Reset",
    "hint": "Click a row: the chosen place takes it.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part and move the slider. Enter or Space chooses.",
}

TASKS = {
    "Which index makes E[1, 0] as large as it can be? Say it before you click.": "29: row 29 (numbat) holds 2.4, the "
    "largest number of column 0, and a one-hot row can only pick a number of that column.",
    "Put row 9 (good) into a place, and give it a share of row 12 (bad). Which is the smallest share with which both "
    "numbers are positive?": "¼: 0.050 and 1.700. No row of the table holds these two numbers.",
    "In the gradient, find a row that is the sum of two arriving rows.": "Row 2: `the` stands in two places.",
}


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
    ``None``), `expected` (places at which the reader expects a change), `backward` (the gradient), `row` (the row
    whose gradient is written out).

    >>> figure = OneHot(torch.tensor([[0.1, 0.2], [0.3, 0.4]]), indices=[1, 0, 1])
    >>> figure.rows.tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """

    _esm = front_end("one_hot")
    _css = styles("one_hot")
    kind = "one_hot"
    state = ("places", "position", "column", "other", "share", "inf", "expected", "backward", "row")
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
        rows = len(self._weight)
        if words is not None and len(words) != rows:
            raise ValueError(f"words must name every row: got {len(words)} words for {rows} rows")
        self._labels = list(words) if words is not None else None
        self._spoil = rows - 1 if spoil is None else spoil
        self._pair = (0, rows - 1) if pair is None else tuple(pair)
        for name, row in [("spoil", self._spoil), *(("pair", row) for row in self._pair)]:
            if not 0 <= row < rows:
                raise ValueError(f"{name} must name a row, 0 to {rows - 1}: got {row}")
        places = indices.tolist() if isinstance(indices, Tensor) else list(indices)
        start = {"places": places, "other": self._pair[1]}
        start |= {name: traits.get(name, 0) for name in ("position", "column")}
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
    def indices(self) -> list[int]:
        """The row that each place reads; a place whose whole one has moved reads row `other`."""
        moved = self.share == 4
        return [self.other if moved and k == self.position else row for k, row in enumerate(self.places)]

    @property
    def rows(self) -> Tensor:
        """The one-hot rows, ``(N, V)``; the chosen one may be mixed."""
        rows = one_hot(torch.tensor(self.indices), len(self._weight)).to(self._weight.dtype)
        if self.mixed:
            rows[self.position] = 0
            rows[self.position, self.places[self.position]] = 1 - self.share / 4
            rows[self.position, self.other] = self.share / 4
        return rows

    @property
    def mixed(self) -> bool:
        """Does the chosen place take a part of two rows? Then no index says what it takes."""
        return 0 < self.share < 4 and self.other != self.places[self.position]

    @property
    def product(self) -> Tensor:
        """What the figure shows under *product*, ``(N, D)``."""
        return (self.rows.double() @ self.weight.double()).to(self._weight.dtype)

    @property
    def lookup(self) -> Tensor:
        """What the figure shows under *lookup*, ``(N, D)``; a mixed place has no index and looks nothing up."""
        return lookup(self.weight, torch.tensor(self.indices))

    @property
    def grad_output(self) -> Tensor:
        """The gradient that arrives, ``(N, D)``: 1, 2, 4, … in column 0, so that each sum says what was added."""
        doubling = 2.0 ** torch.arange(len(self.places))
        return doubling[:, None] * 10.0 ** torch.arange(self._weight.shape[1])

    @property
    def gradient(self) -> Tensor:
        """The gradient of the table, ``(V, D)``: the one-hot rows transposed, times what arrives."""
        return self.rows.float().T @ self.grad_output

    # validation

    @t.validate("places", "position", "column", "other", "inf", "expected", "row")
    def _agree(self, proposal: t.Bunch) -> object:
        """Refuse a value that does not fit the others; those that change together are checked together."""
        name, value = proposal["trait"].name, proposal["value"]
        rows, columns = self._weight.shape
        bound = {
            "position": len(self.places),
            "expected": len(self.places),
            "column": min(columns, COLUMNS),
        }.get(name, rows)
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
        """Return the named states for links in the prose: written, inf, mix, backward."""
        written = {"share": 0, "inf": None, "expected": [], "backward": False}
        written = {**self._first, **written}
        first, second = self._pair
        read = [k for k, row in enumerate(written["places"]) if row == written["row"]]
        return {
            "written": written,
            "inf": {**written, "inf": self._spoil},
            "mix": {**written, "places": [first], "position": 0, "other": second, "share": 2, "row": first},
            "backward": {**written, "backward": True, "position": read[0] if read else 0},
        }

    def entries(self) -> list[int]:
        """Return the quarters that the chosen place takes of each carried row: 4 and zeros, unless it is mixed."""
        return [self._part(self.position, row) for row in self.carried()]

    def _part(self, k: int, row: int) -> int:
        """Return how many quarters place `k` takes of a row; the twin of ``part`` in ``one_hot.js``."""
        moved = self.share if k == self.position else 0
        return (4 - moved) * (self.places[k] == row) + moved * (self.other == row)

    def status(self) -> str:
        """Return the sentence under the output; the twin of ``sentence`` in ``one_hot.js``."""
        k, places = self.position, len(self.places)
        if self.backward:
            name = self.name(self.row)
            if self.mixed and self._part(k, self.row):
                return fill(WORDS["back.mixed"], place=k, part=QUARTERS[self._part(k, self.row)], name=name)
            return say(WORDS, "back", self.indices.count(self.row), name=name, places=places)
        if self.inf is not None:
            shown = {"number": fill(WORDS["E"], place=k, column=self.column), "name": self.name(self.inf)}
            shown |= {"count": _with(self.product, torch.isnan), "places": places}
            kind = "nan" if self.product[k, self.column].isnan() else "kept"
            sentence = fill(WORDS[f"inf.{kind}"], **shown, reads=_with(self.lookup, torch.isnan))
            return sentence + say(WORDS, "marked", len(self.expected))
        chosen = self.name(self.indices[k])
        if self.mixed:
            parts = {"first": QUARTERS[4 - self.share], "second": QUARTERS[self.share]}
            return fill(WORDS["mixed"], name=chosen, partner=self.name(self.other), **parts)
        rows = len(self._weight)
        return fill(WORDS["plain"], place=k, column=self.column, rows=rows, zeros=rows - 1, name=chosen)

    def _changed(self) -> list[int]:
        """Return the places whose product an infinite row has changed: those that are not finite."""
        return (~self.product[:, :COLUMNS].isfinite()).any(dim=1).nonzero().flatten().tolist()

    def _digits(self) -> int:
        """Return the decimals that the chosen place's product needs to be exact."""
        return self._decimals + self._quarter_digits()

    def _quarter_digits(self) -> int:
        return (0, 2, 1, 2, 0)[self.share]

    def body(self) -> Html:
        parts = (self._index_lane(), self._table_lane(), self._output_lane(), self._controls(), self._notes())
        backward = "" if self.backward else None
        return framed(WORDS, stage("stage", *parts, data_backward=backward, data_column=self.column))

    def _index_lane(self) -> Html:
        size = len(self._weight)
        strips = [self._strip(k, row) for k, row in enumerate(self.indices)]
        marks = "" if size <= WINDOW else None
        content = tag(
            "div", *strips, class_="tensor strips", role="group", aria_label=WORDS["indices"],
            style=f"--n:{size};--row:{self.row}", data_marks=marks,
        )  # fmt: skip
        return lane("indices", WORDS["indices"], content, "(N, V)", shape_text([len(self.places), size]))

    def _strip(self, k: int, row: int) -> Html:
        share = self.share if k == self.position else 0
        here = k == self.position and not self.backward
        hot = [(self.places[k], 4 - share), (self.other, share)]
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
            return gradient, self._quarter_digits(), float(gradient.abs().max())
        return self.weight[:, :COLUMNS], self._decimals, self._largest

    def _table_lane(self) -> Html:
        shown, decimals, largest = self._shown()
        rows, before = [], -1
        quarters = dict(zip(self.carried(), self.entries(), strict=True))
        for row in self.carried():
            if row > before + 1:
                rows.append(tag("tr", tag("th", "⋮", scope="row"), tag("td", colspan=4), class_="gap"))
            places = 0 if self.backward and not self._taken(row) else decimals
            numbers = [_value("td", value, places, largest) for value in shown[row].tolist()]
            rows.append(self._row(row, quarters[row], numbers))
            before = row
        total = "" if self.backward else number(self.product[self.position, self.column].item(), self._digits())
        width = shown.shape[1] + 2
        heading = tag("th", WORDS["sum"], scope="row", colspan=width)
        rows.append(tag("tr", heading, tag("td", total, class_="product"), class_="sum", hidden=self.backward))
        names = [fill(WORDS["entry"], place=self.position), *(str(k) for k in range(shown.shape[1]))]
        if self._weight.shape[1] > shown.shape[1]:
            names[-1] += " …"
        caption = WORDS["table.backward" if self.backward else "table"]
        grid = table(rows, names, WORDS["table"], WORDS["row"], fill(WORDS["products"], place=self.position))
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
        mark = tag("span", word, class_="mark", data_word=word if self._labels else None)
        product = quarters / 4 * self.weight[row, self.column].item()
        used = row in self.indices or self._taken(row) if self.backward else quarters > 0
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
            data_broken="" if not self.backward and not isfinite(product) else None,
        )

    def _taken(self, row: int) -> bool:
        """Is the row one of the two that a mixed place takes?"""
        return self.mixed and self._part(self.position, row) > 0

    def _output_lane(self) -> Html:
        head = tag("p", tag("span", WORDS["product"]), tag("span", WORDS["lookup"]), class_="line head",
                   hidden=self.backward)  # fmt: skip
        lines = [self._line(k) for k in range(len(self.places))]
        outputs = tag("div", head, *lines, class_="outputs", role="group", aria_label=WORDS["output"])
        shape = shape_text([len(self.places), self._weight.shape[1]])
        title = WORDS["output.backward" if self.backward else "output"]
        status = tag("output", self.status(), class_="status")
        return lane("output", title, outputs, "(N, D)", shape, self._written(), status)

    def _line(self, k: int) -> Html:
        row = self.indices[k]
        result = (
            verdict(self.expected, self._changed())
            if self.expected and self.inf is not None and not self.backward
            else {}
        )
        sign = next((WORDS[f"expected.{kind}"] for kind, found in result.items() if k in found), "")
        expect = tag(
            "button", self._labels[row] if self._labels else str(row), type="button", class_="expect",
            aria_pressed="true" if k in self.expected else "false", title=fill(WORDS["expect"], place=k),
            disabled=True,
        )  # fmt: skip
        mixed = k == self.position and self.mixed
        copied = self.lookup[k, :COLUMNS].tolist() if not self.backward else []
        spans = [_value("span", value, self._decimals, self._largest) for value in copied]
        none = tag("span", WORDS["none"], class_="none", hidden=not mixed or self.backward)
        part = self._part(k, self.row)
        return tag(
            "div",
            expect,
            tag("span", sign, class_="verdict"),
            tag("span", QUARTERS[part] if self.backward else "", class_="entry"),
            tag("span", *self._numbers(k), class_="made"),
            tag("span", *([] if mixed else spans), class_="copied"),
            none,
            class_="line",
            data_place=k,
            data_read="" if self.backward and part else None,
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
        here = self._part(k, self.row) > 0 if self.backward else k == self.position
        return "here" if here and column == self.column else None

    def _written(self) -> Html:
        """Return the chosen number as a sum, every product in it; the twin of ``parts`` in ``one_hot.js``."""
        spans = [tag("span", text, class_=kind) for text, kind in self.parts()]
        return tag("p", *spans, class_="written")

    def parts(self) -> list[tuple[str, str]]:
        """Return the pieces of the written-out sum, each with what it is: name, zero, one, broken or sum."""
        if self.backward:
            factors = [self._part(k, self.row) for k in range(len(self.places))]
            values = self.grad_output[:, self.column].tolist()
            name, total = fill(WORDS["dW"], row=self.row, column=self.column), self.gradient[self.row, self.column]
            left, decimals, digits = 0, 0, self._quarter_digits() if self._taken(self.row) else 0
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


def _with(rows: Tensor, test: Callable[[Tensor], Tensor]) -> int:
    """Return how many rows have a number, among those shown, that passes the test."""
    return int(test(rows[:, :COLUMNS]).any(dim=1).sum())


def _value(name: str, value: float, decimals: int, largest: float, kind: str = "value", **attributes: object) -> Html:
    """Return one number as an element: its text, and its tint by sign and size; inf and NaN are marked."""
    sign = "broken" if not isfinite(value) else "negative" if value < 0 else "positive"
    size = min(abs(value) / largest, 1) if isfinite(value) and largest else float(not isfinite(value))
    style = f"--size:{size + 1e-9:.2f}"  # a hair more: a tie is rounded up, in Python as in the browser
    return tag(name, number(value, decimals), class_=f"{kind} {sign}", style=style, **attributes)


def _factor(value: float, decimals: int) -> str:
    """Return a number as it stands after a dot: in brackets if it has a sign."""
    text = number(value, decimals)
    return f"({text})" if text.startswith("−") else text


def written_out(
    name: str, quarters: list[int], values: list[float], total: float, left: int, decimals: int, digits: int
) -> list[tuple[str, str]]:
    """Return the pieces of a sum of products, neighbours of one kind joined; the twin of ``writtenOut``.

    >>> written_out("E", [0, 4, 0], [0.5, 0.25, float("inf")], float("nan"), 0, 1, 1)
    [('E = ', 'name'), ('0·0.5 + ', 'zero'), ('1·0.2', 'one'), (' + 0·inf', 'broken'), (' = ', 'name'), ('nan', 'sum')]
    >>> written_out("E", [0, 4], [-0.5, 0.25], 0.25, 0, 1, 1)
    [('E = ', 'name'), ('0·(−0.5) + ', 'zero'), ('1·0.2', 'one'), (' = ', 'name'), ('0.2', 'sum')]
    """
    products = [
        ("broken" if part * value != part * value else "one" if part else "zero", f"{QUARTERS[part]}·{text}")
        for part, value, text in zip(quarters, values, (_factor(value, decimals) for value in values), strict=True)
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
