"""What a reader takes along: a zip of a chapter and a copy for Colab. That the zip runs, test_check.py proves."""

import doctest
import io
import json
import re
import zipfile

import pytest
from PIL import Image

import pages
import sphinx_downloads
from beside import beside
from browser import ROOT, build
from card import SIZE
from notebooks import chapters
from sphinx_downloads import colab, links, packed

REPOSITORY = "https://github.com/someone/embedding-book"
ADDRESS = "https://someone.example/embedding-table/"
each_chapter = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


def test_doctests():
    assert doctest.testmod(sphinx_downloads).failed == 0


@each_chapter
def test_zip_is_the_same_on_every_build_and_holds_no_other_chapter(path):
    data = packed(path)
    assert data == packed(path)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    folders = {name.partition("/")[0] for name in names}
    assert folders == {f"embedding-table-{path.stem}"}
    assert [name for name in names if name.endswith(".ipynb")] == [f"embedding-table-{path.stem}/chapters/{path.name}"]
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@each_chapter
def test_read_me_in_the_zip_names_the_chapter_and_the_pinned_torch(path):
    archive = zipfile.ZipFile(io.BytesIO(packed(path)))
    text = archive.read(f"embedding-table-{path.stem}/README.txt").decode()
    assert f"jupyter lab chapters/{path.name}" in text
    pinned = re.search(r"^torch==.*", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)[0]
    assert pinned in text
    assert "{" not in text


def test_large_vectors_go_only_with_the_chapter_that_speaks_of_them():
    speaking = {path.stem for path in chapters() if "glove" in path.read_text("utf-8")}
    taking = {path.stem for path in chapters() if any("glove" in each.parts for each in beside([path]))}
    assert taking <= speaking
    if (ROOT / "assets" / "glove").is_dir():
        assert taking == speaking


@each_chapter
def test_colab_copy_is_the_chapter_after_one_cell_that_fetches_the_rest(path):
    stored = json.loads(path.read_text("utf-8"))
    opened = colab(stored, REPOSITORY)
    first, *others = opened["cells"]
    assert f"git clone --quiet --depth 1 {REPOSITORY} book" in first["source"]
    assert "book/requirements.txt" in first["source"]
    assert others == stored["cells"]
    assert json.loads(path.read_text("utf-8")) == stored


@pytest.mark.parametrize("address", [REPOSITORY, f"{REPOSITORY}.git", f"{REPOSITORY}/"])
def test_repository_gives_every_chapter_three_more_links(address):
    found = {text: link for link, text, _ in links("05_padding", "../", {"zip": 1, "ipynb": 1}, address, "main")}
    assert found["in Colab"].endswith("/github/someone/embedding-book/blob/colab/chapters/05_padding.ipynb")
    assert found["in Binder"].endswith("/gh/someone/embedding-book/main?urlpath=lab/tree/chapters/05_padding.ipynb")
    assert found["its source"] == f"{REPOSITORY}/blob/main/chapters/05_padding.ipynb"


def test_repository_elsewhere_gives_the_source_only():
    found = links("05_padding", "../", {"zip": 1, "ipynb": 1}, "https://codeberg.org/someone/book", "main")
    assert [text for _, text, _ in found][2:] == ["its source"]


@pytest.mark.site
@each_chapter
def test_page_offers_the_zip_and_the_notebook_and_without_a_repository_nothing_else(site, path):
    soup = pages.read(site / "chapters" / f"{path.stem}.html")
    addresses = [link["href"] for link in soup.select("h1 + .take-along a")]
    assert addresses == [f"../downloads/{path.stem}.zip", f"../downloads/{path.stem}.ipynb"]
    assert (site / "downloads" / f"{path.stem}.zip").read_bytes() == packed(path)
    assert (site / "downloads" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.site
def test_page_offers_no_whole_book_where_none_was_made(site):
    assert "Here they are" not in (site / "using.html").read_text("utf-8")
    assert {file.suffix for file in (site / "downloads").iterdir()} == {".zip", ".ipynb"}


@pytest.mark.site
def test_book_built_with_a_repository_and_files_has_its_links_and_the_copies_for_colab(tmp_path, monkeypatch):
    monkeypatch.setenv("BOOK_REPOSITORY", REPOSITORY)
    files = [tmp_path / "the book.zip", tmp_path / "book.pdf"]
    for file in files:
        file.write_bytes(b"0" * 1_500_000)
    monkeypatch.setenv("BOOK_ADDRESS", ADDRESS)
    monkeypatch.setenv("BOOK_FILES", "\n".join(map(str, files)))
    site, path = build(tmp_path), chapters()[0]
    soup = pages.read(site / "chapters" / f"{path.stem}.html")
    assert [link.text for link in soup.select("h1 + .take-along a")][2:] == ["in Colab", "in Binder", "its source"]
    copies = site.parent / "colab" / "chapters"
    assert {each.name for each in copies.iterdir()} == {each.name for each in chapters()}
    assert json.loads((copies / path.name).read_text("utf-8"))["cells"][0]["id"] == "fetch"
    links = pages.read(site / "using.html").select("a[href^=downloads]")
    assert [(link["href"], link.next_sibling) for link in links] == [
        ("downloads/the%20book.zip", " (zip, 1.5 MB), "),
        ("downloads/book.pdf", " (pdf, 1.5 MB)."),
    ]
    assert all((site / "downloads" / file.name).read_bytes() == file.read_bytes() for file in files)
    meta = {tag.get("property"): tag["content"] for tag in pages.read(site / "using.html").select("meta[property]")}
    assert meta["og:title"] == "How to use this book"
    assert meta["og:url"] == f"{ADDRESS}using.html"
    assert meta["og:image"] == f"{ADDRESS}_static/card.png"
    with Image.open(site / "_static" / "card.png") as card:
        assert card.size == (SIZE["width"], SIZE["height"])


@pytest.mark.site
def test_no_page_speaks_of_an_address_that_it_does_not_have(site):
    for page in site.rglob("*.html"):
        properties = {tag["property"] for tag in pages.read(page).select("meta[property]")}
        assert not properties & {"og:url", "og:image"}, page.name
    assert not (site / "_static" / "card.png").exists()
