"""What every chapter uses and none explains.

``source(obj)`` shows the code of a function, a class or a module; ``check(name, answer)`` looks at an
exercise; ``corpus`` holds the sentences, the words and the hand-written table of the whole book;
``classroom.plots`` draws, and is loaded only by the cells that draw.

Importing this package sets two things for the notebook: tensors print with three decimals, and an
error shows its name and message instead of the path it took through PyTorch.
"""

import torch
from IPython import get_ipython

from . import corpus as corpus
from .check import check as check
from .source import source as source

__all__ = ["check", "corpus", "source"]

torch.set_printoptions(precision=3, sci_mode=False)

if (shell := get_ipython()) is not None:
    shell.InteractiveTB.set_mode(mode="Minimal")
