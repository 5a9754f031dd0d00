"""Measure every page of the built book as a phone on a slow network would meet it.

    python tools/weigh.py [PAGE ...]             pages of _build/html (default: all); prints a table
    python tools/weigh.py --stock [PAGE ...]     and below each chapter the same one as Jupyter Book makes it by default

Each page is served with gzip and opened in a fresh browser context (nothing cached) under Slow 4G (1.6 Mbit/s, 150 ms)
with a processor four times slower; then it is scrolled to its end until nothing is loading. The columns:

bytes, requests
    what came over the line, gzip-compressed, the page's own HTML included
LCP
    when the largest part of the first screen was painted, in ms; the median of `RUNS` visits, like the next two
blocking
    what tasks longer than 50 ms took beyond 50 ms, added up, in ms
shift
    layout shift (CLS), without a unit

A page over the book's limits is marked. Timings depend on the machine: run it where nothing else runs. What "by
default" means is said in ``tools/stock.py``, which builds it if it is not there.
"""

import argparse
import gzip
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

import chromium
import stock

__all__ = ["LIMITS", "Weight", "weigh"]

BOOK = Path(__file__).parents[1] / "_build" / "html"
RUNS = 5
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4
LIMITS = {"bytes": 120_000, "requests": 22, "blocking": 50.0, "shift": 0.01}
COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".txt"}
WATCH = """
  window.seen = { lcp: 0, blocking: 0, shift: 0 };
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
  watch("longtask", (entry) => { seen.blocking += Math.max(0, entry.duration - 50); });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
"""
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 60));
  }
}"""


class Weight(NamedTuple):
    """What one page cost."""

    bytes: int
    requests: int
    lcp: float
    blocking: float
    shift: float

    def over(self) -> list[str]:
        """Return the names of the limits that are passed.

        >>> Weight(90_000, 20, 900.0, 60.0, 0.0).over()
        ['blocking']
        """
        return [name for name, limit in LIMITS.items() if getattr(self, name) > limit]


class Zipped(SimpleHTTPRequestHandler):
    """Files of a folder, compressed as a web server would."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in COMPRESSED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(site: Path):
    """Serve `site` on a free port of this machine; give the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Zipped, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def visit(browser: Browser, address: str) -> Weight:
    """Open a page once and walk to its end."""
    context = browser.new_context(viewport={"width": 412, "height": 823}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    received = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    page.evaluate(SCROLL)
    page.wait_for_load_state("networkidle")
    seen = page.evaluate("window.seen")
    context.close()
    return Weight(int(sum(received)), len(received), seen["lcp"], seen["blocking"], seen["shift"])


def weigh(browser: Browser, address: str, runs: int = RUNS) -> Weight:
    """Return the medians of several visits."""
    visits = [visit(browser, address) for _ in range(runs)]
    return Weight(*(type(values[0])(median(values)) for values in zip(*visits, strict=True)))


def pages(site: Path) -> list[str]:
    """Return the pages of a built site, the first page first."""
    found = (page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    return sorted((name for name in found if not name.startswith("_")), key=lambda name: (name != "index.html", name))


def line(name: str, found: Weight, remark: str = "") -> str:
    """Return a line of the table."""
    numbers = f"{found.bytes:>10,}{found.requests:>10}{found.lcp:>8.0f}{found.blocking:>10.0f}{found.shift:>8.3f}"
    return f"{name:34}{numbers}{remark}"


def main(names: list[str], beside_stock: bool) -> int:
    """Print the table; 1 if a page of the book is over a limit."""
    sites = [BOOK, stock.SITE if stock.SITE.is_dir() else stock.build()] if beside_stock else [BOOK]
    print(f"{'page':34}{'bytes':>10}{'requests':>10}{'LCP':>8}{'blocking':>10}{'shift':>8}")
    heavy = 0
    with ExitStack() as stack:
        bases = [stack.enter_context(served(site)) for site in sites]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=str(chromium.find()))
        for name in names or pages(BOOK):
            found = weigh(browser, bases[0] + name)
            over = found.over()
            heavy += bool(over)
            print(line(name, found, f"   over: {', '.join(over)}" if over else ""), flush=True)
            if beside_stock and name.startswith("chapters/"):
                print(line("    by default", weigh(browser, bases[1] + name)), flush=True)
        browser.close()
    return int(heavy > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    sys.exit(main(arguments.names, arguments.stock))
