"""Whole calls of an embedding or an embedding bag, drawn by Hypothesis: table, arguments, indices, upstream gradient.

Every argument is drawn as *passed* or *left out*, so that defaults are tested too. Sizes stay small: few rows
make repeated indices, few columns make ties, and a failing example can be checked in the head.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

__all__ = ["ARGUMENTS", "Call", "bag_calls", "embedding_calls", "in_numpy", "make_a_mistake"]

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
NORM_TYPES = [2.0, 1.0, 3.0, 0.5, 0.0, -1.0, float("inf"), 2]
MAX_NORMS = [1.0, 1, 0.5, 3.7, 0.0, -1.0, float("inf")]
OFTEN = st.sampled_from([True, True, True, False, False])
SELDOM = st.sampled_from([False] * 9 + [True])

# what must be set in a third of the calls or more, and how to see that it is
ARGUMENTS = {
    "embedding": {
        "padding_idx": lambda call: call.options.get("padding_idx") is not None,
        "max_norm": lambda call: call.options.get("max_norm") is not None,
        "norm_type": lambda call: "norm_type" in call.options,
        "scale_grad_by_freq": lambda call: call.options.get("scale_grad_by_freq", False),
        "sparse": lambda call: call.options.get("sparse", False),
        "frozen": lambda call: call.frozen,
        "int32 indices": lambda call: call.indices.dtype == torch.int32,
        "repeated indices": lambda call: call.indices.numel() > len(call.indices.unique()),
    },
}
ARGUMENTS["bag"] = ARGUMENTS["embedding"] | {
    "mode": lambda call: "mode" in call.options,
    "include_last_offset": lambda call: call.options.get("include_last_offset", False),
    "offsets": lambda call: call.offsets is not None,
    "per_sample_weights": lambda call: call.per_sample_weights is not None,
}


@dataclass
class Call:
    """One table, one way to call it, one gradient sent back. `run` of agreement.py carries it out.

    `values` and `layout` make the table anew for each side. `form` is ``function``, ``module``
    (``_weight=``), ``from_pretrained`` or ``constructed`` (a table drawn from `seed`; `values` gives its shape).
    """

    kind: str
    form: str
    values: Tensor
    layout: str
    options: dict[str, Any]
    frozen: bool
    indices: Tensor
    offsets: Tensor | None
    per_sample_weights: Tensor | None
    upstream: str
    seed: int
    times: int = 1
    ambient: str = "enable_grad"
    mistake: str | None = field(default=None)

    def weight(self) -> Tensor:
        """Return a new table with these values in this layout."""
        if self.values.dim() != 2 or self.layout == "contiguous":
            return self.values.clone(memory_format=torch.contiguous_format)
        if self.layout == "transposed":
            return self.values.T.clone(memory_format=torch.contiguous_format).T
        return self.values.repeat_interleave(2, dim=1)[:, ::2]  # strided

    @property
    def mode(self) -> str:
        return self.options.get("mode", "mean")

    @property
    def dtype(self) -> torch.dtype:
        return self.values.dtype


def numbers(shape: tuple[int, ...], dtype: torch.dtype, kind: str, seed: int) -> Tensor:
    """Return numbers of a kind: quarters (sums are exact, ties are common), normal, or with NaN and infinities."""
    generator = torch.Generator().manual_seed(seed)
    if kind == "quarters":
        return (torch.randint(-8, 9, shape, generator=generator) / 4).to(dtype)
    values = 2 * torch.randn(shape, generator=generator, dtype=torch.float64)
    if kind == "special" and values.numel():
        odd = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0], dtype=torch.float64)
        place = torch.randint(values.numel(), (2,), generator=generator)
        values.view(-1)[place] = odd[torch.randint(4, (2,), generator=generator)]
    return values.to(dtype)


KINDS = st.sampled_from(["quarters"] * 5 + ["normal"] * 4 + ["special"])


@st.composite
def table_values(draw, dtype: torch.dtype, least_dim: int) -> Tensor:
    rows = draw(st.sampled_from([1, 2, 3, 4, 5, 6, 7] * 4 + [0]))
    dim = max(least_dim, draw(st.sampled_from([1, 2, 3, 4, 5, 9, 17] * 4 + [0])))
    return numbers((rows, dim), dtype, draw(KINDS), draw(st.integers(0, 999)))


@st.composite
def options_of(draw, values: Tensor) -> dict[str, Any]:
    """Draw the arguments that both kinds have, each passed or left out."""
    rows, options = len(values), {}
    if rows and draw(OFTEN):
        options["padding_idx"] = draw(st.integers(-rows, rows - 1))
    elif draw(st.booleans()):
        options["padding_idx"] = None
    if draw(OFTEN):
        options["norm_type"] = draw(st.sampled_from(NORM_TYPES))
    if draw(OFTEN) and (values.numel() or options.get("norm_type") not in (-1.0, float("inf"))):  # no such norm
        norms = values.norm(options.get("norm_type", 2.0), dim=1).tolist() if values.numel() else []
        # the very norm of a row: `>` and `>=` differ there only
        options["max_norm"] = draw(st.sampled_from(MAX_NORMS + [n for n in norms if n == n] * 2))
    for name in ("scale_grad_by_freq", "sparse"):
        if draw(st.sampled_from([True, True, False, False, None])) is not None:
            options[name] = draw(OFTEN)
    return options


@st.composite
def some_indices(draw, num_embeddings: int, size: int) -> Tensor:
    rows = (
        [] if num_embeddings == 0 else draw(st.lists(st.integers(0, num_embeddings - 1), min_size=size, max_size=size))
    )
    return torch.tensor(rows, dtype=draw(st.sampled_from([torch.int64, torch.int32])))


def aim_at_the_indices(draw, options: dict[str, Any], indices: Tensor, num_embeddings: int) -> None:
    """Make the pad row one that is looked up, half the time: beside the indices it would show little."""
    if options.get("padding_idx") is not None and indices.numel() and draw(st.booleans()):
        row = indices.reshape(-1)[draw(st.integers(0, indices.numel() - 1))].item()
        options["padding_idx"] = row - num_embeddings * (options["padding_idx"] < 0)


def common(draw, kind: str, dtype: torch.dtype, values: Tensor) -> dict[str, Any]:
    forms = ["function", "function", "module", "from_pretrained", "constructed"]
    return {
        "kind": kind,
        "values": values,
        "form": draw(st.sampled_from(forms)),
        "layout": draw(st.sampled_from(["contiguous", "contiguous", "transposed", "strided"])),
        "frozen": draw(st.sampled_from([True, True, False, False, False])),
        "upstream": draw(st.sampled_from(["random", "quarters", "quarters", "expanded", "nan", "nan", "transposed"])),
        "seed": draw(st.integers(0, 999)),
        "times": draw(st.sampled_from([1, 1, 1, 2])),
        "ambient": draw(st.sampled_from(["enable_grad"] * 8 + ["no_grad", "inference_mode"])),
    }


@st.composite
def embedding_calls(draw) -> Call:
    """Draw a call of an embedding; in one of ten something is wrong with it."""
    dtype = draw(st.sampled_from(DTYPES))
    values = draw(table_values(dtype, least_dim=0))
    shape = draw(st.sampled_from([(), (0,), (2, 0), (1,), (3,), (7,), (12,), (2, 3), (3, 4), (1, 1), (2, 2, 3)]))
    if len(values) == 0 and 0 not in shape:
        shape = (0,)
    size = torch.Size(shape).numel()
    options, indices = draw(options_of(values)), draw(some_indices(len(values), size)).reshape(shape)
    aim_at_the_indices(draw, options, indices, len(values))
    if not values.shape[1]:
        options.pop("sparse", None)  # without columns PyTorch's sparse gradient has no entries, here one an index
    call = Call(
        options=options,
        indices=indices,
        offsets=None,
        per_sample_weights=None,
        **common(draw, "embedding", dtype, values),
    )
    return make_a_mistake(call, draw(st.sampled_from(EMBEDDING_MISTAKES))) if draw(SELDOM) else call


@st.composite
def bag_calls(draw) -> Call:
    """Draw a call of an embedding bag, flat with offsets or one bag a row; in one of ten something is wrong."""
    dtype = draw(st.sampled_from(DTYPES))
    values = draw(table_values(dtype, least_dim=1))  # as above
    options = draw(options_of(values))
    mode = draw(st.sampled_from(["sum", "sum", "sum", "mean", None, "max"]))
    if mode:
        options["mode"] = mode
    if mode == "max":  # refused together: seldom drawn, so that `max` is mostly accepted
        for name in ("sparse", "scale_grad_by_freq"):
            options[name] = options.get(name, False) and draw(SELDOM)
    if draw(OFTEN):
        options["include_last_offset"] = draw(st.sampled_from([True, True, True, False]))
    flat = draw(OFTEN)
    rows, length = draw(st.sampled_from([(1, 1), (2, 3), (3, 2), (1, 7), (4, 4), (0, 2)]))
    size = draw(st.sampled_from([0, 1, 2, 5, 9, 14])) if flat else rows * length
    if len(values) == 0:
        size = rows = 0
    indices, offsets = draw(some_indices(len(values), size)), None
    aim_at_the_indices(draw, options, indices, len(values))
    if flat:
        bags = draw(st.integers(0, 4)) if size == 0 else draw(st.integers(1, 4))
        starts = sorted(draw(st.lists(st.integers(0, size), min_size=max(bags - 1, 0), max_size=max(bags - 1, 0))))
        starts = ([0] if bags else []) + starts
        if options.get("include_last_offset"):
            starts = (starts or [0]) + [size] if starts or size else [0]
        offsets = torch.tensor(starts, dtype=draw(st.sampled_from([torch.int64, torch.int32])))
    else:
        indices = indices.reshape(rows, length)
    weighted = draw(st.sampled_from([True, True, True, False])) if mode == "sum" else draw(SELDOM)
    call = Call(
        options=options,
        indices=indices,
        offsets=offsets,
        per_sample_weights=numbers(tuple(indices.shape), dtype, draw(KINDS), draw(st.integers(0, 999)))
        if weighted
        else None,
        **common(draw, "bag", dtype, values),
    )
    return make_a_mistake(call, draw(st.sampled_from(BAG_MISTAKES))) if draw(SELDOM) else call


EMBEDDING_MISTAKES = [
    "index too large",
    "index negative",
    "index dtype",
    "padding_idx outside",
    "table not two-dimensional",
    "option of another type",
]
WRONG_TYPES = {
    "padding_idx": [True, False, 0.0, 1.5],
    "max_norm": ["1.0", 1j, Fraction(1, 2), torch.ones(1)],
    "norm_type": ["2", None],
    "scale_grad_by_freq": [0, 1, None, np.bool_(True)],
    "sparse": [0, 1, "no"],
    "include_last_offset": [0, 1, None],
}
BAG_MISTAKES = [
    *EMBEDDING_MISTAKES,
    "mode unknown",
    "first offset not 0",
    "last offset too large",
    "offsets two-dimensional",
    "offsets missing or too many",
    "weights of another shape",
    "weights of another dtype",
    "three dimensions",
]


def in_numpy(call: Call) -> Call:
    """Return `call` with its numbers as numpy's: what a program that computes its options passes on."""
    kinds = {"padding_idx": np.int64, "max_norm": np.float64, "norm_type": np.float32}
    for name, kind in kinds.items():
        if type(call.options.get(name)) in (int, float):
            call.options[name] = kind(call.options[name])
    return call


