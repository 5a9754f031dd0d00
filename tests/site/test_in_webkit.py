"""Every page in WebKit, the engine of Safari and of every browser on an iPhone: `make webkit`, and once a week.

Not in `make test`: Debian has WebKit with a screen and a driver of its own, some hundred megabytes, and Playwright's
cannot be had from a package registry.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pages
from kinds import ACTS
from pages import plant

if "BOOK_WEBKIT" not in os.environ:
    pytest.skip("only for `make webkit`, which brings a driver and a screen", allow_module_level=True)

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

pytestmark = [
    pytest.mark.site,
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # Selenium's own
]

BROWSERS = "usr/lib/*/webkit2gtk-4.1/MiniBrowser"
PHONE = 360  # no window of this browser is as narrow: it is a frame, in which the driver cannot click
FRAME = f"data:text/html,<iframe style='border: 0; width: {PHONE}px; height: 740px'></iframe>"
KEYS = {"Enter": Keys.ENTER, " ": Keys.SPACE} | {
    f"Arrow{to}": getattr(Keys, f"ARROW_{to.upper()}") for to in ("Left", "Right", "Up", "Down")
}
WAKE = """
  const [done] = arguments;
  (async () => {
    const asleep = [];
    for (const figure of document.querySelectorAll("figure[data-widget]")) {
      figure.scrollIntoView();
      for (let n = 0; n < 50 && !("live" in figure.dataset); n += 1) await new Promise((next) => setTimeout(next, 100));
      if (!("live" in figure.dataset)) asleep.push(`the figure ${figure.dataset.widget} is not live`);
    }
    done(asleep);
  })();"""
SENTENCES = "return [...arguments[0].querySelectorAll('output, [role=status]')].map((el) => el.textContent)"


@pytest.fixture(scope="module")
def webkit() -> Iterator[webdriver.WebKitGTK]:
    driver = shutil.which("WebKitWebDriver")
    found = sorted(Path("/").glob(BROWSERS))
    if not (driver and found):
        pytest.skip("there is no WebKit: sudo apt-get install webkit2gtk-driver xvfb")
    options = Options()
    options.binary_location = str(found[-1])
    options.add_argument("--automation")
    opened = webdriver.WebKitGTK(options=options, service=Service(driver))
    opened.set_script_timeout(60)
    opened.set_window_size(PHONE, 900)
    yield opened
    opened.quit()


def one(figure: WebElement, place: str) -> WebElement:
    """Return what ``selector >> nth=k`` names, as Playwright writes it."""
    selector, _, nth = place.partition(" >> nth=")
    return figure.find_elements(By.CSS_SELECTOR, selector)[int(nth or 0)]


def answers(browser: webdriver.WebKitGTK, figure: WebElement, act: Callable[[], None]) -> bool:
    """Whether the figure soon says something else when `act` is done."""
    before = browser.execute_script(SENTENCES, figure)
    act()
    for _ in range(20):
        if browser.execute_script(SENTENCES, figure) != before:
            return True
        time.sleep(0.1)
    return False


def silent(browser: webdriver.WebKitGTK, figure: WebElement) -> list[str]:
    """Which of its two acts a figure does not answer."""
    kind = figure.get_attribute("data-widget")
    control, key, button = ACTS[kind]
    found = []
    browser.execute_script("window.focus(); arguments[0].focus()", one(figure, control))
    if not answers(browser, figure, ActionChains(browser).send_keys(KEYS[key]).perform):
        found.append(f"the figure {kind} says the same after {key!r} on {control}")
    if not answers(browser, figure, one(figure, button).click):
        found.append(f"the figure {kind} says the same after a click on {button}")
    return found


def wide(browser: webdriver.WebKitGTK) -> list[str]:
    return [f"too wide: {each}" for each in browser.execute_script(f"return (\n{pages.CHECKS}\n).overflow()")]


def wait(browser: webdriver.WebKitGTK, address: str) -> None:
    for _ in range(100):
        if browser.execute_script(
            "return location.href === arguments[0] && document.readyState === 'complete'", address
        ):
            return
        time.sleep(0.1)
    raise TimeoutError(address)


def look(browser: webdriver.WebKitGTK, address: str) -> list[str]:
    """What a page does in WebKit that it must not: in the narrowest window, then on a phone."""
    browser.get(address)
    found = browser.execute_async_script(WAKE) + wide(browser)
    for figure in browser.find_elements(By.CSS_SELECTOR, "figure[data-live]"):
        found += silent(browser, figure)
    browser.get(FRAME)
    frame = browser.find_element(By.TAG_NAME, "iframe")
    browser.execute_script("arguments[0].src = arguments[1]", frame, address)
    browser.switch_to.frame(frame)
    wait(browser, address)
    assert browser.execute_script("return innerWidth") == PHONE
    found += browser.execute_async_script(WAKE) + wide(browser)
    browser.execute_script("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    return found + wide(browser)


@pytest.mark.parametrize("path", pages.every())
def test_page(webkit, served, path):
    found = look(webkit, served + path)
    assert not found, "\n".join(found)


FAULTS = {
    "too wide": '<div style="width: 2000px">wide</div>',
    "the figure planted is not live": '<figure data-widget="planted"></figure>',
    "the figure cost says the same": '<figure data-widget="cost" data-live><input class="size"></figure>',
}


def test_a_fault_in_a_page_is_seen_in_webkit_too(webkit, planted):
    copy, base = planted
    found = look(webkit, base + plant(copy, "".join(FAULTS.values())))
    assert [fault for fault in FAULTS if not any(fault in each for each in found)] == []
