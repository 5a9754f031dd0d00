"""The figure of chapter 1 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import expect

from classroom import corpus
from hands import answers_soon, damaged, press
from reference import Vocabulary, tokenize
from reference.vocabulary import WHITE_SPACE
from widgets import ReadBack
from widgets._predict import verdict
from widgets.vocabulary import clip, in_order, rows_read, visible

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
ORDERS = json.loads((ROOT / "assets/results/set_orders.json").read_text("utf-8"))
SPECIALS = ["<pad>", "<unk>"]

# Everything that the figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const text = (selector, from = figure) => from.querySelector(selector)?.textContent ?? null;
  const lane = (name) => ({
    places: all(`.${name} .place`).map((b) => ({
      ...b.dataset, wide: b.style.getPropertyValue("--n"), parts: all("span", b).map((s) => s.textContent) })),
    brackets: all(`.${name} .axis`).map((axis) => [axis.dataset.axis, axis.children.length]),
    more: [text(`.${name} .more`), figure.querySelector(`.${name} .more`).hidden],
    shape: text(`.${name} .numbers`),
  });
  const pressed = (selector) => all(selector).map((b) => [b.textContent, b.getAttribute("aria-pressed")]);
  return {
    indices: lane("indices"), output: lane("output"), V: text(".table .numbers"),
    given: text(".given"), back: text(".back"), same: text(".same"), status: text(".status"), guess: text(".guess"),
    why: figure.querySelector(".why").hidden, rowsOf: figure.querySelector(".rows_of").value,
    heads: all(".rows thead th").map((head) => head.textContent),
    rows: all("tr[data-row]").map((row) => ({ ...row.dataset, texts: all("button, span, td", row).map((e) =>
      [e.className, e.textContent, e.title]), pressed: row.querySelector(".mark").getAttribute("aria-pressed") })),
    typed: figure.querySelector(".typed").value, added: figure.querySelector(".added").value,
    level: [figure.querySelector(".stage").dataset.level, pressed(".level")], least: pressed(".least"),
    order: figure.querySelector(".order").value,
    corpus: all(".corpus li").map((line) => [line.textContent, all("mark", line).map((m) => m.textContent)]),
    count: text(".corpus summary"),
  };
}"""


def figure(**traits):
    return ReadBack(corpus.sentences, orders=ORDERS, **traits)


def shown(page, python=None, index=0):
    """What a figure shows: in the page, or in the markup that Python writes."""
    data = page.evaluate(SHOWN, [python and python.to_html(), index])
    for row in data["rows"]:
        row.pop("changed", None)  # an outline that only the browser draws
    return data


def rest(page):
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)


