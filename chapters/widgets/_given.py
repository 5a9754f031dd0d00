"""What a figure is given: a table of two columns, checked, and rounded once for all that is shown."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["ROWS", "table_of_pairs"]

ROWS, COLUMNS = 64, 2


def table_of_pairs(weight: Tensor, words: Sequence[str]) -> list[list[float]]:
    """Return the numbers of `weight`, ``(V, 2)``, to six decimals.

    >>> table_of_pairs(torch.tensor([[0.5, 1 / 3]]), ["cat"])
    [[0.5, 0.333333]]

    Raises:
        ValueError: not a ``(V, 2)`` tensor of finite numbers with V from 1 to `ROWS`, or not a word for each row.
    """
    if not isinstance(weight, Tensor) or weight.dim() != 2:
        got = tuple(weight.shape) if isinstance(weight, Tensor) else type(weight).__name__
        raise ValueError(f"weight must be a (V, 2) tensor: got {got}")
    rows, columns = weight.shape
    if not 0 < rows <= ROWS or columns != COLUMNS:
        raise ValueError(f"weight has 1 to {ROWS} rows and {COLUMNS} columns: got {(rows, columns)}")
    if not weight.isfinite().all():
        raise ValueError("weight must hold finite numbers")
    if len(words) != rows:
        raise ValueError(f"words must name every row: got {len(words)} words for {rows} rows")
    return torch.round(weight.detach().double(), decimals=6).tolist()
