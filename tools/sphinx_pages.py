"""What the book's pages change in MyST-NB's cells and in the theme (the frame is in ``assets/templates``).

- A folded cell is a plain ``<details>`` whose summary says what it holds; so is a section "Fine print".
- Every page describes itself in its head by its first paragraph.
- A page loads what it uses: not MyST-NB's style, which ``site.css`` replaces, nor, but for the search page,
  the script that marks found words (it would write into the figures, and it adds a ``javascript:`` link).
- The dark code colours are set here: Jupyter Book passes on no ``pygments_dark_style``.
"""

from html import escape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

__all__ = ["FoldFinePrint", "NameFolds", "description"]

DARK_STYLE = "a11y-high-contrast-dark"
FINE_PRINT = "Fine print"
SUMMARIES = {  # the first of these tags that a cell has
    "solution": "A solution",
    "hide-cell": "This cell",
    "hide-output": "What it prints",
    "hide-input": "The code",
}


class fold(nodes.container):
    """A part of a page that the reader opens: ``<details>``, with the attribute ``summary``."""


class NameFolds(SphinxTransform):
    """Say on each folded cell what it holds."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for cell in self.document.findall(nodes.container):
            if "hide_mode" in cell:
                tags = cell["cell_metadata"]["tags"]
                cell["prompt_show"] = next(text for tag, text in SUMMARIES.items() if tag in tags)


class FoldFinePrint(SphinxTransform):
    """Fold what stands under the heading "Fine print"; the heading itself stays in sight."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for section in list(self.document.findall(nodes.section)):
            title, *content = section.children
            if title.astext() == FINE_PRINT:
                section.children = [title]
                section += fold("", *content, summary="All cases, each with the cell that shows it")


def visit_cell(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    classes = " ".join(["fold", *node["classes"]])
    translator.body.append(f'<details class="{classes}"><summary>{escape(node["prompt_show"])}</summary>\n')


def visit_fold(translator: HTML5Translator, node: fold) -> None:
    translator.body.append(f'<details class="fold"><summary>{escape(node["summary"])}</summary>\n')


def depart_details(translator: HTML5Translator, node: nodes.Element) -> None:
    translator.body.append("</details>\n")


def description(doctree: nodes.document, length: int = 160) -> str:
    """Return the first paragraph of `doctree`, cut at a word; nothing if there is none."""
    paragraph = doctree.next_node(nodes.paragraph)
    text = " ".join(paragraph.astext().split()) if paragraph else ""
    return text if len(text) <= length else text[:length].rpartition(" ")[0] + " …"


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    text = (doctree and description(doctree)) or f"{context.get('title', page)}: {app.config.html_title}"
    context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{escape(text)}">'


def lighten(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    unused = ["mystnb."] if page == "search" else ["mystnb.", "sphinx_highlight"]
    for kind in ("css_files", "script_files"):  # new lists: the old ones are those of every page
        context[kind] = [file for file in context[kind] if not any(name in file.filename for name in unused)]


def set_dark_style(app: Sphinx) -> None:
    if app.builder.format == "html":
        app.config.pygments_dark_style = DARK_STYLE


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(NameFolds)
    app.add_transform(FoldFinePrint)
    app.add_node(fold, html=(visit_fold, depart_details))
    app.add_node(HideCodeCellNode, override=True, html=(visit_cell, depart_details))
    app.connect("builder-inited", set_dark_style, priority=100)  # before Furo reads it
    app.connect("html-page-context", describe)
    app.connect("html-page-context", lighten, priority=900)  # after everybody has added theirs
    return {"parallel_read_safe": True, "parallel_write_safe": True}
