"""The figure of chapter 9 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
from random import Random

import pytest
from playwright.sync_api import expect

from classroom import corpus
from hands import damaged, press, tab_to
from widgets import Bag
from widgets.bag import MODES, bag_numbers, line_gradients, moved, reductions, row_gradients, written

pytestmark = pytest.mark.browser

INDICES, OFFSETS = corpus.encode("the cat sees the dog cat sits <pad> sit"), [0, 5, 5, 8]
SWAPPED = [corpus.encode("the cat sees the dog"), corpus.encode("the dog sees the cat")]
WEIGHTS = [1.0, 0.5, 2.0] * 3

# Everything that the figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const text = (selector, from = figure) => from.querySelector(selector)?.textContent ?? null;
  const value = (cell) => [cell.textContent, [...cell.classList].sort().join(" "),
    Number(cell.style.getPropertyValue("--size")), "won" in cell.dataset];
  const cell = (td) => [td.className, all(".pair", td).map((pair) => pair.className), all(".value", td).map(value),
    td.querySelector("input") ? [td.querySelector("input").value, td.querySelector("input").ariaLabel] : null,
    td.querySelector(".pair, input") ? text(".times", td) : td.textContent];
  const button = (each) => each && [each.textContent, each.className, each.title, each.ariaPressed];
  const aria = (each) => each && [...each.attributes].filter((a) => /^(aria|role)/.test(a.name))
    .map((a) => `${a.name}=${a.value}`).sort();
  const line = (each) => [each.dataset.kind, each.dataset.place, text(".label", each), all(".value", each).map(value)];
  return {
    bags: all("tbody[data-bag]").map((body) => [body.dataset.bag, all("tr", body).map((row) =>
      [row.className, { ...row.dataset }, [...row.children].map(cell), button(row.querySelector(".chip")),
        text(".name", row), text(".handle, .fixed", row), aria(row.querySelector(".handle"))])]),
    heads: all(".strip thead :is(th, td)").map((head) => [head.className, head.textContent]),
    weighted: "weighted" in figure.querySelector(".strip").dataset, view: figure.querySelector(".stage").dataset.view,
    shapes: all(".shape .numbers").map((shape) => shape.textContent),
    call: all("[data-call]").map((each) => [each.hidden, each.textContent]),
    error: figure.querySelector(".error").hidden ? null : text(".error"),
    rows: all("tr[data-row]").map((row) => ({ ...row.dataset, mark: text(".mark", row), verdict: text(".verdict", row),
      pressed: row.querySelector(".mark").ariaPressed, values: all("td.value", row).map(value),
      stack: all(".line", row).map(line) })),
    status: text(".status"), ask: text(".ask"),
    pressed: all("button.mode, button.view").map((each) => [each.textContent, each.ariaPressed]),
    chosen: all("select").map((each) => each.value), boxes: all("input[type=checkbox]").map((each) => each.checked),
    more: figure.querySelector("details.more").open,
  };
}"""


def shown(page, figure=None, index=0):
    return page.evaluate(SHOWN, [figure and figure.to_html(), index])


def figure(**traits):
    made = Bag(corpus.rows(), corpus.words, INDICES, OFFSETS, swapped=SWAPPED)
    made.set_state(traits)
    return made


def handle(bag):
    return f"tbody[data-bag='{bag}'] .handle"


def chip(place):
    return f".chip[data-place='{place}']"


def drag(page, bag, by):
    """Drag a boundary down by so many rows, in small steps."""
    box, row = page.locator(handle(bag)).first.bounding_box(), page.locator("tr.position >> nth=0").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + by * row["height"], steps=8)
    page.mouse.up()


def switch(page, name):
    if not page.evaluate("document.querySelector('details.more').open"):
        page.click(".more summary")
    page.click(f"input.{name}")


def type_switch(page, name):
    if not page.evaluate("document.querySelector('details.more').open"):
        press(page, ".more summary", "Enter")
    press(page, f"input.{name}", "Space")


