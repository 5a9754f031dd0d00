"""The chapters as files: every rule asked about every chapter, and what no single chapter can show."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from chapter_rules import RULES, Chapter
from notebooks import ROOT, chapters, clean_env

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
    assert sorted(own_notebooks()) == sorted(CHAPTERS.values())


def own_notebooks():
    """Every notebook below the top folder; what lies in a dot folder or in the built site is not ours."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in {"_build", "node_modules"}]
        yield from (Path(folder, name) for name in files if name.endswith(".ipynb"))


def test_chapters_run_where_their_packages_are():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["execute"] == {"execute_notebooks": "off"}  # and so no run_in_temp


def test_pytest_runs_every_code_cell_and_nothing_is_left_out():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert "chapters" in options["testpaths"]
    assert {"--nbval", "strict_cells"} <= set(options["addopts"])
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-m", "notebook", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "chapters"], cwd=ROOT, env=clean_env(), capture_output=True, encoding="utf-8", check=True
    )
    collected = {line for line in done.stdout.splitlines() if ".ipynb::" in line}
    on_disk = {
        f"chapters/{path.name}::Cell {number}"
        for path in CHAPTERS.values()
        for number in range(len(Chapter.stored(path).code))
    }
    assert collected == on_disk
