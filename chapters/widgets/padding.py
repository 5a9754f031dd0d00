"""The figure of chapter 5: a batch of unequal sentences, two means, and five doors into the padding row."""

from collections.abc import Collection, Sequence
from math import exp, isfinite

import torch
import traitlets as t
from torch import Tensor

from widgets._base import Widget, fill, front_end, say, styles
from widgets._given import table_of_pairs
from widgets._gradient import Line, after, changed, head, stack, table
from widgets._markup import Html, compact, number, tag
from widgets._predict import verdict
from widgets._stage import cells, framed, lane, nested, shape_text, stage

__all__ = ["Padding", "masked_mean", "mean", "place_gradients", "score_gradient", "states", "step", "table_gradient"]

LR, DECAY, MOMENTUM = 0.1, 0.1, 0.9
ASSIGNED = 1.0
LEAST = 1e-9  # whatever is less is rounding
STEPS = 99
COLUMNS, PLACES = 2, 8
DECIMALS = 3
DOORS = ("lookup", "decay", "tied", "momentum", "assigned")
LEFT_OPEN = DOORS[1:]

Rows = list[list[float]]

WORDS = {
    "title": "Two means, and five doors into the padding row",
    "indices": "Indices, filled up with {pad}",
    "output": "Means before the step",
    "plain": "all places",
    "masked": "words only",
    "table": "Table and its gradient",
    "row": "row",
    "before": "before",
    "gradient": "gradient",
    "gradient.more": "gradient and more",
    "after": "after",
    "name": "{row} ({word})",
    "expect": "expect row {name} to change",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "line.places": "{n}×",
    "line.sum": "=",
    "line.decay": "decay",
    "line.tied": "scores",
    "line.momentum": "memory",
    "lookup": "padding_idx is",
    "lookup.none": "None",
    "lookup.shut": "The lookup's door into row {name} is shut.",
    "lookup.open": "The lookup's door into row {name} is open.",
    "doors": "Four more doors, which padding_idx leaves open",
    "send": "Send something through into row {name}:",
    "door.decay": "Weight decay",
    "door.tied": "Tied output layer",
    "door.momentum": "Momentum from before",
    "door.assigned": "Assignment",
    "note.decay": "each row times {factor} at each step",
    "note.tied": "the loss of the next word is added, with ignore_index; {word} has a score in it",
    "note.momentum": "from a step that was taken before row {row} was padding",
    "note.assigned": "row {row} = {value} after each step",
    "means": "{word} has {places} places, and {pads} of them are pads. The mean of all places counts them; the mean of "
    "the words is made with a mask.",
    "means.longer": "{word} has {places} places now, and {pads} of them are pads. The mean of all places was {was}, "
    "and is {now}. Nobody touched {word}. The mean of the words is as it was.",
    "waiting": "Step {step} has not been taken yet.",
    "step.zero": "Step {step}. No row moved.",
    "step.one": "Step {step}. {n} row moved.",
    "step.other": "Step {step}. {n} of {rows} rows moved.",
    "still.zero": "Row {name} stood still: no place read it.",
    "still.one": "Row {name} stood still: 1 gradient came for it, and padding_idx dropped it.",
    "still.other": "Row {name} stood still: {n} gradients came for it, and padding_idx dropped them.",
    "zero": "Row {name} stood still: weight decay is on, but {factor} times zero is zero.",
    "held": "Row {name} stood still: the assignment wrote what it held before.",
    "moved.one": "Row {name} moved by {total}, through {parts}.",
    "moved.other": "Row {name} moved by {total}: {parts}.",
    "part": "{change} through {door}",
    "by.lookup": "the lookup",
    "by.decay": "weight decay",
    "by.tied": "the tied output layer",
    "by.momentum": "old momentum",
    "by.assigned": "the assignment",
    "guess": "Your marks: {hit} right (●), {false} wrong (×), {missed} missed (○).",
    "start": "Row {row} starts as",
    "longer": "add a longer sentence: {sentence}",
    "ask": "Which rows will change? Click their words, or none. Then:",
    "told": "Change what you like, or look at one more step:",
    "step": "Step",
    "read": "Next step",
    "reset": "Reset",
    "end": "This figure ends after {step} steps.",
    "hint": "A step takes {lr} times the last column from each row. 2×: two places have read the row, and each sends "
    "back 1 and 1. What you send through the other doors is added.",
    "legend": "Hatched: padding. Blue: an index. Bold: a row that is read. Dashed: what places send; struck out: "
    "what is dropped. Boxed: a number that changed. Tint: green above zero, purple below. A step is one of SGD with "
    "rate {lr}, without decay and momentum unless you send them.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part. Enter or Space chooses.",
}

