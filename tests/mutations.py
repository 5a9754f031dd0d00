"""Ways to spoil a stored chapter, each of which must be noticed.

A mutation takes a notebook and the place of one cell. It spoils the notebook there, in place, and returns the
place of the cell that a complaint must name, −1 for the notebook as a whole; or it returns ``None`` and has
touched nothing, because this cell does not offer what it needs. Its layer is the one that has to notice:

``files``
    the rules of `chapter_rules`, which run nothing
``cells``
    nbval with `strict_cells`, which runs every cell and compares; `notebooks.check` must notice these too
``check``
    only `notebooks.check`, which compares the whole file byte for byte
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_output

__all__ = ["MUTATIONS", "Mutation"]

Spoil = Callable[[NotebookNode, int], int | None]
MUTATIONS: dict[str, "Mutation"] = {}
SCRIPT = r'(?<=<script type="application/json">)[^<]*'
PNG = "iVBORw0KGgo="


@dataclass(frozen=True)
class Mutation:
    """What is spoiled, in words, and the layer that has to notice."""

    name: str
    layer: str
    spoil: Spoil


def mutation(name: str, layer: str) -> Callable[[Spoil], Spoil]:
    def register(spoil: Spoil) -> Spoil:
        MUTATIONS[name] = Mutation(name, layer, spoil)
        return spoil

    return register


def code(spoil: Spoil) -> Spoil:
    """Offer only code cells to a mutation."""
    return lambda nb, index: spoil(nb, index) if nb.cells[index].cell_type == "code" else None


def prose(spoil: Spoil) -> Spoil:
    """Offer only Markdown cells to a mutation."""
    return lambda nb, index: spoil(nb, index) if nb.cells[index].cell_type == "markdown" else None


def kinds(cell: NotebookNode) -> list[str]:
    return [output.output_type for output in cell.outputs]


def next_digit(text: str, where: str = r"(?s).*") -> str | None:
    """The text with the first digit of the first part that matches `where` and has one turned into the next digit."""
    for part in re.finditer(where, text):
        if digit := re.search(r"\d", part[0]):
            place = part.start() + digit.start()
            return f"{text[:place]}{(int(digit[0]) + 1) % 10}{text[place + 1 :]}"
    return None


def digit_in(mime: str, where: str = r"(?s).*") -> Spoil:
    """A mutation that changes one digit of the first output of this type."""

    def spoil(nb: NotebookNode, index: int) -> int | None:
        for output in nb.cells[index].outputs:
            holder, key = (output, "text") if mime == "stdout" else (output.get("data", {}), mime)
            if spoiled := next_digit(holder.get(key, ""), where):
                holder[key] = spoiled
                return index
        return None

    return code(spoil)


# --- cells: what is stored is not what the cell prints

mutation("a digit in text/plain", "cells")(digit_in("text/plain"))
mutation("a digit on stdout", "cells")(digit_in("stdout"))
mutation("a digit in an SVG", "cells")(digit_in("image/svg+xml", r"(?<=\bd=\")[^\"]+|(?<=>)[^<>]+"))
mutation("a digit in a figure's table", "cells")(digit_in("text/html", r"(?<=<td)[^>]*>[^<]*|(?<=<th)[^>]*>[^<]*"))
mutation("a digit in a figure's state", "cells")(digit_in("text/html", SCRIPT))


@mutation("an error with another message", "cells")
@code
def other_message(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if output.output_type == "error":
            output.evalue += "!"
            output.traceback = [f"{output.ename}: {output.evalue}"]
            return index
    return None


@mutation("an error of another type", "cells")
@code
def other_error(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if output.output_type == "error":
            output.ename = "OtherError"
            output.traceback = [f"{output.ename}: {output.evalue}"]
            return index
    return None


@mutation("an error dropped, and its tag", "cells")
@code
def no_error_no_tag(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    if "error" not in kinds(cell):
        return None
    cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
    left = [tag for tag in cell.metadata.tags if tag != "raises-exception"]
    cell.metadata = NotebookNode(tags=left) if left else NotebookNode()
    return index


@mutation("an output dropped", "cells")
@code
def output_dropped(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    if kinds(cell) != ["execute_result"] or "svg" in str(cell.outputs):
        return None
    cell.outputs = []
    return index


@mutation("an output added", "cells")
@code
def output_added(nb: NotebookNode, index: int) -> int | None:
    if nb.cells[index].outputs:
        return None
    nb.cells[index].outputs = [new_output("stream", name="stdout", text="done\n")]
    return index


@mutation("an empty line added", "cells")
@code
def line_added(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if output.output_type == "stream":
            output.text += "\n"
            return index
    return None


@mutation("a result turned into a display", "cells")
@code
def result_as_display(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if output.output_type == "execute_result":
            output.output_type = "display_data"
            del output["execution_count"]
            return index
    return None


@mutation("the HTML of a result dropped, its text left", "cells")
@code
def html_dropped(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if {"text/html", "text/plain"} <= set(output.get("data", {})):
            del output.data["text/html"]
            return index
    return None


@mutation("metadata added to an output", "cells")
@code
def output_metadata(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if "data" in output:
            output.metadata["isolated"] = True
            return index
    return None


@mutation("stdout and a result exchanged", "cells")
@code
def exchanged(nb: NotebookNode, index: int) -> int | None:
    if kinds(nb.cells[index]) != ["stream", "execute_result"]:
        return None
    nb.cells[index].outputs.reverse()
    return index


@mutation("what is printed after a display moved before it", "check")
@code
def moved_before(nb: NotebookNode, index: int) -> int | None:
    outputs = nb.cells[index].outputs
    if kinds(nb.cells[index]) != ["stream", "display_data", "stream"]:
        return None
    outputs[0].text += outputs.pop().text
    return index


# --- files: cells that are not run, or not compared


@mutation("a cell never run", "files")
@code
def unrun(nb: NotebookNode, index: int) -> int:
    nb.cells[index].outputs, nb.cells[index].execution_count = [], None
    return index


@mutation("a whole chapter never run", "files")
@code
def all_unrun(nb: NotebookNode, index: int) -> int:
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return index


@mutation("a cell deleted", "files")
@code
def deleted(nb: NotebookNode, index: int) -> int | None:
    later = [place for place in range(index + 1, len(nb.cells)) if nb.cells[place].cell_type == "code"]
    if not later:  # nothing follows whose number would be wrong
        return None
    del nb.cells[index]
    return later[0] - 1


@mutation("a cell exchanged with the next", "files")
@code
def swapped(nb: NotebookNode, index: int) -> int | None:
    later = [place for place in range(index + 1, len(nb.cells)) if nb.cells[place].cell_type == "code"]
    if not later:
        return None
    nb.cells[index], nb.cells[later[0]] = nb.cells[later[0]], nb.cells[index]
    return index


@mutation("a cell made raw", "files")
@code
def made_raw(nb: NotebookNode, index: int) -> int:
    cell = nb.cells[index]
    nb.cells[index] = NotebookNode(cell_type="raw", id=cell.id, metadata=NotebookNode(), source=cell.source)
    return index


@mutation("run numbers scrambled", "files")
@code
def scrambled(nb: NotebookNode, index: int) -> int:
    nb.cells[index].execution_count += 1
    return index


@mutation("the run number of a result wrong", "files")
@code
def result_number(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if output.output_type == "execute_result":
            output.execution_count += 1
            return index
    return None


def tagged(tag: str) -> Spoil:
    def spoil(nb: NotebookNode, index: int) -> int | None:
        metadata = nb.cells[index].metadata
        if tag in metadata.get("tags", []):
            return None
        metadata["tags"] = sorted([*metadata.get("tags", []), tag])
        return index

    return code(spoil)


def with_line(line: str) -> Spoil:
    def spoil(nb: NotebookNode, index: int) -> int:
        nb.cells[index].source = f"{line}\n{nb.cells[index].source}"
        return index

    return code(spoil)


mutation("a tag that skips", "files")(tagged("nbval-skip"))
mutation("a tag that ignores the output", "files")(tagged("nbval-ignore-output"))
mutation("a comment that skips", "files")(with_line("# NBVAL_SKIP"))
mutation("a comment that ignores the output", "files")(with_line("# NBVAL_IGNORE_OUTPUT"))
mutation("a skipping comment inside a string", "files")(with_line('"""\n# NBVAL_SKIP\n"""'))
mutation("an error never raised", "files")(tagged("raises-exception"))


