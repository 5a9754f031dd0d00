"""The padding row: what ``padding_idx`` changes, and what it leaves alone.

``padding_idx=p`` does exactly two things:

1. a new table starts with row ``p`` set to zero;
2. row ``p`` receives no gradient from the lookup.

It does not mask the forward pass: looking up ``p`` returns row ``p``, whatever is stored there. It does not
keep the row still: weight decay, a tied output layer, ``max_norm`` or an assignment move it. (A bag, in
``bag.py``, goes further and leaves its padding out.)

Chapter: ``05_padding.ipynb``.
Source: torch 2.13.0, ``nn/modules/sparse.py``, ``nn/functional.py`` (``embedding``) and
``aten/src/ATen/native/Embedding.cpp``.
Shapes: ``V`` rows, ``D`` columns, ``N`` positions.
"""

import torch
from torch import Tensor

__all__ = ["drop_padding", "resolve_padding_idx", "silence_padding", "zero_padding_row_"]


def resolve_padding_idx(padding_idx: int | None, num_embeddings: int, name: str = "Padding_idx") -> int | None:
    """Return `padding_idx` as a row number in ``[0, V)``; ``None`` stays ``None``.

    Negative values count from the last row, as in a list. 0 passes even if the table has no rows. `name`
    begins the message: PyTorch writes it large in ``Embedding`` and small in ``EmbeddingBag``.

    >>> resolve_padding_idx(-1, num_embeddings=10)
    9

    Raises:
        AssertionError: `padding_idx` names no row.
    """
    if padding_idx is None or padding_idx == 0:
        return padding_idx
    if not -num_embeddings <= padding_idx < num_embeddings:
        raise AssertionError(
            f"{name} must be within num_embeddings: got padding_idx={padding_idx} "
            f"for a table of num_embeddings={num_embeddings} rows"
        )
    return padding_idx if padding_idx > 0 else num_embeddings + padding_idx


def zero_padding_row_(weight: Tensor, padding_idx: int | None) -> None:
    """Set row `padding_idx` of `weight`, ``(V, D)``, to zero in place."""
    if padding_idx is not None:
        with torch.no_grad():
            weight[padding_idx].fill_(0)


def silence_padding(rows: Tensor, grads: Tensor, padding_idx: int | None) -> Tensor:
    """Return `grads`, ``(N, D)``, with zeros in the place of what is on its way to row `padding_idx`.

    This is for the dense gradient, which has a row for the padding anyway. Replaced by zero, not multiplied by
    it: a NaN at a padding position would survive the product.
    """
    if padding_idx is None:
        return grads
    return grads.masked_fill((rows == padding_idx)[:, None], 0)


def drop_padding(rows: Tensor, grads: Tensor, padding_idx: int | None) -> tuple[Tensor, Tensor]:
    """Return `rows`, ``(N,)``, and `grads`, ``(N, D)``, without the positions that read row `padding_idx`.

    This is for the sparse gradient, a list in which the padding then does not stand.
    """
    if padding_idx is None:
        return rows, grads
    learns = rows != padding_idx
    return rows[learns], grads[learns]
