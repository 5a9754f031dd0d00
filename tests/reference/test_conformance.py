"""The four drop-ins against PyTorch: its own samples, and whole calls that Hypothesis draws.

Everything is written against a `candidate`, and PyTorch itself is one of them: what it does not pass proves nothing.
``make fuzz`` draws other calls each time, and many more: BOOK_EXAMPLES of each kind.
"""

import os
from collections import Counter
from types import SimpleNamespace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.common_nn import get_new_module_tests, module_tests

import reference
from agreement import TORCH, assert_agreement, assert_same_gradient
from strategies import ARGUMENTS, SELDOM, bag_calls, embedding_calls, in_numpy

EXAMPLES = int(os.environ.get("BOOK_EXAMPLES", "0"))
CALLS = {"embedding": embedding_calls(), "bag": bag_calls()}
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
OPS = {
    op.name.rsplit(".", 1)[-1]: op
    for op in op_db
    if op.name in ("nn.functional.embedding", "nn.functional.embedding_bag")
}
MODULE = next(module for module in module_db if module.module_cls is nn.Embedding)
SAMPLES = {("embedding", False): 10, ("embedding", True): 3, ("embedding_bag", False): 49, ("embedding_bag", True): 32}

both = pytest.mark.parametrize("candidate", [reference, TORCH], ids=["reference", "pytorch"])
forward_mode = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")


def draw_and_compare(candidate, kind, documented=True, **profile):
    """Compare `candidate` with PyTorch on drawn calls; return how often each argument was set, and what happened."""
    counts = Counter()

    @settings(suppress_health_check=list(HealthCheck), **profile)
    @given(CALLS[kind], SELDOM)
    def agrees(call, by_numpy):
        theirs = assert_agreement(candidate, in_numpy(call) if by_numpy else call, documented)
        counts["calls"] += 1
        counts["refused"] += theirs.error is not None
        counts["learnt"] += theirs.gradient is not None
        counts.update(name for name, is_set in ARGUMENTS[kind].items() if is_set(call))

    agrees()
    return counts


