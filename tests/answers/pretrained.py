"""The exercises of chapter 10: right answers in different forms, wrong ones by their hint, rubbish."""

from copy import deepcopy

import torch
from torch import nn
from torch.nn.functional import cosine_similarity, normalize

from reference import align

AFTER = [(1.0, 1.0), (0.0, 0.0), (3.0, 3.0)]


def but(row, pair):
    """The right rows with one of them replaced."""
    return [*AFTER[:row], pair, *AFTER[row + 1 :]]


def rows_by_loop(tokens, words, vectors):
    table = torch.zeros(len(tokens), vectors.shape[1])
    for row, token in enumerate(tokens):
        if token in words:
            table[row] = vectors[words.index(token)]
    return table


def rows_by_dictionary(tokens, words, vectors):
    place = {word: row for row, word in reversed(list(enumerate(words)))}
    zeros = torch.zeros(vectors.shape[1])
    return torch.stack([vectors[place[token]] if token in place else zeros for token in tokens])


def rows_by_align(tokens, words, vectors):
    table, coverage = align(tokens, words, vectors)
    table[[token in coverage.missing for token in tokens]] = 0
    return table


def rows_drawn_where_missing(tokens, words, vectors):
    return align(tokens, words, vectors)[0]


def rows_in_order_of_the_file(tokens, words, vectors):
    places = [row for row, word in enumerate(words) if word in tokens and word not in words[:row]]
    table = torch.zeros(len(tokens), vectors.shape[1])
    table[: len(places)] = vectors[places]
    return table


def rows_of_the_last(tokens, words, vectors):
    place = {word: row for row, word in enumerate(words)}
    zeros = torch.zeros(vectors.shape[1])
    return torch.stack([vectors[place[token]] if token in place else zeros for token in tokens])


def rows_found_only(tokens, words, vectors):
    return vectors[[words.index(token) for token in tokens if token in words]]


def cosines_by_lengths(table):
    lengths = table.norm(dim=1)
    products = lengths[:, None] * lengths
    return torch.where(products > 0, table @ table.T / products, 0)


def cosines_of_at_least_one(table):
    lengths = table.norm(dim=1).clamp(min=1)
    return table @ table.T / (lengths[:, None] * lengths)


def cosines_with_a_root(table):
    return (cosines_by_lengths(table) - 2).sqrt()


def shop(layer, rows):
    table = torch.cat([layer.weight.detach(), rows])
    return nn.Embedding.from_pretrained(table, freeze=False, padding_idx=layer.padding_idx)


def shop_by_copy(layer, rows):
    count, columns = layer.weight.shape
    longer = nn.Embedding(count + len(rows), columns, padding_idx=layer.padding_idx)
    with torch.no_grad():
        longer.weight[:count] = layer.weight
        longer.weight[count:] = rows
    return longer


def shop_by_deepcopy(layer, rows):
    longer = deepcopy(layer)
    longer.weight = nn.Parameter(torch.cat([layer.weight.detach(), rows]))
    longer.num_embeddings += len(rows)
    return longer


def shop_with_an_old_count(layer, rows):
    longer = deepcopy(layer)
    longer.weight = nn.Parameter(torch.cat([layer.weight.detach(), rows]))
    return longer


def shop_for_one(layer, rows):
    table = torch.cat([layer.weight.detach(), rows[:1]])
    return nn.Embedding.from_pretrained(table, freeze=False, padding_idx=layer.padding_idx)


def shop_frozen(layer, rows):
    return nn.Embedding.from_pretrained(torch.cat([layer.weight.detach(), rows]), padding_idx=layer.padding_idx)


def shop_without_padding(layer, rows):
    return nn.Embedding.from_pretrained(torch.cat([layer.weight.detach(), rows]), freeze=False)


def shop_drawn_anew(layer, rows):
    longer = nn.Embedding(len(layer.weight) + len(rows), rows.shape[1], padding_idx=layer.padding_idx)
    with torch.no_grad():
        longer.weight[-len(rows) :] = rows
    return longer


