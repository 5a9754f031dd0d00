"""The exercises of chapter 6: right answers in different forms, wrong ones by their hint, rubbish."""

import torch
from torch import nn

torch.sparse.check_sparse_tensor_invariants.disable()  # as the chapter does: else the first sparse tensor warns


def norm_of_the_table(weight):
    return weight.grad.to_dense().norm().item()


def norm_by_root(weight):
    grad = weight.grad.coalesce().values() if weight.grad.is_sparse else weight.grad
    return grad.pow(2).sum().sqrt()


def norm_of_the_entries(weight):
    return weight.grad._values().norm() if weight.grad.is_sparse else weight.grad.norm()


def norm_always_coalesced(weight):
    return weight.grad.coalesce().values().norm()


def norm_squared(weight):
    return weight.grad.to_dense().pow(2).sum()


def norm_and_clip(weight):
    return norm_by_root(weight) if weight.grad.is_sparse else nn.utils.clip_grad_norm_([weight], 1.0)


def norm_of_the_half(weight):
    if not weight.grad.is_sparse:
        weight.grad.mul_(0.5)
    return weight.grad.to_dense().norm()


def norm_of_zeroed(weight):
    norm = norm_by_root(weight)
    weight.grad.zero_()
    return norm


def norm_and_replace(weight):
    weight.grad = weight.grad.coalesce() if weight.grad.is_sparse else weight.grad
    return weight.grad.norm()


def rows_and_sums(rows, grads, reduce):
    different, places = rows.unique(return_inverse=True)
    index = places[:, None].expand_as(grads)
    found = torch.zeros(len(different), grads.shape[1])
    return different, found.scatter_reduce(0, index, grads, reduce, include_self=False)


def rows_by_one_hot(rows, grads):
    different, places = rows.unique(return_inverse=True)
    return different, nn.functional.one_hot(places, len(different)).T.float() @ grads


def rows_by_sparse(rows, grads):
    size = (int(rows.max()) + 1, grads.shape[1])
    found = torch.sparse_coo_tensor(rows[None], grads, size, check_invariants=False).coalesce()
    return found.indices()[0], found.values()


def rows_by_sparse_alone(rows, grads):
    found = torch.sparse_coo_tensor(rows[None], grads).coalesce()
    return found.indices()[0], found.values()


def rows_by_sorting(rows, grads):
    order = rows.argsort()
    ordered = rows[order]
    begins = torch.cat([torch.ones(1, dtype=torch.bool), ordered[1:] != ordered[:-1]])
    sums = torch.zeros(int(begins.sum()), grads.shape[1])
    return ordered[begins], sums.index_add_(0, begins.cumsum(0) - 1, grads[order])


def rows_lost(rows, grads):
    different, places = rows.unique(return_inverse=True)
    sums = torch.zeros(len(different), grads.shape[1])
    for k, place in enumerate(places):
        sums[place] = grads[k]
    return different, sums


def rows_of_a_table(rows, grads):
    table = torch.zeros(int(rows.max()) + 1, grads.shape[1]).index_add_(0, rows, grads)
    return rows.unique(), table[rows.unique()]


def sparse_weights(model):
    return [m.weight for m in model.modules() if isinstance(m, nn.Embedding) and m.sparse]


def both(model, kinds=(torch.optim.SparseAdam, torch.optim.AdamW), lr=0.1, tables=sparse_weights):
    listed = tables(model)
    rest = [p for p in model.parameters() if not any(p is one for one in listed)]
    return [kind(given, lr=lr) for kind, given in zip(kinds, (listed, rest), strict=True) if given]


def all_tables(model):
    return [m.weight for m in model.modules() if isinstance(m, nn.Embedding)]


def by_the_name(model):
    return both(model, tables=lambda _: [p for name, p in model.named_parameters() if "customers" in name])


def direct_children(model):
    return both(model, tables=lambda _: [m.weight for m in model.children() if getattr(m, "sparse", False)])


def one_for_each_table(model):
    listed = sparse_weights(model)
    rest = [p for p in model.parameters() if not any(p is one for one in listed)]
    others = [torch.optim.AdamW([{"params": rest, "lr": 0.1}])] if rest else []
    return [*others, *(torch.optim.SparseAdam([weight], lr=0.1) for weight in listed)]


def only_the_sparse(model):
    return both(model)[:1]


def one_for_all(model):
    return [torch.optim.AdamW(model.parameters(), lr=0.1)]


def twice(model):
    found = both(model)
    return [*found, torch.optim.AdamW(model.parameters(), lr=0.1)]


def by_names(model):
    named = dict(model.named_parameters())
    listed = [p for name, p in named.items() if getattr(model.get_submodule(name.rpartition(".")[0]), "sparse", False)]
    return both(model, tables=lambda _: listed)


