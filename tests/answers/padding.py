"""The exercises of chapter 5: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

MOVES = [False, True, False, True, True]


def but(letter):
    """The right answers with one of them turned round."""
    return [move != (letter == other) for other, move in zip("abcde", MOVES, strict=True)]


def draw_all(emb):
    return nn.init.uniform_(emb.weight, -0.1, 0.1)


def draw_by_is_not(emb):
    draw_all(emb)
    if emb.padding_idx is not None:
        nn.init.zeros_(emb.weight[emb.padding_idx])
    return emb


def draw_by_hand(emb):
    with torch.no_grad():
        emb.weight.copy_(torch.rand(emb.weight.shape) * 0.2 - 0.1)
        if emb.padding_idx is not None:
            emb.weight[emb.padding_idx] = 0
    return emb


def draw_another_table(emb):
    table = torch.empty_like(emb.weight).uniform_(-0.1, 0.1)
    if emb.padding_idx is not None:
        table[emb.padding_idx] = 0
    emb.weight = nn.Parameter(table)
    return emb


def draw_with_the_bug(emb):
    draw_all(emb)
    with torch.no_grad():
        emb.weight[emb.padding_idx] = 0
    return emb


def draw_if_true(emb):
    draw_all(emb)
    if emb.padding_idx:
        nn.init.zeros_(emb.weight[emb.padding_idx])
    return emb


def draw_row_zero(emb):
    draw_all(emb)
    if emb.padding_idx != 3:
        nn.init.zeros_(emb.weight[0])
    else:
        nn.init.zeros_(emb.weight[3])
    return emb


def draw_by_reset(emb):
    emb.reset_parameters()
    return emb


def draw_some(emb):
    with torch.no_grad():
        emb.weight[1:3].uniform_(-0.1, 0.1)
        if emb.padding_idx is not None:
            emb.weight[emb.padding_idx] = 0
    return emb


def draw_one_row(emb):
    with torch.no_grad():
        emb.weight[:] = torch.rand(emb.weight.shape[1]) * 0.2 - 0.1
        if emb.padding_idx is not None:
            emb.weight[emb.padding_idx] = 0
    return emb


def draw_above_zero(emb):
    draw_by_is_not(emb).weight.data.abs_()
    return emb


def draw_small(emb):
    draw_by_is_not(emb).weight.data.div_(10)
    return emb


def draw_without_gradient(emb):
    draw_by_is_not(emb).weight.requires_grad_(False)
    return emb


def draw_and_forget(emb):
    draw_by_is_not(emb).padding_idx = None
    return emb


def draw_new(emb):
    return nn.Embedding(*emb.weight.shape)


def max_by_where(E, indices, padding_idx):
    keep = (indices != padding_idx)[..., None]
    return torch.where(keep.any(1), torch.where(keep, E, -torch.inf).max(1).values, 0)


def max_by_loop(E, indices, padding_idx):
    words = [e[i != padding_idx] for e, i in zip(E, indices, strict=True)]
    return torch.stack([w.amax(0) if len(w) else torch.zeros(E.shape[2]) for w in words])


def max_of(E, indices, pad):
    return E.masked_fill((indices == pad)[..., None], -torch.inf).amax(1)


def max_of_products(E, indices, padding_idx):
    return (E * (indices != padding_idx)[..., None]).amax(1)


def max_wrong_in_the_second(E, indices, padding_idx):
    found = max_by_where(E, indices, padding_idx)
    found[1] = 0
    return found


def max_without_infinity(E, indices, padding_idx):
    return max_of(E, indices, padding_idx).nan_to_num(neginf=0.0)


def front_by_key(indices, padding_idx):
    length = indices.shape[1]
    return indices.gather(1, ((indices != padding_idx) * length + torch.arange(length)).argsort(dim=1))


def front_by_loop(indices, padding_idx):
    return torch.stack([torch.cat([row[row == padding_idx], row[row != padding_idx]]) for row in indices])


def front_by_gather(indices, padding_idx):
    return indices.gather(1, front_places(indices, padding_idx))


def front_places(indices, padding_idx):
    return (indices != padding_idx).int().argsort(dim=1, stable=True)


def filled(baskets, value):
    return pad_sequence([torch.tensor(b, dtype=torch.long) for b in baskets], batch_first=True, padding_value=value)


RIGHT = {
    "pad_row_moves": [MOVES, tuple(MOVES)],
    "draw": [draw_by_is_not, draw_by_hand, draw_another_table],
    "masked_max": [max_by_where, max_by_loop, max_without_infinity],
    "pads_first": [front_by_loop, front_by_gather, front_by_key],
    "baskets_layer": [
        lambda baskets, n: (filled(baskets, n), nn.Embedding(n + 1, 2, padding_idx=n)),
        lambda baskets, n: [filled(baskets, n).int(), nn.Embedding(n + 1, 2, padding_idx=-1)],
    ],
}

WRONG = {
    "pad_row_moves": [
        (but("a"), "(a) no gradient comes through the lookup"),
        (but("b"), "(b) AdamW decays by default"),
        (but("c"), "(c) AdamW decays, but zero times"),
        (but("d"), "(d) ignore_index leaves places out of the loss"),
        (but("e"), "(e) reset_parameters draws the table anew"),
        ([*MOVES[:4], "yes"], "(e) write True or False, not 'yes'"),
        (MOVES[:3], "there are five cases, and 3 answers"),
        ("FTFTT", "write a list of five, each True or False; this is str"),
    ],
    "draw": [
        (draw_with_the_bug, "for padding_idx=None: all rows are zero; weight[None] is the whole table"),
        (draw_if_true, "for padding_idx=0: row 0 is not zero"),
        (draw_row_zero, "for padding_idx=None: row [0] is zero, and no padding row"),
        (draw_by_reset, "for padding_idx=0: some numbers lie beyond"),
        (draw_some, "for padding_idx=0: some rows are not drawn anew"),
        (draw_one_row, "for padding_idx=0: the same numbers stand in many places: draw each for itself"),
        (draw_above_zero, "the numbers do not reach from -0.1 to 0.1"),
        (draw_small, "the numbers do not reach from -0.1 to 0.1"),
        (draw_without_gradient, "for padding_idx=0: the table must still be able to learn"),
        (draw_and_forget, "for padding_idx=0: leave the layer's padding_idx as it is"),
        (draw_new, "draw into the layer that is given, and return it; this is Embedding(5, 4)"),
    ],
    "masked_max": [
        (lambda E, i, p: E.amax(1), "this is the largest of all places, pads included"),
        (max_of_products, "a pad is left out, it is no zero that could be the largest"),
        (lambda E, i, p: max_of(E, i, p), "a sentence of pads alone gets zeros, not"),
        (lambda E, i, p: max_of(E, i, 0), "the pads of this batch are 7, not 0"),
        (lambda E, i, p: E.max(1), "max over a dim gives values and places; return the values"),
        (lambda E, i, p: max_of(E, i, p) + 1, "the loops give [0.0, 1.0] for sentence 0, yours [1.0, 2.0]"),
        (max_wrong_in_the_second, "the loops give [12.0, 13.0] for sentence 1, yours [0.0, 0.0]"),
        (lambda E, i, p: E[0], "the loops give shape (3, 2), yours is (4, 2)"),
        (lambda E, i, p: [], "return a tensor of shape (3, 2), not list"),
    ],
    "pads_first": [
        (lambda i, p: i, "the pads stand where they stood"),
        (lambda i, p: i.flip(1), "the sentences now run backwards"),
        (lambda i, p: i.sort(dim=1).values, "sorted by number; the words must keep their order"),
        (lambda i, p: front_by_gather(i, 0), "the pads of this batch are 7, not 0"),
        (front_places, "these are places; take the indices that stand there"),
        (lambda i, p: i[:, 1:], "the loops give shape (4, 4), yours is (4, 3)"),
        (lambda i, p: i.tolist(), "return a tensor, not list"),
        (lambda i, p: i.roll(1, 1), "the loops make [0, 0, 0, 30] of sentence 0, yours [0, 30, 0, 0]"),
    ],
    "baskets_layer": [
        (lambda b, n: (filled(b, 0), nn.Embedding(n, 2, padding_idx=0)), "padding_idx=0 is an article"),
        (lambda b, n: (filled(b, -1), nn.Embedding(n + 1, 2, padding_idx=-1)), "a negative index is no row"),
        (lambda b, n: (filled(b, n), nn.Embedding(n + 1, 2)), "the layer has no padding_idx"),
        (lambda b, n: (filled(b, n), nn.Embedding(n + 1, 9, padding_idx=n)), "the layer has two columns, not 9"),
        (
            lambda b, n: (filled([[i + 1 for i in k] for k in b], n), nn.Embedding(n + 1, 2, padding_idx=n)),
            "became [1, 4]; article i reads row i",
        ),
        (lambda b, n: (filled(b, 0), nn.Embedding(n + 1, 2, padding_idx=n)), "is filled with [0], not with 4"),
        (lambda b, n: (filled(b, 9), nn.Embedding(10, 2, padding_idx=9)), "4 articles and one pad are 5 rows, not 10"),
        (
            lambda b, n: (filled(b, n)[:, :1], nn.Embedding(n + 1, 2, padding_idx=n)),
            "need the shape (4, 3), not (4, 1)",
        ),
        (
            lambda b, n: (filled(b, n).float(), nn.Embedding(n + 1, 2, padding_idx=n)),
            "indices are int64 or int32, not torch.float",
        ),
        (lambda b, n: (b, nn.Embedding(n + 1, 2, padding_idx=n)), "the indices must be a tensor, not list"),
        (lambda b, n: (filled(b, n), n), "the layer must be an nn.Embedding, not int"),
        (lambda b, n: filled(b, n), "return two things, the indices and the layer"),
        (lambda b, n: (filled(b, n), nn.Embedding(n, 2, padding_idx=n)), "Padding_idx must be within num_embeddings"),
    ],
}
