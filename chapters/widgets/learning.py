"""The figure of chapter 4: gradient rows come back from the output, go home to their rows, and add up."""

from collections.abc import Sequence
from math import sqrt

import torch
import traitlets as t
from torch import Tensor

from widgets._base import Widget, fill, front_end, say
from widgets._gradient import Line, after, changed, head, lines, piece, stack, table
from widgets._markup import Html, compact, tag
from widgets._predict import verdict
from widgets._stage import cells, framed, lane, nested, shape_text, stage

__all__ = ["Learning", "adam", "momentum", "sgd"]

LR = 0.1
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
LEAST = 0.001  # a row that moves by less counts as standing still
STEPS = 99
ROWS, COLUMNS = 64, 4  # the figure draws all rows of a table, and each with its gradient
DECIMALS = 2

Rows = list[list[float]]

WORDS = {
    "title": "Which rows learn?",
    "indices": "Indices",
    "table": "Table and its gradient",
    "output": "Output",
    "sent": "Gradient",
    "gradient": "gradient",
    "row": "row",
    "before": "before",
    "after": "after",
    "memory": "memory",
    "optimizer": "Optimizer",
    "sgd": "SGD",
    "momentum": "Momentum",
    "adam": "Adam",
    "name": "{row} ({word})",
    "expect": "expect row {name} to change",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "arrived": "Step {step}. The batch is read, and {n} gradients wait on the right. Nothing has moved yet.",
    "step.one": "Step {step}. {n} row moved.",
    "step.other": "Step {step}. {n} of {rows} rows moved.",
    "stacked.one": "{names} was read more than once: its gradients are added.",
    "stacked.other": "{names} were read more than once: their gradients are added.",
    "gone.one": "{names} was not in this batch, and moved all the same: the optimizer remembers.",
    "gone.other": "{names} were not in this batch, and moved all the same: the optimizer remembers.",
    "still.one": "{names}, which the last batch read, was not in this one and stood still.",
    "still.other": "{names}, which the last batch read, were not in this one and stood still.",
    "slow.one": "{names} moved by less than 0.001, which does not count.",
    "slow.other": "{names} moved by less than 0.001, which does not count.",
    "guess.one": "You expected 1 row: {judged}.",
    "guess.other": "You expected {n} rows: {judged}.",
    "judged.hit": "{n} right ●",
    "judged.missed": "{n} missed ○ ({names})",
    "judged.false": "{n} wrong × ({names})",
    "between": ", ",
    "quoted": "“{word}”",
    "and": " and ",
    "next": "Then comes: {sentence}",
    "again": "Then the same once more: {sentence}",
    "ask": "Which rows will change? Click their words. Then:",
    "read": "Next batch",
    "step": "Step",
    "ten": "Ten steps",
    "reset": "Reset",
    "end": "The end: this figure stops after {step} steps.",
    "hint": "A row counts as moved if a number changes by 0.001 or more.",
    "legend": "Blue: an index. Brown: a row that is read, once you point at it. Dashed: a gradient. Boxed: a number "
    "that changed. Tint: green above zero, purple below.",
    "legend.memory": "Dotted: the memory, what the optimizer keeps of all gradients so far.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part. Enter or Space chooses.",
}

TASKS = {
    "Find a row that never moves, whatever you choose.": "Any word that stands in none of the batches: sit, for one.",
    "Under SGD, where does cat stop, and when?": "After step 2, its last batch, at 1.50 and 0.20.",
    "Under Adam, in which step does cat move by less than 0.001?": "In step 45, 43 steps after it was read for the "
    "last time.",
}


def sgd(w: float, g: float, _memory: tuple[float, ...], _t: int) -> tuple[float, tuple[float, ...]]:
    """Return one number of the table after a step of SGD: what the gradient says, times the rate.

    >>> sgd(1.0, 2.0, (), 1)
    (0.8, ())
    """
    return w - LR * g, ()


def momentum(w: float, g: float, memory: tuple[float, ...], _t: int) -> tuple[float, tuple[float, ...]]:
    """Return the number, and the memory: nine tenths of what it was, and the new gradient.

    >>> momentum(1.0, 0.0, (2.0,), 2)
    (0.82, (1.8,))
    """
    (m,) = memory or (0.0,)
    m = BETA1 * m + g
    return w - LR * m, (m,)


