"""Find the Firefox in which the tests open every page once more, or install Debian's.

The order: ``$FIREFOX``; an installed Firefox. Where there is none, `install` takes Debian's package if it may (root).
Firefox is the second browser: where it cannot be had, its tests are left out and say so. On an integration machine
(``CI`` is set) that is an error.

A command as well::

    python tools/firefox.py             print where Firefox is; install it first if there is none
    python tools/firefox.py --find      print where it is, or why there is none
"""

import os
import shutil
import sys
from pathlib import Path

from chromium import runs

__all__ = ["NoFirefoxError", "find", "install", "must_be_there"]

ON_PATH = ("firefox-esr", "firefox")
ELSEWHERE = ("/Applications/Firefox.app/Contents/MacOS/firefox",)
PACKAGE = ["apt-get", "install", "--yes", "--no-install-recommends", "firefox-esr", "fonts-liberation"]
HELP = """\
No Firefox was found, and the pages are tested in Chromium only. One of these brings it:

    sudo apt-get install firefox-esr       Debian; elsewhere `firefox`, but not as a snap, which sees no other folder
    export FIREFOX=/path/to/firefox        one that is already there
"""


class NoFirefoxError(RuntimeError):
    """There is no Firefox, and the message says how to get one."""


def must_be_there() -> bool:
    """Say whether a missing Firefox is an error: on an integration machine, which sets ``CI``."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def find() -> Path:
    """Return the Firefox to use.

    Raises:
        NoFirefoxError: none is there, ``$FIREFOX`` names something that cannot be run, or this is Windows.
    """
    if os.name == "nt":
        raise NoFirefoxError("On Windows the pages are tested in Chromium only.")
    chosen = os.environ.get("FIREFOX")
    if chosen:
        program = shutil.which(chosen)
        if program is None:
            raise NoFirefoxError(f"FIREFOX={chosen} is not a program that can be run.\n\n{HELP}")
        return Path(program)
    found = next((found for name in (*ON_PATH, *ELSEWHERE) if (found := shutil.which(name))), None)
    if found is None:
        raise NoFirefoxError(HELP)
    return Path(found)


def install() -> Path:
    """Return the Firefox to use, installing Debian's where there is none.

    Raises:
        NoFirefoxError: there is none and none could be installed.
    """
    try:
        return find()
    except NoFirefoxError:
        root = getattr(os, "geteuid", lambda: -1)() == 0
        if os.environ.get("FIREFOX") or not (root and shutil.which("apt-get")):
            raise
    print("Installing Firefox for the browser tests: Debian's package, about 80 MB.", flush=True)
    if not all(runs(command) for command in (["apt-get", "update"], PACKAGE)):
        raise NoFirefoxError(HELP)
    return find()


def main(arguments: list[str]) -> int:
    """Print where Firefox is, or why there is none; return 1 if it must be there and is not."""
    if arguments not in ([], ["--find"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(find() if arguments else install())
    except NoFirefoxError as error:
        print(error, file=sys.stderr)
        return int(must_be_there())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
