"""The figure of chapter 2: a tensor of indices, the table, and what is read out of it."""

from collections.abc import Mapping, Sequence

import torch
import traitlets as t
from torch import Tensor

from widgets._base import Widget, fill, front_end, say
from widgets._markup import Html, compact, number, tag
from widgets._predict import verdict
from widgets._stage import DRAWN, cells, framed, lane, nested, shape_text, stage, table

__all__ = ["Lookup", "flatten", "shapes"]

AXES = 4  # the figure draws up to four brackets
MANY = 10_000  # and takes up to so many indices
COLUMNS = 6  # it shows up to six columns of a row
WINDOW = 64  # a longer table is shown by the rows that matter
WRITTEN = 9.9

WORDS = {
    "title": "One table, read by its row numbers",
    "indices": "Indices",
    "table": "Table",
    "output": "Output",
    "row": "row",
    "reads": "read",
    "times": "{n}×",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "reads.zero": "No index, so no row is read. The shape keeps its zero.",
    "reads.one": "Row {name} is read from 1 place, and stands in 1 place of the output.",
    "reads.other": "Row {name} is read from {n} places, and stands in {n} places of the output.",
    "unread": "Row {name} is read from no place here.",
    "short": "The table ends at row {last}. No index here is larger, so nothing fails.",
    "outside": "Index {name} names no row: the rows are 0 to {last}. There is no output, and the table is as it was.",
    "error": "IndexError: index out of range in self",
    "error.title": "PyTorch raises",
    "absent": "Row {name} exists, but this page carries only some of the {rows} rows. A notebook shows them all.",
    "written.zero": "{value} stands at the chosen place of the output. You expected no row of the table to change, "
    "and none did: the output is a copy.",
    "written.one": "{value} stands at the chosen place of the output. You expected 1 row of the table to change; "
    "0 changed: the output is a copy.",
    "written.other": "{value} stands at the chosen place of the output. You expected {n} rows of the table to change; "
    "0 changed: the output is a copy.",
    "more": "and {n} more",
    "axes": "This figure draws up to 4 axes.",
    "many": "This figure takes up to 10 000 indices.",
    "typed": "What was typed is no tensor of indices, so there is no output. The table is as it was.",
    "unreadable": "Write indices as Python does: 4, or [2, 4], or [[2, 4], [2, 5]].",
    "ragged": "ValueError: expected sequence of length {want} at dim {dim} (got {got})",
    "float": "RuntimeError: Expected tensor for argument #1 'indices' to have one of the following scalar types: "
    "Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)",
    "size.table": "table, V·D",
    "size.output": "output, N·D",
    "numbers": "{rows}·{columns} = {n} numbers",
    "own": "your own",
    "name": "{row} ({word})",
    "pick": "use row {name} at the chosen place",
    "expect": "expect row {name} to change",
    "choose": "Look up",
    "type": "or type",
    "shapes": "Shape of the indices",
    "given": "the {shape} batch",
    "drop": "drop the last row, {name}",
    "ask": "Which rows of the table will change? Click their words, or none. Then:",
    "step": "Write {value} at the chosen place",
    "reset": "Reset",
    "hint": "Click a number: the chosen place reads that row. Click a word: you expect that row to change.",
    "legend": "Blue: an index. Brown: a row that is read. Tint: green above zero, purple below.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part. Enter or Space chooses.",
}

TASKS = {
    "Which index tensor gives an output of shape (1, 2)?": "One with one index, of shape (1,): type [4].",
    "Light up all places that read row 4.": "Choose any place that holds a 4. There are 3 in the three sentences.",
    "Under “Look up” choose one sentence, then the whole batch. Which bar grows?": "The output's. "
    "The table has the same size whatever is looked up.",
}


def shapes(count: int) -> list[list[int]]:
    """Return the shapes that the figure offers for `count` indices; the twin of ``shapes`` in ``lookup.js``.

    >>> shapes(15)
    [[3, 5], [15], [5, 3], [1, 3, 5], []]
    >>> shapes(1), shapes(0)
    ([[1], [1, 1], []], [[0], [2, 0]])
    """
    if count == 0:
        return [[0], [2, 0]]
    rows = max(k for k in range(1, count + 1) if k * k <= count and count % k == 0)
    columns = count // rows
    if rows == 1:
        found = [[count], [1, count], [count, 1], []]
    else:
        found = [[rows, columns], [count], [columns, rows], [1, rows, columns], []]
    return [shape for k, shape in enumerate(found) if shape not in found[:k]]


