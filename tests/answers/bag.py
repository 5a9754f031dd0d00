"""The exercises of chapter 9: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
from torch.nn.functional import embedding_bag

VECTORS = [(1, 5), (0, 0), (0, 0), (3, 3)]
NAN = (float("nan"), float("nan"))


def but(bag, pair):
    """The right vectors with one of them replaced."""
    return [*VECTORS[:bag], pair, *VECTORS[bag + 1 :]]


def starts_by_loop(lengths):
    found, before = [], 0
    for length in lengths.tolist():
        found.append(before)
        before += length
    return torch.tensor(found, dtype=torch.long)


def starts_by_cat(lengths):
    return torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])[:-1]


def starts_by_sums(lengths):
    return torch.tensor([sum(lengths.tolist()[:bag]) for bag in range(len(lengths))])


def numbers_by_repeat(offsets, n):
    return torch.arange(len(offsets)).repeat_interleave(offsets.diff(append=torch.tensor([n])))


def numbers_by_marks(offsets, n):
    return torch.zeros(n + 1, dtype=torch.long).index_add_(0, offsets, torch.ones_like(offsets))[:n].cumsum(0) - 1


def numbers_of_marks_set(offsets, n):
    marks = torch.zeros(n + 1, dtype=torch.long)
    marks[offsets] = 1
    return marks[:n].cumsum(0) - 1


def basket_rows(baskets, dtype=torch.float32):
    items = torch.tensor([item for basket in baskets for item in basket], dtype=torch.long)
    bought = torch.tensor([count for basket in baskets for count in basket.values()], dtype=dtype)
    return items, bought, starts_by_loop(torch.tensor([len(basket) for basket in baskets], dtype=torch.long))


def basket_sums(table, baskets):
    items, bought, offsets = basket_rows(baskets, table.dtype)
    return embedding_bag(items, table, offsets, mode="sum", per_sample_weights=bought)


def totals(baskets):
    return torch.tensor([float(sum(basket.values())) for basket in baskets])[:, None]


def baskets_divided_after(table, baskets):
    return basket_sums(table, baskets) / totals(baskets).clamp(min=1e-9)


def baskets_by_loop(table, baskets):
    found = torch.zeros(len(baskets), table.shape[1])
    for b, basket in enumerate(baskets):
        for item, bought in basket.items():
            found[b] += table[item] * bought / sum(basket.values())
    return found


def baskets_by_shares(table, baskets):
    starts, items, shares = [], [], []
    for basket in baskets:
        starts.append(len(items))
        items += basket
        shares += [bought / sum(basket.values()) for bought in basket.values()]
    indices, offsets, weights = map(torch.tensor, (items, starts, shares))
    return embedding_bag(indices, table, offsets, mode="sum", per_sample_weights=weights)


def baskets_padded(table, baskets):
    width = max(map(len, baskets))
    items = torch.tensor([[*basket, *[0] * (width - len(basket))] for basket in baskets])
    bought = torch.tensor([[*map(float, basket.values()), *[0.0] * (width - len(basket))] for basket in baskets])
    shares = bought / bought.sum(dim=1, keepdim=True).clamp(min=1e-9)
    return embedding_bag(items, table, mode="sum", per_sample_weights=shares)


def baskets_of_at_least_one(table, baskets):
    return basket_sums(table, baskets) / totals(baskets).clamp(min=1)


def baskets_with_a_root(table, baskets):
    return (baskets_divided_after(table, baskets) - 100).sqrt()


def baskets_without_quantities(table, baskets):
    items, _, offsets = basket_rows(baskets)
    return embedding_bag(items, table, offsets, mode="mean")


def baskets_by_kinds(table, baskets):
    kinds = torch.tensor([max(len(basket), 1) for basket in baskets])[:, None]
    return basket_sums(table, baskets) / kinds


def refused_mean(table, baskets):
    items, bought, offsets = basket_rows(baskets)
    return embedding_bag(items, table, offsets, mode="mean", per_sample_weights=bought)


RIGHT = {
    "bag_vectors": [VECTORS, [list(pair) for pair in VECTORS], torch.tensor(VECTORS), torch.tensor(VECTORS).double()],
    "starts": [lambda lengths: lengths.cumsum(0) - lengths, starts_by_loop, starts_by_cat, starts_by_sums],
    "bag_numbers": [
        numbers_by_repeat,
        numbers_by_marks,
        lambda offsets, n: torch.bucketize(torch.arange(n), offsets, right=True) - 1,
        lambda offsets, n: (torch.arange(n)[:, None] >= offsets).sum(dim=1) - 1,
    ],
    "basket_means": [baskets_divided_after, baskets_by_shares, baskets_padded, baskets_by_loop],
}

WRONG = {
    "bag_vectors": [
        (VECTORS[:3], "there are as many vectors as offsets, 4; this has 3"),
        ("(1, 5)", "write a list of pairs; this is str"),
        (but(0, 1), "bag 0: write two numbers"),
        (but(0, (1.5, 4.5)), "row 1 is the padding row, and it was added"),
        (but(0, (0.5, 2.5)), "the pad adds nothing, and it is not counted either"),
        (but(0, (7, 7)), "bag 0: (7, 7) is not it"),
        (but(1, (2, 4)), "it starts where bag 2 starts, so it holds nothing"),
        (but(2, (2, 4)), "which indices stand from offset 2 to offset 3"),
        (but(2, NAN), "a bag that holds nothing is not NaN"),
        (but(3, (0, 0)), "bag 3: (0, 0) is not it"),
    ],
    "starts": [
        (lambda lengths: torch.tensor([0, *lengths.tolist()[:-1]]), "only the bag before it would end"),
        (lambda lengths: lengths.cumsum(0), "these are the ends of the bags"),
        (lambda lengths: lengths, "these are the lengths"),
        (lambda lengths: lengths.cumsum(0)[:-1], "where does the first bag start? the shape is (3,)"),
        (lambda lengths: torch.tensor([0, *lengths.cumsum(0).tolist()]), "the form of include_last_offset"),
        (lambda lengths: (lengths.cumsum(0) - lengths).double(), "offsets are integers"),
        (lambda lengths: lengths.tolist(), "return a tensor, not a list"),
        (lambda lengths: lengths.new_zeros(len(lengths)), "expected [0, 3, 3, 5], got [0, 0, 0, 0]"),
    ],
    "bag_numbers": [
        (
            numbers_of_marks_set,
            "but it has a number: the next bag's number is one higher",
        ),
        (lambda offsets, n: numbers_by_repeat(offsets, n) + 1, "the first bag is number 0"),
        (lambda offsets, n: torch.bucketize(torch.arange(n), offsets, right=True), "the first bag is number 0"),
        (lambda offsets, n: torch.bucketize(torch.arange(n), offsets) - 1, "belongs to it already"),
        (lambda offsets, n: numbers_by_repeat(offsets, n).float(), "numbers of bags are integers"),
        (lambda offsets, n: numbers_by_repeat(offsets, n)[:-1], "one number a position, shape (9,), not (8,)"),
        (lambda offsets, n: numbers_by_repeat(offsets, n).tolist(), "return a tensor, not a list"),
    ],
    "basket_means": [
        (baskets_without_quantities, "every item counts once; quantities are lost"),
        (basket_sums, "this is the sum; divide by the quantities of the basket"),
        (baskets_by_kinds, "it is divided by the number of different items"),
        (lambda table, baskets: basket_sums(table, baskets) / totals(baskets), "an empty basket became NaN"),
        (
            baskets_of_at_least_one,
            "1: 0.25, 2: 0.25}]: a basket that holds less than 1 is divided by 1",
        ),
        (
            lambda table, baskets: -baskets_by_loop(table, baskets),
            "got [[-1.5, -4.5, -4.0], [-3.0, -3.0, 2.0]]",
        ),
        (baskets_with_a_root, "got [[nan, nan, nan], [nan, nan, nan]]"),
        (lambda table, baskets: baskets_by_loop(table, baskets).round().long(), "a mean is a floating point number"),
        (lambda table, baskets: baskets_by_loop(table, baskets)[:, :2], "the shape is (2, 2), it must be (2, 3)"),
        (lambda table, baskets: baskets_by_loop(table, baskets).tolist(), "return a tensor, not a list"),
        (refused_mean, "per_sample_weights is only supported for mode='sum'"),
    ],
}
