"""Taking a chapter along: under each chapter's title stands a zip that runs as it is, and the notebook alone.

Under the title of a project stands a zip of what judges the projects.

With the address of a repository (``book_repository`` in ``_config.yml``, or ``BOOK_REPOSITORY`` in the environment) the
chapter can also be opened in Colab and Binder, and its source be seen there; without one there is no such link.

Colab opens one file and nothing beside it. So it is given a copy of the notebook whose first cell fetches the rest; the
copies lie on a branch of their own, which ``.github/workflows`` writes. The notebooks of the book stay as they are.

The directive ``whole-book`` offers the files that ``BOOK_FILES`` in the environment names, one in a line: the book as
a zip and as a PDF, which ``make site`` makes. They are copied beside the chapters' downloads. Where none is named,
nothing stands on the page.
"""

import copy
import io
import json
import os
import re
import shutil
import zipfile
from html import escape
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from beside import ROOT, beside, for_projects

__all__ = ["COLAB_BRANCH", "WholeBook", "colab", "links", "packed", "packed_projects"]

COLAB_BRANCH = "colab"
READ_ME = """{title}

One chapter of The Embedding Table, with everything that it runs on. With Python 3.11 or newer, in this folder:

    python -m pip install -r requirements.txt
    jupyter lab chapters/{name}

On Linux, pip brings the build of torch with CUDA, several GB of it. To have the small one, first:

    python -m pip install torch=={torch} --index-url https://download.pytorch.org/whl/cpu
"""
PROJECTS_READ_ME = """The projects of The Embedding Table

The tests that judge them. With Python 3.11 or newer, in this folder:

    python -m pip install -r projects/requirements.txt
    python -m pytest projects/test_embedding.py -m step1

They judge projects/my_embedding.py and projects/my_bag.py, which you write: the pages of the book say what. On Linux,
pip brings the build of torch with CUDA, several GB of it. To have the small one, first:

    python -m pip install torch=={torch} --index-url https://download.pytorch.org/whl/cpu
"""
FETCH = """# Colab opens this notebook alone. This cell fetches the rest of the book and installs what it needs.
!git clone --quiet --depth 1 {repository} book
%pip install --quiet -r book/requirements.txt
%cd book/chapters"""


def packed(notebook: Path) -> bytes:
    """Return a zip of one folder in which `notebook` runs; the same bytes for the same files."""
    return zipped(f"embedding-table-{notebook.stem}", read_me(notebook), [notebook, *beside([notebook])])


def packed_projects() -> bytes:
    """Return a zip of one folder in which the projects can be written and judged."""
    return zipped("embedding-table-projects", PROJECTS_READ_ME.format(torch=pinned_torch()), for_projects())


