"""What every figure does in a browser, for all figures of the package `widgets`; what is its own is in its own file.

A figure counts as *drawn* when each element, attribute, text and bar is the one that Python writes from the same
traits. So no test here knows a figure: it reads the traits, and asks Python for the rest.
"""

import pytest
from playwright.sync_api import ElementHandle, Page

from kinds import EXPORTED, HOSTILE, KINDS, Kind
from widgets._base import Widget

pytestmark = pytest.mark.browser

# The whole figure, a line for each element. Left out is what a script adds on purpose: what can be used and where Tab
# goes, lines between measured places, notes to itself, and the attributes in `more`; and what a closed tab holds, which
# is drawn when it opens.
DRAWN = r"""([html, index, more]) => {
  const figure = html === null ? document.querySelectorAll("figure")[index]
    : new DOMParser().parseFromString(html, "text/html").querySelector("figure");
  const added = new Set(["checked", "data-form", "data-live", "data-waiting", "disabled", "open", "selected", "style",
    "tabindex", "value", ...more]);
  const round = (path) => path.replace(/-?\d+\.\d+/g, (number) => Math.round(Number(number)));
  const lines = [];
  const walk = (node, depth) => {
    if (node.matches("script, .wires, .leader")) return;
    const tag = node.tagName.toLowerCase();
    const parts = [...node.attributes]
      .filter(({ name, value }) => !added.has(name) && !added.has(`${tag} ${name}`) && (name !== "class" || value))
      .map(({ name, value }) => name === "hidden" ? name : `${name}=${name === "d" ? round(value) : value.trim()}`);
    const bars = [...node.style].filter((name) => name.startsWith("--"));
    parts.push(...bars.map((name) => `${name}: ${Number(node.style.getPropertyValue(name))}`));
    if (node.matches("input, select")) parts.push(`holds ${node.type === "checkbox" ? node.checked : node.value}`);
    const texts = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
    lines.push([depth, tag, ...parts.sort(), texts.map((child) => child.data).join("").trim()].join(" "));
    if (!node.matches("[role=tabpanel][hidden]")) for (const child of node.children) walk(child, depth + 1);
  };
  walk(figure, 0);
  return lines;
}"""

# The first and the last control of each class that can be used now.
CONTROLS = """index => {
  const found = new Map();
  for (const each of document.querySelectorAll("figure")[index].querySelectorAll("button, input, select")) {
    if (each.disabled || !each.checkVisibility()) continue;
    const name = [each.tagName, each.type, each.className.split(" ")[0]].join(" ");
    found.set(name, [...(found.get(name) ?? []), each]);
  }
  return [...found.values()].flatMap((same) => [...new Set([same[0], same.at(-1)])]);
}"""

OTHER = """each => [...each.options].filter((one) => !one.hidden && !one.disabled)
  .sort((one, other) => other.selected - one.selected).at(-1).value"""
LOADING = "() => [...document.querySelectorAll('progress')].every((bar) => !bar.checkVisibility())"
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STATE = "([names, index]) => Object.fromEntries(names.map((name) => [name, figures[index].model.get(name)]))"
SET = """traits => { const { model } = figures[0];
  for (const name in traits) model.set(name, traits[name]); model.save_changes(); }"""


@pytest.fixture(params=EXPORTED)
def kind(request) -> Kind:
    return KINDS[request.param]


def made(make, traits) -> Widget:
    figure = make()
    figure.set_state(traits)
    return figure


def figures(kind: Kind) -> list[Widget]:
    """The figure as its chapter shows it, in every state that a link sets, and in those that are listed."""
    states = [{}, *kind.first().shows().values(), *kind.states]
    return [made(kind.first, state) for state in states]


def settle(page: Page) -> None:
    page.wait_for_function(LOADING)
    page.evaluate(FRAMES)


