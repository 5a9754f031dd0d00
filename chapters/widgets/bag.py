"""The figure of chapter 9: a list of indices cut into bags by offsets, and each bag's reduction written out."""

from collections.abc import Sequence
from math import isfinite
from typing import TypedDict

import torch
import traitlets as t
from torch import Tensor
from torch.nn import functional as F

from widgets._base import Widget, fill, front_end, say, styles
from widgets._given import table_of_pairs
from widgets._gradient import Line, changed, head, lines, stack
from widgets._markup import Html, compact, number, tag
from widgets._predict import verdict
from widgets._stage import cells, framed, lane, shape_text, stage

__all__ = ["Bag", "Reduction", "bag_numbers", "line_gradients", "moved", "reductions", "row_gradients", "written"]

MODES = ("sum", "mean", "max")
VIEWS = ("forward", "gradient")
COLUMNS = 2
LINES, BAGS = 24, 8  # indices and bags that a figure holds
DECIMALS = 3  # of the output, as the chapters print it
FACTORS = (1.0, 0.5, 2.0)  # the weights that a figure begins with, over and over
HEAVIEST = 9.9
ARRIVES = 1.0  # in every column of the output: the gradient of its sum
LEAST = 1e-9  # whatever is less is rounding

Rows = list[list[float]]

WORDS = {
    "title": "Bags, cut by offsets",
    "strip": "Indices, cut into bags",
    "table": "Table",
    "bag": "bag {bag}",
    "index": "index",
    "raw": "row",
    "weight": "weight",
    "addend": "row",
    "addend.weighted": "weight × row",
    "addend.gradient": "to its row",
    "output": "output",
    "output.gradient": "gradient",
    "row": "row",
    "numbers": "numbers",
    "gradient": "gradient",
    "starts": "offset {offset}",
    "move": "where bag {bag} starts",
    "swap": "swap {word}, position {place}",
    "factor": "weight of {word}, position {place}",
    "sum": "sum",
    "mean": "sum",
    "max": "largest",
    "none": "empty",
    "pads": "only pads",
    "skipped": "left out",
    "wins.no": "no column",
    "divided": "÷ {n} =",
    "is": "=",
    "back": "÷ {n}",
    "nowhere": "to no row",
    "name": "{row} ({word})",
    "expect": "expect row {name} to get a gradient",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "refused": "PyTorch refuses",
    "bags.one": "1 bag",
    "bags.other": "{n} bags",
    "indices.one": "1 index",
    "indices.other": "{n} indices",
    "cut": "{indices} in {bags}.",
    "empty.one": "Bag {names} is empty: its vector is zeros.",
    "empty.other": "Bags {names} are empty: their vectors are zeros.",
    "only.one": "Bag {names} holds pads only: its vector is zeros.",
    "only.other": "Bags {names} hold pads only: their vectors are zeros.",
    "sum.told": "Each bag is added up and divided by nothing: more words make larger numbers.",
    "weights.told": "Each row is taken as many times as its weight says, then the bag is added up.",
    "mean.told": "Each sum is divided by the number of indices in its bag.",
    "mean.pads": "Each sum is divided by the number of indices that are not {pad}.",
    "max.told.zero": "Each column takes its largest number. In every bag here one word wins both columns.",
    "max.told.one": "Each column takes its largest number. In bag {names} the two columns come from different words.",
    "max.told.other": "Each column takes its largest number. In bags {names} the two columns come from different "
    "words.",
    "same": "Bags {a} and {b} hold the same words in another order, and get the same vector.",
    "refusal.told": "With weights, PyTorch adds up and does nothing else.",
    "sum.back": "Every position gets the gradient of its bag.",
    "weights.back": "Every position gets the gradient of its bag times its weight.",
    "mean.back": "Every position gets the gradient of its bag, divided by the number that divided the sum.",
    "max.back": "In each column only the position that won it gets the gradient.",
    "nothing.back": "Nothing goes to {pad}.",
    "rows.zero": "No row of {rows} gets a gradient.",
    "rows.one": "1 row of {rows} gets a gradient.",
    "rows.other": "{n} rows of {rows} get a gradient.",
    "guess": "Your marks: {hit} right (●), {false} wrong (×), {missed} missed (○).",
    "and": " and ",
    "call.input": "input",
    "call.offsets": "offsets",
    "call.weights": "per_sample_weights",
    "more.bag": "Add a bag at the end",
    "fewer.bag": "Remove the last bag",
    "choose": "Bags",
    "task.choose": " Choose “{words}” alone and try.",
    "own": "your own",
    "mode": "mode",
    "padding": "padding_idx",
    "padding.none": "None",
    "ask": "Which rows will get a gradient? Click their words in the table, then:",
    "again": "Go back to guess again.",
    "views": "Views",
    "forward": "Forward",
    "gradient.view": "Gradient",
    "reset": "Reset",
    "more": "More arguments",
    "weights": "per_sample_weights",
    "last": "include_last_offset",
    "hint": "Drag a boundary up or down; + and − add and remove the last bag. Click two words: they change places.",
    "table.hint": "Bold: a row that some index names. The last column fills in the gradient view.",
    "legend": "Blue: an index, or where a bag starts. Boxed: the number that wins its column. Dashed: a gradient. "
    "Hatched: padding, neither added nor counted. Tint: green above zero, purple below. The gradient is that of the "
    "sum of the output: 1 for every number.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part and to each boundary. Arrow keys move a boundary, or move inside a part. "
    "Enter or Space chooses.",
}

