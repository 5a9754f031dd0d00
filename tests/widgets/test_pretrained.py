"""The figure of chapter 10, Python side: its state, its markup, its rounded rows, and the reference's answers."""

import json
import re
from base64 import b64decode
from html import unescape
from math import asin, nan

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from classroom import corpus
from hands import refused
from packed import packed
from reference import align, analogy, neighbours, plane, read_glove
from sphinx_rows import FILE, PART, scripts
from widgets import Pretrained
from widgets.pretrained import FOUND, TASKS, edits, spellings, unpacked

WORDS, VECTORS = read_glove(FILE)
SEED = 0
TABLE, COVERAGE = align(corpus.words, WORDS, VECTORS, torch.Generator().manual_seed(SEED))
MAPPED = ["cat", "dog", "mouse", "king", "queen", "man", "woman", "milk", "tea", "water", "good", "bad"]
SMALL = ["to", "cat", "the", "of"], torch.tensor([[1.0, 2.0], [3.0, 4.0], [6.0, 8.0], [0.0, 0.0]])


def figure(**traits):
    places = plane(VECTORS[[WORDS.index(word) for word in MAPPED]]).tolist()
    return Pretrained(corpus.words, WORDS, VECTORS, TABLE, dict(zip(MAPPED, places, strict=True)), **traits)


def small(**traits):
    words, vectors = SMALL
    return Pretrained(["the", "cat", "numbat"], words, vectors, vectors[[2, 1, 0]], **traits)


def cells(html, kind):
    return re.findall(rf'class="{kind}">([^<]*)<', html)


# the rounded rows


@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_packed_number_is_within_half_a_scale_of_what_it_was(rows):
    words = [str(k) for k in range(len(rows))]
    names, found = unpacked(packed(words, rows))
    exact = torch.tensor(rows, dtype=torch.float64)
    half = exact.abs().amax(dim=1, keepdim=True) / 127 / 2
    assert names == words
    assert ((found - exact).abs() <= half * (1 + 1e-5) + 1e-40).all()


def test_a_row_of_zeros_stays_one_and_the_largest_number_keeps_its_size():
    _, rows = unpacked(packed(["a", "b"], [[0.0, 0.0], [-3.0, 1.0]]))
    assert rows[0].tolist() == [0.0, 0.0]
    assert rows[1, 0].item() == pytest.approx(-3.0)


def test_a_word_that_would_break_the_lines_is_refused():
    with pytest.raises(ValueError, match="a word holds the end of a line"):
        packed(["a\nb"], [[1.0]])


