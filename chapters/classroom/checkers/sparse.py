"""The exercises of ``06_sparse.ipynb``."""

import torch
from torch import nn

from ..check import OPTIMIZERS_LOAD, RaisedError, alike, apart, brief, exercise

LISTS = ("as it is", [4, 2, 2, 4, 2]), ("after coalesce()", [2, 4])


@exercise("two_calls")
def two_calls(answer):
    """The rows of the entries after two calls, as they are and coalesced."""
    pair = isinstance(answer, list | tuple) and len(answer) == 2
    yield pair, f"write two lists of row numbers, ([…], […]), not {brief(answer)}"
    for (name, expected), given in zip(LISTS, answer, strict=True):
        numbers = isinstance(given, list | tuple) and all(isinstance(row, int) for row in given)
        yield numbers, f"{name}: write a list of row numbers, not {brief(given)}"
        given = list(given)
        yield 0 not in given, f"{name}: row 0 is the padding, and its places have no entry"
        if name == "as it is":
            yield (
                given != [2, 4, 2],
                f"{name}: nobody called zero_grad, so the first call's entries are still there",
            )
            yield given != sorted(set(given)), f"{name}: nothing has been sorted or added yet"
            yield given != sorted(expected), f"{name}: the entries stand in the order of the calls, not of the rows"
            yield given != [2, 4, 2, 4, 2], f"{name}: the first call's entries come first"
            yield len(given) == 5, f"{name}: 2 places of the first call and 3 of the second have an entry"
        else:
            yield len(given) == len(set(given)), f"{name}: every row stands once"
            yield given != [4, 2], f"{name}: the rows are sorted"
        yield given == expected, f"{name}: not {brief(given)}"


@exercise("grad_norm")
def grad_norm(answer):
    """``answer(weight)``: the norm of the gradient, whatever its layout."""
    for indices, rows in [([4, 4], [[3.0, 4.0], [-3.0, -4.0]]), ([4, 2, 4], [[1.0, 2.0], [4.0, 0.0], [2.0, 2.0]])]:
        for sparse in (False, True):
            emb = nn.Embedding(6, 2, sparse=sparse)
            emb(torch.tensor(indices)).backward(torch.tensor(rows))
            before, case = emb.weight.grad, f"for the indices {indices} and sparse={sparse}"
            found, entries = before.to_dense().clone(), before._nnz() if sparse else None
            expected = found.norm().item()
            received = answer(emb.weight)
            number = isinstance(received, int | float) or (torch.is_tensor(received) and received.numel() == 1)
            yield number, f"{case}: return one number, not {brief(received)}"
            yield emb.weight.grad is before, f"{case}: weight.grad is another tensor now; leave it as it was"
            kept = (not sparse or before._nnz() == entries) and torch.equal(before.to_dense(), found)
            yield kept, f"{case}: weight.grad holds something else now; leave it as it was"
            listed = torch.tensor(rows).norm().item()
            right = abs(float(received) - expected) < 1e-5
            unsummed = abs(float(received) - listed) < 1e-5
            yield right or not unsummed, f"{case}: this is the norm of the entries; those of one row are added first"
            squared = abs(float(received) - expected**2) < 1e-5
            yield right or not squared, f"{case}: this is the sum of the squares; take its root"
            yield right, f"{case}: the norm is {expected:.4f}, yours is {float(received):.4f}"


