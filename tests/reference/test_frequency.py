"""``scale_grad_by_freq`` against PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.autograd.gradcheck import GradcheckError
from torch.testing import assert_close

from reference import counts, divide_by_counts, embedding, embedding_bag

V = 5
SHAPES = st.lists(st.integers(0, 6), max_size=3)


@given(SHAPES, st.none() | st.integers(-V, V - 1), st.sampled_from([torch.float64, torch.float32]), st.integers(0, 99))
def test_gradient_agrees(shape, padding_idx, dtype, seed):
    torch.manual_seed(seed)
    indices, upstream = torch.randint(V, shape), torch.randn(*shape, 3, dtype=dtype)
    ours, theirs = (torch.zeros(V, 3, dtype=dtype, requires_grad=True) for _ in range(2))
    options = {"padding_idx": padding_idx, "scale_grad_by_freq": True}
    embedding(indices, ours, **options).backward(upstream)
    F.embedding(indices, theirs, **options).backward(upstream)
    assert_close(ours.grad, theirs.grad)


@given(SHAPES, st.sampled_from([torch.int64, torch.int32]))
def test_counts_are_those_of_bincount(shape, dtype):
    rows = torch.randint(V, shape, dtype=dtype).reshape(-1)
    assert torch.equal(counts(rows, V), torch.bincount(rows, minlength=V).to(dtype))


def test_each_position_is_divided_by_the_count_of_its_own_row():
    rows, grads = torch.tensor([1, 1, 3]), torch.tensor([[6.0], [8.0], [5.0]])
    assert divide_by_counts(rows, grads, V).tolist() == [[3], [4], [5]]


def test_the_derivative_of_the_gradient_is_divided_too():
    """PyTorch forgets it: see the ledger."""
    indices, upstream = torch.tensor([1, 1, 3]), torch.randn(3, 2, dtype=torch.float64, requires_grad=True)

    def gradient(upstream, look_up=embedding):
        weight = torch.zeros(V, 2, dtype=torch.float64, requires_grad=True)
        output = look_up(indices, weight, scale_grad_by_freq=True)
        return torch.autograd.grad(output, weight, upstream, create_graph=True)[0]

    assert gradcheck(gradient, upstream)
    with pytest.raises(GradcheckError):
        gradcheck(lambda upstream: gradient(upstream, F.embedding), upstream)


def test_a_second_derivative_is_divided_once_for_each_gradient_that_reaches_the_table():
    weight = torch.ones(V, 1, requires_grad=True)
    loss = (embedding(torch.tensor([1, 1, 3]), weight, scale_grad_by_freq=True) ** 2).sum()
    (gradient,) = torch.autograd.grad(loss, weight, create_graph=True)
    assert gradient.flatten().tolist() == [0, 2, 0, 2, 0]  # row 1: two positions send 2 each, halved
    (second,) = torch.autograd.grad(gradient.sum(), weight)
    assert second.flatten().tolist() == [0, 1, 0, 2, 0]  # row 1: the same two positions, halved twice


def test_positions_that_the_loss_ignores_count_and_nothing_is_kept_between_calls():
    weight = torch.zeros(V, 1, requires_grad=True)
    embedding(torch.tensor([1, 1, 1, 2]), weight, scale_grad_by_freq=True)[0].sum().backward()
    assert_close(weight.grad[1], torch.tensor([1 / 3]))
    weight.grad = None
    for _ in range(2):
        embedding(torch.tensor([1, 1]), weight, scale_grad_by_freq=True).sum().backward()
    assert weight.grad[1] == 2


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from(["sum", "mean"]), st.none() | st.integers(0, V - 1))
def test_in_bags_it_is_what_the_documentation_says(num_bags, length, mode, padding_idx):
    """PyTorch's own bags divide by another row's count: see the ledger."""
    indices, upstream = torch.randint(V, (num_bags, length)), torch.randn(num_bags, 2)
    bags, looked_up = (torch.zeros(V, 2, requires_grad=True) for _ in range(2))
    embedding_bag(indices, bags, mode=mode, scale_grad_by_freq=True, padding_idx=padding_idx).backward(upstream)
    vectors = F.embedding(indices, looked_up, padding_idx=padding_idx, scale_grad_by_freq=True)
    stays = (indices != padding_idx)[:, :, None] if padding_idx is not None else torch.ones(num_bags, length, 1)
    sizes = stays.sum(1).clamp(min=1) if mode == "mean" else 1
    ((vectors * stays).sum(1) / sizes).backward(upstream)
    assert_close(bags.grad, looked_up.grad)
