"""Eight hundred sentences from the documentation of four libraries: which library does a sentence come from?

They are the first sentences of docstrings, written by the people who wrote the code, and they are read from the
libraries where pip has installed them: torch, matplotlib, and two that torch itself needs, networkx (graphs) and
sympy (algebra). They are read as text; nothing is imported. The versions are fixed in ``constraints.txt``, so that
everybody reads the same sentences; with other versions there are others.

A sentence is taken if it has 5 to 14 words of letters only, so that splitting at spaces is all that has to be done, and
if it does not name its library. Of those, every library gives 200, evenly spread over the alphabet.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

__all__ = ["LIBRARIES", "Labelled", "held_out", "labelled", "training"]

LIBRARIES = ("torch", "matplotlib", "networkx", "sympy")
EACH = 200
# where to read: all of them together have more than is needed
PARTS = {
    "torch": ("nn", "optim", "distributions", "utils/data", "autograd"),
    "matplotlib": (
        "axes",
        "axis.py",
        "artist.py",
        "backend_bases.py",
        "collections.py",
        "colors.py",
        "figure.py",
        "lines.py",
        "patches.py",
        "text.py",
        "ticker.py",
        "transforms.py",
        "widgets.py",
    ),
    "networkx": ("algorithms", "generators", "classes"),
    "sympy": ("core", "combinatorics", "functions", "geometry", "matrices", "sets", "stats"),
}
WORDS = re.compile(r"[A-Z][a-z]*( [A-Za-z]+(-[a-z]+)*,?){4,13}\.")


class Labelled(NamedTuple):
    """A sentence in lower case, without its full stop and its commas, and the index of its library in `LIBRARIES`."""

    text: str
    library: int


@cache
def labelled() -> tuple[Labelled, ...]:
    """Return the 800 sentences: library after library, each in the order of the alphabet."""
    found = {library: set(first_sentences(library)) for library in LIBRARIES}
    return tuple(
        Labelled(text.lower().replace(",", "").rstrip("."), number)
        for number, library in enumerate(LIBRARIES)
        for text in spread(sorted(found[library] - set().union(*(found[x] for x in LIBRARIES if x != library))), EACH)
    )


def training() -> list[Labelled]:
    """Return three of every four sentences, 600: what a classifier may see."""
    return [each for k, each in enumerate(labelled()) if k % 4 != 3]


def held_out() -> list[Labelled]:
    """Return every fourth sentence, 200: what it must not see before it is judged."""
    return list(labelled()[3::4])


def spread(sentences: list[str], n: int) -> list[str]:
    """Return `n` of the `sentences`, evenly spaced.

    Raises:
        ValueError: there are fewer.
    """
    if len(sentences) < n:
        raise ValueError(
            f"expected at least {n} sentences, got {len(sentences)}: is this the version of constraints.txt?"
        )
    return [sentences[k * len(sentences) // n] for k in range(n)]


def first_sentences(library: str) -> Iterator[str]:
    """Yield the first sentence of every public docstring of `library` that is a sentence of plain words."""
    home = Path(find_spec(library).submodule_search_locations[0])
    for part in PARTS[library]:
        for path in sorted((home / part).rglob("*.py")) or [home / part]:
            if "tests" in path.parts or path.name == "conftest.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                    text = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
                    text = re.match(r"[^.]*\.?", text)[0]
                    if WORDS.fullmatch(text) and library not in text.lower():
                        yield text
