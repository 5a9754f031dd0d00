"""Word vectors in a quarter of their bytes: a whole number from −127 to 127 for each value, and one scale a word.

A value is its whole number times the scale of its row, and so within half a scale of what it was. The figure of
chapter 10 computes with these rows, in a page and in Jupyter; it says how far they may be off.

Nothing but the standard library: the site is built without PyTorch.
"""

import struct
from array import array
from collections.abc import Iterable, Sequence

__all__ = ["STEPS", "packed"]

STEPS = 127


def packed(words: Sequence[str], rows: Iterable[Sequence[float]]) -> dict[str, str | bytes]:
    """Return `words` as one text, a line each, and their rows as bytes: the scales in float32, the steps in int8.

    >>> found = packed(["the", "cat"], [[0.5, -1.0], [0.0, 0.0]])
    >>> found["words"], list(found["rows"]), struct.unpack("<2f", found["scales"])
    ('the\\ncat', [64, 129, 0, 0], (0.007874015718698502, 0.0))

    Raises:
        ValueError: a word holds the end of a line, or a value is not finite.
    """
    if any("\n" in word for word in words):
        raise ValueError("a word holds the end of a line")
    scales, steps = [], array("b")
    for row in rows:
        (scale,) = struct.unpack("<f", struct.pack("<f", max(map(abs, row), default=0.0) / STEPS))
        scales.append(scale)
        steps.extend(round(value / scale) if scale else 0 for value in row)
    return {"words": "\n".join(words), "scales": struct.pack(f"<{len(scales)}f", *scales), "rows": steps.tobytes()}