TASKS = {
    "Make sit change its mean of all places without touching it.": "Add the longer sentence: every other sentence gets "
    "two more pads. The mean of the words does not change.",
    "padding_idx is None. Whose gradient is the largest, and what has that row learnt?": "The pad row's, with 4 "
    "places. It has moved the furthest, and it stands for nothing.",
    "When you know the four other doors: move the pad row in three ways while padding_idx is 0. Does ignore_index shut "
    "one of them?": "Each of the four moves it alone (decay: unless the row is zero). ignore_index shuts none: it "
    "leaves places out of the loss, and {pad} keeps its score at all others.",
}


def mean(rows: Rows) -> list[float]:
    """Return the mean of the vectors of one sentence, ``(L, D)``: each column by itself; NaN if there are none.

    >>> mean([[1, 2], [3, 6]])
    [2.0, 4.0]
    """
    columns = zip(*rows, strict=True) if rows else [()] * COLUMNS
    return [sum(column) / len(column) if column else float("nan") for column in columns]


def masked_mean(rows: Rows, indices: Sequence[int], padding_idx: int) -> list[float]:
    """Return the mean of those vectors whose index is not `padding_idx`.

    >>> masked_mean([[1, 2], [5, 5]], [4, 0], padding_idx=0)
    [1.0, 2.0]
    """
    return mean([row for row, index in zip(rows, indices, strict=True) if index != padding_idx])


def table_gradient(rows: Sequence[int], grads: Rows, num_embeddings: int, padding_idx: int | None) -> Rows:
    """Return the gradient that the lookup gives the table: what came for `padding_idx` is dropped.

    >>> table_gradient([2, 0, 2], [[1], [1], [1]], num_embeddings=3, padding_idx=0)
    [[0.0], [0.0], [2.0]]
    """
    columns = len(grads[0]) if grads else COLUMNS
    found = [[0.0] * columns for _ in range(num_embeddings)]
    for row, grad in zip(rows, grads, strict=True):
        if row != padding_idx:
            found[row] = [a + b for a, b in zip(found[row], grad, strict=True)]
    return found


def _errors(weight: Rows, batch: Sequence[Sequence[int]], padding_idx: int) -> list[tuple[int, int, list[float]]]:
    """Return, for every place whose next word counts, sentence and place and what each score has to change."""
    counted = [(b, k) for b, row in enumerate(batch) for k in range(len(row) - 1) if row[k + 1] != padding_idx]
    found = []
    for b, k in counted:
        scores = [sum(a * c for a, c in zip(weight[batch[b][k]], row, strict=True)) for row in weight]
        top = max(scores)
        powers = [exp(score - top) for score in scores]
        whole = sum(powers)
        errors = [power / whole / len(counted) for power in powers]
        errors[batch[b][k + 1]] -= 1 / len(counted)
        found.append((b, k, errors))
    return found


def place_gradients(weight: Rows, batch: Sequence[Sequence[int]], padding_idx: int, tied: bool) -> Rows:
    """Return what every place of the batch sends back, ``(B·L, D)``: ones, and the tied layer's share.

    The loss is the sum of all looked-up numbers and, if `tied`, the cross-entropy of the next word as well, its scores
    being products with the rows of the same table; pads to be predicted are ignored.
    """
    columns = len(weight[0])
    grads = [[1.0] * columns for row in batch for _ in row]
    for b, k, errors in _errors(weight, batch, padding_idx) if tied else []:
        place = b * len(batch[0]) + k
        for column in range(columns):
            grads[place][column] += sum(e * row[column] for e, row in zip(errors, weight, strict=True))
    return grads


