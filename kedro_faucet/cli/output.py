"""What a command answers: a table in a terminal, lines for other programs in a pipe, JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, one object a line.")
"""The option that asks for JSON."""
_WIDTH, _WIDEST = 80, 30
_TEXTS = ("text", "word")


def show(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, nothing: str) -> None:
    """Write rows.

    Args:
        rows: what there is to say of each.
        columns: the columns of a table, and how each is written: ``text``, ``word`` (a text on one line), ``number``,
            ``percent``, ``bytes`` or ``seconds``.
        as_json: all of each row instead, an object a line.
        nothing: what is said in the place of no row.
    """
    if as_json:
        _json(rows)
    elif not rows:
        click.echo(nothing)
    elif sys.stdout.isatty():
        _table(rows, columns)
    else:
        cells = [[_cell(row.get(name), kind) for name, kind in columns.items()] for row in rows]
        click.echo(aligned([list(columns), *cells], columns))


def write(names: Sequence[str], rows: Sequence[Sequence[Any]], *, as_json: bool) -> None:
    """Write a table of data: in a terminal the columns that fit, in a pipe all.

    Args:
        names: the names of the columns.
        rows: their values.
        as_json: one object a row.
    """
    if as_json:
        _json(dict(zip(names, row, strict=True)) for row in rows)
    elif sys.stdout.isatty():
        _fitting_table(names, [[text_of(value) for value in row] for row in rows])
    else:
        cells = [[text_of(value) for value in row] for row in rows]
        click.echo(aligned([names, *cells], dict.fromkeys(names, "text")))


def _json(rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        click.echo(json.dumps(row, default=str, ensure_ascii=False))


def aligned(cells: Sequence[Sequence[str]], columns: Mapping[str, str]) -> str:
    """Return cells as lines, numbers on the right.

    >>> print(aligned([["node", "rows"], ["copy", "12"], ["clean_all", "3"]], {"node": "text", "rows": "number"}))
    node       rows
    copy         12
    clean_all     3
    """
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    sides = ["<" if kind in _TEXTS else ">" for kind in columns.values()]
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
        side = "left" if kind in _TEXTS else "right"
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
    if kind == "percent":
        return f"{100 * value:.1f}".removesuffix(".0") + " %"
    if kind == "seconds":
        return f"{value:.2f}"
    return _bytes(value) if kind == "bytes" else str(value)


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def text_of(value: Any) -> str:
    r"""Return a value on one line.

    >>> text_of(None), text_of("a\nb"), text_of(3)
    ('NULL', 'a\\nb', '3')
    """
    return "NULL" if value is None else str(value).replace("\n", "\\n")


def fitting(widths: Sequence[int], width: int = _WIDTH) -> int:
    """Return how many of the first columns fit a width, with two spaces between them; one at least.

    >>> fitting([30, 30, 30]), fitting([100]), fitting([3, 4])
    (2, 1, 2)
    """
    ends = [sum(widths[: number + 1]) + 2 * number for number in range(len(widths))]
    return max(sum(end <= width for end in ends), 1)


def _fitting_table(names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console

    widths = [min(max(map(len, column)), _WIDEST) for column in zip(names, *cells, strict=True)]
    count = fitting(widths)
    Console(width=_WIDTH, highlight=False).print(_data(names[:count], [row[:count] for row in cells]))
    if left := names[count:]:
        click.echo(f"and {len(left)} columns more: {', '.join(left)} (--json writes all)")


def _data(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(Text(name), no_wrap=True, overflow="ellipsis", max_width=_WIDEST)
    for row in cells:
        table.add_row(*map(Text, row))
    return table
