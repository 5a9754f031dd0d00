"""The module: where the table and its options are kept.

`TableModule` is what `Embedding` and `EmbeddingBag` have in common. It makes the table or takes a ready one, and
remembers the options. It looks nothing up: it has no `forward`.

Chapters: ``02_lookup.ipynb``, ``05_padding.ipynb`` and ``10_pretrained.ipynb``.
Source: torch 2.13.0, ``nn/modules/sparse.py``, where each of the two classes has its own copy of this.
Shapes: ``V`` rows (``num_embeddings``), ``D`` columns (``embedding_dim``).
"""

import torch
from torch import Tensor, nn

from .padding import zero_padding_row_

__all__ = ["TableModule", "table_sizes"]


class TableModule(nn.Module):
    """A table of rows that learn, and the options that say how it is read.

    Args:
        num_embeddings, embedding_dim: ``V`` and ``D``.
        padding_idx: the row that a new table starts with as zeros, in ``[0, V)``, or ``None``.
        max_norm, norm_type, scale_grad_by_freq, sparse: kept for each call to read.
        weight: the table itself, ``(V, D)``, not copied and not changed; ``None`` for a new one.
        requires_grad: whether the table learns.
        device, dtype: where and of what type a new table is; ignored beside `weight`.

    Raises:
        AssertionError: `weight` has another shape.
        RuntimeError: a size is negative, or `dtype` cannot learn.
        TypeError: a size is no integer.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        weight: Tensor | None,
        requires_grad: bool,
        device: torch.device | str | int | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if weight is None:
            empty = torch.empty((num_embeddings, embedding_dim), device=device, dtype=dtype)
            self.weight = nn.Parameter(empty, requires_grad=requires_grad)
            self.reset_parameters()
        else:
            refuse_shape(weight, num_embeddings, embedding_dim)
            self.weight = nn.Parameter(weight, requires_grad=requires_grad)

    def reset_parameters(self) -> None:
        """Draw every row anew from N(0, 1), then set the padding row to zero."""
        nn.init.normal_(self.weight)
        zero_padding_row_(self.weight, self.padding_idx)


def refuse_shape(weight: Tensor, num_embeddings: int, embedding_dim: int) -> None:
    """Raise if a ready table has not the sizes that were asked for."""
    if tuple(weight.shape) != (num_embeddings, embedding_dim):
        raise AssertionError(
            "Shape of weight does not match num_embeddings and embedding_dim: got _weight of shape "
            f"{tuple(weight.shape)} for num_embeddings={num_embeddings} and embedding_dim={embedding_dim}"
        )


def table_sizes(embeddings: Tensor) -> tuple[int, int]:
    """Return ``(V, D)`` of a ready table.

    Raises:
        AssertionError: `embeddings` is not two-dimensional.
    """
    if embeddings.dim() != 2:
        raise AssertionError(
            "Embeddings parameter is expected to be 2-dimensional: "
            f"got embeddings of shape {tuple(embeddings.shape)}, expected (num_embeddings, embedding_dim)"
        )
    return tuple(embeddings.shape)