def test_the_files_of_the_site_hold_the_rows_that_the_kernel_gives():
    shown = figure()
    parts = [json.loads(text.partition(" = ")[2].rstrip(";\n")) for text in scripts().values()]
    assert "\n".join(part["words"] for part in parts) == shown._packed["words"]
    for key in ("scales", "rows"):
        assert b"".join(b64decode(part[key]) for part in parts) == shown._packed[key]
    assert list(scripts()) == [f"rows-{k}.js" for k in range(len(WORDS) // PART)]


def test_the_bounds_that_the_figure_states_hold_for_all_its_numbers_and_a_million_pairs():
    shown = figure()
    value, off = shown.bounds()
    exact, rounded = VECTORS.double(), shown.rows
    assert (rounded - exact).abs().max() <= value
    assert ((rounded - exact).norm(dim=1) / exact.norm(dim=1)).max().item() == pytest.approx(off)
    lengths = [table.norm(dim=1) for table in (exact, rounded)]
    some = torch.randperm(len(WORDS), generator=torch.Generator().manual_seed(1))[:1000]
    dots = [table[some] @ table[some].T for table in (exact, rounded)]
    both = [length[some][:, None] * length[some] for length in lengths]
    assert (dots[0] / both[0] - dots[1] / both[1]).abs().max() <= 2 * asin(off)
    assert ((dots[0] - dots[1]).abs() / both[0]).max() <= 2 * off + off * off
    stated = shown._rounded()
    assert "(0.8 MB)" in stated
    assert "within 0.022 of the file’s, a cosine within 0.03, and a dot product within 3 %" in stated
    assert (value, 2 * asin(off), 2 * off + off * off) < (0.022, 0.03, 0.03)


def test_the_figure_is_a_small_markup_whatever_the_file_and_gives_its_rows_when_it_is_asked():
    shown = figure()
    assert shown.pack == {}
    assert len(shown.to_html()) < 45_000
    shown.wanted = 1
    assert unpacked(shown.pack)[0] == WORDS
    assert len(shown.to_html()) < 45_000
    many, vectors = [f"w{k}" for k in range(400_000)], torch.ones(400_000, 2)
    large = Pretrained(["w399999", "w3"], many, vectors, vectors[:2])
    assert large.pack == {}
    assert len(large.to_html()) < 20_000
    assert large._at == [399_999, 3]
    large.wanted = 1
    assert len(unpacked(large.pack)[0]) == 10_000


# the two lists


def test_every_row_of_the_first_state_holds_the_vector_of_another_word():
    shown = figure()
    assert shown.status() == (
        "Row 4 is the row of “cat” and holds the vector of “to”, row 4 of the file. "
        "None of 31 rows holds the vector of its own word, and no error says so."
    )
    assert torch.equal(shown.table, VECTORS[:31])
    held = re.findall(r'class="holds"><span class="word">([^<]*)<', shown.to_html())
    assert held == [word.replace("&", "&amp;") for word in WORDS[:31]]
    assert "data-own" not in shown.to_html()


def test_aligned_the_table_and_its_coverage_are_those_of_the_reference():
    shown = figure(aligned=True)
    assert torch.equal(shown.table, TABLE)
    assert f"{len(COVERAGE.found)} of 31 rows hold the vectors of their own words." in shown.status()
    assert shown.status().endswith(f"{len(COVERAGE.missing)} are missing in the file: <pad>, <unk>, axolotl, numbat.")
    assert COVERAGE.missing == ["<pad>", "<unk>", "axolotl", "numbat"]
    assert shown.to_html().count('data-own=""') == len(COVERAGE.found)
    assert shown.to_html().count('data-drawn=""') == len(COVERAGE.missing)
    found = [row for row in range(31) if shown.holds(row)[0] == corpus.words[row]]
    assert [corpus.words[row] for row in found] == COVERAGE.found
    for row in found:
        assert torch.equal(TABLE[row], VECTORS[shown.holds(row)[1]])


def test_the_missing_rows_are_the_same_draws_from_the_files_numbers_or_from_a_normal_distribution():
    shown = figure(aligned=True, missing="normal")
    drawn = torch.randn(31, 50, generator=torch.Generator().manual_seed(SEED))
    lost = [corpus.words.index(word) for word in COVERAGE.missing]
    assert_close(shown.table[lost], drawn[lost])
    kept = [row for row in range(31) if row not in lost]
    assert torch.equal(shown.table[kept], TABLE[kept])


def test_the_lengths_are_those_of_the_rows():
    for traits in ({}, {"aligned": True}, {"aligned": True, "missing": "normal"}):
        shown = figure(**traits)
        lengths = [float(text) for text in cells(shown.to_html(), "length")[1:]]
        assert_close(torch.tensor(lengths), shown.table.norm(dim=1), atol=0.006, rtol=0)


def test_a_row_that_is_drawn_says_so():
    shown = figure(aligned=True, row=28)
    assert shown.status().startswith(
        "Row 28 is the row of “axolotl”, which the file lacks: its numbers are drawn at random, with the mean and the "
        "spread of the file’s. Its length is"
    )
    shown.missing = "normal"
    assert "drawn at random, from N(0, 1). Its length is 6.71." in shown.status()


def test_a_row_that_is_right_by_chance_is_said_to_be():
    words, vectors = SMALL
    shown = Pretrained(["to", "the"], words, vectors, vectors[[0, 2]])
    assert shown.status() == (
        "Row 0 is the row of “to” and holds its vector, row 0 of the file. "
        "1 of 2 rows holds the vector of its own word, and no error says so."
    )


# what is near


def test_cat_is_its_own_nearest_by_cosine_and_not_by_dot_product():
    assert figure(view="neighbours").status() == "Nearest to “cat” by cosine is “cat” itself, 1.00; then “dog”, 0.92."
    dot = figure(view="neighbours", measure="dot")
    assert dot.status() == "Nearest to “cat” by dot product is not “cat” itself (19.43) but “dog”, 19.72."


def test_queen_wins_only_where_king_may_not():
    out = figure(view="analogy")
    assert out.status() == "king − man + woman, with the three inputs left out: nearest is “queen”, 0.86."
    assert figure(view="analogy", inputs=True).status() == (
        "king − man + woman: nearest is “king”, 0.89, one of the three inputs. The first other word is “queen”, 0.86."
    )


def test_the_answers_are_the_references_on_the_rounded_rows():
    shown = figure(word="door", measure="dot", a="runs", b="run", c="sit")
    at = WORDS.index
    near = neighbours(shown.rows, at("door"), FOUND, "dot")
    assert shown.neighbours == list(zip([WORDS[row] for row in near.rows], near.scores.tolist(), strict=True))
    asked = at("run"), at("runs"), at("sit")
    near = analogy(shown.rows, *asked, FOUND, without=asked)
    assert shown.analogy == list(zip([WORDS[row] for row in near.rows], near.scores.tolist(), strict=True))


def test_a_word_of_no_row_is_answered_in_a_sentence():
    shown = figure(view="neighbours", word="Cta")
    assert shown.neighbours == []
    assert shown.status() == (
        "“Cta” is not among the file’s first 10\N{NARROW NO-BREAK SPACE}000 words. Spelled like it: “ca”, “cia”, “eta”."
    )
    shown.word = "  "
    assert shown.status() == "Type a word."
    assert figure(view="neighbours", word=" cat ").neighbours[0][0] == "cat"
    assert figure(view="analogy", b="qqqqqqqq").status().startswith("“qqqqqqqq” is not among")


def test_other_spellings_are_at_most_two_edits_away():
    assert spellings("KING", WORDS)[0] == "king"
    assert spellings("", WORDS) == spellings("x" * 10_000, WORDS) == spellings("qzqzqzqz", WORDS) == []
    assert (edits("kitten", "sitting"), edits("", "abc"), edits("abc", ""), edits("same", "same")) == (3, 3, 3, 0)


def test_the_coverage_of_a_sentence_is_counted_and_what_is_missing_named_once():
    shown = figure(view="coverage")
    count = "10\N{NARROW NO-BREAK SPACE}000"
    said = f"3 of 4 tokens are among the file’s first {count} words. Missing: “numbat”."
    assert shown.status() == said
    assert shown.tokens() == [("a", 7), ("numbat", None), ("drinks", 7345), ("water", 430)]
    shown.sentence = " ".join(f"q{k}q {'numbat'}" for k in range(30))
    assert shown.status().endswith("“q8q”, and 21 more.")
    assert 'class="more">and 20 more<' in shown.to_html()
    shown.sentence = "\N{NO-BREAK SPACE} \t"
    assert shown.status() == "No token."
    shown.sentence = "cat"
    assert shown.status() == f"1 of 1 token is among the file’s first {count} words."


def test_what_the_tasks_answer_is_so():
    shown = figure()
    answers = re.findall(r"<li>([^<]*)</li>", shown.to_html().split("<details")[1])
    assert len(answers) == len(TASKS)
    bird = figure(word="bird", measure="dot")
    (first, score), own = bird.neighbours[0], dict(bird.neighbours)["bird"]
    assert answers[1].startswith(f"bird: {first} comes first, {score:.2f} against {own:.2f},")
    assert figure(a="runs", b="run", c="sit").analogy[0][0] == "sitting"
    assert "sits" not in [word for word, _ in figure(a="runs", b="run", c="sit").analogy]
    normal = figure(aligned=True, missing="normal")
    lengths = {word: normal.table[corpus.words.index(word)].norm().item() for word in COVERAGE.missing}
    longest = max(lengths, key=lengths.get)
    assert unescape(answers[0]).startswith(f"{longest}, {lengths[longest]:.2f}.")
    generator = torch.Generator().manual_seed(2)
    wins = 0
    for _ in range(100):
        asked = torch.randperm(len(WORDS), generator=generator)[:3].tolist()
        wins += analogy(VECTORS, *asked, k=1).rows.item() in asked
    assert wins > 60, "an input is nearest for most"


# the map


def test_the_words_of_the_map_stand_apart_and_inside_it():
    points, boxes = figure().placed()
    assert len(points) == len(boxes) == len(MAPPED)
    for k, box in enumerate(boxes):
        assert box.within(330, 330)
        assert not any(box.overlaps(other) for other in boxes[:k])
    labels = re.findall(r"<text[^>]*>([^<]*)</text>", figure().to_html())
    assert labels == MAPPED


def test_the_thin_line_is_explained_where_there_is_one():
    words = [f"word{k}" for k in range(12)]
    crowded = Pretrained(["the"], words, torch.ones(12, 2), torch.ones(1, 2), dict.fromkeys(words, (0.5, 0.5)))
    for shown, line in ((figure(), False), (crowded, True)):
        panel = shown.to_html().split('data-view="map" role="tabpanel"')[1].split("</svg>")
        assert ("<path" in panel[0], panel[1].startswith('<p class="legend">')) == (line, line)


def test_the_map_keeps_the_distances_of_its_points():
    given_ = plane(VECTORS[[WORDS.index(word) for word in MAPPED]])
    drawn = torch.tensor(figure().placed()[0], dtype=torch.float64)
    ratios = torch.pdist(drawn) / torch.pdist(given_)
    assert ratios.max() / ratios.min() < 1.02


def test_without_points_there_is_no_map():
    html = small().to_html()
    assert "<svg" not in html
    assert 'data-view="map"' not in html


# state


def test_its_states_have_the_names_that_the_chapter_links_to():
    names = {"not-aligned", "aligned", "normal", "cosine", "dot", "analogy", "analogy-inputs", "coverage"}
    assert set(figure().shows()) == names
    assert repr(figure()) == repr(figure(**figure().shows()["not-aligned"]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view", "table"), ("view", None), ("row", 31), ("row", -1), ("row", 1.5), ("missing", "zero"),
        ("measure", "euclid"), ("word", "x" * 201), ("word", "\ud800"), ("word", 3), ("a", None), ("b", "x" * 201),
        ("sentence", "x" * 2001), ("aligned", "yes"), ("inputs", 2), ("wanted", -1),
    ],
)  # fmt: skip
def test_a_trait_that_does_not_fit_is_refused_and_the_state_kept(name, value):
    refused(figure(), name, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vocabulary": []}, "1 to 64 tokens: got 0"),
        ({"vocabulary": ["a"] * 65}, "1 to 64 tokens: got 65"),
        ({"vectors": [[1.0]]}, "got 4 words and list"),
        ({"vectors": torch.zeros(3, 2)}, "got 4 words and (3, 2)"),
        ({"vocabulary": list("abcde")}, "got 4 for 5"),
        ({"table": torch.zeros(2, 2)}, "table must be (3, 2): got (2, 2)"),
        ({"table": torch.zeros(3, 2)}, "row 0 of table is not the file's vector of 'the': use align"),
        ({"table": torch.full((3, 2), nan)}, "finite numbers"),
        ({"points": {str(k): (0, 0) for k in range(61)}}, "up to 60 words: got 61"),
    ],
)
def test_what_is_no_figure_is_refused_with_what_was_received(change, message):
    words, vectors = SMALL
    given_ = {"vocabulary": ["the", "cat", "numbat"], "words": words, "vectors": vectors, "table": vectors[[2, 1, 0]]}
    with pytest.raises(ValueError, match=re.escape(message)):
        Pretrained(**{**given_, **change})


def test_of_a_word_that_comes_twice_the_first_counts():
    vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    table, _ = align(["b"], ["a", "b", "b"], vectors)
    shown = Pretrained(["b"], ["a", "b", "b"], vectors, table, aligned=True)
    assert shown.holds(0) == ("b", 1)
    assert shown._find("b") == 1


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "مرحبا", "👩‍👩‍👧", "x" * 190, "__proto__", ""]


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: word[:12] or "empty")
@pytest.mark.parametrize("view", ["lists", "neighbours", "analogy", "coverage"])
def test_hostile_words_are_text(word, view):
    words, vectors = ["to", word, "the"], torch.tensor([[1.0, 2.0], [3.0, 4.0], [6.0, 8.0]])
    table, _ = align([word, "the"], words, vectors)
    html = Pretrained(
        [word, "the"], words, vectors, table, {word: (0, 0)}, view=view, word=word, a=word, b=word, sentence=word
    ).to_html()
    assert "<img" not in html
    assert html.count("<script") == 1


def test_the_callers_tensors_stay_as_they_are():
    vectors, table = VECTORS.clone(), TABLE.clone()
    shown = Pretrained(corpus.words, WORDS, vectors, table, aligned=True, missing="normal", view="analogy")
    shown.to_html()
    shown.table.zero_()
    assert torch.equal(vectors, VECTORS)
    assert torch.equal(table, TABLE)
