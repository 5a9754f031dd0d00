"""The first figure of chapter 4, Python side: its optimizers are PyTorch's, its sentences true, its state guarded."""

import re

import pytest
import torch
from torch import nn

from classroom import corpus
from hands import refused
from widgets import Learning
from widgets.learning import LEAST, STEPS, adam, momentum, sgd

GRADIENTS = [
    [[2, -1], [-1, 2], [1, 1], [1, 3], [-2, 1]],
    [[1, 0], [-1, 2], [2, -2], [-2, 1], [-2, 1]],
    [[1, -2], [1, 1], [-1, 0], [1, -1], [2, 1]],
]
SENTENCES = ["the cat follows the dog", "the dog sees the cat", "my dog sees the door"]
THE, CAT, DOG, FOLLOWS = 2, 4, 5, 26
KINDS = {
    "sgd": (sgd, torch.optim.SGD, {}),
    "momentum": (momentum, torch.optim.SGD, {"momentum": 0.9}),
    "adam": (adam, torch.optim.Adam, {}),
}


def figure(**traits):
    batches = [(corpus.encode(sentence), grads) for sentence, grads in zip(SENTENCES, GRADIENTS, strict=True)]
    return Learning(corpus.rows(), corpus.words, batches, **traits)


def by_torch(optimizer_class, options, steps, batches, table):
    """The table after so many steps, the last batch taken again and again."""
    emb = nn.Embedding(*table.shape, dtype=torch.float64)
    with torch.no_grad():
        emb.weight.copy_(table)
    optimizer = optimizer_class(emb.parameters(), lr=0.1, **options)
    for step in range(steps):
        rows, grads = batches[min(step, len(batches) - 1)]
        optimizer.zero_grad()
        emb(torch.tensor(rows)).backward(torch.tensor(grads, dtype=torch.float64))
        optimizer.step()
    return emb.weight.detach()


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_is_pytorchs_optimizer(kind):
    """On 400 numbers at a time, each with its own gradients, zeros among them, through ten steps."""
    rule, optimizer_class, options = KINDS[kind]
    torch.manual_seed(0)
    w = torch.randn(400, dtype=torch.float64, requires_grad=True)
    ours, memory = w.tolist(), [()] * 400
    optimizer = optimizer_class([w], lr=0.1, **options)
    for step in range(1, 11):
        w.grad = torch.randn(400, dtype=torch.float64) * torch.randint(2, (400,))
        optimizer.step()
        moved = [rule(*each, step) for each in zip(ours, w.grad.tolist(), memory, strict=True)]
        ours, memory = [number for number, _ in moved], [kept for _, kept in moved]
        torch.testing.assert_close(torch.tensor(ours, dtype=torch.float64), w.detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [1, 2, 3, 10, STEPS])
def test_the_table_is_pytorchs(kind, step):
    _, optimizer_class, options = KINDS[kind]
    batches = [(corpus.encode(s), grads) for s, grads in zip(SENTENCES, GRADIENTS, strict=True)]
    table = torch.round(corpus.rows().double(), decimals=6)
    expected = by_torch(optimizer_class, options, step, batches, table)
    torch.testing.assert_close(figure(step=step, optimizer=kind).weight, expected, rtol=0, atol=1e-9)
    waiting = figure(step=step, optimizer=kind, taken=False)
    before = by_torch(optimizer_class, options, step - 1, batches, table)
    torch.testing.assert_close(waiting.weight, before, rtol=0, atol=1e-9)


def test_the_first_state_shows_the_point():
    html = figure().to_html()
    assert html.count('data-kind="piece"') == 5
    assert html.count('data-kind="sum"') == 1
    assert html.count('data-kind="none"') == 27
    the = re.search(r'<tr[^>]*data-row="2".*?</tr>', html, re.S)[0]
    stacked = [re.findall(r">([−\d]+)<", line) for line in the.split('class="line"')[1:]]
    assert stacked == [["2", "−1"], ["1", "3"], ["3", "2"]]
    assert figure().status() == "Step 1. 4 of 31 rows moved. “the” was read more than once: its gradients are added."


