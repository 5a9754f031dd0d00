"""The argument map as Markdown, from ``assets/results/arguments.json``: tables whose every cell is a link.

What each verdict is, and how it was found, is in ``chapters/arguments.py``. Here is only where the book explains it:
`SECTIONS` by argument, `PAIRS` where two have a section of their own.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from chapter_texts import Book, link

__all__ = ["KINDS", "MODULES", "SIGNS", "kinds", "matrix", "messages", "section"]

MODULES = ("Embedding", "EmbeddingBag")
SIGNS = {
    "works": "✓",
    "in part": "◐",
    "ignored": "○",
    "refused at construction": "✗c",
    "refused in forward": "✗f",
    "refused in backward": "✗b",
    "wrong": "!",
}
# The section of the book that explains an argument: the stem of a chapter, and a heading of it. The arguments stand in
# the order in which the book comes to them: a pair is explained where the later one is.
SECTIONS = {
    "Embedding": {
        "num_embeddings": "lookup#making-a-table",
        "embedding_dim": "lookup#making-a-table",
        "_weight": "lookup#making-a-table",
        "device": "lookup#making-a-table",
        "dtype": "lookup#making-a-table",
        "_freeze": "learning#freezing",
        "padding_idx": "padding#the-gradient-that-is-dropped",
        "sparse": "sparse#before-the-adding",
        "scale_grad_by_freq": "frequency#five-places-one-row",
        "max_norm": "max_norm#the-rule",
        "norm_type": "max_norm#which-length-norm_type",
    },
    "EmbeddingBag": {
        "num_embeddings": "bag#the-layer-and-the-function",
        "embedding_dim": "bag#the-layer-and-the-function",
        "_weight": "bag#the-layer-and-the-function",
        "device": "bag#the-layer-and-the-function",
        "dtype": "bag#types-and-everything-that-is-refused",
        "offsets": "bag#bags-of-unequal-length-offsets",
        "include_last_offset": "bag#offsets-and-empty-bags",
        "mode": "bag#three-modes-and-who-learns",
        "padding_idx": "bag#pads-are-left-out",
        "per_sample_weights": "bag#a-weight-for-each-index",
        "sparse": "bag#weights-max_norm-sparse-counts",
        "scale_grad_by_freq": "bag#weights-max_norm-sparse-counts",
        "max_norm": "bag#weights-max_norm-sparse-counts",
        "norm_type": "max_norm#which-length-norm_type",
    },
}
PAIRS = {
    "Embedding": {
        frozenset(["padding_idx", "_weight"]): "padding#the-argument",
        frozenset(["padding_idx", "dtype"]): "padding#the-argument",
        frozenset(["sparse", "num_embeddings"]): "sparse#when-is-the-list-smaller",
        frozenset(["sparse", "embedding_dim"]): "sparse#when-is-the-list-smaller",
        frozenset(["sparse", "_weight"]): "sparse#beside-other-arguments-on-several-devices-measured",
        frozenset(["sparse", "device"]): "sparse#beside-other-arguments-on-several-devices-measured",
        frozenset(["sparse", "dtype"]): "sparse#beside-other-arguments-on-several-devices-measured",
        frozenset(["sparse", "_freeze"]): "sparse#beside-other-arguments-on-several-devices-measured",
        frozenset(["scale_grad_by_freq", "padding_idx"]): "frequency#places-that-the-loss-ignores",
        frozenset(["scale_grad_by_freq", "sparse"]): "frequency#what-it-refuses",
        frozenset(["scale_grad_by_freq", "_weight"]): "frequency#beside-other-arguments",
        frozenset(["scale_grad_by_freq", "device"]): "frequency#beside-other-arguments",
        frozenset(["scale_grad_by_freq", "dtype"]): "frequency#beside-other-arguments",
        frozenset(["scale_grad_by_freq", "_freeze"]): "frequency#beside-other-arguments",
        frozenset(["max_norm", "_freeze"]): "max_norm#when-it-writes",
        frozenset(["max_norm", "_weight"]): "max_norm#writing-versions-views",
        frozenset(["max_norm", "dtype"]): "max_norm#the-norm-afterwards",
        frozenset(["max_norm", "padding_idx"]): "max_norm#writing-versions-views",
        frozenset(["max_norm", "sparse"]): "max_norm#what-the-gradient-knows",
        frozenset(["max_norm", "scale_grad_by_freq"]): "max_norm#what-the-gradient-knows",
    },
    "EmbeddingBag": {
        frozenset(["padding_idx", "_weight"]): "bag#the-layer-and-the-function",
        frozenset(["mode", "per_sample_weights"]): "bag#what-it-refuses",
        frozenset(["mode", "sparse"]): "bag#what-it-refuses",
        frozenset(["mode", "scale_grad_by_freq"]): "bag#what-it-refuses",
    },
}
KINDS = {"Embedding": "lookup#indices-and-what-is-refused", "EmbeddingBag": "bag#types-and-everything-that-is-refused"}


def plain(argument: str) -> str:
    """Return the argument's own name.

    >>> plain('mode="max"')
    'mode'
    """
    return argument.partition("=")[0]


def section(book: Book, module: str, arguments: Iterable[str]) -> str:
    """Return the address of the section that explains these arguments of `module`."""
    names = [plain(argument) for argument in arguments]
    places = SECTIONS[module]
    return book.address(PAIRS[module].get(frozenset(names)) or places[max(names, key=list(places).index)])


def target(book: Book, module: str, cell: dict[str, Any]) -> str:
    """Return where a cell leads: to the ledger's entry if it has one, else to the section that explains it."""
    return f"ledger.md#{cell['ledger']}" if cell.get("ledger") else section(book, module, cell["arguments"])


