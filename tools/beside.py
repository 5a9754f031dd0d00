"""What a chapter needs beside it to run, packages and files; and what a project needs to be judged."""

from collections.abc import Iterable
from pathlib import Path

__all__ = ["ROOT", "beside", "for_projects"]

ROOT = Path(__file__).resolve().parents[1]
NEEDED = (
    "chapters/**/*.py",
    "assets/corpora/*",
    "assets/results/*.json",
    "assets/widgets/**/*",
    "tools/link.py",  # a figure links its front end
    "tools/packed.py",  # and packs its rows
    "requirements.txt",
    "constraints.txt",
    "LICENSE",
)
LARGE = {"glove": "assets/glove/*"}  # only for a chapter that speaks of it
PROJECTS = (
    "projects/*.py",
    "projects/pytest.ini",
    "projects/requirements.txt",
    "projects/rubric.toml",
    "tests/agreement.py",  # what the reference is compared by
    "tests/strategies.py",  # and on which calls
    "constraints.txt",
    "LICENSE",
)


def for_projects() -> list[Path]:
    """Return the files that judge a project: without the solutions, and without what a reader has written here."""
    found = {path for pattern in PROJECTS for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not path.name.startswith("my_"))


def beside(notebooks: Iterable[Path]) -> list[Path]:
    """Return the files that these notebooks need, without the notebooks, in the order of their names."""
    text = "".join(notebook.read_text(encoding="utf-8") for notebook in notebooks)
    patterns = [*NEEDED, *(pattern for word, pattern in LARGE.items() if word in text)]
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if "__pycache__" not in path.parts)
