"""``embedding`` and ``Embedding`` against PyTorch's: the options together."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from reference import Embedding, embedding

V, D = 4, 3
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "padding_idx": st.none() | st.integers(-V, V - 1),
        "max_norm": st.none() | st.sampled_from([1, 1.5]),
        "norm_type": st.sampled_from([2, 1.0]),
        "scale_grad_by_freq": st.booleans(),
        "sparse": st.booleans(),
    },
)


@given(OPTIONS, st.lists(st.integers(0, 4), max_size=3), st.integers(0, 2**32))
def test_module_and_function_give_pytorchs_vectors_and_table(options, shape, seed):
    torch.manual_seed(seed)
    indices, results = torch.randint(V, shape), []
    for module, function in ((Embedding, embedding), (nn.Embedding, F.embedding)):
        torch.manual_seed(seed)
        table = module(V, D, **options)
        output = table(indices)
        rows = torch.ones(V, D)
        results.append((output, table.weight, function(indices, rows, **options), rows))
        assert table.weight.requires_grad
    for ours, theirs in zip(*results, strict=True):
        assert torch.equal(ours, theirs)


@given(OPTIONS)
def test_a_module_prints_as_pytorchs(options):
    assert repr(Embedding(V, D, **options)) == repr(nn.Embedding(V, D, **options))


@pytest.mark.parametrize(
    "options",
    [
        {"padding_idx": V},
        {"padding_idx": -V - 1},
        {"padding_idx": 1.0},
        {"_weight": torch.zeros(D, V)},
        {"num_embeddings": -1},
        {"embedding_dim": 2.0},
        {"num_embeddings": 0, "padding_idx": 0},
        {"dtype": torch.int64},
    ],
)
def test_what_pytorch_refuses_to_build_is_refused_in_its_words(options):
    options = {"num_embeddings": V, "embedding_dim": D} | options
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        nn.Embedding(**options)
    with pytest.raises(theirs.type) as ours:
        Embedding(**options)
    assert ours.type is theirs.type
    assert str(theirs.value) in str(ours.value)


@pytest.mark.parametrize("padding_idx", [V, -V - 1])
def test_the_function_checks_padding_idx_at_each_call(padding_idx):
    with pytest.raises(
        AssertionError, match=f"Padding_idx must be within num_embeddings: got padding_idx={padding_idx}"
    ):
        embedding(torch.tensor([0]), torch.ones(V, D), padding_idx=padding_idx)


def test_a_table_that_is_given_is_used_as_it_is():
    rows = torch.full((V, D), 5.0)
    table = Embedding(V, D, padding_idx=2, _weight=rows, _freeze=True, dtype=torch.float64, device="meta")
    assert table.weight.data_ptr() == rows.data_ptr()
    assert rows.unique().tolist() == [5]
    assert not table.weight.requires_grad