def words(cell: dict[str, Any]) -> str:
    """Return a verdict in words.

    >>> words({"verdict": "works", "ledger": "half-up"})
    'works, with an exception'
    """
    return cell["verdict"] + (", with an exception" if cell["verdict"] == "works" and cell.get("ledger") else "")


def sign(cell: dict[str, Any]) -> str:
    return SIGNS[cell["verdict"]] + ("*" if words(cell) != cell["verdict"] else "")


def matrix(book: Book, stored: dict[str, Any], module: str) -> str:
    """Return the table of `module`: a row and a column for each argument, itself alone where they cross."""
    names = stored["modules"][module]["arguments"]
    cells = {frozenset(cell["arguments"]): cell for cell in stored["modules"][module]["verdicts"]}
    rows = [
        [f"`{row}`", *(shown(book, module, cells.get(frozenset([row, column]))) for column in names)] for row in names
    ]
    return table(["", *(f"`{name}`" for name in names)], rows, "map")


def shown(book: Book, module: str, cell: dict[str, Any] | None) -> str:
    if cell is None:
        return "{verdict}`– one value at a time`"
    return link(f"{{verdict}}`{sign(cell)} {words(cell)}`", target(book, module, cell))


def table(head: list[str], rows: list[list[str]], css: str) -> str:
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(["~~~{table}", f":class: {css}", "", *lines, "~~~", ""])


def kinds(book: Book, stored: dict[str, Any]) -> str:
    """Return the table of kinds of input: what goes in, and what both modules make of it."""
    rows = []
    for kind in stored["kinds"]:
        row = [kind["kind"]]
        for module in MODULES:
            cell = kind.get(module)
            if cell is None:
                row.append("{verdict}`– it has no offsets`")
                continue
            where = f"ledger.md#{cell['ledger']}" if cell.get("ledger") else book.address(KINDS[module])
            shape = f" → `{tuple(cell['shape'])}`" if "shape" in cell else ""
            row.append(f"{sign(cell)} {link(words(cell), where)}{shape}")
        rows.append(row)
    return table(["", *(f"`nn.{module}`" for module in MODULES)], rows, "kinds stack")


def names(arguments: list[str], beside: Iterable[str] = ()) -> str:
    """Return arguments in words.

    >>> names(["norm_type", "sparse"], ["max_norm"])
    '`norm_type` with `sparse` (and `max_norm`)'
    """
    company = f" (and {', '.join(f'`{name}`' for name in beside)})" if beside else ""
    return (" with " if len(arguments) > 1 else "").join(f"`{name}`" for name in arguments) + company


def messages(book: Book, stored: dict[str, Any], module: str) -> str:
    """Return, in words, every verdict of `module` that is not plain: the refusals with what PyTorch says."""
    parts: dict[str, list[str]] = defaultdict(list)
    errors: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in stored["modules"][module]["verdicts"]:
        what = link(names(cell["arguments"], cell.get("beside", ())), target(book, module, cell))
        if "error" in cell:
            errors[cell["verdict"], cell["error"]].append(what)
        elif cell["verdict"] == "ignored":
            alone = (
                "alone it changes nothing" if len(cell["arguments"]) == 1 else f"no effect of {listed(cell['lost'])}"
            )
            parts["ignored"].append(f"{what}: {alone}")
        elif cell["verdict"] == "in part":
            parts["in part"].append(f"{what}: of what each does alone, this is lost: {', '.join(cell['lost'])}")
    parts["wrong"] = wrong(stored["modules"][module]["verdicts"])
    for (stage, error), found in errors.items():
        kind, _, text = error.partition(": ")
        parts[stage].append(f"{', '.join(found)}: `{kind}`: {text}")
    kinds_of: dict[str, list[str]] = defaultdict(list)
    for kind in stored["kinds"]:
        if "error" in kind.get(module, {}):
            kinds_of[kind[module]["error"]].append(kind["kind"])
    for error, found in kinds_of.items():
        name, _, text = error.partition(": ")
        parts["refused in forward"].append(f"indices: {'; '.join(found)}: `{name}`: {text}")
    lines = []
    for verdict, sign_ in SIGNS.items():
        if parts.get(verdict):
            lines += [f"**{sign_} {verdict}**", "", *(f"- {part}" for part in parts[verdict]), ""]
    return "\n".join(lines)


def wrong(cells: list[dict[str, Any]]) -> list[str]:
    """Return, for each entry of the ledger, what is wrong alone, and beside which others it stays wrong."""
    by_entry: dict[str, list[list[str]]] = defaultdict(list)
    for cell in cells:
        if cell["verdict"] == "wrong":
            by_entry[cell["ledger"]].append(cell["arguments"])
    found = []
    for entry, groups in by_entry.items():
        alone = next(group for group in groups if len(group) == 1)
        others = [f"`{name}`" for group in groups for name in group if name not in alone]
        found.append(f"{link(names(alone), f'ledger.md#{entry}')}: alone, and with {', '.join(others)}")
    return found


def listed(arguments: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in arguments)
