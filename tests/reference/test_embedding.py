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


@pytest.mark.parametrize("options", [{}, {"padding_idx": 0}, {"padding_idx": 1}, {"padding_idx": 0, "max_norm": 1.0}])
@pytest.mark.parametrize("weight", [torch.tensor(1.0), [[1.0]]])
def test_what_is_no_table_is_refused_as_by_pytorch(weight, options):
    if isinstance(weight, list) and "max_norm" in options:
        pytest.skip("the renorm's error is Python's own")
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        F.embedding(torch.tensor([0]), weight, **options)
    with pytest.raises(theirs.type) as ours:
        embedding(torch.tensor([0]), weight, **options)
    assert ours.type is theirs.type
    assert str(theirs.value) in str(ours.value)


@pytest.mark.parametrize("options", [{}, {"max_norm": 1.0}])
def test_complex_numbers_are_looked_up_and_do_not_learn(options):
    rows, indices = torch.tensor([[3 + 4j, 0.5]]), torch.tensor([0, 0])
    frozen, learning, unwatched = rows.clone(), rows.clone().requires_grad_(), rows.clone().requires_grad_()
    assert torch.equal(embedding(indices, frozen, **options), F.embedding(indices, rows.clone(), **options))
    with pytest.raises(RuntimeError) as theirs:
        F.embedding(indices, rows.clone().requires_grad_(), **options)
    with pytest.raises(RuntimeError, match=r"Got weight of torch\.complex64") as ours:
        embedding(indices, learning, **options)
    assert str(theirs.value) in str(ours.value)
    assert torch.equal(learning, rows)
    with torch.no_grad():
        assert embedding(indices, unwatched).shape == (2, 2)


@pytest.mark.parametrize("options", [{}, {"padding_idx": 1}, {"scale_grad_by_freq": True}])
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize("shape", [(3,), (3, 2)])
def test_a_nested_tensor_is_looked_up_as_by_pytorch(options, dtype, shape):
    torch.manual_seed(0)
    nested = torch.nested.nested_tensor(
        [torch.randint(V, shape, dtype=dtype), torch.randint(V, (1, *shape[1:]), dtype=dtype)], layout=torch.jagged
    )
    rows, results = torch.randn(V, D), []
    for look_up in (embedding, F.embedding):
        weight = rows.clone().requires_grad_()
        output = look_up(nested, weight, **options)
        output.values().square().sum().backward()
        results.append((output.values(), output.offsets(), weight.grad))
        assert (output * nested.sum()).shape == output.shape  # one ragged length: it may meet the indices
        assert output.dim() == nested.dim() + 1
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("bad", [[V], [-1], [0.0]])
def test_a_nested_tensor_is_refused_as_its_values_are(bad):
    nested = torch.nested.nested_tensor(
        [torch.tensor([0, 1]).to(torch.tensor(bad)), torch.tensor(bad)], layout=torch.jagged
    )
    with pytest.raises((IndexError, RuntimeError)) as theirs:
        F.embedding(nested, torch.ones(V, D))
    with pytest.raises(theirs.type) as ours:
        embedding(nested, torch.ones(V, D))
    assert str(theirs.value) in str(ours.value)


def test_a_table_that_is_given_is_used_as_it_is():
    rows = torch.full((V, D), 5.0)
    table = Embedding(V, D, padding_idx=2, _weight=rows, _freeze=True, dtype=torch.float64, device="meta")
    assert table.weight.data_ptr() == rows.data_ptr()
    assert rows.unique().tolist() == [5]
    assert not table.weight.requires_grad
