"""The guide for teachers knows every chapter, and names figure states and commands that exist."""

import json
import re
import tomllib

import pytest

from notebooks import ROOT, chapters
from sphinx_teaching import ENTRIES, table
from sphinx_widgets import figures, states

WRITTEN = tomllib.loads(ENTRIES.read_text("utf-8"))
FIELDS = {"minutes", "needs", "gives", "stumble"}


def test_every_chapter_has_an_entry():
    assert {path.stem[3:] for path in chapters()} <= WRITTEN.keys()
    for stem, entry in WRITTEN.items():
        assert FIELDS <= entry.keys() <= FIELDS | {"state"}, stem
        assert entry["minutes"] in range(15, 91), stem


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_state_that_helps_is_one_of_the_chapters_figures(path):
    shown = [state for _, html in figures(json.loads(path.read_text("utf-8"))) for state in states(html)]
    assert WRITTEN[path.stem[3:]].get("state", shown[0]) in shown


def test_a_chapter_without_an_entry_is_an_error():
    assert len(table(WRITTEN, chapters())) == 2 + len(chapters())
    with pytest.raises(KeyError):
        table({}, chapters())


def test_the_guide_names_commands_and_files_that_exist():
    guide = (ROOT / "teaching.md").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"`make ([a-z-]+)`", guide):
        assert f"\n{command}: " in makefile
    for path in re.findall(r"`((?:assets|tests)/[\w./]+)`", guide):
        assert (ROOT / path).exists(), path
