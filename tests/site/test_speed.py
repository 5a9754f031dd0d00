"""What costs a slow phone its time, counted and not timed, so that a busy machine changes nothing.

The times themselves are measured by ``tools/weigh.py``.
"""

import json

import pytest
from playwright.sync_api import Page

import pages
from browser import Visit, visit

pytestmark = [pytest.mark.site, pytest.mark.browser]

each_chapter = pytest.mark.parametrize("path", [path for path in pages.every() if path.startswith("chapters/")])

WORK = ["devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.stack"]
STYLED_AT_MOST = 0.1  # of the elements of a page


def traced(seen: Visit, script: str) -> list[dict]:
    """Run `script` in the page; return what the browser's engine did for it."""
    browser = seen.page.context.browser
    browser.start_tracing(page=seen.page, categories=WORK)
    seen.page.evaluate(script)
    seen.quiet()
    return json.loads(browser.stop_tracing())["traceEvents"]


def forced(events: list[dict]) -> list[str]:
    """Where a script of a figure made the browser lay out the page (and not only look whether it must)."""
    layouts = [event["args"]["beginData"] for event in events if event["name"] == "Layout"]
    calls = [data["stackTrace"][0] for data in layouts if data.get("stackTrace") and data.get("dirtyObjects")]
    found = {f"{call['url'].partition('?')[0].rpartition('/')[2]}: {call['functionName']}" for call in calls}
    return sorted(each for each in found if each.startswith("figure-"))


def styled(page: Page, events: list[dict]) -> float:
    """Return the share of the page's elements that were styled."""
    counts = [event["args"].get("elementCount", 0) for event in events if event["name"] == "UpdateLayoutTree"]
    return sum(counts) / page.evaluate("() => document.querySelectorAll('*').length")


CHANGE = "() => { document.documentElement.classList.toggle('scrolled-far'); document.body.offsetTop; }"
ANY_CLASS = "dl[class]:not(.option-list) dd > :first-child { margin-top: 0.125rem }"


@each_chapter
def test_a_class_that_changes_on_the_page_restyles_little_of_it(chromium, served, path):
    with visit(chromium, served, path, width=360) as seen:
        pages.live(seen.page)
        assert styled(seen.page, traced(seen, CHANGE)) < STYLED_AT_MOST
        assert seen.findings() == []


def test_that_count_sees_a_rule_that_restyles_all(chromium, served):
    with visit(chromium, served, "chapters/02_lookup.html", width=360) as seen:
        seen.page.add_style_tag(content=ANY_CLASS)
        assert styled(seen.page, traced(seen, CHANGE)) > STYLED_AT_MOST


WAKE = """async () => {
  for (const figure of document.querySelectorAll("figure[data-widget]")) {
    figure.scrollIntoView();
    await new Promise((done) => setTimeout(done, 200));
  }
}"""


@each_chapter
@pytest.mark.parametrize("width", [360, 1280])
def test_a_figure_that_wakes_does_not_make_the_browser_lay_out_the_page_for_it(chromium, served, path, width):
    with visit(chromium, served, path, width=width) as seen:
        assert forced(traced(seen, WAKE)) == []
        assert pages.live(seen.page) + seen.findings() == []


TOGETHER = """
  window.together = [];
  const made = () => document.querySelectorAll(".copybtn, figure[data-live]").length;
  addEventListener("DOMContentLoaded", () => { if (made()) together.push("the end of the page"); });
  const Observer = IntersectionObserver;
  window.IntersectionObserver = class extends Observer {
    constructor(tell, options) {
      super((...seen) => {
        const before = made();
        tell(...seen);
        if (made() > before) together.push("the frame that scrolled there");
      }, options);
    }
  };
"""


@each_chapter
def test_copy_buttons_are_made_and_figures_wake_in_tasks_of_their_own(chromium, served, path):
    with visit(chromium, served, path, width=360, script=TOGETHER) as seen:
        assert pages.live(seen.page) == []
        seen.page.locator(".copybtn").first.wait_for(state="attached")
        assert seen.page.evaluate("together") == []
        assert seen.findings() == []
