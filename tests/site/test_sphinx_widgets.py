"""Figures, plots, folds and state links: a small book, built by Sphinx with the book's extensions."""

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import math_font
import sphinx_mathml
import sphinx_pages
import sphinx_plots
import sphinx_widgets
from sphinx_plots import inline, palette
from sphinx_widgets import figures

TOOLS = Path(__file__).parents[2] / "tools"
CONF = """
extensions = ["myst_nb", "sphinx_pages", "sphinx_mathml", "sphinx_plots", "sphinx_widgets"]
html_math_renderer = "mathml"
html_title = "A small book"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 2
nb_execution_mode = "off"
nb_mime_priority_overrides = [["html", "text/html", 5]]
"""
SVG = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" height="36pt" viewBox="0 0 72 36"
 xmlns="http://www.w3.org/2000/svg" version="1.1">
 <metadata>made by</metadata>
 <defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
 <g id="figure_1">
  <path d="M 0 36
L 72 36
z
" style="fill: #ffffff"/>
  <defs><path id="m1" d="M 0 0" style="stroke: #000000; stroke-width: 0.8"/></defs>
  <use xlink:href="#m1" x="3" y="4" style="stroke: #0A4BFF" clip-path="url(#p1)"/>
  <text style="font-size: 10px; font-family: 'DejaVu Sans', sans-serif; text-anchor: middle">7 &lt; 8</text>
 </g>
 <defs><clipPath id="p1"><rect width="5" height="6" fill="#1f77b4"/></clipPath></defs>
</svg>"""


def figure(number: int) -> str:
    data = '<script type="application/json">{"shows":{"alone":{},"batch":{}}}</script>'
    return f'<figure class="figure" data-widget="lookup"><table><tr><td>{number}</td></tr></table>{data}</figure>'


def cell(source: str, *, tags: tuple[str, ...] = (), alt: str = "", **data: str) -> dict:
    outputs = [{"output_type": "display_data", "metadata": {}, "data": data}] if data else []
    metadata = {"tags": list(tags)} if tags else {}
    metadata |= {"mystnb": {"image": {"alt": alt}}} if alt else {}
    return {"cell_type": "code", "execution_count": 1, "metadata": metadata, "outputs": outputs, "source": source}


def text(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(*cells: dict) -> dict:
    for number, each in enumerate(cells):
        each["id"] = f"cell-{number}"
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


CHAPTER = notebook(
    text('# Chapter\n\nThe **claim** & "more", with $x$.\n\nSee [one *alone*](#lookup:alone) and [below](#deeper).'),
    cell("Lookup()", **{"text/html": figure(1), "text/plain": "Lookup(1)"}),
    cell("Lookup()", **{"text/html": figure(2), "text/plain": "Lookup(2)"}),
    cell("plot()", alt='Two "bars"', **{"image/svg+xml": SVG, "text/plain": "<Figure>"}),
    cell("emb(x).shape", tags=("hide-output",), **{"text/plain": "(3, 5, 2)"}),
    cell("solution", tags=("hide-cell", "solution"), **{"text/plain": "✓"}),
    text("## Deeper\n\n| | forward |\n|---|---|\n| default | any |\n\n| case | cell |\n|---|---|\n| rare | 3 |"),
    cell("# 3: a rare & odd case\nrare", tags=("hide-cell",), **{"text/plain": "rarely"}),
    cell("rare", tags=("hide-cell",)),
    text("[A cell](#cell-id=cell-5)"),
    text("**Predict.** Row 3, or [row 4](#lookup:batch)?! And *then* **Predict.** stands inside."),
    text("| a | b | c | d |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |"),
    text("~~~{table}\n:class: stack\n\n| step | judged by |\n|---|---|\n| a very long first cell | the tests |\n\n~~~"),
    text("~~~{table}\n:class: stack\n\n| step | judged by |\n|---|---|\n| 1 | whoever has the time |\n\n~~~"),
)


def build(folder: Path, index: str, chapter: dict, *options: str) -> subprocess.CompletedProcess:
    for name, content in {"conf.py": CONF, "index.md": index, "02_lookup.ipynb": json.dumps(chapter)}.items():
        if not (folder / name).exists():  # a file written anew would be read anew
            (folder / name).write_text(content, "utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", *options, "-d", "doctrees", ".", "html"]
    environment = os.environ | {"PYTHONPATH": str(TOOLS), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


TOC = "```{toctree}\n02_lookup\n```\n"
THERE = "[There](02_lookup.ipynb#cell-id=cell-7)"
INDEX = f"# Home\n\nWelcome.\n\n{THERE}\n\n```{{widget}} 02_lookup.ipynb lookup\n:nth: 2\n```\n\n{TOC}"


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ein Büchlein")
    done = build(folder, INDEX, CHAPTER, "-n", "-W", "--keep-going")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def chapter(book) -> str:
    return (book / "html" / "02_lookup.html").read_text("utf-8")


@pytest.fixture(scope="module")
def home(book) -> str:
    return (book / "html" / "index.html").read_text("utf-8")


def test_the_figures_of_a_notebook_are_found_in_order():
    assert figures(CHAPTER) == [("lookup", figure(1)), ("lookup", figure(2))]


def test_html_that_only_speaks_of_a_figure_is_none():
    spoken = cell("x", **{"text/html": "<pre>&lt;figure data-widget=&quot;lookup&quot;&gt;</pre>"})
    assert figures(notebook(spoken)) == []


def test_the_directive_places_the_figure_that_is_asked_for(home):
    assert figure(2) in home
    assert figure(1) not in home


def test_the_script_is_deferred_and_only_on_pages_with_a_figure(book, home, chapter):
    script = re.compile(r'<script defer="defer" src="_static/figure-lookup.js\?v=[0-9a-f]+"></script>')
    assert script.search(home)
    assert script.search(chapter)
    assert "figure-lookup.js" not in (book / "html" / "search.html").read_text("utf-8")
    assert (book / "html" / "_static" / "figure-lookup.js").stat().st_size > 0


def test_page_loads_the_styles_of_its_own_figures_only(site):
    style = re.compile(r"figure-(\w+)\.css")
    loaded = {page.stem: set(style.findall(page.read_text("utf-8"))) for page in site.rglob("*.html")}
    assert loaded["05_padding"] == {"padding"}
    assert loaded["02_lookup"] == loaded["search"] == set()


def test_styles_of_one_figure_come_after_those_of_all(site):
    page = (site / "chapters" / "05_padding.html").read_text("utf-8")
    assert page.index("widgets.css") < page.index("figure-padding.css")


def test_a_changed_notebook_rebuilds_the_page_that_shows_its_figure(tmp_path):
    page = "# Home\n\n```{widget} chapters/02_lookup.ipynb lookup\n```\n"
    (tmp_path / "chapters").mkdir()
    for number in (1, 2):
        outside = notebook(cell("Lookup()", **{"text/html": figure(number)}))
        (tmp_path / "chapters" / "02_lookup.ipynb").write_text(json.dumps(outside), "utf-8")
        assert build(tmp_path, page, CHAPTER, "-Dexclude_patterns=chapters").returncode == 0
        assert figure(number) in (tmp_path / "html" / "index.html").read_text("utf-8")


FAULTS = """# Home

