"""Link the book's ES modules into one file: an ES module for Jupyter, a classic script for the site.

A browser opens a page from disk with classic scripts only, and anywidget wants one module without imports. The
modules in ``assets/widgets`` also run as they are from any web server; this linker understands just the dialect
they are written in and refuses everything else:

    import { a, b as c } from "./x.js";      import d from "./x.js";
    export const …   export function …   export class …   export default …

Each module becomes one function scope, evaluated once, in the order of its imports. Cycles are refused.
"""

import re
from pathlib import Path

__all__ = ["LinkError", "link"]

IMPORT = re.compile(r'import (?:\{([^{}\n]*)\}|([A-Za-z_$][\w$]*)) from "(\.{1,2}/[\w./-]+\.js)";$')
NAME = re.compile(r"([A-Za-z_$][\w$]*)(?: as ([A-Za-z_$][\w$]*))?$")
EXPORT = re.compile(r"export (const|function|class) ([A-Za-z_$][\w$]*)")
OUTSIDE = re.compile(r"\bimport\s*\(|\bimport\.meta\b|\bexport\s*[{*]|^\s+(?:import|export)\s+[\w{*]|\brequire\s*\(")


class LinkError(ValueError):
    """A module steps outside the dialect, imports what is not there, or imports itself in the end."""


def link(entry: Path, fmt: str = "esm", start: Path | None = None) -> str:
    """Return the module `entry` and all it imports as one script.

    Args:
        entry: path of the first module.
        fmt: ``"esm"`` re-exports the default export of `entry`; ``"classic"`` is a script that only runs it.
        start: a module whose default export a classic script calls in the end, with the name of `entry` and its
            default export.

    Raises:
        LinkError: naming the file and the line.
    """
    if fmt not in ("esm", "classic"):
        raise ValueError(f'fmt must be "esm" or "classic": got {fmt!r}')
    scopes: dict[Path, str] = {}
    exports: dict[Path, list[str]] = {}
    _visit(entry.resolve(), scopes, exports, ())
    if start:
        _visit(start.resolve(), scopes, exports, ())
    names = list(scopes)
    code = "\n".join(f"const m{k} = {scopes[path]};" for k, path in enumerate(names))
    if start:
        code += f'\nm{len(names) - 1}.default("{entry.stem}", m{names.index(entry.resolve())}.default);'
    if fmt == "classic":
        return f'(() => {{\n"use strict";\n{code}\n}})();\n'
    if "default" not in exports[names[-1]]:
        raise LinkError(f"{names[-1].name}: an ES module for Jupyter needs `export default`")
    return f"{code}\nexport default m{len(names) - 1}.default;\n"


def _visit(path: Path, scopes: dict, exports: dict, above: tuple[Path, ...]) -> None:
    """Add `path` to `scopes` after everything it imports."""
    if path in scopes:
        return
    if path in above:
        raise LinkError(f"{path.name}: a cycle: {' → '.join(p.name for p in (*above, path))}")
    if not path.is_file():
        raise LinkError(f"{above[-1].name if above else 'link'}: there is no module {path.name}")
    body, exported = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}, line {number}"
        if found := IMPORT.match(line):
            body.append(_import(found, path, scopes, exports, above, where))
        elif found := EXPORT.match(line):
            exported.append(found[2])
            body.append(line.removeprefix("export "))
        elif line.startswith("export default "):
            exported.append("default")
            body.append("const $default = " + line.removeprefix("export default "))
        elif line.startswith(("import", "export")) or OUTSIDE.search(line):
            raise LinkError(f"{where}: outside the dialect of this linker: {line.strip()}")
        else:
            body.append(line)
    if len(set(exported)) < len(exported):
        raise LinkError(f"{path.name}: a name is exported twice")
    gives = ", ".join("default: $default" if name == "default" else name for name in exported)
    exports[path] = exported
    scopes[path] = "(() => {\n" + "\n".join(body) + f"\nreturn {{ {gives} }};\n}})()"


def _import(found: re.Match, path: Path, scopes: dict, exports: dict, above: tuple, where: str) -> str:
    """Return the line that takes the imported names from a module that was linked before."""
    target = (path.parent / found[3]).resolve()
    _visit(target, scopes, exports, (*above, path))
    wanted = [("default", found[2])] if found[2] else []
    for item in (found[1] or "").split(","):
        name = NAME.match(item.strip())
        if item.strip() and not name:
            raise LinkError(f"{where}: not a name: {item.strip()}")
        if name:
            wanted.append((name[1], name[2] or name[1]))
    for name, _ in wanted:
        if name not in exports[target]:
            raise LinkError(f"{where}: {target.name} does not export {name}")
    takes = ", ".join(name if name == local else f"{name}: {local}" for name, local in wanted)
    return f"const {{ {takes} }} = m{list(scopes).index(target)};"
