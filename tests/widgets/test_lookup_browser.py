"""The figure of chapter 2 in a browser: by mouse and by keyboard, it shows what Python would have written."""

import json
import re
from random import Random

import pytest
import torch
from playwright.sync_api import expect

from classroom import corpus
from hands import answers_soon, damaged, press
from widgets import Lookup
from widgets._base import fill, say
from widgets._predict import verdict
from widgets._stage import shape_text
from widgets.lookup import WORDS, flatten, shapes

pytestmark = pytest.mark.browser

SENTENCES = ["the cat follows the dog", "the dog sees the cat", "my cat sees the door"]
SIT = 30


def figure(**traits):
    examples = {sentence: corpus.encode(sentence) for sentence in ("the cat sits", "a cat runs to the door", "sit")}
    batch = [corpus.encode(sentence) for sentence in SENTENCES]
    return Lookup(corpus.rows(), words=corpus.words, indices=batch, examples=examples, **traits)


def retype(page, text, end):
    page.fill(".typed", text)
    page.keyboard.press(end)


BATCH = [row for sentence in SENTENCES for row in corpus.encode(sentence)]
# what it is, by mouse, by keyboard, and the traits of the figure that Python then writes
ACTIONS = {
    "choose an index": (
        lambda page: page.click(".indices [data-place='1']"),
        lambda page: press(page, ".indices .place", "ArrowRight", "Enter"),
        {"position": 1},
    ),
    "choose an output": (
        lambda page: page.click(".output [data-place='9']"),
        lambda page: press(page, ".output .place", "End", "Home", "ArrowDown", *["ArrowRight"] * 4, "Enter"),
        {"position": 9},
    ),
    "put another row in the chosen place": (
        lambda page: page.click("tr[data-row='7'] .pick"),
        lambda page: press(page, "tr[data-row='0'] .pick", *["ArrowDown"] * 7, "Space"),
        {"places": [7, *BATCH[1:]]},
    ),
    "one flat list": (
        lambda page: page.click(".shape-choice >> nth=1"),
        lambda page: press(page, ".shape-choice", "ArrowRight", "Enter"),
        {"shape": [15]},
    ),
    "five by three": (
        lambda page: page.click(".shape-choice >> nth=2"),
        lambda page: press(page, ".shape-choice", "ArrowRight", "ArrowRight", "Enter"),
        {"shape": [5, 3]},
    ),
    "an axis of one": (
        lambda page: page.click(".shape-choice[data-shape='[1,3,5]']"),
        lambda page: press(page, ".shape-choice", "End", "ArrowLeft", "Enter"),
        {"shape": [1, 3, 5]},
    ),
    "one index alone": (
        lambda page: page.click(".shape-choice[data-shape='[]']"),
        lambda page: press(page, ".shape-choice", "End", "Enter"),
        {"shape": []},
    ),
    "drop the last row": (
        lambda page: page.click(".drop"),
        lambda page: press(page, ".drop", "Space"),
        {"num_embeddings": 30},
    ),
    "choose the sentence that needs the last row": (
        lambda page: page.select_option(".choose", "sit"),
        lambda page: press(page, ".choose", *["ArrowDown"] * 3),
        {"places": [SIT], "shape": [1]},
    ),
    "drop the last row and look it up": (
        lambda page: (page.click(".drop"), page.select_option(".choose", "sit")),
        lambda page: (press(page, ".drop", "Space"), press(page, ".choose", *["ArrowDown"] * 3)),
        {"num_embeddings": 30, "places": [SIT], "shape": [1]},
    ),
    "type an index tensor": (
        lambda page: (page.fill(".typed", "[[4, 4]]"), page.click("figcaption")),
        lambda page: (press(page, ".typed", "Control+a"), page.keyboard.type("[[4, 4]]"), page.keyboard.press("Enter")),
        {"places": [4, 4], "shape": [1, 2]},
    ),
    "type a negative index": (
        lambda page: (page.fill(".typed", "-1"), page.click("figcaption")),
        lambda page: (press(page, ".typed", "Control+a"), page.keyboard.type("-1"), page.keyboard.press("Enter")),
        {"places": [-1], "shape": []},
    ),
    "expect two rows and write": (
        lambda page: (page.click("tr[data-row='2'] .mark"), page.click("tr[data-row='4'] .mark"), page.click(".step")),
        lambda page: (
            press(page, "tr[data-row='0'] .pick", "ArrowRight", "ArrowDown", "ArrowDown", "Enter"),
            press(page, "tr[data-row='2'] .mark", "ArrowDown", "ArrowDown", "Space"),
            press(page, ".step", "Enter"),
        ),
        {"expected": [2, 4], "written": [0]},
    ),
    "expect a row, think again, write": (
        lambda page: (page.dblclick("tr[data-row='2'] .mark"), page.click(".step")),
        lambda page: (
            press(page, "tr[data-row='0'] .pick", "ArrowRight", "ArrowDown", "ArrowDown", "Enter", "Enter"),
            press(page, ".step", "Space"),
        ),
        {"written": [0]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_shows_what_python_writes(mount, shown, action, way):
    by_mouse, by_keyboard, traits = ACTIONS[action]
    page = mount(figure())
    before = shown(page)
    (by_mouse if way == "mouse" else by_keyboard)(page)
    page.evaluate("document.activeElement.blur()")  # the row under the focus is lit; the state is what counts here
    page.mouse.move(0, 0)
    python = figure(**traits)
    if not python.places or python.num_embeddings < 31 or min(python.places) < 0:
        assert "0 to" in python.status() or "ends at" in python.status()
    after = shown(page)
    assert after == shown(page, python)
    assert after != before
    expect(page.locator(".status")).to_have_text(python.status())
    page.click(".reset")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure())


@pytest.mark.parametrize("where", ["beforebegin", "afterend"])
def test_a_link_shows_the_figure_from_its_top(mount, where):
    page = mount(figure())
    page.evaluate(
        "where => document.querySelector('figure').insertAdjacentHTML("
        "where, `<p style='margin: 1500px 0'><a href='#lookup:short'>x</a></p>`)",
        where,
    )
    page.click("main a")
    top = page.evaluate("document.querySelector('figure').getBoundingClientRect().top")
    assert -1 <= top <= 300


def test_on_a_phone_the_table_scrolls_to_the_row_that_is_read(mount):
    page = mount(figure(), width=360, touch=True)
    assert page.evaluate("document.querySelector('.rows').scrollTop") == 0
    inside = """row => { const box = document.querySelector('.rows').getBoundingClientRect();
      const line = document.querySelector(`tr[data-row='${row}']`).getBoundingClientRect();
      return line.top >= box.top && line.bottom <= box.bottom + 1; }"""
    assert not page.evaluate(inside, 26)
    page.tap(".indices [data-place='2']")
    assert page.evaluate(inside, 26)
    page.select_option(".choose", "sit")
    assert page.evaluate(inside, SIT)


def test_each_place_can_be_written_and_the_sentence_is_that_of_the_chosen_place(mount, shown):
    page = mount(figure())
    page.click(".step")
    page.click(".indices [data-place='4']")
    expect(page.locator(".status")).to_contain_text("Row 5 (dog) is read from 2 places")
    page.click(".step")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    assert shown(page) == shown(page, figure(position=4, written=[0, 4]))


def test_a_link_takes_the_nearest_figure_and_unknown_states_do_nothing(mount, shown):
    page = mount(figure(), copies=2)
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', "
        '\'<a class=flat href="#lookup:flat">x</a> <a class=none href="#lookup:__proto__">x</a>\')'
    )
    page.click("a.none")
    page.click("a.flat")
    first, second = shown(page), shown(page, index=1)
    assert first["indices"]["shape"] == "(3, 5)"
    assert second["indices"]["shape"] == "(15,)"


def test_a_focused_output_lights_its_row_and_all_its_places(mount):
    page = mount(figure())
    page.focus(".output [data-place='1']")
    lit = "selector => [...document.querySelectorAll(selector)].map(e => Number(e.dataset.place ?? e.dataset.row))"
    assert page.evaluate(lit, "tr[data-lit]") == [4]
    assert page.evaluate(lit, ".indices [data-lit]") == [k for k, row in enumerate(BATCH) if row == 4]
    assert page.evaluate(lit, ".output [data-lit]") == [1, 9, 11]
    assert page.locator(".wires path").count() == 6
    page.hover("tr[data-row='17'] .value >> nth=0")
    assert page.evaluate(lit, ".indices [data-lit]") == [7, 12]
    expect(page.locator(".status")).to_contain_text("Row 17 (sees) is read from 2 places")
    page.hover("tr[data-row='9'] .value >> nth=0")
    expect(page.locator(".status")).to_contain_text("Row 9 (good) is read from no place here")
    assert page.evaluate(lit, "tr[data-lit]") == [2]
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(lit, "tr[data-lit]") == [2]


WRONG = {
    "1e309": "Write indices as Python does",
    "NaN": "Write indices as Python does",
    "": "Write indices as Python does",
    "__proto__": "Write indices as Python does",
    "<script>alert(1)</script>": "Write indices as Python does",
    '"><img src=x onerror=alert(1)>': "Write indices as Python does",
    "مرحبا": "Write indices as Python does",
    "👩‍👩‍👧": "Write indices as Python does",
    "[" * 10_000: "Write indices as Python does",
    "[" * 50 + "1" + "]" * 50: "up to 4 axes",
    "x" * 10_000: "Write indices as Python does",
    " ".join(["the"] * 2_500): "Write indices as Python does",
    "[" + "1," * 10_001 + "1]": "up to 10 000 indices",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:14] or "empty")
