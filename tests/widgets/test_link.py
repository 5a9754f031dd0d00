"""The linker: what it joins, and what it refuses."""

import pytest

from link import LinkError, link
from widgets._base import ASSETS


@pytest.fixture
def modules(tmp_path):
    """Write modules: name → source; return the folder."""

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.js").write_text(source, encoding="utf-8")
        return tmp_path

    return write


def test_a_module_and_its_imports_become_one_script(modules):
    folder = modules(
        one='import { two, three as third } from "./two.js";\nexport default two + third;\n',
        two="export const two = 2;\nexport function three() {\n  return 3;\n}\n",
    )
    code = link(folder / "one.js")
    assert "import" not in code
    assert "const { two, three: third } = m0;" in code
    assert code.endswith("export default m1.default;\n")


def test_a_classic_script_exports_nothing(modules):
    code = link(modules(one="export const a = 1;\n") / "one.js", "classic")
    assert code.startswith("(() => {")
    assert "export" not in code


def test_a_module_shared_by_two_is_evaluated_once(modules):
    folder = modules(
        one='import { a } from "./two.js";\nimport { c } from "./three.js";\nexport default a + c;\n',
        two='import { c } from "./three.js";\nexport const a = c;\n',
        three="export const c = 1;\n",
    )
    assert link(folder / "one.js").count("const c = 1;") == 1


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./two.js";',
        'import { two } from "two";',
        "import { two } from './two.js';",
        'import "./two.js";',
        'const x = await import("./two.js");',
        "console.log(import.meta.url);",
        "export { two };",
        'export * from "./two.js";',
        "export let counter = 0;",
        "export async function later() {}",
        'const fs = require("fs");',
    ],
)
def test_what_is_outside_the_dialect_is_refused_with_its_line(modules, line):
    folder = modules(one=f"const before = 1;\n{line}\nexport default before;\n", two="export const two = 2;\n")
    with pytest.raises(LinkError, match=r"one\.js, line 2"):
        link(folder / "one.js")


@pytest.mark.browser
def test_a_script_of_a_page_starts_its_module_by_name(modules, assets_page):
    folder = modules(
        one='import { two } from "./two.js";\nexport default two + 1;\n',
        two="export const two = 2;\n",
        run='import { two } from "./two.js";\nexport default (...given) => { window.started = [...given, two]; };\n',
    )
    script = link(folder / "one.js", "classic", start=folder / "run.js")
    assert script.count("const two = 2;") == 1
    assets_page.add_script_tag(content=script)
    assert assets_page.evaluate("window.started") == ["one", 3, 2]


def test_a_cycle_is_refused(modules):
    folder = modules(
        one='import { b } from "./two.js";\nexport const a = b;\n',
        two='import { a } from "./one.js";\nexport const b = a;\n',
    )
    with pytest.raises(LinkError, match=r"one\.js → two\.js → one\.js"):
        link(folder / "one.js")


def test_a_name_that_is_not_exported_is_refused(modules):
    folder = modules(one='import { b } from "./two.js";\nexport default b;\n', two="export const a = 1;\n")
    with pytest.raises(LinkError, match=r"two\.js does not export b"):
        link(folder / "one.js")


def test_a_missing_module_is_refused(modules):
    with pytest.raises(LinkError, match=r"no module two\.js"):
        link(modules(one='import { b } from "./two.js";\n') / "one.js")


def test_an_es_module_needs_a_default_export(modules):
    with pytest.raises(LinkError, match="export default"):
        link(modules(one="export const a = 1;\n") / "one.js")


def test_an_unknown_format_is_refused(modules):
    with pytest.raises(ValueError, match="got 'umd'"):
        link(modules(one="export default 1;\n") / "one.js", "umd")


@pytest.mark.parametrize("path", sorted(ASSETS.rglob("*.js")), ids=lambda path: path.name)
def test_every_module_of_the_book_is_in_the_dialect(path):
    assert "import " not in link(path, "classic")
