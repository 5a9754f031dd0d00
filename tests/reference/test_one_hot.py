"""``one_hot`` and ``one_hot_lookup`` against PyTorch's, and against the lookup."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close
from torch.testing._internal.common_methods_invocations import op_db

from reference import lookup, one_hot, one_hot_lookup

OP = next(op for op in op_db if op.name == "nn.functional.one_hot")
FLOATING = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
FINITE = st.floats(-(2.0**99), 2.0**99, width=32)


@st.composite
def index_tensors(draw, num_classes):
    """Any index tensor: a bare index, an empty batch, repeats, transposed."""
    shape = draw(st.lists(st.integers(0, 4), max_size=4))
    size = math.prod(shape)
    rows = draw(st.lists(st.integers(0, num_classes - 1), min_size=size, max_size=size))
    indices = torch.tensor(rows, dtype=torch.long).reshape(shape)
    return indices.mT if len(shape) > 1 and draw(st.booleans()) else indices


@st.composite
def calls(draw, numbers=FINITE, dtypes=(torch.float32,)):
    """A table and indices into it."""
    rows, dim = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    values = draw(st.lists(numbers, min_size=rows * dim, max_size=rows * dim))
    weight = torch.tensor(values, dtype=torch.float64).reshape(rows, dim).to(draw(st.sampled_from(dtypes)))
    return weight, draw(index_tensors(rows))


def outcome(call):
    """Return what `call` returns, or the error it raises."""
    try:
        return call()
    except Exception as error:
        return error


def same_or_refused_alike(*args):
    """Assert that both give the same tensor, or both raise: one type, and our message holds PyTorch's."""
    theirs, ours = outcome(lambda: F.one_hot(*args)), outcome(lambda: one_hot(*args))
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs), f"PyTorch raises {theirs!r}, ours gives {ours!r}"
        assert str(theirs) in str(ours)
    else:
        assert isinstance(ours, torch.Tensor), f"PyTorch accepts this, ours raises {ours!r}"
        assert (ours.dtype, ours.device, ours.shape) == (theirs.dtype, theirs.device, theirs.shape)
        assert ours.is_contiguous() == theirs.is_contiguous()
        assert ours.is_meta or torch.equal(ours, theirs)
    return ours


@given(index_tensors(7), st.integers(-2, 9))
def test_one_hot_gives_and_refuses_what_pytorchs_does(indices, num_classes):
    same_or_refused_alike(indices, num_classes)


@given(st.lists(st.integers(-3, 6), max_size=5), st.integers(-2, 6))
def test_indices_outside_are_refused_alike(indices, num_classes):
    same_or_refused_alike(torch.tensor(indices, dtype=torch.long), num_classes)


@given(index_tensors(7))
def test_without_a_length_a_row_ends_at_the_largest_index(indices):
    same_or_refused_alike(indices)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.uint8, torch.bool, *FLOATING], ids=str)
@pytest.mark.parametrize("indices", [[1, 0], []])
def test_indices_of_another_dtype_are_refused_first(indices, dtype):
    for num_classes in (0, 3):
        message = str(same_or_refused_alike(torch.tensor(indices).to(dtype), num_classes))
        assert message.endswith(f". Got indices of {dtype}, allowed is torch.int64")


@pytest.mark.parametrize("indices", [[1], 1, None, True, "a"])
def test_what_is_no_tensor_is_refused_alike(indices):
    assert str(same_or_refused_alike(indices, 3)).endswith(f": got input={indices!r}")


@pytest.mark.parametrize("num_classes", [2.0, None, True, "3"])
def test_a_length_that_is_no_integer_is_refused_alike(num_classes):
    assert str(same_or_refused_alike(torch.tensor([1]), num_classes)).endswith(f": got num_classes={num_classes!r}")


@pytest.mark.parametrize("values", [3, [3], [3, 3], True, 3.0])
def test_a_length_may_be_a_tensor_without_dimensions(values):
    same_or_refused_alike(torch.tensor([1]), torch.tensor(values))


@pytest.mark.parametrize("number", [np.int64(3), np.int32(3), np.float64(3), np.array(3), np.bool_(True)])
def test_a_length_may_be_an_integer_of_numpy(number):
    same_or_refused_alike(torch.tensor([1]), number)


def test_a_refusal_names_what_was_received():
    assert str(same_or_refused_alike(torch.tensor([5]), 3)).endswith(". Got 5 for num_classes=3")
    assert str(same_or_refused_alike(torch.tensor([5, -2]), 3)).endswith(". Got -2")
    assert str(same_or_refused_alike(torch.tensor([], dtype=torch.long))).endswith(". Got num_classes=-1")


