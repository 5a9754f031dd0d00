"""The reference implementation's own words as Markdown: read by `ast`, so that the build needs no torch.

A module gives its public names (``__all__``), in their order, with signature and docstring. In a docstring a name of
the reference in backticks becomes a link to it; ``Args``, ``Returns`` and ``Raises`` become lists; a doctest stays a
doctest. Private functions are left out: they are read in the source.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from chapter_texts import ROOT, Book, link, slug

__all__ = ["Module", "anchors", "modules", "page", "prose", "signature"]

REFERENCE = ROOT / "chapters" / "reference"
SECTIONS = ("Args", "Returns", "Yields", "Raises")
WIDTH = 88
Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """A module of the reference: its name, its docstring and what it offers."""

    name: str
    words: str
    public: tuple[Definition, ...]


def read(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"))
    there = {node.name: node for node in tree.body if isinstance(node, Definition)}
    listed = next(node for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
    names = ast.literal_eval(listed.value)
    return Module(path.stem, ast.get_docstring(tree), tuple(there[name] for name in names if name in there))


def modules() -> list[Module]:
    """Return the modules in the order in which the package introduces them.

    >>> [module.name for module in modules()][:3]
    ['vocabulary', 'argument_types', 'lookup']
    """
    words = ast.get_docstring(ast.parse((REFERENCE / "__init__.py").read_text("utf-8")))
    names = re.findall(r"^    (\w+) {2,}", words, re.MULTILINE)
    return [read(REFERENCE / f"{name}.py") for name in names]


def anchor(node: Definition) -> str:
    """Return where a definition stands on the page."""
    name = node.name.lower()
    return f"class-{name}" if isinstance(node, ast.ClassDef) else name


def anchors() -> dict[str, str]:
    """Return the place of every public name: what ``lookup_backward`` in a text can lead to."""
    return {node.name: anchor(node) for module in modules() for node in module.public}


def parameters(arguments: ast.arguments) -> list[str]:
    """Return the parameters as they are written, ``self`` and ``cls`` left out.

    >>> parameters(ast.parse("def f(self, a: int = 1, *, b=2): ...").body[0].args)
    ['a: int = 1', '*', 'b=2']
    """

    def one(argument: ast.arg, default: ast.expr | None) -> str:
        text = ast.unparse(argument)
        equals = " = " if argument.annotation else "="
        return text if default is None else text + equals + ast.unparse(default)

    first = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(first) - len(arguments.defaults)) + arguments.defaults
    found = [one(*pair) for pair in zip(first, defaults, strict=True) if pair[0].arg not in ("self", "cls")]
    if arguments.vararg:
        found.append("*" + ast.unparse(arguments.vararg))
    elif arguments.kwonlyargs:
        found.append("*")
    return found + [one(*pair) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]


def signature(node: ast.FunctionDef, owner: str = "") -> str:
    """Return how to call it, a line for each parameter if one line does not hold all.

    >>> signature(ast.parse("def lookup(weight: Tensor, indices: Tensor) -> Tensor: ...").body[0])
    'lookup(weight: Tensor, indices: Tensor) -> Tensor'
    """
    parts = parameters(node.args)
    returns = f" -> {ast.unparse(node.returns).strip(chr(39))}" if node.returns and node.name != "__init__" else ""
    name = owner if node.name == "__init__" else f"{owner}.{node.name}" if owner else node.name
    line = f"{name}({', '.join(parts)}){returns}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){returns}"])


def prose(docstring: str, places: dict[str, str]) -> str:
    """Return a docstring as Markdown, its names of `places` as links.

    >>> print(prose("Return `lookup`.\\n\\nArgs:\\n    weight: the table,\\n        ``(V, D)``.", {"lookup": "lookup"}))
    Return [`lookup`](#lookup).
    <BLANKLINE>
    **Args**
    <BLANKLINE>
    - `weight`: the table, `(V, D)`.
    """
    blocks = [block(part) for part in re.split(r"\n{2,}", docstring)]
    return "\n\n".join(linked(part, places) if not part.startswith("```") else part for part in blocks)


def block(part: str) -> str:
    """Return one paragraph of a docstring as Markdown."""
    part = part.replace("``", "`")
    if part.lstrip().startswith(">>>"):
        return f"```pycon\n{part}\n```"
    first, _, rest = part.partition("\n")
    if first.removesuffix(":") in SECTIONS and rest:
        return f"**{first.removesuffix(':')}**\n\n{items(rest, listed=first in ('Args:', 'Raises:'))}"
    if all(line.startswith("    ") for line in part.splitlines()):
        return f"```text\n{part}\n```"
    return part


def items(text: str, *, listed: bool) -> str:
    """Return the entries of a section: one a line that is indented once; what is indented more belongs to it."""
    joined = re.sub(r"\n {5,}", " ", text)
    lines = [line.strip() for line in joined.splitlines()]
    if not listed:
        return " ".join(lines)
    return "\n".join(item(line) for line in lines)


def item(line: str) -> str:
    names, colon, words = line.partition(": ")
    if not colon:
        return f"- {line}"
    return f"- {', '.join(f'`{name}`' for name in names.split(', '))}: {words}"


def linked(text: str, places: dict[str, str]) -> str:
    return re.sub(
        r"(?<![\[`\w])`(\w+)`(?!`|\])",
        lambda found: link(found[0], f"#{places[found[1]]}") if found[1] in places else found[0],
        text,
    )


def definition(node: Definition, places: dict[str, str]) -> str:
    own = {name: place for name, place in places.items() if name != node.name}
    if isinstance(node, ast.FunctionDef):
        words = [f"```python\n{signature(node)}\n```", prose(ast.get_docstring(node) or "", own)]
        return "\n\n".join([f"### `{node.name}`", *words])
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    parts = [f"### class `{node.name}`"]
    parts += [f"```python\n{signature(each, node.name)}\n```" for each in methods if each.name == "__init__"]
    parts.append(prose(ast.get_docstring(node) or "", own))
    for each in methods:
        if (words := ast.get_docstring(each)) and not each.name.startswith("_"):
            decorated = [ast.unparse(decorator) for decorator in each.decorator_list]
            call = f"{node.name}.{each.name}" if "property" in decorated else signature(each, node.name)
            parts += [f"```python\n{call}\n```", prose(words, own)]
    return "\n\n".join(parts)


def chapters(text: str, book: Book) -> str:
    """Return a text with the names of notebooks as links to those that are in the book."""
    there = {Path(chapter.path).name: chapter for chapter in book.chapters}

    def named(found: re.Match) -> str:
        chapter = there.get(found[1])
        return link(chapter.title.partition(":")[0], chapter.path) if chapter else found[0]

    return re.sub(r"`(\d\d_\w+\.ipynb)`", named, text)


def page(book: Book) -> str:
    """Return all modules, a section each, after a line that leads to them."""
    places = anchors()
    headings = {module.name: f"Module `{module.name}`" for module in modules()}
    links = [link(f"`{name}`", f"#{slug(heading)}") for name, heading in headings.items()]
    parts = [f"The modules: {', '.join(links)}."]
    for module in modules():
        parts += [f"## {headings[module.name]}", chapters(prose(module.words, places), book)]
        parts += [definition(node, places) for node in module.public]
    return "\n\n".join(parts)
