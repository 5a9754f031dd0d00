"""Bags: many indices, one vector.

A bag is a stretch of the indices; its vectors are reduced to one by sum, mean or max. Two lists say it all:
the vectors, one a position, and the bag of each position. The order of positions inside a bag changes only
the rounding of a sum, and in max who wins a tie: the first. An empty bag gives zeros. The reductions do not
know padding: it is left out of both lists before.

PyTorch reduces while it reads the table; here the vectors of all positions stand in memory first.

Chapter: ``09_bag.ipynb``.
Source: torch 2.13.0, ``nn/functional.py`` (``embedding_bag``) and ``aten/src/ATen/native/EmbeddingBag.cpp``.
Shapes: ``N`` positions, ``B`` bags, ``L`` indices a bag, ``D`` columns.
"""

import torch
from torch import Tensor

from .bag_refusals import refuse_offsets
from .frequency import counts
from .lookup import refuse_holes

__all__ = [
    "as_lists",
    "bag_of_each",
    "max_of_bags",
    "mean_of_bags",
    "sum_of_bags",
    "weighted_sum_of_bags",
    "without_padding",
]


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
    lengths = offsets.diff(append=offsets.new_full((1,), num_indices))
    bags = torch.arange(len(offsets), device=offsets.device)
    return bags.repeat_interleave(lengths, output_size=num_indices)  # the size given: no need to add up the lengths


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
    sizes = counts(bags, num_bags).clamp(min=1)  # an empty bag: 0 / 1
    return sum_of_bags(vectors, bags, num_bags) / sizes[:, None]


def max_of_bags(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the largest number of each column in each bag, ``(B, D)``; arguments as in `sum_of_bags`.

    The gradient goes to the position it came from, the first of equals. NaN is larger than any number.
    """
    winners = first_largest(vectors.detach(), bags, num_bags)
    zeros = vectors.new_zeros(1, vectors.shape[1])  # stands at position N, where an empty bag looks
    return torch.cat([vectors, zeros]).gather(0, winners)


def first_largest(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the position of the largest number of each column in each bag, ``(B, D)``; ``N`` if it is empty.

    In two steps: the largest number of each bag, then the smallest position at which it stands.
    """
    num_positions, dim = vectors.shape
    bag_at = bags[:, None].expand(-1, dim)
    largest = vectors.new_full((num_bags, dim), -torch.inf).scatter_reduce(0, bag_at, vectors, "amax")
    wins = (vectors == largest.gather(0, bag_at)) | vectors.isnan()
    positions = torch.arange(num_positions, device=bags.device)[:, None]
    candidates = torch.where(wins, positions, num_positions)
    return bags.new_full((num_bags, dim), num_positions).scatter_reduce(0, bag_at, candidates, "amin")


def as_lists(
    input: Tensor, offsets: Tensor | None, per_sample_weights: Tensor | None, include_last_offset: bool
) -> tuple[Tensor, Tensor, Tensor | None, int]:
    """Return all indices, ``(N,)``, the bag of each, ``(N,)``, the factor of each, ``(N,)`` or ``None``, and ``B``.

    There are three ways to write bags, and after this there is one.

    >>> as_lists(torch.tensor([[7, 8], [9, 7]]), None, None, include_last_offset=False)
    (tensor([7, 8, 9, 7]), tensor([0, 0, 1, 1]), None, 2)

    Args:
        input: ``(N,)``, cut into bags by `offsets`; ``(B, L)``, a bag a line; or a jagged nested tensor.
        offsets: with ``(N,)`` only: ``(B,)``, or ``(B + 1,)`` if `include_last_offset`.
        per_sample_weights: of the shape of `input`, or ``None``.
        include_last_offset: `offsets` has one entry more, the last, ``N``.

    Raises:
        RuntimeError: `offsets` cut no bags.
        ValueError: a nested tensor has holes.
    """
    if input.is_nested:
        refuse_holes(input)
        factors = None if per_sample_weights is None else per_sample_weights.values()
        return as_lists(input.values(), input.offsets(), factors, include_last_offset=True)
    factors = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    if input.dim() == 2:
        num_bags, length = input.shape
        bags = torch.arange(num_bags, device=input.device).repeat_interleave(length)
        return input.reshape(-1), bags, factors, num_bags
    refuse_offsets(offsets, len(input), include_last_offset)
    starts = offsets[:-1] if include_last_offset else offsets
    return input, bag_of_each(starts, len(input)), factors, len(starts)


def without_padding(
    indices: Tensor, bags: Tensor, factors: Tensor | None, padding_idx: int | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return the three lists without the positions that name row `padding_idx`: neither added nor counted.

    On the meta device there are no values to look at, and all stay: the bags are as many.

    >>> without_padding(torch.tensor([7, 8, 9, 7]), torch.tensor([0, 0, 1, 1]), None, padding_idx=7)
    (tensor([8, 9]), tensor([0, 1]), None)
    """
    if padding_idx is None or indices.is_meta:
        return indices, bags, factors
    stays = indices != padding_idx
    return indices[stays], bags[stays], None if factors is None else factors[stays]
