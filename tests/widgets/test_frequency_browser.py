"""The figure of chapter 7 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
from math import isnan
from random import Random

import pytest
import torch
from playwright.sync_api import expect
from torch.nn import functional as F

from classroom import corpus
from hands import damaged, press
from widgets import Frequency
from widgets.frequency import WORDS, call_gradient, cut_gradient, edges, silenced, written, written_cut

pytestmark = pytest.mark.browser

SENTENCES = ["the cat follows the dog", "the dog sees the cat", "my cat sees the door"]
X = torch.tensor([corpus.encode(sentence) for sentence in SENTENCES])
SECOND = torch.tensor([[1.0, 3, 1, -3, 4], [5, 2, -1, 3, -2], [-2, 5, 3, 4, 2]])
G = torch.stack([torch.ones(3, 5), SECOND], dim=-1)
THE, CAT, SEES = corpus.encode("the cat sees")

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
      [{ ...chip.dataset }, chip.ariaPressed, all("span", chip).map((s) => s.textContent)]),
    nested: [...figure.querySelector(".indices .tensor").children].map(nest),
    shapes: all(".shape .numbers").map((shape) => shape.textContent),
    rows: all("tr[data-row]").map((row) => ({ ...row.dataset, mark: text(".mark", row), verdict: text(".verdict", row),
      pressed: row.querySelector(".mark").ariaPressed, counts: all(".count", row).map((c) => c.textContent),
      values: all("td.value", row).map(value) })),
    written: all(".written .stack").map((stack) => all(".line", stack).map(line)),
    title: text(".lane.output .title"), caption: text(".written caption"),
    knife: [figure.querySelector(".knife").value, figure.querySelector(".knife").ariaValueText, text(".knife-told")],
    scaled: figure.querySelector(".scaled").checked, masked: figure.querySelector(".masked").checked,
    status: text(".status"), ask: text(".ask"), step: text("button.step"),
  };
}"""


def shown(page, figure=None, index=0):
    return page.evaluate(SHOWN, [figure and figure.to_html(), index])


def figure(**traits):
    return Frequency(corpus.words, X, G, ignored=range(5), **{"knife": 5, "row": THE, **traits})


def slide(page, knife):
    """Put the knife there with the mouse on the slider: a click where its thumb would be."""
    box = page.locator(".knife").bounding_box()
    thumb = 16  # px wide; the track is as much shorter
    page.mouse.click(box["x"] + thumb / 2 + (box["width"] - thumb) * knife / 15, box["y"] + box["height"] / 2)


def drag(page, start, end, side="left"):
    """Drag across the batch from the middle of one place to a side of another."""
    boxes = [page.locator(f".chip[data-place='{place}']").bounding_box() for place in (start, end)]
    x, y = (boxes[0][axis] + boxes[0][size] / 2 for axis, size in (("x", "width"), ("y", "height")))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=4)
    shift = 3 if side == "left" else boxes[1]["width"] - 3
    page.mouse.move(boxes[1]["x"] + shift, boxes[1]["y"] + boxes[1]["height"] / 2, steps=8)
    page.mouse.up()


def chip(place):
    return f".chip[data-place='{place}']"


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "move the knife": (
        lambda page: slide(page, 9),
        lambda page: press(page, ".knife", *["ArrowRight"] * 4),
        {"knife": 9},
    ),
    "drag the knife through the batch": (
        lambda page: drag(page, 1, 7),
        lambda page: press(page, ".knife", "ArrowRight", "ArrowRight"),
        {"knife": 7},
    ),
    "drag it behind the last place": (
        lambda page: drag(page, 6, 14, side="right"),
        lambda page: press(page, ".knife", "End"),
        {"knife": 15},
    ),
    "to the beginning": (
        lambda page: drag(page, 8, 0),
        lambda page: press(page, ".knife", "Home"),
        {"knife": 0},
    ),
    "without the flag": (
        lambda page: page.click(".scaled"),
        lambda page: press(page, ".scaled", "Space"),
        {"scaled": False},
    ),
    "the loss ignores the first sentence": (
        lambda page: page.click(".masked"),
        lambda page: press(page, ".masked", "Space"),
        {"masked": True},
    ),
    "ignored, and the knife elsewhere, and cat written out": (
        lambda page: (page.click(".masked"), slide(page, 3), page.click(chip(9))),
        lambda page: (press(page, ".masked", "Space"), press(page, ".knife", "ArrowLeft", "ArrowLeft"),
                      press(page, ".chip", "ArrowRight", "Enter")),
        {"masked": True, "knife": 3, "row": CAT},
    ),
    "choose another word": (
        lambda page: page.click(chip(12)),
        lambda page: press(page, ".chip", "ArrowRight", "ArrowRight", "ArrowDown", "Space"),
        {"row": SEES},
    ),
    "guess first": (
        lambda page: page.click("button.step"),
        lambda page: press(page, "button.step", "Enter"),
        {"taken": False},
    ),
    "guess two rows, then cut": (
        lambda page: (page.click("button.step"), page.click(f"tr[data-row='{CAT}'] .mark"),
                      page.click(f"tr[data-row='{SEES}'] .mark"), page.click("button.step")),
        lambda page: (press(page, "button.step", "Enter"),
                      press(page, ".mark", *["ArrowDown"] * CAT, "Enter", *["ArrowDown"] * (SEES - CAT), "Space"),
                      press(page, "button.step", "Space")),
        {"expected": [CAT, SEES]},
    ),
    "guess a row, think again, move the knife, cut": (
        lambda page: (page.click("button.step"), page.dblclick(f"tr[data-row='{THE}'] .mark"),
                      page.click(f"tr[data-row='{CAT}'] .mark"), slide(page, 12), page.click("button.step")),
        lambda page: (press(page, "button.step", "Enter"),
                      press(page, ".mark", *["ArrowDown"] * 2, "Enter", "Enter", *["ArrowDown"] * 2, "Enter"),
                      press(page, ".knife", *["ArrowRight"] * 7), press(page, "button.step", "Enter")),
        {"expected": [CAT], "knife": 12},
    ),
    "marks go when the knife moves on": (
        lambda page: (page.click("button.step"), page.click(f"tr[data-row='{CAT}'] .mark"), page.click("button.step"),
                      slide(page, 6)),
        lambda page: (press(page, "button.step", "Enter"), press(page, ".mark", "Enter"),
                      press(page, "button.step", "Enter"), press(page, ".knife", "ArrowRight")),
        {"knife": 6},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure(), width=1000)
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    python = figure(**traits)
    after = shown(page)
    assert after == shown(page, python)
    assert after != before
    expect(page.locator(".status")).to_have_text(python.status())
    page.click(".reset")
    assert shown(page) == shown(page, figure())


