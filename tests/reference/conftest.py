"""The book's Hypothesis profile, against a tool that brings its own."""

import importlib

from hypothesis import settings

# torch's test tools load a profile of 10 examples when they are imported: let them, then load ours again
importlib.import_module("torch.testing._internal.common_utils")
settings.load_profile("book")
