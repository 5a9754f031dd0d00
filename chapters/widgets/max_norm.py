"""The figure of chapter 8: rows as points, the ball that no row may leave when it is read, and who pulls them in."""

from collections.abc import Mapping, Sequence
from math import cos, hypot, isfinite, isinf, radians, sin

import torch
import traitlets as t
from torch import Tensor

from reference import renorm_
from widgets._base import Widget, fill, front_end, say, styles
from widgets._given import table_of_pairs
from widgets._gradient import after, changed
from widgets._markup import Html, compact, number, tag
from widgets._predict import verdict
from widgets._stage import cells, framed, lane, nested, shape_text, stage

__all__ = ["MaxNorm", "ball", "step"]

NORM_TYPES = ("1", "1.5", "2", "4", "inf")
SWITCHES = ("eval", "no_grad", "frozen")
BLOCKS = ("no_grad", "frozen")  # the switches without a gradient
FIRST = {"max_norm": 1.0, "norm_type": "2"}
STEP = "step"
RATE = 0.5
LEAST = 0.001  # a smaller change counts as none, a norm this little above the cap as within it
LONGEST = 3.0  # where the slider of max_norm ends
RUN, MANY = 40, 64  # lookups and steps in a run, indices in a lookup
DECIMALS = 2
SIDE = 300  # of the plane, in units of its drawing
EDGE = 16  # a label over a point nearer to the upper edge would be cut
POINTS = 72  # corners of the drawn ball; with 72 the corners of square and diamond are among them

SHAPES = {
    "cat": "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "dog": "m-4.5-4.5h9v9h-9z",
    "good": "m0-5.5l5.5 10h-11z",
    "axolotl": "m0-6l6 6-6 6-6-6z",
}
SIGNS = {"cat": "●", "dog": "■", "good": "▲", "axolotl": "◆"}  # the same, in words
POINT = "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"

WORDS = {
    "title": "Pulled in when read",
    "indices": "Indices",
    "table": "Table",
    "plane": "The rows as points, and max_norm",
    "output": "Output",
    "row": "row",
    "before": "before",
    "after": "after",
    "norm": "norm",
    "plane.label": "The rows as points, and the ball of max_norm around the origin. The table has the same numbers.",
    "name": "{row} ({word})",
    "pick": "look up row {name}",
    "expect": "expect row {name} to change",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "waits.one": "This lookup has not been made yet. 1 of {rows} rows is longer than {cap}.",
    "waits.other": "This lookup has not been made yet. {n} of {rows} rows are longer than {cap}.",
    "read.one": "1 row",
    "read.other": "{n} rows",
    "lookup.zero": "The lookup read {read} and shortened none.",
    "lookup.one": "The lookup read {read} and shortened 1: {names}.",
    "lookup.other": "The lookup read {read} and shortened {n}: {names}.",
    "outside.zero": "No row is longer than {cap} now.",
    "outside.one": "1 row is longer than {cap} and stays so until it is read.",
    "outside.other": "{n} rows are longer than {cap} and stay so until they are read.",
    "through": "{switches} did not stop it.",
    "step.zero": "Step: no row was read since the last step, so none moved.",
    "step.one": "Step: 1 row moved, {rate} for each time it was read.",
    "step.other": "Step: {n} rows moved, {rate} for each time they were read.",
    "again.zero": "No row has left the ball.",
    "again.one": "{names} is longer than {cap} again, until it is read.",
    "again.other": "{names} are longer than {cap} again, until they are read.",
    "blocked": "Step: nothing moved. With {switches} there is no gradient to step along.",
    "played": "Played again from the start, with {settings}.",
    "setting": "{name} {value}",
    "guess.one": "You expected 1 row.",
    "guess.other": "You expected {n} rows.",
    "quoted": "“{word}”",
    "and": " and ",
    "choose": "Indices",
    "own": "your own",
    "cap": "max_norm",
    "p": "norm_type",
    "switches": "Switches",
    "switch.eval": "eval()",
    "switch.no_grad": "no_grad",
    "switch.frozen": "frozen",
    "ask": "Which rows will change? Click their words in the table, then:",
    "look": "Look up",
    "step": "Step",
    "reset": "Reset",
    "end": "The buttons are off: this figure ends after {n} lookups and steps. Reset starts anew.",
    "hint": "Click a number or a point: that row is looked up. Click a word: you expect that row to change. "
    "A row counts as changed if a number changes by 0.001 or more. Another max_norm, norm_type or switch plays all "
    "lookups and steps again.",
    "legend": "Line: max_norm. Brown: a row that is read, and its way. Dashed way: a step. Dotted: where a point was "
    "before. Boxed: a number that changed. Tint: green above zero, purple below. A step moves both numbers of a row "
    "up by 0.5 for each time it was read since the last step.",
    "marks": "Points with a shape of their own: {marks}.",
    "mark": "{sign}\N{NO-BREAK SPACE}{word}",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part. Enter or Space chooses. The row numbers of the "
    "table look up a row, as the points do.",
}

