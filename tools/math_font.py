"""The book's math font: a subset of STIX Math under a name of its own.

Two cuts by the same function. The first was made once, by hand, from Debian's package ``fonts-stix``, and its
result is committed (``assets/fonts/README.md``)::

    python tools/math_font.py /usr/share/fonts/opentype/stix-word/STIXMath-Regular.otf

The second is made by every build and keeps only what the built pages use (``sphinx_mathml``).
"""

import io
import logging
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

logging.getLogger("fontTools").setLevel(logging.WARNING)  # or a build prints every glyph it drops

__all__ = ["ALPHABET", "COMMITTED", "NAME", "cut", "with_italics"]

COMMITTED = Path(__file__).parents[1] / "assets" / "fonts" / "BookMath.woff2"
NAME = "Book Math"  # "STIX" is a reserved font name: a changed copy must not carry it
ASCENT, DESCENT = 0.8, 0.25  # em, as in text; STIX's span its tallest bracket, and Firefox makes giant lines

ASCII = "20-7E A0"
GREEK = "391-3A9 3B1-3C9 3D1 3D5 3D6 3F1 3F5"
ACCENTS = "60 A8 AF B4 2C6 2C7 2D8-2DA 2DC 300-30C 20D0 20D1 20D6 20D7"
PUNCTUATION = "2010-2026 2032-2037 2061-2064"  # with primes and the operators that are heard, not seen
OPERATORS = "AC B0 B1 B7 D7 F7 2190-21FF 2200-22F1 27F5-27FA 2A00-2A02 2A7D 2A7E 25A1 25CB 25CF"
BRACKETS = "2308-230B 23B4 23B5 23DC-23DF 27E6-27EB"
LETTERS = "1D400-1D467 210E 1D6A4 1D6A5 1D6E2-1D71B 1D7CE-1D7D7"  # bold and italic, ∂ and ∇, bold digits
SCRIPT = "1D49C-1D4B5 210B 2110 2112 2113 211B 2130 2131 2133"
BLACKBOARD = "1D538-1D551 2102 2115 211A 211D 2124"


def characters(codes: str) -> set[str]:
    """Return the characters that `codes` names, single ones and ranges in hexadecimal.

    >>> sorted(characters("41-43 78"))
    ['A', 'B', 'C', 'x']
    """
    ends = [[int(end, 16) for end in code.split("-")] for code in codes.split()]
    return {chr(code) for first, *last in ends for code in range(first, (last or [first])[0] + 1)}


ALPHABET = characters(" ".join([ASCII, GREEK, ACCENTS, PUNCTUATION, OPERATORS, BRACKETS, LETTERS, SCRIPT, BLACKBOARD]))


def with_italics(used: set[str]) -> set[str]:
    """Add the characters that a browser draws in place of a lone letter in ``<mi>``.

    >>> sorted(with_italics({"h", "x", "∂"})) == sorted("hx∂ℎ𝑥𝜕")
    True
    """
    italic = dict(zip("h∂∇ϵϑϰϕϱϖı", "ℎ𝜕𝛻𝜖𝜗𝜘𝜙𝜚𝜛𝚤", strict=True))
    for first, last, shifted in [(0x41, 0x5A, 0x1D434), (0x61, 0x7A, 0x1D44E), (0x391, 0x3C9, 0x1D6E2)]:
        for code in range(first, last + 1):
            italic.setdefault(chr(code), chr(shifted + code - first - (6 if code > 0x3B0 else 0)))
    return used | {italic[character] for character in used if character in italic}


def cut(font: Path, used: set[str]) -> bytes:
    """Return `font` as woff2 with what the characters `used` need, their tall brackets and roots included."""
    options = subset.Options(flavor="woff2", layout_features=[], name_IDs=["*"], notdef_outline=True)
    options.hinting = False
    options.drop_tables += ["FFTM"]
    loaded = TTFont(font, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in used])
    subsetter.subset(loaded)
    rename(loaded)
    lower(loaded)
    out = io.BytesIO()
    subset.save_font(loaded, out, options)
    return out.getvalue()


def rename(font: TTFont) -> None:
    """Give `font` our name; of STIX's records only copyright, version, trademark and licence must stay."""
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 5, 7, 13, 14)]
    postscript = NAME.replace(" ", "")
    for number, text in [(1, NAME), (2, "Regular"), (3, f"{NAME} Regular"), (4, NAME), (6, postscript)]:
        names.setName(text, number, platformID=3, platEncID=1, langID=0x409)
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = NAME


def lower(font: TTFont) -> None:
    """Set the ascent and descent of a line to those of text, in all three places that hold them."""
    em, hhea, os2 = font["head"].unitsPerEm, font["hhea"], font["OS/2"]
    up, down = round(ASCENT * em), round(DESCENT * em)
    hhea.ascent, hhea.descent, hhea.lineGap = up, -down, 0
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = up, -down, 0
    os2.usWinAscent, os2.usWinDescent = up, down


if __name__ == "__main__":
    COMMITTED.write_bytes(cut(Path(sys.argv[1]), ALPHABET))
    print(f"{COMMITTED.name}: {COMMITTED.stat().st_size / 1000:.0f} kB")
