"""The figure of chapter 6 in a browser: by mouse and by keyboard, it shows what Python would have written."""

from random import Random

import pytest
import torch

from classroom import corpus
from hands import damaged, press
from widgets import Sparse
from widgets.sparse import LIMIT, bytes_of, coalesced, dense, entries, share, size_at, spaced, step_of

pytestmark = pytest.mark.browser

X = torch.tensor([[30, 0, 0, 0], [2, 4, 20, 0], [2, 4, 13, 6]])
G = torch.tensor([[[1.0, 2], [9, 9], [9, 9], [9, 9]], [[2, -1], [-1, 2], [1, 1], [9, 9]],
                  [[1, 3], [-2, 1], [2, -2], [-1, 0]]])  # fmt: skip

# Everything that the figure shows, as data: the same for a living figure and for markup that Python wrote.
SHOWN = """([html, index]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector, from = figure) => [...from.querySelectorAll(selector)];
  const text = (selector, from = figure) => from.querySelector(selector)?.textContent ?? null;
  const value = (cell) => [cell.textContent, [...cell.classList].sort().join(" "),
    Number(cell.style.getPropertyValue("--size"))];
  const line = (each) => [each.dataset.kind, each.dataset.place, all(".value", each).map(value)];
  return {
    chips: all(".chip").map((chip) => [chip.dataset.place, "pad" in chip.dataset, chip.textContent]),
    rows: all("tr[data-row], tr[data-entry]").map((row) =>
      [{ ...row.dataset, lit: undefined }, text(".index", row), text(".word, .mark", row),
        row.querySelector(".mark")?.ariaPressed, text(".verdict", row), all(".line", row).map(line)]),
    lanes: all(".half").map((half) => ["now" in half.dataset, half.querySelector(".now").hidden, text(".title", half),
      text("caption", half), half.querySelector(".rows").ariaLabel, text(".numbers", half), text(".count", half)]),
    more: [text(".lane.output .more"), figure.querySelector(".lane.output .more").hidden],
    bars: all("[data-bar]").map((bar) => [{ ...bar.dataset }, text(".label", bar), text(".amount", bar),
      Number(bar.querySelector(".bar").style.getPropertyValue("--size"))]),
    forms: all("button.form").map((button) => [button.dataset.form, button.ariaPressed]),
    chosen: figure.querySelector(".choose").value,
    sliders: all(".size").map((s) => [s.value, s.getAttribute("aria-valuetext"), s.nextElementSibling.textContent]),
    error: [text(".error code"), figure.querySelector(".error").hidden],
    said: [".status", ".takes", ".told", ".sizes", ".ask", ".step"].map((selector) => text(selector)),
  };
}"""


def shown(page, python=None, index=0):
    return page.evaluate(SHOWN, [python and python.to_html(), index])


def figure(indices=X, gradients=G, padding_idx=0, **traits):
    return Sparse(corpus.rows(), corpus.words, indices, gradients, padding_idx, **traits)


def form(name):
    return f"button.form[data-form='{name}']"


def slide(page, k, step):
    slider = page.locator(f".size[data-size='{k}']")
    box, most = slider.bounding_box(), int(slider.get_attribute("max"))
    page.mouse.click(box["x"] + 8 + step / most * (box["width"] - 16), box["y"] + box["height"] / 2)


def guess(page, optimizer, rows):
    """Say by mouse which rows a step of the optimizer will move, and take it."""
    page.click("button.step")
    page.select_option(".choose", optimizer)
    for row in rows:
        page.click(f"tr[data-row='{row}'] .mark")
    page.click("button.step")


def set_traits(page, traits):
    page.evaluate(
        "traits => { const { model } = figures[0];"
        "for (const [name, value] of Object.entries(traits)) model.set(name, value); model.save_changes(); }",
        traits,
    )


# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "coalesce": (
        lambda page: page.click(form("coalesced")),
        lambda page: press(page, "button.form", "ArrowRight", "Enter"),
        {"form": "coalesced"},
    ),
    "write out": (
        lambda page: page.click(form("dense")),
        lambda page: press(page, "button.form", "End", "Space"),
        {"form": "dense"},
    ),
    "there and back again, Adam": (
        lambda page: (page.click(form("dense")), page.click(form("list")), page.select_option(".choose", "Adam")),
        lambda page: (press(page, "button.form", "End", "Enter", "Home", "Enter"), choose(page, "Adam")),
        {"optimizer": "Adam"},
    ),
    "Adam with the dense gradient": (
        lambda page: (page.select_option(".choose", "Adam"), page.click(form("dense"))),
        lambda page: (choose(page, "Adam"), press(page, "button.form", "End", "Enter")),
        {"optimizer": "Adam", "form": "dense"},
    ),
    "SGD, which keeps nothing": (
        lambda page: page.select_option(".choose", "SGD"),
        lambda page: choose(page, "SGD"),
        {"optimizer": "SGD"},
    ),
    "the largest table": (
        lambda page: (page.click(".further > summary"), slide(page, 0, 60)),
        lambda page: (press(page, ".further > summary", "Enter"), press(page, ".size[data-size='0']", "End")),
        {"sizes": [LIMIT, 8]},
    ),
    "more entries than rows": (
        lambda page: (page.click(".further > summary"), slide(page, 1, 20)),
        lambda page: (
            press(page, ".further > summary", "Enter"),
            press(page, ".size[data-size='1']", "Home", *["ArrowRight"] * 20),
        ),
        {"sizes": [31, 1000]},
    ),
    "marks before a step, one taken back": (
        lambda page: (page.click("button.step"), *(page.click(f"tr[data-row='{r}'] .mark") for r in (0, 4, 0, 2))),
        lambda page: (
            press(page, "button.step", "Enter"),
            press(page, ".mark", "Space", "ArrowDown", "ArrowDown", "Space", *["ArrowDown"] * 2, "Enter"),
            press(page, ".mark", "Home", "Space"),
        ),
        {"taken": False, "expected": [2, 4]},
    ),
    "a guess, and SGD's step": (
        lambda page: guess(page, "SGD", (0, 4)),
        lambda page: (
            press(page, "button.step", "Enter"),
            choose(page, "SGD"),
            press(page, ".mark", "Space", *["ArrowDown"] * 4, "Space"),
            press(page, "button.step", "Space"),
        ),
        {"optimizer": "SGD", "taken": True, "expected": [0, 4]},
    ),
    "a guess, and Adam refuses": (
        lambda page: guess(page, "Adam", (4,)),
        lambda page: (
            press(page, "button.step", "Enter"),
            choose(page, "Adam"),
            press(page, ".mark", *["ArrowDown"] * 4, "Space"),
            press(page, "button.step", "Space"),
        ),
        {"optimizer": "Adam", "taken": True, "expected": [4]},
    ),
}


def choose(page, name):
    """Choose an optimizer by keyboard: type its name, and step back where a longer name comes first."""
    press(page, ".choose")
    page.keyboard.type(name)
    for _ in range(20):
        if page.evaluate("document.querySelector('.choose').value") == name:
            return
        page.keyboard.press("ArrowUp")
    pytest.fail(f"no key leads to {name}")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    assert shown(page) == shown(page, figure(**traits))
    assert shown(page) != before
    page.click(".reset")
    assert shown(page) == before == shown(page, figure())


BATCHES = {
    "empty": (torch.zeros(0, dtype=torch.long), torch.zeros(0, 2)),
    "all pads": (torch.zeros(2, 3, dtype=torch.long), torch.ones(2, 3, 2)),
    "one index a thousand times": (torch.full((1000,), 7), torch.ones(1000, 2)),
    "flat, no padding": (torch.tensor([3, 3, 1]), torch.tensor([[1.0, -1], [2, -2], [0, 0]])),
}


@pytest.mark.parametrize("name", BATCHES)
def test_corner_cases_are_drawn_as_python_writes_them(mount, name):
    page = mount(figure(*BATCHES[name]))
    for form_ in ("list", "coalesced", "dense", "list"):
        page.click(form(form_))
        assert shown(page) == shown(page, figure(*BATCHES[name], form=form_))


def test_every_state_is_drawn_as_python_writes_it(mount):
    rng = Random(0)
    page = mount(figure())
    names = list(figure()._answers)
    for _ in range(40):
        traits = {
            "form": rng.choice(["list", "coalesced", "dense"]),
            "sizes": [round(10 ** rng.uniform(0, 7)), round(10 ** rng.uniform(0, 7)) - 1],
            "optimizer": rng.choice(names),
            "taken": rng.random() < 0.7,
            "expected": sorted(rng.sample(range(31), rng.choice([0, 0, 3]))),
        }
        set_traits(page, traits)
        assert shown(page) == shown(page, figure(**traits)), traits


