"""The projects judge rightly: the solution passes every step, an empty file none, and a wrong version fails its own."""

import ast
import doctest
import importlib.util
import inspect
import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import torch

import judge
import student
from agreement import TORCH, assert_same_gradient, run
from notebooks import ROOT
from sphinx_downloads import packed_projects

pytestmark = pytest.mark.course

PROJECTS = tomllib.loads((ROOT / "projects" / "rubric.toml").read_text("utf-8"))
READER = PROJECTS.pop("reader")
SOLUTIONS = {name: (ROOT / "projects" / "solutions" / f"{name}.py").read_text("utf-8") for name in PROJECTS}
WRONG = tomllib.loads(Path(__file__).with_name("wrong_projects.toml").read_text("utf-8"))
each_project = pytest.mark.parametrize("name", PROJECTS)


@cache
def judging(name: str) -> ModuleType:
    """The tests of a project, as pytest runs them for a reader."""
    spec = importlib.util.spec_from_file_location(f"judging_{name}", ROOT / "projects" / f"test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(name: str, path: Path) -> dict[int, str]:
    """The steps that the file at `path` fails, each with the message of the first test that fails."""
    found: dict[int, str] = {}
    for test in vars(judging(name)).values():
        steps = [int(mark.name.removeprefix("step")) for mark in getattr(test, "pytestmark", [])]
        if not steps or steps[0] in found:
            continue
        with pytest.MonkeyPatch.context() as patch:
            more = {"monkeypatch": patch} if "monkeypatch" in inspect.signature(test).parameters else {}
            try:
                test(judge.load(path), **more)
            except pytest.fail.Exception as failed:
                found[steps[0]] = failed.msg
    return found


@pytest.fixture
def mine(tmp_path):
    """Write a file as a reader would, and return where it is."""

    def write(source: str, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_text(source, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(("name", "solution"), [*zip(PROJECTS, PROJECTS, strict=True), ("embedding", "options")])
def test_a_solution_passes_every_step(name, solution, mine):
    assert judged(name, mine(SOLUTIONS[solution])) == {}


@pytest.mark.parametrize(
    ("name", "stands", "instead"),
    [
        ("embedding", "{tuple(weight.shape)}", "{weight.shape}"),
        (
            "embedding",
            "indices[learns], ctx.num_embeddings)",
            "indices=indices[learns], num_embeddings=ctx.num_embeddings)",
        ),
        ("options", "check_invariants=False)", "check_invariants=False, is_coalesced=False)"),
        ("options", "norm_type: float = 2.0,\n    scale", "norm_type: float = 2,\n    scale"),
        (
            "options",
            "    rows = indices.unique()  # a row that is read twice is shortened once",
            """
    for row in set(indices.tolist()):
        if weight[row].norm(norm_type) > max_norm:
            weight[row] *= max_norm / (weight[row].norm(norm_type) + 1e-7)
    return
    rows = indices.unique()""",
        ),
        (
            "bag",
            "    vectors = weight.index_select(0, rows)\n",
            "    if not num_bags:\n        return weight[:0]\n    vectors = weight.index_select(0, rows)\n",
        ),
    ],
)
def test_a_solution_may_be_written_otherwise(name, stands, instead, mine):
    assert stands in SOLUTIONS[name]
    assert judged(name, mine(SOLUTIONS[name].replace(stands, instead))) == {}


@each_project
def test_an_empty_file_fails_every_step_and_is_told_what_is_missing(name, mine):
    found = judged(name, mine(""))
    assert found.keys() == set(range(1, len(PROJECTS[name]["steps"]) + 1))
    for message in found.values():
        assert message.startswith("mine.py has no `")
        assert message.endswith("` yet.")


def test_the_first_project_alone_passes_no_step_of_the_second(mine):
    assert judged("options", mine(SOLUTIONS["embedding"])).keys() == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [pytest.param(name, case, id=f"{name}: {case['what']}") for name in WRONG for case in WRONG[name]],
)
def test_a_wrong_version_fails_where_it_is_wrong_and_nowhere_else(name, wrong, mine):
    assert wrong["stands"] in SOLUTIONS[name]
    found = judged(name, mine(SOLUTIONS[name].replace(wrong["stands"], wrong["instead"])))
    assert sorted(found) == wrong["fails"], "\n\n".join(f"{step}. {message}" for step, message in found.items())


def test_the_example_of_the_page_is_what_pytest_prints(mine):
    wrong = next(case for case in WRONG["embedding"] if case["what"] == "the padding row learns")
    found = judged("embedding", mine(SOLUTIONS["embedding"].replace(wrong["stands"], wrong["instead"])))
    assert f"```text\n{found[5]}\n```" in (ROOT / "projects" / "embedding.md").read_text("utf-8")


def told(name: str, what: str, mine) -> dict[int, str]:
    """The messages to a wrong version."""
    wrong = next(case for case in WRONG[name] if case["what"] == what)
    return judged(name, mine(SOLUTIONS[name].replace(wrong["stands"], wrong["instead"])))


@pytest.mark.parametrize(
    ("name", "what", "step", "words"),
    [
        (
            "options",
            "written before it is refused",
            3,
            [
                "the table before:     [[0.5, -1.0]",
                "the table afterwards: [[0.5, -1.0], [2.0, 0.25], [-0.1118, 0.2236]]",
            ],
        ),
        (
            "options",
            "refused before backward",
            2,
            ["PyTorch  raises: in backward, RuntimeError: ", "yours    raises: "],
        ),
        ("options", "the counts are kept from call to call", 2, ["Asked this alone, your file is right: it keeps"]),
        (
            "options",
            "pads are in the list, as zeros",
            1,
            ["sparse, 1 entry, rows [0], values [[1.0, 1.0]]", "sparse, 3 entries, rows [2, 0, 2], values [[0.0, 0.0]"],
        ),
        ("options", "single numbers are listed", 1, ["sparse, 2 entries, single numbers at [(0, 0), (0, 1)], values"]),
        ("options", "marked as coalesced", 1, ["marked as coalesced, rows ["]),
        ("options", "a norm of 0 and below is none", 3, ["max_norm=1.0, norm_type=0.0)"]),
        ("bag", "offsets may decrease", 4, ["    weight = torch.tensor([[0.5, "]),
        ("bag", "align cuts the vectors that it is given", 6, ["expected [-1.0, 4.0]\n  yours    [-1.0, 3.0]"]),
        ("bag", "a loaded table learns", 6, ["table.weight.requires_grad\n\n  expected False"]),
    ],
)
def test_what_a_wrong_version_is_told(name, what, step, words, mine):
    message = told(name, what, mine)[step]
    for word in words:
        assert word in message


def test_only_what_remembers_is_told_that_it_does(mine):
    told_of_it = "it keeps something from one call to the next"
    assert told_of_it in told("options", "the counts are kept from call to call", mine)[2]
    for what in ("divided by the square root", "a copy is shortened", "refused before backward"):
        assert not [message for message in told("options", what, mine).values() if told_of_it in message]


def ran(folder: Path, *options: str) -> tuple[int, str]:
    """What pytest says to a reader who calls it in `folder`."""
    command = [sys.executable, "-m", "pytest", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def points(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("step ") or " points; " in line]


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("an edition, schön") / "student"
    list(student.write(folder))
    return folder


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(io.BytesIO(packed_projects())).extractall(folder)
    return folder / "embedding-table-projects"


@pytest.mark.parametrize("place", ["edition", "unpacked"])
def test_solved_the_projects_pass_where_readers_have_them(place, request):
    folder = request.getfixturevalue(place)
    for name, solution in (("my_embedding.py", "options"), ("my_bag.py", "bag")):
        (folder / "projects" / name).write_text(SOLUTIONS[solution], encoding="utf-8")
    status, said = ran(folder, "projects")
    assert status == 0, said
    assert "WRONG" not in said
    for told in PROJECTS.values():
        whole = sum(step["points"] for step in told["steps"])
        assert f"{whole} of {whole} points; a reader gives up to {sum(READER.values())} more" in said


def test_a_step_is_judged_alone_and_in_few_words(edition, tmp_path):
    (tmp_path / "empty.py").touch()
    status, said = ran(edition, "projects/test_embedding.py", "-m", "step2", "--mine", str(tmp_path / "empty.py"))
    assert status == 1
    assert "Step 2. An index below 0 or above V - 1 is an IndexError that holds the index." in said
    assert "empty.py has no `embedding` yet." in said
    assert points(said) == ["step 2  WRONG  0 of 3  what it refuses"]
    assert "Traceback" not in said
    assert len(said.splitlines()) < 15


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "There is no file"),
        ("def embedding(:", "SyntaxError: invalid syntax"),
        (
            "import torch\n\ntorch.nothing",
            "has no attribute 'nothing' (mine.py, line 3)",
        ),
        ("raise SystemExit", "Python cannot run mine.py: SystemExit"),
    ],
)
def test_a_file_that_cannot_be_judged_is_named(source, words, mine, tmp_path):
    path = tmp_path / "none.py" if source is None else mine(source)
    with pytest.raises(judge.NotReadyError) as told:
        judge.load(path)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def embedding(input, weight): ...", "yours    shape of the output: None, which is no tensor"),
        (
            "def embedding(input, weight): return 1 / 0",
            "ZeroDivisionError: division by zero (mine.py, line 1)",
        ),
        ("def embedding(input): return input", "takes 1 positional argument but 2 were given"),
        (
            "from torch.nn.functional import embedding",
            "calls PyTorch's own `embedding`. Build it",
        ),
        ("def embedding(input, weight): return weight[input.long()].double()", "dtype of the output: torch.float64"),
    ],
)
def test_what_a_beginning_is_told(source, words, mine):
    assert words in judged("embedding", mine(source))[1]


