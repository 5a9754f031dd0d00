"""The exercises of ``05_padding.ipynb``."""

import torch
from torch import nn

from ..check import brief, exercise

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


@exercise("masked_mean")
def masked_mean(answer):
    """``answer(E, indices, padding_idx)``: the mean of the words of each sentence, zeros if there are none."""
    E = torch.arange(24.0).reshape(3, 4, 2)
    for padding_idx, rows in [(0, [[3, 0, 0, 0], [2, 4, 5, 0], [2, 4, 6, 1]]), (7, [[0, 7, 0, 7], [7, 7, 1, 7]])]:
        indices, vectors = torch.tensor(rows), E[: len(rows)]
        received = answer(vectors, indices, padding_idx)
        yield from right_mean(received, vectors, indices, padding_idx, f"for padding_idx={padding_idx}")
    same = E[:1].clone()
    same[0, 0] = 0.0
    received = answer(same, torch.tensor([[4, 5, 0, 0]]), 0)
    hint = "a word may have a row of zeros: take the mask from the indices, not from the vectors"
    yield torch.allclose(received, same[:, :2].mean(dim=1)), hint
    received = answer(E[:2], torch.tensor([[0, 0, 0, 0], [4, 0, 0, 0]]), 0)
    yield (
        not received.isnan().any(),
        "a sentence of pads alone has no word: 0 divided by 0 is NaN, and zeros are asked for",
    )
    yield torch.equal(received[0], torch.zeros(2)), f"a sentence of pads alone gets zeros, not {brief(received[0])}"


def right_mean(received, E, indices, padding_idx, case):
    keep = (indices != padding_idx).unsqueeze(-1)
    expected = (E * keep).sum(dim=1) / keep.sum(dim=1)
    size = tuple(expected.shape)
    yield isinstance(received, torch.Tensor), f"{case}: return a tensor of shape {size}, not {type(received).__name__}"
    yield received.shape == expected.shape, f"{case}: the loops give shape {size}, yours is {tuple(received.shape)}"
    right = torch.allclose(received, expected)
    yield right or not torch.allclose(received, E.mean(dim=1)), f"{case}: this is the mean of all places, pads included"
    divided = torch.allclose(received, (E * keep).sum(dim=1) / indices.shape[1])
    yield right or not divided, f"{case}: the sum is right; divide by the number of words, not of places"
    summed = torch.allclose(received, (E * keep).sum(dim=1))
    yield right or not summed, f"{case}: this is the sum of the words, not yet their mean"
    zero = (E * (indices != 0).unsqueeze(-1)).sum(dim=1) / (indices != 0).unsqueeze(-1).sum(dim=1).clamp(min=1)
    yield right or not torch.allclose(received, zero), f"{case}: the pads of this batch are {padding_idx}, not 0"
    yield right, f"{case}: the loops give {brief(expected[0])} for the first sentence, yours {brief(received[0])}"


@exercise("last_states")
def last_states(answer):
    """``answer(output, indices, padding_idx)``: the state after the last word of each sentence."""
    output = torch.arange(24.0).reshape(4, 3, 2)
    for padding_idx, rows in [
        (0, [[5, 0, 0, 0], [2, 4, 9, 0], [2, 4, 6, 7]]),
        (7, [[0, 0, 7, 7], [1, 7, 7, 7], [1, 0, 2, 0]]),
    ]:
        indices, case = torch.tensor(rows), f"for padding_idx={padding_idx}"
        lengths = (indices != padding_idx).sum(dim=1)
        expected = output[lengths - 1, torch.arange(3)]
        received = answer(output, indices, padding_idx)
        yield isinstance(received, torch.Tensor), f"{case}: return a tensor, not {type(received).__name__}"
        crossed = received.shape == (3, 3, 2)
        yield not crossed, f"{case}: shape (3, 3, 2) pairs every length with every sentence; pair each with its own"
        size = tuple(received.shape)
        yield received.shape == expected.shape, f"{case}: the loops give shape (3, 2), yours is {size}"
        right = torch.equal(received, expected)
        yield right or not torch.equal(received, output[-1]), f"{case}: this is the last place, after the pads"
        one_late = output[lengths.clamp(max=3), torch.arange(3)]
        yield right or not torch.equal(received, one_late), f"{case}: one place too far; the first place is 0"
        fixed = output[(indices != 0).sum(dim=1) - 1, torch.arange(3)]
        yield right or not torch.equal(received, fixed), f"{case}: the pads of this batch are {padding_idx}, not 0"
        yield right, f"{case}: the loops give {brief(expected)}, yours is {brief(received)}"


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
        yield emb.padding_idx is not None, "the layer has no padding_idx"
        taken = emb.padding_idx < num_items
        yield (
            not taken,
            f"padding_idx={emb.padding_idx} is an article, which then never learns; give the pads a new row",
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