def test_marks_belong_to_the_step_that_they_were_made_for(mount):
    page = mount(figure())
    page.click("tr[data-row='4'] .mark")
    assert shown(page) == shown(page, figure()), "what has been shown cannot be guessed"
    guess(page, "SGD", (4,))
    page.click(form("dense"))
    assert shown(page) == shown(page, figure(form="dense", optimizer="SGD"))
    guess(page, "AdamW", (4,))
    page.select_option(".choose", "Rprop")
    assert shown(page) == shown(page, figure(form="dense", optimizer="Rprop"))


def test_a_row_that_is_pointed_at_lights_its_places_and_entries(mount):
    page = mount(figure())
    lit = """[...document.querySelectorAll('[data-lit]')].map(
      e => e.dataset.place ? `place ${e.dataset.place}` : e.dataset.row ? `row ${e.dataset.row}` : e.dataset.entry)"""
    page.hover("tr[data-row='4'] .value >> nth=0")
    assert page.evaluate(lit) == ["place 5", "place 9", "row 4", "4", "4"]
    page.focus(".chip >> nth=1")
    assert page.evaluate(lit) == ["place 1", "place 2", "place 3", "place 7", "row 0"]


# The arithmetic in the browser, each function the twin of a function in Python.

TWINS = """async (cases) => {
  const all = await import("/sparse.js");
  return cases.map(([name, args]) => {
    try { return all[name](...args); } catch (error) { return `throws ${error}`; }
  });
}"""


def batch(rng, V, N):
    rows = [rng.randrange(V) for _ in range(N)]
    return rows, [[rng.randint(-9, 9) / 2, rng.randint(-9, 9) / 2] for _ in range(N)]


def cases():
    """Name, arguments and what Python says, seeded; the corner cases by name."""
    rng = Random(0)
    batches = [batch(rng, rng.randint(1, 9), rng.randint(0, 12)) for _ in range(220)]
    batches += [
        ([], []),
        ([0] * 5, [[1.0, 2.0]] * 5),
        ([7] * 1000, [[1.0, -1.0]] * 1000),
        ([10, 9, 2], [[1.0, 1.0]] * 3),
    ]
    found = []
    for rows, grads in batches:
        V = max(rows, default=0) + 2
        found += [("entries", [rows, grads, pad], entries(rows, grads, pad)) for pad in (0, 3, None)]
        found.append(("coalesced", [rows, grads], [list(pair) for pair in coalesced(rows, grads)]))
        found.append(("dense", [rows, grads, V, 2], dense(rows, grads, V, 2)))
    for _ in range(220):
        V, D, N = round(10 ** rng.uniform(0, 7)), rng.randint(1, 4096), round(10 ** rng.uniform(0, 7))
        found += [("bytesOf", [V, D, N], bytes_of(V, D, N)), ("stepOf", [V], step_of(V)), ("spaced", [N], spaced(N))]
        found.append(("share", [min(V, N), max(V, N)], share(min(V, N), max(V, N))))
    found += [("sizeAt", [step], size_at(step)) for step in range(61)]
    found += [("stepOf", [size], step_of(size)) for size in range(99)]
    return [*found, ("share", [0, 0], "0"), ("share", [1, 32], share(1, 32)), ("spaced", [0], "0")]


def disagreements(page):
    """Cases in which the browser and Python differ, as sentences."""
    every = cases()
    answers = page.evaluate(TWINS, [[name, args] for name, args, _ in every])
    return [
        f"{name}({str(args)[1:-1]}): {answer}, Python says {python}"
        for (name, args, python), answer in zip(every, answers, strict=True)
        if answer != python
    ]


def test_the_browser_computes_what_python_computes(assets_page):
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("indices[place] !== paddingIdx", "indices[place] === paddingIdx"),
        (".sort((a, b) => a - b);\n  return different", ".sort();\n  return different"),
        ("rows[k] === row", "rows[k] >= row"),
        ("new Array(columns).fill(0)", "new Array(columns).fill(1)"),
        ("8 + 4 * D;", "8 * 4 * D;"),
        ("dense: 4 * V * D", "dense: 4 * V + D"),
        ("Math.min(V, N) * entry", "Math.max(V, N) * entry"),
        ("step % 10", "step % 9"),
        ("sizeAt(step + 1)) step", "sizeAt(step + 2)) step"),
        ("fixed(amount / largest, 4)", "fixed(amount * largest, 4)"),
        ("{3})+$", "{2})+$"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "sparse.js", right, wrong)
    assert disagreements(open_modules(copy))
