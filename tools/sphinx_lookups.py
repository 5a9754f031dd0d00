"""The pages to look things up in: what they hold is made when the book is built, from files that tests prove.

A comment line in such a page, ``% generated: ledger``, is replaced by Markdown before the page is read: so every link
in it is checked as if it had been written by hand. What can stand there is in `GENERATED`.

The role ``zh`` marks a Chinese word. The role ``verdict`` shows a sign, and says its words to those who hear the page:
``{verdict}`✓ works` ``.
"""

import json
import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import yaml
from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx

import api_page
import argument_map
import chapter_lists
import glossary
import ledger_page
import threads
from chapter_texts import ROOT, Book

__all__ = ["GENERATED", "generate"]

PLACE = re.compile(r"^% generated: (\S+)$", re.MULTILINE)
RESULTS = ROOT / "assets" / "results"


def stored(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))


def checked(name: str) -> str:
    """Return the versions and the day of a stored result, as a sentence."""
    found = stored(name)["checked"]
    return f"Checked with torch {found['torch']} and Python {found['python']} on {found['day']}."


def browsers() -> str:
    """Return with what the pages were last tested, as a sentence."""
    found = stored("browsers")
    return "Last stored on {day}: axe-core {axe}, Chromium {chromium}, Firefox {firefox}.".format(**found)


def cited() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def citation(book: Book) -> str:
    """Return the book as an entry for a list of papers."""
    found = cited()
    authors = " and ".join(f"{{{author['name']}}}" for author in found["authors"])
    fields = {"author": authors, "title": found["title"], "version": found["version"]}
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join(["```text", "@software{embedding_table,", *lines, "}", "```"])


def colophon() -> dict[str, str]:
    """Return what the foot of every page says of versions."""
    checked_on = stored("ledger")["checked"]
    day = date.fromisoformat(checked_on["day"])
    return {
        "author": cited()["authors"][0]["name"],
        "version": str(cited()["version"]),
        "torch": checked_on["torch"],
        "day": checked_on["day"],
        "date": f"{day.day} {day:%B %Y}",
    }


def sign_pages(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    context["colophon"] = colophon() | {"repository": app.config.book_repository}
    if "body" in context:  # docutils gives the entries of a list of papers a role that is no longer one
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


GENERATED: dict[str, Callable[[Book], str]] = {
    "api": api_page.page,
    "browsers": lambda book: browsers(),
    "citation": citation,
    "contents": chapter_lists.contents,
    "glossary": glossary.page,
    "ledger": lambda book: ledger_page.entries(book, stored("ledger")),
    "ledger-checked": lambda book: checked("ledger"),
    "map-checked": lambda book: checked("arguments"),
    "threads": lambda book: threads.tables(book, stored("ledger")["entries"]),
    "mistakes": chapter_lists.mistakes,
    "map-kinds": lambda book: argument_map.kinds(book, stored("arguments")),
}


def module_part(make: Callable[..., str], module: str, book: Book) -> str:
    return make(book=book, stored=stored("arguments"), module=module)


for name in argument_map.MODULES:
    GENERATED[f"map-{name}"] = partial(module_part, argument_map.matrix, name)
    GENERATED[f"messages-{name}"] = partial(module_part, argument_map.messages, name)


def generate(text: str, book: Book) -> str:
    """Return `text` with every place filled; a name that `GENERATED` does not know is a `KeyError`."""
    return PLACE.sub(lambda found: GENERATED[found[1]](book), text)


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    if PLACE.search(source[0]):
        source[0] = generate(source[0], Book())


Said = tuple[list[nodes.Node], list]


def verdict(
    name: str, raw: str, text: str, line: int, inliner: Inliner, options: Any = None, content: Any = None
) -> Said:
    """Give a sign for the eye, and its words for the ear."""
    sign, _, words = text.partition(" ")
    kind = words.split()[0].strip(",")
    return [
        nodes.inline(raw, sign, classes=["sign", f"sign-{kind}"]),
        nodes.inline("", f" {words}", classes=["said"]),
    ], []


def chinese(
    name: str, raw: str, text: str, line: int, inliner: Inliner, options: Any = None, content: Any = None
) -> Said:
    """Mark a text as Chinese: browsers then choose its letters, and voices its sound."""
    return [nodes.inline(raw, text, classes=["language-zh"])], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("verdict", verdict)
    app.add_role("zh", chinese)
    app.add_transform(chapter_lists.NameTruths)
    app.add_transform(glossary.FirstUses)
    app.add_transform(ledger_page.NameEntries)
    app.connect("source-read", fill)
    app.connect("html-page-context", sign_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