@pytest.mark.parametrize(
    "python",
    [
        Frequency(["<pad>", "a"], torch.zeros(2, 3, dtype=torch.long), torch.ones(2, 3, 2), knife=2),
        Frequency(["a"], torch.tensor([[0]]), torch.zeros(1, 1, 2)),
        Frequency(["a", "b"], torch.tensor([[1, 1]]), torch.full((1, 2, 2), 0.25), knife=1, row=1),
        Frequency(["a", "b"], torch.ones(4, 10, dtype=torch.long), torch.ones(4, 10, 2), knife=17, row=1),
    ],
    ids=["nothing but pads", "one place", "quarters", "one index forty times"],
)
def test_corner_cases_come_to_life_and_follow_the_knife(mount, python):
    page = mount(python)
    assert shown(page) == shown(page, python)
    press(page, ".knife", "Home", "ArrowRight")
    python.knife = 1
    assert shown(page) == shown(page, python)


def test_a_click_on_a_word_leaves_the_knife_and_a_drag_leaves_the_word(mount):
    page = mount(figure())
    page.click(chip(6))
    assert page.evaluate("figures[0].model.get('knife')") == 5
    row = page.evaluate("figures[0].model.get('row')")
    drag(page, 1, 11)
    assert page.evaluate("figures[0].model.get('row')") == row
    assert page.evaluate("figures[0].model.get('knife')") == 11
    page.mouse.move(0, 0)
    page.hover(chip(2))
    assert page.evaluate("figures[0].model.get('knife')") == 11, "a pointer that holds nothing moves nothing"


def test_marks_can_only_be_set_before_the_cut(mount):
    page = mount(figure())
    page.click(f"tr[data-row='{CAT}'] .mark")
    assert shown(page) == shown(page, figure())


def test_a_phone_shows_the_rows_that_are_read_and_all_where_any_may_be_marked(mount):
    page = mount(figure(), width=360, touch=True)
    assert page.is_hidden("tr[data-row='30']")
    page.tap("button.step")
    assert page.is_visible("tr[data-row='30']")


# The arithmetic in the browser, each function the twin of a function in Python.

TWINS = """async (cases) => {
  const all = await import("/frequency.js");
  return cases.map(([name, args]) => {
    try { return all[name](...args); } catch (error) { return `throws ${error}`; }
  });
}"""


def torchs(calls, num_embeddings, scaled):
    weight = torch.zeros(num_embeddings, 2, dtype=torch.float64, requires_grad=True)
    for rows, grads in calls:
        arriving = torch.tensor(grads, dtype=torch.float64).reshape(-1, 2)
        indices = torch.tensor(rows, dtype=torch.long)
        F.embedding(indices, weight, scale_grad_by_freq=scaled).backward(arriving)
    return weight.grad.tolist()