def drawn(page: Page, python: Widget | None = None, index: int = 0) -> list[str]:
    """What is drawn in the page, where nothing is pointed at, or what Python writes."""
    if python is None:
        page.evaluate("document.activeElement.blur()")
        page.mouse.move(0, 0)
        settle(page)
    kind = page.get_attribute("figure >> nth=0", "data-widget")
    return page.evaluate(DRAWN, [python and python.to_html(), index, KINDS[kind].added])


def state(page: Page, kind: Kind, index: int = 0) -> dict:
    return page.evaluate(STATE, [list(kind.first().state), index])


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def controls(page: Page, index: int = 0) -> list[ElementHandle]:
    listed = page.evaluate_handle(CONTROLS, index)
    return [each.as_element() for each in listed.get_properties().values()]


def walk(page: Page, index: int = 0):
    """Go through the controls, view by view; those that are gone when their turn comes are left out."""
    tabs = page.query_selector_all(f"figure >> nth={index} >> [role=tab]")
    for tab in tabs or [None]:
        if tab:
            yield tab
            settle(page)
        for each in controls(page, index):
            if each.get_attribute("role") == "tab" or "reset" in (each.get_attribute("class") or ""):
                continue
            if each.evaluate("each => each.isConnected && each.checkVisibility() && !each.disabled"):
                yield each


def sort_of(control: ElementHandle) -> str:
    if control.get_attribute("role") == "slider":
        return "slider"
    return control.evaluate("each => each.type")


def use(page: Page, control: ElementHandle, touch: bool = False) -> None:
    """Use a control as a pointer does; a slider by a key."""
    match sort_of(control):
        case "select-one":
            control.select_option(control.evaluate(OTHER))
        case "text" | "number":
            control.fill("2")
        case "slider" | "range":
            press(page, control)
        case _:
            (control.tap if touch else control.click)()


def press(page: Page, control: ElementHandle) -> None:
    """Use a control by keyboard."""
    keys = {"select-one": "ArrowDown", "slider": "ArrowUp", "range": "ArrowRight", "text": "Enter", "number": "Enter"}
    control.focus()
    page.keyboard.press(keys.get(sort_of(control), "Space"))


def name_of(control: ElementHandle) -> str:
    return control.evaluate("each => each.cloneNode().outerHTML.slice(0, 120)")


def test_coming_to_life_changes_nothing_that_is_drawn(mount, kind):
    every = figures(kind)
    page = mount(*every)
    for index, python in enumerate(every):
        assert drawn(page, index=index) == drawn(page, python), repr(python)[:200]
    assert page.locator("figure[data-live]").count() == len(every)


def test_a_link_in_the_prose_sets_a_state_and_keeps_the_focus(mount, kind):
    page = mount(kind.first())
    shows = kind.first().shows()
    for name in shows:
        link = f"<p><a href='#{kind.first().kind}:{name}'>{name}</a></p>"
        page.evaluate("link => document.querySelector('main').insertAdjacentHTML('beforeend', link)", link)
    for name in [*shows, *reversed(shows)]:
        page.focus(f"main > p a >> text='{name}'")
        page.keyboard.press("Enter")
        settle(page)
        assert page.evaluate("document.activeElement.textContent") == name
        assert drawn(page) == drawn(page, made(kind.first, shows[name])), name
    assert "#" not in page.url


def test_each_control_draws_what_python_writes_and_a_copy_beside_it_stays(mount, kind):
    page = mount(kind.first(), copies=2)
    unfold(page)
    first, before = drawn(page, kind.first()), state(page, kind, index=1)
    changed = set()
    for control in walk(page, index=1):  # what asks the page, not its figure, finds the other copy
        used = name_of(control)
        use(page, control)
        now = state(page, kind, index=1)
        if kind.holds not in used:
            assert drawn(page, index=1) == drawn(page, made(kind.first, now)), used
        changed |= {name for name, value in now.items() if value != before[name]}
    assert changed
    assert drawn(page) == first
    kind.reset(page.locator("figure").nth(1))
    settle(page)
    after = state(page, kind, index=1)
    assert {name for name in before if after[name] != before[name]} <= kind.kept
    assert drawn(page, index=1) == drawn(page, made(kind.first, after))
    assert drawn(page) == first


