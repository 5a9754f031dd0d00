"""The exercises of ``03_one_hot.ipynb``."""

import torch
from torch import nn

from ..check import alike, apart, brief, exercise, same, sides

NUMBERS = [(2, 3, 50), (5, 50), 1500, 1, 2400]


@exercise("one_hot_numbers")
def one_hot_numbers(answer):
    """Two shapes and three counts, for V = 50, D = 5 and six indices of shape (2, 3)."""
    if answer is not None and not isinstance(answer, list | tuple):
        yield False, f"write a list of five; this is {type(answer).__name__}"
    yield len(answer) == len(NUMBERS), f"there are five questions, and {len(answer)} answers"
    for letter, given, right in zip("abcde", answer, NUMBERS, strict=True):
        if isinstance(right, tuple):
            yield isinstance(given, list | tuple), f"({letter}) is a shape: write it as a tuple"
            yield tuple(given) == right, f"({letter}) {shape_hint(letter, tuple(given))}"
        else:
            whole = isinstance(given, int) and not isinstance(given, bool)
            yield whole, f"({letter}) is a whole number, not {brief(given)}"
            yield given == right, f"({letter}) {count_hint(letter, given)}"


def shape_hint(letter, given):
    if letter == "a" and given == (6, 50):
        return "(6, 50) has lost the shape of the indices; it stays, as in a lookup"
    if letter == "a" and given == (2, 3):
        return "(2, 3) is the shape of the indices; each of them becomes a row of zeros and a one"
    if letter == "a" and 5 in given:
        return f"{given} holds D, and no table has been asked yet"
    if letter == "b" and given == (50, 5):
        return "(50, 5) is an embedding's table; how does a linear layer keep its weight?"
    return f"{given} is not it: " + ("what is the length of a one-hot row?" if letter == "a" else "try it in a cell")


def count_hint(letter, given):
    known = {
        ("c", 3000): "3000 counts the additions too; the question is for multiplications",
        ("c", 300): "300 is for one column of the table, and there are five",
        ("c", 30): "30 numbers come out, and each of them is a sum of many products",
        ("c", 250): "250 is for one index, and there are six",
        ("d", 50): "50 products stand in the sum; all but a few have a 0 as a factor",
        ("d", 49): "49 of the products are 0; the question is for the others",
        ("e", 1200): "1200 bytes would be float32; `one_hot` gives int64",
        ("e", 300): "300 is how many numbers there are; each fills several bytes",
        ("e", 48): "48 bytes are the indices themselves",
    }
    ways = {
        "c": "how many sums, and how many products in each?",
        "d": "count the ones in a one-hot row",
        "e": "numbers times the bytes of one int64",
    }
    return known.get((letter, given), f"{given} is not it: {ways[letter]}")


@exercise("linear_of")
def linear_of(answer):
    """``answer(emb)``: a linear layer without bias that starts from the rows of `emb`, in a memory of its own."""
    for rows, dim in [(5, 3), (4, 4), (5, 1)]:
        emb = nn.Embedding(rows, dim)
        before = emb.weight.detach().clone()
        layer = answer(emb)
        yield isinstance(layer, nn.Linear), f"return an nn.Linear, not {type(layer).__name__}"
        yield layer.bias is None, "a bias would be added to every row: make the layer with bias=False"
        size = tuple(layer.weight.shape)
        yield size == (dim, rows), f"the weight of the layer must have shape {(dim, rows)}, not {size}"
        yield torch.equal(emb.weight, before), "the numbers of the embedding are not what they were: only read them"
        given = torch.equal(layer(torch.eye(rows)), before)
        lying = rows == dim and torch.equal(layer.weight, before)
        yield (
            given or not lying,
            "the rows of the embedding become the columns of the linear layer: transpose them",
        )
        in_order = torch.equal(layer.weight, before.view(size))
        yield (
            given or not in_order,
            "all numbers arrived, but in the wrong places: other sizes are not yet a transpose",
        )
        yield given, "a one-hot row must give the row of the embedding"
        trains = layer.weight.is_leaf and layer.weight.requires_grad
        yield trains, "the weight must be a parameter that can learn, with no history"
        layer(torch.eye(rows)).sum().backward()
        with torch.no_grad():
            layer.weight += 1
        yield (
            torch.equal(emb.weight, before),
            f"the embedding changed when the linear layer was trained: {shared_hint(rows, dim)}",
        )
        yield emb.weight.grad is None, "a gradient of the linear layer arrived at the embedding"
        yield emb.weight.requires_grad, "the embedding must still be able to learn"


