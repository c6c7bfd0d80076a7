"""Which cell does what in a run, and what is told of it in the notebook that is kept."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro_faucet.documents.notebook import Cell, Notebook, code_cells, tags
from kedro_faucet.exceptions import NotebookError, did_you_mean
from kedro_faucet.notebooks.python import python_of

# What a cell with one of these tags does not do in a run, and what it is told to be in the notebook that is kept.
_LEFT_OUT = {"inputs": "replaced", "outputs": "replaced", "skip": "skipped", "interactive": "skipped"}
INJECTED = "injected-parameters"


def left_out(cell: Cell) -> str | None:
    """Say why a cell is not run, if it is not.

    >>> left_out({"metadata": {"tags": ["inputs"]}}), left_out({"metadata": {}})
    ('replaced', None)
    """
    if INJECTED in tags(cell):
        return "replaced"
    return next((_LEFT_OUT[tag] for tag in sorted(tags(cell)) if tag in _LEFT_OUT), None)


def prepared(notebook: Notebook, parameters: Mapping[str, Any]) -> Notebook:
    """Return a notebook as it is before a run: without outputs, its parameters below the cell that is tagged so."""
    cells = [_blank(cell) for cell in notebook["cells"] if INJECTED not in tags(cell)]
    if parameters:
        at = next((index for index, cell in enumerate(cells, 1) if "parameters" in tags(cell)), 0)
        cells.insert(at, _injected(parameters))
    return {**notebook, "metadata": dict(notebook.get("metadata", {})), "cells": cells}


def numbered(notebook: Notebook) -> list[tuple[int, Cell]]:
    """Return the cells that hold code with their numbers in the notebook's own file."""
    own = {**notebook, "cells": [cell for cell in notebook["cells"] if INJECTED not in tags(cell)]}
    return list(code_cells(own))


def note(cell: Cell, **facts: Any) -> None:
    """Write what is known of a cell's run into its metadata."""
    cell["metadata"]["faucet"] = {**cell["metadata"].get("faucet", {}), **facts}


def parameter_names(notebook: Notebook) -> set[str]:
    """Return the names that cells tagged ``parameters`` set.

    >>> cell = {"cell_type": "code", "source": "limit = 5", "metadata": {"tags": ["parameters"]}}
    >>> parameter_names({"cells": [cell]})
    {'limit'}
    """
    cells = [cell for _, cell in code_cells(notebook) if "parameters" in tags(cell)]
    trees = [ast.parse(python_of(cell["source"])) for cell in cells]
    names = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def check_parameters(notebook: Notebook, name: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a parameter that the cell tagged ``parameters`` does not set.

    Raises:
        NotebookError: with the nearest name.
    """
    known = parameter_names(notebook)
    for parameter in parameters if known else ():
        if parameter not in known:
            hint = did_you_mean(parameter, known)
            raise NotebookError(f"{name}: no parameter '{parameter}' in the cell tagged 'parameters'.{hint}")


def language(notebook: Notebook) -> str:
    """Return the language of a notebook's cells.

    >>> language({"metadata": {"kernelspec": {"name": "ir", "language": "R"}}})
    'r'
    """
    return str(notebook.get("metadata", {}).get("kernelspec", {}).get("language", "python")).lower()


def shown_name(path: str | Path) -> str:
    """Return a notebook's path as messages and frames show it: from the working directory, where it lies below."""
    path = Path(path).resolve()
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _blank(cell: Cell) -> Cell:
    kept = {**cell, "metadata": {key: value for key, value in cell.get("metadata", {}).items() if key != "faucet"}}
    return {**kept, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else kept


def _injected(parameters: Mapping[str, Any]) -> Cell:
    source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    metadata = {"tags": [INJECTED]}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}
