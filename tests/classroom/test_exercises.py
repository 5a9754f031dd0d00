"""Every exercise of the book: right answers in different forms, wrong ones by their hint, rubbish."""

import contextlib
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType

import pytest
import torch
from torch import nn

from answers import vocabulary
from chapter_rules import tags
from classroom import checkers, corpus
from classroom.check import checkers as registered
from classroom.check import verdict
from classroom.checkers import vocabulary as texts
from notebooks import chapters, read
from reference import Vocabulary, tokenize

STEMS = sorted(path.stem for path in Path(checkers.__file__).parent.glob("[a-z]*.py"))
ANSWERS = {stem: import_module(f"answers.{stem}") for stem in STEMS}
RIGHT = {name: answers for module in ANSWERS.values() for name, answers in module.RIGHT.items()}
WRONG = {name: answers for module in ANSWERS.values() for name, answers in module.WRONG.items()}
PREDICTIONS = {name for name, answers in RIGHT.items() if not callable(answers[0])}

TIMER = import_module("classroom.check")  # the module: `classroom.check` is its function

ONE_DTYPE = {"word_counts": "torch.int64"}  # all others compare numbers
ONE_DTYPE |= dict.fromkeys(["pads_first", "baskets_layer"], "indices are int64 or int32")
LEFT_ALONE = {"grow": "the list that was handed over has changed", "mean_norm": "the table is not what it was"}
LEFT_ALONE |= dict.fromkeys(["rows_of", "flat_lookup", "features", "paint"], "your function has changed")
NO_FORM = re.compile(r"your function raised|\b(return|write|must be)\b.*, not ")

RUBBISH = [0, "text", [], {}, [[]], [None] * 5, [...] * 5, object(), float("nan"), torch.zeros(()), print, lambda: 1]
RUBBISH += [[None] * 3, [...] * 3, [float("nan")] * 5]
RUBBISH += [lambda *args: "text", lambda *args: [], lambda *args: [None] * 7, lambda *args: nn.Linear(1, 1)]
RUBBISH += [lambda *args: torch.zeros(()), lambda *args: torch.zeros(4, 2, dtype=torch.bool)]


class Endless(list):
    """A list that never says how long it is."""

    def __len__(self):
        return endless()


class Broken(list):
    """A list that cannot say how long it is."""

    def __len__(self):
        return broken()


def endless(*args):
    while True:
        pass


def broken(*args):
    raise ValueError("a mistake in it")


def test_every_checker_is_given_answers():
    assert set(registered()) == set(RIGHT)


@pytest.mark.parametrize("stem", STEMS)
def test_each_chapter_has_four_exercises_with_answers_of_both_kinds(stem):
    assert len(ANSWERS[stem].RIGHT) >= 4
    assert ANSWERS[stem].RIGHT.keys() == ANSWERS[stem].WRONG.keys()


@pytest.mark.parametrize("name", RIGHT)
def test_two_right_answers_are_written_with_different_words(name):
    assert len({words_of(answer) for answer in RIGHT[name]}) >= 2


@pytest.mark.parametrize("name", RIGHT)
def test_three_typical_mistakes_get_three_hints(name):
    typical = [(answer, hint) for answer, hint in WRONG[name] if has_the_form(name, answer)]
    assert len({hint for _, hint in typical}) >= 3
    assert len({verdict(name, answer)[1] for answer, _ in typical}) >= 3


def words_of(answer):
    """What an answer is written with: a function calls and reads these names, a value looks like this."""
    if not callable(answer):
        return repr(answer)
    return names_in(getattr(answer, "__code__", None) or type(answer).__call__.__code__)


def names_in(code):
    inner = [names_in(const) for const in code.co_consts if isinstance(const, CodeType)]
    return frozenset(code.co_names).union(*inner)


def has_the_form(name, answer):
    """Is it a mistake in the matter, and not in the type, the length, or one that raises?"""
    if name in PREDICTIONS:
        return isinstance(answer, list | tuple) and len(answer) == len(RIGHT[name][0])
    return not NO_FORM.search(verdict(name, answer)[1])


@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name in RIGHT for answer in RIGHT[name]])
def test_a_right_answer_passes_in_every_form(name, answer):
    mark, text = verdict(name, answer)
    assert mark == "✓", text
    assert text.endswith("checks passed")


@pytest.mark.parametrize(("name", "answer", "hint"), [(name, *wrong) for name in WRONG for wrong in WRONG[name]])
def test_a_typical_mistake_gets_its_own_hint(name, answer, hint):
    mark, text = verdict(name, answer)
    assert mark == "✗"
    assert hint in text
    others = [other for _, other in WRONG[name] if other != hint]
    assert not any(other in text for other in others)


TOLD = [r"(?P<a>.+), yours(?: is)? (?P<b>.+)", r"(?P<a>.+) is right, not (?P<b>.+)", r"(?P<a>.+), not (?P<b>.+)"]
TOLD = [re.compile(told) for told in [*TOLD, r"(?P<a>.+), got (?P<b>.+)"]]


@pytest.mark.parametrize(("name", "answer"), [(name, wrong[0]) for name in WRONG for wrong in WRONG[name]])
def test_a_hint_that_shows_two_sides_shows_a_difference(name, answer):
    text = verdict(name, answer)[1]
    for told in TOLD:
        if found := told.search(text):
            assert not found["a"].endswith(found["b"].rstrip(")")), text


def in_tensors(answer):
    """An answer to predict with a tensor in the place of every number."""
    if isinstance(answer, list | tuple):
        return type(answer)(map(in_tensors, answer)) if type(answer) in (list, tuple) else answer
    return torch.tensor(answer) if isinstance(answer, int | float) else answer


