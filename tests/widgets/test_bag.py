"""The figure of chapter 9, Python side: its state, its markup, and PyTorch's numbers in it."""

import re
from math import inf, nan

import pytest
import torch
import traitlets as t
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.testing import assert_close

from classroom import corpus
from hands import refused
from reference.bag import bag_of_each
from widgets import Bag
from widgets.bag import MODES, bag_numbers, line_gradients, moved, reductions, row_gradients, written

V = 5
INDICES, OFFSETS = corpus.encode("the cat sees the dog cat sits <pad> sit"), [0, 5, 5, 8]
SWAPPED = [corpus.encode("the cat sees the dog"), corpus.encode("the dog sees the cat")]

numbers = st.integers(-4, 4).map(lambda n: n / 2)  # few, so that ties in max are met often
rows = st.lists(st.tuples(numbers, numbers).map(list), min_size=V, max_size=V)


@st.composite
def bags(draw):
    """Indices, offsets, and a weight for each position; empty bags, no index and no bag among them."""
    count = draw(st.integers(0, 9))
    indices = draw(st.lists(st.integers(0, V - 1), min_size=count, max_size=count))
    starts = sorted(draw(st.lists(st.integers(0, count), max_size=4)))
    none = not count and draw(st.booleans())
    factors = draw(st.lists(numbers, min_size=count, max_size=count))
    return indices, [] if none else [0, *starts], factors


def figure(**traits):
    return Bag(corpus.rows(), corpus.words, INDICES, OFFSETS, swapped=SWAPPED, **traits)


def torchs(weight, indices, offsets, mode, padding_idx, factors):
    """The table, and the output that PyTorch makes of it, in float64."""
    table = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    given_ = None if factors is None else torch.tensor(factors, dtype=torch.float64)
    at, starts = (torch.tensor(each, dtype=torch.long) for each in (indices, offsets))
    output = F.embedding_bag(at, table, starts, mode=mode, padding_idx=padding_idx, per_sample_weights=given_)
    return table, output


def texts(html, kind):
    return re.findall(rf'class="{kind}[^"]*"[^>]*>([^<]*)<', html)


def pairs(html, kind):
    """The numbers of every pair of a kind, as they are printed."""
    found = re.findall(rf'<span class="pair {kind}">(.*?)</span></td>', html)
    return [[float(text.replace("−", "-")) for text in texts(each + "<", "value")] for each in found]


# The arithmetic, against PyTorch


@given(rows, bags(), st.sampled_from(MODES), st.none() | st.integers(0, V - 1), st.booleans())
def test_every_bag_is_reduced_as_torch_does_it(weight, cut, mode, padding_idx, weighted):
    indices, offsets, factors = cut
    factors = factors if weighted and mode == "sum" else None
    found = reductions(weight, indices, offsets, mode, padding_idx, factors)
    ours = torch.tensor([bag["output"] for bag in found], dtype=torch.float64).reshape(-1, 2)
    assert_close(ours, torchs(weight, indices, offsets, mode, padding_idx, factors)[1].detach())


@given(rows, bags(), st.sampled_from(MODES), st.none() | st.integers(0, V - 1), st.booleans(), st.randoms())
def test_every_gradient_goes_where_torch_sends_it(weight, cut, mode, padding_idx, weighted, random):
    indices, offsets, factors = cut
    factors = factors if weighted and mode == "sum" else None
    grads = [[random.randint(-3, 3), random.randint(-3, 3)] for _ in offsets]
    found = reductions(weight, indices, offsets, mode, padding_idx, factors)
    pieces = line_gradients(found, grads, mode, len(indices), factors)
    ours = [row_gradients(indices, pieces, row)[-1]["values"] for row in range(V)]
    table, output = torchs(weight, indices, offsets, mode, padding_idx, factors)
    output.backward(torch.tensor(grads, dtype=torch.float64).reshape(-1, 2))
    assert_close(torch.tensor(ours, dtype=torch.float64), table.grad)


