"""Bags: many indices, one vector.

A bag is a stretch of the indices; its vectors are reduced to one by sum, mean or max. Two lists say it all:
the vectors, one a position, and the bag of each position. The order of positions inside a bag changes only
the rounding of a sum, and in max who wins a tie: the first. An empty bag gives zeros. Padding must not count;
it is left out of both lists before, the reductions do not know it.

PyTorch reduces while it reads the table; here the vectors of all positions stand in memory first.

Chapter: ``09_bag.ipynb``.
Source: torch 2.13.0, ``nn/functional.py`` (``embedding_bag``) and ``aten/src/ATen/native/EmbeddingBag.cpp``.
Shapes: ``N`` positions, ``B`` bags, ``L`` indices a bag, ``D`` columns.
"""

import torch
from torch import Tensor

__all__ = ["as_one_list", "bag_of_each", "max_of_bags", "mean_of_bags", "sum_of_bags", "weighted_sum_of_bags"]


def as_one_list(
    input: Tensor, offsets: Tensor | None, per_sample_weights: Tensor | None, include_last_offset: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return all indices in one list, ``(N,)``, the start of each bag, ``(B,)``, and the factors, ``(N,)`` or ``None``.

    >>> as_one_list(torch.tensor([[7, 8], [9, 7]]), None, None, include_last_offset=False)
    (tensor([7, 8, 9, 7]), tensor([0, 2]), None)

    Args:
        input: ``(N,)``, cut into bags by `offsets`; ``(B, L)``, a bag a line; or a jagged nested tensor.
        offsets: with ``(N,)`` only: ``(B,)``, or ``(B + 1,)`` if `include_last_offset`.
        per_sample_weights: of the shape of `input`, or ``None``.
        include_last_offset: `offsets` has one entry more, the last, ``N``.

    Raises:
        ValueError: a shape does not fit.
        RuntimeError: the bags have no indices at all, or `offsets` cut no bags.
    """
    refuse_shapes(input, offsets, per_sample_weights)
    if input.is_nested:
        factors = per_sample_weights if per_sample_weights is None else per_sample_weights.values()
        return input.values(), input.offsets()[:-1], factors
    factors = per_sample_weights if per_sample_weights is None else per_sample_weights.reshape(-1)
    if input.dim() == 2:
        starts = torch.arange(0, input.numel(), input.shape[1], dtype=input.dtype, device=input.device)
        return input.reshape(-1), starts, factors
    refuse_offsets(offsets, len(input), include_last_offset)
    return input, offsets[:-1] if include_last_offset else offsets, factors


def bag_of_each(offsets: Tensor, num_indices: int) -> Tensor:
    """Return the number of the bag that each position belongs to.

    >>> bag_of_each(torch.tensor([0, 3, 3]), num_indices=5)  # bag 1 is empty
    tensor([0, 0, 0, 2, 2])

    Args:
        offsets: the position at which each bag starts, ``(B,)``; the first is 0, none is below its left neighbour.
        num_indices: ``N``; the last bag ends there.

    Returns:
        ``(N,)``, int64, never decreasing.
    """
    ends = torch.cat([offsets[1:], offsets.new_tensor([num_indices])])
    bags = torch.arange(len(offsets), device=offsets.device)
    known = num_indices if offsets.is_meta else None  # on the meta device the lengths cannot be added up
    return bags.repeat_interleave(ends - offsets, output_size=known)


def sum_of_bags(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the sum of each bag, added up in the order of the positions.

    >>> vectors = torch.tensor([[1.0, 5.0], [2.0, 4.0], [3.0, 3.0]])
    >>> sum_of_bags(vectors, torch.tensor([0, 0, 2]), num_bags=3)
    tensor([[3., 9.],
            [0., 0.],
            [3., 3.]])

    Args:
        vectors: one vector a position, ``(N, D)``.
        bags: the bag of each position, ``(N,)``, in ``[0, B)``.
        num_bags: ``B``.

    Returns:
        ``(B, D)``.
    """
    return vectors.new_zeros(num_bags, vectors.shape[1]).index_add_(0, bags, vectors)


def weighted_sum_of_bags(vectors: Tensor, factors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the sum of each bag, ``(B, D)``, the vector of position ``k`` taken ``factors[k]`` times.

    The gradient reaches the factors too: each receives the product, summed over ``D``, of its vector and the
    gradient of its bag. Half precision is multiplied and added in float32 and rounded once.
    """
    wide = torch.promote_types(vectors.dtype, torch.float32)
    weighted = vectors.to(wide) * factors.to(wide)[:, None]
    return sum_of_bags(weighted, bags, num_bags).to(vectors.dtype)


def mean_of_bags(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the mean of each bag, ``(B, D)``; arguments as in `sum_of_bags`."""
    sizes = bags.new_zeros(num_bags).index_add_(0, bags, torch.ones_like(bags))
    return sum_of_bags(vectors, bags, num_bags) / sizes.clamp(min=1)[:, None]


def max_of_bags(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the largest number of each column in each bag, ``(B, D)``; arguments as in `sum_of_bags`.

    The gradient goes to the position it came from, the first of equals. NaN is larger than any number.
    """
    winners = first_largest(vectors.detach(), bags, num_bags)
    zeros = vectors.new_zeros(1, vectors.shape[1])  # stands at position N, where an empty bag looks
    return torch.cat([vectors, zeros]).gather(0, winners)


def first_largest(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the position of the largest number of each column in each bag, ``(B, D)``; ``N`` if it is empty."""
    num_positions, dim = vectors.shape
    bag_at = bags[:, None].expand(-1, dim)
    largest = vectors.new_full((num_bags, dim), -torch.inf).scatter_reduce(0, bag_at, vectors, "amax")
    wins = (vectors == largest.gather(0, bag_at)) | vectors.isnan()
    positions = torch.arange(num_positions, device=bags.device)[:, None]
    candidates = torch.where(wins, positions, num_positions)
    return bags.new_full((num_bags, dim), num_positions).scatter_reduce(0, bag_at, candidates, "amin")


def refuse_shapes(input: Tensor, offsets: Tensor | None, per_sample_weights: Tensor | None) -> None:
    """Raise what PyTorch raises for shapes that do not fit together."""
    found = f"got input of shape {tuple(input.shape)}"
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    if input.dim() not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}: {found}")
    if input.dim() == 1 and offsets is None:
        raise ValueError(f"offsets has to be a 1D Tensor but got None: {found}")
    if input.dim() == 1 and offsets.dim() != 1:
        raise ValueError(f"offsets has to be a 1D Tensor: got offsets of shape {tuple(offsets.shape)}")
    if input.dim() == 2 and not input.is_nested and offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
            f"sequences. However, found offsets of type {type(offsets)}: {found}"
        )
    if input.dim() == 2 and not input.is_nested and not input.shape[1]:
        raise RuntimeError(f"step must be nonzero: {found}, bags of no index at all")


def refuse_offsets(offsets: Tensor, num_indices: int, include_last_offset: bool) -> None:
    """Raise if `offsets` do not cut ``num_indices`` positions into bags."""
    if not len(offsets) and include_last_offset:
        raise RuntimeError("include_last_offset: number of offset should be at least 1: got offsets of shape (0,)")
    if not len(offsets) and num_indices:
        raise RuntimeError(f"offsets[0] has to be 0: got no offsets, so no bag, for the {num_indices} indices of input")
    if not len(offsets) or offsets.is_meta:
        return
    if offsets[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {offsets[0]}"
        )
    if offsets[-1] > num_indices:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {num_indices} but got offsets[-1] of {offsets[-1]}"
        )
    if (falls := offsets[1:] < offsets[:-1]).any():
        k = int(falls.nonzero()[0])
        raise RuntimeError(
            f"offsets must not decrease: got offsets[{k}]={offsets[k]} and offsets[{k + 1}]={offsets[k + 1]}"
        )
    if include_last_offset and offsets[-1] != num_indices:
        raise RuntimeError(
            f"with include_last_offset the last of offsets must be the length of input, {num_indices}: "
            f"got offsets[-1]={offsets[-1]}"
        )


def refuse_rows(indices: Tensor, num_embeddings: int) -> None:
    """Raise what PyTorch raises for an index that names no row: the sentences of both of its code paths."""
    if indices.is_meta or not len(indices):
        return
    low, high = indices.aminmax()
    if low < 0 or high >= num_embeddings:
        place = int(((indices < 0) | (indices >= num_embeddings)).nonzero()[0])
        raise RuntimeError(
            f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {indices[place]}: "
            f"Index {place} of input takes value {indices[place]} which is not in the valid range [0, {num_embeddings})"
        )