def choose(page, number):
    """Go to the list of bags with the keyboard and take the entry of that number."""
    tab_to(page, ".choose")
    page.keyboard.press("Home")
    for _ in range(number):
        page.keyboard.press("ArrowDown")


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "a boundary one index up": (
        lambda page: drag(page, 2, -1),
        lambda page: press(page, handle(2), "ArrowUp", "ArrowUp"),
        None,  # bag 1 is empty: there is no way up
    ),
    "a boundary two indices down": (
        lambda page: drag(page, 2, 2),
        lambda page: press(page, handle(2), "ArrowDown", "ArrowRight"),
        {"offsets": [0, 5, 7, 8]},
    ),
    "a boundary onto the next, and no further": (
        lambda page: drag(page, 2, 9),
        lambda page: press(page, handle(2), "End", "ArrowDown"),
        {"offsets": [0, 5, 8, 8]},
    ),
    "the first bag emptied, the last one too": (
        lambda page: (drag(page, 1, -7), drag(page, 3, 3)),
        lambda page: (press(page, handle(1), "Home"), press(page, handle(3), "ArrowRight")),
        {"offsets": [0, 0, 5, 9]},
    ),
    "forth and back, and half a row": (
        lambda page: (drag(page, 2, 2), drag(page, 2, -1), drag(page, 2, 0.4)),
        lambda page: press(page, handle(2), "End", "ArrowUp", "ArrowLeft"),
        {"offsets": [0, 5, 6, 8]},
    ),
    "a bag more, and its boundary moved": (
        lambda page: (page.click(".add"), drag(page, 4, -1)),
        lambda page: (press(page, ".add", "Enter"), press(page, handle(4), "ArrowUp")),
        {"offsets": [0, 5, 5, 8, 8]},
    ),
    "two bags less": (
        lambda page: (page.click(".remove"), page.click(".remove")),
        lambda page: press(page, ".remove", "Enter", "Space"),
        {"offsets": [0, 5]},
    ),
    "max": (
        lambda page: page.click("button.mode >> nth=2"),
        lambda page: press(page, ".mode", "ArrowRight", "ArrowRight", "Enter"),
        {"mode": "max"},
    ),
    "sum, and a pad": (
        lambda page: (page.click("button.mode >> nth=0"), page.select_option("select.padding", "0")),
        lambda page: (press(page, ".mode", "Space"), press(page, "select.padding", "ArrowDown")),
        {"mode": "sum", "padding_idx": 0},
    ),
    "a word as padding, and what goes home": (
        lambda page: (page.select_option("select.padding", "2"), page.click("button.view >> nth=1")),
        lambda page: (press(page, "select.padding", *["ArrowDown"] * 3), press(page, ".view", "ArrowRight", "Enter")),
        {"padding_idx": 2, "view": "gradient"},
    ),
    "two words change places across a boundary": (
        lambda page: (page.click(chip(1)), page.click(chip(8))),
        lambda page: press(page, ".chip", "ArrowDown", "Enter", "End", "Space"),
        {"indices": [2, 30, 17, 2, 5, 4, 20, 0, 4]},
    ),
    "a word picked and put back, two others changed": (
        lambda page: (page.click(chip(2)), page.click(chip(2)), page.click(chip(0)), page.click(chip(1))),
        lambda page: press(page, ".chip", "Enter", "Enter", "Enter", "ArrowDown", "Enter"),
        {"indices": [4, 2, *INDICES[2:]]},
    ),
    "the swapped sentences": (
        lambda page: page.select_option(".choose", "1"),
        lambda page: choose(page, 1),
        {"indices": [*SWAPPED[0], *SWAPPED[1]], "offsets": [0, 5]},
    ),
    "one sentence in four bags": (
        lambda page: (page.select_option(".choose", "2"), [page.click(".add") for _ in range(3)], drag(page, 1, -3),
                      drag(page, 2, -3), drag(page, 3, -1)),
        lambda page: (choose(page, 2), press(page, ".add", "Enter", "Enter", "Enter"),
                      press(page, handle(1), *["ArrowUp"] * 3), press(page, handle(2), *["ArrowUp"] * 3),
                      press(page, handle(3), "ArrowUp")),
        {"indices": SWAPPED[0], "offsets": [0, 2, 2, 4]},
    ),
    "weights": (
        lambda page: (page.click("button.mode >> nth=0"), switch(page, "weights")),
        lambda page: (press(page, ".mode", "Space"), type_switch(page, "weights")),
        {"mode": "sum", "per_sample_weights": WEIGHTS},
    ),
    "weights of one's own, and nonsense given back": (
        lambda page: (
            page.click("button.mode >> nth=0"), switch(page, "weights"),
            page.fill("input.factor >> nth=0", "-1.26"), page.fill("input.factor >> nth=1", "1e309"),
            page.fill("input.factor >> nth=2", ""), page.fill("input.factor >> nth=3", "10"), page.click(".status"),
        ),
        lambda page: (
            press(page, ".mode", "Space"), type_switch(page, "weights"),
            press(page, "input.factor", "Control+a", "-", "1", ".", "3", "Enter", "Tab"),
        ),
        {"mode": "sum", "per_sample_weights": [-1.3, *WEIGHTS[1:]]},
    ),
    "weights that PyTorch refuses": (
        lambda page: (switch(page, "weights"), page.click("button.mode >> nth=2")),
        lambda page: (type_switch(page, "weights"), press(page, ".mode", "ArrowRight", "ArrowRight", "Enter")),
        {"mode": "max", "per_sample_weights": WEIGHTS},
    ),
    "the end written as well": (
        lambda page: switch(page, "last"),
        lambda page: type_switch(page, "last"),
        {"include_last_offset": True},
    ),
    "three rows expected, and the gradient": (
        lambda page: (
            page.click("button.mode >> nth=2"),
            [page.click(f"tr[data-row='{row}'] .mark") for row in (2, 4, 5, 17)],
            page.click("tr[data-row='5'] .mark"), page.click("button.view >> nth=1"),
        ),
        lambda page: (
            press(page, ".mode", "ArrowRight", "ArrowRight", "Enter"),
            press(page, ".mark", "ArrowDown", "ArrowDown", "Space", "ArrowDown", "ArrowDown", "Enter"),
            press(page, ".mark", *["ArrowDown"] * 13, "Enter"), press(page, ".view", "ArrowRight", "Enter"),
        ),
        {"mode": "max", "expected": [2, 4, 17], "view": "gradient"},
    ),
    "the gradient, and back, the marks gone": (
        lambda page: (page.click("tr[data-row='4'] .mark"), page.click("button.view >> nth=1"), drag(page, 2, 1),
                      page.click("button.view >> nth=0")),
        lambda page: (press(page, ".mark", "Enter"), press(page, ".view", "ArrowRight", "Enter", "ArrowLeft", "Enter"),
                      press(page, handle(2), "ArrowDown")),
        {"offsets": [0, 5, 6, 8]},
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
    python = figure(**(traits or {}))
    after = shown(page)
    assert after == shown(page, python)
    assert (after != before) == bool(traits)
    expect(page.locator(".status")).to_have_text(python.status())
    page.click(".reset")
    page.mouse.move(0, 0)
    reset = {**shown(page), "more": None}
    assert reset == {**shown(page, figure()), "more": None}


def test_a_figure_without_an_index_takes_them_from_python(mount):
    empty = Bag(corpus.rows(), corpus.words, [], [])
    page = mount(empty)
    assert shown(page) == shown(page, empty)
    state = {"indices": INDICES, "offsets": OFFSETS}
    page.evaluate("s => { for (const k in s) figures[0].model.set(k, s[k]); figures[0].model.save_changes(); }", state)
    empty.set_state(state)
    page.wait_for_selector(handle(3))
    assert shown(page) == shown(page, empty)


def test_a_boundary_is_a_slider_with_a_name_and_a_value(mount):
    page = mount(figure())
    slider = page.get_by_role("slider", name="where bag 2 starts")
    expect(slider).to_have_attribute("aria-valuenow", "5")
    expect(slider).to_have_attribute("aria-valuemin", "5")
    expect(slider).to_have_attribute("aria-valuemax", "8")
    slider.focus()
    page.keyboard.press("ArrowDown")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "offset 6")
    expect(page.get_by_role("slider", name="where bag 1 starts")).to_have_attribute("aria-valuemax", "6")
    assert page.get_by_role("slider", name="where bag 0 starts").count() == 0


