"""Draw the picture that a link to the book shows elsewhere: ``assets/card.png``, 1200 × 630.

    python tools/card.py          needs the built book and what the tests need

It is the table of the first figure of chapter 2, as the site shows it, beside the title.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

import chromium

__all__ = ["SIZE", "draw"]

ROOT = Path(__file__).parents[1]
CARD = ROOT / "assets" / "card.png"
SIZE = {"width": 1200, "height": 630}
ROWS = tuple(range(2, 12))
# The page itself, with all but the figure and the title taken away.
ARRANGE = """(rows) => {
  const figure = document.querySelector('figure[data-widget="lookup"]');
  const card = document.createElement("div");
  const logo = document.querySelector(".sidebar-logo").cloneNode();
  logo.removeAttribute("width");
  card.innerHTML = "<header><h1>The Embedding Table</h1><p>A book that runs, on<br><code>nn.Embedding</code> and "
    + "<code>nn.EmbeddingBag</code></p></header>";
  card.querySelector("header").prepend(logo);
  for (const row of figure.querySelectorAll("tr[data-row]")) if (!rows.includes(Number(row.dataset.row))) row.remove();
  figure.querySelector(".stage").replaceChildren(figure.querySelector(".table .rows"));
  figure.replaceChildren(figure.querySelector(".stage"));
  card.append(figure);
  document.body.replaceChildren(card);
}"""
STYLE = """
  body > div { display: flex; align-items: center; justify-content: space-between; width: 1200px; height: 630px;
    padding: 0 80px; box-sizing: border-box; overflow: hidden; background: var(--paper); }
  header { flex: none; width: 500px; }
  header img { width: 104px; height: 104px; margin: 0 0 20px -8px; }
  header h1 { margin: 0 0 24px; font-size: 68px; line-height: 1.05; letter-spacing: -0.02em; }
  header p { margin: 0; font-size: 28px; line-height: 1.45; color: var(--quiet); }
  header code { padding: 0; background: none; font-size: 0.92em; color: var(--text); }
  figure[data-widget] { flex: none; width: 215px; margin: 0; padding: 0; border: 0; zoom: 2; }
  figure .stage { display: block; }
  figure .rows { max-height: none; overflow: visible; }
  figure .rows .mark { border-color: transparent; }
"""


def draw(site: Path, target: Path) -> None:
    """Draw the card from the pages in `site`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find()))
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page.goto((site / "chapters" / "02_lookup.html").as_uri())
        page.locator("figure[data-widget='lookup']").scroll_into_view_if_needed()
        page.locator("figure[data-widget='lookup'][data-live]").wait_for()
        page.evaluate(ARRANGE, list(ROWS))
        page.add_style_tag(content=STYLE)
        page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    draw(ROOT / "_build" / "html", CARD)
    print(CARD.relative_to(ROOT))
