"""The directive ``chapters``: a table of the book's chapters for teachers, from ``assets/teaching.toml``.

Only chapters that have a notebook are in it; the test of the guide demands an entry for each of them.
"""

import json
import tomllib
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

__all__ = ["ENTRIES", "Chapters", "table"]

ROOT = Path(__file__).resolve().parents[1]
ENTRIES = ROOT / "assets" / "teaching.toml"


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


class Chapters(SphinxDirective):
    """Place the table."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(ENTRIES))
        notebooks = sorted((ROOT / "chapters").glob("*.ipynb"))
        rows = table(tomllib.loads(ENTRIES.read_text("utf-8")), notebooks)
        lines = ["~~~{table}", ":class: stack", "", *rows, "~~~"]
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, str(ENTRIES)), self.content_offset, holder)
        return holder.children


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("chapters", Chapters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
