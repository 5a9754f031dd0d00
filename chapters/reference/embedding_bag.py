"""``nn.EmbeddingBag`` and ``F.embedding_bag``, put together from the modules before this one.

A bag is an `embedding` of its indices, reduced: so everything about gradients is as there, and second
derivatives and forward mode, which PyTorch's bags refuse, work. Names, order, defaults and errors are
PyTorch's. Left out: TorchScript.

Where PyTorch contradicts its documentation, the documentation holds: `scale_grad_by_freq` divides each row
by its own count; NaN is the maximum of a bag wherever it stands; indices are int64 or int32; offsets that
decrease, or that end before the last index with `include_last_offset`, are refused.

Chapter: ``09_bag.ipynb``.
Source: torch 2.13.0, ``nn/modules/sparse.py``, ``nn/functional.py`` (``embedding_bag``) and
``aten/src/ATen/native/EmbeddingBag.cpp``.
Shapes: ``V`` rows, ``D`` columns, ``N`` indices in all, ``B`` bags, ``L`` indices a bag.
"""

import warnings
from typing import Self

import torch
from torch import Tensor, nn

from .bag import (
    as_one_list,
    bag_of_each,
    max_of_bags,
    mean_of_bags,
    refuse_rows,
    sum_of_bags,
    weighted_sum_of_bags,
)
from .embedding import embedding, table_parameter
from .lookup import refuse_index_dtype
from .max_norm import renorm_
from .padding import resolve_padding_idx, zero_padding_row_
from .pretrained import table_sizes

__all__ = ["EmbeddingBag", "embedding_bag"]

REDUCTIONS = {"sum": sum_of_bags, "mean": mean_of_bags, "max": max_of_bags}


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Return the sum, mean or maximum of the rows that each bag of indices names.

    >>> weight = torch.tensor([[1.0, 5.0], [2.0, 4.0], [3.0, 3.0]])
    >>> embedding_bag(torch.tensor([0, 1, 2, 2]), weight, offsets=torch.tensor([0, 3]), mode="sum")
    tensor([[ 6., 12.],
            [ 3.,  3.]])

    Args:
        input: row numbers in ``[0, V)``, int64 or int32: ``(N,)``, cut into bags by `offsets`; or ``(B, L)``,
            a bag a line; or a jagged nested tensor.
        weight: the table, ``(V, D)``, floating.
        offsets: for ``(N,)`` only: where each bag starts, ``(B,)``, the first 0, never decreasing.
        max_norm, norm_type, scale_grad_by_freq, sparse: as in `embedding`; the last two not with ``max``.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        per_sample_weights: a factor for each index, of the shape of `input`; with ``sum`` only.
        include_last_offset: `offsets` is ``(B + 1,)`` and its last entry is ``N``.
        padding_idx: the row that is left out of every bag, in ``[-V, V)``; a mean does not count it.

    Returns:
        ``(B, D)``; zeros for a bag in which nothing is left.

    Raises:
        RuntimeError: an index or `padding_idx` names no row, a dtype is wrong, or `offsets` cut no bags.
        ValueError: a wrong shape or `mode`, or an option that `mode` does not take.
        NotImplementedError: `per_sample_weights` with another mode than ``sum``.
    """
    input, weight = in_order(input, weight)
    indices, offsets, factors = as_one_list(input, offsets, per_sample_weights, include_last_offset)
    refuse_shape(weight)
    refuse_options(mode, scale_grad_by_freq, sparse, factors)
    refuse_types(weight, indices, offsets, factors)
    padding_idx = padding_row(padding_idx, len(weight))
    refuse_rows(indices, len(weight))
    if max_norm is not None:
        renorm_(weight, indices, max_norm, norm_type)
    bags = bag_of_each(offsets, len(indices))
    if padding_idx is not None:
        stays = indices != padding_idx
        indices, bags, factors = indices[stays], bags[stays], factors if factors is None else factors[stays]
    vectors = embedding(indices, weight, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
    if factors is not None:
        return weighted_sum_of_bags(vectors, factors, bags, len(offsets))
    return REDUCTIONS[mode](vectors, bags, len(offsets))


def in_order(input: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the two in their order; those who still write the table first, as once was right, are warned."""
    if weight.dtype != torch.int64 or not input.is_floating_point():
        return input, weight
    warnings.warn(
        "Argument order of nn.functional.embedding_bag was changed. "
        "Usage `embedding_bag(weight, input, ...)` is deprecated, "
        "and should now be `embedding_bag(input, weight, ...)`.",
        stacklevel=3,
    )
    return weight, input


