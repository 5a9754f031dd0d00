"""What every figure does: strict traits, one markup, no comm in static mode."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
import traitlets as t

from widgets import _base
from widgets._markup import Html, tag

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"


class Counter(_base.Widget):
    _esm = "export default { render() {} }"
    kind = "counter"
    state = ("count",)
    words: ClassVar = {"counted": "</script><img src=x onerror=alert(1)>"}
    count = t.Int(0, min=0, max=9).tag(sync=True)

    def body(self):
        return tag("output", f"{self.count} <counted>")


def test_an_unknown_trait_is_refused_by_name():
    with pytest.raises(TypeError, match=r"Counter\(\) has no trait 'cuont': its traits are count"):
        Counter(cuont=1)


def test_a_value_that_a_trait_refuses_changes_nothing():
    figure = Counter(count=3)
    with pytest.raises(t.TraitError):
        figure.count = 10
    with pytest.raises(t.TraitError):
        figure.set_state({"count": -1})
    assert figure.count == 3


def test_the_browser_is_told_the_last_good_state(monkeypatch):
    monkeypatch.setattr(_base, "STATIC", False)
    figure, sent = Counter(count=3), []
    monkeypatch.setattr(Counter, "send_state", lambda self, key=None: sent.append((key, self.count)))
    with pytest.raises(t.TraitError):
        figure.set_state({"count": 99})
    assert sent[-1] == (["count"], 3)


def test_the_stored_form_is_deterministic_and_has_no_model(monkeypatch):
    monkeypatch.setattr(_base, "STATIC", True)
    bundles = [Counter(count=2)._repr_mimebundle_()[0] for _ in range(2)]
    assert bundles[0] == bundles[1]
    assert set(bundles[0]) == {"text/plain", "text/html"}
    assert bundles[0]["text/plain"] == "Counter(count=2)"


def test_the_markup_follows_the_traits():
    figure = Counter(count=2)
    figure.count = 5
    assert "5 &lt;counted&gt;" in figure._repr_mimebundle_()[0]["text/html"]


def test_the_state_is_json_that_no_text_can_leave():
    html = Counter(count=2).to_html()
    script = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)[1]
    assert "<" not in script
    assert json.loads(script) == {"shows": {}, "state": {"count": 2}, "words": Counter.words}
    assert html.endswith("</script></figure>")


def test_state_that_is_not_json_is_refused():
    class Open(Counter):
        kind = "open"
        state = ("limit",)
        limit = t.Float(0.0).tag(sync=True)

    with pytest.raises(ValueError, match="JSON"):
        Open(limit=float("inf"))


def test_markup_is_escaped_once():
    assert tag("p", "<b>", Html("<b>x</b>"), None, title='"&"') == '<p title="&quot;&amp;&quot;">&lt;b&gt;<b>x</b></p>'


LIVE = """
from widgets import Lookup
import torch
figure = Lookup(torch.zeros(2, 2))
data, _ = figure._repr_mimebundle_()
print(sorted(data), figure.comm is not None)
"""


@pytest.mark.parametrize(
    ("static", "expected"),
    [
        ("0", "['application/vnd.jupyter.widget-view+json', 'text/html', 'text/plain'] True"),
        ("1", "['text/html', 'text/plain'] False"),
    ],
)
def test_live_a_widget_view_static_the_markup_alone(static, expected):
    environment = {**os.environ, "BOOK_STATIC": static}
    run = subprocess.run(
        [sys.executable, "-c", LIVE], cwd=CHAPTERS, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == expected


def test_a_saved_source_is_linked_again(monkeypatch, tmp_path):
    pytest.importorskip("watchfiles", reason="only needed while a figure is being written")
    monkeypatch.setattr(_base, "ASSETS", tmp_path)
    monkeypatch.setenv("ANYWIDGET_HMR", "1")
    (tmp_path / "one.js").write_text("export default 1;\n")
    contents = _base.front_end("one")
    assert "const $default = 1;" in str(contents)
    changed = []
    contents.changed.connect(changed.append)
    for k in range(100):
        (tmp_path / "one.js").write_text(f"export default {k + 2};\n")
        if changed:
            break
        __import__("time").sleep(0.1)
    assert changed
