"""The plane: every row a point with its word, those that were read marked by more than colour; and measured growth."""

import json
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from classroom import corpus, plots

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def axes(monkeypatch):
    """The axes that ``plane`` drew on for the whole corpus, with the rows 2 and 4 lit."""
    monkeypatch.setattr(plt, "show", lambda: None)
    plots.plane(corpus.rows(), corpus.words, lit={2, 4})
    yield plt.gca()
    plt.close("all")


def test_every_row_is_a_point_with_its_word(axes):
    words = {text.get_text(): text for text in axes.texts}
    assert list(words) == corpus.words
    assert [tuple(round(v, 1) for v in words[w].xy) for w in ("cat", "the")] == [(1.2, 0.5), (0.2, 0.9)]


def test_rows_that_were_read_are_filled_and_bold(axes):
    points = [line for line in axes.lines if len(line.get_xdata()) == 1]
    filled = [k for k, point in enumerate(points) if point.get_markerfacecolor() != "none"]
    bold = [k for k, text in enumerate(axes.texts) if text.get_fontweight() == "bold"]
    assert filled == bold == [2, 4]


def test_the_protagonists_keep_their_marks(axes):
    points = [line for line in axes.lines if len(line.get_xdata()) == 1]
    marks = {corpus.words[k]: point.get_marker() for k, point in enumerate(points)}
    assert {word: mark for word, mark in marks.items() if mark != "."} == plots.MARKS


def test_colours_are_those_of_the_page_in_the_light():
    assert {"index", "row", "gradient", "padding", "cap", "quiet", "line"} <= set(plots.COLOURS)
    assert plots.COLOURS["paper"] == "#ffffff"


def test_an_svg_holds_no_date_and_no_random_name():
    assert mpl.rcParams["svg.hashsalt"] == "embedding-book"
    assert mpl.rcParams["svg.fonttype"] == "none"


def test_growth_draws_every_measured_time_and_tells_the_sides_apart_by_more_than_colour(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    sizes = [("V", 10, 256), ("V", 100, 256), ("N", 100, 16)]
    results = [
        {"operation": "step", "varies": varies, "V": V, "N": N, "dense_us": 7.4 * V, "sparse_us": 2.0 * N}
        for varies, V, N in sizes
    ]
    plots.growth(results, ["step"])
    over_v, over_n = plt.gcf().axes
    drawn = [[(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines] for axes in (over_v, over_n)]
    assert drawn == [[([10, 100], [74, 740]), ([10, 100], [512, 512])], [([16], [740]), ([16], [32])]]
    assert {line.get_linestyle() for line in over_v.lines} == {"-", "--"}
    assert (over_v.get_title(), over_n.get_title()) == ("N = 256", "V = 100")
    assert {over_v.get_xscale(), over_v.get_yscale(), over_n.get_xscale()} == {"log"}
    plt.close("all")


def test_curves_are_drawn_through_the_means_with_bars_and_tell_themselves_apart(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    means = {"one": [0.25, 0.5], "other": [0.3, 0.4]}
    plots.curves([20, 600], means, {"one": [0.1, 0.2], "other": [0.0, 0.1]}, "sentences", "share")
    axes = plt.gca()
    assert [bars.get_label() for bars in axes.containers] == list(means)
    assert [list(bars.lines[0].get_ydata()) for bars in axes.containers] == list(means.values())
    ends = axes.containers[0].lines[2][0].get_segments()
    assert [[round(y, 2) for _, y in bar] for bar in ends] == [[0.15, 0.35], [0.3, 0.7]]
    drawn = [(bars.lines[0].get_marker(), bars.lines[0].get_linestyle()) for bars in axes.containers]
    assert len(set(drawn)) == 2
    assert [label.get_text() for label in axes.get_xticklabels()] == ["20", "600"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sentences", "share")
    plt.close("all")


def test_growth_can_be_read_on_a_phone_each_line_named_at_its_end(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    results = json.loads((ROOT / "assets" / "results" / "sparse.json").read_text("utf-8"))["results"]
    plots.growth(results, ["backward", "step of SGD"])
    figure = plt.gcf()
    figure.draw_without_rendering()
    scale = 328 / (72 * figure.get_figwidth())  # what a window of 360 px leaves, in pixels a point
    for axes in figure.axes:
        names = sorted(axes.texts, key=lambda text: text.xy[1])
        assert {text.get_text() for text in names} == {
            f"{operation}, {side}" for operation in ("backward", "step of SGD") for side in ("dense", "sparse")
        }
        assert [text.get_text() for text in names] == [
            name for _, name in sorted((line.get_ydata()[-1], name_of(line)) for line in axes.lines)
        ]
        assert axes.get_legend() is None
        shown = [*names, *axes.get_xticklabels(), *axes.get_yticklabels()]
        assert min(text.get_fontsize() for text in shown) * scale >= 10
        for several in (names, axes.get_xticklabels(), axes.get_yticklabels()):
            boxes = [text.get_window_extent() for text in several if text.get_text()]
            assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
        width = figure.get_window_extent().x1
        assert max(text.get_window_extent().x1 for text in names) <= width
    plt.close("all")


def name_of(line):
    """What a line of ``growth`` is called, by its mark and its dashes."""
    operation = {"o": "backward", "s": "step of SGD"}[line.get_marker()]
    return f"{operation}, {'dense' if line.get_linestyle() == '-' else 'sparse'}"
