"""The question that each test of a figure ends with: it finds what is planted, and is not fooled by what was clean."""

from pathlib import Path

import pytest

import barriers
from kinds import KINDS

pytestmark = pytest.mark.browser

# The rule, what is planted into a figure, and the words of the finding.
FAULTS = {
    "label": ('<input type="text">', ["<input", "Form elements must have labels"]),
    "button-name": ('<button type="button"></button>', ["<button", "Buttons must have discernible text"]),
    "color-contrast": (
        '<p style="color: #b0b0b0">pale words</p>',
        ["<p style=", "Elements must meet minimum color contrast ratio", "contrast of 2.16 (foreground color: #b0b0b0"],
    ),
    "aria-allowed-attr": (
        '<p aria-checked="true">words</p>',
        ["<p aria-checked", "only use supported ARIA attributes"],
    ),
    "empty-table-header": ("<table><tr><th></th><td>1</td></tr></table>", ["<th>", "header text should not be empty"]),
}
PLANT = "html => document.querySelector('figure').insertAdjacentHTML('beforeend', html)"
MEND = "document.querySelector('figure').lastElementChild.remove()"


def figure(**traits):
    return KINDS["cost"].first(**traits)


def planted(page, html):
    """What is found with `html` in the figure, which is mended after it: a test here ends as any other."""
    page.evaluate(PLANT, html)
    found = barriers.found(page)
    page.evaluate(MEND)
    return found


def rules(found):
    return {each.split(":")[0] for each in found}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_told_with_its_rule_its_element_and_help(mount, rule):
    html, words = FAULTS[rule]
    found = planted(mount(figure()), html)
    assert rules(found) == {f"axe {rule}"}
    for word in words:
        assert any(word in each for each in found), (word, found)


def test_a_fault_is_found_where_no_script_runs(still):
    page = still(figure())
    assert barriers.found(page) == []
    assert rules(planted(page, FAULTS["label"][0])) == {"axe label"}
    assert rules(planted(page, FAULTS["color-contrast"][0])) == {"axe color-contrast"}


def test_a_state_that_was_clean_is_asked_once_and_one_with_a_fault_each_time(mount, monkeypatch):
    page = mount(figure())
    assert barriers.found(page) == []
    with monkeypatch.context() as patched:
        patched.setattr(barriers, "AXE_SCRIPT", "throw new Error('asked again')")
        assert barriers.found(page) == []
    page.evaluate(PLANT, FAULTS["label"][0])
    assert rules(barriers.found(page)) == rules(barriers.found(page)) == {"axe label"}
    page.evaluate(MEND)
    assert barriers.found(page) == []


PALE = "figcaption { color: #b0b0b0 !important }"
DARK = PALE.replace("#b0b0b0", "#404040")
# A style, and what makes it hold where the markup of the figure stays.
STYLES = {
    "a phone": (
        f"@media (max-width: 400px) {{ {PALE} }}",
        lambda page: page.set_viewport_size({"width": 360, "height": 740}),
    ),
    "the night": (
        f"@media (prefers-color-scheme: dark) {{ {DARK} }}",
        lambda page: page.emulate_media(color_scheme="dark"),
    ),
    "a theme": (
        f"[data-theme=dark] {DARK}",
        lambda page: page.evaluate("() => { document.body.dataset.theme = 'dark'; }"),
    ),
    "the pointer": (f"figure:hover {PALE}", lambda page: page.hover("figcaption")),
    "the focus": (f"figure:focus-within {PALE}", lambda page: page.focus("select")),
    "a style": ("p {}", lambda page: page.evaluate(f"document.querySelector('style').textContent += '{PALE}'")),
}


@pytest.mark.parametrize("name", STYLES)
def test_the_same_markup_is_asked_again_where_it_looks_otherwise(mount, name):
    style, change = STYLES[name]
    page = mount(figure())
    page.add_style_tag(content=style)
    assert barriers.found(page) == []
    change(page)
    assert rules(barriers.found(page)) == {"axe color-contrast"}
    page.evaluate("document.querySelectorAll('style').forEach((el) => el.remove())")


def test_letters_that_look_alike_are_asked_once_unless_something_lies_under_them(mount):
    page = mount(figure())
    words, dark = "<p>words</p>", '<b style="grid-area: 1 / 1; background: #222"></b>'
    assert planted(page, f"<div>{words}</div>") == []
    over = '<p style="grid-area: 1 / 1; position: relative">words</p>'
    assert rules(planted(page, f'<div style="display: grid">{dark}{over}</div>')) == {"axe color-contrast"}


def test_the_state_before_a_reset_is_asked_too(mount):
    page = mount(KINDS["sparse"].first())
    page.evaluate(PLANT, FAULTS["label"][0])
    page.evaluate(f"document.querySelector('.reset').addEventListener('click', () => {MEND})")
    page.click(".reset")
    assert page.locator("figure > input").count() == 0
    assert rules(barriers.found(page)) == {"axe label"}
    assert barriers.found(page) == []


def test_a_test_that_leaves_a_fault_fails(mount, request):
    conftest = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    page = mount(figure())
    page.evaluate(PLANT, FAULTS["label"][0])
    end = conftest.pytest_runtest_call(request.node)
    next(end)
    with pytest.raises(pytest.fail.Exception, match="axe label: <input"):
        end.send(None)
    page.evaluate(MEND)
    end = conftest.pytest_runtest_call(request.node)
    next(end)
    with pytest.raises(StopIteration):
        end.send(None)
