"""The threads that the book cites, as Markdown: what was asked in each, and where the book answers.

What was asked stands in ``assets/threads.toml``; where a thread is cited is found in the chapters and in the ledger.
One without a line is a warning, and so fails the build. A page of others from which a mistake comes counts as a thread.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from sphinx.util import logging

from chapter_texts import ROOT, Book, Chapter, link, slug
from sphinx_quiz import HEADING as QUIZ

__all__ = ["KINDS", "cited", "kind", "lines", "name", "tables"]

LINES = ROOT / "assets" / "threads.toml"
KINDS = ("PyTorch", "Other projects on GitHub", "Forums and pages of others")
THREAD = re.compile(r"https://github\.com/([\w.-]+/([\w.-]+))/(?:issues|pull)/(\d+)")
NO_THREADS = ("arxiv.org", "docs.pytorch.org", "nlp.stanford.edu")  # papers, documentation, data
STEP = re.compile(
    r"^#{2,3} (?P<heading>.+)$|^\*\*(?P<question>\d+)\. |\]\((?P<address>https?://[^)\s]+)\)", re.MULTILINE
)

logger = logging.getLogger(__name__)


def lines() -> dict[str, str]:
    """Return what was asked, by address."""
    return tomllib.loads(LINES.read_text("utf-8"))


def name(address: str) -> str:
    """Return what the chapters call a thread.

    >>> name("https://github.com/pytorch/pytorch/issues/18404"), name("https://forums.fast.ai/t/updating/33846")
    ('pytorch#18404', 'forums.fast.ai')
    """
    found = THREAD.fullmatch(address)
    return f"{found[2]}#{found[3]}" if found else urlsplit(address).netloc.removeprefix("www.")


def kind(address: str) -> str:
    """Return under which of `KINDS` it stands.

    >>> kind("https://github.com/pytorch/tutorials/pull/878")
    'Other projects on GitHub'
    """
    found = THREAD.fullmatch(address)
    return KINDS[2 if not found else 0 if found[1] == "pytorch/pytorch" else 1]


def order(address: str) -> tuple[str, int]:
    """Return the key to sort by: the name of the project, then the number.

    >>> order("https://github.com/pytorch/pytorch/issues/18404")
    ('pytorch', 18404)
    """
    project, _, number = name(address).partition("#")
    return project.lower(), int(number or 0)


def citations(chapter: Chapter) -> Iterator[tuple[str, str]]:
    """Yield the address of each thread that a chapter cites, and a link to the section or the question that does."""
    heading, question = chapter.title, ""
    for step in STEP.finditer("\n\n".join(chapter.texts)):
        if step["heading"]:
            heading, question = step["heading"], ""
        elif step["question"]:
            question = step["question"]
        elif urlsplit(step["address"]).netloc not in NO_THREADS:
            asked = heading == QUIZ
            text = f"{heading}, question\N{NO-BREAK SPACE}{question}" if asked else heading
            place = f"question-{question}" if asked else slug(heading)
            yield step["address"], link(f"{chapter.number}.\N{NO-BREAK SPACE}{text}", f"{chapter.path}#{place}")


def cited(book: Book, ledger: list[dict]) -> dict[str, list[str]]:
    """Return every thread that a chapter or the ledger cites, with links to where, each once and in reading order."""
    places: dict[str, dict[str, None]] = defaultdict(dict)
    for chapter in book.chapters:
        for address, place in citations(chapter):
            places[address][place] = None
    for entry in ledger:
        for address in entry["links"]:
            places[address][link(f"Ledger: {entry['title']}", f"ledger.md#{entry['name']}")] = None
    return {address: list(found) for address, found in places.items()}


def tables(book: Book, ledger: list[dict]) -> str:
    """Return a table for each of `KINDS`."""
    places, said = cited(book, ledger), lines()
    for address in places.keys() - said.keys():
        logger.warning("assets/threads.toml has no line for %s", address, location="sources")
    parts = []
    for heading in KINDS:
        rows = [
            f"| {link(name(address), address)} | {said.get(address, '')} | {'; '.join(places[address])} |"
            for address in sorted(places, key=order)
            if kind(address) == heading
        ]
        head = ["| thread | asked or reported there | in the book |", "|---|---|---|"]
        parts += [f"### {heading}", "", "~~~{table}", ":class: stack threads", "", *head, *rows, "~~~", ""]
    return "\n".join(parts)
