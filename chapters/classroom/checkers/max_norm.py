"""The exercises of ``08_max_norm.ipynb``."""

import torch
from torch import nn
from torch.testing import assert_close

from ..check import alike, apart, brief, exercise, sides

BEFORE = [(3.0, 4.0), (0.3, 0.4), (6.0, 8.0)]
AFTER = [(0.6, 0.8), (0.3, 0.4), (6.0, 8.0)]


@exercise("table_after")
def table_after(answer):
    """The rows of `BEFORE` after a lookup of 0, 0 and 1 with ``max_norm=1``."""
    yield isinstance(answer, list | tuple), f"write a list of three pairs; this is {type(answer).__name__}"
    yield len(answer) == len(AFTER), f"the table has three rows, also after the lookup; this has {len(answer)}"
    for row, (given, before, after) in enumerate(zip(answer, BEFORE, AFTER, strict=True)):
        yield is_pair(given), f"row {row}: write two numbers, (x, y)"
        right = near(given, after)
        yield right, f"row {row}: {row_hint(row, [float(value) for value in given], before)}"


def is_pair(given):
    numbers = isinstance(given, list | tuple) and len(given) == 2
    return numbers and all(isinstance(value, int | float) for value in given)


def near(given, wanted):
    return all(abs(a - b) < 0.051 for a, b in zip(given, wanted, strict=True))


def row_hint(row, given, before):
    if row == 0 and near(given, before):
        return "it was read, and it is longer than 1"
    if row == 0 and near(given, [value * value for value in (0.6, 0.8)]):
        return "the row is multiplied by one factor as a whole"
    if row == 1:
        return "it is shorter than 1, and a lookup makes no row longer" if norm_of(given) > 0.9 else "look at it again"
    if row == 2 and norm_of(given) < 1.1:
        return "it is long, but which rows did the lookup read?"
    if norm_of(given) > 1.1 and row == 0:
        return f"its norm must be 1 afterwards, and {brief(tuple(given))} has another"
    return f"{brief(tuple(given))} is not it: same direction, and length 1 only for rows that were read and too long"


def norm_of(given):
    return sum(value * value for value in given) ** 0.5


@exercise("mean_norm")
def mean_norm(answer):
    """``answer(weight, indices, max_norm)``: the mean length of what a capped lookup reads; the table stays."""
    for rows, indices, cap in [
        ([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]], [0, 0, 1], 1.0),
        ([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]], [[2, 1], [0, 1]], 2.0),
        ([[0.5, 0.0], [0.0, 0.25]], [0, 1], 1.0),
    ]:
        weight, x = torch.tensor(rows), torch.tensor(indices)
        lengths = weight[x].norm(dim=-1)
        expected = lengths.clamp(max=cap).mean().item()
        received = answer(weight, x.clone(), cap)
        asked = f"for rows {rows} and indices {indices}, max_norm={cap:g}"
        yield torch.equal(weight, torch.tensor(rows)), f"{asked}: the table is not what it was; who wrote into it?"
        yield is_number(received), f"{asked}: return one number, not {a(received)}"
        yield close(received, expected), f"{asked}: {mean_hint(float(received), weight, x, cap, expected)}"
        untouched = weight._version == 0
        yield untouched, "the table was written and then put back: a graph that kept it would notice. Write into a copy"


def mean_hint(received, weight, x, cap, expected):
    if close(received, weight[x].norm(dim=-1).mean().item()):
        return "this is the mean of the long rows; the model reads them shortened"
    if close(received, weight.norm(dim=1).clamp(max=cap).mean().item()):
        return "this is the mean over the table; take one length for each index"
    return f"expected {expected:.3f}, got {received:.3f}"


def is_number(received):
    if isinstance(received, torch.Tensor):
        return received.numel() == 1 and not received.is_complex() and received.dtype != torch.bool
    return isinstance(received, int | float) and not isinstance(received, bool)


def close(received, expected):
    return abs(float(received) - expected) < 1e-4