def test_by_keyboard_the_focus_stays_and_no_key_submits_a_form(mount, kind):
    page = mount(kind.first())
    page.evaluate("""() => { const form = document.createElement("form"); form.action = "/submitted";
      document.querySelector("main").prepend(form); form.append(document.querySelector("figure")); }""")
    unfold(page)
    for control in walk(page):
        used = name_of(control)
        press(page, control)
        settle(page)
        assert control.evaluate("each => document.activeElement === each"), used
    assert "submitted" not in page.url
    assert drawn(page) == drawn(page, made(kind.first, state(page, kind)))


def test_tab_enters_each_part_once_and_leaves_the_figure_on_both_sides(mount, kind):
    page = mount(kind.first())
    unfold(page)
    page.evaluate("""() => { const main = document.querySelector("main");
      main.prepend(document.createElement("input")); main.append(document.createElement("input"));
      main.firstChild.focus(); }""")
    for key, wanted in (("Tab", kind.stops.split()), ("Shift+Tab", kind.stops.split()[::-1])):
        stops = []
        for _ in range(40):
            page.keyboard.press(key)
            name = "({ className: c, tagName: t }) => (c.baseVal ?? c).split(' ')[0] || t.toLowerCase()"
            stops.append(page.evaluate_handle("document.activeElement").evaluate(name))
            if not page.evaluate("document.activeElement.closest('figure')"):
                break
        assert stops == [*wanted, "input"], key


def test_after_its_end_a_figure_hears_nothing(mount, kind):
    page = mount(kind.first())
    unfold(page)
    before, traits = drawn(page), state(page, kind)
    page.evaluate("figures[0].controller.abort()")
    for control in walk(page):
        use(page, control)
    assert state(page, kind) == traits
    for other in figures(kind)[1:]:
        page.evaluate(SET, {name: getattr(other, name) for name in other.state})
    held = [line.split(" holds ")[0] for line in before]  # what a control holds is the browser's
    assert [line.split(" holds ")[0] for line in drawn(page)] == held


REMOUNT = """async ([kind, html, state]) => {
  const { default: view } = await import(`/${kind}.js`);
  const { pageModel } = await import("/core/model.js");
  const el = document.createElement("div");
  document.querySelector("main").replaceChildren(el);
  const model = pageModel({ ...state, _html: html });
  window.figures = [{ model }];
  view.render({ model, el, signal: new AbortController().signal });
}"""


def test_new_markup_from_python_is_mounted_again_and_the_focus_stays(mount, kind):
    page = mount(kind.first())
    python = next(other for other in figures(kind) if repr(other) != repr(kind.first()))
    traits = {name: getattr(python, name) for name in python.state}
    page.evaluate(REMOUNT, [python.kind, kind.first().to_html(), traits])
    assert drawn(page) == drawn(page, python), "the model counts, not the state in the markup"
    *_, control = controls(page)
    control.focus()
    place = "[...document.querySelectorAll('button, input, select')].indexOf(document.activeElement)"
    before = page.evaluate(place)
    page.evaluate(SET, {"_html": python.to_html()})
    settle(page)
    assert page.evaluate(place) == before
    assert not control.evaluate("each => each.isConnected")
    for control in walk(page):
        press(page, control)
    assert drawn(page) == drawn(page, made(kind.first, state(page, kind))), "one view hears, and only one"


