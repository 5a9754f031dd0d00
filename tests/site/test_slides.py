"""Slides of each chapter: they open from disk, ask nobody for anything, and every one fits on the screen."""

import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import slides
from browser import visit
from notebooks import chapters, read
from pages import addresses

each_chapter = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
SLIDE = """() => {
  const slide = Reveal.getCurrentSlide();
  const { bottom, right } = slide.getBoundingClientRect();
  return { number: Reveal.getSlidePastCount(), bottom, right, zoom: Number(slide.style.zoom),
           last: Reveal.isLastSlide() && !Reveal.availableFragments().next };
}"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides") / "slides"
    list(slides.write(folder))
    return folder


@pytest.mark.browser
@each_chapter
def test_every_slide_is_reached_by_keyboard_and_fits(chromium, shown, path):
    with visit(chromium, shown.as_uri() + "/", f"{path.stem}.html") as seen:
        page, numbers = seen.page, []
        page.set_viewport_size({"width": 1280, "height": 720})
        page.wait_for_function("Reveal.isReady()")
        for _ in range(300):
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            slide = page.evaluate(SLIDE)
            numbers.append(slide["number"])
            assert slide["bottom"] <= 720, slide
            assert slide["right"] <= 1281, slide
            assert slide["zoom"] >= 0.4, slide
            if slide["last"]:
                break
            page.keyboard.press("ArrowRight")
        assert sorted(set(numbers)) == list(range(page.evaluate("Reveal.getTotalSlides()")))
        assert len(numbers) > len(set(numbers)), "no slide has a step"
        assert seen.findings() == []


@pytest.mark.browser
def test_a_figure_on_a_slide_is_alive(chromium, shown):
    with visit(chromium, shown.as_uri() + "/", "02_lookup.html") as seen:
        seen.page.wait_for_function("Reveal.isReady()")
        section = "document.querySelector('figure[data-widget]').closest('section.stack, .slides > section')"
        seen.page.evaluate(f"Reveal.slide([...document.querySelectorAll('.slides > section')].indexOf({section}))")
        seen.page.locator("figure[data-widget][data-live]").first.wait_for()
        assert seen.findings() == []


@each_chapter
def test_a_page_loads_from_no_other_place_and_shows_no_answer_to_an_exercise(path):
    page = slides.html(read(path), "A title")
    loaded = [tag for tag in BeautifulSoup(page, "html.parser").find_all(True) if tag.name != "a"]
    assert not [value for tag in loaded for _, value in addresses(tag) if urlsplit(value).netloc]
    assert "_solution" not in page
    assert "$" not in re.sub(r"<pre.*?</pre>|<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)


@each_chapter
def test_a_plot_says_on_a_slide_what_it_says_in_the_chapter(path):
    nb = read(path)
    drawn = [cell for cell in nb.cells if "image/svg+xml" in str(cell.get("outputs", ""))]
    shown = BeautifulSoup(slides.html(nb, "A title"), "html.parser")
    said = {plot.get("aria-label") for plot in shown.select("svg.plot[role=img]")}
    assert said == {cell.metadata["mystnb"]["image"]["alt"] for cell in drawn}
    assert not shown.select("img")


def kinds(nb):
    return [(cell.metadata["slideshow"]["slide_type"], cell.source) for cell in slides.deck(nb).cells]


def test_a_prediction_shows_its_question_then_the_output_then_the_reason():
    output = new_output("stream", name="stdout", text="\n".join("abcdefghijklmnopqrstuvwxyz"))
    nb = new_notebook(
        cells=[
            new_markdown_cell("# T\n\nFirst.\n\nSecond."),
            new_code_cell("import torch"),
            new_markdown_cell("## H\n\nBefore.\n\n**Predict.** What?"),
            new_code_cell("1", outputs=[output]),
            new_markdown_cell("<details><summary>Why</summary>\n\nSo.\n\n</details>"),
            new_markdown_cell("Whole.\n\nText.", metadata={"tags": ["slide"]}),
            new_markdown_cell("A step.", metadata={"tags": ["fragment"]}),
            new_code_cell("2", outputs=[output], metadata={"tags": ["skip"]}),
            new_markdown_cell("## Exercises"),
            new_code_cell("3", outputs=[output]),
        ]
    )
    assert kinds(nb) == [
        ("slide", "# T\n\nFirst."),
        ("slide", "## H\n\n**Predict.** What?"),
        ("-", "1"),
        ("fragment", ""),
        ("fragment", "So."),
        ("slide", "Whole.\n\nText."),
        ("fragment", "A step."),
    ]
    assert slides.deck(nb).cells[3].outputs[0].text.endswith("n\n…")


def test_the_quiz_and_what_follows_are_no_slides():
    output = new_output("stream", name="stdout", text="3")
    cells = [new_markdown_cell("# T\n\nFirst."), new_markdown_cell("## Quiz"), new_code_cell("3", outputs=[output])]
    assert kinds(new_notebook(cells=cells)) == [("slide", "# T\n\nFirst.")]