@exercise("cap_rows")
def cap_rows(answer):
    """``answer(rows, max_norm)``: every row as a lookup of all rows would leave it."""
    for rows, cap in [
        ([[0.2, 0.9], [1.2, 0.5], [-1.9, -0.9]], 1.0),
        ([[3.0, 4.0], [0.0, 0.0], [-6.0, 8.0]], 5.0),
        ([[0.25, -0.5, 0.5]], 0.5),
    ]:
        given = torch.tensor(rows)
        expected = torch.stack([capped(row, cap) for row in given])
        received = answer(given.clone(), cap)
        asked = f"for {rows}, max_norm={cap:g}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        size = tuple(expected.shape)
        yield received.shape == expected.shape, f"{asked}: the shape is {tuple(received.shape)}, it must stay {size}"
        right = received.is_floating_point() and alike(received, expected, 1e-4)
        yield right, f"{asked}: {cap_hint(given, cap, expected, received)}"


def capped(row, cap):
    return row * (cap / (row.norm() + 1e-7)) if row.norm() > cap else row


def cap_hint(given, cap, expected, received):
    both = sides(expected, received)
    lengths = given.norm(dim=1, keepdim=True)
    if not received.is_floating_point():
        return "these are no floating point numbers any more"
    if received[lengths[:, 0] == 0].isnan().any():
        return "a row of zeros became NaN: 0 / 0"
    if agrees(received, given):
        return "no row was shortened"
    if agrees(received, given * (cap / (lengths + 1e-7))):
        return f"short rows became longer ({both})"
    if agrees(received, given.clamp(-cap, cap)) or agrees(received, given.clamp(max=cap)):
        return f"the numbers were cut one by one, which turns the row; one factor for the whole row ({both})"
    if agrees(received, given * min(1.0, cap / (given.norm().item() + 1e-7))):
        return f"one length was taken for the whole table; each row has its own ({both})"
    return both


def agrees(received, other):
    return alike(received, other, 1e-3)


@exercise("scores")
def scores(answer):
    """``answer(layer, indices)``: looked-up rows times the table as it is after the lookup, and backward works."""
    for indices in ([0, 2], [3], [1, 1, 0]):
        layer, x, reading = shop(), torch.tensor(indices), shop()
        rows = reading(x)
        expected = (rows @ reading.weight.T).detach()
        received = answer(layer, x.clone())
        size = tuple(expected.shape)
        yield isinstance(received, torch.Tensor), f"return a tensor of shape {size}, not {a(received)}"
        yield received.shape == expected.shape, f"{len(x)} indices and 4 rows give {size}, not {tuple(received.shape)}"
        stale = (rows @ shop().weight.T).detach()
        old = agrees(received.detach(), stale) and not agrees(expected, stale)
        yield not old, f"{indices}: the table's side still holds the rows from before"
        raw = (shop().weight[x] @ shop().weight.T).detach()
        long = agrees(received.detach(), raw) and not agrees(expected, raw)
        yield not long, f"{indices}: no row was shortened; look up with layer(indices)"
        every = (rows @ shop(read=range(4)).weight.T).detach()
        whole = agrees(received.detach(), every) and not agrees(expected, every)
        yield not whole, f"{indices}: the table's side is short as a whole; a lookup shortens only what it reads"
        right, wrong = apart(expected, received)
        yield agrees(received.detach(), expected), f"{indices}: {right} is right, not {wrong}"
        yield received.requires_grad, "the scores are trained, and these have no gradient"
        yield from backward(layer, received, reading, rows)


def backward(layer, received, reading, rows):
    try:
        received.sum().backward()
    except RuntimeError as error:
        kept = "modified by an inplace operation" in str(error)
        reason = "it keeps a table that the lookup then wrote into" if kept else str(error)
        yield False, f"backward fails: {reason}"
    (rows @ reading.weight.T).sum().backward()
    both = layer.weight.grad is not None and same_grad(layer.weight.grad, reading.weight.grad)
    yield both, "the gradient must reach the table on both sides: as what was read, and as what it is compared with"


def same_grad(received, expected):
    try:
        assert_close(received, expected)
    except AssertionError:
        return False
    return True


def shop(read=()):
    """A fresh layer of four products, two of them too long, after a lookup of `read`."""
    layer = nn.Embedding(4, 2, max_norm=1.0)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0], [0.3, 0.4], [-6.0, 8.0], [0.6, -0.2]]))
    layer(torch.tensor(list(read), dtype=torch.long))
    return layer


def a(received):
    if isinstance(received, torch.Tensor):
        return f"a tensor of shape {tuple(received.shape)}"
    return type(received).__name__
