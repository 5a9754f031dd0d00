"""Write reveal.js slides of the chapters: one cell a slide, its output and the reason as steps.

    python tools/slides.py [FOLDER]        default: _build/slides

Of the main path a slide shows: the title with its first paragraph; then for each cell with an output the heading if a
new section begins, the paragraph above the cell, the cell, and as steps its output and, after a prediction, the reason.
Quiz, exercises and fine print are left out. Tags overrule this: `slide` makes a slide of a whole text, `fragment` a
step of it, `skip` leaves a cell out. Formulas are MathML, figures are alive, and nothing is loaded from elsewhere.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path

from nbconvert.exporters import SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from link import link
from notebooks import ROOT, chapters, read
from sphinx_mathml import mathml
from sphinx_plots import book_palette, inline
from sphinx_widgets import FIGURE, MODULES

__all__ = ["deck", "html", "write"]

OURS = ROOT / "assets" / "templates" / "slides"
LONGEST = 14  # lines of an output that fit beside a cell
WHY = re.compile(r"\s*<details><summary>Why</summary>\s*(.*?)\s*</details>\s*", re.DOTALL)
ENDS = ("## Quiz", "## Exercises", "## Fine print")
STATE_LINK = re.compile(r"\[([^\]]+)\]\(#[^)]*\)")  # on a slide there is one figure and no text around it
INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Slides</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1"><h1>Slides</h1><ul>{}</ul></html>
"""


def deck(nb: NotebookNode) -> NotebookNode:
    """Return the slides of a chapter as a notebook whose cells say what they are to nbconvert."""
    return new_notebook(cells=list(_cells(nb)))


def _cells(nb: NotebookNode) -> Iterator[NotebookNode]:
    heading, lead = "", ""
    for index, cell in enumerate(nb.cells):
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type == "markdown" and cell.source.startswith(ENDS):
            return
        if tags & {"skip", "hide-cell", "remove-cell"}:
            continue
        if kind := tags & {"slide", "fragment"}:
            yield _as(kind.pop(), new_markdown_cell(cell.source) if cell.cell_type == "markdown" else cell)
        elif cell.cell_type == "markdown":
            why, source = WHY.search(cell.source), WHY.sub("\n\n", cell.source)
            paragraphs = [part.strip() for part in source.split("\n\n") if part.strip()]
            if index == 0:
                yield _as("slide", new_markdown_cell("\n\n".join(paragraphs[:2])))
                continue
            if why:
                yield _as("fragment", new_markdown_cell(why[1]))
            heading = next((part for part in reversed(paragraphs) if part.startswith("#")), "")
            lead = paragraphs[-1] if paragraphs and paragraphs[-1] != heading else ""
        elif any(output.output_type != "error" for output in cell.outputs):
            figure = any(FIGURE.search(str(output.get("data", ""))) for output in cell.outputs)
            above = heading if figure else f"{heading}\n\n{lead}"  # a figure needs the whole slide
            yield _as("slide", new_markdown_cell(STATE_LINK.sub(r"\1", above)))
            if not figure:
                yield _as("-", new_code_cell(cell.source))
            yield _as("-" if figure else "fragment", _output(cell))
            heading, lead = "", ""


def _as(kind: str, cell: NotebookNode) -> NotebookNode:
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def _output(cell: NotebookNode) -> NotebookNode:
    """Return a cell that shows the outputs of `cell` and not its source; long text is cut, a plot keeps its words."""
    hidden = {"transient": {"remove_source": True}}
    outputs = [deepcopy(output) for output in cell.outputs if output.output_type != "error"]
    for output in outputs:
        if output.output_type == "stream":
            lines = output.text.rstrip().split("\n")
            output.text = "\n".join(lines[:LONGEST] + ["…"] * (len(lines) > LONGEST))
        elif svg := output.get("data", {}).pop("image/svg+xml", None):  # nbconvert would drop the text alternative
            words = cell.metadata["mystnb"]["image"]["alt"]
            output.data["text/html"] = inline(svg, label=words, prefix=f"{cell.id}-", colours=book_palette())
    return new_code_cell("", metadata=hidden, outputs=outputs)


class _Renderer(IPythonRenderer):
    """Markdown as nbconvert writes it, with formulas as MathML."""

    def inline_math(self, body: str) -> str:
        return mathml(body, display=False)

    def block_math(self, body: str) -> str:
        return mathml(body, display=True)


class _Slides(SlidesExporter):
    def default_filters(self) -> Iterator[tuple]:
        yield from super().default_filters()
        yield "markdown2html", lambda source: MarkdownWithMath(_Renderer(escape=False)).render(source)


def html(nb: NotebookNode, title: str) -> str:
    """Return the page with the slides of a chapter."""
    slides = deck(nb)
    outputs = [output for cell in slides.cells for output in cell.get("outputs", [])]
    kinds = sorted({found[1] for output in outputs if (found := FIGURE.search(str(output.get("data", ""))))})
    styles = [kind for kind in kinds if (MODULES / f"{kind}.css").is_file()]
    exporter = _Slides(template_name="slides", extra_template_basedirs=[str(OURS.parent)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    return exporter.from_notebook_node(slides, resources={"title": title, "figures": kinds, "styles": styles})[0]


def write(folder: Path, paths: Sequence[Path] | None = None) -> Iterator[Path]:
    """Write the slides and all that they load into the new folder `folder`, and give the path of each page."""
    revealed = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    (folder / "reveal").mkdir(parents=True)
    for file in ("dist/reveal.js", "dist/reveal.css", "LICENSE"):
        shutil.copy(revealed / file, folder / "reveal")
    for file in (OURS / "slides.css", OURS / "slides.js", *MODULES.glob("*.css")):
        own = file.parent == MODULES and file.name != "widgets.css"
        shutil.copyfile(file, folder / (f"figure-{file.name}" if own else file.name))
    for front_end in MODULES.glob("*.js"):
        script = link(front_end, "classic", start=MODULES / "core" / "page.js")
        (folder / f"figure-{front_end.name}").write_text(script, encoding="utf-8")
    entries = []
    for path in paths or chapters():
        nb = read(path)
        title = nb.cells[0].source.split("\n")[0].lstrip("# ")
        page = folder / f"{path.stem}.html"
        page.write_text(html(nb, title), encoding="utf-8")
        entries.append(f'<li><a href="{page.name}">{title}</a></li>')
        yield page
    (folder / "index.html").write_text(INDEX.format("".join(entries)), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    folder = Path(arguments[0]) if arguments else ROOT / "_build" / "slides"
    shutil.rmtree(folder, ignore_errors=True)
    for page in write(folder):
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
