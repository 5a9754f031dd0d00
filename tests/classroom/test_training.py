"""The two short trainings: what they start from, what they leave alone, and that they are the same every time."""

import pytest
import torch

from classroom import corpus, training
from classroom.training import distance, next_word, praise

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


def test_in_fifty_dimensions_the_loss_is_as_low_and_the_words_are_apart():
    torch.manual_seed(0)
    wide, flat = next_word(torch.randn(31, 50)), next_word(corpus.rows())
    assert wide.loss <= flat.loss < 1
    assert distance(wide.tables[-1], "cat", "dog") > 0.8 * distance(wide.tables[0], "cat", "dog")
