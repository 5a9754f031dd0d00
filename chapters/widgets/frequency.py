"""The figure of chapter 7: a batch, a knife through it, and what each call divides by what."""

from collections.abc import Collection, Sequence

import torch
import traitlets as t
from torch import Tensor

from widgets._base import Widget, fill, front_end, say, styles
from widgets._gradient import Line, after, changed, head, lines, stack, total
from widgets._markup import Html, compact, tag
from widgets._predict import verdict
from widgets._stage import cells, framed, lane, nested, shape_text, stage

__all__ = ["Frequency", "call_gradient", "cut_gradient", "edges", "silenced", "written", "written_cut"]

LEAST = 1e-9  # whatever is less is rounding
ROWS, PLACES, COLUMNS = 64, 40, 2
DECIMALS = 2

Rows = list[list[float]]

WORDS = {
    "title": "One call, or two: what is divided by what",
    "indices": "Indices of the batch, and the knife",
    "table": "Gradient of the table",
    "output": "Row {name}, written out",
    "row": "row",
    "places": "read",
    "one": "in one call",
    "two": "in two calls",
    "counts": "{a} + {b}",
    "name": "{row} ({word})",
    "choose": "{word}: write out row {row}",
    "expect": "expect row {name} to get another gradient in two calls",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "line.call": "call {n}",
    "line.sum": "sum",
    "line.divided": "÷ {n}",
    "line.both": "both",
    "one.told": "One call reads “{word}” {n}×, so its sum is divided by {n}.",
    "two.told": "Two calls read it {a}× and {b}×; each divides by its own count, and both are added.",
    "alone.told": "Two calls: all its places lie in one of them, and nothing changes.",
    "plain.told": "Nothing is divided: “{word}” gets the sum of its {n}, in one call or in two.",
    "silent.told": "The loss ignores {m} of the {n}: they send zeros, and are counted all the same.",
    "rows.zero": "No row gets another gradient than in one call.",
    "rows.one": "{n} row gets another gradient than in one call.",
    "rows.other": "{n} rows get another gradient than in one call.",
    "waiting": "The knife is set, and the two calls are not computed yet.",
    "guess": "Your marks: {hit} right (●), {false} wrong (×), {missed} missed (○).",
    "knife": "Knife",
    "knife.told": "{a} places in call 1, {b} in call 2",
    "scaled": "scale_grad_by_freq=True",
    "masked": "the loss ignores {n} places (struck out)",
    "ask": "Which rows will get another gradient in two calls? Click their words, or none. Then:",
    "told": "Drag the knife through the batch, click a word to write it out, or guess before you see:",
    "cut": "Cut",
    "again": "Guess first",
    "reset": "Reset",
    "legend": "Thick line: the knife; what lies behind it is a call of its own. Blue: an index. Dashed: what a place "
    "sends back. Struck out: a place that the loss ignores. Boxed: a number that is another one in two calls. Tint: "
    "green above zero, purple below.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part, and move the knife. Enter or Space chooses.",
}

TASKS = {
    "Place the knife so that the first number of “the” doubles, and that of “cat” does not.": "After the first place, "
    "or after the 12th or the 13th: then “the” stands on both sides, and “cat” on one.",
    "The loss ignores the first sentence. Make “the” count only where the loss looks.": "Put the knife after place 5. "
    "The ignored places are a call of their own, which sends zeros, and the second call counts 3.",
    "Where may the knife lie so that no row changes? And if nothing is divided?": "At one of its two ends, or before "
    "the last word: “door” stands nowhere else. Every other cut parts “the”. Undivided, anywhere.",
}


def silenced(grads: Rows, ignored: Collection[int]) -> Rows:
    """Return what the places send if the loss ignores some of them: zeros from these.

    >>> silenced([[1, 2], [3, 4]], [0])
    [[0, 0], [3, 4]]
    """
    return [[0 for _ in grad] if place in ignored else list(grad) for place, grad in enumerate(grads)]


