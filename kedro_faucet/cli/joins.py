"""``kedro faucet joins``: which resources go together, by which columns, and what a join would do to their rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError

from kedro_faucet.cli.project import columns, loader_class
from kedro_faucet.cli.resources import about, entry, names
from kedro_faucet.exceptions import FaucetError, did_you_mean, listed

if TYPE_CHECKING:
    from kedro_faucet.nodes.merge.advisor import Join

HEADER = ("table", "on", "found", "of", "relationship", "not found, or rows then")


@click.command()
@click.argument("wanted", nargs=-1, required=True, metavar="PROVIDER|RESOURCE…")
@click.option("--code", is_flag=True, help="Print a draft of a star schema, and the lookups.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@env_option
@click.pass_obj
def joins(metadata: ProjectMetadata, wanted: tuple[str, ...], code: bool, as_json: bool, env: str | None) -> None:
    """Advise joins: candidate keys, how many rows find one, and which joins would multiply rows.

    \b
    kedro faucet joins lake                       every resource of a provider
    kedro faucet joins lake/orders crm/customers  these
    kedro faucet joins lake --code                a draft of a star schema
    """
    from kedro_faucet.nodes.merge.advisor import advise, candidate_keys
    from kedro_faucet.nodes.merge.draft import draft_star

    loader_class()
    catalog: Any = KedroSession.create(metadata.project_path, env=env).load_context().catalog
    tables = {name: load(name, catalog) for name in chosen(wanted, catalog)}
    found = advise(tables)
    if as_json:
        click.echo(json.dumps([{**asdict(each), "code": each.code} for each in found], indent=2))
    elif code:
        lookups = [f"# {each.table} → {each.other}: {each.code}" for each in found if each.code]
        click.echo("\n".join([draft_star(found, candidate_keys(tables)), "", *lookups]))
    else:
        click.echo(columns([HEADER, *map(row, found)]) if found else f"No joins between {listed(tables)}.")


def chosen(wanted: Sequence[str], catalog: Any) -> list[str]:
    """Return the resources that are meant by their names or their providers'.

    Raises:
        FaucetError: if there is none of such a name; with the nearest.
    """
    known = {name: about(entry(name, catalog))["provider"] for name in names(catalog)}
    found: list[str] = []
    for each in wanted:
        those = [each] if each in known else [name for name, provider in known.items() if provider == each]
        if not those:
            hint = did_you_mean(each, [*known, *known.values()])
            raise FaucetError(f"There is no resource and no provider '{each}'.{hint} There are {listed(known)}.")
        found += those
    return list(dict.fromkeys(found))


def load(name: str, catalog: Any) -> Any:
    """Return a resource's table.

    Raises:
        FaucetError: if it cannot be read.
    """
    try:
        return catalog.load(name)
    except DatasetError as error:
        raise FaucetError(f"'{name}': {error.__cause__ or error}") from error


def row(join: Join) -> tuple[str, ...]:
    """Return what the list says of a join."""
    on = ", ".join(f"{left} = {right}" if left != right else left for left, right in join.on.items())
    rate = f"{100 * join.rate:.1f}".removesuffix(".0") + " %"
    last = "; ".join(join.unmatched[:3]) if join.relationship != "many-to-many" else f"{join.joined:,} rows"
    return f"{join.table} → {join.other}", on, rate, f"{join.rows:,}", join.relationship, last