TASKS = {
    "Keep a row outside the ball for ever.": "Do not read it. “hate”, for one, is in none of the sentences here.",
    "Press Reset, set max_norm to 2.0 and look up sit alone: 0.8 and −2.0. For which norm_type is it not touched?": ""
    "Only ∞. There the norm is the largest number without its sign, 2, and 2 is not above 2.",
    "Press Reset. For which norm_type does the lookup shorten the most rows?": "1: it shortens four. The ball of 1 "
    "lies inside all the others.",
}


def step(weight: Tensor, reads: Sequence[int]) -> Tensor:
    """Return the table after a step of SGD along a gradient of −1 for every number and every read.

    >>> step(torch.tensor([[0.25, 1.0], [3.0, 4.0]]), [2, 0]).tolist()
    [[1.25, 2.0], [3.0, 4.0]]
    """
    return weight + RATE * torch.tensor(reads, dtype=weight.dtype)[:, None]


def ball(max_norm: float, norm_type: float) -> list[tuple[float, float]]:
    """Return corners of the line on which the `norm_type`-norm of a row of two numbers is `max_norm`.

    >>> [(round(x, 3), round(y, 3)) for x, y in ball(1.0, 1.0)[:10:9]]
    [(1.0, 0.0), (0.5, 0.5)]
    """
    found = []
    for k in range(POINTS):
        x, y = cos(radians(360 * k / POINTS)), sin(radians(360 * k / POINTS))
        found.append((max_norm * x / _length(x, y, norm_type), max_norm * y / _length(x, y, norm_type)))
    return found


def _length(x: float, y: float, p: float) -> float:
    if p == 2:
        return hypot(x, y)
    return max(abs(x), abs(y)) if isinf(p) else (abs(x) ** p + abs(y) ** p) ** (1 / p)