def test_a_boundary_follows_the_pointer(mount):
    page = mount(figure())
    box, row = page.locator(handle(2)).bounding_box(), page.locator("tr.position >> nth=0").bounding_box()
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for rows in (1, 2, 3):
        page.mouse.move(x, y + rows * row["height"])
        page.wait_for_timeout(30)
        now = page.locator(handle(2)).bounding_box()
        assert abs(now["y"] + now["height"] / 2 - (y + rows * row["height"])) < 6, rows
    page.mouse.up()
    page.mouse.move(x, y)
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure(offsets=[0, 5, 8, 8])), "let go, it stays"


def test_bags_end_at_eight_and_at_one(mount):
    page = mount(figure())
    for _ in range(4):
        page.click(".add")
    assert page.is_disabled(".add")
    for _ in range(7):
        page.click(".remove")
    assert page.is_disabled(".remove")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure(offsets=[0]))


def test_marks_can_only_be_set_before_the_gradient(mount):
    page = mount(figure(view="gradient"))
    page.click("tr[data-row='0'] .mark")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure(view="gradient"))


def test_a_row_that_is_pointed_at_lights_its_positions(mount):
    page = mount(figure())
    lit = "[...document.querySelectorAll('[data-lit]')].map(e => e.dataset.place ?? `row ${e.dataset.row}`)"
    page.hover("tr[data-row='4'] .value >> nth=0")
    assert page.evaluate(lit) == ["1", "5", "row 4"]
    page.focus(chip(0))
    assert page.evaluate(lit) == ["0", "3", "row 2"]


