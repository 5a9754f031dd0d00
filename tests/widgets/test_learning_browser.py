"""The first figure of chapter 4 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
from random import Random

import pytest
import torch
from playwright.sync_api import expect

from classroom import corpus
from hands import damaged, press
from widgets import Learning
from widgets.learning import STEPS, adam, momentum, sgd

pytestmark = pytest.mark.browser

GRADIENTS = [
    [[2, -1], [-1, 2], [1, 1], [1, 3], [-2, 1]],
    [[1, 0], [-1, 2], [2, -2], [-2, 1], [-2, 1]],
    [[1, -2], [1, 1], [-1, 0], [1, -1], [2, 1]],
]
SENTENCES = ["the cat follows the dog", "the dog sees the cat", "my dog sees the door"]
THE, CAT, FOLLOWS = 2, 4, 26

SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const value = (cell) => [cell.textContent, [...cell.classList].sort().join(" "),
    Number(cell.style.getPropertyValue("--size")), cell.hasAttribute("data-changed")];
  const line = (element) => [{ ...element.dataset }, element.querySelector(".label")?.textContent,
    all(".value", element).map(value)];
  return {
    places: all(".place").map((place) =>
      [place.dataset.place, place.className, all("span", place).map((part) => part.textContent)]),
    shapes: all(".numbers").map((shape) => shape.textContent),
    rows: all("tr[data-row]").map((row) => [{ ...row.dataset }, row.querySelector(".mark").ariaPressed,
      row.querySelector(".verdict").textContent, all("td.value", row).map(value), all(".line", row).map(line)]),
    status: figure.querySelector(".status").textContent, ask: figure.querySelector(".ask").textContent,
    step: figure.querySelector(".step").textContent,
    rules: all(".rule").map((rule) => [rule.textContent, rule.ariaPressed]),
  };
}"""


def figure(**traits):
    batches = [(corpus.encode(sentence), grads) for sentence, grads in zip(SENTENCES, GRADIENTS, strict=True)]
    return Learning(corpus.rows(), corpus.words, batches, **traits)


def shown(page, python=None, index=0):
    if python is None:
        page.evaluate("document.activeElement.blur()")  # the row under the focus is lit; the state is what counts here
        page.mouse.move(0, 0)
    return page.evaluate(SHOWN, [python and python.to_html(), index])


