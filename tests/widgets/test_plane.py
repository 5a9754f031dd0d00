"""The second figure of chapter 4, Python side: its points are the tables', its distances true, its state guarded."""

import json
import re
from html import unescape

import pytest
import torch

from classroom import corpus, training
from hands import refused
from widgets import Plane
from widgets.plane import apart, trail

PAIRS = [("cat", "dog"), ("good", "bad"), ("like", "hate"), ("soup", "tea"), ("door", "water")]
STEPS = training.SHOWN


@pytest.fixture(scope="module")
def runs():
    guess, judge = training.next_word(corpus.rows()), training.praise(corpus.rows())
    return {"guess the next word": guess.tables[STEPS], "tell praise from complaint": judge.tables[STEPS]}


@pytest.fixture
def figure(runs):
    return lambda **traits: Plane(runs, STEPS, corpus.words, PAIRS, **traits)


def small(words=("a", "b"), **traits):
    tables = torch.tensor([[[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.01]]])
    return Plane({"meet": tables}, [0, 7], list(words), [tuple(words[:2])], **traits)


def test_the_table_that_is_shown_is_the_trainings(figure, runs):
    for loss, tables in enumerate(runs.values()):
        for frame in (0, 3, len(STEPS) - 1):
            assert torch.equal(figure(loss=loss, frame=frame).table, tables[frame])


def test_what_the_page_gets_adds_up_to_every_frame(figure, runs):
    data = json.loads(unescape(re.search(r'data-runs="([^"]*)"', figure().to_html())[1]))
    for packed, tables in zip(data["runs"], runs.values(), strict=True):
        now = torch.tensor(data["first"])
        for frame, added in enumerate(packed["added"], start=1):
            now[packed["moving"]] += torch.tensor(added).reshape(-1, 2)
            assert torch.equal(now, torch.round(tables[frame] * 100).long())


def test_distances_are_those_of_the_tables(figure, runs):
    for loss, tables in enumerate(runs.values()):
        shown = figure(loss=loss)
        for k, pair in enumerate(PAIRS):
            expected = [f"{training.distance(tables[frame], *pair):.2f}" for frame in (0, -1)]
            assert list(shown.distances(k)) == expected


def test_the_first_state_shows_the_point(figure):
    shown = figure()
    assert shown.step == STEPS[-1]
    assert shown.status() == (
        "After 300 steps of training to guess the next word: cat and dog are 0.00 apart, 2.11 at the start; "
        "good and bad are 0.04 apart, 1.08 at the start."
    )
    trails = re.findall(r'<polyline points="([^"]+)"', shown.to_html())
    assert [len(points.split()) for points in trails] == [len(STEPS)] * 4
    assert len(shown.to_html()) < 25_000


def test_the_answers_to_the_tasks_are_true(figure):
    door = [figure(loss=loss).distances(4) for loss in (0, 1)]
    assert [start for start, _ in door] == [now for _, now in door]
    near = [[step for k, step in enumerate(STEPS) if float(figure(frame=k).distances(p)[1]) < 0.1] for p in range(3)]
    assert [steps[0] for steps in near] == [90, 200, 80]
    assert min(training.distance(figure(frame=k).table, "is", "make") for k in range(len(STEPS))) > 0.1
    assert [float(figure(loss=loss).distances(1)[1]) for loss in (0, 1)] == [0.04, 10.68]


def test_a_state_can_watch_nothing_and_write_all_words(figure):
    shown = figure(watched=[], all=True, frame=0)
    assert shown.status() == "Before the first step: choose a pair to watch."
    assert "data-all" in shown.to_html()
    assert not re.search(r'<polyline points="[^"]', shown.to_html())


def test_apart_and_trail_are_in_units_of_the_table_and_of_the_picture():
    assert apart([0, 0], [300, -400]) == 5
    assert trail([[[0, 0], [1, 1]], [[0, 0], [-1, 2]]], row=1, last=1) == "0.5,-0.5 -0.5,-1.0"
    assert small().distances(0) == ("5.00", "0.01")


@pytest.mark.parametrize(
    ("name", "value"),
    [("loss", 1), ("frame", 2), ("frame", -1), ("watched", [1]), ("watched", [-1]), ("all", "yes"), ("loss", None)],
)
def test_a_trait_that_does_not_fit_is_refused(name, value):
    refused(small(), name, value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": {}}, "1 run or more"),
        ({"runs": {"r": torch.zeros(2, 2, 3)}}, r"must be \(2, 2, 2\): got \(2, 2, 3\)"),
        ({"runs": {"r": [[0.0]]}}, "got list"),
        ({"runs": {"r": torch.full((2, 2, 2), float("inf"))}}, "finite numbers"),
        ({"runs": {"r": torch.full((2, 2, 2), 1e6)}}, "finite numbers"),
        ({"pairs": [("a", "z")]}, "got 'z'"),
        ({"words": ["w"] * 65, "runs": {"r": torch.zeros(2, 65, 2)}}, "1 to 64 words"),
        ({"steps": [], "runs": {"r": torch.zeros(0, 2, 2)}}, "1 to 60 steps"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes, message):
    given = {"runs": {"r": torch.zeros(2, 2, 2)}, "steps": [0, 1], "words": ["a", "b"], "pairs": [("a", "b")]}
    if "words" in changes:
        given["pairs"] = []
    with pytest.raises(ValueError, match=message):
        Plane(**(given | changes))


def test_its_states_have_the_names_that_the_chapter_links_to(figure):
    assert set(figure().shows()) == {"start", "next-word", "praise"}
