"""Bags: many indices, one vector. ``nn.EmbeddingBag``, and a table whose rows come from a file.

Two lists say all about bags: which row each position names, and to which bag it belongs.
Shapes: V rows, D columns, N positions, B bags, L indices a bag.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

import torch
from torch import Tensor, nn


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    mode: str = "mean",
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Return the sum, the mean or the largest numbers of the rows that each bag names, ``(B, D)``.

    Args:
        input: row numbers: ``(N,)``, cut into bags by `offsets`, or ``(B, L)``, a bag a line.
        weight: the table, ``(V, D)``.
        offsets: for ``(N,)`` only: where each bag starts, ``(B,)``.
        mode: ``"sum"``, ``"mean"`` or ``"max"``; an empty bag gives zeros in each.
        per_sample_weights: a factor for each index, of the shape of `input`; with ``sum`` only.
        include_last_offset: `offsets` has one entry more, the last, ``N``.
        padding_idx: the row that is neither added nor counted, in ``[-V, V)``.

    Raises:
        ValueError: there is no such `mode`, or shapes do not fit together.
        NotImplementedError: `per_sample_weights` with another mode than ``sum``.
        RuntimeError: `offsets` cut no bags.
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max: got mode={mode!r}")
    refuse_weights(input, per_sample_weights, mode)
    bags, num_bags = bag_of_each(input, offsets, include_last_offset)
    rows = input.reshape(-1)
    factors = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    if padding_idx is not None:
        stays = rows != padding_idx % len(weight)
        rows, bags = rows[stays], bags[stays]
        factors = None if factors is None else factors[stays]
    vectors = weight.index_select(0, rows)
    if factors is not None:
        vectors = vectors * factors[:, None]
    if mode == "max":
        return largest(vectors, bags, num_bags)
    sums = vectors.new_zeros(num_bags, weight.shape[1]).index_add(0, bags, vectors)
    if mode == "sum":
        return sums
    sizes = bags.bincount(minlength=num_bags).clamp(min=1)  # an empty bag: 0 / 1
    return sums / sizes[:, None]


def refuse_weights(input: Tensor, per_sample_weights: Tensor | None, mode: str) -> None:
    """Raise if the factors do not fit."""
    if per_sample_weights is None:
        return
    if per_sample_weights.shape != input.shape:
        raise ValueError(
            f"per_sample_weights must have the shape of input: got {tuple(per_sample_weights.shape)} "
            f"for an input of {tuple(input.shape)}"
        )
    if mode != "sum":
        raise NotImplementedError(f"per_sample_weights go with mode='sum' only: got mode={mode!r}")


def bag_of_each(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> tuple[Tensor, int]:
    """Return the bag of each position, ``(N,)``, and how many bags there are."""
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(f"an input of shape {tuple(input.shape)} is a bag a line and takes no offsets")
        return torch.arange(len(input)).repeat_interleave(input.shape[1]), len(input)
    if offsets is None:
        raise ValueError(f"an input of shape {tuple(input.shape)} needs offsets, where its bags start")
    refuse_offsets(offsets.tolist(), len(input), include_last_offset)
    starts = offsets[:-1] if include_last_offset else offsets
    lengths = starts.diff(append=starts.new_tensor([len(input)]))  # the last bag ends with the input
    return torch.arange(len(starts)).repeat_interleave(lengths), len(starts)


def refuse_offsets(offsets: list[int], length: int, include_last_offset: bool) -> None:
    """Raise if the offsets do not cut a list of this length into bags."""
    if offsets and offsets[0] != 0:
        raise RuntimeError(f"the first bag has to start at position 0: got offsets[0]={offsets[0]}")
    if offsets and offsets[-1] > length:
        raise RuntimeError(f"no bag can start beyond the input of length {length}: got offsets[-1]={offsets[-1]}")
    for place, (left, right) in enumerate(pairwise(offsets), start=1):
        if right < left:
            raise RuntimeError(f"offsets must not decrease: got offsets[{place}]={right} after {left}")
    if include_last_offset and offsets[-1:] != [length]:
        raise RuntimeError(f"the last offset must be the length of input, {length}: got offsets={offsets}")


def largest(vectors: Tensor, bags: Tensor, num_bags: int) -> Tensor:
    """Return the largest number of each column in each bag; the gradient goes to the first position that holds it."""
    result = [vectors[:0]]
    for bag in range(num_bags):
        inside = vectors[bags == bag]
        if len(inside):
            first = (inside == inside.amax(0)).int().argmax(0)  # of equals, argmax names the first
            result.append(inside.gather(0, first[None]))
        else:
            result.append(inside.sum(0, keepdim=True))  # zeros, which hang together with the table all the same
    return torch.cat(result)


class EmbeddingBag(nn.Module):
    """A table of rows that learn, looked up by the bag.

    Args:
        num_embeddings: V.
        embedding_dim: D.
        mode, padding_idx, include_last_offset: as in `embedding_bag`; a new table starts with zeros in row
            `padding_idx`.
        dtype: of the table.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        mode: str = "mean",
        padding_idx: int | None = None,
        include_last_offset: bool = False,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.mode, self.padding_idx, self.include_last_offset = mode, padding_idx, include_last_offset
        self.weight = nn.Parameter(torch.empty(num_embeddings, embedding_dim, dtype=dtype).normal_())
        if padding_idx is not None:
            with torch.no_grad():
                self.weight[padding_idx] = 0

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        options = self.include_last_offset, self.padding_idx
        return embedding_bag(input, self.weight, offsets, self.mode, per_sample_weights, *options)

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **options: object) -> Self:
        """Return a module around the table `embeddings` itself: not copied, and frozen unless ``freeze=False``."""
        module = cls(*embeddings.shape, **options)
        module.weight = nn.Parameter(embeddings, requires_grad=not freeze)
        return module


def align(tokens: Sequence[str], words: Sequence[str], vectors: Tensor) -> tuple[Tensor, list[str]]:
    """Return the table whose row ``v`` is the vector of token ``v``, and the tokens that the file does not have.

    Of equal words in the file the first counts. A missing token gets random numbers of the file's own mean and spread.

    Args:
        tokens: the vocabulary, row 0 first.
        words: the words of the file.
        vectors: their vectors, ``(len(words), D)``.
    """
    line = {word: number for number, word in reversed(list(enumerate(words)))}
    table = torch.randn(len(tokens), vectors.shape[1]) * vectors.std() + vectors.mean()
    missing = []
    for row, token in enumerate(tokens):
        if token in line:
            table[row] = vectors[line[token]]
        else:
            missing.append(token)
    return table, missing
