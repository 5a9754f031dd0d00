"""Pretrained rows: reading vectors from a file and giving each its place in a table.

`read_glove` reads the words and their vectors as the file orders them; `align` moves them to the rows that
a vocabulary names. Both are needed: a file's row 4 is not the vocabulary's row 4, and nothing fails when
they are confused. Neither freezes, trains, or zeroes a padding row. The table they give goes into
``Embedding.from_pretrained``.

Chapter: ``10_pretrained.ipynb``.
Source: torch 2.13.0, ``nn/modules/sparse.py`` (``from_pretrained``); the text format of GloVe, one line a
word: the word and ``D`` numbers, separated by single spaces.
Shapes: ``V`` rows of the table, ``M`` words in the file, ``D`` columns.
"""

import gzip
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import torch
from torch import Tensor

__all__ = ["Coverage", "align", "read_glove"]

MARK = b"\xef\xbb\xbf"  # some editors write it before the first letter
LARGEST = torch.finfo(torch.float32).max


def read_glove(path: str | Path, limit: int | None = None) -> tuple[list[str], Tensor]:
    """Return the words of a GloVe file and their vectors, in the order of the file.

    The file is plain or gzip text in UTF-8 and is read line by line. The first line fixes ``D``. A word may
    hold spaces, and may come more than once: both are returned, and `align` takes the first.

    Args:
        path: the file.
        limit: read at most so many words, 0 or more; ``None`` for all.

    Returns:
        ``M`` words and a float32 tensor ``(M, D)``; ``(0, 0)`` for a limit of 0.

    Raises:
        ValueError: a line is not a word and ``D`` numbers that float32 can hold, the compressed file breaks off or is
            damaged, or there is no line at all; the message gives the path, the line's number and what is wrong.
            Nothing is returned then. What cannot be seen is a plain file that ends early between two digits of its
            last number, or between two lines.
    """
    words, numbers, dim = [], array("f"), 0
    for number, line in numbered_lines(Path(path), limit):
        try:
            word, vector = parsed(line, dim)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        dim = len(vector)
        words.append(word)
        numbers.extend(vector)
    return words, torch.tensor(numbers, dtype=torch.float32).reshape(len(words), dim)


def numbered_lines(path: Path, limit: int | None) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file, `limit` at most, each with its number, from 1.

    Raises:
        ValueError: the compressed file cannot be read on, or there is no first line, or it starts with a mark.
    """
    number = 0
    with open_bytes(path) as lines:
        try:
            for number, line in enumerate(islice(lines, limit), start=1):
                if number == 1 and line.startswith(MARK):
                    raise ValueError(f"{path}, line 1: starts with a byte order mark, which would join the first word")
                yield number, line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path}, line {number + 1}: the compressed file cannot be read on: {error}") from None
    if number == 0 and limit != 0:
        raise ValueError(f"{path}, line 1: expected a word and its vector, got an empty file")


def open_bytes(path: Path) -> BinaryIO:
    """Open `path` for reading bytes, through gzip if it starts as a gzip file does."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else path.open("rb")


def parsed(line: bytes, dim: int) -> tuple[str, list[float]]:
    """Return the word and the vector of one line; `dim` is 0 for the first line, which fixes it.

    Raises:
        ValueError: says what is wrong with the line.
    """
    fields = line.decode("utf-8").rstrip("\r\n").split(" ")  # only at spaces: a word may hold any other white space
    if not dim and len(fields) == 2:
        raise ValueError(f"expected a word and its vector, got only the fields {fields}; is this a header?")
    dim = dim or len(fields) - 1
    word, vector = " ".join(fields[:-dim]), [finite(field) for field in fields[-dim:]]
    if not word:
        raise ValueError(f"expected a word and {dim} numbers, got {len(fields)} fields and no word")
    if len(fields) > dim + 1 and is_number(fields[-dim - 1]):
        raise ValueError(f"expected a word and {dim} numbers, got more numbers after {fields[0]!r}")
    return word, vector


def finite(field: str) -> float:
    """Return the number that `field` spells.

    Raises:
        ValueError: it spells none, or none that is finite in float32.
    """
    try:
        number = float(field)
    except ValueError:
        raise ValueError(f"expected a number, got {field!r}") from None
    if not abs(number) <= LARGEST:  # nor is NaN
        raise ValueError(f"expected a finite number, got {field!r}")
    return number


def is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


class Coverage(NamedTuple):
    """Which rows of an aligned table came from the file.

    >>> print(Coverage(found=["the", "cat"], missing=["numbat"], unused=7))
    2 of 3 rows from the file, 1 missing (numbat), 7 words of the file unused
    """

    found: list[str]
    missing: list[str]
    unused: int

    def __str__(self) -> str:
        rows, more = len(self.found) + len(self.missing), ["…"] if len(self.missing) > 10 else []
        names = f" ({', '.join(self.missing[:10] + more)})" if self.missing else ""
        return (
            f"{len(self.found)} of {rows} rows from the file, "
            f"{len(self.missing)} missing{names}, {self.unused} words of the file unused"
        )


def align(
    vocabulary: Iterable[str], words: Sequence[str], vectors: Tensor, generator: torch.Generator | None = None
) -> tuple[Tensor, Coverage]:
    """Return the table whose row ``v`` is the vector of the vocabulary's token ``v``, and what was found.

    A token is found if `words` holds it letter for letter; of equal words the first counts. A missing row
    is drawn from a normal distribution with the mean and the spread of all numbers in `vectors`, so that
    it is about as long as the others. A token such as ``<pad>`` is usually missing and is drawn like any other.

    >>> words, vectors = ["to", "cat", "the"], torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> table, coverage = align(["the", "cat"], words, vectors)
    >>> table
    tensor([[5., 6.],
            [3., 4.]])

    Args:
        vocabulary: the tokens, row 0 first; or an object whose ``tokens`` are that.
        words: the words of the file, ``M`` of them.
        vectors: their vectors, ``(M, D)``, floating.
        generator: draws the missing rows; ``None`` for PyTorch's own.

    Returns:
        ``(V, D)`` of the dtype of `vectors`, and a `Coverage`.

    Raises:
        ValueError: there are not as many words as vectors.
    """
    if len(words) != len(vectors):
        raise ValueError(f"expected one vector a word: got {len(words)} words and {len(vectors)} vectors")
    tokens = list(vocabulary.tokens if hasattr(vocabulary, "tokens") else vocabulary)
    place = {word: number for number, word in reversed(list(enumerate(words)))}
    rows = [row for row, token in enumerate(tokens) if token in place]
    mean, spread = (vectors.mean(), vectors.std(correction=0)) if vectors.numel() else (0.0, 1.0)
    table = torch.randn(len(tokens), vectors.shape[1], generator=generator, dtype=vectors.dtype) * spread + mean
    table[rows] = vectors[[place[tokens[row]] for row in rows]]
    found, missing = [tokens[row] for row in rows], [token for token in tokens if token not in place]
    return table, Coverage(found, missing, unused=len(place) - len(set(found)))
