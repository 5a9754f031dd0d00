"""``lookup`` and ``Table`` against PyTorch's own lookup."""

import contextlib
import pickle

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db

from reference import Table, lookup

FLOATING = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
DTYPES = [*FLOATING, torch.complex64, torch.int64, torch.uint8, torch.bool]

OP = next(op for op in op_db if op.name == "nn.functional.embedding")
MODULE = next(module for module in module_db if module.module_cls is nn.Embedding)


@st.composite
def tables(draw, dtypes):
    """Any table with at least one row: contiguous, transposed or strided."""
    rows, dim = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    layout = draw(st.sampled_from(["contiguous", "transposed", "strided"]))
    shape = {"contiguous": (rows, dim), "transposed": (dim, rows), "strided": (rows, 2 * dim)}[layout]
    table = torch.arange(1, 1 + torch.Size(shape).numel()).reshape(shape).to(draw(dtypes))
    return {"contiguous": table, "transposed": table.T, "strided": table[:, ::2]}[layout]


@st.composite
def index_tensors(draw, num_embeddings):
    """Any index tensor PyTorch takes: a bare index, an empty batch, repeats, int32, transposed."""
    shape = draw(st.lists(st.integers(0, 4), max_size=4))
    size = torch.Size(shape).numel()
    rows = draw(st.lists(st.integers(0, num_embeddings - 1), min_size=size, max_size=size))
    indices = torch.tensor(rows, dtype=draw(st.sampled_from([torch.int64, torch.int32]))).reshape(shape)
    return indices.mT if len(shape) > 1 and draw(st.booleans()) else indices


@st.composite
def calls(draw, dtypes=(torch.float32,)):
    """A table and indices into it."""
    weight = draw(tables(st.sampled_from(dtypes)))
    return weight, draw(index_tensors(len(weight)))


def outcome(call):
    """Return what `call` returns, or the error it raises."""
    try:
        return call()
    except Exception as error:
        return error


def refused_alike(torch_call, our_call):
    """Assert that both raise: one type, and our message holds PyTorch's; return the two messages."""
    theirs, ours = outcome(torch_call), outcome(our_call)
    assert isinstance(theirs, Exception), f"PyTorch accepts this: {theirs}"
    assert type(ours) is type(theirs)
    assert str(theirs) in str(ours)
    return str(theirs), str(ours)


@given(calls(DTYPES))
def test_output_is_pytorchs_in_every_dtype_shape_and_layout(call):
    weight, indices = call
    output = lookup(weight, indices)
    assert output.dtype == weight.dtype
    assert output.shape == (*indices.shape, weight.shape[1])
    assert torch.equal(output, F.embedding(indices, weight))


@given(calls(DTYPES))
def test_output_is_a_contiguous_copy(call):
    weight, indices = call
    before, output = weight.clone(), lookup(weight, indices)
    assert output.is_contiguous()
    output.zero_()
    assert torch.equal(weight, before)


@given(calls([torch.float32, torch.float64]), st.integers(0, 2**32))
def test_gradient_is_pytorchs_bit_for_bit_in_float32_and_float64(call, seed):
    weight, indices = call
    upstream = torch.randn(
        *indices.shape, weight.shape[1], dtype=weight.dtype, generator=torch.Generator().manual_seed(seed)
    )
    ours, theirs = weight.clone().requires_grad_(), weight.clone().requires_grad_()
    lookup(ours, indices).backward(upstream)
    F.embedding(indices, theirs).backward(upstream)
    assert torch.equal(ours.grad, theirs.grad)


def test_a_long_half_precision_sum_is_better_than_pytorchs():
    """PyTorch rounds after each addition and stops at 256; `index_select` sums in float32, rounds once."""
    ours, theirs = (torch.zeros(2, 1, dtype=torch.bfloat16, requires_grad=True) for _ in range(2))
    indices = torch.zeros(10_000, dtype=torch.long)
    lookup(ours, indices).sum().backward()
    F.embedding(indices, theirs).sum().backward()
    assert theirs.grad[0].item() == 256
    assert ours.grad[0].item() == torch.tensor(10_000.0).bfloat16().item()


@given(calls([torch.float16, torch.bfloat16]))
def test_gradient_is_pytorchs_in_half_precision_while_the_sums_are_exact(call):
    weight, indices = call
    ours, theirs = weight.clone().requires_grad_(), weight.clone().requires_grad_()
    lookup(ours, indices).sum().backward()
    F.embedding(indices, theirs).sum().backward()
    assert torch.equal(ours.grad, theirs.grad)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # forward mode imports it
def test_derivatives_of_every_order_and_mode_are_those_of_a_copy():
    weight = torch.arange(8.0, dtype=torch.float64).reshape(4, 2).requires_grad_()
    indices = torch.tensor([[1, 1, 3]])
    assert torch.autograd.gradcheck(lambda w: lookup(w, indices) ** 2, weight, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda w: lookup(w, indices) ** 2, weight)


