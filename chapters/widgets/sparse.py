"""The figure of chapter 6: the gradient as a list, beside the dense one, and what each costs an optimizer."""

import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import isclass

import torch
import traitlets as t
from torch import Tensor, nn

from widgets._base import Widget, fill, front_end, say, styles
from widgets._gradient import Line, head, lines, stack, total
from widgets._markup import Html, compact, tag
from widgets._predict import verdict
from widgets._stage import DRAWN, framed, lane, nested, shape_text, stage
from widgets.cost import BYTES, short, times

__all__ = [
    "Sparse",
    "answers",
    "bytes_of",
    "coalesced",
    "dense",
    "entries",
    "optimizers",
    "share",
    "size_at",
    "step_of",
]

FORMS = ("list", "coalesced", "dense")
MANTISSAS = (10, 13, 16, 20, 25, 32, 40, 50, 63, 79)
LIMIT = 10**7
ROWS, COLUMNS, PLACES = 64, 2, 1000
DECIMALS = 0
LR = 0.1

Rows = list[list[float]]

WORDS = {
    "title": "One gradient, as a list and as a table",
    "indices": "Indices",
    "dense": "dense: a row for every word",
    "sparse": "sparse: an entry for every place",
    "summed": "sparse: an entry for every row",
    "now": "weight.grad",
    "row": "row",
    "gradient": "gradient",
    "form": "weight.grad",
    "form.list": "as it comes",
    "form.coalesced": "coalesce()",
    "form.dense": "to_dense()",
    "count.dense": "{V} rows of {D} numbers: {bytes}",
    "count.sparse.one": "{n} entry of a row number and {D} numbers: {bytes}",
    "count.sparse.other": "{n} entries of a row number and {D} numbers: {bytes}",
    "more": "… and {n} more",
    "list.zero": "No place sends anything: the list is empty. The dense gradient has all its {V} rows.",
    "list.one": "{n} of {places} places sends a gradient, and the list holds it. Nothing was added.",
    "list.other": "{n} of {places} places send a gradient, and the list holds each, in the order of the batch: {rows} "
    "different rows, {pads} pads left out. Nothing was added.",
    "coalesced.zero": "Nothing to add: the list is empty.",
    "coalesced.one": "{before} of {before} entries became {n}: what goes to one row is added.",
    "coalesced.other": "{before} entries became {n}: what goes to one row is added, and the rows are sorted.",
    "dense.zero": "All {V} rows are zeros.",
    "dense.one": "{n} of {V} rows has a gradient. The others hold zeros, and each takes its room.",
    "dense.other": "{n} of {V} rows have a gradient. The others hold zeros, and each takes its room.",
    "bars": "Memory",
    "sizes": "V = {V}, D = {D}, N = {N}",
    "bar.dense": "dense gradient",
    "bar.list": "list",
    "bar.coalesced": "coalesced, at most",
    "bar.state": "memory of {name}",
    "bar.refused": "{name} refuses",
    "told.less": "The dense gradient is {n} times the list.",
    "told.more": "The list is {n} times the dense gradient.",
    "told.same": "Both are equally large.",
    "optimizer": "Optimizer",
    "V": "V, rows",
    "N": "N, entries",
    "further": "Other sizes: V and N",
    "takes.list": "{name} takes the list. {moved} of {rows} rows move, and weight.grad stays a list.",
    "takes.dense": "{name} takes the dense gradient. {moved} of {rows} rows move.",
    "decay.one": "{n} of them has no gradient: {name} makes every row a little shorter, read or not.",
    "decay.other": "{n} of them have no gradient: {name} makes every row a little shorter, read or not.",
    "none": "No row moves.",
    "guess": "Your marks: {hit} right (●), {false} wrong (×), {missed} missed (○).",
    "waiting": "{name} has not taken its step yet.",
    "name": "{row} ({word})",
    "expect": "expect row {name} to move",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "ask": "Which rows will this step move? Click their words in the dense gradient, or none. Then:",
    "told": "Say which rows a step will move, before you see it:",
    "step": "Step",
    "again": "Guess first",
    "state.none": "It keeps no memory.",
    "state.some": "It keeps {bytes} of memory for this table of {rows} rows, and rows that nobody reads "
    "have their part of it.",
    "says": "PyTorch says",
    "reset": "Reset",
    "legend": "Dashed: a gradient. Hatched: padding. Blue: an index. Tint: green above zero, purple below. A row "
    "number takes 8 bytes (int64), a number of a gradient 4 (float32). The bars have the sizes of the sliders, "
    "the pictures those of the batch.",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part and on the sliders. Enter or Space chooses.",
}

