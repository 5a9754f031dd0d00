"""What is asked of a page of the book: each check returns what it found, as sentences; none means well.

The checks on files (`markup`, `links`, `inline_scripts`) read the built HTML, the others a page in
the browser, through the functions of ``pages.js``.
"""

import base64
import gzip
import hashlib
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TooLong

from barriers import sentences
from browser import ROOT, Visit, visit

LIMIT_BYTES = 120_000
LIMIT_REQUESTS = 22
PATIENCE = 5_000  # ms that a figure may take to come alive
CHECKS = Path(__file__).with_suffix(".js").read_text("utf-8").strip()


def written() -> list[str]:
    """The pages that ``_toc.yml`` names, as paths below the site, the root first.

    >>> written()[0]
    'index.html'
    """

    def files(entry: object) -> list[str]:
        if isinstance(entry, list):
            return [name for each in entry for name in files(each)]
        if not isinstance(entry, dict):
            return []
        own = [entry[key] for key in ("root", "file") if key in entry]
        return own + [name for value in entry.values() for name in files(value)]

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    return [name.removesuffix(".md").removesuffix(".ipynb") + ".html" for name in files(toc)]


def every() -> list[str]:
    """The written pages, and the one that Sphinx adds."""
    return [*written(), "search.html"]


def built(site: Path) -> set[str]:
    """Every page in a built site."""
    found = (page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    return {name for name in found if not name.startswith(("_static/", "_sources/"))}


def address(site: Path, served: str, scheme: str) -> str:
    """Where the book lies for `scheme`, ``http`` or ``file``; ends in ``/``."""
    return served if scheme == "http" else site.as_uri() + "/"


def plant(copy: Path, html: str, before: str = "</article>") -> str:
    """Write into a copy of the site a page that is the first page with `html` in it; return its name."""
    front = (copy / "index.html").read_text("utf-8")
    assert before in front
    (copy / "planted.html").write_text(front.replace(before, html + before, 1), "utf-8")
    return "planted.html"


def read(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


def markup(page: Path) -> list[str]:
    """A title, a language, one heading, a description; no id twice, no link in a link; nothing a policy refuses."""
    soup, found = read(page), []
    if not (soup.html and soup.html.get("lang")):
        found.append("no language")
    if not (soup.title and soup.title.get_text(strip=True)):
        found.append("no title")
    headings = len(soup.find_all("h1"))
    if headings != 1:
        found.append(f"{headings} h1")
    description = soup.find("meta", attrs={"name": "description"})
    if not (description and str(description.get("content", "")).strip()):
        found.append("no meta description")
    ids = Counter(tag["id"] for tag in soup.find_all(id=True))
    found += [f"id {name!r} {count} times" for name, count in ids.items() if count > 1]
    found += [f"a link in the link {link.parent.get_text()!r}" for link in soup.select("a a")]
    for tag in soup.find_all(True):
        found += [f"<{tag.name}> has {name}" for name in tag.attrs if name.startswith("on")]
        found += [
            f"<{tag.name} {name}=javascript:>"
            for name, value in addresses(tag)
            if value.lower().startswith("javascript:")
        ]
    return found


def inline_scripts(page: Path) -> list[str]:
    """The text of each script in the page that runs (data blocks do not)."""
    data = {"application/json", "application/ld+json"}
    scripts = read(page).find_all("script", src=False)
    return [script.string or "" for script in scripts if script.get("type") not in data]


def policy(scripts: set[str]) -> str:
    """A Content-Security-Policy that lets only `scripts` run inline, and nothing come from outside."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in sorted(scripts))
    allowed = " ".join(f"'sha256-{value}'" for value in hashes)
    return (
        f"default-src 'self'; script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
    )


def addresses(tag: Tag) -> list[tuple[str, str]]:
    """The attributes of `tag` that name something to load or to go to."""
    names = ("href", "src", "xlink:href", "poster", "action", "data")
    return [(name, str(tag[name]).strip()) for name in names if tag.has_attr(name)]


def links(site: Path) -> list[str]:
    """Addresses in the site that name no file or no place in it; only a link may lead out."""
    pages = {name: read(site / name) for name in built(site)}
    anchors = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in pages.items()}
    found = []
    for name, soup in pages.items():
        for tag in soup.find_all(True):
            for attribute, value in addresses(tag):
                fault = broken(site, anchors, name, tag.name, value)
                if fault:
                    found.append(f"{name}: <{tag.name} {attribute}={value!r}> {fault}")
    return found


def broken(site: Path, anchors: dict[str, set[str]], page: str, tag: str, value: str) -> str:
    """What is wrong with an address that stands in `page`; an empty string if nothing is."""
    if value.startswith("data:"):
        return ""
    if urlsplit(value).netloc or urlsplit(value).scheme:
        return "" if tag == "a" else "is outside"
    target = urlsplit(urljoin("http://book/" + page, value))
    path = unquote(target.path).lstrip("/") or "index.html"
    if not (site / path).is_file():
        return "is not there"
    fragment = unquote(target.fragment)
    if fragment and path in anchors and fragment not in anchors[path]:
        return "names no place in that page"
    return ""


def ask(page: Page, check: str, *arguments: object) -> list[str]:
    """What a function of ``pages.js`` finds in `page`."""
    return page.evaluate(f"(given) => {CHECKS}.{check}(...given)", list(arguments))


def settle(page: Page) -> None:
    """Wait until what was changed is laid out, and the page's observers have been told."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def unfold(page: Page) -> None:
    """Open every fold."""
    page.evaluate("() => document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    settle(page)


def axe(page: Page, within: str | None = None) -> list[str]:
    """Violations of axe, all default rules, on the whole page or what the selector `within` names."""
    settle(page)
    return sentences(Axe().run(page, context=within).response["violations"])


def overflow(page: Page) -> list[str]:
    """What makes the page, or its column of text, scroll sideways."""
    return [f"too wide: {each}" for each in ask(page, "overflow")]


def clipped(page: Page) -> list[str]:
    """Text that is cut off."""
    return [f"cut off: {each}" for each in ask(page, "clipped")]


def small(page: Page) -> list[str]:
    """What a finger is to hit and is too small for it."""
    return [f"too small: {each}" for each in ask(page, "small")]


def nameless(page: Page) -> list[str]:
    """Pictures, plots and figures that have no words for who does not see them."""
    return [f"without words: {each}" for each in ask(page, "nameless")]


def faint(page: Page) -> list[str]:
    """Letters with too little contrast, each with its ratio."""
    return [f"contrast {each}" for each in ask(page, "faint")]


def lost(page: Page, words: list[str]) -> list[str]:
    """Which of `words` (those of another width, by the same check) the article does not show any more."""
    shown = set(ask(page, "words"))
    return [f"lost: {word}" for word in words if word not in shown]


def theme(page: Page, dark: bool) -> list[str]:
    """What is light in a dark page, or dark under a light one."""
    asked = "dark" if dark else "light"
    return [f"not {asked}: {each}" for each in ask(page, "theme", dark)]


def standing(page: Page) -> list[str]:
    """Figures that, as they stand, show no table or say nothing."""
    return [f"the figure {each}" for each in ask(page, "standing")]


def dead(page: Page) -> list[str]:
    """Controls that show although no script runs."""
    return [f"a dead control: {each}" for each in ask(page, "dead")]


def folded(page: Page) -> list[str]:
    """What a fold still hides."""
    return [f"folded: {each}" for each in ask(page, "folded")]


def pale(page: Page) -> list[str]:
    """Text too light for paper."""
    return [f"pale on paper: {each}" for each in ask(page, "pale")]


def moving(page: Page) -> list[str]:
    """What is moving at this moment."""
    return [f"moves: {each}" for each in ask(page, "moving")]


def scroll(seen: Visit) -> None:
    """Walk to the end of the page as a reader does, a screen at a time, and wait until nothing is loading."""
    seen.page.evaluate("""async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
        scrollTo(0, y);
        await frame();
      }
    }""")
    seen.quiet()


def live(page: Page) -> list[str]:
    """Figures that do not come alive when they are scrolled to."""
    found = []
    for figure in page.locator("figure[data-widget]").all():
        figure.scroll_into_view_if_needed()
        try:
            figure.and_(page.locator("[data-live]")).wait_for(state="attached", timeout=PATIENCE)
        except TooLong:
            found.append(f"the figure {figure.get_attribute('data-widget')} is not live")
    return found


def weight(seen: Visit) -> list[str]:
    """More bytes (each body through gzip, level 6) or requests than a page may take."""
    answers = [answer for request in seen.requests if (answer := request.response())]
    sizes = {urlsplit(each.url).path: len(gzip.compress(each.body(), 6)) for each in answers if each.ok}
    total, count, found = sum(sizes.values()), len(seen.requests), []
    if total > LIMIT_BYTES:
        heaviest = sorted(sizes, key=sizes.get, reverse=True)[:5]
        found.append(f"{total} bytes, more than {LIMIT_BYTES}: " + ", ".join(f"{k} {sizes[k]}" for k in heaviest))
    if count > LIMIT_REQUESTS:
        found.append(f"{count} requests, more than {LIMIT_REQUESTS}: {[each.url for each in seen.requests]}")
    return found


def look(browser: Browser, base: str, path: str, *, dark: bool, width: int) -> list[str]:
    """All that holds for every page, in one visit: loaded, scrolled to its end, every fold opened."""
    with visit(browser, base, path, dark=dark, width=width) as seen:
        page = seen.page
        found = overflow(page) + live(page)
        scroll(seen)
        found += weight(seen) if base.startswith("http") else []
        found += theme(page, dark)
        unfold(page)
        found += axe(page) + faint(page) + overflow(page)
        return list(dict.fromkeys(found)) + seen.findings()
