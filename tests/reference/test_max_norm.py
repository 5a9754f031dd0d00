"""``max_norm`` against PyTorch's, to the bit."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import reference
from reference import Embedding, embedding, embedding_bag, renorm_

FLOATING = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
CAPS = [1.0, 1, 0.5, 3.7, 0, -1.0, float("inf"), float("nan"), True]
NORMS = [2.0, 1.0, 3.0, 0.5, 0.0, -1.0, float("inf"), float("-inf"), 2]


@given(
    st.sampled_from(FLOATING), st.sampled_from(CAPS), st.sampled_from(NORMS), st.integers(1, 30), st.integers(0, 2**32)
)
def test_the_table_afterwards_is_pytorchs_bit_for_bit(dtype, max_norm, norm_type, dim, seed):
    torch.manual_seed(seed)
    ours = (torch.randn(8, dim) * 2).to(dtype)
    theirs, indices = ours.clone(), torch.randint(8, (2, 3), dtype=[torch.int64, torch.int32][seed % 2])
    for _ in range(2):  # a second call may move a row again
        output = embedding(indices, ours, max_norm=max_norm, norm_type=norm_type)
        expected = F.embedding(indices, theirs, max_norm=max_norm, norm_type=norm_type)
        assert torch.equal(ours.nan_to_num(9), theirs.nan_to_num(9))
        assert torch.equal(output.nan_to_num(9), expected.nan_to_num(9))
    assert ours._version == theirs._version


@pytest.mark.parametrize("max_norm", [3.7, 0.1, 5.0])
def test_norms_are_compared_in_float64_and_strictly(max_norm):
    ours = torch.tensor([[max_norm, 0.0], [0.0, 5.0], [3.0, 4.0]])
    theirs, indices = ours.clone(), torch.arange(3)
    renorm_(ours, indices, max_norm)
    F.embedding(indices, theirs, max_norm=max_norm)
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("row", [[float("nan"), 1.0], [float("inf"), 1.0], [3e38, 3e38], [0.0, 0.0]])
def test_rows_without_a_finite_norm_become_what_they_become_in_pytorch(row):
    ours, theirs = torch.tensor([row]), torch.tensor([row])
    renorm_(ours, torch.tensor([0]), 1.0)
    F.embedding(torch.tensor([0]), theirs, max_norm=1.0)
    assert torch.equal(ours.nan_to_num(9), theirs.nan_to_num(9))


def test_only_rows_that_are_read_are_shortened_and_in_place():
    weight = torch.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    assert renorm_(weight, torch.tensor([0, 0, 1]), 1.0) is weight
    assert weight[1:].tolist() == torch.tensor([[0.3, 0.4], [6.0, 8.0]]).tolist()
    assert weight[0].norm() < 2


@pytest.mark.parametrize("look_up", [embedding, embedding_bag])
@pytest.mark.parametrize("bad", [-1, 2, 2**40])
def test_a_refused_call_leaves_the_table_untouched(look_up, bad):
    weight = torch.tensor([[3.0, 4.0], [6.0, 8.0]])
    with pytest.raises((IndexError, RuntimeError), match=str(bad)):
        look_up(torch.tensor([[0, 1], [bad, 0]]), weight, max_norm=1.0)
    assert weight.tolist() == [[3, 4], [6, 8]]
    assert weight._version == 0


@pytest.mark.parametrize("freeze", [False, True])
@pytest.mark.parametrize("around", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_it_runs_in_evaluation_and_on_a_frozen_table(freeze, around):
    rows = torch.tensor([[3.0, 4.0]])
    table = Embedding.from_pretrained(rows, freeze=freeze, max_norm=1.0).eval()
    with around():
        table(torch.tensor([0]))
    assert rows[0].tolist() == F.embedding(torch.tensor([0]), torch.tensor([[3.0, 4.0]]), max_norm=1.0)[0].tolist()


def test_the_gradient_is_that_of_a_plain_lookup():
    weight = torch.tensor([[3.0, 4.0], [0.1, 0.1]], requires_grad=True)
    embedding(torch.tensor([0, 0, 1]), weight, max_norm=1.0).sum().backward()
    assert weight.grad.tolist() == [[2, 2], [1, 1]]


def test_a_graph_that_kept_the_table_fails_even_if_no_row_moved():
    table = Embedding(3, 2, max_norm=100.0)
    before = table.weight.pow(2).sum()
    loss = before + table(torch.tensor([0])).sum()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("options", [{"max_norm": "1"}, {"max_norm": 1.0, "norm_type": "2"}])
def test_a_cap_that_is_no_number_is_refused_in_pytorchs_words(options):
    with pytest.raises(TypeError) as theirs:
        F.embedding(torch.tensor([0]), torch.ones(1, 2), **options)
    with pytest.raises(TypeError, match="must be float, not str: got") as ours:
        embedding(torch.tensor([0]), torch.ones(1, 2), **options)
    assert str(theirs.value) in str(ours.value)


@pytest.mark.parametrize("max_norm", [np.float32(1), np.float64(1), np.int64(1), torch.tensor(1), 2**70])
@pytest.mark.parametrize("norm_type", [np.float32(1), np.int64(2), torch.tensor(2.0), 2**70])
@pytest.mark.parametrize("look_up", ["embedding", "embedding_bag"])
def test_the_cap_may_be_any_number_that_pytorch_takes(look_up, max_norm, norm_type):
    tables = []
    for place in (reference, F):
        tables.append(torch.tensor([[3.0, 4.0], [6.0, 8.0]]))
        getattr(place, look_up)(torch.tensor([[0]]), tables[-1], max_norm=max_norm, norm_type=norm_type)
    assert torch.equal(*tables)


@pytest.mark.parametrize(
    ("weight", "indices"),
    [
        (torch.ones(2), [0]),
        (torch.tensor(1.0), [0]),
        (torch.ones(2, 2), [0.0]),
        (torch.ones(2, 2).long(), [0]),
        (torch.ones(2, 2).bool(), [0]),
    ],
)
def test_other_shapes_and_dtypes_are_refused_in_the_words_of_the_renorm(weight, indices):
    with pytest.raises(RuntimeError) as theirs:
        F.embedding(torch.tensor(indices), weight, max_norm=1.0)
    with pytest.raises(RuntimeError) as ours:
        embedding(torch.tensor(indices), weight, max_norm=1.0)
    assert str(theirs.value) in str(ours.value)
