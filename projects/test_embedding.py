"""Your own ``nn.Embedding``: ``python -m pytest projects/test_embedding.py -m step1`` judges the first step."""

from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from judge import agrees, calls, expect, literal, needs, refuses, written
from strategies import Call


def some_table() -> torch.Tensor:
    return torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])


@pytest.mark.step1
def test_each_index_gives_its_row(mine: ModuleType) -> None:
    """In the place of every index stands its row: (*) and (V, D) give (*, D)."""
    agrees(mine, calls("embedding", frozen=True))


@pytest.mark.step1
def test_the_output_is_a_copy(mine: ModuleType) -> None:
    """The output is a copy: who writes into it leaves the table alone."""
    needs(mine, "embedding")
    for indices in (torch.tensor([1]), torch.tensor(1), torch.tensor([0, 1, 2])):
        weight = some_table()
        code = f"weight = {literal(weight)}\nembedding({literal(indices)}, weight).zero_()\nweight.tolist()"
        expect(
            mine, code, some_table().tolist(), lambda i=indices, w=weight: (mine.embedding(i, w).zero_(), w.tolist())[1]
        )


@pytest.mark.step2
def test_an_index_that_names_no_row_is_refused(mine: ModuleType) -> None:
    """An index below 0 or above V - 1 is an IndexError that holds the index."""

    def bad(call: Call) -> str:
        rows = len(call.values)
        return next(str(index) for index in call.indices.reshape(-1).tolist() if not 0 <= index < rows)

    refuses(mine, calls("embedding", mistakes=("index too large", "index negative"), frozen=True), bad)


@pytest.mark.step2
def test_indices_of_another_dtype_are_refused(mine: ModuleType) -> None:
    """Indices that are neither int64 nor int32 are a RuntimeError that holds their dtype."""
    refuses(
        mine,
        calls("embedding", mistakes=("index dtype",), frozen=True),
        lambda call: str(call.indices.dtype).removeprefix("torch."),
    )


@pytest.mark.step2
def test_a_table_of_another_shape_is_refused(mine: ModuleType) -> None:
    """A table that is not two-dimensional is a RuntimeError that holds its shape."""
    refuses(
        mine,
        calls("embedding", mistakes=("table not two-dimensional",), frozen=True),
        lambda call: str(list(call.values.shape))[1:-1],  # in a tuple, a list or a torch.Size
    )


@pytest.mark.step3
def test_the_gradient_of_the_table_by_hand(mine: ModuleType) -> None:
    """embedding_backward(grad_output, indices, num_embeddings): each position adds what it sends to the row it read."""
    needs(mine, "embedding_backward")
    for indices in (
        torch.tensor([[2, 0, 2]]),
        torch.tensor(1),
        torch.tensor([1, 1, 1]),
        torch.zeros(0, dtype=torch.long),
    ):
        weight = some_table().requires_grad_()
        output = F.embedding(indices, weight)
        arriving = torch.arange(1.0, 1 + output.numel()).reshape(output.shape)
        output.backward(arriving)
        code = f"embedding_backward({literal(arriving)}, {literal(indices)}, 3).tolist()"
        ask = lambda g=arriving, i=indices: mine.embedding_backward(g, i, 3).tolist()  # noqa: E731
        expect(mine, code, weight.grad.tolist(), ask)


@pytest.mark.step3
def test_the_lookup_learns(mine: ModuleType) -> None:
    """After backward() the table's gradient is PyTorch's."""
    agrees(mine, calls("embedding", frozen=False), apart_from=("output",))


