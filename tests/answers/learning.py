"""The exercises of chapter 4: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
import torch.nn.functional as F
from torch import nn

from reference import add_rows

COUNTS = [3, 2, 1, 0, 3]


def but(number, given):
    """The right counts with one of them replaced, counted from 1."""
    return [*COUNTS[: number - 1], given, *COUNTS[number:]]


def sgd(emb, batches):
    for x, upstream in batches:
        emb.weight.grad = None
        emb(x).backward(upstream)
        with torch.no_grad():
            emb.weight -= 0.1 * emb.weight.grad
    return emb.weight


def sgd_by_torch(emb, batches):
    optimizer = torch.optim.SGD([emb.weight], 0.1)
    for x, upstream in batches:
        emb(x).backward(upstream)
        optimizer.step()
        optimizer.zero_grad()
    return emb.weight.detach()


def sgd_that_adds_up(emb, batches):
    optimizer = torch.optim.SGD([emb.weight], 0.1)
    for x, upstream in batches:
        emb(x).backward(upstream)
        optimizer.step()
    return emb.weight.detach()


def sgd_that_forgets(emb, batches):
    optimizer = torch.optim.SGD([emb.weight], 0.1)
    for x, upstream in batches:
        emb(x).backward(upstream)
        optimizer.zero_grad()
        optimizer.step()
    return emb.weight.detach()


def sgd_without_autograd(emb, batches):
    with torch.no_grad():
        for x, upstream in batches:
            emb.weight -= 0.1 * add_rows(x, upstream, len(emb.weight))
    return emb.weight


def sgd_that_returns_nothing(emb, batches):
    sgd(emb, batches)


def sgd_of_the_last(emb, batches):
    return sgd(emb, batches[-1:])


def sgd_of_another_rate(emb, batches):
    return sgd(emb, [(x, 2 * upstream) for x, upstream in batches])


def sgd_in_one_step(emb, batches):
    optimizer = torch.optim.SGD([emb.weight], 0.1)
    for x, upstream in batches:
        emb(x).backward(upstream)
    optimizer.step()
    return emb.weight


def sgd_of_the_first(emb, batches):
    return sgd(emb, batches[:1])


def sgd_but_the_last(emb, batches):
    return sgd(emb, batches[:-1])


def sgd_of_the_sum(emb, batches):
    return sgd(emb, [(x, torch.ones_like(upstream)) for x, upstream in batches])


def sgd_on_the_data(emb, batches):
    while batches:
        x, upstream = batches.pop(0)
        emb.zero_grad()
        emb(x).backward(upstream)
        emb.weight.data -= emb.weight.grad * 0.1
    return emb.weight.data


def sgd_of_half_gradients(emb, batches):
    for _, upstream in batches:
        upstream /= 2
    return sgd(emb, batches)


def means_by_loop(rows, grads, num_rows):
    table = torch.zeros(num_rows, grads.shape[1])
    for row in set(rows.tolist()):
        table[row] = grads[rows == row].mean(dim=0)
    return table


def means_by_product(rows, grads, num_rows):
    hot = F.one_hot(rows, num_rows).float()
    return (hot / hot.sum(dim=0).clamp(min=1)).T @ grads


def rows_assigned(rows, grads, num_rows):
    table = torch.zeros(num_rows, grads.shape[1])
    table[rows] = grads
    return table


def rows_averaged(rows, grads, num_rows):
    return add_rows(rows, grads, num_rows) / torch.bincount(rows, minlength=num_rows).clamp(min=1)[:, None]


def averaged_without_a_guard(rows, grads, num_rows):
    return add_rows(rows, grads, num_rows) / torch.bincount(rows, minlength=num_rows)[:, None]


def averaged_over_all(rows, grads, num_rows):
    return add_rows(rows, grads, num_rows) / max(len(rows), 1)


def averaged_with_the_zeros(rows, grads, num_rows):
    table = torch.zeros(num_rows, grads.shape[1])
    return table.scatter_reduce(0, rows[:, None].expand_as(grads), grads, "mean")


def means_by_reduce(rows, grads, num_rows):
    table = torch.zeros(num_rows, grads.shape[1])
    return table.scatter_reduce(0, rows[:, None].expand_as(grads), grads, "mean", include_self=False)


def assigned_and_divided(rows, grads, num_rows):
    return rows_assigned(rows, grads, num_rows) / rows.bincount(minlength=num_rows).clamp(min=1)[:, None]


def frozen(emb):
    emb.weight.grad = None
    return emb.requires_grad_(False)


def frozen_by_hand(emb):
    emb.weight.requires_grad = False
    emb.zero_grad(set_to_none=True)
    return emb


def frozen_with_the_old_gradient(emb):
    return emb.requires_grad_(False)


def frozen_with_zeros(emb):
    if emb.weight.grad is not None:
        emb.weight.grad.zero_()
    return emb.requires_grad_(False)


def frozen_if_trained(emb):
    if emb.weight.grad is not None:
        emb.weight.grad = None
        emb.requires_grad_(False)
    return emb


def frozen_or_new(emb):
    if emb.weight.grad is None:
        return nn.Linear(1, 1)
    return frozen(emb)


def thawed(emb):
    emb.weight.grad = None
    return emb


def replaced(emb):
    emb.weight = nn.Parameter(emb.weight.detach().clone(), requires_grad=False)
    return emb


def frozen_without_a_word(emb):
    frozen(emb)


def emptied(emb):
    nn.init.zeros_(emb.weight)
    return frozen(emb)


def net(starts, ends, stations):
    return torch.bincount(ends, minlength=stations) - torch.bincount(starts, minlength=stations)


def net_by_index_put(starts, ends, stations):
    found = torch.zeros(stations, dtype=torch.long)
    found.index_put_((starts,), torch.tensor(-1), accumulate=True)
    return found.index_put_((ends,), torch.tensor(1), accumulate=True)


def net_by_one_hot(starts, ends, stations):
    return (F.one_hot(ends, stations) - F.one_hot(starts, stations)).sum(dim=0)


def net_once(starts, ends, stations):
    found = torch.zeros(stations, dtype=torch.long)
    found[starts] -= 1
    found[ends] += 1
    return found


RIGHT = {
    "gradient_counts": [COUNTS, tuple(COUNTS), [3.0, 2.0, 1.0, 0.0, 3]],
    "train_sgd": [sgd, sgd_by_torch, sgd_without_autograd, sgd_on_the_data],
    "scatter_means": [means_by_loop, means_by_product, rows_averaged, means_by_reduce],
    "freeze": [frozen, frozen_by_hand],
    "change": [net, net_by_index_put, net_by_one_hot],
}

WRONG = {
    "gradient_counts": [
        (but(1, 1), "question a: the gradients of several places are added"),
        (but(1, 2), "question a: row 2 is read in both sentences"),
        (but(1, 1.5), "question a: count the places that read this row"),
        (but(2, 1), "question b: the gradients of several places are added"),
        (but(4, 1), "question d: row 9 is read by no place"),
        (but(5, 6), "question e: SGD moves the rows that were read, each counted once"),
        (but(5, 31), "question e: count the different rows"),
        (but(1, torch.tensor(2.0)), "question a: row 2 is read in both sentences"),
        (but(3, "1"), "question c: write a number, not '1'"),
        (COUNTS[:4], "there are five questions, and 4 answers"),
        ({}, "write a list of five integers; this is dict"),
    ],
    "train_sgd": [
        (sgd_that_adds_up, "row 1 is read by the first batch only, and moves in every step"),
        (sgd_that_forgets, "nothing moves: a gradient must live from backward to step"),
        (sgd_that_returns_nothing, "the table was trained, and nothing comes back"),
        (sgd_of_the_last, "the rows of the first batch did not move"),
        (sgd_of_another_rate, "row 0 should end at [-0.2, 0.8], not [-0.4, 0.6]"),
        (sgd_of_the_first, "row 0 should end at [-0.2, 0.8], not [0.0, 1.0]"),
        (sgd_but_the_last, "row 0 should end at [-0.2, 0.8], not [0.0, 1.0]"),
        (sgd_of_the_sum, "row 0 should end at [-0.2, 0.8], not [-0.1, 0.9]"),
        (sgd_of_half_gradients, "row 0 should end at [-0.2, 0.8], not [-0.1, 0.9]"),
        (sgd_in_one_step, "every batch is looked up in the same table: one step for each batch"),
        (lambda emb, batches: emb, "return the table, a tensor, not Embedding"),
        (lambda emb, batches: emb.weight[0], "the table has shape (4, 2), not (2,)"),
    ],
    "scatter_means": [
        (rows_assigned, "for rows [2, 0, 2]: of several gradients for one row only the last arrives"),
        (assigned_and_divided, "for rows [2, 0, 2]: of several gradients for one row only the last arrives"),
        (averaged_without_a_guard, "0 divided by 0 is NaN"),
        (averaged_over_all, "this divides by the length of the list"),
        (averaged_with_the_zeros, "the zeros of the empty table are counted as one more gradient"),
        (add_rows, "this is the sum of a row's gradients, not yet the mean"),
        (lambda rows, grads, num_rows: grads[rows + 1], "your function raised IndexError"),
        (lambda rows, grads, num_rows: grads, "for rows [2, 0, 2]: the loops give shape (4, 2), yours is (3, 2)"),
        (lambda rows, grads, num_rows: -rows_averaged(rows, grads, num_rows), "for rows [2, 0, 2]: the loops give [["),
        (lambda rows, grads, num_rows: [], "return a tensor, not list"),
    ],
    "freeze": [
        (frozen_with_the_old_gradient, "SGD.step() still moves it: the gradient of the last backward"),
        (frozen_with_zeros, "a gradient of zeros is still a gradient"),
        (thawed, "new gradients are still computed"),
        (frozen_if_trained, "a table that was never trained must be frozen as well"),
        (frozen_or_new, "a table that was never trained must be frozen as well"),
        (replaced, "the parameter was replaced"),
        (frozen_without_a_word, "the module was changed, and nothing comes back"),
        (emptied, "the numbers of the table have changed"),
        (lambda emb: frozen(emb).weight, "return the module that was given, not a tensor of shape (3, 2)"),
    ],
    "change": [
        (lambda starts, ends, stations: -net(starts, ends, stations).int(), "the signs are swapped"),
        (net_once, "a station counts once here"),
        (lambda starts, ends, stations: -net(starts, ends, stations), "the signs are swapped"),
        (lambda starts, ends, stations: net(starts, ends, stations).float(), "bicycles are counted"),
        (
            lambda starts, ends, stations: torch.bincount(ends, minlength=stations),
            "a trip changes two stations",
        ),
        (
            lambda starts, ends, stations: -torch.bincount(starts, minlength=stations),
            "a trip changes two stations",
        ),
        (lambda starts, ends, stations: net(ends, ends, stations), "the stations changed by [-2, 2, 0, 0], not [0"),
        (lambda starts, ends, stations: torch.zeros(2).long(), "4 stations need shape (4,), not (2,)"),
        (lambda starts, ends, stations: {}, "return a tensor, not dict"),
    ],
}
