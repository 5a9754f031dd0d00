"""The exercises of ``07_frequency.ipynb``."""

import torch
from torch import nn

from ..check import brief, exercise

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
    answer = answer.tolist() if isinstance(answer, torch.Tensor) else answer
    yield isinstance(answer, list | tuple), f"write a list of five numbers; this is {type(answer).__name__}"
    yield len(answer) == len(NUMBERS), f"there are five cases, and your list holds {len(answer)}"
    for letter, given, (right, why) in zip("abcde", answer, NUMBERS, strict=True):
        given = given.item() if isinstance(given, torch.Tensor) and given.numel() == 1 else given
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
        return uneven_loss(vectors)

    parts = list(indices.split(sizes)) if sizes else indices
    rows = torch.arange(8.0).reshape(4, 2) + 1
    expected = gradient_of_one_call(rows, parts, scaled)
    emb, seen = nn.Embedding(4, 2, scale_grad_by_freq=scaled, _weight=rows.clone()), []
    received = answer(emb, [part.clone() for part in parts], loss_of)
    yield isinstance(received, torch.Tensor), f"{case}: return emb.weight.grad, not {type(received).__name__}"
    want = [(*part.shape, 2) for part in parts]
    hint = f"{case}: loss_of saw vectors of shape {brief(seen)}; it must see the parts, one at a time: {brief(want)}"
    yield [shape for shape in seen if torch.Size(shape).numel()] == want, hint
    yield received.shape == rows.shape, f"{case}: the gradient has shape (4, 2), yours has {tuple(received.shape)}"
    received = received.detach().to(expected.dtype)
    cut = sum(gradient_of_one_call(rows, [part], scaled) for part in parts)
    right = torch.allclose(received, expected)
    by_calls = not right and torch.allclose(received, cut)
    yield not by_calls, f"{case}: every part is divided by its own count; one call would divide by the count of all"
    by_parts = not right and torch.allclose(received, cut / len(parts))
    yield not by_parts, f"{case}: dividing by the number of parts is right only for rows that are in every part"
    holding = sum(torch.bincount(part.unique(), minlength=4) for part in parts).clamp(min=1)
    of_means = not right and torch.allclose(received, cut / holding[:, None])
    yield not of_means, f"{case}: this is the mean of the parts' means; one call makes a mean of all places"
    undivided = not right and torch.allclose(received, gradient_of_one_call(rows, parts, False))
    yield not undivided, f"{case}: nothing was divided"
    divided = not right and torch.allclose(received, gradient_of_one_call(rows, parts, True))
    yield not divided, f"{case}: this layer divides nothing, and so must you"
    row = int((received - expected).abs().sum(dim=1).argmax())
    yield right, f"{case}: one call gives row {row} {brief(expected[row])}, yours is {brief(received[row])}"
    yield emb.scale_grad_by_freq is scaled, f"{case}: leave the layer's flag as you found it"
    yield torch.equal(emb.weight, rows), f"{case}: the table itself has changed"
    left = emb.weight.grad is not None and torch.allclose(emb.weight.grad, expected)
    yield left, f"{case}: leave the gradient in emb.weight.grad, for the optimizer"


def gradient_of_one_call(rows, parts, scaled):
    layer = nn.Embedding(4, 2, scale_grad_by_freq=scaled, _weight=rows.clone())
    vectors = layer(torch.cat([part.flatten() for part in parts]))
    sum(map(uneven_loss, vectors.split([part.numel() for part in parts]))).backward()
    return layer.weight.grad


def uneven_loss(vectors):
    """Return a sum over the places in which each counts more than the one before it."""
    weights = torch.arange(vectors[..., :1].numel()) + 1.0
    return (weights.reshape(vectors[..., :1].shape) * vectors.pow(2)).sum()


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
        yield right, f"{case}: the loops give {brief(expected)}, yours {brief(received)}"
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
        received = received.to(expected.dtype)
        silent = int((times == 0).flatten().int().argmax())
        yield not received.isnan().any(), f"{case}: station {silent} has sent nothing and has NaN; it gets zeros"
        right = torch.allclose(received, expected)
        yield right or not torch.allclose(received, sums), f"{case}: these are the sums, not the means"
        yield (
            right or not torch.allclose(received, sums / len(stations)),
            f"{case}: divided by all reports; each station has its own count",
        )
        row = int((received - expected).abs().sum(dim=1).argmax())
        yield right, f"{case}: the mean of station {row} is {brief(expected[row])}, yours {brief(received[row])}"
