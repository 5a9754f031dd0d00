"""What a bag refuses: wrong arguments, in PyTorch's words.

Nothing here computes anything. Each function raises what PyTorch raises, and adds to its sentence the value that
was received and what is allowed. Everything is checked before anything is written, so a call that is refused
leaves the table as it was. Where PyTorch accepts what its documentation forbids (offsets that decrease, offsets
that end too early), the documentation holds.

Chapter: ``09_bag.ipynb``.
Source: torch 2.13.0, ``nn/functional.py`` (``embedding_bag``) and ``aten/src/ATen/native/EmbeddingBag.cpp``.
Shapes: ``V`` rows, ``N`` indices, ``B`` bags.
"""

import torch
from torch import Tensor

from .argument_types import refuse_argument, type_name
from .lookup import refuse_index_dtype

__all__ = [
    "refuse_dtypes",
    "refuse_offsets",
    "refuse_option_types",
    "refuse_options",
    "refuse_padding_idx",
    "refuse_rows",
    "refuse_shapes",
]


def refuse_shapes(input: Tensor, weight: Tensor, offsets: Tensor | None, per_sample_weights: Tensor | None) -> None:
    """Raise if shapes do not fit together."""
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}: "
            f"got weight of shape {tuple(weight.shape)}"
        )
    if input.dim() == 1:
        refuse_flat(input, offsets)
    elif input.dim() != 2:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}: "
            f"got input of shape {tuple(input.shape)}"
        )
    elif not input.is_nested:
        refuse_rectangle(input, offsets)


def refuse_flat(input: Tensor, offsets: Tensor | None) -> None:
    """Raise if the indices are a list and `offsets` are no list."""
    if offsets is None:
        raise ValueError(f"offsets has to be a 1D Tensor but got None: got input of shape {tuple(input.shape)}")
    if offsets.dim() != 1:
        raise ValueError(f"offsets has to be a 1D Tensor: got offsets of shape {tuple(offsets.shape)}")


def refuse_rectangle(input: Tensor, offsets: Tensor | None) -> None:
    """Raise if the indices are a bag a line and there are offsets too, or the lines are empty."""
    found = f"got input of shape {tuple(input.shape)}"
    if offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
            f"sequences. However, found offsets of type {type(offsets)}: {found}"
        )
    if not input.shape[1]:
        raise RuntimeError(f"step must be nonzero: {found}, bags of no index at all")


def refuse_options(mode: str, scale_grad_by_freq: bool, sparse: bool, per_sample_weights: Tensor | None) -> None:
    """Raise if there is no such `mode`, or it does not take one of the others."""
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max: got mode={mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError(f"max mode does not support scaling the gradient by the frequency: got {scale_grad_by_freq=}")
    if mode == "max" and sparse:
        raise ValueError(f"max mode does not support sparse weights: got {sparse=}")
    if mode != "sum" and per_sample_weights is not None:
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
            f"mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )


def refuse_option_types(
    scale_grad_by_freq: bool, sparse: bool, include_last_offset: bool, padding_idx: int | None
) -> None:
    """Raise if an option is of another type than it must be; without offsets nobody reads `include_last_offset`."""
    refuse_argument("embedding_bag", 4, "scale_grad_by_freq", scale_grad_by_freq, bool)
    refuse_argument("embedding_bag", 6, "sparse", sparse, bool)
    refuse_argument("embedding_bag", 8, "include_last_offset", include_last_offset, bool)
    if padding_idx is not None:
        refuse_argument("embedding_bag", 9, "padding_idx", padding_idx, int)


def refuse_dtypes(input: Tensor, weight: Tensor, offsets: Tensor | None, per_sample_weights: Tensor | None) -> None:
    """Raise if a tensor holds numbers of the wrong type."""
    refuse_index_dtype(input, "embedding_bag")
    if offsets is not None:
        refuse_index_dtype(offsets, "embedding_bag")
    expected = "Expected tensor for argument #1 'weight'"
    place = "(while checking arguments for embedding_bag)"
    if weight.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise RuntimeError(
            f"{expected} to have one of the following scalar types: Half, BFloat16, Float, Double; "
            f"but got {type_name(weight)} instead {place}: got weight of {weight.dtype}"
        )
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError(
            f"{expected} to have the same type as tensor for argument #1 'per_sample_weights'; "
            f"but type {type_name(weight)} does not equal {type_name(per_sample_weights)} {place}"
        )


def refuse_padding_idx(padding_idx: int | None, num_embeddings: int) -> None:
    """Raise if `padding_idx` names no row: a RuntimeError here, where `resolve_padding_idx` has another."""
    if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{num_embeddings} through {num_embeddings - 1}, "
            f"but got {padding_idx}"
        )


def refuse_offsets(offsets: Tensor, num_indices: int, include_last_offset: bool) -> None:
    """Raise if `offsets` do not cut ``num_indices`` positions into bags."""
    if not len(offsets) and include_last_offset:
        raise RuntimeError("include_last_offset: number of offset should be at least 1: got offsets of shape (0,)")
    if not len(offsets) and num_indices:
        raise RuntimeError(f"offsets[0] has to be 0: got no offsets, so no bag, for the {num_indices} indices of input")
    if not len(offsets) or offsets.is_meta:
        return
    first, last = int(offsets[0]), int(offsets[-1])
    if first != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {first}"
        )
    if last > num_indices:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {num_indices} but got offsets[-1] of {last}"
        )
    refuse_decreasing(offsets)
    if include_last_offset and last != num_indices:
        raise RuntimeError(
            f"with include_last_offset the last of offsets must be the length of input, {num_indices}: "
            f"got offsets[-1]={last}"
        )


def refuse_decreasing(offsets: Tensor) -> None:
    """Raise if a bag would end before it starts."""
    falls = offsets[1:] < offsets[:-1]
    if falls.any():
        k = int(falls.nonzero()[0])
        raise RuntimeError(
            f"offsets must not decrease: got offsets[{k}]={offsets[k]} and offsets[{k + 1}]={offsets[k + 1]}"
        )


def refuse_rows(indices: Tensor, num_embeddings: int) -> None:
    """Raise if an index names no row: PyTorch has two sentences for this, and both are in the message."""
    if indices.is_meta or not len(indices):
        return
    low, high = indices.aminmax()
    if low < 0 or high >= num_embeddings:
        place = int(((indices < 0) | (indices >= num_embeddings)).nonzero()[0])
        raise RuntimeError(
            f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {indices[place]}: "
            f"Index {place} of input takes value {indices[place]} which is not in the valid range [0, {num_embeddings})"
        )