class MaxNorm(Widget):
    """A table with a cap, the lookups and steps that it goes through, and its rows as points.

    Args:
        weight: the table, ``(V, 2)``, at most 64 rows; a copy is taken, in float32.
        words: what each row stands for, ``V`` strings.
        indices: the rows that are looked up first.
        examples: more lists of indices to choose from: label → indices.

    Traits: `run` (what was done: a list of indices is a lookup, ``"step"`` a step), `indices` (what the next lookup
    reads), `taken` (whether the last of `run` is shown, or the reader is still guessing), `expected` (rows that the
    reader expects to change), `max_norm` (0 to 3), `norm_type` (``"1"``, ``"1.5"``, ``"2"``, ``"4"``, ``"inf"``),
    `switches` (those of ``"eval"``, ``"no_grad"``, ``"frozen"`` that are on). Other arguments take the same run anew.

    >>> figure = MaxNorm(torch.tensor([[3.0, 4.0], [6.0, 8.0]]), ["a", "b"], [0])
    >>> [[round(value, 2) for value in row] for row in figure.weight.tolist()]
    [[0.6, 0.8], [6.0, 8.0]]
    """

    _esm = front_end("max_norm")
    _css = styles("max_norm")
    kind = "max_norm"
    state = ("run", "indices", "taken", "expected", "max_norm", "norm_type", "switches")
    words = WORDS

    run = t.List().tag(sync=True)
    indices = t.List(t.Int(min=0)).tag(sync=True)
    taken = t.Bool(True).tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)
    max_norm = t.Float(FIRST["max_norm"]).tag(sync=True)
    norm_type = t.Enum(list(NORM_TYPES), FIRST["norm_type"]).tag(sync=True)
    switches = t.List(t.Enum(list(SWITCHES))).tag(sync=True)

    def __init__(
        self,
        weight: Tensor,
        words: Sequence[str],
        indices: object,
        examples: Mapping[str, object] | None = None,
        **traits: object,
    ) -> None:
        self._rows = table_of_pairs(weight, words)
        self._labels = list(words)
        self._first = self._flat(indices)
        self._examples = {label: self._flat(rows) for label, rows in (examples or {}).items()}
        super().__init__(**{"run": [self._first], "indices": self._first, **traits})

    def _flat(self, indices: object) -> list[int]:
        found = torch.as_tensor(indices)
        if found.numel() and (found.is_floating_point() or found.is_complex() or found.dtype == torch.bool):
            raise ValueError(f"indices are integers: got {found.dtype}")
        rows = found.reshape(-1).long().tolist()
        self._refuse(rows)
        return rows

    def _refuse(self, rows: object) -> None:
        """Raise for what is not a list of rows that a figure looks up at once."""
        count = len(self._rows)
        good = isinstance(rows, list) and all(type(row) is int and 0 <= row < count for row in rows)
        if not good or len(rows) > MANY:
            raise t.TraitError(f"indices are at most {MANY} row numbers, 0 to {count - 1}: got {str(rows)[:80]}")

    @t.validate("run", "indices", "expected", "max_norm", "switches")
    def _agree(self, proposal: t.Bunch) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "run":
            if len(value) > RUN:
                raise t.TraitError(f"run has at most {RUN} lookups and steps: got {len(value)}")
            for done in value:
                if done != STEP:
                    self._refuse(done)
        elif name == "indices":
            self._refuse(value)
        elif name == "expected" and not all(row < len(self._rows) for row in value):
            raise t.TraitError(f"expected is below {len(self._rows)}: got {str(value)[:80]}")
        elif name == "max_norm" and not (isfinite(value) and 0 <= value <= LONGEST):
            raise t.TraitError(f"max_norm is 0 to {LONGEST:g} here: got {value}")
        elif name == "switches":
            return [switch for switch in SWITCHES if switch in value]
        return value

    # what a reader's next cell uses

    @property
    def weight(self) -> Tensor:
        """The table as it is now, ``(V, 2)``, float32."""
        return self.states()[1]

    # the run

    def states(self) -> tuple[Tensor, Tensor]:
        """Return the table before the last of `run`, and after it; the twin of ``states`` in ``max_norm.js``."""
        weight = before = torch.tensor(self._rows, dtype=torch.float32)
        reads = [0] * len(weight)
        for done in self.run:
            before, weight = weight, weight.clone()
            if done == STEP:
                weight = weight if self.blocked() else step(weight, reads)
                reads = [0] * len(weight)
            else:
                indices = torch.tensor(done, dtype=torch.long)
                renorm_(weight, indices, max_norm=self.max_norm, norm_type=float(self.norm_type))
                reads = [count + done.count(row) for row, count in enumerate(reads)]
        return (before, weight) if self.shown() is not None else (weight, weight)

    def shown(self) -> list[int] | str | None:
        """Return what the figure shows done: a lookup, a step, or nothing yet."""
        return self.run[-1] if self.run and self.taken else None

    def blocked(self) -> list[str]:
        """Return the switches that leave nothing to step along."""
        return [switch for switch in self.switches if switch in BLOCKS]

    def read(self) -> list[int]:
        """Return the indices of the lookup that is shown; none if there is none."""
        done = self.shown()
        return done if isinstance(done, list) else []

    def norms(self, weight: Tensor) -> list[float]:
        """Return the norm of every row."""
        return weight.norm(float(self.norm_type), dim=1).tolist()

    def outside(self, weight: Tensor) -> list[int]:
        """Return the rows that are longer than the cap, by more than a rounding."""
        return [row for row, norm in enumerate(self.norms(weight)) if norm > self.max_norm + LEAST]

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        first = {
            "run": [self._first], "indices": self._first, "taken": True, "expected": [], "switches": [], **FIRST,
        }  # fmt: skip
        return {
            "two-long": first,
            "predict": {**first, "run": [], "taken": False},
            "p1": {**first, "norm_type": "1"},
            "pinf": {**first, "norm_type": "inf"},
            "after-step": {**first, "run": [self._first, STEP]},
            "read-again": {**first, "run": [self._first, STEP, self._first]},
            "frozen": {**first, "switches": ["eval", "frozen"]},
        }

    # words

    def name(self, row: int) -> str:
        """Return how the figure calls a row."""
        return fill(WORDS["name"], row=row, word=self._labels[row])

    def names(self, rows: Sequence[int]) -> str:
        """Return the words of rows, quoted and listed."""
        return _list([fill(WORDS["quoted"], word=self._labels[row]) for row in rows])

    def listed(self, switches: Sequence[str]) -> str:
        """Return the names of switches, listed."""
        return _list([WORDS[f"switch.{switch}"] for switch in switches])

    def settings(self) -> list[str]:
        """Return the settings that are others than at first and that the run is played with; twin of ``settings``."""
        found = []
        if self.max_norm != FIRST["max_norm"]:
            found.append(fill(WORDS["setting"], name=WORDS["cap"], value=number(self.max_norm, 1)))
        if self.norm_type != FIRST["norm_type"]:
            found.append(fill(WORDS["setting"], name=WORDS["p"], value=self.norm_type.replace("inf", "∞")))
        if STEP in self.run:
            found += [WORDS[f"switch.{switch}"] for switch in self.blocked()]
        return found if self.run else []

    def status(self) -> str:
        """Return the sentence over the stage; the twin of ``sentence`` in ``max_norm.js``."""
        before, weight = self.states()
        done, cap = self.shown(), number(self.max_norm, 1)
        outside, moved = self.outside(weight), changed(before.tolist(), weight.tolist(), LEAST)
        parts = [say(WORDS, "guess", len(self.expected))] if self.expected and done is not None else []
        if done is None:
            parts.append(say(WORDS, "waits", len(outside), rows=len(before), cap=cap))
        elif done != STEP:
            read = say(WORDS, "read", len(set(done)))
            parts.append(say(WORDS, "lookup", len(moved), read=read, names=self.names(moved)))
            if self.switches and moved:
                parts.append(fill(WORDS["through"], switches=self.listed(self.switches)))
            parts.append(say(WORDS, "outside", len(outside), cap=cap))
        elif self.blocked():
            parts.append(fill(WORDS["blocked"], switches=self.listed(self.blocked())))
        else:
            again = [row for row in outside if row not in self.outside(before)]
            parts.append(say(WORDS, "step", len(moved), rate=number(RATE, 1)))
            if moved:
                parts.append(say(WORDS, "again", len(again), names=self.names(again), cap=cap))
        if self.settings():
            parts.append(fill(WORDS["played"], settings=_list(self.settings())))
        if len(self.run) >= RUN:
            parts.append(fill(WORDS["end"], n=RUN))
        return " ".join(parts)

    # markup

    def body(self) -> Html:
        before, weight = self.states()
        parts = (
            tag("output", self.status(), class_="status"),
            self._index_lane(),
            self._table_lane(before, weight),
            self._plane_lane(before, weight),
            self._output_lane(weight),
            self._controls(),
            self._notes(),
        )
        return framed(WORDS, stage("stage capped", *parts, data_rows=compact(self._rows)))

    def _index_lane(self) -> Html:
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
            for k, row in enumerate(self.indices)
        ]
        shape = [len(self.indices)]
        content = tag("div", nested(shape, chips), class_="tensor", role="group", aria_label=WORDS["indices"])
        return lane("indices", WORDS["indices"], content, "(L)", shape_text(shape))

    def _output_lane(self, weight: Tensor) -> Html:
        rows, largest = self.read(), self._largest()
        leaves = [
            tag(
                "button", *cells(weight[row].tolist(), DECIMALS, largest, "span"), type="button",
                class_="place vector", data_place=k, disabled=True,
            )
            for k, row in enumerate(rows)
        ]  # fmt: skip
        hidden = not isinstance(self.shown(), list)
        content = tag(
            "div", nested([len(rows)], leaves), class_="tensor", role="group", aria_label=WORDS["output"], hidden=hidden
        )
        return lane("output", WORDS["output"], content, "(L, D)", "" if hidden else shape_text([len(rows), 2]))

    def _table_lane(self, before: Tensor, weight: Tensor) -> Html:
        done, both = self.shown(), (before.tolist(), weight.tolist())
        moved = changed(*both, LEAST)
        outcome = verdict(self.expected, moved) if done is not None and self.expected else {}
        norms = (self.norms(before), self.norms(weight))
        rows = []
        for row in range(len(before)):
            sign = next((WORDS[f"expected.{kind}"] for kind, found in outcome.items() if row in found), "")
            later = both[1][row] if done is not None else None
            rows.append(
                tag(
                    "tr",
                    self._head(row, sign),
                    *cells(both[0][row], DECIMALS, self._largest()),
                    self._norm(norms[0][row]),
                    *after(both[0][row], later, DECIMALS, self._largest()),
                    self._norm(norms[1][row] if done is not None else None),
                    data_row=row,
                    data_read="" if row in self.read() else None,
                    data_changed="" if done is not None and row in moved else None,
                )
            )
        heads = (
            tag("th", WORDS["row"], scope="col"),
            tag("th", WORDS["before"], scope="colgroup", colspan=2),
            tag("th", WORDS["norm"], scope="col"),
            tag("th", WORDS["after"], scope="colgroup", colspan=2),
            tag("th", WORDS["norm"], scope="col"),
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
        hint = tag("p", WORDS["hint"], class_="hint")
        return lane("table", WORDS["table"], content, "(V, D)", shape_text([len(before), 2]), hint, columns=2)

    def _head(self, row: int, outcome: str) -> Html:
        pick = tag(
            "button", str(row), type="button", class_="chip pick", disabled=True,
            title=fill(WORDS["pick"], name=self.name(row)),
        )  # fmt: skip
        mark = tag(
            "button", self._labels[row], type="button", class_="mark", data_word=self._labels[row], disabled=True,
            aria_pressed="true" if row in self.expected else "false",
            title=fill(WORDS["expect"], name=self.name(row)),
        )  # fmt: skip
        return tag("th", pick, mark, tag("span", outcome, class_="verdict"), scope="row")

    def _norm(self, norm: float | None) -> Html:
        over = norm is not None and norm > self.max_norm + LEAST
        return tag("td", "" if norm is None else number(norm, DECIMALS), class_="norm over" if over else "norm")

    def _largest(self) -> float:
        return max(abs(value) for row in self._rows for value in row)

    def _half(self) -> float:
        """Return how far the plane reaches from the origin."""
        return max(1.05 * LONGEST, 1.2 * self._largest())

    def _place(self, x: float, y: float) -> str:
        """Return where a row stands in the drawing; one outside it stands at its edge. Twin of ``place``."""
        half = self._half()
        across, up = (max(-0.985 * half, min(0.985 * half, v)) * SIDE / 2 / half for v in (x, y))
        return f"{SIDE / 2 + across:.1f} {SIDE / 2 - up:.1f}"

    def _drops(self, ends: list[list[float]], told: set[int]) -> list[int]:
        """Return how far under its point each label stands; those of the rows in `told` are seen.

        Over it, or under it if fewer points and labels are there, or the edge is near. The twin of ``drops``.
        """
        drops, taken = [0] * len(ends), []
        for row in sorted(range(len(ends)), key=lambda row: row not in told):
            (x, y), wide = ends[row], 7 + 7 * len(self._labels[row])
            points = [down - y for across, down in ends if 0 < across - x < wide]
            labels = [down - y for left, right, down in taken if left < x + wide and x < right]
            over, under = (
                sum(abs(down - middle) < 9 for down in points) + sum(abs(down - middle) < 13 for down in labels)
                for middle in (-9, 9)
            )
            below = y < EDGE or under < over
            drops[row] = 13 if below else -5
            if row in told:
                taken.append((x, x + wide, y + (9 if below else -9)))
        return drops

    def _plane_lane(self, before: Tensor, weight: Tensor) -> Html:
        moved = changed(before.tolist(), weight.tolist(), LEAST)
        corners = [self._place(x, y) for x, y in ball(self.max_norm, float(self.norm_type))]
        middle, end = SIDE / 2, self._place(self.max_norm, 0)
        cap = tag("text", number(self.max_norm, 1), class_="cap", transform=f"translate({end})", dx="4", dy="-4")
        ends = [[float(value) for value in self._place(*row).split()] for row in weight.tolist()]
        drops = self._drops(ends, {*self.read(), *moved})
        dots = [
            self._dot(row, before[row].tolist(), weight[row].tolist(), row in moved, drops[row])
            for row in range(len(before))
        ]
        drawing = tag(
            "svg",
            tag("path", class_="axis-line", d=f"M0 {middle:g}H{SIDE}M{middle:g} 0V{SIDE}"),
            tag("path", class_="ball", d=f"M{'L'.join(corners)}Z"),
            cap,
            "\n",
            *(Html(f"{dot}\n") for dot in dots),
            viewBox=f"0 0 {SIDE} {SIDE}",
            role="img",
            aria_label=WORDS["plane.label"],
            data_half=f"{self._half():g}",
            data_done=STEP if self.shown() == STEP else None,
        )
        return tag("div", tag("p", WORDS["plane"], class_="title"), drawing, class_="lane points")

    def _dot(self, row: int, old: list[float], new: list[float], moved: bool, drop: int) -> Html:
        word = self._labels[row]
        shape = SHAPES.get(word, POINT)
        start, end, read = self._place(*old), self._place(*new), row in self.read()
        return tag(
            "g",
            tag("path", class_="way", d=f"M{start}L{end}" if moved else ""),
            tag("path", class_="from", d=shape if moved else "", transform=f"translate({start})"),
            tag("path", class_="to", d=shape, transform=f"translate({end})"),
            tag("text", word if read or moved else "", transform=f"translate({end})", dx="7", dy=str(drop)),
            data_row=row,
            data_read="" if read else None,
        )

    def _controls(self) -> Html:
        buttons = {"look": WORDS["look"], "step": WORDS["step"], "reset": WORDS["reset"]}
        acts = [tag("button", label, type="button", class_=name, disabled=True) for name, label in buttons.items()]
        parts = (
            self._choose(),
            tag("div", tag("p", WORDS["ask"], class_="ask"), *acts, class_="steps"),
            self._cap(),
            self._norm_types(),
            self._switches(),
        )
        return tag("div", *parts, class_="controls")

    def _choose(self) -> Html:
        given = {" ".join(self._labels[row] for row in self._first): self._first, **self._examples}
        options = [
            tag("option", label, value=label, data_indices=compact(rows), selected=rows == self.indices)
            for label, rows in given.items()
        ]
        own = tag("option", WORDS["own"], value="", selected=self.indices not in given.values())
        select = tag("select", *options, own, class_="choose", disabled=True)
        return tag("label", tag("span", WORDS["choose"]), select, class_="wide")

    def _cap(self) -> Html:
        slider = tag(
            "input", type="range", class_="cap", min="0", max=f"{LONGEST:g}", step="0.1", value=f"{self.max_norm:g}",
            disabled=True,
        )  # fmt: skip
        label = tag("span", WORDS["cap"], " ", tag("b", number(self.max_norm, 1), class_="cap-value"))
        return tag("label", label, slider, class_="wide")

    def _norm_types(self) -> Html:
        buttons = [
            tag(
                "button", name.replace("inf", "∞"), type="button", class_="norm-type", data_p=name, disabled=True,
                aria_pressed="true" if name == self.norm_type else "false",
            )
            for name in NORM_TYPES
        ]  # fmt: skip
        group = tag("div", *buttons, class_="shapes", role="group", aria_label=WORDS["p"])
        return tag("div", tag("p", WORDS["p"], class_="ask"), group, class_="wide")

    def _switches(self) -> Html:
        boxes = [
            tag(
                "label",
                tag("input", type="checkbox", data_switch=name, checked=name in self.switches, disabled=True),
                tag("span", WORDS[f"switch.{name}"]),
                class_="switch",
            )
            for name in SWITCHES
        ]
        return tag("div", *boxes, class_="switches", role="group", aria_label=WORDS["switches"])

    def _notes(self) -> Html:
        """Return what stands beside the stage: the colours, three tasks with folded answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        marks = [fill(WORDS["mark"], sign=SIGNS[word], word=word) for word in SIGNS if word in self._labels]
        legend = [WORDS["legend"], *([fill(WORDS["marks"], marks=", ".join(marks))] if marks else [])]
        return tag("div", tag("p", " ".join(legend), class_="legend"), tasks, answers, class_="notes")


def _list(texts: Sequence[str]) -> str:
    """Return texts as a list in words: “a, b and c”. Twin of ``list``."""
    return WORDS["and"].join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