@given(bags())
def test_bag_numbers_are_those_of_the_reference(cut):
    indices, offsets, _ = cut
    assert bag_numbers(offsets, len(indices)) == bag_of_each(torch.tensor(offsets).long(), len(indices)).tolist()


@given(rows, bags(), st.none() | st.integers(0, V - 1))
def test_the_row_that_wins_a_column_is_the_one_that_torch_names(weight, cut, padding_idx):
    indices, offsets, _ = cut
    at, starts = torch.tensor(indices).long(), torch.tensor(offsets).long()
    winners = torch.embedding_bag(torch.tensor(weight), at, starts, False, 2, False, None, False, padding_idx)[3]
    for bag, theirs in zip(reductions(weight, indices, offsets, "max", padding_idx), winners.tolist(), strict=True):
        if bag["winners"] is not None:
            assert [indices[k] for k in bag["winners"]] == theirs


CORNERS = {
    "no bag": ([], []),
    "two bags of nothing": ([], [0, 0]),
    "all pads": ([0, 0, 0], [0, 2]),
    "one index a thousand times": ([3] * 1000, [0, 400]),
    "a tie": ([4, 3, 3], [0, 2]),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CORNERS)
def test_the_corner_cases_are_torchs(name, mode):
    indices, offsets = CORNERS[name]
    weight = [[1.0, -1.0], [2.0, 0.5], [0.0, 3.0], [0.7, 0.7], [0.7, -0.7]]
    found = reductions(weight, indices, offsets, mode, 0)
    table, output = torchs(weight, indices, offsets, mode, 0, None)
    assert_close(torch.tensor([bag["output"] for bag in found], dtype=torch.float64).reshape(-1, 2), output.detach())
    output.sum().backward()
    pieces = line_gradients(found, [[1, 1] for _ in offsets], mode, len(indices))
    ours = [row_gradients(indices, pieces, row)[-1]["values"] for row in range(V)]
    assert_close(torch.tensor(ours, dtype=torch.float64), table.grad)


def test_of_equal_numbers_the_first_position_wins_and_takes_the_whole_gradient():
    found = reductions([[1, 1], [1, 1]], [1, 0, 1], [0], "max")
    assert found[0]["winners"] == [0, 0]
    assert line_gradients(found, [[2, 3]], "max", 3) == [[2, 3], None, None]


@given(bags(), st.integers(-3, 12), st.randoms())
def test_a_boundary_never_passes_its_neighbours(cut, to, random):
    indices, offsets, _ = cut
    if len(offsets) < 2:
        return
    bag = random.randrange(1, len(offsets))
    after = moved(offsets, bag, to, len(indices))
    assert after == sorted(after)
    assert after[0] == 0
    assert after[-1] <= len(indices)
    assert [offset for b, offset in enumerate(after) if b != bag] == [o for b, o in enumerate(offsets) if b != bag]
    if offsets[bag - 1] <= to <= (offsets[bag + 1] if bag + 1 < len(offsets) else len(indices)):
        assert after[bag] == to


def test_the_written_offsets_are_what_torch_takes():
    table, at = corpus.rows(), torch.tensor(INDICES)
    plain = F.embedding_bag(at, table, torch.tensor(written(OFFSETS, 9, False)))
    last = F.embedding_bag(at, table, torch.tensor(written(OFFSETS, 9, True)), include_last_offset=True)
    assert written(OFFSETS, 9, True) == [0, 5, 5, 8, 9]
    assert torch.equal(plain, last)


# What the figure shows


