"""tools/changes.py: which cells have changed, in a form that one can read."""

import copy

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import changes
from notebooks import dumps, execute, normalise

PICTURE = 'from IPython.display import SVG\nSVG(\'<svg xmlns="http://www.w3.org/2000/svg"><path d="M 1 2"/></svg>\')'


def sample(folder):
    """A small chapter as it is stored."""
    cells = [
        new_markdown_cell("# A"),
        new_code_cell("print('rows', 31)\nprint('columns', 2)", id="shape"),
        new_code_cell("[1.5, 2.5]", id="row"),
        new_code_cell(PICTURE, id="picture"),
        new_code_cell("1 / 0", id="zero", metadata={"tags": ["raises-exception"]}),
    ]
    return normalise(execute(new_notebook(cells=cells), folder))


def test_a_chapter_that_prints_what_is_stored_is_as_stored(tmp_path, capsys):
    path = tmp_path / "01_a.ipynb"
    path.write_text(dumps(sample(tmp_path)), encoding="utf-8")
    assert changes.main([str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("## torch 2.13.0")
    assert "### 01_a.ipynb: as stored\n" in said


def test_each_damaged_cell_is_named_with_both_sides(tmp_path, capsys):
    nb, path = sample(tmp_path), tmp_path / "01_a.ipynb"
    nb.cells[1].outputs[0].text = "rows 30\ncolumns 2\n"
    nb.cells[3].outputs[0].data["image/svg+xml"] = nb.cells[3].outputs[0].data["image/svg+xml"].replace("M 1", "M 7")
    nb.cells[4].outputs = [new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])]
    path.write_text(dumps(nb), encoding="utf-8")
    assert changes.main([str(path)]) == 1
    said = capsys.readouterr().out
    assert "### 01_a.ipynb: 3 of 5 cells changed\n" in said
    assert (
        "#### Cell 0 `shape` (print('rows', 31))\n\n````diff\n@@ -1,2 +1,2 @@\n-rows 30\n+rows 31\n columns 2\n" in said
    )
    assert "#### Cell 2 `picture`" in said
    assert "M 7" in said
    assert "-ValueError: no\n+ZeroDivisionError: division by zero\n" in said
    assert "`row`" not in said


def test_a_chapter_that_stops_says_where(tmp_path, capsys):
    nb, path = sample(tmp_path), tmp_path / "01_a.ipynb"
    nb.cells[2].source = "undefined"
    path.write_text(dumps(nb), encoding="utf-8")
    assert changes.main([str(path)]) == 1
    assert (
        "### 01_a.ipynb: it stops\n\n````\n01_a.ipynb: Cell 1 `row` (undefined): NameError" in capsys.readouterr().out
    )


def test_a_long_difference_is_cut(tmp_path):
    before = sample(tmp_path)
    after = copy.deepcopy(before)
    after.cells[1].outputs[0].text = "\n".join(map(str, range(99)))
    (section,) = changes.changed(before, after)
    assert section.count("\n+") < 40
    assert "more lines" in section
