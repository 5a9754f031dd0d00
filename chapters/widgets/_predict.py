"""The prediction gesture: mark the rows that will change, take the step, see hit, miss and false alarm."""

from collections.abc import Iterable

__all__ = ["verdict"]


def verdict(expected: Iterable[int], changed: Iterable[int]) -> dict[str, list[int]]:
    """Return the rows expected and changed, changed only, and expected only, each sorted.

    >>> verdict([2, 4], [4, 5])
    {'hit': [4], 'missed': [5], 'false': [2]}
    """
    marked, moved = set(expected), set(changed)
    return {"hit": sorted(marked & moved), "missed": sorted(moved - marked), "false": sorted(marked - moved)}
