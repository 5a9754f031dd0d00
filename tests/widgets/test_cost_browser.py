"""The figure of the costs in a browser: by mouse and by keyboard, it shows what Python would have written."""

from random import Random

import pytest

from hands import damaged, press
from widgets import Cost
from widgets.cost import BYTES, UNITS, costs, len_of, short, size_at, step_of, times

pytestmark = pytest.mark.browser

# What it shows: every text, every bar, the place of every control.
SHOWN = """(html) => {
  const figure = html === null ? document.querySelector("figure")
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const all = (selector) => [...figure.querySelectorAll(selector)];
  return {
    texts: all("p, th, td, output, li").map((e) => e.textContent),
    bars: all(".log").map((bar) => Number(bar.style.getPropertyValue("--size"))),
    controls: all("select, input").map((control) => [control.value, control.getAttribute("aria-valuetext")]),
  };
}"""


def shown(page, python=None):
    return page.evaluate(SHOWN, python and python.to_html())


def slide(page, k, step):
    """Click where a step of a slider is."""
    slider = page.locator(f".size[data-size='{k}']")
    box, most = slider.bounding_box(), int(slider.get_attribute("max"))
    page.mouse.click(box["x"] + 8 + step / most * (box["width"] - 16), box["y"] + box["height"] / 2)


SIZE = ".size[data-size='{}']"
# by mouse, by keyboard, and the sizes that Python then writes
ACTIONS = {
    "the sizes of GPT-2": (
        lambda page: page.select_option(".choose", "gpt2"),
        lambda page: press(page, ".choose", "ArrowDown"),
        [50_257, 768, 1024],
    ),
    "a slider for V": (
        lambda page: slide(page, 0, 10),
        lambda page: press(page, SIZE.format(0), "Home", *["ArrowRight"] * 10),
        [1024, 2, 5],
    ),
    "a slider for D": (
        lambda page: slide(page, 1, 12),
        lambda page: press(page, SIZE.format(1), "End"),
        [31, 2**12, 5],
    ),
    "a slider for N": (
        lambda page: slide(page, 2, 17),
        lambda page: press(page, SIZE.format(2), "End"),
        [31, 2, 2**17],
    ),
}


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, action, way):
    by_mouse, by_keyboard, sizes = ACTIONS[action]
    page = mount(Cost(31, 2, 5))
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    assert shown(page) == shown(page, Cost(31, 2, 5, sizes=sizes))
    assert shown(page) != before
    page.select_option(".choose", "ours")
    assert shown(page) == before


def test_every_state_is_drawn_as_python_writes_it(mount):
    rng = Random(0)
    page = mount(Cost(31, 2, 5))
    for _ in range(40):
        sizes = [rng.randint(1, 2**20), rng.randint(1, 4096), rng.randint(1, 2**17)]
        page.evaluate("s => { const { model } = figures[0]; model.set('sizes', s); model.save_changes(); }", sizes)
        assert shown(page) == shown(page, Cost(31, 2, 5, sizes=sizes)), sizes


# The arithmetic in the browser, each function the twin of a function in Python.

TWINS = """async (cases) => {
  const { costs, short, times, sizeAt, stepOf, lenOf } = await import("/cost.js");
  const twins = { costs, short, times, sizeAt, stepOf, lenOf: (n) => Number(lenOf(n).toFixed(4)) };
  return cases.map(([name, args]) => {
    try { return twins[name](...args); } catch (error) { return `throws ${error}`; }
  });
}"""


def cases():
    """Name, arguments and what Python says, seeded; the corner cases by name."""
    rng = Random(0)
    found = []
    for _ in range(220):
        V, D, N = rng.randint(1, 2**20), rng.randint(1, 4096), rng.randint(1, 2**17)
        amounts = costs(V, D, N)
        memory = [amounts["bytes.product"], amounts["bytes.lookup"]]
        found += [("costs", [V, D, N], amounts), ("times", memory, times(*memory)), ("times", [V, D], times(V, D))]
        n = round(10 ** rng.uniform(0, 15))
        found += [("short", [n, [name for name, _ in units]], short(n, units)) for units in (UNITS, BYTES)]
        found += [("stepOf", [V], step_of(V)), ("lenOf", [n], len_of(n))]
    found += [("times", [n, 10], times(n, 10)) for n in (995, 999, 1000, 1004, 1005, 9990)]
    for n in (1, 9999, 10_000, 999_499, 999_500, 999_500_000, 10**15, 10**12):
        found.append(("short", [n], short(n)))
    found += [("sizeAt", [step], size_at(step)) for step in range(21)]
    return found + [("stepOf", [n], step_of(n)) for n in range(1, 99)]


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
        ("12 * N * V + 4", "12 * N * V - 4"),
        ("N * V * D", "N * V + D"),
        ("if (n < 10000)", "if (n <= 10000)"),
        ("scaled >= 1000n", "scaled > 1000n"),
        ("big >= 100n * small", "big > 1000n * small"),
        ("size * size > sizeAt", "size * size < sizeAt"),
        ("2 ** step", "2 * step"),
        ("Math.log10(amount) / DECADES", "Math.log10(amount) * DECADES"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, right, wrong):
    copy = damaged(tmp_path, "cost.js", right, wrong)
    assert disagreements(open_modules(copy))
