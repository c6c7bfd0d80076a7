"""Notebooks as scripts whose cells begin with ``# %%``, as editors and Jupytext know them, and back."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

from kedro_faucet.documents.notebook import Cell, Notebook

_HEAD = re.compile(r"# %%(?:\s(.*)|$)")
_KIND = re.compile(r"\[(markdown|raw|code)\]")
_KEY = re.compile(r"(?<![\w-])([\w-]+)=")
# What IPython alone understands: %magic, !command, ?help, help?, x = %magic. In a script it is a comment.
_MAGIC = r"(?:[%!?]|[\w.]+\?{1,2}\s*$|[\w.][\w., ]*=\s*[%!])"
_MAGIC_LINE = re.compile(rf"([ \t]*)({_MAGIC}.*)", re.DOTALL)
_COMMENTED = re.compile(rf"([ \t]*)# ((?:# )*{_MAGIC}.*)", re.DOTALL)
_MARK = re.compile(r"\\*%%(?:\s|$)")
_PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def to_percent(notebook: Notebook) -> str:
    r"""Return a notebook as a script that Python can read, without outputs and attachments.

    >>> cells = [cell_of("# Planes", "markdown"), cell_of("%matplotlib inline\nimport os", tags=["export"])]
    >>> print(to_percent(notebook_of(cells)))
    # %% [markdown]
    # # Planes
    <BLANKLINE>
    # %% tags=["export"]
    # %matplotlib inline
    import os
    <BLANKLINE>

    A cell that is not Python, such as one in SQL, is commented out whole: ``# %% [code]``.
    """
    return "\n".join(line for cell in notebook["cells"] for line in _lines(cell))


def from_percent(text: str) -> Notebook:
    r"""Return the notebook that a script is.

    >>> [cell["source"] for cell in from_percent("# %% [markdown]\n# # Planes\n\n# %%\n# !ls\nimport os\n")["cells"]]
    ['# Planes', '!ls\nimport os']
    """
    return notebook_of([_cell(head, body) for head, body in _parts(text)])


def notebook_of(cells: list[Cell]) -> Notebook:
    """Return a new notebook in Python."""
    return {"cells": cells, "metadata": json.loads(json.dumps(_PYTHON)), "nbformat": 4, "nbformat_minor": 5}


def cell_of(source: str, kind: str = "code", /, **metadata: Any) -> Cell:
    """Return a new cell.

    >>> cell_of("limit = 5", tags=["parameters"])["metadata"]
    {'tags': ['parameters']}
    """
    cell = {"cell_type": kind, "metadata": metadata, "source": source}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def _lines(cell: Cell) -> list[str]:
    """Return the lines of a cell, its head first, a blank line last."""
    kind = "" if cell["cell_type"] == "code" else f" [{cell['cell_type']}]"
    body = _code(cell["source"]) if not kind else None
    if body is None:
        kind, body = kind or " [code]", [_comment(line) for line in cell["source"].split("\n")]
    known = {key: value for key, value in cell.get("metadata", {}).items() if _KEY.fullmatch(f"{key}=")}
    metadata = "".join(f" {key}={json.dumps(value)}" for key, value in known.items())
    return [f"# %%{kind}{metadata}", *body, ""]


def _code(source: str) -> list[str] | None:
    """Return the lines of code with magics commented out; nothing if they are still no Python."""
    lines = source.split("\n")
    if not _parses(source):
        lines = [_MAGIC_LINE.sub(r"\1# \2", line) if _MAGIC_LINE.fullmatch(line) else _kept(line) for line in lines]
    else:
        lines = [_kept(line) for line in lines]
    is_python = _parses("\n".join(lines)) and not any(_HEAD.fullmatch(line) for line in lines)
    return lines if is_python else None


def _kept(line: str) -> str:
    """Return a line as it is, unless it would be read back as a magic or as a head."""
    return _COMMENTED.sub(r"\1# # \2", line) if _COMMENTED.fullmatch(line) else line


def _comment(line: str) -> str:
    line = f"\\{line}" if _MARK.match(line) else line
    return f"# {line}" if line else "#"


def _uncomment(line: str) -> str:
    bare = line.removeprefix("#").removeprefix(" ") if line.startswith("#") else line
    return bare[1:] if bare.startswith("\\") and _MARK.match(bare) else bare


def _parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands behind the ``# %%`` of each cell, and its lines."""
    head: str | None = None
    body: list[str] = []
    for line in text.split("\n"):
        if found := _HEAD.fullmatch(line):
            if head is not None or any(body):
                yield head or "", body
            head, body = found[1] or "", []
        else:
            body.append(line)
    if head is not None or any(body):
        yield head or "", body


def _cell(head: str, body: list[str]) -> Cell:
    body = body[:-1] if body and not body[-1] else body
    kind = _KIND.match(head)
    if kind:
        return cell_of("\n".join(map(_uncomment, body)), kind[1], **_metadata(head))
    lines = [_COMMENTED.sub(r"\1\2", line) if _COMMENTED.fullmatch(line) else line for line in body]
    return cell_of("\n".join(lines), **_metadata(head))


def _metadata(head: str) -> dict[str, Any]:
    decoder: Any = json.JSONDecoder()
    metadata, at = {}, 0
    while found := _KEY.search(head, at):
        try:
            metadata[found[1]], at = decoder.scan_once(head, found.end())
        except (StopIteration, json.JSONDecodeError):  # a title may hold anything
            at = found.end()
    return metadata


def _parses(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: of a deeply nested expression
            return False
    return True
