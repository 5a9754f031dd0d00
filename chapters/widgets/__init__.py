"""The figures of the book, one a chapter.

Chapter: each figure is shown in the chapter of its name. Their markup is Python's (`_base`, `_stage`), their behaviour
is in ``assets/widgets``.
"""

from widgets.bag import Bag
from widgets.cost import Cost
from widgets.frequency import Frequency
from widgets.learning import Learning
from widgets.lookup import Lookup
from widgets.max_norm import MaxNorm
from widgets.one_hot import OneHot
from widgets.padding import Padding
from widgets.plane import Plane
from widgets.pretrained import Pretrained
from widgets.sparse import Sparse
from widgets.vocabulary import ReadBack

__all__ = [
    "Bag",
    "Cost",
    "Frequency",
    "Learning",
    "Lookup",
    "MaxNorm",
    "OneHot",
    "Padding",
    "Plane",
    "Pretrained",
    "ReadBack",
    "Sparse",
]
