"""Every page of the built book, and the checks themselves on pages with a planted fault."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import pages
from browser import serve, visit
from pages import address, plant

pytestmark = [pytest.mark.site, pytest.mark.browser]

each_page = pytest.mark.parametrize("path", pages.every())
each_theme = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
each_width = pytest.mark.parametrize("width", [1280, 360])
each_scheme = pytest.mark.parametrize("scheme", ["http", "file"])


def nothing(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_page_is_looked_at(site):
    assert pages.built(site) == set(pages.every())


@each_page
def test_markup(site, path):
    nothing(pages.markup(site / path))


def test_links_and_fragments_resolve(site):
    nothing(pages.links(site))


def test_one_inline_script_in_the_whole_book(site):
    scripts = {script for name in pages.built(site) for script in pages.inline_scripts(site / name)}
    assert len(scripts) == 1, scripts
    assert "theme" in scripts.pop()


@each_width
@each_theme
@each_page
def test_page(chromium, served, path, dark, width):
    nothing(pages.look(chromium, served, path, dark=dark, width=width))


@each_page
def test_page_from_disk(chromium, site, path):
    with visit(chromium, site.as_uri() + "/", path) as seen:
        nothing(pages.live(seen.page) + seen.findings())


@each_page
def test_page_without_javascript(chromium, served, path):
    with visit(chromium, served, path, javascript=False) as seen:
        page = seen.page
        nothing(pages.standing(page) + pages.dead(page) + pages.overflow(page) + seen.findings())
        for link in page.locator(".show").all():
            assert link.evaluate("(el) => el.localName") == "span"
            assert link.get_attribute("href") is None


@each_page
def test_page_under_a_strict_policy(chromium, site, path):
    header = {"Content-Security-Policy": pages.policy(set(pages.inline_scripts(site / path)))}
    with serve(site, header) as base, visit(chromium, base, path) as seen:
        nothing(pages.live(seen.page) + seen.findings())


@each_page
def test_page_where_storage_and_cookies_are_blocked(chromium, served, path):
    blocked = """for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
    const refuse = () => { throw new DOMException("no", "SecurityError"); };
    Object.defineProperty(document, "cookie", { get: refuse, set: refuse });"""
    with visit(chromium, served, path, dark=True, script=blocked) as seen:
        nothing(pages.live(seen.page) + pages.theme(seen.page, dark=True) + seen.findings())


@each_page
def test_page_on_paper(chromium, served, path):
    with visit(chromium, served, path) as seen:
        page = seen.page
        page.evaluate("() => { document.body.dataset.theme = 'dark'; }")
        page.emulate_media(media="print")
        nothing(pages.standing(page) + pages.folded(page) + pages.pale(page) + seen.findings())


@each_page
def test_nothing_moves_where_motion_is_unwelcome(chromium, served, path):
    with visit(chromium, served, path, reduced_motion=True) as seen:
        page = seen.page
        found = pages.live(page) + pages.moving(page)
        for button in page.locator("figure[data-widget] button:visible:enabled").all()[:12]:
            if button.is_visible():  # a tab hides the buttons of the others
                button.click()
            found += pages.moving(page)
        nothing(found + seen.findings())


@each_theme
@pytest.mark.parametrize("path", pages.written())
def test_each_state_that_the_prose_shows(chromium, served, path, dark):
    with visit(chromium, served, path, dark=dark, width=360) as seen:
        page, found = seen.page, pages.live(seen.page)
        pages.unfold(page)
        for link in page.locator("button.show").all():
            link.click()
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                problems = pages.axe(page, "figure[data-widget]") + pages.overflow(page) + pages.standing(page)
                problems += pages.faint(page) if width == 1280 else []
                found += [f"{link.get_attribute('data-show')}, {width} px: {problem}" for problem in problems]
        nothing(found + seen.findings())


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_back_returns_from_the_figure_to_the_text(open_page, scheme):
    page = open_page("chapters/02_lookup.html", scheme=scheme)
    pages.unfold(page)
    link = page.locator("button.show").last
    link.scroll_into_view_if_needed()
    address, top = page.url, "s => document.querySelector(s).getBoundingClientRect().top"
    link.click()
    assert -1 < page.evaluate(top, "figure[data-widget]") <= 300  # a scroll ends at a whole pixel
    expect(link).not_to_be_in_viewport()
    page.go_back()
    expect(link).to_be_in_viewport()
    assert page.url == address


def test_the_reader_chooses_the_theme(open_page):
    page = open_page("index.html", dark=False)
    for _ in range(3):
        page.locator(".theme-toggle:visible").first.click()
        if page.evaluate("() => document.body.dataset.theme") == "dark":
            break
    nothing(pages.theme(page, dark=True))
    page.reload()
    nothing(pages.theme(page, dark=True))


def title(site: Path, path: str) -> str:
    return pages.read(site / path).h1.get_text().removesuffix("¶").removesuffix("#").strip()


@each_scheme
@pytest.mark.parametrize("path", pages.written())
def test_search_finds_each_page(chromium, site, served, path, scheme):
    word = max(reversed(re.findall(r"\w+", title(site, path))), key=len)  # short words are not indexed, nor is "this"
    with visit(chromium, address(site, served, scheme), "index.html") as seen:
        page = seen.page
        page.get_by_role("searchbox").or_(page.locator("input[name=q]")).first.fill(word)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?*")
        hit = page.locator(f"#search-results a[href*='{path}']").first
        hit.wait_for(timeout=pages.PATIENCE)
        expect(page.locator(".search-summary")).to_contain_text("found")  # the list grows no more
        hit.click()
        page.wait_for_url(f"**/{path}*")
        nothing(seen.findings())


@each_theme
def test_search_results_are_a_page_like_any_other(chromium, served, dark):
    found = pages.look(chromium, served, "search.html?q=table", dark=dark, width=360)
    nothing(found)


# Each check sees a planted fault.
FAULTS = {
    "axe label": '<input type="text">',
    "axe image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "axe color-contrast": '<p style="color: #999; background: #aaa">pale words</p>',
    "contrast 2.": '<svg role="img" aria-label="A plot"><text y="20" fill="#555">x</text></svg>',
    "contrast 3.71: <p": '<p style="background: #fff; opacity: 0.6; color: #333">half through</p>',
    "axe link-name": '<details><summary>fold</summary><a href="index.html"></a></details>',
    "refused: https://example.com/": '<img alt="" src="https://example.com/a.png">',
    "console error": '<script>console.error("a fault")</script>',
    "console warning": '<script>console.warn("a fault")</script>',
    "uncaught": "<script>setTimeout(() => { throw new Error('a fault'); })</script>",
    "too wide": '<div style="width: 2000px">wide</div>',
    "not dark": '<div style="background: #fff; color: #000">a light box<br>' + "line<br>" * 9 + "</div>",
    "bytes": '<script src="heavy.js"></script>',
    "requests": "".join(f'<link rel="stylesheet" href="{n}.css">' for n in range(pages.LIMIT_REQUESTS)),
    "the figure planted is not live": '<figure data-widget="planted"></figure>',
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_page_is_seen(chromium, planted, fault):
    copy, base = planted
    path = plant(copy, FAULTS[fault])
    found = pages.look(chromium, base, path, dark=True, width=360)
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("fault", "html", "before"),
    [
        ("2 h1", "<h1>another</h1>", "</article>"),
        ("<p> has onclick", '<p onclick="x()">', "</article>"),
        ("javascript:", '<a href="javascript:x()">x</a>', "</article>"),
        ("a link in the link", '<a href="using.html">x <a href="index.html">y</a></a>', "</article>"),
        ("id 'twice' 2 times", '<i id="twice"></i><i id="twice"></i>', "</article>"),
    ],
)
def test_a_fault_in_the_markup_is_seen(planted, fault, html, before):
    copy, _ = planted
    found = pages.markup(copy / plant(copy, html, before))
    assert any(fault in each for each in found), found


def test_what_the_markup_lacks_is_seen(tmp_path):
    bare = tmp_path / "bare.html"
    bare.write_text("<html><body></body></html>")
    assert pages.markup(bare) == ["no language", "no title", "0 h1", "no meta description"]


@pytest.mark.parametrize(
    ("fault", "html"),
    [
        ("is not there", '<a href="nowhere.html">x</a>'),
        ("names no place", '<a href="index.html#nowhere">x</a>'),
        ("is outside", '<link rel="preconnect" href="https://example.com">'),
        ("is outside", '<script src="//example.com/x.js"></script>'),
    ],
)
def test_a_broken_address_is_seen(planted, fault, html):
    copy, _ = planted
    name = plant(copy, html)
    found = [each for each in pages.links(copy) if each.startswith(name)]
    assert len(found) == 1, found
    assert fault in found[0]


def test_a_script_that_the_policy_does_not_name_is_seen(chromium, site, planted):
    copy, _ = planted
    path = plant(copy, "<script>document.title = 'x'</script><p onclick='x()'>")
    header = {"Content-Security-Policy": pages.policy(set(pages.inline_scripts(site / "index.html")))}
    with serve(copy, header) as base, visit(chromium, base, path) as seen:
        assert any("Content Security Policy" in each for each in seen.findings())


def test_what_is_dead_without_javascript_is_seen(chromium, planted):
    copy, base = planted
    figure = '<figure data-widget="planted"><p hidden><output>x y</output></p><button>x</button></figure>'
    with visit(chromium, base, plant(copy, figure), javascript=False) as seen:
        found = pages.standing(seen.page) + pages.dead(seen.page)
        assert "the figure planted shows no table" in found
        assert "the figure planted says nothing" in found
        assert any("<button>x" in each for each in found)


def test_what_paper_hides_is_seen(chromium, planted):
    copy, base = planted
    hidden = "<style>.shut::details-content { content-visibility: hidden !important }</style>"
    fold = '<details class="shut"><summary>s</summary><p>hidden</p></details>'
    with visit(chromium, base, plant(copy, f'{hidden}{fold}<pre style="color: #eee">x</pre>')) as seen:
        seen.page.emulate_media(media="print")
        assert any("<p>hidden" in each for each in pages.folded(seen.page))
        assert any("<pre" in each for each in pages.pale(seen.page))


@pytest.mark.parametrize(
    ("fault", "html"),
    [
        ("cut off: <p", '<p style="width: 4em; overflow: hidden; white-space: nowrap">a line without an end</p>'),
        ("cut off: <p", '<p style="height: 1em; overflow: hidden">one<br>two<br>three</p>'),
        ("without words: <img", '<img src="_static/logo.svg" alt="logo.svg">'),
        ("without words: <svg", '<svg role="img" aria-label="plot"></svg>'),
        ("without words: <svg", '<svg aria-label="Two lines that cross"></svg>'),
        ("without words: <figure", "<figure><table></table></figure>"),
        ("too small: 200.0 by 20.0 px: <button", '<button style="height: 20px; width: 200px">one</button>'),
        (
            "too small: 20.0 by 30.0 px: <label",
            '<label style="display: block; width: 20px; height: 30px"><input></label>',
        ),
        ("lost: ornithorhynchus", "<section><p class='wide'>ornithorhynchus</p></section>"),
    ],
)
def test_what_a_reader_would_miss_is_seen(chromium, planted, fault, html):
    copy, base = planted
    style = "<style>@media (max-width: 400px) { .wide { display: none } }</style>"
    with visit(chromium, base, plant(copy, style + html), touch=True) as seen:
        words = pages.ask(seen.page, "words")
        seen.page.set_viewport_size({"width": 320, "height": 700})
        found = pages.clipped(seen.page) + pages.nameless(seen.page) + pages.small(seen.page)
        found += pages.lost(seen.page, words)
        assert len(found) == 1, found
        assert found[0].startswith(fault)


def test_what_moves_is_seen(chromium, planted):
    copy, base = planted
    style = "<style>@keyframes turn { to { rotate: 1turn } } .turns { animation: turn 3s infinite }</style>"
    path = plant(copy, style + '<p class="turns">x</p>')
    with visit(chromium, base, path) as seen:
        assert any("turns" in each for each in pages.moving(seen.page))
