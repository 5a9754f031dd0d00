"""``check``: one line, ○ ✗ or ✓, whatever it is given."""

import contextlib
import subprocess
import sys
import threading
import time
from array import array

import pytest
import torch

from classroom import check
from classroom.check import _checkers, alike, apart, brief, exercise, plain, points, same, sides, time_limit
from notebooks import ROOT


@pytest.fixture
def doubles():
    """An exercise of two checks, gone after the test."""

    @exercise("doubles")
    def doubles(answer):
        yield answer(2) == 4, "two doubled is four"
        yield answer(5) == 10, "five doubled is ten"

    yield
    del _checkers["doubles"]


def line(capsys, name, answer):
    """Return the one line that ``check`` prints."""
    assert check(name, answer) is None
    out, err = capsys.readouterr()
    assert err == ""
    assert out.endswith("\n")
    assert out.count("\n") == 1
    return out[:-1]


def test_a_right_answer_is_told_how_many_checks_it_passed(capsys, doubles):
    assert line(capsys, "doubles", lambda n: n + n) == "✓ doubles: 2 checks passed"


def test_a_wrong_answer_gets_the_first_hint_that_applies(capsys, doubles):
    assert line(capsys, "doubles", lambda n: n**2) == "✗ doubles: five doubled is ten"
    assert line(capsys, "doubles", lambda n: 0) == "✗ doubles: two doubled is four"


def not_implemented(n):
    raise NotImplementedError


@pytest.mark.parametrize(
    "stub", [..., None, lambda n: ..., lambda n: None, not_implemented], ids=["...", "None", "f ...", "f None", "raise"]
)
def test_a_stub_is_not_attempted(capsys, doubles, stub):
    assert line(capsys, "doubles", stub).startswith("○ doubles: not attempted yet")


def test_a_function_that_returns_nothing_is_told_so(capsys, doubles):
    assert line(capsys, "doubles", lambda n: None).endswith("(the function returns nothing)")
    answer = line(capsys, "doubles", lambda n: 4 if n == 2 else None)
    assert answer == "✗ doubles: for 5 your function returned nothing"


def test_an_error_in_the_answer_is_named_with_its_arguments(capsys, doubles):
    answer = line(capsys, "doubles", lambda n: n / 0)
    assert answer == "✗ doubles: for 2 your function raised ZeroDivisionError: division by zero"
    assert "takes 0 positional arguments" in line(capsys, "doubles", lambda: 4)


@pytest.mark.parametrize("returned", [4, [4], torch.tensor(4)])
def test_what_a_function_returned_is_no_function(capsys, doubles, returned):
    """Somebody wrote ``check("doubles", doubles(2))``."""
    said = "✗ doubles: hand over the function itself, without brackets and arguments, and not what it returned"
    assert line(capsys, "doubles", returned) == said


def test_of_an_error_pytorchs_own_lines_are_left_out(capsys, doubles):
    def answer(n):
        raise RuntimeError("Overflow\nException raised from unpack at python_numbers.h:25 (most recent call first):")

    assert line(capsys, "doubles", answer) == "✗ doubles: for 2 your function raised RuntimeError: Overflow"


def endless(n):
    while True:
        n += 1


def stubborn(n):
    while n:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def stopped_once(n):
    with contextlib.suppress(BaseException):
        endless(n)
    endless(n)


def endless_generator(n):
    while True:
        yield n


@pytest.mark.parametrize("answer", [endless, stubborn, stopped_once, lambda n: sum(endless_generator(n))])
def test_an_endless_loop_is_stopped(capsys, doubles, monkeypatch, answer):
    monkeypatch.setattr(sys.modules[check.__module__], "TIME_LIMIT", 0.2)
    assert line(capsys, "doubles", answer) == "✗ doubles: stopped after 0.2 seconds; does a loop never end?"