def test_a_case_that_is_shown_can_be_run_and_gives_what_is_told(mine):
    """The code of a message, run with PyTorch in the place of the reader's file."""
    for name in ("embedding", "bag"):
        for form in ("function", "constructed"):
            options = ("max_norm", "norm_type") if name == "embedding" else ("mode",)
            for call in judge.calls(name, options, form=form, frozen=False, per_sample_weights=None)[::9]:
                code = "\n".join(line[4:] for line in judge.shown(call).splitlines())
                there = {"torch": torch} | {part: getattr(TORCH, part) for part in judge.NAMES[name]}
                exec(code, there)
                weight = there["weight"] if form == "function" else there["table"].weight
                outcome = run(TORCH, call)
                assert torch.equal(there["output"].nan_to_num(7), outcome.outputs[0].nan_to_num(7))
                assert_same_gradient(weight.grad, outcome.gradient)


def test_the_students_edition_holds_the_projects_without_a_solution(edition):
    names = {path.relative_to(edition).as_posix() for path in (edition / "projects").rglob("*") if path.is_file()}
    pages = {f"projects/{name}.md" for name in PROJECTS}
    assert pages | {"projects/judge.py", "projects/pytest.ini", "projects/requirements.txt"} <= names
    assert not [name for name in names if "solution" in name]
    for page in pages:
        text = (edition / page).read_text("utf-8")
        assert "literalinclude" not in text
        assert "| step 1, " in text
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert (edition / "projects" / target).exists(), target


