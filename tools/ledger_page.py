"""The ledger as Markdown, from ``assets/results/ledger.json``: a section for each entry, its case folded.

An entry's heading is its title; links find it by its name (`NameEntries`).
"""

import re
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

from chapter_texts import Book, link

__all__ = ["NameEntries", "coded", "entries", "results"]

NAME = re.compile(r"(?<![\w`.])(?:\w+=\w+|\w+(?:\.\w+)+\([\w=]*\)|(?:\.?\w+\(\))+|[\w.]*\w_\w*\w)(?![\w`])")


def results(ours: Any, theirs: Any) -> str:
    """Return what the case gives, as a table: a row for PyTorch and one for the reference, or a row for each part.

    >>> print(results({"sum": 2.0}, {"sum": 1.0}))
    ~~~{table}
    :class: stack
    <BLANKLINE>
    | | PyTorch | the reference |
    |---|---|---|
    | sum | `1.0` | `2.0` |
    ~~~
    >>> print(results(2.0, 1.0))
    ~~~{table}
    :class: stack
    <BLANKLINE>
    | | the case gives |
    |---|---|
    | PyTorch | `1.0` |
    | the reference | `2.0` |
    ~~~
    """
    if not isinstance(theirs, dict):
        rows = [f"| {who} | {shown(value)} |" for who, value in (("PyTorch", theirs), ("the reference", ours))]
        return stacked(["| | the case gives |", "|---|---|", *rows])
    parts = ours if isinstance(ours, dict) else dict.fromkeys(theirs, ours)
    rows = [f"| {name} | {shown(theirs[name])} | {shown(parts[name])} |" for name in theirs]
    return stacked(["| | PyTorch | the reference |", "|---|---|---|", *rows])


def stacked(lines: list[str]) -> str:
    """Return a table whose rows are blocks on a phone."""
    return "\n".join(["~~~{table}", ":class: stack", "", *lines, "~~~"])


def shown(value: Any) -> str:
    """Return a value as code; an error as its type in code and its words."""
    if isinstance(value, str) and (parts := value.partition(": "))[0].endswith("Error"):
        return f"`{parts[0]}`" + (f": {parts[2]} …" if parts[2] else "")
    return f"`{value}`"


def coded(text: str) -> str:
    """Return a sentence with the names and calls in it as code.

    >>> coded("With max_norm, .sum().backward() and to_dense() differ, as in float32.")
    'With `max_norm`, `.sum().backward()` and `to_dense()` differ, as in float32.'
    """
    return NAME.sub(lambda found: f"`{found[0]}`", text)


def entry(book: Book, item: dict[str, Any]) -> str:
    where = book.address(item["chapter"])
    chapter = book.find(item["chapter"])
    told = link(chapter.title.partition(":")[0], where) if chapter else link(f"the module `{item['chapter']}`", where)
    links = [link(f"pytorch#{address.rpartition('/')[2]}", address) for address in item["links"]]
    lines = [
        f"({item['name']})=",
        "",
        f"## {item['title']}",
        "",
        f"- **It should be:** {coded(item['claim'])}",
        f"- **PyTorch:** {coded(item['observed'])}",
        f"- **Here:** {coded(item['ours'])}",
        f"- **More in** {told}{', and upstream in ' + ', '.join(links) if links else ''}.",
        "",
        results(item["reference"], item["torch"]),
        "",
        "<details><summary>The case, as it is run</summary>",
        "",
        "```python",
        item["case"].rstrip(),
        "```",
        "",
        "</details>",
        "",
    ]
    return "\n".join(lines)


def entries(book: Book, stored: dict[str, Any]) -> str:
    return "\n".join(entry(book, item) for item in stored["entries"])


class NameEntries(SphinxTransform):
    """Let links of Markdown find each entry by its name: MyST offers them only the headings."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        if self.env.docname != "ledger":
            return
        slugs = self.env.metadata["ledger"].setdefault("myst_slugs", {})
        for place in self.document.findall(nodes.target):
            name = place["refid"]
            slugs[name] = (place.line, name, name)
