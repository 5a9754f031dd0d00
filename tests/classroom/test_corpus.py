"""The running corpus has what the chapters need of it."""

from collections import Counter

import pytest
import torch

from classroom import corpus

INDICES = {
    "<pad>": 0, "<unk>": 1, "the": 2, "this": 3, "cat": 4, "dog": 5, "milk": 6, "we": 7, "is": 8, "good": 9,
    "soup": 10, "tea": 11, "bad": 12, "drinks": 13, "runs": 14, "door": 15, "my": 16, "sees": 17, "make": 18,
    "they": 19, "sits": 20, "water": 21, "a": 22, "like": 23, "hate": 24, "to": 25, "follows": 26, "sell": 27,
    "axolotl": 28, "numbat": 29, "sit": 30,
}  # fmt: skip
TOKENS = [sentence.split() for sentence in corpus.sentences]
COUNTS = Counter(token for sentence in TOKENS for token in sentence)
BATCH = ["the cat follows the dog", "the dog sees the cat", "my cat sees the door"]


def test_the_indices_are_the_books():
    assert {word: index for index, word in enumerate(corpus.words)} == INDICES


def test_the_order_is_the_books_rule():
    by_frequency = sorted(COUNTS, key=COUNTS.get, reverse=True)  # stable: ties stay in the order first seen
    assert corpus.words == ["<pad>", "<unk>", *by_frequency]


def test_there_are_37_different_sentences_of_29_words():
    assert len(set(corpus.sentences)) == len(corpus.sentences) == 37
    assert len(COUNTS) == 29
    assert corpus.sentences == [" ".join(sentence) for sentence in TOKENS]


def test_frequencies_are_clear_at_the_top_and_tied_below():
    assert COUNTS["the"] == 19
    assert [word for word in COUNTS if COUNTS[word] == 6] == ["is", "good", "soup", "tea", "bad"]
    assert [word for word in COUNTS if COUNTS[word] == 1] == ["axolotl", "numbat", "sit"]


def test_sentences_are_of_unequal_length():
    assert {len(sentence) for sentence in TOKENS} == {1, 3, 4, 5, 6}


def test_the_batch_of_three_needs_no_padding_and_repeats_words():
    assert set(BATCH) <= set(corpus.sentences)
    batch = torch.tensor([corpus.encode(sentence) for sentence in BATCH])
    assert batch.shape == (3, 5)
    assert (batch == INDICES["the"]).sum() == 5
    assert (batch == INDICES["cat"]).sum() == 3


@pytest.mark.parametrize(("one", "other"), [("cat", "dog"), ("good", "bad"), ("like", "hate")])
def test_twins_have_the_same_frequency_and_the_same_neighbours(one, other):
    def neighbours(word):
        found = Counter()
        for sentence in TOKENS:
            padded = [None, *(t if t not in (one, other) else "twin" for t in sentence), None]
            found.update((padded[k], padded[k + 2]) for k, token in enumerate(sentence) if token == word)
        return found

    assert COUNTS[one] == COUNTS[other]
    assert neighbours(one) == neighbours(other)


def test_six_words_are_never_followed_by_a_word():
    followed = {token for sentence in TOKENS for token in sentence[:-1]}
    assert set(COUNTS) - followed == {"milk", "soup", "tea", "water", "door", "sits", "sit"}


def test_the_table_is_written_with_one_decimal_and_no_row_twice():
    rows = corpus.rows()
    assert rows.shape == (31, 2)
    assert rows.dtype == torch.float32
    assert len(rows.unique(dim=0)) == 31
    assert torch.equal(rows, (rows * 10).round() / 10)
    assert not torch.signbit(rows[rows == 0]).any()


def test_rows_are_fresh_at_each_call():
    corpus.rows().zero_()
    assert corpus.rows().any()


def test_an_unseen_word_becomes_unk():
    assert corpus.encode("the wolf drinks tea") == [2, 1, 13, 11]
    assert corpus.encode("") == []
