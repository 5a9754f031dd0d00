"""Execute the chapters, write them in one form, and check that what is stored is what they print.

    python tools/notebooks.py [FILE ...]            execute and rewrite (default: every chapter)
    python tools/notebooks.py --check [FILE ...]    execute and compare with the file, byte for byte

A chapter is executed in its own folder, with the Python that runs this file, in static mode: widgets leave
semantic HTML and no model ids. When a cell fails, the cell and its error are printed and nothing is written.

Does not judge what the outputs say: that is the reader's and the tests' work.
"""

import argparse
import atexit
import copy
import functools
import hashlib
import importlib.util
import itertools
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import ipykernel.kernelspec
import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import reads as read_v4
from nbformat.v4.rwbase import split_lines

__all__ = [
    "CELL_SECONDS",
    "TAGS",
    "CellError",
    "cell_name",
    "chapters",
    "check",
    "clean_env",
    "differences",
    "dumps",
    "exact_here",
    "execute",
    "normalise",
    "read",
]

ROOT = Path(__file__).resolve().parent.parent
CELL_SECONDS = 120
TAGS = frozenset(
    {"hide-input", "hide-cell", "hide-output", "remove-input", "remove-cell", "remove-output"}
    | {"exercise", "solution", "raises-exception", "slide", "fragment", "skip"}
)
# What the site folds by these tags, JupyterLab folds by these fields: a prediction is one there too.
HIDDEN = {
    "hide-cell": ("outputs_hidden", "source_hidden"),
    "hide-input": ("source_hidden",),
    "hide-output": ("outputs_hidden",),
}
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class CellError(Exception):
    """A cell failed that should not have: the message names the notebook, the cell and the error."""


