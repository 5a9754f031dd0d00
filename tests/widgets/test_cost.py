"""The figure of the costs, Python side: its numbers are PyTorch's, its bars fit, its state is checked."""

import re

import pytest
import torch
import traitlets as t
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference import one_hot, one_hot_lookup
from widgets import Cost
from widgets.cost import BYTES, LIMITS, TASKS, costs, short, size_at, step_of, times


def test_the_costs_are_what_pytorch_counts():
    x, weight = torch.randint(50, (6,)), torch.randn(50, 4)
    found = costs(V=50, D=4, N=6)
    with FlopCounterMode(display=False) as counter:
        rows = one_hot_lookup(weight, x)
    assert counter.get_total_flops() == 2 * found["work.product"]
    filled = one_hot(x, 50).nbytes + one_hot(x, 50).float().nbytes + rows.nbytes
    assert found["bytes.product"] == filled
    assert found["work.lookup"] == rows.numel()
    assert found["bytes.lookup"] == nn.functional.embedding(x, weight).nbytes


@given(st.integers(1, 10**18))
def test_a_short_number_is_within_half_a_percent(n):
    word = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
    digits, *unit = short(n).split(" ")
    assert float(digits) * (word[unit[0]] if unit else 1) == pytest.approx(n, rel=0.005)
    assert short(n, BYTES).endswith("B")


@given(st.integers(1, 10**15), st.integers(1, 10**9))
def test_times_is_the_quotient(a, b):
    assert float(times(a, b)) == pytest.approx(a / b, rel=0.006, abs=0.05)


@given(st.integers(1, 2**20))
def test_the_step_of_a_size_is_the_nearest(size):
    step = step_of(size)
    assert size_at(step) / 1.4143 <= size <= size_at(step) * 1.4143
    assert step_of(size_at(step)) == step


def test_limits_fit_the_longest_bar():
    assert costs(*LIMITS.values())["work.product"] < 10**15


def test_the_figure_shows_what_it_counts():
    texts = re.findall(r'class="count">([^<]*)<', Cost(31, 2, 5).to_html())
    assert texts == ["310", "10", "1900 B", "40 B"]
    assert re.findall(r'data-ratio="\w+">([^<]*)<', Cost(31, 2, 5).to_html()) == [
        "31 times the lookup",
        "47.5 times the lookup",
    ]


def test_the_state_of_gpt_2_is_one_product_for_each_word():
    shown = Cost(31, 2, 5)
    shown.set_state(shown.shows()["gpt2"])
    assert "50257 times the lookup" in shown.to_html()


@pytest.mark.parametrize("sizes", [[2**21, 1, 1], [1, 2], [0, 1, 1], ["a", 1, 1], "x"])
def test_sizes_that_do_not_fit_are_refused_and_the_state_kept(sizes):
    shown = Cost(31, 2, 5)
    with pytest.raises(t.TraitError):
        shown.set_state({"sizes": sizes})
    assert shown.sizes == [31, 2, 5]


def test_the_answers_are_right():
    first, second = TASKS.values()
    amounts = costs(50_257, 2048, 1024)
    assert f"D = 2048 gives {times(amounts['bytes.product'], amounts['bytes.lookup'])}:" in first
    assert costs(2, 7, 9)["work.product"] == 2 * costs(2, 7, 9)["work.lookup"]
    assert second.startswith("V = 2,")
