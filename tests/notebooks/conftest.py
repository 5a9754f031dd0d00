"""One execution of each chapter, shared by the tests that compare with it."""

import functools

import pytest

from notebooks import execute, normalise, read


@pytest.fixture(scope="session")
def fresh():
    """`fresh(path)` is the chapter executed anew and normalised; executed once."""

    @functools.cache
    def run(path):
        return normalise(execute(read(path), path.parent, path.name))

    return run
