"""A table of rows, looked up by integer: ``nn.Embedding`` with all its options.

Shapes: V rows, D columns, * any shape, N = number of indices.
"""

import torch
from torch import Tensor, nn


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Return row ``weight[i]`` in the place of every index ``i`` of `input`: ``(*)`` gives ``(*, D)``, a copy.

    Args:
        input: row numbers in ``[0, V)``, ``(*)``, int64 or int32.
        weight: the table, ``(V, D)``.
        padding_idx: the row that receives no gradient, in ``[-V, V)``.
        max_norm: rows that are read and longer than this are shortened in `weight` first.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide what a position sends by how often its row was read in this call.
        sparse: leave the gradient as a list of what the positions send.

    Raises:
        IndexError: an index names no row.
        RuntimeError: `input` has another dtype, or `weight` is not two-dimensional; in backward, `sparse` and
            `scale_grad_by_freq` together.
        AssertionError: `padding_idx` names no row.
    """
    refuse(input, weight)
    padding_idx = resolve(padding_idx, len(weight))
    if max_norm is not None:
        shorten_(weight, input.reshape(-1), max_norm, norm_type)
    return Lookup.apply(weight, input, padding_idx, scale_grad_by_freq, sparse)


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


@torch.no_grad()
def shorten_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    """Multiply, in place, each row that is read and longer than `max_norm`, so that it is as long as that."""
    rows = indices.unique()  # a row that is read twice is shortened once
    vectors = weight.index_select(0, rows)
    norms = vectors.norm(norm_type, dim=1)
    factors = torch.where(norms > max_norm, max_norm / (norms + 1e-7), 1)  # 1e-7 as in PyTorch
    weight[rows] = vectors * factors[:, None]


class Lookup(torch.autograd.Function):
    """The lookup, with a gradient of our own."""

    @staticmethod
    def forward(
        ctx, weight: Tensor, indices: Tensor, padding_idx: int | None, scale_grad_by_freq: bool, sparse: bool
    ) -> Tensor:
        ctx.save_for_backward(indices)
        ctx.num_embeddings, ctx.padding_idx = len(weight), padding_idx
        ctx.scale_grad_by_freq, ctx.sparse = scale_grad_by_freq, sparse
        rows = weight.index_select(0, indices.reshape(-1))  # not weight[indices], which counts -1 from the end
        return rows.reshape(*indices.shape, weight.shape[1])

    @staticmethod
    def backward(ctx, grad_output: Tensor) -> tuple:
        if ctx.sparse and ctx.scale_grad_by_freq:
            raise RuntimeError("scale_grad_by_freq=True does not go with sparse=True: set one of them to False")
        (indices,) = ctx.saved_tensors
        rows, sent = indices.reshape(-1), grad_output.reshape(indices.numel(), grad_output.shape[-1])
        if ctx.padding_idx is not None:
            learns = rows != ctx.padding_idx
            rows, sent = rows[learns], sent[learns]  # left out, not multiplied by 0: NaN times 0 is NaN
        if ctx.scale_grad_by_freq:
            sent = sent / rows.bincount(minlength=ctx.num_embeddings)[rows][:, None]
        make = as_list if ctx.sparse else embedding_backward
        return make(sent, rows, ctx.num_embeddings), None, None, None, None


def as_list(sent: Tensor, rows: Tensor, num_embeddings: int) -> Tensor:
    """Return the gradient of the table, ``(V, D)``, sparse: the entry ``sent[k]`` at row ``rows[k]``, nothing added."""
    size = num_embeddings, sent.shape[1]
    return torch.sparse_coo_tensor(rows[None], sent, size, check_invariants=False)  # the rows were checked before


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
        padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse: as in `embedding`, read anew at each call; a new
            table starts with zeros in row `padding_idx`.
        dtype: of the table.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.padding_idx = resolve(padding_idx, num_embeddings)
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.weight = nn.Parameter(torch.empty(num_embeddings, embedding_dim, dtype=dtype).normal_())
        if self.padding_idx is not None:
            with torch.no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        options = self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        return embedding(input, self.weight, *options)
