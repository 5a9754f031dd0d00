"""Run the chapters with what is installed here and tell, as Markdown, which cells now print something else.

    python tools/changes.py [FILE ...]        default: every chapter

Meant for new versions of PyTorch and Python: it says what a reader would see, and writes nothing into the chapters.
The exit status is 1 if any cell has changed or failed.
"""

import difflib
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode

from notebooks import CellError, cell_name, chapters, differences, execute, normalise, read

__all__ = ["changed", "main", "text"]

LONGEST = 30  # lines of a difference that are shown


def text(cell: NotebookNode) -> list[str]:
    """Return what a reader sees under a cell, line by line; pictures and figures by their kind only."""
    lines = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            lines += output.text.splitlines()
        elif output.output_type == "error":
            lines.append(f"{output.ename}: {output.evalue}")
        else:
            lines += output.data.get("text/plain", "").splitlines()
            lines += [f"({kind})" for kind in sorted(output.data) if kind != "text/plain"]
    return lines


def changed(stored: NotebookNode, fresh: NotebookNode) -> Iterator[str]:
    """Give a section of Markdown for each cell of `fresh` that differs from the same cell of `stored`."""
    for index, (before, after) in enumerate(zip(stored.cells, fresh.cells, strict=True)):
        if before == after:
            continue
        lines = list(difflib.unified_diff(text(before), text(after), lineterm="", n=1))[2:]
        if not lines:  # the same words: the difference is in a picture, a figure's markup, or the cell's form
            alone = (NotebookNode(cells=[cell]) for cell in (before, after))
            lines = [line.partition("): ")[2] for line in differences(*alone)]
        rest = [f"… and {len(lines) - LONGEST} more lines"] if len(lines) > LONGEST else []
        yield f"#### {cell_name(stored, index)}\n\n````diff\n{chr(10).join(lines[:LONGEST] + rest)}\n````\n"


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    print(f"## torch {version('torch')}, Python {platform.python_version()}, {platform.machine()}\n")
    bad = 0
    for path in map(Path, arguments or chapters()):
        stored = read(path)
        try:
            sections = list(changed(stored, normalise(execute(stored, path.parent, path.name))))
            title = f"{len(sections)} of {len(stored.cells)} cells changed" if sections else "as stored"
        except CellError as error:
            title, sections = "it stops", [f"````\n{error}\n````\n"]
        print(f"### {path.name}: {title}\n", *sections, sep="\n", flush=True)
        bad += bool(sections)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