def shop_with_room_only(layer, rows):
    longer = nn.Embedding(len(layer.weight) + len(rows), rows.shape[1], padding_idx=layer.padding_idx)
    with torch.no_grad():
        longer.weight[: len(layer.weight)] = layer.weight
    return longer


def shop_new_first(layer, rows):
    table = torch.cat([rows, layer.weight.detach()])
    return nn.Embedding.from_pretrained(table, freeze=False, padding_idx=layer.padding_idx)


def shop_in_place(layer, rows):
    layer.weight = nn.Parameter(torch.cat([layer.weight.detach(), rows]))
    return layer


RIGHT = {
    "tensor_after": [AFTER, tuple(map(list, AFTER)), torch.tensor(AFTER)],
    "rows_for": [rows_by_loop, rows_by_dictionary, rows_by_align],
    "cosines": [
        lambda t: normalize(t, dim=1) @ normalize(t, dim=1).T,
        lambda t: cosine_similarity(t[:, None], t[None], dim=-1),
        cosines_by_lengths,
    ],
    "longer_shop": [shop, shop_by_copy, shop_by_deepcopy],
}

WRONG = {
    "tensor_after": [
        ([(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)], "its weight is the memory of the tensor that was handed over"),
        (but(0, (0.0, 0.0)), "row 0: does from_pretrained zero the padding row"),
        (but(1, (1.0, 1.0)), "row 1: it was read twice"),
        (but(2, (2.0, 2.0)), "row 2: nobody read it"),
        (but(0, (4.0, 4.0)), "row 0: (4.0, 4.0) is not it"),
        (AFTER[:2], "the tensor has three rows before and after; this has 2"),
        ("(0, 0)", "write a list of three pairs; this is str"),
    ],
    "rows_for": [
        (rows_in_order_of_the_file, "these are the right vectors in the order of the file"),
        (rows_of_the_last, "a word stands in the file twice, and the last was taken"),
        (rows_drawn_where_missing, "a token that the file lacks gets zeros"),
        (lambda *given: -rows_by_loop(*given), "expected [[5.0, 6.0], [3.0, 4.0]], got [[-5.0, -6.0]"),
        (rows_found_only, "a token without a vector has no row"),
        (lambda tokens, words, vectors: vectors[: len(tokens)], "these are the first rows of the file"),
        (lambda tokens, words, vectors: vectors, "the shape is (4, 2), it must be (2, 2)"),
        (lambda tokens, words, vectors: [], "return a tensor, not list"),
    ],
    "cosines": [
        (lambda t: t @ t.T, "these are the products; divide by both lengths"),
        (lambda t: normalize(t, dim=1) @ t.T, "divided by one of the two lengths"),
        (lambda t: t @ t.T / (t.norm(dim=1)[:, None] * t.norm(dim=1)), "a row of zeros became NaN"),
        (cosines_of_at_least_one, "a row shorter than 1 is divided by 1, as only a row of zeros may be"),
        (cosines_with_a_root, "yours is [[nan, nan, nan]"),
        (lambda t: cosine_similarity(t, t, dim=1), "(3, 3) numbers are wanted, not (3,)"),
        (lambda t: t.tolist(), "return a tensor, not list"),
    ],
    "longer_shop": [
        (shop_frozen, "the layer is frozen: that is the default"),
        (shop_without_padding, "padding_idx was 0 and is None now"),
        (shop_with_an_old_count, "its num_embeddings still says 3"),
        (shop_for_one, "3 products and 2 new make a table of (5, 2), not (4, 2)"),
        (shop_drawn_anew, "an old row is not what it was"),
        (shop_with_room_only, "the new row is not at the end of the table"),
        (shop_new_first, "an old row is not what it was"),
        (shop_in_place, "the old layer must stay as it was"),
        (lambda layer, rows: layer, "make a table of (4, 2), not (3, 2)"),
        (lambda layer, rows: torch.cat([layer.weight, rows]), "return an nn.Embedding, not Tensor"),
    ],
}