def zipped(folder: str, words: str, paths: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:

        def add(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(f"{folder}/{name}")  # its date is 1980, always
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)

        add("README.txt", words.encode())
        for path in paths:
            add(path.relative_to(ROOT).as_posix(), path.read_bytes())
    return buffer.getvalue()


def read_me(notebook: Path) -> str:
    return READ_ME.format(title=title(notebook), name=notebook.name, torch=pinned_torch())


def pinned_torch() -> str:
    return re.search(r"^torch==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)[1]


def title(notebook: Path) -> str:
    """Return the first heading of `notebook`."""
    first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
    return "".join(first["source"]).partition("\n")[0].removeprefix("# ").strip()


def colab(notebook: dict, repository: str) -> dict:
    """Return a copy of `notebook` whose first cell fetches the rest of the book from `repository`."""
    opened = copy.deepcopy(notebook)
    cell = {"cell_type": "code", "execution_count": None, "id": "fetch", "metadata": {}, "outputs": []}
    opened["cells"].insert(0, cell | {"source": FETCH.format(repository=repository)})
    return opened


def links(stem: str, base: str, sizes: dict[str, int], repository: str, branch: str) -> list[tuple[str, str, str]]:
    """Return what stands under a chapter's title: address, words, and a remark behind them.

    >>> links("05_padding", "../", {"zip": 300_000, "ipynb": 90_000}, "", "main")[1]
    ('../downloads/05_padding.ipynb', 'the notebook alone', '90 kB')
    """
    zipped, alone = (f"{round(sizes[kind] / 1000)} kB" for kind in ("zip", "ipynb"))
    found = [
        (f"{base}downloads/{stem}.zip", "this chapter, ready to run", f"zip, {zipped}"),
        (f"{base}downloads/{stem}.ipynb", "the notebook alone", alone),
    ]
    if hosted := re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git|/)?", repository):
        name, path = hosted[1], f"chapters/{stem}.ipynb"
        found += [
            (f"https://colab.research.google.com/github/{name}/blob/{COLAB_BRANCH}/{path}", "in Colab", ""),
            (f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/{path}", "in Binder", ""),
        ]
    if repository:
        source = f"{repository.removesuffix('.git').removesuffix('/')}/blob/{branch}/chapters/{stem}.ipynb"
        found.append((source, "its source", ""))
    return found


def write_downloads(app: Sphinx) -> None:
    """Write the zips and the notebooks before any page is rendered, so that a page can say how large they are."""
    if app.builder.format != "html":
        return
    repository, folder = app.config.book_repository, Path(app.outdir) / "downloads"
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier build offered
    folder.mkdir(parents=True)
    (folder / "projects.zip").write_bytes(packed_projects())
    for notebook in sorted((ROOT / "chapters").glob("*.ipynb")):
        (folder / f"{notebook.stem}.zip").write_bytes(packed(notebook))
        (folder / notebook.name).write_bytes(notebook.read_bytes())
        if repository:
            copies = Path(app.outdir).parent / "colab" / "chapters"
            copies.mkdir(parents=True, exist_ok=True)
            opened = colab(json.loads(notebook.read_text("utf-8")), repository)
            (copies / notebook.name).write_text(json.dumps(opened, indent=1, ensure_ascii=False), "utf-8")


def offer(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Put the links of a chapter, or of a project, under its title."""
    stem, folder = page.rpartition("/")[2], Path(app.outdir) / "downloads"
    base = app.builder.get_relative_uri(page, app.config.root_doc).rpartition("/")[0] + "/"
    if page.startswith("projects/"):
        size = round((folder / "projects.zip").stat().st_size / 1000)
        found = [(f"{base}downloads/projects.zip", "the projects, ready to run", f"zip, {size} kB")]
    elif page.startswith("chapters/") and (folder / f"{stem}.zip").is_file():
        sizes = {kind: (folder / f"{stem}.{kind}").stat().st_size for kind in ("zip", "ipynb")}
        found = links(stem, base, sizes, app.config.book_repository, app.config.book_branch)
    else:
        return
    words = [
        f'<a href="{escape(address)}">{escape(text)}</a>' + (f" ({escape(remark)})" if remark else "")
        for address, text, remark in found
    ]
    offered = f'<p class="take-along">Take it along: {", ".join(words)}.</p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{offered}", 1)


class WholeBook(SphinxDirective):
    """Offer the whole book as files, where there are any."""

    WORDS = {".zip": "all pages, to be opened from disk", ".pdf": "the book on paper"}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        files = [ROOT / name for name in self.config.book_files.splitlines()]
        found = [
            f'<a href="downloads/{quote(file.name)}">{self.WORDS[file.suffix]}</a>'
            f" ({file.suffix[1:]}, {file.stat().st_size / 1e6:.1f} MB)"
            for file in files
        ]
        return [nodes.raw("", f"<p>Here they are: {', '.join(found)}.</p>", format="html")] if found else []


def copy_whole(app: Sphinx, failure: Exception | None) -> None:
    """Copy what `WholeBook` offers to where its links lead."""
    for name in app.config.book_files.splitlines() if failure is None else []:
        shutil.copy(ROOT / name, Path(app.outdir) / "downloads")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("book_repository", os.environ.get("BOOK_REPOSITORY", ""), "html", str)
    app.add_config_value("book_branch", os.environ.get("BOOK_BRANCH", "main"), "html", str)
    app.add_config_value("book_files", os.environ.get("BOOK_FILES", ""), "env", str)
    app.add_directive("whole-book", WholeBook)
    app.connect("builder-inited", write_downloads)
    app.connect("build-finished", copy_whole)
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
