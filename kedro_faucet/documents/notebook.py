"""Notebook files: read and written as the JSON that they are, without the weight of a notebook server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.storage.atomic import write_atomic

Notebook = dict[str, Any]
Cell = dict[str, Any]


def read_notebook(path: str | Path) -> Notebook:
    """Return the notebook in a file, each cell's source as one text.

    Raises:
        ResourceError: if there is no such file, or it is no notebook.
    """
    path = Path(path)
    if not path.is_file():
        near = [found.name for found in path.parent.glob("*.ipynb")]
        raise ResourceError(f"No notebook {path}.{did_you_mean(path.name, near)}")
    return parse_notebook(path.read_text(encoding="utf-8"), str(path))


def parse_notebook(text: str, name: str) -> Notebook:
    """Return the notebook in a text.

    >>> parse_notebook("print(1)", "clean.ipynb")
    Traceback (most recent call last):
    kedro_faucet.exceptions.ResourceError: clean.ipynb is no notebook: line 1, column 1: Expecting value.

    Raises:
        ResourceError: naming the place where it is none.
    """
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise ResourceError(f"{name} is no notebook: {where}.") from None
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    if not isinstance(cells, list) or notebook.get("nbformat") != 4:
        raise ResourceError(f"{name} is no notebook of format 4: open it in Jupyter and save it again.")
    for cell in cells:
        cell["source"] = joined(cell.get("source", ""))
    return dict(notebook)


def write_notebook(notebook: Notebook, path: str | Path) -> None:
    """Write a notebook whole or not at all, as Jupyter would lay it out."""
    write_atomic(path, as_text(notebook).encode())


def as_text(notebook: Notebook) -> str:
    """Return a notebook as Jupyter would lay it out."""
    cells = [{"id": uuid4().hex[:8], **cell, "source": cell["source"].splitlines(True)} for cell in notebook["cells"]]
    minor = max(5, notebook.get("nbformat_minor", 5))
    return json.dumps({**notebook, "cells": cells, "nbformat_minor": minor}, indent=1, ensure_ascii=False) + "\n"


def joined(text: str | list[str]) -> str:
    """Return a text that a notebook may hold as lines.

    >>> joined(["a\\n", "b"])
    'a\\nb'
    """
    return text if isinstance(text, str) else "".join(text)


def last_drawn(text: str) -> str:
    """Return each line as a terminal leaves it: a bar that draws over its own line shows what was drawn last.

    >>> last_drawn("10 %\\r100 %\\r\\ndone\\r\\n")
    '100 %\\ndone\\n'
    """
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def tags(cell: Cell) -> set[str]:
    """Return a cell's tags.

    >>> tags({"metadata": {"tags": ["parameters"]}})
    {'parameters'}
    """
    return set(cell.get("metadata", {}).get("tags", ()))


def code_cells(notebook: Notebook) -> Iterator[tuple[int, Cell]]:
    """Yield the code cells that are not empty, with the numbers that Jupyter gives them when all are run in order.

    >>> cells = [{"cell_type": "markdown", "source": "# x"}, {"cell_type": "code", "source": "y = 1"}]
    >>> [(number, cell["source"]) for number, cell in code_cells({"cells": cells})]
    [(1, 'y = 1')]
    """
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code" and cell["source"].strip())
    yield from enumerate(code, 1)
