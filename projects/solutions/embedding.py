"""A table of rows, looked up by integer: ``nn.Embedding`` as far as its padding row.

Shapes: V rows, D columns, * any shape, N = number of indices.
"""

import torch
from torch import Tensor, nn


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """Return row ``weight[i]`` in the place of every index ``i`` of `input`: ``(*)`` gives ``(*, D)``, a copy.

    Args:
        input: row numbers in ``[0, V)``, ``(*)``, int64 or int32.
        weight: the table, ``(V, D)``.
        padding_idx: the row that receives no gradient, in ``[-V, V)``.

    Raises:
        IndexError: an index names no row.
        RuntimeError: `input` has another dtype, or `weight` is not two-dimensional.
        AssertionError: `padding_idx` names no row.
    """
    refuse(input, weight)
    return Lookup.apply(weight, input, resolve(padding_idx, len(weight)))


def refuse(input: Tensor, weight: Tensor) -> None:
    """Raise if nothing can be looked up."""
    if weight.dim() != 2:
        raise RuntimeError(f"'weight' must be 2-D: got weight of shape {tuple(weight.shape)}")
    if input.dtype not in (torch.int64, torch.int32):
        raise RuntimeError(f"indices must be int64 or int32: got indices of {input.dtype}")
    rows = len(weight)
    outside = input[(input < 0) | (input >= rows)]
    if len(outside):
        raise IndexError(f"index out of range: got {outside[0]} for a table of {rows} rows (0 to {rows - 1})")


def resolve(padding_idx: int | None, num_embeddings: int) -> int | None:
    """Return `padding_idx` as a row number in ``[0, V)``; ``None`` stays ``None``."""
    if padding_idx is None:
        return None
    if not -num_embeddings <= padding_idx < num_embeddings:
        raise AssertionError(
            f"padding_idx must be within num_embeddings: got {padding_idx} for a table of {num_embeddings} rows"
        )
    return padding_idx % num_embeddings


class Lookup(torch.autograd.Function):
    """The lookup, with a gradient of our own."""

    @staticmethod
    def forward(ctx, weight: Tensor, indices: Tensor, padding_idx: int | None) -> Tensor:
        ctx.save_for_backward(indices)
        ctx.num_embeddings, ctx.padding_idx = len(weight), padding_idx
        rows = weight.index_select(0, indices.reshape(-1))  # not weight[indices], which counts -1 from the end
        return rows.reshape(*indices.shape, weight.shape[1])

    @staticmethod
    def backward(ctx, grad_output: Tensor) -> tuple[Tensor, None, None]:
        (indices,) = ctx.saved_tensors
        learns = torch.ones_like(indices, dtype=torch.bool) if ctx.padding_idx is None else indices != ctx.padding_idx
        # the pads are left out, not multiplied by 0: NaN times 0 is NaN
        return embedding_backward(grad_output[learns], indices[learns], ctx.num_embeddings), None, None


def embedding_backward(grad_output: Tensor, indices: Tensor, num_embeddings: int) -> Tensor:
    """Return the gradient of the table, ``(V, D)``: each position adds what it sends to the row it read.

    Args:
        grad_output: the gradient at the output, ``(*, D)``.
        indices: what was looked up, ``(*)``.
        num_embeddings: V.
    """
    dim = grad_output.shape[-1]
    table = grad_output.new_zeros(num_embeddings, dim)
    return table.index_add_(0, indices.reshape(-1), grad_output.reshape(indices.numel(), dim))


class Embedding(nn.Module):
    """A table of rows that learn.

    Args:
        num_embeddings: V.
        embedding_dim: D.
        padding_idx: the row that starts as zeros and receives no gradient, in ``[-V, V)``.
        dtype: of the table.
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        self.padding_idx = resolve(padding_idx, num_embeddings)
        self.weight = nn.Parameter(torch.empty(num_embeddings, embedding_dim, dtype=dtype).normal_())
        if self.padding_idx is not None:
            with torch.no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        return embedding(input, self.weight, self.padding_idx)
