"""What every test shares."""

from hypothesis import settings

pytest_plugins = ["browser"]

# The same examples on every machine and in every run; no example fails for being slow on a busy one.
settings.register_profile("book", derandomize=True, deadline=None, max_examples=300)
settings.load_profile("book")
