"""Figures in a blank page, from the unlinked modules, and what such a figure shows."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

import barriers
from sphinx_rows import scripts
from widgets._base import ASSETS, Widget

MOUNT = """async ([kind, html]) => {
  const main = document.createElement("main");
  main.innerHTML = html;
  document.body.replaceChildren(main);
  const { default: view } = await import(`/${kind}.js`);
  const { pageModel } = await import("/core/model.js");
  window.figures = [...main.querySelectorAll("figure")].map((el) => {
    const { state } = JSON.parse(el.querySelector("script").textContent);
    const model = pageModel(state);
    const controller = new AbortController();
    view.render({ model, el, signal: controller.signal });
    return { el, model, controller };
  });
}"""

# Everything that a figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const text = (selector, from = figure) => from.querySelector(selector)?.textContent ?? null;
  const nest = (node) => node.matches(".axis") ? [...node.children].map(nest) : node.dataset.place;
  const value = (cell) => [cell.textContent, cell.className, Number(cell.style.getPropertyValue("--size"))];
  const place = (button) => ({ ...button.dataset, row: undefined, form: undefined,
    parts: all("span", button).map((s) => s.matches(".value") ? value(s) : s.textContent) });
  const lane = (name) => ({
    places: all(`.${name} .place`).map(place),
    nested: [...figure.querySelector(`.${name} .tensor`).children].map(nest),
    hidden: figure.querySelector(`.${name} .tensor`).hidden,
    more: text(`.${name} .more`),
    shape: text(`.${name} .numbers`),
  });
  return {
    indices: lane("indices"), output: lane("output"), table: text(".table .numbers"),
    rows: all("tr[data-row]").map((line) => ({ ...line.dataset, mark: text(".mark", line),
      verdict: text(".verdict", line), pressed: line.querySelector(".mark").ariaPressed,
      reads: text(".reads", line), values: all(".value", line).map(value) })),
    error: figure.querySelector(".error").hidden ? null : text(".error code"),
    status: text(".status"), typed: figure.querySelector(".typed").value,
    bars: all(".bars p").map((bar) =>
      [bar.textContent, Number(bar.querySelector(".bar").style.getPropertyValue("--size"))]),
    shapes: all(".shape-choice").map((b) => [b.textContent, b.ariaPressed, b.dataset.shape]),
    chosen: figure.querySelector(".choose").value, drop: figure.querySelector(".drop").checked,
  };
}"""


_rows = cache(scripts)


ASKED = pytest.StashKey[list[Page]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """A figure that a test leaves with a barrier fails the test, even if nothing else does."""
    result = yield
    asked = [page for page in item.stash.get(ASKED, []) if not page.is_closed()]
    if found := [each for page in asked for each in barriers.found(page)]:
        pytest.fail("the figure keeps somebody out:\n" + "\n".join(dict.fromkeys(found)), pytrace=False)
    return result


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """``asked(page)``: at the end of the test, axe is asked about the figures of this page."""

    def asked(page: Page) -> None:
        barriers.watch(page)
        request.node.stash.setdefault(ASKED, []).append(page)

    return asked


@pytest.fixture
def mount(open_modules, asked) -> Callable[..., Page]:
    """Bring figures of one kind to life in a blank page: ``mount(figure, copies=2, modules=folder, width=360)``.

    The page gives the rows of GloVe as the site does, when they are asked for.
    """

    def mount(*figures: Widget, copies: int = 1, modules: Path = ASSETS, **options) -> Page:
        page = open_modules(modules, **options)
        page.route("**/rows-*.js", lambda route: route.fulfill(body=_rows()[route.request.url.rsplit("/", 1)[1]]))
        page.add_style_tag(content=figures[0]._css)
        page.evaluate(MOUNT, [figures[0].kind, "".join(each.to_html() for each in figures) * copies])
        if modules == ASSETS:  # a damaged figure is another test's, and may be wrong in any way
            asked(page)
        return page

    return mount


@pytest.fixture
def still(chromium, asked) -> Iterator[Callable[[Widget], Page]]:
    """A figure as it stands where no script runs: ``still(figure)``."""
    context = chromium.new_context(java_script_enabled=False)

    def still(figure: Widget) -> Page:
        page = context.new_page()
        page.set_content(f"<style>{figure._css}</style><main>{figure.to_html()}</main>")
        asked(page)
        return page

    yield still
    context.close()


@pytest.fixture(scope="session")
def shown() -> Callable[..., dict]:
    """What a figure shows: ``shown(page)`` in the page, ``shown(page, figure)`` in the markup Python writes."""

    def shown(page: Page, figure: Widget | None = None, index: int = 0) -> dict:
        return page.evaluate(SHOWN, [figure and figure.to_html(), index])

    return shown