TASKS = {
    "Which offsets make bags of 2, 0, 2 and 1 out of five indices?{choose}": "0, 2, 2, 4. They are where bags start, "
    "not how long they are.",
    "Once you know max: make a bag of three in which one word wins no column. What gradient does it get?": "Two "
    "columns have two winners at most, so in a bag of three one word wins nothing. It gets no gradient there.",
    "Find two sentences of the corpus with one vector.": "Any two with the same words, such as “the cat follows the "
    "dog” and “the dog follows the cat”.",
}


class Reduction(TypedDict):
    """How one bag became one vector.

    `lines` are the positions that count, pads left out. `total` is their sum (the largest numbers in max), `divisor`
    what divides it (``None``: nothing does), `winners` the position that won each column (max only, else ``None``).
    """

    lines: list[int]
    total: list[float]
    divisor: int | None
    winners: list[int] | None
    output: list[float]


def bag_numbers(offsets: Sequence[int], count: int) -> list[int]:
    """Return the bag of each of `count` positions.

    >>> bag_numbers([0, 2, 2], count=3)  # bag 1 is empty
    [0, 0, 2]
    """
    ends = [*offsets[1:], count]
    return [bag for bag, (start, end) in enumerate(zip(offsets, ends, strict=False)) for _ in range(start, end)]


def reductions(
    weight: Rows,
    indices: Sequence[int],
    offsets: Sequence[int],
    mode: str,
    padding_idx: int | None = None,
    factors: Sequence[float] | None = None,
) -> list[Reduction]:
    """Return how every bag is reduced; `factors` are the weights of the positions.

    >>> found = reductions([[1, 5], [2, 4]], [0, 1, 1], [0, 2, 2], "mean")
    >>> [(bag["total"], bag["divisor"], bag["output"]) for bag in found]
    [([3, 9], 2, [1.5, 4.5]), ([0, 0], 0, [0, 0]), ([2, 4], 1, [2.0, 4.0])]
    """
    bags = bag_numbers(offsets, len(indices))
    columns = range(len(weight[0]) if weight else COLUMNS)
    found = []
    for bag in range(len(offsets)):
        counted = [k for k, row in enumerate(indices) if bags[k] == bag and row != padding_idx]
        total, winners = [0 for _ in columns], None
        if mode == "max":
            winners = [_winner([(k, weight[indices[k]][column]) for k in counted]) for column in columns]
            total = [weight[indices[k]][column] for column, k in enumerate(winners)] if counted else total
        else:
            for k in counted:
                factor = 1 if factors is None else factors[k]
                total = [a + factor * value for a, value in zip(total, weight[indices[k]], strict=True)]
        divisor = len(counted) if mode == "mean" else None
        output = [a / divisor for a in total] if divisor else total
        found.append(
            Reduction(lines=counted, total=total, divisor=divisor, winners=winners if counted else None, output=output)
        )
    return found


def _winner(column: Sequence[tuple[int, float]]) -> int | None:
    """Return the position of the largest number, of equals the first."""
    best = None
    for position, value in column:
        if best is None or value > best[1]:
            best = (position, value)
    return best and best[0]


def line_gradients(
    found: Sequence[Reduction], grads: Rows, mode: str, count: int, factors: Sequence[float] | None = None
) -> list[list[float] | None]:
    """Return what each of `count` positions sends to its row; ``None`` for a pad, and for one that won no column.

    `grads` is the gradient of every bag's output.

    >>> found = reductions([[1, 5], [2, 4]], [0, 1, 1], [0, 2, 2], "max")
    >>> line_gradients(found, [[1, 1], [1, 1], [1, 1]], "max", count=3)
    [[0, 1], [1, 0], [1, 1]]
    """
    pieces: list[list[float] | None] = [None] * count
    for bag, grad in zip(found, grads, strict=True):
        for k in bag["lines"]:
            if mode == "max":
                won = [winner == k for winner in bag["winners"]]
                pieces[k] = [g if own else 0 for g, own in zip(grad, won, strict=True)] if any(won) else None
            elif mode == "mean":
                pieces[k] = [g / bag["divisor"] for g in grad]
            else:
                pieces[k] = [g if factors is None else g * factors[k] for g in grad]
    return pieces


