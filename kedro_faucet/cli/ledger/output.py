"""What a command answers: a table in a terminal, lines for other programs in a pipe, JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, one object a line.")
"""The option that asks for JSON."""
_WIDTH = 80


def show(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, nothing: str) -> None:
    """Write rows.

    Args:
        rows: what there is to say of each.
        columns: the columns of a table, and how each is written: ``text``, ``number``, ``bytes`` or ``seconds``.
        as_json: all of each row instead, an object a line.
        nothing: what is said in the place of no row.
    """
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, default=str))
    elif not rows:
        click.echo(nothing)
    elif sys.stdout.isatty():
        _table(rows, columns)
    else:
        cells = [[_cell(row.get(name), kind) for name, kind in columns.items()] for row in rows]
        click.echo(aligned([list(columns), *cells], columns))


def aligned(cells: Sequence[Sequence[str]], columns: Mapping[str, str]) -> str:
    """Return cells as lines, numbers on the right.

    >>> print(aligned([["node", "rows"], ["copy", "12"], ["clean_all", "3"]], {"node": "text", "rows": "number"}))
    node       rows
    copy         12
    clean_all     3
    """
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    sides = ["<" if kind == "text" else ">" for kind in columns.values()]
    lines = [
        "  ".join(f"{c:{side}{width}}" for c, side, width in zip(row, sides, widths, strict=True)) for row in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in columns.items():
        side = "left" if kind == "text" else "right"
        table.add_column(name, justify=side, overflow="fold", no_wrap=kind != "text")  # type: ignore[arg-type]
    for row in rows:
        style = _STYLES.get(str(row.get("status")))
        table.add_row(*(_cell(row.get(name), kind) for name, kind in columns.items()), style=style)
    console.print(table, width=min(console.width, _WIDTH))


_STYLES = {"failed": "red", "stopped": "yellow", "not done": "yellow", "unchanged": "dim"}


def _cell(value: Any, kind: str) -> str:
    """Return a value as it is shown.

    >>> _cell(336776, "number"), _cell(4_300_000, "bytes"), _cell(0.25, "seconds"), _cell(None, "number")
    ('336,776', '4.3 MB', '0.25', '')
    """
    if value is None:
        return ""
    if kind == "number":
        return f"{value:,}"
    if kind == "seconds":
        return f"{value:.2f}"
    return _bytes(value) if kind == "bytes" else str(value)


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