def assert_every_argument_was_drawn(counts, kind):
    print(f"\n{kind}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    for name in ARGUMENTS[kind]:
        assert 3 * counts[name] >= counts["calls"], f"{name} was set in {counts[name]} of {counts['calls']} calls"
    assert 3 * counts["refused"] <= counts["calls"]
    assert 5 * counts["learnt"] >= counts["calls"]


@pytest.mark.parametrize("kind", CALLS)
def test_the_harness_finds_pytorch_to_agree_with_itself(kind):
    assert draw_and_compare(TORCH, kind, documented=False, max_examples=300)["calls"] >= 300


@pytest.mark.parametrize("kind", CALLS)
def test_drawn_calls_agree(kind):
    """Outputs, the table afterwards, gradients with their layout, repr, random stream, and what is refused how."""
    profile = (
        {"max_examples": EXAMPLES, "derandomize": False, "print_blob": True} if EXAMPLES else {"max_examples": 1000}
    )
    assert_every_argument_was_drawn(draw_and_compare(reference, kind, **profile), kind)


def compare_sample(name, function, candidate_function, sample):
    """Run one of PyTorch's samples both ways; return whether it had a gradient."""
    learns = sample.input.requires_grad
    results = []
    for call in (function, candidate_function):
        weight = sample.input.detach().clone().requires_grad_(learns)
        kwargs = dict(sample.kwargs)
        weights = kwargs.get("per_sample_weights")
        if weights is not None:
            weights = kwargs["per_sample_weights"] = weights.detach().clone().requires_grad_(weights.requires_grad)
        output = call(sample.args[0], weight, *sample.args[1:], **kwargs)
        error = None
        if output.requires_grad:
            upstream = torch.randn(output.shape, generator=torch.Generator().manual_seed(0)).to(output.dtype)
            try:
                output.backward(upstream)
            except RuntimeError as raised:
                error = raised
        results.append((output.detach(), weight, weights, error))
    (output, weight, weights, error), (ours, our_weight, our_weights, our_error) = results
    assert type(our_error) is type(error)
    assert str(error) in str(our_error)
    assert_close(ours, output)
    assert torch.equal(our_weight, weight)
    assert_same_gradient(our_weight.grad, weight.grad, terms=sample.args[0].numel())
    if weights is not None:
        assert_same_gradient(our_weights.grad, weights.grad, terms=weight.shape[1])
    return weight.grad is not None


@both
@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", OPS)
def test_pytorchs_own_samples_agree(candidate, name, dtype, learns):
    samples = list(OPS[name].sample_inputs("cpu", dtype, requires_grad=learns))
    assert len(samples) == SAMPLES[name, learns]
    function, ours = getattr(TORCH, name), getattr(candidate, name)
    learnt = [compare_sample(name, function, ours, sample) for sample in samples]
    assert any(learnt) == learns


@both
def test_pytorchs_own_error_samples_are_refused_alike(candidate):
    errors = list(OPS["embedding"].error_inputs("cpu"))
    assert len(errors) == 2
    for error in errors:
        sample = error.sample_input
        with pytest.raises(RuntimeError, match=error.error_regex):
            candidate.embedding(*sample.args, sample.input, **sample.kwargs)


@both
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_pytorchs_own_module_samples_agree(candidate, dtype):
    with torch.random.fork_rng(devices=[]):
        samples = MODULE.module_inputs_func(MODULE, "cpu", dtype, True, True)
    assert len(samples) == 2
    for sample in samples:
        assert_modules_agree(candidate.Embedding, nn.Embedding, sample.constructor_input, *sample.forward_input.args)


@both
def test_pytorchs_own_module_error_samples_are_refused_alike(candidate):
    samples = MODULE.module_error_inputs_func(MODULE, "cpu", torch.float32, True, True)
    assert len(samples) == 3
    for error in samples:
        made, called = error.module_error_input.constructor_input, error.module_error_input.forward_input
        with pytest.raises(error.error_type, match=error.error_regex):
            candidate.Embedding(*made.args, **made.kwargs)(*(called.args if called else ()))


LEGACY = [
    test
    for test in module_tests + get_new_module_tests()
    if test.get("module_name") in ("Embedding", "EmbeddingBag") or str(test.get("fullname", "")).startswith("Embedding")
]


@both
@pytest.mark.parametrize(
    "test", LEGACY, ids=lambda test: test.get("fullname") or test.get("desc") or test["module_name"]
)
def test_pytorchs_older_module_samples_agree(candidate, test):
    if "module_name" in test:
        name, made = test["module_name"], SimpleNamespace(args=test.get("constructor_args", ()), kwargs={})
    else:  # a constructor as a function, sparse=True: its arguments are in its text alone
        name = "EmbeddingBag" if "Bag" in test["fullname"] else "Embedding"
        module = test["constructor"]()
        made = SimpleNamespace(args=(module.num_embeddings, module.embedding_dim), kwargs={"sparse": module.sparse})
    with torch.random.fork_rng(devices=[]):
        arguments = test["input_fn"]() if "input_fn" in test else torch.zeros(test["input_size"], dtype=torch.long)
    arguments = arguments if isinstance(arguments, tuple) else (arguments,)
    assert_modules_agree(getattr(candidate, name), getattr(nn, name), made, *arguments)


def assert_modules_agree(ours, theirs, made, *arguments):
    """Make both modules from one seed, call them, send one gradient back."""
    modules = []
    for cls in (ours, theirs):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            module = cls(*made.args, **made.kwargs)
        module(*arguments).square().sum().backward()
        modules.append(module)
    assert repr(modules[0]) == repr(modules[1])
    assert torch.equal(modules[0].weight, modules[1].weight)
    assert_close(modules[0](*arguments), modules[1](*arguments))
    assert_same_gradient(modules[0].weight.grad, modules[1].weight.grad)


WEIGHT = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5], [1.25, -2.0]], dtype=torch.float64)
INDICES = torch.tensor([[1, 1, 3], [0, 2, 1]])


def table():
    return WEIGHT.clone().requires_grad_()


