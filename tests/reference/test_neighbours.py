"""Near rows: PyTorch's cosine is the oracle, a plain loop the order, and drawn tables the plane."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cosine_similarity

from reference import analogy, nearest, neighbours, plane, similarity

seeds = st.integers(0, 2**31 - 1)


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(seeds, st.integers(1, 9), st.integers(1, 6))
def test_the_cosine_is_pytorchs_and_the_product_a_loop(seed, V, D):
    table = drawn(seed, V, D)
    torch.testing.assert_close(similarity(table, table[0]), cosine_similarity(table, table[:1], dim=1))
    products = torch.stack([(row * table[0]).sum() for row in table])
    torch.testing.assert_close(similarity(table, table[0], by="dot"), products)


def test_a_row_of_zeros_is_near_nothing():
    table = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert similarity(table, table[1]).tolist() == [0, 1]
    assert similarity(table, table[0]).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_cosine_of_a_row_with_itself_is_one_and_none_is_above(dtype):
    table = drawn(0, 500, 50).to(dtype)
    for row in range(500):
        scores = similarity(table, table[row])
        assert scores.abs().max() <= 1
        assert scores[row].item() == pytest.approx(1, abs=4 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("length", [1e-44, 1e-25, 1.0, 1e25])
def test_the_cosine_does_not_depend_on_lengths(length):
    table = torch.tensor([[length, 0.0], [0.0, 0.0], [-length, 0.0], [0.0, length]])
    assert similarity(table, table[0]).tolist() == [1, 0, -1, 0]


def test_another_measure_is_refused():
    with pytest.raises(ValueError, match=r"by must be 'cosine' or 'dot': got by='euclid'"):
        similarity(torch.zeros(1, 1), torch.zeros(1), by="euclid")


@given(seeds, st.integers(1, 9), st.integers(0, 12), st.sampled_from(["cosine", "dot"]))
def test_the_best_come_first_and_as_many_as_there_are(seed, V, k, by):
    table = drawn(seed, V, 3)
    near = neighbours(table, 0, k, by)
    scores = similarity(table, table[0], by).tolist()
    assert near.rows.tolist() == sorted(range(V), key=lambda row: -scores[row])[:k]
    assert near.scores.tolist() == [scores[row] for row in near.rows]


def test_equal_rows_keep_the_order_of_the_table():
    assert neighbours(torch.ones(20, 2), 7, k=4).rows.tolist() == [0, 1, 2, 3]


@given(seeds, st.integers(2, 9))
def test_by_the_cosine_a_row_is_nearest_to_itself(seed, V):
    assert neighbours(drawn(seed, V, 3), V - 1, k=1).rows.tolist() == [V - 1]


def test_by_the_product_a_longer_row_is_nearer_than_the_row_itself():
    table = torch.tensor([[1.0, 0.0], [2.0, 1.0]])
    assert neighbours(table, 0, k=1, by="dot").rows.tolist() == [1]


@given(seeds, st.integers(4, 9))
def test_rows_that_are_left_out_are_not_found(seed, V):
    table = drawn(seed, V, 3)
    everything, rest = nearest(table, table[0], V), nearest(table, table[0], V, without=(0, 2))
    assert rest.rows.tolist() == [row for row in everything.rows.tolist() if row not in (0, 2)]


@given(seeds)
def test_an_analogy_is_the_neighbourhood_of_a_sum(seed):
    table = drawn(seed, 8, 3)
    expected = nearest(table, table[1] - table[0] + table[2], 5)
    assert torch.equal(analogy(table, 0, 1, 2, k=5).rows, expected.rows)
    assert not {0, 1, 2} & set(analogy(table, 0, 1, 2, k=8, without=(0, 1, 2)).rows.tolist())


@given(seeds, st.integers(1, 12), st.integers(1, 6))
def test_the_plane_is_that_of_the_two_largest_spreads(seed, V, D):
    rows = drawn(seed, V, D).double()
    found = plane(rows)
    assert found.shape == (V, 2)
    centred = rows - rows.mean(dim=0)
    spreads = torch.linalg.eigvalsh(centred.T @ centred).flip(0)[:2].clamp(min=0)
    torch.testing.assert_close(found.pow(2).sum(dim=0)[: len(spreads)], spreads, atol=1e-8, rtol=1e-8)
    torch.testing.assert_close(found.mean(dim=0), torch.zeros(2).double())


@given(seeds, st.integers(3, 9))
def test_the_plane_does_not_depend_on_signs_or_on_where_the_rows_lie(seed, V):
    rows = drawn(seed, V, 4).double()
    torch.testing.assert_close(plane(rows), plane(3 + rows))
    turned_over = torch.linalg.qr(drawn(seed + 1, 4, 4).double()).Q
    torch.testing.assert_close(plane(rows @ turned_over).abs(), plane(rows).abs(), atol=1e-6, rtol=1e-6)
    found = plane(rows)
    assert (found.gather(0, found.abs().argmax(dim=0)[None]) >= 0).all()


def test_two_rows_on_a_line_and_one_alone():
    expected = torch.tensor([[2.5, 0], [-2.5, 0]]).double()
    torch.testing.assert_close(plane(torch.tensor([[3.0, 4.0], [0.0, 0.0]])), expected)
    assert plane(torch.tensor([[3.0, 4.0]])).tolist() == [[0, 0]]
    assert plane(torch.zeros(3, 1)).tolist() == [[0, 0]] * 3
    assert plane(torch.tensor([[1.0], [-2.0], [1.0]]))[:, 0].tolist() == [-1, 2, -1]
