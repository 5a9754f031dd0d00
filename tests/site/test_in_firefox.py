"""Every page once more in Firefox: what the tests in Chromium cannot know is whether another engine agrees."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Browser, Locator

import pages
from browser import visit
from kinds import ACTS
from pages import address, plant

pytestmark = [pytest.mark.site, pytest.mark.browser]

each_scheme = pytest.mark.parametrize("scheme", ["http", "file"])

PHONE = 360


def sentences(figure: Locator) -> list[str]:
    return figure.locator("output, [role=status]").all_text_contents()


def answers(figure: Locator, act: Callable[[], None]) -> bool:
    """Whether the figure soon says something else when `act` is done."""
    before = sentences(figure)
    act()
    for _ in range(20):
        if sentences(figure) != before:
            return True
        figure.page.wait_for_timeout(100)  # in Firefox the event comes after the key
    return False


def silent(figure: Locator) -> list[str]:
    """Which of its two acts a figure does not answer."""
    kind = figure.get_attribute("data-widget")
    control, key, button = ACTS[kind]
    found = []
    if not answers(figure, lambda: figure.locator(control).press(key)):
        found.append(f"the figure {kind} says the same after {key!r} on {control}")
    if not answers(figure, figure.locator(button).click):
        found.append(f"the figure {kind} says the same after a click on {button}")
    return found


def look(firefox: Browser, base: str, path: str) -> list[str]:
    """What a page does on a phone in Firefox that it must not."""
    with visit(firefox, base, path, width=PHONE) as seen:
        page = seen.page
        found = pages.overflow(page) + pages.live(page)
        for figure in page.locator("figure[data-live]").all():
            found += silent(figure)
        pages.unfold(page)
        return found + pages.overflow(page) + seen.findings()


@pytest.mark.parametrize("path", pages.every())
def test_page(firefox, served, path):
    found = look(firefox, served, path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", pages.every())
def test_page_from_disk(firefox, site, path):
    with visit(firefox, site.as_uri() + "/", path, width=PHONE) as seen:
        found = pages.live(seen.page) + seen.findings()
    assert not found, "\n".join(found)


@each_scheme
def test_the_reader_chooses_the_theme(firefox, site, served, scheme):
    with visit(firefox, address(site, served, scheme), "chapters/08_max_norm.html", width=PHONE) as seen:
        page = seen.page
        for _ in range(3):
            page.locator(".theme-toggle:visible").first.click()
            if page.evaluate("() => document.body.dataset.theme") == "dark":
                break
        assert pages.theme(page, dark=True) == []
        page.reload()
        assert pages.theme(page, dark=True) + seen.findings() == []


@each_scheme
def test_search_finds_a_page(firefox, site, served, scheme):
    with visit(firefox, address(site, served, scheme), "search.html", width=PHONE) as seen:
        page = seen.page
        page.locator("input[name=q]:visible").fill("padding_idx")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?*")
        page.locator("#search-results a[href*='05_padding']").first.click()
        page.wait_for_url("**/05_padding.html*")
        assert seen.findings() == []


FAULTS = {
    "refused: https://example.com/": '<img alt="" src="https://example.com/a.png">',
    "console error": '<script>console.error("a fault")</script>',
    "uncaught": "<script>setTimeout(() => { throw new Error('a fault'); })</script>",
    "too wide": '<div style="width: 2000px">wide</div>',
    "the figure planted is not live": '<figure data-widget="planted"></figure>',
    "the figure cost says the same": '<figure data-widget="cost" data-live><input class="size"></figure>',
}


@each_scheme
def test_a_fault_in_a_page_is_seen_in_firefox_too(firefox, planted, scheme):
    copy, base = planted
    path = plant(copy, "".join(FAULTS.values()))
    found = look(firefox, base if scheme == "http" else copy.as_uri() + "/", path)
    assert [fault for fault in FAULTS if not any(fault in each for each in found)] == []


# All that a figure shows of its state: Firefox writes the old values into fields again when one reloads.
STATE = """(figure) => [
  ...[...figure.querySelectorAll("output, [role=status]")].map((el) => el.textContent),
  ...[...figure.querySelectorAll("input, select")].map((el) => [el.value, el.checked, el.disabled]),
  ...[...figure.querySelectorAll("button")].map((el) => [el.getAttribute("aria-pressed"), el.disabled])]"""


@pytest.mark.parametrize("path", [path for path in pages.written() if path.startswith("chapters/")])
def test_after_reloading_fields_and_figure_agree(firefox, site, path):
    with visit(firefox, site.as_uri() + "/", path) as seen:  # our server's `no-store` would make Firefox forget
        page = seen.page
        assert pages.live(page) == []
        figures = page.locator("figure[data-live]").all()
        at_first = [figure.evaluate(STATE) for figure in figures]
        for figure in figures:
            control, key, _ = ACTS[figure.get_attribute("data-widget")]
            assert answers(figure, partial(figure.locator(control).press, key))
        changed = [figure.evaluate(STATE) for figure in figures]
        page.reload()
        assert pages.live(page) == []
        assert [figure.evaluate(STATE) for figure in figures] in (at_first, changed)
        assert seen.findings() == []
