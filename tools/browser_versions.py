"""Store the versions of what the pages are tested with, for the page on accessibility.

    python tools/browser_versions.py        writes assets/results/browsers.json

Run it where `make test-site` has passed: the page then says with what.
"""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import chromium
import firefox

__all__ = ["axe", "main"]

STORED = Path(__file__).resolve().parents[1] / "assets" / "results" / "browsers.json"


def axe() -> str:
    """Return the version of axe-core that the tests run."""
    script = Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js").read_text("utf-8")
    return re.match(r"/\*! axe v([\d.]+)", script)[1]


def version(program: Path) -> str:
    """Return what a browser says of itself, without its name: ``153.8.0esr``."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"\d+(\.\w+)+", said)[0]


def main() -> None:
    """Write the file."""
    found = {
        "axe": axe(),
        "chromium": version(chromium.find()),
        "firefox": version(firefox.find()),
        "day": datetime.now(UTC).date().isoformat(),
    }
    STORED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"{STORED.name} written")


if __name__ == "__main__":
    sys.exit(main())
