"""The figure of chapter 8 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
import math
import shutil
from random import Random

import pytest
import torch
from playwright.sync_api import expect

from classroom import corpus
from hands import damaged, press
from reference import renorm_
from widgets import MaxNorm
from widgets._base import ASSETS
from widgets.max_norm import RUN, ball, step

pytestmark = pytest.mark.browser

FIRST = corpus.encode("the cat follows the dog")
HATE, SIT, FOLLOWS = 24, 30, 26
EXAMPLES = {sentence: corpus.encode(sentence) for sentence in ("sit", "a numbat drinks water")}

# Everything that the figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const text = (selector) => figure.querySelector(selector).textContent;
  const value = (cell) => [cell.textContent, [...cell.classList].sort().join(" "),
    Number(cell.style.getPropertyValue("--size")), cell.hasAttribute("data-changed")];
  const near = (path) => path.replace(/-?[0-9]+[.][0-9]/g, (number) => Math.round(Number(number)));
  const nest = (node) => node.matches(".axis") ? [...node.children].map(nest) : node.dataset.place;
  const lane = (name) => ({
    places: all(`.${name} .place`).map((place) => [place.dataset.place, place.textContent]),
    nested: [...figure.querySelector(`.${name} .tensor`).children].map(nest),
    hidden: figure.querySelector(`.${name} .tensor`).hidden, shape: text(`.${name} .numbers`),
  });
  return {
    status: text(".status"), ask: text(".steps .ask"), indices: lane("indices"), output: lane("output"),
    rows: all("tr[data-row]").map((line) => ({ ...line.dataset, lit: undefined,
      verdict: line.querySelector(".verdict").textContent, pressed: line.querySelector(".mark").ariaPressed,
      values: all("td.value", line).map(value), norms: all(".norm", line).map((cell) => [cell.textContent, cell.className]) })),
    ball: near(figure.querySelector(".ball").getAttribute("d")), done: figure.querySelector("svg").dataset.done,
    dots: all("g[data-row]").map((dot) => ({ ...dot.dataset, lit: undefined, word: dot.querySelector("text").textContent,
      drop: dot.querySelector("text").getAttribute("dy"),
      parts: [...dot.children].map((part) => [part.getAttribute("d"), part.getAttribute("transform")]) })),
    cap: [text("svg .cap"), figure.querySelector("svg .cap").getAttribute("transform"), text(".cap-value"),
      Number(figure.querySelector("input.cap").value)],
    p: all(".norm-type").map((choice) => [choice.textContent, choice.ariaPressed]),
    switches: all("[data-switch]").map((box) => box.checked), chosen: figure.querySelector(".choose").value,
  };
}"""  # noqa: E501


def figure(**traits):
    made = MaxNorm(corpus.rows(), corpus.words, FIRST, EXAMPLES)
    made.set_state(traits)
    return made


def shown(page, python=None, index=0):
    if python is None:  # nothing is pointed at
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
    return page.evaluate(SHOWN, [python and python.to_html(), index])


def click_point(page, row):
    """Click the place of a row's point, wherever in the drawing that is."""
    where = page.evaluate(
        "row => { const box = document.querySelector(`g[data-row='${row}'] .to`).getBoundingClientRect();"
        "return [box.left + box.width / 2, box.top + box.height / 2]; }",
        row,
    )
    page.mouse.click(*where)


def pick(page, row):
    press(page, ".pick", "Home", *["ArrowDown"] * row, "Enter")