def cases():
    """Name, arguments and what Python or PyTorch says, seeded; the corner cases by name."""
    rng, found = Random(7), []

    def sent(count):
        return [[round(rng.gauss(0, 2), 3) for _ in range(2)] for _ in range(count)]

    corners = {
        "no place": [],
        "nothing but pads": [0, 0, 0, 0],
        "one index a thousand times": [2] * 1000,
        "a thousand, and one": [2] * 1000 + [3],
        "one place": [1],
    }
    for rows in corners.values():
        for knife in (0, 1, len(rows) // 2, len(rows)):
            for scaled in (True, False):
                grads = sent(len(rows))
                parts = [(rows[:knife], grads[:knife]), (rows[knife:], grads[knife:])]
                found.append(("callGradient", [rows, grads, 4, scaled], torchs([(rows, grads)], 4, scaled)))
                found.append(("cutGradient", [rows, grads, 4, knife, scaled], torchs(parts, 4, scaled)))
    for _ in range(200):
        count, scaled = rng.randint(1, 6), rng.random() < 0.7
        rows = [rng.randrange(count) for _ in range(rng.randint(0, 12))]
        grads, knife, row = sent(len(rows)), rng.randint(0, len(rows)), rng.randrange(count)
        ignored = [place for place in range(len(rows)) if rng.random() < 0.3]
        parts = [(rows[:knife], grads[:knife]), (rows[knife:], grads[knife:])]
        found.append(("cutGradient", [rows, grads, count, knife, scaled], torchs(parts, count, scaled)))
        found.append(
            ("cutGradient", [rows, grads, count, knife, scaled], cut_gradient(rows, grads, count, knife, scaled))
        )
        found.append(("callGradient", [rows, grads, count, scaled], call_gradient(rows, grads, count, scaled)))
        found.append(("silenced", [grads, ignored], silenced(grads, ignored)))
        lines = written(rows, grads, row, scaled, ignored, first=3)
        found.append(("written", [rows, grads, row, scaled, ignored, 3, WORDS], lines))
        lines = written_cut(rows, grads, row, knife, scaled, ignored)
        found.append(("writtenCut", [rows, grads, row, knife, scaled, ignored, WORDS], lines))
        place, columns = rng.randint(0, 20), rng.randint(1, 7)
        found.append(("edges", [place, knife, columns], edges(place, knife, columns)))
    return found


def near(answer, python):
    """Are both the same but for the last digits of a division?"""
    if isinstance(python, dict):
        return (
            isinstance(answer, dict) and set(answer) == set(python) and all(near(answer[k], python[k]) for k in python)
        )
    if isinstance(python, list):
        return isinstance(answer, list) and len(answer) == len(python) and all(map(near, answer, python))
    if isinstance(python, str) or not isinstance(answer, int | float):
        return answer == python
    return (isnan(answer) and isnan(python)) or abs(answer - python) <= 1e-9 * max(1, abs(python))


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
    assert len(cases()) > 200
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(read) => read === row", "(read) => read !== row"),
        ("ignored.includes(place) ? grad.map(() => 0)", "!ignored.includes(place) ? grad.map(() => 0)"),
        (
            "scaled && count ? values.map((value) => value / count)",
            "scaled && count ? values.map((value) => value * count)",
        ),
        ("value + second[row][column]", "value - second[row][column]"),
        ("grads.slice(knife), numEmbeddings", "grads.slice(knife + 1), numEmbeddings"),
        ("if (place < knife) return", "if (place <= knife) return"),
        ("place - columns < knife ?", "place - columns <= knife ?"),
        ("place === knife && place % columns", "place !== knife && place % columns"),
        ("line.place + first", "line.place - first"),
        ('ignored.includes(place) ? "silent"', '!ignored.includes(place) ? "silent"'),
        ("map((value) => value / n)", "map((value) => value * n)"),
        ("n: call + 1", "n: call - 1"),
        ("ends.length === 2", "ends.length !== 2"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "frequency.js", right, wrong)
    assert disagreements(open_modules(copy))


GAPS = """async (points) => {
  const { gapAt } = await import("/frequency.js");
  const corners = [...Array(15).keys()].map((k) => [50 * (k % 5), 50 * Math.floor(k / 5)]);
  const boxes = corners.map(([left, top]) => ({ left, right: left + 44, top, bottom: top + 42 }));
  return points.map(([x, y]) => gapAt(boxes, x, y));
}"""


def test_a_pointer_finds_the_gap_that_is_nearest(assets_page):
    points = {
        (-9, 5): 0, (21, 20): 0, (23, 20): 1, (47, 20): 1, (900, 20): 5, (-9, 60): 5, (120, 70): 7, (900, 400): 15,
        (10, -300): 0, (230, 44): 5, (230, 47): 10,
    }  # fmt: skip
    assert assets_page.evaluate(GAPS, list(points)) == list(points.values())


PARTS = [
    "drawIndices()",
    "drawRows(one, two, moved)",
    "drawWritten()",
    "drawControls()",
    'write($(".status"), status(moved))',
]


@pytest.mark.parametrize("forgotten", PARTS)
def test_a_front_end_that_forgets_to_draw_is_noticed(mount, tmp_path, forgotten):
    copy = damaged(tmp_path, "frequency.js", f"    {forgotten};\n", "")
    state = {"knife": 8, "masked": True, "row": CAT, "taken": False}
    page = mount(figure(), modules=copy)
    page.evaluate("s => { for (const k in s) figures[0].model.set(k, s[k]); figures[0].model.save_changes(); }", state)
    assert shown(page) != shown(page, figure(**state))
