"""The command: what is compared, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option, split_string
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import about, entry, names, open_context
from kedro_faucet.cli.compare.sides import Side, labels, named, other_side
from kedro_faucet.cli.compare.written import Compared, as_json, write_markdown, write_text
from kedro_faucet.cli.output import json_option, show
from kedro_faucet.cli.project import open_loader
from kedro_faucet.exceptions import FaucetError

if TYPE_CHECKING:
    from kedro_faucet.engines import Table

DIFFERENT, IMPOSSIBLE = 1, 2
"""The exit codes; 0 where nothing differs."""


@click.command()
@click.argument("resource", metavar="RESOURCE|PROVIDER")
@click.argument("other", metavar="PROFILE|@VERSION|RESOURCE")
@click.option("--key", default="", callback=split_string, help="The columns that tell rows apart, with commas between.")
@click.option("--no-key", is_flag=True, help="Compare whole rows, as often as they are there.")
@click.option("--tolerance", default=0.0, help="By how much two fractions may differ; default: not at all.")
@click.option("--view", type=click.Choice(["intervals", "current"]), help="Of a history; default: as its entry says.")
@click.option("--markdown", is_flag=True, help="Write Markdown, for a pull request.")
@json_option
@env_option
@click.pass_obj
def compare(metadata: ProjectMetadata, /, resource: str, other: str, env: str | None, **how: Any) -> None:
    """Compare a table in two profiles, at two versions, or with another one: columns, rows, values.

    \b
    kedro faucet compare lake/flights --env acc prod       two profiles
    kedro faucet compare lake/flights @3                   what is there now, and version 3
    kedro faucet compare lake/fleet @2013-03-31            a time, of a history or a Delta table
    kedro faucet compare lake/flights lake/flights_new     two resources
    kedro faucet compare lake/flights prod:lake/old@3      all of it
    kedro faucet compare lake --env acc prod               every resource of a provider
    kedro faucet compare mart --env acc prod --markdown    every table of a mart

    Rows are told apart by --key; else by the key that the entry, the history or the star declares; else by a column
    that tells the rows of both apart; else whole rows are counted. The exit code is 0 where all is equal, 1 where
    something differs, 2 where something cannot be compared.
    """
    try:
        pairs, engine = chosen(metadata, resource, other, env, how["view"])
    except FaucetError as error:
        click.echo(f"Error: {error.message}", err=True)
        raise SystemExit(IMPOSSIBLE) from None
    raise SystemExit(max([compared(left, right, engine, how) for left, right in pairs], default=0))


def chosen(
    metadata: ProjectMetadata, resource: str, other: str, env: str | None, view: str | None
) -> tuple[list[tuple[Side, Side]], Any]:
    """Return the tables that are compared, two by two, and the engine of the profile that asks."""
    loader = open_loader(metadata, env)
    profiles = [*loader.profiles(), loader.profile]
    first = Side(loader.profile, {}, *named(resource, []), view)
    profile, name, version = other_side(other, first, profiles)
    # The project that is opened last is the one whose engine reads.
    catalog = open_context(metadata, profile).catalog if profile != first.profile else None
    context = open_context(metadata, env)
    left = replace(first, catalog=context.catalog)
    right = Side(profile, catalog or context.catalog, name, version, view)
    return list(_pairs(left, right)), context.config_loader["engine"]


def _pairs(left: Side, right: Side) -> Iterator[tuple[Side, Side]]:
    """Yield the sides of each table: of a provider its resources, of a mart its tables."""
    those = [each for each in names(left.catalog) if about(entry(each, left.catalog))["provider"] == left.resource]
    if those and left.resource == right.resource:
        yield from ((replace(left, resource=each), replace(right, resource=each)) for each in those)
    elif left.resource != right.resource:
        yield left, right
    else:
        for each in dict.fromkeys([*left.tables(), *right.tables()]):
            yield replace(left, resource=each), replace(right, resource=each)


def compared(left: Side, right: Side, engine: Any, how: dict[str, Any]) -> int:
    """Compare two tables, write what they differ in, and return the exit code."""
    try:
        found = difference(left, right, engine, how)
    except FaucetError as error:
        where = "" if f"'{left.resource}'" in error.message else f"{left.resource}: "
        click.echo(f"Error: {where}{error.message}", err=True)
        return IMPOSSIBLE
    if how["as_json"]:
        show([as_json(found)], {}, as_json=True, nothing="")
    else:
        write_markdown(found) if how["markdown"] else write_text(found)
    return 0 if found.found.equal else DIFFERENT


def difference(left: Side, right: Side, engine: Any, how: dict[str, Any]) -> Compared:
    """Return what two tables differ in.

    Raises:
        FaucetError: if they cannot be compared.
    """
    from kedro_faucet.nodes.compare import compare as compare_tables

    called = labels(left, right)
    tables = (left.table(engine), right.table(engine))
    key, because = _key(left, right, tables, how)
    found = compare_tables(*tables, key, tolerance=how["tolerance"], names=called)
    return Compared(left.resource, called, found, because)


def _key(left: Side, right: Side, tables: tuple[Table, Table], how: dict[str, Any]) -> tuple[Sequence[str], str]:
    """Return the columns that tell rows apart, and why these."""
    from kedro_faucet.nodes.compare import shared_keys

    if how["no_key"]:
        return [], "Whole rows are compared."
    if how["key"]:
        return how["key"], "as you say"
    declared = [each for each in left.key() or right.key() if each in tables[0].columns and each in tables[1].columns]
    if declared and len(declared) == len(left.key() or right.key()):
        return declared, "the declared key"
    if found := shared_keys(*tables):
        return found[:1], "a column whose values are all different in both (--key names another)"
    return [], "No column tells the rows of both apart: whole rows are compared (--key names columns that do together)."
