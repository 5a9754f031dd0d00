"""The exercises of chapter 7: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
from torch import nn
from torch.nn import functional as F

NUMBERS = [1, 3, 5, 0.2, 1]


def but(place, number):
    """The right answers with another number in one place."""
    return [*NUMBERS[:place], number, *NUMBERS[place + 1 :]]


def one_lookup(emb, parts, loss_of):
    looked_up = emb(torch.cat([part.flatten() for part in parts]))
    leaf = looked_up.detach().requires_grad_()
    for part, piece in zip(parts, leaf.split([part.numel() for part in parts]), strict=True):
        loss_of(piece.view(*part.shape, -1)).backward()
    looked_up.backward(leaf.grad)
    return emb.weight.grad


def divided_by_hand(emb, parts, loss_of):
    scaled, emb.scale_grad_by_freq = emb.scale_grad_by_freq, False
    for part in parts:
        loss_of(emb(part)).backward()
    if scaled:
        counts = sum(torch.bincount(part.flatten(), minlength=emb.num_embeddings) for part in parts)
        emb.weight.grad /= counts.clamp(min=1)[:, None]
    emb.scale_grad_by_freq = scaled
    return emb.weight.grad


def by_the_function(emb, parts, loss_of):
    for part in parts:
        loss_of(F.embedding(part, emb.weight)).backward()
    if emb.scale_grad_by_freq:
        emb.weight.grad /= torch.cat([p.flatten() for p in parts]).bincount(minlength=4).clamp(min=1)[:, None]
    return emb.weight.grad


def one_graph(emb, parts, loss_of):
    looked_up = emb(torch.cat([part.flatten() for part in parts]))
    for part, piece in zip(parts, looked_up.split([part.numel() for part in parts]), strict=True):
        loss_of(piece.view(*part.shape, -1)).backward(retain_graph=True)
    return emb.weight.grad


def parts_of_one_length(emb, parts, loss_of):
    for piece in emb(torch.cat(list(parts))).split([len(part) for part in parts]):
        loss_of(piece).backward(retain_graph=True)
    return emb.weight.grad


def part_by_part(emb, parts, loss_of):
    for part in parts:
        loss_of(emb(part)).backward()
    return emb.weight.grad


def by_number_of_parts(emb, parts, loss_of):
    part_by_part(emb, parts, loss_of)
    if emb.scale_grad_by_freq:
        emb.weight.grad /= len(parts)
    return emb.weight.grad


def all_at_once(emb, parts, loss_of):
    loss_of(emb(torch.cat([part.flatten() for part in parts]))).backward()
    return emb.weight.grad


def flag_off_for_ever(emb, parts, loss_of):
    divided_by_hand(emb, parts, loss_of)
    emb.scale_grad_by_freq = False
    return emb.weight.grad


def never_divided(emb, parts, loss_of):
    for part in parts:
        loss_of(F.embedding(part, emb.weight)).backward()
    return emb.weight.grad


def always_divided(emb, parts, loss_of):
    never_divided(emb, parts, loss_of)
    emb.weight.grad /= torch.cat([p.flatten() for p in parts]).bincount(minlength=4).clamp(min=1)[:, None]
    return emb.weight.grad


def with_a_step(emb, parts, loss_of):
    found = one_lookup(emb, parts, loss_of)
    torch.optim.SGD(emb.parameters(), lr=0.1).step()
    return found


def and_cleared(emb, parts, loss_of):
    found = one_lookup(emb, parts, loss_of)
    emb.weight.grad = None
    return found


def counts_of(indices):
    return torch.bincount(indices.flatten())[indices]


def by_unique(indices):
    _, inverse, counts = indices.unique(return_inverse=True, return_counts=True)
    return counts[inverse]


def by_comparison(indices):
    return (indices.flatten() == indices.unsqueeze(-1)).sum(dim=-1)


def line_by_line(indices):
    if indices.dim() < 2:
        return counts_of(indices)
    return (indices[..., :, None] == indices[..., None, :]).sum(dim=-1)


def by_the_flag(stations, readings, num_stations):
    table = nn.Embedding(num_stations, readings.shape[1], scale_grad_by_freq=True)
    table(stations).backward(readings)
    return table.weight.grad


def sums(stations, readings, num_stations):
    return torch.zeros(num_stations, readings.shape[1]).index_add_(0, stations, readings)


def by_hand(stations, readings, num_stations):
    counts = torch.bincount(stations, minlength=num_stations).clamp(min=1)
    return sums(stations, readings, num_stations) / counts[:, None]


def in_double(stations, readings, num_stations):
    columns = [torch.bincount(stations, column.double(), num_stations) for column in readings.T]
    return torch.stack(columns, dim=1) / torch.bincount(stations, minlength=num_stations).clamp(min=1)[:, None]


def by_loop(stations, readings, num_stations):
    found = torch.zeros(num_stations, readings.shape[1])
    for station in stations.unique():
        found[station] = readings[stations == station].mean(dim=0)
    return found


def with_nan(stations, readings, num_stations):
    return sums(stations, readings, num_stations) / torch.bincount(stations, minlength=num_stations)[:, None]


def with_a_root(stations, readings, num_stations):
    found = by_hand(stations, readings, num_stations)
    return torch.where(found != 0, (found - 100).sqrt(), 0)


def last_report(stations, readings, num_stations):
    found = torch.zeros(num_stations, readings.shape[1])
    found[stations] = readings
    return found


RIGHT = {
    "first_numbers": [NUMBERS, tuple(NUMBERS), [1.0, 3.0, 5.0, 1 / 5, 1.0], list(torch.tensor(NUMBERS))],
    "accumulate": [one_lookup, divided_by_hand, by_the_function, one_graph],
    "times_read": [counts_of, by_unique, by_comparison],
    "station_means": [by_the_flag, by_hand, by_loop, in_double],
}

WRONG = {
    "first_numbers": [
        (but(0, 5), "(a) not 5: what is the mean of what all places of `the` send?"),
        (but(1, 1), "(b) not 1: each call makes a mean of its own"),
        (but(2, 3), "(c) not 3: without the flag nothing is divided"),
        (but(3, 1), "(d) not 1: the count is taken from the indices"),
        (but(4, 5 / 17), "(e) not 0.294118: pads are counted, but for their own row"),
        (but(1, True), "(b) write a number, not True"),
        (but(1, "3"), "(b) write a number, not '3'"),
        ([1, 3, 5], "there are five cases, and 3 answers"),
        ("13501", "write a list of five numbers; this is str"),
    ],
    "accumulate": [
        (part_by_part, "every part is divided by its own count"),
        (by_number_of_parts, "dividing by the number of parts is right only for rows that are in every part"),
        (all_at_once, "it must see the parts, one at a time"),
        (parts_of_one_length, "Sizes of tensors must match except in dimension 0"),
        (flag_off_for_ever, "leave the layer's flag as you found it"),
        (never_divided, "scale_grad_by_freq=True, 2 parts: nothing was divided"),
        (always_divided, "this layer divides nothing, and so must you"),
        (with_a_step, "the table itself has changed"),
        (and_cleared, "leave the gradient in emb.weight.grad"),
        (lambda emb, parts, loss_of: one_lookup(emb, parts, loss_of).tolist(), "return emb.weight.grad, not list"),
        (lambda emb, parts, loss_of: one_lookup(emb, parts, loss_of)[0], "has shape (4, 2), yours has (2,)"),
        (lambda emb, parts, loss_of: one_lookup(emb, parts, loss_of) * 2, "one call gives row"),
    ],
    "times_read": [
        (lambda i: torch.bincount(i.flatten()), "these are the counts of the rows"),
        (line_by_line, "this counts each sentence by itself"),
        (lambda i: counts_of(i).flatten(), "the loops give shape (2, 5), yours is (10,)"),
        (lambda i: counts_of(i) - 1, "the loops give [[4, 2, 1, 4, 2], [4, 2, 1, 4, 2]]"),
        (lambda i: counts_of(i).tolist(), "return a tensor, not list"),
        (lambda i: counts_of(i) if i.numel() else torch.zeros(0), "no indices at all"),
    ],
    "station_means": [
        (with_nan, "station 1 has sent nothing and has NaN; it gets zeros"),
        (sums, "these are the sums, not the means"),
        (lambda s, r, n: sums(s, r, n) / len(s), "divided by all reports"),
        (lambda s, r, n: by_hand(s, r, int(s.max()) + 1), "4 stations need the shape (4, 2), yours is (3, 2)"),
        (with_a_root, "the mean of station 0 is [4.0, 3.0], yours [nan, nan]"),
        (last_report, "the mean of station 0 is [4.0, 3.0], yours [0.0, 5.0]"),
        (lambda s, r, n: by_hand(s, r, n).tolist(), "return a tensor, not list"),
    ],
}
