"""The figure of chapter 1: a text, its tokens and indices, the vocabulary, and what the model can read back."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

import traitlets as t

from reference.vocabulary import UNKNOWN, WHITE_SPACE, Vocabulary, refuse_string, tokenize
from widgets._base import ASSETS, Widget, fill, front_end, say, styles
from widgets._markup import Html, tag
from widgets._predict import verdict
from widgets._stage import DRAWN, framed, lane, nested, stage, table

__all__ = ["ReadBack", "clip", "in_order", "rows_read", "visible"]

LONGEST = 20_000  # characters of a text
SENTENCE = 200  # characters of the sentence that is added
ROWS = 200  # tokens of the corpus
SHOWN = 240  # characters of the text that are read back in one line
SHORT = 40  # characters of one token
JOINED = {"word": " ", "char": ""}
NO_ROW = "⊘"  # what comes back of an index that names no row
RECORDED = ASSETS.parent / "results" / "set_orders.json"

WORDS = {
    "title": "What the model can read of your text",
    "indices": "Your text, its tokens, their indices",
    "table": "Vocabulary",
    "output": "What the model can read back",
    "text": "Your text",
    "row": "index, token",
    "corpus": "corpus",
    "reads": "text",
    "times": "{n}×",
    "expected.hit": "●",
    "expected.missed": "○",
    "expected.false": "×",
    "same": "The same as your text.",
    "differs": "Not the same as your text.",
    "empty": "No text, so no tokens and no indices.",
    "known": "“{token}” has the index {index}. Places in your text: {n}, in the corpus: {f}.",
    "unknown": "“{token}” is not in the corpus, so it has no index. It gets {index}, the index of {unknown}, "
    "and comes back as {unknown}.",
    "rare": "“{token}” stands in the corpus {f}×. That is less than min_frequency, so it has no index. "
    "It gets {index}, the index of {unknown}.",
    "unk": "“{token}” has the index {index} and stands for every token without an index of its own. "
    "Places in your text: {n}, in the corpus: {f}.",
    "pad.zero": "“{token}” has the index {index}. It stands for no word: it will fill short sentences.",
    "pad.other": "“{token}” has the index {index}. You typed it as a word, and the model takes it for filling.",
    "owner": "Row {index} of the table belongs to “{owner}”.",
    "no_row": "The table has {total} rows and none with the number {index}: an IndexError.",
    "change.zero": "No token has another index than at first.",
    "change.one": "1 of {total} tokens no longer has the index it had at first.",
    "change.other": "{n} of {total} tokens no longer have the index they had at first.",
    "longer": "V is {V} now: a table made for the first {total} has no row for what came last.",
    "ask": "Predict: which tokens will get another index? Click their words in the vocabulary, or none. "
    "Then change min_frequency, the order or the corpus.",
    "marked.zero": "You marked none yet.",
    "marked.one": "You marked 1. Now change something.",
    "marked.other": "You marked {n}. Now change something.",
    "guess.zero": "None changed; you marked {marked}.",
    "guess.one": "1 changed: {verdict}",
    "guess.other": "{n} changed: {verdict}",
    "verdict.zero": "you marked none.",
    "verdict.other": "you marked {hit} of them (●) and missed {missed} (○). Marked, but not changed: {false} (×).",
    "more": "and {n} more",
    "long": "This figure takes up to 20 000 characters.",
    "sentence.long": "The sentence to add may have up to 200 characters.",
    "rows.many": "This figure shows up to 200 tokens.",
    "level": "Tokens",
    "level.word": "words",
    "level.char": "characters",
    "min_frequency": "min_frequency",
    "order": "Order",
    "order.frequency": "by frequency",
    "order.set": "of a set, run {run}",
    "added": "Add to corpus",
    "added.hint": "one sentence more",
    "added.why": "Only with the order by frequency: a set was recorded without it.",
    "rows_of": "Table rows",
    "rows_of.this": "of this list",
    "rows_of.frequency": "of the first list",
    "owners": "row of",
    "reset": "Reset",
    "choose": "show every place of {token}",
    "expect": "expect {token} to get another index",
    "hint": "Click a number: every place of its token lights up. Click a word: you predict that its index changes.",
    "legend": "Blue: an index. Brown: its line in the vocabulary. Dotted: what does not come back. "
    "Struck out: a token too rare for an index. ⊘: an index without a row.",
    "tasks": "Try",
    "answers": "Answers",
    "sentences": "The corpus: {n} sentences",
    "keys": "Tab goes from part to part. Arrow keys move inside a part. Enter or Space chooses.",
}

TASKS = {
    "Write a sentence that comes back unchanged.": "Words of the list, with one space between them: my dog sees water. "
    "In characters, the wolf comes back too.",
    "Write two different texts that have the same indices.": "the wolf drinks tea, the fox drinks tea: both are "
    "2, 1, 13, 11. Two spaces for one do it too.",
    "Add one sentence to the corpus after which cat and dog have swapped their indices.": "dog is enough. "
    "So is every sentence with more dogs than cats.",
}


def clip(text: str, most: int) -> str:
    """Return the first `most` code points of `text`; the twin of ``clip`` in ``vocabulary.js``.

    >>> clip("axolotl", 3)
    'axo…'
    """
    return text if len(text) <= most else f"{text[:most]}…"


def visible(token: str) -> str:
    """Return a token as one can see it; the twin of ``visible`` in ``vocabulary.js``.

    >>> visible(" "), visible("\\u200d"), visible("cat")
    ('␣', 'U+200D', 'cat')
    """
    if len(token) != 1:
        return clip(token, SHORT)
    if token == " ":
        return "␣"
    kind = unicodedata.category(token)
    if kind in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return f"U+{ord(token):04X}"
    return f"◌{token}" if kind.startswith("M") else token


def in_order(vocabulary: Vocabulary, specials: Sequence[str], order: Sequence[str]) -> Vocabulary:
    """Return `vocabulary` in another order, specials first; the twin of ``inOrder`` in ``vocabulary.js``.

    >>> in_order(Vocabulary(["<unk>", "a", "b"], [0, 2, 1]), ["<unk>"], ["c", "b", "a"]).tokens
    ['<unk>', 'b', 'a']
    """
    tokens = [*specials, *(token for token in order if token in vocabulary and token not in specials)]
    return Vocabulary(tokens, [vocabulary.frequencies[vocabulary[token]] for token in tokens])


def rows_read(owners: Sequence[str], indices: Sequence[int]) -> list[str | None]:
    """Return whose row each index reads, ``None`` where there is no row; the twin of ``rowsRead`` in ``vocabulary.js``.

    >>> rows_read(["<unk>", "cat"], [1, 0, 2])
    ['cat', '<unk>', None]
    """
    return [owners[index] if index < len(owners) else None for index in indices]


class ReadBack(Widget):
    """A text in tokens and indices, the vocabulary of a corpus, and what the indices give back.

    Args:
        sentences: the corpus, a list of strings.
        specials: the tokens that stand first; ``<unk>`` must be one of them.
        orders: other orders of the corpus's tokens: level → name → list, for ``"word"`` and ``"char"``; by default
            those recorded in ``assets/results/set_orders.json``, if they hold the tokens of `sentences`.

    Traits: `text`, `level` (``"word"`` or ``"char"``), `min_frequency` (1 to 3), `order` (``"frequency"`` or a name in
    `orders`), `added` (a sentence more; only with the order by frequency), `rows_of` (whose list the rows of the table
    follow: ``""`` the one that is shown, ``"frequency"`` the untouched one, or a name in `orders`), `token` (the one
    whose places are lit; if it is nowhere, the first that does not come back), `expected` (tokens expected to get
    another index, by their first index).

    >>> figure = ReadBack(["the cat sits"], text="the wolf")
    >>> figure.indices, figure.read_back
    ([2, 1], 'the <unk>')
    """

    _esm = front_end("vocabulary")
    _css = styles("vocabulary")
    kind = "vocabulary"
    state = ("text", "level", "min_frequency", "order", "added", "rows_of", "token", "expected")
    words = WORDS

    text = t.Unicode("the wolf drinks tea").tag(sync=True)
    level = t.Enum(["word", "char"], "word").tag(sync=True)
    min_frequency = t.Int(1, min=1, max=3).tag(sync=True)
    order = t.Unicode("frequency").tag(sync=True)
    added = t.Unicode("").tag(sync=True)
    rows_of = t.Unicode("").tag(sync=True)
    token = t.Unicode("").tag(sync=True)
    expected = t.List(t.Int(min=0)).tag(sync=True)

    def __init__(
        self,
        sentences: Sequence[str],
        specials: Sequence[str] = ("<pad>", UNKNOWN),
        orders: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        **traits: object,
    ) -> None:
        refuse_string(sentences, "sentences", "a list of sentences")
        self._sentences = list(sentences)
        self._specials = list(specials)
        if UNKNOWN not in self._specials:
            raise ValueError(f"specials must hold {UNKNOWN!r}: got {self._specials}")
        self._base = {level: self._count(level) for level in JOINED}
        most = max(map(len, self._base.values()))
        if most > ROWS:
            raise ValueError(f"this figure shows up to {ROWS} tokens: the corpus has {most}")
        orders = self._recorded() if orders is None else orders
        self._orders = {level: dict(orders.get(level, {})) for level in JOINED}
        self._refuse_orders()
        super().__init__(**traits)

    def _count(self, level: str) -> Vocabulary:
        return Vocabulary.from_tokens(tokenize(self._sentences, level), self._specials)

    def _recorded(self) -> dict[str, dict[str, list[str]]]:
        """Return the recorded orders, or none if they are those of another corpus."""
        orders = json.loads(RECORDED.read_text("utf-8"))
        fits = all({*orders[level]["1"], *self._specials} == {*self._base[level].tokens} for level in JOINED)
        return orders if fits else {}

    def _refuse_orders(self) -> None:
        if self._orders["word"].keys() != self._orders["char"].keys():
            raise ValueError(f"orders must have the same names for each level: got {self._orders.keys()}")
        for level, named in self._orders.items():
            known = sorted(token for token in self._base[level].tokens if token not in self._specials)
            for name, order in named.items():
                if sorted(token for token in order if token not in self._specials) != known:
                    raise ValueError(f"orders[{level!r}][{name!r}] must hold each token of the corpus once")

    # what a reader's next cell uses

    @property
    def tokens(self) -> list[str]:
        """The tokens of the text."""
        return tokenize([self.text], self.level)[0]

    @property
    def indices(self) -> list[int]:
        """The index of every token."""
        return self.vocabulary.encode(self.tokens)

    @property
    def read_back(self) -> str:
        """The text that the rows give back: each index comes back as the token whose row it reads."""
        return JOINED[self.level].join(NO_ROW if token is None else token for token in self.back())

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary that the figure shows."""
        found = Vocabulary.from_tokens(tokenize(self.corpus(), self.level), self._specials, self.min_frequency)
        if self.order == "frequency":
            return found
        return in_order(found, self._specials, self._orders[self.level][self.order])

    def owners(self) -> list[str]:
        """Return the token of every row of the table."""
        base = self._base[self.level]
        if self.rows_of == "":
            return self.vocabulary.tokens
        if self.rows_of == "frequency":
            return base.tokens
        return in_order(base, self._specials, self._orders[self.level][self.rows_of]).tokens

    def back(self) -> list[str | None]:
        """Return for every token of the text the one whose row is read; ``None`` where no row has its index."""
        return rows_read(self.owners(), self.indices)

    def corpus(self) -> list[str]:
        """Return the sentences that are counted: a set's orders were recorded without the added one."""
        return [*self._sentences, *([self.added] if self.added and self.order == "frequency" else [])]

    # validation

    @t.validate("text", "added", "token")
    def _is_text(self, proposal: t.Bunch) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        most = SENTENCE if name == "added" else LONGEST
        if len(value) > most:
            raise t.TraitError(f"{name} has at most {most} characters: got {len(value)}")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise t.TraitError(f"{name} holds half of a surrogate pair, which is no character: got {value!r:.60}")
        return value

    @t.validate("order")
    def _is_order(self, proposal: t.Bunch) -> str:
        known = ["frequency", *self._orders["word"]]
        if proposal["value"] not in known:
            raise t.TraitError(f"order is one of {known}: got {proposal['value']!r:.60}")
        return proposal["value"]

    @t.validate("rows_of")
    def _is_list(self, proposal: t.Bunch) -> str:
        known = ["", "frequency", *self._orders["word"]]
        if proposal["value"] not in known:
            raise t.TraitError(f"rows_of is one of {known}: got {proposal['value']!r:.60}")
        return proposal["value"]

    # what is shown

    def rows(self) -> list[tuple[int, str, int, int, bool]]:
        """Return key, token, index, frequency and whether it lost its index, for every line of the vocabulary.

        The key is the index in the untouched vocabulary; tokens of the added sentence come after. Tokens that are too
        rare stand at the end, with the index of ``<unk>``.
        """
        base, now = self._base[self.level], self.vocabulary
        full = Vocabulary.from_tokens(tokenize(self.corpus(), self.level), self._specials)
        keys = {token: key for key, token in enumerate([*base.tokens, *(x for x in full.tokens if x not in base)])}
        kept = [(keys[token], token, index, now.frequencies[index], False) for index, token in enumerate(now.tokens)]
        gone = [
            (key, token, now[UNKNOWN], full.frequencies[full[token]], True)
            for token, key in keys.items()
            if token not in now
        ]
        return kept + gone

    def changed(self) -> list[int]:
        """Return the keys of the tokens that no longer have the index they had at first."""
        first = len(self._base[self.level])
        return sorted(key for key, _, index, _, _ in self.rows() if key < first and index != key)

    def touched(self) -> bool:
        """Is anything set that can change an index?"""
        return self.min_frequency > 1 or self.order != "frequency" or len(self.corpus()) > len(self._sentences)

    def chosen(self) -> str | None:
        """Return the token whose places are lit: `token`, else the first that does not come back, else the first."""
        tokens = self.tokens
        if self.token in tokens or any(self.token == token for _, token, *_ in self.rows()):
            return self.token
        lost = (token for token, back in zip(tokens, self.back(), strict=True) if token != back)
        return next(lost, tokens[0] if tokens else None)

    def status(self) -> str:
        """Return the sentences under the stage; the twin of ``sentence`` in ``vocabulary.js``."""
        chosen, first, now = self.chosen(), len(self._base[self.level]), self.vocabulary
        parts = [self._about(chosen)]
        if chosen is not None and self.rows_of:
            owners, index = self.owners(), now[chosen]
            if index >= len(owners):
                parts.append(fill(WORDS["no_row"], total=len(owners), index=index))
            elif owners[index] != now.tokens[index]:
                parts.append(fill(WORDS["owner"], index=index, owner=visible(owners[index])))
        if self.touched():
            parts.append(say(WORDS, "change", len(self.changed()), total=first))
        if len(now) > first:
            parts.append(fill(WORDS["longer"], V=len(now), total=first))
        return " ".join(parts)

    def guess(self) -> str:
        """Return what became of the prediction; the twin of ``guess`` in ``vocabulary.js``."""
        marked, changed = len({*self.expected}), self.changed()
        if not self.touched():
            return say(WORDS, "marked", marked)
        found = {kind: len(keys) for kind, keys in verdict(self.expected, changed).items()}
        outcome = fill(WORDS["verdict.other" if marked else "verdict.zero"], **found)
        return say(WORDS, "guess", len(changed), marked=marked or "none", verdict=outcome)

    def _about(self, token: str | None) -> str:
        if token is None:
            return WORDS["empty"]
        now = self.vocabulary
        index, n = now[token], self.tokens.count(token)
        values = {"index": index, "unknown": UNKNOWN, "n": n, "token": visible(token)}
        if token == UNKNOWN:
            return fill(WORDS["unk"], f=now.frequencies[index], **values)
        if token in self._specials:
            return fill(WORDS["pad.other" if n else "pad.zero"], **values)
        if token in now:
            return fill(WORDS["known"], f=now.frequencies[index], **values)
        f = next((f for _, other, _, f, _ in self.rows() if other == token), 0)
        return fill(WORDS["rare" if f else "unknown"], f=f, **values)

    def shows(self) -> dict[str, dict]:
        """Return the named states for links in the prose."""
        first = {"text": "the wolf drinks tea", "level": "word", "min_frequency": 1, "order": "frequency"}
        first |= {"added": "", "rows_of": "", "token": "", "expected": []}
        states = {
            "wolf": first,
            "rare": {**first, "text": "a numbat drinks water", "min_frequency": 2},
            "characters": {**first, "level": "char"},
            "added": {**first, "text": "the cat sees the dog", "added": "the dog sits", "token": "cat"},
        }
        if {"1", "2"} <= self._orders["word"].keys():
            states["shuffled"] = {**first, "text": "the cat sits", "order": "2", "token": "cat"}
            states["foreign"] = {**states["shuffled"], "rows_of": "1"}
        return states

    # markup

    def body(self) -> Html:
        lanes = (self._text_lane(), self._table_lane(), self._back_lane())
        parts = (*lanes, self._controls(), self._tasks(), self._notes())
        return framed(WORDS, stage("stage", *parts, data_level=self.level))

    def _lit(self, k: int, token: str, index: int) -> str | None:
        chosen = self.chosen()
        if token == chosen:
            return "here"
        return "" if index == self.vocabulary[chosen] else None

    def _text_lane(self) -> Html:
        now, tokens = self.vocabulary, self.tokens
        field = tag(
            "input", type="text", class_="typed", value=self.text, aria_label=WORDS["text"], spellcheck="false",
            autocomplete="off", autocapitalize="off", dir="auto", disabled=True,
        )  # fmt: skip
        back = self.back()
        leaves = [
            tag(
                "button",
                tag("span", visible(token), class_="word"),
                tag("span", str(now[token]), class_="number"),
                type="button",
                class_="place chip",
                data_place=k,
                data_lit=self._lit(k, token, now[token]),
                data_lost="" if token not in now else None,
                style=_wide(token, back[k]),
                disabled=True,
            )
            for k, token in enumerate(tokens[:DRAWN])
        ]
        given = tag("p", clip(self.text, SHOWN), class_="given", dir="auto")  # without a script, and on paper
        return self._line("indices", Html(given + field), leaves, len(tokens))

    def _back_lane(self) -> Html:
        now, tokens, back = self.vocabulary, self.tokens, self.back()
        line = tag("p", clip(self.read_back, SHOWN), class_="back", dir="auto")
        leaves = [
            tag(
                "button",
                tag("span", NO_ROW if token is None else visible(token), class_="word"),
                type="button",
                class_="place read",
                data_place=k,
                data_lit=self._lit(k, tokens[k], now[tokens[k]]),
                data_lost="" if tokens[k] != token else None,
                style=_wide(tokens[k], token),
                disabled=True,
            )
            for k, token in enumerate(back[:DRAWN])
        ]
        same = WORDS["same" if self.read_back == self.text else "differs"] if tokens else ""
        more = (tag("p", same, class_="same"), tag("output", self.status(), class_="status"), self._game())
        return self._line("output", line, leaves, len(tokens), *more)

    def _game(self) -> Html:
        ask = tag("p", WORDS["ask"], class_="ask")
        return tag("div", ask, tag("output", self.guess(), class_="guess"), class_="game")

    def _line(self, name: str, above: Html, leaves: list[Html], count: int, *more: Html) -> Html:
        tensor = tag("div", nested([count], leaves), class_="tensor", role="group", aria_label=WORDS[name])
        rest = count - len(leaves)
        hidden = tag("p", fill(WORDS["more"], n=rest) if rest else "", class_="more", hidden=not rest)
        return lane(name, WORDS[name], tag("div", above, tensor, hidden), "(L,)", f"({count},)", *more)

    def _table_lane(self) -> Html:
        tokens, chosen, now = self.tokens, self.chosen(), self.vocabulary
        outcome = verdict(self.expected, self.changed()) if self.touched() and self.expected else {}
        reads = [now[token] for token in tokens]
        lit = None if chosen is None else now[chosen]
        owners = self.owners() if self.rows_of else None
        rows = [self._row(row, reads, lit, outcome, owners) for row in self.rows()]
        beside = WORDS["owners" if self.rows_of else "corpus"]
        content = tag(
            "div", table(rows, [beside], WORDS["table"], WORDS["row"], WORDS["reads"]), class_="rows",
            tabindex="0", role="region", aria_label=WORDS["table"], data_specials=" ".join(self._specials),
        )  # fmt: skip
        hint = tag("p", WORDS["hint"], class_="hint")
        return lane("table", WORDS["table"], content, "V", str(len(now)), hint)

    def _row(self, row: tuple, reads: list[int], lit: int | None, outcome: dict, owners: list[str] | None) -> Html:
        key, token, index, frequency, gone = row
        n = 0 if gone else reads.count(index)
        beside = fill(WORDS["times"], n=frequency) if owners is None else "" if gone else _owner(owners, index)
        pick = tag(
            "button", str(index), type="button", class_="chip pick",
            title=fill(WORDS["choose"], token=visible(token)), disabled=True,
        )  # fmt: skip
        mark = tag(
            "button", visible(token), type="button", class_="mark",
            aria_pressed="true" if key in self.expected else "false", disabled=True,
            title=fill(WORDS["expect"], token=visible(token)),
        )  # fmt: skip
        sign = next((WORDS[f"expected.{kind}"] for kind, found in outcome.items() if key in found), "")
        return tag(
            "tr",
            tag("th", pick, mark, tag("span", sign, class_="verdict"), scope="row"),
            tag("td", beside, class_="beside"),
            tag("td", fill(WORDS["times"], n=n) if n else "", class_="reads"),
            data_row=key,
            data_read="" if n else None,
            data_lit="" if index == lit and not gone else None,
            data_gone="" if gone else None,
        )

    def _controls(self) -> Html:
        levels = [
            tag("button", WORDS[f"level.{level}"], type="button", class_="level", data_level=level,
                aria_pressed="true" if level == self.level else "false", disabled=True)
            for level in JOINED
        ]  # fmt: skip
        least = [
            tag("button", str(n), type="button", class_="least", data_least=n,
                aria_pressed="true" if n == self.min_frequency else "false", disabled=True)
            for n in (1, 2, 3)
        ]  # fmt: skip
        reset = tag("button", WORDS["reset"], type="button", class_="reset", disabled=True)
        return tag(
            "div",
            _choice(WORDS["level"], "levels", levels),
            _choice(WORDS["min_frequency"], "leasts", least),
            self._order(),
            self._more(),
            self._rows_of(),
            tag("div", reset, class_="steps"),
            class_="controls",
        )

    def _order(self) -> Html:
        options = [tag("option", WORDS["order.frequency"], value="frequency", selected=self.order == "frequency")]
        options += [
            tag(
                "option",
                fill(WORDS["order.set"], run=name),
                value=name,
                selected=self.order == name,
                data_word=" ".join(order),
                data_char="".join(self._orders["char"].get(name, [])),
            )
            for name, order in self._orders["word"].items()
        ]
        return tag("label", tag("span", WORDS["order"]), tag("select", *options, class_="order", disabled=True))

    def _more(self) -> Html:
        field = tag(
            "input", type="text", class_="added", value=self.added, placeholder=WORDS["added.hint"], spellcheck="false",
            autocomplete="off", autocapitalize="off", dir="auto", disabled=True,
        )  # fmt: skip
        why = tag("span", WORDS["added.why"], class_="why", hidden=self.order == "frequency")
        return tag("label", tag("span", WORDS["added"]), field, why)

    def _rows_of(self) -> Html:
        names = {"": WORDS["rows_of.this"], "frequency": WORDS["rows_of.frequency"]}
        names |= {name: fill(WORDS["order.set"], run=name) for name in self._orders["word"]}
        options = [tag("option", text, value=name, selected=self.rows_of == name) for name, text in names.items()]
        return tag("label", tag("span", WORDS["rows_of"]), tag("select", *options, class_="rows_of", disabled=True))

    def _tasks(self) -> Html:
        """Return three tasks and, folded, their answers."""
        tasks = tag("ol", *(tag("li", text) for text in TASKS), class_="tasks")
        found = tag("ol", *(tag("li", text) for text in TASKS.values()), class_="tasks")
        answers = tag("details", tag("summary", WORDS["answers"]), found)
        return tag("div", tasks, answers, class_="try")

    def _notes(self) -> Html:
        """Return what the colours mean, and the corpus with every place of the chosen token."""
        chosen = self.chosen()
        lines = [
            tag("li", *(tag("mark", piece) if piece == chosen else piece for piece in pieces), dir="auto")
            for pieces in (_pieces(sentence, self.level) for sentence in self.corpus())
        ]
        count = tag("summary", fill(WORDS["sentences"], n=len(lines)))
        sentences = tag("details", count, tag("ol", *lines), class_="corpus", open=True)
        return tag("div", tag("p", WORDS["legend"], class_="legend"), sentences, class_="notes")


def _wide(token: str, back: str | None) -> str:
    """Return the width of a place in characters: the same on both sides, so that both break their lines alike."""
    return f"--n:{max(len(visible(token)), len(visible(back or NO_ROW)))}"


def _owner(owners: list[str], index: int) -> str:
    """Return the token whose row has this index, or that there is none."""
    return visible(owners[index]) if index < len(owners) else NO_ROW


def _pieces(sentence: str, level: str) -> list[str]:
    """Return the tokens of a sentence and what stands between them."""
    return list(sentence) if level == "char" else re.split(f"({WHITE_SPACE.pattern})", sentence)


def _choice(name: str, kind: str, buttons: list[Html]) -> Html:
    """Return a named group of buttons of which one is pressed."""
    group = tag("span", *buttons, class_=f"choice {kind}", role="group", aria_label=name)
    return tag("div", tag("span", name), group, class_="choices")
