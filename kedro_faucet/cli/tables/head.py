"""``kedro faucet head`` and ``kedro faucet schema``: the first rows of a resource, and its columns."""

from __future__ import annotations

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import load, open_catalog
from kedro_faucet.cli.output import json_option, write
from kedro_faucet.engines import engine_of


@click.command()
@click.argument("resource")
@click.option("--rows", "-n", default=10, show_default=True, type=click.IntRange(min=1), help="How many rows.")
@json_option
@env_option
@click.pass_obj
def head(metadata: ProjectMetadata, resource: str, rows: int, as_json: bool, env: str | None) -> None:
    """Show some rows of a RESOURCE.

    \b
    kedro faucet head lake/flights
    kedro faucet head lake/flights -n 3 --env prod --json
    """
    table = load(resource, open_catalog(metadata, env))
    engine = engine_of(table)
    found = engine.sql(f"select * from resource limit {rows}", portable=False, resource=table)
    write(list(engine.schema(found)), engine.rows(found), as_json=as_json)


@click.command()
@click.argument("resource")
@json_option
@env_option
@click.pass_obj
def schema(metadata: ProjectMetadata, resource: str, as_json: bool, env: str | None) -> None:
    """Show the columns of a RESOURCE and their types.

    \b
    kedro faucet schema lake/flights
    """
    table = load(resource, open_catalog(metadata, env))
    write(["column", "type"], list(engine_of(table).schema(table).items()), as_json=as_json)
