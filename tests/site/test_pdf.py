"""The book on paper: pages in order, true page numbers in the contents, links that stay inside."""

import doctest
from pathlib import Path

import pytest
from pypdf import PdfReader

import pages
import pdf

pytestmark = [pytest.mark.site, pytest.mark.browser]
NAMES = ["chapters/08_max_norm.html", "using.html", "chapters/05_padding.html"]


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory) -> tuple[PdfReader, dict[str, int]]:
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    starts = pdf.bound(site, NAMES, target)
    return PdfReader(target), starts


def text(book: PdfReader, page: int) -> str:
    """The text of a page without any space: a PDF knows where letters stand, not where words end."""
    return squeezed(book.pages[page - 1].extract_text())


def squeezed(words: str) -> str:
    return "".join(words.split())


def test_every_page_of_the_book_is_printed():
    assert doctest.testmod(pdf).failed == 0
    assert pdf.toc() == pages.written()


def test_contents_give_the_page_on_which_each_title_stands(printed, site):
    book, starts = printed
    contents = text(book, 2)
    assert list(starts) == NAMES
    for name, page in starts.items():
        title = squeezed(pdf.heading(site / name))
        assert f"{title}{page}" in contents
        assert text(book, page).startswith(f"{page}{title}")


def test_pages_are_numbered_through(printed):
    book, starts = printed
    first = min(starts.values())
    for page in range(first, len(book.pages) + 1):
        assert text(book, page).startswith(str(page))


def test_links_between_chapters_lead_to_pages_and_none_to_a_file(printed, site):
    book, starts = printed
    notes = [note.get_object().get("/A", {}) for page in book.pages for note in page.get("/Annots", [])]
    assert not [note for note in notes if str(note.get("/URI", "")).startswith("file:")]
    aims = [note["/D"][0].get_object() for note in notes if isinstance(note.get("/D"), list)]
    assert starts["chapters/05_padding.html"] in {book.get_page_number(aim) + 1 for aim in aims}


def test_outline_names_the_pages(printed, site):
    book, _ = printed
    top = [entry.title for entry in book.outline if not isinstance(entry, list)]
    assert top == ["Contents", *(pdf.heading(site / name) for name in NAMES)]


def test_folds_are_open_and_figures_stand(printed):
    book, starts = printed
    whole = "".join(text(book, page) for page in range(1, starts["using.html"]))
    assert "Two:catandfollows." in whole  # an answer that the page folds
    assert "Pulledinwhenread" in whole  # the figure's title
    assert "checkspassed" in whole  # a solution


def test_a_page_that_asks_for_something_outside_gets_nothing(site, tmp_path):
    page = site / "using.html"
    copy = Path(tmp_path / "site")
    (copy / "chapters").mkdir(parents=True)
    planted = page.read_text("utf-8").replace("</article>", '<img alt="" src="https://example.com/x.png"></article>')
    (copy / "using.html").write_text(planted, "utf-8")
    assert pdf.bound(copy, ["using.html"], tmp_path / "book.pdf")["using.html"] == 3
