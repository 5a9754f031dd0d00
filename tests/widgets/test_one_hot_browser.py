"""The figure of chapter 3 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import math
from random import Random

import pytest
import torch
from playwright.sync_api import expect

from classroom import corpus
from hands import damaged, press
from reference import lookup, one_hot, one_hot_lookup
from widgets import OneHot
from widgets._markup import number
from widgets.one_hot import WORDS, written_out

pytestmark = pytest.mark.browser

SENTENCE = corpus.encode("the cat follows the dog")
AXOLOTL, GOOD, BAD = 28, 9, 12

# The whole figure as data: every element, its attributes, its text. Left out is only what a script adds on purpose.
TREE = """(html) => {
  const figure = html === null ? document.querySelector("figure")
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const ignored = new Set(["disabled", "tabindex", "data-live", "open", "selected", "value", "style"]);
  const named = ["--size", "--at", "--share", "--n", "--row"];
  const lines = [];
  const walk = (node, depth) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.trim() && lines.push(`${depth} ${node.data}`);
    if (node.matches("script, svg.wires")) return 0;
    const attributes = [...node.attributes].filter(({ name }) => !ignored.has(name));
    const parts = attributes.map(({ name, value }) => name === "hidden" ? name : `${name}=${value}`).sort();
    parts.push(...named.map((name) => Number(node.style.getPropertyValue(name))));
    if (node.matches("input, select")) parts.push(node.value);
    lines.push(`${depth} ${node.tagName} ${parts.join(" ")}`);
    return node.childNodes.forEach((child) => walk(child, depth + 1));
  };
  walk(figure, 0);
  return lines;
}"""


def figure(**traits):
    return OneHot(
        corpus.rows(),
        words=corpus.words,
        indices=SENTENCE,
        spoil=AXOLOTL,
        pair=(GOOD, BAD),
        **{"position": 1, **traits},
    )


def tree(page, python=None):
    return page.evaluate(TREE, python and python.to_html())


def slide(page, selector, value):
    """Click where a slider's `value` is, as a mouse does."""
    box, ends = page.locator(selector).bounding_box(), page.evaluate("s => [...document.querySelectorAll(s)].map("
        "({ min, max }) => [Number(min), Number(max)])[0]", selector)  # fmt: skip
    part = (value - ends[0]) / (ends[1] - ends[0])
    page.mouse.click(box["x"] + 8 + part * (box["width"] - 16), box["y"] + box["height"] / 2)


