"""The figure of chapter 5 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
from math import inf, isnan, nan
from random import Random

import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from classroom import corpus
from hands import damaged, press
from widgets import Padding
from widgets.padding import (
    DOORS,
    masked_mean,
    mean,
    place_gradients,
    score_gradient,
    states,
    step,
    table_gradient,
)

pytestmark = pytest.mark.browser

SENTENCES = ["sit", "the cat sits", "the cat drinks milk"]
STRANGER = "a cat runs to the door"

# Everything that the figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const text = (selector, from = figure) => from.querySelector(selector)?.textContent ?? null;
  const nest = (node) => node.matches(".axis") ? [...node.children].map(nest) : node.dataset.place;
  const value = (cell) => [cell.textContent, [...cell.classList].sort().join(" "),
    Number(cell.style.getPropertyValue("--size")), "changed" in cell.dataset];
  const line = (each) => [each.dataset.kind, each.dataset.place, text(".label", each), all(".value", each).map(value)];
  return {
    chips: all(".chip").map((chip) =>
      [chip.dataset.place, "pad" in chip.dataset, all("span", chip).map((s) => s.textContent)]),
    nested: [...figure.querySelector(".indices .tensor").children].map(nest),
    shapes: all(".shape .numbers").map((shape) => shape.textContent),
    means: all(".means").map((row) => [row.dataset.sentence,
      all(".mean", row).map((each) => [each.className, "changed" in each.dataset, all(".value", each).map(value)])]),
    rows: all("tr[data-row]").map((row) => ({ ...row.dataset, mark: text(".mark", row), verdict: text(".verdict", row),
      pressed: row.querySelector(".mark").ariaPressed, values: all("td.value", row).map(value),
      stack: all(".line", row).map(line) })),
    doors: all("[data-door], button.lookup").map((each) => [{ ...each.dataset }, each.ariaPressed,
      each.querySelector("input")?.checked, all("span", each).map((s) => s.textContent), each.textContent]),
    lookup: text(".lookup-told"), head: text("thead .gradient"),
    status: text(".status"), told: text(".told"), ask: text(".ask"), step: text("button.step"),
    start: all("button.start").map((button) => [button.textContent, button.ariaPressed]),
    longer: figure.querySelector(".longer").checked,
  };
}"""


def shown(page, figure=None, index=0):
    return page.evaluate(SHOWN, [figure and figure.to_html(), index])


def figure(**traits):
    sentences = [corpus.encode(sentence) for sentence in SENTENCES]
    return Padding(corpus.rows(), corpus.words, sentences, corpus.encode(STRANGER), **traits)


def door(name):
    return f".door[value='{name}']"


def click(page, *names):
    """Choose ``padding_idx=None``, or tick or untick a door, by mouse."""
    for name in names:
        if name == "lookup":
            page.click("button.lookup[data-open]")
        else:
            if not page.evaluate("document.querySelector('.more').open"):
                page.click(".more summary")
            page.click(door(name))


