"""The exercises of ``10_pretrained.ipynb``."""

import torch
from torch import nn

from ..check import alike, apart, brief, exercise, sides

HANDED = [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]
AFTER = [(1.0, 1.0), (0.0, 0.0), (3.0, 3.0)]


@exercise("tensor_after")
def tensor_after(answer):
    """The rows of `HANDED` after ``from_pretrained(freeze=False, padding_idx=0)`` and a step on 0, 1, 1."""
    yield isinstance(answer, list | tuple), f"write a list of three pairs; this is {type(answer).__name__}"
    yield len(answer) == 3, f"the tensor has three rows before and after; this has {len(answer)}"
    for row, given in enumerate(answer):
        yield is_pair(given), f"row {row}: write two numbers, (x, y)"
    rows = [tuple(map(float, given)) for given in answer]
    yield rows != HANDED, "the layer learns, and its weight is the memory of the tensor that was handed over"
    yield rows[0] != (0.0, 0.0), "row 0: does from_pretrained zero the padding row, and does a step reach it?"
    yield rows[1] != (1.0, 1.0), "row 1: it was read twice, and the gradients of duplicates add up"
    yield rows[2] == AFTER[2], "row 2: nobody read it"
    for row, (given, wanted) in enumerate(zip(rows, AFTER, strict=True)):
        yield given == wanted, f"row {row}: {brief(given)} is not it; each place that reads a row takes 1 away from it"


def is_pair(given):
    numbers = isinstance(given, list | tuple) and len(given) == 2
    return numbers and all(isinstance(value, int | float) for value in given)


@exercise("rows_for")
def rows_for(answer):
    """``answer(tokens, words, vectors)``: row v is the vector of token v, zeros where the file has none."""
    words, vectors = ["to", "cat", "the", "cat"], torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    for tokens in (["the", "cat"], ["cat", "numbat", "to", "the"], ["numbat"], ["to", "cat", "the", "of"]):
        received = answer(list(tokens), list(words), vectors.clone())
        places = [words.index(token) if token in words else None for token in tokens]
        expected = torch.stack([torch.zeros(2) if place is None else vectors[place] for place in places])
        asked = f"for the tokens {tokens}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {type(received).__name__}"
        short = received.dim() == 2 and len(received) < len(tokens)
        yield not short, f"{asked}: a token without a vector has no row, so the rows behind it move up"
        same = received.shape == expected.shape
        yield same, f"{asked}: the shape is {tuple(received.shape)}, it must be {tuple(expected.shape)}"
        yield agrees(received, expected), f"{asked}: {rows_hint(received, tokens, words, vectors, expected)}"


def rows_hint(received, tokens, words, vectors, expected):
    ordered = [vectors[place] for place, word in enumerate(words) if word in tokens and word not in words[:place]]
    if len(ordered) == len(tokens) and agrees(received, torch.stack(ordered)):
        return "these are the right vectors in the order of the file; row v belongs to token v"
    last = dict(zip(words, vectors, strict=True))
    if agrees(received, torch.stack([last.get(token, torch.zeros(2)) for token in tokens])):
        return "a word stands in the file twice, and the last was taken; the first counts"
    if len(tokens) <= len(words) and agrees(received, vectors[: len(tokens)]):
        return "these are the first rows of the file, whatever their words are"
    missing = torch.tensor([token not in words for token in tokens])
    if received.is_floating_point() and agrees(received[~missing], expected[~missing]):
        return "the found rows are right; a token that the file lacks gets zeros"
    right, wrong = apart(expected, received)
    return f"expected {right}, got {wrong}"


@exercise("cosines")
def cosines(answer):
    """``answer(table)``: the cosine of every row with every row, 0 for a row of zeros."""
    for rows in ([[3.0, 4.0], [4.0, 3.0], [-3.0, -4.0]], [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]], [[0.0, 0.0], [0.3, 0.4]]):
        table = torch.tensor(rows)
        lengths = table.norm(dim=1)
        expected = (table @ table.T / (lengths[:, None] * lengths)).nan_to_num(0)
        received = answer(table.clone())
        asked = f"for {rows}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {type(received).__name__}"
        size = tuple(expected.shape)
        yield received.shape == expected.shape, f"{asked}: {size} numbers are wanted, not {tuple(received.shape)}"
        yield not received[table.norm(dim=1) == 0].isnan().any(), f"{asked}: a row of zeros became NaN: 0 / 0"
        yield agrees(received, expected), f"{asked}: {cosines_hint(received, table, expected)}"


def cosines_hint(received, table, expected):
    lengths, products = table.norm(dim=1), table @ table.T
    longer = lengths.clamp(min=1)
    if agrees(received, products / (longer[:, None] * longer)):
        return f"a row shorter than 1 is divided by 1, as only a row of zeros may be ({sides(expected, received)})"
    if agrees(received, products):
        return "these are the products; divide by both lengths"
    if agrees(received, products / lengths) or agrees(received, products / lengths[:, None]):
        return "divided by one of the two lengths; both are wanted"
    return sides(expected, received)


@exercise("longer_shop")
def longer_shop(answer):
    """``answer(layer, rows)``: a learning layer with the old rows, the new ones behind them, and the same padding."""
    for padding, count in ((0, 1), (None, 2), (2, 1)):
        layer = nn.Embedding(3, 2, padding_idx=padding)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor([[5.0, 5.0], [1.0, 2.0], [3.0, 4.0]]))
        old, new = layer.weight.detach().clone(), torch.tensor([[7.0, 8.0], [9.0, 6.0]])[:count]
        received = answer(layer, new.clone())
        yield isinstance(received, nn.Embedding), f"return an nn.Embedding, not {type(received).__name__}"
        yield torch.equal(layer.weight.detach(), old), "the old layer must stay as it was"
        size = tuple(received.weight.shape)
        whole = (3 + count, 2)
        yield size == whole, f"3 products and {count} new make a table of {whole}, not {size}"
        grown = received.num_embeddings == 3 + count
        yield grown, "its num_embeddings still says 3: make a layer, do not only change a weight"
        kept = torch.equal(received.weight[:3].detach(), old)
        yield kept, "an old row is not what it was; is the padding row kept, too?"
        yield torch.equal(received.weight[3:].detach(), new), "the new row is not at the end of the table"
        yield received.weight.requires_grad, "the layer is frozen: that is the default of from_pretrained"
        yield received.padding_idx == padding, f"padding_idx was {padding} and is {received.padding_idx} now"
        yield received.weight.is_leaf, "the weight is the result of an operation: no optimizer takes it"


def agrees(received, other):
    return alike(received, other, 1e-4)
