"""The figure of chapter 7, Python side: its state, its markup, and PyTorch's numbers in it."""

import re
from math import inf, nan

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.testing import assert_close

from classroom import corpus
from hands import refused
from widgets import Frequency
from widgets.frequency import call_gradient, cut_gradient, edges, silenced, written, written_cut

V = 5
SENTENCES = ["the cat follows the dog", "the dog sees the cat", "my cat sees the door"]
X = torch.tensor([corpus.encode(sentence) for sentence in SENTENCES])
SECOND = torch.tensor([[1.0, 3, 1, -3, 4], [5, 2, -1, 3, -2], [-2, 5, 3, 4, 2]])
G = torch.stack([torch.ones(3, 5), SECOND], dim=-1)
THE, CAT, DOG, SEES = corpus.encode("the cat dog sees")

numbers = st.floats(-8, 8, width=32)
batches = st.lists(st.tuples(st.integers(0, V - 1), st.tuples(numbers, numbers)), max_size=12)


def figure(**traits):
    return Frequency(corpus.words, X, G, ignored=range(5), **{"knife": 5, "row": THE, **traits})


def torchs(calls, num_embeddings, scaled):
    """The gradient that PyTorch leaves after one backward for each call."""
    weight = torch.zeros(num_embeddings, 2, dtype=torch.float64, requires_grad=True)
    for rows, grads in calls:
        arriving = torch.tensor(grads, dtype=torch.float64).reshape(-1, 2)
        indices = torch.tensor(rows, dtype=torch.long)
        F.embedding(indices, weight, scale_grad_by_freq=scaled).backward(arriving)
    return weight.grad


def as_table(rows):
    return torch.tensor(rows, dtype=torch.float64)


@given(batches, st.integers(0, 12), st.booleans())
def test_one_call_and_two_give_the_gradients_that_pytorch_gives(batch, knife, scaled):
    rows, grads = [row for row, _ in batch], [list(sent) for _, sent in batch]
    assert_close(as_table(call_gradient(rows, grads, V, scaled)), torchs([(rows, grads)], V, scaled))
    calls = [(rows[:knife], grads[:knife]), (rows[knife:], grads[knife:])]
    assert_close(as_table(cut_gradient(rows, grads, V, knife, scaled)), torchs(calls, V, scaled))


@pytest.mark.parametrize("rows", [[], [0] * 7, [3] * 1000, [0] * 999 + [4]])
@pytest.mark.parametrize("knife", [0, 1, 500, 1000])
@pytest.mark.parametrize("scaled", [True, False])
def test_corner_cases_are_pytorchs(rows, knife, scaled):
    grads = [[1.0, k % 7 - 3.0] for k in range(len(rows))]
    calls = [(rows[:knife], grads[:knife]), (rows[knife:], grads[knife:])]
    assert_close(as_table(cut_gradient(rows, grads, V, knife, scaled)), torchs(calls, V, scaled))


@given(batches, st.integers(0, 12), st.booleans(), st.lists(st.integers(0, 11), unique=True))
def test_the_lines_of_a_row_end_in_its_gradient(batch, knife, scaled, ignored):
    rows, grads = [row for row, _ in batch], silenced([list(sent) for _, sent in batch], ignored)
    for row in set(rows):
        one = written(rows, grads, row, scaled, ignored)
        assert one[-1]["values"] == call_gradient(rows, grads, V, scaled)[row]
        two = written_cut(rows, grads, row, knife, scaled, ignored)
        assert two[-1]["values"] == cut_gradient(rows, grads, V, knife, scaled)[row]
        for found in (one, two):
            pieces = [line for line in found if "place" in line]
            assert [line["place"] for line in pieces] == [k for k, read in enumerate(rows) if read == row]
            assert [line["kind"] == "silent" for line in pieces] == [line["place"] in ignored for line in pieces]