def mark(page, row):
    page.click(f"tr[data-row='{row}'] .mark")


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "the next batch": (
        lambda page: page.click(".step"),
        lambda page: press(page, ".step", "Enter"),
        {"step": 2, "taken": False},
    ),
    "the next batch and a step": (
        lambda page: (page.click(".step"), page.click(".step")),
        lambda page: press(page, ".step", "Enter", "Space"),
        {"step": 2},
    ),
    "expect two rows": (
        lambda page: (page.click(".step"), mark(page, THE), mark(page, CAT)),
        lambda page: (
            press(page, ".step", "Enter"),
            press(page, ".mark", "ArrowDown", "ArrowDown", "Enter", "ArrowDown", "ArrowDown", "Space"),
        ),
        {"step": 2, "taken": False, "expected": [THE, CAT]},
    ),
    "expect a row that moves and one that does not, and step": (
        lambda page: (page.click(".step"), mark(page, CAT), mark(page, FOLLOWS), page.click(".step")),
        lambda page: (
            press(page, ".step", "Enter"),
            press(page, ".mark", *["ArrowDown"] * 4, "Enter", "End", *["ArrowUp"] * 4, "Enter"),
            press(page, ".step", "Enter"),
        ),
        {"step": 2, "expected": [CAT, FOLLOWS]},
    ),
    "expect a row and think again": (
        lambda page: (page.click(".step"), mark(page, CAT), mark(page, CAT), page.click(".step")),
        lambda page: (
            press(page, ".step", "Enter"),
            press(page, ".mark", *["ArrowDown"] * 4, "Enter", "Enter"),
            press(page, ".step", "Enter"),
        ),
        {"step": 2},
    ),
    "Adam": (
        lambda page: page.click(".rule[data-rule='adam']"),
        lambda page: press(page, ".rule", "End", "Enter"),
        {"optimizer": "adam"},
    ),
    "momentum, three steps": (
        lambda page: (page.click(".rule >> nth=1"), *[page.click(".step") for _ in range(4)]),
        lambda page: (press(page, ".rule", "ArrowRight", "Space"), press(page, ".step", *["Enter"] * 4)),
        {"optimizer": "momentum", "step": 3},
    ),
    "ten steps of Adam": (
        lambda page: (page.click(".rule >> nth=2"), page.click(".ten")),
        lambda page: (press(page, ".rule", "End", "Enter"), press(page, ".ten", "Enter")),
        {"optimizer": "adam", "step": 11},
    ),
    "to the end": (
        lambda page: [page.click(".ten") for _ in range(10)],
        lambda page: press(page, ".ten", *["Enter"] * 10),
        {"step": STEPS},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
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


def test_words_can_be_marked_only_while_a_step_waits(mount):
    page = mount(figure())
    page.click("tr[data-row='4'] .mark")
    assert shown(page) == shown(page, figure())


def test_every_gradient_has_a_wire_home_and_a_pointed_row_lights_its_places(mount):
    page = mount(figure())
    assert page.locator(".wires .gradient").count() == 5
    page.hover("tr[data-row='2'] .mark")
    lit = "selector => [...document.querySelectorAll(selector)].map(e => Number(e.dataset.place ?? e.dataset.row))"
    assert page.evaluate(lit, "tr[data-lit]") == [THE]
    assert page.evaluate(lit, ".indices [data-lit]") == [0, 3]
    page.mouse.move(0, 0)
    page.click(".step")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    assert page.locator(".wires .gradient").count() == 0


def test_the_pieces_of_a_gradient_are_read_out_as_an_addition(mount):
    spoken = mount(figure()).locator("tr[data-row='2'] .stack").aria_snapshot()
    assert spoken == '- cell "2 −1 + 1 3 = 3 2"'


@pytest.mark.parametrize(("reduced", "flights"), [(False, 5), (True, 0)])
def test_gradients_fly_home_where_motion_is_allowed(mount, reduced, flights):
    page = mount(figure(), reduced_motion=reduced)
    page.click(".step")
    page.click(".step")
    assert page.evaluate("document.getAnimations().length") == flights


TWINS = """async (cases) => {
  const module = await import("/learning.js");
  return cases.map(([name, args]) => module[name](...args));
}"""


def cases():
    """Calls of twins: name, arguments, what Python says."""
    rng, found = Random(4), []
    for _ in range(200):
        w, g, t = rng.uniform(-3, 3), rng.choice([0.0, rng.uniform(-3, 3)]), rng.randint(1, STEPS)
        memory = (rng.uniform(-2, 2), rng.uniform(0, 4))
        found.append(("sgd", [w, g, [], t], sgd(w, g, (), t)))
        found.append(("momentum", [w, g, memory[:1], t], momentum(w, g, memory[:1], t)))
        found.append(("momentum", [w, g, [], 1], momentum(w, g, (), 1)))
        found.append(("adam", [w, g, memory, t], adam(w, g, memory, t)))
        found.append(("adam", [w, g, [], 1], adam(w, g, (), 1)))
    for _ in range(20):
        table = torch.randn(4, 2, dtype=torch.float64).round(decimals=1)
        reads = [[rng.randrange(4) for _ in range(rng.randint(1, 4))] for _ in range(rng.randint(1, 3))]
        batches = [(rows, [[rng.randint(-3, 3) for _ in range(2)] for _ in rows]) for rows in reads]
        for optimizer in ("sgd", "momentum", "adam"):
            step = rng.randint(1, 9)
            python = Learning(table, list("abcd"), batches, step=step, optimizer=optimizer)
            names = dict(zip(("before", "after", "memory"), python.states(), strict=True))
            found.append(("states", [table.tolist(), batches, optimizer, step], names))
    return [(name, args, json.loads(json.dumps(python))) for name, args, python in found]


def disagreements(page):
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _ in every])
    return [
        f"{name}({json.dumps(args)[1:-1][:80]}): {str(answer)[:80]}, Python says {str(python)[:80]}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if answer != python
    ]


def test_the_browser_computes_what_python_computes(assets_page):
    torch.manual_seed(0)
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("return [w - LR * g, []]", "return [w + LR * g, []]"),
        ("const now = BETA1 * m + g", "const now = BETA1 * m - g"),
        ("(1 - BETA1) * (g - m)", "(1 - BETA1) * (g + m)"),
        ("Math.sqrt(1 - power(BETA2, t))", "Math.sqrt(1 + power(BETA2, t))"),
        ("k < times", "k <= times"),
        ("step <= steps", "step < steps"),
        ("Math.min(step, batches.length) - 1", "Math.min(step, batches.length - 1)"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "learning.js", right, wrong)
    assert disagreements(open_modules(copy))
