"""tools/notebooks.py: what it writes, what it refuses, what it says."""

import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import notebooks
from notebooks import cell_name, check, clean_env, differences, dumps, exact_here, execute, main, normalise, read


def store(path: Path, *cells) -> Path:
    """A notebook as an editor leaves it."""
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def test_executing_twice_gives_the_same_bytes_and_check_agrees(tmp_path, capsys):
    path = store(
        tmp_path / "01_a.ipynb",
        new_markdown_cell("# A"),
        new_code_cell(
            "{'b', 'a'}, hash('a')", id="hashes", metadata={"collapsed": True, "tags": ["slide", "exercise"]}
        ),
        new_code_cell("print('one'); print('two')"),
        new_code_cell("[][1]", metadata={"tags": ["raises-exception"]}),
    )
    assert main([str(path)]) == 0
    first = path.read_bytes()
    assert main([str(path)]) == 0
    assert path.read_bytes() == first
    assert main(["--check", str(path)]) == 0
    stored = read(path)
    nbformat.validate(stored)
    assert stored.cells[1].metadata == {"tags": ["exercise", "slide"]}
    assert [cell.get("execution_count") for cell in stored.cells] == [None, 1, 2, 3]
    assert stored.cells[2].outputs == [{"name": "stdout", "output_type": "stream", "text": "one\ntwo\n"}]
    assert stored.cells[3].outputs[0].traceback == ["IndexError: list index out of range"]
    path.write_bytes(first.replace(rb'"one\n"', rb'"eins\n"'))
    assert main(["--check", str(path)]) == 1
    said = capsys.readouterr().out
    assert "01_a.ipynb: Cell 1 `" in said
    assert "stored 'eins" in said
    path.write_bytes(first + b"\n")
    assert check(path) == ["01_a.ipynb: the file is not in the form that tools/notebooks.py writes"]


@pytest.mark.parametrize("source", ["[1][7]", "import os; os._exit(1)"], ids=["an error", "a dead kernel"])
def test_failing_cell_is_named_and_nothing_is_written(source, tmp_path, capsys):
    path = store(tmp_path / "01_a.ipynb", new_code_cell("1", id="first"), new_code_cell(source, id="second"))
    before = path.read_bytes()
    assert main([str(path)]) == 1
    assert path.read_bytes() == before
    said = capsys.readouterr().out
    assert said.startswith(f"01_a.ipynb: Cell 1 `second` ({source}): ")
    assert "IndexError: list index out of range" in said or "the kernel died" in said


def test_slow_cell_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "CELL_SECONDS", 1)
    nb = new_notebook(cells=[new_code_cell("import time; time.sleep(30)", id="slow")])
    with pytest.raises(notebooks.CellError, match=r"Cell 0 `slow` .*: not done after 1 s"):
        execute(nb, tmp_path)


def test_cells_run_in_their_folder_by_this_python_in_a_clean_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    source = "import os, sys; (os.getcwd(), sys.executable, sorted(os.listdir(os.environ['IPYTHONDIR'])))"
    names = "[n for n in os.environ if n.startswith('PYTEST_') or n == 'PYTHONWARNINGS'], sys.flags.utf8_mode"
    cells = [new_code_cell(source), new_code_cell(names)]
    nb = execute(new_notebook(cells=cells), tmp_path)
    folder, python, _ = eval(nb.cells[0].outputs[0].data["text/plain"])
    assert (Path(folder).resolve(), Path(python).resolve()) == (
        tmp_path.resolve(),
        Path(notebooks.sys.executable).resolve(),
    )
    assert nb.cells[1].outputs[0].data["text/plain"] == "([], 1)"


