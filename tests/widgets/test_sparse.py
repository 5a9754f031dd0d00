"""The figure of chapter 6, Python side: its gradients, bytes and answers are PyTorch's, its state is checked."""

import re

import pytest
import torch
import traitlets as t
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from classroom import corpus
from widgets import Sparse
from widgets.sparse import (
    FORMS,
    LIMIT,
    TASKS,
    bytes_of,
    coalesced,
    dense,
    entries,
    optimizers,
    size_at,
    spaced,
    step_of,
)

X = torch.tensor([[30, 0, 0, 0], [2, 4, 20, 0], [2, 4, 13, 6]])
G = torch.arange(-12.0, 12.0).reshape(3, 4, 2)


def figure(indices=X, gradients=G, padding_idx=0, **traits):
    return Sparse(corpus.rows(), corpus.words, indices, gradients, padding_idx, **traits)


def torchs(indices, gradients, padding_idx):
    emb = nn.Embedding(31, 2, padding_idx=padding_idx, sparse=True)
    emb(indices).backward(gradients)
    return emb.weight.grad


BATCHES = {
    "the chapter's": (X, G),
    "empty": (torch.zeros(0, dtype=torch.long), torch.zeros(0, 2)),
    "all pads": (torch.zeros(2, 3, dtype=torch.long), torch.ones(2, 3, 2)),
    "one index a thousand times": (torch.full((1000,), 7), torch.ones(1000, 2)),
}


@pytest.mark.parametrize("padding_idx", [0, 4, None])
@pytest.mark.parametrize("name", BATCHES)
def test_every_form_of_the_gradient_is_pytorchs(name, padding_idx):
    indices, gradients = BATCHES[name]
    given = torchs(indices, gradients, padding_idx)
    python = figure(indices, gradients, padding_idx)
    assert torch.equal(python.gradient._indices(), given._indices())
    assert torch.equal(python.gradient._values(), given._values())
    python.form = "coalesced"
    assert python.gradient.is_coalesced()
    assert torch.equal(python.gradient.indices(), given.coalesce().indices())
    assert torch.equal(python.gradient.values(), given.coalesce().values())
    python.form = "dense"
    assert torch.equal(python.gradient, given.to_dense())


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-9, 9), st.integers(-9, 9)), max_size=12))
def test_lists_coalesced_lists_and_tables_are_pytorchs(batch):
    rows, grads = [row for row, *_ in batch], [[float(a), float(b)] for _, a, b in batch]
    emb = nn.Embedding(7, 2, padding_idx=3, sparse=True)
    emb(torch.tensor(rows, dtype=torch.long)).backward(torch.tensor(grads).reshape(-1, 2))
    kept = entries(rows, grads, 3)
    listed, values = [rows[line["place"]] for line in kept], [line["values"] for line in kept]
    assert emb.weight.grad._indices()[0].tolist() == listed
    assert emb.weight.grad._values().tolist() == values
    summed = emb.weight.grad.coalesce()
    assert coalesced(listed, values) == list(zip(summed.indices()[0].tolist(), summed.values().tolist(), strict=True))
    assert dense(listed, values, 7, 2) == summed.to_dense().tolist()


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 60))
def test_the_bytes_are_those_of_the_tensors(V, D, N):
    emb = nn.Embedding(V, D, sparse=True)
    emb(torch.arange(N) % V).backward(torch.ones(N, D))
    listed, summed = emb.weight.grad, emb.weight.grad.coalesce()
    counted = {"list": listed, "coalesced": summed}
    found = {name: grad._indices().nbytes + grad._values().nbytes for name, grad in counted.items()}
    assert bytes_of(V, D, N) == {"dense": 4 * emb.weight.numel(), **found}


@given(st.integers(10, LIMIT))
def test_a_slider_stands_at_the_nearest_of_its_steps(size):
    step = step_of(size)
    ratios = [max(size / size_at(s), size_at(s) / size) for s in range(step_of(LIMIT) + 1)]
    assert ratios[step] == min(ratios)
    assert step_of(size_at(step)) == step


def test_every_optimizer_of_torch_is_asked_and_answers_in_its_own_words():
    python = figure()
    assert len(optimizers()) == 15
    for name, kind in optimizers().items():
        for form in ("list", "dense"):
            python.set_trait("form", form)
            python.optimizer = name
            emb = nn.Embedding(31, 2, padding_idx=0, sparse=form == "list", _weight=corpus.rows())
            optimizer = kind(emb.parameters(), lr=0.1)

            def closure(emb=emb):
                emb.weight.grad = None
                loss = (emb(X) * G).sum()
                loss.backward()
                return loss

            refusal = stepped(optimizer, closure)
            if refusal:
                assert python.answer() == (f"RuntimeError: {refusal}", "No row moves.")
                assert python.amounts()["state"] is None
                assert python.moved == []
                continue
            error, said = python.answer()
            moved = (emb.weight != corpus.rows()).any(dim=1).nonzero().flatten().tolist()
            assert error == ""
            assert python.moved == moved
            takes = f"{name} takes the {'list' if form == 'list' else 'dense gradient'}. {len(moved)} of 31"
            assert said.startswith(takes)
            unread = sorted(set(moved) - set(python.rows))
            shorter = emb.weight.norm(dim=1) < corpus.rows().norm(dim=1)
            assert ("makes every row a little shorter" in said) == bool(unread)
            assert shorter[unread].all()
            kept = [v for v in optimizer.state[emb.weight].values() if torch.is_tensor(v) and v.dim()]
            assert python.amounts()["state"] == sum(tensor.nbytes for tensor in kept)


