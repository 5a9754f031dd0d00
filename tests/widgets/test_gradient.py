"""The gradient lane, Python side: the lines of a row are the scatter-add, and the markup says them."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from widgets._gradient import after, changed, lines, piece, stack, total

V, D = 5, 2


@st.composite
def reads(draw):
    """Rows that are read, and one gradient row a place; any numbers a float32 adds exactly."""
    rows = draw(st.lists(st.integers(0, V - 1), max_size=9))
    numbers = st.lists(st.integers(-40, 40).map(lambda n: n / 4), min_size=D, max_size=D)
    return rows, [draw(numbers) for _ in rows]


@given(reads())
def test_the_last_line_of_every_row_is_pytorchs_gradient(case):
    rows, grads = case
    weight = torch.zeros(V, D, requires_grad=True)
    upstream = torch.tensor(grads).reshape(len(rows), D)
    F.embedding(torch.tensor(rows, dtype=torch.long), weight).backward(upstream)
    shown = [lines(rows, grads, row)[-1]["values"] or [0.0] * D for row in range(V)]
    assert torch.equal(torch.tensor(shown), weight.grad)


@given(reads())
def test_every_place_has_one_piece_in_the_row_that_it_read(case):
    rows, grads = case
    found = {
        line["place"]: (row, line["values"])
        for row in range(V)
        for line in lines(rows, grads, row)
        if line["kind"] == "piece"
    }
    assert found == {k: (row, grads[k]) for k, row in enumerate(rows)}


def test_a_sum_stands_only_under_several_pieces():
    kinds = [[line["kind"] for line in lines([2, 4, 2], [[1], [2], [3]], row)] for row in (0, 2, 4)]
    assert kinds == [["none"], ["piece", "piece", "sum"], ["piece"]]


def test_total_adds_in_order():
    assert total([[1e16], [1.0], [-1e16]]) == [0.0]
    assert total([[1e16], [-1e16], [1.0]]) == [1.0]


@pytest.mark.parametrize(("least", "rows"), [(0.5, [1]), (0.25, [0, 1]), (0.75, [])])
def test_changed_counts_from_the_bound_on(least, rows):
    assert changed([[1, 2], [3, 4]], [[1, 2.25], [3.5, 4]], least) == rows


def test_a_line_has_its_own_label_and_decimals():
    html = stack([{"kind": "divided", "values": [0.5, -1.25], "label": "÷ <2>", "decimals": 2}], 0, 2.0)
    assert re.findall(r">([^<]+)<", html) == ["÷ &lt;2&gt;", "0.50", "−1.25"]
    assert 'data-kind="divided"' in html
    assert "data-place" not in html
    assert stack([], 0, 1.0) == '<td class="stack"></td>'
    assert piece([1, -2], 0, 2.0).count("value") == 2


def test_only_cells_that_show_another_number_are_outlined():
    html = after([1.0, 2.0, 3.0], [1.001, 2.25, 3.0], 2, 3.0)
    assert ["data-changed" in cell for cell in html] == [False, True, False]
    assert [cell.endswith("></td>") for cell in after([1.0], None, 2, 3.0)] == [True]
