"""The figure of chapter 3, Python side: its state, its markup, and PyTorch's numbers in it."""

import re

import pytest
import torch
import torch.nn.functional as F
import traitlets as t
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from hands import refused
from reference import one_hot
from widgets import OneHot

V, D = 7, 2
TABLE = torch.tensor([[(D * row + column - 5) / 10 for column in range(D)] for row in range(V)])


def figure(indices=(0, 1, 0), **traits):
    return OneHot(TABLE, words=list("abcdefg"), indices=indices, pair=(2, 4), **traits)


def numbers(html, kind):
    """The numbers in the elements of one class, as text."""
    return re.findall(rf'class="{kind}[^"]*"[^>]*>([^<]*)<', html)


def floats(texts):
    return torch.tensor([float(text.replace("−", "-")) for text in texts])


indices_of = st.lists(st.integers(0, V - 1), min_size=1, max_size=8)


@given(indices_of, st.none() | st.integers(0, V - 1))
def test_both_outputs_are_torchs(indices, inf):
    shown, weight, x = figure(indices, inf=inf), TABLE.clone(), torch.tensor(indices)
    if inf is not None:
        weight[inf] = torch.inf
    assert torch.equal(shown.weight, weight)
    assert torch.equal(shown.lookup, F.embedding(x, weight))
    assert_close(shown.product, F.one_hot(x, V).float() @ weight, equal_nan=True, rtol=0, atol=0)


@given(indices_of, st.integers(0, V - 1), st.integers(0, 4))
def test_a_mixed_place_is_the_mixture_of_two_rows(indices, other, share):
    shown = figure(indices, other=other, share=share)
    part = share / 4
    assert_close(shown.product[0], (1 - part) * TABLE[indices[0]] + part * TABLE[other])
    assert shown.rows.sum(dim=1).tolist() == [1.0] * len(indices)
    assert torch.equal(shown.product[1:], TABLE[indices[1:]])


@given(indices_of)
def test_the_gradient_is_torchs(indices):
    shown, weight = figure(indices, backward=True), TABLE.clone().requires_grad_()
    F.embedding(torch.tensor(indices), weight).backward(shown.grad_output)
    assert torch.equal(shown.gradient, weight.grad)
    table = shown.to_html().split('class="lane table"')[1].split('class="lane output"')[0]
    assert_close(floats(numbers(table, "value")), weight.grad.flatten())


@given(indices_of)
def test_the_numbers_in_the_markup_are_those_of_the_outputs(indices):
    shown = figure(indices)
    html = shown.to_html().split('class="lane output"')[1]
    assert_close(floats(numbers(html, "num value")), shown.product.flatten())
    assert_close(floats(numbers(html, "value")), shown.lookup.flatten())


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("column", [0, 1])
def test_the_sum_that_is_written_out_has_every_product_and_is_right(position, column):
    shown = figure((3, 5), position=position, column=column)
    (name, _), *products, _, (total, kind) = shown.parts()
    assert name == f"E[{position}, {column}] = "
    assert kind == "sum"
    terms = "".join(text for text, _ in products).split(" + ")
    assert all(("−" in term) == ("·(−" in term) for term in terms), "a negative factor stands in brackets"
    factors = [[float(number.strip("()").replace("−", "-")) for number in term.split("·")] for term in terms]
    assert [one for one, _ in factors] == one_hot(torch.tensor((3, 5)[position]), V).tolist()
    assert_close(torch.tensor([value for _, value in factors]), TABLE[:, column])
    assert float(total) == pytest.approx(sum(one * value for one, value in factors))
    assert [text for text, kind in products if kind == "one"] == [terms[(3, 5)[position]]]


def test_in_the_first_state_thirty_products_are_grey_and_one_is_not():
    shown = OneHot(torch.arange(62.0).reshape(31, 2), indices=[4])
    html = shown.to_html()
    assert html.count('class="zero"') == 2
    assert numbers(html, "one") == ["1·8.0"]
    assert shown.status().startswith("E[0, 0] is a sum of 31 products. 30 of them are 0.")


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("places", [V], f"below {V}"),
        ("position", 3, "below 3"),
        ("column", D, f"below {D}"),
        ("other", V, f"below {V}"),
        ("inf", V, f"below {V}"),
        ("row", V, f"below {V}"),
        ("expected", [3], "below 3"),
    ],
)
def test_a_trait_that_does_not_fit_is_refused_with_its_bound(name, value, bound):
    refused(figure(), name, value, bound)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("places", []), ("places", [0] * 9), ("places", ["a"]), ("places", "x"), ("share", 5), ("share", -1),
        ("share", 0.5), ("backward", "yes"), ("inf", -1), ("inf", 1e309),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused_and_the_state_kept(name, value):
    shown = figure()
    before = repr(shown)
    with pytest.raises(t.TraitError):
        shown.set_state({name: value})
    assert repr(shown) == before


