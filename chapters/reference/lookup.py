"""The lookup: which row of the table stands where in the output.

``lookup(weight, indices)`` copies row ``indices[k]`` of the table to position ``k`` of the output, for
every position ``k``. It does not multiply, does not sum, and does not learn: ten rows that are read are
ten copies. What the arguments of ``nn.Embedding`` add to this, later modules add. It reads with ``index_select``
and not as ``weight[indices]``, which would count negative numbers from the end. Its gradient is PyTorch's in
float32 and float64; in half precision the last digits differ, and ``learning.py`` has PyTorch's.

Chapter: ``02_lookup.ipynb``.
Source: torch 2.13.0, ``nn/modules/sparse.py`` and ``nn/functional.py`` (``embedding``).
Shapes: ``V`` rows, ``D`` columns, ``*`` any shape, including none.
"""

import torch
from torch import Tensor, nn

from .argument_types import refuse_argument, type_name

__all__ = ["Table", "lookup"]


def lookup(weight: Tensor, indices: Tensor) -> Tensor:
    """Return row ``weight[i]`` in the place of every index ``i``.

    >>> lookup(torch.tensor([[0, 1], [10, 11], [20, 21]]), torch.tensor([2, 0, 2]))
    tensor([[20, 21],
            [ 0,  1],
            [20, 21]])

    Args:
        weight: the table, ``(V, D)``, of any dtype.
        indices: row numbers in ``[0, V)``, of any shape ``(*)``, int64 or int32.

    Returns:
        ``(*, D)``, a copy: writing into it leaves the table alone.

    Raises:
        IndexError: an index is negative, ``V``, or larger.
        RuntimeError: `weight` is not two-dimensional, `indices` has another dtype,
            or an index names no row of a table without rows or without columns.
        TypeError: an argument is not a tensor.
    """
    refuse_types(weight, indices)
    try:
        rows = weight.index_select(0, indices.reshape(-1))
    except (IndexError, RuntimeError) as error:
        raise explained(error, indices, len(weight)) from None
    return rows.reshape(*indices.shape, weight.shape[1])


class Table(nn.Module):
    """A table that can learn; a seed gives it the numbers of ``nn.Embedding``.

    >>> Table(31, 2)(torch.zeros(3, 5, dtype=torch.long)).shape
    torch.Size([3, 5, 2])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        weight = torch.empty((num_embeddings, embedding_dim))
        self.weight = nn.Parameter(weight.normal_())

    def forward(self, indices: Tensor) -> Tensor:
        return lookup(self.weight, indices)

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.weight.shape))


def refuse_types(weight: Tensor, indices: Tensor) -> None:
    """Raise what PyTorch raises for a table or indices of the wrong kind."""
    refuse_argument("embedding", 1, "weight", weight, Tensor)
    refuse_argument("embedding", 2, "indices", indices, Tensor)
    if weight.dim() != 2:
        raise RuntimeError(f"'weight' must be 2-D: got weight of shape {tuple(weight.shape)}")
    refuse_index_dtype(indices, "embedding")


def refuse_index_dtype(indices: Tensor, operator: str, position: int = 1) -> None:
    """Raise what PyTorch's `operator` raises for indices that are neither int64 nor int32."""
    if indices.dtype not in (torch.int64, torch.int32):
        raise RuntimeError(
            f"Expected tensor for argument #{position} 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {type_name(indices)} instead (while checking arguments for {operator}): "
            f"got indices of {indices.dtype}, allowed are torch.int64 and torch.int32"
        )


def refuse_holes(indices: Tensor) -> None:
    """Raise what PyTorch's embedding raises for a nested tensor between whose rows there are unused values."""
    if not indices.is_contiguous():
        raise ValueError(
            "expected indices to be a contiguous jagged layout NestedTensor: "
            f"got a nested tensor of {len(indices)} rows with holes between them; its .contiguous() has none"
        )


def explained(error: Exception, indices: Tensor, num_embeddings: int) -> Exception:
    """Return PyTorch's `error` with the first index that names no row, its place, and the bound."""
    bad = (indices < 0) | (indices >= num_embeddings)
    if not bad.any():
        return error
    place = tuple(bad.nonzero()[0].tolist())
    name = f"indices{list(place)}" if place else "indices"
    rows = f"0 to {num_embeddings - 1}" if num_embeddings else "none"
    return type(error)(
        f"{error}: got {name}={indices[place].item()} for a table of num_embeddings={num_embeddings} rows ({rows})"
    )
