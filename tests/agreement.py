"""Carry out one drawn call with PyTorch and with a candidate, and compare everything that a caller can see.

A candidate is anything with the four names ``Embedding``, ``EmbeddingBag``, ``embedding`` and ``embedding_bag``: the
package `reference`, PyTorch itself (`TORCH`), or PyTorch with one rule broken (test_harness.py).
"""

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.testing import assert_close

from strategies import Call, numbers

__all__ = ["EXCLUDED", "TORCH", "Outcome", "assert_agreement", "assert_same_gradient", "run"]

TORCH = SimpleNamespace(
    Embedding=nn.Embedding, EmbeddingBag=nn.EmbeddingBag, embedding=F.embedding, embedding_bag=F.embedding_bag
)


@dataclass
class Outcome:
    """What a call left behind; `stage` is how far it came: construct, forward, backward, done."""

    stage: str = "construct"
    error: Exception | None = None
    before: Tensor | None = None
    weight: Tensor | None = None
    outputs: list[Tensor] = field(default_factory=list)
    gradient: Tensor | None = None
    weights_gradient: Tensor | None = None
    text: str = ""
    next_random: float = 0.0


def prepare(candidate: Any, call: Call) -> tuple[Tensor, Callable[..., Tensor], str]:
    """Return the table, the lookup that reads it, and the module's repr."""
    name = {"embedding": "Embedding", "bag": "EmbeddingBag"}[call.kind]
    if call.form == "function":
        weight = call.weight().requires_grad_(not call.frozen)
        function = getattr(candidate, {"embedding": "embedding", "bag": "embedding_bag"}[call.kind])
        return weight, lambda *args, **kwargs: function(args[0], weight, *args[1:], **kwargs, **call.options), ""
    cls = getattr(candidate, name)
    if call.form == "from_pretrained":
        module = cls.from_pretrained(call.weight(), freeze=call.frozen, **call.options)
    elif call.form == "module":
        freeze = {"_freeze": call.frozen} if call.kind == "embedding" else {}
        module = cls(*call.values.shape, **call.options, **freeze, _weight=call.weight())
        module.weight.requires_grad_(not call.frozen)
    else:
        module = cls(*call.values.shape, **call.options, dtype=call.dtype)
        module.weight.requires_grad_(not call.frozen)
    return module.weight, module, repr(module)


def upstream_of(call: Call, output: Tensor) -> Tensor:
    shape, dtype = tuple(output.shape), output.dtype
    if call.upstream == "expanded":
        return torch.ones((), dtype=dtype).expand(shape)
    if call.upstream == "transposed":
        return numbers(shape[::-1], dtype, "quarters", call.seed).permute(*reversed(range(len(shape))))
    upstream = numbers(shape, dtype, "quarters" if call.upstream == "quarters" else "normal", call.seed)
    if call.upstream == "nan" and upstream.numel():  # in every second row, beginning with the first or the second
        upstream.view(-1, shape[-1])[call.seed % 2 :: 2, 0] = float("nan")
    return upstream


def run(candidate: Any, call: Call) -> Outcome:
    """Carry out `call`; an error ends it and is part of the outcome."""
    done = Outcome()
    arguments, weights = [call.indices.clone()], None
    if call.kind == "bag":
        weights = call.per_sample_weights
        weights = None if weights is None else weights.clone().requires_grad_(call.seed % 3 > 0)
        arguments.append(None if call.offsets is None else call.offsets.clone())
    named = {} if weights is None else {"per_sample_weights": weights}
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.default_generator.manual_seed(call.seed)  # the CPU alone: asking every device takes longer than the call
        try:
            done.weight, lookup, done.text = prepare(candidate, call)
            done.before, done.stage = done.weight.detach().clone(), "forward"
            with getattr(torch, call.ambient)() if call.ambient != "inference_mode" else torch.inference_mode():
                done.outputs = [lookup(*arguments, **named) for _ in range(call.times)]
            done.stage = "backward"
            for output in done.outputs:
                if output.requires_grad:
                    output.backward(upstream_of(call, output))
            done.stage = "done"
        except Exception as error:
            done.error = error
        done.next_random = torch.rand(()).item()
    done.gradient = None if done.weight is None else done.weight.grad
    done.weights_gradient = None if weights is None else weights.grad
    return done


