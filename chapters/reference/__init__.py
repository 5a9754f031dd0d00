"""``torch.nn.Embedding`` and ``torch.nn.EmbeddingBag``, rebuilt from basic tensor operations.

Each module holds one rule as functions and imports only modules above it in this list.
"""

from .lookup import Table as Table
from .lookup import lookup as lookup
