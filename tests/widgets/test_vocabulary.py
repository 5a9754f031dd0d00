"""The figure of chapter 1, Python side: its state, its markup, and the reference's numbers in it."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom import corpus
from hands import refused
from reference import Vocabulary, tokenize
from widgets import ReadBack
from widgets._base import ASSETS
from widgets.vocabulary import TASKS, clip, in_order, visible

ROOT = Path(__file__).resolve().parents[2]
ORDERS = json.loads((ROOT / "assets/results/set_orders.json").read_text("utf-8"))
SPECIALS = ["<pad>", "<unk>"]


def figure(**traits):
    return ReadBack(corpus.sentences, orders=ORDERS, **traits)


def texts(html, kind):
    return [unescape(found) for found in re.findall(rf'class="{kind}"[^>]*>([^<]*)<', html)]


@given(
    st.lists(st.sampled_from([*corpus.words, "wolf", "猫", "The"])),
    st.integers(1, 3),
    st.sampled_from(["word", "char"]),
)
def test_indices_and_what_comes_back_are_the_references(words, min_frequency, level):
    shown = figure(text=" ".join(words), min_frequency=min_frequency, level=level)
    vocabulary = Vocabulary.from_tokens(tokenize(corpus.sentences, level), SPECIALS, min_frequency)
    (tokens,) = tokenize([shown.text], level)
    assert shown.indices == vocabulary.encode(tokens)
    assert shown.read_back == {"word": " ", "char": ""}[level].join(vocabulary.decode(shown.indices))
    lane = shown.to_html().split('class="lane indices"')[1].split('class="lane table"')[0]
    assert texts(lane, "number") == [str(index) for index in shown.indices[:60]]


def test_the_first_state_shows_what_is_lost():
    html = figure().to_html()
    assert texts(html, "back") == ["the <unk> drinks tea"]
    assert texts(html, "same") == ["Not the same as your text."]
    assert "“wolf” is not in the corpus, so it has no index." in unescape(html)
    assert html.count('data-lost=""') == 2


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        ({"token": "tea"}, "“tea” has the index 11. Places in your text: 1, in the corpus: 6."),
        ({"token": "<unk>"}, "Places in your text: 0, in the corpus: 0."),
        ({"token": "<pad>"}, "It stands for no word: it will fill short sentences."),
        ({"text": "the <pad> sits", "token": "<pad>"}, "You typed it as a word, and the model takes it for filling."),
        ({"text": "numbat", "min_frequency": 2}, "“numbat” stands in the corpus 1×. That is less than min_frequency"),
        ({"text": "numbat", "min_frequency": 2}, "3 of 31 tokens no longer"),
        ({"added": "wolf", "min_frequency": 2}, "3 of 31 tokens no longer"),
        ({"text": " "}, "No text, so no tokens and no indices."),
        ({"added": "dog"}, "2 of 31 tokens no longer have the index they had at first."),
        ({"added": "wolf", "text": "wolf"}, "“wolf” has the index 31. Places in your text: 1, in the corpus: 1. No"),
        ({"added": "wolf"}, "V is 32 now: a table made for the first 31 has no row for what came last."),
        ({"expected": [4, 6]}, "and comes back as <unk>."),
        ({"order": "2", "rows_of": "1", "text": "the cat sits"}, "Row 25 of the table belongs to “numbat”."),
        ({"added": "wolf", "rows_of": "frequency", "text": "wolf"}, "and none with the number 31: an IndexError."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_the_state_is(traits, sentence):
    shown = figure(**traits)
    assert sentence in shown.status()
    assert sentence in unescape(shown.to_html())


@pytest.mark.parametrize(
    ("traits", "sentence"),
    [
        ({}, "You marked none yet."),
        ({"expected": [4, 6]}, "You marked 2. Now change something."),
        ({"added": "dog", "expected": [4, 6]}, "2 changed: you marked 1 of them (●) and missed 1 (○). Marked, but not "
         "changed: 1 (×)."),
        ({"added": "the dog sits"}, "9 changed: you marked none."),
        ({"added": "wolf", "expected": [4]}, "None changed; you marked 1."),
        ({"added": "wolf"}, "None changed; you marked none."),
    ],
)  # fmt: skip
def test_the_prediction_is_answered(traits, sentence):
    shown = figure(**traits)
    assert shown.guess() == sentence
    assert texts(shown.to_html(), "guess") == [sentence]


def test_the_rows_of_another_list_read_other_tokens():
    first, second = (Vocabulary([*SPECIALS, *ORDERS["word"][run]]) for run in "12")
    shown = figure(text="the cat sits", order="2", rows_of="1")
    assert shown.read_back == " ".join(first.decode(second.encode(["the", "cat", "sits"]))) == "numbat this follows"
    assert texts(shown.to_html(), "beside")[:31] == first.tokens
    assert figure(text="the cat sits", order="2", rows_of="2").read_back == "the cat sits"
    assert figure(text="a wolf", added="wolf", rows_of="frequency").read_back == "a ⊘"
    assert figure(text="a wolf", added="wolf").read_back == "a wolf"


def test_the_recorded_orders_are_taken_for_this_corpus_only():
    assert ReadBack(corpus.sentences).shows() == figure().shows()
    assert {"shuffled", "foreign"} & {*ReadBack(["the cat sits"]).shows()} == set()


def test_a_text_of_blanks_is_neither_the_same_nor_another():
    assert texts(figure(text="  ").to_html(), "same") == [""]


def test_a_place_has_one_width_on_both_sides():
    widths = re.findall(r'class="place (chip|read)"[^>]* style="--n:(\d+)"', figure().to_html())
    assert widths == [*(("chip", n) for n in "3563"), *(("read", n) for n in "3563")]


@pytest.mark.parametrize("run", ["1", "2", "3"])
def test_the_tokens_that_a_set_moves_are_counted(run):
    moved = [
        place for place, word in enumerate(["<pad>", "<unk>", *ORDERS["word"][run]]) if corpus.words[place] != word
    ]
    assert f"{len(moved)} of 31 tokens no longer" in figure(order=run).status()


def test_rare_tokens_stand_at_the_end_without_an_index_of_their_own():
    shown = figure(min_frequency=2)
    assert [(token, index, f) for _, token, index, f, gone in shown.rows() if gone] == [
        ("axolotl", 1, 1), ("numbat", 1, 1), ("sit", 1, 1)
    ]  # fmt: skip
    assert shown.vocabulary.frequencies[1] == 3
    assert shown.to_html().count('data-gone=""') == 3


@pytest.mark.parametrize("level", ["word", "char"])
@pytest.mark.parametrize("run", ["1", "2", "3"])
@pytest.mark.parametrize("least", [1, 2, 3])
def test_another_order_has_the_same_tokens_and_frequencies(level, run, least):
    ours, shuffled = (figure(level=level, min_frequency=least, order=order).vocabulary for order in ("frequency", run))
    assert shuffled.tokens[:2] == SPECIALS
    assert shuffled.tokens[2:] == [token for token in ORDERS[level][run] if token in ours]
    assert {token: shuffled.frequencies[shuffled[token]] for token in shuffled.tokens} == {
        token: ours.frequencies[ours[token]] for token in ours.tokens
    }


def test_the_added_sentence_counts_only_in_the_order_by_frequency():
    assert figure(added="the dog sits").vocabulary["dog"] == 4
    shuffled, plain = (figure(added=added, order="1").vocabulary for added in ("the dog sits", ""))
    assert (shuffled.tokens, shuffled.frequencies) == (plain.tokens, plain.frequencies)


def test_the_longest_text_and_sentence_are_taken():
    assert len(figure(text="x" * 20_000, added="x" * 200).tokens) == 1


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("text", "x" * 20_001, "at most 20000 characters: got 20001"),
        ("added", "x" * 201, "at most 200 characters: got 201"),
        ("text", "half \ud83d", "half of a surrogate pair"),
        ("rows_of", "4", r"one of \['', 'frequency', '1', '2', '3'\]: got '4'"),
        ("order", "4", r"one of \['frequency', '1', '2', '3'\]: got '4'"),
        ("level", "piece", "piece"),
        ("min_frequency", 0, "0"),
        ("min_frequency", 4, "4"),
        ("expected", [-1], "-1"),
        ("text", None, "None"),
    ],
)
def test_a_trait_that_does_not_fit_is_refused_and_the_state_kept(name, value, bound):
    refused(figure(), name, value, bound)


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ValueError, match="must hold '<unk>'"):
        ReadBack(["a"], specials=["<pad>"])
    with pytest.raises(ValueError, match="up to 200 tokens: the corpus has 301"):
        ReadBack([" ".join(map(str, range(299)))])
    with pytest.raises(ValueError, match="must hold each token of the corpus once"):
        ReadBack(["a b"], orders={"word": {"1": ["a"]}, "char": {"1": ["a", "b", " "]}})
    with pytest.raises(ValueError, match="same names for each level"):
        ReadBack(["a b"], orders={"word": {"1": ["b", "a"]}})
    with pytest.raises(TypeError, match="sentences must be a list of sentences, not one string"):
        ReadBack("the cat sits")


def test_its_states_have_the_names_that_the_chapter_links_to():
    assert set(figure().shows()) == {"wolf", "rare", "shuffled", "foreign", "characters", "added"}
    assert figure().shows()["wolf"] == {name: getattr(figure(), name) for name in ReadBack.state}
    assert "shuffled" not in ReadBack(["a"]).shows()


def test_the_answers_to_the_tasks_are_right():
    same, twins, swap = TASKS.values()
    assert "my dog sees water" in same
    assert figure(text="my dog sees water").read_back == "my dog sees water"
    assert figure(text="the wolf", level="char").read_back == "the wolf"
    assert "the wolf drinks tea, the fox drinks tea: both are 2, 1, 13, 11" in twins
    assert figure(text="the fox drinks tea").indices == figure().indices == [2, 1, 13, 11]
    assert figure(text="the  cat").indices == figure(text="the cat").indices
    assert swap == "dog is enough. So is every sentence with more dogs than cats."
    for added, changed in {"dog": 2, "the dog sits": 9}.items():
        shown = figure(added=added)
        assert (shown.vocabulary["cat"], shown.vocabulary["dog"]) == (5, 4)
        assert len(shown.changed()) == changed


@given(st.text(max_size=60))
def test_any_text_is_text(text):
    if any("\ud800" <= character <= "\udfff" for character in text):
        return
    html = figure(text=text, level="char").to_html()
    assert html.count("<script") == 1
    assert "<img" not in html


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "مرحبا",
    "👩‍👩‍👧",
    "__proto__",
    "{n}{token}",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("trait", ["text", "added", "token"])
def test_hostile_text_is_text(trait, text):
    html = figure(**{trait: text}).to_html()
    assert html.count("<script") == 1
    assert "<img" not in html
    assert "{index}" not in html.split("<script")[0]


def test_a_long_text_is_drawn_up_to_sixty_tokens():
    shown = figure(text="cat " * 2_500)
    html = shown.to_html()
    assert html.count('class="place chip"') == html.count('class="place read"') == 60
    assert "and 2440 more" in html
    assert len(html) < 60_000


def test_the_markup_of_the_corpus_is_small():
    assert len(figure().to_html()) < 32_000


def test_a_token_that_cannot_be_seen_is_named():
    shown = {" ": "␣", "\u200d": "U+200D", "\n": "U+000A", "\u3000": "U+3000", "\u0301": "◌\u0301", "猫": "猫", "": ""}
    assert {token: visible(token) for token in shown} == shown
    assert visible("x" * 50) == "x" * 40 + "…"
    assert clip("👍👍👍", 2) == "👍👍…"


def test_both_sides_have_one_class_of_white_space():
    from reference.vocabulary import WHITE_SPACE

    assert f"WHITE_SPACE = /{WHITE_SPACE.pattern}/;" in (ASSETS / "vocabulary.js").read_text("utf-8")


def test_an_order_may_hold_tokens_that_were_left_out():
    vocabulary = Vocabulary(["<unk>", "a", "b"], [1, 3, 2])
    other = in_order(vocabulary, ["<unk>"], ["rare", "b", "<unk>", "a"])
    assert (other.tokens, other.frequencies) == (["<unk>", "b", "a"], [1, 2, 3])
