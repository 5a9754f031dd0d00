"""The word vectors that the figure of chapter 10 loads when a reader asks for them: ``_static/rows-0.js`` and so on.

A page opened from disk may fetch nothing, but it may load a script; so each file is one, and no more than data. A page
that nobody asks loads none of them.
"""

import base64
import gzip
import json
from array import array
from pathlib import Path

from sphinx.application import Sphinx

from packed import packed

__all__ = ["script", "scripts"]

FILE = Path(__file__).parents[1] / "assets" / "glove" / "glove.6B.50d.10k.txt.gz"
PART = 2_000  # words in a script
SCRIPT = "rows-{}.js"


def script(name: str, words: list[str], rows: list[array]) -> str:
    """Return the script that puts the packed rows into the page, under its own name.

    >>> script("rows-0.js", ["the"], [array("f", [0.5, -1.0])])
    '(window.bookRows ??= {})["rows-0.js"] = {"words":"the","scales":"BAIBPA==","rows":"QIE="};\\n'
    """
    pack = packed(words, rows)
    text = {key: value if isinstance(value, str) else base64.b64encode(value).decode() for key, value in pack.items()}
    return f'(window.bookRows ??= {{}})["{name}"] = {json.dumps(text, ensure_ascii=False, separators=(",", ":"))};\n'


def scripts() -> dict[str, str]:
    """Return every script: its name and its text."""
    lines = [line.split(" ") for line in gzip.decompress(FILE.read_bytes()).decode("utf-8").rstrip("\n").split("\n")]
    found = {}
    for number, start in enumerate(range(0, len(lines), PART)):
        part = lines[start : start + PART]
        name = SCRIPT.format(number)
        found[name] = script(name, [word for word, *_ in part], [array("f", map(float, row)) for _, *row in part])
    return found


def write_scripts(app: Sphinx) -> None:
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        static.mkdir(parents=True, exist_ok=True)
        for name, text in scripts().items():
            (static / name).write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
