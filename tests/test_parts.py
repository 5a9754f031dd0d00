"""What the closing lines of ``make test`` count, on reports as pytest writes them."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import parts
from parts import Step, closing_lines, count_report

REPORT = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest"
errors="{errors}" failures="{failures}" skipped="{skipped}" tests="{tests}"></testsuite></testsuites>"""


@pytest.fixture
def report(tmp_path):
    """Write a report and return where it is."""

    def write(tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> Path:
        path = tmp_path / "report.xml"
        counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": skipped}
        path.write_text(REPORT.format(**counts), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("counts", "status", "passed", "failed", "skipped"),
    [
        ({"tests": 7}, 0, 7, 0, 0),
        ({"tests": 7, "failures": 2}, 1, 5, 2, 0),
        ({"tests": 7, "failures": 2, "errors": 1, "skipped": 1}, 1, 3, 3, 1),
        ({"tests": 7, "skipped": 2}, 0, 5, 0, 2),
    ],
)
def test_a_report_is_counted(report, counts, status, passed, failed, skipped):
    assert count_report(report(**counts), status) == Counter(passed=passed, failed=failed, skipped=skipped)


@pytest.mark.parametrize("status", [2, 3, 4, -9, 139])
def test_an_error_that_the_report_does_not_mention_is_one_failure(report, status):
    assert count_report(report(tests=7), status) == Counter(passed=7, failed=1)


def test_collecting_nothing_is_one_failure(report):
    assert count_report(report(tests=0), 5) == Counter(failed=1)
    assert count_report(report(tests=0), 0) == Counter(failed=1)
    assert count_report(report(tests=3, skipped=3), 0) == Counter(failed=1, skipped=3)


def test_no_report_or_half_a_report_is_one_failure(tmp_path):
    half = tmp_path / "half.xml"
    half.write_text('<?xml version="1.0"?><testsuites><testsuite tests="7"', encoding="utf-8")
    assert count_report(tmp_path / "none.xml", 0) == Counter(failed=1)
    assert count_report(half, 0) == Counter(failed=1)


def test_pytest_writes_what_is_counted(tmp_path):
    """The real thing once: one test of each outcome, in a pytest of its own without this book's settings."""
    (tmp_path / "pytest.ini").write_text("[pytest]", encoding="utf-8")
    tests = tmp_path / "test_outcomes.py"
    tests.write_text(
        """
import pytest

@pytest.fixture
def breaks_afterwards():
    yield
    raise ValueError

def test_passes(): pass
def test_passes_too(): pass
def test_fails(): assert 1 == 2
def test_is_skipped(): pytest.skip()
@pytest.mark.xfail
def test_is_expected_to_fail(): assert 1 == 2
def test_passes_and_then_breaks(breaks_afterwards): pass
""",
        encoding="utf-8",
    )
    path = tmp_path / "report.xml"
    options = ["--quiet", "-p", "no:cacheprovider", f"--junitxml={path}"]
    command = [sys.executable, "-m", "pytest", *options, str(tests)]
    status = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode
    assert status == 1
    assert count_report(path, status) == Counter(passed=2, failed=2, skipped=2)


def test_every_part_runs_and_a_failure_anywhere_is_the_exit_status(monkeypatch, capfd):
    steps = {
        "crash": [Step('python -c "raise SystemExit(3)"'), Step('python -c "print(1 + 1)"')],
        "good": [Step('python -c "pass"')],
    }
    monkeypatch.setattr(parts, "PARTS", steps)
    assert parts.main(["crash", "good"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert "2" in lines  # the step after the crash ran
    assert lines[-2:] == ["crash 2 (1 failed), good 1", "2 passed, 1 failed"]
    assert parts.main(["good"]) == 0


def test_skipped_tests_are_named():
    assert closing_lines({"unit": Counter(passed=2, skipped=1)}) == [
        "unit 3",
        "2 passed, 0 failed, 1 skipped",
    ]


def test_an_unknown_part_is_refused(capsys):
    assert parts.main(["units"]) == 2
    assert "no part is called units" in capsys.readouterr().err


def test_what_an_earlier_run_built_is_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(parts, "ROOT", tmp_path)
    stale = tmp_path / "_build" / "html" / "gone.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("from an earlier run", encoding="utf-8")
    assert parts.run_step(Step('python -c "pass"', makes="_build")) == Counter(passed=1)
    assert not stale.exists()


def test_the_shell_of_the_reader_does_not_choose_the_tests(monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    look = "import os; raise SystemExit('PYTEST_ADDOPTS' in os.environ or os.environ['PYTHONHASHSEED'] != '0')"
    assert parts.run_step(Step(f'python -c "{look}"')) == Counter(passed=1)
