"""The lookup as a matrix product: rows of zeros with a single one, times the table.

``one_hot(indices, V) @ weight`` gives what ``lookup(weight, indices)`` gives, to the bit, as long as every
number of the table is finite. It is not how PyTorch looks up, and not how this book does: it multiplies
every row of the table by zero or one. So it does not keep the sign of ``-0.0``, it does not keep out an
infinite row that nobody asked for (``0 * inf`` is NaN), and it does not come for the price of a copy.

Chapter: ``03_one_hot.ipynb``.
Source: torch 2.13.0, ``aten/src/ATen/native/Onehot.cpp`` (``one_hot``).
Shapes: ``V`` rows, ``D`` columns, ``*`` any shape, including none.
"""

from operator import index

import torch
from torch import Tensor

from .argument_types import refuse_argument

__all__ = ["one_hot", "one_hot_lookup"]


def one_hot(indices: Tensor, num_classes: int = -1) -> Tensor:
    """Return for every index a row of zeros with a one in the place of that index.

    >>> one_hot(torch.tensor([2, 0]), num_classes=4)
    tensor([[0, 0, 1, 0],
            [1, 0, 0, 0]])

    Args:
        indices: integers in ``[0, num_classes)``, of any shape ``(*)``, int64.
        num_classes: the length of a row; ``-1`` takes the largest index plus one.

    Returns:
        ``(*, num_classes)``, int64, contiguous: a matrix product with a table wants ``.to(weight.dtype)`` first.

    Raises:
        RuntimeError: an index is negative, or not below `num_classes`, or of another dtype; or there is no index
            and no `num_classes` above 0.
        TypeError: `indices` is no tensor, or `num_classes` no integer.
    """
    refuse_types(indices, num_classes)
    num_classes = index(num_classes)
    if not indices.numel() and not indices.is_meta:
        refuse(num_classes <= 0, "Can not infer total number of classes from empty tensor.", f"{num_classes=}")
    elif not indices.is_meta or num_classes == -1:  # the meta device has no values to look at
        least, most = indices.min().item(), indices.max().item()
        refuse(least < 0, "Class values must be non-negative.", f"{least}")
        num_classes = most + 1 if num_classes == -1 else num_classes
        bound = f"{most} for {num_classes=}"
        refuse(most >= num_classes, "Class values must be smaller than num_classes.", bound)
    return (indices.unsqueeze(-1) == torch.arange(num_classes, device=indices.device)).long().contiguous()


def one_hot_lookup(weight: Tensor, indices: Tensor) -> Tensor:
    """Return the rows of `weight` that `indices` name, by multiplication: ``V`` products for each number.

    >>> one_hot_lookup(torch.tensor([[0.0, 1.0], [10.0, 11.0]]), torch.tensor([1, 0, 1]))
    tensor([[10., 11.],
            [ 0.,  1.],
            [10., 11.]])

    Args:
        weight: the table, ``(V, D)``.
        indices: row numbers in ``[0, V)``, of any shape ``(*)``, int64.

    Returns:
        ``(*, D)``: the rows, if every number of `weight` is finite; else NaN spreads down its column.
    """
    return one_hot(indices, len(weight)).to(weight.dtype) @ weight


def refuse(wrong: bool, sentence: str, got: str) -> None:
    """Raise PyTorch's `sentence`, and behind it what was received."""
    if wrong:
        raise RuntimeError(f"{sentence} Got {got}")


def refuse_types(indices: Tensor, num_classes: int) -> None:
    """Raise what PyTorch raises for arguments of the wrong kind."""
    refuse_argument("one_hot", 1, "input", indices, Tensor)
    refuse_argument("one_hot", 2, "num_classes", num_classes, int)
    if indices.dtype != torch.int64:
        sentence = "one_hot is only applicable to index tensor of type LongTensor."
        raise RuntimeError(f"{sentence} Got indices of {indices.dtype}, allowed is torch.int64")
