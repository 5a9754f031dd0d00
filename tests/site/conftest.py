"""A copy of the book in which a fault can be planted (`pages.plant`), so that each check is seen to see it."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import pages
from browser import serve


@pytest.fixture(scope="module")
def planted(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Where the copy lies, and its address over http; in it are more files than a page may load."""
    copy = tmp_path_factory.mktemp("planted") / "html"
    shutil.copytree(site, copy)
    (copy / "heavy.js").write_text(f"// {random.Random(0).randbytes(pages.LIMIT_BYTES).hex()}")
    for n in range(pages.LIMIT_REQUESTS):
        (copy / f"{n}.css").write_text("")
    with serve(copy) as base:
        yield copy, base