@pytest.mark.parametrize("name", [name for name in figure().shows() if name != "refused"])
def test_the_output_and_the_gradient_of_every_state_are_torchs(name):
    shown = figure()
    shown.set_state(shown.shows()[name])
    given_ = (shown.indices, shown.offsets, shown.mode, shown.padding_idx, shown.per_sample_weights)
    table, output = torchs(corpus.rows().tolist(), *given_)
    output.sum().backward()
    assert_close(shown.output, output.detach(), atol=1e-6, rtol=0)
    assert_close(shown.gradient, table.grad, atol=1e-6, rtol=0)
    html = shown.to_html()
    if shown.view == "forward":
        assert_close(torch.tensor(pairs(html, "output")).double(), output.detach(), atol=0.00051, rtol=0)
    learnt = {row: table.grad[row].tolist() for row in shown.learns()}
    assert set(learnt) == {row for row in range(31) if table.grad[row].any()}


def test_the_first_state_shows_the_zeros_of_the_empty_bag_and_what_each_sum_is_divided_by():
    html = figure().to_html()
    assert pairs(html, "output")[1] == [0, 0]
    assert [text for text in texts(html, "divides") if text] == ["÷ 5 =", "÷ 3 =", "÷ 1 ="]
    assert figure().status() == (
        "9 indices in 4 bags. Each sum is divided by the number of indices in its bag. Bag 1 is empty: its vector is "
        "zeros."
    )


def test_a_pad_is_neither_added_nor_counted():
    html = figure(padding_idx=0).to_html()
    assert [text for text in texts(html, "divides") if text] == ["÷ 5 =", "left out", "÷ 2 =", "÷ 1 ="]
    assert pairs(html, "total")[2] == [2.5, -1.0]
    assert pairs(html, "output")[2] == [1.25, -0.5]
    assert len(pairs(html, "addend")) == 9
    assert pairs(html, "addend")[7] == []


def test_max_frames_one_number_a_column_and_no_word_as_a_whole():
    shown = figure(mode="max")
    framed = re.findall(r'data-place="(\d)"(?:(?!</tr>).)*?data-won', shown.to_html())
    assert framed == ["0", "1", "5", "6", "8"], "of the two “the” the first; the cat one, sits the other; sit both"
    assert "In bags 0 and 2 the two columns come from different words." in shown.status()


def test_two_sentences_of_the_same_words_get_one_vector():
    shown = figure()
    shown.set_state(shown.shows()["swapped"])
    assert_close(shown.output[0], shown.output[1])
    assert shown.status().endswith("Bags 0 and 1 hold the same words in another order, and get the same vector.")


def test_two_bags_of_the_same_list_are_not_called_another_order():
    shown = Bag(corpus.rows(), corpus.words, [2, 4, 2, 4], [0, 2])
    assert "same vector" not in shown.status()


def test_weights_tell_two_orders_apart():
    shown = figure()
    weights = [1.0, 0.5, 2.0, 1.0, 0.5] * 2
    shown.set_state({**shown.shows()["swapped"], "mode": "sum", "per_sample_weights": weights})
    assert "same vector" in shown.status(), "cat and dog weigh the same"
    shown.per_sample_weights = [1.0, 0.5, 2.0, 1.0, 9.0] * 2
    assert "same vector" not in shown.status()


def test_an_empty_bag_and_one_of_pads_are_called_by_their_names():
    shown = Bag(corpus.rows(), corpus.words, [0, 0, 4], [0, 2, 2, 3], padding_idx=0)
    assert shown.status().endswith(
        "Bags 1 and 3 are empty: their vectors are zeros. Bag 0 holds pads only: its vector is zeros."
    )
    assert texts(shown.to_html(), "label") == ["only pads", "empty", "sum", "empty"]


