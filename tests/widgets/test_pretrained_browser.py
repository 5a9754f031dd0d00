"""The figure of chapter 10 in a browser: by mouse and by keyboard, from files and from a kernel, it says what Python
says; and nothing is loaded before the reader asks."""

import json
from base64 import b64encode
from itertools import pairwise
from math import asin
from pathlib import Path
from random import Random

import pytest
import torch
from playwright.sync_api import expect

import barriers
from browser import serve, visit
from classroom import corpus
from hands import answers_soon, damaged, press
from link import link
from reference import align, analogy, nearest, neighbours, plane, read_glove, similarity
from sphinx_rows import FILE, scripts
from widgets import Pretrained
from widgets._base import ASSETS
from widgets.pretrained import FOUND, count_text, edits, spellings

pytestmark = pytest.mark.browser

WORDS, VECTORS = read_glove(FILE)
TABLE, _ = align(corpus.words, WORDS, VECTORS, torch.Generator().manual_seed(0))
MAPPED = ["cat", "dog", "mouse", "horse", "king", "queen", "man", "woman", "milk", "water", "tea", "good", "bad"]
PLACES = plane(VECTORS[[WORDS.index(word) for word in MAPPED]]).tolist()
SCRIPTS = scripts()

# Everything that the figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const panel = [...figure.querySelectorAll(".panel")].filter((each) => !each.hidden);
  const all = (selector, from = panel[0]) => [...from.querySelectorAll(selector)];
  const text = (selector, from = panel[0]) => from.querySelector(selector)?.textContent ?? null;
  const flags = (each) => ["own", "drawn", "lit", "note", "absent"].filter((name) => name in each.dataset);
  const size = (each) => each.style.getPropertyValue("--size");
  return {
    panels: panel.map((each) => each.dataset.view),
    tabs: all(".tab", figure).map((tab) => [tab.textContent, tab.ariaSelected]),
    status: text(".status", figure), rounded: figure.querySelector(".rounded").hidden,
    pressed: all("[aria-pressed]").map((each) => [each.textContent, each.ariaPressed]),
    typed: all("input").map((each) => [each.value, each.checked]), align: text(".align"),
    choices: all(".shapes").map((each) => each.hidden),
    aligned: all(".joined").map((each) => "aligned" in each.dataset),
    lines: all("tbody tr").map((line) => [flags(line), ...[...line.children].map((cell) => cell.textContent)]),
    further: all(".further li").map((each) => [flags(each), each.textContent]),
    heads: all("thead th").map((each) => each.textContent), caption: text("caption"), more: text(".more"),
    strip: all(".strip .value").map((each) => [[...each.classList].sort().join(" "), size(each)]),
    title: text(".vector-row .title"), bars: all(".bar").map(size),
    map: all("svg.points text").map((each) => each.textContent),
  };
}"""


def figure(**traits):
    return Pretrained(corpus.words, WORDS, VECTORS, TABLE, dict(zip(MAPPED, PLACES, strict=True)), **traits)


def shown(page, python=None, index=0):
    return page.evaluate(SHOWN, [python and python.to_html(), index])


def loaded(page, index=0):
    """Wait until the rows are there."""
    bar = page.locator("figure").nth(index).locator("progress")
    expect(bar).to_be_hidden()
    page.wait_for_function("Object.keys(window.bookRows ?? {}).length === 5")
    expect(bar).to_be_hidden()


def tab(page, name):
    """Choose a view by mouse."""
    page.click(f".tab[data-view={name}]")
    if name in ("neighbours", "analogy", "coverage"):
        loaded(page)


def tab_(page, name):
    """The same by keyboard alone."""
    views = ["lists", "neighbours", "analogy", "coverage", "map"]
    press(page, ".tab", "Home", *["ArrowRight"] * views.index(name), "Enter")
    if name in ("neighbours", "analogy", "coverage"):
        loaded(page)


def type_(page, trait, text):
    """Type into a field by keyboard alone; Enter does nothing more."""
    press(page, f".typed[data-trait={trait}]", "Control+a", "Delete")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "align": (lambda page: page.click(".align"), lambda page: press(page, ".align", "Enter"), {"aligned": True}),
    "align and skip it again": (
        lambda page: page.dblclick(".align"), lambda page: press(page, ".align", "Enter", "Enter"), {},
    ),
    "follow another line": (
        lambda page: page.click("tr[data-row='9'] .pick"),
        lambda page: press(page, ".pick", *["ArrowDown"] * 9, "Enter"),
        {"row": 9},
    ),
    "a missing word, drawn from N(0, 1)": (
        lambda page: (page.click(".align"), page.click(".drawing >> nth=1"), page.click("tr[data-row='28'] .pick")),
        lambda page: (
            press(page, ".align", "Space"), press(page, ".drawing", "ArrowRight", "Enter"),
            press(page, ".pick", "End", "ArrowUp", "ArrowUp", "Enter"),
        ),
        {"aligned": True, "missing": "normal", "row": 28},
    ),
    "the neighbours of a word": (
        lambda page: (tab(page, "neighbours"), page.fill(".typed[data-trait=word]", "door")),
        lambda page: (tab_(page, "neighbours"), type_(page, "word", "door")),
        {"view": "neighbours", "word": "door"},
    ),
    "by dot product": (
        lambda page: (tab(page, "neighbours"), page.click(".measure >> nth=1")),
        lambda page: (tab_(page, "neighbours"), press(page, ".measure", "ArrowRight", "Space")),
        {"view": "neighbours", "measure": "dot"},
    ),
    "a word of no row": (
        lambda page: (tab(page, "neighbours"), page.fill(".typed[data-trait=word]", "Katze")),
        lambda page: (tab_(page, "neighbours"), type_(page, "word", "Katze")),
        {"view": "neighbours", "word": "Katze"},
    ),
    "no word": (
        lambda page: (tab(page, "neighbours"), page.fill(".typed[data-trait=word]", "")),
        lambda page: (tab_(page, "neighbours"), type_(page, "word", "")),
        {"view": "neighbours", "word": ""},
    ),
    "an analogy": (
        lambda page: (tab(page, "analogy"), page.fill(".typed[data-trait=a]", "runs"),
                      page.fill(".typed[data-trait=b]", "run"), page.fill(".typed[data-trait=c]", "sit")),
        lambda page: (tab_(page, "analogy"), type_(page, "a", "runs"), type_(page, "b", "run"),
                      type_(page, "c", "sit")),
        {"view": "analogy", "a": "runs", "b": "run", "c": "sit"},
    ),
    "an analogy whose inputs may win": (
        lambda page: (tab(page, "analogy"), page.click(".inputs")),
        lambda page: (tab_(page, "analogy"), press(page, ".inputs", "Space")),
        {"view": "analogy", "inputs": True},
    ),
    "an analogy that no input wins": (
        lambda page: (tab(page, "analogy"), page.click(".inputs"), page.fill(".typed[data-trait=a]", "paris"),
                      page.fill(".typed[data-trait=b]", "france"), page.fill(".typed[data-trait=c]", "germany")),
        lambda page: (tab_(page, "analogy"), press(page, ".inputs", "Space"), type_(page, "a", "paris"),
                      type_(page, "b", "france"), type_(page, "c", "germany")),
        {"view": "analogy", "inputs": True, "a": "paris", "b": "france", "c": "germany"},
    ),
    "a sentence": (
        lambda page: (tab(page, "coverage"), page.fill(".typed[data-trait=sentence]", "the axolotl sees two  numbats")),
        lambda page: (tab_(page, "coverage"), type_(page, "sentence", "the axolotl sees two  numbats")),
        {"view": "coverage", "sentence": "the axolotl sees two  numbats"},
    ),
    "the map": (lambda page: tab(page, "map"), lambda page: tab_(page, "map"), {"view": "map"}),
    "all of it, and reset": (
        lambda page: (page.click(".align"), page.click(".drawing >> nth=1"), tab(page, "neighbours"),
                      page.fill(".typed[data-trait=word]", "king"), page.click(".neighbours .reset")),
        lambda page: (press(page, ".align", "Enter"), press(page, ".drawing", "End", "Enter"), tab_(page, "neighbours"),
                      type_(page, "word", "king"), press(page, ".neighbours .reset", "Enter")),
        {"view": "neighbours"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    page = mount(figure())
    by_mouse, by_keyboard, traits = ACTIONS[action]
    (by_mouse if way == "mouse" else by_keyboard)(page)
    page.wait_for_timeout(50)
    assert shown(page) == shown(page, figure(**traits))


def test_a_figure_that_python_set_to_another_view_stays_as_it_was_written_until_the_reader_asks(mount):
    python = figure(view="analogy", inputs=True)
    page = mount(python)
    page.wait_for_timeout(200)
    assert shown(page) == shown(page, python)
    assert page.evaluate("window.bookRows") is None
    page.click(".inputs >> visible=true")
    loaded(page)
    assert shown(page) == shown(page, figure(view="analogy"))


def test_two_copies_know_nothing_of_each_other_and_load_once(mount):
    page = mount(figure(), copies=2)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    first, second = page.locator("figure").nth(0), page.locator("figure").nth(1)
    first.locator(".tab[data-view=neighbours]").click()
    second.locator(".tab[data-view=coverage]").click()
    loaded(page, 0)
    loaded(page, 1)
    assert shown(page, index=0) == shown(page, figure(view="neighbours"))
    assert shown(page, index=1) == shown(page, figure(view="coverage"))
    assert len([url for url in asked if "rows-" in url]) == 5


def test_the_lines_lead_from_each_row_to_its_word(mount):
    page = mount(figure(), width=800)
    assert page.locator(".wires path").count() == 0
    assert page.locator("td.wire >> visible=true").count() == 31
    page.click(".align")
    expect(page.locator(".wires path")).to_have_count(27)
    expect(page.locator(".wires .strong")).to_have_count(1)
    ends = page.evaluate("""() => {
      const box = (el) => el.getBoundingClientRect();
      const at = document.querySelector(".wires .strong").getPointAtLength(1e6);
      const stage = box(document.querySelector(".joined"));
      const word = box(document.querySelector(".further li[data-lit]"));
      return [at.x + stage.left - word.left, at.y + stage.top - word.top - word.height / 2];
    }""")
    assert max(map(abs, ends)) < 1.5


# Where a text begins and ends, to the right and to the bottom.
TEXTS = """selectors => selectors.map((selector) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  const { left, right, bottom } = range.getBoundingClientRect();
  return { left, right, bottom };
})"""


def test_heads_stand_over_their_columns_and_the_lines_have_as_much_room_on_both_sides(mount):
    ours = ("thead .own .number", "thead .own .word", "tr[data-row='30'] .number", "tr[data-row='30'] .word")
    rest = (".further .names .row", ".further .names .word", ".further li .at", ".further li .word")
    for width in (1280, 360):
        page = mount(figure(), width=width)
        for columns in (ours, rest) if width == 1280 else (ours,):
            row, word, number, name = page.evaluate(TEXTS, columns)
            assert row["right"] == pytest.approx(number["right"], abs=1), width
            assert word["left"] == pytest.approx(name["left"], abs=1), width
            assert row["bottom"] == word["bottom"], width
        length, *own = page.evaluate(TEXTS, ["thead .length", "thead .own .number"])
        assert length["bottom"] == own[0]["bottom"], width
    page = mount(figure(), width=1280)
    own, row = page.evaluate(TEXTS, ["thead .own .number", ".further .names .row"])
    assert own["bottom"] == row["bottom"]
    wire, table, further = (page.locator(part).first.bounding_box() for part in ("tbody .wire", "table", ".further"))
    assert further["x"] - table["x"] - table["width"] == pytest.approx(wire["width"], abs=1)


@pytest.mark.parametrize("width", [360, 1280])
def test_no_word_of_the_map_is_small_or_lies_over_another_or_outside(mount, width):
    page = mount(figure(), width=width)
    tab(page, "map")
    over = page.evaluate("""() => {
      const svg = document.querySelector("svg.points").getBoundingClientRect();
      const labels = [...document.querySelectorAll("svg.points text")];
      const boxes = labels.map((el) => [el.textContent, el.getBoundingClientRect()]);
      const cross = (a, b) => a.left < b.right && b.left < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom;
      return boxes.flatMap(([word, box], k) => [
        ...boxes.slice(0, k).filter(([, other]) => cross(box, other)).map(([other]) => `${word} over ${other}`),
        ...(box.left < svg.left - 1 || box.right > svg.right + 1 ? [`${word} outside`] : []),
      ]);
    }""")
    assert over == []
    page.add_style_tag(content="body { margin: 1rem }")  # as in the book
    scale = page.evaluate("document.querySelector('svg.points').getScreenCTM().a")
    size = page.locator("svg.points text").first.evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
    assert scale * size >= 12


# the twins

UNPACKED = """async (packs) => {
  window.twin = await import("/pretrained.js");
  window.file = twin.unpacked(packs);
  return [file.words.length, file.dim, [...file.rows.subarray(0, 100)], [...file.lengths.subarray(0, 100)]];
}"""


def packs():
    return [json.loads(text.partition(" = ")[2].rstrip(";\n")) for text in SCRIPTS.values()]


@pytest.fixture
def twins(assets_page):
    count, dim, rows, lengths = assets_page.evaluate(UNPACKED, packs())
    python = figure().rows
    assert (count, dim) == python.shape
    assert rows == python[:2].flatten().tolist()
    assert lengths == pytest.approx(python[:100].norm(dim=1).tolist(), abs=1e-12)
    return assets_page


def agree(found, exact, bound):
    """The rows of `found` are the best of the exact scores, but for some that differ by less than the bound."""
    rows = [row for row, _ in found]
    assert len(set(rows)) == len(rows)
    worst = exact[torch.tensor(rows)].min()
    left = exact.clone()
    left[torch.tensor(rows)] = -torch.inf
    assert left.max() <= worst + 2 * bound, "a row was left out that is better by more than the rounding"
    for row, score in found:
        assert abs(exact[row].item() - score) <= bound
    for (one, _), (other, _) in pairwise(found):
        assert exact[one] >= exact[other] - 2 * bound


def test_the_neighbours_in_the_browser_are_the_references_on_the_files_own_numbers_up_to_the_rounding(twins):
    some = Random(10).sample(range(len(WORDS)), 200) + [WORDS.index(word) for word in ("cat", "the", "king")]
    asked = [(row, by) for row in some for by in ("cosine", "dot")]
    answers = twins.evaluate("(asked, k) => asked.map(([row, by]) => twin.neighbours(file, row, 8, by))", asked)
    exact, python = VECTORS.double(), figure()
    _, off = python.bounds()
    changed = 0
    for (row, by), found in zip(asked, answers, strict=True):
        scores = similarity(exact, exact[row], by)
        longest = exact.norm(dim=1).max().item() * exact[row].norm().item()
        agree(found, scores, 2 * asin(off) if by == "cosine" else longest * (2 * off + off * off))
        same = neighbours(python.rows, row, FOUND, by)
        assert [each for each, _ in found] == same.rows.tolist()
        assert [score for _, score in found] == pytest.approx(same.scores.tolist(), abs=1e-9)
        changed += {each for each, _ in found} != set(neighbours(exact, row, FOUND, by).rows.tolist())
    assert 0 < changed < len(asked) / 2, "some sets differ, by less than the rounding; most are the same"


def test_the_analogies_in_the_browser_are_the_references_up_to_the_rounding(twins):
    random, python = Random(11), figure()
    exact, rounded = VECTORS.double(), python.rows
    asked = [(*random.sample(range(len(WORDS)), 3), random.random() < 0.5) for _ in range(200)]
    asked += [(*(WORDS.index(word) for word in ("man", "king", "woman")), out) for out in (True, False)]
    asked += [(5, 5, 5, False), (5, 5, 7, True)]
    answers = twins.evaluate(
        "(asked) => asked.map(([s, e, o, out]) => twin.analogy(file, s, e, o, 8, out ? [s, e, o] : []))", asked
    )
    errors = (rounded - exact).norm(dim=1)
    off = (errors / exact.norm(dim=1)).max().item()
    for (start, end, other, out), found in zip(asked, answers, strict=True):
        without = (start, end, other) if out else ()
        scores = similarity(exact, exact[end] - exact[start] + exact[other])
        scores[list(without)] = -torch.inf
        length = (exact[end] - exact[start] + exact[other]).norm().item()
        turned = asin(min(sum(errors[[start, end, other]].tolist()) / length, 1.0))
        agree(found, scores, turned + asin(off))
        same = analogy(rounded, start, end, other, FOUND, without)
        assert [each for each, _ in found] == same.rows.tolist()
        assert [score for _, score in found] == pytest.approx(same.scores.tolist(), abs=1e-9)


CORNERS = ["", "a", "KING", "Katze", "x" * 24, "x" * 25, "👩‍👩‍👧", "ß", "__proto__", "the the", "'s", "né"]


def test_spellings_edits_and_counts_are_pythons(twins):
    random = Random(12)
    letters = "abcdefghijklmnopqrstuvwxyzé"
    typed = list(CORNERS)
    for word in random.sample(WORDS[:900], 200):
        place = random.randrange(len(word) + 1)
        typed.append(word[:place] + random.choice(letters) + word[place + random.randrange(2) :])
    found = twins.evaluate("(typed) => typed.map((word) => twin.spellings(word, file.words.slice(0, 900)))", typed)
    assert found == [spellings(word, WORDS[:900]) for word in typed]
    assert sum(map(bool, found)) > 100
    pairs = list(zip(typed, reversed(typed), strict=True))
    away = twins.evaluate("(pairs) => pairs.map(([a, b]) => twin.edits([...a], [...b]))", pairs)
    assert away == [edits(*pair) for pair in pairs]
    counts = [None, 0, 7, 999, 1000, 5450, 237416, 1_000_000]
    assert twins.evaluate("(n) => n.map(twin.countText)", counts) == [count_text(n) for n in counts]


SIMILAR = """async ([rows, vector, without]) => {
  const { nearest, unpacked } = await import("/pretrained.js");
  const dim = vector.length;
  const lengths = rows.map((row) => Math.hypot(...row));
  const file = { words: rows.map(String), dim, rows: Float64Array.from(rows.flat()), lengths };
  return ["cosine", "dot"].map((by) => nearest(file, Float64Array.from(vector), 5, by, without));
}"""


@pytest.mark.parametrize(
    "rows", [[[0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]], [[1e-200, 0.0], [1e150, 1.0]]]
)
@pytest.mark.parametrize("vector", [[0.0, 0.0], [1.0, 2.0], [-3.0, 0.0]])
def test_zero_rows_equal_rows_and_extreme_ones_are_found_in_the_order_of_the_reference(assets_page, rows, vector):
    table = torch.tensor(rows, dtype=torch.float64)
    for by, found in zip(("cosine", "dot"), assets_page.evaluate(SIMILAR, [rows, vector, [0]]), strict=True):
        same = nearest(table, torch.tensor(vector, dtype=torch.float64), 5, by, without=[0])
        assert [row for row, _ in found] == same.rows.tolist()
        assert [score for _, score in found] == pytest.approx(same.scores.tolist())


DAMAGES = {
    "the scale is lost": ("steps[k + column] * factor", "steps[k + column]"),
    "a sum becomes a difference": ("to[column] - value + more", "to[column] - value - more"),
    "the inputs are let in": ("!without.includes(row)", "true"),
    "the worst come first": ("scores[other] - scores[one]", "scores[one] - scores[other]"),
    "a length is forgotten": ("product / (lengths[row] * length)", "product / length"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_module_is_seen(open_modules, tmp_path, damage):
    page = open_modules(damaged(tmp_path, "pretrained.js", *DAMAGES[damage]))
    page.evaluate(UNPACKED, packs())
    man, king, woman = (WORDS.index(word) for word in ("man", "king", "woman"))
    found = page.evaluate(f"twin.analogy(file, {man}, {king}, {woman}, 8, [{man}, {king}, {woman}])")
    near = page.evaluate(f"twin.neighbours(file, {man}, 8, 'dot')")
    same = analogy(figure().rows, man, king, woman, FOUND, (man, king, woman))
    dots = neighbours(figure().rows, man, FOUND, "dot")
    pairs = [(found, same), (near, dots)]
    assert any(
        [row for row, _ in each] != python.rows.tolist()
        or [score for _, score in each] != pytest.approx(python.scores.tolist())
        for each, python in pairs
    )


# the rows from the book's own files

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="_static/widgets.css"><link rel="stylesheet" href="_static/figure-pretrained.css">
<script defer src="_static/figure-pretrained.js?v=1"></script><body>
<p><span class="show" data-show="pretrained:dot">by dot product</span></p>
{figure}</body></html>"""


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A page of a site with the figure, its script, and its rows, as the build writes them."""
    folder = tmp_path_factory.mktemp("ein Büchlein")
    static = folder / "_static"
    static.mkdir()
    script = link(ASSETS / "pretrained.js", "classic", start=ASSETS / "core" / "page.js")
    for name, text in {**SCRIPTS, "figure-pretrained.js": script}.items():
        (static / name).write_text(text, "utf-8")
    for name, source in {"widgets.css": "widgets.css", "figure-pretrained.css": "pretrained.css"}.items():
        (static / name).write_text((ASSETS / source).read_text("utf-8"), "utf-8")
    (folder / "page.html").write_text(PAGE.format(figure=figure().to_html()), "utf-8")
    return folder


STRICT = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:"
}


@pytest.fixture(params=["http", "file"])
def opened(request, chromium, book, asked):
    """The page over http, under a strict policy, and from disk."""
    if request.param == "http":
        with serve(book, STRICT) as base, visit(chromium, base, "page.html") as seen:
            asked(seen.page)
            yield seen
    else:
        with visit(chromium, book.as_uri() + "/", "page.html") as seen:
            asked(seen.page)
            yield seen


def rows_asked(seen):
    return [request.url for request in seen.requests if "rows-" in request.url]


def test_nothing_is_loaded_before_the_reader_asks_and_then_in_parts(opened):
    page = opened.page
    expect(page.locator("figure")).to_have_attribute("data-live", "")
    page.click(".align")
    page.click("tr[data-row='7'] .pick")
    page.click(".tab[data-view=map]")
    opened.quiet()
    assert rows_asked(opened) == []
    page.click(".tab[data-view=neighbours]")
    loaded(page)
    assert shown(page) == shown(page, figure(view="neighbours"))
    assert len(rows_asked(opened)) == 5
    assert opened.findings() == []


def test_a_link_to_a_state_loads_what_it_needs(opened):
    opened.page.click("button.show")
    loaded(opened.page)
    assert shown(opened.page) == shown(opened.page, figure(**figure().shows()["dot"]))
    assert opened.findings() == []


def test_while_the_parts_come_their_number_is_told_and_the_focus_stays(chromium, book):
    with serve(book) as base, visit(chromium, base, "page.html") as seen:
        page, waiting = seen.page, []
        page.route("**/rows-*.js", lambda route: waiting.append(route))
        page.wait_for_selector("figure[data-live]")
        press(page, ".tab", "Home", "ArrowRight", "Enter")
        status, bar = page.locator(".status"), page.locator("progress")
        expect(status).to_have_text(f"Loading {count_text(10_000)} words …")
        for part in range(1, 5):
            page.wait_for_timeout(50)
            waiting.pop().fallback()
            expect(status).to_have_text(f"Loading {count_text(10_000)} words: part {part + 1} of 5.")
            assert bar.evaluate("(el) => el.value") == pytest.approx(part / 5)
            expect(bar).to_be_visible()
        assert barriers.found(page) == []
        press(page, ".typed", "Control+a")
        page.keyboard.type("door")
        page.wait_for_timeout(50)
        waiting.pop().fallback()
        loaded(page)
        assert page.evaluate("document.activeElement.dataset.trait") == "word"
        assert shown(page) == shown(page, figure(view="neighbours", word="door"))


def test_a_part_that_does_not_come_is_said_and_asked_for_again(chromium, book):
    with serve(book) as base, visit(chromium, base, "page.html") as seen:
        page, fails = seen.page, [True]
        page.route("**/rows-2.js", lambda route: route.abort() if fails else route.fallback())
        page.wait_for_selector("figure[data-live]")
        page.click(".tab[data-view=analogy]")
        status = page.locator(".status")
        expect(status).to_have_text(
            "The words could not be loaded: rows-2.js did not come. Nothing is shown in their place."
        )
        expect(page.locator("progress")).to_be_hidden()
        assert page.locator(".analogy .name").all_text_contents() == [""] * FOUND
        assert barriers.found(page) == []
        page.click(".tab[data-view=lists]")
        expect(status).to_contain_text("Row 4 is the row of")
        page.click(".tab[data-view=analogy]")
        fails.clear()
        press(page, ".again", "Enter")
        loaded(page)
        assert shown(page) == shown(page, figure(view="analogy"))
        assert page.evaluate("document.activeElement.dataset.trait") == "a"
        assert len(rows_asked(seen)) == 6, "what had come is not asked for again"


def test_the_rows_of_another_file_are_refused(mount):
    page = mount(figure())
    swapped = SCRIPTS["rows-0.js"].replace('"words":"the\\n,', '"words":",\\nthe')
    assert swapped != SCRIPTS["rows-0.js"]
    page.route("**/rows-0.js", lambda route: route.fulfill(body=swapped))
    page.click(".tab[data-view=neighbours]")
    expect(page.locator(".status")).to_contain_text("The words could not be loaded: what came is another file.")


# the rows from a kernel

MOUNTED = """async (answer) => {
  const { default: view } = await import("/pretrained.js");
  const old = document.querySelector("figure");
  const figure = new DOMParser().parseFromString(window.html, "text/html").querySelector("figure");
  old.replaceWith(figure);
  const { state } = JSON.parse(figure.querySelector("script").textContent);
  const values = { ...state, wanted: 0, pack: {} };
  const calls = new Map();
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  window.asked = 0;
  const model = {
    get: (name) => values[name],
    set(name, value) { if (values[name] !== value) { values[name] = value; this.changed.push(name); } },
    changed: [],
    save_changes() {
      for (const name of this.changed.splice(0)) {
        for (const call of calls.get(`change:${name}`) ?? []) call();
        if (name === "wanted") {
          window.asked += 1;
          if (answer) setTimeout(() => {
            const padded = (text) => { // a view into a larger buffer, as a message of Jupyter's brings it
              const inner = bytes(text);
              const outer = new Uint8Array(inner.length + 7);
              outer.set(inner, 7);
              return new DataView(outer.buffer, 7, inner.length);
            };
            this.set("pack", { words: answer.words, scales: padded(answer.scales), rows: padded(answer.rows) });
            this.save_changes();
          }, 20);
        }
      }
    },
    on(event, call) { calls.set(event, [...(calls.get(event) ?? []), call]); },
    off() {},
  };
  view.render({ model, el: figure, signal: new AbortController().signal });
}"""


def kernels_answer(python):
    """What the kernel sends, as text for the page."""
    python.wanted = 1
    pack = python.pack
    return {key: value if isinstance(value, str) else b64encode(value).decode() for key, value in pack.items()}


def test_a_kernel_is_asked_once_and_only_when_the_reader_asks(mount):
    page = mount(figure())
    page.evaluate("html => { window.html = html; }", figure().to_html())
    page.evaluate(MOUNTED, kernels_answer(figure()))
    page.click(".align")
    assert page.evaluate("window.asked") == 0
    page.click(".tab[data-view=neighbours]")
    expect(page.locator(".status")).to_contain_text("Nearest to “cat”")
    assert shown(page) == shown(page, figure(view="neighbours"))
    page.click(".tab[data-view=coverage]")
    expect(page.locator(".status")).to_contain_text("3 of 4 tokens")
    assert shown(page) == shown(page, figure(view="coverage"))
    assert page.evaluate("window.asked") == 1


def test_a_kernel_that_does_not_answer_is_said_to_be_silent(mount):
    page = mount(figure())
    page.evaluate("html => { window.html = html; }", figure().to_html())
    page.clock.install()
    page.evaluate(MOUNTED, None)
    page.click(".tab[data-view=neighbours]")
    expect(page.locator(".status")).to_have_text(f"Loading {count_text(10_000)} words …")
    assert page.locator("progress").get_attribute("value") is None
    page.clock.fast_forward(21_000)
    expect(page.locator(".status")).to_contain_text("could not be loaded: the answer of the kernel did not come.")
    page.click(".again")
    assert page.evaluate("window.asked") == 2


@pytest.mark.parametrize("width", [360, 460, 560])
def test_when_missing_rows_can_be_chosen_nothing_moves(mount, width):
    page = mount(figure(), width=width)
    page.add_style_tag(content="body { margin: 1rem }")  # as in the book
    below = """() => { const [align, ...others] = [".align", ".lists .reset", ".joined"].map((part) =>
      document.querySelector(part).getBoundingClientRect().top); return others.map((top) => top - align); }"""
    before = page.evaluate(below)
    page.click(".align")
    expect(page.locator(".lists .shapes")).to_be_visible()
    assert page.evaluate(below) == pytest.approx(before)


# what readers type

HOSTILE = [
    "<script>document.title = 'hit'</script>",
    '"><img src=x onerror="document.title = 1">',
    "\N{RIGHT-TO-LEFT OVERRIDE}abc مرحبا",
    "👩‍👩‍👧",
    "x" * 10_000,
    "the " * 2_500,
    "1e309",
    "NaN",
    "__proto__",
    "constructor",
    "",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12] or "empty")
def test_hostile_text_is_text_and_answered_soon(mount, text):
    page = mount(figure(), width=360)
    for view, traits in {"neighbours": ["word"], "analogy": ["a", "b", "c"], "coverage": ["sentence"]}.items():
        tab(page, view)
        for trait in traits:
            with answers_soon(page):
                page.locator(f".typed[data-trait={trait}]").evaluate(
                    "(el, text) => { el.value = text; el.dispatchEvent(new Event('input', { bubbles: true })); }", text
                )
                page.evaluate("() => new Promise(requestAnimationFrame)")
            most = 2000 if trait == "sentence" else 200
            assert shown(page) == shown(page, figure(view=view, **typed(traits, trait, text[:most])))
    assert page.title() != "hit"
    assert page.locator("figure img, figure script:not([type])").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def typed(traits, last, text):
    """The fields of a view up to `last` hold `text`."""
    return dict.fromkeys(traits[: traits.index(last) + 1], text)


def test_half_of_a_pair_becomes_a_character_that_a_kernel_can_take(mount):
    page = mount(figure())
    tab(page, "neighbours")
    page.locator(".typed[data-trait=word]").evaluate(
        "(el) => { el.value = 'a\\ud800b'; el.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    assert page.evaluate("figures[0].model.get('word')") == "a\N{REPLACEMENT CHARACTER}b"