def put(row):
    """The places after the chosen one took a row."""
    return [SENTENCE[0], row, *SENTENCE[2:]]


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "choose a one-hot row": (
        lambda page: page.click(".hot[data-place='2']"),
        lambda page: press(page, ".hot", "ArrowDown", "ArrowDown", "Enter"),
        {"position": 2},
    ),
    "choose a number of the output": (
        lambda page: page.click(".num[data-place='2'][data-column='1']"),
        lambda page: press(page, ".outputs button", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "Enter"),
        {"position": 2, "column": 1},
    ),
    "put another index into the place": (
        lambda page: page.click("tr[data-row='7'] .pick"),
        lambda page: press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 7, "Space"),
        {"places": put(7)},
    ),
    "click the word of a row": (
        lambda page: page.click("tr[data-row='3'] .mark"),
        lambda page: press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 3, "Enter"),
        {"places": put(3)},
    ),
    "take the row that the place shares with": (
        lambda page: (slide(page, ".share", 2), page.click("tr[data-row='12'] .pick")),
        lambda page: (press(page, ".share", "ArrowRight", "ArrowRight"),
                      press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 12, "Enter")),
        {"places": put(BAD), "other": SENTENCE[1]},
    ),
    "move all of it and choose another place": (
        lambda page: (slide(page, ".share", 4), page.click(".hot[data-place='3']")),
        lambda page: (press(page, ".share", "End"), press(page, ".hot", *["ArrowDown"] * 3, "Enter")),
        {"places": put(BAD), "position": 3},
    ),
    "a mixture, transposed": (
        lambda page: (slide(page, ".share", 1), page.click(".direction[data-backward='true']"),
                      page.click("tr[data-row='12'] .pick")),
        lambda page: (press(page, ".share", "ArrowRight"), press(page, ".direction", "ArrowRight", "Enter"),
                      press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 12, "Enter")),
        {"share": 1, "backward": True, "row": BAD},
    ),
    "drag a quarter to the other row": (
        lambda page: slide(page, ".share", 1),
        lambda page: press(page, ".share", "ArrowRight"),
        {"share": 1},
    ),
    "drag all of it": (
        lambda page: slide(page, ".share", 4),
        lambda page: press(page, ".share", "End"),
        {"share": 4},
    ),
    "write inf without an expectation": (
        lambda page: page.click(".step"),
        lambda page: press(page, ".step", "Enter"),
        {"inf": AXOLOTL},
    ),
    "expect two places, then write inf": (
        lambda page: (page.click(".expect >> nth=0"), page.click(".expect >> nth=2"), page.click(".step")),
        lambda page: (
            press(page, ".outputs button", "Enter", "ArrowDown", "ArrowDown", "Space"),
            press(page, ".step", "Space"),
        ),
        {"expected": [0, 2], "inf": AXOLOTL},
    ),
    "write inf and read that row": (
        lambda page: (page.click(".step"), page.click("tr[data-row='28'] .pick")),
        lambda page: (press(page, ".step", "Enter"), press(page, "tr[data-row='0'] .pick", "End", *["ArrowUp"] * 2,
                                                           "Enter")),
        {"places": put(AXOLOTL), "inf": AXOLOTL},
    ),
    "transpose": (
        lambda page: page.click(".direction[data-backward='true']"),
        lambda page: press(page, ".direction", "ArrowRight", "Enter"),
        {"backward": True},
    ),
    "transpose and choose a row": (
        lambda page: (page.click(".direction >> nth=1"), page.click("tr[data-row='5'] .mark")),
        lambda page: (press(page, ".direction", "ArrowRight", "Enter"),
                      press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 5, "Enter")),
        {"backward": True, "row": 5},
    ),
    "transpose and choose what arrives": (
        lambda page: (page.click(".direction >> nth=1"), page.click(".num[data-place='2'][data-column='1']")),
        lambda page: (press(page, ".direction", "ArrowRight", "Enter"),
                      press(page, ".outputs button", "ArrowRight", "ArrowDown", "ArrowDown", "Enter")),
        {"backward": True, "row": SENTENCE[2], "position": 2, "column": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = tree(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    python = figure(**traits)
    expect(page.locator(".status")).to_have_text(python.status())
    assert tree(page) == tree(page, python)
    assert tree(page) != before
    page.click(".reset")
    assert tree(page) == before


def test_every_state_of_the_figure_is_drawn_as_python_writes_it(mount):
    rng = Random(0)
    page = mount(figure())
    for _ in range(60):
        traits = {
            "places": [rng.randrange(31) for _ in range(rng.randint(4, 8))],
            "position": rng.randrange(4),
            "column": rng.randrange(2),
            "other": rng.randrange(31),
            "share": rng.choice([0, 0, 1, 2, 3, 4]),
            "inf": rng.choice([None, None, AXOLOTL, 4]),
            "expected": sorted(rng.sample(range(4), rng.randrange(4))),
            "backward": rng.random() < 0.3,
            "row": rng.randrange(31),
        }
        page.evaluate(
            "t => { const { model } = figures[0]; for (const k in t) model.set(k, t[k]); model.save_changes(); }",
            traits,
        )
        assert tree(page) == tree(page, figure(**traits)), traits


def test_the_wires_lead_from_the_one_hot_rows_to_the_rows_they_take(mount):
    page = mount(figure())
    wires = "[...document.querySelectorAll('.wires path')].map(path => path.getAttribute('class'))"
    assert page.evaluate(wires) == ["read strong"]
    slide(page, ".share", 2)
    assert page.evaluate(wires) == ["read strong"] * 2
    page.click(".reset")
    page.click(".direction >> nth=1")
    page.click(".hot >> nth=0")
    assert page.evaluate(wires) == ["gradient strong"] * 2


def test_on_a_phone_the_table_scrolls_to_the_row_that_is_read(mount):
    page = mount(figure(), width=360, touch=True)
    page.tap(".hot >> nth=2")
    box, line = (page.locator(name).bounding_box() for name in (".rows", "tr[data-row='26']"))
    assert box["y"] <= line["y"] <= box["y"] + box["height"] - line["height"]


@pytest.mark.parametrize("rows", [1, 31, 400_000])
def test_a_table_of_any_length_opens_and_is_drawn(mount, rows):
    python = OneHot(torch.zeros(rows, 2), indices=[rows - 1])
    page = mount(python)
    assert tree(page) == tree(page, python)
    page.click(".step")
    assert tree(page) == tree(page, OneHot(torch.zeros(rows, 2), indices=[rows - 1], inf=rows - 1))


# The arithmetic in the browser, each function the twin of a function in Python. What Python gives is that of float32
# tensors; the browser computes in double and rounds to float32 at the end, and both must be the same number.

TWINS = """async (cases) => {
  const module = await import("/one_hot.js");
  const { oneHot, product, copies, transposedProduct, number, writtenOut, float32 } = module;
  const WORDS = { rest: "0·… ({n} more)" };
  const twins = { oneHot, copies, number,
    product: (rows, texts) => product(rows, texts.map((row) => row.map(float32))),
    lookup: (texts, x) => copies(texts.map((row) => row.map(float32)), x),
    gradient: (x, V, G) => transposedProduct(oneHot(x, V), G),
    product_of: (x, texts) => product(oneHot(x, texts.length), texts.map((row) => row.map(float32))),
    written: (name, parts, texts, total, ...rest) =>
      writtenOut(WORDS, name, parts, texts.map(float32), float32(total), ...rest) };
  const exact = (value) => Array.isArray(value) ? value.map(exact)
    : typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : value;
  const call = (name, args) => {
    try { return exact(twins[name](...args)); } catch (error) { return `throws ${error}`; }
  };
  return cases.map(([name, args]) => call(name, args));
}"""


def exact(value):
    """A number as the browser writes it, with the sign of zero; lists and dictionaries all through."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    if isinstance(value, dict | str):
        return value
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return ("-0" if math.copysign(1, value) < 0 else "0") if value == 0 else float(value)


def agree(answer, python):
    """Are both the same numbers, signs of zero and NaN included?"""
    if isinstance(python, list):
        return isinstance(answer, list) and len(answer) == len(python) and all(map(agree, answer, python))
    if isinstance(python, float):
        return isinstance(answer, str) and answer not in ("0", "-0", "NaN") and float(answer) == python
    return answer == python


CORNERS = {
    "V = 1": ([[0.5, -1.5]], [0, 0]),
    "V = 1, minus zero": ([[-0.0, 1.0]], [0]),
    "minus zero": ([[-0.0, 1.0], [2.0, -0.0]], [0, 1]),
    "only minus zeros": ([[-0.0], [-0.0]], [0, 1]),
    "one row five times": ([[0.1, 0.2], [0.3, 0.4]], [1] * 5),
    "inf elsewhere": ([[0.1, 0.2], [math.inf, 0.4]], [0]),
    "inf read": ([[0.1, 0.2], [math.inf, 0.4]], [1]),
    "minus inf": ([[0.1, -math.inf], [0.3, 0.4]], [0, 1]),
    "nan elsewhere": ([[0.1, 0.2], [math.nan, 0.4]], [0]),
    "nan read": ([[0.1, 0.2], [math.nan, 0.4]], [1]),
    "the largest and the smallest": ([[3.4e38, -3.4e38], [1e-45, 1.0]], [0, 1]),
}


def drawn(rng):
    rows, columns = rng.randint(1, 6), rng.randint(1, 3)
    odd = [math.inf, -math.inf, math.nan, -0.0, 0.0, 1e30]
    table = [
        [rng.choice(odd) if rng.random() < 0.08 else round(rng.gauss(0, 1), 1) for _ in range(columns)]
        for _ in range(rows)
    ]
    return table, [rng.randrange(rows) for _ in range(rng.randint(1, 5))]


def cases():
    """Name, arguments and what Python says, seeded; the corner cases by name."""
    rng = Random(0)
    found = []
    for table, indices in [*CORNERS.values(), *(drawn(rng) for _ in range(220))]:
        weight, x = torch.tensor(table), torch.tensor(indices)
        texts = [[repr(value) for value in row] for row in table]
        size = len(table)
        found.append(("oneHot", [indices, size], one_hot(x, size).tolist()))
        # the sign of a sum of nothing but −0 is the kernel's choice; the browser starts at +0
        found.append(("product_of", [indices, texts], one_hot_lookup(weight, x) + 0.0))
        found.append(("lookup", [texts, indices], lookup(weight, x)))
        parts = [rng.randint(0, 4) for _ in table]
        mixture = torch.tensor([parts]) / 4
        if weight.isfinite().all() and weight.abs().max() < 1e20:
            found.append(("product", [mixture.tolist(), texts], (mixture.double() @ weight.double()).float()))
        G = torch.randint(-50, 50, (len(indices), 2), generator=torch.Generator().manual_seed(len(found)))
        found.append(("gradient", [indices, size, G.tolist()], one_hot(x, size).float().T @ G.float() + 0.0))
        column = weight[:, 0].tolist()
        total = (mixture.double() @ weight.double()).float()[0, 0].item()
        args = ["E[0, 0]", parts, [row[0] for row in texts], repr(total), rng.choice([0, 0, 7]), 1, 3]
        if abs(total) < 1e20 or total != total:
            found.append(("written", args, written_out("E[0, 0]", parts, column, total, *args[4:])))
    for value in (
        0.0,
        -0.0,
        -0.04,
        1.5,
        -2.24,
        -2.25,
        2.75,
        0.0625,
        -0.1875,
        0.3,
        2.0**70,
        -(2.0**100),
        math.inf,
        -math.inf,
        math.nan,
    ):
        found += [("number", [value, decimals], number(value, decimals)) for decimals in (0, 1, 2, 3)]
    return [(name, args, exact(python)) for name, args, python in found]


def disagreements(page):
    """Cases in which the browser and Python differ, as sentences."""
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _ in every])
    return [
        f"{name}({str(args)[1:-1][:90]}): {str(answer)[:90]}, Python says {str(python)[:90]}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if not agree(answer, python)
    ]


def test_the_browser_computes_what_python_computes(assets_page):
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("row === index ? 1 : 0", "row === index ? 1 : -1"),
        ("sum += row[v] * weight[v][d]", "sum += row[v] && row[v] * weight[v][d]"),
        ("sum += row[v] * weight[v][d]", "sum += row[v] + weight[v][d]"),
        ("v < row.length;", "v > row.length;"),
        ("rows[k][v] * grads[k][d]", "rows[k][v] + grads[k][d]"),
        ("Math.abs(value) < 1e21", "Math.abs(value) > 1e21"),
        ('decimals ? "." : ""', 'decimals ? "" : "."'),
        ('quarters[k] ? "one" : "zero"', 'quarters[k] ? "zero" : "one"'),
    ],
)  # fmt: skip
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "one_hot.js", right, wrong)
    assert disagreements(open_modules(copy))


def test_a_front_end_that_forgets_to_draw_is_noticed(mount, tmp_path):
    copy = damaged(tmp_path, "one_hot.js", "    drawWritten(now);\n", "")
    page = mount(figure(), modules=copy)
    page.click("tr[data-row='7'] .pick")
    assert tree(page) != tree(page, figure(places=put(7)))


def test_the_words_of_the_twin_test_are_the_figures():
    assert WORDS["rest"] == "0·… ({n} more)"