def test_without_a_script_and_on_paper_the_figure_stands_and_nothing_is_dead(still, mount, kind):
    page = still(kind.first())
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        for selector in kind.stands:
            assert page.is_visible(selector), (media, selector)
        hidden = page.locator(":is(.controls, .keys, .hint, .choices)").locator("visible=true")
        assert hidden.count() == 0, media
        assert page.locator(":is(button, input, select):not([disabled])").count() == 0
        assert page.locator("details:not([open]) > summary").locator("visible=true").count()
    alive = mount(kind.first())
    alive.emulate_media(media="print")
    for selector in kind.stands:
        assert alive.is_visible(selector), selector
    assert alive.locator(":is(.controls, .keys)").locator("visible=true").count() == 0


# WCAG 1.4.12, in a page with margins as the book has them on a phone.
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-bottom: 2em !important } body { margin: 1rem !important }"""


def test_with_letters_set_wide_every_state_fits_the_smallest_phone(mount, kind):
    page = mount(*figures(kind), width=320)
    unfold(page)
    page.add_style_tag(content=SPACED)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


# Each table with whether Tab stops at it, and whether it should: it scrolls, and Tab finds nothing in it.
TABLES = """() => [...document.querySelectorAll("figure .rows")].map((box) => {
  const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  const inner = [...box.querySelectorAll("*")].filter((each) => each.tabIndex === 0 && !each.disabled);
  return [box.tabIndex === 0, scrolls && getComputedStyle(box).overflowX !== "visible"
    && !inner.some((each) => each.checkVisibility())];
})"""


def test_tab_stops_at_a_table_that_scrolls_where_it_finds_nothing_in_it(mount, kind):
    page = mount(*figures(kind))
    unfold(page)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        for stop, should in page.evaluate(TABLES):
            assert stop == should, width


COVERED = """() => [...document.querySelectorAll("figure :is(button, input, select, summary)")].filter((each) => {
  if (each.disabled || !each.checkVisibility({ visibilityProperty: true })) return false;
  each.scrollIntoView({ block: "center" });
  const { left, top, width, height } = each.getBoundingClientRect();
  return !each.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map((each) => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_lies_over_a_control_in_any_state(mount, kind, width):
    page = mount(*figures(kind), width=width)
    unfold(page)
    assert page.evaluate(COVERED) == []


SMALL = """least => [...document.querySelectorAll("figure :is(button, select, summary, input[type=range])")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < least)
  .map((each) => `${each.className || each.tagName}: ${each.getBoundingClientRect().height}`)"""


def test_on_a_phone_it_fits_in_every_state_and_a_finger_uses_it(mount, kind):
    page = mount(*figures(kind), width=360, touch=True)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(SMALL, 23.99) == []
    for control in walk(page):
        use(page, control, touch=True)
    assert drawn(page) == drawn(page, made(kind.first, state(page, kind)))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(SMALL, 23.99) == []


WATCH = """() => { window.longest = 0; new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
}).observe({ type: "longtask" }); }"""
SOON = 5000  # ms; a quiet machine takes a quarter of a second, a busy one four times as long
TYPE = """(each, text) => { const start = performance.now(); each.value = text;
  for (const event of ["input", "change"]) each.dispatchEvent(new Event(event, { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => done(performance.now() - start))); }"""


def test_hostile_text_is_text_and_answered_soon(mount, kind):
    page = mount(kind.hostile(), width=360)
    page.evaluate("document.title = 'blank'")
    foreign = page.locator("figure img, figure script:not([type='application/json'])")
    unfold(page)
    assert drawn(page) == drawn(page, kind.hostile())
    page.evaluate(WATCH)
    for control in walk(page):
        use(page, control)
    assert page.evaluate("longest") < SOON
    assert drawn(page) == drawn(page, made(kind.hostile, state(page, kind)))
    for control in walk(page):
        if sort_of(control) == "text":
            for text in HOSTILE:
                assert control.evaluate(TYPE, text) < SOON, text[:20]
                assert foreign.count() == 0, text[:20]
    assert foreign.count() == 0
    assert page.title() == "blank"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
