"""The exercises of ``07_frequency.ipynb``."""

import torch
from torch import nn

from ..check import alike, apart, brief, exercise, sides

NUMBERS = [
    (1, "what is the mean of what all places of `the` send?"),
    (3, "each call makes a mean of its own; what does `backward` do with the three?"),
    (5, "without the flag nothing is divided, whatever the calls"),
    (0.2, "the count is taken from the indices, and they do not know what is judged"),
    (1, "pads are counted, but for their own row"),
]


@exercise("first_numbers")
def first_numbers(answer):
    """Five numbers, the first of the gradient of ``the``."""
    yield isinstance(answer, list | tuple), f"write a list of five numbers; this is {type(answer).__name__}"
    yield len(answer) == len(NUMBERS), f"there are five cases, and {len(answer)} answers"
    for letter, given, (right, why) in zip("abcde", answer, NUMBERS, strict=True):
        number = isinstance(given, int | float) and not isinstance(given, bool)
        yield number, f"({letter}) write a number, not {brief(given)}"
        yield abs(given - right) < 1e-6, f"({letter}) not {given:g}: {why}"


@exercise("accumulate")
def accumulate(answer):
    """``answer(emb, parts, loss_of)``: the gradient of one call, though the loss sees one part at a time."""
    for scaled in (True, False):
        for sizes in ([1, 2], [3], [1, 1, 1]):
            indices = torch.tensor([[1, 1, 2], [2, 0, 1], [1, 3, 1]])
            case = f"scale_grad_by_freq={scaled}, {len(sizes)} parts"
            yield from right_gradient(answer, indices, sizes, scaled, case)
    ragged = [torch.tensor([[1, 1]]), torch.tensor([[1, 2, 2]])]
    yield from right_gradient(answer, ragged, None, True, "parts of unequal length")


def right_gradient(answer, indices, sizes, scaled, case):
    def loss_of(vectors):
        seen.append(tuple(vectors.shape))
        return (vectors * vectors).sum()

    parts = list(indices.split(sizes)) if sizes else indices
    whole = torch.cat([part.flatten() for part in parts])
    rows = torch.arange(8.0).reshape(4, 2) + 1
    expected = gradient_of_one_call(rows, whole, scaled)
    cut = sum(gradient_of_one_call(rows, part.flatten(), scaled) for part in parts)
    want = [(*part.shape, 2) for part in parts]
    emb, seen = nn.Embedding(4, 2, scale_grad_by_freq=scaled, _weight=rows.clone()), []
    received = answer(emb, [part.clone() for part in parts], loss_of)
    yield isinstance(received, torch.Tensor), f"{case}: return emb.weight.grad, not {type(received).__name__}"
    hint = f"{case}: loss_of saw vectors of shape {brief(seen)}; it must see the parts, one at a time: {brief(want)}"
    yield [shape for shape in seen if torch.Size(shape).numel()] == want, hint
    yield received.shape == rows.shape, f"{case}: the gradient has shape (4, 2), yours has {tuple(received.shape)}"
    right = alike(received, expected)
    by_calls = not right and alike(received, cut)
    yield not by_calls, f"{case}: every part is divided by its own count; one call would divide by the count of all"
    by_parts = not right and alike(received, cut / len(parts))
    yield not by_parts, f"{case}: dividing by the number of parts is right only for rows that are in every part"
    undivided = not right and alike(received, gradient_of_one_call(rows, whole, False))
    yield not undivided, f"{case}: nothing was divided"
    divided = not right and alike(received, gradient_of_one_call(rows, whole, True))
    yield not divided, f"{case}: this layer divides nothing, and so must you"
    row, one, yours = farthest(received, expected)
    yield right, f"{case}: one call gives row {row} {one}, yours is {yours}"
    yield emb.scale_grad_by_freq is scaled, f"{case}: leave the layer's flag as you found it"
    yield torch.equal(emb.weight, rows), f"{case}: the table itself has changed"
    left = emb.weight.grad is not None and alike(emb.weight.grad, expected)
    yield left, f"{case}: leave the gradient in emb.weight.grad, for the optimizer"


