"""The words of a map: each in the area, none over another, none over a point."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets._labels import Box, place_labels

AREA = (600, 400)
points = st.lists(st.tuples(st.integers(20, 580), st.integers(20, 380)), max_size=24)
sizes = st.tuples(st.integers(10, 80), st.integers(8, 16))


@given(points, st.data())
def test_no_label_covers_another_or_a_point_or_leaves_the_area(places, data):
    wanted = [data.draw(sizes) for _ in places]
    boxes = place_labels(places, wanted, AREA)
    assert [(box.width, box.height) for box in boxes] == wanted
    assert all(box.within(*AREA) for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert not any(box.overlaps(Box(x - 3, y - 3, 6, 6)) for box in boxes for x, y in places)
    assert boxes == place_labels(places, wanted, AREA)


def test_a_lone_label_stands_on_the_right_and_at_the_edge_on_the_left():
    assert place_labels([(100, 50)], [(40, 10)], AREA) == [Box(107, 45, 40, 10)]
    assert place_labels([(590, 50)], [(40, 10)], AREA) == [Box(543, 45, 40, 10)]


def test_ten_points_in_one_place_keep_their_labels_apart():
    boxes = place_labels([(300, 200)] * 10, [(60, 14)] * 10, AREA)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_edges_may_touch():
    assert not Box(0, 0, 10, 10).overlaps(Box(10, 0, 10, 10))
    assert Box(0, 0, 10, 10).overlaps(Box(9, 9, 10, 10))


def test_where_there_is_no_room_the_point_is_named():
    with pytest.raises(ValueError, match=r"no room for the label of point 1 at \(20, 20\)"):
        place_labels([(20, 20), (20, 20)], [(60, 14)] * 2, (100, 34))
