"""How a project runs: whose file is judged, one message a step, and the points at the end."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from judge import NotReadyError, load, wrong

HERE = Path(__file__).parent
PROJECTS = tomllib.loads((HERE / "rubric.toml").read_text("utf-8"))
READER = sum(PROJECTS.pop("reader").values())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mine", metavar="FILE", help="the file to judge, in place of the project's own name for it")


def project(item: pytest.Item) -> str:
    return item.path.stem.removeprefix("test_")


def step(item: pytest.Item) -> int:
    return next(int(mark.name.removeprefix("step")) for mark in item.iter_markers() if mark.name.startswith("step"))


@pytest.fixture
def mine(request: pytest.FixtureRequest) -> ModuleType:
    """The learner's file, run anew for each test."""
    given = request.config.getoption("--mine")
    path = (
        Path(request.config.invocation_params.dir, given) if given else HERE / PROJECTS[project(request.node)]["file"]
    )
    try:
        return load(path)
    except NotReadyError as reason:
        wrong(str(reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if (project(item), step(item)) in failed(item.config):
        pytest.skip("an earlier test of this step has failed, and one message a step is enough")


def failed(config: pytest.Config) -> set[tuple[str, int]]:
    return config.stash.setdefault(FAILED, set())


def ran(config: pytest.Config) -> set[tuple[str, int]]:
    return config.stash.setdefault(RAN, set())


FAILED, RAN = pytest.StashKey[set](), pytest.StashKey[set]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Say first what the test asks for, in the words of its docstring."""
    report = yield
    ran(item.config).add((project(item), step(item)))
    if report.failed:
        failed(item.config).add((project(item), step(item)))
        if isinstance(call.excinfo.value, pytest.fail.Exception):
            report.longrepr = f"Step {step(item)}. {item.function.__doc__}\n\n{call.excinfo.value.msg}\n"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the points of each step that ran."""
    for name, told in PROJECTS.items():
        steps = [number for number in range(1, len(told["steps"]) + 1) if (name, number) in ran(config)]
        if not steps:
            continue
        terminalreporter.section(told["title"].replace("`", ""), sep="-")
        got = 0
        for number in steps:
            each, right = told["steps"][number - 1], (name, number) not in failed(config)
            got += each["points"] * right
            points = f"{each['points'] * right} of {each['points']}"
            terminalreporter.line(f"step {number}  {'right' if right else 'WRONG'}  {points}  {each['name']}")
        if len(steps) == len(told["steps"]):
            terminalreporter.line(
                f"{got} of {sum(each['points'] for each in told['steps'])} points; a reader gives up to {READER} more"
            )