def row_gradients(indices: Sequence[int], pieces: Sequence[list[float] | None], row: int) -> list[Line]:
    """Return the gradient of `row` of the table as lines; positions without a piece send none.

    >>> [line["values"] for line in row_gradients([4, 2, 4], [[1, 0], None, [1, 1]], row=4)]
    [[1, 0], [1, 1], [2, 1]]
    """
    sent = [index if part else -1 for index, part in zip(indices, pieces, strict=True)]
    return lines(sent, [part or [0] * COLUMNS for part in pieces] or [[0] * COLUMNS], row)


def written(offsets: Sequence[int], count: int, include_last_offset: bool) -> list[int]:
    """Return the offsets as they are handed over: with `include_last_offset` the end of the last bag as well.

    >>> written([0, 2], count=5, include_last_offset=True)
    [0, 2, 5]
    """
    return [*offsets, count] if include_last_offset else list(offsets)


def moved(offsets: Sequence[int], bag: int, to: int, count: int) -> list[int]:
    """Return `offsets` with that of `bag`, not the first, at `to`, or as near to it as its neighbours let it.

    >>> moved([0, 2, 4], bag=1, to=9, count=5)
    [0, 4, 4]
    """
    low, high = offsets[bag - 1], offsets[bag + 1] if bag + 1 < len(offsets) else count
    return [min(max(to, low), high) if b == bag else offset for b, offset in enumerate(offsets)]


def refusals() -> dict[str, str]:
    """Return what PyTorch says to weights in each mode that refuses them."""
    found = {}
    for mode in MODES:
        one = torch.zeros(1, dtype=torch.long)
        try:
            F.embedding_bag(one, torch.ones(1, COLUMNS), one, mode=mode, per_sample_weights=torch.ones(1))
        except (NotImplementedError, ValueError, RuntimeError) as error:
            found[mode] = f"{type(error).__name__}: {error}"
    return found