@pytest.mark.parametrize(
    ("name", "answer"),
    [(name, answer) for name in sorted(PREDICTIONS) for answer in [*RIGHT[name], *(wrong[0] for wrong in WRONG[name])]],
)
def test_numbers_that_pytorch_gives_are_numbers(name, answer):
    assert verdict(name, in_tensors(answer)) == verdict(name, answer)
    with contextlib.suppress(ValueError, TypeError, RuntimeError):  # not every answer has the form of one tensor
        assert verdict(name, torch.as_tensor(answer))[0] == verdict(name, answer)[0]


FUNCTIONS = [name for name in RIGHT if name not in PREDICTIONS]
CALLED = [(name, answer, "") for name in FUNCTIONS for answer in RIGHT[name]]
CALLED += [(name, *wrong) for name in FUNCTIONS for wrong in WRONG[name]]


@pytest.mark.parametrize(("name", "answer", "hint"), [each for each in CALLED if each[0] != "scores"])
def test_what_becomes_of_the_arguments_afterwards_does_not_count(name, answer, hint):
    """Unless the task says that they stay. In `scores` the backward reads the indices once more."""

    def wrecks(*args):
        given = copied(answer(*args))
        for arg in args:
            wreck(arg)
        return given

    text = verdict(name, wrecks)[1]
    assert text == verdict(name, answer)[1] or LEFT_ALONE.get(name, "\n") in text


def copied(given):
    if isinstance(given, tuple | list):
        return type(given)(map(copied, given)) if type(given) in (tuple, list) else given
    return given.clone() if isinstance(given, torch.Tensor) and given.layout == torch.strided else given


def wreck(arg):
    if isinstance(arg, torch.Tensor) and not arg.requires_grad:
        arg.zero_()
    elif isinstance(arg, list | dict):
        arg.clear()


@pytest.mark.parametrize(("name", "answer", "hint"), CALLED)
def test_numbers_of_another_dtype_are_compared(name, answer, hint):
    def wider(*args):
        return widened(answer(*args))

    text = verdict(name, wider)[1]
    assert "cannot be compared" not in text
    assert text == verdict(name, answer)[1] or (hint and hint in text) or ONE_DTYPE.get(name, "\n") in text


def widened(given):
    if type(given) is tuple:  # of several tensors the one that holds rows or indices stays
        return tuple(widened(part) if getattr(part, "dtype", None) == torch.float32 else part for part in given)
    if not isinstance(given, torch.Tensor) or given.layout != torch.strided:
        return given
    return given.double() if given.is_floating_point() else given.int() if given.dtype == torch.long else given


@pytest.mark.parametrize("name", RIGHT)
def test_a_stub_is_not_attempted(name):
    assert verdict(name, ...)[0] == "○"
    if name not in PREDICTIONS:
        assert verdict(name, lambda *args: ...)[0] == "○"


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_gets_a_hint_and_no_error(name, rubbish):
    mark, text = verdict(name, rubbish)
    assert mark in "✗○"
    assert text


@pytest.mark.parametrize("name", RIGHT)
def test_an_answer_that_never_ends_is_stopped(name, monkeypatch):
    monkeypatch.setattr(TIMER, "TIME_LIMIT", 0.1)
    answer = Endless() if name in PREDICTIONS else endless
    assert verdict(name, answer) == ("✗", "stopped after 0.1 seconds; does a loop never end?")


@pytest.mark.parametrize("name", RIGHT)
def test_what_an_answer_raises_is_told(name):
    mark, text = verdict(name, Broken() if name in PREDICTIONS else broken)
    assert mark == "✗"
    assert "ValueError: a mistake in it" in text


@pytest.mark.parametrize("name", RIGHT)
def test_no_hint_holds_a_line_of_the_solution(name):
    lines = [line for line in solution_lines(name) if len(line) > 12 and line not in told_before()]
    for answer, _ in WRONG[name]:
        text = verdict(name, answer)[1]
        assert not [line for line in lines if line in text], text


@pytest.mark.parametrize("name", sorted(PREDICTIONS))
def test_no_hint_holds_an_answer_to_predict(name):
    right = RIGHT[name][0]
    clues = [part for part in right if isinstance(part, str | tuple | list) and len(part) > 1]
    for answer, _ in WRONG[name]:
        text = verdict(name, answer)[1]
        assert str(right) not in text
        assert not [clue for clue in clues if str(clue) in text and str(clue) not in str(answer)], text


@cache
def cells():
    return [cell for path in chapters() for cell in read(path).cells]


@cache
def told_before():
    """All that the chapters say outside of their solutions."""
    return "\n".join(cell.source for cell in cells() if "solution" not in tags(cell))


def solution_lines(name):
    """The lines in the solution's function, without indentation and comments."""
    (source,) = (cell.source for cell in cells() if "solution" in tags(cell) and f'check("{name}"' in cell.source)
    body = source.partition("check(")[0].splitlines()[1:]
    return [line.partition("  #")[0].strip().removeprefix("return ") for line in body]


def test_the_texts_to_predict_come_back_as_the_checker_says():
    small = Vocabulary.from_tokens(tokenize(corpus.sentences), ["<pad>", "<unk>"], min_frequency=2)
    back = [" ".join(small.decode(small.encode(tokens))) for tokens in tokenize(texts.TEXTS)]
    assert back == texts.BACK == vocabulary.BACK


@pytest.mark.parametrize("name", vocabulary.RIGHT)
def test_no_hint_gives_the_solution_away(name):
    for answer, _ in WRONG[name]:
        text = verdict(name, answer)[1]
        assert not any(clue in text for clue in ("fromkeys", ".sum(", "<unk> cat sits", "the <unk> sees the <unk>"))
