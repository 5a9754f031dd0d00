"""Lists over all chapters, made from the chapters: the contents, and what people get wrong.

A truth in a section *What people get wrong* is a paragraph that begins in bold. `NameTruths` gives it a place of its
own on the page, so that the list can lead to it.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform

from chapter_texts import ROOT, Book, Chapter, link, slug
from sphinx_quiz import HEADING as QUIZ
from sphinx_quiz import forget, progress

__all__ = ["NameTruths", "anchor", "contents", "mistakes", "question", "truths"]

SECTION = "What people get wrong"
TRUTH = re.compile(r"^\*\*(.+?)\*\*", re.MULTILINE)
ASKED = re.compile(r"^\*\*\d+\. ", re.MULTILINE)
LEFT_OUT = {"Look back", "Exercises", "See it", "Take away", SECTION}


def anchor(truth: str) -> str:
    """Return the place of a truth, from its Markdown or from its text.

    >>> anchor("An encoder lacks an output *layer*, not outputs.")
    'truth-an-encoder-lacks-an-output-layer-not-outputs'
    """
    return nodes.make_id(f"truth {truth}")


def truths(chapter: Chapter) -> list[str]:
    """Return the headlines of a chapter's section, as Markdown."""
    return TRUTH.findall(chapter.under(SECTION))


def mistakes(book: Book) -> str:
    """Return every headline, by chapter."""
    lines = []
    for chapter in book.chapters:
        if found := truths(chapter):
            lines += [f"## {chapter.number}. {chapter.title}", ""]
            lines += [f"- {link(truth, f'{chapter.path}#{anchor(truth)}')}" for truth in found]
            lines.append("")
    return "\n".join(lines)


class NameTruths(SphinxTransform):
    """Give each truth its place."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        slugs = self.env.metadata[self.env.docname].setdefault("myst_slugs", {})
        for section in self.document.findall(nodes.section):
            if section.next_node(nodes.title).astext() != SECTION:
                continue
            for paragraph in section.findall(nodes.paragraph):
                first = next((child for child in paragraph if child.astext()), None)  # MyST puts an empty text first
                if isinstance(first, nodes.strong):
                    place = anchor(first.astext())
                    paragraph["ids"].append(place)
                    slugs[place] = (paragraph.line, place, first.astext())


def question(chapter: Chapter) -> str:
    """Return what the first page says that a chapter answers; its first paragraph, if the page has no line for it."""
    front = (ROOT / "index.md").read_text("utf-8")
    found = re.search(rf"\]\({re.escape(chapter.path)}\): (.+(?:\n  .+)*)", front)
    return " ".join(found[1].split()) if found else chapter.opening


def contents(book: Book) -> str:
    """Return every chapter with its question and its sections, and the button that forgets the quizzes."""
    lines = [forget(), ""]
    for chapter in book.chapters:
        said = question(chapter)
        lines += [f"## {chapter.number}. {link(chapter.title, chapter.path)}", "", said[0].upper() + said[1:], ""]
        lines += [", ".join(sections(chapter)) + ".", ""]
    return "\n".join(lines)


def sections(chapter: Chapter) -> list[str]:
    """Return a link to each section that has a subject of its own, and to the quiz, as they follow in the chapter."""
    headings = re.findall(r"^## (.+)$", "\n".join(chapter.texts), re.MULTILINE)
    return [
        link(heading, f"{chapter.path}#{slug(heading)}") + (progress_of(chapter) if heading == QUIZ else "")
        for heading in headings
        if heading not in LEFT_OUT
    ]


def progress_of(chapter: Chapter) -> str:
    """Return what stands behind the link to its quiz once a reader's device remembers something of it."""
    return progress(Path(chapter.path).stem, len(ASKED.findall(chapter.under(QUIZ))))
