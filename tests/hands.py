"""What the tests of the figures do by hand: work a page by keyboard alone, damage a module, offer a wrong value."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import traitlets as t
from playwright.sync_api import Page

from widgets._base import ASSETS, Widget

__all__ = ["answers_soon", "damaged", "press", "refused", "tab_to"]

SOON = 0.4  # s of the processor: five times what the longest text takes, less than what grows with its square would


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


@contextmanager
def answers_soon(page: Page) -> Iterator[None]:
    """What is done here costs the page less than `SOON`; what it waits for a busy machine does not count."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == "TaskDuration")

    before = worked()
    yield
    spent = worked() - before
    session.detach()
    assert spent < SOON, f"{spent:.2f} s of work"
