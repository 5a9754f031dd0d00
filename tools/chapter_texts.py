"""The chapters as texts: what stands in the book, in which order, under which headings. The build needs no torch.

>>> slug("What does `padding_idx` change, and what not?")
'what-does-padding_idx-change-and-what-not'
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

__all__ = ["Book", "Chapter", "link", "plain", "slug"]

ROOT = Path(__file__).parents[1]
HEADING = re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE)


def slug(heading: str) -> str:
    """Return the anchor of a heading, as Jupyter, GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def plain(text: str) -> str:
    """Return Markdown without its links.

    >>> plain("rows that are [copied](02_lookup.ipynb)")
    'rows that are copied'
    """
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)


def link(text: str, address: str) -> str:
    return f"[{text}]({address})"


@dataclass(frozen=True)
class Chapter:
    """One notebook of the book, by its path below the top folder."""

    path: str

    @property
    def stem(self) -> str:
        """The name by which its parts are found.

        >>> Chapter("chapters/05_padding.ipynb").stem
        'padding'
        """
        return Path(self.path).stem[3:]

    @property
    def number(self) -> int:
        """Its number.

        >>> Chapter("chapters/05_padding.ipynb").number
        5
        """
        return int(Path(self.path).stem[:2])

    @cached_property
    def texts(self) -> list[str]:
        """Its Markdown cells."""
        cells = json.loads((ROOT / self.path).read_text("utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]

    @property
    def title(self) -> str:
        """Its first heading."""
        return HEADING.search(self.texts[0])[2]

    @property
    def opening(self) -> str:
        """Its first paragraph, without links."""
        return plain(self.texts[0].split("\n\n")[1].replace("\n", " "))

    def under(self, heading: str) -> str:
        """Return the prose of one section, code left out; nothing if there is no such section."""
        whole = "\n\n".join(self.texts)
        found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", whole, re.MULTILINE | re.DOTALL)
        return found[1] if found else ""


class Book:
    """The book as `_toc.yml` lists it."""

    def __init__(self) -> None:
        toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
        files = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
        self.chapters = [Chapter(f"{file}.ipynb") for file in files if file.startswith("chapters/")]

    def find(self, stem: str) -> Chapter | None:
        """Return the chapter with this stem, if it is in the book."""
        return next((chapter for chapter in self.chapters if chapter.stem == stem), None)

    def address(self, place: str) -> str:
        """Return where ``"padding#the-argument"`` stands; the reference's page, if the chapter is not in the book.

        >>> Book().address("padding#the-argument")
        'chapters/05_padding.ipynb#the-argument'
        """
        stem, _, heading = place.partition("#")
        chapter = self.find(stem)
        if chapter is None:
            return f"api.md#module-{stem}"
        return f"{chapter.path}#{heading}" if heading else chapter.path