def adam(w: float, g: float, memory: tuple[float, ...], t: int) -> tuple[float, tuple[float, ...]]:
    """Return the number after step `t` of Adam, and its two memories: of gradients, and of their squares.

    >>> round(adam(1.0, 2.0, (), 1)[0], 6)
    0.9
    """
    m, v = memory or (0.0, 0.0)
    m = m + (1 - BETA1) * (g - m)
    v = BETA2 * v + (1 - BETA2) * g * g
    rate = LR / (1 - _power(BETA1, t))
    return w - rate * m / (sqrt(v) / sqrt(1 - _power(BETA2, t)) + EPS), (m, v)


def _power(base: float, times: int) -> float:
    """Return a power by multiplication, for a browser may round ``**`` otherwise."""
    found = 1.0
    for _ in range(times):
        found *= base
    return found


RULES = {"sgd": sgd, "momentum": momentum, "adam": adam}


class Learning(Widget):
    """A few batches, the gradients that come back, and the table before and after each step.

    Args:
        weight: the table, ``(V, D)``, at most 64 rows and 4 columns.
        words: what each row stands for, ``V`` strings.
        batches: one pair for each step: the indices that are read, and the gradient at each place of the output,
            ``(N, D)``. The last pair is taken again for every further step.

    Traits: `step` (counted from 1), `taken` (whether the optimizer has taken it), `optimizer` (``"sgd"``,
    ``"momentum"``, ``"adam"``), `expected` (rows that the reader expects to change).

    >>> figure = Learning(torch.zeros(3, 1), ["a", "b", "c"], [([2, 0, 2], [[1.0], [2.0], [3.0]])])
    >>> figure.weight.flatten().tolist()
    [-0.2, 0.0, -0.4]
    """

    _esm = front_end("learning")
    kind = "learning"
    state = ("step", "taken", "optimizer", "expected")
    words = WORDS

    step = t.Int(1, min=1, max=STEPS).tag(sync=True)
    taken = t.Bool(True).tag(sync=True)
    optimizer = t.Enum(list(RULES), "sgd").tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self, weight: Tensor, words: Sequence[str], batches: Sequence[tuple[Sequence[int], object]], **traits: object
    ) -> None:
        if not isinstance(weight, Tensor) or weight.dim() != 2:
            got = tuple(weight.shape) if isinstance(weight, Tensor) else type(weight).__name__
            raise ValueError(f"weight must be a (V, D) tensor: got {got}")
        rows, columns = weight.shape
        if not (0 < rows <= ROWS and 0 < columns <= COLUMNS):
            raise ValueError(f"weight has 1 to {ROWS} rows and 1 to {COLUMNS} columns: got {(rows, columns)}")
        if len(words) != rows:
            raise ValueError(f"words must name every row: got {len(words)} words for {rows} rows")
        if not batches:
            raise ValueError("batches must hold a batch at least")
        self._rows = torch.round(weight.detach().double(), decimals=6).tolist()
        self._labels = list(words)
        self._batches = [self._pair(indices, grads) for indices, grads in batches]
        super().__init__(**traits)

    def _pair(self, indices: Sequence[int], grads: object) -> tuple[list[int], Rows]:
        found = torch.as_tensor(indices).reshape(-1).tolist()
        values = torch.as_tensor(grads, dtype=torch.float64)
        rows, columns = len(self._rows), len(self._rows[0])
        if not found or not all(isinstance(row, int) and 0 <= row < rows for row in found):
            raise ValueError(f"indices must name rows 0 to {rows - 1}: got {str(found)[:60]}")
        if tuple(values.shape) != (len(found), columns) or not values.isfinite().all():
            want = (len(found), columns)
            raise ValueError(f"the gradient must be {want} finite numbers: got {tuple(values.shape)}")
        return found, values.tolist()

    # what a reader's next cell uses

    @property
    def weight(self) -> Tensor:
        """The table as it is now, ``(V, D)``, float64."""
        before, later, _ = self.states()
        return torch.tensor(later if self.taken else before, dtype=torch.float64)

    @t.validate("expected")
    def _exist(self, proposal: t.Bunch) -> list[int]:
        rows = len(self._rows)
        if not all(row < rows for row in proposal["value"]):
            raise t.TraitError(f"expected is below {rows}: got {str(proposal['value'])[:80]}")
        return proposal["value"]

    # the run

    def batch(self, step: int) -> tuple[list[int], Rows]:
        """Return the indices and the gradients of a step."""
        return self._batches[min(step, len(self._batches)) - 1]

    def states(self) -> tuple[Rows, Rows, Rows]:
        """Return the table before this step, after it, and the optimizer's memory of every number.

        Twin of ``states`` in ``learning.js``.
        """
        rule = RULES[self.optimizer]
        later, before = self._rows, self._rows
        memory: list[list[tuple[float, ...]]] = [[() for _ in row] for row in later]
        for step in range(1, self.step + 1):
            before = later
            grads = [lines(*self.batch(step), row)[-1]["values"] for row in range(len(before))]
            moved = [
                [rule(w, g, m, step) for w, g, m in zip(*each, strict=True)]
                for each in zip(before, grads, memory, strict=True)
            ]
            later = [[w for w, _ in row] for row in moved]
            memory = [[m for _, m in row] for row in moved]
        return before, later, [[m[0] if m else 0.0 for m in row] for row in memory]

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        first = {"step": 1, "taken": True, "optimizer": "sgd", "expected": []}
        gone = {**first, "step": min(3, STEPS)}
        return {
            "step1": first,
            "predict": {**first, "step": 2, "taken": False},
            "sgd-gone": gone,
            "adam-gone": {**gone, "optimizer": "adam"},
        }

    # markup

    def name(self, row: int) -> str:
        """Return how the figure calls a row."""
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def stack(self, row: int, memory: Sequence[float]) -> list[Line]:
        """Return the lines of a row's gradient: its pieces, their sum, and what the optimizer remembers."""
        if not self.taken:
            return []
        found = lines(*self.batch(self.step), row)
        if self.optimizer == "sgd" or not any(abs(m) >= LEAST for m in memory):
            return found
        kept = [line for line in found if line["kind"] != "none"]
        return [*kept, Line(kind="memory", values=list(memory), label=WORDS["memory"], decimals=DECIMALS)]

    def status(self) -> str:
        """Return the sentence over the stage; the twin of ``status`` in ``learning.js``."""
        if not self.taken:
            return fill(WORDS["arrived"], step=self.step, n=len(self.batch(self.step)[0]))
        before, later, _ = self.states()
        moved, (read, _) = changed(before, later, LEAST), self.batch(self.step)
        parts = [say(WORDS, "guess", len(self.expected), judged=self.judged(moved))] if self.expected else []
        parts.append(say(WORDS, "step", len(moved), step=self.step, rows=len(before)))
        several = [row for row in dict.fromkeys(read) if read.count(row) > 1]
        gone = [row for row in moved if row not in read]
        last = self.batch(self.step - 1)[0] if self.step > 1 else []
        still = [row for row in dict.fromkeys(last) if row not in read and row not in moved]
        slow = [row for row, old in enumerate(before) if row not in moved and old != later[row]]
        still = [row for row in still if row not in slow]
        for key, rows in {"stacked": several, "gone": gone, "slow": slow, "still": still}.items():
            if rows:
                parts.append(say(WORDS, key, len(rows), names=self.listed(rows)))
        return " ".join(parts)

    def listed(self, rows: Sequence[int]) -> str:
        """Return the words of `rows` as a list."""
        names = [fill(WORDS["quoted"], word=self._labels[row]) for row in rows]
        return WORDS["and"].join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def judged(self, moved: Sequence[int]) -> str:
        """Return what became of the prediction: how many rows were right, missed and wrong, and which."""
        found = verdict(self.expected, moved).items()
        told = [fill(WORDS[f"judged.{kind}"], n=len(rows), names=self.listed(rows)) for kind, rows in found if rows]
        return WORDS["between"].join(told)

    def body(self) -> Html:
        before, later, memory = self.states()
        parts = (
            tag("output", self.status(), class_="status"),
            self._index_lane(),
            self._table_lane(before, later, memory),
            self._output_lane(before),
            self._controls(),
            self._notes(),
        )
        data = {"batches": self._batches, "rows": self._rows}
        return framed(WORDS, stage("stage gradients", *parts, data_run=compact(data)))

    def _index_lane(self) -> Html:
        rows, _ = self.batch(self.step)
        chips = [
            tag(
                "button",
                tag("span", self._labels[row], class_="word"),
                tag("span", str(row), class_="number"),
                type="button",
                class_="place chip",
                data_place=k,
                disabled=True,
            )
            for k, row in enumerate(rows)
        ]
        content = tag("div", nested([len(rows)], chips), class_="tensor", role="group", aria_label=WORDS["indices"])
        return lane("indices", WORDS["indices"], content, "(L)", shape_text([len(rows)]))

    def _output_lane(self, before: Rows) -> Html:
        rows, grads = self.batch(self.step)
        decimals, largest = self._gradient_scale()
        columns = len(before[0])
        leaves = []
        for k, (row, grad) in enumerate(zip(rows, grads, strict=True)):
            spans = cells(before[row], DECIMALS, self._largest(), "span")
            vector = tag("span", *spans, class_="copy")
            both = (vector, piece(grad, decimals, largest))
            leaves.append(tag("button", *both, type="button", class_="place vector", data_place=k, disabled=True))
        content = tag("div", nested([len(rows)], leaves), class_="tensor", role="group", aria_label=WORDS["output"])
        heads = tag("p", tag("span", WORDS["output"]), tag("span", WORDS["sent"], class_="gradient"), class_="title")
        parts = (
            tag("span", "(L, D)", class_="letters"),
            tag("span", shape_text([len(rows), columns]), class_="numbers"),
        )
        under = tag("p", *parts, class_="shape", data_columns=columns)
        return tag("div", heads, content, under, class_="lane output")

    def _table_lane(self, before: Rows, later: Rows, memory: Rows) -> Html:
        outcome = verdict(self.expected, changed(before, later, LEAST)) if self.taken and self.expected else {}
        rows = [self._row(row, before[row], later[row], memory[row], outcome) for row in range(len(before))]
        heads = (WORDS["row"], WORDS["before"], WORDS["after"], WORDS["gradient"])
        content = tag(
            "div", table(rows, len(before[0]), WORDS["table"], heads), class_="rows", tabindex="0", role="region",
            aria_label=WORDS["table"],
        )  # fmt: skip
        shape = shape_text([len(before), len(before[0])])
        hint = tag("p", WORDS["hint"], class_="hint")
        return lane("table", WORDS["table"], content, "(V, D)", shape, hint, columns=len(before[0]))

    def _row(self, row: int, before: list[float], later: list[float], memory: list[float], outcome: dict) -> Html:
        sign = next((WORDS[f"expected.{kind}"] for kind, found in outcome.items() if row in found), "")
        title = fill(WORDS["expect"], name=self.name(row))
        decimals, largest = self._gradient_scale()
        moved = self.taken and bool(changed([before], [later], LEAST))
        return tag(
            "tr",
            head(row, self._labels[row], title, pressed=row in self.expected, outcome=sign),
            *cells(before, DECIMALS, self._largest()),
            *after(before, later if self.taken else None, DECIMALS, self._largest()),
            stack(self.stack(row, memory), decimals, largest),
            data_row=row,
            data_read="" if row in self.batch(self.step)[0] else None,
            data_changed="" if moved else None,
        )

    def _largest(self) -> float:
        return max(abs(value) for row in self._rows for value in row)

    def _gradient_scale(self) -> tuple[int, float]:
        """Return the decimals and the largest number of the gradients: what all of them are drawn with."""
        values = [value for _, grads in self._batches for grad in grads for value in grad]
        decimals = 0 if all(value == round(value) for value in values) else 2
        return decimals, max(abs(value) for value in values)

    def _controls(self) -> Html:
        choices = [
            tag(
                "button", WORDS[name], type="button", class_="rule", data_rule=name,
                aria_pressed="true" if name == self.optimizer else "false", disabled=True,
            )
            for name in RULES
        ]  # fmt: skip
        group = tag("div", *choices, class_="shapes", role="group", aria_label=WORDS["optimizer"])
        labels = {"step": WORDS["read" if self.taken else "step"], "ten": WORDS["ten"], "reset": WORDS["reset"]}
        buttons = [tag("button", label, type="button", class_=name, disabled=True) for name, label in labels.items()]
        return tag(
            "div", group, tag("div", tag("p", self.ask(), class_="ask"), *buttons, class_="steps"), class_="controls"
        )

    def ask(self) -> str:
        """Return what stands over the buttons: the next batch, or the question."""
        if not self.taken:
            return WORDS["ask"]
        if self.step == STEPS:
            return fill(WORDS["end"], step=STEPS)
        key = "next" if self.step < len(self._batches) else "again"
        return fill(WORDS[key], sentence=" ".join(self._labels[row] for row in self.batch(self.step + 1)[0]))

    def _notes(self) -> Html:
        """Return what stands beside the stage: the colours, three tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        memory = tag("span", WORDS["legend.memory"], class_="memory", hidden=self.optimizer == "sgd")
        legend = tag("p", WORDS["legend"], " ", memory, class_="legend")
        return tag("div", legend, tasks, answers, class_="notes")
