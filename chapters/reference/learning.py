"""Learning: how a gradient finds its way back into the table.

The lookup copies row ``indices[k]`` to position ``k``; so position ``k`` sends its gradient back to row
``indices[k]``. A row that was read three times receives the sum of three gradients, a row that was not
read receives zero. The gradient has the size of the table, however few rows were read; it does not depend
on what the rows hold.

Chapter: ``04_learning.ipynb``.
Source: torch 2.13.0, ``aten/src/ATen/native/Embedding.cpp`` (``embedding_dense_backward_cpu``).
Shapes: ``V`` rows, ``D`` columns, ``*`` any shape, ``N`` positions in all.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from .lookup import lookup

__all__ = ["LookupFunction", "add_rows", "gradient_rows", "lookup_backward"]


def lookup_backward(grad_output: Tensor, indices: Tensor, num_embeddings: int) -> Tensor:
    """Return the gradient of `lookup` with respect to its table.

    >>> grad_output, indices = torch.tensor([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]), torch.tensor([2, 0, 2])
    >>> lookup_backward(grad_output, indices, num_embeddings=4)
    tensor([[ 2., 20.],
            [ 0.,  0.],
            [ 5., 50.],
            [ 0.,  0.]])

    Args:
        grad_output: gradient of the loss at the output, ``(*, D)``.
        indices: the indices that were looked up, ``(*)``, each in ``[0, V)``.
        num_embeddings: ``V``.

    Returns:
        ``(V, D)``, zero in every row that no index names.
    """
    rows, grads = gradient_rows(grad_output, indices)
    return add_rows(rows, grads, num_embeddings)


def gradient_rows(grad_output: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Return two lists: the row that each position read, ``(N,)``, and what it sends back, ``(N, D)``.

    Every rule about gradients in this package changes one of these two lists.
    """
    return indices.reshape(-1), grad_output.reshape(indices.numel(), grad_output.shape[-1])


def add_rows(rows: Tensor, grads: Tensor, num_embeddings: int) -> Tensor:
    """Return a table of zeros, ``(V, D)``, to which ``grads[k]`` was added at row ``rows[k]``, in order of ``k``.

    The sums are those of PyTorch to the bit: one rounding after each addition, in the table's own dtype.
    A long sum in half precision therefore stands still: 10 000 ones give 2048 in float16, 256 in bfloat16.
    """
    table = grads.new_zeros(num_embeddings, grads.shape[1])
    if grads.dtype in (torch.float16, torch.bfloat16):
        return table.index_put_((rows,), grads, accumulate=True)  # index_add_ would round only once
    return table.index_add_(0, rows, grads)  # index_put_ would add in any order if there are several threads


class LookupFunction(torch.autograd.Function):
    """`lookup` forward; backward, what `gradient` makes of the gradient at the output.

    `gradient` is called as ``gradient(grad_output, indices, num_embeddings)``. `lookup_backward` is the
    plain one; `padding_idx`, `scale_grad_by_freq` and `sparse` are other functions in its place.

    >>> weight = torch.zeros(3, 2, requires_grad=True)
    >>> LookupFunction.apply(weight, torch.tensor([2, 2]), lookup_backward).sum().backward()
    >>> weight.grad[:, 0]
    tensor([0., 0., 2.])
    """

    generate_vmap_rule = True  # so that torch.func.vmap works: PyTorch makes the batched version from the methods

    @staticmethod
    def forward(weight: Tensor, indices: Tensor, gradient: Callable[[Tensor, Tensor, int], Tensor]) -> Tensor:
        return lookup(weight, indices).detach()  # lookup returns a view of its copy; autograd refuses to edit one

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple, output: Tensor) -> None:
        weight, indices, ctx.gradient = inputs
        ctx.num_embeddings = len(weight)  # the rows are not kept: they may change before backward
        ctx.save_for_backward(indices)
        ctx.save_for_forward(indices)  # "forward" is forward mode: what jvp reads

    @staticmethod
    def backward(ctx: FunctionCtx, grad_output: Tensor) -> tuple[Tensor, None, None]:
        (indices,) = ctx.saved_tensors
        return ctx.gradient(grad_output, indices, ctx.num_embeddings), None, None

    @staticmethod
    def jvp(ctx: FunctionCtx, weight_tangent: Tensor, *_: None) -> Tensor:
        """Forward mode: a change of the table is looked up like the table, the padding row's too."""
        (indices,) = ctx.saved_tensors
        return lookup(weight_tangent, indices)