@both
@forward_mode
def test_derivatives_of_an_embedding_are_right_to_second_order_and_in_forward_mode(candidate):
    def f(weight):
        return candidate.embedding(INDICES, weight).square()

    assert gradcheck(f, table(), check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(f, table())
    gradient, tangent = torch.func.jacrev(f)(WEIGHT), torch.func.jacfwd(f)(WEIGHT)
    assert torch.equal(gradient, tangent)


@both
def test_the_sparse_gradient_can_be_differentiated_again(candidate):
    weight = table()
    (gradient,) = torch.autograd.grad(
        candidate.embedding(INDICES, weight, sparse=True).square().sum(), weight, create_graph=True
    )
    gradient.to_dense().square().sum().backward()
    expected = table()
    (again,) = torch.autograd.grad(expected[INDICES].square().sum(), expected, create_graph=True)
    again.square().sum().backward()
    assert_close(weight.grad.to_dense(), expected.grad)


@both
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("offsets", [None, [0, 2, 2]])
def test_derivatives_of_a_bag_are_right(candidate, mode, offsets):
    indices = INDICES if offsets is None else INDICES.reshape(-1)
    offsets = None if offsets is None else torch.tensor(offsets)
    assert gradcheck(lambda weight: candidate.embedding_bag(indices, weight, offsets, mode=mode).square(), table())


@forward_mode
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding_idx", [None, 1])
def test_bags_have_second_derivatives_and_forward_mode_which_pytorch_refuses(mode, padding_idx):
    def squares(weight, look_up=reference.embedding_bag):  # the gradient of the pad row is not its derivative: none
        return look_up(INDICES, weight, mode=mode, padding_idx=padding_idx).square()

    assert gradcheck(squares, table(), check_forward_ad=True)
    assert gradgradcheck(squares, table())
    with pytest.raises(NotImplementedError, match="forward AD with _embedding_bag"):
        torch.func.jacfwd(lambda weight: squares(weight, TORCH.embedding_bag))(WEIGHT)
    with pytest.raises(NotImplementedError, match="'_embedding_bag_backward' is not implemented"):
        gradgradcheck(lambda weight: squares(weight, TORCH.embedding_bag), table())


@both
@pytest.mark.parametrize("padding_idx", [None, 1])
def test_derivatives_of_a_weighted_bag_are_right(candidate, padding_idx):
    weights = torch.tensor([[0.5, 2.0, -1.0], [1.5, 0.25, -0.5]], dtype=torch.float64, requires_grad=True)

    def f(weights):  # the table's is not the derivative beside a pad row; that of the weights is
        return candidate.embedding_bag(INDICES, WEIGHT, mode="sum", per_sample_weights=weights, padding_idx=padding_idx)

    assert gradcheck(f, weights)
    if padding_idx is None:
        assert gradcheck(
            lambda weight, weights: candidate.embedding_bag(INDICES, weight, mode="sum", per_sample_weights=weights),
            (table(), weights),
        )


@both
@forward_mode
def test_vmap_gives_per_sample_gradients(candidate):
    weight, samples = torch.randn(5, 3), torch.tensor([[0, 1], [2, 2], [4, 0]])
    for options in ({}, {"padding_idx": 2}, {"scale_grad_by_freq": True}):

        def loss(table, sample, options=options):
            return candidate.embedding(sample, table, **options).square().sum()

        ours = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(weight, samples)
        for sample, gradient in zip(samples, ours, strict=True):
            leaf = weight.clone().requires_grad_()
            TORCH.embedding(sample, leaf, **options).square().sum().backward()
            assert_close(gradient, leaf.grad)
    weights = torch.randn(3, 5, 2)
    expected = torch.stack([TORCH.embedding(s, w) for s, w in zip(samples, weights, strict=True)])
    assert torch.equal(torch.func.vmap(candidate.embedding)(samples, weights), expected)


# What the drawn calls leave to the ledger is compared with the documentation, not with PyTorch's answer.


@pytest.mark.parametrize("kind", ["sum", "mean"])
@pytest.mark.parametrize("padding_idx", [None, 2])
def test_a_bag_divides_by_the_frequency_as_an_embedding_does(kind, padding_idx):
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        indices = torch.randint(6, (4, 5), generator=generator)
        upstream = torch.randn(4, 3, dtype=torch.float64, generator=generator)
        bag, flat = (torch.zeros(6, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
        reference.embedding_bag(indices, bag, mode=kind, padding_idx=padding_idx, scale_grad_by_freq=True).backward(
            upstream
        )
        rows = TORCH.embedding(indices, flat, padding_idx=padding_idx, scale_grad_by_freq=True)
        kept = (indices != padding_idx) if padding_idx is not None else torch.ones_like(indices, dtype=torch.bool)
        size = kept.sum(1, keepdim=True).clamp(min=1) if kind == "mean" else 1
        ((rows * kept[..., None]).sum(1) / size).backward(upstream)
        assert_close(bag.grad, flat.grad)


@pytest.mark.parametrize("offsets", [[0, 2, 1], [0, -1, 2], [0, 4, 1], [0, 2, 9, 1]])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_offsets_that_are_no_bags_are_refused_and_named(offsets, mode):
    """Never drawn: PyTorch checks the first and the last only, and may read memory that is not its own."""
    weight = torch.tensor([[3.0, 4.0], [6.0, 8.0]])
    with pytest.raises((RuntimeError, ValueError), match="offsets"):
        reference.embedding_bag(torch.tensor([0, 1, 0]), weight, torch.tensor(offsets), mode=mode, max_norm=1.0)
    assert weight.tolist() == [[3, 4], [6, 8]]


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("last", [0, 1, 2, 4])
def test_a_last_offset_other_than_the_length_is_refused(mode, last):
    with pytest.raises((RuntimeError, ValueError), match="offsets"):
        reference.embedding_bag(
            torch.tensor([0, 1, 0]), torch.ones(2, 2), torch.tensor([0, last]), mode=mode, include_last_offset=True
        )


@pytest.mark.parametrize("form", ["embedding", "embedding_bag"])
@pytest.mark.parametrize("bad", [-1, 3, 2**40, -(2**40)])
@pytest.mark.parametrize("max_norm", [None, 1.0])
def test_an_index_that_names_no_row_is_refused_in_one_way_and_nothing_is_written(form, bad, max_norm):
    weight = torch.full((3, 2), 5.0)
    error = {"embedding": IndexError, "embedding_bag": RuntimeError}[form]
    with pytest.raises(error, match=rf"{bad}\b.*(num_embeddings=3|\[0, 3\))"):
        getattr(reference, form)(torch.tensor([[0, 1], [bad, 2]]), weight, max_norm=max_norm)
    assert torch.equal(weight, torch.full((3, 2), 5.0))
