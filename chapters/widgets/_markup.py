"""HTML as Python writes it: every text is escaped, once, here."""

import json
from html import escape

__all__ = ["Html", "compact", "number", "tag"]

VOID = {"input", "br", "hr"}


class Html(str):
    """A text that already is HTML."""

    __slots__ = ()


def tag(name: str, *children: str | None, **attributes: object) -> Html:
    """Return one element; children that are not `Html` are escaped, `None` is left out.

    An attribute is written without its trailing underscore and with ``-`` for ``_``. ``False`` and ``None`` leave it
    out, ``True`` writes it bare; but ``hidden="hidden"``, for JupyterLab drops a bare one in an untrusted notebook.

    >>> tag("button", "<unk>", class_="mark", aria_pressed="false", disabled=True)
    '<button class="mark" aria-pressed="false" disabled>&lt;unk&gt;</button>'
    """
    head = name
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        head += f" {key.rstrip('_').replace('_', '-')}"
        if value is not True or key == "hidden":
            head += f'="{escape("hidden" if value is True else str(value))}"'
    if name in VOID:
        return Html(f"<{head}>")
    inner = "".join(c if isinstance(c, Html) else escape(c, quote=False) for c in children if c is not None)
    return Html(f"<{head}>{inner}</{name}>")


def compact(value: object) -> str:
    """Return `value` as JSON the way a browser writes it.

    >>> compact({"rows": [1, 2]})
    '{"rows":[1,2]}'
    """
    return json.dumps(value, separators=(",", ":"))


def number(value: float, decimals: int) -> str:
    """Return `value` as the figures write it: fixed decimals, a real minus sign, no negative zero.

    >>> number(-0.5, 1), number(-0.04, 1), number(float("-inf"), 1)
    ('−0.5', '0.0', '−inf')
    """
    text = f"{value:.{decimals}f}"
    if text.startswith("-") and float(text) == 0:
        text = text[1:]
    return text.replace("-", "−")
