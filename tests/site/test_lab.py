"""The chapters in JupyterLab, driven as a reader drives it: open, run all, act in the figure, run one cell more."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TooLong

from browser import ROOT, Visit, visit

pytestmark = pytest.mark.browser

LOOKUP = "chapters/02_lookup.ipynb"
CHAPTERS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("chapters/[0-9]*_*.ipynb"))
TOKEN = secrets.token_hex()
SECONDS = 60  # that JupyterLab may take to start, and a chapter to run
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
OPENED = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return Boolean(panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === "idle");
}"""
RUN_ALL = """async () => {
  await window.jupyterapp.commands.execute("notebook:clear-all-cell-outputs");  // the stored counts go too
  window.jupyterapp.commands.execute("notebook:run-all-cells");  // is done at the first error, wanted or not
}"""
CELLS = """window.jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code")"""
COUNTED = f"() => {CELLS}.every((cell) => cell.model.executionCount)"
FATES = f"""() => {CELLS}.map(({{ model }}) => ({{
  id: model.sharedModel.getId(), count: model.executionCount, tags: model.getMetadata("tags") ?? [],
  errors: model.outputs.toJSON().filter((output) => output.output_type === "error").map(({{ ename }}) => ename),
}}))"""
RUN_ONE = """async (source) => {
  const { commands, shell } = window.jupyterapp, { content } = shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await commands.execute("notebook:insert-cell-below");
  content.activeCell.model.sharedModel.setSource(source);
  await commands.execute("notebook:run-cell");
  return content.activeCell.model.outputs.toJSON().map((each) => each.text ?? each.evalue ?? "").join("");
}"""
TRUSTED = f"() => {CELLS}.filter((cell) => cell.model.trusted).length"


