"""Plots as part of the page: a stored SVG output becomes an inline ``<svg>`` in the colours of the theme.

No request, sharp in print, right in the dark. Matplotlib's drawing stays as it is, but for

- its colours: black is ``currentColor``, white the paper, and a colour of the book's palette (the light one of
  ``widgets.css``) is the custom property that has it, so that it changes with the theme; any other stays;
- its font: the page's;
- its ``id``s: those that the drawing itself refers to are made unique on the page, the others dropped;
- its global ``<style>``, which would reach every other drawing on the page.

A plot without a text alternative (``mystnb.image.alt`` in the cell's metadata) is a warning.
"""

import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

__all__ = ["InlinePlots", "inline", "palette"]

CSS = Path(__file__).parents[1] / "assets" / "widgets" / "widgets.css"
PROPERTY = re.compile(r"--([a-z]+):\s*(#[0-9a-f]{6})\b", re.IGNORECASE)
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
REFERENCE = re.compile(r"(url\(#|^#)([\w.-]+)")
PAINTED = {"style", "fill", "stroke"}
logger = logging.getLogger(__name__)


def palette(css: str) -> dict[str, str]:
    """Return what stands for a colour: the custom property of `css` that has it as its first value.

    >>> palette(":root { --row: #0A4BFF } .dark { --row: #8ab4ff }")
    {'#0a4bff': 'var(--row)', '#000000': 'currentColor', '#ffffff': 'var(--paper)'}
    """
    light: dict[str, str] = {}
    for name, colour in PROPERTY.findall(css):
        light.setdefault(name, colour.lower())
    named = {colour: f"var(--{name})" for name, colour in light.items()}
    return named | {"#000000": "currentColor", "#ffffff": "var(--paper)"}


@cache
def book_palette() -> dict[str, str]:
    return palette(CSS.read_text("utf-8"))


def inline(svg: str, *, label: str, prefix: str, colours: dict[str, str]) -> str:
    """Return matplotlib's `svg` for the middle of a page: in `colours`, its ids beginning with `prefix`."""
    root = ET.fromstring(svg)
    for element in root.iter():
        without_namespaces(element)
        for name in PAINTED.intersection(element.attrib):
            element.set(name, themed(element.get(name), colours))
        if "d" in element.attrib:
            element.set("d", " ".join(element.get("d").split()))
        element.tail = None
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in ("metadata", "style")]:
            parent.remove(child)
    own_ids(root, prefix)
    view = root.get("viewBox")
    root.attrib = {
        "class": "plot",
        "role": "img",
        "aria-label": label,
        "viewBox": view,
        "width": f"{float(view.split()[2]) * 4 / 3:.0f}",  # matplotlib counts in points, a page in pixels
        "fill": "currentColor",
        "stroke-linejoin": "round",  # what the dropped style said
        "stroke-linecap": "butt",
    }
    return ET.tostring(root, encoding="unicode")


def without_namespaces(element: ET.Element) -> None:
    """In HTML an ``<svg>`` needs no prefix, and ``xlink:href`` is ``href``."""
    element.tag = element.tag.rpartition("}")[2]
    for name in [name for name in element.attrib if name.startswith("{")]:
        element.set(name.rpartition("}")[2], element.attrib.pop(name))


def own_ids(root: ET.Element, prefix: str) -> None:
    """Keep the ids that something points to, with `prefix`."""
    targets = set()
    for element in root.iter():
        for name, value in element.items():
            if name == "href" or "url(#" in value:
                targets |= {target for _, target in REFERENCE.findall(value)}
                element.set(name, REFERENCE.sub(rf"\g<1>{prefix}\g<2>", value))
    for element in root.iter():
        if (own := element.attrib.pop("id", None)) in targets:
            element.set("id", prefix + own)


def themed(style: str, colours: dict[str, str]) -> str:
    """Return the declarations of `style` in `colours`, without a font of its own."""
    parts = [part.strip() for part in style.split(";")]
    kept = "; ".join(part for part in parts if part and not part.startswith("font-family"))
    return COLOUR.sub(lambda found: colours.get(found[0].lower(), found[0]), kept)


class InlinePlots(SphinxTransform):
    """Replace MyST-NB's image files of SVG outputs, before Sphinx collects and copies them."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        images = list(self.document.findall(nodes.image))
        plots = [image for image in images if image.parent.get("mime_type") == "image/svg+xml"]
        for number, image in enumerate(plots, 1):
            if not image.get("alt"):
                logger.warning("plot without mystnb.image.alt in its cell's metadata", location=image.parent.parent)
            svg = Path(self.env.srcdir, image["uri"].lstrip("/")).read_text("utf-8")
            html = inline(svg, label=image.get("alt", ""), prefix=f"plot{number}-", colours=book_palette())
            image.replace_self(nodes.raw("", html, format="html", classes=["output", "image_svg"]))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(InlinePlots)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
