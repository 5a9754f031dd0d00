"""What importing ``classroom`` sets, and what it does not load."""

import subprocess
import sys
from pathlib import Path

import classroom

CHAPTERS = Path(classroom.__file__).parents[1]


def run(code):
    """Return what `code` prints in a fresh interpreter that starts where a notebook's kernel does."""
    result = subprocess.run([sys.executable, "-c", code], cwd=CHAPTERS, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_tensors_print_with_three_decimals():
    assert run("import torch, classroom; print(torch.tensor([1 / 3, 20000.0]))") == "tensor([    0.333, 20000.000])"


def test_an_error_is_one_line_in_a_notebook():
    code = "from IPython.core.interactiveshell import InteractiveShell as Shell; shell = Shell.instance();"
    code += "shell.run_line_magic('colors', 'nocolor');"
    code += "shell.run_cell('import classroom'); shell.run_cell('[][1]')"
    assert run(code) == "IndexError: list index out of range"


def test_matplotlib_is_loaded_only_by_what_draws():
    assert run("import sys, classroom; print('matplotlib' in sys.modules)") == "False"
    assert run("import sys; from classroom import plots; print('matplotlib' in sys.modules)") == "True"
