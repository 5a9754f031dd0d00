"""A figure that wakes moves nothing: its height is the same before its script as after, wide and on a phone."""

import pytest

import pages

pytestmark = [pytest.mark.site, pytest.mark.browser]

WIDTHS = (360, 412, 1280)
ASLEEP = """
  window.sleeping = [];
  window.IntersectionObserver = class {
    constructor(seen) { this.seen = seen; }
    observe(target) {
      if (target.matches("figure")) sleeping.push(() => this.seen([{ isIntersecting: true, target }]));
    }
    unobserve() {}
  };
"""
WAKE = "sleeping.forEach((wake) => wake())"
FIGURES = """() => [...document.querySelectorAll("figure[data-widget]")].map(
  (figure) => [figure.dataset.widget, "live" in figure.dataset, figure.offsetHeight])"""


@pytest.fixture
def sleeping(chromium):
    """A page whose figures stay as they are until they are told to wake."""
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(ASLEEP)
    yield page
    context.close()


def heights(page, live):
    """The height of each figure at each width."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        figures = page.evaluate(FIGURES)
        assert all(awake is live for _, awake, _ in figures)
        found[width] = [(kind, height) for kind, _, height in figures]
    return found


@pytest.mark.parametrize("path", [path for path in pages.written() if path == "index.html" or "chapters/" in path])
def test_a_figure_keeps_its_height_when_it_wakes(sleeping, served, path):
    sleeping.goto(served + path)
    asleep = heights(sleeping, live=False)
    assert all(asleep.values())
    sleeping.evaluate(WAKE)
    assert heights(sleeping, live=True) == asleep
