"""The reductions of bags, one position at a time and against the derivative."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck

from reference import bag_of_each, max_of_bags, mean_of_bags, sum_of_bags, weighted_sum_of_bags


def test_the_first_of_equals_wins_and_takes_the_gradient():
    vectors = torch.tensor([[1.0], [1.0], [-torch.inf], [-torch.inf]], requires_grad=True)
    output = max_of_bags(vectors, torch.tensor([0, 0, 2, 2]), num_bags=4)
    output.sum().backward()
    assert output.flatten().tolist() == [1, 0, -torch.inf, 0]
    assert vectors.grad.flatten().tolist() == [1, 0, 1, 0]


@given(st.permutations([float("nan"), 1.0, 2.0, float("inf")]))
def test_nan_is_the_maximum_wherever_it_stands(numbers):
    """As the documentation has it, `Tensor.max`; PyTorch's own bags are in the ledger."""
    vectors = torch.tensor(numbers)[:, None].requires_grad_()
    max_of_bags(vectors, torch.zeros(4, dtype=torch.long), num_bags=1).sum().backward()
    assert vectors.grad.flatten().tolist() == [float(number != number) for number in numbers]


def test_each_position_has_its_bag():
    assert bag_of_each(torch.tensor([0, 0, 3, 3]), 5).tolist() == [1, 1, 1, 3, 3]
    assert bag_of_each(torch.tensor([], dtype=torch.int32), 0).tolist() == []


@pytest.mark.parametrize("reduce", [sum_of_bags, mean_of_bags, max_of_bags])
def test_derivatives_of_the_reductions_are_right(reduce):
    vectors, bag = torch.randn(5, 2, dtype=torch.float64, requires_grad=True), torch.tensor([0, 0, 2, 2, 2])
    assert gradcheck(lambda v: reduce(v, bag, 3), vectors)
    assert gradgradcheck(lambda v: reduce(v, bag, 3) ** 2, vectors)


def test_derivatives_of_the_weighted_sum_are_right():
    vectors, factors = torch.randn(5, 2, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    inputs = vectors.requires_grad_(), factors.requires_grad_(), torch.tensor([0, 0, 2, 2, 2]), 3
    assert gradcheck(weighted_sum_of_bags, inputs)
    assert gradgradcheck(weighted_sum_of_bags, inputs)