def test_the_meta_device_knows_shapes_and_needs_a_length():
    indices = torch.empty(2, 3, dtype=torch.long, device="meta")
    assert same_or_refused_alike(indices, 5).shape == (2, 3, 5)
    same_or_refused_alike(indices)
    same_or_refused_alike(indices[:0])


def test_pytorchs_own_samples_agree():
    samples = list(OP.sample_inputs("cpu", torch.int64))
    assert len(samples) == 6
    for sample in samples:
        ours = one_hot(sample.input, *sample.args, **sample.kwargs)
        assert torch.equal(ours, OP.op(sample.input, *sample.args, **sample.kwargs))


@given(calls(dtypes=FLOATING))
def test_the_product_is_the_lookup_bit_for_bit_in_every_floating_dtype(call):
    weight, indices = call
    weight = weight.nan_to_num()  # 2**99 is no number of float16
    output = one_hot_lookup(weight, indices)
    assert output.dtype == weight.dtype
    assert torch.equal(output, F.embedding(indices, weight))
    assert torch.equal(output, lookup(weight, indices))


@given(calls())
def test_a_linear_layer_with_the_transposed_table_gives_the_rows(call):
    weight, indices = call
    rows, dim = weight.shape
    linear = nn.Linear(rows, dim, bias=False)
    with torch.no_grad():
        linear.weight.copy_(weight.T)
    assert tuple(linear.weight.shape) == (dim, rows)
    assert torch.equal(linear(one_hot(indices, rows).float()), lookup(weight, indices))


@given(calls(), st.integers(0, 2**32))
def test_the_gradient_is_the_transposed_product(call, seed):
    weight, indices = call
    generator = torch.Generator().manual_seed(seed)
    upstream = torch.randint(-9, 10, (*indices.shape, weight.shape[1]), generator=generator).float()
    ours, theirs = weight.clone().requires_grad_(), weight.clone().requires_grad_()
    one_hot_lookup(ours, indices).backward(upstream)
    F.embedding(indices, theirs).backward(upstream)
    flat = one_hot(indices.reshape(-1), len(weight)).float()
    assert torch.equal(ours.grad, theirs.grad)
    assert torch.equal(flat.T @ upstream.reshape(-1, weight.shape[1]), theirs.grad)


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_the_gradient_of_random_numbers_agrees_up_to_rounding(dtype):
    torch.manual_seed(0)
    indices, upstream = torch.randint(40, (600,)), torch.randn(600, 12).to(dtype)
    weight = torch.zeros(40, 12, dtype=dtype, requires_grad=True)
    F.embedding(indices, weight).backward(upstream)
    exact = one_hot(indices, 40).double().T @ upstream.double()
    assert_close(one_hot(indices, 40).to(dtype).T @ upstream, exact.to(dtype))
    # PyTorch's own sum in half precision rounds fifteen times on the way
    loose = {torch.float16: 0.05, torch.bfloat16: 0.2}.get(dtype, 1e-5)
    assert_close(weight.grad, exact.to(dtype), atol=loose, rtol=0)


@pytest.mark.parametrize("broken", [math.inf, -math.inf, math.nan])
def test_an_infinite_row_turns_every_other_row_of_the_product_into_nan(broken):
    weight = torch.arange(1.0, 9.0).reshape(4, 2)
    weight[2, 1] = broken
    product = one_hot_lookup(weight, torch.arange(4))
    assert torch.equal(product[:, 0], weight[:, 0])
    assert product[[0, 1, 3], 1].isnan().all()
    assert torch.equal(product[2, 1], weight[2, 1]) or math.isnan(broken)
    assert torch.equal(lookup(weight, torch.tensor([0, 1, 3])), weight[[0, 1, 3]])


def test_the_product_loses_the_sign_of_a_negative_zero():
    weight, indices = torch.tensor([[-0.0, 1.0], [2.0, 3.0]]), torch.tensor([0])  # −0 and 0·2 = +0 give +0
    assert torch.signbit(lookup(weight, indices))[0, 0]
    assert not torch.signbit(one_hot_lookup(weight, indices))[0, 0]
    assert torch.equal(one_hot_lookup(weight, indices), lookup(weight, indices))  # which does not see signs of zero


def test_an_empty_batch_gives_an_empty_output():
    assert one_hot_lookup(torch.zeros(4, 2), torch.zeros(0, 5, dtype=torch.long)).shape == (0, 5, 2)


def test_a_table_of_half_type_and_of_integers_are_multiplied_in_their_own_type():
    weight = torch.tensor([[1, 2], [3, 4]])
    for dtype in (torch.float16, torch.bfloat16, torch.int64, torch.int32):
        output = one_hot_lookup(weight.to(dtype), torch.tensor([[1]]))
        assert output.dtype == dtype
        assert output.tolist() == [[[3, 4]]]