TASKS = {
    "V = 31. Find the N at which the list becomes longer than the dense gradient.": "{N}: an entry takes 16 bytes, a "
    "row of the dense gradient 8, so {N} entries are the first to take more than 31 rows.",
    "Which optimizers move the rows and keep the list?": "{takers}. The last of them writes the list out into a dense "
    "vector of its own; weight.grad stays a list.",
    "Make the memory of an optimizer a thousand times as large as the list.": "SparseAdam, V = 10 000 000, and N at "
    "most 10 000. This memory has V rows, whatever N is.",
}


def entries(indices: Sequence[int], grads: Rows, padding_idx: int | None) -> list[Line]:
    """Return what the sparse gradient holds: a line for every place, in order, without the padding's.

    >>> [(line["place"], line["values"]) for line in entries([3, 0, 3], [[1], [9], [2]], padding_idx=0)]
    [(0, [1]), (2, [2])]
    """
    every = enumerate(zip(indices, grads, strict=True))
    return [Line(kind="piece", values=list(grad), place=k) for k, (row, grad) in every if row != padding_idx]


def coalesced(rows: Sequence[int], grads: Rows) -> list[tuple[int, list[float]]]:
    """Return each row once, in order, with the sum of what was sent to it.

    >>> coalesced([3, 1, 3], [[1], [5], [2]])
    [(1, [5]), (3, [3])]
    """
    pairs = list(zip(rows, grads, strict=True))
    return [(row, total([grad for other, grad in pairs if other == row])) for row in sorted(set(rows))]


def dense(rows: Sequence[int], grads: Rows, num_embeddings: int, columns: int) -> Rows:
    """Return the table of sums: a row of zeros where nothing was sent.

    >>> dense([3, 1, 3], [[1], [5], [2]], num_embeddings=4, columns=1)
    [[0], [5], [0], [3]]
    """
    found = dict(coalesced(rows, grads))
    return [found.get(row, [0] * columns) for row in range(num_embeddings)]


def bytes_of(V: int, D: int, N: int) -> dict[str, int]:
    """Return the bytes of a float32 gradient with `N` entries in each form; coalesced, it has at most this many.

    >>> bytes_of(V=31, D=2, N=8)
    {'dense': 248, 'list': 128, 'coalesced': 128}
    """
    entry = 8 + 4 * D
    return {"dense": 4 * V * D, "list": N * entry, "coalesced": min(V, N) * entry}