@contextmanager
def jupyterlab(root: Path, home: Path) -> Iterator[str]:
    """Run JupyterLab on `root`, all that it keeps below `home`; give its address, ending in ``/``."""
    settings = home / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "BOOK_", "JUPYTER"))}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "ServerApp.root_dir": root,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": "",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    environment = kept | {name: str(home / folder) for name, folder in places.items()}
    with (
        (home / "log.txt").open("w") as log,
        subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            yield answering(home / "runtime" / f"jpserver-{server.pid}.json", server, home / "log.txt")
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()


def answering(info: Path, server: subprocess.Popen, log: Path) -> str:
    """Wait until the server has written where it listens."""
    until = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            return json.loads(info.read_text())["url"]
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """JupyterLab on two copies of the book: ``book``, and ``deaf``, whose figures never save what the reader does."""
    place = tmp_path_factory.mktemp("lab")
    unwanted = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for copy in ("book", "deaf"):
        for folder in ("chapters", "assets", "tools"):
            shutil.copytree(ROOT / folder, place / "root" / copy / folder, ignore=unwanted)
    view = place / "root" / "deaf" / "assets" / "widgets" / "core" / "view.js"
    hearing = view.read_text("utf-8")
    assert "model.save_changes();" in hearing
    view.write_text(hearing.replace("model.save_changes();", ""), "utf-8")
    with jupyterlab(place / "root", place / "home") as base:
        yield base


@contextmanager
def opened(browser: Browser, base: str, path: str) -> Iterator[Visit]:
    """A notebook in JupyterLab, its kernel idle."""
    with visit(browser, base, f"lab/tree/{quote(path)}?token={TOKEN}&reset") as seen:
        seen.page.set_default_timeout(SECONDS * 1000)
        seen.page.wait_for_function(OPENED)
        yield seen


def squeezed(text: str) -> str:
    return "".join(text.split())


def stored(chapter: str) -> list[BeautifulSoup]:
    """The figures in the outputs of a notebook, as they are stored."""
    cells = json.loads((ROOT / chapter).read_text("utf-8"))["cells"]
    outputs = (output for cell in cells for output in cell.get("outputs", []) if "data" in output)
    texts = ("".join(output["data"].get("text/html", "")) for output in outputs)
    return [figure for text in texts for figure in BeautifulSoup(text, "html.parser").select("figure[data-widget]")]


def folded(chapter: str) -> int:
    """How many cells of a notebook keep their output for those who ask."""
    cells = json.loads((ROOT / chapter).read_text("utf-8"))["cells"]
    return sum(cell["metadata"].get("jupyter", {}).get("outputs_hidden", False) for cell in cells)


def run_all(page: Page) -> None:
    """Run the notebook; every cell runs, and none fails unasked."""
    page.evaluate(RUN_ALL)
    with suppress(TooLong):  # what did not run is named below
        page.wait_for_function(COUNTED)
    for cell in page.evaluate(FATES):
        assert cell["count"], f"not run: {cell}"
        assert not cell["errors"] or "raises-exception" in cell["tags"], f"failed: {cell}"


def know(page: Page, expression: str) -> str:
    """What the next cell prints for an `expression` of ``figure``, the first one of the notebook."""
    source = f"""
        from widgets import Lookup
        figure = next(each for each in list(globals().values()) if isinstance(each, Lookup))
        print({expression})"""
    return page.evaluate(RUN_ONE, dedent(source)).strip()


def click_a_place(page: Page) -> str:
    """Choose the fourth place of the first figure; give the place that the kernel then knows."""
    page.locator("figure[data-live] .indices .place").nth(3).click()
    return know(page, "figure.position")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_opens_untrusted_with_its_tables_and_runs(chromium, lab, chapter):
    figures = stored(chapter)
    with opened(chromium, lab, f"book/{chapter}") as seen:
        page = seen.page
        assert page.evaluate(TRUSTED) == 0, "the notebook is trusted: this is not what a stranger sees"
        shown = page.locator(".jp-OutputArea-output figure.figure")
        expect(shown).to_have_count(len(figures))
        for place, figure in enumerate(figures):
            expect(shown.nth(place).locator("table").first).to_be_visible()
            for status in figure.select("output:not([hidden])"):
                expect(shown.nth(place)).to_contain_text(status.get_text())
            words = squeezed(shown.nth(place).inner_text())
            concealed = [squeezed(each.extract().get_text()) for each in figure.select("[hidden]")]
            for hidden in filter(None, concealed):  # the same words may stand in another place, and be meant to be seen
                assert words.count(hidden) <= squeezed(figure.get_text()).count(hidden), hidden
        expect(page.locator(".jp-OutputPlaceholder")).to_have_count(folded(chapter))
        run_all(page)  # what is run is shown
        expect(page.locator("figure[data-widget][data-live]")).to_have_count(len(figures), timeout=SECONDS * 1000)
        assert seen.findings() == []


def test_lookup_and_the_kernel_follow_each_other(chromium, lab):
    with opened(chromium, lab, f"book/{LOOKUP}") as seen:
        page = seen.page
        run_all(page)
        figure = page.locator("figure[data-widget=lookup][data-live]").first
        assert click_a_place(page) == "3"
        figure.locator("tr[data-row='7'] .pick").click()
        assert know(page, "figure.places[3], 7 in figure.looked_up()") == "7 True"

        page.evaluate(RUN_ONE, "figure.position = 1")
        page.mouse.move(0, 0)
        expect(figure.locator(".indices [data-lit=here]")).to_have_attribute("data-place", "1")
        page.evaluate(RUN_ONE, "figure.indices = [5, 2, 5, 6]")
        expect(figure.locator(".indices .place")).to_have_count(4)
        expect(figure.locator(".output .numbers")).to_contain_text("(4, 2)")

        page.locator(".jp-MarkdownOutput a[href='#lookup:alone']").first.click()
        expect(figure.locator(".indices .place")).to_have_count(1)
        assert know(page, "figure.shape") == "[]"
        assert seen.findings() == []


CELL = f"""(name) => {CELLS.replace('.filter((cell) => cell.model.type === "code")', "")}
  .find((cell) => cell.model.sharedModel.getId() === name)"""
OPEN = """(path) => { window.jupyterapp.commands.execute("docmanager:open", { path }); }"""
IN_VIEW = f"""(name) => {{
  const cell = ({CELL})(name)?.node.getBoundingClientRect();
  const view = window.jupyterapp.shell.currentWidget.content.node.getBoundingClientRect();
  return Boolean(cell) && cell.top >= view.top - 1 && cell.top < view.bottom;
}}"""


def test_a_quiz_opens_by_keyboard_and_its_links_lead_to_cells(chromium, lab):
    with opened(chromium, lab, "book/chapters/05_padding.ipynb") as seen:
        page = seen.page
        options = page.locator(".jp-MarkdownOutput details:is(.right, .wrong)")  # the sanitizer leaves the classes
        option = options.first
        for key in ("Enter", "Space", "Enter"):
            before = option.evaluate("(el) => el.open")
            option.locator("summary").focus()
            page.keyboard.press(key)
            assert option.evaluate("(el) => el.open") != before, key
        link = option.locator("a[href^='#cell-id=']").first
        name = link.get_attribute("href").partition("=")[2]
        assert not page.evaluate(IN_VIEW, name)
        link.click()
        page.wait_for_function(IN_VIEW, arg=name)
        elsewhere = "[there](02_lookup.ipynb#cell-id=fine-half)"
        page.evaluate(f"(source) => ({CELL})('quiz').model.sharedModel.setSource(source)", elsewhere)
        there = page.get_by_role("link", name="there", exact=True)
        there.click()
        page.wait_for_function(f"() => ({CELL})('fine-half')")  # JupyterLab opens a notebook at its top
        page.evaluate(OPEN, "book/chapters/05_padding.ipynb")
        there.click()
        page.wait_for_function(IN_VIEW, arg="fine-half")  # and leads to a cell of one that is open
        assert seen.findings() == []


def test_a_figure_that_does_not_save_is_seen(chromium, lab):
    with opened(chromium, lab, f"deaf/{LOOKUP}") as seen:
        run_all(seen.page)
        before = know(seen.page, "figure.position")
        assert click_a_place(seen.page) == before != "3"
