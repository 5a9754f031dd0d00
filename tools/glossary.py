"""The glossary: its page as Markdown, and links to it from the first use of each word on a chapter's page.

The words are in ``assets/glossary.toml``. Links are made when the book is built, so a notebook stays plain: in a
paragraph or a list, outside code, links, bold words, headings and tables, the first of a term's `forms` becomes a
link. In the same way the first ``lookup_backward`` in code leads to the page of the API, if the chapter imports it
from `reference`.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from api_page import anchors
from chapter_texts import ROOT, Book, link

__all__ = ["FirstUses", "Term", "page", "terms"]

IMPORT = re.compile(r"^from reference import (\([^)]+\)|.+)$", re.MULTILINE)
# Where a link would be in the way.
CLOSED = (
    addnodes.pending_xref,
    nodes.reference,
    nodes.title,
    nodes.table,
    nodes.literal_block,
    nodes.math,
    nodes.strong,
)


@dataclass(frozen=True)
class Term:
    """A word of the book, in English and Chinese, what it is, and what it is not."""

    term: str
    zh: str
    says: str
    is_not: str
    place: str
    forms: list[str] = field(default=None)

    @property
    def spellings(self) -> list[str]:
        """What is looked for, the longest first."""
        return sorted([self.term] if self.forms is None else self.forms, key=len, reverse=True)

    @property
    def anchor(self) -> str:
        """Where it stands on the page.

        >>> Term("backward pass", zh="", says="", is_not="", place="").anchor
        'term-backward-pass'
        """
        return nodes.make_id(f"term-{self.term}")


@cache
def terms() -> list[Term]:
    """Return the terms, sorted."""
    listed = tomllib.loads((ROOT / "assets" / "glossary.toml").read_text("utf-8"))["term"]
    return sorted((Term(**entry) for entry in listed), key=lambda term: term.term)


def page(book: Book) -> str:
    """Return the glossary."""
    lines = ["```{glossary}"]
    for term in terms():
        stem = term.place.partition("#")[0]
        chapter = book.find(stem)
        where = link(f"chapter {chapter.number}" if chapter else f"`{stem}`", book.address(term.place))
        lines += [f"{term.term} {{zh}}`{term.zh}`", f"  {term.says} *Not* {term.is_not}. See {where}.", ""]
    return "\n".join([*lines, "```"])


def imported(source: str) -> set[str]:
    """Return the names that a notebook's source imports from `reference`.

    >>> sorted(imported("from reference import Table, lookup\\\\nimport torch"))
    ['Table', 'lookup']
    """
    text = source.replace("\\n", "\n")
    found = [names.strip("()") for names in IMPORT.findall(text)]
    return {name.strip() for names in found for name in names.replace("\n", ",").split(",") if name.strip()}


class FirstUses(SphinxTransform):
    """Link the first use of each term, and of each name of the reference, on a chapter's page."""

    default_priority = 860

    def apply(self, **kwargs: object) -> None:
        if not self.env.docname.startswith("chapters/"):
            return
        self.left = {spelling.lower(): term for term in terms() for spelling in term.spellings}
        code = "\n".join(block.astext() for block in self.document.findall(nodes.literal_block))
        names = anchors()
        self.names = {name: names[name] for name in imported(code) if name in names}
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if open_to_links(paragraph):
                for text in list(paragraph.findall(nodes.Text)):
                    self.link_terms(text)
                for literal in list(paragraph.findall(nodes.literal)):
                    self.link_name(literal)

    def link_terms(self, text: nodes.Text) -> None:
        if isinstance(text.parent, nodes.literal) or not open_to_links(text) or not self.left:
            return
        spellings = "|".join(re.escape(word) for word in sorted(self.left, key=len, reverse=True))
        parts, last, said = [], 0, text.astext()
        for found in re.finditer(rf"(?<![\w-])(?:{spellings})(?![\w-])", said, re.IGNORECASE):
            term = self.left.get(found[0].lower())
            if term is None:  # linked in this very text
                continue
            self.left = {word: other for word, other in self.left.items() if other is not term}
            parts += [
                nodes.Text(said[last : found.start()]),
                self.reference("glossary", term.anchor, nodes.Text(found[0])),
            ]
            last = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(said[last:])])

    def link_name(self, literal: nodes.literal) -> None:
        place = self.names.pop(literal.astext(), None) if open_to_links(literal) else None
        if place:
            literal.replace_self(self.reference("api", nodes.make_id(place), literal.deepcopy()))

    def reference(self, page: str, anchor: str, inside: nodes.Node) -> nodes.reference:
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        return nodes.reference("", "", inside, internal=True, refuri=f"{address}#{anchor}", classes=["first-use"])


def open_to_links(node: nodes.Node) -> bool:
    """Whether a link may stand here: above it is none of `CLOSED`."""
    while node is not None:
        if isinstance(node, CLOSED):
            return False
        node = node.parent
    return True