def size_at(step: int) -> int:
    """Return the size at a step of a slider; ten steps make it ten times as large.

    >>> size_at(0), size_at(5), size_at(60)
    (10, 32, 10000000)
    """
    return MANTISSAS[step % 10] * 10 ** (step // 10)


def step_of(size: int) -> int:
    """Return the step that is nearest to a size, in ratio.

    >>> step_of(0), step_of(31), step_of(10**7)
    (0, 5, 60)
    """
    step = 0
    while size * size > size_at(step) * size_at(step + 1):
        step += 1
    return step


def share(amount: int, largest: int) -> str:
    """Return the length of a bar, from 0 to 1.

    >>> share(1, 4), share(0, 0)
    ('0.2500', '0')
    """
    return f"{amount / largest:.4f}" if largest else "0"


def spaced(n: int) -> str:
    """Return a number with a narrow space before each group of three digits.

    >>> spaced(1000).split("\u202f"), spaced(31)
    (['1', '000'], '31')
    """
    return f"{n:,}".replace(",", "\u202f")


def optimizers() -> dict[str, type]:
    """Return every optimizer of ``torch.optim`` by its name; none is left out, and none written here."""
    found = {name: getattr(torch.optim, name) for name in sorted(dir(torch.optim))}
    base = torch.optim.Optimizer
    return {name: kind for name, kind in found.items() if isclass(kind) and issubclass(kind, base) and kind is not base}


def answers(weight: Tensor, indices: Tensor, grads: Tensor, padding_idx: int | None) -> dict[str, dict[str, dict]]:
    """Return what PyTorch answers to one step of each optimizer: name → ``list`` or ``dense`` → the answer.

    An answer is ``{"error": text}``, or which rows ``moved``, whether ``weight.grad`` is a ``list`` afterwards, and
    how many numbers the optimizer then keeps for a table of `V` rows: ``slope`` times `V` plus ``offset``.
    """
    batch = tuple(indices.flatten().tolist()), tuple(map(tuple, grads.reshape(-1, COLUMNS).tolist()))
    return _answers(tuple(map(tuple, weight.tolist())), *batch, padding_idx)


@cache  # a figure that is made again, with the same batch, need not ask again
def _answers(weight: tuple, indices: tuple, grads: tuple, padding_idx: int | None) -> dict[str, dict[str, dict]]:
    given = torch.tensor(weight), torch.tensor(indices, dtype=torch.long), torch.tensor(grads).reshape(-1, COLUMNS)
    return {
        name: {side: _answer(kind, *given, padding_idx, side == "list") for side in ("list", "dense")}
        for name, kind in optimizers().items()
    }


def _answer(kind: type, weight: Tensor, indices: Tensor, grads: Tensor, padding_idx: int | None, sparse: bool) -> dict:
    taller = torch.cat([weight, weight[:1]])  # one row more, to see how the state grows
    try:
        (moved, kept, few), (_, _, many) = (
            _step(kind, rows, indices, grads, padding_idx, sparse) for rows in (weight, taller)
        )
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        return {"error": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
    return {"moved": moved, "list": kept, "slope": many - few, "offset": few - (many - few) * len(weight)}


def _step(
    kind: type, weight: Tensor, indices: Tensor, grads: Tensor, padding_idx: int | None, sparse: bool
) -> tuple[list[int], bool, int]:
    """Take one step; return which rows moved, whether the gradient is sparse, and how many numbers are kept."""
    emb = nn.Embedding(*weight.shape, padding_idx=padding_idx, sparse=sparse, _weight=weight.clone())
    optimizer = kind(emb.parameters(), lr=LR)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (emb(indices) * grads).sum()
        loss.backward()
        return loss

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SparseAdam: sparse invariant checks are implicitly disabled
        optimizer.step(closure)
    moved = (emb.weight != weight).any(dim=1).nonzero().flatten().tolist()
    return moved, emb.weight.grad.is_sparse, sum(tensor.numel() for tensor in _kept(optimizer.state[emb.weight]))


def _kept(state: object) -> Iterator[Tensor]:
    """Yield the tensors of an optimizer's state, its counters (tensors without a dimension) left out."""
    if isinstance(state, Tensor):
        if state.dim():
            yield state
    elif isinstance(state, dict | list):
        for part in state.values() if isinstance(state, dict) else state:
            yield from _kept(part)


class Sparse(Widget):
    """A batch, its gradient as a list or coalesced, and the dense gradient of the same batch; bars at any size.

    Args:
        weight: the table, ``(V, 2)``; read once.
        words: the word of each row.
        indices: the batch, ``(B, L)`` or ``(L,)``.
        gradients: what each place sends back, the shape of `indices` and a 2.
        padding_idx: the row whose gradient is dropped.

    Traits: `form` (list, coalesced, dense), `sizes` (V and N of the bars), `optimizer` (a name in ``torch.optim``),
    `taken` (whether its step is shown, or the reader is still guessing), `expected` (rows that the reader expects to
    move).
    """

    _esm = front_end("sparse")
    _css = styles("sparse")
    kind = "sparse"
    state = ("form", "sizes", "optimizer", "taken", "expected")
    words = WORDS

    form = t.Enum(FORMS, "list").tag(sync=True)
    sizes = t.List(t.Int(min=0, max=LIMIT), minlen=2, maxlen=2).tag(sync=True)
    optimizer = t.Unicode("SparseAdam").tag(sync=True)
    taken = t.Bool(True).tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self,
        weight: Tensor,
        words: Sequence[str],
        indices: Tensor,
        gradients: Tensor,
        padding_idx: int | None = None,
        **traits: object,
    ) -> None:
        weight = weight.detach()
        if weight.shape != (len(words), COLUMNS) or not 1 <= len(words) <= ROWS:
            got = tuple(weight.shape)
            raise ValueError(f"weight must be (V, {COLUMNS}) with a word for each row, V at most {ROWS}: got {got}")
        if gradients.shape != (*indices.shape, COLUMNS) or indices.dim() not in (1, 2) or indices.numel() > PLACES:
            raise ValueError(f"gradients must be {(*indices.shape, COLUMNS)}: got {tuple(gradients.shape)}")
        self._labels, self._pad, self._shape = list(words), padding_idx, list(indices.shape)
        self._places, self._grads = indices.flatten().tolist(), gradients.reshape(-1, COLUMNS).tolist()
        self._entries = entries(self._places, self._grads, padding_idx)
        self._answers = answers(weight, indices, gradients, padding_idx)
        self._first = [len(words), len(self._entries)]
        super().__init__(**{"sizes": self._first, **traits})

    @t.validate("sizes")
    def _table_has_rows(self, proposal: t.Bunch) -> list[int]:
        if proposal["value"][0] < 1:
            raise t.TraitError(f"sizes are V and N, and V is at least 1: got {proposal['value']}")
        return proposal["value"]

    @t.validate("optimizer")
    def _known(self, proposal: t.Bunch) -> str:
        if proposal["value"] not in self._answers:
            raise t.TraitError(f"optimizer is one of {', '.join(self._answers)}: got {proposal['value']!r}")
        return proposal["value"]

    @t.validate("expected")
    def _exist(self, proposal: t.Bunch) -> list[int]:
        rows = len(self._labels)
        if not all(row < rows for row in proposal["value"]):
            raise t.TraitError(f"expected are rows below {rows}: got {str(proposal['value'])[:80]}")
        return proposal["value"]

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        first = {"form": "list", "sizes": self._first, "optimizer": "SparseAdam", "taken": True, "expected": []}
        return {
            **{form: {**first, "form": form} for form in FORMS},
            "small-table": {**first, "sizes": [31, 1000]},
            "huge": {**first, "sizes": [LIMIT, 1000]},
            "refused": {**first, "optimizer": "Adam"},
            "predict": {**first, "form": "dense", "optimizer": "AdamW", "taken": False},
        }

    # what it shows

    @property
    def rows(self) -> list[int]:
        """The row of each entry of the list."""
        return [self._places[line["place"]] for line in self._entries]

    @property
    def gradient(self) -> Tensor:
        """The gradient as the figure shows it: sparse, coalesced or dense, float32."""
        grads = [line["values"] for line in self._entries]
        if self.form == "dense":
            return torch.tensor(self.sums(), dtype=torch.float32)
        found = list(zip(self.rows, grads, strict=True)) if self.form == "list" else coalesced(self.rows, grads)
        at = torch.tensor([row for row, _ in found], dtype=torch.long)[None]
        values = torch.tensor([grad for _, grad in found], dtype=torch.float32).reshape(-1, COLUMNS)
        size = len(self._labels), COLUMNS
        return torch.sparse_coo_tensor(
            at, values, size, is_coalesced=self.form == "coalesced" or None, check_invariants=False
        )

    def sums(self) -> Rows:
        """Return the dense gradient."""
        return dense(self.rows, [line["values"] for line in self._entries], len(self._labels), COLUMNS)

    def shown(self) -> list[tuple[int, list[Line]]]:
        """Return the entries that the list draws, each with its lines; coalesced, one for each row."""
        if self.form == "coalesced":
            grads = [line["values"] for line in self._entries]
            return [(row, lines(self.rows, grads, row)) for row in sorted(set(self.rows))]
        return [(row, [Line(kind="piece", values=line["values"], place=k)])
                for k, (row, line) in enumerate(zip(self.rows, self._entries, strict=True))]  # fmt: skip

    def status(self) -> str:
        """Return the sentence about the form; the twin of ``status`` in ``sparse.js``."""
        n, rows, V = len(self._entries), len(set(self.rows)), len(self._labels)
        pads = len(self._places) - n
        count = n if self.form == "list" else rows
        return say(WORDS, self.form, count, places=len(self._places), pads=pads, rows=rows, before=n, V=V)

    def answer(self) -> tuple[str, str]:
        """Return PyTorch's error for this gradient and optimizer, and what became of the marks and of the rows."""
        if not self.taken:
            return "", fill(WORDS["waiting"], name=self.optimizer)
        found, V, name = self._answered(), len(self._labels), self.optimizer
        marks = {kind: len(rows) for kind, rows in verdict(self.expected, self.moved).items()}
        said = [fill(WORDS["guess"], **marks)] if self.expected else []
        if "error" in found:
            return found["error"], " ".join([*said, WORDS["none"]])
        key = "takes.list" if found["list"] else "takes.dense"
        said.append(fill(WORDS[key], name=name, moved=len(self.moved), rows=V))
        unread = len(set(self.moved) - set(self.rows))
        if unread:
            said.append(say(WORDS, "decay", unread, name=name))
        state = self._memory(V)
        said.append(fill(WORDS["state.some" if state else "state.none"], bytes=short(state, BYTES), rows=V))
        return "", " ".join(said)

    @property
    def moved(self) -> list[int]:
        """The rows that a step with the gradient as it is now moves; none where the optimizer refuses."""
        return self._answered().get("moved", [])

    def amounts(self) -> dict[str, int | None]:
        """Return the bytes behind each bar; ``None`` where the optimizer refuses or has not been asked."""
        V, N = self.sizes
        return {**bytes_of(V, COLUMNS, N), "state": self._memory(V) if self.taken else None}

    def _answered(self) -> dict:
        return self._answers[self.optimizer]["dense" if self.form == "dense" else "list"]

    def _memory(self, V: int) -> int | None:
        found = self._answered()
        return None if "error" in found else 4 * (found["slope"] * V + found["offset"])

    def told(self) -> str:
        """Return which of the two is larger, and how much."""
        amounts = self.amounts()
        small, large = sorted([amounts["list"], amounts["dense"]])
        if small == large:
            return WORDS["told.same"]
        key = "told.less" if amounts["dense"] == large else "told.more"
        ratio = times(large, small) if small else "∞"
        return fill(WORDS[key], n=spaced(int(ratio)) if ratio.isdecimal() else ratio)

    # markup

    def body(self) -> Html:
        largest = self._largest()
        error, takes = self.answer()
        said = (
            tag("div", tag("strong", WORDS["says"]), tag("code", error), class_="error", hidden=not error),
            tag("output", takes, class_="takes"),
        )
        side = tag("div", self._index_lane(), self._controls(), *said, class_="side")
        list_side = tag("div", self._list_lane(largest), self._bars(), class_="side")
        data = {
            "answers": self._answers, "grads": self._grads, "indices": self._places, "labels": self._labels,
            "padding": self._pad,
        }  # fmt: skip
        both = stage("stage sparse", side, self._table_lane(largest), list_side, data_run=compact(data))
        return framed(WORDS, tag("output", self.status(), class_="status"), both, self._notes())

    def _largest(self) -> float:
        every = [*self.sums(), *(line["values"] for line in self._entries)]
        return max(abs(value) for row in every for value in row)

    def _index_lane(self) -> Html:
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
            for k, row in enumerate(self._places[:DRAWN])
        ]
        content = tag("div", nested(self._shape, chips), class_="tensor", role="group", aria_label=WORDS["indices"])
        more = len(self._places) - len(chips)
        rest = tag("p", fill(WORDS["more"], n=more), class_="more") if more else None
        letters = "(B, L)" if len(self._shape) == 2 else "(L,)"
        return lane("indices", WORDS["indices"], content, letters, shape_text(self._shape), *([rest] if rest else []))

    def _table_lane(self, largest: float) -> Html:
        read, guessed = set(self.rows), self.taken and self.expected
        outcome = verdict(self.expected, self.moved) if guessed else {}
        signs = {row: WORDS[f"expected.{kind}"] for kind, found in outcome.items() for row in found}
        rows = [
            tag(
                "tr",
                head(
                    row,
                    self._labels[row],
                    fill(WORDS["expect"], name=self.name(row)),
                    pressed=row in self.expected,
                    outcome=signs.get(row, ""),
                ),
                stack([Line(kind="piece" if row in read else "none", values=values)], DECIMALS, largest),
                data_row=row,
                data_read="" if row in read else None,
                data_changed="" if guessed and row in self.moved else None,
            )
            for row, values in enumerate(self.sums())
        ]
        V = len(self._labels)
        count = fill(WORDS["count.dense"], V=V, D=COLUMNS, bytes=short(bytes_of(V, COLUMNS, 0)["dense"], BYTES))
        return self._lane("table", "dense", rows, "(V, D)", [V, COLUMNS], tag("p", count, class_="count"))

    def _list_lane(self, largest: float) -> Html:
        found = self.shown()
        rows = [
            tag("tr", self._head(row), stack(each, DECIMALS, largest), data_entry=row) for row, each in found[:DRAWN]
        ]
        n, more = len(found), max(len(found) - DRAWN, 0)
        size = short(bytes_of(1, COLUMNS, n)["list"], BYTES)
        under = (
            tag("p", fill(WORDS["more"], n=more) if more else "", class_="more", hidden=not more),
            tag("p", say(WORDS, "count.sparse", n, D=COLUMNS, bytes=size), class_="count"),
        )
        title = "summed" if self.form == "coalesced" else "sparse"
        return self._lane("output", title, rows, "(nnz, D)", [n, COLUMNS], *under)

    def _lane(self, name: str, title: str, rows: list[Html], letters: str, shape: list[int], *under: Html) -> Html:
        """Return a lane with a table of gradient rows; the one that ``weight.grad`` is now says so."""
        heads = [tag("th", WORDS["row"], scope="col"), tag("th", WORDS["gradient"], scope="col", class_="gradient")]
        inner = tag("tbody", "\n", *(Html(f"{row}\n") for row in rows))
        table = tag("table", tag("caption", WORDS[title]), tag("thead", tag("tr", *heads)), "\n", inner)
        content = tag("div", table, class_="rows", tabindex="0", role="region", aria_label=WORDS[title])
        now = (self.form == "dense") == (name == "table")
        made = tag("code", WORDS["now"], class_="now", hidden=not now)
        drawn = lane(name, WORDS[title], content, letters, shape_text(shape), *under)
        return tag("div", made, drawn, class_=f"half {name}-half", data_now="" if now else None)

    def name(self, row: int) -> str:
        """Return how the figure calls a row."""
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def _head(self, row: int) -> Html:
        word = tag("span", self._labels[row], class_="word")
        return tag("th", tag("span", str(row), class_="index"), word, scope="row")

    def _bars(self) -> Html:
        found, V, N = self.amounts(), *self.sizes
        largest = max(amount or 0 for amount in found.values())
        bars = []
        for name, amount in found.items():
            label = WORDS[f"bar.{name}"] if name != "state" else self.state_label(amount)
            bars.append(
                tag(
                    "p",
                    tag("span", label, class_="label"),
                    tag("span", "" if amount is None else short(amount, BYTES), class_="amount"),
                    tag("span", class_="bar", style=f"--size:{share(amount or 0, largest)}"),
                    data_bar=name,
                    data_now="" if name == self.form else None,
                    data_none=None if amount else "",
                )
            )
        sizes = tag("p", fill(WORDS["sizes"], V=spaced(V), D=COLUMNS, N=spaced(N)), class_="sizes")
        told = tag("output", self.told(), class_="told")
        title = tag("p", WORDS["bars"], class_="title")
        return tag("div", title, sizes, tag("div", *bars, class_="bars"), told, class_="memory")

    def state_label(self, amount: int | None) -> str:
        """Return the name of the optimizer's bar."""
        return fill(WORDS["bar.refused" if amount is None and self.taken else "bar.state"], name=self.optimizer)

    def _controls(self) -> Html:
        forms = [
            tag("button", WORDS[f"form.{form}"], type="button", class_="form", data_form=form,
                aria_pressed="true" if form == self.form else "false", disabled=True)
            for form in FORMS
        ]  # fmt: skip
        group = tag("div", tag("span", WORDS["form"]), *forms, class_="shapes", role="group", aria_label=WORDS["form"])
        options = [tag("option", name, value=name, selected=name == self.optimizer) for name in self._answers]
        chosen = tag("select", *options, class_="choose", disabled=True)
        sliders = [
            tag(
                "label",
                tag("span", WORDS[name]),
                tag("input", type="range", class_="size", min="0", max=str(step_of(LIMIT)), step="1",
                    value=str(step_of(size)), data_size=k, aria_valuetext=size, disabled=True),
                tag("output", spaced(size)),
                class_="sized",
            )
            for k, (name, size) in enumerate(zip("VN", self.sizes, strict=True))
        ]  # fmt: skip
        further = tag("details", tag("summary", WORDS["further"]), *sliders, class_="further")
        buttons = [
            tag("button", WORDS[name], type="button", class_=kind, disabled=True)
            for kind, name in (("step", "again" if self.taken else "step"), ("reset", "reset"))
        ]
        ask = tag("p", WORDS["told" if self.taken else "ask"], class_="ask")
        steps = tag("div", ask, *buttons, class_="steps")
        choice = tag("label", tag("span", WORDS["optimizer"]), chosen)
        return tag("div", group, choice, further, steps, class_="controls")

    def _notes(self) -> Html:
        """Return what stands below the stage: the colours, and tasks with folded answers."""
        takers = [name for name, found in self._answers.items() if found["list"].get("list")]
        takers.sort(key=lambda name: name == "LBFGS")
        N = next(n for n in range(1, 99) if bytes_of(31, COLUMNS, n)["list"] > bytes_of(31, COLUMNS, n)["dense"])
        found = [fill(text, N=N, takers=", ".join(takers)) for text in TASKS.values()]
        folded = tag("ol", *(tag("li", text) for text in found), class_="tasks")
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        details = tag("details", tag("summary", WORDS["answers"]), folded)
        legend = tag("p", WORDS["legend"], class_="legend")
        return tag("div", legend, tasks, details, class_="notes")
