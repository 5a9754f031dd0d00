"""The second figure of chapter 4 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
from random import Random

import pytest
import torch
from playwright.sync_api import expect

from classroom import corpus, training
from hands import damaged, press
from widgets import Plane
from widgets.plane import apart, trail

pytestmark = pytest.mark.browser

PAIRS = [("cat", "dog"), ("good", "bad"), ("like", "hate"), ("soup", "tea"), ("door", "water")]
STEPS = training.SHOWN
LAST = len(STEPS) - 1

SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector) => [...figure.querySelectorAll(selector)];
  const text = (selector) => figure.querySelector(selector).textContent;
  return {
    points: all(".point").map((point) => [{ ...point.dataset }, point.textContent,
      point.querySelector(".now").getAttribute("transform"), point.querySelector(".was").getAttribute("transform")]),
    trails: all("polyline").map((line) => [line.dataset.row, line.getAttribute("points")]),
    every: figure.querySelector("svg").hasAttribute("data-all"),
    box: figure.querySelector("svg").getAttribute("viewBox"),
    checked: figure.querySelector(".every").checked, time: figure.querySelector(".time").value,
    spoken: figure.querySelector(".time").getAttribute("aria-valuetext"), at: text(".at"), status: text(".status"),
    losses: all(".loss").map((button) => [button.textContent, button.ariaPressed]),
    pairs: all("tr[data-pair]").map((row) =>
      [...row.children].map((cell) => cell.textContent).concat(row.querySelector(".pair").ariaPressed)),
  };
}"""


@pytest.fixture(scope="module")
def figure():
    guess, judge = training.next_word(corpus.rows()), training.praise(corpus.rows())
    runs = {"guess the next word": guess.tables[STEPS], "tell praise from complaint": judge.tables[STEPS]}
    return lambda **traits: Plane(runs, STEPS, corpus.words, PAIRS, **traits)


def shown(page, python=None, index=0):
    return page.evaluate(SHOWN, [python and python.to_html(), index])


def drag(page, frame):
    """Move the slider as a mouse does: to the place of `frame` on its track, then exactly there."""
    box = page.locator(".time").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * frame / LAST, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


ACTIONS = {
    "to the start": (
        lambda page: drag(page, 0),
        lambda page: press(page, ".time", "Home"),
        {"frame": 0},
    ),
    "to the middle": (
        lambda page: drag(page, 12),
        lambda page: press(page, ".time", "Home", *["ArrowRight"] * 12),
        {"frame": 12},
    ),
    "the other loss": (
        lambda page: page.click(".loss >> nth=1"),
        lambda page: press(page, ".loss", "ArrowRight", "Enter"),
        {"loss": 1},
    ),
    "watch another pair": (
        lambda page: page.click(".pair >> nth=4"),
        lambda page: press(page, ".pair", "End", "Space"),
        {"watched": [0, 1, 4]},
    ),
    "watch nothing": (
        lambda page: (page.click(".pair >> nth=0"), page.click(".pair >> nth=1")),
        lambda page: press(page, ".pair", "Enter", "ArrowRight", "Enter"),
        {"watched": []},
    ),
    "all words": (
        lambda page: page.click(".every"),
        lambda page: press(page, ".every", "Space"),
        {"all": True},
    ),
    "praise at the start, like and hate": (
        lambda page: (page.click(".loss >> nth=1"), page.click(".pair >> nth=2"), drag(page, 0)),
        lambda page: (
            press(page, ".loss", "End", "Enter"),
            press(page, ".pair", *["ArrowRight"] * 2, "Enter"),
            press(page, ".time", "Home"),
        ),
        {"loss": 1, "frame": 0, "watched": [0, 1, 2]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, figure, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    python = figure(**traits)
    after = shown(page)
    assert after == shown(page, python)
    assert after != before
    expect(page.locator(".status")).to_have_text(python.status())
    page.click(".reset")
    assert shown(page) == shown(page, figure())


APART = """() => {
  const boxes = [...document.querySelectorAll(".point text")].filter((text) => text.getClientRects().length)
    .map((text) => text.getBoundingClientRect());
  const cover = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return [boxes.length, boxes.filter((box, k) => boxes.slice(k + 1).some((other) => cover(box, other))).length];
}"""


@pytest.mark.parametrize("traits", [{"frame": 0}, {"frame": 0, "all": True}, {"all": True}, {"loss": 1, "all": True}])
@pytest.mark.parametrize("width", [1280, 360])
def test_words_do_not_cover_each_other(mount, figure, traits, width):
    page = mount(figure(**traits), width=width)
    assert page.evaluate(APART) == [31 if "all" in traits else 4, 0]


PAINTED = """() => { const scale = document.querySelector(".plane svg").getScreenCTM().a;
  return [...document.querySelectorAll(".point text")].filter((text) => text.getClientRects().length)
    .map((text) => scale * parseFloat(getComputedStyle(text).fontSize)); }"""


@pytest.mark.parametrize("width", [360, 420, 460, 620, 1280])
def test_labels_are_painted_as_large_as_words(mount, figure, width):
    page = mount(figure(all=True), width=width)
    page.add_style_tag(content="body { margin: 1rem }")  # as in the book
    painted = page.evaluate(PAINTED)
    assert len(painted) == 31
    assert min(painted) >= 12


def test_on_a_phone_the_picture_comes_first_then_what_moves_it(mount, figure):
    page = mount(figure(), width=360)
    places = [page.locator(f".plane {part}").bounding_box()["y"] for part in (".lead", "svg", ".controls", ".side")]
    assert places == sorted(places)


TWINS = """async (cases) => {
  const module = await import("/plane.js");
  return cases.map(([name, args]) => module[name](...args));
}"""


def cases():
    """Calls of twins: name, arguments, what Python says; `unpack` with what a figure packs."""
    rng, found = Random(4), []
    for _ in range(200):
        one, other = ([rng.randint(-900, 900), rng.choice([0, rng.randint(-900, 900)])] for _ in range(2))
        found.append(("apart", [one, other], apart(one, other)))
    for _ in range(40):
        frames = [[[rng.randint(-99, 99), rng.randint(-2, 2)] for _ in range(3)] for _ in range(rng.randint(1, 6))]
        found += [("trail", [frames, 1, last], trail(frames, 1, last)) for last in range(len(frames))]
    for _ in range(20):
        tables = torch.tensor([[[rng.randint(-9, 9) / 100 for _ in range(2)] for _ in "abc"] for _ in range(4)])
        tables[:, rng.randrange(3)] = 0.5
        python = Plane({"r": tables}, [0, 1, 2, 3], list("abc"), [])
        found.append(("unpack", [json.loads(python._packed())], python._runs))
    return found


def disagreements(page):
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _ in every])
    return [
        f"{name}({json.dumps(args)[1:-1][:80]}): {str(answer)[:80]}, Python says {str(python)[:80]}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if answer != python
    ]


def test_the_browser_computes_what_python_computes(assets_page):
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("dx * dx + dy * dy", "dx * dx - dy * dy"),
        ("last + 1", "last"),
        ("-y / SCALE", "y / SCALE"),
        ("step[2 * k + 1]", "step[2 * k]"),
        ("const SCALE = 2", "const SCALE = 4"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "plane.js", right, wrong)
    assert disagreements(open_modules(copy))
