"""What keeps a reader out of a figure: what axe finds in it, in the state in which a test leaves it.

Each test of a figure ends with this question (``tests/widgets/conftest.py``). Many tests end with a reset, so the state
before each reset is asked too. `pages.axe` asks the same of whole pages, with no rule off. Left out here is

- the page around the figure, which is bare;
- a state that was clean before in this process: the same markup, what its controls hold, the focus and the pointer, the
  width, the colours and the styles. A state with a fault is asked again, so each test that comes to it fails;
- the contrast of letters, by far the dearest rule, where letters looked the same and were clean: the elements around
  them, their colours, sizes and grounds, and what is painted over or under them.
"""

import hashlib
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

__all__ = ["WHOLE_PAGE", "found", "sentences", "watch"]

READY = f"window.barriers ??= {Path(__file__).with_suffix('.js').read_text('utf-8').strip()};"
# Rules that judge a page by all of it: a bare page has no heading and no way past its navigation, and several copies of
# a figure have regions of one name.
WHOLE_PAGE = ["bypass", "heading-order", "landmark-one-main", "landmark-unique", "page-has-heading-one", "region"]
OPTIONS = {
    "resultTypes": ["violations"],
    "iframes": False,
    "preload": False,  # no rule that is on reads the style sheets
    "rules": {rule: {"enabled": False} for rule in WHOLE_PAGE},
}
_clean: set[str] = set()


def sentences(violations: list[dict]) -> list[str]:
    """Each fault as a sentence: the rule, the element, the rule's help, and what is wrong with this element."""
    return [
        f"axe {rule['id']}: {node['html'][:200]}: {rule['help']}. "
        + "; ".join(check["message"] for way in ("any", "all", "none") for check in node[way])
        for rule in violations
        for node in rule["nodes"]
    ]


def watch(page: Page) -> None:
    """Begin to keep the states before a reset."""
    page.evaluate(f"() => {{ {READY} barriers.watch(); }}")


def found(page: Page) -> list[str]:
    """What axe finds in the figures of `page` as they are, and as they were before each reset."""
    page.evaluate(f"() => {{ {READY} }}")
    states = [hashlib.sha256(state.encode()).hexdigest() for state in page.evaluate("barriers.states()")]
    new = {state: place for place, state in enumerate(states) if state not in _clean}
    if not new:
        return []
    looks = page.evaluate("places => barriers.take(places)", list(new.values()))
    strange = [look for look in looks if look not in _clean]
    page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("(given) => barriers.violations(...given)", [strange, OPTIONS])
    if not violations:
        _clean.update(new, strange)
    return sentences(violations)
