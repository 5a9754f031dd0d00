"""The gradient lane in a browser: its functions say what Python's say, and it draws what Python writes."""

import json
from random import Random

import pytest

from hands import damaged
from widgets._gradient import after, changed, lines, stack, total
from widgets._markup import number
from widgets._stage import size

pytestmark = pytest.mark.browser

TWINS = """async (cases) => {
  const modules = await Promise.all(["gradient", "stage"].map((name) => import(`/core/${name}.js`)));
  const all = Object.assign({}, ...modules);
  return cases.map(([name, args]) => all[name](...args));
}"""

DRAW = """async ([found, decimals, largest]) => {
  const { drawStack } = await import("/core/gradient.js");
  document.body.innerHTML = "<table><tbody><tr></tr></tbody></table>";
  const cell = document.createElement("td");
  cell.className = "stack";
  document.querySelector("tr").append(cell);
  return found.map((lines) => {
    drawStack(cell, lines, decimals, largest);
    return cell.outerHTML;
  });
}"""

AFTER = """async ([before, after]) => {
  const { drawAfter } = await import("/core/gradient.js");
  const cell = "<td class='value after positive'></td>";
  document.body.innerHTML = `<table><tbody><tr>${cell.repeat(2)}</tr></tbody></table>`;
  const cells = [...document.querySelectorAll("td")];
  return after.map((values) => {
    drawAfter(cells, before, values, 2, 2);
    return cells.map((cell) => [cell.textContent, cell.className, cell.hasAttribute("data-changed")]);
  });
}"""


def cases():
    """Calls of twins: name, arguments, what Python says."""
    rng, found = Random(4), []
    for _ in range(200):
        rows = [rng.randrange(4) for _ in range(rng.randrange(7))]
        grads = [[round(rng.uniform(-3, 3), rng.randrange(3)) for _ in range(2)] for _ in rows]
        found += [("lines", [rows, grads, row], lines(rows, grads, row)) for row in range(4)]
        if grads:
            found.append(("total", [grads], total(grads)))
        later = [[w + rng.choice([0, 0, 0.0005, 0.001, -1]) for w in grad] for grad in grads]
        found.append(("changed", [grads, later, 0.001], changed(grads, later, 0.001)))
    ties = [0.125, 0.375, -0.125, 2.5, -2.5, 0.5, 1.5, 0.615, 2.675, 1.005, 0.0, -0.0, -0.001, 1234.565, 8.5e-7]
    values = ties + [rng.uniform(-9, 9) for _ in range(200)] + [rng.randrange(-999, 999) / 8 for _ in range(100)]
    for value in values:
        found += [("number", [value, decimals], number(value, decimals)) for decimals in (0, 1, 2, 3)]
        found += [("size", [value, largest], size(value, largest)) for largest in (0, 1, 3.0, 8)]
    found.append(("lines", [[], [], 0], lines([], [], 0)))
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
    ("module", "right", "wrong"),
    [
        ("gradient", "read === row) pieces", "read !== row) pieces"),
        ("gradient", "pieces.length === 1", "pieces.length === 2"),
        ("gradient", "a + grad[column]", "a - grad[column]"),
        ("gradient", ">= least", "> 2 * least"),
        ("stage", "below % 2 === 0 ?", "below % 2 !== 0 ?"),
        ("stage", "Math.abs(value) / largest", "value / largest"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, module, right, wrong):
    copy = damaged(tmp_path, f"core/{module}.js", right, wrong)
    assert disagreements(open_modules(copy))


def test_a_stack_is_drawn_again_as_python_writes_it(assets_page):
    divided = {"kind": "divided", "values": [0.5, -1.0], "label": "÷ 2", "decimals": 1}
    rows, grads = [2, 4, 2, 2], [[2, -1], [0, 1], [1, 3], [-1, 0]]
    every = [lines(rows, grads, row) for row in (0, 2, 4)]
    every += [[*every[1], divided], [divided], [], every[0], [{"kind": "piece", "values": [1], "place": 3}]]
    drawn = assets_page.evaluate(DRAW, [every, 0, 3])
    read = """html => { const parsed = new DOMParser().parseFromString(`<table><tr>${html}</tr></table>`, "text/html");
      const value = (cell) => [cell.className, Number(cell.style.getPropertyValue("--size"))];
      return [...parsed.querySelectorAll(".line")].map((line) =>
        [{ ...line.dataset }, line.textContent, [...line.querySelectorAll(".value")].map(value)]); }"""
    for html, found in zip(drawn, every, strict=True):
        assert assets_page.evaluate(read, html) == assets_page.evaluate(read, stack(found, 0, 3))


def test_the_row_after_the_step_is_drawn_as_python_writes_it(assets_page):
    before, every = [1.0, -2.0], [[1.0, -2.0], [1.001, 0.5], None, [-1.0, -2.0]]
    drawn = assets_page.evaluate(AFTER, [before, every])
    for cells, values in zip(drawn, every, strict=True):
        written = after(before, values, 2, 2)
        for (text, classes, differs), html in zip(cells, written, strict=True):
            assert f">{text}<" in html
            assert ("negative" in classes) == ('"value after negative"' in html)
            assert differs == ("data-changed" in html)