def score_gradient(weight: Rows, batch: Sequence[Sequence[int]], padding_idx: int) -> Rows:
    """Return the gradient that reaches the table, ``(V, D)``, through the scores of the tied layer."""
    found = [[0.0] * len(row) for row in weight]
    for b, k, errors in _errors(weight, batch, padding_idx):
        read = weight[batch[b][k]]
        for row, e in enumerate(errors):
            found[row] = [a + e * value for a, value in zip(found[row], read, strict=True)]
    return found


def step(
    weight: Rows, memory: Rows, batch: Sequence[Sequence[int]], padding_idx: int, doors: Collection[str]
) -> tuple[Rows, Rows, dict[str, list[float]]]:
    """Return table and memory after a step of SGD, and what each open door has added to the padding row.

    `memory` is the momentum of every number; it counts only through the door ``"momentum"``.
    """
    rows = [index for row in batch for index in row]
    grads = place_gradients(weight, batch, padding_idx, "tied" in doors)
    lookup = table_gradient(rows, grads, len(weight), None if "lookup" in doors else padding_idx)
    scores = score_gradient(weight, batch, padding_idx) if "tied" in doors else [[0.0] * len(row) for row in weight]
    decay = DECAY if "decay" in doors else 0.0
    kept = MOMENTUM if "momentum" in doors else 0.0
    buffer = [
        [kept * m + (g + s + decay * w) for w, g, s, m in zip(*each, strict=True)]
        for each in zip(weight, lookup, scores, memory, strict=True)
    ]
    later = [[w - LR * m for w, m in zip(*each, strict=True)] for each in zip(weight, buffer, strict=True)]
    parts = {
        "lookup": [-LR * g for g in lookup[padding_idx]],
        "decay": [-LR * decay * w for w in weight[padding_idx]],
        "tied": [-LR * s for s in scores[padding_idx]],
        "momentum": [-LR * kept * m for m in memory[padding_idx]],
    }
    if "assigned" in doors:
        parts["assigned"] = [ASSIGNED - w for w in later[padding_idx]]
        later[padding_idx] = [ASSIGNED for _ in later[padding_idx]]
    return later, buffer, {door: change for door, change in parts.items() if door in doors}


def states(
    weight: Rows, batch: Sequence[Sequence[int]], padding_idx: int, doors: Collection[str], steps: int
) -> tuple[Rows, Rows, Rows, dict[str, list[float]]]:
    """Return the table before the last of `steps` steps and after it, what it took, and the doors' shares.

    The memory at the start is that of one step taken before `padding_idx` was set.
    """
    rows = [index for row in batch for index in row]
    memory = table_gradient(rows, [[1.0] * len(weight[0]) for _ in rows], len(weight), None)
    later, parts = weight, {}
    for _ in range(steps):
        before = later
        later, memory, parts = step(before, memory, batch, padding_idx, doors)
    return before, later, memory, parts


