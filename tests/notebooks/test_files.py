"""The chapters as files: every rule asked about every chapter, and what no single chapter can show."""

import subprocess
import sys
import tomllib

import pytest
import yaml

from chapter_rules import RULES, Chapter
from notebooks import ROOT, chapters

CHAPTERS = {path.stem: path for path in chapters()}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("stem", CHAPTERS)
def test_chapter_keeps_the_rule(stem, rule):
    chapter = Chapter.stored(CHAPTERS[stem])
    assert list(RULES[rule](chapter)) == []


def test_there_are_chapters_and_their_numbers_differ():
    numbers = [stem[:2] for stem in CHAPTERS]
    assert numbers
    assert len(set(numbers)) == len(numbers)


def test_no_notebook_hides_in_a_folder():
    own = [path.relative_to(ROOT) for path in ROOT.rglob("*.ipynb") if not outside(path)]
    assert sorted(own) == sorted(path.relative_to(ROOT) for path in CHAPTERS.values())


def outside(path):
    """What lies in a dot folder or in the built site is not ours."""
    folders = path.relative_to(ROOT).parts[:-1]
    return any(folder.startswith(".") or folder in {"_build", "node_modules"} for folder in folders)


def test_chapters_run_where_their_packages_are():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["execute"] == {"execute_notebooks": "off"}  # and so no run_in_temp


def test_pytest_runs_every_code_cell_and_nothing_is_left_out():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert "chapters" in options["testpaths"]
    assert "--nbval" in options["addopts"]
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-m", "notebook", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "chapters"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    collected = {line for line in done.stdout.splitlines() if ".ipynb::" in line}
    on_disk = {
        f"chapters/{path.name}::Cell {number}"
        for path in CHAPTERS.values()
        for number in range(len(Chapter.stored(path).code))
    }
    assert collected == on_disk