```{widget} 02_lookup.ipynb one_hot
```

```{widget} 02_lookup.ipynb lookup
:nth: 3
```

```{widget} 03_one_hot.ipynb one_hot
```

See [one](#lookup:alone), and [a text](02_lookup.ipynb#cell-id=cell-0).

"""
COMPLAINTS = [
    r"index\.md:3: .*02_lookup\.ipynb has no figure 'one_hot' number 1; it has: lookup\b",
    r"index\.md:6: .*02_lookup\.ipynb has no figure 'lookup' number 3; it has: lookup\b",
    r"index\.md:10: .*there is no notebook 03_one_hot\.ipynb",
    r"02_lookup\.ipynb:\d+: WARNING: formula .*Unknown command",
    r"02_lookup\.ipynb:\d+: WARNING: plot without mystnb\.image\.alt",
    r"02_lookup\.ipynb:\d+: WARNING: no figure here has the state lookup:alon; there is: lookup:alone, lookup:batch",
    r"index\.md:13: WARNING: no figure here has the state lookup:alone; there is: none",
    r"index\.md:13: WARNING: local id not found in doc '02_lookup': 'cell-id=cell-0'",
    r"02_lookup\.ipynb:\d+: WARNING: 'myst' cross-reference target not found: 'cell-id=cell-9'",
]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> subprocess.CompletedProcess:
    mute = cell("plot()", **{"image/svg+xml": SVG})
    chapter = notebook(
        text("# A\n\n$\\nosuch$ [one](#lookup:alon) [two](#cell-id=cell-9)"),
        mute,
        cell("Lookup()", **{"text/html": figure(1)}),
    )
    return build(tmp_path_factory.mktemp("faulty"), FAULTS + TOC, chapter, "-W", "--keep-going")


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_a_fault_fails_the_build_and_is_named_at_its_place(faulty, complaint):
    assert faulty.returncode == 1
    assert re.search(complaint, faulty.stderr)


def test_a_link_to_a_state_is_marked_for_the_script(chapter):
    assert '<span class="show" data-show="lookup:alone">one <em>alone</em></span>' in chapter


def test_a_sign_after_a_link_to_a_state_stays_beside_it(chapter):
    assert '<span class="whole"><span class="show" data-show="lookup:batch">row 4</span>?!</span> And' in chapter


def test_a_paragraph_that_asks_for_a_prediction_is_marked(chapter):
    assert re.findall(r'<p class="predict">(.{18})', chapter) == ["<strong>Predict.</"]


def test_a_table_of_four_columns_is_broad(chapter):
    assert re.findall(r'<table class="[^"]*\bbroad\b[^"]*">\s*<thead>\s*<tr[^>]*><th[^>]*><p>(.)', chapter) == ["a"]


def test_on_a_phone_a_table_becomes_blocks_unless_its_cells_are_short(chapter):
    assert re.findall(r'<table class="[^"]*\b(stack|short)\b', chapter) == ["short", "stack"]
    assert chapter.count('data-label="judged by"') == 1


def test_a_link_to_a_heading_stays_a_link(chapter):
    assert re.search(r'<a class="[^"]*" href="#deeper">', chapter)


def test_a_cell_has_the_place_of_its_id_and_links_lead_to_it(chapter, home):
    assert re.search(r'<a class="[^"]*" href="#cell-id=cell-5">', chapter)
    assert re.search(r'<a class="[^"]*" href="02_lookup.html#cell-id=cell-7">', home)
    assert re.findall(r' id="(cell-id=[^"]*)"', chapter) == [f"cell-id=cell-{n}" for n in (1, 2, 3, 4, 5, 7, 8)]


def test_a_plot_stands_in_the_page_and_is_no_file(book, chapter):
    assert '<svg class="plot" role="img" aria-label="Two &quot;bars&quot;"' in chapter
    assert not list((book / "html").rglob("_images/*"))


def test_a_formula_is_mathml_and_its_page_loads_the_font(book, chapter, home):
    assert "<math><mi>x</mi></math>" in chapter
    assert '<link rel="stylesheet" href="_static/math.css">' in chapter
    assert "math.css" not in home
    style = (book / "html" / "_static" / "math.css").read_text("utf-8")
    assert re.fullmatch(
        r'@font-face \{ font-family: "Book Math"; src: url\("data:font/woff2;base64,[^"]{900,}"\).*\n', style
    )


@pytest.mark.parametrize("summary", ["What it prints", "A solution", "3: a rare &amp; odd case", "This cell"])
def test_folds_are_details_that_say_what_they_hold(chapter, summary):
    assert re.search(rf'<details class="fold[^"]*"><summary>{summary}</summary>', chapter)


def test_a_table_with_an_empty_corner_has_row_headings(chapter):
    sided, plain = [re.sub(r"<p>|</p>|\s+(?=<)|(?<=>)\s+", "", table) for table in chapter.split("<table")[-5:-3]]
    assert '<td></td><th class="head">forward</th>' in sided
    assert '<th class="stub">default</th><td>any</td>' in sided
    assert '<th class="head">case</th>' in plain
    assert "<td>rare</td>" in plain


def test_every_page_describes_itself(book, home, chapter):
    assert '<meta name="description" content="Welcome.">' in home
    assert '<meta name="description" content="The claim &amp; “more”, with x.">' in chapter
    assert 'name="description"' in (book / "html" / "search.html").read_text("utf-8")


def test_a_page_loads_neither_myst_nbs_style_nor_the_marking_script(book, chapter):
    assert "mystnb." not in chapter
    assert "sphinx_highlight" not in chapter
    assert "sphinx_highlight" in (book / "html" / "search.html").read_text("utf-8")


COLOURS = palette(":root { --row: #0a4bff; }")


def drawing() -> str:
    return inline(SVG, label="bars", prefix="plot7-", colours=COLOURS)


def test_a_plot_keeps_its_view_box_and_loses_its_own_style_and_metadata():
    assert 'viewBox="0 0 72 36" width="96"' in drawing()
    for unwanted in ["<style", "made by", "xmlns", 'height="36', "DOCTYPE", "DejaVu", "\nL"]:
        assert unwanted not in drawing()
    assert 'stroke-linejoin="round" stroke-linecap="butt"' in drawing()


def test_a_plot_takes_the_themes_colours_and_keeps_others():
    assert "fill: var(--paper)" in drawing()
    assert "stroke: currentColor; stroke-width: 0.8" in drawing()
    assert "stroke: var(--row)" in drawing()
    assert 'fill="#1f77b4"' in drawing()


def test_ids_that_are_pointed_to_are_the_plots_own_and_the_others_go():
    assert sorted(re.findall(r' id="([^"]*)"', drawing())) == ["plot7-m1", "plot7-p1"]
    assert 'href="#plot7-m1"' in drawing()
    assert 'clip-path="url(#plot7-p1)"' in drawing()


def test_text_in_a_plot_stays_text():
    assert re.search(r'<text style="font-size: 10px; text-anchor: middle">7 &lt; 8</text>', drawing())


def test_the_first_value_of_a_property_is_its_light_one():
    css = ":root { --row: #112233; --line: #445566 } .dark { --row: #778899; --line: #112233 }"
    assert palette(css)["#112233"] == "var(--row)"
    assert "#778899" not in palette(css)


@pytest.mark.parametrize("module", [math_font, sphinx_mathml, sphinx_pages, sphinx_plots, sphinx_widgets])
def test_the_examples_in_the_docstrings_hold(module):
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed
