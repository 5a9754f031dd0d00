"""The figure of chapter 5, Python side: its state, its markup, and PyTorch's numbers in it."""

import re
from math import inf, nan

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

from classroom import corpus
from hands import refused
from widgets import Padding
from widgets.padding import (
    ASSIGNED,
    DECAY,
    DOORS,
    LR,
    MOMENTUM,
    masked_mean,
    mean,
    place_gradients,
    score_gradient,
    states,
    table_gradient,
)

V = 7
TABLE = (torch.arange(V * 2).reshape(V, 2) / 10 - 0.5).double()
SENTENCES = [[6], [1, 2, 3], [1, 2, 4, 5]]
STRANGER = [3, 2, 4, 5, 1, 6]

numbers = st.floats(-3, 3, width=32)
doors = st.lists(st.sampled_from(DOORS), unique=True).map(lambda found: [door for door in DOORS if door in found])
sentences = st.lists(st.lists(st.integers(1, V - 1), min_size=1, max_size=4), min_size=1, max_size=3)


def figure(**traits):
    return Padding(TABLE, list("pabcdef"), SENTENCES, STRANGER, padding_idx=0, **traits)


def texts(html, kind):
    return re.findall(rf'class="{kind}[^"]*"[^>]*>([^<]*)<', html)


def torchs_tables(weight, batch, padding_idx, opened, steps):
    """The tables that PyTorch has after each step: nn.Embedding, cross_entropy and torch.optim.SGD."""
    x, start = torch.tensor(batch), weight.clone()
    emb = nn.Embedding(*weight.shape, padding_idx=None if "lookup" in opened else padding_idx, _weight=start)
    optimizer = torch.optim.SGD(
        emb.parameters(),
        lr=LR,
        momentum=MOMENTUM if "momentum" in opened else 0,
        weight_decay=DECAY if "decay" in opened else 0,
    )
    earlier = nn.Embedding(*weight.shape, _weight=weight.clone())
    earlier(x).sum().backward()
    if "momentum" in opened:
        optimizer.state[emb.weight]["momentum_buffer"] = earlier.weight.grad.clone()
    tables = [weight.clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        E = emb(x)
        E.sum().backward(retain_graph=True)
        logits, after = (E @ emb.weight.T)[:, :-1].flatten(0, 1), x[:, 1:].flatten()
        if "tied" in opened and (after != padding_idx).any():  # else the loss is NaN, and its gradient zero
            F.cross_entropy(logits, after, ignore_index=padding_idx).backward()
        optimizer.step()
        if "assigned" in opened:
            with torch.no_grad():
                emb.weight[padding_idx] = ASSIGNED
        tables.append(emb.weight.detach().clone())
    return tables


@given(st.lists(numbers, min_size=2 * V, max_size=2 * V), sentences, st.integers(0, V - 1), doors, st.integers(1, 4))
def test_every_step_is_torchs_through_whatever_doors(values, rows, padding_idx, opened, steps):
    longest = max(map(len, rows))
    batch = [row + [padding_idx] * (longest - len(row)) for row in rows]
    weight = torch.tensor(values, dtype=torch.float64).reshape(V, 2)
    before, later, taken, parts = states(weight.tolist(), batch, padding_idx, opened, steps)
    tables = torchs_tables(weight, batch, padding_idx, opened, steps)
    assert_close(torch.tensor(before, dtype=torch.float64), tables[-2])
    assert_close(torch.tensor(later, dtype=torch.float64), tables[-1])
    others = [row for row in range(V) if row != padding_idx or "assigned" not in opened]
    assert_close(torch.tensor(taken, dtype=torch.float64)[others] * LR, (tables[-2] - tables[-1])[others])
    assert set(parts) == set(opened)
    moved = sum(torch.tensor(change, dtype=torch.float64) for change in parts.values()) + torch.zeros(
        2, dtype=torch.float64
    )
    assert_close(moved, (tables[-1] - tables[-2])[padding_idx], atol=1e-9, rtol=1e-7)


@given(st.lists(st.lists(st.integers(0, V - 1), max_size=5), min_size=1, max_size=4), st.integers(0, V - 1))
def test_both_means_are_torchs_also_of_nothing(rows, padding_idx):
    for row in rows:
        indices = torch.tensor(row, dtype=torch.long)
        E = F.embedding(indices, TABLE)
        assert_close(torch.tensor(mean(E.tolist()), dtype=torch.float64), E.mean(dim=0), equal_nan=True)
        words = torch.tensor(masked_mean(E.tolist(), row, padding_idx), dtype=torch.float64)
        assert_close(words, E[indices != padding_idx].mean(dim=0), equal_nan=True)


@pytest.mark.parametrize("arriving", [1.0, nan, inf, -1e300, 1e-300])
@pytest.mark.parametrize("rows", [[], [0], [0, 0, 3], [2] * 1000, [0] * 1000 + [4], [1, 2, 1, 0]])
@pytest.mark.parametrize("padding_idx", [None, 0, 2])
def test_the_gradient_of_the_table_is_torchs(rows, padding_idx, arriving):
    grads = torch.ones(len(rows), 2, dtype=torch.float64)
    indices = torch.tensor(rows, dtype=torch.long)
    grads[indices == (0 if padding_idx is None else padding_idx)] = arriving
    emb = nn.Embedding(V, 2, padding_idx=padding_idx, _weight=TABLE.clone())
    emb(indices).backward(grads)
    ours = torch.tensor(table_gradient(rows, grads.tolist(), V, padding_idx), dtype=torch.float64)
    assert_close(ours, emb.weight.grad, rtol=0, atol=0, equal_nan=True)


def test_the_two_halves_of_the_tied_gradient_are_torchs():
    shown = figure()
    batch = shown.batch()
    weight = torch.tensor(shown.table(), dtype=torch.float64, requires_grad=True)
    E = F.embedding(torch.tensor(batch), weight).detach().requires_grad_()
    logits = (E @ weight.T)[:, :-1].flatten(0, 1)
    (F.cross_entropy(logits, torch.tensor(batch)[:, 1:].flatten(), ignore_index=0) + E.sum()).backward()
    places = torch.tensor(place_gradients(shown.table(), batch, 0, True), dtype=torch.float64)
    assert_close(places, E.grad.flatten(0, 1))
    scores = torch.tensor(score_gradient(shown.table(), batch, 0), dtype=torch.float64)
    assert_close(scores, weight.grad)
    assert scores[0].abs().sum() > 0


def test_the_figure_computes_with_the_numbers_that_it_shows():
    shown = figure(longer=True)
    E = F.embedding(shown.indices, shown.weight)
    assert_close(shown.plain_means, E.mean(dim=1))
    keep = (shown.indices != 0).unsqueeze(-1)
    assert_close(shown.masked_means, (E * keep).sum(dim=1) / keep.sum(dim=1))
    lane = shown.to_html().split('class="lane output"')[1]
    numbers_ = [float(text.replace("−", "-")) for text in texts(lane, "value")]
    both = torch.cat([shown.plain_means, shown.masked_means], dim=1)
    assert_close(torch.tensor(numbers_[: both.numel()]), both.flatten().float(), atol=0.0005, rtol=0)


def test_a_stranger_changes_the_plain_mean_of_the_first_sentence_and_not_the_masked_one():
    alone, crowded = figure(), figure(longer=True)
    assert (alone.plain_means[0] != crowded.plain_means[0]).all()
    assert torch.equal(alone.masked_means[0], crowded.masked_means[0])
    outlined = re.findall(r'class="mean (\w+)" data-changed', crowded.to_html())
    assert outlined == ["plain", "plain", "plain"], "the stranger itself has no mean to compare with"
    assert "data-changed" not in alone.to_html().split('class="lane output"')[1]
    was, now = ((torch.tensor([0.7, 0.8]) + 5 * pads) / (pads + 1) for pads in (3, 5))
    for value in [*was.tolist(), *now.tolist()]:
        assert f"{value:.3f}" in crowded.told()


SAID = {
    (): "Row 0 (p) stood still: 4 gradients came for it, and padding_idx dropped them.",
    ("lookup",): "Row 0 (p) moved by −0.400, −0.400, through the lookup.",
    ("decay",): "Row 0 (p) moved by −0.050, −0.050, through weight decay.",
    ("momentum",): "Row 0 (p) moved by −0.360, −0.360, through old momentum.",
    ("assigned",): "Row 0 (p) moved by −4.000, −4.000, through the assignment.",
    ("decay", "momentum"): "moved by −0.410, −0.410: −0.050, −0.050 through weight decay; −0.360, −0.360 through old",
}


@pytest.mark.parametrize("opened", SAID)
def test_the_sentence_says_which_door_moved_the_row_and_by_how_much(opened):
    assert SAID[opened] in figure(doors=list(opened)).status()


def test_a_row_of_zeros_stands_still_behind_an_open_door():
    shown = figure(doors=["decay"], start=0.0)
    assert shown.status().endswith("Row 0 (p) stood still: weight decay is on, but 0.99 times zero is zero.")
    assert shown.status().startswith("Step 1. 6 of 7 rows moved.")


def test_before_the_step_nothing_is_told_and_nothing_stands_behind():
    shown = figure(taken=False, doors=["decay"])
    assert shown.status() == "Step 1 has not been taken yet."
    assert set(texts(shown.to_html(), "value after")) == {""}
    assert texts(shown.to_html(), "amount") == [""] * 4
    assert 'class="line"' not in shown.to_html()


def test_a_second_assignment_of_the_same_number_is_no_work_of_padding_idx():
    assert (
        figure(doors=["assigned"], step=2).status().endswith("stood still: the assignment wrote what it held before.")
    )


STACKS = {
    (): [("dropped", "4×"), ("sum", "=")],
    ("lookup",): [("piece", "4×")],
    ("lookup", "decay"): [("piece", "4×"), ("share", "decay"), ("sum", "=")],
    ("decay", "tied", "momentum"): [
        ("dropped", "4×"), ("share", "decay"), ("share", "scores"), ("share", "memory"), ("sum", "="),
    ],
    ("assigned",): [("dropped", "4×"), ("sum", "=")],
}  # fmt: skip


@pytest.mark.parametrize("opened", STACKS)
def test_the_numbers_beside_the_padding_row_add_up_to_what_the_step_takes(opened):
    shown = figure(doors=list(opened))
    before, _, taken, parts = shown.states()
    found = shown.stack(0, before, taken, parts)
    assert [(line["kind"], line["label"]) for line in found] == STACKS[opened]
    assert found[0]["values"] != [0, 0]
    added = [line["values"] for line in found if line["kind"] in ("piece", "share")]
    assert_close(torch.tensor([sum(each) for each in zip(*added, strict=True)] or [0.0, 0.0]), torch.tensor(taken[0]))


@pytest.mark.parametrize("opened", [[], ["tied"], ["momentum"], ["decay"], ["lookup", "tied", "decay"]])
def test_every_printed_number_explains_the_move_of_its_row(opened):
    html = figure(doors=opened).to_html()
    for row in html.split("<tr data-row=")[1:]:
        shown = [float(text.replace("−", "-")) for text in texts(row.split("</tr>")[0], "value")]
        before, later, taken = shown[:2], shown[2:4], shown[-2:]
        for old, new, each in zip(before, later, taken, strict=True):
            assert old - LR * each == pytest.approx(new, abs=0.0011)


def test_a_state_beside_a_cell_of_the_chapter_starts_and_ends_as_the_cell_does():
    shown = Padding(corpus.rows(), corpus.words, [[30], [2, 4, 20], [2, 4, 13, 6]], [22, 4], padding_idx=0)
    shown.set_state(shown.shows()["momentum"])
    before, later, _, _ = shown.states()
    assert_close([before[0][0], later[0][0]], [4.6, 4.24])
    shown.set_state(shown.shows()["tied"])
    _, _, taken, _ = shown.states()
    assert [round(each, 3) for each in taken[0]] == [0.005, 0.006]


def test_marks_are_judged_after_the_step():
    shown = figure(expected=[0, 1])
    assert shown.status().startswith("Your marks: 1 right (●), 1 wrong (×), 5 missed (○). Step 1. 6 of 7 rows moved.")
    assert texts(shown.to_html(), "verdict") == ["×", "●", *["○"] * 5]
    assert texts(figure(expected=[0], taken=False).to_html(), "verdict") == [""] * V


def test_its_states_have_the_names_that_the_chapter_links_to():
    names = {"plain", "longer", "predict", *DOORS, "zero-decay"}
    assert set(figure().shows()) == names


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start", nan), ("start", inf), ("start", 10.0), ("start", "5"), ("step", 0), ("step", 100), ("step", 1.5),
        ("doors", ["window"]), ("doors", [0]), ("expected", [V]), ("expected", [-1]), ("longer", "yes"),
        ("taken", None),
    ],
)  # fmt: skip
def test_a_trait_that_does_not_fit_is_refused_and_the_state_kept(name, value):
    refused(figure(), name, value)


