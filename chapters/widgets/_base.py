"""What every figure of the book has in common: one class, one markup, two front ends.

A figure is an ipywidget. Its Python class writes the whole markup (`body`); that markup is what a notebook stores,
what a page without JavaScript shows, and what the front end brings to life. Its state is traits. In Jupyter the
traits are synchronised with the kernel; on the book's site a small model in the page holds them.

With ``BOOK_STATIC=1`` in the environment a figure opens no comm and shows its markup only. Stored notebooks are made
that way: no model ids, the same bytes on every run.
"""

import json
import os
from pathlib import Path
from typing import ClassVar

import anywidget
import traitlets as t
from anywidget._file_contents import VirtualFileContents

from widgets._markup import Html, tag

__all__ = ["Widget", "fill", "front_end", "say", "styles"]

STATIC = os.environ.get("BOOK_STATIC") == "1"
ASSETS = Path(__file__).resolve().parents[2] / "assets" / "widgets"
TOOLS = Path(__file__).resolve().parents[2] / "tools"


def fill(template: str, **values: object) -> str:
    """Return `template` with each ``{name}`` replaced; the twin of ``fill`` in ``core/words.js``.

    >>> fill("Row {row} is read {n} times.", row=2, n=5)
    'Row 2 is read 5 times.'
    """
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


def say(words: dict, key: str, n: int, **values: object) -> str:
    """Return the sentence `key`.zero, .one or .other, filled in; the twin of ``say`` in ``core/words.js``."""
    form = f"{key}.zero" if n == 0 and f"{key}.zero" in words else f"{key}.{'one' if n == 1 else 'other'}"
    return fill(words[form], n=n, **values)


def front_end(stem: str) -> str | VirtualFileContents:
    """Return ``assets/widgets/<stem>.js``, linked; with ``ANYWIDGET_HMR=1`` it follows its sources."""
    link = _linker()
    entry = ASSETS / f"{stem}.js"
    if os.environ.get("ANYWIDGET_HMR") != "1":
        return link(entry)
    contents = VirtualFileContents(link(entry))
    _follow(contents, lambda: link(entry))
    return contents


def styles(stem: str) -> str:
    """Return the styles of all figures and, after them, those of this one, ``assets/widgets/<stem>.css``."""
    return "\n".join((ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in ("widgets", stem))


def _linker():
    """Load ``tools/link.py`` by its path: a notebook has the chapters on its path, and nothing else."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("book_link", TOOLS / "link.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.link


def _follow(contents: VirtualFileContents, build) -> None:
    """Re-link into `contents` whenever a file below ``assets/widgets`` is saved."""
    from threading import Thread

    from watchfiles import watch

    def loop() -> None:
        for _ in watch(ASSETS):
            try:
                contents.contents = build()
            except ValueError as error:  # half a file was saved: say so, keep the last good front end
                print(f"{type(error).__name__}: {error}")

    Thread(target=loop, daemon=True).start()


class Widget(anywidget.AnyWidget):
    """Base of the figures. A subclass names its `kind`, lists its `state` and writes its `body`.

    Raises:
        TypeError: a keyword that is not a trait (ipywidgets alone would only warn).
        TraitError: a value that the trait refuses; nothing is changed.
    """

    _css = (ASSETS / "widgets.css").read_text(encoding="utf-8")
    _html = t.Unicode("").tag(sync=True)
    if STATIC:
        layout = t.Any(None, allow_none=True)  # ipywidgets' Layout would open a comm of its own

    kind: ClassVar[str] = ""
    state: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[dict[str, str]] = {}

    def __init__(self, **traits: object) -> None:
        for name in traits:
            if not self.has_trait(name):
                known = ", ".join(self.state)
                raise TypeError(f"{type(self).__name__}() has no trait {name!r}: its traits are {known}")
        super().__init__(**traits)
        self.refresh()

    def open(self) -> None:
        """Open the comm to the browser; in static mode there is none."""
        if not STATIC:
            super().open()

    def set_state(self, sync_data: dict) -> None:
        """Take what the browser sends; when a trait refuses, send the last good state back before raising."""
        try:
            super().set_state(sync_data)
        except t.TraitError:
            if not STATIC:
                self.send_state(list(sync_data))
            raise

    def refresh(self) -> None:
        """Write the markup anew, as the traits are now."""
        self._html = self.to_html()

    def body(self) -> Html:
        """Return everything inside the ``<figure>``."""
        raise NotImplementedError

    def shows(self) -> dict[str, dict]:
        """Return the named states that a link in the prose can set: name → traits."""
        return {}

    def to_html(self) -> Html:
        """Return the figure: its markup, and its state as JSON for the front end."""
        state = {name: getattr(self, name) for name in self.state}
        data = {"shows": self.shows(), "state": state, "words": self.words}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
        script = tag("script", Html(text.replace("<", "\\u003c")), type="application/json")
        return tag(
            "figure",
            self.body(),
            "\n",
            script,
            class_="figure",
            data_widget=self.kind,
            data_lm_suppress_shortcuts="true",
        )

    def __repr__(self) -> str:
        state = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.state)
        return f"{type(self).__name__}({state})"

    def _repr_mimebundle_(self, **options: object) -> tuple[dict, dict]:
        self.refresh()
        data, metadata = ({}, {}) if STATIC else super()._repr_mimebundle_(**options)
        return {**data, "text/plain": repr(self), "text/html": self._html}, metadata