def type_(page, *names):
    """The same by keyboard alone."""
    for name in names:
        if name == "lookup":
            press(page, ".lookup", "ArrowRight", "Enter")
        else:
            if not page.evaluate("document.querySelector('.more').open"):
                press(page, ".more summary", "Enter")
            press(page, door(name), "Space")


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    f"open the door {name}": (
        lambda page, name=name: click(page, name),
        lambda page, name=name: type_(page, name),
        {"doors": [name]},
    )
    for name in DOORS
}
ACTIONS |= {
    "open two doors and close one": (
        lambda page: click(page, "momentum", "decay", "momentum"),
        lambda page: type_(page, "decay", "tied", "tied"),
        {"doors": ["decay"]},
    ),
    "open all doors": (
        lambda page: click(page, *reversed(DOORS)),
        lambda page: type_(page, *DOORS),
        {"doors": list(DOORS)},
    ),
    "a second assignment, and padding_idx None and back": (
        lambda page: (click(page, "lookup", "assigned"), page.click("button.lookup >> nth=0"),
                      page.click("button.step"), page.click("button.step")),
        lambda page: (type_(page, "lookup", "assigned"), press(page, ".lookup", "ArrowLeft", "Space"),
                      press(page, "button.step", "Enter", "Enter")),
        {"doors": ["assigned"], "step": 2},
    ),
    "a stranger joins": (
        lambda page: page.click(".longer"),
        lambda page: press(page, ".longer", "Space"),
        {"longer": True},
    ),
    "a row of zeros and decay": (
        lambda page: (page.click("button.start >> nth=1"), click(page, "decay")),
        lambda page: (press(page, ".start", "ArrowRight", "Enter"), type_(page, "decay")),
        {"start": 0.0, "doors": ["decay"]},
    ),
    "the next step, not yet taken": (
        lambda page: page.click("button.step"),
        lambda page: press(page, "button.step", "Enter"),
        {"step": 2, "taken": False},
    ),
    "expect two rows, take the step": (
        lambda page: (
            page.click("button.step"), page.click("tr[data-row='0'] .mark"), page.click("tr[data-row='4'] .mark"),
            page.click("button.step"),
        ),
        lambda page: (
            press(page, "button.step", "Enter"), press(page, ".mark", "Space", *["ArrowDown"] * 4, "Enter"),
            press(page, "button.step", "Space"),
        ),
        {"step": 2, "taken": True, "expected": [0, 4]},
    ),
    "expect a row, think again, open a door, take the step": (
        lambda page: (
            page.click("button.step"), page.dblclick("tr[data-row='2'] .mark"), click(page, "tied"),
            page.click("button.step"),
        ),
        lambda page: (
            press(page, "button.step", "Enter"), press(page, ".mark", "ArrowDown", "ArrowDown", "Enter", "Enter"),
            type_(page, "tied"), press(page, "button.step", "Enter"),
        ),
        {"step": 2, "doors": ["tied"]},
    ),
    "three steps with momentum and a stranger": (
        lambda page: (
            page.click(".longer"), click(page, "momentum"), [page.click("button.step") for _ in range(4)],
        ),
        lambda page: (
            press(page, ".longer", "Space"), type_(page, "momentum"),
            press(page, "button.step", *["Enter"] * 4),
        ),
        {"longer": True, "doors": ["momentum"], "step": 3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    python = figure(**traits)
    after = shown(page)
    assert after == shown(page, python)
    assert after != before
    expect(page.locator(".status")).to_have_text(python.status())
    expect(page.locator(".told")).to_have_text(python.told())
    page.click(".reset")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure())


def test_marks_can_only_be_set_before_a_step(mount):
    page = mount(figure())
    page.click("tr[data-row='0'] .mark")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure())


def test_a_row_that_is_pointed_at_lights_its_places(mount):
    page = mount(figure())
    lit = "[...document.querySelectorAll('[data-lit]')].map(e => e.dataset.place ?? `row ${e.dataset.row}`)"
    page.hover("tr[data-row='4'] .value >> nth=0")
    assert page.evaluate(lit) == ["5", "9", "row 4"]
    page.hover("tr[data-row='9'] .value >> nth=0")
    assert page.evaluate(lit) == []
    page.focus(".indices [data-place='1']")
    assert page.evaluate(lit) == ["1", "2", "3", "7", "row 0"]


# The arithmetic in the browser, each function the twin of a function in Python.

TWINS = """async (cases) => {
  const all = await import("/padding.js");
  return cases.map(([name, args]) => {
    try { return all[name](...args); } catch (error) { return `throws ${error}`; }
  });
}"""


def cases():
    """Name, arguments and what Python or PyTorch says, seeded; the corner cases by name."""
    rng, found = Random(5), []

    def table(rows, columns=2):
        return [[round(rng.gauss(0, 1.5), 3) for _ in range(columns)] for _ in range(rows)]

    def torchs(rows, grads, count, padding_idx):
        emb = nn.Embedding(count, 2, padding_idx=padding_idx, dtype=torch.float64)
        arriving = torch.tensor(grads, dtype=torch.float64).reshape(-1, 2)
        emb(torch.tensor(rows, dtype=torch.long)).backward(arriving)
        return emb.weight.grad.tolist()

    corners = {
        "no place": [],
        "nothing but pads": [0, 0, 0],
        "one index a thousand times": [2] * 1000,
        "pads a thousand times": [0] * 1000 + [3],
        "no pad": [1, 2, 3],
    }
    for rows in corners.values():
        for arriving in (1.0, 1e300, -1e-300, nan, inf):
            for padding_idx in (0, 3, None):
                grads = [[arriving if row == padding_idx else 1.0] * 2 for row in rows]
                found.append(("tableGradient", [rows, grads, 4, padding_idx], torchs(rows, grads, 4, padding_idx)))
    for _ in range(200):
        count, padding_idx = rng.randint(2, 6), rng.choice([None, 0, 1])
        rows = [rng.randrange(count) for _ in range(rng.randint(0, 9))]
        grads = table(len(rows))
        found.append(("tableGradient", [rows, grads, count, padding_idx], torchs(rows, grads, count, padding_idx)))
        found.append(
            ("tableGradient", [rows, grads, count, padding_idx], table_gradient(rows, grads, count, padding_idx))
        )
        found.append(("mean", [grads], mean(grads)))
        found.append(("maskedMean", [grads, rows, 0], masked_mean(grads, rows, 0)))
    for _ in range(200):
        weight, pad = table(rng.randint(3, 6)), rng.randrange(3)
        others = [row for row in range(len(weight)) if row != pad]
        sentences = [[rng.choice(others) for _ in range(rng.randint(1, 4))] for _ in range(rng.randint(1, 3))]
        longest = max(map(len, sentences))
        batch = [row + [pad] * (longest - len(row)) for row in sentences]
        opened = [each for each in DOORS if rng.random() < 0.5]
        found.append(("filled", [sentences, pad], batch))
        found.append(("placeGradients", [weight, batch, pad, True], place_gradients(weight, batch, pad, True)))
        found.append(("scoreGradient", [weight, batch, pad], score_gradient(weight, batch, pad)))
        later, memory, parts = step(weight, table(len(weight)), batch, pad, opened)
        rng_memory = [[m * 0.5 for m in row] for row in later]
        later, memory, parts = step(weight, rng_memory, batch, pad, opened)
        answer = {"after": later, "memory": memory, "parts": parts}
        found.append(("step", [weight, rng_memory, batch, pad, opened], answer))
        count = rng.randint(1, 5)
        names = ("before", "after", "taken", "parts")
        whole = dict(zip(names, states(weight, batch, pad, opened, count), strict=True))
        found.append(("states", [weight, batch, pad, opened, count], whole))
    return found


def near(answer, python):
    """Are both the same but for the last digits of an exponential?"""
    if isinstance(python, dict):
        return (
            isinstance(answer, dict) and set(answer) == set(python) and all(near(answer[k], python[k]) for k in python)
        )
    if isinstance(python, list):
        return isinstance(answer, list) and len(answer) == len(python) and all(map(near, answer, python))
    if not isinstance(answer, int | float):
        return False
    return (isnan(answer) and isnan(python)) or answer == python or abs(answer - python) <= 1e-9 * max(1, abs(python))


def disagreements(page):
    """Cases in which the browser and Python differ, as sentences."""
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _ in every])
    return [
        f"{name}({json.dumps(args)[1:-1][:80]}): {str(answer)[:80]}, Python says {str(python)[:80]}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if not near(answer, python)
    ]


