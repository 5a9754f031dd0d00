"""Fewer marks in the code, and what is still marked looks as before."""

import json

import pytest
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import STANDARD_TYPES

from code_marks import DARK_STYLE, LIGHT_STYLE, PLAIN, FewMarks
from notebooks import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


def painted(code, formatter, style):
    """Each character of `code` with its rule of style as `formatter` writes it."""
    rules = {name: rule for name, (rule, *_) in formatter(style=style).class2style.items()}
    plain, keyword = (HtmlFormatter(style=style).class2style[name][0] for name in "nk")
    own = {name: plain for kind, name in STANDARD_TYPES.items() if any(kind in each for each in PLAIN)}
    own["ow"] = keyword
    found = []
    for piece in BeautifulSoup(highlight(code, PythonLexer(), formatter(nowrap=True)), "html.parser").children:
        name = piece["class"][0] if piece.name else ""
        rule = own.get(name) or rules.get(name, plain)
        found += [(letter, rule) for letter in piece.get_text() if not letter.isspace()]
    return found


@pytest.mark.parametrize("style", [LIGHT_STYLE, DARK_STYLE])
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_code_looks_as_with_all_marks(path, style):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert painted(code, FewMarks, style) == painted(code, HtmlFormatter, style)


def test_the_light_style_is_the_one_of_the_configuration():
    assert f"pygments_style: {LIGHT_STYLE} " in (ROOT / "_config.yml").read_text("utf-8")


def test_operators_numbers_and_builtins_are_plain_and_words_among_the_operators_are_not():
    written = highlight("not a + len(b) - 2.5e3", PythonLexer(), FewMarks(nowrap=True))
    assert written == '<span class="k">not</span> a + len(b) - 2.5e3\n'
