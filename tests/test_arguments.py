"""The argument map is what the installed torch does, and a module that behaves otherwise gets other verdicts."""

import inspect
import json
from itertools import combinations
from types import SimpleNamespace

import pytest
import torch
from torch import nn

import findings
from arguments import BAG, EMBEDDING, Seen, everything, excluded, kinds, trial, verdict
from ledger import find

VERDICTS = {
    "works",
    "in part",
    "ignored",
    "refused at construction",
    "refused in forward",
    "refused in backward",
    "wrong",
}


def stored(name: str) -> dict:
    return json.loads((findings.RESULTS / f"{name}.json").read_text("utf-8"))


def cells() -> list[dict]:
    modules = [cell for module in stored("arguments")["modules"].values() for cell in module["verdicts"]]
    return modules + [row[name] for row in stored("arguments")["kinds"] for name in row.keys() - {"kind"}]


@pytest.mark.parametrize("name", findings.FILES)
def test_what_is_stored_is_what_the_installed_torch_does(name):
    kept = stored(name)
    checked = kept.pop("checked")
    assert checked["torch"] == torch.__version__.partition("+")[0], "another version: run make findings, read the diff"
    assert kept == json.loads(json.dumps(findings.FILES[name]())), "run make findings, and read the diff"


@pytest.mark.parametrize("subject", [EMBEDDING, BAG], ids=lambda subject: subject.name)
def test_every_argument_and_every_pair_has_a_verdict(subject):
    names = [argument.name for argument in subject.arguments]
    pairs = [[a.name, b.name] for a, b in combinations(subject.arguments, 2) if not excluded(a, b)]
    map_of_it = stored("arguments")["modules"][subject.name]
    assert map_of_it["arguments"] == names
    assert [cell["arguments"] for cell in map_of_it["verdicts"]] == [[name] for name in names] + pairs


@pytest.mark.parametrize("subject", [EMBEDDING, BAG], ids=lambda subject: subject.name)
def test_no_parameter_of_the_module_is_forgotten(subject):
    module = getattr(nn, subject.name)
    known = {name.partition("=")[0] for name in stored("arguments")["modules"][subject.name]["arguments"]}
    parameters = {*inspect.signature(module).parameters, *inspect.signature(module.forward).parameters}
    assert parameters - {"self", "input"} == known


def test_every_verdict_says_what_it_must():
    for cell in cells():
        assert cell["verdict"] in VERDICTS
        assert ("error" in cell) == cell["verdict"].startswith("refused")
        assert bool(cell.get("lost")) == (cell["verdict"] in ("ignored", "in part"))
        if cell["verdict"] == "wrong" or "ledger" in cell:
            assert find(cell["ledger"]), cell


@pytest.mark.parametrize("subject", [EMBEDDING, BAG], ids=lambda subject: subject.name)
def test_the_plain_trial_reads_a_row_once_twice_more_often_and_never(subject):
    """Else an effect could not show, and `ignored` would prove nothing."""
    seen = trial(nn, subject.name, {})
    assert isinstance(seen, Seen)
    assert [any(row) for row in seen.gradient] == [True, True, True, False, True, False]


class Forgetful(nn.Embedding):
    """Takes `padding_idx`, and forgets it."""

    def __init__(self, *sizes, padding_idx=None, **options):
        super().__init__(*sizes, **options)


class Shouting(nn.Embedding):
    """Doubles what a capped table gives."""

    def forward(self, input):
        return super().forward(input) * (1 if self.max_norm is None else 2)


class Strict(nn.Embedding):
    """Refuses one pair in forward."""

    def forward(self, input):
        if self.sparse and self.padding_idx is not None:
            raise ValueError("not both")
        return super().forward(input)


class Unfilled(nn.Embedding):
    """Draws the padding row like any other, and does not let it learn."""

    def _fill_padding_idx_with_zero(self):
        pass


@pytest.mark.parametrize(
    ("module", "pair", "expected"),
    [
        (Forgetful, ("padding_idx", "sparse"), "wrong"),
        (Shouting, ("max_norm",), "wrong"),
        (Shouting, ("max_norm", "sparse"), "wrong"),
        (Strict, ("padding_idx", "sparse"), "refused in forward"),
        (Strict, ("padding_idx", "dtype"), "works"),
        (Unfilled, ("padding_idx",), "wrong"),
    ],
)
def test_another_behaviour_gets_another_verdict(module, pair, expected):
    assert verdict(EMBEDDING, *pair, candidate=SimpleNamespace(Embedding=module))["verdict"] == expected


def test_an_effect_that_is_lost_is_named():
    assert verdict(EMBEDDING, "padding_idx", "_weight")["lost"] == ["its row starts at zero"]
    assert verdict(EMBEDDING, "sparse", "_freeze")["lost"] == ["sparse"]


def test_everything_is_the_same_twice():
    assert everything() == everything()
    assert {row["kind"] for row in kinds()} == {row["kind"] for row in stored("arguments")["kinds"]}
