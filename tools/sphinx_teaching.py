"""Two tables for those who teach, and for those who are judged.

The directive ``chapters`` is a table of the book's chapters, from ``assets/teaching.toml``. Only chapters that have a
notebook are in it; the test of the guide demands an entry for each of them.

The directive ``points`` is a table of what a project's steps are worth, from ``projects/rubric.toml``, which pytest
reads as well: ``{points} embedding``, or of all projects without a name.
"""

import json
import tomllib
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

__all__ = ["ENTRIES", "RUBRIC", "Chapters", "Rubric", "rubric", "table"]

ROOT = Path(__file__).resolve().parents[1]
ENTRIES = ROOT / "assets" / "teaching.toml"
RUBRIC = ROOT / "projects" / "rubric.toml"


def table(entries: dict[str, dict], notebooks: list[Path]) -> list[str]:
    """Return the lines of a Markdown table with a row for each notebook."""
    rows = ["| chapter | minutes | needs | gives | where learners stumble |", "|---|---|---|---|---|"]
    for path in notebooks:
        entry = entries[path.stem[3:]]
        cells = json.loads(path.read_text("utf-8"))["cells"]
        title = "".join(cells[0]["source"]).split("\n")[0].lstrip("# ")
        figure = f" *Figure: {entry['state'].replace(':', ', ')}.*" if "state" in entry else ""
        chapter = f"{int(path.stem[:2])}. [{title}](chapters/{path.name})"
        stumble = entry["stumble"] + figure
        rows.append(f"| {chapter} | {entry['minutes']} | {entry['needs']} | {entry['gives']} | {stumble} |")
    return rows


def rubric(judged: dict, reader: dict[str, int], named: str = "") -> list[str]:
    """Return the lines of a Markdown table: points by tests, step by step, and points by a reader.

    >>> judged = {"a": {"title": "A", "steps": [{"name": "one", "points": 3}]}}
    >>> rubric(judged, {"clarity": 2}, "a")[2:]
    ['| step 1, one | the tests | 3 |', '| clarity | a reader | 2 |', '| in all | | 5 |']
    """
    rows = ["| what | judged by | points |", "|---|---|---|"]
    for name in [named] if named else judged:
        steps = judged[name]["steps"]
        before = "" if named else f"{judged[name]['title']}, "
        rows += [
            f"| {before}step {place}, {step['name']} | the tests | {step['points']} |"
            for place, step in enumerate(steps, start=1)
        ]
    rows += [f"| {what} | a reader | {points} |" for what, points in reader.items()]
    whole = sum(step["points"] for step in judged[named or next(iter(judged))]["steps"]) + sum(reader.values())
    return [*rows, f"| in all{'' if named else ', each project'} | | {whole} |"]


def placed(directive: SphinxDirective, source: Path, rows: list[str]) -> list[nodes.Node]:
    """Return `rows` as a table whose rows become blocks on a phone."""
    directive.env.note_dependency(str(source))
    lines = ["~~~{table}", ":class: stack", "", *rows, "~~~"]
    holder = nodes.container()
    directive.state.nested_parse(StringList(lines, str(source)), directive.content_offset, holder)
    return holder.children


class Chapters(SphinxDirective):
    """Place the table of the chapters."""

    def run(self) -> list[nodes.Node]:
        notebooks = sorted((ROOT / "chapters").glob("*.ipynb"))
        return placed(self, ENTRIES, table(tomllib.loads(ENTRIES.read_text("utf-8")), notebooks))


class Rubric(SphinxDirective):
    """Place the table of a project's points, or of all."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        judged = tomllib.loads(RUBRIC.read_text("utf-8"))
        reader = judged.pop("reader")
        return placed(self, RUBRIC, rubric(judged, reader, *self.arguments))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("chapters", Chapters)
    app.add_directive("points", Rubric)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