def farthest(received, expected):
    """The row that differs most, what is right there, and what was received."""
    row = int((received - expected).abs().nan_to_num(torch.inf).sum(dim=1).argmax())
    return row, *apart(expected[row], received[row])


def gradient_of_one_call(rows, indices, scaled):
    layer = nn.Embedding(4, 2, scale_grad_by_freq=scaled, _weight=rows.clone())
    layer(indices).pow(2).sum().backward()
    return layer.weight.grad


@exercise("times_read")
def times_read(answer):
    """``answer(indices)``: for each place, how many places hold the same index."""
    for rows in ([[2, 4, 26, 2, 5], [2, 5, 17, 2, 4]], [[7, 7], [7, 0]], [3, 1, 3], [[[5], [5], [1]]], 6):
        indices = torch.tensor(rows)
        expected = (indices.flatten()[:, None] == indices.flatten()).sum(dim=1).reshape(indices.shape)
        received, case = answer(indices.clone()), f"for {brief(indices)}"
        yield isinstance(received, torch.Tensor), f"{case}: return a tensor, not {type(received).__name__}"
        counts = torch.bincount(indices.flatten())
        by_row = received.shape == counts.shape and torch.equal(received, counts) and counts.shape != expected.shape
        yield not by_row, f"{case}: these are the counts of the rows; take for each place that of its row"
        size = tuple(expected.shape)
        yield received.shape == expected.shape, f"{case}: the loops give shape {size}, yours is {tuple(received.shape)}"
        lines = indices.dim() == 2 and torch.equal(received, (indices[:, :, None] == indices[:, None]).sum(dim=2))
        right = torch.equal(received, expected)
        yield right or not lines, f"{case}: this counts each sentence by itself; the call is counted as a whole"
        yield right, f"{case}: {sides(expected, received)}"
    received = answer(torch.zeros(0, 3, dtype=torch.long))
    empty = isinstance(received, torch.Tensor) and received.shape == (0, 3)
    yield empty, f"no indices at all, of shape (0, 3): give back that shape, not {brief(received)}"


@exercise("station_means")
def station_means(answer):
    """``answer(stations, readings, num_stations)``: the mean of each group, zeros for an empty one."""
    for stations, readings, count in [
        ([0, 2, 0, 0], [[4.0, 1.0], [7.0, 2.0], [8.0, 3.0], [0.0, 5.0]], 4),
        ([1], [[6.0]], 3),
        ([5, 5, 3, 5, 3, 0], [[1.0], [2.0], [-4.0], [6.0], [8.0], [0.5]], 6),
    ]:
        places, values = torch.tensor(stations), torch.tensor(readings)
        sums = torch.zeros(count, values.shape[1]).index_add_(0, places, values)
        times = torch.bincount(places, minlength=count)[:, None]
        expected, case = sums / times.clamp(min=1), f"for stations {stations}"
        received = answer(places.clone(), values.clone(), count)
        yield isinstance(received, torch.Tensor), f"{case}: return a tensor, not {type(received).__name__}"
        size, got = tuple(expected.shape), tuple(received.shape)
        yield got == size, f"{case}: {count} stations need the shape {size}, yours is {got}"
        silent = int(((times == 0).flatten() & received.isnan().any(dim=1)).int().argmax())
        nan = times[silent] == 0 and received[silent].isnan().any()
        yield not nan, f"{case}: station {silent} has sent nothing and has NaN; it gets zeros"
        right = alike(received, expected)
        yield right or not alike(received, sums), f"{case}: these are the sums, not the means"
        yield (
            right or not alike(received, sums / len(stations)),
            f"{case}: divided by all reports; each station has its own count",
        )
        row, mean, yours = farthest(received, expected)
        yield right, f"{case}: the mean of station {row} is {mean}, yours {yours}"