class Padding(Widget):
    """A padded batch, both means of its sentences, the table, and the doors into its padding row.

    Args:
        weight: the table, ``(V, 2)``, at most 64 rows; what row `padding_idx` holds is the first of two starts.
        words: what each row stands for, ``V`` strings.
        sentences: lists of indices, at most eight each, without pads.
        stranger: one more sentence, to be added by a switch.
        padding_idx: the row that fills.

    Traits: `start` (the padding row's number, in both columns), `longer` (whether the stranger is in the batch),
    `doors` (those through which something comes; "lookup" means ``padding_idx=None``), `step` (counted from 1),
    `taken` (whether it has been taken), `expected` (rows that the reader expects to change).

    >>> figure = Padding(torch.ones(3, 2), ["<pad>", "a", "b"], [[1], [2, 1]], [1, 2, 1], padding_idx=0, start=5.0)
    >>> figure.plain_means.tolist(), figure.masked_means.tolist()
    ([[3.0, 3.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]])
    """

    _esm = front_end("padding")
    _css = styles("padding")
    kind = "padding"
    state = ("start", "longer", "doors", "step", "taken", "expected")
    words = WORDS

    start = t.Float(5.0).tag(sync=True)
    longer = t.Bool(False).tag(sync=True)
    doors = t.List(t.Enum(DOORS)).tag(sync=True)
    step = t.Int(1, min=1, max=STEPS).tag(sync=True)
    taken = t.Bool(True).tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self,
        weight: Tensor,
        words: Sequence[str],
        sentences: Sequence[Sequence[int]],
        stranger: Sequence[int],
        padding_idx: int = 0,
        **traits: object,
    ) -> None:
        self._rows = table_of_pairs(weight, words)
        if not 0 <= padding_idx < len(words):
            raise ValueError(f"padding_idx must name one of {len(words)} rows: got {padding_idx}")
        self._labels = list(words)
        self._pad = padding_idx
        self._sentences = [self._sentence(row) for row in [*sentences, stranger]]
        if len(self._sentences) < 2:
            raise ValueError("sentences must hold a sentence at least")
        super().__init__(**traits)

    def _sentence(self, indices: Sequence[int]) -> list[int]:
        found = torch.as_tensor(indices).reshape(-1).tolist()
        good = all(isinstance(row, int) and 0 <= row < len(self._rows) and row != self._pad for row in found)
        if not 0 < len(found) <= PLACES or not good:
            bound = f"1 to {PLACES} indices from 0 to {len(self._rows) - 1}, none of them {self._pad}"
            raise ValueError(f"a sentence has {bound}: got {str(found)[:60]}")
        return found

    @t.validate("start", "expected")
    def _possible(self, proposal: t.Bunch) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "start" and not (isfinite(value) and abs(value) <= 9):
            raise t.TraitError(f"start is from -9 to 9: got {value}")
        if name == "expected" and not all(row < len(self._rows) for row in value):
            raise t.TraitError(f"expected is below {len(self._rows)}: got {str(value)[:80]}")
        return value

    @t.validate("doors")
    def _in_order(self, proposal: t.Bunch) -> list[str]:
        return [door for door in DOORS if door in proposal["value"]]

    # what a reader's next cell uses

    def batch(self, longer: bool | None = None) -> list[list[int]]:
        """Return the sentences, filled up to the longest."""
        rows = self._sentences if (self.longer if longer is None else longer) else self._sentences[:-1]
        longest = max(map(len, rows))
        return [row + [self._pad] * (longest - len(row)) for row in rows]

    @property
    def indices(self) -> Tensor:
        """The batch that the figure shows, ``(B, L)``."""
        return torch.tensor(self.batch())

    @property
    def weight(self) -> Tensor:
        """The table that the batch reads: the one before the last step, ``(V, 2)``, float64."""
        return torch.tensor(self.states()[0], dtype=torch.float64)

    @property
    def plain_means(self) -> Tensor:
        """The means of all places, ``(B, 2)``."""
        return torch.tensor([plain for plain, _ in self.means()], dtype=torch.float64)

    @property
    def masked_means(self) -> Tensor:
        """The means of the words alone, ``(B, 2)``."""
        return torch.tensor([masked for _, masked in self.means()], dtype=torch.float64)

    # the run

    def table(self) -> Rows:
        """Return the table at the start, its padding row filled with `start`."""
        return [[self.start] * COLUMNS if row == self._pad else values for row, values in enumerate(self._rows)]

    def states(self) -> tuple[Rows, Rows, Rows, dict[str, list[float]]]:
        """Return `states` of this table and this batch."""
        return states(self.table(), self.batch(), self._pad, self.doors, self.step)

    def means(self, longer: bool | None = None) -> list[tuple[list[float], list[float]]]:
        """Return both means of every sentence, from the table before the last step."""
        weight = self.states()[0]
        looked_up = [([weight[index] for index in row], row) for row in self.batch(longer)]
        return [(mean(rows), masked_mean(rows, row, self._pad)) for rows, row in looked_up]

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        plain = {"start": 5.0, "longer": False, "doors": [], "step": 1, "taken": True, "expected": []}
        alone = {door: {**plain, "doors": [door]} for door in DOORS}
        return {
            "plain": plain,
            "longer": {**plain, "longer": True},
            "predict": {**plain, "taken": False},
            **alone,
            "tied": {**alone["tied"], "start": 0.0},
            "momentum": {**alone["momentum"], "start": 4.6},
            "zero-decay": {**alone["decay"], "start": 0.0},
        }

    # markup

    def name(self, row: int) -> str:
        """Return how the figure calls a row."""
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def stack(self, row: int, before: Rows, taken: Rows, parts: dict[str, list[float]]) -> list[Line]:
        """Return the lines of a row's gradient: what a step takes; for the padding row, what each door adds to it."""
        if not self.taken:
            return []
        batch = self.batch()
        rows = [index for each in batch for index in each]
        n = rows.count(row)
        label = {"label": fill(WORDS["line.places"], n=n)} if n else {}
        whole = Line(kind="piece" if n else "share" if any(taken[row]) else "none", values=taken[row], **label)
        if row != self._pad or not (n or parts):
            return [whole]
        open_ = "lookup" in self.doors
        grads = place_gradients(before, batch, self._pad, "tied" in self.doors)
        came = table_gradient(rows, grads, len(before), None)[row]
        found = [Line(kind="piece" if open_ else "dropped", values=came, **label)] if n else []
        added = [door for door in parts if f"line.{door}" in WORDS]
        found += [
            Line(kind="share", values=[change / -LR for change in parts[door]], label=WORDS[f"line.{door}"])
            for door in added
        ]
        alone = open_ and not added
        return found if alone else [*found, Line(kind="sum", values=taken[row], label=WORDS["line.sum"])]

    def status(self) -> str:
        """Return the sentence beside the buttons; the twin of ``status`` in ``padding.js``."""
        if not self.taken:
            return fill(WORDS["waiting"], step=self.step)
        before, later, _, parts = self.states()
        moved = changed(before, later, LEAST)
        marks = {kind: len(rows) for kind, rows in verdict(self.expected, moved).items()}
        found = [fill(WORDS["guess"], **marks)] if self.expected else []
        found.append(say(WORDS, "step", len(moved), step=self.step, rows=len(before)))
        name = self.name(self._pad)
        if self._pad in moved:
            told = {door: change for door, change in parts.items() if any(abs(part) >= LEAST for part in change)}
            names = [WORDS[f"by.{door}"] for door in told]
            listed = [
                fill(WORDS["part"], change=_pair(change), door=by)
                for change, by in zip(told.values(), names, strict=True)
            ]
            whole = [new - old for new, old in zip(later[self._pad], before[self._pad], strict=True)]
            parts_ = "; ".join(listed if len(told) > 1 else names)
            found.append(say(WORDS, "moved", len(told), name=name, total=_pair(whole), parts=parts_))
        elif "assigned" in self.doors:
            found.append(fill(WORDS["held"], name=name))
        elif "decay" in self.doors:
            found.append(fill(WORDS["zero"], name=name, factor=_factor()))
        else:
            n = sum(row.count(self._pad) for row in self.batch())
            found.append(say(WORDS, "still", n, name=name))
        return " ".join(found)

    def told(self) -> str:
        """Return the sentence under the means: about the first sentence, and the stranger."""
        (first, *_), word = self.batch(), self._labels[self._sentences[0][0]]
        values = {"word": word, "places": len(first), "pads": first.count(self._pad)}
        if not self.longer:
            return fill(WORDS["means"], **values)
        was, now = (_pair(self.means(longer)[0][0]) for longer in (False, True))
        return fill(WORDS["means.longer"], **values, was=was, now=now)

    def body(self) -> Html:
        before, later, taken, parts = self.states()
        pieces = (
            tag(
                "div", self._index_lane(), self._setup(), self._doors(parts), self._steps(),
                tag("output", self.status(), class_="status"), class_="side",
            ),
            self._table_lane(before, later, taken, parts),
            tag("div", self._output_lane(), self._notes(), class_="side"),
        )  # fmt: skip
        data = {"padding": self._pad, "rows": self._rows, "sentences": self._sentences}
        return framed(WORDS, stage("stage gradients padding", *pieces, data_run=compact(data)))

    def _index_lane(self) -> Html:
        batch = self.batch()
        chips = [
            tag(
                "button",
                tag("span", self._labels[row], class_="word"),
                tag("span", str(row), class_="number"),
                type="button",
                class_="place chip",
                data_place=k,
                data_pad="" if row == self._pad else None,
                disabled=True,
            )
            for k, row in enumerate(index for each in batch for index in each)
        ]
        shape = [len(batch), len(batch[0])]
        title = fill(WORDS["indices"], pad=self._labels[self._pad])
        content = tag("div", nested(shape, chips), class_="tensor", role="group", aria_label=title)
        return lane("indices", title, content, "(B, L)", shape_text(shape))

    def _output_lane(self) -> Html:
        means, usual = self.means(), [plain for plain, _ in self.means(False)]
        rows = []
        for b, (plain, masked) in enumerate(means):
            told = self.longer and b < len(usual) and _pair(usual[b]) != _pair(plain)
            vectors = [
                tag("span", *cells(values, DECIMALS, self._largest(), "span"), class_=f"mean {kind}",
                    data_changed="" if kind == "plain" and told else None)
                for kind, values in (("plain", plain), ("masked", masked))
            ]  # fmt: skip
            rows.append(tag("div", *vectors, class_="means", data_sentence=b))
        heads = tag("div", tag("span", WORDS["plain"]), tag("span", WORDS["masked"]), class_="heads")
        content = tag("div", heads, tag("div", *rows, class_="both"), class_="result")
        shape = shape_text([len(means), COLUMNS])
        said = tag("output", self.told(), class_="told")
        return lane("output", WORDS["output"], content, "(B, D)", shape, said, columns=COLUMNS)

    def _table_lane(self, before: Rows, later: Rows, taken: Rows, parts: dict[str, list[float]]) -> Html:
        outcome = verdict(self.expected, changed(before, later, LEAST)) if self.taken and self.expected else {}
        rows = [
            self._row(row, before, later, self.stack(row, before, taken, parts), outcome) for row in range(len(before))
        ]
        heads = (WORDS["row"], WORDS["before"], WORDS["after"], WORDS[self._gradient_name()])
        content = tag(
            "div", table(rows, COLUMNS, WORDS["table"], heads), class_="rows", tabindex="0", role="region",
            aria_label=WORDS["table"],
        )  # fmt: skip
        shape = shape_text([len(before), COLUMNS])
        hint = tag("p", fill(WORDS["hint"], lr=LR), class_="hint")
        return lane("table", WORDS["table"], content, "(V, D)", shape, hint, columns=COLUMNS)

    def _row(self, row: int, before: Rows, later: Rows, found: list[Line], outcome: dict) -> Html:
        sign = next((WORDS[f"expected.{kind}"] for kind, found in outcome.items() if row in found), "")
        title = fill(WORDS["expect"], name=self.name(row))
        moved = self.taken and bool(changed([before[row]], [later[row]], LEAST))
        return tag(
            "tr",
            head(row, self._labels[row], title, pressed=row in self.expected, outcome=sign),
            *cells(before[row], DECIMALS, self._largest()),
            *after(before[row], later[row] if self.taken else None, DECIMALS, self._largest()),
            stack(found, self._gradient_decimals(), self._largest()),
            data_row=row,
            data_read="" if any(row in each for each in self.batch()) else None,
            data_pad="" if row == self._pad else None,
            data_changed="" if moved else None,
        )

    def _largest(self) -> float:
        return max(abs(value) for row in self._rows for value in row)

    def _gradient_decimals(self) -> int:
        return DECIMALS if set(self.doors) & {"decay", "tied", "momentum"} else 0

    def _gradient_name(self) -> str:
        return "gradient.more" if set(self.doors) & {"decay", "momentum"} else "gradient"

    def note(self, door: str) -> str:
        """Return what stands under the name of a door."""
        word = self._labels[self._pad]
        return fill(WORDS[f"note.{door}"], row=self._pad, word=word, factor=_factor(), value=number(ASSIGNED, 0))

    def _doors(self, parts: dict[str, list[float]]) -> Html:
        doors = [
            tag(
                "label",
                tag("input", type="checkbox", class_="door", value=door, checked=door in self.doors, disabled=True),
                tag("span", WORDS[f"door.{door}"], class_="label"),
                tag("span", _pair(parts[door]) if self.taken and door in parts else "", class_="amount"),
                tag("span", self.note(door), class_="note"),
                class_="switch",
                data_door=door,
                data_open="" if door in self.doors else None,
            )
            for door in LEFT_OPEN
        ]
        legend = tag("legend", fill(WORDS["send"], name=self.name(self._pad)))
        inner = tag("fieldset", legend, *doors, class_="doors")
        return tag(
            "details", tag("summary", WORDS["doors"]), inner, class_="more", open=bool(parts.keys() - {"lookup"})
        )

    def lookup_told(self) -> str:
        """Return what stands under the choice of padding_idx."""
        state = "open" if "lookup" in self.doors else "shut"
        return fill(WORDS[f"lookup.{state}"], name=self.name(self._pad))

    def _setup(self) -> Html:
        starts = [
            tag(
                "button", number(value, 0), type="button", class_="start", data_start=number(value, 0),
                aria_pressed="true" if value == self.start else "false", disabled=True,
            )
            for value in (5.0, 0.0)
        ]  # fmt: skip
        label = fill(WORDS["start"], row=self._pad)
        group = tag("div", tag("span", label), *starts, class_="shapes", role="group", aria_label=label)
        choices = [
            tag(
                "button", text, type="button", class_="lookup", data_open="" if open_ else None,
                aria_pressed="true" if open_ == ("lookup" in self.doors) else "false", disabled=True,
            )
            for text, open_ in ((str(self._pad), False), (WORDS["lookup.none"], True))
        ]  # fmt: skip
        lookup = tag("div", tag("span", WORDS["lookup"]), *choices, class_="shapes", role="group",
                     aria_label=WORDS["lookup"])  # fmt: skip
        box = tag("input", type="checkbox", class_="longer", checked=self.longer, disabled=True)
        sentence = " ".join(self._labels[row] for row in self._sentences[-1])
        more = tag("label", box, tag("span", fill(WORDS["longer"], sentence=sentence)), class_="switch")
        told = tag("p", self.lookup_told(), class_="lookup-told")
        return tag("div", more, group, lookup, told, class_="controls")

    def _steps(self) -> Html:
        buttons = [
            tag("button", WORDS[name], type="button", class_=kind, disabled=True)
            for kind, name in (("step", "read" if self.taken else "step"), ("reset", "reset"))
        ]
        steps = tag("div", tag("p", self.ask(), class_="ask"), *buttons, class_="steps")
        return tag("div", steps, class_="controls")

    def ask(self) -> str:
        """Return what stands over the buttons."""
        if self.taken and self.step == STEPS:
            return fill(WORDS["end"], step=STEPS)
        return WORDS["told" if self.taken else "ask"]

    def _notes(self) -> Html:
        """Return what stands beside the stage: the colours, three tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag(
            "ol", *(tag("li", fill(text, pad=self._labels[self._pad])) for text in TASKS.values()), class_="tasks"
        )
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        legend = tag("p", fill(WORDS["legend"], lr=LR), class_="legend")
        return tag("div", legend, tasks, answers, class_="notes")


def _pair(values: Sequence[float]) -> str:
    """Return a vector as the sentences say it."""
    return ", ".join(number(value, DECIMALS) for value in values)


def _factor() -> str:
    return number(1 - LR * DECAY, 2)
