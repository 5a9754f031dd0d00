"""The figure of chapter 2, Python side: its state, its markup, and PyTorch's numbers in it."""

import re

import pytest
import torch
import traitlets as t
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.testing import assert_close

from hands import refused
from widgets import Lookup
from widgets._predict import verdict
from widgets._stage import shape_text
from widgets.lookup import flatten, shapes

V, D = 7, 2
TABLE = torch.arange(V * D).reshape(V, D) / 10 - 0.5


def figure(indices=((0, 1, 0), (2, 3, 0)), **traits):
    return Lookup(TABLE, words=list("abcdefg"), indices=[list(row) for row in indices], **traits)


def texts(html, kind):
    return re.findall(rf'class="{kind}[^"]*"[^>]*>([^<]*)<', html)


@given(st.lists(st.integers(0, V - 1), min_size=1, max_size=12).flatmap(
    lambda rows: st.tuples(st.just(rows), st.sampled_from(shapes(len(rows))))
))  # fmt: skip
def test_the_output_is_torchs(case):
    rows, shape = case
    shown = Lookup(TABLE, indices=rows)
    shown.shape = shape
    index = torch.tensor(shown.indices)
    assert list(index.shape) == shape
    assert_close(shown.output, F.embedding(index, TABLE), rtol=0, atol=0)


def test_the_numbers_in_the_markup_are_those_of_the_output():
    shown = figure()
    lane = shown.to_html().split('class="lane output"')[1]
    numbers = [float(text.replace("−", "-")) for text in texts(lane, "value")]
    assert_close(torch.tensor(numbers), shown.output.flatten())


@given(st.integers(0, 200))
def test_every_shape_offered_holds_all_places_or_one(count):
    for shape in shapes(count):
        assert torch.Size(shape).numel() == (count if shape else 1)


@given(st.lists(st.integers(0, 3), max_size=4))
def test_flatten_is_the_way_back_from_nested_lists(shape):
    size = torch.Size(shape).numel()
    nested = torch.arange(size).reshape(shape).tolist()
    flat, found = flatten(nested)
    assert flat == list(range(size))
    assert list(torch.tensor(nested, dtype=torch.long).shape) == found


@pytest.mark.parametrize("ragged", [[[1, 2], [3]], [[1], [2, 3]], [[[1], [2]], [[3], [4, 5]]]])
def test_ragged_lists_are_refused_with_pytorchs_words(ragged):
    with pytest.raises(ValueError, match="expected sequence") as torchs:
        torch.tensor(ragged)
    with pytest.raises(ValueError, match="expected sequence") as ours:
        flatten(ragged)
    assert str(ours.value) == str(torchs.value)


@pytest.mark.parametrize("wrong", [1.5, "a", None, True, [1, "b"], {"a": 1}, [[1], 2]])
def test_what_is_no_index_is_refused_and_the_state_kept(wrong):
    shown = figure()
    before = shown.places, shown.shape
    with pytest.raises(t.TraitError):
        shown.indices = wrong
    assert (shown.places, shown.shape) == before


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("position", 6, "is below 6"),
        ("num_embeddings", V + 1, f"is at most {V}"),
        ("expected", [V], f"is below {V}"),
        ("written", [6], "is below 6"),
        ("shape", [4], "does not fit 6 indices"),
        ("shape", [1, 1, 1, 1, 6], "at most 4 axes"),
        ("places", [1, 2], "does not fit 2 indices"),
    ],
)
def test_a_trait_that_does_not_fit_is_refused_with_its_bound(name, value, bound):
    refused(figure(), name, value, bound)


def test_traits_that_change_together_are_checked_together():
    shown = figure()
    shown.set_state({"places": [1, 2], "shape": [1, 2], "position": 1})
    assert shown.indices == [[1, 2]]


@pytest.mark.parametrize("indices", [torch.tensor([[1, 2]]), torch.tensor([[1, 2]], dtype=torch.int32), [[1, 2]]])
def test_indices_may_be_lists_or_an_integer_tensor(indices):
    assert Lookup(TABLE, indices=indices).indices == [[1, 2]]


def test_a_float_tensor_is_refused():
    with pytest.raises(t.TraitError, match=r"int64 or int32: got torch\.float32"):
        Lookup(TABLE, indices=torch.tensor([1.0]))


