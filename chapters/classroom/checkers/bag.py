"""The exercises of ``09_bag.ipynb``."""

from math import isnan

import torch

from ..check import alike, apart, brief, exercise, sides

VECTORS = [(1, 5), (0, 0), (0, 0), (3, 3)]


@exercise("bag_vectors")
def bag_vectors(answer):
    """The mean of the bags [0, 1], [], [1], [2] of rows (1, 5), (2, 4), (3, 3), row 1 left out."""
    yield isinstance(answer, list | tuple), f"write a list of pairs; this is {type(answer).__name__}"
    yield len(answer) == 4, f"there are as many vectors as offsets, 4; this has {len(answer)}"
    for bag, (given, right) in enumerate(zip(answer, VECTORS, strict=True)):
        yield is_pair(given), f"bag {bag}: write two numbers, (x, y)"
        yield near(given, right), f"bag {bag}: {vector_hint(bag, given)}"


def is_pair(given):
    return isinstance(given, list | tuple) and len(given) == 2 and all(isinstance(x, int | float) for x in given)


def near(given, wanted):
    return all(abs(a - b) < 0.001 for a, b in zip(given, wanted, strict=True))


def vector_hint(bag, given):
    if any(isnan(x) for x in given):
        return "a bag that holds nothing is not NaN; see what became of the empty post"
    if bag == 0 and near(given, (1.5, 4.5)):
        return "row 1 is the padding row, and it was added"
    if bag == 0 and near(given, (0.5, 2.5)):
        return "the pad adds nothing, and it is not counted either"
    if bag == 1:
        return "it starts where bag 2 starts, so it holds nothing"
    if bag == 2:
        return "which indices stand from offset 2 to offset 3, and what is row 1?"
    return f"{brief(tuple(given))} is not it; list the rows of this bag first"


@exercise("starts")
def starts(answer):
    """``answer(lengths)``: where each bag starts."""
    for lengths in ([3, 0, 2, 4], [5], [0, 0, 1], [2, 3], [1, 2, 3, 4, 5]):
        given = torch.tensor(lengths, dtype=torch.long)
        expected = given.cumsum(0) - given
        received = answer(given.clone())
        asked = f"for lengths {lengths}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        size = tuple(expected.shape)
        yield received.shape == expected.shape, f"{asked}: {shape_hint(received, given)}{size}"
        right = torch.equal(received.long(), expected) and not received.is_floating_point()
        yield right, f"{asked}: {starts_hint(received, given)}"


def shape_hint(received, lengths):
    more = len(received) - len(lengths) if received.dim() == 1 else 0
    extra = {1: "that is one number more, the form of include_last_offset; ", -1: "where does the first bag start? "}
    return f"{extra.get(more, '')}the shape is {tuple(received.shape)}, it must be "


def starts_hint(received, lengths):
    if received.is_floating_point():
        return "offsets are integers"
    if torch.equal(received.long(), lengths.cumsum(0)):
        return "these are the ends of the bags; where does the first one start?"
    if torch.equal(received.long(), lengths):
        return "these are the lengths; add up what stands before each bag"
    if torch.equal(received.long(), torch.tensor([0, *lengths.tolist()])[:-1]):
        return "each bag starts where only the bag before it would end; add up all that stand before"
    right, wrong = apart(lengths.cumsum(0) - lengths, received)
    return f"expected {right}, got {wrong}"


@exercise("bag_numbers")
def bag_numbers(answer):
    """``answer(offsets, n)``: the number of the bag of each position."""
    for offsets, n in [([0, 3, 3, 5], 9), ([0], 4), ([0, 0, 2], 3), ([0, 2, 4, 4], 4), ([0, 1, 2], 3), ([0, 0], 0)]:
        given = torch.tensor(offsets)
        expected = torch.tensor([sum(start <= k for start in offsets) - 1 for k in range(n)], dtype=torch.long)
        received = answer(given.clone(), n)
        asked = f"for offsets {offsets} and {n} positions"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        yield received.shape == (n,), f"{asked}: one number a position, shape {(n,)}, not {tuple(received.shape)}"
        right = torch.equal(received.long(), expected) and not received.is_floating_point()
        yield right, f"{asked}: {numbers_hint(given, n, expected, received)}"


def numbers_hint(offsets, n, expected, received):
    marks = torch.zeros(n + 1, dtype=torch.long)
    marks[offsets] = 1
    both = sides(expected, received)
    if received.is_floating_point():
        return "numbers of bags are integers"
    if torch.equal(received.long(), marks[:n].cumsum(0) - 1):
        return f"an empty bag has no position, but it has a number: the next bag's number is one higher ({both})"
    if torch.equal(received.long(), expected + 1):
        return f"the first bag is number 0 ({both})"
    if torch.equal(received.long(), torch.bucketize(torch.arange(n), offsets) - 1) or torch.equal(
        received.long(), torch.bucketize(torch.arange(n), offsets)
    ):
        return f"the position at which a bag starts belongs to it already ({both})"
    return both


@exercise("basket_means")
def basket_means(answer):
    """``answer(table, baskets)``: the mean of the rows of each basket, each counted by its quantity."""
    table = torch.tensor([[1.0, 5.0, 0.0], [2.0, 4.0, 8.0], [3.0, 3.0, -2.0], [0.0, -6.0, 1.0]])
    for baskets in [
        [{0: 1, 1: 1}, {2: 1}],
        [{3: 2, 0: 1}, {1: 1000, 2: 500}],
        [{0: 0.5, 2: 1.5}],
        [{0: 0.5}, {1: 0.25, 2: 0.25}],
        [{}, {1: 3}, {}],
    ]:
        expected = means(table, baskets)
        received = answer(table.clone(), [dict(basket) for basket in baskets])
        asked = f"for {baskets}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        size = tuple(expected.shape)
        yield received.shape == expected.shape, f"{asked}: the shape is {tuple(received.shape)}, it must be {size}"
        right = received.is_floating_point() and alike(received, expected, 1e-4)
        yield right, f"{asked}: {basket_hint(table, baskets, expected, received)}"


def means(table, baskets, count=sum, factor=lambda bought: bought):
    return torch.stack(
        [
            sum((factor(bought) * table[item] for item, bought in basket.items()), torch.zeros(3))
            / (count(basket.values()) or 1)
            for basket in baskets
        ]
    )


def basket_hint(table, baskets, expected, received):
    right, wrong = apart(expected, received)
    both = f"expected {right}, got {wrong}"
    if received.is_complex() or not received.is_floating_point():
        return "a mean is a floating point number"
    if any(not basket and row.isnan().any() for basket, row in zip(baskets, received, strict=True)):
        return "an empty basket became NaN: 0 / 0"
    if alike(received, means(table, baskets, count=lambda quantities: max(sum(quantities), 1)), 1e-3):
        return f"a basket that holds less than 1 is divided by 1, as only an empty one may be ({both})"
    if alike(received, means(table, baskets, count=len, factor=lambda bought: 1), 1e-3):
        return f"every item counts once; quantities are lost ({both})"
    if alike(received, means(table, baskets, count=lambda quantities: 1), 1e-3):
        return f"this is the sum; divide by the quantities of the basket ({both})"
    if alike(received, means(table, baskets, count=len), 1e-3):
        return f"it is divided by the number of different items, not by how many were bought ({both})"
    return both


def a(received):
    if isinstance(received, torch.Tensor):
        return "a tensor"
    return f"{'an' if type(received).__name__[0] in 'aeiou' else 'a'} {type(received).__name__}"