def test_vmap_looks_up_what_a_loop_looks_up():
    weights, batch = torch.randn(4, 5, 3), torch.tensor([[0, 1], [4, 4], [2, 0], [3, 1]])
    expected = torch.stack([F.embedding(x, w) for w, x in zip(weights, batch, strict=True)])
    assert torch.equal(torch.vmap(lookup)(weights, batch), expected)


@given(calls(), st.data())
def test_an_index_outside_the_table_is_refused_with_its_place_and_the_bound(call, data):
    weight, inside = call
    num_embeddings = len(weight)
    bad = data.draw(st.integers(-(2**40), -1) | st.integers(num_embeddings, 2**40))
    flat = [*inside.flatten().tolist(), bad]
    indices = torch.tensor(flat[::-1] if data.draw(st.booleans()) else flat)
    _, message = refused_alike(lambda: F.embedding(indices, weight), lambda: lookup(weight, indices))
    place = indices.tolist().index(bad)
    rows = f"num_embeddings={num_embeddings} rows (0 to {num_embeddings - 1})"
    assert message.endswith(f": got indices[{place}]={bad} for a table of {rows}")


@pytest.mark.parametrize(
    ("indices", "named"),
    [(7, "indices=7"), ([[0, 1], [-2, 9]], "indices[1, 0]=-2"), ([[[3]]], "indices[0, 0, 0]=3")],
)
def test_the_first_bad_index_is_named_by_its_place(indices, named):
    indices, weight = torch.tensor(indices), torch.zeros(3, 2)
    _, message = refused_alike(lambda: F.embedding(indices, weight), lambda: lookup(weight, indices))
    assert f": got {named} for" in message


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (0, 0)])
@pytest.mark.parametrize("indices", [[], [0], [3], [4], [-1]])
def test_a_table_without_rows_or_columns_answers_and_refuses_as_pytorchs(shape, indices):
    weight, indices = torch.zeros(shape), torch.tensor(indices, dtype=torch.long)
    expected = outcome(lambda: F.embedding(indices, weight))
    if isinstance(expected, Exception):
        _, message = refused_alike(lambda: F.embedding(indices, weight), lambda: lookup(weight, indices))
        bounds = f"num_embeddings={shape[0]} rows ({'0 to 3' if shape[0] else 'none'})"
        assert message.endswith(f": got indices[0]={indices.item()} for a table of {bounds}")
    else:
        assert torch.equal(lookup(weight, indices), expected)


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.uint8, torch.float16, torch.float32, torch.float64])
def test_indices_of_another_dtype_are_refused_in_pytorchs_words(dtype):
    indices, weight = torch.tensor([1, 0]).to(dtype), torch.zeros(4, 3)
    _, message = refused_alike(lambda: F.embedding(indices, weight), lambda: lookup(weight, indices))
    assert message.endswith(f"got indices of {dtype}, allowed are torch.int64 and torch.int32")


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint16, torch.bfloat16, torch.complex64])
def test_a_dtype_is_called_by_the_internal_name_that_pytorch_prints(dtype):
    indices, weight = torch.tensor([1, 0]).to(dtype), torch.zeros(4, 3)
    theirs, ours = outcome(lambda: F.embedding(indices, weight)), outcome(lambda: lookup(weight, indices))
    assert type(ours) is type(theirs) is RuntimeError
    assert "but got CPU" in str(theirs)  # CPUBoolType where everything else in PyTorch says torch.BoolTensor
    assert str(ours).startswith(str(theirs))


@pytest.mark.parametrize("indices", [[1], 1, None, 1.5, "a", (1,), True, range(2)])
def test_indices_that_are_no_tensor_are_refused(indices):
    weight = torch.zeros(4, 3)
    _, message = refused_alike(lambda: F.embedding(indices, weight), lambda: lookup(weight, indices))
    assert message.endswith(f": got indices={indices!r}")


@pytest.mark.parametrize("indices", [[1], torch.tensor([1]), torch.tensor([1.0])])
def test_a_table_that_is_no_tensor_is_refused_before_the_indices_are_looked_at(indices):
    refused_alike(lambda: F.embedding(indices, [[1.0]]), lambda: lookup([[1.0]], indices))


@pytest.mark.parametrize("shape", [(), (2,), (2, 2, 2)])
@pytest.mark.parametrize("indices", [[0], [0.0], [9]])
def test_a_table_that_is_not_two_dimensional_is_refused_first(shape, indices):
    weight, indices = torch.zeros(shape), torch.tensor(indices)
    _, message = refused_alike(lambda: F.embedding(indices, weight), lambda: lookup(weight, indices))
    assert message.endswith(f": got weight of shape {shape}")


