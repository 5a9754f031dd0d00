"""Photograph every page of the built book: light and dark, wide and narrow.

    python tools/shots.py [SITE [TARGET]]     default: _build/html, _build/shots

`TARGET` then holds one PNG for each page and variant, and ``sheet.png``, a contact sheet of all of them: a row for
each page, long pages cut. Needs what the tests need (Playwright, a Chromium) and Pillow, which matplotlib brings.
"""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, sync_playwright

import chromium

WIDTHS = (1280, 360)
THEMES = ("light", "dark")
TALLEST = 16_000  # px; Chromium paints no taller picture
GAP = 24
SCALE = 0.5
CUT = 2_000  # px of a page that the sheet shows, scaled


def names(site: Path) -> list[str]:
    """The pages of a built site, the first page first."""
    found = (page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    pages = (name for name in found if not name.startswith(("_static/", "_sources/")))
    return sorted(pages, key=lambda name: (name != "index.html", "/" not in name, name))


def shoot(browser: Browser, page: Path, target: Path, width: int, theme: str) -> Path:
    """Photograph one page in one variant, its figures alive."""
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    tab.goto(page.as_uri() + ("?q=table" if page.name == "search.html" else ""))
    for figure in tab.locator("figure[data-widget]").all():
        figure.scroll_into_view_if_needed()
        figure.and_(tab.locator("[data-live]")).wait_for(state="attached")
    tab.evaluate("() => scrollTo(0, 0)")
    height = min(tab.evaluate("() => document.documentElement.scrollHeight"), TALLEST)
    target.parent.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    tab.close()
    return target


def rows(browser: Browser, site: Path, target: Path) -> Iterator[tuple[str, list[Path]]]:
    """Photograph all pages; give each page's name and its pictures."""
    for name in names(site):
        stem = name.removesuffix(".html").replace("/", "-")
        yield (
            name,
            [
                shoot(browser, site / name, target / f"{stem}-{theme}-{width}.png", width, theme)
                for width, theme in product(WIDTHS, THEMES)
            ],
        )


def sheet(pictures: list[tuple[str, list[Path]]]) -> Image.Image:
    """Lay all pictures out on one, a row for each page."""
    strips = [(name, [thumbnail(path) for path in paths]) for name, paths in pictures]
    heights = [max(each.height for each in thumbnails) + 2 * GAP for _, thumbnails in strips]
    width = max(sum(each.width + GAP for each in thumbnails) for _, thumbnails in strips) + GAP
    whole = Image.new("RGB", (width, sum(heights)), "#8a8a8a")
    pen, top = ImageDraw.Draw(whole), 0
    for (name, thumbnails), height in zip(strips, heights, strict=True):
        pen.text((GAP, top + GAP // 3), name, fill="black")
        left = GAP
        for each in thumbnails:
            whole.paste(each, (left, top + GAP))
            left += each.width + GAP
        top += height
    return whole


def thumbnail(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        small = picture.convert("RGB").reduce(round(1 / SCALE))
    return small.crop((0, 0, small.width, min(small.height, CUT)))


def main(arguments: list[str]) -> int:
    site = Path(arguments[0] if arguments else "_build/html").resolve()
    target = Path(arguments[1] if len(arguments) > 1 else "_build/shots").resolve()
    if not (site / "index.html").is_file():
        print(f"{site} holds no built book: run `make book` first", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find()))
        pictures = list(rows(browser, site, target))
        browser.close()
    sheet(pictures).save(target / "sheet.png")
    print(target / "sheet.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
