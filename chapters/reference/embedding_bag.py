"""``nn.EmbeddingBag`` and ``F.embedding_bag``, put together from the modules before this one.

A bag is an `embedding` of its indices, reduced: so everything about gradients is as there, and second
derivatives and forward mode, which PyTorch's bags refuse, work. The padding of a bag is another matter: it is
left out before the lookup, so the lookup has no `padding_idx`. Names, order, defaults and errors are PyTorch's.
Left out: TorchScript; ``torch.compile`` with ``fullgraph``, ``torch.export`` and ``torch.fx``; fake tensors;
``torch.func.vmap`` over indices or offsets, for their values are looked at first (over the table it works).

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
from torch import Tensor

from .bag import as_lists, max_of_bags, mean_of_bags, sum_of_bags, weighted_sum_of_bags, without_padding
from .bag_refusals import (
    refuse_dtypes,
    refuse_option_types,
    refuse_options,
    refuse_padding_idx,
    refuse_rows,
    refuse_shapes,
)
from .embedding import embedding
from .max_norm import renorm_
from .module import TableModule, table_sizes
from .padding import resolve_padding_idx

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
        TypeError: an option is of another type.
        ValueError: a wrong shape or `mode`, or an option that `mode` does not take.
        NotImplementedError: `per_sample_weights` with another mode than ``sum``.
    """
    input, weight = in_order(input, weight)
    refuse_shapes(input, weight, offsets, per_sample_weights)
    refuse_options(mode, scale_grad_by_freq, sparse, per_sample_weights)
    refuse_option_types(scale_grad_by_freq, sparse, input.dim() == 1 and include_last_offset, padding_idx)
    refuse_dtypes(input, weight, offsets, per_sample_weights)
    refuse_padding_idx(padding_idx, len(weight))
    indices, bags, factors, num_bags = as_lists(input, offsets, per_sample_weights, include_last_offset)
    refuse_rows(indices, len(weight))
    if max_norm is not None:
        renorm_(weight, indices, max_norm, norm_type)
    padding_idx = resolve_padding_idx(padding_idx, len(weight))
    indices, bags, factors = without_padding(indices, bags, factors, padding_idx)
    vectors = embedding(indices, weight, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
    if factors is not None:
        return weighted_sum_of_bags(vectors, factors, bags, num_bags)
    return REDUCTIONS[mode](vectors, bags, num_bags)


def in_order(input: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return `input` and `weight`; a call in the old order, the table first, is turned round with PyTorch's warning."""
    if weight.dtype != torch.int64 or not input.is_floating_point():
        return input, weight
    warnings.warn(
        "Argument order of nn.functional.embedding_bag was changed. "
        "Usage `embedding_bag(weight, input, ...)` is deprecated, "
        "and should now be `embedding_bag(input, weight, ...)`.",
        stacklevel=3,
    )
    return weight, input


class EmbeddingBag(TableModule):
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
        padding_idx = resolve_padding_idx(padding_idx, num_embeddings, name="padding_idx")
        options = padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
        super().__init__(num_embeddings, embedding_dim, *options, _weight, True, device, dtype)
        self.mode = mode
        self.include_last_offset = include_last_offset

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
