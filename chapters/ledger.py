"""Where torch 2.13.0 differs from its own documentation, or from itself: one entry each, with a minimal case.

An entry's `case` takes anything with the four names ``Embedding``, ``EmbeddingBag``, ``embedding`` and
``embedding_bag`` and returns plain values, so it can be run on PyTorch (`TORCH`) and on the package `reference`
alike. `torch` is what PyTorch 2.13.0 does with it on a CPU, `reference` what this book's implementation does. A test
runs every entry: when a later PyTorch answers otherwise, the test says which entry it has mended.

>>> entry = find("bag-frequency")
>>> entry.run(TORCH) == entry.torch
True
>>> print(entry.torch, entry.reference)
[0.0, 1.0, 0.3333, 0.6667] [0.0, 1.0, 1.0, 1.0]

Not here: opinions. An entry needs a sentence of the documentation, or two calls of PyTorch that must agree and do not.
Source: the documentation and the CPU kernels of torch 2.13.0.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ENTRIES", "TORCH", "Entry", "find"]

TORCH = SimpleNamespace(
    Embedding=nn.Embedding, EmbeddingBag=nn.EmbeddingBag, embedding=F.embedding, embedding_bag=F.embedding_bag
)


@dataclass(frozen=True)
class Entry:
    """One disagreement.

    Args:
        name: by which chapters and tests find it.
        title: what goes wrong, in a few words.
        claim: what the documentation says, or what must be equal.
        observed: what PyTorch does instead.
        ours: what the reference does, and why.
        chapter: the stem of the chapter that shows it.
        case: the minimal case; plain values come back.
        torch: what `case` gives on torch 2.13.0. An error is ``"Type: beginning of its text"``.
        reference: what `case` gives on the reference. Equal to `torch` where the reference follows PyTorch.
        issues: numbers in PyTorch's tracker.
    """

    name: str
    title: str
    claim: str
    observed: str
    ours: str
    chapter: str
    case: Callable[[Any], Any]
    torch: Any
    reference: Any
    issues: tuple[int, ...] = ()

    def run(self, candidate: Any) -> Any:
        """Return what the case gives on `candidate`; an error comes back as its type and first line."""
        return attempt(lambda: self.case(candidate))

    @property
    def links(self) -> list[str]:
        """Addresses of the issues."""
        return [f"https://github.com/pytorch/pytorch/issues/{number}" for number in self.issues]


def find(name: str) -> Entry:
    """Return the entry called `name`."""
    return next(entry for entry in ENTRIES if entry.name == name)


def attempt(call: Callable[[], Any]) -> Any:
    """Return what `call` returns, or the error it raises as ``"Type: first line"``."""
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def numbers(tensor: Tensor) -> Any:
    """Return a tensor's numbers as lists, to four decimals: enough to tell right from wrong."""
    if tensor.dim():
        return [numbers(part) for part in tensor]
    return round(tensor.item(), 4)