def test_the_untouched_figure_shows_two_results_for_the():
    shown = figure()
    assert shown.one_call[THE].tolist() == [1, 2]
    assert shown.two_calls[THE].tolist() == [2, 3]
    row = shown.to_html().split(f'<tr data-row="{THE}"')[1].split("</tr>")[0]
    assert re.findall(r'class="value[^>]*>([^<]*)<', row) == ["1.00", "2.00", "2.00", "3.00"]
    assert re.findall(r'class="count[^>]*>([^<]*)<', row) == ["5", "2 + 3"]
    assert row.count("data-changed") == 3, "both numbers of two calls, and the row"
    assert shown.status() == (
        "One call reads “the” 5×, so its sum is divided by 5. Two calls read it 2× and 3×; each divides by its own "
        "count, and both are added. 3 rows get another gradient than in one call."
    )


def test_the_tasks_have_the_answers_that_the_figure_gives():
    doubles = [
        k for k in range(16) if figure(knife=k).two_calls[THE, 0] == 2 and figure(knife=k).two_calls[CAT, 0] == 1
    ]
    assert doubles == [1, 12, 13]
    judged = [
        k for k in range(16)
        if torch.equal(figure(knife=k, masked=True).two_calls[THE], G[1:][X[1:] == THE].double().mean(dim=0))
    ]  # fmt: skip
    assert 5 in judged
    assert set(judged) <= {4, 5}, "between the ignored the and the first that is judged"
    calm = [k for k in range(16) if torch.equal(figure(knife=k).one_call, figure(knife=k).two_calls)]
    assert calm == [0, 14, 15]
    assert all(torch.equal(s.one_call, s.two_calls) for s in (figure(knife=k, scaled=False) for k in range(16)))


def test_ignored_places_send_zeros_and_count():
    shown = figure(masked=True, knife=15)
    assert_close(shown.one_call[THE], torch.tensor([0.6, 2.4], dtype=torch.float64))
    assert shown.arriving[0].abs().sum() == 0
    assert torch.equal(shown.arriving[1:], G[1:].double())
    assert "The loss ignores 2 of the 5: they send zeros, and are counted all the same." in shown.status()
    assert "ignores" not in figure(masked=True, row=SEES).status(), "sees has no ignored place"
    kinds = re.findall(r'data-kind="(\w+)"', shown.to_html().split('class="written"')[1])
    assert kinds[:7] == ["silent", "silent", "piece", "piece", "piece", "sum", "divided"]


KINDS = {
    (THE, 5): ["call", "piece", "piece", "sum", "divided", "call", "piece", "piece", "piece", "sum", "divided", "both"],
    (SEES, 5): ["call", "piece", "piece", "sum", "divided"],
    (DOG, 5): ["call", "piece", "divided", "call", "piece", "divided", "both"],
    (0, 5): [],
}


@pytest.mark.parametrize(("row", "knife"), KINDS)
def test_two_calls_are_written_one_under_the_other(row, knife):
    found = written_cut(X.flatten().tolist(), G.reshape(-1, 2).tolist(), row, knife, True, [])
    assert [line["kind"] for line in found] == KINDS[row, knife]
    labels = [line["label"] for line in found if line["kind"] == "divided"]
    halves = [X.flatten()[:knife], X.flatten()[knife:]]
    assert labels == [f"÷ {n}" for n in ((half == row).sum().item() for half in halves) if n]


def test_without_the_flag_nothing_is_divided():
    found = written_cut(X.flatten().tolist(), G.reshape(-1, 2).tolist(), THE, 5, False, [])
    assert "divided" not in [line["kind"] for line in found]
    assert found[-1]["values"] == [5, 10]
    assert figure(scaled=False).status().startswith("Nothing is divided: “the” gets the sum of its 5")


@pytest.mark.parametrize("columns", [1, 2, 5, 7])
@pytest.mark.parametrize("knife", [0, 1, 4, 5, 7, 13, 14])
def test_the_knife_runs_between_the_calls_and_nowhere_else(columns, knife):
    found = {place: edges(place, knife, columns).split() for place in range(14)}
    for place, sides in found.items():
        beside = place % columns > 0 and place - 1 < knife <= place
        above = place >= columns and place - columns < knife <= place
        assert ("left" in sides, "top" in sides) == (beside, above)