TOO_SMALL = """least => [...document.querySelectorAll("figure .handle")]
  .filter((b) => b.getBoundingClientRect().height < least).length"""


def test_on_a_phone_every_number_has_room_and_every_boundary_a_finger(mount):
    page = mount(*(figure(**state) for state in figure().shows().values()), width=360, touch=True)
    inside = "all => all.length && all.every((value) => value.scrollWidth <= value.clientWidth)"
    assert page.eval_on_selector_all(".strip :is(.output .value, .factor)", inside)
    assert page.evaluate(TOO_SMALL, 44) == 0


def test_handles_are_high_enough_for_a_mouse(mount):
    assert mount(figure()).evaluate(TOO_SMALL, 24) == 0


def test_a_finger_drags_a_boundary(mount):
    page = mount(figure(), width=360, touch=True)
    box, row = page.locator(handle(2)).bounding_box(), page.locator("tr.position >> nth=0").bounding_box()
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    client = page.context.new_cdp_session(page)
    for kind, rows in (("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1), ("touchMove", 2), ("touchEnd", 2)):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y + rows * row["height"]}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_timeout(50)
    assert shown(page)["call"] == shown(page, figure(offsets=[0, 5, 7, 8]))["call"]
    assert page.evaluate("scrollY") == 0, "the page stays while a boundary is dragged"


# The arithmetic in the browser, each function the twin of a function in Python.

TWINS = """async (cases) => {
  const all = await import("/bag.js");
  return cases.map(([name, args]) => {
    try { return all[name](...args); } catch (error) { return `throws ${error}`; }
  });
}"""

CORNERS = {
    "no bag": ([], []),
    "two bags of nothing": ([], [0, 0]),
    "all pads": ([0, 0, 0], [0, 2]),
    "one index a thousand times": ([3] * 1000, [0, 400]),
    "a tie": ([4, 3, 3, 4], [0, 2]),
    "nothing but empty bags before and after": ([1, 2], [0, 0, 2, 2]),
}


def cases():
    """Name, arguments and what Python says, seeded; the corner cases by name."""
    rng, found = Random(9), []

    def add(weight, indices, offsets, mode, padding_idx, factors):
        count = len(indices)
        every = reductions(weight, indices, offsets, mode, padding_idx, factors)
        grads = [[round(rng.gauss(0, 1), 2), rng.randint(-1, 2)] for _ in offsets]
        pieces = line_gradients(every, grads, mode, count, factors)
        row, last = rng.randrange(len(weight)), rng.random() < 0.5
        found.append(("bagNumbers", [offsets, count], bag_numbers(offsets, count)))
        found.append(("reductions", [weight, indices, offsets, mode, padding_idx, factors], every))
        found.append(("lineGradients", [every, grads, mode, count, factors], pieces))
        found.append(("rowGradients", [indices, pieces, row], row_gradients(indices, pieces, row)))
        found.append(("written", [offsets, count, last], written(offsets, count, last)))
        for bag in range(1, len(offsets)):
            to = rng.randint(-2, count + 2)
            found.append(("moved", [offsets, bag, to, count], moved(offsets, bag, to, count)))

    for indices, offsets in CORNERS.values():
        for mode in MODES:
            for padding_idx in (None, 0, 3):
                add(
                    [[1.0, -1.0], [2.0, 0.5], [0.0, 3.0], [0.7, 0.7], [0.7, -0.7]],
                    indices,
                    offsets,
                    mode,
                    padding_idx,
                    None,
                )
    for _ in range(250):
        count = rng.randint(1, 5)
        weight = [[round(rng.gauss(0, 1.5), rng.randint(0, 2)) for _ in range(2)] for _ in range(count)]
        indices = [rng.randrange(count) for _ in range(rng.randint(0, 9))]
        offsets = [0, *sorted(rng.randint(0, len(indices)) for _ in range(rng.randint(0, 4)))]
        mode = rng.choice(MODES)
        factors = [round(rng.uniform(-2, 2), 1) for _ in indices] if mode == "sum" and rng.random() < 0.6 else None
        add(weight, indices, offsets, mode, rng.choice([None, 0, 1]), factors)
    return found


def disagreements(page):
    """Cases in which the browser and Python differ, as sentences."""
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _ in every])
    return [
        f"{name}({json.dumps(args)[1:-1][:80]}): {str(answer)[:80]}, Python says {str(python)[:80]}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if answer != python
    ]


