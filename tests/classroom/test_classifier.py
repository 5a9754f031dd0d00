"""The classifier of sentences: what it starts from, what it leaves alone, and how well it and its rivals do."""

import pytest
import torch

from classroom.classifier import (
    PENALTIES,
    Classifier,
    Counts,
    accuracy,
    drawn,
    most_frequent,
    noise,
    regression,
    train,
    vocabulary,
    word_counts,
)
from classroom.libraries import LIBRARIES, Labelled, held_out, training

SEEN, UNSEEN = training(), held_out()
WORDS = vocabulary(sentence.text for sentence in SEEN)


@pytest.fixture(scope="module")
def table():
    return noise(len(WORDS), 16)


@pytest.fixture(scope="module")
def trained(table):
    return train(WORDS, table, SEEN)


def test_noise_is_what_a_new_bag_holds():
    torch.manual_seed(5)
    new = torch.nn.EmbeddingBag(40, 3, dtype=torch.float64)
    assert torch.equal(noise(40, 3, seed=5), new.weight)


def test_a_new_classifier_is_the_mean_of_known_rows_and_a_linear_layer(table):
    classifier = Classifier(WORDS, table)
    known = table[WORDS.encode(["returns", "the", "graph"])]
    texts = ["returns the axolotl graph", "axolotl", "returns"]  # an unknown word is left out; a bag may be empty
    scores = classifier(texts)
    torch.testing.assert_close(scores[0], classifier.head(known.mean(dim=0)))
    assert torch.equal(scores[1], classifier.head.bias)
    assert classifier.bags(texts)[1].tolist() == [0, 4, 5]
    assert classifier([]).shape == (0, 4)


def test_a_training_is_the_same_every_time_and_leaves_table_and_random_state(table, trained):
    torch.manual_seed(99)  # a state that no training leaves behind
    before = torch.get_rng_state()
    again = train(WORDS, table, SEEN)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(table, noise(len(WORDS), 16))
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), trained.parameters(), strict=True))
    assert not torch.equal(train(WORDS, table, SEEN, steps=1, seed=1).head.bias, trained.head.bias)


def test_rows_of_seen_words_learn_and_row_0_does_not(table, trained):
    moved = (trained.bag.weight.detach() != table).any(dim=1)
    assert not moved[0]
    assert moved[1:].all()


def test_a_rate_of_zero_freezes_the_rows_and_a_small_one_moves_them_less(table, trained):
    frozen, slow = (train(WORDS, table, SEEN, table_rate=rate) for rate in (0, 0.001))
    assert torch.equal(frozen.bag.weight, table)
    assert not frozen.bag.weight.requires_grad
    far = [(run.bag.weight - table).norm().item() for run in (frozen, slow, trained)]
    assert far == sorted(far)
    assert accuracy(frozen, SEEN) < accuracy(slow, SEEN) < accuracy(trained, SEEN)


def test_drawn_sentences_are_as_many_of_each_library_and_another_seed_draws_others():
    few = drawn(SEEN, each=7)
    assert [sentence.library for sentence in few] == [library for library in range(4) for _ in range(7)]
    assert len(set(few)) == 28
    assert set(few) <= set(SEEN)
    assert drawn(SEEN, each=7) == few != drawn(SEEN, each=7, seed=1)


def test_more_sentences_give_more_right_answers(trained):
    few = drawn(SEEN, each=10)
    words = vocabulary(sentence.text for sentence in few)
    assert accuracy(train(words, noise(len(words), 16), few), UNSEEN) + 0.1 < accuracy(trained, UNSEEN)


def test_the_classifier_learns_and_is_no_better_than_word_counts(trained):
    assert accuracy(trained, SEEN) == 1
    assert accuracy(trained, UNSEEN) == pytest.approx(0.83, abs=0.03)
    assert accuracy(word_counts(SEEN), UNSEEN) == pytest.approx(0.855, abs=0.02)


def test_an_answer_without_reading_is_right_once_in_four():
    answer = most_frequent(SEEN)
    assert answer == 0
    assert sum(sentence.library == answer for sentence in UNSEEN) / len(UNSEEN) == 0.25
    assert most_frequent([*SEEN, Labelled("one more sentence of algebra", 3)]) == 3


def test_counts_are_how_often_each_word_stands_in_a_text():
    words = vocabulary(["the graph the node"])
    counts = Counts(words).counts(["the node the the", "an axolotl", ""])
    assert counts.tolist() == [[0, 3, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_the_regression_has_found_the_lowest_loss():
    penalty = 1e-3
    model = regression(SEEN, penalty)
    x = model.counts([sentence.text for sentence in SEEN])
    y = torch.tensor([sentence.library for sentence in SEEN])
    loss = torch.nn.functional.cross_entropy(model.linear(x), y) + penalty * model.linear.weight.square().sum()
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    assert max(gradient.abs().max().item() for gradient in gradients) < 1e-3


def test_the_penalty_is_chosen_on_the_given_sentences_alone():
    few = drawn(SEEN, each=20)
    chosen = word_counts(few)
    answers = [regression(few, penalty) for penalty in PENALTIES]
    assert any(torch.equal(chosen.linear.weight, model.linear.weight) for model in answers)
    assert set(chosen.words.tokens) == set(vocabulary(sentence.text for sentence in few).tokens)


def test_accuracy_is_the_share_of_right_answers():
    class Always(torch.nn.Module):
        def forward(self, texts):
            return torch.eye(len(LIBRARIES))[[2] * len(texts)]

    assert accuracy(Always(), UNSEEN) == 0.25
    assert accuracy(Always(), [sentence for sentence in UNSEEN if sentence.library == 2]) == 1
