"""Look at an exercise and say one line about it.

``check("name", answer)`` prints exactly one of

* ``○ name: …`` not attempted yet: the answer is ``...`` or ``None``, or the function returns that or
  raises ``NotImplementedError`` without a message;
* ``✗ name: …`` not right, with a hint;
* ``✓ name: …`` right.

It returns ``None`` and never raises, whatever the answer does, so that a notebook runs to its end. An
answer that does not come back is stopped after ``TIME_LIMIT`` seconds. The limit needs a signal: it is
there on Linux and macOS in the main thread, where a notebook's cells run, and not on Windows; nor can
it interrupt a single call that stays inside PyTorch, or code that catches ``BaseException`` for ever.

A checker lives in ``classroom/checkers/<stem>.py``. It is a generator that takes the answer and yields
pairs: is this right, and the hint if it is not. The first wrong one ends it. What is right it works out
before the answer runs, and it hands over copies: an answer may write into what it is given.
"""

import contextlib
import difflib
import importlib
import pkgutil
import signal
import threading
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import torch

__all__ = [
    "OPTIMIZERS_LOAD",
    "TIME_LIMIT",
    "NotAttemptedError",
    "RaisedError",
    "alike",
    "apart",
    "brief",
    "check",
    "exercise",
    "plain",
    "points",
    "same",
    "sides",
]

TIME_LIMIT = 5.0
OPTIMIZERS_LOAD = "torch._dynamo"  # what the first optimizer of a process imports, for seconds

Checker = Callable[[Any], Iterator[tuple[bool, str]]]
_checkers: dict[str, Checker] = {}
_loaded_first: dict[str, str] = {}


def check(name: str, answer: Any) -> None:
    """Print one line about `answer`, the reader's solution of the exercise `name`."""
    points(name, answer)


def points(name: str, answer: Any) -> int:
    """Do what `check` does and return 1 for a right answer, else 0: how a grading program asks."""
    mark, text = verdict(name, answer)
    print(mark, f"{name}: {text}")
    return int(mark == "✓")


def exercise(name: str, load_first: str = "") -> Callable[[Checker], Checker]:
    """Register a checker under the name that ``check`` is called with.

    Where an answer needs a module that takes long to import, `load_first` names it: it is imported before the
    clock starts.
    """

    def register(checker: Checker) -> Checker:
        if name in _checkers:
            raise ValueError(f"two checkers are called {name!r}")
        _checkers[name] = checker
        _loaded_first[name] = load_first
        return checker

    return register


def checkers() -> dict[str, Checker]:
    """Return all checkers by name; the modules that hold them are imported on the first call."""
    from . import checkers as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _checkers


def verdict(name: str, answer: Any) -> tuple[str, str]:
    """Return the mark, one of ``○ ✗ ✓``, and the sentence behind it."""
    if name not in checkers():
        near = difflib.get_close_matches(str(name), checkers(), n=1)
        return "✗", "no exercise has this name" + "".join(f"; did you mean {other!r}?" for other in near)
    try:
        if load_first := _loaded_first[name]:
            importlib.import_module(load_first)
        # an answer may draw random numbers: the notebook's own stream stays as it is
        with time_limit(TIME_LIMIT), torch.random.fork_rng(devices=[]):
            return look_at(_checkers[name], answer)
    except NotAttemptedError as reason:
        return "○", one_line(reason)
    except RaisedError as raised:
        return "✗", one_line(raised)
    except TimeUpError:
        return "✗", f"stopped after {TIME_LIMIT:g} seconds; does a loop never end?"
    except (Exception, SystemExit) as error:  # whatever the reader's objects do when they are looked at
        if not callable(answer) and isinstance(error, TypeError) and str(error).endswith("object is not callable"):
            return "✗", "hand over the function itself, without brackets and arguments, and not what it returned"
        return "✗", one_line(f"this answer cannot be compared ({describe(error)})")


def look_at(checker: Checker, answer: Any) -> tuple[str, str]:
    """Return mark and sentence: the first hint that applies, or the number of checks passed."""
    if answer is None or answer is ...:
        raise NotAttemptedError("not attempted yet")
    passed = 0
    for right, hint in checker(guarded(answer) if callable(answer) else plain(answer)):
        if not right:
            return "✗", one_line(hint)
        passed += 1
    return "✓", f"{passed} checks passed"