@pytest.mark.step3
def test_the_gradient_is_yours(mine: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backward of your lookup calls your embedding_backward: a torch.autograd.Function of your own."""
    needs(mine, "embedding", "embedding_backward")
    asked, own = [], mine.embedding_backward
    monkeypatch.setattr(mine, "embedding_backward", lambda *given, **named: asked.append(given) or own(*given, **named))

    def ask() -> str:
        mine.embedding(torch.tensor([1, 1]), some_table().requires_grad_()).sum().backward()
        return f"embedding_backward was called {'once' if len(asked) == 1 else f'{len(asked)} times'}"

    code = "embedding(torch.tensor([1, 1]), weight).sum().backward()"
    expect(mine, code, "embedding_backward was called once", ask)


@pytest.mark.step4
def test_a_new_module_is_pytorchs(mine: ModuleType) -> None:
    """With the same seed a new Embedding(V, D) holds the numbers of nn.Embedding, and answers with them."""
    agrees(mine, calls("embedding", form="constructed"))


@pytest.mark.step4
def test_checkpoints_go_both_ways(mine: ModuleType) -> None:
    """nn.Embedding loads what yours has saved, and yours what nn.Embedding has saved."""
    needs(mine, "Embedding")
    expect(mine, "list(Embedding(5, 3).state_dict())", ["weight"], lambda: list(mine.Embedding(5, 3).state_dict()))
    for first, second in ((mine.Embedding, nn.Embedding), (nn.Embedding, mine.Embedding)):
        names = [("nn." if cls is nn.Embedding else "") + "Embedding(5, 3)" for cls in (first, second)]
        saved, loading = first(5, 3), second(5, 3)

        def ask(saved: nn.Module = saved, loading: nn.Module = loading) -> bool:
            loading.load_state_dict(saved.state_dict())
            return torch.equal(loading(torch.arange(5)), saved(torch.arange(5)))

        code = f"a, b = {names[0]}, {names[1]}\nb.load_state_dict(a.state_dict())\n"
        expect(mine, code + "torch.equal(b(torch.arange(5)), a(torch.arange(5)))", True, ask)


@pytest.mark.step4
def test_an_optimizer_finds_the_table(mine: ModuleType) -> None:
    """The table is the module's one parameter, and a step of SGD moves the rows that were read."""
    needs(mine, "Embedding")

    def trained(cls: type[nn.Module]) -> tuple[list[str], str]:
        torch.manual_seed(0)
        table = cls(4, 2)
        optimizer = torch.optim.SGD(table.parameters(), lr=0.5)
        table(torch.tensor([[3, 0, 3]])).sum().backward()
        optimizer.step()
        return [name for name, _ in table.named_parameters()], written(table.weight)

    code = """torch.manual_seed(0)
table = Embedding(4, 2)
optimizer = torch.optim.SGD(table.parameters(), lr=0.5)
table(torch.tensor([[3, 0, 3]])).sum().backward()
optimizer.step()
[name for name, _ in table.named_parameters()], table.weight"""
    expect(mine, code, trained(nn.Embedding), lambda: trained(mine.Embedding))


@pytest.mark.step5
def test_the_padding_row_receives_nothing(mine: ModuleType) -> None:
    """embedding(input, weight, padding_idx): that row gets no gradient, not even from NaN; -1 is the last row."""
    agrees(mine, calls("embedding", ("padding_idx",), frozen=False))


@pytest.mark.step5
def test_a_new_table_starts_with_a_row_of_zeros(mine: ModuleType) -> None:
    """Embedding(V, D, padding_idx): the row begins as zeros, and what you read is what is stored."""
    agrees(mine, calls("embedding", ("padding_idx",), form="constructed"))


@pytest.mark.step5
def test_a_padding_row_that_is_none_is_refused(mine: ModuleType) -> None:
    """A padding_idx outside [-V, V) is an AssertionError that holds it, in the function and in the module."""
    for form in ("function", "constructed"):
        drawn = calls("embedding", ("padding_idx",), form=form, mistakes=("padding_idx outside",))
        refuses(mine, drawn, lambda call: str(call.options["padding_idx"]))


@pytest.mark.step5
def test_the_module_remembers_its_padding_row(mine: ModuleType) -> None:
    """Embedding(V, D, padding_idx=-1).padding_idx is V - 1, and it is read anew at each call."""
    needs(mine, "Embedding")
    code = "table = Embedding(4, 2, padding_idx=-1)\n"
    expect(mine, code + "table.padding_idx", 3, lambda: mine.Embedding(4, 2, padding_idx=-1).padding_idx)
    expect(mine, "Embedding(4, 2, -1).padding_idx", 3, lambda: mine.Embedding(4, 2, -1).padding_idx)

    def ask() -> list[float]:
        table = mine.Embedding(4, 2, padding_idx=-1)
        table(torch.tensor([0, 3]))
        table.padding_idx = 0
        table(torch.tensor([0, 3])).sum().backward()
        return table.weight.grad.sum(1).tolist()

    code += "table(torch.tensor([0, 3]))\ntable.padding_idx = 0\n"
    code += "table(torch.tensor([0, 3])).sum().backward()\ntable.weight.grad.sum(1).tolist()"
    expect(mine, code, [0, 0, 0, 2], ask)