def test_what_is_no_index_tensor_is_answered_and_changes_nothing(mount, shown, text):
    page = mount(figure())
    with answers_soon(page):
        retype(page, text, "Enter")
        expect(page.locator(".status")).to_contain_text(WRONG[text])
    assert page.locator("img, script:not([type='application/json'])").count() == 0
    assert page.evaluate("figures[0].model.get('places')") == BATCH
    assert page.get_attribute(".typed", "aria-invalid") == "true"
    page.click(".reset")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure())


RAISED = {
    "[[1, 2], [3]]": "ValueError: expected sequence of length 2 at dim 1 (got 1)",
    "1.5": "RuntimeError: Expected tensor for argument #1 'indices' to have one of the following scalar types: "
    "Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)",
}
RAISED |= {"[]": RAISED["1.5"], "[[], []]": RAISED["1.5"]}


def torchs_answer(text):
    """What PyTorch says to the index tensor that was typed."""
    try:
        torch.nn.Embedding(31, 2)(torch.tensor(json.loads(text)))
    except (ValueError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize("text", RAISED)
def test_what_pytorch_refuses_is_answered_with_its_words(mount, shown, text):
    assert torchs_answer(text) == RAISED[text]
    page = mount(figure())
    retype(page, text, "Enter")
    assert shown(page)["error"] == RAISED[text]
    assert shown(page)["output"]["hidden"]
    expect(page.locator(".status")).to_contain_text("there is no output")
    assert page.is_disabled(".step")
    page.click(".reset")
    page.mouse.move(0, 0)
    assert shown(page) == shown(page, figure())


@pytest.mark.parametrize("count", [2_500, 10_000])
def test_many_indices_are_answered_soon(mount, count):
    page = mount(figure())
    with answers_soon(page):
        retype(page, " ".join(["2"] * count), "Enter")
        expect(page.locator(".status")).to_contain_text(f"read from {count} places")
    assert page.locator(".output .place").count() == 60


# The arithmetic in the browser, each function the twin of a function in Python.

TWINS = """async (cases) => {
  const { flatten, lookup, read, shapes, written } = await import("/lookup.js");
  const { fill, say } = await import("/core/words.js");
  const { verdict } = await import("/core/predict.js");
  const { nest, shapeText } = await import("/core/stage.js");
  const leaf = (k) => Object.assign(document.createElement("i"), { textContent: k });
  const tree = (node) => node.tagName === "DIV" ? [...node.children].map(tree) : Number(node.textContent);
  const twins = { flatten, lookup, read, shapes, written, fill, say, verdict, shapeText,
    nest: (shape, count) => nest(shape, Array.from({ length: count }, (_, k) => leaf(k))).map(tree)[0] ?? null };
  const call = (name, args) => { try { return twins[name](...args); } catch (error) { return `throws ${error}`; } };
  return cases.map(([name, args]) => call(name, args));
}"""


def cases():
    """Name, arguments and what Python says, seeded; the corner cases by name."""
    from hypothesis import strategies as st  # noqa: F401

    rng = Random(0)
    found = []

    def looked_up(table, indices):
        try:
            out = torch.nn.functional.embedding(
                torch.tensor(indices, dtype=torch.long), torch.tensor(table, dtype=torch.float64)
            )
        except IndexError:
            return None
        return out.tolist()

    def add_lookup(table, indices):
        found.append(("lookup", [table, indices], looked_up(table, indices)))

    corners = {
        "no index": [],
        "last row": [3],
        "one too far": [4],
        "negative": [-1],
        "one row a thousand times": [2] * 1000,
    }
    for indices in corners.values():
        add_lookup([[0.5, -1.5], [0.0, 2.0], [1e30, -1e-30], [3.0, 4.0]], indices)
    for _ in range(200):
        rows, columns = rng.randint(1, 6), rng.randint(1, 4)
        table = [[round(rng.gauss(0, 1), 3) for _ in range(columns)] for _ in range(rows)]
        add_lookup(
            table,
            [
                rng.randint(-1 if rng.random() < 0.1 else 0, rows - (rng.random() < 0.9))
                for _ in range(rng.randint(0, 8))
            ],
        )
    found += [("shapes", [count], shapes(count)) for count in range(201)]

    def tensor(shape):
        return torch.randint(-2, 40, shape, generator=torch.Generator().manual_seed(rng.randint(0, 10**6))).tolist()

    for _ in range(200):
        value = tensor([rng.randint(0, 4) for _ in range(rng.randint(0, 4))])
        flat, shape = flatten(value)
        found.append(("flatten", [value], {"places": flat, "shape": shape}))
        found.append(("written", [flat, shape], str(value)))
        found.append(("read", [str(value)], {"places": flat, "shape": shape} if flat else {"wrong": "float"}))
    for ragged in ([[1, 2], [3]], [[1], [2, 3]], [[[1], [2]], [[3], [4, 5]]], [[], [1]]):
        with pytest.raises(ValueError, match="expected") as error:
            flatten(ragged)
        want, dim, got = map(int, re.findall(r"\d+", str(error.value)))
        found.append(("flatten", [ragged], {"wrong": "ragged", "values": {"want": want, "dim": dim, "got": got}}))
    typed = {"4": ([4], []), "−3": ([-3], []), "2 4 5": ([2, 4, 5], [3]), "2, 4": ([2, 4], [2])}
    typed |= {"(2, 4)": ([2, 4], [2]), "[2, 4,]": ([2, 4], [2])}
    for text, (places, shape) in typed.items():
        found.append(("read", [text], {"places": places, "shape": shape}))
    for shape in ([], [0], [1], [15], [2, 3], [1, 2, 2], [2, 0]):
        size = torch.Size(shape).numel()
        found.append(("shapeText", [shape], shape_text(shape)))
        found.append(("nest", [shape, size], torch.arange(size).reshape(shape).tolist()))
    for _ in range(200):
        expected, changed = ([rng.randrange(8) for _ in range(rng.randint(0, 5))] for _ in range(2))
        found.append(("verdict", [expected, changed], verdict(expected, changed)))
    for n in range(4):
        values = {"name": "{n} <b>", "value": "9.9"}
        found.append(("say", [WORDS, "reads", n, values], say(WORDS, "reads", n, **values)))
        found.append(("say", [WORDS, "written", n, values], say(WORDS, "written", n, **values)))
    found.append(("say", [{"k.one": "1", "k.other": "{n}"}, "k", 0], say({"k.one": "1", "k.other": "{n}"}, "k", 0)))
    found.append(("fill", ["{a}{b}{a}", {"a": 1, "b": "x"}], fill("{a}{b}{a}", a=1, b="x")))
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


def test_the_browser_computes_what_python_computes(assets_page):
    assert disagreements(assets_page) == []


@pytest.mark.parametrize(
    ("module", "right", "wrong"),
    [
        ("lookup.js", "row >= weight.length", "row > weight.length"),
        ("lookup.js", "row < 0 ||", "row < -1 ||"),
        ("lookup.js", "k * k <= count", "k * k < count"),
        ("lookup.js", "written(places.slice(k * size", "written(places.slice(k + size"),
        ("core/predict.js", "missed: [...moved].filter((row) => !marked", "missed: [...moved].filter((row) => marked"),
        ("core/stage.js", "k * size < leaves.length", "k * size > leaves.length"),
        ("core/words.js", "n === 1", "n <= 1"),
    ],
)
def test_one_changed_operator_is_noticed(open_modules, tmp_path, module, right, wrong):
    copy = damaged(tmp_path, module, right, wrong)
    assert disagreements(open_modules(copy))


def test_a_front_end_that_forgets_to_draw_is_noticed(mount, shown, tmp_path):
    copy = damaged(tmp_path, "lookup.js", "    drawRows();\n", "")
    page = mount(figure(), modules=copy)
    page.click("tr[data-row='7'] .pick")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    assert shown(page) != shown(page, figure(places=[7, *BATCH[1:]]))
