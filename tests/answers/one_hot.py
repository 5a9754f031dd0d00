"""The exercises of chapter 3: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
import torch.nn.functional as F
from torch import nn

from reference import one_hot

NUMBERS = [(2, 3, 50), (5, 50), 1500, 1, 2400]


def but(number, value):
    """The right answers with one of them replaced, counted from 1."""
    return [*NUMBERS[: number - 1], value, *NUMBERS[number:]]


def linear(make):
    """Return an answer whose layer gets its weight from `make`."""

    def answer(emb):
        layer = nn.Linear(emb.num_embeddings, emb.embedding_dim, bias=False)
        layer.weight = make(emb.weight)
        return layer

    return answer


def linear_copied(emb):
    layer = nn.Linear(emb.num_embeddings, emb.embedding_dim, bias=False)
    with torch.no_grad():
        layer.weight.copy_(emb.weight.T)
    return layer


def linear_loaded(emb):
    layer = nn.Linear(emb.num_embeddings, emb.embedding_dim, bias=False)
    layer.load_state_dict({"weight": emb.weight.T})
    return layer


def linear_that_clears(emb):
    layer = linear_copied(emb)
    nn.init.zeros_(emb.weight)
    return layer


def linear_with_bias(emb):
    layer = nn.Linear(emb.num_embeddings, emb.embedding_dim)
    with torch.no_grad():
        layer.weight.copy_(emb.weight.T)
    return layer


def linear_untransposed(emb):
    layer = nn.Linear(emb.embedding_dim, emb.num_embeddings, bias=False)
    with torch.no_grad():
        layer.weight.copy_(emb.weight)
    return layer


def linear_reshaped(emb):
    layer = nn.Linear(emb.num_embeddings, emb.embedding_dim, bias=False)
    with torch.no_grad():
        layer.weight.copy_(emb.weight.view(layer.weight.shape))
    return layer


def linear_frozen(emb):
    layer = linear_copied(emb)
    layer.weight.requires_grad_(False)
    return layer


def linear_of_the_wrong_sizes(emb):
    layer = nn.Linear(emb.num_embeddings, emb.embedding_dim, bias=False)
    with torch.no_grad():
        layer.weight.copy_(emb.weight)
    return layer


def time_by(mix, wrap=lambda hour: (hour + 1) % 24):
    """Return an answer that mixes the rows of two hours."""

    def answer(weight, hours):
        before = hours.floor().long()
        return mix(weight[before], weight[wrap(before)], (hours % 1)[:, None])

    return answer


def time_by_floor_and_ceil(weight, hours):
    low, high = hours.floor(), hours.ceil()
    return (high - hours)[:, None] * weight[low.long()] + (hours - low)[:, None] * weight[high.long() % 24]


def time_in_double(weight, hours):
    return time_by(torch.lerp)(weight.double(), hours.double())


def time_in_place(weight, hours):
    before = hours.long()
    hours -= before
    return weight[before] + hours[:, None] * weight[(before + 1) % 24]


def time_by_product(weight, hours):
    distance = (hours[:, None] - torch.arange(24)).abs()
    return (1 - torch.minimum(distance, 24 - distance)).clamp(min=0) @ weight


RIGHT = {
    "one_hot_numbers": [NUMBERS, tuple(NUMBERS), [torch.Size((2, 3, 50)), [5, 50], 1500, 1, 2400]],
    "linear_of": [linear_copied, linear_loaded, linear(lambda w: nn.Parameter(w.detach().T.clone()))],
    "word_counts": [
        lambda x, V: one_hot(x, V).sum(dim=1),
        lambda x, V: F.one_hot(x, V).sum(1),
        lambda x, V: torch.stack([torch.bincount(row, minlength=V) for row in x]),
        lambda x, V: torch.zeros(len(x), V, dtype=torch.long).scatter_add_(1, x, torch.ones_like(x)),
    ],
    "at_time": [
        time_by(lambda a, b, part: (1 - part) * a + part * b),
        time_by(torch.lerp),
        time_by_product,
        time_in_double,
    ],
}

WRONG = {
    "one_hot_numbers": [
        (but(1, (6, 50)), "(a) (6, 50) has lost the shape of the indices"),
        (but(1, (2, 3)), "(a) (2, 3) is the shape of the indices"),
        (but(1, (2, 3, 5)), "(a) (2, 3, 5) holds D"),
        (but(1, (50,)), "(a) (50,) is not it: what is the length of a one-hot row?"),
        (but(1, 50), "(a) is a shape"),
        (but(2, (50, 5)), "(b) (50, 5) is an embedding's table"),
        (but(2, (5,)), "(b) (5,) is not it"),
        (but(3, 3000), "(c) 3000 counts the additions too"),
        (but(3, 300), "(c) 300 is for one column"),
        (but(3, 30), "(c) 30 numbers come out"),
        (but(3, 250), "(c) 250 is for one index"),
        (but(3, 7), "(c) 7 is not it: how many sums"),
        (but(4, 50), "(d) 50 products stand in the sum"),
        (but(4, 49), "(d) 49 of the products are 0"),
        (but(5, 1200), "(e) 1200 bytes would be float32"),
        (but(5, 300), "(e) 300 is how many numbers there are"),
        (but(5, 48), "(e) 48 bytes are the indices"),
        (but(3, torch.tensor(30)), "(c) 30 numbers come out"),
        (but(4, 1.5), "(d) is a whole number, not 1.5"),
        (NUMBERS[:4], "there are five questions, and 4 answers"),
        ("(2, 3, 50)", "write a list of five; this is str"),
    ],
    "linear_of": [
        (linear_reshaped, "all numbers arrived, but in the wrong places"),
        (linear(lambda w: nn.Parameter(w.T)), "a transpose is a view, both share one memory"),
        (linear(lambda w: nn.Parameter(w.T.contiguous())), "a table of 5 rows and one column"),
        (linear_that_clears, "the numbers of the embedding are not what they were: only read them"),
        (linear(lambda w: nn.Parameter(w.detach().T)), "a transpose is a view, both share one memory"),
        (
            lambda emb: nn.Linear(emb.num_embeddings, emb.embedding_dim, bias=False),
            "must give the row of the embedding",
        ),
        (linear_with_bias, "a bias would be added to every row"),
        (linear_untransposed, "must have shape (3, 5), not (5, 3)"),
        (linear_of_the_wrong_sizes, "your function raised RuntimeError: The size of tensor a"),
        (linear_frozen, "the weight must be a parameter that can learn"),
        (lambda emb: emb.weight.T, "return an nn.Linear, not Tensor"),
    ],
    "word_counts": [
        (lambda x, V: one_hot(x, V).sum(dim=0), "(3, 6) added up the sentences"),
        (lambda x, V: one_hot(x, V), "(2, 3, 6) still has a row for each place"),
        (lambda x, V: one_hot(x, V).sum(dim=-1), "(2, 3) added up the numbers of each one-hot row"),
        (lambda x, V: one_hot(x, V).amax(dim=1), "an index that occurs twice counts 2"),
        (lambda x, V: one_hot(x, V).any(dim=1), "an index that occurs twice counts 2"),
        (lambda x, V: one_hot(x, V).float().mean(dim=1), "the loops give [[0, 0, 2"),
        (
            lambda x, V: one_hot(x, V).float().sum(dim=1),
            "counts are whole numbers, torch.int64; yours are torch.float32",
        ),
        (lambda x, V: one_hot(x).sum(dim=1), "(2, 5) ends at the largest index of this batch"),
        (lambda x, V: torch.bincount(x.flatten(), minlength=V), "the loops give shape (2, 6), yours is (6,)"),
        (lambda x, V: [], "return a tensor, not list"),
    ],
    "at_time": [
        (time_by(lambda a, b, part: a), "half past: 6.5 reads one row only"),
        (lambda weight, hours: weight[hours.round().long() % 24], "half past: 6.5 reads one row only"),
        (time_by(lambda a, b, part: part * a + (1 - part) * b), "the nearer hour must have the larger part"),
        (time_by(torch.lerp, lambda hour: (hour + 1).clamp(max=23)), "before midnight: after 23 comes 0 again"),
        (time_by(torch.lerp, lambda hour: hour + 1), "your function raised IndexError"),
        (time_by(lambda a, b, part: (a + b) / 2), "whole hours: this is always half of each"),
        (time_by_floor_and_ceil, "whole hours: for 6.0 both parts are 0"),
        (time_by(lambda a, b, part: a + part * b), "half past: for [6.5, 12.5] the rows should be"),
        (time_in_place, "half past: for [6.5, 12.5] the rows should be"),
        (lambda weight, hours: weight[0], "3 hours give shape (3, 3), not (3,)"),
        (lambda weight, hours: [1], "return a tensor, not list"),
    ],
}