class Bag(Widget):
    """A list of indices cut into bags by offsets, each bag's reduction written out, and what goes back to the table.

    Args:
        weight: the table, ``(V, 2)``, at most 64 rows.
        words: what each row stands for, ``V`` strings.
        indices: at most 24 of them, flat.
        offsets: where each bag starts, at most 8; the first is 0, none is below the one before.
        swapped: two bags with the same indices in another order: the state of that name. The first can also be
            chosen alone.
        examples: more lists of bags to choose from.
        pad: the row that the state ``pads`` leaves out.

    Traits: `indices`, `offsets` (without the last one that `include_last_offset` adds), `mode`, `padding_idx`,
    `per_sample_weights` (one a position, or ``None``), `include_last_offset`, `view` (``"forward"`` or
    ``"gradient"``), `expected` (rows that the reader expects to get a gradient). Traits that must agree are set
    together: ``with figure.hold_trait_notifications(): …``.

    >>> figure = Bag(torch.tensor([[1.0, 5.0], [2.0, 4.0]]), ["a", "b"], [0, 1, 1], [0, 2, 2])
    >>> figure.output.tolist(), figure.gradient.tolist()
    ([[1.5, 4.5], [0.0, 0.0], [2.0, 4.0]], [[0.5, 0.5], [1.5, 1.5]])
    """

    _esm = front_end("bag")
    _css = styles("bag")
    kind = "bag"
    state = (
        "indices", "offsets", "mode", "padding_idx", "per_sample_weights", "include_last_offset", "view", "expected",
    )  # fmt: skip
    words = WORDS

    indices = t.List(t.Int(min=0)).tag(sync=True)
    offsets = t.List(t.Int(min=0)).tag(sync=True)
    mode = t.Enum(list(MODES), "mean").tag(sync=True)
    padding_idx = t.Int(None, allow_none=True).tag(sync=True)
    per_sample_weights = t.List(t.Float(), None, allow_none=True).tag(sync=True)
    include_last_offset = t.Bool(False).tag(sync=True)
    view = t.Enum(list(VIEWS), "forward").tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self,
        weight: Tensor,
        words: Sequence[str],
        indices: Sequence[int] | Tensor,
        offsets: Sequence[int] | Tensor,
        swapped: Sequence[Sequence[int]] | None = None,
        examples: Sequence[Sequence[Sequence[int]]] = (),
        pad: int = 0,
        **traits: object,
    ) -> None:
        self._rows = table_of_pairs(weight, words)
        if not 0 <= pad < len(words):
            raise ValueError(f"pad must name one of {len(words)} rows: got {pad}")
        self._labels = list(words)
        self._decimals = next(d for d in (1, 2, 3) if d == 3 or self._shown_with(d))
        self._refusals = refusals()
        first = {"indices": _flat(indices), "offsets": _flat(offsets)}
        self._first, self._pad_row = first, pad
        self._swapped = self._cut(swapped) if swapped else None
        alone = [self._cut(swapped[:1])] if swapped else []
        self._examples = [first, *([self._swapped] if swapped else []), *alone, *map(self._cut, examples)]
        super().__init__(**{**first, **traits})

    def _cut(self, bags: Sequence[Sequence[int]]) -> dict[str, list[int]]:
        """Return bags given one by one as indices and offsets."""
        lists, count = [_flat(bag) for bag in bags], len(self._rows)
        starts = [sum(map(len, lists[:bag])) for bag in range(len(lists))]
        indices = [row for each in lists for row in each]
        if not all(0 <= row < count for row in indices) or len(indices) > LINES or not 0 < len(lists) <= BAGS:
            bound = f"rows 0 to {count - 1}, at most {LINES} of them in {BAGS} bags"
            raise ValueError(f"swapped and examples are {bound}: got {str(lists)[:80]}")
        return {"indices": indices, "offsets": starts}

    def _shown_with(self, decimals: int) -> bool:
        return all(abs(round(value, decimals) - value) < LEAST for row in self._rows for value in row)

    @t.validate("indices", "offsets", "padding_idx", "per_sample_weights", "expected")
    def _agree(self, proposal: t.Bunch) -> object:
        """Refuse a value that does not fit the others; those that change together are checked together."""
        name, value = proposal["trait"].name, proposal["value"]
        rows, count = len(self._rows), len(self.indices)
        if name in ("indices", "expected") and not all(row < rows for row in value):
            raise t.TraitError(f"{name} must be below {rows}: got {str(value)[:80]}")
        if name == "indices" and len(value) > LINES:
            raise t.TraitError(f"indices are at most {LINES} here: got {len(value)}")
        if name == "padding_idx" and value is not None and not 0 <= value < rows:
            raise t.TraitError(f"padding_idx must be None or from 0 to {rows - 1}: got {value}")
        if name == "offsets" and (len(value) > BAGS or value != sorted(value) or value[:1] not in ([], [0])):
            raise t.TraitError(f"offsets are at most {BAGS}, begin with 0 and never fall: got {str(value)[:80]}")
        if name == "per_sample_weights" and value is not None:
            if not all(isfinite(factor) and abs(factor) <= HEAVIEST for factor in value):
                raise t.TraitError(f"per_sample_weights are from -{HEAVIEST} to {HEAVIEST}: got {str(value)[:80]}")
            value = [round(factor, 1) for factor in value]
        if name == "indices":
            count = len(value)
        offsets, factors = (
            value if name == each else getattr(self, each) for each in ("offsets", "per_sample_weights")
        )
        if name in ("indices", "offsets") and offsets and offsets[-1] > count:
            raise t.TraitError(f"offsets end at {count}, the number of indices, at most: got {offsets}")
        if name in ("indices", "offsets") and count and not offsets:
            raise t.TraitError(f"offsets must name a bag for {count} indices: got none")
        if name in ("indices", "per_sample_weights") and factors is not None and len(factors) != count:
            raise t.TraitError(f"per_sample_weights are {count}, one for each index: got {len(factors)}")
        return value

    # what a reader's next cell uses

    @property
    def output(self) -> Tensor:
        """The vectors of the bags, ``(B, 2)``, float64.

        Raises:
            NotImplementedError: PyTorch refuses these arguments; the message is its own.
        """
        if self.refusal():
            raise NotImplementedError(self.refusal().split(": ", 1)[1])
        return torch.tensor([bag["output"] for bag in self.reductions()], dtype=torch.float64).reshape(-1, COLUMNS)

    @property
    def gradient(self) -> Tensor:
        """The gradient of the table, ``(V, 2)``, float64, when that of every output number is 1."""
        found = [line["values"] for line in self._sums()]
        return torch.tensor(found, dtype=torch.float64)

    def refusal(self) -> str:
        """Return what PyTorch says instead of an output; nothing if it does not refuse."""
        return self._refusals.get(self.mode, "") if self.per_sample_weights is not None else ""

    def reductions(self) -> list[Reduction]:
        """Return how every bag is reduced; without weights where PyTorch refuses them."""
        factors = None if self.refusal() else self.per_sample_weights
        return reductions(self._rows, self.indices, self.offsets, self.mode, self.padding_idx, factors)

    def pieces(self) -> list[list[float] | None]:
        """Return what every position sends to its row; nothing where PyTorch refuses."""
        if self.refusal():
            return [None] * len(self.indices)
        found, grads = self.reductions(), [[ARRIVES] * COLUMNS for _ in self.offsets]
        return line_gradients(found, grads, self.mode, len(self.indices), self.per_sample_weights)

    def _sums(self) -> list[Line]:
        pieces = self.pieces()
        return [row_gradients(self.indices, pieces, row)[-1] for row in range(len(self._rows))]

    def learns(self) -> list[int]:
        """Return the rows that get a gradient which is not zero."""
        found = [line["values"] for line in self._sums()]
        return changed([[0] * COLUMNS for _ in found], found, LEAST)

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        first = {
            **self._first, "mode": "mean", "padding_idx": None, "per_sample_weights": None,
            "include_last_offset": False, "view": "forward", "expected": [],
        }  # fmt: skip
        found = {
            "four-bags": first,
            "max": {**first, "mode": "max"},
            "pads": {**first, "padding_idx": self._pad_row},
            "gradient": {**first, "view": "gradient"},
            "max-gradient": {**first, "mode": "max", "view": "gradient"},
            "weights": {**first, "mode": "sum", "per_sample_weights": _factors(len(self._first["indices"]))},
            "refused": {**first, "per_sample_weights": _factors(len(self._first["indices"]))},
            "last-offset": {**first, "include_last_offset": True},
        }
        return {**found, **({"swapped": {**first, **self._swapped}} if self._swapped else {})}

    # words

    def name(self, row: int) -> str:
        """Return how the figure calls a row."""
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def status(self) -> str:
        """Return the sentence over the strip; the twin of ``sentence`` in ``bag.js``."""
        if self.refusal():
            return WORDS["refusal.told"]
        return " ".join(self._told_back() if self.view == "gradient" else self._told())

    def _told(self) -> list[str]:
        found, bags = self.reductions(), range(len(self.offsets))
        lengths = [bag_numbers(self.offsets, len(self.indices)).count(bag) for bag in bags]
        parts = {"indices": len(self.indices), "bags": len(self.offsets)}
        told = [fill(WORDS["cut"], **{key: say(WORDS, key, n) for key, n in parts.items()})]
        weighted, padded = self.per_sample_weights is not None, self._padded()
        if self.mode == "max":
            mixed = [bag for bag in bags if len(set(found[bag]["winners"] or [])) > 1]
            told.append(say(WORDS, "max.told", len(mixed), names=_list(mixed)))
        elif self.mode == "mean":
            told.append(fill(WORDS["mean.pads" if padded else "mean.told"], pad=self._pad()))
        else:
            told.append(WORDS["weights.told" if weighted else "sum.told"])
        for key, those in (
            ("empty", [bag for bag in bags if not lengths[bag]]),
            ("only", [bag for bag in bags if lengths[bag] and not found[bag]["lines"]]),
        ):
            if those:
                told.append(say(WORDS, key, len(those), names=_list(those)))
        same = self._same()
        return [*told, fill(WORDS["same"], a=same[0], b=same[1])] if same else told

    def _told_back(self) -> list[str]:
        learns = self.learns()
        marks = {kind: len(rows) for kind, rows in verdict(self.expected, learns).items()}
        told = [fill(WORDS["guess"], **marks)] if self.expected else []
        weighted = self.per_sample_weights is not None
        told.append(WORDS["weights.back" if weighted else f"{self.mode}.back"])
        if self._padded():
            told.append(fill(WORDS["nothing.back"], pad=self._pad()))
        return [*told, say(WORDS, "rows", len(learns), rows=len(self._rows))]

    def ask(self) -> str:
        """Return what stands over the two views."""
        return WORDS["ask" if self.view == "forward" else "again"]

    def _padded(self) -> bool:
        return self.padding_idx in self.indices

    def _pad(self) -> str:
        return self._labels[self.padding_idx] if self.padding_idx is not None else ""

    def _same(self) -> tuple[int, int] | None:
        """Return the first two bags that hold the same words in another order and have one vector."""
        found, bags = self.reductions(), bag_numbers(self.offsets, len(self.indices))
        held = [[row for k, row in enumerate(self.indices) if bags[k] == bag] for bag in range(len(self.offsets))]
        for b, second in enumerate(held):
            for a, first in enumerate(held[:b]):
                near = not changed([found[a]["output"]], [found[b]["output"]], LEAST)
                if near and first != second and sorted(first) == sorted(second):
                    return a, b
        return None

    # markup

    def body(self) -> Html:
        parts = (
            tag("output", self.status(), class_="status"),
            self._strip(),
            self._controls(),
            self._table_lane(),
            self._notes(),
        )
        data = {
            "decimals": self._decimals, "examples": self._examples, "factors": FACTORS, "refusals": self._refusals,
            "rows": self._rows,
        }  # fmt: skip
        return framed(WORDS, stage("stage bagged", *parts, data_view=self.view, data_run=compact(data)))

    def _largest(self) -> float:
        return max(abs(value) for row in self._rows for value in row)

    def _pair(
        self, place: str, values: Sequence[float] | None, decimals: int, kind: str, won: Sequence[bool] = ()
    ) -> Html:
        """Return the cell `place` with two numbers side by side, or none; `won` frames those that win their column."""
        made = cells(values or [], decimals, self._largest(), "span")
        for column, own in enumerate(won):
            if own:
                made[column] = Html(made[column].replace("<span ", '<span data-won="" ', 1))
        return tag("td", tag("span", *made, class_=f"pair {kind}"), class_=place)

    def _back_decimals(self) -> int:
        if self.mode == "mean":
            return DECIMALS
        return 0 if self.per_sample_weights is None else 1

    def _strip(self) -> Html:
        found, bags = self.reductions(), bag_numbers(self.offsets, len(self.indices))
        pieces = self.pieces()
        bodies = []
        for bag, offset in enumerate(self.offsets):
            those = [self._line(k, found[bag], pieces[k]) for k, own in enumerate(bags) if own == bag]
            rows = (self._seam(bag, offset), *those, self._result(bag, found[bag], len(those)))
            bodies.append(tag("tbody", *rows, data_bag=bag))
        heads = [
            tag("td", class_="bracket"),
            tag("th", WORDS["index"], scope="col", class_="place-head"),
            tag("th", WORDS["raw"], scope="col", class_="raws"),
            tag("th", WORDS["weight"], scope="col", class_="factors"),
            tag("th", WORDS[self._addend()], scope="col", class_="shares"),
            tag("td", class_="divides"),
            tag("th", WORDS["output.gradient" if self.view == "gradient" else "output"], scope="col", class_="results"),
        ]
        inner = [
            tag("caption", WORDS["strip"]),
            tag("thead", tag("tr", *heads)),
            *(Html(f"\n{each}") for each in bodies),
        ]
        more = tag(
            "div",
            tag("button", "+", type="button", class_="add", disabled=True, aria_label=WORDS["more.bag"],
                title=WORDS["more.bag"]),
            tag("button", "−", type="button", class_="remove", disabled=True, aria_label=WORDS["fewer.bag"],
                title=WORDS["fewer.bag"]),
            tag("p", WORDS["hint"], class_="hint"),
            class_="controls ends",
        )  # fmt: skip
        refused = tag(
            "p", tag("strong", WORDS["refused"]), tag("code", self.refusal()), class_="error", hidden=not self.refusal()
        )
        shapes = [shape_text([len(self.indices)]), shape_text([len(self.offsets), COLUMNS])]
        shapes = shapes[:1] if self.refusal() else shapes
        weighted = self.per_sample_weights is not None
        content = tag("table", *inner, class_="strip", data_weighted="" if weighted else None)
        return lane("bags", WORDS["strip"], content, "(N) → (B, D)", " → ".join(shapes), refused, more, self._call())

    def _addend(self) -> str:
        if self.view == "gradient":
            return "addend.gradient"
        return "addend" if self.per_sample_weights is None else "addend.weighted"

    def _seam(self, bag: int, offset: int) -> Html:
        """Return the line above a bag: its number, and its boundary, which moves unless it is the first."""
        low = self.offsets[bag - 1] if bag else 0
        high = self.offsets[bag + 1] if bag + 1 < len(self.offsets) else len(self.indices)
        text = fill(WORDS["starts"], offset=offset)
        handle = tag(
            "button", text, type="button", role="slider", class_="handle", disabled=True,
            aria_label=fill(WORDS["move"], bag=bag), aria_orientation="vertical",
            aria_valuemin=low, aria_valuemax=high, aria_valuenow=offset, aria_valuetext=text,
        )  # fmt: skip
        name = tag("span", fill(WORDS["bag"], bag=bag), class_="name")
        held = handle if bag else tag("span", text, class_="fixed")
        both = tag("th", name, held, scope="rowgroup", colspan=6)
        return tag("tr", tag("td", class_="bracket"), both, class_="seam")

    def _line(self, place: int, bag: Reduction, piece_: list[float] | None) -> Html:
        row, word = self.indices[place], self._labels[self.indices[place]]
        back, pad = self.view == "gradient", row == self.padding_idx
        chip = tag(
            "button", tag("span", word, class_="word"), tag("span", str(row), class_="number"), type="button",
            class_="chip", data_place=place, aria_pressed="false", disabled=True,
            title=fill(WORDS["swap"], word=word, place=place),
        )  # fmt: skip
        factors = self.per_sample_weights
        factor = None if factors is None else factors[place]
        box = tag(
            "input", type="number", class_="factor", step="0.1", min=f"{-HEAVIEST}", max=f"{HEAVIEST}",
            value="" if factor is None else f"{factor:.1f}", disabled=True,
            aria_label=fill(WORDS["factor"], word=word, place=place),
        )  # fmt: skip
        won = [] if back or self.refusal() or not bag["winners"] else [winner == place for winner in bag["winners"]]
        note = WORDS["skipped"] if pad else ""
        values, decimals = self._addends(row, factor), self._addend_decimals()
        if back:
            values, decimals = piece_, self._back_decimals()
            note = note or (WORDS["wins.no"] if self.mode == "max" and not piece_ and not self.refusal() else "")
        return tag(
            "tr",
            tag("td", class_="bracket"),
            tag("th", chip, scope="row"),
            self._pair("raws", self._rows[row], self._decimals, "raw"),
            tag("td", box, tag("span", "×" if factor is not None else "", class_="times"), class_="factors"),
            self._pair(
                "shares", None if pad or self.refusal() else values, decimals, "piece" if back else "addend", won
            ),
            tag("td", note, class_="divides note"),
            tag("td", class_="results"),
            class_="position",
            data_place=place,
            data_pad="" if pad else None,
        )

    def _addends(self, row: int, factor: float | None) -> list[float]:
        """Return the numbers that are added up: the row, or the weight times it."""
        one = 1 if factor is None or self.refusal() else factor
        return [one * value for value in self._rows[row]]

    def _addend_decimals(self) -> int:
        return self._decimals + (self.per_sample_weights is not None and not self.refusal())

    def _result(self, bag: int, found: Reduction, length: int) -> Html:
        """Return the line below a bag: its total, what divides it, and its vector; or what comes back."""
        back, refused = self.view == "gradient", bool(self.refusal())
        label = WORDS["none" if not length else "pads" if not found["lines"] else self.mode]
        divisor, counted, divide = found["divisor"], bool(found["lines"]), ""
        if back and not refused:
            divide = fill(WORDS["back"], n=divisor) if divisor else "" if counted else WORDS["nowhere"]
        elif counted and not refused:
            divide = fill(WORDS["divided"], n=divisor) if divisor else WORDS["is"]
        output, decimals = ([ARRIVES] * COLUMNS, 0) if back else (found["output"], DECIMALS)
        total = found["total"] if counted and not back and not refused else None
        return tag(
            "tr",
            tag("td", class_="bracket"),
            tag("td", "" if counted and (back or refused) else label, class_="label"),
            tag("td", class_="raws"),
            tag("td", class_="factors"),
            self._pair("totals", total, self._addend_decimals(), "total"),
            tag("td", divide, class_="divides"),
            self._pair("results", None if refused else output, decimals, "piece" if back else "output"),
            class_="result",
        )

    def _call(self) -> Html:
        """Return the tensors as they are handed over."""
        given = {"input": self.indices, "offsets": written(self.offsets, len(self.indices), self.include_last_offset)}
        lines_ = {name: str(values) for name, values in given.items()}
        factors = self.per_sample_weights
        lines_["weights"] = "" if factors is None else f"[{', '.join(number(f, 1) for f in factors)}]"
        rows = [
            tag("div", tag("dt", WORDS[f"call.{name}"]), tag("dd", tag("code", text)), data_call=name, hidden=not text)
            for name, text in lines_.items()
        ]
        return tag("dl", *rows, class_="call")

    def _table_lane(self) -> Html:
        pieces, back = self.pieces(), self.view == "gradient"
        told = back and not self.refusal()
        learns = self.learns() if back and self.expected else []
        outcome = verdict(self.expected, learns) if back and self.expected else {}
        rows = []
        for row, values in enumerate(self._rows):
            found = row_gradients(self.indices, pieces, row) if told and row in self.indices else []
            sign = next((WORDS[f"expected.{kind}"] for kind, those in outcome.items() if row in those), "")
            title = fill(WORDS["expect"], name=self.name(row))
            rows.append(
                tag(
                    "tr",
                    head(row, self._labels[row], title, pressed=row in self.expected, outcome=sign),
                    *cells(values, self._decimals, self._largest()),
                    stack(found, self._back_decimals(), self._largest()),
                    data_row=row,
                    data_read="" if row in self.indices else None,
                    data_pad="" if row == self.padding_idx else None,
                    data_changed="" if row in learns else None,
                )
            )
        heads = (
            tag("th", WORDS["row"], scope="col"),
            tag("th", WORDS["numbers"], scope="colgroup", colspan=COLUMNS),
            tag("th", WORDS["gradient"], scope="col", class_="gradient"),
        )
        inner = tag("tbody", "\n", *(Html(f"{each}\n") for each in rows))
        content = tag(
            "div",
            tag("table", tag("caption", WORDS["table"]), tag("thead", tag("tr", *heads)), "\n", inner),
            class_="rows",
            tabindex="0",
            role="region",
            aria_label=WORDS["table"],
        )
        hint = tag("p", WORDS["table.hint"], class_="hint")
        shape = shape_text([len(self._rows), COLUMNS])
        return lane("table", WORDS["table"], content, "(V, D)", shape, hint, columns=COLUMNS)

    def _controls(self) -> Html:
        modes = [self._choice("mode", mode, mode, mode == self.mode) for mode in MODES]
        views = [
            self._choice("view", view, WORDS["gradient.view" if view == "gradient" else view], view == self.view)
            for view in VIEWS
        ]
        pads = [tag("option", WORDS["padding.none"], value="", selected=self.padding_idx is None)]
        pads += [
            tag("option", self.name(row), value=row, selected=row == self.padding_idx) for row in range(len(self._rows))
        ]
        padding = tag("select", *pads, class_="padding", disabled=True)
        switches = [
            self._switch("weights", self.per_sample_weights is not None),
            self._switch("last", self.include_last_offset),
        ]
        reset = tag("button", WORDS["reset"], type="button", class_="reset", disabled=True)
        parts = (
            tag("label", tag("span", WORDS["choose"]), self._choose()),
            tag("div", tag("span", WORDS["mode"]), *modes, class_="shapes", role="group", aria_label=WORDS["mode"]),
            tag("label", tag("span", WORDS["padding"]), padding),
            tag("details", tag("summary", WORDS["more"]), *switches, class_="more", open=any(
                (self.per_sample_weights is not None, self.include_last_offset))),
            tag("p", self.ask(), class_="ask"),
            tag("div", *views, reset, class_="shapes views", role="group", aria_label=WORDS["views"]),
        )  # fmt: skip
        return tag("div", *parts, class_="controls")

    def _choice(self, kind: str, value: str, text: str, pressed: bool) -> Html:
        return tag(
            "button", text, type="button", class_=kind, value=value, disabled=True,
            aria_pressed="true" if pressed else "false",
        )  # fmt: skip

    def _switch(self, name: str, on: bool) -> Html:
        box = tag("input", type="checkbox", class_=name, checked=on, disabled=True)
        return tag("label", box, tag("span", WORDS[name]), class_="switch")

    def _choose(self) -> Html:
        now = {"indices": self.indices, "offsets": self.offsets}
        options = [
            tag("option", self._label(bags), value=k, selected=self._same_cut(bags, now))
            for k, bags in enumerate(self._examples)
        ]
        own = not any(self._same_cut(bags, now) for bags in self._examples)
        return tag("select", *options, tag("option", WORDS["own"], value="", selected=own), class_="choose",
                   disabled=True)  # fmt: skip

    def _label(self, bags: dict[str, list[int]]) -> str:
        """Return a list of bags in words, bar between bag and bag."""
        numbers = bag_numbers(bags["offsets"], len(bags["indices"]))
        held = [
            " ".join(self._labels[row] for row, own in zip(bags["indices"], numbers, strict=True) if own == bag)
            for bag in range(len(bags["offsets"]))
        ]
        return " | ".join(text or WORDS["none"] for text in held)

    def _same_cut(self, a: dict, b: dict) -> bool:
        return a["indices"] == b["indices"] and a["offsets"] == b["offsets"]

    def _notes(self) -> Html:
        """Return what stands beside the stage: the colours, three tasks with folded answers."""
        five = [self._label(bags) for bags in self._examples if bags["offsets"] == [0] and len(bags["indices"]) == 5]
        choose = fill(WORDS["task.choose"], words=five[0]) if five else ""
        tasks = tag("ol", *(tag("li", fill(text, choose=choose)) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        return tag("div", tag("p", WORDS["legend"], class_="legend"), tasks, answers, class_="notes")


def _flat(values: Sequence[int] | Tensor) -> list[int]:
    """Return a list of integers, whatever they came in."""
    found = torch.as_tensor(values)
    if found.numel() and (found.is_floating_point() or found.is_complex() or found.dtype == torch.bool):
        raise ValueError(f"indices and offsets are integers: got {found.dtype}")
    return found.reshape(-1).tolist()


def _factors(count: int) -> list[float]:
    """Return the weights that `count` positions begin with."""
    return [FACTORS[k % len(FACTORS)] for k in range(count)]


def _list(bags: Sequence[int]) -> str:
    """Return numbers as a list in words."""
    texts = [str(bag) for bag in bags]
    return WORDS["and"].join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
