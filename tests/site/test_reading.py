"""What readers do to any page: they zoom, come by a link, go back, wait, and bring what an older site stored."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

import pages
from browser import ROOT, visit
from pages import address, plant

pytestmark = [pytest.mark.site, pytest.mark.browser]

each_scheme = pytest.mark.parametrize("scheme", ["http", "file"])
each_page = pytest.mark.parametrize("path", pages.every())
each_chapter = pytest.mark.parametrize("path", [path for path in pages.written() if path.startswith("chapters/")])

SCRIPTS = re.compile(r"\.js(\?|$)")
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-bottom: 2em !important }"""  # WCAG 1.4.12


def holds(page: Page, words: list[str]) -> list[str]:
    return pages.overflow(page) + pages.clipped(page) + pages.lost(page, words)


@each_page
def test_nothing_is_lost_at_twice_and_four_times_the_size_or_with_wider_spacing(chromium, served, path):
    # A window of 1280 px: at 200 % it is 640 px wide for the page, at 400 % 320 px.
    with visit(chromium, served, path, scale=2) as seen:
        page, found = seen.page, pages.live(seen.page)
        pages.unfold(page)
        words = pages.ask(page, "words")
        for percent in (200, 400):
            page.set_viewport_size({"width": 1280 * 100 // percent, "height": 720 * 100 // percent})
            found += [f"{percent} %: {each}" for each in holds(page, words)]
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 720})
            page.add_style_tag(content=SPACED)
            found += [f"spaced, {width} px: {each}" for each in holds(page, words)]
        assert found + pages.nameless(page) + seen.findings() == []


@each_page
def test_a_finger_hits_every_control_on_a_phone(chromium, served, path):
    with visit(chromium, served, path, width=360, touch=True) as seen:
        page, found = seen.page, pages.live(seen.page)
        pages.unfold(page)
        for tab in [None, *page.locator("[role=tab]:visible").all()]:
            if tab:
                tab.click()
            found += pages.small(page)
        assert found == []


@each_scheme
def test_back_and_forward_go_from_heading_to_heading_and_a_fold_opens_for_a_link(chromium, planted, scheme):
    copy, base = planted
    fold = "<details><summary>A fold</summary><h2 id='inside'>Inside</h2>{}</details>".format("<p>Words.</p>" * 40)
    path = plant(copy, fold + "<p>Words.</p>" * 40 + "<h2 id='after'>After</h2>")
    with visit(chromium, address(copy, base, scheme), path + "#inside") as seen:
        page = seen.page
        inside, after = page.locator("#inside"), page.locator("#after")
        expect(inside).to_be_in_viewport()
        page.evaluate("() => { location.hash = 'after'; }")
        expect(after).to_be_in_viewport()
        page.go_back()
        expect(inside).to_be_in_viewport()
        page.go_forward()
        expect(after).to_be_in_viewport()
        assert seen.findings() == []


@pytest.mark.parametrize("path", ["using.html", "chapters/10_pretrained.html", "ledger.html", "accessibility.html"])
def test_the_sidebar_shows_the_page_and_its_first_section(chromium, served, path):
    with visit(chromium, served, path, width=1280) as seen:
        page = seen.page
        place = page.locator(".current-page")
        expect(place.locator("> a")).to_be_in_viewport()
        expect(place.get_by_role("navigation", name="On this page").get_by_role("link").first).to_be_in_viewport()
        assert page.evaluate("() => scrollY") == 0
        assert seen.findings() == []


