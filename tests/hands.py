"""What the tests of the figures do by hand: work a page by keyboard alone, damage a module, offer a wrong value."""

import shutil
from pathlib import Path

import pytest
import traitlets as t
from playwright.sync_api import Page

from widgets._base import ASSETS, Widget

__all__ = ["damaged", "press", "refused", "tab_to"]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on an element that `selector` names; nothing but the keyboard."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"Tab never came to {selector}")


def press(page: Page, selector: str, *keys: str) -> None:
    """Go to `selector` by Tab, then press `keys`."""
    tab_to(page, selector)
    for key in keys:
        page.keyboard.press(key)


def damaged(folder: Path, module: str, right: str, wrong: str) -> Path:
    """Return a copy of all modules, below `folder`, in one of which `wrong` stands where `right` stood, once."""
    copy = folder / "modules"
    shutil.copytree(ASSETS, copy)
    source = (copy / module).read_text(encoding="utf-8")
    assert source.count(right) == 1
    (copy / module).write_text(source.replace(right, wrong), encoding="utf-8")
    return copy


def refused(figure: Widget, name: str, value: object, bound: str | None = None) -> None:
    """Offer a value to a trait, from Python and from the browser: it is refused in words, and the state kept."""
    before = repr(figure)
    with pytest.raises(t.TraitError, match=bound):
        setattr(figure, name, value)
    with pytest.raises(t.TraitError, match=bound):
        figure.set_state({name: value})
    assert repr(figure) == before
