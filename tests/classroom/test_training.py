"""The two short trainings: what they start from, what they leave alone, and that they are the same every time."""

import re
from itertools import pairwise

import pytest
import torch

from classroom import corpus, training
from classroom.training import closeness, distance, next_word, praise

RUNS = {"next_word": next_word, "praise": praise}


@pytest.fixture(scope="module", params=RUNS)
def trained(request):
    table = corpus.rows()
    return request.param, table, RUNS[request.param](table)


def test_a_run_starts_from_the_given_rows_and_leaves_them_alone(trained):
    _, table, run = trained
    assert torch.equal(table, corpus.rows())
    torch.testing.assert_close(run.tables[0], table.double().round(decimals=2))
    assert run.tables.shape == (training.STEPS + 1, 31, 2)
    assert torch.equal(run.tables, run.tables.round(decimals=2))
    assert training.SHOWN[0] == 0
    assert training.SHOWN[-1] == training.STEPS


def test_a_run_is_the_same_every_time_and_leaves_the_random_state(trained):
    name, _, run = trained
    torch.manual_seed(99)  # a state that no training leaves behind
    before = torch.get_rng_state()
    again = RUNS[name](corpus.rows())
    assert torch.equal(again.tables, run.tables)
    assert again.loss == run.loss
    assert torch.equal(torch.get_rng_state(), before)


def test_the_rows_that_move_are_the_inputs(trained):
    name, _, run = trained
    moved = {corpus.words[row] for row in (run.tables[0] != run.tables[-1]).any(dim=1).nonzero()}
    sentences = [sentence.split() for sentence in corpus.sentences]
    if name == "praise":
        read = {word for words in sentences if {"good", "like", "bad", "hate"} & set(words) for word in words}
    else:
        read = {word for words in sentences for word in words[:-1]}
    assert moved == read


@pytest.mark.parametrize(
    ("one", "other", "start", "guess", "judge"),
    [("cat", "dog", 2.1, 0, 2.1), ("good", "bad", 1.1, 0, 10.7), ("like", "hate", 3.2, 0, 9.1)],
)
def test_words_with_equal_contexts_meet_and_judged_words_part(one, other, start, guess, judge):
    tables = [next_word(corpus.rows()).tables[0]] + [run(corpus.rows()).tables[-1] for run in RUNS.values()]
    found = [distance(table, one, other) for table in tables]
    assert found == pytest.approx([start, guess, judge], abs=0.05)


@pytest.fixture(scope="module", params=[0, 1])
def wide(request):
    torch.manual_seed(request.param)
    return next_word(torch.randn(31, 50, dtype=torch.float64))


def test_in_fifty_dimensions_the_loss_is_as_low_and_the_words_are_far_apart(wide):
    assert wide.loss <= next_word(corpus.rows()).loss < 1
    assert distance(wide.tables[-1], "cat", "dog") > 0.8 * distance(wide.tables[0], "cat", "dog")


def test_in_fifty_dimensions_the_words_become_neighbours(wide):
    found = [
        re.findall(r"nearer (\d+), cosine (.+)", closeness(table, "cat", "dog"))[0] for table in wide.tables[[0, -1]]
    ]
    (far, unlike), (near, like) = ((int(nearer), float(cosine)) for nearer, cosine in found)
    assert near <= 1 < far
    assert unlike < 0.1 < 0.3 < like


def test_closeness_counts_the_words_between_and_no_other():
    table = torch.zeros(31, 2)
    table[:, 0] = torch.arange(31)
    one, other = (corpus.words[row] for row in (4, 7))
    assert closeness(table, one, other) == "distance 3.00, words nearer 4, cosine 1.00"
    table[7] = table[4]
    assert closeness(table, one, other) == "distance 0.00, words nearer 0, cosine 1.00"


def test_alike_words_need_not_meet():
    """`is` and `make` have the same followers, and go the same way to different places."""
    tables = next_word(corpus.rows()).tables
    followers = [{b for s in corpus.sentences for a, b in pairwise(s.split()) if a == word} for word in ("is", "make")]
    assert followers == [{"good", "bad"}] * 2
    assert distance(tables[-1], "is", "make") > 0.7 * distance(tables[0], "is", "make")
    assert closeness(tables[-1], "is", "make").endswith("0.99")
