"""The drop-ins where PyTorch's modules are used: optimizers, checkpoints, copies, a whole model."""

import copy
import inspect
import itertools
import pickle
import warnings
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils import parameters_to_vector
from torch.optim import Optimizer
from torch.testing import assert_close

import reference
from agreement import TORCH

both = pytest.mark.parametrize("candidate", [reference, TORCH], ids=["reference", "pytorch"])
SETTINGS = {
    "SGD momentum": partial(torch.optim.SGD, lr=0.1, momentum=0.9),
    "SGD weight_decay": partial(torch.optim.SGD, lr=0.1, weight_decay=0.1),
}
OPTIMIZERS = {
    name: partial(value, lr=0.1)
    for name, value in vars(torch.optim).items()
    if inspect.isclass(value) and issubclass(value, Optimizer) and value is not Optimizer
} | SETTINGS
SPARSE = {"SGD", "SGD momentum", "SparseAdam", "Adagrad", "LBFGS"}
DENSE = OPTIMIZERS.keys() - {"SparseAdam"}


def train(module, make_optimizer, indices):
    """Take ten steps towards fixed targets; return the table, or the error that stopped it."""
    optimizer, batches = make_optimizer(module.parameters()), itertools.cycle(indices)
    targets = torch.randn(indices[0].shape[0], 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    def loss():
        optimizer.zero_grad()
        output = module(next(batches))
        value = (output.reshape(len(targets), -1, 3).mean(1) - targets).square().sum()
        value.backward()
        return value

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse invariant checks are implicitly disabled")
        try:
            for _ in range(10):
                optimizer.step(loss)
        except (RuntimeError, TypeError) as error:
            return error
    return module.weight.detach()


@both
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_ten_steps_give_pytorchs_table(candidate, name, sparse):
    indices = [torch.tensor([[0, 1], [2, 2], [4, 1]]), torch.tensor([[5, 5], [0, 3], [1, 4]])]
    for kind in ("Embedding", "EmbeddingBag"):
        tables = []
        for cls in (getattr(candidate, kind), getattr(nn, kind)):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                module = cls(6, 3, sparse=sparse, padding_idx=1, dtype=torch.float64)
            before = module.weight.detach().clone()
            tables.append(train(module, OPTIMIZERS[name], indices))
        ours, theirs = tables
        if name not in (SPARSE if sparse else DENSE):
            assert isinstance(theirs, Exception)
            assert (type(ours), str(ours)) == (type(theirs), str(theirs))
            continue
        assert not torch.equal(theirs, before)
        if kind == "Embedding":
            assert torch.equal(ours, theirs)
        else:
            assert_close(ours, theirs)


def test_every_optimizer_of_pytorch_is_tried():
    assert len(OPTIMIZERS) - len(SETTINGS) == 15
    assert OPTIMIZERS.keys() >= SPARSE


OPTIONS = {
    "Embedding": {"padding_idx": -1, "max_norm": 2.0, "norm_type": 1.0, "scale_grad_by_freq": True, "sparse": True},
    "EmbeddingBag": {"padding_idx": -1, "max_norm": 2.0, "mode": "sum", "include_last_offset": True, "sparse": True},
}


@both
@pytest.mark.parametrize("kind", OPTIONS)
def test_a_seed_gives_pytorchs_table_and_leaves_its_random_stream(candidate, kind):
    for options in ({}, OPTIONS[kind], {"dtype": torch.float16}, {"dtype": torch.float64}):
        drawn = []
        for cls in (getattr(candidate, kind), getattr(nn, kind)):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(7)
                module = cls(13, 3, **options)
                module.reset_parameters()
                drawn.append((module.weight.detach(), torch.rand(())))
        assert torch.equal(drawn[0][0], drawn[1][0])
        assert torch.equal(drawn[0][1], drawn[1][1])


@both
@pytest.mark.parametrize("kind", OPTIONS)
def test_checkpoints_go_both_ways(candidate, kind):
    theirs, ours = getattr(nn, kind)(5, 3, **OPTIONS[kind]), getattr(candidate, kind)(5, 3, **OPTIONS[kind])
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["weight"]
    assert repr(ours) == repr(theirs)
    ours.load_state_dict(theirs.state_dict())
    assert torch.equal(ours.weight, theirs.weight)
    ours.reset_parameters()
    theirs.load_state_dict(ours.state_dict())
    assert torch.equal(ours.weight, theirs.weight)
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        getattr(candidate, kind)(6, 3).load_state_dict(theirs.state_dict())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
@pytest.mark.parametrize("kind", OPTIONS)
def test_a_copy_is_whole_and_independent(copied, kind):
    module = getattr(reference, kind)(5, 3, **OPTIONS[kind])
    twin = copied(module)
    assert type(twin) is type(module)
    assert repr(twin) == repr(module)
    options = {name: getattr(module, name) for name in ("num_embeddings", "embedding_dim", *OPTIONS[kind])}
    assert {name: getattr(twin, name) for name in options} == options
    assert torch.equal(twin.weight, module.weight)
    indices = torch.tensor([[0, 1, 1]])
    assert torch.equal(twin(indices), module(indices))
    twin.weight.data.zero_()
    assert module.weight.abs().sum() > 0


@pytest.mark.parametrize("kind", OPTIONS)
def test_attributes_and_parameters_are_pytorchs(kind):
    ours, theirs = getattr(reference, kind), getattr(nn, kind)
    for name in ("__init__", "from_pretrained", "forward"):
        parameters = [inspect.signature(getattr(cls, name)).parameters for cls in (ours, theirs)]
        assert list(parameters[0]) == list(parameters[1])
        assert [p.default for p in parameters[0].values()] == [p.default for p in parameters[1].values()]
    public = [{k: v for k, v in vars(cls(4, 3)).items() if k[0] != "_"} for cls in (ours, theirs)]
    assert public[0] == public[1]
    assert [name for name, _ in ours(4, 3).named_parameters()] == ["weight"]


@pytest.mark.parametrize("name", ["embedding", "embedding_bag"])
def test_the_functions_take_pytorchs_parameters(name):
    ours, theirs = (inspect.signature(getattr(place, name)).parameters for place in (reference, TORCH))
    assert list(ours) == list(theirs)
    assert [p.default for p in ours.values()] == [p.default for p in theirs.values()]


@both
def test_options_changed_later_take_effect_as_in_pytorch(candidate):
    results = []
    for cls in (candidate.Embedding, nn.Embedding):
        module = cls.from_pretrained(torch.arange(1.0, 7.0).reshape(3, 2), freeze=False)
        module.padding_idx, module.max_norm, module.sparse = -1, 2.0, True
        module(torch.tensor([0, 2])).sum().backward()
        results.append((module.weight.tolist(), module.weight.grad.to_dense().tolist(), repr(module)))
    assert results[0] == results[1]


@both
@pytest.mark.parametrize("ambient", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize("kind", OPTIONS)
def test_max_norm_writes_in_eval_mode_without_gradients_and_when_frozen(candidate, ambient, kind):
    for freeze in (True, False):
        given = torch.tensor([[3.0, 4.0], [6.0, 8.0]])
        module = getattr(candidate, kind).from_pretrained(given, freeze=freeze, max_norm=1.0).eval()
        with ambient():
            module(torch.tensor([[0]]))
        assert given[0].norm() < 1.1  # the caller's own tensor
        assert given[1].tolist() == [6, 8]


@both
@pytest.mark.parametrize("kind", OPTIONS)
def test_a_pretrained_table_is_the_callers_and_is_frozen_unless_told_otherwise(candidate, kind):
    rows = torch.ones(3, 2)
    for options, learns in (({}, False), ({"freeze": True}, False), ({"freeze": False}, True)):
        module = getattr(candidate, kind).from_pretrained(rows, padding_idx=1, **options)
        assert module.weight.requires_grad is learns
        assert module.weight.data_ptr() == rows.data_ptr()
        assert rows.tolist() == torch.ones(3, 2).tolist()  # the pad row too


@both
def test_functional_call_and_the_meta_device_work(candidate):
    module = candidate.Embedding(5, 3)
    zeros = {"weight": torch.zeros(5, 3)}
    assert torch.func.functional_call(module, zeros, (torch.tensor([1]),)).tolist() == [[0, 0, 0]]
    meta = candidate.Embedding(5, 3, device="meta")
    assert meta(torch.tensor([[1]], device="meta")).shape == (1, 1, 3)


@both
def test_under_autocast_the_output_keeps_the_tables_dtype(candidate):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert candidate.Embedding(3, 2)(torch.tensor([0])).dtype == torch.float32


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: torch.fx.symbolic_trace(reference.Embedding(4, 2)), "must be Tensor, not Proxy"),
        (lambda: over_indices(reference.embedding_bag), "vmap: .* data-dependent control flow"),
        (lambda: over_indices(reference.embedding, first=9), "vmap: .* data-dependent control flow"),
        (lambda: over_indices(reference.embedding, sparse=True).sum().backward(), "Could not run 'aten::view'"),
    ],
)
def test_what_the_modules_say_they_leave_out_is_refused(call, told):
    with pytest.raises((TypeError, RuntimeError, NotImplementedError), match=told):
        call()


