"""What the file of every chapter must be, told without running it.

Each rule is a function that takes a `Chapter` and yields one line for everything that breaks it; the line
starts with the cell as `notebooks.cell_name` calls it. ``tests/notebooks/test_files.py`` asks every rule about
every chapter, and ``test_gate.py`` asks them about chapters with one thing spoiled.

Does not know whether a stored output is what the cell prints: that is for the cells' own run.
"""

import ast
import functools
import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode

from notebooks import ROOT, TAGS, VALID_ID, cell_name, differences, dumps, normalise, read

__all__ = ["RULES", "Chapter", "complaints", "decimals"]

MIMES = {"text/plain", "text/html", "image/svg+xml", "text/markdown", "text/latex"}
LINES = 10
MAIN_PATH = range(10, 26)
EXERCISES = 4
NBVAL = re.compile(r"NBVAL|PYTEST_VALIDATE", re.IGNORECASE)
# What prints something else for a reader than for a test, or ties a chapter to one machine.
BANNED_NAMES = {
    "In", "Out", "Output", "clear_output", "display_id", "get_ipython", "interact", "interact_manual", "interactive",
    "interactive_output", "perf_counter", "popen", "process_time", "system", "tqdm", "trange", "update_display",
}  # fmt: skip
BANNED_MODULES = {"ipywidgets", "subprocess", "time", "timeit", "tqdm"}
# What only an execution with another face shows: an address, a line that overwrites itself, a colour.
UNSTABLE = re.compile(r"\bat 0x[0-9a-f]{5,}|\r|\x1b")
PICTURE = re.compile(r"data:image/(?!svg)")

Rule = Callable[["Chapter"], Iterator[str]]
RULES: dict[str, Rule] = {}


@dataclass
class Chapter:
    """A stored notebook: where it is, its text, and what is in it."""

    path: Path
    text: str
    nb: NotebookNode

    @classmethod
    def stored(cls, path: Path) -> "Chapter":
        return cls(path, path.read_text(encoding="utf-8"), read(path))

    @property
    def code(self) -> list[int]:
        """Where the code cells are."""
        return [index for index, cell in enumerate(self.nb.cells) if cell.cell_type == "code"]

    @property
    def prose(self) -> list[int]:
        """Where the Markdown cells are."""
        return [index for index, cell in enumerate(self.nb.cells) if cell.cell_type == "markdown"]

    @property
    def modules(self) -> list[tuple[int, ast.Module]]:
        """The syntax tree of every code cell; `only_python` names the cells that have none."""
        return [(index, tree) for index in self.code if (tree := parsed(self.nb.cells[index].source))]

    def says(self, index: int, complaint: str) -> str:
        return f"{cell_name(self.nb, index)}: {complaint}"


def rule(function: Rule) -> Rule:
    RULES[function.__name__] = function
    return function


def complaints(chapter: Chapter) -> list[str]:
    """Everything that any rule has to say about a chapter."""
    return [f"{name}: {line}" for name, check in RULES.items() for line in check(chapter)]