def test_before_the_cut_nothing_of_two_calls_is_shown():
    shown = figure(taken=False, expected=[CAT])
    html = shown.to_html()
    assert shown.status() == "The knife is set, and the two calls are not computed yet."
    assert set(re.findall(r'class="value after[^>]*>([^<]*)<', html)) == {""}
    assert set(re.findall(r'class="count two">([^<]*)</td', html)) == {""}
    assert 'data-kind="call"' not in html
    assert 'data-word="cat" aria-pressed="true"' in html


def test_marks_are_judged_after_the_cut():
    shown = figure(expected=[THE, SEES])
    assert shown.status().startswith("Your marks: 1 right (●), 1 wrong (×), 2 missed (○).")
    verdicts = re.findall(r'class="verdict">([^<]+)<', shown.to_html())
    assert verdicts == ["●", "○", "○", "×"]


def test_its_states_have_the_names_that_the_chapter_links_to():
    assert set(figure().shows()) == {"cut", "one-call", "plain", "masked", "predict"}
    assert figure().shows()["cut"] == {key: getattr(figure(), key) for key in figure().state}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("knife", -1), ("knife", 16), ("knife", 1.5), ("knife", "5"), ("row", 31), ("row", -1), ("row", None),
        ("expected", [31]), ("expected", [-1]), ("expected", "ab"), ("scaled", "yes"), ("masked", 1.0), ("taken", None),
    ],
)  # fmt: skip
def test_a_trait_that_does_not_fit_is_refused_and_the_state_kept(name, value):
    refused(figure(), name, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"words": []}, "1 to 64 rows: got 0"),
        ({"words": ["a"] * 65}, "1 to 64 rows: got 65"),
        ({"words": list("abc")}, "indices must name rows 0 to 2"),
        ({"indices": [[1]]}, "got list"),
        ({"indices": torch.tensor([1])}, "got (1,) torch.int64"),
        ({"indices": torch.zeros(1, 1)}, "got (1, 1) torch.float32"),
        ({"indices": torch.zeros(0, 3, dtype=torch.long)}, "1 to 40 places: got (0, 3)"),
        ({"indices": torch.zeros(1, 41, dtype=torch.long)}, "1 to 40 places: got (1, 41)"),
        ({"indices": -X}, "indices must name rows 0 to 30"),
        ({"gradients": G[0]}, "gradients must be (3, 5, 2) finite numbers: got (5, 2)"),
        ({"gradients": G * nan}, "finite numbers"),
        ({"gradients": G * inf}, "finite numbers"),
        ({"ignored": [15]}, "ignored must be places 0 to 14: got [15]"),
        ({"ignored": [-1]}, "ignored must be places 0 to 14: got [-1]"),
    ],
)
def test_what_is_no_figure_is_refused_with_what_was_received(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Frequency(**{"words": corpus.words, "indices": X, "gradients": G, **change})


def test_a_batch_of_one_place_and_gradients_of_zero_are_a_figure():
    shown = Frequency(["a"], torch.tensor([[0]]), torch.zeros(1, 1, 2))
    assert shown.two_calls.tolist() == [[0, 0]]
    assert shown.shows()["cut"]["knife"] == 0


def test_nothing_but_pads_is_a_figure_too():
    shown = Frequency(["<pad>", "a"], torch.zeros(2, 3, dtype=torch.long), torch.ones(2, 3, 2), knife=2)
    assert shown.two_calls.tolist() == [[2, 2], [0, 0]]


def test_gradients_that_are_no_integers_are_shown_with_two_decimals():
    shown = Frequency(["a"], torch.tensor([[0, 0]]), torch.full((1, 2, 2), 0.25), scaled=False)
    assert ">0.25<" in shown.to_html()
    assert ">0.50<" in shown.to_html()


def test_a_word_in_braces_is_not_filled_in():
    shown = Frequency(["{n}", "{a}"], torch.tensor([[1, 0]]), torch.ones(1, 2, 2), row=1)
    assert shown.status().startswith("One call reads “{a}” 1×")
