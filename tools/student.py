"""Write the edition for students: the chapters without solutions and without outputs, ready to run.

    python tools/student.py [FOLDER]        default: _build/student

The folder holds the notebooks, and everything that they import and read, laid out as in the book. The stubs stay; the
solution under each and the first try that fails are left out. The checkers know the right answers, as they must:
whoever reads their code finds them.
"""

import ast
import copy
import re
import shutil
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from beside import beside, for_projects
from notebooks import ROOT, chapters, dumps, read
from sphinx_teaching import RUBRIC, rubric

__all__ = ["Exercise", "exercises", "run_files", "unsolved", "write"]

README = """# The Embedding Table: exercises

The chapters without their outputs and without solutions. In this folder, with Python 3.11 or newer:

    python -m venv .venv
    .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/python -m jupyterlab chapters

(On Windows `.venv\\Scripts\\python` in place of `.venv/bin/python`.) Run the cells from the top. Fill in a stub, run
its cell, and a line answers: ○ not attempted, ✗ with a hint, ✓ right.

The projects at the end of each part are in `projects`; `projects/embedding.md` is the first. They are judged by pytest:

    .venv/bin/python -m pip install -r projects/requirements.txt
    .venv/bin/python -m pytest projects/test_embedding.py -m step1
"""
SOLUTION = re.compile(r"^## A solution\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
POINTS = re.compile(r"^```\{points\} (\w+)\n```$", re.MULTILINE)
LOOKED_UP = re.compile(r"\[([^\]]+)\]\(\.\./\w+\.md\)")  # a link to a page that only the site has
FOLDED = re.compile(r" ?Under each[^.]*\bfolded\.")


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter: its stub, and what is folded under it."""

    name: str  # as `check` is told
    variable: str  # what holds the reader's answer
    stub: int  # the place of the stub's cell
    folded: range  # the places of the first tries and of the solution
    before: str  # what the stub's cell holds above its `check`
    solution: str  # what the solution's cell holds above its `check`, under the name that the stub gives


def exercises(nb: NotebookNode) -> list[Exercise]:
    """Return the exercises of a chapter in order.

    Raises:
        ValueError: a stub is not followed by one solution for the same `check`.
    """
    return [_exercise(nb, index) for index, cell in enumerate(nb.cells) if "exercise" in _tags(cell)]


def _exercise(nb: NotebookNode, stub: int) -> Exercise:
    name, variable, before = _checked(nb.cells[stub])
    after = range(stub + 1, len(nb.cells))
    end = next((index for index in after if "hide-cell" not in _tags(nb.cells[index])), len(nb.cells))
    folded = range(stub + 1, end)
    found = [nb.cells[index] for index in folded if "solution" in _tags(nb.cells[index])]
    if len(found) != 1:
        raise ValueError(f"under the stub of {name!r} stand {len(found)} solutions, not one")
    of, solved, source = _checked(found[0])
    if of != name:
        raise ValueError(f"under the stub of {name!r} stands the solution of {of!r}")
    return Exercise(name, variable, stub, folded, before, re.sub(rf"\b{solved}\b", variable, source))


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _checked(cell: NotebookNode) -> tuple[str, str, str]:
    """Return what `check` is called with in a cell, name and variable, and the lines above the call."""
    for statement in ast.parse(cell.source).body:
        match statement:
            case ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(name), ast.Name(variable)])):
                return name, variable, "\n".join(cell.source.split("\n")[: statement.lineno - 1]).rstrip()
    raise ValueError(f"cell `{cell.id}` has no check(name, answer)")


def unsolved(nb: NotebookNode) -> NotebookNode:
    """Return a copy of a chapter with its stubs, without solutions, first tries and outputs."""
    folded = {index for exercise in exercises(nb) for index in exercise.folded}
    left = copy.deepcopy(nb)
    left.cells = [cell for index, cell in enumerate(left.cells) if index not in folded]
    for cell in left.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = FOLDED.sub("", cell.source)
    return left


def run_files(folder: Path) -> None:
    """Copy into `folder` what the chapters import and read, laid out as in the book."""
    copy_files(beside(chapters()), folder)


def copy_files(paths: Iterable[Path], folder: Path) -> None:
    for path in paths:
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def project_pages(folder: Path) -> None:
    """Write the pages of the projects into `folder`: without solutions, tables in place of what the site fills in."""
    judged = tomllib.loads(RUBRIC.read_text("utf-8"))
    reader = judged.pop("reader")
    for path in sorted((ROOT / "projects").glob("*.md")):
        text = SOLUTION.sub("", path.read_text(encoding="utf-8"))
        text = POINTS.sub(lambda found: "\n".join(rubric(judged, reader, found[1])), text)
        text = LOOKED_UP.sub(r"\1", text)
        (folder / "projects" / path.name).write_text(text, encoding="utf-8")


def write(folder: Path) -> Iterator[Path]:
    """Write the whole edition into the new folder `folder`, and give the path of each notebook."""
    run_files(folder)
    copy_files(for_projects(), folder)
    project_pages(folder)
    (folder / "README.md").write_text(README, encoding="utf-8")
    for path in chapters():
        target = folder / "chapters" / path.name
        target.write_text(dumps(unsolved(read(path))), encoding="utf-8")
        yield target


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    folder = Path(arguments[0]) if arguments else ROOT / "_build" / "student"
    shutil.rmtree(folder, ignore_errors=True)
    for path in write(folder):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
