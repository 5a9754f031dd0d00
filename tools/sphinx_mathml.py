"""Formulas as MathML, written by the build: no script, no CDN; they print, and a screen reader reads them.

Each formula goes through ``math-core``. A command that it does not know is a warning at the formula's place,
so that a build with ``-W`` fails on it. After the build the math font is cut to the characters of the built
pages and put, as text, into a style of its own, which a page with a formula loads. As a file it would come too
late for the first paint or, preloaded, be refused with an error on every page that is opened from disk.
"""

import re
from base64 import b64encode
from html import escape, unescape
from pathlib import Path

import math_core
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

import math_font

__all__ = ["characters", "mathml"]

STYLE = "math.css"
FONT_FACE = '@font-face {{ font-family: "{}"; src: url("data:font/woff2;base64,{}") format("woff2"); }}\n'
FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
LATEX = math_core.LatexToMathML(fancy_error=False)
logger = logging.getLogger(__name__)


def mathml(latex: str, *, display: bool, location: nodes.Node | None = None) -> str:
    """Return `latex` as a ``<math>`` element; if it is wrong as code, with a warning at `location`.

    >>> mathml("W_x", display=False)
    '<math><msub><mi>W</mi><mi>x</mi></msub></math>'
    """
    try:
        return LATEX.convert_with_local_state(latex, displaystyle=display)
    except math_core.LatexError as error:
        position, _, reason = str(error).partition(": ")
        logger.warning("formula %r, character %s: %s", latex, position, reason, location=location)
        return f"<code>{escape(latex)}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), display=False, location=node))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})</span>')
    translator.body.append(mathml(node.astext(), display=True, location=node) + "</div>\n")
    raise nodes.SkipNode


def load_style(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.Node | None) -> None:
    if FORMULA.search(context.get("body", "")):
        style = context["pathto"](f"_static/{STYLE}", 1)
        context["metatags"] += f'<link rel="stylesheet" href="{style}">'


def characters(html: str) -> set[str]:
    """Return the characters of all formulas in `html`.

    >>> sorted(characters("<p>abc <math><mi>x</mi><mo>&lt;</mo><mn>2</mn></math></p>"))
    ['2', '<', 'x']
    """
    return set(unescape(re.sub(r"<[^>]*>", "", "".join(FORMULA.findall(html)))))


def write_style(app: Sphinx, exception: Exception | None) -> None:
    """Cut the font to the formulas of all built pages, those of an earlier build included."""
    if exception or app.builder.format != "html":
        return
    pages = Path(app.outdir).rglob("*.html")
    if used := set().union(*(characters(page.read_text("utf-8")) for page in pages)):
        used |= {"√"}  # drawn by the browser, never written
        font = math_font.cut(math_font.COMMITTED, math_font.with_italics(used))
        style = FONT_FACE.format(math_font.NAME, b64encode(font).decode())
        (Path(app.outdir) / "_static" / STYLE).write_text(style, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("html-page-context", load_style)
    app.connect("build-finished", write_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