def guarded(function: Callable) -> Callable:
    """Return `function`; what it raises is reported with the arguments, and ``None`` is no attempt."""
    answered = False

    def call(*args: Any) -> Any:
        nonlocal answered
        shown = ", ".join(brief(arg) for arg in args)
        try:
            result = function(*args)
        except (Exception, SystemExit) as error:
            if isinstance(error, NotImplementedError) and not error.args:  # with a sentence it is PyTorch's refusal
                raise NotAttemptedError("not attempted yet") from None
            raise RaisedError(f"for {shown} your function raised {describe(error)}") from error
        if result is None or result is ...:
            if answered:
                raise RaisedError(f"for {shown} your function returned nothing")
            raise NotAttemptedError("not attempted yet (the function returns nothing)")
        answered = True
        return result

    return call


def plain(answer: Any) -> Any:
    """Return an answer with Python's numbers and lists in the place of tensors, also inside of lists and tuples.

    >>> plain([torch.tensor(0.2), (torch.tensor([3, 4]), 5)])
    [0.2, ([3, 4], 5)]
    """
    if type(answer) is list:
        return [plain(part) for part in answer]
    if type(answer) in (tuple, torch.Size):
        return tuple(plain(part) for part in answer)
    if isinstance(answer, torch.Tensor):
        return rounded(answer, 6)  # 0.2 in float32 has more digits, which nobody wrote
    return answer.tolist() if hasattr(answer, "tolist") else answer


def rounded(tensor: torch.Tensor, decimals: int) -> Any:
    """Return the numbers of a tensor, rounded if they are floating point numbers."""
    tensor = tensor.detach().to_dense()
    # adding 0.0 turns -0.0 into 0.0
    return (tensor.double().round(decimals=decimals) + 0.0 if tensor.is_floating_point() else tensor).tolist()


def same(received: Any, expected: Any) -> bool:
    """Are both the same thing: of one type and equal; tensors in shape, dtype and every number?"""
    if type(received) is not type(expected):
        return False
    if isinstance(expected, torch.Tensor):
        return received.dtype == expected.dtype and torch.equal(received, expected)
    return received == expected


def alike(received: torch.Tensor, expected: torch.Tensor, atol: float = 1e-5) -> bool:
    """Have both one shape and, up to `atol`, the same numbers, whatever their dtypes?"""
    if received.shape != expected.shape or received.is_complex():
        return False
    return torch.allclose(received.detach().to_dense().double(), expected.detach().to_dense().double(), atol=atol)


def sides(expected: Any, received: Any) -> str:
    """Return what should have come and what came, in one sentence."""
    right, wrong = apart(expected, received)
    return f"the loops give {right}, yours is {wrong}"


def apart(expected: Any, received: Any) -> tuple[str, str]:
    """Return both as `brief` does, in as many decimals as it takes to tell them apart.

    >>> apart(torch.tensor([0.5, 0.123]), torch.tensor([0.5, 0.12304]))
    ('[0.5, 0.123]', '[0.5, 0.12304]')
    """
    for decimals in range(3, 9):
        shown = [brief(value, decimals, 140) for value in (expected, received)]
        if shown[0] != shown[1]:
            return shown[0], shown[1]
    right, wrong = (getattr(value, "dtype", "another type") for value in (expected, received))
    return f"{shown[0]} as {right}", f"{shown[1]} as {wrong}"


def brief(value: Any, decimals: int = 3, longest: int = 60) -> str:
    """Return a value as one would write it; of a function its name, of a long tensor its shape.

    Floating point numbers of a tensor are rounded. Of anything else longer than 60 characters it is the start.
    """
    if isinstance(value, FunctionType):
        return value.__name__
    if isinstance(value, torch.Tensor):
        text = str(rounded(value, decimals)) if value.numel() <= 12 else ""
        return text if text and len(text) <= longest else f"a tensor of shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def describe(error: BaseException) -> str:
    """Return an error as the last line of a traceback shows it, without PyTorch's own C++ lines."""
    text = str(error).partition("Exception raised from")[0].strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def one_line(text: object) -> str:
    """Return `text` without line breaks, cut at 400 characters."""
    text = " ".join(str(text).split())
    return text if len(text) <= 400 else f"{text[:397]}..."


class NotAttemptedError(Exception):
    """The exercise still holds its stub."""


class RaisedError(Exception):
    """The reader's function raised, or returned nothing; the message says for which arguments."""


class TimeUpError(BaseException):
    """The time is up. Not an ``Exception``, so that ``except Exception`` in an answer cannot swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise ``TimeUpError`` in the block after `seconds`, where signals allow it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(signum: int, frame: Any) -> None:
        raise TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)  # and again: a bare `except:` may swallow the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