def call_gradient(rows: Sequence[int], grads: Rows, num_embeddings: int, scaled: bool) -> Rows:
    """Return the gradient that one call gives the table, ``(V, D)``: a row's sum, divided by its count if `scaled`.

    >>> call_gradient([1, 1, 0], [[2], [4], [5]], num_embeddings=3, scaled=True)
    [[5.0], [3.0], [0]]
    """
    found = []
    for row in range(num_embeddings):
        values, count = lines(rows, grads, row)[-1]["values"] or [0] * COLUMNS, list(rows).count(row)
        found.append([value / count for value in values] if scaled and count else values)
    return found


def cut_gradient(rows: Sequence[int], grads: Rows, num_embeddings: int, knife: int, scaled: bool) -> Rows:
    """Return the gradient that two calls leave behind: the places before `knife`, then the others, added.

    >>> cut_gradient([1, 1, 1], [[2], [4], [6]], num_embeddings=2, knife=1, scaled=True)
    [[0], [7.0]]
    """
    first = call_gradient(rows[:knife], grads[:knife], num_embeddings, scaled)
    second = call_gradient(rows[knife:], grads[knife:], num_embeddings, scaled)
    return [[a + b for a, b in zip(*each, strict=True)] for each in zip(first, second, strict=True)]


def written(
    rows: Sequence[int], grads: Rows, row: int, scaled: bool, ignored: Collection[int], first: int = 0
) -> list[Line]:
    """Return the gradient of `row` in one call, as lines: its pieces, their sum, and the sum divided.

    `first` is the place at which the call begins, `ignored` are places of the whole batch.

    >>> [(line["kind"], line["values"]) for line in written([1, 1], [[2], [4]], row=1, scaled=True, ignored=[])]
    [('piece', [2]), ('piece', [4]), ('sum', [6]), ('divided', [3.0])]
    """
    found, count = lines(rows, grads, row), list(rows).count(row)
    for line in found:
        if "place" in line:
            line["place"] += first
            line["kind"] = "silent" if line["place"] in ignored else "piece"
        elif line["kind"] == "sum":
            line["label"] = WORDS["line.sum"]
    if scaled and count:
        values = [value / count for value in found[-1]["values"]]
        label = fill(WORDS["line.divided"], n=count)
        found.append(Line(kind="divided", values=values, label=label, decimals=DECIMALS))
    return found


def written_cut(
    rows: Sequence[int], grads: Rows, row: int, knife: int, scaled: bool, ignored: Collection[int]
) -> list[Line]:
    """Return the gradient of `row` in two calls, as lines: those of each call that reads it, and both added."""
    parts = [(rows[:knife], grads[:knife], 0), (rows[knife:], grads[knife:], knife)]
    found, ends = [], []
    for number, (places, sent, first) in enumerate(parts, start=1):
        if row in places:
            part = written(places, sent, row, scaled, ignored, first)
            found += [Line(kind="call", values=[], label=fill(WORDS["line.call"], n=number)), *part]
            ends.append(part[-1]["values"])
    if len(ends) == 2:
        decimals = {"decimals": DECIMALS} if scaled else {}
        found.append(Line(kind="both", values=total(ends), label=WORDS["line.both"], **decimals))
    return found


def edges(place: int, knife: int, columns: int) -> str:
    """Return on which sides of a place the knife runs, in a batch of so many columns, read row by row.

    >>> edges(7, knife=7, columns=5), edges(8, knife=7, columns=5), edges(12, knife=7, columns=5)
    ('left top', 'top', '')
    """
    if place < knife:
        return ""
    sides = ["left"] if place == knife and place % columns else []
    return " ".join([*sides, "top"] if 0 <= place - columns < knife else sides)


