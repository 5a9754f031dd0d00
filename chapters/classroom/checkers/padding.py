"""The exercises of ``05_padding.ipynb``."""

import torch
from torch import nn

from ..check import apart, brief, exercise

MOVES = [
    (False, "no gradient comes through the lookup, and plain SGD moves a row by its gradient only"),
    (True, "AdamW decays by default, and 5 times a number below 1 is less than 5"),
    (False, "AdamW decays, but zero times any number is zero"),
    (True, "ignore_index leaves places out of the loss; <pad> still has a score at the places that count"),
    (True, "reset_parameters draws the table anew and sets the padding row to zero"),
]


@exercise("pad_row_moves")
def pad_row_moves(answer):
    """Five times, does row 0 hold other numbers afterwards."""
    if answer is not None and not isinstance(answer, list | tuple):
        yield False, f"write a list of five, each True or False; this is {type(answer).__name__}"
    yield len(answer) == len(MOVES), f"there are five cases, and {len(answer)} answers"
    for letter, given, (moves, why) in zip("abcde", answer, MOVES, strict=True):
        yield isinstance(given, bool), f"({letter}) write True or False, not {brief(given)}"
        yield given == moves, f"({letter}) {why}"


@exercise("draw")
def draw(answer):
    """``answer(emb)``: every row drawn from -0.1 to 0.1, the padding row zero if there is one."""
    every = []
    for padding_idx in (0, 3, None):
        emb = nn.Embedding(5, 4, padding_idx=padding_idx)
        before = emb.weight.detach().clone()
        received, case = answer(emb), f"for padding_idx={padding_idx}"
        yield received is emb, f"{case}: draw into the layer that is given, and return it; this is {brief(received)}"
        weight = emb.weight
        zeros = (weight == 0).all(dim=1).nonzero().flatten().tolist()
        yield emb.padding_idx == padding_idx, f"{case}: leave the layer's padding_idx as it is"
        yield (
            isinstance(weight, nn.Parameter) and weight.requires_grad,
            f"{case}: the table must still be able to learn",
        )
        if padding_idx is not None:
            yield padding_idx in zeros, f"{case}: row {padding_idx} is not zero"
        yield len(zeros) < 5, f"{case}: all rows are zero; weight[None] is the whole table"
        yield set(zeros) <= {padding_idx}, f"{case}: row {brief(zeros)} is zero, and no padding row"
        drawn = [row for row in range(5) if row != padding_idx]
        yield not (weight[drawn] == before[drawn]).any(), f"{case}: some rows are not drawn anew"
        yield bool((weight.abs() <= 0.1).all()), f"{case}: some numbers lie beyond -0.1 and 0.1"
        different = len(weight[drawn].unique())
        yield different > 2 * len(drawn), f"{case}: the same numbers stand in many places: draw each for itself"
        every += weight[drawn].flatten().tolist()
    wide = min(every) < 0 < max(every) and max(map(abs, every)) > 0.05  # 52 numbers: chance does not fail here
    yield wide, "the numbers do not reach from -0.1 to 0.1"


@exercise("masked_max")
def masked_max(answer):
    """``answer(E, indices, padding_idx)``: the largest number of the words in each column, zeros if there are none."""
    E = torch.arange(24.0).reshape(3, 4, 2)
    for padding_idx, rows in [(0, [[3, 0, 0, 0], [2, 4, 5, 0], [2, 4, 6, 1]]), (7, [[0, 7, 0, 7], [7, 7, 1, 7]])]:
        indices, vectors = torch.tensor(rows), E[: len(rows)]
        received = answer(vectors.clone(), indices.clone(), padding_idx)
        yield from right_max(received, vectors, indices, padding_idx, f"for padding_idx={padding_idx}")
    indices = torch.tensor([[4, 5, 0, 0]])
    received = answer(E[:1] - 30, indices, 0)
    hint = "all numbers of these words are negative; a pad is left out, it is no zero that could be the largest"
    yield torch.equal(received, E[:1, 1] - 30), hint
    received = answer(E[:2].clone(), torch.tensor([[0, 0, 0, 0], [4, 0, 0, 0]]), 0)
    yield torch.equal(received[0], torch.zeros(2)), f"a sentence of pads alone gets zeros, not {brief(received[0])}"


