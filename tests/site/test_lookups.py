"""The pages to look things up in: what they show is what is stored, and nothing of it is missing."""

import json
import re

import jinja2
import pytest
from bs4 import Tag
from docutils.nodes import make_id

import api_page
import pages
import reference
import threads
from argument_map import MODULES, SIGNS
from browser import visit
from chapter_lists import anchor, truths
from chapter_texts import ROOT, Book
from glossary import terms
from sphinx_lookups import GENERATED, colophon, generate

pytestmark = pytest.mark.site


def stored(name: str) -> dict:
    return json.loads((ROOT / "assets" / "results" / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("module", MODULES)
def test_each_cell_of_the_map_shows_its_verdict_and_leads_to_a_section(site, module):
    table = pages.read(site / "arguments.html").select("table.map")[MODULES.index(module)]
    kept = stored("arguments")["modules"][module]
    names = kept["arguments"]
    assert [head.get_text(strip=True) for head in table.select("thead th")] == names
    rows = table.select("tbody tr")
    assert [row.th.get_text(strip=True) for row in rows] == names
    verdicts = {frozenset(cell["arguments"]): cell["verdict"] for cell in kept["verdicts"]}
    for row, one in zip(rows, names, strict=True):
        for cell, other in zip(row.find_all("td"), names, strict=True):
            verdict = verdicts.get(frozenset([one, other]))
            if verdict is None:
                assert cell.get_text().startswith("–")
                continue
            page, _, place = cell.a["href"].partition("#")
            assert page.startswith("chapters/") or page == "ledger.html"
            assert place, cell.a["href"]
            sign, _, words = cell.a.get_text().partition(" ")
            assert sign.rstrip("*") == SIGNS[verdict]
            assert words.strip().startswith(verdict)


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_is_told_with_the_words_of_pytorch(site, module):
    text = " ".join(pages.read(site / "arguments.html").get_text().split()).replace("’", "'").replace("‘", "'")
    for cell in stored("arguments")["modules"][module]["verdicts"]:
        if "error" in cell:
            assert " ".join(cell["error"].split()) in text


def test_the_ledger_has_a_section_for_every_entry(site):
    soup = pages.read(site / "ledger.html")
    for entry in stored("ledger")["entries"]:
        place = soup.find(id=entry["name"])
        assert place, entry["name"]
        section = place if place.name == "section" else place.find_parent("section")
        assert entry["title"] in section.h2.get_text()
        assert entry["case"].splitlines()[0] in section.get_text()
        assert {link["href"] for link in section.select("a.external")} >= set(entry["links"])
    assert stored("ledger")["checked"]["day"] in soup.get_text()


def test_every_public_name_of_the_reference_is_on_its_page(site):
    soup = pages.read(site / "api.html")
    places = api_page.anchors()
    modules = {module.name for module in api_page.modules()}
    offered = {name for name in vars(reference) if not name.startswith("_")}
    assert offered - modules <= set(places)
    for name, place in places.items():
        assert soup.find(id=make_id(place)), name


def test_a_docstring_keeps_its_arguments_and_its_doctest(site):
    section = pages.read(site / "api.html").find(id="resolve-padding-idx")
    text = section.get_text()
    assert ">>> resolve_padding_idx(-1" in text
    assert "Raises" in text
    assert "AssertionError" in text
    assert "padding_idx: int | None,\n    num_embeddings: int,\n" in text


def test_a_place_that_nobody_fills_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        generate("% generated: nothing", Book())
    assert generate("as it is", Book()) == "as it is"


@pytest.mark.parametrize("name", GENERATED)
def test_every_place_is_filled_once(name):
    sources = [path.read_text("utf-8") for path in ROOT.glob("*.md")]
    assert sum(source.count(f"% generated: {name}\n") for source in sources) == 1
    assert GENERATED[name](Book()).strip()


def page_of(chapter) -> str:
    return chapter.path.replace(".ipynb", ".html")


each_chapter = pytest.mark.parametrize("chapter", Book().chapters, ids=lambda chapter: chapter.stem)


@each_chapter
def test_the_contents_name_every_chapter_with_what_it_answers(site, chapter):
    soup = pages.read(site / "contents.html")
    heading = next(h for h in soup.find_all("h2") if h.a and h.a["href"] == page_of(chapter))
    assert chapter.title.replace("'", "’") in heading.get_text()
    assert len(heading.find_next("p").get_text()) > 10
    assert heading.find_next("a", string="Quiz")["href"] == f"{page_of(chapter)}#quiz"


@each_chapter
def test_the_contents_list_the_sections_of_a_chapter_as_they_follow_in_it(site, chapter):
    listed = pages.read(site / "contents.html").select(f'article a[href^="{page_of(chapter)}#"]')
    listed = [link["href"].partition("#")[2] for link in listed]
    there = [section["id"] for section in pages.read(site / page_of(chapter)).select("section[id]")]
    assert {"quiz", "fine-print"} <= set(listed)
    assert listed == [place for place in there if place in listed]


@each_chapter
def test_every_truth_has_a_place_of_its_own_and_is_in_the_list(site, chapter):
    found = truths(chapter)
    assert found, "what people get wrong: the section has no bold truths"
    places = {link["href"] for link in pages.read(site / "mistakes.html").select("article a")}
    there = pages.read(site / page_of(chapter))
    for truth in found:
        assert f"{page_of(chapter)}#{anchor(truth)}" in places
        assert there.find(id=anchor(truth)).name == "p"


def test_every_term_stands_in_the_glossary_in_both_languages(site):
    soup = pages.read(site / "glossary.html")
    for term in terms():
        entry = soup.find("dt", id=term.anchor)
        assert entry.find(lang="zh").get_text() == term.zh
        definition = entry.find_next("dd")
        assert "Not " in definition.get_text()
        assert definition.a["href"]


def test_no_two_terms_share_a_spelling():
    spellings = [spelling.lower() for term in terms() for spelling in term.spellings]
    assert len(set(spellings)) == len(spellings)


@each_chapter
def test_the_first_use_of_a_word_is_a_link_and_no_later_one(site, chapter):
    links = pages.read(site / page_of(chapter)).select("a.first-use")
    addresses = [link["href"] for link in links]
    assert any("glossary.html#term-" in address for address in addresses)
    assert len(set(addresses)) == len(addresses)
    assert not [link for link in links if link.find_parent(["h1", "h2", "h3", "table", "pre", "summary"])]


def test_a_name_of_the_reference_leads_to_its_page(site):
    links = pages.read(site / "chapters" / "04_learning.html").select("a.first-use")
    assert "../api.html#add-rows" in {link["href"] for link in links}


def test_every_page_says_its_versions_and_its_licence(site):
    for name in pages.every():
        foot = pages.read(site / name).select_one("footer .bottom-of-page").get_text()
        for part in ("The authors of this book", "CC BY 4.0", "MIT", f"torch {stored('ledger')['checked']['torch']}"):
            assert part in foot, name
        assert "Report" not in foot, "there is no address to report to"


def test_with_an_address_every_page_says_where_to_report_a_mistake():
    folder = jinja2.FileSystemLoader(ROOT / "assets" / "templates")
    template = jinja2.Environment(loader=folder, autoescape=True).get_template("colophon.html")
    foot = template.render(colophon=colophon() | {"repository": "https://example.com/book"}, pathto=str)
    assert '<a href="https://example.com/book/issues">Report a mistake</a>' in foot


def links_of_the_book() -> set[str]:
    """Every address that a text of the book or the ledger links to, found without `threads`."""
    pages_of_it = (*ROOT.glob("*.md"), *ROOT.glob("projects/*.md"), *ROOT.glob("chapters/*.ipynb"))
    texts = [path.read_text("utf-8") for path in pages_of_it]
    addresses = {found.rstrip("\\") for text in texts for found in re.findall(r"https://[^\s)>\"]+", text)}
    return addresses | {address for entry in stored("ledger")["entries"] for address in entry["links"]}


def test_every_thread_that_is_cited_has_its_line_and_no_other_has_one():
    lines = threads.lines()
    book = links_of_the_book()
    on_github = {address for address in book if threads.THREAD.fullmatch(address)}
    assert on_github <= lines.keys() <= book
    assert threads.cited(Book(), stored("ledger")["entries"]).keys() == lines.keys()


def test_a_line_is_one_short_sentence_or_two():
    for address, line in threads.lines().items():
        assert len(line) <= 130, address
        assert line.endswith((".", "?")), address
        assert not set(line) & {"|", "\n"}, address


def test_a_thread_without_a_line_is_a_warning_and_so_fails_the_build(monkeypatch):
    address, *_ = threads.lines()
    warned = []
    monkeypatch.setattr(threads, "lines", dict)
    monkeypatch.setattr(threads.logger, "warning", lambda text, *found, **where: warned.append(text % found))
    threads.tables(Book(), stored("ledger")["entries"])
    assert f"assets/threads.toml has no line for {address}" in warned


def test_the_sources_say_of_each_thread_what_was_asked_and_where_it_is_cited(site):
    rows = {row.a["href"]: row for row in pages.read(site / "sources.html").select("table.threads tbody tr")}
    assert rows.keys() == threads.lines().keys()
    for address, line in threads.lines().items():
        thread, said, where = rows[address].find_all("td")
        assert thread.get_text() == threads.name(address)
        assert said.get_text() == line.replace("`", "")
        places = [link["href"].partition("#") for link in where.find_all("a")]
        assert places
        for page, _, place in places:
            there = pages.read(site / page).find(id=place)
            around = there if there.name == "section" else there.find_parent(["section", "div"])  # or a question's
            assert address in {link["href"] for link in around.find_all("a", href=True)}, f"{page}#{place}"


STACKED = ["arguments.html", "ledger.html", "sources.html", "teaching.html"]
STACKED += [path for path in pages.written() if path.startswith("chapters/")]


def heading(place: int, cell: Tag, head: str) -> str | None:
    """What a cell of a row says before its text: nothing if it is empty, or follows from the first cell."""
    return head if cell.get_text(strip=True) and not (place == 0 and head.startswith("what")) else None


@pytest.mark.parametrize("page", STACKED)
def test_a_cell_of_a_table_that_becomes_blocks_says_the_heading_of_its_column(site, page):
    tables = pages.read(site / page).select("table:is(.stack, .blocks)")
    assert tables
    for table in tables:
        _, *heads = [" ".join(head.get_text().split()) for head in table.thead.tr.find_all(["td", "th"])]
        for row in table.tbody.find_all("tr"):
            _, *cells = row.find_all(["td", "th"])
            wanted = [heading(place, *pair) for place, pair in enumerate(zip(cells, heads, strict=True))]
            assert [cell.get("data-label") for cell in cells] == wanted


@pytest.mark.browser
@pytest.mark.parametrize("page", STACKED)
def test_on_a_phone_no_such_table_is_wider_than_the_page(chromium, served, page):
    with visit(chromium, served, page, width=360) as seen:
        pages.unfold(seen.page)
        wide = "(all) => all.filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.innerText)"
        assert seen.page.locator(".table-wrapper:is(.stack, .blocks)").evaluate_all(wide) == []
