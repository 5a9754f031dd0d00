"""Which rows of a table are near: by direction or by product, of a word or of a sum of words, and drawn on a plane.

Near is what the measure says. `by="cosine"` compares directions and is never above 1, which a row has with itself.
`by="dot"` is the product that a tied output layer computes: it grows with the length of the other row, so a row need
not be its own nearest. Neither knows what a word means. The plane keeps the two directions in which the given rows
differ most, and drops the others: what is far apart on it is far apart, what is close on it need not be.

Chapter: ``10_pretrained.ipynb``.
Source: none. torch 2.13.0 has ``torch.cosine_similarity`` and ``torch.pca_lowrank``; the second is randomised.
Shapes: ``V`` rows of the table, ``D`` columns, ``k`` rows found.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Near", "analogy", "nearest", "neighbours", "plane", "similarity"]


class Near(NamedTuple):
    """The rows found, the best first, and how near each is: two tensors ``(k,)``."""

    rows: Tensor
    scores: Tensor


def similarity(table: Tensor, vector: Tensor, by: str = "cosine") -> Tensor:
    """Return how near every row of `table` is to `vector`: ``(V,)``.

    >>> table = torch.tensor([[2.0, 0.0], [3.0, 0.0], [0.0, 0.0]])
    >>> similarity(table, table[0]).tolist(), similarity(table, table[0], by="dot").tolist()
    ([1.0, 1.0, 0.0], [4.0, 6.0, 0.0])

    Args:
        table: ``(V, D)``, floating.
        vector: ``(D,)``.
        by: ``"cosine"``, the product of the two divided by both lengths, 0 for a row of zeros; or ``"dot"``, the
            product alone.

    Raises:
        ValueError: `by` is neither.
    """
    if by == "dot":
        return table @ vector
    if by == "cosine":
        return (directions(table) @ directions(vector)).clamp(-1, 1)  # rounding may give a little more than 1
    raise ValueError(f"by must be 'cosine' or 'dot': got by={by!r}")


def directions(vectors: Tensor) -> Tensor:
    """Return `vectors`, ``(V, D)`` or ``(D,)``, each divided by its length; zeros stay zeros.

    The lengths are found in float64: in float32 the square of 1e-25 is 0.
    """
    lengths = vectors.double().norm(dim=-1, keepdim=True).to(vectors.dtype)
    return torch.where(lengths > 0, vectors / lengths, 0)


def nearest(table: Tensor, vector: Tensor, k: int, by: str = "cosine", without: Sequence[int] = ()) -> Near:
    """Return the `k` rows nearest to `vector`, or as many as there are; equal ones in the order of the table.

    Args:
        without: rows that shall not be found.
    """
    scores = similarity(table, vector, by)
    order = scores.argsort(descending=True, stable=True)
    rows = order[~torch.isin(order, torch.tensor(without, dtype=torch.long))][:k]
    return Near(rows, scores[rows])


def neighbours(table: Tensor, row: int, k: int, by: str = "cosine") -> Near:
    """Return the `k` rows nearest to row `row` of `table`. That row may be among them, and is usually the first.

    >>> table = torch.tensor([[2.0, 0.0], [3.0, 4.0], [0.0, 0.0]])
    >>> neighbours(table, 0, k=2).rows.tolist(), neighbours(table, 0, k=2, by="dot").rows.tolist()
    ([0, 1], [1, 0])
    """
    return nearest(table, table[row], k, by)


def analogy(table: Tensor, start: int, end: int, other: int, k: int, without: Sequence[int] = ()) -> Near:
    """Return the `k` rows whose direction is nearest to ``end - start + other``: *start is to end as other is to …*

    The three rows are added as they are, and may be found themselves; ``without=(start, end, other)`` leaves them out.

    >>> table = torch.tensor([[4.0, 0.0], [4.0, 1.0], [0.0, 5.0], [1.0, 5.0]])
    >>> analogy(table, start=0, end=1, other=2, k=2).rows.tolist()
    [2, 3]
    >>> analogy(table, start=0, end=1, other=2, k=2, without=(0, 1, 2)).rows.tolist()
    [3]
    """
    return nearest(table, table[end] - table[start] + table[other], k, without=without)


def plane(rows: Tensor) -> Tensor:
    """Return for each row its two numbers on the plane in which `rows` differ most: ``(V, 2)``, in float64.

    These are the first two principal components, to nine decimals. Their signs mean nothing and differ between
    processors, so each is turned such that its largest number is positive, the first of them if two are equal in size.
    What is not there is 0: the second number of rows on one line, both of a single row.

    >>> plane(torch.tensor([[0.0, 0.0, 1.0], [0.0, 4.0, 1.0], [0.0, 8.0, 1.0]])).tolist()
    [[4.0, 0.0], [0.0, 0.0], [-4.0, 0.0]]

    Args:
        rows: ``(V, D)``, at least one row.
    """
    centred = rows.detach().double() - rows.detach().double().mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]
    found = torch.zeros(len(rows), 2, dtype=torch.float64)
    found[:, : len(directions)] = (centred @ directions.T).round(decimals=9)  # rounding errors would choose the sign
    largest = found.gather(0, found.abs().max(dim=0, keepdim=True).indices)
    return found * torch.where(largest < 0, -1.0, 1.0) + 0.0  # and no minus zeros