def slide(page, value):
    page.locator("input.cap").evaluate("(slider, value) => { slider.value = value; }", value)
    page.dispatch_event("input.cap", "input")


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "look up the same again": (
        lambda page: page.click(".look"),
        lambda page: press(page, ".look", "Enter"),
        {"run": [FIRST, FIRST]},
    ),
    "step": (
        lambda page: page.click(".step"),
        lambda page: press(page, ".step", "Space"),
        {"run": [FIRST, "step"]},
    ),
    "step, and read again": (
        lambda page: (page.click(".step"), page.click(".look")),
        lambda page: (press(page, ".step", "Space"), press(page, ".look", "Enter")),
        {"run": [FIRST, "step", FIRST]},
    ),
    "two steps, the second without a read": (
        lambda page: (page.click(".step"), page.click(".step")),
        lambda page: press(page, ".step", "Space", "Space"),
        {"run": [FIRST, "step", "step"]},
    ),
    "look up a point": (
        lambda page: click_point(page, HATE),
        lambda page: pick(page, HATE),
        {"run": [FIRST, [HATE]], "indices": [HATE]},
    ),
    "look up a row by its number": (
        lambda page: page.click("tr[data-row='2'] .pick"),
        lambda page: pick(page, 2),
        {"run": [FIRST, [2]], "indices": [2]},
    ),
    "p = 1": (
        lambda page: page.click("[data-p='1']"),
        lambda page: press(page, ".norm-type", "Home", "Enter"),
        {"norm_type": "1"},
    ),
    "p = 1.5": (
        lambda page: page.click("[data-p='1.5']"),
        lambda page: press(page, ".norm-type", "Home", "ArrowRight", "Enter"),
        {"norm_type": "1.5"},
    ),
    "p = 4": (
        lambda page: page.click("[data-p='4']"),
        lambda page: press(page, ".norm-type", "End", "ArrowLeft", "Enter"),
        {"norm_type": "4"},
    ),
    "p = ∞": (
        lambda page: page.click("[data-p='inf']"),
        lambda page: press(page, ".norm-type", "End", "Space"),
        {"norm_type": "inf"},
    ),
    "a larger cap": (
        lambda page: slide(page, 1.2),
        lambda page: press(page, "input.cap", "ArrowRight", "ArrowRight"),
        {"max_norm": 1.2},
    ),
    "no cap at all in reach": (
        lambda page: slide(page, 3),
        lambda page: press(page, "input.cap", "End"),
        {"max_norm": 3.0},
    ),
    "a cap of nothing": (
        lambda page: slide(page, 0),
        lambda page: press(page, "input.cap", "Home"),
        {"max_norm": 0.0},
    ),
    "eval and frozen": (
        lambda page: (page.click("[data-switch='eval']"), page.click("[data-switch='frozen']")),
        lambda page: (press(page, "[data-switch='frozen']", "Space"), press(page, "[data-switch='eval']", "Space")),
        {"switches": ["eval", "frozen"]},
    ),
    "step under no_grad": (
        lambda page: (page.click("[data-switch='no_grad']"), page.click(".step")),
        lambda page: (press(page, "[data-switch='no_grad']", "Space"), press(page, ".step", "Enter")),
        {"switches": ["no_grad"], "run": [FIRST, "step"]},
    ),
    "choose a sentence": (
        lambda page: page.select_option(".choose", "sit"),
        lambda page: press(page, ".choose", "ArrowDown"),
        {"indices": [SIT], "taken": False},
    ),
    "choose a sentence and look it up": (
        lambda page: (page.select_option(".choose", "sit"), page.click(".look")),
        lambda page: (press(page, ".choose", "ArrowDown"), press(page, ".look", "Enter")),
        {"indices": [SIT], "run": [FIRST, [SIT]]},
    ),
    "expect two rows and step": (
        lambda page: (page.click("tr[data-row='2'] .mark"), page.click("tr[data-row='0'] .mark"), page.click(".step")),
        lambda page: (
            press(page, ".pick", "Home", "ArrowRight", "Enter", "ArrowDown", "ArrowDown", "Space"),
            press(page, ".step", "Enter"),
        ),
        {"run": [FIRST, "step"], "expected": [0, 2]},
    ),
    "expect a row, and look": (
        lambda page: page.click("tr[data-row='0'] .mark"),
        lambda page: press(page, ".pick", "Home", "ArrowRight", "Enter"),
        {"taken": False, "expected": [0]},
    ),
    "expect a row, think again, look up": (
        lambda page: (page.dblclick("tr[data-row='0'] .mark"), page.click(".look")),
        lambda page: (
            press(page, ".pick", "Home", "ArrowRight", "Enter", "Enter"),
            press(page, ".look", "Enter"),
        ),
        {"run": [FIRST, FIRST]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    python, after = figure(**traits), shown(page)
    assert after == shown(page, python)
    assert after != before
    expect(page.locator(".status")).to_have_text(python.status())
    page.click(".reset")
    assert shown(page) == shown(page, figure())


def test_the_guess_is_answered_in_signs_and_in_words(mount):
    page = mount(figure(run=[], taken=False))
    for row in (4, 5):
        page.click(f"tr[data-row='{row}'] .mark")
    page.click(".look")
    signs = {row["row"]: row["verdict"] for row in shown(page)["rows"] if row["verdict"]}
    assert signs == {"4": "●", "5": "×", str(FOLLOWS): "○"}
    expect(page.locator(".status")).to_contain_text("You expected 2 rows. The lookup read 4 rows and shortened 2")
    page.click("tr[data-row='9'] .mark")  # a new guess
    assert page.evaluate("figures[0].model.get('expected')") == [9]
    assert not any(row["verdict"] for row in shown(page)["rows"])


def test_a_click_beside_a_point_means_the_nearest_and_one_in_the_open_means_none(mount):
    page = mount(figure())
    box = page.locator(".points svg").bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + 3)
    assert page.evaluate("figures[0].model.get('run').length") == 1
    click_point(page, FOLLOWS)
    assert page.evaluate("figures[0].model.get('run')[1]") == [FOLLOWS]


def test_what_is_pointed_at_is_lit_everywhere_and_named(mount):
    page = mount(figure())
    lit = "[...document.querySelectorAll('[data-lit]')].map((e) => e.tagName)"
    page.hover(f"tr[data-row='{HATE}'] .value >> nth=0")
    assert page.evaluate(lit) == ["TR", "g"]
    assert page.text_content(f"g[data-row='{HATE}'] text") == "hate"
    page.focus(".indices [data-place='1']")
    assert page.evaluate(lit) == ["BUTTON", "TR", "g", "BUTTON"]
    page.hover(f"g[data-row='{HATE}'] .to", force=True)
    assert page.evaluate(lit) == ["TR", "g"]
    shown(page)
    assert page.evaluate(lit) == []
    assert page.text_content(f"g[data-row='{HATE}'] text") == ""


def test_the_run_ends(mount):
    page = mount(figure(run=[FIRST] * (RUN - 1)))
    page.click(".look")
    expect(page.locator(".status")).to_contain_text(f"this figure ends after {RUN} lookups and steps. Reset")
    assert page.is_disabled(".look")
    click_point(page, HATE)
    assert page.evaluate("figures[0].model.get('run').length") == RUN
    assert shown(page) == shown(page, figure(run=[FIRST] * RUN))
    page.click(".reset")
    assert shown(page) == shown(page, figure(run=[FIRST] * (RUN - 1)))


def test_on_a_phone_the_rows_need_no_scrolling_sideways(mount):
    page = mount(figure(), width=360, touch=True)
    page.add_style_tag(content="body { margin: 0 16px }")
    assert page.evaluate("[document.querySelector('.rows')].every((box) => box.scrollWidth <= box.clientWidth)")


# --- the twins

TWINS = """async (cases) => {
  const { ball, norm, renorm, states, step } = await import("/max_norm.js");
  const number = (text) => text === "inf" ? Infinity : Number(text);
  const twins = {
    norm: (row, p) => norm(row, number(p)),
    renorm: (weight, indices, cap, p) => renorm(weight.map((row) => row.map(Math.fround)), indices, cap, number(p)),
    step: (weight, reads) => step(weight.map((row) => row.map(Math.fround)), reads),
    ball: (cap, p) => ball(cap, number(p)),
    states: (rows, run, cap, p, blocked) => Object.values(states(rows, run, cap, number(p), blocked)),
  };
  return cases.map(([name, args]) => twins[name](...args));
}"""

EXACT = ("1", "inf")  # sums and maxima have one result; roots and powers may differ in the last digit
CORNERS = {
    "a row of zeros": ([[0.0, 0.0], [3.0, 4.0]], [0, 1]),
    "a huge norm": ([[3e37, 4e37], [1e-30, 0.0]], [0, 1]),
    "a norm that overflows": ([[3e38, 3e38], [0.5, 0.0]], [0, 1]),
    "one index a thousand times": ([[3.0, 4.0], [6.0, 8.0]], [1] * 1000),
    "no index": ([[3.0, 4.0]], []),
    "exactly as long as the cap": ([[1.0, 0.0], [0.0, -1.0]], [0, 1]),
    "the float32 number above the cap": ([[3.7, 0.0]], [0]),
    "one row, one number": ([[2.5]], [0]),
    "nobody reads it": ([[30.0, 40.0], [3.0, 4.0]], [1]),
}


def after_lookup(rows, indices, cap, p):
    weight = torch.tensor(rows, dtype=torch.float32)
    return renorm_(weight, torch.tensor(indices, dtype=torch.long), cap, float(p)).tolist()


def cases():
    """Name, arguments, what Python says, and whether to the bit."""
    rng, found = Random(8), []
    for rows, indices in CORNERS.values():
        for p in ("1", "2", "3", "inf"):
            for cap in (1.0, 3.7, 0.0):
                exact = p in EXACT or len([v for row in rows for v in row if v]) <= len(rows)
                found.append(("renorm", [rows, indices, cap, p], after_lookup(rows, indices, cap, p), exact))
    for _ in range(300):
        rows = [[round(rng.gauss(0, 2), 4) for _ in range(2)] for _ in range(rng.randint(1, 6))]
        indices = [rng.randrange(len(rows)) for _ in range(rng.randint(0, 8))]
        cap, p = rng.choice([1.0, 0.3, 3.7, rng.uniform(0, 3)]), rng.choice(["1", "1.5", "2", "3", "4", "inf"])
        weight = torch.tensor(rows)
        found.append(("renorm", [rows, indices, cap, p], after_lookup(rows, indices, cap, p), p in EXACT))
        found.append(("norm", [rows[0], p], weight[0].norm(float(p)).item(), p in EXACT))
        reads = [indices.count(row) for row in range(len(rows))]
        found.append(("step", [rows, reads], step(weight, reads).tolist(), True))
    table = [[0.2, 0.9], [1.2, 0.5], [-1.9, -0.9]]
    types = ["1", "1.5", "2", "4", "inf"]
    for _ in range(100):
        lookups = [[rng.randrange(3) for _ in range(rng.randint(0, 4))] for _ in range(rng.randint(0, 5))]
        run = [rng.choice(["step", lookup]) for lookup in lookups]
        p, cap, switches = rng.choice(types), rng.choice([0.5, 1.0, 2.2]), rng.choice([[], ["frozen"]])
        python = MaxNorm(torch.tensor(table), list("abc"), [], run=run, max_norm=cap, norm_type=p, switches=switches)
        both = [weight.tolist() for weight in python.states()]
        found.append(("states", [table, run, cap, p, bool(switches)], both, p in EXACT))
    found += [("ball", [cap, p], ball(cap, float(p)), False) for cap in (0.0, 1.0, 2.3) for p in types]
    return found


def flat(value):
    return [number for part in value for number in flat(part)] if isinstance(value, list | tuple) else [value]


def agree(browser, python, exact):
    """Whether the numbers are equal: all bits, or up to a digit that is never shown (a millionth of the number)."""
    ours, theirs = flat(browser), flat(python)
    if exact or len(ours) != len(theirs):
        return ours == theirs
    return all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in zip(ours, theirs, strict=True))


