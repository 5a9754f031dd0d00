"""The options: ``python -m pytest projects/test_options.py -m step1`` judges the first step."""

import inspect
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from judge import FIRST, agrees, calls, expect, needs, refuses
from strategies import Call

PAD = ("padding_idx",)
CAP = ("max_norm", "norm_type")
ALL = (*PAD, *CAP, "scale_grad_by_freq", "sparse")


@pytest.mark.step1
def test_the_gradient_is_a_list_of_what_each_position_sends(mine: ModuleType) -> None:
    """embedding(…, sparse=True): a sparse gradient, an entry a position, in their order, nothing added, no pads."""
    agrees(mine, calls("embedding", PAD, {"sparse": True}, frozen=False), apart_from=("output",))


@pytest.mark.step1
def test_without_it_the_gradient_stays_a_table(mine: ModuleType) -> None:
    """embedding(…, sparse=False): as before."""
    agrees(mine, calls("embedding", PAD, {"sparse": False}, frozen=False), apart_from=("output",))


@pytest.mark.step2
def test_what_a_position_sends_is_divided_by_the_count_of_its_row(mine: ModuleType) -> None:
    """embedding(…, scale_grad_by_freq=True): a row read three times in the call receives a third of its sum."""
    agrees(mine, calls("embedding", PAD, {"scale_grad_by_freq": True}, frozen=False), apart_from=("output",))


@pytest.mark.step2
def test_each_call_counts_for_itself(mine: ModuleType) -> None:
    """Two calls are counted apart, each when it is made: nothing is remembered."""
    drawn = calls("embedding", (), {"scale_grad_by_freq": True}, frozen=False, times=2)
    agrees(mine, drawn, apart_from=("output",))


@pytest.mark.step2
def test_a_list_is_not_divided(mine: ModuleType) -> None:
    """Together with sparse=True it is a RuntimeError, in backward and not before."""
    both = {"scale_grad_by_freq": True, "sparse": True}
    agrees(mine, calls("embedding", (), both, frozen=False), apart_from=("output",))


@pytest.mark.step3
def test_rows_that_are_read_and_too_long_are_shortened_in_the_table(mine: ModuleType) -> None:
    """embedding(…, max_norm, norm_type): first each such row, once, in place; then the lookup. Frozen or not."""
    for cap, norm_type in ((1.0, 1.0), (1.0, 0.0), (1.0, torch.inf), (0.25, -1.0), (0.0, 2.0)):
        agrees(mine, calls("embedding", (), {"max_norm": cap, "norm_type": norm_type})[: len(FIRST["embedding"])])
    agrees(mine, calls("embedding", CAP, {"max_norm": 1.0}))
    agrees(mine, calls("embedding", CAP))


@pytest.mark.step3
def test_a_call_that_is_refused_writes_nothing(mine: ModuleType) -> None:
    """An index that names no row is refused before any row is shortened."""

    def bad(call: Call) -> str:
        return next(str(index) for index in call.indices.reshape(-1).tolist() if not 0 <= index < len(call.values))

    flawed = calls("embedding", (), {"max_norm": 0.25}, mistakes=("index too large", "index negative"))
    refuses(mine, flawed, bad)


@pytest.mark.step4
def test_the_function_takes_pytorchs_arguments(mine: ModuleType) -> None:
    """The names, the order and the defaults are those of F.embedding."""
    needs(mine, "embedding")

    def asked(function: object) -> list[str | tuple[str, object]]:
        found = inspect.signature(function).parameters.values()
        return [each.name if each.default is each.empty else (each.name, each.default) for each in found]

    expect(mine, "inspect.signature(embedding)", asked(F.embedding), lambda: asked(mine.embedding))


@pytest.mark.step4
def test_all_options_together(mine: ModuleType) -> None:
    """Any options in one call give PyTorch's output, table and gradient, or its refusal."""
    agrees(mine, calls("embedding", ALL))
    agrees(mine, calls("embedding", ALL, {"max_norm": 1.0}))


@pytest.mark.step4
def test_the_module_has_all_options(mine: ModuleType) -> None:
    """Embedding(V, D, …) takes them by name and hands them on."""
    agrees(mine, calls("embedding", ALL, form="constructed"))


@pytest.mark.step4
def test_the_module_reads_its_options_at_each_call(mine: ModuleType) -> None:
    """They are attributes: a value set later counts from the next call on."""
    needs(mine, "Embedding")

    def changed(cls: type[nn.Module]) -> tuple[bool, list[float]]:
        torch.manual_seed(0)
        table = cls(3, 2)
        table.max_norm, table.norm_type, table.sparse = 0.5, 1.0, True
        table(torch.tensor([1])).sum().backward()
        return table.weight.grad.is_sparse, [round(norm, 3) for norm in table.weight.norm(1, dim=1).tolist()]

    code = """torch.manual_seed(0)
table = Embedding(3, 2)
table.max_norm, table.norm_type, table.sparse = 0.5, 1.0, True
table(torch.tensor([1])).sum().backward()
table.weight.grad.is_sparse, table.weight.norm(1, dim=1)"""
    expect(mine, code, changed(nn.Embedding), lambda: changed(mine.Embedding))
