"""Types of arguments: what PyTorch takes for a tensor, an int, a float and a bool, and its words for all else.

Python would go on with ``padding_idx=1.5`` or ``sparse="no"``; PyTorch's kernels are C++, and refuse. A number of
numpy's is a number, and so is a tensor that has no dimension and does not learn; ``True`` is no int, and 1 no bool.

Chapters: all that call a function of this package.
Source: torch 2.13.0, ``torch/csrc/utils/python_arg_parser.cpp``.
"""

from fractions import Fraction
from numbers import Integral, Real

import torch
from torch import Tensor

__all__ = ["refuse_argument", "scalar_name", "type_name"]

OLD_TYPES = ("Byte", "Char", "Short", "Int", "Long", "Half", "Float", "Double")


def refuse_argument(operator: str, position: int, name: str, value: object, kind: type) -> None:
    """Raise what PyTorch's `operator` raises if `value` is no `kind`.

    >>> refuse_argument("embedding", 5, "sparse", 1, bool)
    Traceback (most recent call last):
    TypeError: embedding(): argument 'sparse' (position 5) must be bool, not int: got sparse=1

    Args:
        operator, position, name: which argument of which function, as PyTorch counts and spells them.
        value: what was given for it.
        kind: ``Tensor``, ``int``, ``float`` or ``bool``.

    Raises:
        TypeError: it is none.
    """
    if not is_a(kind, value):
        given = type(value).__name__
        given = f"numpy.{given}" if type(value).__module__ == "numpy" else given
        raise TypeError(
            f"{operator}(): argument '{name}' (position {position}) must be {kind.__name__}, "
            f"not {given}: got {name}={value!r}"
        )


def is_a(kind: type, value: object) -> bool:
    """Return whether PyTorch takes `value` for a `kind`."""
    if kind in (int, float) and isinstance(value, Tensor):
        whole = not (value.is_floating_point() or value.is_complex() or value.dtype == torch.bool)
        return value.dim() == 0 and not value.requires_grad and (whole or kind is float)
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, Fraction)
    return isinstance(value, kind)


def type_name(tensor: Tensor) -> str:
    """Return what PyTorch's sentences call the dtype of `tensor`: by an old name of eight, else by one of its kernels.

    >>> type_name(torch.tensor([1])), type_name(torch.tensor([True]))
    ('torch.LongTensor', 'CPUBoolType')
    """
    name = scalar_name(tensor)
    return tensor.type() if name in OLD_TYPES else f"{tensor.device.type.upper()}{name}Type"


def scalar_name(tensor: Tensor) -> str:
    """Return PyTorch's short name of the dtype of `tensor`: ``Long`` for int64."""
    return tensor.type().split(".")[-1].removesuffix("Tensor")
