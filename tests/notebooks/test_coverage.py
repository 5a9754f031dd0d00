"""What the book promises to show, it shows: coverage.toml names the cells, and they are there."""

import re
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


QUESTIONS = [entry for entry in SHOWN if re.fullmatch(r"Q\d+", entry["key"])]


def sections(chapter: Chapter, name: str) -> set[str]:
    """The anchors of the headings under which a cell stands, the nearest of each level."""
    above: dict[int, str] = {}
    for cell in chapter.nb.cells:
        if cell.cell_type == "markdown":
            for level, heading in re.findall(r"^(#{2,3}) (.+)$", cell.source, re.MULTILINE):
                above = {depth: anchor for depth, anchor in above.items() if depth < len(level)}
                above[len(level)] = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        if cell.id == name:
            return set(above.values())
    raise AssertionError(f"{chapter.path.name} has no cell `{name}`")


@pytest.mark.parametrize("key", sorted({entry["key"] for entry in QUESTIONS}, key=lambda key: int(key[1:])))
def test_the_first_page_asks_each_question_and_links_to_its_answer(key):
    page = (ROOT / "index.md").read_text(encoding="utf-8")
    links = set(re.findall(r"\]\(chapters/(\w+\.ipynb)#([\w-]+)\)", page))
    entries = [entry for entry in QUESTIONS if entry["key"] == key]
    answers = {
        (entry["file"], anchor)
        for entry in entries
        for anchor in sections(Chapter.stored(ROOT / "chapters" / entry["file"]), entry["cell"])
    }
    assert links & answers, f"no link of index.md leads to one of {sorted(answers)}"
