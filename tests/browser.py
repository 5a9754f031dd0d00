"""Pages in a real browser that may speak to nobody but us.

A pytest plugin (``pytest_plugins = ["browser"]`` in ``conftest.py``). Whoever asks for one of these fixtures
gets a page whose every request outside the served folder is refused and written down; what the page did that
it must not (a refused address, a console error or warning, an uncaught exception) fails the test at its end.

``chromium``, ``firefox``
    the browser, one for each test module; `visit` opens a page in either
``site``, ``served``
    the folder of the built book (``$BOOK_SITE``, else built once into a temporary folder), and its address
``open_page``
    ``open_page("chapters/02_lookup.html", dark=True, width=360)`` gives a Playwright page
``open_modules``
    ``open_modules(folder)`` gives a blank page whose origin serves `folder` (``assets/widgets``)
``assets_page``
    ``open_modules()``: ``assets_page.evaluate("import('/core/view.js').then(…)")``

Tests that look at the faults themselves use `visit`, which only records.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

import chromium as installed
import firefox as second

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "assets" / "widgets"
BLANK = """<!doctype html><html lang="en">
<meta charset="utf-8"><title>blank</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">{style}<body></body></html>"""
QUIET = 300
STYLE = '<link rel="stylesheet" href="/widgets.css">'


class Quiet(SimpleHTTPRequestHandler):
    """Files of one folder, with extra headers; ``/`` may be a page that is no file."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012  # the base class has a plain dict too
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
    }

    def __init__(self, *args, headers: dict[str, str], front: str | None, **kwargs):
        self.extra, self.front = headers, front
        super().__init__(*args, **kwargs)

    def end_headers(self) -> None:
        for name, value in self.extra.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def do_GET(self) -> None:
        if self.front is None or self.path != "/":
            return super().do_GET()
        body = self.front.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *args) -> None:
        pass


@contextmanager
def serve(folder: Path, headers: dict[str, str] | None = None, front: str | None = None) -> Iterator[str]:
    """Serve `folder` on a free port of 127.0.0.1; the address ends in ``/``."""
    handler = partial(Quiet, directory=str(folder), headers=headers or {}, front=front)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False  # a kept-alive connection would hold the end of the test
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def build(target: Path) -> Path:
    """Build the book below `target`; return the folder of its pages."""
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["-n", "-W", "--keep-going", "--all", "--path-output", str(target)]
    run = subprocess.run([*program, "build", ".", *options], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.fail(f"the book does not build:\n{run.stdout}\n{run.stderr}", pytrace=False)
    return target / "_build" / "html"


@dataclass
class Visit:
    """A page, and what it did."""

    page: Page
    base: str
    requests: list[Request] = field(default_factory=list)
    loading: int = 0
    refused: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def quiet(self) -> None:
        """Wait until nothing is loading, and nothing more was asked for during `QUIET` ms."""
        asked = -1
        while asked != len(self.requests) or self.loading:
            asked = len(self.requests)
            self.page.wait_for_timeout(QUIET)

    def findings(self) -> list[str]:
        """What it did that it must not, as sentences."""
        if not self.page.is_closed():
            self.page.evaluate("0")  # its answer comes after every message that is under way
        return [f"refused: {address}" for address in self.refused] + self.messages

    def allowed(self, address: str) -> bool:
        """Whether `address` lies below the served folder (or carries its own data)."""
        parts = urlsplit(address)
        if parts.scheme in ("data", "blob", "about"):
            return True
        base = urlsplit(self.base)
        if parts.scheme in ("ws", "wss"):
            parts = parts._replace(scheme="http")
        if (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
            return False
        return parts.scheme != "file" or Path(unquote(parts.path)).is_relative_to(unquote(base.path))

    def _route(self, route: Route) -> None:
        if self.allowed(route.request.url):
            route.continue_()
        else:
            route.abort("blockedbyclient")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        self.loading += 1
        if not self.allowed(request.url):
            self.refused.append(request.url)  # a redirect is seen here only; the resolver rule stops it

    def _loaded(self, _: Request) -> None:
        self.loading -= 1

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            at = message.location.get("url", "")
            self.messages.append(f"console {message.type}: {message.text} ({at})")


@contextmanager
def visit(
    browser: Browser,
    base: str,
    path: str = "",
    *,
    dark: bool = False,
    width: int = 1280,
    javascript: bool = True,
    reduced_motion: bool = False,
    touch: bool = False,
    scale: float = 1,
    script: str | None = None,
) -> Iterator[Visit]:
    """Open ``base + path`` in a context of its own; `script` runs in the page before any other."""
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > 600 else 740},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce" if reduced_motion else "no-preference",
        java_script_enabled=javascript,
        has_touch=touch,
        device_scale_factor=scale,
        service_workers="block",
        locale="en-GB",
    )
    try:
        page = context.new_page()
        seen = Visit(page, base)
        context.route("**/*", seen._route)
        context.on("request", seen._request)
        context.on("requestfinished", seen._loaded)
        context.on("requestfailed", seen._loaded)
        context.on("console", seen._console)
        context.on("weberror", lambda error: seen.messages.append(f"uncaught: {error.error.stack or error.error}"))
        page.on("websocket", lambda socket: seen.allowed(socket.url) or seen.refused.append(socket.url))
        page.on("crash", lambda _: seen.messages.append("the page crashed"))
        if script:
            context.add_init_script(script)
        page.goto(base + path, wait_until="load")
        yield seen
    finally:
        context.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module.

    Not for the whole session: while it lives, Playwright keeps an event loop running in this thread, and the
    cells of the notebooks are run through another one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(installed.find()),
            args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def firefox() -> Iterator[Browser]:
    """The Firefox of this machine, unchanged, through WebDriver BiDi; left out where there is none.

    It reports nothing of files that it reads from disk, and its `color_scheme` cannot be set (see `bidi_relay`).
    """
    try:
        program = second.find()
    except second.NoFirefoxError as error:
        if second.must_be_there():
            raise
        pytest.skip(str(error))
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # the relay needs this Python
    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=str(Path(__file__).with_name("bidi_relay.py")),
            env=os.environ | {"PATH": here, "FIREFOX": str(program)},
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built pages."""
    given = os.environ.get("BOOK_SITE")
    folder = Path(given).resolve() if given else build(tmp_path_factory.mktemp("book"))
    assert (folder / "index.html").is_file(), f"{folder} holds no built book"
    return folder


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """The address of the built book over http, ending in ``/``."""
    with serve(site) as base:
        yield base