def table(*rows: tuple[float, ...], dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor(rows, dtype=dtype)


COUNTING = table((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11))  # rows that name themselves
DTYPES = (torch.float32, torch.float64)
SMALL = (torch.uint8, torch.int8, torch.int16, torch.bool)


def bag_frequency(candidate: Any) -> list[float]:
    weight = torch.ones(4, 1, requires_grad=True)
    bags = torch.tensor([[1, 1, 2], [1, 3, 3]])
    candidate.embedding_bag(bags, weight, mode="sum", scale_grad_by_freq=True).sum().backward()
    return numbers(weight.grad[:, 0])


def frequency_twice(candidate: Any) -> dict[str, Any]:
    """A row read twice: its gradient for an upstream gradient of ones, and how it depends on that upstream."""
    weight, upstream = torch.ones(2, 1, requires_grad=True), torch.ones(2, 1, requires_grad=True)
    output = candidate.embedding(torch.tensor([1, 1]), weight, scale_grad_by_freq=True)
    (gradient,) = torch.autograd.grad(output, weight, upstream, create_graph=True)
    (share,) = torch.autograd.grad(gradient.sum(), upstream)
    return {"gradient": gradient[1].item(), "share of each position": numbers(share[:, 0])}


def lost_sparse_gradient(candidate: Any) -> list[float]:
    weight = torch.zeros(4, 1, requires_grad=True)
    candidate.embedding(torch.tensor([2]), weight, sparse=True).sum().backward()
    return numbers(weight.grad.to_dense()[:, 0])


def short_last_offset(candidate: Any) -> dict[str, Any]:
    """Four indices; the offsets end at 3."""

    def bags(mode: str, dtype: torch.dtype) -> Any:
        indices, offsets = torch.arange(4), torch.tensor([0, 2, 3])
        output = candidate.embedding_bag(indices, COUNTING.to(dtype), offsets, mode=mode, include_last_offset=True)
        return numbers(output)

    return {
        f"{mode} {str(dtype)[6:]}": attempt(lambda m=mode, d=dtype: bags(m, d))
        for mode in ("sum", "mean", "max")
        for dtype in DTYPES
    }


def decreasing_offsets(candidate: Any) -> list:
    return numbers(candidate.embedding_bag(torch.arange(3), COUNTING.double(), torch.tensor([0, 2, 1]), mode="sum"))


def negative_offset(candidate: Any) -> dict[str, Any]:
    """Three bags, the second of which starts at -1: the shape of the output; its numbers differ from run to run."""

    def shape(dtype: torch.dtype) -> list[int]:
        # cut from the middle of larger tensors: what lies before and behind is ours, should it be read
        indices, weight = torch.arange(-50, 50).clamp(0, 3)[50:53], COUNTING.to(dtype).repeat(9, 1)[24:30]
        return list(candidate.embedding_bag(indices, weight, torch.tensor([0, -1, 2]), mode="sum").shape)

    return {str(dtype)[6:]: attempt(lambda d=dtype: shape(d)) for dtype in DTYPES}


def above_the_cap(candidate: Any) -> dict[str, Any]:
    """A row's norm after each of two lookups with ``max_norm=1``, minus 1, in units of float32's last place."""
    weight, after = table((3, 4)), []
    for _ in range(3):
        candidate.embedding(torch.tensor([0]), weight, max_norm=1.0)
        after.append(weight.clone())
    last_place = torch.finfo(torch.float32).eps
    return {
        "above the cap": [after_call.double().norm().item() > 1 for after_call in after],
        "above by at most one last place": bool(after[0].double().norm() - 1 < last_place),
    }


def moved_again(candidate: Any) -> list[bool]:
    """Whether the table moved in calls 1 to 4 of the same lookup with ``max_norm=3.7``."""
    weight, moved = table((5, 1), (7, 3), (3, 3), (2, 9)), []
    for _ in range(4):
        before = weight.clone()
        candidate.embedding(torch.arange(4), weight, max_norm=3.7)
        moved.append(not torch.equal(before, weight))
    return moved


def index_errors(candidate: Any) -> dict[str, str]:
    """The same mistake, index 9 in a table of 6 rows, six ways."""
    bad, weight = torch.tensor([[0, 9]]), COUNTING
    calls = {
        "embedding": lambda: candidate.embedding(bad, weight.clone()),
        "embedding, max_norm": lambda: candidate.embedding(bad, weight.clone(), max_norm=1.0),
        "bag": lambda: candidate.embedding_bag(bad, weight.clone(), mode="sum"),
        "bag, padding_idx": lambda: candidate.embedding_bag(bad, weight.clone(), mode="sum", padding_idx=1),
        "bag, float64": lambda: candidate.embedding_bag(bad, weight.double(), mode="sum"),
        "bag, max_norm": lambda: candidate.embedding_bag(bad, weight.clone(), mode="sum", max_norm=1.0),
    }
    return {name: attempt(call) for name, call in calls.items()}


def max_norm_errors(candidate: Any) -> dict[str, str]:
    """Three mistakes, each without and with ``max_norm``."""
    wrong = torch.zeros(1, 1)
    mistakes = {
        "float32 indices": lambda cap: candidate.embedding(wrong, COUNTING.clone(), max_norm=cap),
        "float32 indices of a bag": lambda cap: candidate.embedding_bag(wrong, COUNTING.clone(), max_norm=cap),
        "a table of one dimension": lambda cap: candidate.embedding(wrong.long(), torch.ones(3), max_norm=cap),
    }
    return {
        f"{name}, max_norm={cap}": attempt(lambda c=call, m=cap: c(m))
        for name, call in mistakes.items()
        for cap in (None, 1.0)
    }


def weights_beside_max_norm(candidate: Any) -> dict[str, Any]:
    """Two lookups of a capped table in one graph: the gradient of the second."""
    bags = torch.tensor([[0, 1]])

    def embedding() -> list:
        weight = table((3, 4), (6, 8)).requires_grad_()
        first = candidate.embedding(bags, weight, max_norm=1.0)
        (first + candidate.embedding(bags, weight, max_norm=1.0)).sum().backward()
        return numbers(weight.grad)

    def bag() -> list:
        weight, factors = table((3, 4), (6, 8)), torch.ones(1, 2, requires_grad=True)
        options = {"mode": "sum", "per_sample_weights": factors, "max_norm": 1.0}
        first = candidate.embedding_bag(bags, weight, **options)
        (first + candidate.embedding_bag(bags, weight, **options)).sum().backward()
        return numbers(factors.grad)

    return {"embedding": attempt(embedding), "weighted bag": attempt(bag)}


def half_renormalised(candidate: Any) -> dict[str, list]:
    """The table after a refused call."""
    left = {}
    too_large, negative, unfit = (table((3, 4), (6, 8)) for _ in range(3))
    attempt(lambda: candidate.embedding(torch.tensor([0, 5]), too_large, max_norm=1.0))
    attempt(lambda: candidate.embedding(torch.tensor([-1]), negative, max_norm=1.0))
    weights = torch.ones(1, 1)
    attempt(
        lambda: candidate.embedding_bag(torch.tensor([[0]]), unfit, max_norm=1.0, per_sample_weights=weights)  # mean
    )
    for name, weight in (("index too large", too_large), ("negative index", negative), ("weights, mean", unfit)):
        left[name] = numbers(weight)
    return left


def zero_dim_sparse_pad(candidate: Any) -> dict[str, Any]:
    """One index alone, ``sparse=True``, beside a pad row: the gradient's row numbers."""

    def rows(indices: Any) -> list[int]:
        weight = torch.ones(4, 2, requires_grad=True)
        candidate.embedding(torch.tensor(indices), weight, padding_idx=0, sparse=True).sum().backward()
        return weight.grad._indices().tolist()

    return {"one index": attempt(lambda: rows(3)), "a list of one": attempt(lambda: rows([3]))}


def pad_tangent(candidate: Any) -> dict[str, list]:
    """The derivative of the pad row's first number, forward mode and backward mode."""
    weight, indices = torch.ones(2, 1), torch.tensor([0])

    def lookup(w: Tensor) -> Tensor:
        return candidate.embedding(indices, w, padding_idx=0)

    def tangent() -> list:
        with torch.autograd.forward_ad.dual_level():
            output = lookup(torch.autograd.forward_ad.make_dual(weight, torch.ones_like(weight)))
            return numbers(torch.autograd.forward_ad.unpack_dual(output).tangent[0])

    leaf = weight.clone().requires_grad_()
    lookup(leaf).sum().backward()
    return {"tangent": attempt(tangent), "gradient": numbers(leaf.grad[0])}


def max_nan(candidate: Any) -> dict[str, list]:
    """The largest of three rows, the NaN first, second and last: does it come out?"""
    weight = table((float("nan"),), (1,), (2,))
    orders = ([0, 1, 2], [1, 0, 2], [2, 1, 0])
    return {
        str(order): [str(x) for x in candidate.embedding_bag(torch.tensor([order]), weight, mode="max")[0].tolist()]
        for order in orders
    }


def small_integers(candidate: Any) -> dict[str, Any]:
    """Which of four types are accepted: as flat indices, as offsets, as indices of two dimensions; and bool there."""
    one, start = torch.tensor([1]), torch.tensor([0])
    ways = {
        "flat": lambda dtype: candidate.embedding_bag(one.to(dtype), COUNTING, start),
        "offsets": lambda dtype: candidate.embedding_bag(one, COUNTING, start.to(dtype)),
        "2-D": lambda dtype: candidate.embedding_bag(one[None].to(dtype), COUNTING),
    }
    accepted = {
        way: [str(d)[6:] for d in SMALL if attempt(lambda c=call, d=d: numbers(c(d))) == [[2.0, 3.0]]]
        for way, call in ways.items()
    }
    return accepted | {"2-D bool": attempt(lambda: ways["2-D"](torch.bool))}


def nested_holes(candidate: Any) -> dict[str, Any]:
    """Rows 0 and 1 and rows 1 and 2 as a nested tensor with holes: the sum of the first bag, and the first row."""
    lines, two = torch.tensor([[0, 1, 2], [0, 1, 2]]), torch.tensor([2, 2])
    nested = torch.nested.narrow(lines, 1, torch.tensor([0, 1]), two, layout=torch.jagged)
    return {
        "bag": attempt(lambda: numbers(candidate.embedding_bag(nested, COUNTING, mode="sum")[0])),
        "embedding": attempt(lambda: numbers(candidate.embedding(nested, COUNTING).unbind()[0])),
    }


def nested_options(candidate: Any) -> dict[str, Any]:
    """Indices 1 and 1, 2 as a nested tensor: the rows of the second, with options."""
    nested = torch.nested.nested_tensor([torch.tensor([1]), torch.tensor([1, 2])], layout=torch.jagged)

    def look(**options: Any) -> list:
        weight = table((0, 1), (3, 4), (6, 8)).requires_grad_()
        output = candidate.embedding(nested, weight, **options)
        output.values().sum().backward()
        return numbers(output.unbind()[1])

    options = {"none": {}, "max_norm": {"max_norm": 1.0}, "sparse": {"sparse": True}}
    found = {name: attempt(lambda given=given: look(**given)) for name, given in options.items()}
    # PyTorch numbers the ragged lengths that a process has seen: j1, j2, …
    return {name: re.sub(r"\bj\d+", "j", value) if isinstance(value, str) else value for name, value in found.items()}


def no_columns_in_a_row(candidate: Any) -> dict[str, Any]:
    """Two empty bags: as offsets, and as a batch of two rows without columns."""
    none = torch.zeros(0, dtype=torch.long)
    return {
        "offsets": attempt(lambda: numbers(candidate.embedding_bag(none, COUNTING, torch.tensor([0, 0])))),
        "rows": attempt(lambda: numbers(candidate.embedding_bag(none.reshape(2, 0), COUNTING))),
    }


def half_up(candidate: Any) -> list[float]:
    """A bfloat16 bag of 1 and 1/256: halfway between two bfloat16 numbers, and 1 is the even one."""
    weight = table((1,), (2**-8,), dtype=torch.bfloat16)
    return candidate.embedding_bag(torch.tensor([[0, 1]]), weight, mode="sum")[0].tolist()


WRONG_DTYPE = "RuntimeError: Expected tensor for argument #{} 'indices' to have one of the following scalar types"
MAX_NORM_ERRORS = {
    "float32 indices, max_norm=None": WRONG_DTYPE.format(1),
    "float32 indices, max_norm=1.0": WRONG_DTYPE.format(2),
    "float32 indices of a bag, max_norm=None": WRONG_DTYPE.format(1),
    "float32 indices of a bag, max_norm=1.0": WRONG_DTYPE.format(2),
    "a table of one dimension, max_norm=None": "RuntimeError: 'weight' must be 2-D",
    "a table of one dimension, max_norm=1.0": "RuntimeError: Expected 2-dimensional tensor, but got 1-dimensional",
}
REFUSED = "RuntimeError: offsets"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="bag-frequency",
        title="A bag divides by the counts of other rows",
        claim="scale_grad_by_freq: gradients are divided by the frequency of the words in the mini-batch.",
        observed="On a CPU the dense backward of a bag divides the n-th distinct row by the count of the n-th "
        "sorted index.",
        ours="Each row is divided by its own count, as documented, and as Embedding does.",
        chapter="bag",
        case=bag_frequency,
        torch=[0.0, 1.0, 0.3333, 0.6667],
        reference=[0.0, 1.0, 1.0, 1.0],
        issues=(190063,),
    ),
    Entry(
        name="frequency-twice",
        title="The second derivative forgets the division by the count",
        claim="Each of two positions adds half of its upstream gradient, so the derivative by it is a half.",
        observed="Backward through the backward forgets the division by the count.",
        ours="What was divided is divided in its derivative too. A second derivative by the table is therefore divided "
        "twice, once for each gradient that reaches the table.",
        chapter="frequency",
        case=frequency_twice,
        torch={"gradient": 1.0, "share of each position": [1.0, 1.0]},
        reference={"gradient": 1.0, "share of each position": [0.5, 0.5]},
    ),
    Entry(
        name="lost-sparse-gradient",
        title="A sparse gradient of one entry is read as zero",
        claim="A sparse gradient holds the numbers of the dense one.",
        observed="With one index, one column and an expanded upstream gradient (what .sum().backward() sends) the "
        "values have strides of 0, and to_dense() and SGD read them as zero.",
        ours="The values get strides of their own.",
        chapter="sparse",
        case=lost_sparse_gradient,
        torch=[0.0, 0.0, 0.0, 0.0],
        reference=[0.0, 0.0, 1.0, 0.0],
    ),
    Entry(
        name="short-last-offset",
        title="A last offset that is too small is accepted",
        claim="include_last_offset: the last offset is the number of indices.",
        observed="Another last offset is accepted; where the last bag ends then depends on dtype and mode.",
        ours="Refused.",
        chapter="bag",
        case=short_last_offset,
        torch={
            "sum float32": [[2.0, 4.0], [4.0, 5.0]],
            "sum float64": [[2.0, 4.0], [10.0, 12.0]],
            "mean float32": [[1.0, 2.0], [2.0, 2.5]],
            "mean float64": [[1.0, 2.0], [5.0, 6.0]],
            "max float32": [[2.0, 3.0], [6.0, 7.0]],
            "max float64": [[2.0, 3.0], [6.0, 7.0]],
        },
        reference={
            f"{mode} {dtype}": "RuntimeError: with include_last_offset the last of offsets"
            for mode in ("sum", "mean", "max")
            for dtype in ("float32", "float64")
        },
        issues=(52851, 191965),
    ),
    Entry(
        name="decreasing-offsets",
        title="Offsets that decrease are accepted",
        claim="Offsets are the starting positions of consecutive bags.",
        observed="Only the first and the last are checked: decreasing ones give bags that overlap.",
        ours="Refused.",
        chapter="bag",
        case=decreasing_offsets,
        torch=[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
        reference=REFUSED,
        issues=(55549, 175368),
    ),
    Entry(
        name="negative-offset",
        title="A negative offset is accepted, or reported as an index",
        claim="A bad offset is reported as one.",
        observed="In float64 the error blames an index, and all indices are in range; in float32 a sum is accepted, "
        "and from the bag before the offset on the output may hold whatever was in memory.",
        ours="Refused.",
        chapter="bag",
        case=negative_offset,
        torch={"float32": [3, 2], "float64": "IndexError: index out of range in self"},
        reference={"float32": REFUSED, "float64": REFUSED},
        issues=(55549, 175368),
    ),
    Entry(
        name="above-the-cap",
        title="A shortened row may still be longer than max_norm",
        claim="max_norm: a row with a larger norm is renormalised to have norm max_norm.",
        observed="In float32 the new norm may lie one last place above max_norm.",
        ours="PyTorch's numbers, to the bit: a drop-in must not change a table that PyTorch wrote.",
        chapter="max_norm",
        case=above_the_cap,
        torch={"above the cap": [True, True, True], "above by at most one last place": True},
        reference={"above the cap": [True, True, True], "above by at most one last place": True},
    ),
    Entry(
        name="moved-again",
        title="A row that was shortened may be shortened again",
        claim="A row that was renormalised has norm max_norm; looking it up again changes nothing.",
        observed="In float32 a later lookup may renormalise it again.",
        ours="PyTorch's numbers, to the bit.",
        chapter="max_norm",
        case=moved_again,
        torch=[True, True, False, False],
        reference=[True, True, False, False],
    ),
    Entry(
        name="index-errors",
        title="One wrong index, two types of error and four texts",
        claim="One mistake, one error.",
        observed="An index that names no row is an IndexError or a RuntimeError, in one of four texts, depending on "
        "the function, the dtype and the other arguments.",
        ours="IndexError in an embedding, RuntimeError in a bag, with the index, its place and the bound.",
        chapter="bag",
        case=index_errors,
        torch={
            "embedding": "IndexError: index out of range in self",
            "embedding, max_norm": "IndexError: select(): index 9 out of range for tensor of size [6, 2] at dim",
            "bag": "RuntimeError: Index 1 of input takes value 9 which is not in the valid range [0, 6)",
            "bag, padding_idx": "RuntimeError: embedding_bag: Expected idx >= 0 && idx < num_embeddings but found",
            "bag, float64": "RuntimeError: embedding_bag: Expected idx >= 0 && idx < num_embeddings but found",
            "bag, max_norm": "IndexError: select(): index 9 out of range for tensor of size [6, 2] at dimension 0",
        },
        reference={
            "embedding": "IndexError: index out of range in self",
            "embedding, max_norm": "IndexError: index out of range in self",
            "bag": "RuntimeError: ",
            "bag, padding_idx": "RuntimeError: ",
            "bag, float64": "RuntimeError: ",
            "bag, max_norm": "RuntimeError: ",
        },
    ),
    Entry(
        name="max-norm-errors",
        title="With max_norm another operator reports the mistake",
        claim="One mistake, one error.",
        observed="With max_norm a wrong dtype or shape is reported by an operator that nobody called, under other "
        "names.",
        ours="The same texts in an embedding, for people search for them; one text in a bag.",
        chapter="max_norm",
        case=max_norm_errors,
        torch=MAX_NORM_ERRORS,
        reference=MAX_NORM_ERRORS | {"float32 indices of a bag, max_norm=1.0": WRONG_DTYPE.format(1)},
    ),
    Entry(
        name="weights-beside-max-norm",
        title="A weighted bag with max_norm fails in backward",
        claim="A lookup saves its indices, not its table: the table may change before backward.",
        observed="A bag whose per_sample_weights learn saves the table itself, and a second lookup with max_norm, "
        "which writes into it, makes backward fail.",
        ours="The rows that were read are saved, so backward works.",
        chapter="bag",
        case=weights_beside_max_norm,
        torch={
            "embedding": [[2.0, 2.0], [2.0, 2.0]],
            "weighted bag": "RuntimeError: one of the variables needed for gradient computation has been modified",
        },
        reference={"embedding": [[2.0, 2.0], [2.0, 2.0]], "weighted bag": [[2.8, 2.8]]},
    ),
    Entry(
        name="half-renormalised",
        title="A refused call has changed the table",
        claim="A call that is refused has no effect.",
        observed="The rows are renormalised before the arguments are checked, so a refused call leaves some of them "
        "changed; a negative index renormalises a row counted from the end.",
        ours="Everything is checked before anything is written.",
        chapter="max_norm",
        case=half_renormalised,
        torch={
            "index too large": [[0.6, 0.8], [6.0, 8.0]],
            "negative index": [[3.0, 4.0], [0.6, 0.8]],
            "weights, mean": [[0.6, 0.8], [6.0, 8.0]],
        },
        reference={name: [[3.0, 4.0], [6.0, 8.0]] for name in ("index too large", "negative index", "weights, mean")},
    ),
    Entry(
        name="zero-dim-sparse-pad",
        title="One index alone fails with sparse and padding_idx",
        claim="Indices may have any shape, () included.",
        observed="With sparse=True and a padding_idx the backward of one index alone fails.",
        ours="One entry, as for a list of one.",
        chapter="sparse",
        case=zero_dim_sparse_pad,
        torch={"one index": "IndexError: too many indices for tensor of dimension 0", "a list of one": [[3]]},
        reference={"one index": [[3]], "a list of one": [[3]]},
    ),
    Entry(
        name="pad-tangent",
        title="Forward mode does not drop the pad row",
        claim="padding_idx: the row does not contribute to the gradient. Forward and backward mode are two ways to "
        "the same derivative.",
        observed="The tangent of the pad row passes through; its gradient is zero.",
        ours="As PyTorch does in both modes.",
        chapter="padding",
        case=pad_tangent,
        torch={"tangent": [1.0], "gradient": [0.0]},
        reference={"tangent": [1.0], "gradient": [0.0]},
    ),
    Entry(
        name="max-nan",
        title="Mode max loses a NaN that does not come first",
        claim="A bag equals an Embedding followed by torch.max(dim=1), which lets NaN through.",
        observed="Mode max lets a NaN through only where it comes first in its bag.",
        ours="NaN comes through wherever it stands, as documented.",
        chapter="bag",
        case=max_nan,
        torch={"[0, 1, 2]": ["nan"], "[1, 0, 2]": ["2.0"], "[2, 1, 0]": ["2.0"]},
        reference={"[0, 1, 2]": ["nan"], "[1, 0, 2]": ["nan"], "[2, 1, 0]": ["nan"]},
    ),
    Entry(
        name="small-integers",
        title="Small integers are accepted if they are flat",
        claim="Indices and offsets are int32 or int64.",
        observed="Flat indices of 8 or 16 bits, or of bool, are accepted beside int64 offsets, and such offsets beside "
        "int64 indices; in two dimensions they are not.",
        ours="Refused everywhere, in one sentence.",
        chapter="bag",
        case=small_integers,
        torch={
            "flat": ["uint8", "int8", "int16", "bool"],
            "offsets": ["uint8", "int8", "int16", "bool"],
            "2-D": [],
            "2-D bool": "NotImplementedError: \"arange_cpu\" not implemented for 'Bool'",
        },
        reference={"flat": [], "offsets": [], "2-D": [], "2-D bool": WRONG_DTYPE.format(1)},
    ),
    Entry(
        name="nested-holes",
        title="A bag of a nested tensor with holes reads other indices",
        claim="A nested tensor of indices is a list of bags. A lookup of the same tensor is refused.",
        observed="Where its rows are cut out of a larger tensor, a bag also reads what lies between them.",
        ours="Refused in both, as PyTorch refuses the lookup.",
        chapter="bag",
        case=nested_holes,
        torch={"bag": [6.0, 10.0], "embedding": "ValueError: NestedTensor embedding_default"},
        reference={"bag": "ValueError: expected indices", "embedding": "ValueError: expected indices"},
    ),
    Entry(
        name="nested-options",
        title="A nested tensor is looked up, but not with max_norm, nor backward with sparse",
        claim="Indices may have any shape.",
        observed="A lookup of nested indices works; with max_norm it is refused, and with sparse=True its backward "
        "fails.",
        ours="Works: it is the lookup of all values in one list.",
        chapter="lookup",
        case=nested_options,
        torch={
            "none": [[3.0, 4.0], [6.0, 8.0]],
            "max_norm": "NotImplementedError: aten.embedding_renorm_.default",
            "sparse": "RuntimeError: view(): cannot view shape (2, j) as",
        },
        reference={
            "none": [[3.0, 4.0], [6.0, 8.0]],
            "max_norm": [[0.6, 0.8], [0.6, 0.8]],
            "sparse": [[3.0, 4.0], [6.0, 8.0]],
        },
    ),
    Entry(
        name="no-columns-in-a-row",
        title="Rows without columns: an error that speaks of a step",
        claim="An empty bag gives zeros, and a batch of rows is a batch of bags.",
        observed="Rows without columns are an error that speaks of a step.",
        ours="Refused as PyTorch refuses it, and the sentence says why.",
        chapter="bag",
        case=no_columns_in_a_row,
        torch={"offsets": [[0.0, 0.0], [0.0, 0.0]], "rows": "RuntimeError: step must be nonzero"},
        reference={"offsets": [[0.0, 0.0], [0.0, 0.0]], "rows": "RuntimeError: step must be nonzero"},
    ),
    Entry(
        name="half-up",
        title="A bag of bfloat16 rounds a tie upwards",
        claim="Arithmetic rounds to nearest, ties to even.",
        observed="A sum of a bfloat16 bag without padding_idx rounds a tie upwards.",
        ours="Ties go to even.",
        chapter="bag",
        case=half_up,
        torch=[1.0078125],
        reference=[1.0],
    ),
)
