"""The eight hundred sentences are what the module says they are."""

import re
from collections import Counter

import pytest

from classroom.libraries import LIBRARIES, held_out, labelled, spread, training


def test_every_library_gives_two_hundred_sentences_and_none_is_given_twice():
    assert Counter(sentence.library for sentence in labelled()) == dict.fromkeys(range(len(LIBRARIES)), 200)
    assert len({sentence.text for sentence in labelled()}) == 800


def test_a_sentence_is_5_to_14_lower_case_words_and_names_no_library():
    for sentence in labelled():
        assert re.fullmatch(r"[a-z-]+( [a-z-]+){4,13}", sentence.text)
        assert LIBRARIES[sentence.library] not in sentence.text


def test_training_and_held_out_share_no_sentence_and_are_balanced():
    seen, unseen = training(), held_out()
    assert set(seen) | set(unseen) == set(labelled())
    assert not {sentence.text for sentence in seen} & {sentence.text for sentence in unseen}
    assert Counter(sentence.library for sentence in seen) == dict.fromkeys(range(4), 150)
    assert Counter(sentence.library for sentence in unseen) == dict.fromkeys(range(4), 50)


def test_sentences_are_taken_from_all_over_the_alphabet():
    for library in range(len(LIBRARIES)):
        texts = [sentence.text for sentence in labelled() if sentence.library == library]
        assert {"a", "c", "r"} <= {text[0] for text in texts}
    assert spread(["a", "b", "c", "d", "e"], 2) == ["a", "c"]


def test_too_few_sentences_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"at least 200 sentences, got 2: is this the version of constraints\.txt"):
        spread(["one", "two"], 200)
