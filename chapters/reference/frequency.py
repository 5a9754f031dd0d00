"""Frequency: what ``scale_grad_by_freq`` divides by what.

What a position sends back is divided by the number of positions *of this call* that read the same row. So
a row receives the mean of its gradients where it would receive their sum. Nothing is remembered between
calls: two calls with half the indices each are not one call with all of them. Positions that the loss
ignores are counted too, and the forward pass does not change.

A second derivative by the table passes here twice and is divided twice, as what is written here says. PyTorch
divides it once, for it forgets the division when it goes back through the gradient (ledger: ``frequency-twice``).

Chapter: ``07_frequency.ipynb``.
Source: torch 2.13.0, ``aten/src/ATen/native/Embedding.cpp`` (``embedding_dense_backward_cpu``), which adds
``grad * (1 / count)`` in one rounding; dividing first differs from it in the last bits.
Shapes: ``V`` rows, ``D`` columns, ``N`` positions.
"""

import torch
from torch import Tensor

__all__ = ["counts", "divide_by_counts"]


def counts(rows: Tensor, num_embeddings: int) -> Tensor:
    """Return how often each row was read.

    >>> counts(torch.tensor([1, 1, 3]), num_embeddings=4)
    tensor([0, 2, 0, 1])

    Args:
        rows: row numbers in ``[0, V)``, ``(N,)``.
        num_embeddings: ``V``.

    Returns:
        ``(V,)``, integers whose sum is ``N``.
    """
    return rows.new_zeros(num_embeddings).index_add_(0, rows, torch.ones_like(rows))


def divide_by_counts(rows: Tensor, grads: Tensor, num_embeddings: int) -> Tensor:
    """Return `grads`, ``(N, D)``, each divided by the number of positions that read its row.

    >>> divide_by_counts(torch.tensor([1, 1, 3]), torch.tensor([[6.0], [8.0], [5.0]]), num_embeddings=4)
    tensor([[3.],
            [4.],
            [5.]])
    """
    times_read = counts(rows, num_embeddings).index_select(0, rows)  # for each position, its row's count
    return grads / times_read[:, None]
