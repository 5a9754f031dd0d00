"""What every test shares."""

import importlib

from hypothesis import settings

pytest_plugins = ["browser"]

# The same examples on every machine and in every run; no example fails for being slow on a busy one.
settings.register_profile("book", derandomize=True, deadline=None, max_examples=300)
settings.load_profile("book")

# A module of the reference that pytest collects before anybody has imported the package takes the place of the function
# that bears its name (lookup, one_hot, neighbours): import the package first.
importlib.import_module("reference")
