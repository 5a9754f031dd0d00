"""The figure of chapter 10: two word lists joined by lines, and what can be asked of the rows once they are right."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from math import asin, ceil, dist
from types import ModuleType

import torch
import traitlets as t
from torch import Tensor

from reference import analogy, neighbours, similarity, tokenize
from reference.neighbours import Near
from reference.vocabulary import WHITE_SPACE
from widgets._base import TOOLS, Widget, fill, front_end, say, styles
from widgets._labels import Box, place_labels
from widgets._markup import Html, number, tag
from widgets._stage import framed, sign, size
from widgets.vocabulary import clip

__all__ = ["Pretrained", "spellings", "unpacked"]

ROWS = 64  # of our table
FILE = 10_000  # words of the file that are loaded on demand
PART = 2_000  # of these in one file of the site
FOUND = 8  # neighbours that are listed
TOKENS = 40  # of a sentence that are listed
POINTS = 60  # of the map
SHORT = 20  # characters of a word in the map
LONGEST = 200  # characters of a word
SENTENCE = 2_000  # characters of a sentence
FAR = 2  # edits between a word and another spelling
SPELLED = 24  # characters of a word for which other spellings are looked for
VIEWS = ("lists", "neighbours", "analogy", "coverage", "map")
ASKED = ("a", "b", "c")
DECIMALS = 2
MAP = (330, 330)  # its width and height: on a phone a unit is a pixel
LINE, LETTER = 13.0, 7.1  # of a label in the map: its height, and the width of a letter
LETTERS = {**dict.fromkeys("mw", 11.0), **dict.fromkeys("fijlrt", 4.8)}  # of the letters that are wider or narrower
AWAY = 9.0  # from a point to its word: farther and a line joins them

WORDS = {
    "title": "A file of vectors and a table: which row gets what?",
    "view": "What to look at",
    "view.lists": "Two lists",
    "view.neighbours": "Neighbours",
    "view.analogy": "Analogy",
    "view.coverage": "Coverage",
    "view.map": "Map",
    "lists": "The first words of the file, and our table: which vector each row holds",
    "file": "The file",
    "ours": "Our table",
    "row": "row",
    "word": "word",
    "holds": "holds the vector of",
    "length": "length",
    "further": "Further down the file",
    "drawn": "drawn",
    "pick": "row {row}, {word}: follow its line",
    "not": "Row {row} is the row of “{word}” and holds the vector of “{got}”, row {row} of the file.",
    "own": "Row {row} is the row of “{word}” and holds its vector, row {at} of the file.",
    "lacks": "Row {row} is the row of “{word}”, which the file lacks: its numbers are drawn at random, {how}. "
    "Its length is {length}.",
    "how.file": "with the mean and the spread of the file’s",
    "how.normal": "from N(0, 1)",
    "right.zero": "None of {rows} rows holds the vector of its own word, and no error says so.",
    "right.one": "1 of {rows} rows holds the vector of its own word, and no error says so.",
    "right.other": "{n} of {rows} rows hold the vectors of their own words, and no error says so.",
    "covered": "{n} of {rows} rows hold the vectors of their own words.",
    "missing.zero": "",
    "missing.one": "1 is missing in the file: {names}.",
    "missing.other": "{n} are missing in the file: {names}.",
    "align": "Align",
    "unalign": "Skip the alignment",
    "drawing": "Missing rows",
    "drawing.file": "like the file",
    "drawing.normal": "N(0, 1)",
    "reset": "Reset",
    "typed": "A word",
    "measure": "Measure",
    "measure.cosine": "cosine",
    "measure.dot": "dot product",
    "nearest": "The nearest rows",
    "strip": "The row of “{word}”: {n} numbers from {low} to {high}, length {length}",
    "score.cosine": "cosine",
    "score.dot": "product",
    "itself": "itself",
    "input": "input",
    "first.self": "Nearest to “{word}” by {measure} is “{word}” itself, {score}; then “{next}”, {second}.",
    "first.other": "Nearest to “{word}” by {measure} is not “{word}” itself ({own}) but “{first}”, {score}.",
    "a": "start",
    "b": "minus",
    "c": "plus",
    "inputs": "the three inputs may win",
    "sum": "The rows nearest to {a} − {b} + {c}",
    "sum.in": "{a} − {b} + {c}: nearest is “{first}”, {score}, one of the three inputs. The first other word is "
    "“{other}”, {second}.",
    "sum.out": "{a} − {b} + {c}, with the three inputs left out: nearest is “{first}”, {score}.",
    "sum.won": "{a} − {b} + {c}: nearest is “{first}”, {score}, though the three inputs were allowed to win.",
    "sentence": "A sentence",
    "tokens": "The tokens of the sentence",
    "token": "token",
    "at": "row of the file",
    "absent": "missing",
    "covers.zero": "No token.",
    "covers.one": "{found} of 1 token is among the file’s first {count} words.",
    "covers.other": "{found} of {n} tokens are among the file’s first {count} words.",
    "without": "Missing: {names}.",
    "more": "and {n} more",
    "map": "{n} words on the plane in which their rows differ most",
    "mapped": "Each point is a row of {dim} numbers, drawn with two. What is far apart here is far apart; what is "
    "close together here need not be.",
    "empty": "Type a word.",
    "unknown": "“{word}” is not among the file’s first {count} words.",
    "spelled": "Spelled like it: {names}.",
    "quoted": "“{word}”",
    "between": ", ",
    "waits": "The words have not been loaded.",
    "loading": "Loading {count} words …",
    "part": "Loading {count} words: part {part} of {parts}.",
    "failed": "The words could not be loaded: {what} did not come. Nothing is shown in their place.",
    "silent": "the answer of the kernel",
    "other": "The words could not be loaded: what came is another file. Nothing is shown in their place.",
    "again": "Try again",
    "rounded": "These are the first {count} words of the file, loaded when they are asked for ({size} MB). Each "
    "number is rounded to one of 255 steps of its row: it is within {value} of the file’s, a cosine within {cosine}, "
    "and a dot product within {percent} % of the product of the two lengths.",
    "hint": "Click a word of our table: the sentence and the thick line follow it.",
    "legend.lists": "Brown line: the vector that a row gets. Dotted: a row that gets none, so it is drawn.",
    "legend.neighbours": "Bars: up and green above zero, down and purple below. Hollow: the word itself.",
    "legend.analogy": "Hollow: one of the three inputs.",
    "legend.coverage": "Dotted: a token that has no row.",
    "legend.map": "A thin line leads to a point whose word stands away from it.",
    "answers": "Answers",
    "keys": "Tab goes from part to part. Arrow keys move inside a part. Enter or Space chooses.",
}

TASKS = {
    "Align, then draw the missing rows from N(0, 1). Which is the longest?": "LONGEST. Numbers from N(0, 1) make rows "
    "longer than those of the file: a word that nobody knows is louder than most that one knows.",
    "Second sitting: find a word that is not its own nearest neighbour by dot product.": "bird: species comes first, "
    "25.33 against 23.32, for its row is longer. A short row often has a longer one in nearly its own direction.",
    "Second sitting: find an analogy that fails.": "runs − run + sit: the nearest is sitting, and sits is not among "
    "the first eight. With the inputs left in most fail: an input is nearest, for the sum has not gone far.",
}


def _packing() -> ModuleType:
    """Load ``tools/packed.py`` by its path, as the base loads the linker."""
    spec = spec_from_file_location("book_packed", TOOLS / "packed.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


packed = _packing().packed


def unpacked(pack: Mapping[str, str | bytes]) -> tuple[list[str], Tensor]:
    """Return the words of a pack and their rows in float64; the twin of ``unpacked`` in ``pretrained.js``.

    >>> words, rows = unpacked(packed(["a", "b"], [[1.0, -0.5], [0.0, 0.0]]))
    >>> words, rows.round(decimals=2).tolist()
    (['a', 'b'], [[1.0, -0.5], [0.0, 0.0]])
    """
    words = pack["words"].split("\n")
    scales = torch.frombuffer(bytearray(pack["scales"]), dtype=torch.float32).double()
    steps = torch.frombuffer(bytearray(pack["rows"]), dtype=torch.int8).double()
    return words, steps.reshape(len(words), -1) * scales[:, None]


def spellings(word: str, words: Sequence[str], most: int = 3) -> list[str]:
    """Return the words that are spelled most like `word`, at most two edits away, the earlier ones first.

    The twin of ``spellings`` in ``pretrained.js``. An edit puts in, takes out or changes one character; a capital
    counts as its small letter.

    >>> spellings("CAT", ["the", "car", "cat", "cats"])
    ['cat', 'car', 'cats']
    """
    if not 0 < len(word) <= SPELLED:
        return []
    close = [other for other in words if abs(len(other) - len(word)) <= FAR]
    ranked = sorted((away, k) for k, other in enumerate(close) if (away := edits(word.lower(), other)) <= FAR)
    return [close[k] for _, k in ranked[:most]]


def edits(one: str, other: str) -> int:
    """Return how many characters must be put in, taken out or changed to make `other` of `one`."""
    line = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        before, line[0] = line[0], row
        for column, against in enumerate(other, 1):
            before, line[column] = (
                line[column],
                min(line[column] + 1, line[column - 1] + 1, before + (letter != against)),
            )
    return line[-1]


def count_text(count: int | None) -> str:
    """Return a count with a thin space before its thousands; nothing for `None`.

    The twin of ``countText`` in ``pretrained.js``.

    >>> count_text(5450), count_text(37), count_text(None)
    ('5\\u202f450', '37', '')
    """
    return "" if count is None else f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


class Pretrained(Widget):
    """Two word lists joined by lines, ours and a file's; then neighbours, analogies, coverage and a map.

    Args:
        vocabulary: our tokens, row 0 first, at most 64; or an object whose ``tokens`` are that.
        words: the words of the file, in its order, at least as many as tokens.
        vectors: their vectors, ``(M, D)``, floating and finite. Not copied; of more than 10 000 only the first 10 000
            can be asked for.
        table: what `align` made of them, ``(V, D)``; the rows of missing tokens are shown as they are in it.
        points: the words of the map and their two numbers: word → pair; none for no map.

    Traits: `view` (``"lists"``, ``"neighbours"``, ``"analogy"``, ``"coverage"``, ``"map"``), `aligned`, `row` (the row
    whose line is followed), `missing` (how missing rows are drawn: ``"file"`` or ``"normal"``), `word` and `measure`
    (``"cosine"`` or ``"dot"``) of the neighbours, `a`, `b`, `c` and `inputs` (whether they may win) of the analogy
    ``a - b + c``, `sentence`. `wanted` and `pack` carry the rows to the browser: it counts one up, the kernel answers.

    >>> words, vectors = ["to", "cat", "the"], torch.tensor([[1.0, 2.0], [3.0, 4.0], [6.0, 8.0]])
    >>> figure = Pretrained(["the", "cat"], words, vectors, vectors[[2, 1]], view="neighbours", measure="dot")
    >>> [(word, round(score)) for word, score in figure.neighbours[:2]]
    [('the', 50), ('cat', 25)]
    """

    _esm = front_end("pretrained")
    _css = styles("pretrained")
    kind = "pretrained"
    state = ("view", "aligned", "row", "missing", "word", "measure", "a", "b", "c", "inputs", "sentence")
    words = WORDS

    view = t.Enum(list(VIEWS), "lists").tag(sync=True)
    aligned = t.Bool(False).tag(sync=True)
    row = t.Int(0, min=0).tag(sync=True)
    missing = t.Enum(["file", "normal"], "file").tag(sync=True)
    word = t.Unicode("cat").tag(sync=True)
    measure = t.Enum(["cosine", "dot"], "cosine").tag(sync=True)
    a = t.Unicode("king").tag(sync=True)
    b = t.Unicode("man").tag(sync=True)
    c = t.Unicode("woman").tag(sync=True)
    inputs = t.Bool(False).tag(sync=True)
    sentence = t.Unicode("a numbat drinks water").tag(sync=True)
    wanted = t.Int(0, min=0).tag(sync=True)
    pack = t.Dict().tag(sync=True)

    def __init__(
        self,
        vocabulary: Iterable[str],
        words: Sequence[str],
        vectors: Tensor,
        table: Tensor,
        points: Mapping[str, Sequence[float]] | None = None,
        **traits: object,
    ) -> None:
        self._tokens = list(getattr(vocabulary, "tokens", vocabulary))
        count = len(self._tokens)
        if not 0 < count <= ROWS:
            raise ValueError(f"this figure shows 1 to {ROWS} tokens: got {count}")
        if not isinstance(vectors, Tensor) or vectors.dim() != 2 or len(vectors) != len(words):
            got = tuple(vectors.shape) if isinstance(vectors, Tensor) else type(vectors).__name__
            raise ValueError(f"expected one vector a word: got {len(words)} words and {got}")
        if len(words) < count:
            raise ValueError(f"the file has as many words as the table rows, or more: got {len(words)} for {count}")
        if tuple(table.shape) != (count, vectors.shape[1]):
            raise ValueError(f"table must be {(count, vectors.shape[1])}: got {tuple(table.shape)}")
        self._file, self._vectors, self._table = words, vectors.detach(), table.detach()
        self._first = list(words[:FILE])
        if not (self._vectors[:FILE].isfinite().all() and self._table.isfinite().all()):
            raise ValueError("vectors and table must hold finite numbers")
        self._at = self._places()
        self._points = {clip(word, SHORT): tuple(map(float, point)) for word, point in (points or {}).items()}
        if len(self._points) > POINTS:
            raise ValueError(f"the map shows up to {POINTS} words: got {len(self._points)}")
        row = self._tokens.index("cat") if "cat" in self._tokens else 0
        super().__init__(**{"row": row, **traits})
        self.observe(self._answer, "wanted")

    def _places(self) -> list[int | None]:
        """Return for each token its row of the file, ``None`` where it has none; refuse a table that is not aligned."""
        asked, found = set(self._tokens), {}
        for at, word in enumerate(self._file):
            if word in asked and word not in found:
                found[word] = at
        places = [found.get(token) for token in self._tokens]
        for row, at in enumerate(places):
            if at is not None and not torch.equal(self._table[row], self._vectors[at]):
                raise ValueError(f"row {row} of table is not the file's vector of {self._tokens[row]!r}: use align")
        return places

    @t.validate("row", "word", "a", "b", "c", "sentence")
    def _fits(self, proposal: t.Bunch) -> object:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "row":
            if value >= len(self._tokens):
                raise t.TraitError(f"row is below {len(self._tokens)}: got {value}")
            return value
        most = SENTENCE if name == "sentence" else LONGEST
        if len(value) > most:
            raise t.TraitError(f"{name} has at most {most} characters: got {len(value)}")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise t.TraitError(f"{name} holds half of a surrogate pair, which is no character: got {value!r:.60}")
        return value

    # the rows, for the browser and for ourselves

    def _answer(self, change: t.Bunch) -> None:
        """Give the rows to the browser, which asked for them by counting `wanted` up."""
        if change["new"]:
            self.pack = self._packed

    @cached_property
    def _packed(self) -> dict[str, str | bytes]:
        return packed(self._first, self._vectors[:FILE].float().tolist())

    @cached_property
    def rows(self) -> Tensor:
        """The rows that the figure computes with: the file's first 10 000, rounded as `pack` is, in float64."""
        return unpacked(self._packed)[1]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: at for at, word in reversed(list(enumerate(self._first)))}

    def bounds(self) -> tuple[float, float]:
        """Return how far a number of `rows`, and a whole row as a part of its length, may be from the file."""
        exact = self._vectors[:FILE].double()
        scales = (exact.abs().amax(dim=1, keepdim=True) / 127).float().double()
        off = exact - torch.where(scales > 0, (exact / scales).round() * scales, 0)
        lengths = exact.norm(dim=1)
        turned = torch.where(lengths > 0, off.norm(dim=1) / lengths, 0).max().item()
        return scales.max().item() / 2, turned

    # what a reader's next cell uses

    @property
    def table(self) -> Tensor:
        """The table that is shown, ``(V, D)``: aligned, or the file's first rows as they come."""
        return self._tables()[self._shown()].clone()

    def _shown(self) -> int:
        """Return which of `_tables` is shown."""
        return 0 if not self.aligned else 1 if self.missing == "file" else 2

    def _tables(self) -> list[Tensor]:
        """Return the table without alignment, with it, and with it and its missing rows drawn from N(0, 1).

        The last two are drawn from the same numbers: a mean and a spread apart.
        """
        normal = self._table.clone()
        lost = [row for row, at in enumerate(self._at) if at is None]
        normal[lost] = (normal[lost] - self._vectors.mean()) / self._vectors.std(correction=0)
        return [self._vectors[: len(self._tokens)], self._table, normal]

    @property
    def neighbours(self) -> list[tuple[str, float]]:
        """The rows nearest to `word`, the best first; none if the word is unknown."""
        at = self._find(self.word)
        return [] if at is None else self._named(neighbours(self.rows, at, FOUND, self.measure))

    @property
    def analogy(self) -> list[tuple[str, float]]:
        """The rows nearest to ``a - b + c``, the best first; none if a word is unknown."""
        a, b, c = (self._find(word) for word in (self.a, self.b, self.c))
        if None in (a, b, c):
            return []
        return self._named(analogy(self.rows, b, a, c, FOUND, without=() if self.inputs else (a, b, c)))

    def _find(self, word: str) -> int | None:
        return self._index.get(word.strip())

    def _named(self, near: Near) -> list[tuple[str, float]]:
        return [(self._first[row], score) for row, score in zip(near.rows.tolist(), near.scores.tolist(), strict=True)]

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        first = {name: self.traits()[name].default_value for name in self.state}
        first["row"] = self._tokens.index("cat") if "cat" in self._tokens else 0
        near = {**first, "aligned": True, "view": "neighbours"}
        sum_ = {**first, "aligned": True, "view": "analogy"}
        return {
            "not-aligned": first,
            "aligned": {**first, "aligned": True},
            "normal": {**first, "aligned": True, "missing": "normal"},
            "cosine": near,
            "dot": {**near, "measure": "dot"},
            "analogy": sum_,
            "analogy-inputs": {**sum_, "inputs": True},
            "coverage": {**first, "aligned": True, "view": "coverage"},
        }

    # what is said

    def holds(self, row: int) -> tuple[str | None, int | None]:
        """Return whose vector a row holds, and that one's row of the file; ``None`` twice if it is drawn."""
        if not self.aligned:
            return self._file[row], row
        at = self._at[row]
        return (None, None) if at is None else (self._tokens[row], at)

    def status(self) -> str:
        """Return the sentence over the view; the twin of ``sentence`` in ``pretrained.js``."""
        said = {
            "lists": self._on_lists, "neighbours": self._on_neighbours, "analogy": self._on_analogy,
            "coverage": self._on_coverage, "map": self._on_map,
        }  # fmt: skip
        return " ".join(part for part in said[self.view]() if part)

    def _on_lists(self) -> list[str]:
        row, rows, word = self.row, len(self._tokens), self._tokens[self.row]
        got, at = self.holds(row)
        right = sum(self.holds(each)[0] == token for each, token in enumerate(self._tokens))
        if not self.aligned:
            line = "own" if got == word else "not"
            return [
                fill(WORDS[line], row=row, word=word, got=got, at=count_text(at)),
                say(WORDS, "right", right, rows=rows),
            ]
        lost = [token for token, place in zip(self._tokens, self._at, strict=True) if place is None]
        how, length = WORDS[f"how.{self.missing}"], self._lengths[row][self._shown()]
        line = fill(WORDS["own" if got else "lacks"], row=row, word=word, at=count_text(at), how=how, length=length)
        missing = say(WORDS, "missing", len(lost), names=WORDS["between"].join(lost))
        return [line, fill(WORDS["covered"], n=right, rows=rows), missing]

    def _unknown(self, word: str) -> list[str]:
        """Return what is said of a word that the rows do not have."""
        word = word.strip()
        if not word:
            return [WORDS["empty"]]
        like = spellings(word, self._first)
        names = WORDS["between"].join(fill(WORDS["quoted"], word=other) for other in like)
        spelled = fill(WORDS["spelled"], names=names) if like else ""
        return [fill(WORDS["unknown"], word=word, count=count_text(len(self._first))), spelled]

    def _on_neighbours(self) -> list[str]:
        found, word = self.neighbours, self.word.strip()
        if not found:
            return self._unknown(self.word)
        (first, score), *more = [(name, number(score, DECIMALS)) for name, score in found]
        measure = WORDS[f"measure.{self.measure}"]
        if first == word:
            after, second = more[0] if more else ("", "")
            return [fill(WORDS["first.self"], word=word, measure=measure, score=score, next=after, second=second)]
        at = self._find(word)
        own = number(similarity(self.rows[[at]], self.rows[at], self.measure).item(), DECIMALS)
        return [fill(WORDS["first.other"], word=word, measure=measure, own=own, first=first, score=score)]

    def _on_analogy(self) -> list[str]:
        asked = [getattr(self, name).strip() for name in ASKED]
        for word in asked:
            if self._find(word) is None:
                return self._unknown(word)
        found = [(name, number(score, DECIMALS)) for name, score in self.analogy]
        if not found:
            return []
        (first, score), others = found[0], [each for each in found if each[0] not in asked]
        other, second = others[0] if others else ("", "")
        key = "out" if not self.inputs else "in" if first in asked else "won"
        said = dict(zip(ASKED, asked, strict=True))
        return [fill(WORDS[f"sum.{key}"], first=first, score=score, other=other, second=second, **said)]

    def tokens(self) -> list[tuple[str, int | None]]:
        """Return the tokens of the sentence, and each one's row of the file or ``None``."""
        return [(token, self._index.get(token)) for token in tokenize([self.sentence])[0]]

    def _on_coverage(self) -> list[str]:
        tokens = self.tokens()
        lost = list(dict.fromkeys(token for token, at in tokens if at is None))
        found = sum(at is not None for _, at in tokens)
        count = count_text(len(self._first))
        names = WORDS["between"].join(fill(WORDS["quoted"], word=token) for token in lost[:10])
        names += f", {fill(WORDS['more'], n=len(lost) - 10)}" if len(lost) > 10 else ""
        covers = say(WORDS, "covers", len(tokens), found=found, count=count)
        return [covers, fill(WORDS["without"], names=names) if lost else ""]

    def _on_map(self) -> list[str]:
        return [fill(WORDS["mapped"], dim=self._vectors.shape[1])]

    # markup

    @cached_property
    def _lengths(self) -> list[list[str]]:
        """The lengths of each row as text, in each of `_tables`."""
        lengths = torch.stack([table.double().norm(dim=1) for table in self._tables()], dim=1).tolist()
        return [[number(length, DECIMALS) for length in row] for row in lengths]

    def body(self) -> Html:
        tabs = [
            tag(
                "button", WORDS[f"view.{view}"], type="button", role="tab", class_="tab", data_view=view,
                aria_selected="true" if view == self.view else "false", disabled=True,
            )
            for view in VIEWS if view != "map" or self._points
        ]  # fmt: skip
        panels = {
            "lists": self._lists, "neighbours": self._nearest, "analogy": self._sum, "coverage": self._covered,
            **({"map": self._map} if self._points else {}),
        }  # fmt: skip
        drawn = [self._panel(view, make()) for view, make in panels.items()]
        return framed(
            WORDS,
            tag("div", *tabs, class_="tabs controls", role="tablist", aria_label=WORDS["view"]),
            tag("output", self.status(), class_="status"),
            self._progress(),
            tag("div", *drawn, class_="views", data_count=len(self._first), data_dim=self._vectors.shape[1],
                data_parts=ceil(len(self._first) / PART), data_space=WHITE_SPACE.pattern),
            tag("p", self._rounded(), class_="rounded", hidden=self.view in ("lists", "map")),
            self._notes(),
        )  # fmt: skip

    def _panel(self, view: str, content: Html) -> Html:
        told = view != "map" or "<path" in content  # the map may do without its thin lines
        legend = tag("p", WORDS[f"legend.{view}"], class_="legend") if told else None
        return tag(
            "div", content, legend, class_=f"panel {view}", data_view=view,
            role="tabpanel", aria_label=WORDS[f"view.{view}"], hidden=view != self.view,
        )  # fmt: skip

    def _progress(self) -> Html:
        again = tag("button", WORDS["again"], type="button", class_="again", hidden=True, disabled=True)
        bar = tag(
            "progress",
            value=0,
            max=1,
            aria_label=fill(WORDS["loading"], count=count_text(len(self._first))),
            hidden=True,
        )
        return tag("div", bar, again, class_="loading controls")

    def _rounded(self) -> str:
        value, off = self.bounds()
        megabytes = (4 * len(self._first) * (self._vectors.shape[1] + 4) / 3 + sum(map(len, self._first))) / 1e6
        return fill(
            WORDS["rounded"],
            count=count_text(len(self._first)),
            size=number(megabytes, 1),
            value=number(ceil(1000 * value) / 1000, 3),
            cosine=number(ceil(200 * asin(min(off, 1.0))) / 100, 2),
            percent=ceil(100 * (2 * off + off * off)),
        )

    def _lists(self) -> Html:
        heads = (tag("th", WORDS["file"], colspan=2, scope="colgroup"), tag("td"),
                 tag("th", WORDS["ours"], colspan=3, scope="colgroup"))  # fmt: skip
        names = [tag("th", WORDS["row"], scope="col"), tag("th", WORDS["word"], scope="col"), tag("td")]
        both = (tag("span", WORDS["row"], class_="number"), " ", tag("span", WORDS["word"], class_="word"))
        names.append(tag("th", tag("span", *both, class_="own"), scope="col"))
        names += [tag("th", WORDS[key], scope="col", class_=key) for key in ("holds", "length")]
        rows = [Html(f"{self._row(row)}\n") for row in range(len(self._tokens))]
        table = tag(
            "table", tag("caption", WORDS["lists"]), tag("thead", tag("tr", *heads), tag("tr", *names)), "\n",
            tag("tbody", "\n", *rows),
        )  # fmt: skip
        further = sorted(
            (at, token)
            for token, at in zip(self._tokens, self._at, strict=True)
            if at is not None and at >= len(self._tokens)
        )
        lit = self._at[self.row] if self.aligned else None
        lines = [
            tag(
                "li", tag("span", count_text(at), class_="at"), " ", tag("span", token, class_="word"), data_at=at,
                data_lit="" if at == lit else None,
            )
            for at, token in further
        ]  # fmt: skip
        above = tag("p", *(tag("span", WORDS[key], class_=key) for key in ("row", "word")), class_="names")
        right = tag("div", tag("p", WORDS["further"], class_="title"), above, tag("ol", *lines), class_="further")
        stage = tag(
            "div", tag("div", table, class_="rows"), right, class_="joined", data_aligned="" if self.aligned else None
        )
        hint = tag("p", WORDS["hint"], class_="hint")
        return Html(f"{self._align_controls()}\n{stage}\n{hint}")

    def _row(self, row: int) -> Html:
        token, (got, at), place = self._tokens[row], self.holds(row), self._at[row]
        pick = tag(
            "button", tag("span", str(row), class_="number"), tag("span", token, class_="word"), type="button",
            class_="pick", aria_label=fill(WORDS["pick"], row=row, word=token),
            aria_pressed="true" if row == self.row else "false", disabled=True,
        )  # fmt: skip
        held = (tag("span", got or WORDS["drawn"], class_="word"), " ", tag("span", count_text(at), class_="at"))
        return tag(
            "tr",
            tag("td", str(row), class_="at"), tag("td", self._file[row], class_="given"), tag("td", class_="wire"),
            tag("th", pick, scope="row"), tag("td", *held, class_="holds"),
            tag("td", self._lengths[row][self._shown()], class_="length"),
            data_row=row, data_at=place, data_lengths=" ".join(self._lengths[row]),
            data_own="" if got == token else None, data_drawn="" if got is None else None,
            data_lit="" if row == self.row else None,
        )  # fmt: skip

    def _align_controls(self) -> Html:
        button = tag(
            "button", WORDS["unalign" if self.aligned else "align"], type="button", class_="align", disabled=True,
        )  # fmt: skip
        choices = [
            tag(
                "button", WORDS[f"drawing.{name}"], type="button", class_="drawing", data_missing=name,
                aria_pressed="true" if name == self.missing else "false", disabled=True,
            )
            for name in ("file", "normal")
        ]  # fmt: skip
        group = tag(
            "div", tag("span", WORDS["drawing"]), *choices, class_="shapes", role="group", aria_label=WORDS["drawing"],
            hidden=not self.aligned,
        )  # fmt: skip
        return tag("div", button, group, self._reset(), class_="controls asks")

    def _reset(self) -> Html:
        return tag("button", WORDS["reset"], type="button", class_="reset", disabled=True)

    def _field(self, name: str, label: str, most: int = LONGEST) -> Html:
        field = tag(
            "input", type="text", class_="typed", data_trait=name, value=getattr(self, name), maxlength=most,
            autocomplete="off", autocapitalize="off", spellcheck="false", disabled=True,
        )  # fmt: skip
        return tag("label", tag("span", label), field)

    def _nearest(self) -> Html:
        """Return the view of the neighbours: the word's row as a strip, and the rows nearest to it."""
        choices = [
            tag(
                "button", WORDS[f"measure.{name}"], type="button", class_="measure", data_measure=name,
                aria_pressed="true" if name == self.measure else "false", disabled=True,
            )
            for name in ("cosine", "dot")
        ]  # fmt: skip
        group = tag(
            "div", tag("span", WORDS["measure"]), *choices, class_="shapes", role="group", aria_label=WORDS["measure"]
        )
        controls = tag("div", self._field("word", WORDS["typed"]), group, self._reset(), class_="controls asks")
        asked = self.view == "neighbours"
        at = self._find(self.word) if asked else None
        found = self.neighbours if asked else []
        table = self._scores(
            found, WORDS["nearest"], WORDS[f"score.{self.measure}"], {self.word.strip(): WORDS["itself"]}
        )
        parts = (self._strip(None if at is None else self.rows[at].tolist()), table)
        return Html(f"{controls}\n{tag('div', *parts, class_='found')}")

    def _strip(self, row: list[float] | None) -> Html:
        """Return a row as bars, up for positive numbers and down for negative ones."""
        largest = max(map(abs, row or [0.0]))
        bars = [tag("span", class_=f"value {sign(v)}", style=f"--size:{size(v, largest)}") for v in row or []]
        strip = tag("div", *bars, class_="strip", aria_hidden="true")
        text = ""
        if row:
            low, high = number(min(row), DECIMALS), number(max(row), DECIMALS)
            length = number(torch.tensor(row, dtype=torch.float64).norm().item(), DECIMALS)
            text = fill(WORDS["strip"], word=self.word.strip(), n=len(row), low=low, high=high, length=length)
        return tag("div", tag("p", text, class_="title"), strip, class_="vector-row")

    def _scores(self, found: Sequence[tuple[str, float]], caption: str, head: str, notes: Mapping[str, str]) -> Html:
        """Return the table of the rows that were found: word, score, a bar, and what is to be said of it."""
        largest = max((abs(score) for _, score in found), default=0.0)
        lines = []
        for place in range(FOUND):
            word, score = found[place] if place < len(found) else ("", None)
            note = notes.get(word, "") if score is not None else ""
            width = size(score, largest) if score is not None else "0"
            lines.append(tag(
                "tr", tag("td", str(place + 1), class_="at"), tag("td", word, class_="name"),
                tag("td", "" if score is None else number(score, DECIMALS), class_="score"),
                tag("td", tag("span", class_="bar", style=f"--size:{width}"), class_="of"),
                tag("td", note, class_="note"),
                data_note="" if note else None,
            ))  # fmt: skip
        heads = (
            tag("td"),
            tag("th", WORDS["word"], scope="col"),
            tag("th", head, scope="col", class_="score"),
            tag("td"),
            tag("td"),
        )
        return tag(
            "table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *lines), class_="scores"
        )

    def _sum(self) -> Html:
        fields = [self._field(name, WORDS[name]) for name in ASKED]
        box = tag("input", type="checkbox", class_="inputs", checked=self.inputs, disabled=True)
        switch = tag("label", box, tag("span", WORDS["inputs"]), class_="switch")
        controls = tag("div", *fields, switch, self._reset(), class_="controls asks")
        asked = {name: getattr(self, name).strip() for name in ASKED}
        table = self._scores(
            self.analogy if self.view == "analogy" else [], fill(WORDS["sum"], **asked), WORDS["score.cosine"],
            dict.fromkeys(asked.values(), WORDS["input"]),
        )  # fmt: skip
        return Html(f"{controls}\n{tag('div', table, class_='found')}")

    def _covered(self) -> Html:
        controls = tag(
            "div", self._field("sentence", WORDS["sentence"], SENTENCE), self._reset(), class_="controls asks"
        )
        tokens = self.tokens() if self.view == "coverage" else []
        lines = [
            tag(
                "tr", tag("td", token, class_="name"),
                tag("td", WORDS["absent"] if at is None else count_text(at), class_="at"),
                data_absent="" if at is None else None,
            )
            for token, at in tokens[:TOKENS]
        ]  # fmt: skip
        heads = tag("tr", tag("th", WORDS["token"], scope="col"), tag("th", WORDS["at"], scope="col"))
        table = tag(
            "table", tag("caption", WORDS["tokens"]), tag("thead", heads), tag("tbody", *lines), class_="tokens"
        )
        more = fill(WORDS["more"], n=len(tokens) - TOKENS) if len(tokens) > TOKENS else ""
        line = tag("tr", tag("td", class_="name"), tag("td", class_="at"))
        spare = tag("template", line)  # of which the front end makes lines
        return Html(f"{controls}\n{tag('div', table, tag('p', more, class_='more'), spare, class_='found')}")

    def placed(self) -> tuple[list[tuple[float, float]], list[Box]]:
        """Return where the points of the map stand, and the boxes of their words; the most crowded are placed first."""
        (width, height), margin = MAP, 12
        xs, ys = zip(*self._points.values(), strict=True)
        wide, high = max(xs) - min(xs), max(ys) - min(ys)
        scale = min((width - 2 * margin) / (wide or 1), (height - 2 * margin) / (high or 1))
        left, top = (width - scale * wide) / 2, (height - scale * high) / 2
        points = [
            (round(left + scale * (x - min(xs)), 1), round(top + scale * (max(ys) - y), 1))
            for x, y in zip(xs, ys, strict=True)
        ]
        near = [sorted(dist(point, other) for other in points)[1:4] for point in points]
        order = sorted(range(len(points)), key=near.__getitem__)
        sizes = [(sum(LETTERS.get(letter, LETTER) for letter in word) + 2, LINE) for word in self._points]
        boxes = place_labels([points[k] for k in order], [sizes[k] for k in order], MAP)
        return points, [box for _, box in sorted(zip(order, boxes, strict=True))]

    def _map(self) -> Html:
        points, boxes = self.placed()
        drawn = [part for each in zip(self._points, points, boxes, strict=True) for part in _labelled(*each)]
        caption = fill(WORDS["map"], n=len(points))
        return tag("svg", *drawn, viewBox=f"0 0 {MAP[0]} {MAP[1]}", role="img", aria_label=caption, class_="points")

    def _notes(self) -> Html:
        lost = [
            (float(self._lengths[row][2]), token)
            for row, (token, at) in enumerate(zip(self._tokens, self._at, strict=True))
            if at is None
        ]
        longest = f"{max(lost)[1]}, {max(lost)[0]:.2f}" if lost else "–"
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        answers = tag("ol", *(tag("li", text.replace("LONGEST", longest)) for text in TASKS.values()), class_="tasks")
        fold = tag("details", tag("summary", WORDS["answers"]), answers)
        return tag("div", tasks, fold, class_="notes")


def _labelled(word: str, point: tuple[float, float], box: Box) -> list[Html]:
    """Return a point of the map, its word in its box, and a thin line between them if they are apart."""
    x, y = point
    across = min(max(x, box.x), box.x + box.width)
    down = min(max(y, box.y), box.y + box.height)
    apart = dist(point, (across, down)) > AWAY
    line = tag("path", d=f"M{x} {y}L{across:.1f} {down:.1f}") if apart else None
    middle = f"{box.x + box.width / 2:.1f}"
    side = {"x": f"{box.x + 1:.1f}"} if box.x > x else {"x": f"{box.x + box.width - 1:.1f}", "text_anchor": "end"}
    side = side if not box.x <= x <= box.x + box.width else {"x": middle, "text_anchor": "middle"}
    label = tag("text", word, y=f"{box.y + box.height - 3:.1f}", **side)
    return [part for part in (line, tag("circle", cx=x, cy=y, r=3), label) if part]