@pytest.mark.parametrize("weight", [torch.zeros(3), [[1.0]], torch.zeros(1, 2, 3)])
def test_a_table_that_is_no_table_is_refused(weight):
    with pytest.raises(ValueError, match=r"weight must be a \(V, D\) tensor: got"):
        Lookup(weight)


def test_too_few_words_are_refused():
    with pytest.raises(ValueError, match="got 2 words for 7 rows"):
        Lookup(TABLE, words=["a", "b"])


@pytest.mark.parametrize("index", [V, V - 1, -1])
def test_an_index_outside_the_table_shows_pytorchs_sentence(index):
    shown = figure(num_embeddings=V - 1)
    shown.indices = [[0, index]]
    with pytest.raises(IndexError) as error:
        _ = shown.output
    assert f"IndexError: {error.value}" in shown.to_html()
    assert f"Index {shown.name(index)} names no row" in shown.status()
    assert 'class="place vector"' not in shown.to_html()


def test_a_shorter_table_fails_only_where_the_last_row_is_needed():
    shown = figure(num_embeddings=V - 1)
    assert shown.output.shape == (2, 3, D)
    assert shown.status() == "The table ends at row 5. No index here is larger, so nothing fails."


def test_writing_into_the_output_leaves_the_table():
    shown = figure()
    shown.expected = [0, 3]
    shown.written = [0]
    assert shown.output[0, 0].tolist() == pytest.approx([9.9, 9.9])
    assert torch.equal(shown.weight, TABLE)
    assert "You expected 2 rows of the table to change; 0 changed" in shown.status()
    assert texts(shown.to_html(), "verdict") == ["×", "", "", "×", "", "", ""]


def test_the_figure_holds_a_copy_of_the_table():
    weight = TABLE.clone().requires_grad_()
    shown = Lookup(weight)
    shown.weight[0, 0] = 5
    assert torch.equal(weight, TABLE)


def test_the_table_can_be_exchanged_and_keeps_its_shape():
    shown = figure()
    shown.weight = TABLE + 1
    assert torch.equal(shown.output[0, 0], TABLE[0] + 1)
    with pytest.raises(ValueError, match=r"must stay \(7, 2\): got \(2, 2\)"):
        shown.weight = torch.zeros(2, 2)


def test_its_states_have_the_names_that_the_chapter_links_to():
    assert set(figure().shows()) == {"batch", "flat", "alone", "short", "written"}
    assert figure().shows()["short"]["places"] == [V - 1]


def test_a_table_of_400_000_rows_is_shown_by_the_rows_that_matter():
    big = Lookup(torch.zeros(400_000, 8), indices=[[3, 399_998, 200_000]])
    html = big.to_html()
    assert len(html) < 30_000
    assert big.carried() == [0, 1, 2, 3, 200_000, 399_998, 399_999]
    assert html.count('class="gap"') == 2
    big.indices = [77_777]
    assert 'data-row="77777"' in big._html


def test_ten_thousand_indices_are_drawn_up_to_sixty():
    shown = Lookup(TABLE, indices=[0] * 10_000)
    assert shown.to_html().count('class="place vector"') == 60
    assert "and 9940 more" in shown.to_html()
    with pytest.raises(t.TraitError, match="at most 10000"):
        Lookup(TABLE, indices=[0] * 10_001)


def test_infinite_and_missing_numbers_are_shown_as_they_are():
    shown = Lookup(torch.tensor([[float("inf"), float("nan")], [-float("inf"), -0.0]]), indices=[0, 1])
    lane = shown.to_html().split('class="lane output"')[1]
    assert texts(lane, "value") == ["inf", "nan", "−inf", "0.0"]


def test_an_empty_batch_is_shown_and_an_empty_table_refused():
    assert "keeps its zero" in Lookup(TABLE, indices=[]).status()
    assert shape_text([0]) in Lookup(TABLE, indices=[]).to_html()
    for empty in (torch.zeros(0, 2), torch.zeros(2, 0)):
        with pytest.raises(ValueError, match=r"a row and a column at least: got \("):
            Lookup(empty)


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_a_verdict_names_every_row_once(expected, changed):
    found = verdict(expected, changed)
    assert set(found["hit"]) | set(found["missed"]) == changed
    assert set(found["hit"]) | set(found["false"]) == expected
    assert len({*found["hit"], *found["missed"], *found["false"]}) == sum(map(len, found.values()))