def refuse_shape(weight: Tensor) -> None:
    """Raise what PyTorch raises for a table that is none."""
    if weight.dim() != 2:
        raise ValueError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}: "
            f"got weight of shape {tuple(weight.shape)}"
        )


def refuse_options(mode: str, scale_grad_by_freq: bool, sparse: bool, factors: Tensor | None) -> None:
    """Raise what PyTorch raises for an option that `mode` does not take."""
    if mode not in REDUCTIONS:
        raise ValueError(f"mode has to be one of sum, mean or max: got mode={mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency: got scale_grad_by_freq=True")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights: got sparse=True")
    if mode != "sum" and factors is not None:
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
            f"mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )


def refuse_types(weight: Tensor, indices: Tensor, offsets: Tensor, factors: Tensor | None) -> None:
    """Raise what PyTorch raises for a wrong dtype."""
    refuse_index_dtype(indices, "embedding_bag")
    refuse_index_dtype(offsets, "embedding_bag")
    expected = "Expected tensor for argument #1 'weight'"
    place = "(while checking arguments for embedding_bag)"
    if weight.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise RuntimeError(
            f"{expected} to have one of the following scalar types: Half, BFloat16, Float, Double; "
            f"but got {weight.type()} instead {place}: got weight of {weight.dtype}"
        )
    if factors is not None and factors.dtype != weight.dtype:
        raise RuntimeError(
            f"{expected} to have the same type as tensor for argument #1 'per_sample_weights'; "
            f"but type {weight.type()} does not equal {factors.type()} {place}"
        )


def padding_row(padding_idx: int | None, num_embeddings: int) -> int | None:
    """Return `padding_idx` as `resolve_padding_idx` does; the function refuses with a RuntimeError."""
    if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{num_embeddings} through {num_embeddings - 1}, "
            f"but got {padding_idx}"
        )
    return resolve_padding_idx(padding_idx, num_embeddings)


class EmbeddingBag(nn.Module):
    """A table of rows that learn; looked up by the bag, each bag reduced to one vector.

    >>> bags = EmbeddingBag(31, 2, mode="sum")
    >>> bags
    EmbeddingBag(31, 2, mode='sum')
    >>> bags(torch.zeros(3, 5, dtype=torch.long)).shape
    torch.Size([3, 2])

    Args:
        num_embeddings: ``V``.
        embedding_dim: ``D``.
        max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_idx: as in
            `embedding_bag`; a new table starts with zeros in row `padding_idx`.
        _weight: the table itself, ``(V, D)``, not copied and not changed; `device` and `dtype` are ignored.
        device, dtype: where and of what type a new table is.

    Raises:
        AssertionError: `padding_idx` names no row, or `_weight` has another shape.
        RuntimeError: a size is negative, or `dtype` cannot learn.
        TypeError: a size is no integer.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = resolve_padding_idx(padding_idx, num_embeddings, name="padding_idx")
        self.weight = table_parameter((num_embeddings, embedding_dim), _weight, True, device, dtype)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every row anew from N(0, 1), then set the padding row to zero."""
        nn.init.normal_(self.weight)
        zero_padding_row_(self.weight, self.padding_idx)

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        """Return ``(B, D)``; the three arguments as in `embedding_bag`, every option read anew at each call."""
        return embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        shown = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.max_norm is not None:
            shown += f", max_norm={self.max_norm!r}"
        if self.norm_type != 2:
            shown += f", norm_type={self.norm_type!r}"
        if self.scale_grad_by_freq is not False:
            shown += f", scale_grad_by_freq={self.scale_grad_by_freq!r}"
        shown += f", mode={self.mode!r}"
        if self.padding_idx is not None:
            shown += f", padding_idx={self.padding_idx!r}"
        return shown

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """Return a module around the table `embeddings`, ``(V, D)``: frozen, not copied, padding row kept.

        Raises:
            AssertionError: `embeddings` is not two-dimensional, or `padding_idx` names no row.
        """
        options = max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings, include_last_offset, padding_idx
        module = cls(*table_sizes(embeddings), *options)
        module.weight.requires_grad = not freeze
        return module
