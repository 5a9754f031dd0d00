"""The exercises of chapter 2: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
import torch.nn.functional as F
from torch import nn

from reference import Vocabulary, lookup

SHAPES = [(2,), (7, 2), (3, 1, 5, 2), (0, 5, 2), (2, 2, 8)]
LETTERS = "MVQDRC"


def but(number, shape):
    """The right shapes with one of them replaced, counted from 1."""
    return [*SHAPES[: number - 1], shape, *SHAPES[number:]]


def rows_by_lookup(weight, words, sentence):
    known = {word: index for index, word in enumerate(words)}
    return lookup(weight, torch.tensor([known.get(word, known["<unk>"]) for word in sentence.split()]))


def rows_by_list(weight, words, sentence):
    found = [word if word in words else "<unk>" for word in sentence.split()]
    return torch.stack([weight[words.index(word)] for word in found])


def rows_by_layer(weight, words, sentence):
    return F.embedding(torch.tensor(Vocabulary(words).encode(sentence.split())), weight)


def rows(unknown):
    """Return an answer that reads row `unknown` for a word it does not know."""

    def answer(weight, words, sentence):
        return weight[[words.index(w) if w in words else unknown for w in sentence.split()]]

    return answer


def rows_dropped(weight, words, sentence):
    return weight[[words.index(w) for w in sentence.split() if w in words]]


def rows_of_zeros(weight, words, sentence):
    zero = torch.zeros(weight.shape[1])
    return torch.stack([weight[words.index(w)] if w in words else zero for w in sentence.split()])


def rows_doubled(weight, words, sentence):
    return rows_by_lookup(weight.mul_(2), words, sentence)


def rows_and_more_words(weight, words, sentence):
    found = rows_by_lookup(weight, words, sentence)
    words += [word for word in sentence.split() if word not in words]
    return found


def flat_in_place(flat, dim, indices):
    indices *= dim
    return flat[indices[:, None] + torch.arange(dim)]


def flat_and_cleared(flat, dim, indices):
    found = flat.reshape(-1, dim)[indices]
    flat.zero_()
    return found


def features_by_lookup(weight, kinds, numbers):
    return torch.cat([numbers, lookup(weight, torch.tensor([LETTERS.index(k) for k in kinds]))], dim=1)


def features_by_stack(weight, kinds, numbers):
    number_of = dict(zip(LETTERS, range(6), strict=True))
    return torch.stack([torch.cat([n, weight[number_of[k]]]) for k, n in zip(kinds, numbers, strict=True)])


def features_per_batch(weight, kinds, numbers):
    letters = sorted(set(kinds))
    return torch.cat([numbers, weight[[letters.index(k) for k in kinds]]], dim=1)


def features_sorted(weight, kinds, numbers):
    return torch.cat([numbers, weight[[sorted(LETTERS).index(k) for k in kinds]]], dim=1)


def features_from_one(weight, kinds, numbers):
    return torch.cat([numbers, weight[[1 + LETTERS.index(k) for k in kinds]]], dim=1)


def features_swapped(weight, kinds, numbers):
    return torch.cat([weight[[LETTERS.index(k) for k in kinds]], numbers], dim=1)


def features_below(weight, kinds, numbers):
    return torch.cat([weight[[LETTERS.index(k) for k in kinds]], F.pad(numbers, (0, 1))], dim=0)


def features_by_ord(weight, kinds, numbers):
    return torch.cat([numbers, F.embedding(torch.tensor([ord(k) - ord("A") for k in kinds]), weight)], dim=1)


def features_scaled_in_place(weight, kinds, numbers):
    numbers /= 10
    return features_by_lookup(weight, kinds, numbers)


def features_normed_in_place(weight, kinds, numbers):
    weight /= weight.norm(dim=1, keepdim=True)
    return features_by_lookup(weight, kinds, numbers)


def features_and_cleared(weight, kinds, numbers):
    found = features_by_lookup(weight, kinds, numbers)
    numbers.zero_()
    return found


def paint_in_place(palette, pixels):
    found = palette[pixels].permute(2, 0, 1)
    palette /= 255
    return found


RIGHT = {
    "output_shapes": [SHAPES, tuple(map(list, SHAPES)), [torch.Size(shape) for shape in SHAPES]],
    "rows_of": [rows_by_lookup, rows_by_list, rows_by_layer],
    "flat_lookup": [
        lambda flat, dim, indices: flat[indices[:, None] * dim + torch.arange(dim)],
        lambda flat, dim, indices: flat.reshape(-1, dim)[indices],
        lambda flat, dim, indices: lookup(flat.unflatten(0, (-1, dim)), indices),
        lambda flat, dim, indices: flat.double().view(-1, dim)[indices],
        lambda flat, dim, indices: nn.Parameter(flat.view(-1, dim)[indices]),
    ],
    "features": [features_by_lookup, features_by_stack],
    "paint": [
        lambda palette, pixels: lookup(palette, pixels).permute(2, 0, 1),
        lambda palette, pixels: torch.stack([plane[pixels] for plane in palette.T]),
        lambda palette, pixels: palette.T[:, pixels],
        lambda palette, pixels: palette[pixels.flatten()].T.reshape(3, *pixels.shape),
    ],
}

WRONG = {
    "output_shapes": [
        (but(1, (1, 2)), "(a) a bare index has no dimension"),
        (but(2, (31, 2)), "(b) (31, 2) holds the number of rows"),
        (but(2, (7,)), "(b) (7,) is the shape of the indices"),
        (but(3, (3, 1, 2)), "(c) in (3, 1, 2) the 2 has replaced a dimension"),
        (but(3, (2, 3, 1, 5)), "(c) in (2, 3, 1, 5) the 2 stands in front"),
        (but(3, (3, 5, 2)), "(c) in (3, 5, 2) a dimension is missing"),
        (but(4, (5, 2)), "(d) (5, 2) is not it"),
        (but(5, (2, 2, 2)), "(e) (2, 2, 2) is what `emb` gives"),
        (but(2, 7), "(b) write the shape as a tuple"),
        (SHAPES[:4], "there are five questions, and your list holds 4"),
        ("(2,)", "write a list of five tuples; this is str"),
    ],
    "rows_of": [
        (rows(-1), "`wolf` still reads the row of the last word"),
        (rows(0), "`wolf` reads [0.0, 1.0], which is not <unk>'s row"),
        (rows(1), "in another vocabulary <unk> has another index"),
        (rows_dropped, "four words need four rows, also when one is unknown; this is a tensor of shape (3, 2)"),
        (rows_doubled, "the rows of known words"),
        (rows_and_more_words, "your function has changed `words`"),
        (rows_of_zeros, "a row of zeros is no row of the table"),
        (lambda weight, words, sentence: weight[words.index("<unk>")].expand(3, 2), "the rows of known words"),
        (lambda weight, words, sentence: [0], "three words need a (3, 2) tensor of rows, not list"),
        (
            lambda weight, words, sentence: weight[[words.index(w) for w in sentence.split()]],
            "your function raised ValueError: 'wolf' is not in list",
        ),
    ],
    "flat_lookup": [
        (lambda flat, dim, i: flat[i[:, None] * dim].expand(-1, dim), "each row repeats its first number"),
        (lambda flat, dim, i: flat.reshape(dim, -1).T[i], "this reads down columns"),
        (
            lambda flat, dim, i: flat[i[:, None] + torch.arange(dim)],
            "row i starts at place i * dim (for index 4 the loops give [6.0, 6.5, 7.0], yours is [2.0, 2.5, 3.0])",
        ),
        (
            lambda flat, dim, i: flat.reshape(-1, dim)[i] + 0.5,
            "for index 4 the loops give [6.0, 6.5, 7.0], yours is [6.5",
        ),
        (flat_in_place, "your function has changed `indices`"),
        (flat_and_cleared, "your function has changed `flat`"),
        (lambda flat, dim, i: flat[i], "the loops give shape (4, 3), yours is (4,)"),
        (
            lambda flat, dim, i: flat[i * dim + torch.arange(dim)],
            "your function raised RuntimeError: The size of tensor a",
        ),
        (lambda flat, dim, i: [], "return a tensor, not list"),
    ],
    "features": [
        (features_per_batch, "for 'MVQ' the letters are numbered anew"),
        (features_sorted, "for 'MVQ' the letters are in the order of the alphabet"),
        (features_from_one, "in 'MVQ' the record of M does not hold row 0"),
        (features_swapped, "the two numbers come first"),
        (features_below, "3 records have shape (3, 5), not (6, 3)"),
        (features_scaled_in_place, "the first two columns are the numbers"),
        (features_normed_in_place, "in 'MVQ' the record of M does not hold row 0"),
        (features_and_cleared, "your function has changed `numbers`"),
        (features_by_ord, "IndexError: index out of range in self"),
        (lambda weight, kinds, numbers: F.pad(numbers + 1, (0, 3)), "the first two columns are the numbers"),
    ],
    "paint": [
        (lambda palette, pixels: lookup(palette, pixels), "(4, 2, 3) has the colours last"),
        (lambda palette, pixels: lookup(palette, pixels).permute(2, 1, 0), "(3, 2, 4) has height and width swapped"),
        (
            lambda palette, pixels: lookup(palette, pixels).reshape(3, *pixels.shape),
            "the numbers of a colour are torn apart",
        ),
        (
            lambda palette, pixels: lookup(palette.flip(0), pixels).permute(2, 0, 1),
            "pixels [[0, 3], [1, 1], [2, 0], [3, 3]] give other colours",
        ),
        (paint_in_place, "your function has changed `palette`"),
        (lambda palette, pixels: palette, "the picture must have shape (3, 4, 2), not (4, 3)"),
    ],
}
