"""Write a course folder for nbgrader: each chapter is an assignment, each exercise is graded by its checker.

    python tools/nbgrader_course.py [FOLDER]        default: _build/nbgrader

Then, in that folder: ``nbgrader generate_assignment 05_padding`` writes what students get, ``nbgrader autograde
05_padding`` grades what lies in ``submitted/NAME/05_padding``.

An assignment is one notebook and the folder ``book``, everything that the chapter imports and reads. Under each stub,
between nbgrader's two marks, stands the book's solution; nbgrader takes it out for the students. Below it a locked cell
asks for the points: 1 when the checker is content, else 0 and the hint. It never raises, so that the notebook
runs to its end at the student's as well.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from notebooks import ROOT, chapters, dumps, read
from student import exercises, run_files, unsolved

__all__ = ["assignment", "write"]

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "embedding"
c.ClearSolutions.code_stub = {"python": "# replace the ... above"}
c.ExecutePreprocessor.timeout = 120
"""
SET_UP = """# The chapter's own packages and data
import os

if os.path.isdir("book"):
    os.chdir("book/chapters")"""
POINTS = """from classroom.check import points

points("{}", {})"""


def assignment(nb: NotebookNode) -> NotebookNode:
    """Return a chapter as nbgrader's source: set-up, stubs with their solutions, and a graded cell under each."""
    left = unsolved(nb)
    asked = {nb.cells[exercise.stub].id: exercise for exercise in exercises(nb)}
    cells = [new_code_cell(SET_UP, id="set-up", metadata={"nbgrader": _marks("set-up", locked=True)})]
    for cell in left.cells:
        cells.append(cell)
        if exercise := asked.get(cell.id):
            cell.source = f"{exercise.before}\n### BEGIN SOLUTION\n{exercise.solution}\n### END SOLUTION"
            cell.metadata["nbgrader"] = _marks(cell.id, solution=True)
            name = f"{cell.id}-points"
            marks = _marks(name, grade=True, locked=True, points=1)
            asks = POINTS.format(exercise.name, exercise.variable)
            cells.append(new_code_cell(asks, id=name, metadata={"nbgrader": marks}))
    left.cells = cells
    return left


def _marks(name: str, **marks: bool | int) -> dict:
    """Return what nbgrader wants to know of a cell."""
    unmarked = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"grade_id": name, "schema_version": 3, "cell_type": "code"} | unmarked | marks


def write(folder: Path, stems: Sequence[str] | None = None) -> list[str]:
    """Write the course, or some of its assignments, into the new folder `folder`; return the assignments' names."""
    paths = [path for path in chapters() if stems is None or path.stem in stems]
    for path in paths:
        source = folder / "source" / path.stem
        run_files(source / "book")
        (source / path.name).write_text(dumps(assignment(read(path))), encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    return [path.stem for path in paths]


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    folder = Path(arguments[0]) if arguments else ROOT / "_build" / "nbgrader"
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{folder}: {', '.join(write(folder))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
