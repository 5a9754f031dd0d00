"""``tokenize`` and ``Vocabulary``: against Python's own split and Counter, and against the book's corpus."""

import importlib.util
import json
import platform
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from classroom import corpus
from reference import Vocabulary, tokenize
from reference.vocabulary import WHITE_SPACE

ROOT = Path(__file__).resolve().parents[2]
SPECIALS = ["<pad>", "<unk>"]
TOKENS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "dd", "É", "猫", "<unk>", "<pad>"]), max_size=6), max_size=6)
SEPARATORS = "\x1c\x1d\x1e\x1f"  # Python's str.split parts at these, Unicode does not call them white space


def test_white_space_is_unicodes_class():
    every = {chr(code) for code in range(sys.maxunicode + 1)}
    ours = {character for character in every if WHITE_SPACE.fullmatch(character)}
    assert ours == {character for character in every if character.isspace()} - set(SEPARATORS)


@given(st.text(st.characters(exclude_characters=SEPARATORS)))
@example("\u3000the\u2003cat\xa0\r\n\x85sits\t")
@example("no\u200bbreak\ufeff")
@example("")
def test_words_are_what_pythons_split_gives(sentence):
    assert tokenize([sentence]) == [sentence.split()]


@given(st.text())
@example("👩‍👩‍👧 e\u0301 ก็")
def test_characters_are_code_points_and_lose_nothing(sentence):
    (tokens,) = tokenize([sentence], level="char")
    assert "".join(tokens) == sentence
    assert len(tokens) == len(sentence)


def test_case_and_punctuation_stay():
    assert tokenize(["The cat, the CAT."]) == [["The", "cat,", "the", "CAT."]]


def test_every_sentence_has_its_list_and_an_empty_one_too():
    assert tokenize(["the cat", "", "  ", "sit"]) == [["the", "cat"], [], [], ["sit"]]
    assert tokenize([]) == []


def test_another_level_is_refused_by_name():
    with pytest.raises(ValueError, match="'word' or 'char': got level='subword'"):
        tokenize(["the cat"], level="subword")


def test_the_corpus_gets_the_books_words_and_indices():
    vocabulary = Vocabulary.from_tokens(tokenize(corpus.sentences), specials=SPECIALS)
    assert vocabulary.tokens == corpus.words
    for sentence in [*corpus.sentences, "the wolf drinks tea", ""]:
        assert vocabulary.encode(tokenize([sentence])[0]) == corpus.encode(sentence)


@given(TOKENS, st.integers(1, 4), st.sampled_from([[], SPECIALS, ["<unk>"], ["a"]]))
def test_order_is_specials_then_frequency_then_first_sight(tokens, min_frequency, specials):
    vocabulary = Vocabulary.from_tokens(tokens, specials, min_frequency)
    flat = [token for sentence in tokens for token in sentence]
    common = [token for token, count in Counter(flat).most_common() if count >= min_frequency]
    assert vocabulary.tokens == [*specials, *(token for token in common if token not in specials)]


@given(TOKENS, st.integers(1, 4), st.sampled_from([SPECIALS, ["<unk>"], ["a", "<unk>"]]))
def test_frequencies_count_the_encoded_corpus(tokens, min_frequency, specials):
    vocabulary = Vocabulary.from_tokens(tokens, specials, min_frequency)
    counted = Counter(index for sentence in tokens for index in vocabulary.encode(sentence))
    assert vocabulary.frequencies == [counted[index] for index in range(len(vocabulary))]


@given(TOKENS, st.integers(1, 4))
def test_what_comes_back_is_the_token_or_unk(tokens, min_frequency):
    vocabulary = Vocabulary.from_tokens(tokens, SPECIALS, min_frequency)
    for sentence in [*tokens, ["never", "seen"]]:
        back = vocabulary.decode(vocabulary.encode(sentence))
        assert back == [token if token in vocabulary else "<unk>" for token in sentence]


@given(TOKENS)
def test_a_saved_list_of_tokens_is_the_vocabulary(tokens):
    vocabulary = Vocabulary.from_tokens(tokens, SPECIALS)
    again = Vocabulary(json.loads(json.dumps(vocabulary.tokens)))
    assert again.tokens == vocabulary.tokens
    assert all(again[token] == vocabulary[token] for token in [*vocabulary.tokens, "unseen"])
    assert again.frequencies == [0] * len(again)