def over_indices(look_up, first=0, **options):
    """Look up two rectangles of indices, batched by `torch.func.vmap`."""
    weight = torch.ones(4, 2, requires_grad=True)
    indices = torch.tensor([[[first, 1]], [[2, 3]]])
    return torch.func.vmap(lambda one: look_up(one, weight, **options))(indices)


def test_over_tables_a_bag_is_batched():
    weights, indices = torch.randn(3, 4, 2), torch.tensor([[0, 1], [3, 3]])
    expected = torch.stack([TORCH.embedding_bag(indices, weight) for weight in weights])
    assert_close(torch.func.vmap(lambda weight: reference.embedding_bag(indices, weight))(weights), expected)


class Model(nn.Module):
    """Tokens to next-token scores: two tables, a small encoder, a tied output."""

    def __init__(self, tables):
        super().__init__()
        self.tokens = tables.Embedding(20, 8, padding_idx=0)
        self.positions = tables.Embedding(6, 8, max_norm=1.5)
        layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.topic = tables.EmbeddingBag(20, 8, mode="max", padding_idx=0)

    def forward(self, batch):
        vectors = self.tokens(batch) + self.positions(torch.arange(batch.shape[1]))
        vectors = self.encoder(vectors, src_key_padding_mask=batch == 0) + self.topic(batch)[:, None]
        return vectors @ self.tokens.weight.T


def losses_of(tables):
    """Train the model a few steps; return every loss, and the parameters at the end."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = Model(tables)
        batches = torch.randint(1, 20, (5, 4, 6))
        batches[:, 1, 3:] = 0
        optimizer, losses = torch.optim.AdamW(model.parameters(), lr=0.01), []
        for batch in batches:
            optimizer.zero_grad()
            scores = model(batch)[:, :-1]
            loss = nn.functional.cross_entropy(scores.reshape(-1, 20), batch[:, 1:].reshape(-1), ignore_index=0)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, parameters_to_vector(model.parameters())


@both
def test_swapped_into_a_transformer_it_changes_no_number(candidate):
    ours, theirs = losses_of(candidate), losses_of(TORCH)
    assert ours[0] == theirs[0]
    assert torch.equal(ours[1], theirs[1])
    assert len(set(ours[0])) == len(ours[0])  # it moved
