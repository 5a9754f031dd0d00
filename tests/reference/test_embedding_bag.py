"""``embedding_bag`` and ``EmbeddingBag`` against PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from reference import EmbeddingBag, embedding_bag

V = 5
MODES = st.sampled_from(["sum", "mean", "max"])


@st.composite
def bags(draw):
    """Indices with offsets, empty bags first, between and last; or a rectangle of indices."""
    torch.manual_seed(draw(st.integers(0, 2**32)))
    if draw(st.booleans()):
        return torch.randint(V, (draw(st.integers(0, 4)), draw(st.integers(1, 5)))), {}
    size = draw(st.integers(0, 12))
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=4)))
    last = draw(st.booleans())
    offsets = torch.tensor([0, *cuts, *[size] * last], dtype=draw(st.sampled_from([torch.int64, torch.int32])))
    return torch.randint(V, (size,)), {"offsets": offsets, "include_last_offset": last}


@given(
    bags(),
    MODES,
    st.none() | st.integers(-V, V - 1),
    st.booleans(),
    st.sampled_from([torch.float64, torch.float32]),
    st.booleans(),
)
def test_output_and_gradients_are_pytorchs(call, mode, padding_idx, weighted, dtype, sparse):
    indices, options = call
    options |= {"mode": mode, "padding_idx": padding_idx, "sparse": sparse and mode != "max"}
    results = []
    factors = torch.randn(indices.shape, dtype=dtype)
    table = torch.randint(-2, 3, (V, 3)).to(dtype)  # few values: many ties
    for look_up in (embedding_bag, F.embedding_bag):
        weight, own = table.clone().requires_grad_(), factors.clone().requires_grad_()
        output = look_up(indices, weight, **options, per_sample_weights=own if weighted and mode == "sum" else None)
        torch.manual_seed(0)
        output.backward(torch.randn_like(output))
        results.append((output, weight.grad, own.grad))
    (output, gradient, factors_gradient), (their_output, their_gradient, their_factors_gradient) = results
    assert_close(output, their_output)
    if mode == "max" or not weighted:
        assert torch.equal(output, their_output)
    assert_close(gradient.to_dense(), their_gradient.to_dense())
    if options["sparse"]:
        assert torch.equal(gradient._indices(), their_gradient._indices())
    assert_close(factors_gradient, their_factors_gradient)


@given(st.sampled_from([torch.float16, torch.float32, torch.float64]), st.sampled_from(["sum", "mean"]), st.booleans())
def test_long_sums_are_added_in_pytorchs_order(dtype, mode, padded):
    torch.manual_seed(0)
    weight, indices = torch.randn(100, 33).to(dtype), torch.randint(100, (16, 40))
    options = {"mode": mode, "padding_idx": 3 if padded else None}
    assert torch.equal(embedding_bag(indices, weight, **options), F.embedding_bag(indices, weight, **options))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("padding_idx", [None, 3])
def test_weights_in_half_precision_are_multiplied_and_added_in_float32(dtype, padding_idx):
    torch.manual_seed(0)
    weight, indices, factors = (
        torch.randn(100, 9).to(dtype),
        torch.randint(100, (16, 40)),
        torch.randn(16, 40).to(dtype),
    )
    options = {"mode": "sum", "per_sample_weights": factors, "padding_idx": padding_idx}
    output, expected = embedding_bag(indices, weight, **options), F.embedding_bag(indices, weight, **options)
    assert output.dtype == dtype
    assert_close(output, expected)


@pytest.mark.parametrize("function", [embedding_bag, F.embedding_bag])
@pytest.mark.parametrize(
    ("mode", "expected", "gradient"),
    [("sum", [4, 1, 0], [0, 2, 1]), ("mean", [2, 1, 0], [0, 1.5, 0.5]), ("max", [3, 1, 0], [0, 1, 1])],
)
def test_pads_are_left_out_whatever_they_hold_and_an_empty_bag_is_zeros(function, mode, expected, gradient):
    weight = torch.tensor([[float("nan")], [1.0], [3.0]], requires_grad=True)
    indices = torch.tensor([[0, 1, 2], [0, 0, 1], [0, 0, 0]])
    output = function(indices, weight, mode=mode, padding_idx=0)
    assert output.flatten().tolist() == expected
    output.sum().backward()
    assert weight.grad.flatten().tolist() == gradient


def test_the_factor_of_a_pad_gets_no_gradient():
    weight, indices = torch.full((3, 1), 5.0), torch.tensor([[0, 1], [2, 0]])
    factors = torch.ones(2, 2, requires_grad=True)
    embedding_bag(indices, weight, mode="sum", per_sample_weights=factors, padding_idx=0).sum().backward()
    assert factors.grad.tolist() == [[0, 5], [5, 0]]


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(
    ("offsets", "told"),
    [
        ([1, 2], r"offsets\[0\] has to be 0, .* However, got 1"),
        ([0, 4], "offsets.-1. can not be greater than input's length 3 but got offsets.-1. of 4"),
        ([0, 2, 1], r"offsets must not decrease: got offsets\[1\]=2 and offsets\[2\]=1"),
        ([0, -1, 3], r"offsets must not decrease: got offsets\[0\]=0 and offsets\[1\]=-1"),
        ([], "include_last_offset: number of offset should be at least 1|got no offsets, so no bag"),
    ],
)
def test_offsets_that_cut_no_bags_are_refused(mode, last, offsets, told):
    offsets = torch.tensor(offsets, dtype=torch.long)
    with pytest.raises(RuntimeError, match=told):
        embedding_bag(torch.tensor([0, 1, 2]), torch.ones(3, 2), offsets, mode=mode, include_last_offset=last)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_a_last_offset_before_the_end_is_refused(mode):
    with pytest.raises(RuntimeError, match=r"must be the length of input, 4: got offsets\[-1\]=3"):
        embedding_bag(
            torch.tensor([0, 1, 2, 0]), torch.ones(3, 2), torch.tensor([0, 2, 3]), mode=mode, include_last_offset=True
        )


INDICES, W = torch.tensor([[0, 1]]), torch.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda bag: bag(INDICES[0], W),
        lambda bag: bag(INDICES, W, torch.tensor([0])),
        lambda bag: bag(INDICES[0], W, torch.tensor([[0]])),
        lambda bag: bag(torch.tensor(0), W),
        lambda bag: bag(INDICES, torch.ones(3)),
        lambda bag: bag(INDICES.float(), W),
        lambda bag: bag(INDICES.short(), W),
        lambda bag: bag(INDICES, W.long()),
        lambda bag: bag(INDICES, W, padding_idx=3),
        lambda bag: bag(INDICES, W, padding_idx=-4),
        lambda bag: bag(INDICES, W, mode="min"),
        lambda bag: bag(INDICES, W, mode="max", sparse=True),
        lambda bag: bag(INDICES, W, mode="max", scale_grad_by_freq=True),
        lambda bag: bag(INDICES, W, mode="mean", per_sample_weights=torch.ones(1, 2)),
        lambda bag: bag(INDICES, W, mode="max", per_sample_weights=torch.ones(1, 2)),
        lambda bag: bag(INDICES, W, mode="sum", per_sample_weights=torch.ones(2)),
        lambda bag: bag(INDICES, W, mode="sum", per_sample_weights=torch.ones(1, 2).double()),
        lambda bag: bag(INDICES[:, :0], W),
        lambda bag: bag(INDICES + 2, W),
        lambda bag: bag(INDICES - 1, W),
        lambda bag: bag(INDICES + 2, W.double()),
        lambda bag: bag(INDICES + 2, W, mode="max"),
    ],
)
def test_what_pytorch_refuses_is_refused_with_its_type_and_words(call):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        call(F.embedding_bag)
    with pytest.raises(theirs.type) as ours:
        call(embedding_bag)
    assert ours.type is theirs.type
    assert str(theirs.value) in str(ours.value)


def test_an_option_that_does_not_fit_is_refused_before_the_table_is_written():
    weight = torch.tensor([[3.0, 4.0]])
    with pytest.raises(NotImplementedError, match="only supported for mode='sum'"):
        embedding_bag(torch.tensor([[0]]), weight, max_norm=1.0, mode="mean", per_sample_weights=torch.ones(1, 1))
    assert weight.tolist() == [[3, 4]]


def test_arguments_in_the_old_order_are_swapped_with_a_warning():
    with pytest.warns(UserWarning, match="Argument order of nn.functional.embedding_bag was changed"):
        assert embedding_bag(W, INDICES).tolist() == embedding_bag(INDICES, W).tolist()


def test_a_nested_tensor_is_a_list_of_bags():
    nested = torch.nested.nested_tensor([torch.tensor([0, 1]), torch.tensor([2])], layout=torch.jagged)
    assert embedding_bag(nested, W, mode="sum").tolist() == F.embedding_bag(nested, W, mode="sum").tolist()


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("offsets", [[], [torch.empty(2, dtype=torch.long, device="meta")]])
@pytest.mark.parametrize("padding_idx", [None, 0])
def test_the_meta_device_knows_the_shape(mode, offsets, padding_idx):
    indices = torch.empty((6,) if offsets else (2, 3), dtype=torch.long, device="meta")
    for module in (EmbeddingBag, nn.EmbeddingBag):
        output = module(V, 3, padding_idx=padding_idx, mode=mode, device="meta")(indices, *offsets)
        assert (output.shape, output.device.type) == ((2, 3), "meta")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "padding_idx": st.integers(-4, 4),
            "max_norm": st.sampled_from([1, 1.5]),
            "norm_type": st.sampled_from([2, 1.0]),
            "scale_grad_by_freq": st.booleans(),
            "sparse": st.booleans(),
            "include_last_offset": st.booleans(),
            "mode": st.sampled_from(["sum", "mean", "max"]),
        },
    )
)
def test_a_module_prints_and_refuses_as_pytorchs(options):
    try:
        expected = repr(nn.EmbeddingBag(3, 2, **options))
    except AssertionError as error:
        with pytest.raises(AssertionError, match=f"{error}: got padding_idx="):
            EmbeddingBag(3, 2, **options)
    else:
        assert repr(EmbeddingBag(3, 2, **options)) == expected


@given(bags(), MODES, st.none() | st.integers(-V, V - 1), st.integers(0, 2**32))
def test_a_module_of_the_same_seed_gives_the_same_vectors(call, mode, padding_idx, seed):
    indices, options = call
    results = []
    for module in (EmbeddingBag, nn.EmbeddingBag):
        torch.manual_seed(seed)
        last = options.get("include_last_offset", False)
        table = module(V, 3, mode=mode, padding_idx=padding_idx, include_last_offset=last)
        results.append(table(indices, options.get("offsets")))
    assert torch.equal(*results)


@pytest.mark.parametrize("shape", [(3,), (3, 2, 1)])
@pytest.mark.parametrize("function", [F.embedding_bag, embedding_bag])
def test_a_table_that_is_none_is_refused_before_options_that_do_not_fit(function, shape):
    with pytest.raises(ValueError, match="weight has to be a 2D Tensor"):
        function(torch.tensor([[0]]), torch.ones(shape), mode="mean", per_sample_weights=torch.ones(1, 1))
