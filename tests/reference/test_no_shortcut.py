"""The reference is built from basic operations: it calls nothing of what it rebuilds."""

import ast
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import reference

MODULES = sorted(Path(reference.__file__).parent.glob("*.py"))

REPLACED = {"embedding", "embedding_", "embedding_bag", "embedding_renorm_", "Embedding", "EmbeddingBag"}
PREFIXES = ("embedding_", "_embedding_bag")  # embedding_dense_backward, _embedding_bag_forward_only, …
OWN = {"embedding_dim"}


def replaced_names(source: str) -> list[str]:
    """Return every name of a replaced function that `source` reaches through a module of torch."""
    own = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            names = [node.attr] if not (isinstance(node.value, ast.Name) and node.value.id == "self") else []
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            names = ["getattr"]  # a name that is computed cannot be read
        else:
            names = []
        found += [name for name in names if name == "getattr" or (is_replaced(name) and name not in own | OWN)]
    return found


def is_replaced(name: str) -> bool:
    return name in REPLACED or name.startswith(PREFIXES)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_replaced_function_is_called(module):
    assert replaced_names(module.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "F.embedding(indices, weight)",
        "torch.embedding(weight, indices)",
        "torch.ops.aten.embedding.default(weight, indices)",
        "torch.ops.aten.embedding_dense_backward(g, i, 4, -1, False)",
        "from torch.nn.functional import embedding as look",
        "class Table(nn.Embedding): pass",
        "torch._embedding_bag(weight, indices, offsets)",
        "getattr(torch, 'embed' + 'ding')(weight, indices)",
    ],
)
def test_the_search_finds_a_shortcut(source):
    assert replaced_names(source)


@pytest.fixture
def without_pytorchs_lookup(monkeypatch):
    """Make every replaced function raise, the module's forward included."""

    def refuse(*args, **kwargs):
        raise AssertionError("the reference called what it replaces")

    for place in (torch, F, torch.nn.modules.sparse.F):
        for name in ("embedding", "embedding_bag", "embedding_renorm_"):
            monkeypatch.setattr(place, name, refuse, raising=False)
    monkeypatch.setattr(nn.Embedding, "forward", refuse)
    monkeypatch.setattr(nn.EmbeddingBag, "forward", refuse)


def test_the_reference_works_without_pytorchs_lookup(without_pytorchs_lookup):
    table, indices = reference.Table(4, 3), torch.tensor([[3, 0, 3]])
    table(indices).sum().backward()
    assert table.weight.grad[:, 0].tolist() == [1, 0, 0, 2]
    assert torch.equal(reference.lookup(table.weight, indices)[0, 0], table.weight[3])
    reference.Embedding(4, 3, max_norm=1.0, scale_grad_by_freq=True)(indices).sum().backward()
    for mode in ("sum", "mean", "max"):
        reference.EmbeddingBag(4, 3, max_norm=1.0, mode=mode)(indices).sum().backward()
    with pytest.raises(AssertionError, match="what it replaces"):
        F.embedding(indices, table.weight)


def test_a_module_imports_only_modules_listed_above_it():
    listed = re.findall(r"(?m)^    (\w+)  ", reference.__doc__)
    assert sorted([*listed, "__init__"]) == [path.stem for path in MODULES]
    for place, stem in enumerate(listed):
        tree = ast.parse(MODULES[0].with_name(f"{stem}.py").read_text("utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level}
        assert imported <= set(listed[:place]), stem
