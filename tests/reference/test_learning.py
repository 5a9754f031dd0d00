"""The dense gradient against PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, hessian, vmap

from reference import LookupFunction, add_rows, gradient_rows, lookup_backward

FLOATING = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@st.composite
def backward_calls(draw):
    """Any gradient at any output: bare index, empty batch, many repeats, int32, expanded upstream."""
    num_embeddings, dim = draw(st.integers(1, 6)), draw(st.integers(0, 3))
    shape = draw(st.lists(st.integers(0, 12), max_size=3))
    torch.manual_seed(draw(st.integers(0, 2**32)))
    indices = torch.randint(num_embeddings, shape, dtype=draw(st.sampled_from([torch.int64, torch.int32])))
    upstream = torch.randn(*shape, dim).to(draw(st.sampled_from(FLOATING)))
    if draw(st.booleans()):
        upstream = upstream.new_tensor(0.1).expand(upstream.shape)
    return upstream, indices, num_embeddings


def torch_gradient(upstream, indices, num_embeddings, **options):
    weight = torch.zeros(num_embeddings, upstream.shape[-1], dtype=upstream.dtype, requires_grad=True)
    F.embedding(indices, weight, **options).backward(upstream)
    return weight.grad


@given(backward_calls())
def test_gradient_is_pytorchs_bit_for_bit_in_every_dtype(call):
    assert torch.equal(lookup_backward(*call), torch_gradient(*call))


@given(backward_calls())
def test_through_autograd_it_is_the_same_gradient(call):
    upstream, indices, num_embeddings = call
    weight = torch.randn(num_embeddings, upstream.shape[-1]).to(upstream.dtype).requires_grad_()
    output = LookupFunction.apply(weight, indices, lookup_backward)
    assert torch.equal(output, F.embedding(indices, weight))
    output.backward(upstream)
    assert torch.equal(weight.grad, torch_gradient(*call))


@pytest.mark.parametrize(("dtype", "total"), [(torch.float16, 2048), (torch.bfloat16, 256), (torch.float32, 10_000)])
def test_a_long_sum_in_half_precision_stands_still(dtype, total):
    grads = torch.ones(10_000, 1, dtype=dtype)
    assert add_rows(torch.zeros(10_000, dtype=torch.long), grads, 1).item() == total


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_gradient_does_not_depend_on_the_number_of_threads(dtype):
    threads = torch.get_num_threads()
    indices, upstream = torch.randint(10, (20_000,)), torch.randn(20_000, 64).to(dtype)
    try:
        torch.set_num_threads(1)
        alone = lookup_backward(upstream, indices, 10)
        torch.set_num_threads(2)
        assert all(torch.equal(lookup_backward(upstream, indices, 10), alone) for _ in range(5))
    finally:
        torch.set_num_threads(threads)


def test_positions_stay_in_their_order():
    rows, grads = gradient_rows(torch.arange(8.0).reshape(2, 2, 2), torch.tensor([[3, 0], [3, 1]]))
    assert rows.tolist() == [3, 0, 3, 1]
    assert grads.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # forward mode imports it
def test_derivatives_of_both_orders_and_modes_are_right():
    weight = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)

    def squares(weight, indices):
        return LookupFunction.apply(weight, indices, lookup_backward) ** 2

    indices = torch.tensor([[1, 1, 3]])
    assert gradcheck(squares, (weight, indices), check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(squares, (weight, indices))
    assert hessian(lambda w: squares(w, indices).sum())(weight)[1, 0, 1, 0] == 4
    batch = torch.tensor([[0, 1], [2, 2]])
    each = vmap(grad(lambda w, i: squares(w, i).sum()), in_dims=(None, 0))(weight.detach(), batch)
    assert torch.equal(each[1], grad(lambda w: squares(w, batch[1]).sum())(weight.detach()))


def test_output_may_be_edited_in_place():
    weight = torch.ones(3, 2, requires_grad=True)
    output = LookupFunction.apply(weight, torch.tensor([[1, 1]]), lookup_backward)
    assert not output._is_view()
    output.mul_(3).sum().backward()
    assert weight.grad[:, 0].tolist() == [0, 6, 0]


def test_rows_may_change_before_backward_but_indices_may_not():
    weight, indices = torch.ones(3, 2, requires_grad=True), torch.tensor([0, 1])
    loss = LookupFunction.apply(weight, indices, lookup_backward).sum()
    weight.data.zero_()
    loss.backward(retain_graph=True)
    assert weight.grad[:, 0].tolist() == [1, 1, 0]
    indices[0] = 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
