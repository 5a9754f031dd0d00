"""The sparse gradient: the list of positions, kept as a list.

The dense gradient adds every position into a table of zeros. With ``sparse=True`` nothing is added: the
gradient is a COO tensor that holds, for each position, the row it read and what it sends back, in the order
of the indices and with all repetitions (*uncoalesced*). No step touches all ``V`` rows. Adding up equal rows
is left to who needs it: ``gradient.coalesce()``.

It changes nothing in the forward pass, and the values are not copied: they share memory with the gradient
at the output wherever they can.

Chapter: ``06_sparse.ipynb``.
Source: torch 2.13.0, ``aten/src/ATen/native/Embedding.cpp`` (``embedding_sparse_backward``).
Shapes: ``V`` rows, ``D`` columns, ``N`` positions.
"""

import torch
from torch import Tensor

__all__ = ["keep_rows"]


def keep_rows(rows: Tensor, grads: Tensor, num_embeddings: int) -> Tensor:
    """Return a sparse ``(V, D)`` tensor with the entries ``grads[k]`` at ``rows[k]``, in order of ``k``.

    >>> gradient = keep_rows(torch.tensor([3, 1, 3]), torch.tensor([[1.0], [2.0], [4.0]]), num_embeddings=6)
    >>> gradient._indices(), gradient.is_coalesced()
    (tensor([[3, 1, 3]]), False)
    >>> gradient.coalesce().values().tolist()
    [[2.0], [5.0]]

    Args:
        rows: row numbers in ``[0, V)``, ``(N,)``.
        grads: what each position sends back, ``(N, D)``.
        num_embeddings: ``V``.

    Returns:
        layout ``torch.sparse_coo``, one sparse and one dense dimension, int64 indices.
    """
    if grads.numel() == 1:
        grads = grads * 1  # a lone expanded number has stride 0, and PyTorch's to_dense would lose it
    size = (num_embeddings, grads.shape[1])
    return torch.sparse_coo_tensor(rows[None], grads, size, check_invariants=False)  # lookup checked the rows