@each_project
def test_a_page_names_each_step_and_its_command(name):
    text = (ROOT / "projects" / f"{name}.md").read_text("utf-8")
    for place, step in enumerate(PROJECTS[name]["steps"], start=1):
        assert f"\n## Step {place}: {step['name']}\n" in text
        assert f"\npython -m pytest projects/test_{name}.py -m step{place}\n" in text
    assert f"`projects/{PROJECTS[name]['file']}`" in text
    assert f"solutions/{name}.py" in text


EXAMPLE = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["options", "bag"])
def test_the_examples_of_a_page_are_what_a_solution_answers(name, mine):
    text = (ROOT / "projects" / f"{name}.md").read_text("utf-8")
    solution = vars(judge.load(mine(SOLUTIONS[name])))
    for step in re.findall(r"^## Step .*?(?=^## )", text, re.MULTILINE | re.DOTALL):
        found = EXAMPLE.findall(step)
        assert found, step
        for example in found:
            case = doctest.DocTestParser().get_doctest(example, dict(solution), name, None, None)
            said = io.StringIO()
            doctest.DocTestRunner(verbose=False).run(case, out=said.write)
            assert said.getvalue() == ""


def test_a_solution_needs_nothing_of_the_book():
    for source in SOLUTIONS.values():
        imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
        assert imported <= {"torch", "collections.abc", "itertools", "typing"}