def flatten(indices: object) -> tuple[list[int], list[int]]:
    """Return nested lists of indices as a flat list and a shape; the twin of ``flatten`` in ``lookup.js``.

    >>> flatten([[2, 4], [2, 5]]), flatten(4), flatten([[], []])
    (([2, 4, 2, 5], [2, 2]), ([4], []), ([], [2, 0]))

    Raises:
        ValueError: the lists are of unequal length (PyTorch's own sentence).
        TypeError: something in them is not an integer.
    """
    shape, inside = [], indices
    while isinstance(inside, list):
        shape.append(len(inside))
        inside = inside[0] if inside else None
    return list(_leaves(indices, shape, 0)), shape


def _leaves(value: object, shape: list[int], dim: int):
    if dim == len(shape):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"an index is an int: got {value!r}")
        yield value
        return
    if not isinstance(value, list):
        raise TypeError(f"expected a list at dim {dim}: got {value!r}")
    if len(value) != shape[dim]:
        raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(value)})")
    for inner in value:
        yield from _leaves(inner, shape, dim + 1)


class Lookup(Widget):
    """A batch of indices, the table they name, and the output.

    Args:
        weight: the table, ``(V, D)``, any floating dtype, detached here.
        words: what each row stands for, ``V`` strings, or ``None``.
        indices: an int, nested lists of ints, or an integer tensor; at most four axes.
        examples: more index tensors to choose from: label → indices.

    Traits: `places` (the indices, flat) and `shape` (with ``()`` the one at `position` is looked up alone), `position`
    (the place that is lit), `num_embeddings` (rows that the table has; fewer than ``V`` drops the last ones),
    `expected` (rows that the reader expects to change), `written` (places of the output that were written into).

    >>> figure = Lookup(torch.tensor([[0.1, 0.2], [0.3, 0.4]]), indices=[[1, 0, 1]])
    >>> figure.indices, figure.output.shape
    ([[1, 0, 1]], torch.Size([1, 3, 2]))
    """

    _esm = front_end("lookup")
    kind = "lookup"
    state = ("places", "shape", "position", "num_embeddings", "expected", "written")
    words = WORDS

    places = t.List(t.Int()).tag(sync=True)
    shape = t.List(t.Int(min=0)).tag(sync=True)
    position = t.Int(0, min=0).tag(sync=True)
    num_embeddings = t.Int(1, min=1).tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)
    written = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self,
        weight: Tensor,
        words: Sequence[str] | None = None,
        indices: object = 0,
        examples: Mapping[str, object] | None = None,
        **traits: object,
    ) -> None:
        self._take_weight(weight)
        if words is not None and len(words) != len(self._weight):
            raise ValueError(f"words must name every row: got {len(words)} words for {len(self._weight)} rows")
        self._labels = list(words) if words is not None else None
        self._examples = {label: self._flat(x) for label, x in (examples or {}).items()}
        places, shape = self._flat(indices)
        self._first = (places, shape)
        super().__init__(
            **{"places": places, "shape": shape, "num_embeddings": len(self._weight), "position": 0, **traits}
        )

    # what a reader's next cell uses

    @property
    def indices(self) -> int | list:
        """The indices as the reader sees them: an int for shape ``()``, else nested lists."""
        if not self.shape:
            return self.places[self.position]
        return torch.tensor(self.places, dtype=torch.long).reshape(self.shape).tolist()

    @indices.setter
    def indices(self, value: object) -> None:
        places, shape = self._flat(value)
        with self.hold_trait_notifications():
            self.places, self.shape, self.position, self.written = places, shape, 0, []

    @property
    def weight(self) -> Tensor:
        """The table that the figure shows, ``(V, D)``."""
        return self._weight

    @weight.setter
    def weight(self, value: Tensor) -> None:
        if tuple(value.shape) != tuple(self._weight.shape):
            raise ValueError(f"weight must stay {tuple(self._weight.shape)}: got {tuple(value.shape)}")
        self._take_weight(value)
        self.refresh()

    @property
    def output(self) -> Tensor:
        """What the figure shows on the right, ``(*, D)``; raises what PyTorch raises."""
        index = torch.tensor(self.indices, dtype=torch.long).reshape(self.shape)
        table_ = self._weight[: self.num_embeddings]
        out = torch.nn.functional.embedding(index, table_).clone()
        for place in self.written if self.shape else [0] * bool(self.written):
            out.view(-1, out.shape[-1])[place] = WRITTEN
        return out

    # validation

    def _flat(self, value: object) -> tuple[list[int], list[int]]:
        if isinstance(value, Tensor):
            if value.dtype not in (torch.int64, torch.int32):
                raise t.TraitError(f"indices must be int64 or int32: got {value.dtype}")
            shape = list(value.shape)
            places = value.reshape(-1).tolist()
        else:
            try:
                places, shape = flatten(value)
            except (TypeError, ValueError) as error:
                raise t.TraitError(f"indices: {error}") from None
        return places, shape

    @t.validate("places", "shape", "position", "num_embeddings", "expected", "written")
    def _agree(self, proposal: t.Bunch) -> object:
        """Refuse a value that does not fit the others; those that change together are checked together."""
        name, value = proposal["trait"].name, proposal["value"]
        now = {key: getattr(self, key) for key in self.state} | {name: value}
        rows, places, shape = len(self._weight), now["places"], now["shape"]
        count = max(len(places), 1)
        fits = len(places) == torch.Size(shape).numel() if shape else bool(places)
        good, bound = {
            "places": (len(places) <= MANY, f"has at most {MANY} indices"),
            "shape": (len(shape) <= AXES, f"has at most {AXES} axes"),
            "position": (now["position"] < count, f"is below {count}"),
            "num_embeddings": (now["num_embeddings"] <= rows, f"is at most {rows}"),
            "expected": (all(row < rows for row in now["expected"]), f"is below {rows}"),
            "written": (all(place < count for place in now["written"]), f"is below {count}"),
        }[name]
        if name in ("places", "shape") and good and not fits:
            raise t.TraitError(f"shape {shape} does not fit {len(places)} indices")
        if not good:
            raise t.TraitError(f"{name} {bound}: got {str(value)[:80]}")
        return value

    @t.observe("places", "num_embeddings")
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
        self._weight = weight.detach().clone()
        # Rounded once, here; everything that is shown is formatted from the rounded numbers.
        values = self._weight[:, :COLUMNS].double()
        finite = values[values.isfinite()]
        self._decimals = 1 if torch.allclose(finite, finite.round(decimals=1), atol=1e-6, rtol=0) else 2
        self._largest = round(float(finite.abs().max()), self._decimals) if finite.numel() else 0.0

    def name(self, row: int) -> str:
        """Return how the figure calls a row: its number, and its word if it has one."""
        if self._labels is None or not 0 <= row < len(self._labels):
            return str(row)
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def carried(self) -> list[int]:
        """Return the rows that the markup holds: all of a short table, else those that the figure can need."""
        rows = len(self._weight)
        if rows <= WINDOW:
            return list(range(rows))
        wanted = {0, 1, 2, rows - 2, rows - 1, self.num_embeddings - 1, *self.places, *self._first[0]}
        for places, _ in self._examples.values():
            wanted.update(places)
        ordered = sorted(row for row in wanted if 0 <= row < rows)
        return ordered[: 4 * WINDOW] if len(ordered) > 4 * WINDOW else ordered

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose: batch, flat, alone, short, written."""
        places, shape = self._first
        rows = len(self._weight)
        batch = {
            "places": places,
            "shape": shape,
            "position": 0,
            "num_embeddings": rows,
            "expected": [],
            "written": [],
        }
        states = {
            "batch": batch,
            "short": {**batch, "places": [rows - 1], "shape": [1], "num_embeddings": rows - 1},
        }
        if places:
            states |= {"flat": {**batch, "shape": [len(places)]}, "alone": {**batch, "shape": []}}
            states |= {"written": {**batch, "written": [0]}}
        return states

    def looked_up(self) -> list[int]:
        """Return the indices that take part, flat: one alone for shape ``()``."""
        return self.places if self.shape else [self.places[self.position]]

    def outside(self) -> int | None:
        """Return the first index that names no row, or ``None``; with one there is no output at all."""
        return next((row for row in self.looked_up() if not 0 <= row < self.num_embeddings), None)

    def read(self) -> list[int]:
        """Return the rows that are read, flat: none if an index is outside."""
        return [] if self.outside() is not None else self.looked_up()

    def status(self) -> str:
        """Return the sentence under the stage; the twin of ``status`` in ``lookup.js``."""
        indices, rows, bad = self.looked_up(), self.num_embeddings, self.outside()
        if bad is not None:
            return fill(WORDS["outside"], name=self.name(bad), last=rows - 1)
        if self.position in self.written:
            return say(WORDS, "written", len(self.expected), value=number(WRITTEN, 1))
        if rows < len(self._weight):
            return fill(WORDS["short"], last=rows - 1)
        lit = indices[self.position if self.shape else 0] if indices else None
        return say(WORDS, "reads", indices.count(lit) if indices else 0, name=self.name(lit) if indices else "")

    def body(self) -> Html:
        columns = min(self._weight.shape[1], COLUMNS)
        parts = (self._index_lane(), self._table_lane(columns), self._output_lane(), self._controls(), self._notes())
        return framed(WORDS, stage("stage", *parts))

    def _notes(self) -> Html:
        """Return what stands beside the stage: two sizes, the colours, three tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        return tag("div", self._bars(), tag("p", WORDS["legend"], class_="legend"), tasks, answers, class_="notes")

    def _place(self, k: int, row: int, lit: int | None) -> Html:
        word = self._labels[row] if self._labels and 0 <= row < len(self._labels) else None
        outside = not 0 <= row < self.num_embeddings
        current = k == self.position
        return tag(
            "button",
            tag("span", word, class_="word") if word is not None else None,
            tag("span", str(row).replace("-", "−"), class_="number"),
            type="button",
            class_="place chip",
            data_place=k,
            data_lit="here" if current else ("" if row == lit else None),
            data_outside="" if outside else None,
            disabled=True,
        )

    def _index_lane(self) -> Html:
        drawn = [(k if self.shape else self.position, row) for k, row in enumerate(self.looked_up()[:DRAWN])]
        lit = self.places[self.position] if self.places else None
        leaves = [self._place(k, row, lit) for k, row in drawn]
        content = tag("div", nested(self.shape, leaves), class_="tensor", role="group", aria_label=WORDS["indices"])
        rest = len(self.looked_up()) - len(leaves)
        more = tag("p", fill(WORDS["more"], n=rest) if rest else "", class_="more", hidden=not rest)
        return lane("indices", WORDS["indices"], content, "(*)", shape_text(self.shape), more)

    def _controls(self) -> Html:
        parts = (self._choose(), self._typed(), self._shapes(), self._drop(), self._step())
        return tag("div", *parts, class_="controls")

    def _choose(self) -> Html:
        given = {fill(WORDS["given"], shape=shape_text(self._first[1])): self._first, **self._examples}
        now = compact([self.places, self.shape])
        options = [
            tag(
                "option",
                label,
                data_indices=compact(indices),
                selected=compact(indices) == now,
                value=label,
            )
            for label, indices in given.items()
        ]
        known = now in [compact(indices) for indices in given.values()]
        own = tag("option", WORDS["own"], value="", selected=not known)
        return tag(
            "label",
            tag("span", WORDS["choose"]),
            tag("select", *options, own, class_="choose", disabled=True),
        )

    def _typed(self) -> Html:
        field = tag(
            "input", type="text", class_="typed", value=str(self.indices), spellcheck="false", autocomplete="off",
            disabled=True,
        )  # fmt: skip
        return tag("label", tag("span", WORDS["type"]), field)

    def _shapes(self) -> Html:
        buttons = [
            tag(
                "button", shape_text(shape), type="button", class_="shape-choice", data_shape=compact(shape),
                aria_pressed="true" if shape == self.shape else "false", disabled=True,
            )
            for shape in shapes(len(self.places))
        ]  # fmt: skip
        return tag("div", *buttons, class_="shapes", role="group", aria_label=WORDS["shapes"])

    def _drop(self) -> Html:
        rows = len(self._weight)
        box = tag("input", type="checkbox", class_="drop", checked=self.num_embeddings < rows, disabled=True)
        return tag("label", box, tag("span", fill(WORDS["drop"], name=self.name(rows - 1))), class_="switch")

    def _step(self) -> Html:
        step = tag(
            "button",
            fill(WORDS["step"], value=number(WRITTEN, 1)),
            type="button",
            class_="step",
            disabled=True,
        )
        reset = tag("button", WORDS["reset"], type="button", class_="reset", disabled=True)
        return tag("div", tag("p", WORDS["ask"]), step, reset, class_="steps")

    def _table_lane(self, columns: int) -> Html:
        read = self.read()
        lit = self.places[self.position] if read else None
        rows, before = [], -1
        for row in self.carried():
            if row > before + 1:
                rows.append(tag("tr", tag("th", "⋮", scope="row"), tag("td", colspan=columns + 1), class_="gap"))
            rows.append(self._row(row, read.count(row), row == lit, columns))
            before = row
        names = [str(k) for k in range(columns)]
        if self._weight.shape[1] > columns:
            names[-1] = f"{columns - 1} …"
        content = tag(
            "div", table(rows, names, WORDS["table"], WORDS["row"], WORDS["reads"]), class_="rows", tabindex="0",
            role="region", aria_label=WORDS["table"],
        )  # fmt: skip
        shape = shape_text([self.num_embeddings, self._weight.shape[1]])
        hint = tag("p", WORDS["hint"], class_="hint")
        return lane("table", WORDS["table"], content, "(V, D)", shape, hint, columns=self._weight.shape[1])

    def _row(self, row: int, reads: int, lit: bool, columns: int) -> Html:
        values = [round(v, self._decimals) for v in self._weight[row, :columns].tolist()]
        word = self._labels[row] if self._labels else None
        gone = row >= self.num_embeddings
        pick = tag(
            "button", str(row), type="button", class_="chip pick",
            title=fill(WORDS["pick"], name=self.name(row)), disabled=True,
        )  # fmt: skip
        mark = tag(
            "button", word if word is not None else "·", type="button", class_="mark", data_word=word,
            aria_pressed="true" if row in self.expected else "false", disabled=True,
            title=fill(WORDS["expect"], name=self.name(row)),
        )  # fmt: skip
        outcome = verdict(self.expected, []) if self.written else {}
        sign = next((WORDS[f"expected.{kind}"] for kind, found in outcome.items() if row in found), "")
        return tag(
            "tr",
            tag("th", pick, mark, tag("span", sign, class_="verdict"), scope="row"),
            *cells(values, self._decimals, self._largest),
            tag("td", fill(WORDS["times"], n=reads) if reads else "", class_="reads"),
            data_row=row,
            data_read="" if reads else None,
            data_lit="" if lit else None,
            data_gone="" if gone else None,
        )

    def _vector(self, k: int, row: int, lit: int | None) -> Html:
        columns = min(self._weight.shape[1], COLUMNS)
        written = k in self.written
        values = (
            [WRITTEN] * columns if written else [round(v, self._decimals) for v in self._weight[row, :columns].tolist()]
        )
        spans = (
            Html(cell.replace("<td", "<span", 1).replace("</td>", "</span>"))
            for cell in cells(values, self._decimals, self._largest)
        )
        return tag(
            "button", *spans, type="button", class_="place vector", data_place=k,
            data_lit="here" if k == self.position else ("" if row == lit else None),
            data_written="" if written else None, disabled=True,
        )  # fmt: skip

    def _output_lane(self) -> Html:
        read, fails = self.read(), self.outside() is not None
        lit = self.places[self.position] if self.places else None
        leaves = [self._vector(k if self.shape else self.position, row, lit) for k, row in enumerate(read[:DRAWN])]
        tensor = tag(
            "div",
            nested(self.shape, leaves),
            class_="tensor",
            role="group",
            aria_label=WORDS["output"],
            hidden=fails,
        )
        error = tag(
            "p",
            tag("strong", WORDS["error.title"]),
            " ",
            tag("code", WORDS["error"]),
            class_="error",
            hidden=not fails,
        )
        rest = len(read) - len(leaves)
        more = tag("p", fill(WORDS["more"], n=rest) if rest else "", class_="more", hidden=not rest)
        status = tag("output", self.status(), class_="status")
        shape = "" if fails else shape_text([*self.shape, self._weight.shape[1]])
        content = tag("div", tensor, error, more, class_="result")
        return lane("output", WORDS["output"], content, "(*, D)", shape, status)

    def _bars(self) -> Html:
        columns = self._weight.shape[1]
        sizes = {"size.table": self.num_embeddings, "size.output": len(self.read())}
        longest = max(*sizes.values())
        bars = [
            tag(
                "p",
                tag("span", WORDS[key], class_="label"),
                tag("span", fill(WORDS["numbers"], rows=rows, columns=columns, n=rows * columns), class_="count"),
                tag("span", class_="bar", style=f"--size:{rows / longest:.4f}"),
                data_size=key.removeprefix("size."),
            )
            for key, rows in sizes.items()
        ]
        return tag("div", *bars, class_="bars")
