"""The book's figures on its site: their script, their place outside a chapter, links that set their state.

- ``_static/figure-lookup.js`` is the front end of the figure `lookup`, linked into one classic script, and
  ``_static/figure-lookup.css``, if there is one, its own styles; a page loads those of its figures and no other.
- The directive ``widget`` places the committed output of a chapter's cell on another page.
- ``[one index alone](#lookup:alone)`` becomes ``<span class="show" data-show="lookup:alone">``, of which the
  script makes a button; without JavaScript it is text. A sign after it stays on its line. A state that no figure of
  the page has is a warning.

What a figure is and does is not decided here: its markup comes from the notebook as it is.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from link import link

__all__ = ["StateLinks", "Widget", "figures", "states"]

MODULES = Path(__file__).parents[1] / "assets" / "widgets"
SCRIPT = "figure-{}.js"
STYLE = "figure-{}.css"
FIGURE = re.compile(r'<figure\b[^>]*\bdata-widget="([^"]+)"')
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
STATE = re.compile(r"#([a-z][a-z0-9_]*:[a-z0-9_-]+)")
SIGNS = re.compile(r"[.,:;!?)]+")
logger = logging.getLogger(__name__)


def figures(notebook: dict) -> list[tuple[str, str]]:
    """Return name and HTML of every figure stored in `notebook`, in reading order."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    htmls = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    return [(found[1], html) for html in htmls if (found := FIGURE.search(html))]


def states(html: str) -> list[str]:
    """Return the states that the figure in `html` can be set to, each as a link names it.

    >>> states('<figure data-widget="lookup"><script type="application/json">{"shows": {"alone": {}}}</script>')
    ['lookup:alone']
    """
    figure, data = FIGURE.search(html), DATA.search(html)
    return [f"{figure[1]}:{name}" for name in json.loads(data[1]).get("shows", {})] if figure and data else []


class Widget(SphinxDirective):
    """Place a chapter's figure: ``{widget} chapters/02_lookup.ipynb lookup``, the second by ``:nth: 2``."""

    required_arguments = 2
    option_spec = {"nth": directives.positive_int}  # noqa: RUF012 # docutils' own classes have a plain dict too

    def run(self) -> list[nodes.Node]:
        path, name = self.arguments
        document, source = self.env.relfn2path(path)
        self.env.note_dependency(document)
        if not Path(source).is_file():
            raise self.error(f"widget: there is no notebook {document}")
        stored = figures(json.loads(Path(source).read_text("utf-8")))
        wanted = [html for stem, html in stored if stem == name]
        nth = self.options.get("nth", 1)
        if nth > len(wanted):
            there = ", ".join(stem for stem, _ in stored) or "no figure"
            raise self.error(f"widget: {document} has no figure {name!r} number {nth}; it has: {there}")
        return [nodes.raw("", wanted[nth - 1], format="html", classes=["output", "text_html"])]


class show(nodes.inline):
    """A link that sets a figure to the state in the attribute ``state``."""


class StateLinks(SphinxTransform):
    """Turn a link to a figure's state into what the script makes a button of."""

    default_priority = 870  # before MyST looks for the anchor (879)

    def apply(self, **kwargs: object) -> None:
        shown = {state for raw in self.document.findall(nodes.raw) for state in states(raw.astext())}
        for reference in list(self.document.findall(nodes.reference)):
            if state := STATE.fullmatch(reference.get("refuri", "")):
                if state[1] not in shown:
                    there = ", ".join(sorted(shown)) or "none"
                    logger.warning("no figure here has the state %s; there is: %s", state[1], there, location=reference)
                reference.replace_self(with_sign(show("", "", *reference.children, state=state[1]), reference))


def with_sign(made: show, reference: nodes.reference) -> nodes.Element:
    """Return `made` with the sign that follows `reference`: browsers would break the line between a button and it."""
    after = reference.next_node(descend=False, siblings=True)
    signs = SIGNS.match(after) if isinstance(after, nodes.Text) else None
    if not signs:
        return made
    after.parent.replace(after, nodes.Text(after[signs.end() :]))
    return nodes.inline("", "", made, nodes.Text(signs[0]), classes=["whole"])


def visit_show(translator: HTML5Translator, node: show) -> None:
    translator.body.append(f'<span class="show" data-show="{node["state"]}">')


def depart_show(translator: HTML5Translator, node: show) -> None:
    translator.body.append("</span>")


def write_scripts(app: Sphinx) -> None:
    """Write the scripts before any page is rendered, so that their addresses carry their checksums."""
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        for front_end in MODULES.glob("*.js"):
            script = link(front_end, "classic", start=MODULES / "core" / "page.js")
            (static / SCRIPT.format(front_end.stem)).write_text(script, "utf-8")
            if (own := front_end.with_suffix(".css")).is_file():
                (static / STYLE.format(front_end.stem)).write_text(own.read_text("utf-8"), "utf-8")


def load_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    raws = [raw.astext() for raw in doctree.findall(nodes.raw)] if doctree else []
    for kind in sorted({found[1] for raw in raws if (found := FIGURE.search(raw))}):
        app.add_js_file(SCRIPT.format(kind), loading_method="defer")
        if (MODULES / f"{kind}.css").is_file():
            app.add_css_file(STYLE.format(kind), priority=900)  # after widgets.css, which it refines


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("widget", Widget)
    app.add_node(show, html=(visit_show, depart_show))
    app.add_transform(StateLinks)
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", load_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
