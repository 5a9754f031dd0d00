"""How the book draws: settings for matplotlib, and the plane on which every row of the table is a point.

Import it only in a cell that draws: ``from classroom import plots``. Outputs are SVG and come out the
same, byte for byte, wherever they are drawn.
"""

import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats

__all__ = ["MARKS", "plane"]

MARKS = {"cat": "o", "dog": "s", "good": "^", "axolotl": "D"}  # ● ■ ▲ ◆, the same in every figure

set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None})
plt.rcParams.update(
    {
        "svg.hashsalt": "embedding-book",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "figure.figsize": (6.4, 4.4),
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)
