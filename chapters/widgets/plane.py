"""The second figure of chapter 4: all rows of the table as points, while they are trained, under two losses."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, sqrt

import torch
import traitlets as t
from torch import Tensor

from widgets._base import Widget, fill, front_end, styles
from widgets._markup import Html, compact, number, tag
from widgets._stage import framed, stage

__all__ = ["Plane", "apart", "trail"]

ROWS, FRAMES = 64, 60
UNIT = 100  # positions are whole hundredths: the two decimals that are shown
SCALE = 2  # hundredths of the table in a unit of the picture
MARKS = {"cat": "circle", "dog": "square", "good": "triangle"}
SHAPES = {
    "circle": "M-9 0A9 9 0 1 0 9 0A9 9 0 1 0-9 0Z",
    "square": "M-8-8H8V8H-8Z",
    "triangle": "M0-10L9.5 8H-9.5Z",
    "dot": "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z",
}

WORDS = {
    "title": "Do words come near each other? The loss decides",
    "lead": "Each point is a word: its row in the table, two numbers. Training moves the points. Drag the time, "
    "which stops more often at the beginning, and change what the table is trained for.",
    "picture": "The rows of the table as points",
    "loss": "Trained to",
    "time": "Time",
    "at": "step {step} of {last}",
    "pairs": "How far apart two words are",
    "watch": "watch a pair",
    "at.start": "start",
    "now": "now",
    "pair": "{one} · {other}",
    "all": "all words",
    "start": "Before the first step: {pairs}.",
    "moved": "After {step} steps of training to {loss}: {pairs}.",
    "told": "{one} and {other} are {now} apart, {start} at the start",
    "told.start": "{one} and {other} are {now} apart",
    "between": "; ",
    "none": "choose a pair to watch",
    "reset": "Reset",
    "tasks": "Try",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move the time and choose inside a part. Enter or Space chooses.",
}

TASKS = {
    "Find a pair that stays where it is under both losses.": "door and water. One loss never reads them as an input, "
    "the other never reads them at all.",
    "At which stop are cat and dog less than 0.10 apart for the first time?": "At step 90. like and hate were at "
    "step 80; good and bad need 200; is and make never are.",
    "Which loss pulls good and bad apart, and why does the other not?": "Telling praise from complaint. "
    "The words that follow good also follow bad, so guessing the next word needs no difference between them.",
}


def apart(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the distance of two points in hundredths, in units of the table; the twin of ``apart`` in ``plane.js``.

    >>> apart([300, 0], [0, 400])
    5.0
    """
    dx, dy = one[0] - other[0], one[1] - other[1]
    return sqrt(dx * dx + dy * dy) / UNIT


def trail(frames: Sequence[Sequence[Sequence[int]]], row: int, last: int) -> str:
    """Return where a row went up to frame `last`, as the points of a line; the twin of ``trail`` in ``plane.js``.

    >>> trail([[[30, 0]], [[60, -91]]], row=0, last=1)
    '15.0,0.0 30.0,45.5'
    """
    return " ".join(",".join(_place(*frame[row])) for frame in frames[: last + 1])


def _place(x: int, y: int) -> tuple[str, str]:
    """Return a point of the table as a point of the picture, whose second axis points down."""
    return tuple(f"{value:.1f}" for value in (x / SCALE, -y / SCALE))