@pytest.mark.parametrize("mode", ["mean", "max"])
@pytest.mark.parametrize("view", ["forward", "gradient"])
def test_what_torch_refuses_the_figure_refuses_in_torchs_words(mode, view):
    shown = figure(mode=mode, per_sample_weights=[1.0] * 9, view=view)
    with pytest.raises(NotImplementedError) as theirs:
        torchs(corpus.rows().tolist(), INDICES, OFFSETS, mode, None, [1.0] * 9)
    with pytest.raises(NotImplementedError, match=re.escape(str(theirs.value))):
        shown.output  # noqa: B018
    assert shown.refusal() == f"NotImplementedError: {theirs.value}"
    html = shown.to_html()
    assert "data-kind" not in html  # no line of the table has a gradient
    assert str(theirs.value).replace("'", "&#x27;") in html or str(theirs.value) in html
    for kind in ("output", "total", "addend", "piece"):
        assert not any(pairs(html, kind)), kind
    assert shown.learns() == []


def test_a_gradient_that_no_position_takes_is_said_to_go_nowhere():
    html = figure(view="gradient").to_html()
    assert [text for text in texts(html, "divides") if text] == ["÷ 5", "to no row", "÷ 3", "÷ 1"]
    lost = figure(view="gradient", mode="max").to_html()
    assert texts(lost, "divides note") == ["", "", "no column", "no column", "no column", "", "", "no column", ""]


BACK = {
    "sum": ("Every position gets the gradient of its bag.", 7),
    "mean": ("Every position gets the gradient of its bag, divided by the number that divided the sum.", 7),
    "max": ("In each column only the position that won it gets the gradient.", 4),
}


@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_view_says_how_a_gradient_goes_home(mode):
    told, rows_ = BACK[mode]
    assert figure(mode=mode, view="gradient").status() == f"{told} {rows_} rows of 31 get a gradient."


def test_the_task_of_five_indices_names_a_list_that_can_be_chosen():
    html = figure().to_html()
    assert "out of five indices? Choose “the cat sees the dog” alone and try." in html
    assert re.findall(r"<option[^>]*>([^<]*)</option>", html)[:3] == [
        "the cat sees the dog | empty | cat sits &lt;pad&gt; | sit",
        "the cat sees the dog | the dog sees the cat",
        "the cat sees the dog",
    ]
    assert "out of five indices?<" in Bag(corpus.rows(), corpus.words, INDICES, OFFSETS).to_html()


def test_pads_and_weights_are_told_in_the_gradient_view():
    shown = figure(mode="sum", view="gradient", padding_idx=0, per_sample_weights=[0.5] * 9)
    assert shown.status() == (
        "Every position gets the gradient of its bag times its weight. Nothing goes to <pad>. 6 rows of 31 get a "
        "gradient."
    )


def test_marks_are_judged_in_the_gradient_view_only():
    shown = figure(mode="max", view="gradient", expected=[4, 17])
    assert shown.status().startswith("Your marks: 1 right (●), 1 wrong (×), 3 missed (○).")
    signs = texts(shown.to_html(), "verdict")
    assert [(row, sign) for row, sign in enumerate(signs) if sign] == [
        (2, "○"), (4, "●"), (17, "×"), (20, "○"), (30, "○"),
    ]  # fmt: skip
    waiting = figure(mode="max", expected=[4, 17])
    assert set(texts(waiting.to_html(), "verdict")) == {""}
    assert waiting.to_html().count('class="line"') == 0


def test_the_tensors_are_written_as_they_are_handed_over():
    shown = figure(include_last_offset=True, mode="sum", per_sample_weights=[0.5] * 9)
    written_ = re.findall(r"<code>(\[[^<]*)</code>", shown.to_html())
    assert written_ == [str(INDICES), "[0, 5, 5, 8, 9]", str([0.5] * 9)]


# What the traits take, and refuse


