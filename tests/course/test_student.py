"""The edition for students runs as it is, says ○ to every stub, and ✓ to the book's solution in its place."""

import copy
import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook

import student
from notebooks import chapters, execute, normalise, read

pytestmark = pytest.mark.course

each_chapter = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
# Runs a cell's source in a copy of the names that are there, so that nothing after it sees what it defines.
ASIDE = "exec({source!r}, dict(globals()))"


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("an edition, schön") / "student"
    list(student.write(folder))
    return folder


def with_solutions_aside(stored, left):
    """The student's notebook and, after each stub, a cell that checks the book's solution and leaves no trace."""
    nb = copy.deepcopy(left)
    for exercise in student.exercises(stored):
        check = f"check({exercise.name!r}, {exercise.variable})"
        aside = ASIDE.format(source=f"{exercise.solution}\n{check}")
        name = stored.cells[exercise.stub].id
        place = next(index for index, cell in enumerate(nb.cells) if cell.id == name)
        nb.cells.insert(place + 1, new_code_cell(aside, id=f"{name}-solved"))
    return nb


def lines(nb):
    """What `check` says, in order."""
    outputs = [output for cell in nb.cells for output in cell.get("outputs", []) if output.output_type == "stream"]
    return [line for output in outputs for line in output.text.splitlines() if re.match(r"[○✗✓] \w+:", line)]


@each_chapter
def test_unsolved_it_runs_to_its_end_and_solved_it_is_right(path, edition):
    """One run for both: the solutions are checked aside, and the cells that follow see the stubs."""
    stored, left = read(path), read(edition / "chapters" / path.name)
    names = [exercise.name for exercise in student.exercises(stored)]
    ran = execute(with_solutions_aside(stored, left), edition / "chapters", path.name)
    said = lines(normalise(ran))  # normalised: one print may arrive in two pieces
    marks = [line.split(":")[0] for line in said]
    assert marks == [f"{mark} {name}" for name in names for mark in "○✓"], said


@each_chapter
def test_no_solution_and_no_output_is_left(path, edition):
    stored, left = read(path), read(edition / "chapters" / path.name)
    assert len(student.exercises(stored)) >= 4
    sources = "\n".join(cell.source for cell in left.cells)
    assert not re.search(r"\w+_solution\b|first try|solution (is|are) folded", sources)
    assert not any("solution" in cell.metadata.get("tags", []) for cell in left.cells)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in left.cells)
    folded = sum(len(exercise.folded) for exercise in student.exercises(stored))
    assert len(left.cells) == len(stored.cells) - folded


@each_chapter
def test_everything_else_is_the_books(path, edition):
    left = {cell.id: cell for cell in read(edition / "chapters" / path.name).cells}
    for cell in read(path).cells:
        if cell.cell_type == "code" and cell.id in left:
            assert left[cell.id].source == cell.source
            assert left[cell.id].metadata == cell.metadata  # a prediction stays folded


@each_chapter
def test_the_quiz_is_kept_and_its_links_lead_to_cells_of_the_edition(path, edition):
    left = {cell.id: cell for cell in read(edition / "chapters" / path.name).cells}
    quiz = next(cell for cell in read(path).cells if cell.id == "quiz")
    assert left["quiz"].source == quiz.source
    assert set(re.findall(r"\(#cell-id=([^)]*)\)", quiz.source)) <= set(left)


def test_what_is_beside_the_notebooks_is_what_they_need_and_no_more(edition):
    files = {path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file()}
    assert {"README.md", "LICENSE", "requirements.txt", "chapters/ledger.py", "assets/corpora/table.tsv"} <= files
    assert {f"chapters/{path.name}" for path in chapters()} == {name for name in files if name.endswith(".ipynb")}
    assert not [name for name in files if "__pycache__" in name or name.endswith((".png", ".woff2"))]
    assert sum(path.stat().st_size for path in edition.rglob("*")) < 5_000_000  # 2 MB of them are word vectors


STUB = "def f(x):\n    ...\n\n\ncheck('f', f)"


def notebook(*cells):
    return new_notebook(cells=[new_code_cell(source, metadata={"tags": tags}) for source, *tags in cells])


def test_a_solution_takes_the_stubs_name():
    solution = "def f_solution(x):\n    return f_solution_of(x)\n\n\ncheck('f', f_solution)\nprint(f_solution(1))"
    nb = notebook((STUB, "exercise"), ("1", "hide-cell"), (solution, "hide-cell", "solution"), ("2",))
    (exercise,) = student.exercises(nb)
    assert (exercise.name, exercise.variable, exercise.stub, exercise.folded) == ("f", "f", 0, range(1, 3))
    assert exercise.before == "def f(x):\n    ..."
    assert exercise.solution == "def f(x):\n    return f_solution_of(x)"
    assert [cell.source for cell in student.unsolved(nb).cells] == [STUB, "2"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([(STUB, "exercise"), ("1",)], "of 'f' stand 0 solutions"),
        ([(STUB, "exercise"), ("check('g', g)", "hide-cell", "solution")], "stands the solution of 'g'"),
        ([("print(1)", "exercise")], r"has no check\(name, answer\)"),
    ],
)
def test_a_stub_without_its_solution_is_refused(cells, words):
    with pytest.raises(ValueError, match=words):
        student.exercises(notebook(*cells))


def test_the_command_replaces_what_an_earlier_one_wrote(tmp_path, capsys):
    stale = tmp_path / "student" / "chapters" / "00_gone.ipynb"
    stale.parent.mkdir(parents=True)
    stale.touch()
    assert student.main([str(tmp_path / "student")]) == 0
    assert not stale.exists()
    assert len(capsys.readouterr().out.splitlines()) == len(chapters())
