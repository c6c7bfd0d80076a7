"""``kedro faucet joins``: which resources go together, by which columns, and what a join would do to their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import about, entry, load, names, open_catalog
from kedro_faucet.cli.output import json_option, show
from kedro_faucet.exceptions import FaucetError, did_you_mean, listed

if TYPE_CHECKING:
    from kedro_faucet.nodes.merge.advisor import Join

LAST = "not found, or rows then"
COLUMNS = {"table": "text", "on": "text", "found": "percent", "of": "number", "relationship": "text", LAST: "text"}


@click.command()
@click.argument("wanted", nargs=-1, required=True, metavar="PROVIDER|RESOURCE…")
@click.option("--code", is_flag=True, help="Print a draft of a star schema, and the lookups.")
@json_option
@env_option
@click.pass_obj
def joins(metadata: ProjectMetadata, wanted: tuple[str, ...], code: bool, as_json: bool, env: str | None) -> None:
    """Advise joins: candidate keys, how many rows find one, and which joins would multiply rows.

    \b
    kedro faucet joins lake                       every resource of a provider
    kedro faucet joins lake/orders crm/customers  these
    kedro faucet joins lake --code                a draft of a star schema
    """
    from kedro_faucet.nodes.merge.advisor import advise
    from kedro_faucet.nodes.merge.draft import draft_star

    catalog = open_catalog(metadata, env)
    tables = {name: load(name, catalog) for name in chosen(wanted, catalog)}
    found = advise(tables)
    if code:
        lookups = [f"# {each.table} → {each.other}: {each.code}" for each in found.joins if each.code]
        return click.echo("\n".join([draft_star(found), "", *lookups]))
    rows = [{**asdict(each), "code": each.code} if as_json else row(each) for each in found.joins]
    return show(rows, COLUMNS, as_json=as_json, nothing=f"No joins between {listed(tables)}.")


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


def row(join: Join) -> dict[str, Any]:
    """Return what the list says of a join."""
    on = ", ".join(f"{left} = {right}" if left != right else left for left, right in join.on.items())
    last = "; ".join(join.unmatched[:3]) if join.relationship != "many-to-many" else f"{join.joined:,} rows"
    values = (f"{join.table} → {join.other}", on, join.rate, join.rows, join.relationship, last)
    return dict(zip(COLUMNS, values, strict=True))