def retype(page, selector, text):
    press(page, selector, "Control+a", "Delete")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "type a text": (
        lambda page: page.fill(".typed", "my dog sees a fox"),
        lambda page: retype(page, ".typed", "my dog sees a fox"),
        {"text": "my dog sees a fox"},
    ),
    "empty the text": (
        lambda page: page.fill(".typed", ""),
        lambda page: press(page, ".typed", "Control+a", "Delete"),
        {"text": ""},
    ),
    "characters": (
        lambda page: page.click(".level >> nth=1"),
        lambda page: press(page, ".level", "ArrowRight", "Enter"),
        {"level": "char"},
    ),
    "cut at two": (
        lambda page: page.click(".least >> nth=1"),
        lambda page: press(page, ".least", "ArrowRight", "Space"),
        {"min_frequency": 2},
    ),
    "cut at three": (
        lambda page: page.click(".least >> nth=2"),
        lambda page: press(page, ".least", "End", "Enter"),
        {"min_frequency": 3},
    ),
    "the order of a set": (
        lambda page: page.select_option(".order", "2"),
        lambda page: press(page, ".order", "ArrowDown", "ArrowDown"),
        {"order": "2"},
    ),
    "the order of a set, characters, cut": (
        lambda page: (
            page.select_option(".order", "3"), page.click(".level >> nth=1"), page.click(".least >> nth=2")
        ),
        lambda page: (
            press(page, ".order", *["ArrowDown"] * 3),
            press(page, ".level", "ArrowRight", "Enter"),
            press(page, ".least", "End", "Enter"),
        ),
        {"order": "3", "level": "char", "min_frequency": 3},
    ),
    "the rows of another list": (
        lambda page: (page.select_option(".order", "2"), page.select_option(".rows_of", "1")),
        lambda page: (
            press(page, ".order", *["ArrowDown"] * 2), press(page, ".rows_of", *["ArrowDown"] * 2)
        ),
        {"order": "2", "rows_of": "1"},
    ),
    "an index without a row": (
        lambda page: (page.fill(".added", "wolf"), page.select_option(".rows_of", "frequency")),
        lambda page: (retype(page, ".added", "wolf"), press(page, ".rows_of", "ArrowDown")),
        {"added": "wolf", "rows_of": "frequency"},
    ),
    "one sentence more": (
        lambda page: page.fill(".added", "the dog sits"),
        lambda page: retype(page, ".added", "the dog sits"),
        {"added": "the dog sits"},
    ),
    "one sentence more, of new words": (
        lambda page: (page.fill(".added", "a wolf sees a wolf"), page.click(".least >> nth=1")),
        lambda page: (retype(page, ".added", "a wolf sees a wolf"), press(page, ".least", "ArrowRight", "Enter")),
        {"added": "a wolf sees a wolf", "min_frequency": 2},
    ),
    "choose a token of the text": (
        lambda page: page.click(".indices [data-place='3']"),
        lambda page: press(page, ".indices .place", "End", "Enter"),
        {"token": "tea"},
    ),
    "choose a token that came back": (
        lambda page: page.click(".output [data-place='2']"),
        lambda page: press(page, ".output .place", "ArrowRight", "ArrowRight", "Space"),
        {"token": "drinks"},
    ),
    "choose a token of the vocabulary": (
        lambda page: page.click("tr[data-row='4'] .pick"),
        lambda page: press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 4, "Enter"),
        {"token": "cat"},
    ),
    "expect two tokens to move, then add a sentence": (
        lambda page: (
            page.click("tr[data-row='4'] .mark"), page.click("tr[data-row='6'] .mark"), page.fill(".added", "dog")
        ),
        lambda page: (
            press(page, "tr[data-row='0'] .pick", "ArrowRight", *["ArrowDown"] * 4, "Enter"),
            press(page, "tr[data-row='4'] .mark", "ArrowDown", "ArrowDown", "Space"),
            retype(page, ".added", "dog"),
        ),
        {"added": "dog", "expected": [4, 6]},
    ),
    "expect a token to move, think again, cut": (
        lambda page: (page.dblclick("tr[data-row='4'] .mark"), page.click(".least >> nth=1")),
        lambda page: (
            press(page, "tr[data-row='0'] .pick", "ArrowRight", *["ArrowDown"] * 4, "Enter", "Enter"),
            press(page, ".least", "ArrowRight", "Enter"),
        ),
        {"min_frequency": 2},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    rest(page)
    python = figure(**traits)
    after = shown(page)
    assert after == shown(page, python)
    assert after != before
    expect(page.locator(".back")).to_have_text(python.read_back)
    expect(page.locator(".status")).to_have_text(python.status())
    expect(page.locator(".guess")).to_have_text(python.guess())
    page.click(".reset")
    rest(page)
    assert shown(page) == shown(page, figure())


def test_the_sentence_stands_still_while_its_numbers_change(mount):
    page = mount(figure())
    words = ".indices .word"
    before = page.locator(words).all_text_contents()
    numbers = [page.locator(".indices .number").all_text_contents()]
    for run in ("1", "2", "3"):
        page.select_option(".order", run)
        assert page.locator(words).all_text_contents() == before
        numbers.append(page.locator(".indices .number").all_text_contents())
    assert [column[1] for column in numbers] == ["1"] * 4
    assert len({column[0] for column in numbers}) == 4
    assert page.is_disabled(".added")
    page.select_option(".order", "frequency")
    assert page.is_enabled(".added")


def test_lines_slide_to_their_new_places_unless_the_reader_wants_no_motion(mount):
    moving = "[...document.querySelectorAll('tbody tr')].filter((row) => row.getAnimations().length).length"
    page = mount(figure())
    assert page.evaluate(moving) == 0
    page.select_option(".order", "2")
    page.wait_for_function("document.querySelector('tr[data-row=\"2\"] .pick').textContent === '25'")
    assert page.evaluate(moving) == len(figure(order="2").changed())
    still = mount(figure(), reduced_motion=True)
    still.select_option(".order", "2")
    still.wait_for_function("document.querySelector('tr[data-row=\"2\"] .pick').textContent === '25'")
    assert still.evaluate(moving) == 0


def test_a_chosen_token_lights_all_its_places(mount):
    page = mount(figure(text="the cat follows the dog"))
    page.click("tr[data-row='2'] .pick")
    rest(page)
    lit = "selector => [...document.querySelectorAll(selector)].map(e => Number(e.dataset.place ?? e.dataset.row))"
    assert page.evaluate(lit, "tr[data-lit]") == [2]
    assert page.evaluate(lit, ".indices [data-lit='here']") == page.evaluate(lit, ".output [data-lit]") == [0, 3]
    assert page.locator(".corpus mark").all_text_contents() == ["the"] * 19
    assert page.locator(".wires path").count() == 4
    page.fill(".typed", "the wolf and the fox")
    page.click(".indices [data-place='1']")
    assert page.evaluate(lit, ".indices [data-lit='here']") == [1]
    assert page.evaluate(lit, ".indices [data-lit='']") == [2, 4]  # other tokens, the same index
    assert page.locator(".corpus mark").count() == 0


def test_both_sides_break_their_lines_alike_and_no_wire_crosses_a_control(mount):
    tops = """side => [...document.querySelectorAll(`.${side} .place`)].map((place, _, all) =>
      Math.round(place.getBoundingClientRect().top - all[0].getBoundingClientRect().top))"""
    ends = """() => { const chip = document.querySelector(".indices [data-lit='here']").getBoundingClientRect();
      const edge = document.querySelector(".indices .axis").getBoundingClientRect();
      const wire = document.querySelector(".wires .read");
      const [start, bend] = wire.getAttribute("d").match(/[\\d.]+/g).filter((_, k) => k === 0 || k === 2).map(Number);
      const left = wire.ownerSVGElement.getBoundingClientRect().left;
      const controls = [...document.querySelectorAll(".controls *")].map((e) => e.getBoundingClientRect().right);
      return [start + left - chip.right, bend + left - edge.right, bend + left - Math.max(...controls)]; }"""
    for width in (1280, 760):
        page = mount(figure(text="the wolf drinks good soup, a numbat drinks my tea"), width=width)
        assert len({*page.evaluate(tops, "indices")}) > 1
        assert page.evaluate(tops, "indices") == page.evaluate(tops, "output")
        start, bend, right_of_controls = page.evaluate(ends)
        assert (abs(start) < 1, abs(bend) < 1, right_of_controls > -1) == (True, True, True)
        page.click(".level >> nth=1")
        assert page.evaluate(tops, "indices") == page.evaluate(tops, "output")


def test_the_focus_stays_on_its_line_when_other_tokens_come_there(mount):
    page = mount(figure())
    page.focus("tr[data-row='20'] .mark")
    page.evaluate("figures[0].model.set('order', '3'); figures[0].model.save_changes()")
    page.wait_for_function("document.querySelector('.order').value === '3'")
    assert page.evaluate("document.activeElement.closest('tr').dataset.row") == "20"


HOSTILE = {
    "<script>alert(1)</script>": 1,
    '"><img src=x onerror=alert(1)>': 3,
    "مرحبا بالعالم": 2,
    "שלום the עולם": 3,
    "👩‍👩‍👧 🇫🇷 e\u0301": 3,
    "__proto__ constructor toString": 3,
    "1e309 NaN {n} {token} {index}": 5,
    "": 0,
    "x" * 10_000: 1,
    "the wolf " * 1_250: 2_500,
    "ก็" * 3_000: 1,
}


@pytest.mark.parametrize("level", ["word", "char"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:14] or "empty")
def test_any_text_is_text_and_answered_soon(mount, text, level):
    page = mount(figure(level=level))
    with answers_soon(page):
        page.fill(".typed", text)
        count = HOSTILE[text] if level == "word" else len(text)
        expect(page.locator(".indices .numbers")).to_have_text(f"({count},)")
    assert page.locator("img, script:not([type='application/json'])").count() == 0
    rest(page)
    assert shown(page) == shown(page, figure(text=text, level=level))
    page.fill(".added", text[:200])
    rest(page)
    assert shown(page) == shown(page, figure(text=text, level=level, added=text[:200]))


def test_a_text_that_is_too_long_is_refused_in_words_and_changes_nothing(mount):
    page = mount(figure())
    page.fill(".typed", "x" * 20_001)
    expect(page.locator(".status")).to_have_text("This figure takes up to 20 000 characters.")
    assert page.evaluate("figures[0].model.get('text')") == "the wolf drinks tea"
    assert page.get_attribute(".typed", "aria-invalid") == "true"
    page.fill(".typed", "a cat")
    assert page.get_attribute(".typed", "aria-invalid") is None
    page.fill(".added", "x" * 201)
    expect(page.locator(".status")).to_have_text("The sentence to add may have up to 200 characters.")
    page.click(".reset")
    rest(page)
    assert shown(page) == shown(page, figure())


def test_on_a_phone_it_fits_and_the_vocabulary_scrolls_to_the_chosen_token(mount):
    page = mount(figure(), width=360, touch=True)
    assert page.evaluate("document.querySelector('.rows').scrollTop") == 0
    page.fill(".typed", "the numbat")
    page.tap(".indices [data-place='1']")
    inside = """row => { const box = document.querySelector('.rows').getBoundingClientRect();
      const line = document.querySelector(`tr[data-row='${row}']`).getBoundingClientRect();
      return line.top >= box.top && line.bottom <= box.bottom + 1; }"""
    assert page.evaluate(inside, 29)
    page.fill(".typed", "x" * 5_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


# The arithmetic in the browser, each function the twin of a function in Python. Cases travel as ASCII: a lone half of
# a surrogate pair is a string on both sides, but no bytes.

TWINS = """async (cases) => {
  const { clip, encode, fromTokens, inOrder, rowsRead, tokenize, visible } = await import("/vocabulary.js");
  const { verdict } = await import("/core/predict.js");
  const twins = { clip, encode, fromTokens, inOrder, rowsRead, tokenize, visible, verdict };
  const call = (name, args) => { try { return twins[name](...args); } catch (error) { return `throws ${error}`; } };
  return JSON.stringify(JSON.parse(cases).map(([name, args]) => call(name, args)));
}"""

SPACES = [chr(code) for code in range(0x3001) if WHITE_SPACE.fullmatch(chr(code))]
NO_SPACES = ["\u200b", "\ufeff", "\u180e", "\u2060", "\x1c", "\x1f", "\x00"]
SCRIPTS = [
    "the cat drinks milk", "The CAT, the cat.", "кот пьёт воду",
    "η γάτα πίνει", "猫喝水", "ねこが水をのむ",
    "고양이가 물을", "แมวดื่มน้ำ", "बिल्ली पानी पीती है",
    "القطة تشرب الماء", "החתול שותה", "ድመት ውሃ ትጠጣለች",
    "👩‍👩‍👧 👍🏽 🇫🇷", "e\u0301 a\u0308\u0323 क्ष",
    "𝒄𝒂𝒕 𐍈 𠜎", "\ud800 \udc00", "<pad> <unk> the", "__proto__ constructor", "\u202eabc\u202c \u2066x\u2069", "ﬁ ǆ ß İ",
]  # fmt: skip
CORNERS = [
    "",
    " ",
    "\t\r\n",
    " a ",
    "a\u00a0b",
    "a\u200bb",
    "\ufeffa",
    "".join(SPACES),
    "x".join(SPACES),
    "\ud83d",
    "a" * 5000,
]


def texts(rng):
    """200 seeded texts in many scripts, white space of every kind between their words, and the corners."""
    words = [word for script in SCRIPTS for word in script.split(" ")] + corpus.words + NO_SPACES
    for _ in range(200):
        parts = [rng.choice(words) for _ in range(rng.randint(0, 12))]
        yield "".join(part + rng.choice(["", " ", " ", *rng.sample(SPACES, 2)]) for part in parts)
    yield from SCRIPTS
    yield from CORNERS


def paired(text):
    """Two halves that meet are one character in a browser: join them, as JSON does."""
    return json.loads(json.dumps(text))


def vocabulary_of(vocabulary):
    return {"tokens": vocabulary.tokens, "frequencies": vocabulary.frequencies}


def attempt(call, argument):
    try:
        return call(argument)
    except KeyError:
        return None


def cases():
    """Name, arguments and what Python says, seeded; the corner cases by name."""
    rng = Random(0)
    found = []
    every = [paired(text) for text in texts(rng)]
    for level in ("word", "char"):
        found += [("tokenize", [[text], level], tokenize([text], level)) for text in every]
    for text in every:
        found.append(("clip", [text, 7], clip(text, 7)))
        found += [("visible", [token], visible(token)) for token in {*text[:40], *tokenize([text])[0]}]
    for _ in range(250):
        level = rng.choice(["word", "char"])
        counted = tokenize(rng.sample(every[:-1], rng.randint(0, 4)) + rng.sample(corpus.sentences, 3), level)
        specials = rng.choice([SPECIALS, ["<unk>"], ["the", "<unk>"], []])
        least = rng.randint(1, 3)
        vocabulary = Vocabulary.from_tokens(counted, specials, least)
        found.append(("fromTokens", [counted, specials, least], vocabulary_of(vocabulary)))
        order = [*{token: 0 for sentence in counted for token in sentence}, "never"]
        rng.shuffle(order)
        found.append(("inOrder", [vocabulary_of(vocabulary), specials, order],
                      vocabulary_of(in_order(vocabulary, specials, order))))  # fmt: skip
        (tokens,) = tokenize([rng.choice(every[:-1])], level)
        tokens += rng.sample(vocabulary.tokens, min(3, len(vocabulary)))
        found.append(("encode", [vocabulary_of(vocabulary), tokens], attempt(vocabulary.encode, tokens)))
        owners = vocabulary.tokens[: rng.randint(0, len(vocabulary))]
        indices = [rng.randrange(len(vocabulary)) for _ in range(4)] if len(vocabulary) else []
        for more in ([], [len(owners)], [len(owners) - 1][: len(owners)]):
            found.append(("rowsRead", [owners, [*indices, *more]], rows_read(owners, [*indices, *more])))
    for _ in range(200):
        expected, changed = ([rng.randrange(8) for _ in range(rng.randint(0, 5))] for _ in range(2))
        found.append(("verdict", [expected, changed], verdict(expected, changed)))
    return found


def disagreements(page):
    """Cases in which the browser and Python differ, as sentences."""
    every = cases()
    answers = json.loads(page.evaluate(TWINS, json.dumps([[name, args] for name, args, _ in every])))
    return [
        f"{name}({json.dumps(args)[1:-1][:160]}): {str(answer)[:80]!a}, Python says {str(python)[:80]!a}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if answer != python
    ]


def test_the_browser_computes_what_python_computes(assets_page):
    assert disagreements(assets_page) == []


def test_white_space_is_unicodes_property_in_the_browser_too(assets_page):
    found = assets_page.evaluate(
        """async () => { const { WHITE_SPACE } = await import("/vocabulary.js"); const ours = [], unicodes = [];
        for (let code = 0; code < 0x110000; code += 1) { const c = String.fromCodePoint(code);
          if (WHITE_SPACE.test(c)) ours.push(code); if (/^\\p{White_Space}$/u.test(c)) unicodes.push(code); }
        return [WHITE_SPACE.source, ours, unicodes]; }"""
    )
    assert found[0] == WHITE_SPACE.pattern
    assert found[1] == found[2] == [ord(space) for space in SPACES]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("\\u205f\\u3000]+/", "\\u205f]+/"),
        ('token !== ""', 'token !== " "'),
        ("counts.get(token) >= minFrequency", "counts.get(token) > minFrequency"),
        ("counts.get(b) - counts.get(a)", "counts.get(a) - counts.get(b)"),
        ("+= total - frequencies", "+= total + frequencies"),
        ("tokens.includes(token) && !specials", "tokens.includes(token) || !specials"),
        ("index.get(token) ?? index.get(UNKNOWN));\n  return found", "index.get(token));\n  return found"),
        ("owners[index] ?? null", "owners[index + 1] ?? null"),
        ("points.length <= most", "points.length < most"),
        ("points.length !== 1", "points.length !== 2"),
        ("[...sentence]", 'sentence.split("")'),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "vocabulary.js", right, wrong)
    assert disagreements(open_modules(copy))


@pytest.mark.parametrize("forgotten", ["drawPlaces", "drawSentences", "drawControls"])
def test_a_front_end_that_forgets_to_draw_is_noticed(mount, tmp_path, forgotten):
    copy = damaged(tmp_path, "vocabulary.js", f"    {forgotten}();\n", "")
    page = mount(figure(level="char"), modules=copy)
    page.click(".level >> nth=0")
    page.fill(".added", "dog")
    rest(page)
    assert shown(page) != shown(page, figure(added="dog"))
