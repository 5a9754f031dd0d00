"""What the book promises to show, it shows: coverage.toml names the cells, and they are there."""

import tomllib
from pathlib import Path

import pytest

from chapter_rules import Chapter, texts
from notebooks import ROOT, chapters

COVERAGE = tomllib.loads(Path(__file__).with_name("coverage.toml").read_text(encoding="utf-8"))
SHOWN = COVERAGE.get("shown", [])
ASSIGNED = COVERAGE["assigned"]
FIELDS = {"key", "file", "cell"}


def evidence(chapter: Chapter, name: str) -> str:
    """The source and the outputs of a cell; of a Markdown cell also those of the code cell that it introduces."""
    places = [place for place, cell in enumerate(chapter.nb.cells) if cell.id == name]
    assert places, f"{chapter.path.name} has no cell `{name}`"
    cells = chapter.nb.cells[places[0] : places[0] + 1]
    if cells[0].cell_type != "code":
        cells = chapter.nb.cells[places[0] : places[0] + 2]
        assert [cell.cell_type for cell in cells] == ["markdown", "code"], f"no code cell follows `{name}`"
    return "\n".join(text for cell in cells for text in [cell.source, *texts(cell)])


@pytest.mark.parametrize("entry", SHOWN, ids=lambda entry: f"{entry.get('key')}-{entry.get('cell')}")
def test_cell_shows_it(entry):
    assert set(entry) >= FIELDS
    assert set(entry) <= FIELDS | {"contains"}, "a misspelt field is never looked at"
    path = ROOT / "chapters" / entry["file"]
    assert path in chapters()
    assert entry.get("contains", "") in evidence(Chapter.stored(path), entry["cell"])


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_chapter_shows_what_is_assigned_to_it(path):
    shown = {entry["key"] for entry in SHOWN if entry["file"] == path.name}
    assert set(ASSIGNED[path.stem[3:]]) - shown == set()


def test_every_error_and_every_question_is_assigned_once():
    keys = [key for assigned in ASSIGNED.values() for key in assigned]
    assert sorted(key for key in keys if key[0] in "SQ") == sorted(
        [f"S{n}" for n in range(1, 33)] + [f"Q{n}" for n in range(1, 28)]  # S33 is spread over all
    )
    assert len(set(keys)) == len(keys)