def test_adam_moves_cat_in_step_3_and_sgd_does_not():
    assert "“cat”, which the last batch read, was not in this one and stood still." in figure(step=3).status()
    gone = "“cat” and “follows” were not in this batch, and moved all the same: the optimizer remembers."
    assert gone in figure(step=3, optimizer="adam").status()
    assert gone in figure(step=3, optimizer="momentum").status()


def test_the_answers_to_the_tasks_are_true():
    cat = [figure(step=step).weight[CAT].tolist() for step in (2, 3, 60)]
    assert cat == [pytest.approx([1.5, 0.2])] * 3
    moves = [
        (figure(step=step, optimizer="adam").weight - figure(step=step - 1, optimizer="adam").weight)[CAT].abs().max()
        for step in range(3, 46)
    ]
    assert [move < LEAST for move in moves] == [False] * 42 + [True]
    for kind in KINDS:
        assert torch.equal(figure(step=STEPS, optimizer=kind).weight[30], figure(step=1, taken=False).weight[30])


def test_a_prediction_is_judged_in_one_sentence():
    shown = figure(step=2, taken=False, expected=[THE, CAT, FOLLOWS])
    assert "Nothing has moved yet" in shown.status()
    shown.taken = True
    assert shown.status().startswith(
        "You expected 3 rows: 2 right ●, 2 missed ○ (“dog” and “sees”), 1 wrong × (“follows”). Step 2. 4 of 31 rows"
    )
    html = shown.to_html()
    signs = {
        row: re.search(rf'data-row="{row}".*?class="verdict">(.?)<', html, re.S)[1]
        for row in (THE, CAT, DOG, FOLLOWS, 0)
    }
    assert signs == {THE: "●", CAT: "●", DOG: "○", FOLLOWS: "×", 0: ""}


def test_a_row_that_hardly_moves_is_named_and_not_counted():
    shown = figure(step=60, optimizer="adam")
    assert "Step 60. 5 of 31 rows moved." in shown.status()
    assert "“cat” and “follows” moved by less than 0.001, which does not count." in shown.status()
    assert "stood still" not in shown.status()
    assert "less than" not in figure(step=60).status()


def test_the_last_batch_comes_again():
    assert [figure(step=step).ask() for step in (2, 3)] == [
        "Then comes: my dog sees the door",
        "Then the same once more: my dog sees the door",
    ]


def test_a_memory_is_named_only_where_there_is_one():
    assert 'class="memory" hidden="hidden"' in figure().to_html()
    remembers = figure(optimizer="adam").to_html()
    assert 'class="memory">' in remembers
    assert remembers.count('<span class="label">memory</span>') == 4


def test_before_the_step_nothing_has_come_home():
    html = figure(step=2, taken=False).to_html()
    assert 'data-kind="piece"' not in html
    assert html.count('class="piece"') == 5
    assert html.count("data-changed") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("step", 0), ("step", STEPS + 1), ("optimizer", "<img>"), ("expected", [31]), ("expected", [-1]), ("taken", "x")],
)
def test_a_trait_that_does_not_fit_is_refused(name, value):
    refused(figure(), name, value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": torch.zeros(3)}, r"weight must be a \(V, D\) tensor: got \(3,\)"),
        ({"weight": [[1.0]]}, r"weight must be a \(V, D\) tensor: got list"),
        ({"weight": torch.zeros(65, 2)}, "1 to 64 rows"),
        ({"weight": torch.zeros(2, 5)}, "1 to 4 columns"),
        ({"words": ["a"]}, "got 1 words for 2 rows"),
        ({"batches": []}, "a batch at least"),
        ({"batches": [([2], [[1.0]])]}, "indices must name rows 0 to 1"),
        ({"batches": [([-1], [[1.0]])]}, "indices must name rows 0 to 1"),
        ({"batches": [([0.5], [[1.0]])]}, "indices must name rows 0 to 1"),
        ({"batches": [([0], [[1.0, 2.0]])]}, r"must be \(1, 1\) finite numbers"),
        ({"batches": [([0], [[float("nan")]])]}, "finite numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes, message):
    given_ = {"weight": torch.zeros(2, 1), "words": ["a", "b"], "batches": [([0], [[1.0]])]} | changes
    with pytest.raises(ValueError, match=message):
        Learning(**given_)


def test_its_states_have_the_names_that_the_chapter_links_to():
    assert set(figure().shows()) == {"step1", "predict", "sgd-gone", "adam-gone"}
