"""The gate around the chapters is shut: whatever is spoiled in them is noticed, and the message names the cell.

The subjects are the chapters themselves and one small notebook that holds every kind of output, so that no
mutation goes untried while no chapter offers it. ``files`` mutations are tried on the first and the last cell
that offers them. ``cells`` mutations are put into copies of the subjects, and all copies are run by one pytest
with the book's settings; `notebooks.check` must notice them too, in every subject that offers them.
"""

import copy
import functools
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from chapter_rules import RULES, Chapter, complaints
from mutations import MUTATIONS, Mutation
from notebooks import ROOT, cell_name, chapters, clean_env, differences, dumps, execute, normalise, read

SAMPLE = "99_sample.ipynb"
FIGURE = """\
class Figure:
    def __repr__(self): return "Figure()"
    def _repr_html_(self):
        state = '{"shows": {"alone": {"indices": 3}}, "weight": [0.5, 1.25]}'
        row = "<table><tr><th>3</th><td>1.25</td></tr></table>"
        script = f'<script type="application/json">{state}</script>'
        return f'<figure data-widget="sample">{row}{script}</figure>'"""
PLOT = """\
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg"><path d="M 1 2 L 3 4"/></svg>')"""
CHECK = 'def check(name, answer): print("○" if answer is None else "✓", f"{name}: {answer}")'


def sample() -> NotebookNode:
    """A notebook with every kind of output and prose that a chapter may have."""
    alt = {"mystnb": {"image": {"alt": "a line that rises from 2 to 4"}}}
    cells = [
        new_markdown_cell("# A sample\n\nRow 3 is 1.25, and [alone](#sample:alone) it looks the same."),
        new_code_cell(FIGURE),
        new_code_cell("print(12)\nFigure()"),
        new_code_cell("[[1, 2], [3, 4]]"),
        new_code_cell("'a'.upper() * 3"),
        new_code_cell("2.5 * 3"),
        new_code_cell("Figure()"),
        new_code_cell("print('before'); display({'x': 3}); print('after')"),
        new_code_cell("print('line', 7)\nprint('line', 8)"),
        new_code_cell("import math"),
        new_code_cell(PLOT, metadata=alt),
        new_code_cell("[1, 2][3]", metadata={"tags": ["raises-exception"]}),
        new_code_cell("{}[4]", metadata={"tags": ["raises-exception"]}),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        new_markdown_cell("## Exercises"),
        new_code_cell(f"{CHECK}\ncheck('rows', None)", metadata={"tags": ["exercise"]}),
        new_code_cell("check('rows', 2)", metadata={"tags": ["hide-cell", "solution"]}),
    ]
    return new_notebook(cells=cells)