def test_doors_are_kept_once_and_in_their_order():
    assert figure(doors=["momentum", "decay", "decay"]).doors == ["decay", "momentum"]
    assert figure(doors="tied").doors == ["tied"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": [[1.0]]}, "weight must be a (V, 2) tensor: got list"),
        ({"weight": torch.zeros(3)}, "weight must be a (V, 2) tensor: got (3,)"),
        ({"weight": torch.zeros(V, 3)}, "2 columns: got (7, 3)"),
        ({"weight": torch.zeros(65, 2)}, "1 to 64 rows"),
        ({"weight": torch.full((V, 2), nan)}, "finite numbers"),
        ({"words": ["a"]}, "got 1 words for 7 rows"),
        ({"padding_idx": V}, "padding_idx must name one of 7 rows: got 7"),
        ({"padding_idx": -1}, "padding_idx must name one of 7 rows: got -1"),
        ({"sentences": [[1, 0]]}, "none of them 0: got [1, 0]"),
        ({"sentences": [[]]}, "1 to 8 indices"),
        ({"sentences": [[V]]}, "from 0 to 6"),
        ({"sentences": [[1.5]]}, "got [1.5]"),
        ({"sentences": []}, "a sentence at least"),
        ({"stranger": [1] * 9}, "1 to 8 indices"),
    ],
)
def test_what_is_no_figure_is_refused_with_what_was_received(change, message):
    given_ = {"weight": TABLE, "words": list("pabcdef"), "sentences": SENTENCES, "stranger": STRANGER, "padding_idx": 0}
    with pytest.raises(ValueError, match=re.escape(message)):
        Padding(**{**given_, **change})


def test_any_row_may_be_the_padding_row():
    shown = Padding(TABLE, list("abcdefp"), [[0], [1, 2]], [3, 4, 5], padding_idx=6)
    assert shown.indices.tolist() == [[0, 6], [1, 2]]
    assert "Row 6 (p) stood still: 1 gradient came for it" in shown.status()
    assert shown.weight[6].tolist() == [5, 5]


def test_the_callers_table_stays_as_it_is():
    weight = TABLE.clone().requires_grad_()
    Padding(weight, list("pabcdef"), SENTENCES, STRANGER, doors=["assigned"], step=5).to_html()
    assert torch.equal(weight, TABLE)
