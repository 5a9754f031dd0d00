"""The padding row against PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import reference
from reference import drop_padding, embedding, resolve_padding_idx, silence_padding, zero_padding_row_

V, D = 4, 2


@given(st.integers(1, 6), st.none() | st.integers(-8, 8))
def test_padding_idx_is_resolved_or_refused_as_in_pytorch(num_embeddings, padding_idx):
    try:
        expected = nn.Embedding(num_embeddings, D, padding_idx=padding_idx).padding_idx
    except AssertionError as error:
        told = rf"{error}: got padding_idx={padding_idx} for a table of num_embeddings={num_embeddings} rows$"
        with pytest.raises(AssertionError, match=told):
            resolve_padding_idx(padding_idx, num_embeddings)
    else:
        assert resolve_padding_idx(padding_idx, num_embeddings) == expected


@given(
    st.lists(st.integers(0, V - 1), max_size=9),
    st.none() | st.integers(-V, V - 1),
    st.booleans(),
    st.sampled_from([1.0, float("nan"), float("inf")]),
)
def test_the_padding_row_gets_no_gradient_whatever_comes(rows, padding_idx, sparse, number):
    indices, upstream = torch.tensor(rows, dtype=torch.long), torch.ones(len(rows), D)
    resolved = resolve_padding_idx(padding_idx, V)
    upstream[indices == (-1 if resolved is None else resolved)] = number
    ours, theirs = (torch.ones(V, D, requires_grad=True) for _ in range(2))
    embedding(indices, ours, padding_idx=padding_idx, sparse=sparse).backward(upstream)
    F.embedding(indices, theirs, padding_idx=padding_idx, sparse=sparse).backward(upstream)
    assert torch.equal(ours.grad.to_dense(), theirs.grad.to_dense())
    if sparse:
        assert ours.grad._nnz() == theirs.grad._nnz()


def test_nan_on_its_way_to_the_padding_row_is_replaced_not_multiplied():
    rows, grads = torch.tensor([0, 1]), torch.tensor([[float("nan")], [2.0]])
    assert silence_padding(rows, grads, 0).tolist() == [[0], [2]]
    assert [part.tolist() for part in drop_padding(rows, grads, 0)] == [[1], [[2]]]
    assert silence_padding(rows, grads, None) is grads


@pytest.mark.parametrize("name", ["Embedding", "EmbeddingBag"])
def test_only_a_new_table_starts_with_zeros(name):
    table = getattr(reference, name)(V, D, padding_idx=-1)
    assert torch.equal(table.weight[-1], torch.zeros(D))
    assert (table.weight[:-1] != 0).all()
    rows = torch.ones(V, D)
    for module in (
        getattr(reference, name)(V, D, padding_idx=1, _weight=rows),
        getattr(reference, name).from_pretrained(rows, padding_idx=1),
    ):
        assert torch.equal(module.weight, torch.ones(V, D))
    module.reset_parameters()
    assert torch.equal(module.weight[1], torch.zeros(D))


def test_the_forward_pass_is_not_masked():
    weight = torch.tensor([[5.0, -5.0], [1.0, 1.0]])
    assert embedding(torch.tensor([0, 1]), weight, padding_idx=0).tolist() == weight.tolist()


def test_no_padding_row_nothing_to_zero():
    weight = torch.ones(V, D, requires_grad=True)
    zero_padding_row_(weight, None)
    assert weight.sum() == V * D


@pytest.mark.parametrize("make_sparse", [False, True])
def test_padding_idx_set_later_counts_at_once(make_sparse):
    ours, theirs = (module(V, D, sparse=make_sparse) for module in (reference.Embedding, nn.Embedding))
    for table in (ours, theirs):
        table.padding_idx = -1
        table(torch.tensor([0, 3])).sum().backward()
    assert torch.equal(ours.weight.grad.to_dense(), theirs.weight.grad.to_dense())