@dataclass
class Copy:
    """One copy of a subject with several mutations, each in its own cell."""

    name: str
    nb: NotebookNode
    planted: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A plain copy of what the cells need: chapters, what they read, and pytest's settings."""
    folder = tmp_path_factory.mktemp("a tree with ü")
    skipped = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("chapters", "assets", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    (folder / "tests").mkdir()
    for name in ("pyproject.toml", "tests/strict_cells.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def subjects(tree) -> dict[str, Path]:
    """The notebooks to spoil, by name."""
    path = tree / "chapters" / SAMPLE
    path.write_bytes(dumps(normalise(execute(normalise(sample()), path.parent, SAMPLE))).encode())
    return {path.name: path for path in sorted((tree / "chapters").glob("*.ipynb"))}


def offers(nb: NotebookNode, mutation: Mutation) -> list[int]:
    """The places at which a notebook can be spoiled this way."""
    return [place for place in range(len(nb.cells)) if mutation.spoil(copy.deepcopy(nb), place) is not None]


def spoiled(nb: NotebookNode, mutation: Mutation, place: int) -> tuple[NotebookNode, int]:
    """A copy spoiled at one place, and the place that a complaint must name."""
    mutant = copy.deepcopy(nb)
    return mutant, mutation.spoil(mutant, place)


@functools.cache
def known_complaints(path: Path) -> list[str]:
    return complaints(Chapter.stored(path))


def new_complaints(path: Path, mutant: NotebookNode) -> list[str]:
    """What the rules say about a mutant and did not say about the notebook it was made of."""
    known = known_complaints(path)
    return [line for line in complaints(Chapter(path, dumps(mutant), mutant)) if line not in known]


def of_layer(*layers: str) -> list[str]:
    return [name for name, mutation in MUTATIONS.items() if mutation.layer in layers]


@functools.cache
def attempts(path: Path, name: str) -> list[tuple[str, list[str]]]:
    """The cell that must be named and what the rules say, for the first and the last place that offers a mutation."""
    nb, found = read(path), []
    places = range(len(nb.cells))
    for order in (places, reversed(places)):
        mutant = copy.deepcopy(nb)  # one is enough: a place that offers nothing leaves it as it is
        named = next((named for place in order if (named := MUTATIONS[name].spoil(mutant, place)) is not None), None)
        if named is not None:
            words = "notebook" if named == -1 else cell_name(mutant, named)
            found.append((words, new_complaints(path, mutant)))
    return found


def test_chapters_themselves_pass_the_rules(subjects):
    for path in chapters():
        assert known_complaints(subjects[path.name]) == []


@pytest.mark.parametrize("name", of_layer("files"))
def test_rules_notice(name, subjects):
    tried = [attempt for path in subjects.values() for attempt in attempts(path, name)]
    assert tried, "no notebook offers this mutation"
    for words, said in tried:
        assert any(words in line for line in said), f"{words}: {said}"


def test_every_rule_notices_something(subjects):
    said = [said for name in of_layer("files") for path in subjects.values() for _, said in attempts(path, name)]
    noticed = {line.split(":")[0] for lines in said for line in lines}
    assert set(RULES) - noticed == {"named_and_placed"}  # the next test


@pytest.mark.parametrize("name", ["part/02_lookup.ipynb", "lookup.ipynb", "2_lookup.ipynb", "02-lookup.ipynb"])
def test_a_chapter_in_another_place_is_noticed(name):
    path = ROOT / "chapters" / name
    assert list(RULES["named_and_placed"](Chapter(path, "", sample()))) != []


@pytest.fixture(scope="module")
def copies(subjects, tree) -> list[Copy]:
    """Copies of the subjects in which every mutation of outputs stands at least once, each in a cell of its own.

    A chapter gets a second copy only for what no chapter before it had room for, and the sample holds only what
    no chapter offers: a copy costs some seconds.
    """
    made, placed = [], set()
    for path in subjects.values():
        nb, own = read(path), []
        offered = {name: offers(nb, MUTATIONS[name]) for name in of_layer("cells", "check")}
        for name, places in sorted(offered.items(), key=lambda item: len(item[1])):
            room = [(one, place) for one in own for place in places if place not in one.planted.values()]
            if not places or (name in placed and (path.name == SAMPLE or (own and not room))):
                continue
            if not room:
                own.append(Copy(f"{path.stem}_{len(own)}.ipynb", copy.deepcopy(nb)))
                room = [(own[-1], places[0])]
            one, place = room[0]
            one.planted[name] = MUTATIONS[name].spoil(one.nb, place)
            placed.add(name)
        made += own
    for one in made:
        (tree / "chapters" / one.name).write_bytes(dumps(one.nb).encode())
    return made


@dataclass
class CellsRun:
    """What pytest said about the copies: its last words, and every failure by notebook and cell number."""

    status: int
    output: str
    failures: dict[str, dict[int, str]]
    passed: dict[str, set[int]]


@pytest.fixture(scope="module")
def cells_run(copies, tree) -> CellsRun:
    report = tree / "report.xml"
    files = [f"chapters/{one.name}" for one in copies]
    command = [sys.executable, "-m", "pytest", "-m", "notebook", "-p", "no:cacheprovider", f"--junitxml={report}"]
    done = subprocess.run([*command, *files], cwd=tree, env=clean_env(), capture_output=True, encoding="utf-8")
    failures, passed = defaultdict(dict), defaultdict(set)
    for case in ET.parse(report).iter("testcase"):
        notebook = case.get("classname").split(".", 1)[1].replace(".ipynb", "") + ".ipynb"
        number = int(case.get("name").removeprefix("Cell "))
        said = "".join(f"{entry.get('message')} {entry.text}" for entry in case if entry.tag in {"failure", "error"})
        if said:
            failures[notebook][number] = said
        else:
            passed[notebook].add(number)
    return CellsRun(done.returncode, done.stdout, failures, passed)


def number_of(nb: NotebookNode, place: int) -> int:
    """The number by which nbval calls a code cell."""
    return sum(cell.cell_type == "code" for cell in nb.cells[:place])


@pytest.mark.parametrize("name", of_layer("cells"))
def test_cells_notice(name, copies, cells_run):
    holders = [one for one in copies if name in one.planted]
    assert holders, "no notebook offers this mutation"
    for one in holders:
        place = one.planted[name]
        said = cells_run.failures[one.name].get(number_of(one.nb, place), "passed")
        assert f"{one.name}: {cell_name(one.nb, place)}" in said


@pytest.mark.parametrize("name", of_layer("cells", "check"))
def test_check_notices(name, subjects, fresh):
    for path in subjects.values():
        stored, computed = read(path), fresh(path)
        known = differences(stored, computed)
        for place in offers(stored, MUTATIONS[name])[:1]:
            mutant, named = spoiled(stored, MUTATIONS[name], place)
            said = [line for line in differences(mutant, computed) if line not in known]
            assert any(line.startswith(cell_name(mutant, named)) for line in said), f"{path.name}: {said}"


def test_cells_that_are_not_spoiled_pass(copies, cells_run):
    for one in copies:
        code = range(sum(cell.cell_type == "code" for cell in one.nb.cells))
        spoilt = {number_of(one.nb, place) for name, place in one.planted.items() if MUTATIONS[name].layer == "cells"}
        assert cells_run.passed[one.name] == set(code) - spoilt


def test_one_digit_makes_the_run_fail_and_names_the_cell(copies, cells_run):
    one = next(one for one in copies if "a digit on stdout" in one.planted)
    assert cells_run.status == 1
    number = number_of(one.nb, one.planted["a digit on stdout"])
    assert f"FAILED chapters/{one.name}::Cell {number}" in cells_run.output


def test_mutations_of_outputs_are_not_told_by_the_files(subjects):
    """So that it is known which layer notices what: the rules see nothing in these."""
    path = subjects[SAMPLE]
    nb = read(path)
    for name in of_layer("cells", "check"):
        places = offers(nb, MUTATIONS[name])
        mutants = [spoiled(nb, MUTATIONS[name], place)[0] for place in places]
        assert min((new_complaints(path, mutant) for mutant in mutants), key=len) == [], name
