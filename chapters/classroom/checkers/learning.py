"""The exercises of ``04_learning.ipynb``."""

import torch
from torch import nn

from ..check import OPTIMIZERS_LOAD, NotAttemptedError, alike, apart, brief, exercise, sides

COUNTS = [3, 2, 1, 0, 3]
ASKED = "abcde"


@exercise("gradient_counts")
def gradient_counts(answer):
    """Five integers about ``y = [[2, 4, 2], [5, 2, 4]]``: four gradients, and how many rows move."""
    if answer is not None and not isinstance(answer, list | tuple):
        yield False, f"write a list of five integers; this is {type(answer).__name__}"
    yield len(answer) == len(COUNTS), f"there are five questions, and {len(answer)} answers"
    for letter, given, right in zip(ASKED, answer, COUNTS, strict=True):
        number = isinstance(given, int | float) and not isinstance(given, bool)
        yield number, f"question {letter}: write a number, not {brief(given)}"
        yield given == right, f"question {letter}: {count_hint(letter, given)}"


def count_hint(letter, given):
    if letter == "e":
        return (
            "SGD moves the rows that were read, each counted once"
            if given == 6
            else "count the different rows that y names"
        )
    if letter == "d":
        return "row 9 is read by no place"
    if given == 1:
        return "the gradients of several places are added, neither averaged nor overwritten"
    if letter == "a" and given == 2:
        return "row 2 is read in both sentences, in one of them twice: count places, not sentences"
    return "count the places that read this row; each sends a 1"


@exercise("train_sgd", load_first=OPTIMIZERS_LOAD)
def train_sgd(answer):
    """``answer(emb, batches)``: plain SGD with rate 0.1; the table after the last batch."""
    rows = torch.arange(8.0).reshape(4, 2)
    batches = [(torch.tensor([1, 1, 2]), torch.ones(3, 2)), (torch.tensor([3]), torch.ones(1, 2))]
    batches.append((torch.tensor([0, 3]), torch.full((2, 2), 2.0)))
    right, summed, total = rows.clone(), rows.clone(), torch.zeros_like(rows)
    for indices, upstream in batches:
        gradient = torch.zeros_like(rows).index_add_(0, indices, upstream)
        total += gradient
        right -= 0.1 * gradient
        summed -= 0.1 * total
    emb, read = filled(rows), []
    emb.register_forward_pre_hook(lambda module, _: read.append(module.weight.detach().clone()))
    try:
        received = answer(emb, [(indices.clone(), upstream.clone()) for indices, upstream in batches])
    except NotAttemptedError:
        if torch.equal(emb.weight, rows):
            raise
        yield False, "the table was trained, and nothing comes back: return it"
    yield isinstance(received, torch.Tensor), f"return the table, a tensor, not {a(received)}"
    yield received.shape == rows.shape, f"the table has shape (4, 2), not {tuple(received.shape)}"
    yield (
        not alike(received, summed),
        "row 1 is read by the first batch only, and moves in every step: its old gradient is still there",
    )
    yield not torch.equal(received, rows), "nothing moves: a gradient must live from backward to step"
    yield (
        not alike(received[[1, 2]], rows[[1, 2]]) or alike(received, right),
        "the rows of the first batch did not move",
    )
    wrong = next((row for row in range(4) if not alike(received[row], right[row])), 0)
    ends, yours = apart(right[wrong], received[wrong])
    yield alike(received, right), f"row {wrong} should end at {ends}, not {yours}"
    once = len(read) >= len(batches) and all(torch.equal(table, rows) for table in read)
    yield not once, "every batch is looked up in the same table: one step for each batch"


@exercise("scatter_means")
def scatter_means(answer):
    """``answer(rows, grads, num_rows)``: for each row the mean of its gradients, zeros where there are none."""
    for rows, dim, num_rows in [([2, 0, 2], 2, 4), ([1, 1, 1, 1], 3, 2), ([0], 1, 3), ([], 2, 2)]:
        indices = torch.tensor(rows, dtype=torch.long)
        grads = torch.arange(1.0, len(rows) * dim + 1).reshape(len(rows), dim)
        summed = torch.zeros(num_rows, dim)
        for row, grad in zip(rows, grads, strict=True):
            summed[row] += grad
        expected = summed / indices.bincount(minlength=num_rows).clamp(min=1)[:, None]
        received = answer(indices.clone(), grads.clone(), num_rows)
        asked = f"for rows {rows}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        right_shape = received.shape == expected.shape
        yield right_shape, f"{asked}: the loops give shape {tuple(expected.shape)}, yours is {tuple(received.shape)}"
        right = alike(received, expected)
        yield right, f"{asked}: {means_hint(indices, grads, summed, expected, received)}"


