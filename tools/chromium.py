"""Find the Chromium that the browser tests drive, or install one.

The order: ``$CHROMIUM``; an installed Chromium or Chrome; the one that Playwright downloaded. Where there is
none, `install` tries Debian's package if it may (root), then Playwright's download.

A command as well::

    python tools/chromium.py            print where Chromium is; install it first if there is none
    python tools/chromium.py --find     print where it is, or fail
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["NoChromiumError", "find", "install"]

ON_PATH = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser", "chrome")
ELSEWHERE = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "${ProgramFiles}/Google/Chrome/Application/chrome.exe",
    "${ProgramFiles(x86)}/Google/Chrome/Application/chrome.exe",
    "${LOCALAPPDATA}/Google/Chrome/Application/chrome.exe",
)
# Asked in a process of its own: Playwright's synchronous interface may be open in this one already.
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright\n"
    "with sync_playwright() as playwright:\n"
    "    print(playwright.chromium.executable_path)"
)
HELP = """\
The browser tests need Chromium, and none was found. One of these brings it:

    sudo apt-get install chromium                     Debian; elsewhere a package of the same name
    .venv/bin/python -m playwright install chromium   without root (Windows: python -m playwright ...)
    export CHROMIUM=/path/to/chromium-or-chrome       one that is already there
"""


class NoChromiumError(RuntimeError):
    """There is no Chromium, and the message says how to get one."""


def find() -> Path:
    """Return the Chromium to use.

    Raises:
        NoChromiumError: none is there, or ``$CHROMIUM`` names something that cannot be run.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        program = shutil.which(chosen)
        if program is None:
            raise NoChromiumError(f"CHROMIUM={chosen} is not a program that can be run.\n\n{HELP}")
        return Path(program)
    for place in (installed, downloaded):
        program = place()
        if program is not None:
            return program
    raise NoChromiumError(HELP)


def installed() -> Path | None:
    """Return the Chromium or Chrome of this system."""
    names = (*ON_PATH, *map(os.path.expandvars, ELSEWHERE))
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def downloaded() -> Path | None:
    """Return the Chromium that Playwright downloaded."""
    answer = subprocess.run([sys.executable, "-c", ASK_PLAYWRIGHT], capture_output=True, text=True, check=False)
    found = shutil.which(answer.stdout.strip()) if answer.returncode == 0 else None
    return Path(found) if found else None


def install() -> Path:
    """Return the Chromium to use, installing one where there is none.

    Raises:
        NoChromiumError: there is none and none could be installed.
    """
    try:
        return find()
    except NoChromiumError:
        if os.environ.get("CHROMIUM"):
            raise
    for words, commands in ways():
        print(f"Installing Chromium for the browser tests: {words}.", flush=True)
        if not all(runs(command) for command in commands):
            continue
        try:
            program = find()
        except NoChromiumError:
            continue
        if runs([program, "--version"]):  # on Ubuntu the package may only point to a snap that cannot start
            return program
    raise NoChromiumError(HELP)


def ways() -> Iterator[tuple[str, list[list[str]]]]:
    """Yield what may be tried, in order: what it is, and its commands."""
    root = getattr(os, "geteuid", lambda: -1)() == 0
    if root and shutil.which("apt-get"):
        package = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"]
        yield "Debian's package, about 100 MB", [["apt-get", "update"], package]
    libraries = ["--with-deps"] if root and shutil.which("apt-get") else []
    playwright = [sys.executable, "-m", "playwright", "install", *libraries, "chromium"]
    yield "Playwright's download, about 200 MB", [playwright]


def runs(command: list[str | Path]) -> bool:
    """Say whether `command` can be run and ends well; what it prints is shown only when it does not."""
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError as error:
        print(f"{command[0]}: {error}", file=sys.stderr)
        return False
    if result.returncode:
        print(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout}", file=sys.stderr)
    return result.returncode == 0


def main(arguments: list[str]) -> int:
    """Print where Chromium is; return 1 and say what to do when there is none."""
    if arguments not in ([], ["--find"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(find() if arguments else install())
    except NoChromiumError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
