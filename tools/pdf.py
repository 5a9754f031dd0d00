"""Make one PDF of the built book.

    python tools/pdf.py [SITE [TARGET]]     default: _build/html, _build/book.pdf

Chromium prints every page of ``_toc.yml`` in the site's own print style, in light colours, with every fold open and the
figures as they stand before they are touched. Before them come a title page and the contents with their page numbers.
A link to another page of the book leads to its place in the PDF; other links stay what they are.
"""

import re
import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from html import escape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import BrowserContext, Route, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NullObject

import chromium

__all__ = ["bound", "print_page", "toc"]

ROOT = Path(__file__).resolve().parents[1]
PAPER = """
  @page {{ size: A4; @bottom-center {{ content: counter(page); font: 9pt sans-serif }} }}
  html {{ counter-reset: page {before} }}
"""
FRONT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
  @page {{ size: A4; margin: 25mm }}
  body {{ font: 11pt/1.5 sans-serif; color: #000 }}
  header {{ padding-top: 70mm; break-after: page }}
  h1 {{ font-size: 28pt; margin: 0 0 4mm }}
  h2 {{ font-size: 16pt }}
  ol {{ list-style: none; padding: 0 }}
  li {{ display: flex; gap: 1em; padding: 1mm 0 }}
  li span:last-child {{ margin-left: auto; font-variant-numeric: tabular-nums }}
</style><header><h1>{title}</h1><p>{author}</p><p>torch {torch}</p></header>
<h2>Contents</h2><ol>{entries}</ol></html>"""
ENTRY = "<li><span>{title}</span><span>{page}</span></li>"


def toc() -> list[str]:
    """Return the pages of the book in their order, as paths below the site.

    >>> toc()[0]
    'index.html'
    """

    def files(entry: object) -> list[str]:
        if isinstance(entry, list):
            return [name for each in entry for name in files(each)]
        if not isinstance(entry, dict):
            return []
        return [entry[key] for key in ("root", "file") if key in entry] + files(list(entry.values()))

    found = files(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
    return [f"{name.removesuffix('.md').removesuffix('.ipynb')}.html" for name in found]


def heading(page: Path) -> str:
    """Return the first heading of a built page, without the sign that links to it."""
    if page.name == "index.html":
        return "What this book is"  # the first page has the title of the book
    first = BeautifulSoup(page.read_text("utf-8"), "html.parser").h1
    for link in first.select(".headerlink"):
        link.decompose()
    return first.get_text().strip()


def print_page(context: BrowserContext, address: str, before: int) -> PdfReader:
    """Return a page as Chromium prints it; `before` is the number of the page in front of its first."""
    tab = context.new_page()
    try:
        tab.goto(address)
        tab.add_style_tag(content=PAPER.format(before=before))
        return PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)))
    finally:
        tab.close()


def front(context: BrowserContext, entries: Sequence[tuple[str, int]]) -> PdfReader:
    """Return the title page and the contents."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    torch = re.search(r"^torch==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)[1]
    lines = "".join(ENTRY.format(title=escape(title), page=page) for title, page in entries)
    tab = context.new_page()
    words = {name: escape(config[name]) for name in ("title", "author")}
    tab.set_content(FRONT.format(**words, torch=torch, entries=lines))
    made = PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True, tagged=True)))
    tab.close()
    return made


def only_from(site: Path, route: Route) -> None:
    """Let a page load what lies in the site, but for the scripts that would bring its figures to life."""
    address = urlsplit(route.request.url)
    inside = address.scheme == "file" and Path(unquote(address.path)).is_relative_to(site)
    brings_to_life = fnmatch(address.path, "*/figure-*.js")
    if inside and not brings_to_life:
        route.continue_()
    else:
        route.abort()


def bound(site: Path, names: Sequence[str], target: Path) -> dict[str, int]:
    """Write the pages `names` of `site` as one PDF; return the number of the page on which each begins."""
    site, starts, writer = site.resolve(), {}, PdfWriter()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find()))
        context = browser.new_context(color_scheme="light", reduced_motion="reduce")
        context.route("**/*", lambda route: only_from(site, route))
        titles = [heading(site / name) for name in names]
        pages = len(
            front(context, [(title, 0) for title in titles]).pages
        )  # their number does not depend on the numbers
        parts = []
        for name in names:
            starts[name] = pages + 1
            parts.append(print_page(context, (site / name).as_uri(), before=pages))
            pages += len(parts[-1].pages)
        writer.append(front(context, list(zip(titles, starts.values(), strict=True))), outline_item="Contents")
        browser.close()
    for title, part in zip(titles, parts, strict=True):
        writer.append(part, outline_item=title)
    lead_inside(writer, {(site / name).as_uri(): number for name, number in starts.items()})
    writer.add_metadata({"/Title": yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["title"]})
    writer.compress_identical_objects()
    target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(target)
    return starts


def lead_inside(writer: PdfWriter, places: dict[str, int]) -> None:
    """Let links to the files of the site lead to their place in the PDF; take away those that have none in it."""
    for page in writer.pages:
        kept = ArrayObject()
        for reference in page.get("/Annots", []):
            note = reference.get_object()
            address = note.get("/A", {}).get("/URI", "")
            number = places.get(address.partition("#")[0])
            if number:
                aim = ArrayObject(
                    [writer.pages[number - 1].indirect_reference, NameObject("/XYZ"), *[NullObject()] * 3]
                )
                note[NameObject("/A")] = DictionaryObject(
                    {NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): aim}
                )
            if number or not address.startswith("file:"):
                kept.append(reference)
        if "/Annots" in page:
            page[NameObject("/Annots")] = kept


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    site, target = [*given, *[ROOT / "_build" / "html", ROOT / "_build" / "book.pdf"][len(given) :]][:2]
    print(f"{target}: {sum(1 for _ in bound(site, toc(), target))} pages of the site")
