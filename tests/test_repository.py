"""The files at the top of the repository say the same thing: versions, commands, licences."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

import browser_versions

ROOT = Path(__file__).resolve().parents[1]
PINS = """
torch==2.13.0 jupyter-book==1.0.4.post1 furo==2025.12.19 math-core==0.9.0 matplotlib==3.11.2 ipywidgets==8.1.9
anywidget==0.11.0 nbval==0.11.0 jupyterlab==4.6.6 pytest==9.2.0 playwright==1.65.2 axe-playwright-python==0.1.8
hypothesis==6.170.15 expecttest==0.3.0
"""
# Home folders, temporary folders, drives: a path that exists for its author only.
FOLDERS = "home|root|tmp|opt|work|mnt|private|var/folders|Users"
PLACE = re.compile(rf"(?<![\w.:/~}})-])/(?:{FOLDERS})/[\w.]|\b[A-Z]:\\Users\\")
TEXT = {
    ".cff",
    ".cfg",
    ".css",
    ".html",
    ".ipynb",
    ".js",
    ".json",
    ".md",
    ".py",
    ".svg",
    ".toml",
    ".txt",
    ".yml",
}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def requirements(path: str) -> list[str]:
    """The lines of a requirements file that name a package."""
    return [line for line in read(path).splitlines() if line and not line.startswith(("#", "-"))]


def normal(requirement: str) -> str:
    """A package's name, and its version if there is one, as pip compares them."""
    return re.sub(r"[-_.]+(?=[^=]*(==|$))", "-", requirement).lower()


def imported() -> set[str]:
    """The first names of all modules that the code of this repository imports."""
    names = set()
    for path in own_files():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names.update(alias.name.split(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names.add(node.module.split(".")[0])
    return names


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), flags=re.MULTILINE))


def commands(text: str) -> set[str]:
    """The targets of the `make` commands in a text: in code spans, in code blocks and in workflow steps."""
    return set(re.findall(r"(?:`|^|run: |exec |=1 )make ([a-z-]+)", text, flags=re.MULTILINE))