def test_its_states_have_the_names_that_the_chapter_links_to():
    names = {"four-bags", "max", "pads", "swapped", "gradient", "max-gradient", "weights", "refused", "last-offset"}
    assert set(figure().shows()) == names
    assert "swapped" not in Bag(corpus.rows(), corpus.words, INDICES, OFFSETS).shows()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("indices", [31]), ("indices", [-1]), ("indices", [1] * 25), ("indices", [1.5]), ("indices", [1, 2]),
        ("indices", "the"), ("offsets", [1, 2]), ("offsets", [0, 5, 4]), ("offsets", [0, 10]), ("offsets", []),
        ("offsets", [0] * 9), ("offsets", [0, -1]), ("mode", "min"), ("padding_idx", 31), ("padding_idx", -1),
        ("padding_idx", 0.5), ("per_sample_weights", [1.0]), ("per_sample_weights", [nan] * 9),
        ("per_sample_weights", [inf] * 9), ("per_sample_weights", [10.0] * 9), ("per_sample_weights", ["1"] * 9),
        ("include_last_offset", "yes"), ("view", "sideways"), ("expected", [31]), ("expected", [-1]),
    ],
)  # fmt: skip
def test_a_trait_that_does_not_fit_is_refused_and_the_state_kept(name, value):
    refused(figure(), name, value)


def test_weights_that_were_right_refuse_indices_of_another_length():
    shown = figure(mode="sum", per_sample_weights=[1.0] * 9)
    with pytest.raises(t.TraitError, match="per_sample_weights are 10, one for each index: got 9"):
        shown.indices = [*INDICES, 4]
    with shown.hold_trait_notifications():
        shown.indices, shown.per_sample_weights = [*INDICES, 4], [1.0] * 10
    assert len(shown.indices) == 10


def test_weights_have_one_decimal():
    assert figure(mode="sum", per_sample_weights=[0.25001] * 9).per_sample_weights == [0.3] * 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": [[1.0]]}, "weight must be a (V, 2) tensor: got list"),
        ({"weight": torch.zeros(3)}, "weight must be a (V, 2) tensor: got (3,)"),
        ({"weight": torch.zeros(V, 3)}, "2 columns: got (5, 3)"),
        ({"weight": torch.zeros(65, 2)}, "1 to 64 rows"),
        ({"weight": torch.full((V, 2), nan)}, "finite numbers"),
        ({"words": ["a"]}, "got 1 words for 5 rows"),
        ({"indices": [0.5]}, "integers: got torch.float32"),
        ({"offsets": [True]}, "integers: got torch.bool"),
        ({"pad": V}, "pad must name one of 5 rows: got 5"),
        ({"swapped": [[V]]}, "rows 0 to 4, at most 24 of them in 8 bags: got"),
        ({"examples": [[[0]] * 9]}, "rows 0 to 4, at most 24 of them in 8 bags: got"),
    ],
)
def test_what_is_no_figure_is_refused_with_what_was_received(change, message):
    given_ = {"weight": torch.zeros(V, 2), "words": list("abcde"), "indices": [1, 2], "offsets": [0, 1]}
    with pytest.raises(ValueError, match=re.escape(message)):
        Bag(**{**given_, **change})


def test_indices_and_offsets_may_be_tensors():
    shown = Bag(corpus.rows(), corpus.words, torch.tensor(INDICES, dtype=torch.int32), torch.tensor(OFFSETS))
    assert (shown.indices, shown.offsets) == (INDICES, OFFSETS)


def test_a_figure_may_have_no_index_and_no_bag():
    shown = Bag(corpus.rows(), corpus.words, [], [])
    assert shown.output.shape == (0, 2)
    assert shown.status().startswith("0 indices in 0 bags.")
    assert shown.to_html().count("<tbody data-bag") == 0
    assert not shown.gradient.any()


def test_a_table_of_finer_numbers_shows_them():
    fine = Bag(torch.tensor([[0.125, 1.0]]), ["a"], [0], [0])
    assert "0.125</span>" in fine.to_html()
    assert figure().to_html().count("−2.0</td>") == 1


def test_the_callers_table_stays_as_it_is():
    weight = corpus.rows().requires_grad_()
    Bag(weight, corpus.words, INDICES, OFFSETS, view="gradient").to_html()
    assert torch.equal(weight, corpus.rows())
    assert weight.grad is None
