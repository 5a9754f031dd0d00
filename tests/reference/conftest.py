"""Hypothesis for the reference: many examples, the same ones everywhere, no deadline."""

import importlib

from hypothesis import settings

# torch's test tools load a profile of 10 examples when they are imported: let them, then load ours
importlib.import_module("torch.testing._internal.common_utils")
settings.register_profile("book", max_examples=300, derandomize=True, deadline=None, database=None)
settings.load_profile("book")