def own_files() -> list[Path]:
    """The text files of the repository, also where it is a plain copy without git."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name in {".ci", ".github"} or is_own(name)]
        found += [Path(folder, name) for name in files]
    return [path for path in found if path.suffix in TEXT or path.name in {"Makefile", "LICENSE", "run"}]


def is_own(folder: str) -> bool:
    return not folder.startswith(".") and folder not in {"_build", "__pycache__", "node_modules"}


def test_the_pins_are_those_the_book_is_written_for():
    assert set(PINS.split()) <= {*requirements("requirements.txt"), *requirements("tests/requirements.txt")}


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements-glove.txt",
        "tests/requirements.txt",
        "projects/requirements.txt",
        "constraints.txt",
    ],
)
def test_every_version_is_exact_and_public(path):
    """A local version such as 2.13.0+cpu exists in one place only; ``==2.13.0`` takes it too."""
    for line in requirements(path):
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9a-z.]+", line)


def test_the_constraints_hold_every_requirement_and_each_package_once():
    constraints = [normal(line) for line in requirements("constraints.txt")]
    names = [line.split("==")[0] for line in constraints]
    assert len(names) == len(set(names))
    asked = [line for folder in ("", "tests/", "projects/") for line in requirements(f"{folder}requirements.txt")]
    assert {normal(line) for line in asked} <= set(constraints)
    assert "-c constraints.txt" in read("requirements.txt")


def test_every_imported_package_is_pinned():
    """What a fresh environment would lack: a package that is here only because somebody once installed it."""
    files = ["constraints.txt", "requirements-glove.txt", "tests/requirements-webkit.txt"]
    lines = [line for file in files for line in requirements(file)]
    pinned = {normal(line).split("==")[0] for line in lines}
    distributions = packages_distributions()
    for module in sorted(imported() & distributions.keys()):
        assert {normal(name) for name in distributions[module]} & pinned, module


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "index.md", ".ci/run", ".github/workflows/book.yml"])
def test_every_command_that_is_named_exists(path):
    assert commands(read(path)), "the pattern finds no command"
    assert commands(read(path)) <= targets()


def test_the_readme_explains_every_command():
    assert targets() - {"help"} == commands(read("README.md"))


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")
def test_make_alone_lists_the_commands():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make ([a-z-]+) +\S", listed, flags=re.MULTILINE)) == targets()


def test_integration_runs_the_commands_of_the_readme_and_nothing_else():
    steps = [line for line in read(".ci/run").splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert steps == ["exec make test"]
    workflow = yaml.safe_load(read(".github/workflows/book.yml"))
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert runs == ["make test", "make site"]


def test_the_weekly_check_runs_the_commands_of_the_readme_and_shows_what_changed():
    jobs = yaml.safe_load(read(".github/workflows/weekly.yml"))["jobs"]
    runs = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    show = 'cat _build/changes.md >> "$GITHUB_STEP_SUMMARY"'
    assert runs.keys() == {"pinned", "webkit", "information"}
    assert (runs["pinned"], runs["webkit"][-1]) == (["make test"], "make webkit")
    assert runs["information"] == ["${{ matrix.command }}", show]
    news = jobs["information"]
    assert news["continue-on-error"] is True
    variants = news["strategy"]["matrix"]["include"]
    assert {variant["command"].removeprefix("make ") for variant in variants} <= targets()
    assert "> _build/changes.md" in read("Makefile")
    oldest = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    assert oldest in {variant["python"] for variant in variants}


@pytest.mark.parametrize("name", ["book", "weekly"])
def test_actions_are_pinned_to_a_full_version(name):
    workflow = yaml.safe_load(read(f".github/workflows/{name}.yml"))
    uses = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert uses
    for action in uses:
        assert re.fullmatch(r"[a-z]+/[a-z-]+@v\d+\.\d+\.\d+", action)


def test_the_build_of_make_book_is_the_one_that_is_tested():
    from parts import PARTS

    step = next(step for step in PARTS["site"] if "jupyter-book" in step.words)
    program, *arguments = step.command(Path("unused"))[2:]
    assert f'$(PY) -c "{program}" {" ".join(arguments)}\n' in read("Makefile")
    assert f'echo "{step.words}"\n' in read("Makefile")
    assert step.words in read("README.md")  # where there is no make


def test_the_citation_is_complete_and_of_this_version():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"] == [{"name": "The authors of this book"}]
    assert citation["license"] == ["MIT", "CC-BY-4.0"]
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert citation["version"] == project["version"]
    assert re.search(rf"^## .*\b{re.escape(citation['version'])}\b", read("CHANGELOG.md"), flags=re.MULTILINE)


def test_the_title_is_one():
    title = yaml.safe_load(read("_config.yml"))["title"]
    assert read("README.md").startswith(f"# {title}\n")
    assert read("index.md").startswith(f"# {title}\n")
    assert read("LICENSE").startswith(f"{title}\n")
    assert yaml.safe_load(read("CITATION.cff"))["title"].startswith(title)


def test_the_licence_covers_code_and_text():
    licence = read("LICENSE")
    assert "MIT License" in licence
    assert "Permission is hereby granted, free of charge" in licence
    assert "Creative Commons Attribution 4.0 International" in licence
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in licence
    assert "The authors of this book" in licence


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_within_the_repository_lead_somewhere(path):
    text = read(path)
    titles = re.findall(r"^#+ (.*)", text, flags=re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    for target in re.findall(r"(?<!`)\[[^\]`]+\]\((?!https:)([^)#\s]*(?:#[\w-]+)?)\)", text):
        place, _, heading = target.partition("#")
        assert not place or (ROOT / place).exists()
        assert not heading or heading in headings


def test_the_picture_of_the_readme_is_small():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", read("README.md"))
    assert pictures, "the README shows no picture, or one without a text alternative"
    for picture in pictures:
        assert (ROOT / picture).stat().st_size <= 150_000


def test_no_file_names_a_place_on_somebodys_machine():
    found = []
    for path in own_files():
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [f"{path.relative_to(ROOT)}:{n}" for n, line in enumerate(lines, 1) if PLACE.search(line)]
    assert found == []


@pytest.mark.parametrize("folder", ["home/ada", "root", "tmp", "Users/ada", "var/folders/x"])
def test_a_place_on_somebodys_machine_is_seen(folder):
    assert PLACE.search(f"see /{folder}/book.txt")
    assert PLACE.search(f'open("/{folder}/book.txt")')
    assert not PLACE.search(f"see chapters/{folder}/book.txt and https://example.org/{folder}/book.txt")


def test_a_function_keeps_its_name_when_the_module_named_like_it_is_collected_first():
    named = ["chapters/reference/neighbours.py", "tests/reference/test_neighbours.py", "-k", "best_come_first"]
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *named]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_on_accessibility_names_tests_that_exist_and_the_axe_that_runs():
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "site").glob("test_*.py"))
    page = read("accessibility.md")
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 5
    assert [name for name in named if f"def {name}(" not in tests] == []
    assert [path for path in re.findall(r"`(tests/[\w./]+)`", page) if not (ROOT / path).exists()] == []
    assert json.loads(read("assets/results/browsers.json"))["axe"] == browser_versions.axe()
