"""What the book's pages change in MyST-NB's cells and in the theme (the frame is in ``assets/templates``).

- A code cell has the place ``#cell-id=ID``, as in JupyterLab, so that one link leads to it here and there.
- A folded cell is a plain ``<details>`` whose summary says what it holds.
- A table whose first heading is empty has row headings below it, and no empty one for a screen reader to announce.
- A table of the class ``stack`` carries, in each cell, the heading of its column: on a phone its rows become blocks.
  One of short rows gets the class ``short`` instead, and stays a table. Tables of three columns or more with long cells
  become blocks on a phone too, by the class ``blocks``, and are else like others.
- A table of four columns or more has the class ``broad``: it is as wide as a figure.
- A paragraph that begins with a bold *Predict.* has the class ``predict``.
- Every page describes itself in its head by its first paragraph, for those too who link to it elsewhere. With the
  site's address (``html_baseurl``, or ``BOOK_ADDRESS`` in the environment) they show a picture (``tools/card.py``).
- A page loads what it uses: not the styles of MyST-NB and of the copy buttons, which ``site.css`` replaces, nor that of
  extensions that Furo knows, nor, but for the search page, the script that marks found words (it would write into the
  figures, and it adds a ``javascript:`` link).
- The buttons that copy code wait until the page is laid out: made with its end, they would hold up a slow phone.
- Furo's style names the lists of a Python module's objects by what they are, so that a changed class costs little.
- Code is marked by ``code_marks``. The dark colours are set here: Jupyter Book passes on no ``pygments_dark_style``.
"""

import json
import os
import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import urljoin

import furo
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

from code_marks import DARK_STYLE, FewMarks

__all__ = [
    "BroadTables",
    "HeadRows",
    "LabelCells",
    "NameCells",
    "NameFolds",
    "Predictions",
    "description",
    "quick_style",
    "summary",
]

FURO = Path(furo.__file__).parent / "theme" / "furo" / "static"
STYLE = Path("styles", "furo.css")
OBJECTS = "dl[class]:not(.option-list):not(.field-list):not(.footnote):not(.glossary):not(.simple)"
CARD = Path(__file__).parents[1] / "assets" / "card.png"
UNUSED = ["mystnb.", "copybutton.css", "furo-extensions."]
LATE = {"clipboard.min.js", "copybutton.js"}  # site.js runs them
SHORT = 12  # letters of a cell that has room in a column on a phone
LINE = 40  # and of a row that has room on a line
SUMMARIES = {  # the first of these tags that a cell has decides
    "solution": "A solution",
    "hide-cell": "This cell",
    "hide-output": "What it prints",
    "hide-input": "The code",
}


def summary(tags: list[str], code: str) -> str:
    """Return what to say on a folded cell: a wholly hidden one may say it itself, in a comment on its first line.

    >>> summary(["hide-output"], "emb(x).shape")
    'What it prints'
    >>> summary(["hide-cell"], "# 3: what is saved\\nprint(list(table.state_dict()))")
    '3: what is saved'
    """
    first = code.partition("\n")[0]
    if "hide-cell" in tags and "solution" not in tags and first.startswith("# "):
        return first.removeprefix("# ")
    return next(text for tag, text in SUMMARIES.items() if tag in tags)


class NameCells(SphinxTransform):
    """Give each code cell the place that JupyterLab gives it; MyST warns of a link to a cell that is not there."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        cells = [node for node in self.document.findall(nodes.container) if "cell_index" in node]
        if not cells:
            return
        stored = json.loads(Path(self.env.doc2path(self.env.docname)).read_text("utf-8"))["cells"]
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", self.document.myst_slugs)
        for cell in cells:
            place = f"cell-id={stored[cell['cell_index']]['id']}"
            cell["ids"].append(place)
            slugs[place] = (cell.line, place, place)


class NameFolds(SphinxTransform):
    """Say on each folded cell what it holds."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for cell in self.document.findall(nodes.container):
            if "hide_mode" in cell:
                code = cell.next_node(nodes.literal_block)
                cell["prompt_show"] = summary(cell["cell_metadata"]["tags"], code.astext() if code else "")


class corner(nodes.entry):
    """The empty corner of a table with headings on two sides."""


class HeadRows(SphinxTransform):
    """Make the first column of a table with an empty first heading its row headings."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for group in self.document.findall(nodes.tgroup):
            head = group.next_node(nodes.thead)
            first = head.next_node(nodes.entry) if head else None
            if first is not None and not first.astext().strip():
                first.replace_self(corner())
                group.next_node(nodes.colspec)["stub"] = 1


def visit_corner(translator: HTML5Translator, node: corner) -> None:
    translator.body.append("<td></td>")
    node.parent.column += 1  # docutils counts the cells of a row
    raise nodes.SkipNode


class BroadTables(SphinxTransform):
    """Give a table of many columns the width of a figure."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for group in self.document.findall(nodes.tgroup):
            if group["cols"] >= 4:
                group.parent["classes"].append("broad")


