"""The quizzes on the site: what counts, what is remembered and forgotten, and that nobody else learns of it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import pages
from browser import QUIET, visit
from chapter_rules import asked
from notebooks import chapters, read

pytestmark = [pytest.mark.site, pytest.mark.browser]

# For each chapter with a quiz: for each question, which of its options is right.
RIGHT = {
    path.stem: [[kind for kind, *_ in options].index("right") for *_, options in asked(cell.source)]
    for path in chapters()
    for cell in read(path).cells
    if cell.id == "quiz"
}
ONE, OTHER = "02_lookup", "05_padding"
BLOCKED = """Object.defineProperty(window, "localStorage",
  { get() { throw new DOMException("no", "SecurityError"); } });"""
FULL = """Storage.prototype.setItem = function () { throw new DOMException("full", "QuotaExceededError"); };"""

each_quiz = pytest.mark.parametrize("stem", RIGHT)
each_way = pytest.mark.parametrize("way", ["mouse", "keyboard"])
each_scheme = pytest.mark.parametrize("scheme", ["http", "file"])


def address(stem: str) -> str:
    return f"chapters/{stem}.html"


def option(page: Page, question: int, place: int) -> Locator:
    return page.locator(".question").nth(question).locator("details").nth(place)


def by_mouse(target: Locator) -> None:
    target.click()


def by_keyboard(target: Locator) -> None:
    target.focus()
    target.press("Space" if target.evaluate("(el) => el.localName") == "input" else "Enter")


WAYS: dict[str, Callable[[Locator], None]] = {"mouse": by_mouse, "keyboard": by_keyboard}


def press(page: Page, question: int, place: int, way: str = "mouse") -> None:
    WAYS[way](option(page, question, place).locator("summary"))


def wrong(stem: str, question: int) -> int:
    """The place of a wrong option."""
    return 1 if RIGHT[stem][question] == 0 else 0


def says(page: Page, stem: str, count: int) -> None:
    expect(page.locator(".tally [role=status]")).to_have_text(f"{count} of {len(RIGHT[stem])} right at the first try")


def remember(page: Page) -> Locator:
    return page.get_by_label("Remember on this device")


def stored(page: Page) -> dict | None:
    return json.loads(page.evaluate("() => localStorage.getItem('quiz')") or "null")


def opened(page: Page) -> list[int]:
    """How many options of each question stand open."""
    count = "(all) => all.map((group) => group.querySelectorAll('details[open]').length)"
    return page.locator(".question").evaluate_all(count)


# --- what the build makes


@each_quiz
def test_each_question_is_a_group_with_a_name_and_its_options(site, stem):
    quiz = pages.read(site / address(stem)).find(id="quiz")
    groups = quiz.select('.question[role="group"]')
    assert len(groups) == len(RIGHT[stem])
    for number, (group, right) in enumerate(zip(groups, RIGHT[stem], strict=True), start=1):
        assert quiz.find(id=group["aria-labelledby"]).get_text().startswith(f"{number}. ")
        kinds = [option["class"] for option in group.select("details")]
        assert kinds.index(["right"]) == right
        assert not group.select("details details")


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_every_code_cell_has_the_place_that_jupyter_gives_it(site, path):
    there = {tag["id"] for tag in pages.read(site / address(path.stem)).find_all(id=True)}
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    left_out = {cell.id for cell in code if "remove-cell" in cell.metadata.get("tags", [])}
    assert {f"cell-id={cell.id}" for cell in code if cell.id not in left_out} <= there


@each_quiz
def test_a_link_to_a_cell_opens_what_is_folded_and_shows_the_output(open_page, stem):
    page = open_page(address(stem), width=360)
    pages.unfold(page)
    for place in dict.fromkeys(re.findall(r"#cell-id=[\w-]+", page.locator("#quiz").inner_html())):
        page.evaluate("document.querySelectorAll('.cell details').forEach((fold) => { fold.open = false; })")
        link = page.locator(f"#quiz a[href$='{place}']").first
        if link.get_attribute("href") != place:  # in another chapter
            continue
        link.click()
        cell = page.locator(f"[id='{place[1:]}']")
        expect(cell.locator(".cell_input")).to_be_in_viewport()
        assert cell.locator(".cell_output").is_visible()
        assert cell.bounding_box()["y"] >= page.locator(".mobile-header").bounding_box()["height"]


def test_a_page_that_is_opened_at_a_cell_shows_it(open_page):
    page = open_page(f"{address(OTHER)}#cell-id=fine-born")
    expect(page.locator("[id='cell-id=fine-born'] .cell_output")).to_be_visible()


# --- answering


@each_quiz
@each_way
def test_the_option_that_is_opened_first_counts(open_page, stem, way):
    page = open_page(address(stem))
    says(page, stem, 0)
    for question, right in enumerate(RIGHT[stem]):
        if question % 2:  # a wrong one, the right one, and the right one closed
            press(page, question, wrong(stem, question), way)
            press(page, question, right, way)
            press(page, question, right, way)
        else:
            press(page, question, right, way)
            press(page, question, wrong(stem, question), way)
        says(page, stem, question // 2 + 1)
    again = page.get_by_role("button", name="Start again")
    WAYS[way](again)
    says(page, stem, 0)
    assert not any(opened(page))
    if way == "keyboard":
        expect(again).to_be_focused()
    press(page, 1, RIGHT[stem][1], way)
    says(page, stem, 1)


@each_quiz
def test_the_tab_key_goes_from_option_to_option_and_on(open_page, stem):
    page = open_page(address(stem))
    summaries = page.locator(".question summary")
    focused = page.locator("#quiz :focus")
    summaries.first.focus()
    reached = []
    while focused.count():
        reached.append(focused.inner_text() or focused.get_attribute("type"))
        assert focused.evaluate("(el) => getComputedStyle(el).outlineStyle") == "solid", reached[-1]
        page.keyboard.press("Tab")
    options = [text for text in reached if text in summaries.all_inner_texts()]  # a question may hold links, too
    assert options == summaries.all_inner_texts()
    assert reached[-2:] == ["checkbox", "Start again"]


def test_what_the_reader_did_not_open_does_not_count(open_page):
    page = open_page(address(ONE))
    pages.unfold(page)  # as a search in the page does, or paper
    press(page, 0, RIGHT[ONE][0])  # closes it
    says(page, ONE, 0)
    press(page, 0, RIGHT[ONE][0])
    says(page, ONE, 1)


@each_quiz
@each_way
def test_without_a_script_options_open_and_close(chromium, served, stem, way):
    with visit(chromium, served, address(stem), javascript=False) as seen:
        page = seen.page
        expect(page.locator(".tally")).to_be_hidden()
        for question, right in enumerate(RIGHT[stem]):
            answer = option(page, question, right).locator("p").first
            expect(answer).to_be_hidden()
            press(page, question, right, way)
            expect(answer).to_be_visible()
            expect(answer).to_contain_text("✓")
            press(page, question, right, way)
            expect(answer).to_be_hidden()
        assert seen.findings() == []


@each_quiz
def test_answering_asks_nobody(chromium, served, stem):
    with visit(chromium, served, address(stem)) as seen:
        page = seen.page
        pages.scroll(seen)
        asked_before = len(seen.requests)
        remember(page).check()
        for question, right in enumerate(RIGHT[stem]):
            press(page, question, right)
        page.get_by_role("button", name="Start again").click()
        remember(page).uncheck()
        page.wait_for_timeout(QUIET)
        assert len(seen.requests) == asked_before
        assert page.context.cookies() == []
        assert seen.findings() == []


# --- remembering


@each_scheme
def test_nothing_is_kept_before_the_reader_asks_for_it(open_page, scheme):
    page = open_page(address(ONE), scheme=scheme)
    expect(remember(page)).not_to_be_checked()
    press(page, 0, RIGHT[ONE][0])
    page.get_by_role("button", name="Start again").click()
    press(page, 1, RIGHT[ONE][1])
    assert page.evaluate("() => Object.keys(localStorage)") == []
    assert page.evaluate("() => Object.keys(sessionStorage)") == []
    page.reload()
    says(page, ONE, 0)
    assert not any(opened(page))
    expect(remember(page)).not_to_be_checked()


@each_scheme
@each_way
def test_what_shall_be_remembered_is_there_on_the_next_visit(open_page, scheme, way):
    page = open_page(address(ONE), scheme=scheme)
    press(page, 0, RIGHT[ONE][0], way)
    WAYS[way](remember(page))
    press(page, 1, wrong(ONE, 1), way)
    press(page, 1, RIGHT[ONE][1], way)
    first = [RIGHT[ONE][0], wrong(ONE, 1), *[-1] * (len(RIGHT[ONE]) - 2)]
    assert stored(page) == {ONE: {"right": 1, "first": first}}
    page.reload()
    expect(remember(page)).to_be_checked()
    says(page, ONE, 1)
    assert opened(page) == [1, 1, *[0] * (len(RIGHT[ONE]) - 2)]
    expect(option(page, 1, wrong(ONE, 1))).to_have_attribute("open", "")  # what was chosen first
    press(page, 1, RIGHT[ONE][1], way)
    says(page, ONE, 1)
    press(page, 2, RIGHT[ONE][2], way)
    says(page, ONE, 2)
    assert stored(page)[ONE]["right"] == 2


def test_start_again_forgets_this_chapter_and_no_other(open_page):
    page = open_page(address(ONE))
    remember(page).check()
    press(page, 0, RIGHT[ONE][0])
    page.goto(page.url.replace(ONE, OTHER))
    expect(remember(page)).to_be_checked()
    press(page, 0, RIGHT[OTHER][0])
    assert set(stored(page)) == {ONE, OTHER}
    page.get_by_role("button", name="Start again").click()
    assert set(stored(page)) == {ONE}
    expect(remember(page)).to_be_checked()
    page.reload()
    says(page, OTHER, 0)


def test_who_takes_the_tick_away_is_forgotten(open_page):
    page = open_page(address(ONE))
    remember(page).check()
    press(page, 0, RIGHT[ONE][0])
    remember(page).uncheck()
    assert page.evaluate("() => Object.keys(localStorage)") == []
    says(page, ONE, 1)  # until the page is left
    press(page, 1, RIGHT[ONE][1])
    assert stored(page) is None


@each_scheme
def test_the_contents_show_what_is_remembered_and_forget_it(open_page, scheme):
    page = open_page(address(ONE), scheme=scheme)
    remember(page).check()
    press(page, 0, RIGHT[ONE][0])
    page.goto(page.url.replace(ONE, OTHER))
    for question, right in enumerate(RIGHT[OTHER]):
        press(page, question, right)
    page.goto(re.sub(r"chapters/.*", "contents.html", page.url))
    for stem, count in {ONE: 1, OTHER: len(RIGHT[OTHER])}.items():
        line = page.locator(f"p:has(> a[href='{address(stem)}#quiz'])")
        expect(line).to_contain_text(f"Quiz {count} of {len(RIGHT[stem])}")
    assert page.locator(".remembered:visible").count() == 2
    if scheme == "http":  # axe asks for the styles, which a page from disk may not
        assert pages.axe(page) + pages.overflow(page) == []
    forget = page.get_by_role("button", name="Forget all")
    forget.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Nothing is remembered any more.")
    expect(forget).to_be_focused()
    expect(page.locator(".remembered:visible")).to_have_count(0)
    assert stored(page) is None
    page.go_back()
    expect(remember(page)).not_to_be_checked()
    says(page, OTHER, 0)


def test_contents_of_which_nothing_is_remembered_say_nothing_of_it(open_page):
    page = open_page("contents.html")
    expect(page.locator(".forget")).to_be_hidden()
    expect(page.locator(".remembered:visible")).to_have_count(0)
    expect(page.locator(f"a[href='{address(ONE)}#quiz']")).to_be_visible()


def test_a_page_that_is_open_learns_that_another_has_forgotten(open_page):
    page = open_page(address(ONE))
    remember(page).check()
    press(page, 0, RIGHT[ONE][0])
    other = page.context.new_page()
    other.goto(re.sub(r"chapters/.*", "contents.html", page.url))
    other.get_by_role("button", name="Forget all").click()
    expect(remember(page)).not_to_be_checked()
    press(page, 1, RIGHT[ONE][1])
    assert stored(page) is None


@pytest.mark.parametrize("script", [BLOCKED, FULL], ids=["blocked", "full"])
def test_where_nothing_can_be_kept_the_quiz_says_so(open_page, script):
    page = open_page(address(ONE), script=script)
    if script is FULL:
        remember(page).click()
    expect(remember(page)).to_be_hidden()
    expect(page.locator(".tally")).to_contain_text("Your browser does not let this page remember.")
    press(page, 0, RIGHT[ONE][0])
    says(page, ONE, 1)
    page.get_by_role("button", name="Start again").click()
    says(page, ONE, 0)
    page.goto(re.sub(r"chapters/.*", "contents.html", page.url))
    expect(page.locator(".forget")).to_be_hidden()


HOSTILE = [
    "no JSON",
    "5",
    "[]",
    '"text"',
    "{}",
    '{"02_lookup": 7}',
    '{"02_lookup": {"first": "length", "right": "<img src=x onerror=alert(1)>"}}',
    '{"02_lookup": {"first": ["length", "__proto__", 99, 1.5, {}], "right": {}}}',
    '{"02_lookup": {"first": [0], "right": -1}, "__proto__": {"right": 1}}',
]


@pytest.mark.parametrize("kept", HOSTILE)
def test_what_somebody_else_has_written_breaks_nothing(open_page, kept):
    page = open_page(address(ONE), script=f"localStorage.getItem('quiz') ?? localStorage.setItem('quiz', {kept!r})")
    says(page, ONE, 0)
    press(page, 0, RIGHT[ONE][0])
    remember(page).check()
    says(page, ONE, 1)
    assert stored(page)[ONE]["right"] == 1
    page.goto(re.sub(r"chapters/.*", "contents.html", page.url))
    expect(page.locator(".remembered:visible")).to_contain_text(f" 1 of {len(RIGHT[ONE])}")
    page.evaluate("(text) => localStorage.setItem('quiz', text)", kept)
    page.reload()  # no error is a test of every page that `open_page` gives
    assert page.locator(".remembered img").count() == 0


# --- how it looks


@each_quiz
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_opened_it_can_be_read_by_everybody(open_page, stem, dark, width):
    page = open_page(address(stem), dark=dark, width=width)
    for question in range(len(RIGHT[stem])):
        for place in range(page.locator(".question").nth(question).locator("details").count()):
            press(page, question, place)
    assert pages.axe(page, "#quiz") + pages.overflow(page) == []
    low = "(all) => all.filter((el) => el.getBoundingClientRect().height < 44).map((el) => el.innerText)"
    assert page.locator(".question summary, .tally label, .tally button").evaluate_all(low) == []
    for sign in page.locator(".question details[open] > p:first-of-type").all():
        assert sign.inner_text()[0] in "✓✗"


@each_quiz
def test_on_paper_every_option_stands_with_its_answer(chromium, served, stem):
    with visit(chromium, served, address(stem)) as seen:
        page = seen.page
        page.emulate_media(media="print")
        assert [each for each in pages.folded(page) if "✓" in each or "✗" in each] == []
        expect(page.locator(".tally")).to_be_hidden()


def test_the_quiz_is_found_by_a_search(open_page):
    page = open_page("search.html?q=shops")
    page.locator(f"#search-results a[href*='{ONE}']").first.wait_for(timeout=pages.PATIENCE)


def test_the_script_has_no_words_for_readers():
    """They stand in the page, where a translator and a screen reader find them."""
    script = (Path(__file__).parents[2] / "assets" / "site.js").read_text("utf-8")
    strings = re.findall(r'"([^"]*)"', re.sub(r"^\s*//.*|/\*\*.*?\*/|//.*$", "", script, flags=re.MULTILINE))
    assert [text for text in strings if re.search(r"[A-Za-z]{3,} [a-z]{2,} ", text)] == []
