"""The cap: what ``max_norm`` writes, and when.

Before a lookup, each row that is about to be read and is longer than ``max_norm`` is made shorter: in place,
in the table itself, in training and in evaluation, whether the table learns or not. Rows that are not read
stay as long as they are. The gradient knows nothing of it: it is that of a plain lookup of the new rows.

It does not promise a norm of at most ``max_norm``: in float32 the result can be one rounding step above it,
and the next lookup then moves the row again. That is PyTorch's arithmetic, reproduced to the bit.

Left out are three tables at the edge, refused here and not by PyTorch: an expanded one, whose rows are one row in
memory; and, with no index at all, one of integers, or one without columns for a norm that no numbers do not have.

Chapter: ``08_max_norm.ipynb``.
Source: torch 2.13.0, ``aten/src/ATen/native/Embedding.cpp`` (``embedding_renorm_cpu_``).
Shapes: ``V`` rows, ``D`` columns, ``*`` any shape, ``N`` positions in all.
"""

import torch
from torch import Tensor

from .argument_types import refuse_argument, scalar_name
from .lookup import lookup, refuse_index_dtype

__all__ = ["renorm_"]


def renorm_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float = 2.0) -> Tensor:
    """Shorten, in place, the rows that `indices` name and whose `norm_type`-norm is above `max_norm`.

    A row of norm ``n > max_norm`` is multiplied by ``max_norm / (n + 1e-7)``. No index is written before
    all are checked: a call that is refused leaves the table as it was.

    >>> weight = torch.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    >>> [[round(value, 3) for value in row] for row in renorm_(weight, torch.tensor([0, 0, 1]), max_norm=1.0).tolist()]
    [[0.6, 0.8], [0.3, 0.4], [6.0, 8.0]]

    Args:
        weight: the table, ``(V, D)``; it may require a gradient, none is recorded.
        indices: row numbers in ``[0, V)``, ``(*)``, int64 or int32.
        max_norm: the cap; 0 gives zeros, a negative number turns rows round, NaN changes nothing.
        norm_type: the ``p`` of the norm.

    Returns:
        `weight` itself.

    Raises:
        IndexError, RuntimeError: as `lookup`.
        TypeError: `max_norm` or `norm_type` is not a number.
    """
    refuse_arguments(weight, indices, max_norm, norm_type)
    max_norm, norm_type = float(max_norm), float(norm_type)  # numbers of numpy and tensors too
    table = weight.detach()
    vectors = lookup(table, indices).reshape(indices.numel(), table.shape[1])  # refuses before anything is written
    norms = vectors.norm(norm_type, dim=1).double()  # compared in float64: the float32 number 3.7 is above 3.7
    factors = torch.full_like(norms, max_norm) / (norms + 1e-7)  # a number / a tensor would round differently
    capped = vectors * factors.to(weight.dtype)[:, None]
    rows = indices.reshape(-1).to(table.device, torch.int64)  # a row named twice is written twice, with equal numbers
    table.index_copy_(0, rows, torch.where((norms > max_norm)[:, None], capped, vectors))
    return weight


def refuse_arguments(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    """Raise what PyTorch raises for arguments of the wrong kind."""
    refuse_argument("embedding_renorm_", 3, "max_norm", max_norm, float)
    refuse_argument("embedding_renorm_", 4, "norm_type", norm_type, float)
    if weight.dim() != 2:
        raise RuntimeError(
            f"Expected 2-dimensional tensor, but got {weight.dim()}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for embedding_renorm_): got weight of shape {tuple(weight.shape)}"
        )
    refuse_index_dtype(indices, "embedding_renorm_", position=2)
    if not (weight.is_floating_point() or weight.is_complex()):
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {scalar_name(weight)} instead. "
            f"The dtype of weight is {weight.dtype}"
        )