@functools.cache
def parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def stdout(cell: NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")


def texts(cell: NotebookNode) -> Iterator[str]:
    """Every text that the outputs of a cell hold."""
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            yield output.text
        elif output.output_type == "error":
            yield f"{output.ename}: {output.evalue}"
        else:
            yield from (value for value in output.data.values() if isinstance(value, str))


# --- the file


@rule
def named_and_placed(chapter: Chapter) -> Iterator[str]:
    """Directly in chapters/, as NN_stem.ipynb: the kernel starts where the packages are."""
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*\.ipynb", chapter.path.name):
        yield f"{chapter.path.name}: not named NN_stem.ipynb"
    if chapter.path.parent.name != "chapters":
        yield f"{chapter.path.name}: not directly in chapters/"


@rule
def one_form(chapter: Chapter) -> Iterator[str]:
    """The bytes are those that tools/notebooks.py writes for what the file holds."""
    try:
        form = normalise(chapter.nb)
    except ValueError as error:
        yield str(error)
        return
    if chapter.text != dumps(form):
        yield from differences(chapter.nb, form) or ["the file is not in the form that tools/notebooks.py writes"]


@rule
def ids(chapter: Chapter) -> Iterator[str]:
    """Every cell has an id of its own."""
    seen = set()
    for index, cell in enumerate(chapter.nb.cells):
        if not VALID_ID.fullmatch(cell.get("id") or ""):
            yield chapter.says(index, "no valid id")
        elif cell.id in seen:
            yield chapter.says(index, "another cell has this id")
        seen.add(cell.get("id"))


@rule
def kinds(chapter: Chapter) -> Iterator[str]:
    """Markdown and code, none empty, no files packed into them."""
    for index, cell in enumerate(chapter.nb.cells):
        if cell.cell_type not in {"code", "markdown"}:
            yield chapter.says(index, f"a {cell.cell_type} cell is neither run nor compared")
        if not cell.source.strip():
            yield chapter.says(index, "empty")
        if "attachments" in cell:
            yield chapter.says(index, "attachments are not for this book")


@rule
def known_tags(chapter: Chapter) -> Iterator[str]:
    for index, cell in enumerate(chapter.nb.cells):
        for tag in sorted(tags(cell) - TAGS):
            yield chapter.says(index, f"the tag {tag!r} is not one of the book's")


@rule
def no_widget_state(chapter: Chapter) -> Iterator[str]:
    """State without its widgets is an error message for a reader who trusts the notebook."""
    for key in sorted(set(chapter.nb.metadata) - {"kernelspec", "language_info"}):
        yield f"{key} in the metadata of the notebook"


# --- the outputs


@rule
def run_in_order(chapter: Chapter) -> Iterator[str]:
    """Every code cell was run once, from top to bottom, in a fresh kernel."""
    for count, index in enumerate(chapter.code, start=1):
        cell = chapter.nb.cells[index]
        counts = [out.get("execution_count") for out in cell.outputs if out.output_type == "execute_result"]
        for stored in [cell.execution_count, *counts]:
            if stored != count:
                yield chapter.says(index, f"stored as run number {stored}, but it is number {count}")


@rule
def output_types(chapter: Chapter) -> Iterator[str]:
    """Text, HTML, SVG and stdout only: what can be compared and read in a diff."""
    for index in chapter.code:
        for output in chapter.nb.cells[index].outputs:
            if output.output_type == "stream" and output.name != "stdout":
                yield chapter.says(index, f"prints on {output.name}")
            for mime in sorted(set(output.get("data", {})) - MIMES):
                yield chapter.says(index, f"stores {mime}")
        for text in texts(chapter.nb.cells[index]):
            if found := UNSTABLE.search(text):
                yield chapter.says(index, f"prints {found[0]!r}, which is not the same in every run")
            if found := PICTURE.search(text):
                yield chapter.says(index, f"holds {found[0]}: pixels cannot be compared")


@rule
def errors(chapter: Chapter) -> Iterator[str]:
    """A cell fails if and only if it is tagged so; the error is one line, and the last thing in the cell."""
    for index in chapter.code:
        cell = chapter.nb.cells[index]
        failed = [output for output in cell.outputs if output.output_type == "error"]
        if "raises-exception" in tags(cell) and not failed:
            yield chapter.says(index, "tagged raises-exception, but no error is stored")
        if failed and "raises-exception" not in tags(cell):
            yield chapter.says(index, f"stores {failed[0].ename} and is not tagged raises-exception")
        if failed and cell.outputs[-1] is not failed[0]:
            yield chapter.says(index, "something follows the error")
        for error in failed:
            line = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
            if "\n" in line or list(error.traceback) != [line]:
                yield chapter.says(index, "the error is not stored as one line, `Name: message`")


@rule
def plots_have_alt_text(chapter: Chapter) -> Iterator[str]:
    for index in chapter.code:
        cell = chapter.nb.cells[index]
        plots = [out for out in cell.outputs if "image/svg+xml" in out.get("data", {})]
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if plots and len(alt.split()) < 4:
            yield chapter.says(index, "a plot without alt text that says what it shows")
        if alt and not plots:
            yield chapter.says(index, "alt text without a plot")


# --- the exercises


def checked(tree: ast.Module) -> list[str]:
    """The names that the calls of `check` in a cell are given."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check" and call.args]
    return [ast.unparse(call.args[0]) for call in named]


@rule
def exercises(chapter: Chapter) -> Iterator[str]:
    """A stub shows ○, its solution shows ✓, nothing shows ✗, and there are at least four of them."""
    names: dict[str, set[str]] = {"exercise": set(), "solution": set()}
    for index, tree in chapter.modules:
        cell, calls = chapter.nb.cells[index], checked(tree)
        role = tags(cell) & {"exercise", "solution"}
        if len(role) > 1 or bool(role) != bool(calls):
            yield chapter.says(index, "a cell calls check(...) if and only if it is tagged exercise, or solution")
            continue
        if not role:
            continue
        kind = role.pop()
        names[kind] |= set(calls)
        if kind == "solution" and "hide-cell" not in tags(cell):
            yield chapter.says(index, "a solution that is not folded: the tag hide-cell is missing")
        want = "○" if kind == "exercise" else "✓"
        marks = [line[:1] for line in stdout(cell).splitlines() if line[:1] in {"○", "✗", "✓"}]
        if len(marks) < len(calls) or set(marks) != {want}:
            yield chapter.says(index, f"this {kind} shows {''.join(marks) or 'nothing'} and not {want}")
    for index in chapter.code:
        if "✗" in stdout(chapter.nb.cells[index]):
            yield chapter.says(index, "a stored ✗")
    for name in sorted(names["exercise"] ^ names["solution"]):
        missing = "no solution" if name in names["exercise"] else "no stub"
        yield f"exercise {name}: {missing}"
    if len(names["exercise"]) < EXERCISES:
        yield f"{len(names['exercise'])} exercises, fewer than {EXERCISES}"


# --- the code


@rule
def only_python(chapter: Chapter) -> Iterator[str]:
    """No magics, no shell: what a cell does can be read, and checked, as Python."""
    for index in chapter.code:
        if parsed(chapter.nb.cells[index].source) is None:
            yield chapter.says(index, "not plain Python (a magic, a shell line or a slip)")


@rule
def nothing_is_skipped(chapter: Chapter) -> Iterator[str]:
    """nbval obeys such a line even inside a string."""
    for index, cell in enumerate(chapter.nb.cells):
        if found := NBVAL.search(cell.source):
            yield chapter.says(index, f"{found[0]} switches the comparison")


@rule
def nothing_hidden_from_tests(chapter: Chapter) -> Iterator[str]:
    for index, tree in chapter.modules:
        for node in ast.walk(tree):
            for name in names_in(node):
                if name in BANNED_NAMES or name.split(".")[0] in BANNED_MODULES or name == "sys.path":
                    yield chapter.says(index, f"uses {name}")
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                yield chapter.says(index, "import * hides where names come from")


def names_in(node: ast.AST) -> Iterator[str]:
    """The names that one node of the syntax tree uses: imported, looked up, or given as keyword."""
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom():
            yield node.module or ""
            yield from (alias.name for alias in node.names)
        case ast.Name():
            yield node.id
        case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
            yield "sys.path"
        case ast.Attribute():
            yield node.attr
        case ast.keyword(arg=str(name)):
            yield name


@rule
def imports(chapter: Chapter) -> Iterator[str]:
    """Every chapter uses the reference implementation and a figure."""
    nodes = [node for _, tree in chapter.modules for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    packages = {(node.module or "").split(".")[0] for node in nodes}
    for package in ("reference", "widgets"):
        if package not in packages:
            yield f"no cell of the notebook imports from {package}"


@functools.cache
def reference_names() -> frozenset[str]:
    """The functions and classes that chapters/reference defines, each in one module and nowhere else."""
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "chapters/reference").glob("*.py")]
    found = [node for module in modules for node in module.body]
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef | ast.ClassDef))


@rule
def nothing_pasted(chapter: Chapter) -> Iterator[str]:
    """The reference is shown by source(...), never copied into a cell."""
    for index, tree in chapter.modules:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in reference_names():
                yield chapter.says(index, f"{node.name} is defined in chapters/reference: show it by source(...)")


@rule
def short_cells(chapter: Chapter) -> Iterator[str]:
    for index in chapter.code:
        lines = len(chapter.nb.cells[index].source.splitlines())
        if lines > LINES:
            yield chapter.says(index, f"{lines} lines, more than {LINES}")


@rule
def main_path(chapter: Chapter) -> Iterator[str]:
    """The code cells before the exercises are a sitting; a heading "Stop here" ends the first of two."""
    ends = headings(chapter, "Exercises")[:1]
    if not ends:
        yield "no heading of the notebook says Exercises"
        return
    ends = [index for index in headings(chapter, "Stop here") if index < ends[0]][:1] + ends
    for start, end in pairwise([0, *ends]):
        cells = sum(start <= index < end for index in chapter.code)
        if cells not in MAIN_PATH:
            bounds = f"{MAIN_PATH[0]} to {MAIN_PATH[-1]}"
            yield f"a sitting of the notebook has {cells} code cells before the exercises, not {bounds}"


def headings(chapter: Chapter, words: str) -> list[int]:
    """The cells with a heading that holds these words."""
    pattern = re.compile(rf"^#+ .*\b{words}\b", re.M)
    return [index for index in chapter.prose if pattern.search(chapter.nb.cells[index].source)]


# --- the prose


def without_code(source: str) -> str:
    """Markdown without its fenced blocks."""
    return re.sub(r"^(```|~~~).*?^\1", "", source, flags=re.M | re.S)


@rule
def one_title(chapter: Chapter) -> Iterator[str]:
    """The first cell starts with the only heading of the first level."""
    for index in chapter.prose:
        titles = re.findall(r"^# ", without_code(chapter.nb.cells[index].source), re.M)
        if len(titles) > (index == 0):
            yield chapter.says(index, "a second title")
    first = chapter.nb.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield chapter.says(0, "the chapter does not start with its title")


@rule
def plain_markdown(chapter: Chapter) -> Iterator[str]:
    """What Jupyter, GitHub and the site all understand: no directives, no roles, no HTML but details."""
    for index in chapter.prose:
        source = chapter.nb.cells[index].source
        if found := re.search(r"^(```|~~~|:::)\{.*|\{[a-z:-]+\}`.*?`", source, re.M):
            yield chapter.says(index, f"{found[0]!r} means nothing outside the site")


@functools.cache
def decimals(text: str) -> frozenset[str]:
    """The numbers with two or more decimals in a text, without sign; no versions (1.2.3, Python 3.11).

    >>> sorted(decimals("0.125, −1.50 and 3.1 by torch 2.13.0 on Python 3.11, [x](page-1.25.html)"))
    ['0.125', '1.50']
    """
    text = re.sub(r"\]\([^)]*\)|https?://\S+", " ", text)
    text = re.sub(r"\b(Python|PyTorch|torch|version) \d+\.\d+", " ", text)
    return frozenset(re.findall(r"(?<![\w.])\d+\.\d{2,}(?![\w.]*\d|\w)", text))


@rule
def decimals_are_printed(chapter: Chapter) -> Iterator[str]:
    """A number with two or more decimals in Markdown or alt text stands, digit for digit, in an output or in code."""
    known = set()
    for index in chapter.code:
        cell = chapter.nb.cells[index]
        for text in [cell.source, *texts(cell)]:
            known |= decimals(html.unescape(re.sub(r"<[^>]*>", " ", text))) | decimals(text)
    for index, cell in enumerate(chapter.nb.cells):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for number in sorted(decimals(cell.source if cell.cell_type == "markdown" else alt) - known):
            yield chapter.says(index, f"{number} is neither printed by a cell nor written in one")


@rule
def links_show_states(chapter: Chapter) -> Iterator[str]:
    """[words](#stem:name) names a state that a figure of this page has."""
    states = figure_states(chapter)
    for index in chapter.prose:
        for stem, name in re.findall(r"\]\(#([\w-]+):([^)]*)\)", chapter.nb.cells[index].source):
            if stem not in states:
                yield chapter.says(index, f"#{stem}:{name}: no figure of this page is called {stem}")
            elif name not in states[stem]:
                yield chapter.says(index, f"#{stem}:{name}: the figure has only {', '.join(sorted(states[stem]))}")


def figure_states(chapter: Chapter) -> dict[str, set[str]]:
    """The names of the states that the stored figures can show, by figure."""
    states: dict[str, set[str]] = {}
    figures = r'<figure[^>]*\bdata-widget="([\w-]+)".*?<script type="application/json">(.*?)</script>'
    for index in chapter.code:
        for output in chapter.nb.cells[index].outputs:
            for stem, state in re.findall(figures, output.get("data", {}).get("text/html", ""), re.S):
                states.setdefault(stem, set()).update(json.loads(state).get("shows", {}))
    return states


CELL_LINK = re.compile(r"\]\(([\w.]*)#cell-id=([^)]*)\)")


@rule
def links_lead_to_cells(chapter: Chapter) -> Iterator[str]:
    """[words](#cell-id=name), or [words](NN_stem.ipynb#cell-id=name), names a code cell that every edition has."""
    for index in chapter.prose:
        for file, name in CELL_LINK.findall(chapter.nb.cells[index].source):
            if name not in (cells_to_show(chapter.nb) if not file else cells_of(chapter.path.with_name(file))):
                yield chapter.says(index, f"{file}#cell-id={name}: there is no such code cell outside the exercises")


@functools.cache
def cells_of(path: Path) -> frozenset[str]:
    return cells_to_show(read(path)) if path.is_file() else frozenset()


def cells_to_show(nb: NotebookNode) -> frozenset[str]:
    """The ids of the code cells without the stubs and what is folded under them, which students do not get."""
    found, under_a_stub = set(), False
    for cell in nb.cells:
        under_a_stub = "exercise" in tags(cell) or (under_a_stub and "hide-cell" in tags(cell))
        if cell.cell_type == "code" and not under_a_stub:
            found.add(cell.id)
    return frozenset(found)


# --- the quiz

QUESTIONS, OPTIONS = range(4, 7), range(2, 5)
QUESTION = re.compile(r"^\*\*(\d+)\. .+\*\*$", re.M)
OPTION = re.compile(r'^<details class="(.*?)"><summary>(.*?)</summary>\n\n(.*?)\n\n</details>$', re.M | re.S)
SIGNS = {"right": "✓ ", "wrong": "✗ "}


@rule
def quiz_stands_before_the_exercises(chapter: Chapter) -> Iterator[str]:
    """Every chapter has one quiz, the cell `quiz`, directly before its exercises."""
    cells = chapter.nb.cells
    places = [i for i in range(len(cells)) if cells[i].id == "quiz" or re.search(r"^## Quiz$", cells[i].source, re.M)]
    if not places:
        yield "no cell of the notebook is its quiz"
    for place in places:
        cell, after = cells[place], cells[place + 1 : place + 2]
        if cell.id != "quiz" or cell.cell_type != "markdown" or not cell.source.startswith("## Quiz\n"):
            yield chapter.says(place, "a quiz is a Markdown cell with the id quiz that begins with its heading")
        if not after or not after[0].source.startswith("## Exercises"):
            yield chapter.says(place, "a quiz stands directly before the cell that begins with the exercises")


@rule
def quiz_questions(chapter: Chapter) -> Iterator[str]:
    """Four to six questions, whose right option stands now here, now there, and is not always the longest."""
    for index in chapter.prose:
        if chapter.nb.cells[index].id != "quiz":
            continue
        questions = list(asked(chapter.nb.cells[index].source))
        if [number for number, *_ in questions] != [str(n + 1) for n in range(len(questions))]:
            yield chapter.says(index, "the questions are not numbered from 1 on")
        if len(questions) not in QUESTIONS:
            yield chapter.says(index, f"{len(questions)} questions, not {QUESTIONS[0]} to {QUESTIONS[-1]}")
        for number, text, options in questions:
            for complaint in option_faults(text, options):
                yield chapter.says(index, f"question {number}: {complaint}")
        kinds = [[kind for kind, *_ in options] for _, _, options in questions]
        if len({each.index("right") for each in kinds if "right" in each}) == 1:
            yield chapter.says(index, "the right option has the same place in every question")
        lengths = [[(len(seen(words)), kind) for kind, words, _ in options] for _, _, options in questions]
        if all(max(each, default=(0, ""))[1] == "right" for each in lengths):
            yield chapter.says(index, "the right option is the longest in every question")


def asked(source: str) -> Iterator[tuple[str, str, list[tuple[str, str, str]]]]:
    """The number of each question, its whole text, and its options: class, summary, answer."""
    starts = [found.start() for found in QUESTION.finditer(source)]
    for start, end in pairwise([*starts, len(source)]):
        yield QUESTION.match(source, start)[1], source[start:end], OPTION.findall(source[start:end])


def option_faults(text: str, options: list[tuple[str, str, str]]) -> Iterator[str]:
    """What is wrong with one question: its options, their signs, and what a wrong option must lead to."""
    folds = max(text.count("<details"), text.count("</details>"))
    if len(options) not in OPTIONS or len(options) != folds:
        yield f"{len(options)} of {folds} options have the form of one; there shall be {OPTIONS[0]} to {OPTIONS[-1]}"
    if [kind for kind, *_ in options].count("right") != 1:
        yield "not one option is right"
    for kind, words, answer in options:
        if not answer.startswith(SIGNS.get(kind, "?")):
            yield f"{words!r} is {kind}, and its answer begins with {answer[:1]!r}"
        if re.search(r"`|\*\*|\]\(", words):
            yield f"{words!r}: Markdown is not read in a summary"
        if kind == "wrong" and not CELL_LINK.search(answer):
            yield f"{words!r} leads to no cell that shows what is wrong"
    if not re.search(r"\]\(https?://", text):
        yield "no thread, tutorial or documentation in which somebody was wrong"


def seen(markup: str) -> str:
    """The words of a summary without its tags."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))