RIGHT = {
    "two_calls": [
        ([4, 2, 2, 4, 2], [2, 4]),
        [(4, 2, 2, 4, 2), (2, 4)],
        (torch.tensor([4, 2, 2, 4, 2]), torch.tensor([2, 4])),
    ],
    "grad_norm": [norm_of_the_table, norm_by_root, lambda weight: weight.grad.norm()],
    "coalesce_rows": [lambda rows, grads: rows_and_sums(rows, grads, "sum"), rows_by_one_hot, rows_by_sorting],
    "optimizers_for": [both, by_names, lambda model: tuple(reversed(both(model))), one_for_each_table],
}

WRONG = {
    "two_calls": [
        (([2, 4, 2], [2, 4]), "as it is: nobody called zero_grad"),
        (([4, 0, 2, 2, 4, 2], [2, 4]), "as it is: row 0 is the padding"),
        (([2, 4], [2, 4]), "as it is: nothing has been sorted or added yet"),
        (([2, 2, 2, 4, 4], [2, 4]), "as it is: the entries stand in the order of the calls, not of the rows"),
        (([4, 2, 2, 4], [2, 4]), "as it is: 2 places of the first call and 3 of the second have an entry"),
        (([4, 2, 2, 4, 2], [4, 2]), "after coalesce(): the rows are sorted"),
        (([4, 2, 2, 4, 2], [2, 2, 2, 4, 4]), "after coalesce(): every row stands once"),
        (([2, 4, 2, 4, 2], [2, 4]), "as it is: the first call's entries come first"),
        (([4, 2, 2, 2, 4], [2, 4]), "as it is: not [4, 2, 2, 2, 4]"),
        ([4, 2, 2, 4, 2], "write two lists of row numbers"),
        ((5, 2), "as it is: write a list of row numbers, not 5"),
        (([[4, 2, 2, 4, 2]], [[2, 4]]), "as it is: write a list of row numbers, not [[4, 2, 2, 4, 2]]"),
    ],
    "grad_norm": [
        (norm_of_the_entries, "this is the norm of the entries; those of one row are added first"),
        (norm_always_coalesced, "expected sparse coordinate tensor layout but got Strided"),
        (norm_squared, "this is the sum of the squares; take its root"),
        (norm_and_replace, "weight.grad is another tensor now; leave it as it was"),
        (norm_and_clip, "weight.grad holds something else now; leave it as it was"),
        (norm_of_the_half, "weight.grad holds something else now; leave it as it was"),
        (norm_of_zeroed, "weight.grad holds something else now; leave it as it was"),
        (lambda weight: weight.grad, "return one number, not"),
        (lambda weight: 3.5, "yours is 3.5000"),
    ],
    "coalesce_rows": [
        (rows_lost, "the last one is left and the others are lost; add them"),
        (lambda rows, grads: rows_and_sums(rows, grads, "mean"), "the entries of a row are added, not averaged"),
        (lambda rows, grads: (rows, grads), "every row stands once"),
        (rows_of_a_table, "DefaultCPUAllocator"),
        (rows_by_sparse, "no sparse tensor here: it counts up to the row after the last, which has no number"),
        (rows_by_sparse_alone, "no sparse tensor here: it counts up to the row after the last, which has no number"),
        (lambda rows, grads: rows.unique(), "return two tensors, the rows and the sums"),
        (lambda rows, grads: (rows.unique().tolist(), grads), "return two tensors, not list and Tensor"),
        (lambda rows, grads: (rows.unique(), grads), "the sums have shape (3, 2), yours (4, 2)"),
        (lambda rows, grads: (rows.unique().flip(0), grads), "the loops give the rows [2, 4, 30]"),
        (lambda rows, grads: (rows.unique(), grads[:3] * 0), "yours [[0.0, 0.0]"),
    ],
    "optimizers_for": [
        (by_the_name, "for a model inside a model: 0.0.weight is trained by AdamW"),
        (direct_children, "for a model inside a model: 0.0.weight is trained by AdamW"),
        (one_for_all, "customers.weight is trained by AdamW, not by SparseAdam"),
        (only_the_sparse, "nobody trains products.weight"),
        (lambda model: both(model, tables=all_tables), "products.weight is trained by SparseAdam, not by AdamW"),
        (twice, "customers.weight is in two optimizers, and would be moved twice"),
        (lambda model: both(model, lr=0.01), "the learning rate of SparseAdam is 0.01, not 0.1"),
        (lambda model: both(model)[0], "return a list of optimizers"),
        (lambda model: [torch.optim.SparseAdam], "something that is no optimizer"),
        (lambda model: [*both(nn.Linear(2, 1))], "holds a parameter that is not the model's"),
        (
            lambda model: [torch.optim.SparseAdam(sparse_weights(model), lr=0.1), both(model)[-1]],
            "optimizer got an empty parameter list",
        ),
    ],
}
