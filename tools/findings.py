"""Run the argument map and the ledger on the installed torch, and store what they give.

    make findings

writes ``assets/results/arguments.json`` and ``assets/results/ledger.json``, which the book's pages show: the build
needs no torch. Each names the versions and the day. A test runs both again and compares all but these two.
"""

import inspect
import json
import platform
import sys
import textwrap
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import arguments
from ledger import ENTRIES, TORCH, Entry

__all__ = ["FILES", "RESULTS", "ledger"]

RESULTS = Path(__file__).parents[1] / "assets" / "results"


def ledger() -> dict[str, Any]:
    """Return every entry of the ledger in words and plain values, as it was found just now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forward mode imports what is deprecated
        return {"entries": [record(entry) for entry in ENTRIES]}


def record(entry: Entry) -> dict[str, Any]:
    found = entry.run(TORCH)
    return {
        "name": entry.name,
        "title": entry.title,
        "claim": entry.claim,
        "observed": entry.observed,
        "ours": entry.ours,
        "chapter": entry.chapter,
        "case": textwrap.dedent(inspect.getsource(entry.case)),
        "torch": found,
        "reference": entry.reference,
        "links": entry.links,
    }


FILES = {"arguments": arguments.everything, "ledger": ledger}


def main() -> None:
    """Write both files."""
    checked = {
        "torch": torch.__version__.partition("+")[0],
        "python": platform.python_version(),
        "day": datetime.now(UTC).date().isoformat(),
    }
    for name, run in FILES.items():
        path = RESULTS / f"{name}.json"
        text = json.dumps({"checked": checked} | run(), indent=1, ensure_ascii=False)
        path.write_text(text + "\n", "utf-8")
        print(f"{path.relative_to(RESULTS.parents[1])} written")


if __name__ == "__main__":
    sys.exit(main())