def shared_hint(rows, dim):
    if dim > 1:
        return "a transpose is a view, both share one memory"
    return f"in a table of {rows} rows and one column the numbers lie in order, also transposed, and none is copied"


@exercise("word_counts")
def word_counts(answer):
    """``answer(x, V)``: a row of V counts for each row of `x`."""
    for batch, size in [([[2, 4, 2], [0, 1, 3]], 6), ([[5, 5, 5, 5]], 6), ([[1], [0], [1]], 2)]:
        x = torch.tensor(batch)
        expected = torch.stack([torch.bincount(row, minlength=size) for row in x])
        received = answer(x.clone(), size)
        asked = f"for x={batch}, V={size}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {type(received).__name__}"
        yield (
            received.shape == expected.shape,
            f"{asked}: {count_shape_hint(tuple(received.shape), tuple(expected.shape), x, size)}",
        )
        seen_once = torch.equal(received.long(), expected.clamp(max=1))
        yield (
            torch.equal(received.long(), expected) or not seen_once,
            f"{asked}: an index that occurs twice counts 2, yours says only that it occurs",
        )
        yield torch.equal(received.double(), expected.double()), f"{asked}: {sides(expected, received)}"
        yield same(received, expected), f"{asked}: counts are whole numbers, torch.int64; yours are {received.dtype}"


def count_shape_hint(got, want, x, size):
    if got == (*x.shape, size):
        return f"{got} still has a row for each place; add up the rows of a sentence"
    if got == (x.shape[1], size):
        return f"{got} added up the sentences; each of them keeps a row, so sum over the places"
    if got == tuple(x.shape):
        return f"{got} added up the numbers of each one-hot row, which always gives 1"
    if got == (len(x), x.max() + 1):
        return f"{got} ends at the largest index of this batch; a row has V = {size} numbers"
    return f"the loops give shape {want}, yours is {got}"


@exercise("at_time")
def at_time(answer):
    """``answer(weight, hours)``: rows of a table of 24 hours, mixed between two hours."""
    torch.manual_seed(0)
    weight = torch.randint(-8, 9, (24, 3)).float()
    questions = {
        "whole hours": [0.0, 6.0, 23.0],
        "half past": [6.5, 12.5],
        "a quarter past": [6.25, 17.75],
        "before midnight": [23.5, 23.25],
    }
    for asked, times in questions.items():
        hours = torch.tensor(times)
        before, part = hours.floor().long(), (hours - hours.floor())[:, None]
        after = (before + 1) % 24
        expected = (1 - part) * weight[before] + part * weight[after]
        received = answer(weight.clone(), hours.clone())
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {type(received).__name__}"
        size, want = tuple(received.shape), tuple(expected.shape)
        yield size == want, f"{asked}: {len(times)} hours give shape {want}, not {size}"
        right = alike(received, expected)
        clamped = alike(received, (1 - part) * weight[before] + part * weight[(before + 1).clamp(max=23)])
        yield right or not clamped, f"{asked}: after 23 comes 0 again"
        nearest = {"floor": weight[before], "round": weight[hours.round().long() % 24]}
        jumps = any(torch.equal(received, rows) for rows in nearest.values())
        yield right or not jumps, f"{asked}: {times[0]} reads one row only; a mixture has two"
        swapped = alike(received, part * weight[before] + (1 - part) * weight[after])
        yield right or not swapped, f"{asked}: the nearer hour must have the larger part"
        halves = alike(received, (weight[before] + weight[after]) / 2)
        yield right or not halves, f"{asked}: this is always half of each; the parts depend on the time"
        nothing = asked == "whole hours" and not received.any()
        yield right or not nothing, f"{asked}: for 6.0 both parts are 0; which hour is the next one after 6.0?"
        rows, yours = apart(expected, received)
        yield right, f"{asked}: for {brief(hours)} the rows should be {rows}, yours are {yours}"