class Plane(Widget):
    """The rows of a table as points, through one or more trainings.

    Args:
        runs: what the table was trained to do, and its table at every shown step, ``(F, V, 2)``; all start alike.
        steps: the ``F`` steps.
        words: what each row stands for, ``V`` strings.
        pairs: pairs of words whose distance is shown.

    Traits: `loss` (which of the runs, counted from 0), `frame` (which of the steps), `watched` (which of the pairs),
    `all` (whether every word is written).
    """

    _esm = front_end("plane")
    _css = styles("plane")
    kind = "plane"
    state = ("loss", "frame", "watched", "all")
    words = WORDS

    loss = t.Int(0, min=0).tag(sync=True)
    frame = t.Int(0, min=0).tag(sync=True)
    watched = t.List(t.Int(min=0)).tag(sync=True)
    all = t.Bool(False).tag(sync=True)

    def __init__(
        self,
        runs: Mapping[str, Tensor],
        steps: Sequence[int],
        words: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        **traits: object,
    ) -> None:
        if not runs or not (0 < len(words) <= ROWS and 0 < len(steps) <= FRAMES):
            raise ValueError(f"a plane has 1 run or more, 1 to {ROWS} words and 1 to {FRAMES} steps")
        for name, tables in runs.items():
            if not isinstance(tables, Tensor) or tuple(tables.shape) != (len(steps), len(words), 2):
                got = tuple(tables.shape) if isinstance(tables, Tensor) else type(tables).__name__
                raise ValueError(f"run {name!r} must be {(len(steps), len(words), 2)}: got {got}")
            if not tables.isfinite().all() or tables.abs().max() > 1000:
                raise ValueError(f"run {name!r} must hold finite numbers up to 1000")
        unknown = [word for pair in pairs for word in pair if word not in words]
        if unknown:
            raise ValueError(f"pairs name words of the table: got {unknown[0]!r}")
        self._names, self._steps, self._labels = list(runs), list(steps), list(words)
        self._runs = [torch.round(tables.detach().double() * UNIT).long().tolist() for tables in runs.values()]
        self._pairs = [(self._labels.index(one), self._labels.index(other)) for one, other in pairs]
        super().__init__(**{"frame": len(steps) - 1, "watched": list(range(min(2, len(pairs)))), **traits})

    @t.validate("loss", "frame", "watched")
    def _exist(self, proposal: t.Bunch) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        count = {"loss": len(self._runs), "frame": len(self._steps), "watched": len(self._pairs)}[name]
        if max(value if isinstance(value, list) else [value], default=0) >= max(count, 1):
            raise t.TraitError(f"{name} is below {count}: got {str(value)[:80]}")
        return value

    # what a reader's next cell uses

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._steps[self.frame]

    @property
    def table(self) -> Tensor:
        """The table that is shown, ``(V, 2)``, with two decimals."""
        return torch.tensor(self._runs[self.loss][self.frame], dtype=torch.float64) / UNIT

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose: start, next-word, praise."""
        last = len(self._steps) - 1
        end = {"loss": 0, "frame": last, "watched": list(range(min(2, len(self._pairs)))), "all": False}
        return {"start": {**end, "frame": 0}, "next-word": end, "praise": {**end, "loss": len(self._runs) - 1}}

    # markup

    def distances(self, pair: int) -> tuple[str, str]:
        """Return how far apart a pair was at the start, and is now."""
        one, other = self._pairs[pair]
        frames = self._runs[self.loss]
        return tuple(number(apart(frames[k][one], frames[k][other]), 2) for k in (0, self.frame))

    def status(self) -> str:
        """Return the sentence under the picture; the twin of ``status`` in ``plane.js``."""
        told = []
        for pair in self.watched:
            one, other = (self._labels[row] for row in self._pairs[pair])
            start, now = self.distances(pair)
            told.append(fill(WORDS["told" if self.frame else "told.start"], one=one, other=other, start=start, now=now))
        pairs = WORDS["between"].join(told) or WORDS["none"]
        if not self.frame:
            return fill(WORDS["start"], pairs=pairs)
        return fill(WORDS["moved"], step=self.step, loss=self._names[self.loss], pairs=pairs)

    def body(self) -> Html:
        parts = (
            tag("p", WORDS["lead"], class_="lead"),
            self._controls(),
            self._picture(),
            self._side(),
            self._notes(),
        )
        return framed(WORDS, stage("plane", *parts, data_runs=self._packed(), data_pairs=compact(self._pairs)))

    def _packed(self) -> str:
        """Return steps and runs as JSON: the first table, and then of the rows that move what each frame adds."""
        packed = []
        for frames in self._runs:
            moving = [row for row in range(len(self._labels)) if any(frame[row] != frames[0][row] for frame in frames)]
            added = [[new[row][k] - old[row][k] for row in moving for k in (0, 1)] for old, new in pairwise(frames)]
            packed.append({"moving": moving, "added": added})
        data = {"steps": self._steps, "names": self._names, "first": self._runs[0][0], "runs": packed}
        return compact(data)

    def _extent(self) -> list[int]:
        """Return the box of the picture around every point of every run, with a margin for words."""
        values = [point for frames in self._runs for frame in frames for point in frame]
        xs, ys = [x / SCALE for x, _ in values], [-y / SCALE for _, y in values]
        left, top = ceil(-min(xs)) + 60, ceil(-min(ys)) + 20
        return [-left, -top, left + ceil(max(xs)) + 60, top + ceil(max(ys)) + 20]

    def lit(self) -> set[int]:
        """Return the rows of the watched pairs."""
        return {row for pair in self.watched for row in self._pairs[pair]}

    def _picture(self) -> Html:
        frames, lit = self._runs[self.loss], self.lit()
        left, top, width, height = self._extent()
        axes = tag("path", d=f"M{left} 0H{left + width}M0 {top}V{top + height}", class_="axes")
        trails = [
            tag("polyline", points=trail(frames, row, self.frame) if row in lit else "", data_row=row)
            for row in sorted({row for pair in self._pairs for row in pair})
        ]
        points = [
            self._point(row, frames[0][row], frames[self.frame][row], row in lit) for row in range(len(frames[0]))
        ]
        return tag(
            "svg",
            axes,
            tag("g", *trails, class_="trails"),
            *points,
            viewBox=f"{left} {top} {width} {height}",
            role="img",
            aria_label=WORDS["picture"],
            data_all="" if self.all else None,
        )

    def _point(self, row: int, first: list[int], now: list[int], lit: bool) -> Html:
        word = self._labels[row]
        shape = SHAPES[MARKS.get(word, "dot")]
        x, y = _place(*now)
        was = tag("path", d=shape, transform=f"translate({' '.join(_place(*first))})", class_="was")
        mark = tag("path", d=shape)
        behind = row not in {one for one, _ in self._pairs}  # two words that meet are written on two sides
        label = tag("text", word, x=-14 if behind else 14, y=6, text_anchor="end" if behind else None)
        here = tag("g", mark, label, transform=f"translate({x} {y})", class_="now")
        known = "" if word in MARKS else None
        return tag("g", was, here, class_="point", data_row=row, data_lit="" if lit else None, data_mark=known)

    def _controls(self) -> Html:
        losses = [
            tag(
                "button", name, type="button", class_="loss", data_loss=k,
                aria_pressed="true" if k == self.loss else "false", disabled=True,
            )
            for k, name in enumerate(self._names)
        ]  # fmt: skip
        group = tag("div", tag("span", WORDS["loss"]), *losses, class_="shapes", role="group", aria_label=WORDS["loss"])
        slider = tag(
            "input", type="range", class_="time", min=0, max=len(self._steps) - 1, step=1, value=self.frame,
            aria_valuetext=self.at(), disabled=True,
        )  # fmt: skip
        time = tag("label", tag("span", WORDS["time"]), slider, tag("span", self.at(), class_="at"), class_="scrub")
        return tag("div", group, time, class_="controls")

    def at(self) -> str:
        """Return the time in words."""
        return fill(WORDS["at"], step=self.step, last=self._steps[-1])

    def _side(self) -> Html:
        """Return what stands beside the picture: the sentence, and the pairs with their distances."""
        every = tag("input", type="checkbox", class_="every", checked=self.all, disabled=True)
        switch = tag("label", every, tag("span", WORDS["all"]), class_="switch")
        reset = tag("button", WORDS["reset"], type="button", class_="reset", disabled=True)
        parts = (
            tag("output", self.status(), class_="status"),
            tag("div", self._distances(), class_="rows pairs"),
            tag("div", switch, reset, class_="more-controls"),
        )
        return tag("div", *parts, class_="side")

    def _distances(self) -> Html:
        """Return the table of the pairs: how far apart at the start, and now."""
        rows = []
        for k, (one, other) in enumerate(self._pairs):
            start, now = self.distances(k)
            button = tag(
                "button", fill(WORDS["pair"], one=self._labels[one], other=self._labels[other]), type="button",
                class_="pair", data_pair=k, aria_pressed="true" if k in self.watched else "false", disabled=True,
            )  # fmt: skip
            cells = (tag("td", start, class_="first"), tag("td", now, class_="far"))
            rows.append(tag("tr", tag("th", button, scope="row"), *cells, data_pair=k))
        heads = [tag("th", WORDS[key], scope="col") for key in ("watch", "at.start", "now")]
        return tag(
            "table",
            tag("caption", WORDS["pairs"]),
            tag("thead", tag("tr", *heads)),
            tag("tbody", *rows),
        )

    def _notes(self) -> Html:
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        return tag("div", tasks, answers, class_="notes")
