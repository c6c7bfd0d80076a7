"""``kedro faucet sql``: a query on resources."""

from __future__ import annotations

from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet import engines
from kedro_faucet.cli.catalog import known, load, open_catalog
from kedro_faucet.cli.output import json_option, write
from kedro_faucet.exceptions import SqlError, did_you_mean


@click.command()
@click.argument("query")
@json_option
@env_option
@click.pass_obj
def sql(metadata: ProjectMetadata, query: str, as_json: bool, env: str | None) -> None:
    """Show the rows of a QUERY: one SELECT, in the SQL of the profile's engine, on resources.

    A resource lake/orders is written lake.orders or "lake/orders".

    \b
    kedro faucet sql 'select carrier, count(*) as n from lake.flights group by carrier'
    """
    catalog = open_catalog(metadata, env)
    engine = engines.connect()
    text, named = bound(query, known(catalog), engine.name)
    tables = {alias: load(name, catalog) for alias, name in named.items()}
    found = engine.sql(text, portable=False, **tables)
    write(list(engine.schema(found)), engine.rows(found), as_json=as_json)


def bound(query: str, names: Any, dialect: str) -> tuple[str, dict[str, str]]:
    """Return a query whose tables have names of their own, and the resources by these.

    >>> bound("select count(*) from lake.orders as o", ["lake/orders"], "duckdb")
    ('SELECT COUNT(*) FROM resource_0 AS o', {'resource_0': 'lake/orders'})
    >>> bound('select count(*) from "lake/orders"', ["lake/orders"], "duckdb")
    ('SELECT COUNT(*) FROM resource_0 AS "lake/orders"', {'resource_0': 'lake/orders'})

    Args:
        query: the query.
        names: the resources that there are.
        dialect: the engine's.

    Raises:
        SqlError: if it is no SELECT, or names a table that is no resource; with the nearest.
    """
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(query, read=dialect)
    except sqlglot.ParseError as error:
        said = error.errors[0] if error.errors else {}
        where = f"line {said['line']}, column {said['col']}: " if said else ""
        raise SqlError(f"The query cannot be read: {where}{said.get('description', error)}.") from None
    if not isinstance(tree, exp.Query):
        raise SqlError("The query is no SELECT: resources are written by pipelines alone.")
    own = {each.alias for each in tree.find_all(exp.CTE)}
    found: dict[str, str] = {}
    for table in [each for each in tree.find_all(exp.Table) if each.db or each.name not in own]:
        name = f"{table.db}/{table.name}" if table.db else table.name
        if name not in names:
            raise SqlError(f"There is no resource '{name}'.{did_you_mean(name, names)}")
        alias = next((known for known, each in found.items() if each == name), f"resource_{len(found)}")
        found[alias] = name
        new = exp.to_table(alias).as_(table.alias or exp.to_identifier(table.name, quoted="/" in table.name))
        table.replace(new)
    return tree.sql(dialect=dialect), found
