"""Notebooks without what a run leaves in them, for a repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kedro_faucet.documents.notebook import Cell, Notebook, read_notebook, write_notebook
from kedro_faucet.exceptions import ResourceError

# What Jupyter, papermill and runs of ours write into the metadata of a notebook and of its cells.
_LEFT_BY_RUNS = {"collapsed", "execution", "ExecuteTime", "faucet", "papermill", "scrolled", "widgets"}


def cleaned(notebook: Notebook) -> Notebook:
    """Return a notebook without outputs, execution counts and what else a run leaves.

    >>> cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": ["…"], "execution_count": 7}
    >>> cleaned({"cells": [cell], "metadata": {"widgets": {}}})["cells"][0]
    {'cell_type': 'code', 'source': '1', 'metadata': {}, 'outputs': [], 'execution_count': None}
    """
    cells = [_without(cell) for cell in notebook["cells"]]
    blank: Cell = {"outputs": [], "execution_count": None}
    cells = [{**cell, **blank} if cell["cell_type"] == "code" else cell for cell in cells]
    return {**_without(notebook), "cells": cells}


def clean_file(path: Path, check: bool = False) -> bool:
    """Tell whether there is something to clean in a notebook, and clean it unless this is only a check.

    Raises:
        ResourceError: if it is no notebook.
    """
    notebook = read_notebook(path)
    clean = cleaned(notebook)
    if clean != notebook and not check:
        write_notebook(clean, path)
    return clean != notebook


def notebooks_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the notebooks among files and below folders; hidden folders, such as Jupyter's checkpoints, are left out.

    Raises:
        ResourceError: if a path does not exist.
    """
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.ipynb"))
            yield from (each for each in found if not _hidden(each.relative_to(path)))
        elif path.exists():
            yield path
        else:
            raise ResourceError(f"No notebook and no folder {path}.")


def _without(part: Notebook | Cell) -> Notebook | Cell:
    kept = {key: value for key, value in part.get("metadata", {}).items() if key not in _LEFT_BY_RUNS}
    return {**part, "metadata": kept} if "metadata" in part else part


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