def frequency_in_a_bag(call: Call) -> set[str]:
    scaled = call.kind == "bag" and call.options.get("scale_grad_by_freq", False)
    return {"gradient"} if scaled else set()


def index_errors(call: Call) -> set[str]:
    if call.mistake not in ("index too large", "index negative"):
        return set()
    capped = call.options.get("max_norm") is not None  # an IndexError, whoever was called
    return {"message", "type"} if capped and (call.kind == "bag" or not call.values.numel()) else {"message"}


def max_norm_errors(call: Call) -> set[str]:
    capped = call.kind == "bag" and call.options.get("max_norm") is not None
    if not capped or call.mistake != "index dtype":
        return set()
    weighted = call.per_sample_weights is not None and call.mode != "sum"  # a second mistake, which ours names first
    return {"message", "type"} if weighted else {"message"}


def weights_beside_max_norm(call: Call) -> set[str]:
    weighted = call.kind == "bag" and call.per_sample_weights is not None
    return {"backward"} if weighted and call.times > 1 and call.options.get("max_norm") is not None else set()


def nan_in_max(call: Call) -> set[str]:
    if call.kind != "bag" or call.mode != "max" or call.mistake == "option of another type":  # refused
        return set()
    cap = call.options.get("max_norm")
    made = cap is not None and cap < 0 and call.dtype == torch.float16  # zeros by -1 / 1e-7, which is -inf: NaN
    return {"output", "gradient"} if made or not call.values.isfinite().all() else set()


def one_index_beside_a_pad(call: Call) -> set[str]:
    sparse, padding = call.options.get("sparse", False), call.options.get("padding_idx")
    alone = call.indices.dim() == 0 and sparse and padding is not None and not call.frozen
    return {"backward"} if alone else set()


# The entries of chapters/ledger.py that a drawn call may meet, and what is then not compared with PyTorch: ours is
# compared with the documentation instead (test_ledger.py, the end of test_conformance.py). Nothing else is left out.
EXCLUDED: dict[str, Callable[[Call], set[str]]] = {
    "bag-frequency": frequency_in_a_bag,
    "index-errors": index_errors,
    "max-nan": nan_in_max,
    "max-norm-errors": max_norm_errors,
    "weights-beside-max-norm": weights_beside_max_norm,
    "zero-dim-sparse-pad": one_index_beside_a_pad,
}


def excluded(call: Call) -> set[str]:
    """Return what is not compared for this call, because the ledger names a difference."""
    return set().union(*(parts(call) for parts in EXCLUDED.values()))


def assert_same_gradient(ours: Tensor | None, theirs: Tensor | None, exact: bool = False, terms: int = 0) -> None:
    """Assert equal gradients: both there or not, layout, dtype, and for a sparse one its entries in their order."""
    assert (ours is None) == (theirs is None), f"gradient {ours} and PyTorch's {theirs}"
    if theirs is None:
        return
    assert (ours.layout, ours.dtype, ours.shape) == (theirs.layout, theirs.dtype, theirs.shape)
    if theirs.layout == torch.sparse_coo:
        if exact or theirs._nnz() > 1:  # fewer entries PyTorch marks as coalesced: there is nothing to add
            assert ours.is_coalesced() == theirs.is_coalesced()
        assert (ours.sparse_dim(), ours.dense_dim()) == (theirs.sparse_dim(), theirs.dense_dim())
        assert ours._indices().dtype == theirs._indices().dtype
        assert torch.equal(ours._indices(), theirs._indices())
        ours, theirs = ours._values(), theirs._values()
    assert_equal(ours, theirs, exact, terms)


