"""Run the parts of the book's proof one after another and count what passed and failed.

    python tools/parts.py                 unit, notebooks, course, site: what `make test` runs
    python tools/parts.py unit            one part, or several
    python tools/parts.py portability     the chapters again, as on processors without AVX-512 and AVX2

A part is a list of steps. All of them run, whatever failed before, so that one look shows everything that is
wrong. A pytest step counts its tests from the report that pytest writes; any other step (ruff, the build) is
one test. A step that crashes, collects nothing, or ends with an error that its report does not mention is one
failure: silence is never a pass.

The last two lines name the parts with their counts, and add them up. The exit status is 1 if anything failed.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["PARTS", "Step", "closing_lines", "count_report", "main"]

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ("unit", "notebooks", "course", "site")
# One thread: sums are added in the same order everywhere. One hash seed: sets are printed in the same order.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONUTF8": "1"}
# Options of the reader's shell that would select other tests or load other modules.
FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONWARNINGS")


@dataclass(frozen=True)
class Step:
    """One command: how a reader would type it, and what it adds to the environment."""

    words: str
    environment: dict[str, str] = field(default_factory=dict)
    note: str = ""
    makes: str = ""  # a folder that is removed first, so that nothing left from an earlier run is tested

    @property
    def is_pytest(self) -> bool:
        """Whether pytest writes a report for this step."""
        return shlex.split(self.words)[0] == "pytest"

    def command(self, report: Path) -> list[str]:
        """Return what to run: the tools of this Python, wherever it lies and whatever is on the path.

        >>> Step("ruff check .").command(Path("unused"))[1:]
        ['-m', 'ruff', 'check', '.']
        """
        program, *arguments = shlex.split(self.words)
        if program == "python":
            return [sys.executable, *arguments]
        if program == "jupyter-book":  # it has no `python -m` form
            return [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", *arguments]
        options = [f"--junitxml={report}"] if self.is_pytest else []
        return [sys.executable, "-m", program, *arguments, *options]


# A process for each core; the cells of one notebook stay in one of them.
SPREAD = "-n auto --dist worksteal"
WHOLE = "-n auto --dist loadfile"
STATIC = {"BOOK_STATIC": "1"}  # figures print their markup and open no channel to a browser
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
PLAIN = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"}

PARTS: dict[str, list[Step]] = {
    "unit": [
        Step("ruff check ."),
        Step("ruff format --check ."),
        Step(f'pytest -m "not notebook and not course and not site and not browser" --ignore-glob=*.ipynb {SPREAD}'),
    ],
    "notebooks": [Step(f"pytest -m notebook {WHOLE}", STATIC)],
    "course": [Step(f"pytest tests/course -m course {SPREAD}")],
    "site": [
        Step("jupyter-book build . -n -W --keep-going --all", makes="_build"),
        Step("python tools/chromium.py"),
        Step("python tools/firefox.py"),
        Step(f'pytest -m "site or browser" --ignore-glob=*.ipynb {SPREAD}', {"BOOK_SITE": str(Path("_build", "html"))}),
    ],
    "portability": [
        Step(f"pytest chapters -m notebook {WHOLE}", STATIC | AVX2, "as on a processor with AVX2 only"),
        Step(f"pytest chapters -m notebook {WHOLE}", STATIC | PLAIN, "as on a processor without vector instructions"),
    ],
}


def count_report(report: Path, status: int) -> Counter:
    """Return how many tests passed, failed and were skipped, from pytest's report and its exit status."""
    try:
        suites = list(ET.parse(report).iter("testsuite"))
    except (OSError, ET.ParseError):  # it never got as far as writing one
        return Counter(failed=1)
    said = Counter()
    for suite in suites:
        said.update({name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")})
    failed = said["failures"] + said["errors"]
    passed = said["tests"] - failed - said["skipped"]
    unsaid = not failed and (status or not passed)
    return Counter(passed=passed, failed=failed + bool(unsaid), skipped=said["skipped"])


def run_step(step: Step) -> Counter:
    """Run one step from the top folder, its output going straight to the screen, and return its counts."""
    print(f"\n== {step.words}{f'  ({step.note})' if step.note else ''}", flush=True)
    if step.makes:
        shutil.rmtree(ROOT / step.makes, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.run(
            step.command(report), cwd=ROOT, env=environment | ENVIRONMENT | step.environment, check=False
        ).returncode
        if step.is_pytest:
            return count_report(report, status)
    return Counter(failed=1) if status else Counter(passed=1)


def run_part(name: str) -> Counter:
    """Run the steps of one part and say how long each took."""
    counts, times = Counter(), []
    for step in PARTS[name]:
        start = time.monotonic()
        counts += run_step(step)
        words = step.words.split()[: 1 if step.is_pytest else 2]
        times.append(f"{' '.join(words)} {time.monotonic() - start:.0f} s")
    print(f"\n-- {name}: {total(counts)} ({', '.join(times)})", flush=True)
    return counts


def total(counts: Counter) -> str:
    """Return the counts in words; nothing is said of skipped tests when there are none.

    >>> total(Counter(passed=12))
    '12 passed, 0 failed'
    """
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return f"{counts['passed']} passed, {counts['failed']} failed{skipped}"


def closing_lines(results: dict[str, Counter]) -> list[str]:
    """Return the last two lines: each part with the number of its tests, and the sum.

    >>> closing_lines({"unit": Counter(passed=3), "site": Counter(passed=1, failed=1)})
    ['unit 3, site 2 (1 failed)', '4 passed, 1 failed']
    """
    parts = []
    for name, counts in results.items():
        failed = f" ({counts['failed']} failed)" if counts["failed"] else ""
        parts.append(f"{name} {counts.total()}{failed}")
    return [", ".join(parts), total(sum(results.values(), Counter()))]


def main(names: Iterable[str]) -> int:
    """Run the named parts, or those of `make test`, and print the closing lines."""
    names = list(names) or list(DEFAULT)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no part is called {', '.join(unknown)}: there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    results = {name: run_part(name) for name in names}
    print("", *closing_lines(results), sep="\n", flush=True)
    return 1 if any(counts["failed"] for counts in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