def right_max(received, E, indices, padding_idx, case):
    def largest(pad):
        return E.masked_fill((indices == pad).unsqueeze(-1), -torch.inf).amax(dim=1)

    expected = largest(padding_idx)
    size = tuple(expected.shape)
    pair = isinstance(received, tuple) and hasattr(received, "values")
    yield not pair, f"{case}: max over a dim gives values and places; return the values"
    yield isinstance(received, torch.Tensor), f"{case}: return a tensor of shape {size}, not {type(received).__name__}"
    yield received.shape == expected.shape, f"{case}: the loops give shape {size}, yours is {tuple(received.shape)}"
    right = torch.equal(received, expected)
    fixed = torch.equal(received, largest(0))
    yield right or not fixed, f"{case}: the pads of this batch are {padding_idx}, not 0"
    yield right or not torch.equal(received, E.amax(dim=1)), f"{case}: this is the largest of all places, pads included"
    b = int((received != expected).any(dim=1).int().argmax())
    most, yours = apart(expected[b], received[b])
    yield right, f"{case}: the loops give {most} for sentence {b}, yours {yours}"


@exercise("pads_first")
def pads_first(answer):
    """``answer(indices, padding_idx)``: the same sentences, their pads in front, their words in order."""
    for padding_idx, rows in [
        (0, [[30, 0, 0, 0], [2, 4, 20, 0], [2, 4, 13, 6], [0, 0, 0, 0]]),
        (7, [[9, 0, 7, 7], [8, 7, 7, 7], [1, 0, 2, 0]]),
    ]:
        indices, case = torch.tensor(rows), f"for padding_idx={padding_idx}"
        words = [[word for word in row if word != padding_idx] for row in rows]
        expected = torch.tensor([[padding_idx] * (4 - len(row)) + row for row in words])
        received, size = answer(indices.clone(), padding_idx), tuple(indices.shape)
        yield isinstance(received, torch.Tensor), f"{case}: return a tensor, not {type(received).__name__}"
        yield received.shape == indices.shape, f"{case}: the loops give shape {size}, yours is {tuple(received.shape)}"
        right = torch.equal(received, expected)
        yield right or not torch.equal(received, indices), f"{case}: the pads stand where they stood"
        yield right or not torch.equal(received, indices.flip(1)), f"{case}: the sentences now run backwards"
        by_number = torch.equal(received, indices.sort(dim=1).values)
        yield right or not by_number, f"{case}: sorted by number; the words must keep their order"
        order = (indices != 0).int().argsort(dim=1, stable=True)
        fixed = torch.equal(received, indices.gather(1, order))
        yield right or not fixed, f"{case}: the pads of this batch are {padding_idx}, not 0"
        places = torch.equal(received, (indices != padding_idx).int().argsort(dim=1, stable=True))
        yield right or not places, f"{case}: these are places; take the indices that stand there"
        b = int((received != expected).any(dim=1).int().argmax())
        made, yours = apart(expected[b], received[b])
        yield right, f"{case}: the loops make {made} of sentence {b}, yours {yours}"


@exercise("baskets_layer")
def baskets_layer(answer):
    """``answer(baskets, num_items)``: the padded batch, and a layer whose padding row no article uses."""
    for baskets, num_items in [([[0, 3], [2], [], [1, 0, 0]], 4), ([[5, 5], [0]], 6)]:
        received = answer([list(basket) for basket in baskets], num_items)
        pair = isinstance(received, tuple | list) and len(received) == 2
        yield pair, "return two things, the indices and the layer: `return indices, emb`"
        indices, emb = received
        yield isinstance(indices, torch.Tensor), f"the indices must be a tensor, not {type(indices).__name__}"
        yield isinstance(emb, nn.Embedding), f"the layer must be an nn.Embedding, not {type(emb).__name__}"
        size = (len(baskets), max(map(len, baskets)))
        yield tuple(indices.shape) == size, f"these baskets need the shape {size}, not {tuple(indices.shape)}"
        yield indices.dtype in (torch.int64, torch.int32), f"indices are int64 or int32, not {indices.dtype}"
        yield emb.embedding_dim == 2, f"the layer has two columns, not {emb.embedding_dim}"
        yield emb.padding_idx is not None, "the layer has no padding_idx"
        taken = emb.padding_idx < num_items
        yield (
            not taken,
            f"padding_idx={emb.padding_idx} is an article, which then never learns",
        )
        yield emb.num_embeddings > emb.padding_idx, "the padding row is not in the table"
        yield bool((indices >= 0).all()), "a negative index is no row: fill with the row that padding_idx names"
        for basket, row in zip(baskets, indices.tolist(), strict=True):
            length = len(basket)
            yield row[:length] == basket, f"the basket {basket} became {row[:length]}; article i reads row i"
            filled = set(row[length:]) <= {emb.padding_idx}
            yield filled, f"the basket {basket} is filled with {row[length:]}, not with {emb.padding_idx}"
        spare = emb.num_embeddings - num_items - 1
        yield spare == 0, f"{num_items} articles and one pad are {num_items + 1} rows, not {emb.num_embeddings}"