def test_the_meta_device_knows_shapes_and_checks_no_index():
    weight, indices = torch.empty(4, 3, device="meta"), torch.tensor([[9, -1]])
    for place in ("cpu", "meta"):
        output, expected = lookup(weight, indices.to(place)), F.embedding(indices.to(place), weight)
        assert output.device == expected.device == weight.device
        assert output.shape == expected.shape == (1, 2, 3)


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize("requires_grad", [False, True])
def test_pytorchs_own_samples_of_a_plain_lookup_agree(dtype, requires_grad):
    samples = [s for s in OP.sample_inputs("cpu", dtype, requires_grad=requires_grad) if not any(s.kwargs.values())]
    assert samples
    for sample in samples:
        (indices,) = sample.args
        ours, theirs = (sample.input.detach().clone().requires_grad_(requires_grad) for _ in range(2))
        output, expected = lookup(ours, indices), OP.op(theirs, indices)
        assert torch.equal(output, expected)
        if requires_grad:
            upstream = torch.randn_like(expected)
            output.backward(upstream)
            exact = torch.zeros(ours.shape, dtype=torch.float64)
            exact.index_add_(0, indices.flatten(), upstream.double().reshape(-1, ours.shape[1]))
            assert_close(ours.grad, exact.to(dtype))


def test_pytorchs_own_error_samples_are_refused_alike():
    errors = list(OP.error_inputs("cpu"))
    assert errors
    for error in errors:
        sample = error.sample_input
        refused_alike(lambda s=sample: OP.op(s.input, *s.args, **s.kwargs), lambda s=sample: lookup(s.input, *s.args))


def test_pytorchs_own_module_samples_agree():
    with torch.random.fork_rng(devices=[]):
        samples = MODULE.module_inputs_func(MODULE, "cpu", torch.float32, True, True)
    assert samples
    for sample in samples:
        sizes, (indices,) = sample.constructor_input.kwargs, sample.forward_input.args
        torch.manual_seed(0)
        theirs = nn.Embedding(**sizes)
        torch.manual_seed(0)
        assert torch.equal(Table(**sizes)(indices), theirs(indices))


def test_pytorchs_own_module_error_samples_are_refused_alike():
    samples = MODULE.module_error_inputs_func(MODULE, "cpu", torch.float32, True, True)
    assert len(samples) == 3
    for error in samples:
        module_input = error.module_error_input
        sizes = module_input.constructor_input.kwargs
        args = module_input.forward_input.args if module_input.forward_input else ()
        refused_alike(lambda s=sizes, a=args: nn.Embedding(**s)(*a), lambda s=sizes, a=args: Table(**s)(*a))


@given(st.integers(0, 40), st.integers(0, 9), st.integers(-(2**63), 2**63 - 1))
def test_a_seed_gives_the_table_it_gives_pytorch(num_embeddings, embedding_dim, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        ours, next_ours = Table(num_embeddings, embedding_dim), torch.rand(())
        torch.manual_seed(seed)
        theirs, next_theirs = nn.Embedding(num_embeddings, embedding_dim), torch.rand(())
    assert torch.equal(ours.weight, theirs.weight)
    assert torch.equal(next_ours, next_theirs)  # and leaves the random stream where PyTorch leaves it


@pytest.mark.parametrize("sizes", [(-1, 3), (4, -3), (4.0, 3), (4, 3.0), ("4", 3), (None, 3), (True, 3)])
def test_sizes_that_pytorch_refuses_are_refused_alike(sizes):
    refused_alike(lambda: nn.Embedding(*sizes), lambda: Table(*sizes))


def test_both_sizes_are_required():
    for sizes in [(), (4,)]:
        theirs, ours = outcome(lambda s=sizes: nn.Embedding(*s)), outcome(lambda s=sizes: Table(*s))
        assert type(ours) is type(theirs) is TypeError
        assert "embedding_dim" in str(ours)


def test_a_table_is_a_module_with_one_parameter():
    table = Table(4, 3)
    assert [name for name, _ in table.named_parameters()] == ["weight"]
    assert isinstance(table.weight, nn.Parameter)
    assert table.weight.requires_grad
    assert repr(table) == "Table(4, 3)"
    assert repr(nn.Embedding(4, 3)) == "Embedding(4, 3)"
    nn.Embedding(4, 3).load_state_dict(table.state_dict())
    assert torch.equal(pickle.loads(pickle.dumps(table)).weight, table.weight)


@given(calls())
def test_a_table_looks_up_its_weight(call):
    weight, indices = call
    table = Table(*weight.shape)
    with torch.no_grad():
        table.weight.copy_(weight)
    assert torch.equal(table(indices), F.embedding(indices, weight))


def test_a_table_shared_with_an_embedding_gets_its_gradient():
    embedding, table = nn.Embedding(4, 3), Table(4, 3)
    table.load_state_dict(embedding.state_dict())
    indices = torch.tensor([[2, 2, 0]])
    for module in (embedding, table):
        module(indices).pow(2).sum().backward()
    assert torch.equal(table.weight.grad, embedding.weight.grad)


def test_nothing_is_drawn_or_kept_by_a_lookup():
    weight = torch.zeros(3, 2)
    state = torch.random.get_rng_state()
    with contextlib.suppress(IndexError):
        lookup(weight, torch.tensor([3]))
    lookup(weight, torch.tensor([1]))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert weight._version == 0
