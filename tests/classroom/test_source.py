"""``source``: the code that runs is the code that is shown."""

import functools
import types
from pathlib import Path

import pytest
import torch

import reference
from classroom import source
from reference import Table, lookup


def test_a_function_is_shown_as_it_stands_in_its_file():
    shown = source(lookup)
    assert repr(shown).startswith("def lookup(weight: Tensor, indices: Tensor) -> Tensor:\n")
    assert repr(shown).endswith("return rows.reshape(*indices.shape, weight.shape[1])")
    assert repr(shown) in Path(lookup.__code__.co_filename).read_text("utf-8")


def test_a_notebook_shows_it_as_a_python_block():
    assert source(lookup)._repr_markdown_() == f"```python\n{source(lookup)}\n```"


def test_a_class_a_method_and_a_module_can_be_shown():
    assert repr(source(Table)).startswith("class Table(nn.Module):\n")
    lines = repr(source(Table.forward)).splitlines()
    assert lines == ["def forward(self, indices: Tensor) -> Tensor:", "    return lookup(self.weight, indices)"]
    assert repr(source(reference)).startswith('"""``torch.nn.Embedding``')
    assert "self._fill_padding_idx_with_zero()" in repr(source(torch.nn.Embedding.reset_parameters))


def test_a_fence_in_the_code_does_not_end_the_block(monkeypatch):
    monkeypatch.setattr("inspect.getsource", lambda obj: '"""\n```\nx\n```\n"""\n')
    lines = source(lookup)._repr_markdown_().splitlines()
    assert (lines[0], lines[-1]) == ("````python", "````")


@pytest.mark.parametrize(
    "obj", [3, "lookup", None, Table(2, 2), len, torch.embedding, functools.partial(lookup), types.SimpleNamespace()]
)
def test_what_has_no_python_source_is_refused(obj):
    with pytest.raises(TypeError, match=r"source\(\)"):
        source(obj)
