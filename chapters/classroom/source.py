"""Show code where the text speaks about it, from the file that runs."""

import inspect
import re
import textwrap
from typing import Any

__all__ = ["source"]


class Source:
    """The text of a piece of code; a notebook shows it as a highlighted block."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        longest = max((len(run) for run in re.findall("`+", self.text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"{fence}python\n{self.text}\n{fence}"


def source(obj: Any) -> Source:
    """Return the source of a function, a class or a module, to be shown as the value of a cell.

    Raises:
        TypeError: `obj` has no Python source.
    """
    try:
        text = inspect.getsource(obj)
    except (OSError, TypeError) as error:
        raise TypeError(f"source() shows a function, a class or a module written in Python, not {obj!r}") from error
    return Source(textwrap.dedent(text).strip("\n"))
