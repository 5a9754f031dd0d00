"""The exercises of chapter 8: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
import torch.nn.functional as F

from reference import renorm_

AFTER = [(0.6, 0.8), (0.3, 0.4), (6.0, 8.0)]


def but(row, pair):
    """The right rows with one of them replaced."""
    return [*AFTER[:row], pair, *AFTER[row + 1 :]]


def mean_by_clone(weight, indices, max_norm):
    return F.embedding(indices, weight.clone(), max_norm=max_norm).norm(dim=-1).mean()


def mean_by_clamp(weight, indices, max_norm):
    return weight[indices].norm(dim=-1).clamp(max=max_norm).mean().item()


def mean_by_copied_table(weight, indices, max_norm):
    table = weight.detach().clone()
    rows = renorm_(table, indices, max_norm)[indices]
    return rows.norm(dim=-1).mean()


def mean_of_all_rows_capped(weight, indices, max_norm):
    return weight.renorm(2, 0, max_norm)[indices].norm(dim=-1).sum() / indices.numel()


def mean_by_detach(weight, indices, max_norm):
    return mean_by_lookup(weight.detach(), indices, max_norm)


def mean_by_lookup(weight, indices, max_norm):
    with torch.no_grad():
        return F.embedding(indices, weight, max_norm=max_norm).norm(dim=-1).mean()


def mean_written_and_put_back(weight, indices, max_norm):
    kept = weight.clone()
    mean = mean_by_lookup(weight, indices, max_norm)
    weight.copy_(kept)
    return mean


def cap_by_clamp(rows, max_norm):
    return rows * (max_norm / (rows.norm(dim=1, keepdim=True) + 1e-7)).clamp(max=1)


def cap_by_where(rows, max_norm):
    norms = rows.norm(dim=1, keepdim=True)
    return torch.where(norms > max_norm, rows * max_norm / (norms + 1e-7), rows)


def cap_by_lookup(rows, max_norm):
    return F.embedding(torch.arange(len(rows)), rows.clone(), max_norm=max_norm)


def cap_without_keepdim(rows, max_norm):
    return rows * (max_norm / (rows.norm(dim=1) + 1e-7)).clamp(max=1)


def cap_whole_table(rows, max_norm):
    return rows * min(1.0, max_norm / rows.norm().item())


def cap_by_norm(rows, max_norm):
    norms = rows.norm(dim=1, keepdim=True)
    return rows / norms * norms.clamp(max=max_norm)


def cap_by_the_square(rows, max_norm):
    norms = rows.norm(dim=1, keepdim=True)
    return torch.where(norms > max_norm, rows * max_norm / norms**2, rows)


def cap_by_the_columns(rows, max_norm):
    return torch.where(rows.norm(dim=0) > max_norm, rows * max_norm / rows.norm(dim=0), rows)


def cap_to_zero(rows, max_norm):
    return torch.where(rows.norm(dim=1, keepdim=True) > max_norm, 0, rows)


def cap_of_at_least_one(rows, max_norm):
    return rows * (max_norm / rows.norm(dim=1, keepdim=True).clamp(min=1)).clamp(max=1)


def cap_with_a_root(rows, max_norm):
    return cap_by_clamp(rows, max_norm).sqrt()


def scores_by_cosine(layer, indices):
    return F.normalize(layer(indices)) @ F.normalize(layer.weight).T


def mean_written_if_changed(weight, indices, max_norm):
    kept = weight.clone()
    mean = mean_by_lookup(weight, indices, max_norm)
    if not torch.equal(weight, kept):
        weight.copy_(kept)
    return mean


def scores_weight_first(layer, indices):
    every = layer.weight.clone()
    return layer(indices) @ every.T


def scores_by_weight_alone(layer, indices):
    with torch.no_grad():
        layer(indices)
    return layer.weight[indices] @ layer.weight.T


def scores_on_a_copy(layer, indices):
    table = layer.weight.clone()
    return F.embedding(indices, table, max_norm=layer.max_norm) @ table.T


def scores_by_loops(layer, indices):
    vectors = layer(indices)
    return torch.stack([(layer.weight * vector).sum(dim=1) for vector in vectors])


def scores_all_short(layer, indices):
    vectors = layer(indices)
    return vectors @ layer(torch.arange(4)).T


def scores_saved(layer, indices):
    squared = layer.weight * layer.weight
    vectors = layer(indices)
    return vectors @ layer.weight.T + 0 * squared.sum()


RIGHT = {
    "table_after": [AFTER, tuple(map(list, AFTER)), torch.tensor(AFTER), but(0, (0.59999, 0.8))],
    "mean_norm": [mean_by_clone, mean_by_clamp, mean_by_copied_table, mean_of_all_rows_capped],
    "cap_rows": [
        cap_by_clamp,
        cap_by_where,
        cap_by_lookup,
        lambda rows, cap: renorm_(rows, torch.arange(len(rows)), cap),
        lambda rows, cap: rows.renorm(2, 0, cap),
    ],
    "scores": [
        lambda layer, i: layer(i) @ layer.weight.T,
        lambda layer, i: (layer.weight @ layer(i).T).T,
        lambda layer, i: F.linear(layer(i), layer.weight),
        scores_by_loops,
        scores_by_weight_alone,
        scores_on_a_copy,
    ],
}

WRONG = {
    "table_after": [
        (but(2, (0.6, 0.8)), "row 2: it is long, but which rows did the lookup read?"),
        (but(0, (3.0, 4.0)), "row 0: it was read, and it is longer than 1"),
        (but(1, (0.6, 0.8)), "row 1: it is shorter than 1, and a lookup makes no row longer"),
        (but(0, (0.36, 0.64)), "row 0: the row is multiplied by one factor as a whole"),
        (but(0, (1.0, 1.0)), "row 0: its norm must be 1 afterwards"),
        (but(1, (0.1, 0.1)), "row 1: look at it again"),
        (but(0, (0.8, 0.6)), "row 0: (0.8, 0.6) is not it: same direction"),
        (but(0, 0.6), "row 0: write two numbers"),
        (AFTER[:2], "the table has three rows, also after the lookup; this has 2"),
        ("(0.6, 0.8)", "write a list of three pairs; this is str"),
    ],
    "mean_norm": [
        (mean_by_lookup, "the table is not what it was; who wrote into it?"),
        (mean_by_detach, "the table is not what it was; who wrote into it?"),
        (lambda w, i, cap: w[i].norm(dim=-1).mean(), "this is the mean of the long rows"),
        (lambda w, i, cap: w.norm(dim=1).clamp(max=cap).mean(), "this is the mean over the table"),
        (lambda w, i, cap: w[i].norm(dim=-1).clamp(max=cap), "return one number, not a tensor of shape (3,)"),
        (lambda w, i, cap: 7.0, "expected 0.833, got 7.000"),
        (mean_written_and_put_back, "the table was written and then put back"),
        (mean_written_if_changed, "the table was written and then put back"),
    ],
    "cap_rows": [
        (lambda rows, cap: rows, "no row was shortened"),
        (
            cap_by_the_square,
            "[0.923, 0.385], [-0.904, -0.428]], yours is [[0.2, 0.9], [0.71, 0.2",
        ),
        (cap_by_the_columns, "yours is [[0.089, 0.658], [0.532, 0.366], [-0.842, -0.658]]"),
        (cap_to_zero, "yours is [[0.2, 0.9], [0.0, 0.0], [0.0, 0.0]]"),
        (lambda rows, cap: rows.renorm(1, 0, cap), "yours is [[0.182, 0.818], [0.706, 0.294], [-0.679, -0.321]]"),
        (cap_of_at_least_one, "max_norm=0.5: the loops give [[0.167, -0.333, 0.333]], yours is [[0.125, -0.25, 0.25]]"),
        (cap_with_a_root, "yours is [[0.447, 0.949], [0.961, 0.62], [nan, nan]]"),
        (lambda rows, cap: cap_by_clamp(rows, cap) + 0.0002, "the loops give [[0.2, 0.9], [0.9231, 0.3846]"),
        (lambda rows, cap: rows * (cap / (rows.norm(dim=1, keepdim=True) + 1e-7)), "short rows became longer"),
        (lambda rows, cap: F.normalize(rows) * cap, "short rows became longer"),
        (cap_without_keepdim, "your function raised RuntimeError: The size of tensor a (2) must match"),
        (lambda rows, cap: rows.clamp(-cap, cap), "the numbers were cut one by one"),
        (cap_whole_table, "one length was taken for the whole table"),
        (cap_by_norm, "a row of zeros became NaN"),
        (lambda rows, cap: rows.norm(dim=1), "the shape is (3,), it must stay (3, 2)"),
        (lambda rows, cap: rows.tolist(), "return a tensor, not list"),
        (lambda rows, cap: rows.round().long(), "these are no floating point numbers any more"),
    ],
    "scores": [
        (scores_weight_first, "the table's side still holds the rows from before"),
        (lambda layer, i: layer.weight[i] @ layer.weight.T, "no row was shortened; look up with layer(indices)"),
        (scores_by_cosine, "[0, 2]: [[1.0, 0.5, 0.28, 0.2], [0.28, 0.14, 1.0, -0.52]] is right, not [[1.0, 1.0, 0.28"),
        (scores_saved, "backward fails: it keeps a table that the lookup then wrote into"),
        (lambda layer, i: layer(i) @ layer.weight.detach().T, "the gradient must reach the table on both sides"),
        (lambda layer, i: (layer(i) @ layer.weight.T).detach(), "these have no gradient"),
        (lambda layer, i: layer.weight @ layer(i).T, "2 indices and 4 rows give (2, 4), not (4, 2)"),
        (lambda layer, i: layer(i) @ layer(i).T, "2 indices and 4 rows give (2, 4), not (2, 2)"),
        (scores_all_short, "[3]: the table's side is short as a whole"),
        (lambda layer, i: [], "return a tensor of shape (2, 4), not list"),
    ],
}