@mutation("an error dropped", "files")
@code
def no_error(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    if "error" not in kinds(cell):
        return None
    cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
    return index


@mutation("an error with a longer traceback", "files")
@code
def long_traceback(nb: NotebookNode, index: int) -> int | None:
    for output in nb.cells[index].outputs:
        if output.output_type == "error":
            output.traceback = ["Traceback (most recent call last)", *output.traceback]
            return index
    return None


# --- files: outputs of the wrong kind, exercises, prose, form


def turned(old: str, new: str) -> Spoil:
    def spoil(nb: NotebookNode, index: int) -> int | None:
        for output in nb.cells[index].outputs:
            if output.get("text", "").startswith(old):
                output.text = new + output.text[len(old) :]
                return index
        return None

    return code(spoil)


mutation("✓ turned into ✗", "files")(turned("✓", "✗"))
mutation("✓ turned into ○", "files")(turned("✓", "○"))
mutation("○ turned into ✓", "files")(turned("○", "✓"))


def with_mime(mime: str, value: object) -> Spoil:
    def spoil(nb: NotebookNode, index: int) -> int | None:
        for output in nb.cells[index].outputs:
            if "data" in output:
                output.data[mime] = value
                return index
        return None

    return code(spoil)


mutation("a widget view added", "files")(
    with_mime("application/vnd.jupyter.widget-view+json", {"model_id": "0" * 32, "version_major": 2})
)
mutation("a PNG added", "files")(with_mime("image/png", PNG))
mutation("a script added", "files")(with_mime("application/javascript", "alert(1)"))
mutation("a PNG inside HTML", "files")(with_mime("text/html", f'<img src="data:image/png;base64,{PNG}">'))
mutation("an address printed", "files")(with_mime("text/plain", "<object object at 0x7f3a5c0d1e40>"))


@mutation("widget state in the notebook", "files")
def widget_state(nb: NotebookNode, index: int) -> int | None:
    if index:
        return None
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return -1


@mutation("the version of Python in the notebook", "files")
def python_version(nb: NotebookNode, index: int) -> int | None:
    if index:
        return None
    nb.metadata.language_info["version"] = "3.11.2"
    return -1


@mutation("a warning stored", "files")
@code
def warning(nb: NotebookNode, index: int) -> int:
    nb.cells[index].outputs.insert(0, new_output("stream", name="stderr", text="UserWarning: no\n"))
    return index


@mutation("a stream in two pieces", "files")
@code
def two_pieces(nb: NotebookNode, index: int) -> int | None:
    outputs = nb.cells[index].outputs
    if not outputs or outputs[0].output_type != "stream" or len(outputs[0].text) < 2:
        return None
    text = outputs[0].text
    outputs.insert(0, new_output("stream", name="stdout", text=text[:1]))
    outputs[1].text = text[1:]
    return index


@mutation("a decimal in the prose", "files")
@prose
def decimal_changed(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    for number in re.finditer(r"(?<![\w./])\d+\.\d\d+(?![\w.])", cell.source):  # none of an address
        cell.source = cell.source[: number.end()] + "731" + cell.source[number.end() :]
        return index
    return None


@mutation("a decimal that no cell prints", "files")
@prose
def decimal_invented(nb: NotebookNode, index: int) -> int:
    nb.cells[index].source += "\n\nIt is 0.987654321."
    return index


@mutation("a link to a state that no figure has", "files")
@prose
def dead_link(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    cell.source, count = re.subn(r"\]\(#([\w-]+):[^)]*\)", r"](#\1:nowhere)", cell.source)
    return index if count else None


def in_quiz(old: str, new: str, count: int = 1) -> Spoil:
    """A mutation that writes something else into the quiz."""

    def spoil(nb: NotebookNode, index: int) -> int | None:
        cell = nb.cells[index]
        if cell.id != "quiz":
            return None
        cell.source, found = re.subn(old, new, cell.source, count=count, flags=re.M | re.S)
        return index if found else None

    return prose(spoil)


mutation("a quiz under another heading", "files")(in_quiz(r"\A## Quiz", "## Questions"))
mutation("a question left out", "files")(in_quiz(r"^\*\*2\. .*?(?=^\*\*3\. )", ""))
mutation("three questions", "files")(in_quiz(r"^\*\*4\. .*", ""))
mutation("two right options", "files")(in_quiz('class="wrong"(.*?)✗', r'class="right"\1✓'))
mutation("no right option", "files")(in_quiz('class="right"(.*?)✓', r'class="wrong"\1✗ [there](#cell-id=imports)'))
mutation("one option", "files")(in_quiz(r'^<details class="wrong">.*?^</details>\n', "", count=0))
mutation("an answer with the other sign", "files")(in_quiz("✗", "✓"))
mutation("an option of no known class", "files")(in_quiz('class="wrong"', 'class="nearly"'))
mutation("an option that is not folded", "files")(in_quiz(r'<details class="wrong"><summary>(.*?)</summary>', r"\1"))
mutation("Markdown in an option", "files")(in_quiz("<code>(.*?)</code>", r"`\1`"))
mutation("a mistake that nobody made", "files")(in_quiz(r"\]\(https://[^)]*\)", "]", count=0))
mutation("a mistake that no cell shows", "files")(in_quiz(r"\[([^\]]*)\]\([^)]*#cell-id=[^)]*\)", r"\1"))
mutation("a link to a cell that is not there", "files")(in_quiz("#cell-id=", "#cell-id=no-"))
mutation("a link to a cell of no chapter", "files")(in_quiz(r"\([\w.]*#cell-id=", "(77_nothing.ipynb#cell-id="))


@mutation("a link to a solution", "files")
@prose
def link_to_a_solution(nb: NotebookNode, index: int) -> int | None:
    solutions = [cell.id for cell in nb.cells if "solution" in cell.metadata.get("tags", [])]
    if nb.cells[index].id != "quiz" or not solutions:
        return None
    nb.cells[index].source += f" [There](#cell-id={solutions[0]})"
    return index


@mutation("the right option always first", "files")
@prose
def right_first(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    if cell.id != "quiz":
        return None
    option = r'<details class="{}">.*?^</details>\n'
    wrong_before_right = re.compile(f"({option.format('wrong')})({option.format('right')})", re.M | re.S)
    source = cell.source + "\n"
    while wrong_before_right.search(source):
        source = wrong_before_right.sub(r"\2\1", source)
    cell.source = source.rstrip("\n")
    return index


@mutation("the right option always the longest", "files")
@prose
def right_longest(nb: NotebookNode, index: int) -> int | None:
    if nb.cells[index].id != "quiz":
        return None
    longer = r"\1, and so it stays, whatever anybody may have said or written about it anywhere in the world, <\2"
    nb.cells[index].source = re.sub(r'(class="right"><summary>.*?)<(/summary)', longer, nb.cells[index].source)
    return index


@mutation("no quiz", "files")
@prose
def no_quiz(nb: NotebookNode, index: int) -> int | None:
    if nb.cells[index].id != "quiz":
        return None
    del nb.cells[index]
    return -1


@mutation("a quiz in another place", "files")
@prose
def quiz_moved(nb: NotebookNode, index: int) -> int | None:
    if nb.cells[index].id != "quiz":
        return None
    nb.cells.insert(1, nb.cells.pop(index))
    return 1


@mutation("a second title", "files")
@prose
def second_title(nb: NotebookNode, index: int) -> int:
    nb.cells[index].source += "\n\n# Another chapter"
    return index


@mutation("a directive in the prose", "files")
@prose
def directive(nb: NotebookNode, index: int) -> int:
    nb.cells[index].source += "\n\n```{note}\nSee there.\n```"
    return index


@mutation("no import from the reference", "files")
@code
def no_import(nb: NotebookNode, index: int) -> int | None:
    if "from reference" not in nb.cells[index].source:
        return None
    for cell in nb.cells:
        cell.source = re.sub(r"from reference\b.*", "pass", cell.source)
    return -1


@mutation("no heading for the exercises", "files")
@prose
def no_exercises(nb: NotebookNode, index: int) -> int | None:
    cell = nb.cells[index]
    cell.source, count = re.subn(r"(?m)^(#+ .*)\bExercises\b", r"\1More", cell.source)
    return -1 if count else None


@mutation("exercises before everything", "files")
def exercises_first(nb: NotebookNode, index: int) -> int | None:
    if index:
        return None
    nb.cells[0].source += "\n\n## Exercises"
    return -1


@mutation("a solution that is not folded", "files")
@code
def unfolded(nb: NotebookNode, index: int) -> int | None:
    tags = nb.cells[index].metadata.get("tags", [])
    if "solution" not in tags:
        return None
    tags.remove("hide-cell")
    return index


@mutation("a check in a cell that is no exercise", "files")
@code
def untagged(nb: NotebookNode, index: int) -> int | None:
    if not {"exercise", "solution"} & set(nb.cells[index].metadata.get("tags", [])):
        return None
    del nb.cells[index].metadata["tags"]
    return index


@mutation("alt text dropped", "files")
@code
def no_alt(nb: NotebookNode, index: int) -> int | None:
    if not any("image/svg+xml" in output.get("data", {}) for output in nb.cells[index].outputs):
        return None
    nb.cells[index].metadata.pop("mystnb", None)
    return index


@mutation("an id twice", "files")
def same_id(nb: NotebookNode, index: int) -> int | None:
    if not index:
        return None
    nb.cells[index].id = nb.cells[index - 1].id
    return index


@mutation("an id that is none", "files")
def bad_id(nb: NotebookNode, index: int) -> int:
    nb.cells[index].id = "two words"
    return index


@mutation("metadata left by an editor", "files")
def editor_metadata(nb: NotebookNode, index: int) -> int:
    nb.cells[index].metadata["collapsed"] = False
    return index


mutation("a magic", "files")(with_line("%time"))
mutation("a shell line", "files")(with_line("!ls"))
mutation("the clock", "files")(with_line("from time import perf_counter"))
mutation("another program", "files")(with_line("import subprocess"))
mutation("the module path", "files")(with_line("import sys; sys.path.append('..')"))
mutation("an earlier output by number", "files")(with_line("Out[1]"))
mutation("interact", "files")(with_line("from ipywidgets import interact"))
mutation("a reference function pasted", "files")(with_line("def lookup(weight, indices): return weight[indices]"))
mutation("too many lines", "files")(with_line("\n".join(f"x{n} = {n}" for n in range(11))))