@pytest.mark.parametrize("word", ["padding_idx", "gradient"])
def test_a_search_shows_the_chapters_first(chromium, served, word):
    with visit(chromium, served, f"search.html?q={word}") as seen:
        expect(seen.page.locator("#search-results > p")).to_contain_text("found")
        found = seen.page.locator("ul.search > li > a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
        whole = [address for address in found if "#" not in address]  # the others have the word in a heading
        chapters = [address for address in whole if address.startswith("chapters/")]
        assert len(chapters) > 3
        assert whole[: len(chapters)] == chapters


def test_a_search_for_a_word_of_no_heading_shows_the_chapters_in_their_order(chromium, served):
    with visit(chromium, served, "search.html?q=axolotl") as seen:
        expect(seen.page.locator("#search-results > p")).to_contain_text("found")
        found = seen.page.locator("ul.search > li > a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
        chapters = [address for address in found if address.startswith("chapters/")]
        assert {"chapters/01_vocabulary.html", "chapters/10_pretrained.html"} <= set(chapters)
        assert chapters == sorted(chapters)


STALE = ["solarized", "", "null", '{"mode":"dark"}', "high-contrast-dark"]


@pytest.mark.parametrize("stored", STALE)
def test_a_theme_that_another_site_or_version_stored_is_forgotten(chromium, served, stored):
    script = f"sessionStorage.length || (localStorage.theme = {stored!r}, sessionStorage.once = 1)"
    with visit(chromium, served, "index.html", dark=True, script=script) as seen:
        page = seen.page
        assert pages.theme(page, dark=True) == []  # as the system has it
        assert page.locator(".theme-toggle:visible svg:visible").count() == 1  # the button says which it is
        chosen = set()
        for _ in range(3):
            page.locator(".theme-toggle:visible").first.click()
            chosen.add(page.evaluate("() => document.body.dataset.theme"))
        assert chosen == {"light", "dark", "auto"}
        assert seen.findings() == []


# What a reader could try in vain: a control that is switched off says so itself.
OFFERED = "article :is(button, input, select, textarea):enabled:visible"


@pytest.mark.parametrize(("path", "number"), [("index.html", 0), ("chapters/08_max_norm.html", -1)])
def test_before_the_scripts_come_the_page_is_whole_and_after_that_alive(chromium, served, path, number):
    with visit(chromium, served, "search.html") as seen:
        page, held = seen.page, list[Route]()
        page.route(SCRIPTS, lambda route: held.append(route))
        page.goto(served + path, wait_until="commit")
        page.locator("footer").wait_for()
        assert held
        assert pages.standing(page) + pages.overflow(page) == []
        assert page.locator(OFFERED).count() == 0
        link = page.locator(".show").nth(number)
        link.scroll_into_view_if_needed()
        assert link.evaluate("(el) => el.localName") == "span"
        said = page.locator("figure output").all_text_contents()
        page.mouse.click(*link.evaluate("(el) => { const { x, y } = el.getClientRects()[0]; return [x + 3, y + 3]; }"))
        page.unroute(SCRIPTS)  # this also lets those go that wait
        assert pages.live(page) == []
        link.click()
        expect(link).to_have_js_property("localName", "button")
        assert page.locator("figure output").all_text_contents() != said
        assert seen.findings() == []


def test_where_no_script_comes_the_page_stands_as_without_javascript(chromium, served):
    with visit(chromium, served, "search.html") as seen:
        page = seen.page
        page.route(SCRIPTS, lambda route: route.abort())
        page.goto(served + "chapters/05_padding.html")
        assert pages.standing(page) + pages.overflow(page) == []
        assert page.locator(OFFERED).count() == 0
        assert not [each for each in seen.findings() if "ERR_FAILED" not in each]


RUNNABLE = ".highlight-ipython3, .highlight-python, .highlight-sh"


@each_page
def test_what_one_can_run_has_one_button_that_copies_it(chromium, served, path):
    with visit(chromium, served, path) as seen:
        seen.quiet()
        code = seen.page.locator(RUNNABLE)
        buttons = seen.page.get_by_role("button", name="Copy to clipboard", include_hidden=True)
        assert buttons.count() == code.count() == code.filter(has=seen.page.locator(".copybtn")).count()


@each_scheme
@each_chapter
def test_a_cell_is_copied_as_it_stands_in_the_notebook(chromium, site, served, path, scheme):
    cells = json.loads((ROOT / path).with_suffix(".ipynb").read_text("utf-8"))["cells"]
    sources = {"".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    with visit(chromium, address(site, served, scheme), path) as seen:
        page = seen.page
        page.evaluate("() => document.body.prepend(document.createElement('textarea'))")
        paste = page.locator("body > textarea")
        buttons = page.locator(".cell_input .copybtn:visible")
        copied = []
        for button, copy in [(buttons.first, buttons.first.click), (buttons.last, lambda: buttons.last.press("Enter"))]:
            copy()
            expect(button).to_have_class(re.compile("success"))
            paste.fill("")
            paste.press("ControlOrMeta+V")
            copied.append(paste.input_value())
        assert len(set(copied)) == 2
        assert set(copied) <= sources
        assert seen.findings() == []