@exercise("coalesce_rows")
def coalesce_rows(answer):
    """``answer(rows, grads)``: every row once, sorted, and the sums."""
    huge = 10**15  # a tensor of so many rows fits nowhere, a sparse one does
    last_row = 2**63 - 1  # the row after it has no number
    for rows, grads in [
        ([30, 2, 4, 2], [[1.0, 2], [2, -1], [-1, 2], [1, 3]]),
        ([5, 5, 5], [[1.0], [2], [4]]),
        ([huge, 1, huge], [[1.0, 1, 1], [2, 2, 2], [4, 4, 4]]),
        ([7], [[1.0, 2]]),
        ([last_row, 3, last_row], [[1.0], [2], [4]]),
    ]:
        row_tensor, grad_tensor, case = torch.tensor(rows), torch.tensor(grads), f"for the rows {rows}"
        different = sorted(set(rows))
        sums = torch.stack([grad_tensor[row_tensor == row].sum(0) for row in different])
        try:
            received = answer(row_tensor.clone(), grad_tensor.clone())
        except RaisedError:
            if last_row not in rows:
                raise
            yield False, f"{case}: no sparse tensor here: it counts up to the row after the last, which has no number"
        pair = isinstance(received, tuple | list) and len(received) == 2
        yield pair, f"{case}: return two tensors, the rows and the sums, not {brief(received)}"
        tensors = all(isinstance(part, torch.Tensor) for part in received)
        yield tensors, f"{case}: return two tensors, not {type(received[0]).__name__} and {type(received[1]).__name__}"
        given, given_sums = received
        yield sorted(given.tolist()) != sorted(rows) or len(rows) == len(different), f"{case}: every row stands once"
        yield given.tolist() == different, f"{case}: the loops give the rows {different}, yours {brief(given)}"
        size = tuple(sums.shape)
        yield given_sums.shape == sums.shape, f"{case}: the sums have shape {size}, yours {tuple(given_sums.shape)}"
        last = torch.stack([grad_tensor[row_tensor == row][-1] for row in different])
        lost = alike(given_sums, last) and not torch.equal(last, sums)
        yield not lost, f"{case}: where two entries meet, the last one is left and the others are lost; add them"
        mean = torch.stack([grad_tensor[row_tensor == row].mean(0) for row in different])
        divided = alike(given_sums, mean) and not torch.equal(mean, sums)
        yield not divided, f"{case}: the entries of a row are added, not averaged"
        right, wrong = apart(sums, given_sums)
        yield alike(given_sums, sums), f"{case}: the loops give {right}, yours {wrong}"


class Shop(nn.Module):
    """Tables for customers and products, and a layer; any of the three may be missing."""

    def __init__(self, customers: bool, others: bool) -> None:
        super().__init__()
        self.customers = nn.Embedding(6, 2, sparse=True) if customers else None
        self.products = nn.Embedding(4, 2) if others else None
        self.head = nn.Linear(2, 1) if others else None

    def forward(self, indices):
        found = [table(indices) for table in (self.customers, self.products) if table is not None]
        vectors = torch.stack(found).sum(0)
        return vectors if self.head is None else self.head(vectors)


@exercise("optimizers_for", load_first=OPTIMIZERS_LOAD)
def optimizers_for(answer):
    """``answer(model)``: SparseAdam for the sparse tables, AdamW for the rest."""
    inner = nn.Sequential(nn.Embedding(6, 2, sparse=True), nn.Linear(2, 3))
    for case, model in [
        ("for a model with both kinds", Shop(True, True)),
        ("for a model without a sparse table", Shop(False, True)),
        ("for a model of sparse tables alone", Shop(True, False)),
        ("for a model inside a model", nn.Sequential(inner, nn.Linear(3, 1))),
    ]:
        received = answer(model)
        yield isinstance(received, list | tuple), f"{case}: return a list of optimizers, not {brief(received)}"
        kinds = all(isinstance(one, torch.optim.Optimizer) for one in received)
        yield kinds, f"{case}: the list holds something that is no optimizer"
        yield from trained(model, list(received), case)


def trained(model, optimizers, case):
    held = [
        (one, group["lr"], parameter)
        for one in optimizers
        for group in one.param_groups
        for parameter in group["params"]
    ]
    sparse = {id(table.weight) for table in model.modules() if isinstance(table, nn.Embedding) and table.sparse}
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    counts = dict.fromkeys(names.values(), 0)
    for _, _, parameter in held:
        yield id(parameter) in names, f"{case}: an optimizer holds a parameter that is not the model's"
        counts[names[id(parameter)]] += 1
    for name, count in counts.items():
        yield count > 0, f"{case}: nobody trains {name}"
        yield count < 2, f"{case}: {name} is in two optimizers, and would be moved twice"
    for one, lr, parameter in held:
        name = names[id(parameter)]
        want = "SparseAdam" if id(parameter) in sparse else "AdamW"
        yield type(one).__name__ == want, f"{case}: {name} is trained by {type(one).__name__}, not by {want}"
        yield lr == 0.1, f"{case}: the learning rate of {want} is {lr}, not 0.1"
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    model(torch.tensor([1, 3, 1])).sum().backward()
    for one in optimizers:
        one.step()
    for name, parameter in model.named_parameters():
        yield not torch.equal(parameter, before[name]), f"{case}: after a step {name} is where it was"