def test_a_module_that_takes_long_to_import_is_there_before_the_clock_starts(capsys, monkeypatch, tmp_path):
    (tmp_path / "takes_long.py").write_text("import time\n\ntime.sleep(0.4)\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys.modules[check.__module__], "TIME_LIMIT", 0.2)

    @exercise("imports", load_first="takes_long")
    def imports(answer):
        yield answer(), "imported"

    text = line(capsys, "imports", lambda: bool(__import__("takes_long")))
    del _checkers["imports"]
    assert text == "✓ imports: 1 checks passed"


def test_a_module_that_cannot_be_imported_is_a_hint_and_no_error(capsys):
    @exercise("lacks", load_first="no_such_module")
    def lacks(answer):
        yield True, ""

    text = line(capsys, "lacks", 1)
    del _checkers["lacks"]
    assert text.startswith("✗ lacks: ")


@pytest.mark.parametrize("name", ["freeze", "optimizers_for", "train_sgd"])
def test_the_first_optimizer_of_a_process_does_not_cost_the_reader_time(name):
    """In a fresh process: this one may have made an optimizer before."""
    code = f"""
import sys
from classroom import check

# instead of starting the clock, say whether the import is done
sys.modules["classroom.check"].time_limit = lambda seconds: sys.exit("torch._dynamo" in sys.modules)
check({name!r}, print)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "chapters", capture_output=True, text=True)
    assert "SystemExit: True" in run.stdout, run.stdout + run.stderr


def test_endless_recursion_is_an_error_like_any_other(capsys, doubles):
    def deeper(n):
        return deeper(n)

    assert "RecursionError" in line(capsys, "doubles", deeper)


def test_the_time_limit_leaves_no_alarm_behind():
    with time_limit(0.05):
        pass
    time.sleep(0.1)


def test_away_from_the_main_thread_there_is_no_time_limit_and_no_error(doubles, capsys):
    thread = threading.Thread(target=check, args=("doubles", lambda n: 2 * n))
    thread.start()
    thread.join()
    assert capsys.readouterr().out == "✓ doubles: 2 checks passed\n"


class Hostile:
    """An object that fails whatever is done with it."""

    def __eq__(self, other):
        raise ValueError("not comparable")

    __hash__ = None

    def __repr__(self):
        raise ValueError("no name")

    def __len__(self):
        raise ValueError("no length")


RUBBISH = [Hostile(), 3, "text", [], {}, object(), torch.zeros(2), int, lambda n: Hostile(), lambda n: torch.zeros(2)]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_is_answered(capsys, doubles, rubbish):
    assert line(capsys, "doubles", rubbish)[0] == "✗"


def test_an_answer_that_leaves_python_is_answered(capsys, doubles):
    assert "SystemExit" in line(capsys, "doubles", lambda n: exit())


def test_a_hint_stays_on_one_line_of_moderate_length(capsys):
    @exercise("long")
    def long(answer):
        yield False, "first\nsecond " + "very " * 200

    text = line(capsys, "long", 1)
    del _checkers["long"]
    assert text.startswith("✗ long: first second very")
    assert len(text) < 420


def test_an_unknown_name_is_answered_with_the_nearest_one(capsys, doubles):
    assert line(capsys, "double", 1) == "✗ double: no exercise has this name; did you mean 'doubles'?"
    assert line(capsys, "%%%", 1) == "✗ %%%: no exercise has this name"


def test_a_name_is_taken_once(doubles):
    with pytest.raises(ValueError, match="two checkers are called 'doubles'"):
        exercise("doubles")(print)


def test_the_notebooks_random_numbers_are_left_alone(capsys, doubles):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    line(capsys, "doubles", lambda n: torch.randint(9, ()).item())
    assert torch.equal(torch.rand(3), expected)


def test_the_same_means_type_shape_dtype_and_numbers():
    assert same(torch.tensor([1, 2]), torch.tensor([1, 2]))
    assert not same(torch.tensor([1.0, 2.0]), torch.tensor([1, 2]))
    assert not same(torch.tensor([[1, 2]]), torch.tensor([1, 2]))
    assert not same([1, 2], torch.tensor([1, 2]))
    assert not same(True, 1)
    assert same((1, 2), (1, 2))


def test_a_value_is_shown_as_one_would_write_it():
    assert brief(torch.tensor([[1, 2]])) == "[[1, 2]]"
    assert brief(torch.tensor([0.1, 1 / 3, -1e-9, 20.0])) == "[0.1, 0.333, 0.0, 20.0]"
    assert brief(torch.eye(2).to_sparse()) == "[[1.0, 0.0], [0.0, 1.0]]"
    assert brief(torch.zeros(30, 2)) == "a tensor of shape (30, 2)"
    assert brief("the cat") == "'the cat'"
    assert len(brief("a" * 1000)) == 60
    assert brief(line) == "line"  # and not where in memory it lies


def test_two_values_are_shown_so_that_they_can_be_told_apart():
    row = torch.tensor([0.5, -0.25, 1 / 3])
    assert apart(row, row + 0.25) == ("[0.5, -0.25, 0.333]", "[0.75, 0.0, 0.583]")
    assert apart(row, row + 1e-4) == ("[0.5, -0.25, 0.3333]", "[0.5001, -0.2499, 0.3334]")
    assert apart(row[:1], row[:1].double()) == ("[0.5] as torch.float32", "[0.5] as torch.float64")
    wide = row.repeat(4, 1)  # more than 60 characters, and still numbers on both sides
    assert all(text.startswith("[[0.") for text in apart(wide, wide / 3))
    assert sides(torch.tensor([1]), torch.tensor([2])) == "the loops give [1], yours is [2]"


def test_numbers_are_alike_in_every_dtype_and_layout():
    row = torch.tensor([0.5, 1.0])
    for other in (row, row.double(), row.half(), row.to_sparse(), row.clone().requires_grad_(), row + 1e-6):
        assert alike(other, row)
    for other in (row[:1], row[None], row + 1e-3, row.long(), row + 0j, row * torch.nan):
        assert not alike(other, row)


def test_a_plain_answer_holds_no_tensor():
    given = [torch.tensor(3), (torch.tensor([0.2, 4.0]), torch.Size([2, 3])), "text", array("d", [0.5])]
    assert plain(given) == [3, ([0.2, 4.0], (2, 3)), "text", [0.5]]
    assert type(plain(torch.tensor(True))) is bool
    assert plain(None) is None


@pytest.mark.parametrize(
    ("answer", "given"), [(lambda n: n + n, 1), (lambda n: n * n, 0), (lambda n: ..., 0), (..., 0)]
)
def test_a_grading_program_gets_points_and_the_same_line(capsys, doubles, answer, given):
    assert points("doubles", answer) == given
    said = capsys.readouterr().out
    assert said == line(capsys, "doubles", answer) + "\n"
