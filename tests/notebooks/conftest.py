"""One execution of each chapter, shared by the tests that compare with it."""

import io
import zipfile

import pytest

from notebooks import ROOT, execute, normalise, read
from sphinx_downloads import packed


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """`fresh(path)` is a notebook executed anew and normalised, once.

    A chapter is executed where a reader who has downloaded it would: in the unpacked zip, nothing else beside it.
    """
    done = {}

    def run(path):
        key = path.name, path.read_bytes()  # a copy of a chapter is the same chapter
        if key not in done:
            folder, chapter = path.parent, ROOT / "chapters" / path.name
            if chapter.is_file() and chapter.read_bytes() == path.read_bytes():
                folder = tmp_path_factory.mktemp("heruntergeladen für später")
                zipfile.ZipFile(io.BytesIO(packed(chapter))).extractall(folder)
                (folder,) = folder.glob("*/chapters")
            done[key] = normalise(execute(read(path), folder, path.name))
        return done[key]

    return run