class Frequency(Widget):
    """A batch read in one call and in two, the counts of each, and the gradient that each gives the table.

    Args:
        words: what each row of the table stands for, ``V`` strings, at most 64.
        indices: the batch, ``(B, L)``, at most 40 places.
        gradients: what each place sends back, ``(B, L, 2)``, finite.
        ignored: places, counted row by row, that the loss may be told to ignore.

    Traits: `knife` (how many places lie in the first call), `scaled` (``scale_grad_by_freq``), `masked` (whether the
    loss ignores `ignored`), `row` (the row that is written out), `taken` (whether the two calls are computed),
    `expected` (rows that the reader expects to change).

    >>> figure = Frequency(["a", "b"], torch.tensor([[1, 1]]), torch.ones(1, 2, 2), row=1, knife=1)
    >>> figure.one_call[1].tolist(), figure.two_calls[1].tolist()
    ([1.0, 1.0], [2.0, 2.0])
    """

    _esm = front_end("frequency")
    _css = styles("frequency")
    kind = "frequency"
    state = ("knife", "scaled", "masked", "row", "taken", "expected")
    words = WORDS

    knife = t.Int(0, min=0).tag(sync=True)
    scaled = t.Bool(True).tag(sync=True)
    masked = t.Bool(False).tag(sync=True)
    row = t.Int(0, min=0).tag(sync=True)
    taken = t.Bool(True).tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self, words: Sequence[str], indices: Tensor, gradients: Tensor, ignored: Sequence[int] = (), **traits: object
    ) -> None:
        if not 0 < len(words) <= ROWS:
            raise ValueError(f"words must name 1 to {ROWS} rows: got {len(words)}")
        if not isinstance(indices, Tensor) or indices.dim() != 2 or indices.is_floating_point():
            got = f"{tuple(indices.shape)} {indices.dtype}" if isinstance(indices, Tensor) else type(indices).__name__
            raise ValueError(f"indices must be a (B, L) tensor of integers: got {got}")
        if not 0 < indices.numel() <= PLACES:
            raise ValueError(f"indices has 1 to {PLACES} places: got {tuple(indices.shape)}")
        if not (indices.min() >= 0 and indices.max() < len(words)):
            raise ValueError(f"indices must name rows 0 to {len(words) - 1}: got {str(indices.tolist())[:60]}")
        want, got = (*indices.shape, COLUMNS), tuple(torch.as_tensor(gradients).shape)
        if got != want or not torch.as_tensor(gradients).isfinite().all():
            raise ValueError(f"gradients must be {want} finite numbers: got {got}")
        self._labels, self._shape = list(words), list(indices.shape)
        self._places = indices.flatten().tolist()
        sent = torch.round(torch.as_tensor(gradients).detach().double(), decimals=6)
        self._sent = sent.reshape(-1, COLUMNS).tolist()
        self._ignored = sorted(set(ignored))
        if self._ignored and not (self._ignored[0] >= 0 and self._ignored[-1] < len(self._places)):
            raise ValueError(f"ignored must be places 0 to {len(self._places) - 1}: got {str(self._ignored)[:60]}")
        super().__init__(**traits)

    @t.validate("knife")
    def _inside(self, proposal: t.Bunch) -> int:
        if proposal["value"] > len(self._places):
            raise t.TraitError(f"knife is at most {len(self._places)}, the end of the batch: got {proposal['value']}")
        return proposal["value"]

    @t.validate("row", "expected")
    def _exist(self, proposal: t.Bunch) -> int | list[int]:
        value, rows = proposal["value"], len(self._labels)
        if not all(row < rows for row in (value if isinstance(value, list) else [value])):
            raise t.TraitError(f"{proposal['trait'].name} is below {rows}: got {str(value)[:80]}")
        return value

    # what a reader's next cell uses

    @property
    def one_call(self) -> Tensor:
        """The gradient of the table after one call, ``(V, 2)``, float64."""
        return torch.tensor(self.gradients()[0], dtype=torch.float64)

    @property
    def two_calls(self) -> Tensor:
        """The gradient of the table after two calls, cut by the knife, ``(V, 2)``, float64."""
        return torch.tensor(self.gradients()[1], dtype=torch.float64)

    @property
    def arriving(self) -> Tensor:
        """What the places send back, zeros where the loss ignores them, ``(B, L, 2)``, float64."""
        return torch.tensor(self.sent(), dtype=torch.float64).reshape(*self._shape, COLUMNS)

    # the run

    def sent(self) -> Rows:
        """Return what every place sends back."""
        return silenced(self._sent, self._ignored) if self.masked else self._sent

    def gradients(self) -> tuple[Rows, Rows]:
        """Return the gradient of the table in one call, and in two."""
        rest = (self._places, self.sent(), len(self._labels))
        return call_gradient(*rest, self.scaled), cut_gradient(*rest, self.knife, self.scaled)

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        whole, row = len(self._places), self._places[0]
        cut = {"knife": self._shape[1] if self._shape[0] > 1 else whole // 2, "scaled": True, "masked": False,
               "row": row, "taken": True, "expected": []}  # fmt: skip
        return {
            "cut": cut,
            "one-call": {**cut, "knife": whole},
            "plain": {**cut, "scaled": False},
            "masked": {**cut, "knife": whole, "masked": True},
            "predict": {**cut, "knife": self._shape[1] * (self._shape[0] - 1), "taken": False},
        }

    # markup

    def name(self, row: int) -> str:
        """Return how the figure calls a row."""
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def counts(self, row: int) -> tuple[int, int, int]:
        """Return how often the batch reads a row: in one call, and in each of two."""
        first = self._places[: self.knife].count(row)
        whole = self._places.count(row)
        return whole, first, whole - first

    def status(self) -> str:
        """Return the sentence over the stage; the twin of ``status`` in ``frequency.js``."""
        if not self.taken:
            return WORDS["waiting"]
        one, two = self.gradients()
        moved = changed(one, two, LEAST)
        marks = {kind: len(rows) for kind, rows in verdict(self.expected, moved).items()}
        (n, a, b), word = self.counts(self.row), self._labels[self.row]
        found = [fill(WORDS["guess"], **marks)] if self.expected else []
        found += [fill(WORDS[key], n=n, a=a, b=b, word=word) for key in self.told(n, a, b)]
        silent = sum(self._places[place] == self.row for place in self._ignored) if self.masked else 0
        if silent:
            found.append(fill(WORDS["silent.told"], m=silent, n=n))
        found.append(say(WORDS, "rows", len(moved)))
        return " ".join(found)

    def told(self, n: int, a: int, b: int) -> list[str]:
        """Return the names of the sentences about the row that is written out, read `n`, `a` and `b` times."""
        if not n:
            return []
        if not self.scaled:
            return ["plain.told"]
        return ["one.told", "two.told" if a and b else "alone.told"]

    def body(self) -> Html:
        one, two = self.gradients()
        parts = (
            tag("output", self.status(), class_="status"),
            self._index_lane(),
            self._controls(),
            self._table_lane(one, two),
            self._written_lane(),
            self._notes(),
        )
        data = {"ignored": self._ignored, "places": self._places, "sent": self._sent, "shape": self._shape}
        return framed(WORDS, stage("stage gradients", *parts, data_run=compact(data)))

    def _index_lane(self) -> Html:
        chips = [
            tag(
                "button",
                tag("span", self._labels[row], class_="word"),
                tag("span", str(row), class_="number"),
                type="button",
                class_="place chip",
                data_place=k,
                data_call=1 if k < self.knife else 2,
                data_edge=edges(k, self.knife, self._shape[1]),
                data_silent="" if self.masked and k in self._ignored else None,
                aria_pressed="true" if row == self.row else "false",
                title=fill(WORDS["choose"], row=row, word=self._labels[row]),
                disabled=True,
            )
            for k, row in enumerate(self._places)
        ]
        content = tag("div", nested(self._shape, chips), class_="tensor", role="group", aria_label=WORDS["indices"])
        return lane("indices", WORDS["indices"], content, "(B, L)", shape_text(self._shape))

    def knife_told(self) -> str:
        """Return what stands beside the knife."""
        return fill(WORDS["knife.told"], a=self.knife, b=len(self._places) - self.knife)

    def _controls(self) -> Html:
        slider = tag(
            "input", type="range", class_="knife", min=0, max=len(self._places), step=1, value=self.knife,
            aria_valuetext=self.knife_told(), disabled=True,
        )  # fmt: skip
        knife = tag("label", tag("span", WORDS["knife"]), slider)
        told = tag("span", self.knife_told(), class_="knife-told")
        switches = [
            tag("label", tag("input", type="checkbox", class_=kind, checked=on, disabled=True), tag("span", text),
                class_="switch")
            for kind, on, text in (
                ("scaled", self.scaled, WORDS["scaled"]),
                ("masked", self.masked, fill(WORDS["masked"], n=len(self._ignored))),
            )
        ]  # fmt: skip
        buttons = [
            tag("button", WORDS[name], type="button", class_=kind, disabled=True)
            for kind, name in (("step", "again" if self.taken else "cut"), ("reset", "reset"))
        ]
        ask = tag("p", WORDS["told" if self.taken else "ask"], class_="ask")
        steps = tag("div", ask, *buttons, class_="steps")
        return tag("div", knife, told, *switches, steps, class_="controls")

    def _table_lane(self, one: Rows, two: Rows) -> Html:
        outcome = verdict(self.expected, changed(one, two, LEAST)) if self.taken and self.expected else {}
        names = [
            tag("th", WORDS["row"], scope="col"),
            tag("th", WORDS["places"], scope="col", class_="count"),
            tag("th", WORDS["one"], scope="colgroup", colspan=COLUMNS),
            tag("th", WORDS["places"], scope="col", class_="count two"),
            tag("th", WORDS["two"], scope="colgroup", colspan=COLUMNS, class_="two"),
        ]
        rows = [self._row(row, one[row], two[row], outcome) for row in range(len(one))]
        inner = tag("tbody", "\n", *(Html(f"{row}\n") for row in rows))
        table = tag("table", tag("caption", WORDS["table"]), tag("thead", tag("tr", *names)), "\n", inner)
        content = tag("div", table, class_="rows", tabindex="0", role="region", aria_label=WORDS["table"])
        shape = shape_text([len(one), COLUMNS])
        return lane("table", WORDS["table"], content, "(V, D)", shape, columns=COLUMNS)

    def _row(self, row: int, one: list[float], two: list[float], outcome: dict) -> Html:
        sign = next((WORDS[f"expected.{kind}"] for kind, found in outcome.items() if row in found), "")
        title = fill(WORDS["expect"], name=self.name(row))
        n, a, b = self.counts(row)
        decimals = self._decimals() if n else 0
        return tag(
            "tr",
            head(row, self._labels[row], title, pressed=row in self.expected, outcome=sign),
            tag("td", str(n), class_="count"),
            *cells(one, decimals, self._largest()),
            tag("td", fill(WORDS["counts"], a=a, b=b) if n and self.taken else "", class_="count two"),
            *after(one, two if self.taken else None, decimals, self._largest()),
            data_row=row,
            data_read="" if n else None,
            data_lit="" if n and row == self.row else None,
            data_changed="" if self.taken and changed([one], [two], LEAST) else None,
        )

    def _written_lane(self) -> Html:
        rest = (self._places, self.sent(), self.row)
        ignored = self._ignored if self.masked else []
        one = written(*rest, self.scaled, ignored)
        two = written_cut(*rest, self.knife, self.scaled, ignored) if self.taken else []
        names = tag("tr", *(tag("th", WORDS[key], scope="col", class_=key) for key in ("one", "two")))
        stacks = tag("tr", *(stack(found, self._piece_decimals(), self._largest()) for found in (one, two)))
        caption = fill(WORDS["output"], name=self.name(self.row))
        content = tag("table", tag("caption", caption), tag("thead", names), tag("tbody", stacks), class_="written")
        shape = shape_text([self.counts(self.row)[0], COLUMNS])
        return lane("output", caption, content, "(c, D)", shape, columns=COLUMNS)

    def _piece_decimals(self) -> int:
        return 0 if all(value == round(value) for sent in self._sent for value in sent) else DECIMALS

    def _decimals(self) -> int:
        return DECIMALS if self.scaled else self._piece_decimals()

    def _largest(self) -> float:
        return max(abs(value) for sent in self._sent for value in sent)

    def _notes(self) -> Html:
        """Return what stands beside the stage: the colours, three tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        return tag("div", tag("p", WORDS["legend"], class_="legend"), tasks, answers, class_="notes")