def means_hint(rows, grads, summed, expected, received):
    both = sides(expected, received)
    if received[rows.bincount(minlength=len(expected)) == 0].isnan().any():
        return f"0 divided by 0 is NaN: a row that nobody read needs another divisor ({both})"
    last = torch.zeros_like(expected)
    last[rows] = grads
    counts = rows.bincount(minlength=len(expected)).clamp(min=1)[:, None]
    if alike(received, last) or alike(received, last / counts):
        return f"of several gradients for one row only the last arrives ({both})"
    if alike(received, summed):
        return f"this is the sum of a row's gradients, not yet the mean ({both})"
    if alike(received, summed / len(rows)):
        return f"this divides by the length of the list; each row has a count of its own ({both})"
    if alike(received, summed / (rows.bincount(minlength=len(expected))[:, None] + 1)):
        return f"the zeros of the empty table are counted as one more gradient ({both})"
    return both


@exercise("freeze", load_first=OPTIMIZERS_LOAD)
def freeze(answer):
    """``answer(emb)``: the same module, which no optimizer moves any more."""
    rows = torch.arange(6.0).reshape(3, 2)
    for name, make in {
        "SGD": lambda params: torch.optim.SGD(params, lr=0.5),
        "Adam": lambda params: torch.optim.Adam(params, lr=0.5),
    }.items():
        emb = filled(rows)
        weight, optimizer = emb.weight, make(emb.parameters())
        for _ in range(2):  # the second gradient is still there
            optimizer.zero_grad()
            emb(torch.tensor([1])).sum().backward()
            optimizer.step()
        before = weight.detach().clone()
        try:
            received = answer(emb)
        except NotAttemptedError:
            if weight.requires_grad and weight.grad is not None:
                raise
            yield False, "the module was changed, and nothing comes back: return it"
        yield received is emb, f"return the module that was given, not {a(received)}"
        yield emb.weight is weight, "the parameter was replaced; an optimizer would still hold the old one"
        yield torch.equal(emb.weight, before), "the numbers of the table have changed"
        yield not emb.weight.requires_grad, "new gradients are still computed: requires_grad is True"
        optimizer.step()
        yield torch.equal(emb.weight, before), freeze_hint(name, weight)
    fresh = filled(rows)
    still = answer(fresh) is fresh and fresh.weight.grad is None and not fresh.weight.requires_grad
    yield still, "a table that was never trained must be frozen as well"


def freeze_hint(name, weight):
    if name == "Adam" and weight.grad is not None and not weight.grad.any():
        return "a gradient of zeros is still a gradient: Adam moves the table by its memory. Only None is passed over"
    return f"{name}.step() still moves it: the gradient of the last backward lies in emb.weight.grad"


@exercise("change")
def change(answer):
    """``answer(starts, ends, num_stations)``: bicycles gained or lost by each station."""
    for starts, ends, stations in [([0, 0, 0, 2], [1, 2, 1, 0], 4), ([1], [1], 2), ([], [], 3)]:
        begin, end = (torch.tensor(trips, dtype=torch.long) for trips in (starts, ends))
        expected = torch.bincount(end, minlength=stations) - torch.bincount(begin, minlength=stations)
        received = answer(begin.clone(), end.clone(), stations)
        asked = f"for trips from {starts} to {ends}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        yield (
            received.shape == expected.shape,
            f"{asked}: {stations} stations need shape ({stations},), not {tuple(received.shape)}",
        )
        yield not torch.is_floating_point(received), "bicycles are counted: return integers"
        yield torch.equal(received.long(), expected), f"{asked}: {change_hint(begin, end, expected, received)}"


def change_hint(begin, end, expected, received):
    once = torch.zeros_like(expected)
    once[begin] -= 1
    once[end] += 1
    if torch.equal(received, -expected):
        return "the signs are swapped: a start takes a bicycle away"
    if torch.equal(received, once):
        return "a station counts once here, however many trips start or end there"
    right, wrong = apart(expected, received)
    both = f"the stations changed by {right}, not {wrong}"
    arrived = torch.bincount(end, minlength=len(expected))
    if torch.equal(received, arrived) or torch.equal(received, expected - arrived):
        return f"a trip changes two stations ({both})"
    return both


def filled(rows):
    """A module that holds a copy of `rows`."""
    emb = nn.Embedding(*rows.shape)
    with torch.no_grad():
        emb.weight.copy_(rows)
    return emb


def a(received):
    if isinstance(received, torch.Tensor):
        return f"a tensor of shape {tuple(received.shape)}"
    return type(received).__name__
