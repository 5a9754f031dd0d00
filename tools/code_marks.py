"""Code with few marks: Pygments wraps nearly every token in a ``<span>``, though most look like plain text.

Here a token is marked only where it has a colour of its own, and tokens of one colour share one class, so that
neighbours become one span. Code makes two thirds of a chapter's elements: half of them are gone, and look as before.
Three kinds are plain text though the styles colour them. Operators look as strings do there, but for ``in`` and
``not``, which look as ``for`` does. Numbers would be brown, and in the figures a brown number is one of a row, even
where the number in the code is an index. The names that Python brings along, as ``print``, would be brown with them.
"""

from collections.abc import Iterable
from typing import TextIO

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Keyword, Name, Number, Operator, Token, _TokenType

__all__ = ["DARK_STYLE", "LIGHT_STYLE", "PLAIN", "FewMarks"]

PLAIN = (Operator, Number, Name.Builtin)
LIGHT_STYLE, DARK_STYLE = "a11y-high-contrast-light", "github-dark"


def look(token: _TokenType) -> tuple:
    """Return how `token` looks in the light and in the dark."""
    styles = (get_style_by_name(name).style_for_token(token) for name in (LIGHT_STYLE, DARK_STYLE))
    return tuple((style["color"], style["bold"], style["italic"]) for style in styles)


def kinds() -> dict[_TokenType, _TokenType]:
    """Return for each kind of token the one whose class it gets; `Token`, of no class, for what is plain.

    >>> str(kinds()[Token.Literal.String.Double]), str(kinds()[Token.Literal.Number.Integer])
    ('Token.Literal.String', 'Token')
    """
    first = {look(Token): Token, look(Name): Token}
    alike = {token: first.setdefault(look(token), token) for token in STANDARD_TYPES}
    plain = [token for token in STANDARD_TYPES if any(token in kind for kind in PLAIN)]
    return {**alike, **dict.fromkeys(plain, Token), Operator.Word: alike[Keyword]}


class FewMarks(HtmlFormatter):
    """Pygments' formatter, but with few marks.

    >>> from pygments import highlight
    >>> from pygments.lexers import PythonLexer
    >>> print(highlight("for x in emb(2):", PythonLexer(), FewMarks(nowrap=True)), end="")
    <span class="k">for</span> x <span class="k">in</span> emb(2):
    """

    KINDS = kinds()

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        used = {STANDARD_TYPES[token] for token in self.KINDS.values()}
        self.class2style = {name: style for name, style in self.class2style.items() if name in used}

    def format(self, tokensource: Iterable[tuple[_TokenType, str]], outfile: TextIO) -> None:
        super().format(((self.KINDS.get(token, token), text) for token, text in tokensource), outfile)
