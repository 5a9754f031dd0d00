"""Types of arguments: each value for each option, taken and refused as by PyTorch."""

from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import reference
from reference import Embedding, EmbeddingBag

VALUES = [
    *(True, False, 0, 1, 1.0, 1.5, "no", 2**70, 2**2000, 1j, Fraction(1, 2)),
    *(np.int64(1), np.int32(0), np.float32(1.5), np.float64(1.0), np.array(1)),
    *(torch.tensor(1), torch.tensor(1.5), torch.tensor([1.5]), torch.tensor(1.5, requires_grad=True), torch.tensor(1j)),
]
OPTIONS = {
    "embedding": ("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse"),
    "embedding_bag": ("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse", "include_last_offset"),
}
CALLS = [(name, option, value) for name, options in OPTIONS.items() for option in options for value in VALUES]
LEFT_OUT = {  # by repr: what PyTorch takes for no reason, or refuses in words of Python's
    ("embedding", "padding_idx"): ["'no'", "1j", "tensor(0.+1.j)", "array(1)"],
    ("embedding_bag", "padding_idx"): [repr(2**70), repr(2**2000)],
}


def outcome(place, name, option, value):
    """Return the output and the table, or the error and whether the table was left alone."""
    weight = torch.tensor([[1.0, -2.0], [3.0, 4.0], [0.5, 0.25], [-6.0, 8.0]])
    before, offsets = weight.clone(), [torch.tensor([0, 4])] if name == "embedding_bag" else []
    options = {"max_norm": 1.0, option: value}
    try:
        output = getattr(place, name)(torch.tensor([1, 1, 3, 0]), weight, *offsets, **options)
    except Exception as error:
        return error, torch.equal(weight, before)
    return output, weight


@pytest.mark.parametrize(("name", "option", "value"), CALLS, ids=lambda part: repr(part)[:20])
def test_an_option_is_taken_or_refused_as_by_pytorch_and_a_refusal_changes_nothing(name, option, value):
    theirs, ours = outcome(F, name, option, value), outcome(reference, name, option, value)
    if repr(value) in LEFT_OUT.get((name, option), ()):
        assert isinstance(ours[0], Exception)
        assert ours[1]
        return
    if not isinstance(theirs[0], Exception):
        assert not isinstance(ours[0], Exception), f"PyTorch accepts this, ours raises {ours[0]!r}"
        assert all(map(torch.equal, ours, theirs))
        return
    assert type(ours[0]) is type(theirs[0])
    assert str(theirs[0]) in str(ours[0])
    assert ours[1]


@pytest.mark.parametrize("option", ["scale_grad_by_freq", "sparse"])
@pytest.mark.parametrize("value", [0, 1, None, "no", np.bool_(True)])
def test_in_max_what_counts_as_true_is_refused_first_and_the_value_is_named(option, value):
    theirs, ours = [], []
    for place, errors in ((F, theirs), (reference, ours)):
        with pytest.raises((TypeError, ValueError)) as error:
            place.embedding_bag(torch.tensor([[0]]), torch.ones(1, 1), mode="max", **{option: value})
        errors.append(error)
    assert ours[0].type is theirs[0].type
    assert str(theirs[0].value) in str(ours[0].value)
    assert str(ours[0].value).endswith(f": got {option}={value!r}")


@pytest.mark.parametrize("value", [0, 1, None, "no"])
@pytest.mark.parametrize("place", [F, reference])
def test_without_offsets_nobody_looks_at_the_last(place, value):
    assert place.embedding_bag(torch.tensor([[0]]), torch.ones(1, 1), include_last_offset=value).tolist() == [[1]]


@pytest.mark.parametrize("module", [Embedding, EmbeddingBag])
def test_a_module_takes_any_option_and_the_call_refuses_it(module):
    table = module(4, 2, sparse="no")
    with pytest.raises(TypeError, match=r"argument 'sparse' \(position [56]\) must be bool, not str: got sparse='no'"):
        table(torch.tensor([[1]]))


@pytest.mark.parametrize(
    "dtype",
    [torch.bool, torch.uint16, torch.int8, torch.float16, torch.bfloat16, torch.complex64, torch.complex128],
    ids=str,
)
def test_types_of_tensors_are_called_as_pytorch_calls_them(dtype):
    indices, weight = torch.zeros(1, 2, dtype=torch.long), torch.ones(3, 2)
    calls = [
        lambda place: place.embedding(indices.to(dtype), weight),
        lambda place: place.embedding(indices.to(dtype), weight, max_norm=1.0),
        lambda place: place.embedding_bag(indices[0].to(dtype), weight, torch.tensor([0]).to(dtype)),
        lambda place: place.embedding_bag(
            indices, weight.double(), mode="sum", per_sample_weights=indices.double().to(dtype)
        ),
    ]
    if dtype not in (torch.float16, torch.bfloat16):
        calls.append(lambda place: place.embedding_bag(indices, weight.to(dtype)))
    for call in calls:
        with pytest.raises(RuntimeError) as theirs:
            call(F)
        with pytest.raises(RuntimeError) as ours:
            call(reference)
        assert str(theirs.value) in str(ours.value)
