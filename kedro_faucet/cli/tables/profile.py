"""``kedro faucet profile``: what the columns of a resource hold."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import load, open_catalog
from kedro_faucet.cli.output import json_option, show, text_of
from kedro_faucet.exceptions import listed, shortened

if TYPE_CHECKING:
    from kedro_faucet.nodes.profile import ColumnProfile

COLUMNS = {
    "column": "text",
    "type": "word",
    "NULL": "number",
    "distinct": "number",
    "least": "word",
    "greatest": "word",
    "most": "text",
}
WIDEST = 12
"""Letters of a value: seven columns have to fit a screen, where a time is its date; other programs take all."""


@click.command()
@click.argument("resource")
@click.option("--top", default=5, show_default=True, type=click.IntRange(min=1), help="Frequent values, in JSON.")
@json_option
@env_option
@click.pass_obj
def profile(metadata: ProjectMetadata, resource: str, top: int, as_json: bool, env: str | None) -> None:
    """Show what the columns of a RESOURCE hold: types, NULLs, different values, the range, the most frequent value.

    \b
    kedro faucet profile lake/flights
    kedro faucet profile lake/flights --env prod --json    quartiles and more frequent values, too
    """
    from kedro_faucet.nodes.profile import profile as profile_of

    found = profile_of(load(resource, open_catalog(metadata, env)), top)
    if as_json:
        return show([{**asdict(each), "is_key": each.is_key} for each in found], {}, as_json=True, nothing="")
    click.echo(f"{resource}: {found[0].rows:,} rows, {len(found)} columns")
    show([row(each) for each in found], COLUMNS, as_json=False, nothing="")
    keys = [each.column for each in found if each.is_key]
    return click.echo(f"Each alone tells the rows apart: {listed(keys)}" if keys else "No column alone is a key.")


def row(each: ColumnProfile) -> dict[str, Any]:
    """Return what the table says of a column."""
    value, count = each.top[0] if each.top else (None, 0)
    return {
        "column": each.column,
        "type": each.type,
        "NULL": each.nulls,
        "distinct": each.distinct,
        "least": _short(each.least),
        "greatest": _short(each.greatest),
        "most": f"{count:,} × {_short(value)}" if count > 1 else "",
    }


def _short(value: Any) -> str:
    if value is None or not sys.stdout.isatty():
        return "" if value is None else text_of(value)
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else shortened(text_of(value), WIDEST)
