"""The Python of a cell: what IPython alone understands is blanked, and each line stays the line that it was."""

from __future__ import annotations

import ast
import re

_MAGIC = re.compile(r"^(?P<indent>\s*)(?:(?P<names>[\w*][\w*, ]*)=\s*)?(?P<mark>[%!])(?P<rest>.*)$")
_HELP = re.compile(r"^(?P<indent>\s*)[%?\w.*]+\?{1,2}$|^(?P<other>\s*)\?")
_TIMED = re.compile(r"^(?:time|prun)\s+(?P<statement>.*)$")
# Cell magics whose body is run as the cell's own Python.
_TRANSPARENT = {"time", "capture", "prun"}
# What is known to set no variable.
_HARMLESS = {
    "alias", "autoreload", "bash", "capture", "cd", "conda", "config", "env", "html", "HTML", "javascript", "latex",
    "load_ext", "markdown", "matplotlib", "pip", "precision", "prun", "reload_ext", "sh", "svg", "time", "timeit", "uv",
    "who", "whos", "writefile",
}  # fmt: skip


def python_of(source: str) -> str:
    """Return a cell's source as Python, line for line: magics, shell commands and help are blanked.

    >>> python_of("%matplotlib inline\\nfiles = !ls\\n%time total = sum(range(9))")
    'pass\\nfiles = None\\ntotal = sum(range(9))'

    Raises:
        SyntaxError: if what is left is no Python.
    """
    lines = _cell_magic(source).split("\n")
    for _ in range(len(lines) + 1):
        try:
            ast.parse("\n".join(lines))
            break
        except SyntaxError as error:
            _blank(lines, error)
        except (RecursionError, MemoryError):
            raise SyntaxError("an expression is nested too deeply") from None
    return "\n".join(lines)


def magics_of(source: str) -> list[str]:
    """Return the names of the magics that a source may hold.

    >>> magics_of("%%capture shown\\n%run other.ipynb\\n!ls")
    ['capture', 'run']
    """
    return re.findall(r"^[ \t]*(?:\w[\w, ]*=[ \t]*)?%{1,2}(\w+)", source, re.MULTILINE)


def may_set_anything(source: str) -> bool:
    """Tell whether a cell may set variables that its text does not name.

    >>> may_set_anything("%run other.ipynb"), may_set_anything("%time x = 1")
    (True, False)
    """
    text = re.search(r"\bimport\s*\*|\bexec\(|\bglobals\(\)|\bget_ipython\(\)\.(push|run|ex)", source)
    return bool(text) or any(name not in _HARMLESS for name in magics_of(source))


def _cell_magic(source: str) -> str:
    """Blank the line of a cell magic, and the cell where its body is not the cell's own Python."""
    above, mark, cell = source.partition("%%")
    if not mark or above.strip():
        return source
    line, _, body = cell.partition("\n")
    name, _, arguments = line.strip().partition(" ")
    if name not in _TRANSPARENT:
        return "\n" * source.count("\n")
    kept = arguments.strip() if name == "capture" else ""
    return f"{above}{kept} = None\n{body}" if kept.isidentifier() else f"{above}\n{body}"


def _blank(lines: list[str], error: SyntaxError) -> None:
    """Blank the line that an error points at, if it is none of Python's; else the error stands."""
    at = min((error.lineno or 1), len(lines)) - 1
    found = _MAGIC.match(lines[at]) or _HELP.match(lines[at])
    if not found:
        raise error
    while lines[at].endswith("\\") and at + 1 < len(lines):
        lines[at + 1], lines[at] = f"{lines[at][:-1]}{lines[at + 1].lstrip()}", ""
        at += 1
    lines[at] = _statement(found.groupdict())


def _statement(found: dict[str, str | None]) -> str:
    indent = found["indent"] or ""
    if names := found.get("names"):
        return f"{indent}{names.rstrip()} = None"
    timed = _TIMED.match(found.get("rest") or "") if found.get("mark") == "%" else None
    return indent + (timed["statement"] if timed and timed["statement"].strip()[:1] != "-" else "pass")
