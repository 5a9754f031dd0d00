"""The pages to look things up in: what they show is what is stored, and nothing of it is missing."""

import json

import pytest
from docutils.nodes import make_id

import api_page
import pages
import reference
from argument_map import MODULES, SIGNS
from chapter_texts import ROOT, Book
from sphinx_lookups import GENERATED, generate

pytestmark = pytest.mark.site


def stored(name: str) -> dict:
    return json.loads((ROOT / "assets" / "results" / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("module", MODULES)
def test_each_cell_of_the_map_shows_its_verdict_and_leads_somewhere(site, module):
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
            assert cell.a["href"].partition("#")[0]
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
        section = soup.find(id=entry["name"])
        assert section, entry["name"]
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
