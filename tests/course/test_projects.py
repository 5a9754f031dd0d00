"""The projects judge rightly: the solution passes every step, an empty file none, and a wrong version fails its own."""

import importlib.util
import inspect
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import judge
from notebooks import ROOT

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