def test_the_browser_computes_what_python_and_pytorch_compute(assets_page):
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("if (row !== paddingIdx) found[row]", "if (row === paddingIdx) found[row]"),
        ("a + grads[place][column]", "a - grads[place][column]"),
        ("/ rows.length", "* rows.length"),
        ("indices[place] !== paddingIdx", "indices[place] === paddingIdx"),
        ("k + 1 < row.length", "k + 1 <= row.length"),
        ("errors[batch[b][k + 1]] -= 1", "errors[batch[b][k + 1]] += 1"),
        ("power / whole / counted.length", "power / whole * counted.length"),
        ("kept * memory[row][k] +", "kept * memory[row][k] -"),
        ("+ decay * w)", "- decay * w)"),
        ("w - LR * buffer", "w + LR * buffer"),
        ("count < steps", "count <= steps"),
        ("longest - row.length", "longest + row.length"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "padding.js", right, wrong)
    assert disagreements(open_modules(copy))


PARTS = [
    "drawMeans(found.before, batch)",
    "drawRows(found, moved, batch)",
    "drawDoors(found.parts)",
    "drawControls()",
]


@pytest.mark.parametrize("forgotten", PARTS)
def test_a_front_end_that_forgets_to_draw_is_noticed(mount, tmp_path, forgotten):
    copy = damaged(tmp_path, "padding.js", f"    {forgotten};\n", "")
    state = {"longer": True, "doors": ["decay"], "taken": False}
    page = mount(figure(), modules=copy)
    page.evaluate("s => { for (const k in s) figures[0].model.set(k, s[k]); figures[0].model.save_changes(); }", state)
    assert shown(page) != shown(page, figure(**state))
