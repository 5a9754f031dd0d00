"""Every entry of the ledger, run on the installed torch and on the reference."""

from pathlib import Path

import pytest
import torch

import reference
from agreement import EXCLUDED
from ledger import ENTRIES, TORCH, find

STEMS = {path.stem for path in Path(reference.__file__).parent.glob("*.py")}


def begins(value, expected):
    """Whether `value` is `expected`; a text need only begin with it, for errors go on with their numbers."""
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(begins(value[key], expected[key]) for key in expected)
        )
    return value.startswith(expected) if isinstance(value, str) and isinstance(expected, str) else value == expected


def assert_still_so(entry, candidate, expected, otherwise):
    value = entry.run(candidate)
    assert begins(value, expected), f"{entry.name}: {otherwise}\nexpected: {expected}\nnow:      {value}"


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")  # forward mode imports it
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
class TestEntries:
    def test_pytorch_still_differs(self, entry):
        said = f"mended in this version, torch {torch.__version__}: take the entry out, and let the reference follow"
        assert_still_so(entry, TORCH, entry.torch, said)

    def test_the_reference_does_what_the_entry_says(self, entry):
        assert_still_so(entry, reference, entry.reference, "the reference does not do what the ledger says")

    def test_the_entry_is_whole(self, entry):
        assert find(entry.name) is entry
        assert entry.chapter in STEMS
        for words in (entry.claim, entry.observed, entry.ours):
            assert words.endswith(".")
        assert entry.title[0].isupper()
        assert entry.title[-1] not in ".:"  # a heading
        assert [link.rsplit("/", 1)[-1] for link in entry.links] == [str(number) for number in entry.issues]


def test_a_mended_entry_is_noticed():
    entry = find("bag-frequency")
    with pytest.raises(AssertionError, match="mended in this version"):
        assert_still_so(entry, TORCH, entry.reference, "mended in this version")


def test_names_are_unique():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


def test_what_the_drawn_calls_leave_out_is_in_the_ledger():
    """Nothing is left uncompared without an entry, and where the reference follows PyTorch nothing is left out."""
    for name in EXCLUDED:
        assert find(name).torch != find(name).reference