def stepped(optimizer, closure):
    """Take a step; return why it was refused."""
    try:
        with torch.sparse.check_sparse_tensor_invariants(enable=False):
            optimizer.step(closure)
    except RuntimeError as error:
        return str(error)


def test_a_step_that_is_not_taken_says_nothing_and_then_the_marks_are_judged():
    python = figure(form="dense", optimizer="AdamW", taken=False, expected=[2, 4, 6, 13, 20, 30])
    assert python.answer() == ("", "AdamW has not taken its step yet.")
    assert python.amounts()["state"] is None
    assert python.state_label(None) == "memory of AdamW"
    assert not re.search(r'class="verdict">[^<]', python.to_html())
    python.taken = True
    assert python.answer()[1].startswith("Your marks: 6 right (●), 0 wrong (×), 25 missed (○). AdamW takes")
    assert "25 of them have no gradient: AdamW makes every row a little shorter" in python.answer()[1]
    assert python.to_html().count(' class="verdict">○<') == 25
    python.form = "list"
    assert python.answer()[1] == "Your marks: 0 right (●), 6 wrong (×), 0 missed (○). No row moves."
    assert python.to_html().count(' class="verdict">×<') == 6


def test_the_memory_grows_with_the_table_as_pytorchs_does():
    python = figure(form="list", optimizer="SparseAdam", sizes=[1000, 4])
    emb = nn.Embedding(1000, 2, sparse=True)
    optimizer = torch.optim.SparseAdam(emb.parameters())
    emb(torch.tensor([4])).sum().backward()
    with torch.sparse.check_sparse_tensor_invariants(enable=False):
        optimizer.step()
    state = optimizer.state[emb.weight]
    assert python.amounts()["state"] == state["exp_avg"].nbytes + state["exp_avg_sq"].nbytes


def test_the_first_state_shows_the_list_unsorted_beside_the_dense_gradient():
    html = figure().to_html()
    assert re.findall(r'data-entry="(\d+)"', html) == ["30", "2", "4", "20", "2", "4", "13", "6"]
    assert len(re.findall(r'data-row="\d+"', html)) == 31
    assert re.findall(r'class="amount">([^<]*)<', html) == ["248 B", "128 B", "128 B", "496 B"]


def test_a_long_list_is_drawn_in_part_and_counted_whole():
    html = figure(*BATCHES["one index a thousand times"]).to_html()
    assert html.count("data-entry") == 60
    assert "… and 940 more" in html
    assert "1000 entries of a row number and 2 numbers: 16.0 kB" in html.replace("16000 B", "16.0 kB")


def test_which_is_larger_is_said_with_the_right_number():
    assert figure(sizes=[31, 1000]).told() == "The list is 64.5 times the dense gradient."
    assert figure(sizes=[LIMIT, 1000]).told() == "The dense gradient is 5\u202f000 times the list."
    assert figure(sizes=[32, 16]).told() == "Both are equally large."
    assert figure(sizes=[31, 0]).told() == "The dense gradient is ∞ times the list."
    assert spaced(LIMIT) == "10\u202f000\u202f000"


def test_its_states_have_the_names_that_the_chapter_links_to():
    python = figure()
    assert set(python.shows()) == {*FORMS, "small-table", "huge", "refused", "predict"}
    assert set(FORMS) <= set(python.shows())


@pytest.mark.parametrize(
    "change",
    [
        {"form": "csr"},
        {"sizes": [0, 1]},
        {"sizes": [1]},
        {"sizes": [1, LIMIT + 1]},
        {"sizes": ["a", 1]},
        {"optimizer": "Adamo"},
        {"optimizer": "__proto__"},
        {"optimizer": 3},
        {"expected": [31]},
        {"expected": [-1]},
        {"taken": "yes"},
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_the_last_good_one_kept(change):
    python = figure()
    before = python.to_html()
    with pytest.raises(t.TraitError):
        python.set_state(change)
    assert python.to_html() == before


def test_a_batch_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"weight must be \(V, 2\) with a word for each row"):
        Sparse(torch.zeros(3, 2), ["a", "b"], X, G)
    with pytest.raises(ValueError, match=r"gradients must be \(3, 4, 2\): got \(3, 4\)"):
        figure(gradients=G[..., 0])
    with pytest.raises(TypeError, match="no trait 'V'"):
        figure(V=3)


def test_the_answers_under_the_figure_are_right():
    first, second, third = (text for text in TASKS.values())
    html = figure().to_html()
    crossing = next(n for n in range(99) if bytes_of(31, 2, n)["list"] > bytes_of(31, 2, n)["dense"])
    assert f"{crossing}: an entry takes {8 + 4 * 2} bytes" in html
    takers = [name for name, found in figure()._answers.items() if found["list"].get("list")]
    assert sorted(takers) == ["Adagrad", "LBFGS", "SGD", "SparseAdam"]
    assert "Adagrad, SGD, SparseAdam, LBFGS. The last of them" in html
    found = figure(sizes=[LIMIT, 10_000]).amounts()
    assert found["state"] == 1000 * found["list"]
    assert (first[:3], second[:8], third[:10]) == ("{N}", "{takers}", "SparseAdam")