def test_without_unk_an_unknown_token_is_refused_by_name():
    vocabulary = Vocabulary.from_tokens(tokenize(corpus.sentences))
    assert len(vocabulary) == 29
    for call in (lambda: vocabulary["wolf"], lambda: vocabulary.encode(["the", "wolf"])):
        with pytest.raises(KeyError, match="'wolf' is none of the 29 tokens"):
            call()


def test_a_token_without_index_is_not_in_the_vocabulary_though_it_has_one():
    vocabulary = Vocabulary.from_tokens(tokenize(corpus.sentences), SPECIALS)
    assert "cat" in vocabulary
    assert "wolf" not in vocabulary
    assert vocabulary["wolf"] == vocabulary["<unk>"] == 1


@pytest.mark.parametrize("index", [-1, 31, 10**6])
def test_an_index_that_names_no_token_is_refused_with_its_bound(index):
    vocabulary = Vocabulary(corpus.words)
    with pytest.raises(IndexError, match=rf"one of 31 tokens \(0 to 30\): got {index}"):
        vocabulary.decode([0, index])


def test_a_tensor_of_indices_is_decoded():
    assert Vocabulary(corpus.words).decode(torch.tensor([2, 1])) == ["the", "<unk>"]
    with pytest.raises(IndexError, match="got 31"):
        Vocabulary(corpus.words).decode(torch.tensor([31]))
    with pytest.raises(TypeError):
        Vocabulary(corpus.words).decode([1.0])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: tokenize("the cat"), "sentences must be a list of sentences"),
        (lambda: Vocabulary("abc"), "tokens must be a list of tokens"),
        (lambda: Vocabulary.from_tokens(["the cat"]), "a sentence must be a list of tokens"),
        (lambda: Vocabulary.from_tokens("the cat"), "a sentence must be a list of tokens"),
        (lambda: Vocabulary.from_tokens([["the"]], specials="<unk>"), "specials must be a list of tokens"),
        (lambda: Vocabulary(["the"]).encode("the"), "tokens must be a list of tokens"),
    ],
)
def test_one_string_is_refused_where_a_list_is_wanted(call, name):
    with pytest.raises(TypeError, match=f"{name}, not one string: got '"):
        call()


def test_a_token_twice_is_refused_by_name():
    with pytest.raises(ValueError, match="one index: got 'b' twice"):
        Vocabulary(["a", "b", "c", "b"])
    with pytest.raises(ValueError, match="'<unk>' twice"):
        Vocabulary.from_tokens([["a"]], specials=["<unk>", "<unk>"])


def test_frequencies_of_another_length_and_a_frequency_below_one_are_refused():
    with pytest.raises(ValueError, match="got 1 for 2 tokens"):
        Vocabulary(["a", "b"], [3])
    with pytest.raises(ValueError, match="1 or larger: got min_frequency=0"):
        Vocabulary.from_tokens([["a"]], min_frequency=0)


def test_two_spellings_of_one_letter_are_two_tokens():
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    vocabulary = Vocabulary.from_tokens(tokenize([composed]), SPECIALS)
    assert vocabulary.encode([composed, decomposed]) == [2, 1]


def test_its_printout_is_short():
    assert repr(Vocabulary(corpus.words)) == "Vocabulary(31 tokens: '<pad>', '<unk>', 'the', 'this', …)"
    assert repr(Vocabulary(["a"])) == "Vocabulary(1 tokens: 'a')"


@pytest.mark.skipif(
    platform.python_implementation() != "CPython" or sys.maxsize < 2**62 or sys.byteorder != "little",
    reason="the recorded orders are those of CPython on a 64-bit machine",
)
def test_the_recorded_orders_of_a_set_are_those_of_a_run():
    path = ROOT / "tests" / "benchmarks" / "bench_set_orders.py"
    spec = importlib.util.spec_from_file_location("bench_set_orders", path)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    stored = json.loads(bench.RESULTS.read_text("utf-8"))
    run = bench.results()
    assert {level: stored[level] for level in ("word", "char")} == {level: run[level] for level in ("word", "char")}
    for level in ("word", "char"):
        orders = list(stored[level].values())
        assert all(sorted(order) == sorted({*orders[0]}) for order in orders)
        assert orders[0] != orders[1] != orders[2] != orders[0]
