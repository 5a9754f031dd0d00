"""The running corpus: 37 sentences, 31 words, and one row of two numbers for each word.

The words are in the book's order: ``<pad>`` and ``<unk>`` first, then by frequency, equal frequencies
in the order in which they are first seen. The rows are written by hand, with one decimal, so that a
prediction can be made in the head.

Files: ``assets/corpora/sentences.txt`` and ``assets/corpora/table.tsv``.
"""

from pathlib import Path

import torch
from torch import Tensor

__all__ = ["encode", "rows", "sentences", "words"]

_folder = Path(__file__).resolve().parents[2] / "assets" / "corpora"
_table = [line.split("\t") for line in (_folder / "table.tsv").read_text("utf-8").splitlines()[1:]]

sentences: list[str] = (_folder / "sentences.txt").read_text("utf-8").splitlines()
words: list[str] = [word for _, word, _, _ in _table]


def encode(sentence: str) -> list[int]:
    """Return the index of every word of `sentence`; a word that the table lacks becomes ``<unk>``.

    >>> encode("the cat sits")
    [2, 4, 20]
    >>> encode("the wolf sits")
    [2, 1, 20]
    """
    unknown = words.index("<unk>")
    return [words.index(word) if word in words else unknown for word in sentence.split()]


def rows() -> Tensor:
    """Return the hand-written table, a fresh ``(31, 2)`` tensor, row ``i`` for ``words[i]``."""
    return torch.tensor([[float(x), float(y)] for _, _, x, y in _table])