def chapters() -> list[Path]:
    """Every notebook of the book, in order."""
    return sorted((ROOT / "chapters").glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """The notebook as stored: nothing is repaired, upgraded or given an id."""
    nb = read_v4(Path(path).read_text(encoding="utf-8"))
    if (nb.nbformat, nb.nbformat_minor) != (4, 5):
        raise ValueError(f"{path}: nbformat is {nb.nbformat}.{nb.nbformat_minor}, not 4.5")
    return nb


def dumps(nb: NotebookNode) -> str:
    """The text of the file: long strings as lists of lines, keys sorted, one newline at the end."""
    lines = split_lines(copy.deepcopy(nb))
    return json.dumps(lines, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def cell_name(nb: NotebookNode, index: int) -> str:
    """What a message calls a cell: its number as pytest counts it, its id, its first line.

    >>> code = {"cell_type": "code", "id": "look-up", "source": "table[3]", "metadata": {}, "outputs": []}
    >>> cell_name(nbformat.from_dict({"cells": [code]}), 0)
    'Cell 0 `look-up` (table[3])'
    """
    cell = nb.cells[index]
    first = cell.source.strip().split("\n")[0][:60]
    if cell.cell_type != "code":
        return f"{cell.cell_type} cell `{cell.get('id')}` ({first})"
    number = sum(other.cell_type == "code" for other in nb.cells[:index])
    return f"Cell {number} `{cell.get('id')}` ({first})"


# --- executing


@functools.cache
def _ipython_dir() -> str:
    """One empty folder for the settings of every kernel of this run, removed at its end."""
    folder = tempfile.mkdtemp(prefix="ipython-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def clean_env() -> dict[str, str]:
    """The environment in which every cell of the book runs, whoever starts it.

    Nothing of pytest's is left in it (ipykernel would stop capturing what C code prints), nor any setting of
    the reader's that changes an output.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_CORE_"))}
    for name in ("PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONOPTIMIZE", "FORCE_COLOR", "NO_COLOR"):
        env.pop(name, None)
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None:  # its own defaults, not the reader's
        env["MATPLOTLIBRC"] = str(Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc")
    return env | {
        "BOOK_STATIC": "1",
        "IPYTHONDIR": _ipython_dir(),
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


class _ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs this file, whatever Jupyter has been told elsewhere."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=ipykernel.kernelspec.RESOURCES, **ipykernel.kernelspec.get_kernel_dict())


class _Kernel(AsyncKernelManager):
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return _ThisPython(parent=self)


def execute(nb: NotebookNode, folder: Path, name: str = "notebook", live: bool = False) -> NotebookNode:
    """A copy of the notebook, executed in `folder`; not yet normalised. With `live`, figures are widgets with a state.

    Raises:
        CellError: a cell without the tag `raises-exception` failed, took too long or ended the kernel.
    """
    fresh = copy.deepcopy(nb)
    reached = 0

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal reached
        reached = cell_index

    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        fresh,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        kernel_manager_class=_Kernel,
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=live,
        record_timing=False,
        extra_arguments=["--log-level=40"],  # or the kernel remarks on its own transport
        on_cell_start=remember,
    )
    try:
        client.execute(env=clean_env() | ({"BOOK_STATIC": "0"} if live else {}))
    except CellExecutionError as error:
        where = cell_name(fresh, reached)
        raise CellError(f"{name}: {where}: {error.ename}: {ANSI.sub('', error.evalue)}") from None
    except CellTimeoutError:
        raise CellError(f"{name}: {cell_name(fresh, reached)}: not done after {CELL_SECONDS} s") from None
    except DeadKernelError:
        raise CellError(f"{name}: {cell_name(fresh, reached)}: the kernel died") from None
    return fresh


# --- one form


def normalise(nb: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook in the only form in which chapters are stored.

    Raises:
        ValueError: a cell has a tag that is not in `TAGS`.
    """
    cells = [_cell(nb, index) for index in range(len(nb.cells))]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for count, cell in enumerate(code, start=1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    for cell, name in zip(cells, _ids(cells), strict=True):
        cell["id"] = name
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def _cell(nb: NotebookNode, index: int) -> dict:
    cell = nb.cells[index]
    kept = {"cell_type": cell.cell_type, "id": cell.get("id"), "source": cell.source}
    if "attachments" in cell:
        kept["attachments"] = cell.attachments
    if cell.cell_type == "code":
        kept["outputs"] = list(_outputs(cell.outputs))
    kept["metadata"] = {}
    if tags := sorted(set(cell.metadata.get("tags", []))):
        if unknown := set(tags) - TAGS:
            raise ValueError(f"{cell_name(nb, index)}: no such tag: {', '.join(sorted(unknown))}")
        kept["metadata"]["tags"] = tags
        if hidden := HIDDEN.keys() & tags:
            kept["metadata"]["jupyter"] = {key: True for tag in sorted(hidden) for key in HIDDEN[tag]}
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    if alt:
        kept["metadata"]["mystnb"] = {"image": {"alt": alt}}
    return kept


def _outputs(outputs: Sequence[NotebookNode]) -> Iterator[dict]:
    """The outputs with neighbouring text of one stream joined, without views, colours and tracebacks."""
    stream = None
    for output in outputs:
        if output.output_type == "stream":
            text = ANSI.sub("", output.text)
            if stream and stream["name"] == output.name:
                stream["text"] += text
                continue
            stream = {"output_type": "stream", "name": output.name, "text": text}
            yield stream
            continue
        stream = None
        if output.output_type == "error":
            name, message = output.ename, ANSI.sub("", output.evalue)
            line = f"{name}: {message}" if message else name
            yield {"output_type": "error", "ename": name, "evalue": message, "traceback": [line]}
            continue
        data = {mime: value for mime, value in output.data.items() if mime != WIDGET_VIEW}
        if "text/plain" in data:
            data["text/plain"] = ANSI.sub("", data["text/plain"])
        if data:
            yield {"output_type": output.output_type, "data": data, "metadata": dict(output.metadata)}


def _ids(cells: list[dict]) -> Iterator[str]:
    """The id of every cell: its own if that is valid and new, else one made of its text."""
    own = {cell["id"] for cell in cells if VALID_ID.fullmatch(cell["id"] or "")}
    seen: set[str] = set()
    for cell in cells:
        name = cell["id"]
        if name not in own or name in seen:
            digest = hashlib.sha256(f"{cell['cell_type']}\n{cell['source']}".encode()).hexdigest()[:8]
            copies = (f"{digest}{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, len(cells) + 2))))
            name = next(candidate for candidate in copies if candidate not in own | seen)
        seen.add(name)
        yield name


# --- checking


def differences(stored: NotebookNode, fresh: NotebookNode) -> list[str]:
    """Where a notebook and its execution part: one line for each cell and for each other part."""
    cells = zip(stored.cells, fresh.cells, strict=True)
    found = [
        f"{cell_name(stored, index)}: {_first_difference(left, right)}"
        for index, (left, right) in enumerate(cells)
        if left != right
    ]
    parts = sorted((set(stored) | set(fresh)) - {"cells"})
    return found + [
        f"{part} of the notebook: {_first_difference(stored.get(part), fresh.get(part))}"
        for part in parts
        if stored.get(part) != fresh.get(part)
    ]


def _first_difference(stored: object, fresh: object, where: str = "") -> str:
    """The first place at which two values part, and both sides of it."""
    if isinstance(stored, dict) and isinstance(fresh, dict):
        for key in sorted(set(stored) | set(fresh)):
            if key not in stored or key not in fresh:
                side = "stored" if key in stored else "computed"
                return f"{where}{key}: only {side}"
            if stored[key] != fresh[key]:
                return _first_difference(stored[key], fresh[key], f"{where}{key}: ")
    if isinstance(stored, list) and isinstance(fresh, list) and len(stored) == len(fresh):
        for left, right in zip(stored, fresh, strict=True):
            if left != right:
                return _first_difference(left, right, where)
    if isinstance(stored, str) and isinstance(fresh, str):
        pairs = zip(stored, fresh, strict=False)
        same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
        start = max(same - 20, 0)
        stored, fresh = stored[start:][:60], fresh[start:][:60]
    return f"{where}stored {stored!r:.200}, computed {fresh!r:.200}"


def check(path: Path) -> list[str]:
    """Execute a stored notebook and name every cell that differs from the file; empty when none does."""
    path = Path(path)
    stored = read(path)
    fresh = normalise(execute(stored, path.parent, path.name))
    if path.read_bytes() == dumps(fresh).encode():
        return []
    found = differences(stored, fresh) or ["the file is not in the form that tools/notebooks.py writes"]
    return [f"{path.name}: {line}" for line in found]


def exact_here() -> str | None:
    """Why a byte-for-byte check is not demanded on this machine; ``None`` where it is."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return f"the processor is {platform.machine()}, the outputs were made on x86-64"
    if sys.version_info[:2] != (3, 11):
        return f"this is Python {platform.python_version()}, the outputs were made with 3.11"
    import torch  # takes a second, and only here is it needed

    level = torch.backends.cpu.get_cpu_capability()
    if level not in {"AVX2", "AVX512"}:
        return f"torch runs at the level {level} here, the outputs were made with AVX2"
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 when a notebook failed or differs."""
    parser = argparse.ArgumentParser(description="Execute and normalise the chapters, or check them.")
    parser.add_argument("--check", action="store_true", help="compare with the files and write nothing")
    parser.add_argument("files", nargs="*", type=Path, help="notebooks (default: every chapter)")
    options = parser.parse_args(arguments)
    failed = False
    for path in options.files or chapters():
        try:
            lines = check(path) if options.check else _write(path)
        except (CellError, ValueError) as error:
            lines = [f"{error}" if str(error).startswith(str(path.name)) else f"{path.name}: {error}"]
        failed = failed or bool(lines)
        print("\n".join(lines) or f"{path.name}: {'as stored' if options.check else 'written'}", flush=True)
    return int(failed)


def _write(path: Path) -> list[str]:
    nb = normalise(execute(read(path), path.parent, path.name))
    nbformat.validate(nb)
    path.write_bytes(dumps(nb).encode())
    return []


if __name__ == "__main__":
    sys.exit(main())
