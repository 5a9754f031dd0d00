"""The vocabulary: where the indices come from.

``tokenize`` cuts text into tokens; a ``Vocabulary`` gives every token a number, its *index*, and finds the token of
an index. The numbers are names: order and distance between them mean nothing. ``decode(encode(tokens))`` is what a
model can read back of a text; every token that has no index comes back as ``<unk>``.

It does not fold case, split off punctuation, normalise Unicode, learn subwords, or fill sentences to one length.

Chapter: ``01_vocabulary.ipynb``.
Source: none. torch 2.13.0 has no vocabulary: it takes integers, and where they come from is left to you.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["UNKNOWN", "WHITE_SPACE", "Vocabulary", "tokenize"]

UNKNOWN = "<unk>"
# Unicode's property White_Space, written out: the same line stands in assets/widgets/vocabulary.js
WHITE_SPACE = re.compile(r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def tokenize(sentences: Iterable[str], level: str = "word") -> list[list[str]]:
    """Return the tokens of every sentence: what white space parts, or single code points.

    >>> tokenize(["the cat sits", "sit"])
    [['the', 'cat', 'sits'], ['sit']]
    >>> tokenize(["a cat"], level="char")
    [['a', ' ', 'c', 'a', 't']]

    Raises:
        TypeError: `sentences` is one string.
        ValueError: `level` is neither ``"word"`` nor ``"char"``.
    """
    refuse_string(sentences, "sentences", "a list of sentences")
    if level == "word":
        return [[token for token in WHITE_SPACE.split(sentence) if token] for sentence in sentences]
    if level == "char":
        return [list(sentence) for sentence in sentences]
    raise ValueError(f"level must be 'word' or 'char': got level={level!r}")


class Vocabulary:
    """A list of tokens, each once: a token's place in the list is its index.

    Args:
        tokens: the tokens in the order of their indices, for example those of a saved vocabulary.
        frequencies: how often each occurs, as many numbers as tokens; 0 each if they are not known.

    Raises:
        ValueError: a token stands in `tokens` twice, or there are more or fewer `frequencies`.
        TypeError: `tokens` is one string.
    """

    def __init__(self, tokens: Iterable[str], frequencies: Iterable[int] | None = None) -> None:
        refuse_string(tokens, "tokens", "a list of tokens")
        self.tokens = list(tokens)
        self.frequencies = [0] * len(self.tokens) if frequencies is None else list(frequencies)
        self._index = {token: index for index, token in enumerate(self.tokens)}
        if len(self._index) < len(self.tokens):
            twice = next(token for index, token in enumerate(self.tokens) if self._index[token] != index)
            raise ValueError(f"a token has one index: got {twice!r} twice")
        if len(self.frequencies) != len(self.tokens):
            raise ValueError(
                f"frequencies must be one for each token: got {len(self.frequencies)} for {len(self.tokens)} tokens"
            )

    @classmethod
    def from_tokens(
        cls, tokens: Iterable[Sequence[str]], specials: Sequence[str] = (), min_frequency: int = 1
    ) -> "Vocabulary":
        """Number the tokens of a corpus: specials first, then by frequency, ties in the order of first sight.

        >>> vocabulary = Vocabulary.from_tokens(tokenize(["b a", "a c"]), specials=["<unk>"])
        >>> vocabulary.tokens, vocabulary.frequencies
        (['<unk>', 'a', 'b', 'c'], [0, 2, 1, 1])
        >>> Vocabulary.from_tokens(tokenize(["b a", "a c"]), specials=["<unk>"], min_frequency=2).frequencies
        [2, 2]

        Args:
            tokens: a list of tokens for every sentence, as `tokenize` gives them.
            specials: tokens that stand first and need not occur.
            min_frequency: a token that occurs less often gets no index; 1 or larger.

        Returns:
            A vocabulary whose `frequencies` count the encoded corpus: ``<unk>`` has those of all tokens left out.
        """
        refuse_string(specials, "specials", "a list of tokens")
        if min_frequency < 1:
            raise ValueError(f"min_frequency must be 1 or larger: got min_frequency={min_frequency}")
        counts: Counter[str] = Counter()
        for sentence in tokens:
            refuse_string(sentence, "a sentence", "a list of tokens")
            counts.update(sentence)
        by_frequency = sorted(counts, key=counts.get, reverse=True)  # a stable sort: ties stay in the order seen
        often = [token for token in by_frequency if counts[token] >= min_frequency and token not in specials]
        vocabulary = cls([*specials, *often], [counts[token] for token in [*specials, *often]])
        if UNKNOWN in vocabulary:
            vocabulary.frequencies[vocabulary[UNKNOWN]] += counts.total() - sum(vocabulary.frequencies)
        return vocabulary

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._index

    def __getitem__(self, token: str) -> int:
        """Return the index of `token`, or that of ``<unk>``.

        Raises:
            KeyError: naming the token: it has no index, and there is no ``<unk>``.
        """
        if token in self._index:
            return self._index[token]
        if UNKNOWN in self._index:
            return self._index[UNKNOWN]
        raise KeyError(f"{token!r} is none of the {len(self)} tokens of this vocabulary, which has no {UNKNOWN!r}")

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the index of every token."""
        refuse_string(tokens, "tokens", "a list of tokens")
        return [self[token] for token in tokens]

    def decode(self, indices: Iterable[int]) -> list[str]:
        """Return the token of every index.

        Raises:
            IndexError: an index is negative, ``len(self)``, or larger.
        """
        return [self._token(index) for index in indices]

    def _token(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(f"an index names one of {len(self)} tokens (0 to {len(self) - 1}): got {index}")
        return self.tokens[index]

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.tokens[:4]))
        return f"Vocabulary({len(self)} tokens: {first}{', …' if len(self) > 4 else ''})"


def refuse_string(value: object, name: str, wanted: str) -> None:
    """Raise if `value` is a string: it would be taken apart into its characters, and nobody would notice."""
    if isinstance(value, str):
        raise TypeError(f"{name} must be {wanted}, not one string: got {value!r:.60}")
