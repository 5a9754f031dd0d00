"""What each argument of ``nn.Embedding`` and ``nn.EmbeddingBag`` does alone and beside each other one, by experiment.

A `Trial` makes a module, looks indices up and goes backward, and notes what an argument could change (`Seen`) or
where it was refused (`Refused`). An argument is described by what it sets and by its `effects`: what of `Seen` it is
there to change. The verdict on two arguments together is then no opinion:

- ``works``: taking either away from the pair changes each of its effects that it has alone, and all that was seen is
  what the package `reference` gives, which follows the documentation;
- ``in part``: so, but some effect that an argument has alone is lost; ``lost`` names it;
- ``ignored``: one of the two changes nothing beside the other;
- ``refused at construction``, ``refused in forward``, ``refused in backward``: with PyTorch's type and words;
- ``wrong``: PyTorch gives other numbers than the documentation, or accepts what it must not.

A verdict names the entry of the ledger (``ledger.py``) that says what is wrong, or what goes wrong in a case at the
edge although the plain one works: ``ledger``.

>>> find(EMBEDDING, "sparse").name
'sparse'
>>> verdict(EMBEDDING, "sparse", "scale_grad_by_freq")["verdict"]
'refused in backward'

Source: torch 2.13.0 on a CPU.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

import reference

__all__ = ["BAG", "EMBEDDING", "Argument", "Kind", "Subject", "everything", "find", "kinds", "verdict"]

ROWS, COLUMNS, PAD, CAP = 6, 2, 2, 1.0
SEED = 2  # row PAD is then the largest of a bag: a maximum shows whether it is left out
INDICES = torch.tensor([[1, 2, 2, 4], [4, 0, 4, 1]])  # a row once, twice, three times, and never
OFFSETS = torch.tensor([0, 1, 5, 8])  # with include_last_offset three bags, else four
FACTORS = torch.tensor([[0.5, 2.0, 1.0, 3.0], [1.5, 0.5, 2.0, 1.0]])
STAGES = {"construction": "at construction", "forward": "in forward", "backward": "in backward"}
GIVEN = torch.tensor([[3.0, 4.0], [0.3, 0.4], [9.0, 1.0], [2.0, 9.0], [7.0, 3.0], [0.6, 2.0]])


@dataclass(frozen=True)
class Seen:
    """What a trial that nothing stopped has shown. On the meta device there are no numbers, and most is ``None``."""

    shape: list[int]
    dtype: str
    device: str
    learns: bool
    given: bool
    start: Any = None
    output: Any = None
    after: Any = None
    layout: str | None = None
    gradient: Any = None
    factors: Any = None


@dataclass(frozen=True)
class Refused:
    """Where a trial ended: ``construction``, ``forward`` or ``backward``, and the error."""

    stage: str
    error: str


@dataclass(frozen=True)
class Argument:
    """One argument, with a value that is not its default.

    Args:
        name: as the map shows it.
        on: what it sets: keywords of the constructor, and of the call where they begin with ``call_``.
        effects: what it is there to change, by name.
        off: the same with another value; empty: the default.
        beside: what it needs to have an effect at all; a pair sets it too, where it does not say otherwise.
        edge: ledger entries about cases at the edge, by the other argument; ``""`` for the argument alone.
        wrong: the ledger entry to name where PyTorch is wrong.
    """

    name: str
    on: dict[str, Any]
    effects: dict[str, Callable[[Seen], Any]]
    off: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    edge: dict[str, str] = field(default_factory=dict)
    wrong: str | None = None


@dataclass(frozen=True)
class Subject:
    """A module: its name in `torch.nn` and in `reference`, and its arguments."""

    name: str
    arguments: tuple[Argument, ...]


def row_starts_at_zero(seen: Seen) -> bool | None:
    return seen.start and not any(seen.start[PAD])


def row_learns(seen: Seen) -> bool | None:
    return seen.gradient and any(seen.gradient[PAD])


def written(seen: Seen) -> bool:
    return seen.after != seen.start


SHARED = {
    "num_embeddings": Argument("num_embeddings", {"num_embeddings": 7}, {"the number of rows": lambda s: s.shape[0]}),
    "embedding_dim": Argument("embedding_dim", {"embedding_dim": 3}, {"the number of columns": lambda s: s.shape[1]}),
    "max_norm": Argument(
        "max_norm", {"max_norm": CAP}, {"rows that are read are shortened": written}, edge={"": "above-the-cap"}
    ),
    "norm_type": Argument(
        "norm_type", {"norm_type": 1.0}, {"which length is meant": lambda s: s.after}, beside={"max_norm": CAP}
    ),
    "sparse": Argument("sparse", {"sparse": True}, {"the gradient is a list": lambda s: s.layout}),
    "_weight": Argument("_weight", {"_weight": GIVEN}, {"the table is the one that was given": lambda s: s.given}),
    "device": Argument("device", {"device": "cpu"}, {"where the table is": lambda s: s.device}),
    "dtype": Argument("dtype", {"dtype": torch.float64}, {"the type of its numbers": lambda s: s.dtype}),
}


def frequency(**ledger: Any) -> Argument:
    divided = {"gradients are divided by counts": lambda s: s.gradient}
    return Argument("scale_grad_by_freq", {"scale_grad_by_freq": True}, divided, **ledger)


def mode(name: str, other: str, edge: dict[str, str]) -> Argument:
    reduced = {"how a bag is reduced": lambda s: s.output}
    return Argument(f'mode="{name}"', {"mode": name}, reduced, off={"mode": other}, edge=edge)


EMBEDDING = Subject(
    "Embedding",
    (
        SHARED["num_embeddings"],
        SHARED["embedding_dim"],
        Argument(
            "padding_idx",
            {"padding_idx": PAD},
            {"its row starts at zero": row_starts_at_zero, "its row gets no gradient": row_learns},
            edge={"": "pad-tangent", "sparse": "zero-dim-sparse-pad"},
        ),
        SHARED["max_norm"],
        SHARED["norm_type"],
        frequency(edge={"": "frequency-twice"}),
        Argument("sparse", SHARED["sparse"].on, SHARED["sparse"].effects, edge={"": "lost-sparse-gradient"}),
        SHARED["_weight"],
        Argument("_freeze", {"_freeze": True}, {"the table does not learn": lambda s: s.learns}),
        SHARED["device"],
        SHARED["dtype"],
    ),
)

BAG = Subject(
    "EmbeddingBag",
    (
        SHARED["num_embeddings"],
        SHARED["embedding_dim"],
        SHARED["max_norm"],
        SHARED["norm_type"],
        frequency(wrong="bag-frequency"),
        mode("mean", "sum", {}),
        mode("sum", "mean", {"dtype": "half-up"}),
        mode("max", "mean", {"": "max-nan"}),
        SHARED["sparse"],
        SHARED["_weight"],
        Argument(
            "include_last_offset",
            {"include_last_offset": True},
            {"the last offset is an end": lambda s: len(s.output or ())},
            beside={"call_offsets": OFFSETS},
            edge={"offsets": "short-last-offset"},
        ),
        Argument(
            "padding_idx",
            {"padding_idx": PAD},
            {
                "its row starts at zero": row_starts_at_zero,
                "its row gets no gradient": row_learns,
                "its row is left out of the bag": lambda s: s.output,
            },
        ),
        SHARED["device"],
        SHARED["dtype"],
        Argument(
            "offsets",
            {"call_offsets": OFFSETS},
            {"where bags begin": lambda s: len(s.output or ())},
            edge={"": "decreasing-offsets"},
        ),
        Argument(
            "per_sample_weights",
            {"call_per_sample_weights": FACTORS},
            {"each row is multiplied": lambda s: s.output, "the factors get a gradient": lambda s: s.factors},
            beside={"mode": "sum"},
            edge={"max_norm": "weights-beside-max-norm"},
        ),
    ),
)


def find(subject: Subject, name: str) -> Argument:
    """Return the argument called `name`."""
    return next(argument for argument in subject.arguments if argument.name == name)


def plain(tensor: Tensor | None) -> Any:
    return None if tensor is None or tensor.is_meta else tensor.detach().to_dense().clone().tolist()


def trial(candidate: ModuleType | Any, name: str, settings: dict[str, Any], default_device: str = "cpu") -> Any:
    """Return what a module of `candidate` shows with `settings`: `Seen`, or `Refused`."""
    given = GIVEN.clone()
    options = {"num_embeddings": ROWS, "embedding_dim": COLUMNS} | settings
    if "_weight" in options:
        options["_weight"] = given
    call = {key.removeprefix("call_"): options.pop(key) for key in list(options) if key.startswith("call_")}
    indices = INDICES.flatten() if "offsets" in call else INDICES
    stage = "construction"
    torch.manual_seed(SEED)
    try:
        with torch.device(default_device):
            module = getattr(candidate, name)(**options)
        factors = call.pop("per_sample_weights", None)
        if factors is not None:
            # of the table's type, as a program would give them
            call["per_sample_weights"] = factors = factors.to(module.weight.dtype).view_as(indices).requires_grad_()
        weight, start = module.weight, plain(module.weight)
        basics = {
            "shape": list(weight.shape),
            "dtype": str(weight.dtype),
            "device": weight.device.type,
            "learns": weight.requires_grad,
            "given": weight.data_ptr() == given.data_ptr() if not weight.is_meta else False,
        }
        if weight.is_meta:
            return Seen(**basics)
        stage = "forward"
        output = module(indices, **call)
        after = plain(weight)
        if output.requires_grad:
            stage = "backward"
            # numbers that differ, so that no two rows get the same gradient
            output.backward(torch.arange(1.0, output.numel() + 1, dtype=output.dtype).view_as(output))
    except Exception as error:
        return Refused(stage, sentence(error))
    layout = None if weight.grad is None else str(weight.grad.layout)
    learned = None if factors is None else plain(factors.grad)
    return Seen(
        **basics,
        start=start,
        output=plain(output),
        after=after,
        layout=layout,
        gradient=plain(weight.grad),
        factors=learned,
    )


def sentence(error: Exception) -> str:
    """Return type and first line of an error."""
    return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def same(one: Any, other: Any) -> bool:
    """Whether two trials showed the same, last digits aside."""
    if not (isinstance(one, Seen) and isinstance(other, Seen)):
        return type(one) is type(other)
    return all(close(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def close(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(close(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-5 * (1 + abs(one))
    return one == other


def verdict(subject: Subject, one: str, other: str | None = None, candidate: Any = nn) -> dict[str, Any]:
    """Return the verdict on an argument alone, or beside an `other` one."""
    names = [one] if other is None else [one, other]
    arguments = [find(subject, name) for name in names]
    set_here = {key: value for argument in arguments for key, value in argument.on.items()}
    company = {} if other is None else {k: v for a in arguments for k, v in a.beside.items() if k not in set_here}
    settings = company | set_here
    device = "meta" if "device" in names else "cpu"  # a default that differs from what `device` asks for
    found: dict[str, Any] = {"arguments": names}
    if company:
        found["beside"] = sorted(key.removeprefix("call_") for key in company)
    seen = trial(candidate, subject.name, settings, device)
    if isinstance(seen, Refused):
        return found | {"verdict": f"refused {STAGES[seen.stage]}", "error": seen.error}
    if not same(seen, trial(reference, subject.name, settings, device)):
        return found | {"verdict": "wrong", "ledger": next((a.wrong for a in arguments if a.wrong), None)}
    lost = {}
    for argument in arguments:
        less = {key: value for key, value in settings.items() if key not in argument.on} | argument.off
        lost[argument.name] = unseen(argument, trial(candidate, subject.name, less, device), seen)
    ignored = [argument.name for argument in arguments if len(lost[argument.name]) == len(argument.effects)]
    if ignored or any(lost.values()):
        parts = [name for names in lost.values() for name in names]
        return found | ({"verdict": "ignored", "lost": ignored} if ignored else {"verdict": "in part", "lost": parts})
    entry = edge(arguments)
    return found | {"verdict": "works"} | ({"ledger": entry} if entry else {})


def unseen(argument: Argument, without: Any, seen: Seen) -> list[str]:
    """Return the effects of `argument` that do not show in `seen`, against the trial `without` it."""
    if isinstance(without, Refused):  # that anything works is then its effect
        return []
    return [name for name, effect in argument.effects.items() if close(effect(without), effect(seen))]


def edge(arguments: list[Argument]) -> str | None:
    """Return the ledger entry on a case at the edge of these arguments, if there is one."""
    for argument in arguments:
        others = [other.name for other in arguments if other is not argument]
        if entry := argument.edge.get(others[0] if others else ""):
            return entry
    return None


def excluded(one: Argument, other: Argument) -> bool:
    """Whether two are values of one argument, of which a call has one."""
    return one.on.keys() == other.on.keys()


@dataclass(frozen=True)
class Kind:
    """A kind of indices or offsets: what is given to each module, or ``None`` where it has no such thing."""

    name: str
    embedding: Any
    bag: Any
    options: dict[str, Any] = field(default_factory=dict)
    wrong: str | None = None


def flat(*numbers: int, dtype: torch.dtype = torch.int64) -> Tensor:
    return torch.tensor(numbers, dtype=dtype)


KINDS = (
    Kind("int64, two dimensions", (INDICES,), (INDICES,)),
    Kind("int32", (INDICES.int(),), (INDICES.int(),)),
    Kind("uint8, two dimensions", (INDICES.byte(),), (INDICES.byte(),)),
    Kind(
        "uint8, one dimension",
        (flat(1, 2, dtype=torch.uint8),),
        (flat(1, 2, dtype=torch.uint8), flat(0)),
        wrong="small-integers",
    ),
    Kind("bool", (INDICES.bool(),), (INDICES.bool(),)),
    Kind("float", (INDICES.float(),), (INDICES.float(),)),
    Kind("a list", ([1, 2],), ([1, 2],)),
    Kind("one index, no dimension", (torch.tensor(1),), (torch.tensor(1),)),
    Kind("one dimension", (flat(1, 2),), (flat(1, 2),)),
    Kind("one dimension, with `offsets`", None, (flat(1, 2), flat(0, 1))),
    Kind("two dimensions, with `offsets`", None, (INDICES, flat(0, 1))),
    Kind("three dimensions", (INDICES[None],), (INDICES[None],)),
    Kind("no indices", (flat(),), (flat(), flat(0, 0))),
    Kind("rows without columns", (torch.zeros(2, 0).long(),), (torch.zeros(2, 0).long(),)),
    Kind("an index of V or more", (flat(1, ROWS),), (flat(1, ROWS)[None],)),
    Kind("a negative index", (flat(1, -1),), (flat(1, -1)[None],)),
    Kind("offsets that begin after 0", None, (flat(1, 2), flat(1))),
    Kind("offsets that end after the last index", None, (flat(1, 2), flat(0, 3))),
    Kind(
        "offsets that decrease, float64 table",
        None,
        (flat(1, 2, 3), flat(0, 2, 1)),
        {"dtype": torch.float64},
        wrong="decreasing-offsets",
    ),
    Kind(
        "a last offset before the end, with `include_last_offset`",
        None,
        (flat(1, 2, 3), flat(0, 2)),
        {"include_last_offset": True},
        wrong="short-last-offset",
    ),
)


def kinds() -> list[dict[str, Any]]:
    """Return what both modules say to every kind of indices and offsets."""
    return [
        {"kind": kind.name}
        | {
            name: accepted(kind, name, arguments)
            for name, arguments in (("Embedding", kind.embedding), ("EmbeddingBag", kind.bag))
            if arguments is not None
        }
        for kind in KINDS
    ]


def accepted(kind: Kind, name: str, arguments: tuple) -> dict[str, Any]:
    """Return the verdict on one call, with the shape of its output or the error."""

    def look(candidate: Any) -> Tensor | str:
        torch.manual_seed(SEED)
        try:
            return getattr(candidate, name)(ROWS, COLUMNS, **kind.options)(*arguments).detach()
        except Exception as error:
            return sentence(error)

    ours, theirs = look(reference), look(nn)
    if isinstance(theirs, str):
        return {"verdict": "refused in forward", "error": theirs}
    if isinstance(ours, str) or not torch.equal(ours, theirs):
        return {"verdict": "wrong", "ledger": kind.wrong}
    return {"verdict": "works", "shape": list(theirs.shape)}


def everything() -> dict[str, Any]:
    """Return all verdicts: each argument alone, each pair, each kind of input."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that sparse tensors are in beta
        modules = {}
        for subject in (EMBEDDING, BAG):
            alone = [verdict(subject, argument.name) for argument in subject.arguments]
            pairs = [
                verdict(subject, one.name, other.name)
                for one, other in combinations(subject.arguments, 2)
                if not excluded(one, other)
            ]
            modules[subject.name] = {"arguments": [a.name for a in subject.arguments], "verdicts": alone + pairs}
        return {"modules": modules, "kinds": kinds()}
