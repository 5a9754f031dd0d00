"""The figure of chapter 8, Python side: its run is PyTorch's, its sentences are true, its markup says both."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from hands import refused
from widgets import MaxNorm
from widgets.max_norm import NORM_TYPES, RUN, SHAPES, ball, step

V = 5
TABLE = torch.tensor([[0.3, 0.4], [3.0, 4.0], [-0.6, 0.8], [6.0, -8.0], [0.0, 0.0]])
WORDS = list("abcde")


def figure(indices=(0, 1, 1), **traits):
    return MaxNorm(TABLE, WORDS, list(indices), {"two rows": [3, 0]}, **traits)


def texts(html, kind):
    return re.findall(rf'class="{kind}[^"]*"[^>]*>([^<]*)<', html)


@st.composite
def runs(draw):
    lookup = st.lists(st.integers(0, V - 1), max_size=6)
    return draw(st.lists(st.one_of(lookup, st.just("step")), min_size=1, max_size=6))


@given(runs(), st.sampled_from(NORM_TYPES), st.sampled_from([0.0, 0.5, 1.0, 1.7, 3.0]))
def test_a_run_is_what_pytorch_does_with_a_capped_layer(run, norm_type, max_norm):
    layer = nn.Embedding(V, 2, max_norm=max_norm, norm_type=float(norm_type))
    with torch.no_grad():
        layer.weight.copy_(TABLE)
    opt = torch.optim.SGD(layer.parameters(), lr=0.5)
    for done in run:
        if done == "step":
            opt.step()
            opt.zero_grad()
        else:
            (-layer(torch.tensor(done, dtype=torch.long)).sum()).backward()
    shown = figure(run=run, norm_type=norm_type, max_norm=max_norm)
    assert torch.equal(shown.weight, layer.weight)


@pytest.mark.parametrize("switches", [["eval"], ["no_grad"], ["frozen"], ["eval", "no_grad", "frozen"]])
def test_no_switch_stops_a_lookup_and_two_of_them_stop_a_step(switches):
    def layer_after(step_too):
        layer = nn.Embedding(V, 2, max_norm=1.0).requires_grad_("frozen" not in switches)
        layer.weight.data.copy_(TABLE)
        layer.train("eval" not in switches)
        opt = torch.optim.SGD(layer.parameters(), lr=0.5)
        with torch.set_grad_enabled("no_grad" not in switches):
            loss = -layer(torch.tensor([0, 1, 1])).sum()
        if step_too and loss.requires_grad:
            loss.backward()
            opt.step()
        return layer.weight

    looked = figure(switches=switches)
    assert torch.equal(looked.weight, layer_after(step_too=False))
    assert "did not stop it" in looked.status()
    stepped = figure(switches=switches, run=[[0, 1, 1], "step"])
    assert torch.equal(stepped.weight, layer_after(step_too=True))
    assert ("nothing moved" in stepped.status()) == (switches != ["eval"])


def test_the_first_state_is_the_point_of_the_chapter():
    shown = figure()
    assert shown.status() == (
        "The lookup read 2 rows and shortened 1: “b”. 1 row is longer than 1.0 and stays so until it is read."
    )
    numbers = [float(text.replace("−", "-")) for text in texts(shown.to_html(), "value after")]
    assert torch.allclose(torch.tensor(numbers).reshape(V, 2), shown.weight, atol=0.0051)


def test_a_row_that_only_rounds_above_the_cap_is_not_outside():
    shown = MaxNorm(torch.tensor([[5.0, 0.0]]), ["a"], [0], max_norm=1.1)
    assert shown.norms(shown.weight)[0] > 1.1
    assert shown.outside(shown.weight) == []
    assert "No row is longer than 1.1 now." in shown.status()


def test_step_moves_a_row_for_each_time_it_was_read():
    assert torch.equal(step(TABLE, [2, 0, 0, 1, 0]), TABLE + torch.tensor([1.0, 0, 0, 0.5, 0])[:, None])


@pytest.mark.parametrize("norm_type", NORM_TYPES)
def test_every_corner_of_the_ball_has_the_norm_of_the_cap(norm_type):
    corners = torch.tensor(ball(1.5, float(norm_type)), dtype=torch.float64)
    assert torch.allclose(corners.norm(float(norm_type), dim=1), torch.tensor(1.5, dtype=torch.float64))
    assert (corners.abs().max(dim=1).values > 0.7).all()


def test_the_guess_is_answered():
    html = figure(expected=[1, 3]).to_html()
    assert texts(html, "verdict") == ["", "●", "", "×", ""]
    assert "You expected 2 rows. The lookup read 2 rows and shortened 1" in html
    assert texts(figure(expected=[3], taken=False).to_html(), "verdict") == [""] * V
    assert texts(figure(expected=[0]).to_html(), "verdict") == ["×", "○", "", "", ""]


def test_before_anything_is_read_nothing_is_shown_as_done():
    for shown in (figure(run=[]), figure(taken=False)):
        html = shown.to_html()
        assert "This lookup has not been made yet" in shown.status()
        assert texts(html, "value after") == [""] * 2 * V
        assert "data-changed" not in html
    assert torch.equal(figure(run=[]).weight, TABLE)


def test_switches_did_not_stop_a_lookup_only_where_it_wrote_something():
    every = figure(indices=[1], switches=["eval", "no_grad", "frozen"])
    assert every.status().startswith("The lookup read 1 row and shortened 1: “b”. eval(), no_grad and frozen did not")
    assert "stop it" not in figure(indices=[0], switches=["eval"]).status()


@pytest.mark.parametrize(
    ("traits", "said"),
    [
        ({}, None),
        ({"run": [], "max_norm": 2.0}, None),
        ({"switches": ["eval", "frozen"]}, None),
        ({"max_norm": 2.0}, "max_norm 2.0"),
        ({"taken": False, "norm_type": "inf"}, "norm_type ∞"),
        ({"run": [[0], "step", [1]], "norm_type": "1", "switches": ["eval", "frozen"]}, "norm_type 1 and frozen"),
    ],
)
def test_a_run_that_is_played_with_other_settings_says_so(traits, said):
    status = figure(**traits).status()
    assert status.endswith(f"Played again from the start, with {said}.") if said else "Played" not in status


def test_the_legend_names_the_marks_of_the_words_that_have_one():
    html = MaxNorm(TABLE, ["cat", "axolotl", "c", "d", "e"], [0]).to_html()
    assert "own: ●\N{NO-BREAK SPACE}cat, ◆\N{NO-BREAK SPACE}axolotl.</p>" in html
    assert "of their own: " not in re.sub("<script.*?</script>", "", figure().to_html(), flags=re.DOTALL)


def test_a_label_goes_under_its_point_where_another_is_in_its_way():
    rows = torch.tensor([[0.0, 0.0], [0.2, 0.1], [-1.0, 0.0]])
    labels = re.findall(r'dy="(-?\d+)"', MaxNorm(rows, ["a", "b", "c"], [0]).to_html())
    assert labels == ["-4", "13", "-5", "-5"]  # the first is that of the cap


def drops(rows, words, run):
    found = MaxNorm(torch.tensor(rows), words, [0], max_norm=3.0, run=run).to_html()
    return re.findall(r'dx="7" dy="(-?\d+)"', found)


def test_a_label_at_the_upper_edge_goes_under_its_point():
    rows, words = [[0.0, 2.9], [1.0, 0.0]], ["a", "b"]
    assert drops(rows, words, [[0, 0]]) == ["-5", "-5"]
    assert drops(rows, words, [[0, 0], "step"]) == ["13", "-5"]


def test_a_label_is_not_laid_over_another():
    rows, words = [[0.0, 0.0], [-0.4, 0.0]], ["cat", "follows"]
    assert drops(rows, words, [[1]])[1] == "-5"
    assert drops(rows, words, [[0, 1]])[1] == "13"


def test_the_end_of_a_run_is_said():
    assert "ends after" not in figure(run=[[0]] * (RUN - 1)).status()
    assert figure(run=[[0]] * RUN).status().endswith("this figure ends after 40 lookups and steps. Reset starts anew.")


def test_an_empty_lookup_reads_nothing():
    assert figure(indices=[]).status().startswith("The lookup read 0 rows and shortened none.")


def test_its_states_have_the_names_that_the_chapter_links_to():
    states = figure().shows()
    assert set(states) == {"two-long", "predict", "p1", "pinf", "after-step", "read-again", "frozen"}
    assert repr(figure(**states["two-long"])) == repr(figure())


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("run", [[V]], "row numbers, 0 to 4"),
        ("run", ["jump"], "row numbers, 0 to 4"),
        ("run", [[True]], "row numbers, 0 to 4"),
        ("run", [[0]] * (RUN + 1), f"at most {RUN} lookups and steps: got {RUN + 1}"),
        ("indices", [V], "row numbers, 0 to 4"),
        ("indices", [0] * 65, "at most 64"),
        ("expected", [V], "is below 5"),
        ("max_norm", 3.1, "is 0 to 3 here: got 3.1"),
        ("max_norm", -1, "is 0 to 3 here"),
        ("max_norm", float("nan"), "is 0 to 3 here: got nan"),
        ("norm_type", "3", "norm_type"),
        ("switches", ["train"], "switches"),
    ],
)
def test_a_trait_that_does_not_fit_is_refused_with_its_bound(name, value, bound):
    refused(figure(), name, value, bound)


@pytest.mark.parametrize("weight", [torch.zeros(3), [[1.0, 2.0]], torch.zeros(2, 3), torch.zeros(0, 2)])
def test_a_table_that_cannot_be_drawn_is_refused(weight):
    with pytest.raises(ValueError, match=r"\(V, 2\) tensor: got|1 to 64 rows"):
        MaxNorm(weight, [], [])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_have_no_place_are_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        MaxNorm(torch.tensor([[bad, 1.0]]), ["a"], [0])


def test_float_indices_and_too_few_words_are_refused():
    with pytest.raises(ValueError, match=r"indices are integers: got torch\.float32"):
        figure(indices=[0.5])
    with pytest.raises(ValueError, match="got 1 words for 5 rows"):
        MaxNorm(TABLE, ["a"], [0])


def test_the_figure_holds_a_copy_of_the_table():
    weight = TABLE.clone()
    assert not torch.equal(MaxNorm(weight, WORDS, [1]).weight, TABLE)
    assert torch.equal(weight, TABLE)


def test_four_words_keep_their_mark():
    html = MaxNorm(TABLE, ["cat", "dog", "good", "axolotl", "sit"], [0]).to_html()
    assert all(f'd="{shape}"' in html for shape in SHAPES.values())
