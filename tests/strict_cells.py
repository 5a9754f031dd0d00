"""The chapters' cells, compared without exceptions: nbval with its blind spots closed.

A pytest plugin (``-p strict_cells`` in pyproject.toml, so that ``pytest chapters/02_lookup.ipynb`` is as strict
as the whole suite). It changes nbval 0.11.0 in four places:

* kernels are the Python that runs pytest, in the environment of `notebooks.clean_env`;
* what nbval leaves out is compared too: kinds and metadata of outputs, and PNG and JPEG images;
* a cell that was never run fails, and so does one that asks to be skipped or not to be compared;
* a failure names the notebook and the cell as the author knows it.

Everything nbval collects, and everything in ``tests/notebooks``, gets the marker ``notebook``.
"""

import subprocess
from pathlib import Path

import nbval.kernel
import pytest
from nbval.plugin import IPyNbCell, nocolors

import notebooks

COMPARED_TOO = {"metadata", "output_type", "image/png", "image/jpeg"}
HERE = Path(__file__).resolve().parent / "notebooks"

_start = nbval.kernel.start_new_kernel


def start_clean_kernel(startup_timeout: float = 60, **options: object) -> tuple:
    """Start the kernel that nbval asks for, with our Python and our environment."""
    options["stderr"].close()  # nbval opens os.devnull and never closes it
    return _start(
        startup_timeout=startup_timeout,
        kernel_name=nbval.kernel.CURRENT_ENV_KERNEL_NAME,
        env=notebooks.clean_env(),
        cwd=options["cwd"],
        stderr=subprocess.DEVNULL,
    )


def pytest_configure(config: pytest.Config) -> None:
    nbval.kernel.start_new_kernel = start_clean_kernel


def pytest_unconfigure(config: pytest.Config) -> None:
    nbval.kernel.start_new_kernel = _start


def title(item: IPyNbCell) -> str:
    """What the author calls the cell: file, number, id, first line."""
    cells = item.parent.nb.cells
    index = next(index for index, cell in enumerate(cells) if cell is item.cell)
    return f"{item.path.name}: {notebooks.cell_name(item.parent.nb, index)}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, IPyNbCell):
            item.add_marker("notebook")
            item.colors = nocolors  # or a log is full of escape codes
            item.parent.skip_compare = tuple(set(item.parent.skip_compare) - COMPARED_TOO)
        elif HERE in item.path.parents:
            item.add_marker("notebook")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> object:
    if isinstance(item, IPyNbCell):
        if item.options["skip"] or not item.options["check"]:
            item.raise_cell_error("The cell asks to be skipped or not to be compared")
        if item.cell.execution_count is None:
            item.raise_cell_error("The cell was never run; python tools/notebooks.py FILE does it")
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    report = yield
    if isinstance(item, IPyNbCell) and report.failed:
        report.longrepr = f"{title(item)}\n{report.longreprtext}"
    return report