def whose_type_is_read(call: Call) -> list[str]:
    """Return the options that PyTorch looks at in this call, so that it refuses another type first of all."""
    unread = set()
    if call.options.get("max_norm") is None or (call.per_sample_weights is not None and call.mode != "sum"):
        unread |= {"max_norm", "norm_type"}
    if call.offsets is None:
        unread.add("include_last_offset")
    return [name for name in call.options if name in WRONG_TYPES.keys() - unread]


def make_a_mistake(call: Call, mistake: str) -> Call:
    """Return `call` with one thing wrong; where it cannot be made (no offsets, no index) nothing changes."""
    rows, options = len(call.values), call.options
    last = call.indices.numel() - 1
    if mistake in ("index too large", "index negative") and last >= 0:
        flat = call.indices.clone().reshape(-1)
        flat[call.seed % (last + 1)] = rows + call.seed % 3 if mistake == "index too large" else -1 - call.seed % 9
        call.indices = flat.reshape(call.indices.shape)
    elif mistake == "index dtype":
        call.indices = call.indices.to([torch.float32, torch.float64][call.seed % 2])
    elif mistake == "padding_idx outside":
        options["padding_idx"] = rows if call.seed % 2 else -rows - 1
    elif mistake == "table not two-dimensional" and call.form == "function":
        call.values = call.values[None] if call.seed % 2 else call.values.reshape(-1)
    elif mistake == "option of another type" and call.form == "function" and rows > 1 and whose_type_is_read(call):
        names = whose_type_is_read(call)
        name = names[call.seed % len(names)]
        options[name] = WRONG_TYPES[name][call.seed % len(WRONG_TYPES[name])]
    elif mistake == "mode unknown":
        options["mode"] = "min"
    elif mistake == "weights of another shape":
        call.per_sample_weights = torch.ones((*call.indices.shape, 2), dtype=call.dtype)
    elif mistake == "weights of another dtype" and call.per_sample_weights is not None:
        call.per_sample_weights = call.per_sample_weights.to(
            torch.float32 if call.dtype == torch.float64 else torch.float64
        )
    elif mistake == "three dimensions":
        call.indices, call.offsets, call.per_sample_weights = call.indices.reshape(1, 1, -1), None, None
    elif mistake == "offsets missing or too many":
        call.offsets = torch.tensor([0]) if call.offsets is None else None
    elif call.offsets is not None and len(call.offsets):
        if mistake == "first offset not 0":
            call.offsets[0] = 1
        elif mistake == "last offset too large":
            call.offsets[-1] = call.indices.numel() + 1
        elif mistake == "offsets two-dimensional":
            call.offsets = call.offsets[None]
        else:
            return call
    else:
        return call
    call.mistake = mistake
    return call
