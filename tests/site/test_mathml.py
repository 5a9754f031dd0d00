"""Formulas of the built pages: MathML from the build, and a font cut to what they use."""

import io
import re
import xml.etree.ElementTree as ET
from html import unescape

import math_core
import pytest
from fontTools.ttLib import TTFont

import math_font
import sphinx_mathml
from sphinx_mathml import LATEX, characters, mathml

HAND_WRITTEN = {
    "W_x": "<math><msub><mi>W</mi><mi>x</mi></msub></math>",
    r"\frac{1}{2}": "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>",
    r"\text{<pad>}": "<math><mtext>&lt;pad&gt;</mtext></math>",
}
OF_THE_BOOK = [
    r"E_k = W_{x_k}",
    r"(*),\;(V, D) \to (*, D)",
    r"\frac{\partial L}{\partial W_v} = \sum_{k\,:\,x_k = v} G_k",
    r"\left(\begin{matrix} a & b \\ c & d \end{matrix}\right)",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    r"f(x) = \begin{cases} 1 & x \in \mathbb{R} \\ 0 & \text{otherwise} \end{cases}",
    r"\lVert w \rVert_p = \Bigl(\sum_j |w_j|^p\Bigr)^{1/p}, \quad \sqrt{D}, \quad \operatorname{softmax}(\mathbf{x})",
]


@pytest.mark.parametrize("latex", HAND_WRITTEN)
def test_a_formula_becomes_mathml(latex):
    assert mathml(latex, display=False) == HAND_WRITTEN[latex]


@pytest.mark.parametrize("latex", OF_THE_BOOK)
def test_the_books_formulas_are_well_formed_and_drawn_by_the_committed_font(latex):
    formula = mathml(latex, display=True)
    xml = re.sub(r"&(?!lt;|gt;|amp;)\w+;", lambda entity: unescape(entity[0]), formula)
    assert ET.fromstring(xml).get("display") == "block"
    drawn = math_font.with_italics(characters(formula)) - set("\u2061\u2062\u2063\u2064")  # heard, not drawn
    missing = drawn - {chr(code) for code in TTFont(math_font.COMMITTED).getBestCmap()}
    assert not missing


@pytest.mark.parametrize("latex", [r"\nosuchcommand{x}", r"\frac{1}{", r"\begin{matrix} a"])
def test_a_wrong_formula_is_refused_by_the_converter(latex):
    with pytest.raises(math_core.LatexError):
        LATEX.convert_with_local_state(latex, displaystyle=False)


def test_a_wrong_formula_is_a_warning_at_its_place_and_shown_as_text(monkeypatch):
    said = []
    monkeypatch.setattr(
        sphinx_mathml.logger, "warning", lambda text, *args, location: said.append((text % args, location))
    )
    assert mathml(r"\nosuch<x", display=False, location="here") == r"<code>\nosuch&lt;x</code>"
    assert said == [(r"""formula '\\nosuch<x', character 0: Unknown command "\nosuch".""", "here")]


def test_only_what_stands_in_a_formula_counts_for_the_font():
    assert characters("<p>text</p><math display='block'>\n<mi>α</mi>\n</math><pre>&lt;math&gt;</pre>") - {"\n"} == {"α"}


def cut(text: str) -> tuple[TTFont, int]:
    font = math_font.cut(math_font.COMMITTED, math_font.with_italics(set(text)))
    return TTFont(io.BytesIO(font)), len(font)


def test_the_font_is_cut_to_the_characters_and_their_italics():
    font, size = cut("x+α√[]")
    assert {chr(code) for code in font.getBestCmap()} == set("x𝑥+α𝛼√[]")
    assert size < 5_000


def test_a_cut_font_still_stretches_roots_and_brackets():
    font, _ = cut("√(")
    covered = font["MATH"].table.MathVariants.VertGlyphCoverage.glyphs
    assert {font.getBestCmap()[ord(c)] for c in "√("} <= set(covered)
    assert len(font.getGlyphOrder()) > 6


def test_the_whole_alphabet_stays_within_the_committed_size():
    assert math_font.COMMITTED.stat().st_size < 70_000


def test_the_font_has_the_height_of_text_and_no_reserved_name():
    font, _ = cut("x")
    em = font["head"].unitsPerEm
    assert (font["hhea"].ascent, font["OS/2"].usWinDescent) == (0.8 * em, 0.25 * em)
    presented = [str(record) for record in font["name"].names if record.nameID in (1, 3, 4, 6)]
    assert presented
    assert not any("stix" in name.lower() for name in [*presented, *font["CFF "].cff.fontNames])
    assert "STI Pub Companies" in font["name"].getDebugName(0)
