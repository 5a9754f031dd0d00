"""Where the words of a map stand, so that each can be read."""

from collections.abc import Iterator, Sequence
from math import cos, hypot, pi, sin
from typing import NamedTuple

__all__ = ["Box", "place_labels"]

GAP = 4.0  # from a point to its label


class Box(NamedTuple):
    """A rectangle: its left upper corner, its width and its height, `y` growing downwards."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Box") -> bool:
        """Say whether the two share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def within(self, width: float, height: float) -> bool:
        return self.x >= 0 and self.y >= 0 and self.x + self.width <= width and self.y + self.height <= height


def place_labels(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    area: tuple[float, float],
    radius: float = 3.0,
) -> list[Box]:
    """Return a box for the label of every point: inside the area, over no other label, and over no point's mark.

    The labels are placed in their order, each at the nearest free place around its point, the right side first. The
    same input gives the same boxes, on every machine.

    >>> place_labels([(10, 10), (12, 10)], [(20, 8), (20, 8)], area=(100, 40))
    [Box(x=17.0, y=6.0, width=20, height=8), Box(x=2.0, y=17.0, width=20, height=8)]

    Args:
        points: where the points are, in the area.
        sizes: width and height of each label.
        area: width and height of what is drawn on.
        radius: of a point's mark.

    Raises:
        ValueError: there is no room for a label; the message says which.
    """
    marks = [Box(x - radius, y - radius, 2 * radius, 2 * radius) for x, y in points]
    placed: list[Box] = []
    for number, (point, size) in enumerate(zip(points, sizes, strict=True)):
        taken = [*placed, *marks]
        free = (
            box
            for box in places(point, size, radius + GAP, hypot(*area))
            if box.within(*area) and not any(box.overlaps(other) for other in taken)
        )
        box = next(free, None)
        if box is None:
            raise ValueError(f"no room for the label of point {number} at {point} in an area of {area}")
        placed.append(box)
    return placed


def places(point: tuple[float, float], size: tuple[float, float], near: float, far: float) -> Iterator[Box]:
    """Yield boxes around a point, from `near` to `far`: right, left, below, above, then the directions between."""
    (x, y), (width, height) = point, size
    quarters = [0, 4, 2, 6, 1, 7, 3, 5]
    away = near
    while away <= far:
        for eighth in quarters:
            across, down = cos(eighth * pi / 4), sin(eighth * pi / 4)
            centre_x, centre_y = x + across * (away + width / 2), y + down * (away + height / 2)
            yield Box(round(centre_x - width / 2, 2), round(centre_y - height / 2, 2), width, height)
        away += near