class Predictions(SphinxTransform):
    """Mark each paragraph that asks for a prediction."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for strong in self.document.findall(nodes.strong):
            paragraph = strong.parent
            before = paragraph.astext().partition(strong.astext())[0]
            if strong.astext() == "Predict." and isinstance(paragraph.parent, nodes.section) and not before:
                paragraph["classes"].append("predict")


class labelled(nodes.entry):
    """A cell that knows the heading of its column."""


class LabelCells(SphinxTransform):
    """Give the cells of tables that a phone shows as blocks the headings of their columns, but for the first of a row.

    The second heading is left out where it begins with "what": such cells follow from the first.
    """

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        for table in self.document.findall(nodes.table):
            classes = table["classes"]
            heads = [head.astext() for head in table.next_node(nodes.thead).next_node(nodes.row)]
            rows = table.next_node(nodes.tbody).children
            longest = [max(len(row[k].astext()) for row in rows) for k in range(len(heads))]
            if "stack" in classes:
                if max(longest[1:]) <= SHORT and sum(map(max, longest, map(len, heads))) <= LINE:
                    classes[classes.index("stack")] = "short"
                    continue
            elif {"map", "short"} & set(classes) or len(heads) < 3 or max(longest) <= LINE:
                continue
            else:
                classes.append("blocks")
            for row in rows:
                for k, (cell, head) in list(enumerate(zip(row, heads, strict=True)))[1:]:
                    if cell.astext() and (k > 1 or not head.startswith("what")):
                        cell.replace_self(labelled("", *cell.children, label=head))


def visit_labelled(translator: HTML5Translator, node: labelled) -> None:
    translator.body.append(f'<td data-label="{escape(node["label"])}">')
    node.parent.column += 1


def depart_labelled(translator: HTML5Translator, node: labelled) -> None:
    translator.body.append("</td>\n")


def visit_cell(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    classes = " ".join(["fold", *node["classes"]])
    translator.body.append(f'<details class="{classes}"><summary>{escape(node["prompt_show"])}</summary>\n')


def depart_details(translator: HTML5Translator, node: nodes.Element) -> None:
    translator.body.append("</details>\n")


def description(doctree: nodes.document, length: int = 160) -> str:
    """Return the first paragraph of `doctree`, cut at a word; nothing if there is none."""
    paragraph = doctree.next_node(nodes.paragraph)
    text = " ".join(paragraph.astext().split()) if paragraph else ""
    return text if len(text) <= length else text[:length].rpartition(" ")[0] + " …"


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    title = unescape(re.sub("<.*?>", "", context.get("title", page)))
    text = (doctree and description(doctree)) or f"{title}: {app.config.html_title}"
    tags = [("name", "description", text), ("property", "og:title", title)]
    tags += [("property", "og:description", text), ("property", "og:type", "article")]
    if site := app.config.html_baseurl:
        here = urljoin(site, app.builder.get_target_uri(page))
        tags += [("property", "og:url", here), ("property", "og:image", urljoin(site, f"_static/{CARD.name}"))]
        tags += [("property", "og:image:alt", "The title beside a table of words and numbers, the row of a word lit")]
        tags += [("name", "twitter:card", "summary_large_image")]
    made = "".join(f'<meta {kind}="{name}" content="{escape(value)}">' for kind, name, value in tags)
    own = re.sub('<meta name="viewport"[^>]*>', "", context.get("metatags", ""))  # Furo has it too
    context["metatags"] = own + made


def lighten(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    unused = UNUSED if page == "search" else [*UNUSED, "sphinx_highlight"]
    for kind in ("css_files", "script_files"):  # new lists: the old ones are those of every page
        context[kind] = [file for file in context[kind] if not any(name in file.filename for name in unused)]
    late, now = [], []
    for file in context["script_files"]:
        (late if Path(file.filename).name in LATE else now).append(file)
    context.update(script_files=now, late_files=late)


def quick_style(css: str) -> str:
    """Return Furo's style with the class that Sphinx gives to lists of Python objects, for "any class but these".

    A rule ``dl[class] … dd > :first-child`` lets every change of any element's class, such as Furo's own while the
    page scrolls, restyle all that is inside the element: of a long page, a tenth of a second on a phone.

    >>> quick_style(OBJECTS + " dd{margin-left:2rem}")
    'dl.py dd{margin-left:2rem}'
    """
    if OBJECTS not in css:
        raise ValueError(f"{STYLE} of this version of Furo has no rule for {OBJECTS}: is it quick by itself?")
    return css.replace(OBJECTS, "dl.py")


def set_late(app: Sphinx) -> None:
    """Set what Jupyter Book's configuration cannot."""
    if app.builder.format == "html":
        own = Path(app.doctreedir, "static")
        (own / STYLE).parent.mkdir(parents=True, exist_ok=True)
        (own / STYLE).write_text(quick_style((FURO / STYLE).read_text("utf-8")), "utf-8")
        app.config.html_static_path.append(str(own))
        app.config.pygments_dark_style = DARK_STYLE
        app.config.html_baseurl = app.config.html_baseurl or os.environ.get("BOOK_ADDRESS", "")
        if app.config.html_baseurl:
            app.config.html_static_path.append(str(CARD))


def setup(app: Sphinx) -> dict[str, bool]:
    PygmentsBridge.html_formatter = FewMarks
    app.add_transform(NameCells)
    app.add_transform(NameFolds)
    app.add_transform(HeadRows)
    app.add_transform(BroadTables)
    app.add_transform(LabelCells)
    app.add_transform(Predictions)
    app.add_node(corner, html=(visit_corner, None))
    app.add_node(labelled, html=(visit_labelled, depart_labelled))
    app.add_node(HideCodeCellNode, override=True, html=(visit_cell, depart_details))
    app.connect("builder-inited", set_late, priority=100)  # before Furo reads it
    app.connect("html-page-context", describe)
    app.connect("html-page-context", lighten, priority=900)  # after everybody has added theirs
    return {"parallel_read_safe": True, "parallel_write_safe": True}
