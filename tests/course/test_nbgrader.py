"""nbgrader itself takes the course: the book's solutions get every point, the stubs none, wrong answers none."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

import nbgrader_course
import student
from notebooks import ROOT, chapters, dumps, read

pytestmark = pytest.mark.course

TOOL = ROOT / ".venv-nbgrader"  # made by the Makefile: nbgrader, beside the book's own packages
ANSWER = "from importlib import import_module\n\n{variable} = import_module('answers.{stem}').{kind}['{name}'][0]"


def nbgrader(course, *arguments):
    if not (TOOL / "nbgrader").is_dir():
        pytest.fail(f"nbgrader is not in {TOOL.name}: `make {TOOL.name}/.made` puts it there", pytrace=False)
    path = os.pathsep.join([str(TOOL / "bin"), os.environ.get("PATH", "")])
    env = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join([str(TOOL), str(ROOT / "tests")])}
    command = [sys.executable, "-m", "nbgrader", *arguments, "--log-level=WARN"]
    run = subprocess.run(command, cwd=course, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-4000:]


SCORES = """
select student_id, base_cell.name, auto_score from grade
join base_cell on base_cell.id = cell_id
join submitted_notebook on submitted_notebook.id = grade.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
"""


def scores(course):
    """What each student got for each graded cell, from the tool's own book of grades."""
    given = {}
    with closing(sqlite3.connect(course / "gradebook.db")) as grades:
        for name, cell, score in grades.execute(SCORES):
            given.setdefault(name, {})[cell] = score
    return given


def submit(course, name, nb, path):
    """What a student called `name` hands in: the notebook up to its last exercise, and the folder beside it."""
    last = max(index for index, cell in enumerate(nb.cells) if cell.metadata.get("nbgrader", {}).get("grade"))
    nb.cells = nb.cells[: last + 1]
    folder = course / "submitted" / name / path.stem
    shutil.copytree(course / "release" / path.stem / "book", folder / "book")
    (folder / path.name).write_text(dumps(nb), encoding="utf-8")


def typical(nb, exercises, stem):
    """One right answer, in another form than the book's; the rest are mistakes that people make."""
    cells = {cell.metadata["nbgrader"]["grade_id"]: cell for cell in nb.cells if "nbgrader" in cell.metadata}
    for number, (cell, exercise) in enumerate(exercises.items()):
        kind = "WRONG" if number else "RIGHT"
        source = ANSWER.format(variable=exercise.variable, name=exercise.name, stem=stem, kind=kind)
        cells[cell].source = f"{source}[0]" if number else source
    return nb


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_tool_releases_and_grades_a_chapter(path, tmp_path):
    nbgrader_course.write(tmp_path, [path.stem])
    nbgrader(tmp_path, "generate_assignment", path.stem)
    source, release = (tmp_path / name / path.stem / path.name for name in ("source", "release"))
    assert "SOLUTION" in source.read_text("utf-8")
    assert "SOLUTION" not in release.read_text("utf-8")

    stored = read(path)
    exercises = {stored.cells[exercise.stub].id: exercise for exercise in student.exercises(stored)}
    for cell in read(release).cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            assert cell.source == f"{exercises[cell.metadata['nbgrader']['grade_id']].before}\n# replace the ... above"

    submit(tmp_path, "solved", read(source), path)
    submit(tmp_path, "unsolved", read(release), path)
    submit(tmp_path, "typical", typical(read(release), exercises, path.stem[3:]), path)
    nbgrader(tmp_path, "autograde", path.stem)
    graded = [f"{cell}-points" for cell in exercises]
    marks = {
        "solved": [1.0] * len(graded),
        "unsolved": [0.0] * len(graded),
        "typical": [1.0] + [0.0] * (len(graded) - 1),
    }
    assert scores(tmp_path) == {name: dict(zip(graded, given, strict=True)) for name, given in marks.items()}


def test_the_command_writes_every_chapter(tmp_path):
    assert nbgrader_course.main([str(tmp_path / "course")]) == 0
    written = {path.name for path in (tmp_path / "course").glob("source/*/*.ipynb")}
    assert written == {path.name for path in chapters()}
