"""``nn.Embedding`` and ``F.embedding``, put together from the modules before this one.

Names, order, defaults, outputs, gradients, errors and the random numbers of a new table are PyTorch's; a
``state_dict`` goes both ways. Left out: TorchScript; ``torch.compile`` with ``fullgraph``, ``torch.export`` (which
gives no error, and a program that does not learn) and ``torch.fx``; under ``torch.func.vmap`` the gradient of
``sparse=True``, and the word of which index is too large.

Chapters: ``02_lookup.ipynb`` to ``08_max_norm.ipynb``.
Source: torch 2.13.0, ``nn/modules/sparse.py`` and ``nn/functional.py`` (``embedding``).
Shapes: ``V`` rows (``num_embeddings``), ``D`` columns (``embedding_dim``), ``*`` any shape.
"""

from functools import partial
from typing import Self

import torch
from torch import Tensor

from .argument_types import refuse_argument
from .frequency import divide_by_counts
from .learning import LookupFunction, add_rows, gradient_rows
from .lookup import refuse_holes
from .max_norm import renorm_
from .module import TableModule, table_sizes
from .padding import drop_padding, resolve_padding_idx, silence_padding
from .sparse import keep_rows

__all__ = ["Embedding", "embedding", "embedding_backward"]


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Return row ``weight[i]`` in the place of every index ``i`` of `input`.

    >>> embedding(torch.tensor([[1, 0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[[3., 4.],
             [1., 2.]]])

    Args:
        input: row numbers in ``[0, V)``, ``(*)``, int64 or int32; or a jagged nested tensor.
        weight: the table, ``(V, D)``.
        padding_idx: the row that receives no gradient, in ``[-V, V)``; see ``padding.py``.
        max_norm: rows longer than this are shortened in `weight` itself, first; see ``max_norm.py``.
        norm_type: the ``p`` of that norm.
        scale_grad_by_freq: divide gradients by the count of their row in `input`; see ``frequency.py``.
        sparse: the gradient is a sparse tensor; see ``sparse.py``. Not together with `scale_grad_by_freq`.

    Returns:
        ``(*, D)``, a copy; nested like `input`.

    Raises:
        AssertionError: `padding_idx` names no row.
        IndexError, RuntimeError, TypeError: as `lookup` and `renorm_`, or an option is of another type.
        ValueError: a nested tensor has holes.
    """
    if isinstance(input, Tensor) and input.is_nested:
        refuse_holes(input)
        rows = embedding(input.values(), weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        return torch.nested.nested_tensor_from_jagged(rows, input.offsets())
    row = resolve_padding_idx(padding_idx, weight.size(0)) if padding_idx else padding_idx
    refuse_options(weight, padding_idx, scale_grad_by_freq, sparse)
    if max_norm is not None:
        renorm_(weight, input, max_norm, norm_type)
    options = {"padding_idx": row, "scale_grad_by_freq": scale_grad_by_freq, "sparse": sparse}
    gradient = partial(embedding_backward, **options)  # called in backward, with the first three arguments
    return LookupFunction.apply(weight, input, gradient)


def refuse_options(weight: Tensor, padding_idx: int | None, scale_grad_by_freq: bool, sparse: bool) -> None:
    """Raise what PyTorch raises for an option of another type, and for complex numbers that learn."""
    if padding_idx is not None:
        refuse_argument("embedding", 3, "padding_idx", padding_idx, int)
    refuse_argument("embedding", 4, "scale_grad_by_freq", scale_grad_by_freq, bool)
    refuse_argument("embedding", 5, "sparse", sparse, bool)
    if isinstance(weight, Tensor) and weight.is_complex() and weight.requires_grad and torch.is_grad_enabled():
        raise RuntimeError(
            "embedding does not support automatic differentiation for outputs with complex dtype. "
            f"Got weight of {weight.dtype}"
        )


def embedding_backward(
    grad_output: Tensor,
    indices: Tensor,
    num_embeddings: int,
    padding_idx: int | None,
    scale_grad_by_freq: bool,
    sparse: bool,
) -> Tensor:
    """Return the gradient with respect to the table, ``(V, D)``: all that happens to it on its way.

    Raises:
        RuntimeError: `sparse` together with `scale_grad_by_freq`; only here, in backward, as in PyTorch.
    """
    if sparse and scale_grad_by_freq:
        raise RuntimeError(
            "embedding_backward: scale_grad_by_freq not supported with sparse gradients: "
            "got sparse=True and scale_grad_by_freq=True, set one of them to False"
        )
    rows, grads = gradient_rows(grad_output, indices)
    if sparse:
        return keep_rows(*drop_padding(rows, grads, padding_idx), num_embeddings)
    if scale_grad_by_freq:
        grads = divide_by_counts(rows, grads, num_embeddings)
    return add_rows(rows, silence_padding(rows, grads, padding_idx), num_embeddings)


class Embedding(TableModule):
    """A table of rows that learn, looked up by integer.

    >>> table = Embedding(31, 2, padding_idx=0)
    >>> table
    Embedding(31, 2, padding_idx=0)
    >>> table(torch.zeros(3, 5, dtype=torch.long)).shape
    torch.Size([3, 5, 2])

    Args:
        num_embeddings: ``V``.
        embedding_dim: ``D``.
        padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse: as in `embedding`; a new table starts
            with zeros in row `padding_idx`.
        _weight: the table itself, ``(V, D)``, not copied and not changed; `device` and `dtype` are ignored.
        _freeze: the table does not learn.
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
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        padding_idx = resolve_padding_idx(padding_idx, num_embeddings)
        options = padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
        super().__init__(num_embeddings, embedding_dim, *options, _weight, not _freeze, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Return ``(*, D)`` for indices `input`, ``(*)``; every option is read anew at each call."""
        options = self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        return embedding(input, self.weight, *options)

    def extra_repr(self) -> str:
        shown = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            shown += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            shown += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            shown += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq is not False:
            shown += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        if self.sparse is not False:
            shown += ", sparse=True"
        return shown

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """Return a module around the table `embeddings`, ``(V, D)``.

        Three things surprise: the table is frozen unless ``freeze=False``; it is not copied, so training
        writes into the caller's tensor; the padding row keeps its values.

        Raises:
            AssertionError: `embeddings` is not two-dimensional, or `padding_idx` names no row.
        """
        options = padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
        return cls(*table_sizes(embeddings), *options, _weight=embeddings, _freeze=freeze)
