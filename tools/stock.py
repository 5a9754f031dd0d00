"""Build the chapters once more as Jupyter Book does without settings, to be weighed beside the book.

    python tools/stock.py          writes _build/stock/_build/html

The same notebooks, executed with live widgets whose state is saved, in Jupyter Book's own theme, with MathJax and with
the ipywidgets manager that it asks for. What those fetch from a CDN comes from npm's registry and lies beside the
pages, so that one server serves both sides. Needs npm; nothing else in the book does, but for Lighthouse.
"""

import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import yaml

import notebooks
from notebooks import ROOT

__all__ = ["SITE", "build"]

FOLDER = ROOT / "_build" / "stock"
SITE = FOLDER / "_build" / "html"
PACKAGES = {  # what the defaults of Jupyter Book 1.0 load: package and version, what of it, under which address
    "mathjax@3.2.2": ("es5", "mathjax"),
    "requirejs@2.3.7": ("require.js", "require.js"),
    "@jupyter-widgets/html-manager@1.0.14": ("dist", "html-manager"),
    "anywidget@0.11.0": ("dist", "cdn/anywidget@~0.11.*/dist"),
}
CONFIG = {
    "title": "The Embedding Table",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "off"},
    "parse": {"myst_enable_extensions": ["dollarmath"]},
    "sphinx": {
        "config": {
            "mathjax_path": "vendor/mathjax/tex-mml-chtml.js",
            "html_static_path": ["own"],
            "nb_ipywidgets_js": {
                "vendor/require.js": {},
                "vendor/html-manager/embed-amd.js": {"data-jupyter-widgets-cdn": "/_static/vendor/cdn/"},
            },
        }
    },
}


def vendor(folder: Path) -> None:
    """Fetch `PACKAGES` from npm's registry into `folder`."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The stock site needs npm, and there is none: https://nodejs.org")
    for package, (inside, address) in PACKAGES.items():
        packed = subprocess.run(
            [npm, "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True
        )
        archive = folder / packed.stdout.split()[-1]
        target = folder / address
        target.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as files:
            files.extractall(folder / "unpacked", filter="data")
        shutil.move(folder / "unpacked" / "package" / inside, target)
        shutil.rmtree(folder / "unpacked")
        archive.unlink()


def live(path: Path) -> None:
    """Execute a chapter with live widgets and write it where the stock site is built."""
    made = notebooks.execute(notebooks.read(path), path.parent, path.name, live=True)
    nbformat.write(made, FOLDER / "chapters" / path.name)
    print(f"{path.name}: executed with live widgets", flush=True)


def build() -> Path:
    """Build the stock site; return its folder."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "chapters").mkdir(parents=True)
    chapters = notebooks.chapters()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(live, chapters))
    (FOLDER / "own" / "vendor").mkdir(parents=True)
    vendor(FOLDER / "own" / "vendor")
    toc = {"format": "jb-book", "root": "index", "chapters": [{"file": f"chapters/{path.stem}"} for path in chapters]}
    (FOLDER / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (FOLDER / "_config.yml").write_text(yaml.safe_dump(CONFIG, sort_keys=False), "utf-8")
    (FOLDER / "index.md").write_text("# The Embedding Table\n", "utf-8")
    command = "from jupyter_book.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", command, "build", str(FOLDER), "--all", "-q"], check=True)
    return SITE


if __name__ == "__main__":
    print(build())
