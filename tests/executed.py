"""Executed notebooks, made by hand."""

from __future__ import annotations

from typing import Any

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><circle r="5"/></svg>'


def notebook(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a notebook of cells."""
    return {"cells": list(cells), "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}


def prose(source: str) -> dict[str, Any]:
    """Return a cell of Markdown."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str | list[str], *outputs: dict[str, Any], tags: list[str] | None = None) -> dict[str, Any]:
    """Return a cell of code with what it has put out."""
    metadata = {"tags": tags} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "execution_count": 1, "outputs": list(outputs)}


def shown(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what a cell displays."""
    return {"output_type": "display_data", "data": dict(data), "metadata": metadata or {}}


def stream(text: str | list[str], name: str = "stdout") -> dict[str, Any]:
    """Return what a cell prints."""
    return {"output_type": "stream", "name": name, "text": text}