def disagreements(page):
    """Cases in which the browser and Python differ, as sentences."""
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _, _ in every])
    return [
        f"{name}({json.dumps(args)[1:-1][:80]}): {str(answer)[:80]}, Python says {str(python)[:80]}"
        for (name, args, python, exact), answer in zip(every, answers, strict=True)
        if not agree(answer, python, exact)
    ]


def test_the_browser_computes_what_the_reference_computes(assets_page):
    assert disagreements(assets_page) == []


def test_every_shown_digit_of_the_running_table_is_torchs(assets_page):
    rows, run = corpus.rows().tolist(), [list(range(31)), "step", FIRST]
    for p in ("1", "1.5", "2", "4", "inf"):
        after = assets_page.evaluate(TWINS, [["states", [rows, run, 1.0, p, False]]])[0][1]
        weight = figure(run=run, norm_type=p).weight.tolist()
        assert [[f"{v:.2f}" for v in row] for row in after] == [[f"{v:.2f}" for v in row] for row in weight]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("length > maxNorm", "length >= maxNorm"),
        ("length + 1e-7", "length - 1e-7"),
        ("maxNorm / (length", "maxNorm * (length"),
        ("value * factor", "value + factor"),
        ("total + raise(value)", "total - raise(value)"),
        ("value * value :", "value + value :"),
        ("read.has(index) ? norm(row, p) : 0", "read.has(index + 1) ? norm(row, p) : 0"),
        ("value + RATE * reads[index]", "value - RATE * reads[index]"),
        ("if (!blocked) weight", "if (blocked) weight"),
        ("count + done.filter", "count - done.filter"),
        ("(maxNorm * y) / length", "(maxNorm + y) / length"),
        ("Math.fround(maxNorm / (length + 1e-7))", "maxNorm / (length + 1e-7)"),
    ],
)  # fmt: skip
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "max_norm.js", right, wrong)
    assert disagreements(open_modules(copy))


@pytest.mark.parametrize("call", ["drawPlane(before, after, moved);", "drawRows(before, after, moved);"])
def test_a_front_end_that_forgets_to_draw_is_noticed(mount, tmp_path, call):
    copy = tmp_path / "modules"
    shutil.copytree(ASSETS, copy)
    drawing = "function draw() {"
    start, body = (copy / "max_norm.js").read_text(encoding="utf-8").split(drawing)
    assert call in body
    (copy / "max_norm.js").write_text(start + drawing + body.replace(call, "", 1), encoding="utf-8")
    page = mount(figure(), modules=copy)
    page.click(".step")
    assert shown(page) != shown(page, figure(run=[FIRST, "step"]))