VISITS = pytest.StashKey[list[Visit]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """A page that did what it must not fails its test, even if nothing else does."""
    result = yield
    findings = [finding for seen in item.stash.get(VISITS, []) for finding in seen.findings()]
    if findings:
        pytest.fail("the page did what it must not:\n" + "\n".join(findings), pytrace=False)
    return result


@pytest.fixture
def _visits(request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    with ExitStack() as stack:
        visits = request.node.stash.setdefault(VISITS, [])

        def enter(*args, **kwargs) -> Page:
            visits.append(stack.enter_context(visit(*args, **kwargs)))
            return visits[-1].page

        yield enter


@pytest.fixture
def open_page(chromium: Browser, site: Path, served: str, _visits) -> Callable[..., Page]:
    """Open a page of the book, by http or with ``scheme="file"``; the other options are those of `visit`."""
    bases = {"http": served, "file": site.as_uri() + "/"}

    def open_page(path: str, *, scheme: str = "http", **options) -> Page:
        return _visits(chromium, bases[scheme], path, **options)

    return open_page


@pytest.fixture
def open_modules(chromium: Browser, _visits) -> Iterator[Callable[..., Page]]:
    """Open a blank page whose origin serves a folder of unlinked modules; its ``widgets.css`` is applied."""
    with ExitStack() as stack:

        def open_modules(folder: Path = MODULES, **options) -> Page:
            front = BLANK.format(style=STYLE if (folder / "widgets.css").is_file() else "")
            return _visits(chromium, stack.enter_context(serve(folder, front=front)), **options)

        yield open_modules


@pytest.fixture
def assets_page(open_modules: Callable[..., Page]) -> Page:
    """A blank page on which ``import("/lookup.js")`` gives the module of ``assets/widgets``."""
    return open_modules()