def test_every_kernel_of_a_run_has_the_same_settings():
    first, second = clean_env(), clean_env()
    assert first == second
    assert Path(first["IPYTHONDIR"]).is_dir()
    wanted = {"BOOK_STATIC": "1", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    assert wanted.items() <= first.items()
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in first


def test_normalising_keeps_good_ids_and_makes_the_same_new_ones():
    nb = new_notebook(cells=[new_code_cell("1"), new_code_cell("1"), new_code_cell("1"), new_markdown_cell("1")])
    nb.cells[0].id = nb.cells[1].id = "good-id"
    nb.cells[2].id = "not good"
    del nb.cells[3]["id"]
    names = [cell.id for cell in normalise(nb).cells]
    assert names[0] == "good-id"
    assert len(set(names)) == 4
    assert names == [cell.id for cell in normalise(nb).cells]
    nbformat.validate(normalise(nb))


def test_normalising_a_normal_notebook_changes_nothing():
    stream = [new_output("stream", name="stdout", text=text) for text in ("a\n", "\x1b[31mb\x1b[0m\n")]
    view = new_output("display_data", {notebooks.WIDGET_VIEW: {"model_id": "1"}})
    both = new_output("display_data", {notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/html": "<p>"})
    error = new_output("error", ename="E", evalue="", traceback=["long", "\x1b[31mE"])
    nb = new_notebook(cells=[new_code_cell("x", outputs=[*stream, view, both, error], metadata={"scrolled": True})])
    nb.metadata = {"widgets": {}, "kernelspec": {"name": "mine"}}
    once = normalise(nb)
    assert normalise(once) == once
    assert [output.output_type for output in once.cells[0].outputs] == ["stream", "display_data", "error"]
    assert once.cells[0].outputs[0].text == "a\nb\n"
    assert list(once.cells[0].outputs[1].data) == ["text/html"]
    assert once.cells[0].outputs[2].traceback == ["E"]
    assert set(once.metadata) == {"kernelspec", "language_info"}
    assert once.metadata.kernelspec.name == "python3"
    assert notebooks.WIDGET_VIEW in nb.cells[0].outputs[2].data  # and the notebook given is left alone


def test_what_the_site_folds_is_folded_in_jupyterlab_too():
    tags = [["hide-output"], ["hide-cell", "solution"], ["hide-input"], ["exercise"]]
    folds = [cell.metadata.get("jupyter") for cell in normalise(
        new_notebook(cells=[new_code_cell("1", metadata={"tags": each, "jupyter": {"x": 1}}) for each in tags])
    ).cells]  # fmt: skip
    both = {"outputs_hidden": True, "source_hidden": True}
    assert folds == [{"outputs_hidden": True}, both, {"source_hidden": True}, None]


def test_unknown_tag_is_refused_by_name():
    nb = new_notebook(cells=[new_code_cell("1", id="one", metadata={"tags": ["hide_cell"]})])
    with pytest.raises(ValueError, match=r"Cell 0 `one` \(1\): no such tag: hide_cell"):
        normalise(nb)


def test_an_older_format_is_refused(tmp_path):
    path = tmp_path / "old.ipynb"
    path.write_text(dumps(new_notebook(nbformat_minor=4)), encoding="utf-8")
    with pytest.raises(ValueError, match=r"nbformat is 4\.4, not 4\.5"):
        read(path)


def test_a_message_shows_the_place_where_two_long_texts_part():
    outputs = [[new_output("stream", name="stdout", text="x" * 300 + end)] for end in ("1\n", "2\n")]
    nbs = [new_notebook(cells=[new_code_cell("print()", id="a", outputs=output)]) for output in outputs]
    (line,) = differences(*nbs)
    assert line.startswith(cell_name(nbs[0], 0))
    assert "x1\\n'" in line
    assert "x2\\n'" in line
    assert len(line) < 200


def test_byte_for_byte_is_demanded_only_where_the_outputs_were_made(monkeypatch):
    import torch

    monkeypatch.setattr(notebooks.sys, "version_info", (3, 11, 7))
    monkeypatch.setattr(notebooks.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert exact_here() is None
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert "DEFAULT" in exact_here()
    monkeypatch.setattr(notebooks.sys, "version_info", (3, 13, 0))
    assert "Python" in exact_here()
    monkeypatch.setattr(notebooks.platform, "machine", lambda: "arm64")
    assert "arm64" in exact_here()
