"""One execution of each chapter, shared by the tests that compare with it."""

import pytest

from notebooks import execute, normalise, read


@pytest.fixture(scope="session")
def fresh():
    """`fresh(path)` is the notebook executed anew and normalised; once, as long as the file stays the same."""

    done = {}

    def run(path):
        key = path.name, path.read_bytes()  # a copy of a chapter is the same chapter
        if key not in done:
            done[key] = normalise(execute(read(path), path.parent, path.name))
        return done[key]

    return run
