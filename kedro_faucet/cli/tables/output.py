"""How a table is written: fit for a terminal, whole for a pipe, as JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kedro_faucet.cli.project import columns

if TYPE_CHECKING:
    from rich.table import Table

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, one object a line.")
_WIDTH, _WIDEST = 80, 30


def write(names: Sequence[str], rows: Sequence[Sequence[Any]], *, as_json: bool) -> None:
    """Write rows to standard output.

    Args:
        names: the names of the columns.
        rows: their values.
        as_json: one object a row.
    """
    if as_json:
        for row in rows:
            click.echo(json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False))
    elif sys.stdout.isatty():
        _write_terminal(names, [[text_of(value) for value in row] for row in rows])
    else:
        click.echo(columns([names, *([text_of(value) for value in row] for row in rows)]))


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


def _write_terminal(names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console

    widths = [min(max(map(len, column)), _WIDEST) for column in zip(names, *cells, strict=True)]
    count = fitting(widths)
    Console(width=_WIDTH, highlight=False).print(_table(names[:count], [row[:count] for row in cells]))
    if left := names[count:]:
        click.echo(f"and {len(left)} columns more: {', '.join(left)} (--json writes all)")


def _table(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(Text(name), no_wrap=True, overflow="ellipsis", max_width=_WIDEST)
    for row in cells:
        table.add_row(*map(Text, row))
    return table
