"""The sparse gradient against PyTorch's: entry by entry, not only in sum."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.profiler import profile

from reference import Embedding, embedding, keep_rows

V = 5


@given(
    st.lists(st.integers(0, 4), max_size=3),
    st.none() | st.integers(-V, V - 1),
    st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]),
    st.sampled_from([torch.int64, torch.int32]),
    st.integers(0, 2**32),
)
def test_entries_order_and_coalescing_are_pytorchs(shape, padding_idx, dtype, index_dtype, seed):
    torch.manual_seed(seed)
    indices, upstream = torch.randint(V, shape, dtype=index_dtype), torch.randn(*shape, 3).to(dtype)
    if not shape:
        padding_idx = None  # PyTorch cannot do this; see the test below
    ours, theirs = (torch.zeros(V, 3, dtype=dtype, requires_grad=True) for _ in range(2))
    embedding(indices, ours, padding_idx=padding_idx, sparse=True).backward(upstream)
    F.embedding(indices, theirs, padding_idx=padding_idx, sparse=True).backward(upstream)
    assert ours.grad.layout == theirs.grad.layout == torch.sparse_coo
    assert ours.grad.is_coalesced() == theirs.grad.is_coalesced()
    assert ours.grad._indices().dtype == torch.int64
    assert torch.equal(ours.grad._indices(), theirs.grad._indices())
    assert torch.equal(ours.grad._values(), theirs.grad._values())


def test_repetitions_stay_and_two_calls_are_written_one_after_the_other():
    table = Embedding(V, 2, sparse=True)
    table(torch.tensor([3, 1, 3])).sum().backward()
    assert table.weight.grad._indices().tolist() == [[3, 1, 3]]
    assert not table.weight.grad.is_coalesced()
    table(torch.tensor([1])).sum().backward()
    assert table.weight.grad._indices().tolist() == [[3, 1, 3, 1]]


def test_a_single_number_is_not_lost():
    """PyTorch loses it where it comes from ``sum()``: see the ledger."""
    table = Embedding(V, 1, sparse=True)
    table(torch.tensor([1])).sum().backward()
    assert table.weight.grad.to_dense().flatten().tolist() == [0, 1, 0, 0, 0]


@pytest.mark.parametrize(("index", "entries"), [(0, 0), (1, 1)])
def test_a_bare_index_beside_a_padding_row_works(index, entries):
    table = Embedding(V, 2, padding_idx=0, sparse=True)
    table(torch.tensor(index)).sum().backward()
    assert table.weight.grad._nnz() == entries


def test_second_derivatives_are_pytorchs():
    found = []
    for look_up in (embedding, F.embedding):
        weight = torch.full((V, 2), 3.0, requires_grad=True)
        loss = (look_up(torch.tensor([1, 1]), weight, sparse=True) ** 2).sum()
        (gradient,) = torch.autograd.grad(loss, weight, create_graph=True)
        gradient.to_dense().pow(2).sum().backward()
        found.append(weight.grad.to_dense())
    assert torch.equal(*found)


def test_together_with_frequency_it_is_refused_in_backward_only():
    output = embedding(torch.tensor([1, 1]), torch.ones(V, 2, requires_grad=True), scale_grad_by_freq=True, sparse=True)
    with pytest.raises(RuntimeError, match="scale_grad_by_freq not supported with sparse gradients: got sparse=True"):
        output.sum().backward()


@pytest.mark.filterwarnings("error")
def test_no_step_touches_all_rows():
    """A table of 40 MB: what forward and backward allocate does not depend on it."""
    weight, indices = torch.zeros(10_000_000, 1, requires_grad=True), torch.tensor([7, 7, 9])
    with profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as seen:
        embedding(indices, weight, padding_idx=9, sparse=True).sum().backward()
    assert 0 < sum(max(event.self_cpu_memory_usage, 0) for event in seen.key_averages()) < 10_000


def test_the_list_is_kept_as_given():
    gradient = keep_rows(torch.tensor([2, 0]), torch.tensor([[1.0], [2.0]]), num_embeddings=3)
    assert gradient.shape == (3, 1)
    assert gradient.to_dense().tolist() == [[2], [0], [1]]