def assert_equal(ours: Tensor, theirs: Tensor, exact: bool, terms: int = 0) -> None:
    """Assert equal numbers: to the bit, or within `assert_close`'s limits.

    In half precision a sum of `terms` products rounds at every step, and where it rounds is not part of the claim:
    there each term may be off by one rounding of the largest of them (the numbers drawn stay below 8).
    """
    limits = {"rtol": 0, "atol": 0} if exact else {}
    if terms and not exact and theirs.dtype in (torch.float16, torch.bfloat16):
        rounding = torch.finfo(theirs.dtype).eps
        limits = {"rtol": 4 * rounding, "atol": 8 * rounding * terms}
    assert_close(ours.detach(), theirs.detach(), equal_nan=True, **limits)


def assert_agreement(
    candidate: Any, call: Call, documented: bool = True, apart_from: Collection[str] = (), to_the_bit: bool = True
) -> Outcome:
    """Assert that `candidate` does with `call` what PyTorch does; return PyTorch's outcome.

    Args:
        candidate: the four names, or those of them that the call needs.
        call: what to do.
        documented: the candidate follows the documentation where the ledger says that PyTorch does not.
            False for PyTorch itself.
        apart_from: what is not compared: of `output`, `gradient`, `message`, `type`, `text`, `version`, `random`.
        to_the_bit: where PyTorch's numbers can be had to the bit, nothing less is enough; False for `assert_close`
            everywhere.
    """
    theirs, ours = run(TORCH, call), run(candidate, call)
    skip = (excluded(call) if documented else set()) | set(apart_from)
    if documented and ours.error and ours.stage == "forward":
        assert_equal(ours.weight, ours.before, exact=True)  # refused: the table was left alone
    if "backward" in skip and theirs.stage == "backward":
        assert ours.stage in ("backward", "done")
        return theirs
    assert (ours.stage, bool(ours.error)) == (theirs.stage, bool(theirs.error)), (
        f"PyTorch: {theirs.stage} {theirs.error!r}; ours: {ours.stage} {ours.error!r}"
    )
    if theirs.error:
        if "type" not in skip:
            assert type(ours.error) is type(theirs.error), f"{ours.error!r} where PyTorch raises {theirs.error!r}"
        if "message" not in skip:
            assert str(theirs.error).split("\n")[0] in str(ours.error)
        return theirs
    # a row's norm is summed in another order when the row is strided
    same_rows = call.layout == "contiguous" or call.form == "constructed" or call.options.get("max_norm") is None
    same_rows = same_rows and to_the_bit
    exact = same_rows and (call.kind == "embedding" or call.mode == "max")
    for our_output, output in zip(ours.outputs, theirs.outputs, strict=True):
        assert (our_output.dtype, our_output.shape) == (output.dtype, output.shape)
        assert our_output.requires_grad == output.requires_grad
        assert our_output.is_contiguous() == output.is_contiguous()
        assert our_output.is_leaf == output.is_leaf
        if "output" not in skip:
            assert_equal(our_output, output, exact)
    if theirs.stage == "done":
        assert_equal(ours.weight, theirs.weight, exact=same_rows)
        assert ours.weight.requires_grad == theirs.weight.requires_grad
        if "version" not in skip:
            assert ours.weight._version == theirs.weight._version or "inference" in call.ambient
        if "text" not in skip:
            assert ours.text == theirs.text
        if "random" not in skip:
            assert ours.next_random == theirs.next_random  # nothing was drawn that PyTorch does not draw
    if "gradient" not in skip:
        plain = to_the_bit and call.kind == "embedding" and not call.options.get("scale_grad_by_freq", False)
        terms = call.indices.numel() * call.times
        assert_same_gradient(ours.gradient, theirs.gradient, plain, terms)
        terms = call.values.shape[1] * call.times
        assert_same_gradient(ours.weights_gradient, theirs.weights_gradient, terms=terms)
    return theirs