def test_the_browser_computes_what_python_computes_to_the_last_digit(assets_page):
    assert len(cases()) > 1000
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("ends[bag] - start", "ends[bag] + start"),
        ("indices[k] !== paddingIdx", "indices[k] === paddingIdx"),
        ("bags[k] === bag &&", "bags[k] >= bag &&"),
        ("a + factor * weight", "a - factor * weight"),
        ("a / divisor", "a * divisor"),
        ("value(k) > value(best)", "value(k) >= value(best)"),
        ("value(k) > value(best)", "value(k) < value(best)"),
        ("bag.winners[column] === k ? g : 0", "bag.winners[column] !== k ? g : 0"),
        ("bag.winners.includes(k)", "!bag.winners.includes(k)"),
        ("g / bag.divisor", "g * bag.divisor"),
        ("g * factors[k]", "g + factors[k]"),
        ("pieces[k] ? index : -1", "pieces[k] ? -1 : index"),
        ("includeLastOffset ?", "!includeLastOffset ?"),
        ("Math.max(to, low)", "Math.min(to, low)"),
        ("offsets[bag + 1] ?? count", "offsets[bag + 2] ?? count"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    source = damaged(tmp_path, "bag.js", right, wrong) if right != "offsets[bag + 1] ?? count" else None
    if source is None:
        source = damaged(tmp_path, "bag.js", f"const high = {right};\n  return", f"const high = {wrong};\n  return")
    assert disagreements(open_modules(source))


PARTS = ["drawStrip(found, pieces)", "drawCall()", "drawTable(pieces, learns)", "drawControls()"]


@pytest.mark.parametrize("forgotten", PARTS)
def test_a_front_end_that_forgets_to_draw_is_noticed(mount, tmp_path, forgotten):
    copy = damaged(tmp_path, "bag.js", f"    {forgotten};\n", "")
    state = {"offsets": [0, 3], "view": "gradient", "mode": "max", "expected": [4]}
    page = mount(figure(), modules=copy)
    page.evaluate("s => { for (const k in s) figures[0].model.set(k, s[k]); figures[0].model.save_changes(); }", state)
    page.wait_for_timeout(50)
    assert shown(page) != shown(page, figure(**state))
