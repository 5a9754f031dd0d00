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
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import ROOT, Visit, visit

pytestmark = pytest.mark.browser

CHAPTER = "chapters/02_lookup.ipynb"
TOKEN = secrets.token_hex()
SECONDS = 60  # that JupyterLab may take to start, and a chapter to run
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
FIGURE = "figure = next(each for each in list(globals().values()) if isinstance(each, Lookup))"
ASKS = f"from widgets import Lookup\n{FIGURE}\nprint(figure.places[0], figure.position)"

OPENED = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return Boolean(panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === "idle");
}"""
RUN_ALL = """async () => {
  await window.jupyterapp.commands.execute("notebook:run-all-cells");
  return window.jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code")
    .map(({ model }) => ({
      id: model.sharedModel.getId(), count: model.executionCount, tags: model.getMetadata("tags") ?? [],
      errors: model.outputs.toJSON().filter((output) => output.output_type === "error").map(({ ename }) => ename),
    }));
}"""
RUN_ONE = """async (source) => {
  const { commands, shell } = window.jupyterapp, { content } = shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await commands.execute("notebook:insert-cell-below");
  content.activeCell.model.sharedModel.setSource(source);
  await commands.execute("notebook:run-cell");
  return content.activeCell.model.outputs.toJSON().map((each) => each.text ?? each.evalue ?? "").join("");
}"""
TRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.widgets]
  .filter((cell) => cell.model.type === "code" && cell.model.trusted).length"""


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
        "ServerApp.terminals_enabled": False,
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


def run_all(page: Page) -> list[str]:
    """Run the notebook; give the cells that did not run, or failed unasked."""
    cells = page.evaluate(RUN_ALL)
    return [str(cell) for cell in cells if not cell["count"] or (cell["errors"] and "raises-exception" not in cell["tags"])]


def act(page: Page) -> str:
    """Choose the fourth place and put row 7 there; give what the kernel then knows."""
    figure = page.locator("figure[data-widget=lookup][data-live]").first
    figure.locator(".indices .place").nth(3).click()
    return page.evaluate(RUN_ONE, ASKS)


def test_try(chromium, lab):
    with opened(chromium, lab, f"book/{CHAPTER}") as seen:
        page = seen.page
        print("trusted", page.evaluate(TRUSTED))
        print(page.locator(".jp-OutputArea-output figure").count(), page.locator(".jp-OutputArea-output table").count())
        print(page.locator(".jp-OutputArea-output").first.inner_html()[:3000])
        print(page.evaluate(RUN_ALL))
        print(page.locator("figure[data-live]").count())
        print(repr(act(page)))
        print(seen.findings())
        page.screenshot(path="/tmp/b/lab.png")
