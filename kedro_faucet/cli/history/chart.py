"""What was saved into a history, with a bar for what each save changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from kedro_faucet.cli.output import aligned, show

if TYPE_CHECKING:
    from kedro_faucet.nodes.history.summary import Saved

_CHANGES = {"inserts": ("+", "green"), "updates": ("~", "yellow"), "deletes": ("-", "red")}
_COLUMNS = {"time": "text", "kind": "text", "rows": "number", **dict.fromkeys(_CHANGES, "number")}
_WIDTH, _WIDE = 20, 110


def show_saved(saved: Sequence[Saved], *, as_json: bool) -> None:
    """Write what was saved: JSON, a table with bars of colours in a terminal, or lines with bars of signs."""
    rows = [{"time": each.at, **_without(asdict(each), "at", "known_at"), "saved": each.known_at} for each in saved]
    most = max((_changed(row) for row in rows), default=0)
    if as_json or not rows:
        show(rows, {}, as_json=as_json, nothing="Nothing was saved, or all of it was taken back.")
    elif sys.stdout.isatty():
        _table(rows, most)
    else:
        kinds = {**_COLUMNS, "changes": "text", "run": "text"}
        cells = [[*_cells(row), "".join(sign * n for sign, _, n in bar(row, most)), row["run"] or ""] for row in rows]
        click.echo(aligned([list(kinds), *cells], kinds))


def bar(row: dict[str, Any], most: int, width: int = _WIDTH) -> list[tuple[str, str, int]]:
    """Return the parts of a bar: a sign, a colour and a length, where ``most`` changes are as long as the width.

    >>> bar({"inserts": 90, "updates": 0, "deletes": 1}, 182)
    [('+', 'green', 10), ('~', 'yellow', 0), ('-', 'red', 1)]
    """
    return [(*how, -(-row[name] * width // max(most, 1))) for name, how in _CHANGES.items()]


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _changed(row: dict[str, Any]) -> int:
    return sum(row[name] for name in _CHANGES)


def _cells(row: dict[str, Any]) -> list[str]:
    return [f"{row[name]:,}" if kind == "number" else str(row[name]) for name, kind in _COLUMNS.items()]


def _table(rows: Sequence[dict[str, Any]], most: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    is_wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in _COLUMNS.items():
        table.add_column(name, justify="left" if kind == "text" else "right", no_wrap=True)
    table.add_column("changes", no_wrap=True)
    if is_wide:
        table.add_column("run", no_wrap=True)
    for row in rows:
        parts = [("█" * length, colour) for _, colour, length in bar(row, most, _WIDTH if is_wide else _WIDTH // 2)]
        table.add_row(*_cells(row), Text.assemble(*parts), *([row["run"] or ""] if is_wide else []))
    console.print(table)
    if not is_wide:
        click.echo("--json tells which run saved each, as a wider terminal does.")
