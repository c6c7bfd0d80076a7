"""Writes notebooks for tests: a cell is a source, or a source and its tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kedro_faucet.documents.notebook import write_notebook

Source = str | tuple[str, list[str]]


def notebook_of(*cells: Source, **metadata: Any) -> dict[str, Any]:
    """A notebook of code cells, as it is in memory."""
    pairs = [(cell, []) if isinstance(cell, str) else cell for cell in cells]
    code = [
        {"cell_type": "code", "metadata": {"tags": marks}, "source": source, "outputs": [], "execution_count": None}
        for source, marks in pairs
    ]
    return {"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write_cells(path: Path, *cells: Source, **metadata: Any) -> Path:
    """A notebook of code cells in a file."""
    write_notebook(notebook_of(*cells, **metadata), path)
    return path