@pytest.mark.parametrize(
    "weight", [torch.zeros(3), [[1.0]], torch.zeros(1, 2, 3), torch.zeros(0, 2), torch.zeros(2, 0)]
)
def test_a_table_that_is_no_table_is_refused(weight):
    with pytest.raises(ValueError, match="weight must"):
        OneHot(weight)


def test_arguments_that_name_no_row_are_refused():
    with pytest.raises(ValueError, match="spoil must name a row, 0 to 6: got 7"):
        OneHot(TABLE, spoil=7)
    with pytest.raises(ValueError, match="pair must name a row, 0 to 6: got -1"):
        OneHot(TABLE, pair=(0, -1))
    with pytest.raises(ValueError, match="got 2 words for 7 rows"):
        OneHot(TABLE, words=["a", "b"])
    with pytest.raises(t.TraitError):
        OneHot(TABLE, indices=torch.tensor([[1, 2]]))


def test_its_states_have_the_names_that_the_chapter_links_to():
    assert set(figure().shows()) == {"written", "inf", "mix", "backward"}


def test_each_state_says_what_it_shows():
    says = {name: figure(**state).status() for name, state in figure().shows().items()}
    assert says["inf"].startswith("E[0, 0] is NaN: 0·inf is NaN")
    assert says["inf"].endswith("There is NaN in 3 of 3 products, and in 0 of the lookups.")
    assert says["mix"].startswith("½ of row 2 (c) and ½ of row 4 (e)")
    assert says["backward"].startswith("Row 0 (a) was read from 2 places.")


def test_the_index_of_the_infinite_row_shows_no_nan():
    shown = figure((6, 1), inf=6)
    assert shown.product[0].tolist() == [float("inf")] * 2
    assert shown.status().startswith("E[0, 0] is inf and not NaN: the one stands at row 6 (g)")
    assert "NaN in 1 of 2 products" in shown.status()
    shown.position = 1
    assert shown.status().startswith("E[1, 0] is NaN")


def test_an_expectation_is_answered_when_the_row_is_infinite():
    shown = figure((6, 1, 2), inf=6, expected=[0, 1])
    assert numbers(shown.to_html(), "verdict") == ["●", "●", "○"]
    assert shown.status().endswith("You marked 2 places.")
    assert "marked" not in figure((6, 1), inf=6).status()
    assert numbers(figure((6, 1), inf=6).to_html(), "verdict") == ["", ""]
    assert numbers(figure(expected=[0]).to_html(), "verdict") == ["", "", ""]


def test_a_place_that_is_moved_altogether_has_an_index_again():
    shown = figure((1, 0), other=3, share=4)
    assert "row 3 (d)" in shown.status()
    assert shown.indices == [3, 0]
    assert torch.equal(shown.product, TABLE[[3, 0]])
    assert torch.equal(shown.lookup, TABLE[[3, 0]])
    assert 'class="none" hidden' in shown.to_html()


@given(indices_of, st.integers(0, V - 1), st.integers(0, 4), st.integers(0, V - 1))
def test_the_gradient_of_a_mixture_is_autograds(indices, other, share, row):
    shown, weight = figure(indices, other=other, share=share, row=row, backward=True), TABLE.clone().requires_grad_()
    (shown.rows @ weight).backward(shown.grad_output)
    assert_close(shown.gradient, weight.grad)
    _, *_, (total, _) = shown.parts()
    assert float(total) == pytest.approx(weight.grad[row, 0].item(), abs=1e-6)


def test_the_gradient_of_a_mixture_says_what_was_taken():
    shown = figure((2, 0, 0, 2), other=4, share=1, row=2, backward=True)
    assert shown.gradient[[2, 4], 0].tolist() == [8.75, 0.25]
    assert shown.parts()[-1] == ("8.75", "sum")
    assert shown.status().startswith("Place 0 took ¾ of row 2 (c)")


def test_the_first_number_is_the_one_it_was_made_with():
    shown = figure((0, 1, 0), position=1, column=1)
    assert shown.status().startswith("E[1, 1] is a sum")
    assert shown.shows()["inf"]["position"] == 1


def test_a_table_of_400_000_rows_is_shown_by_the_rows_that_matter():
    big = OneHot(torch.zeros(400_000, 8), indices=[3, 200_000], spoil=399_998)
    assert len(big.to_html()) < 30_000
    assert big.carried() == [0, 1, 2, 3, 200_000, 399_998, 399_999]
    assert "(399993 more)" in big.to_html()
    big.places = [77_777]
    assert 'data-row="77777"' in big._html


def test_infinite_and_missing_numbers_are_shown_as_they_are():
    shown = OneHot(torch.tensor([[float("inf"), float("nan")], [-float("inf"), -0.0]]), indices=[0, 1])
    html = shown.to_html().split('class="lane output"')[1]
    assert numbers(html, "value") == ["inf", "nan", "−inf", "0.0"]
    assert numbers(html, "num value") == ["nan", "nan", "nan", "nan"]
