"""``kedro faucet history``: one resource, its snapshots, and what can be done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from kedro.framework.cli.utils import env_option

from kedro_faucet.cli.catalog import entry, names, open_catalog
from kedro_faucet.cli.project import columns
from kedro_faucet.exceptions import ConfigError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.datasets import HistoryDataset
    from kedro_faucet.engines import Table

HEADER = ("time", "kind", "saved", "rows", "inserts", "updates", "deletes")
MOST = 100


@click.group(invoke_without_command=True)
@click.argument("resource")
@env_option
@click.pass_context
def history(context: click.Context, resource: str, env: str | None) -> None:
    """Look at a history: what was saved, and what each snapshot changed.

    \b
    kedro faucet history lake/fleet
    kedro faucet history lake/fleet show N10156
    kedro faucet history lake/fleet diff --from 2013-01-31 --to 2013-03-31
    kedro faucet history lake/fleet undo 2013-02-28
    kedro faucet history lake/fleet forget N10156
    """
    from kedro_faucet.nodes.history.summary import summary

    catalog = open_catalog(context.obj, env)
    known = [name for name in names(catalog) if str(entry(name, catalog)["type"]).endswith("HistoryDataset")]
    if resource not in known:
        raise ConfigError(f"'{resource}' is no history of the project.{did_you_mean(resource, known)}")
    context.obj = catalog.get(resource)
    if context.invoked_subcommand is None:
        rows = [
            (each.at, each.kind, each.known_at, each.rows, each.inserts, each.updates, each.deletes)
            for each in summary(context.obj.history())
        ]
        click.echo(columns([HEADER, *rows]))


@history.command()
@click.argument("key")
@click.pass_obj
def show(dataset: HistoryDataset, key: str) -> None:
    """Show the versions of a row: its KEY, the parts of one of several columns with commas between them."""
    from kedro_faucet.nodes.history.summary import of_keys, split_keys

    found = dataset.history()
    where = of_keys(found.key, split_keys(found.key, [key]))
    _print(found.engine.sql(f"select * from versions where {where} order by valid_from", versions=found.intervals()))


@history.command()
@click.option("--from", "start", metavar="TIME", help="Only what changed after it.")
@click.option("--to", "end", metavar="TIME", help="Only what changed until then.")
@click.pass_obj
def diff(dataset: HistoryDataset, start: str | None, end: str | None) -> None:
    """Show what was inserted, updated and deleted between two times (in UTC where they have no zone)."""
    found = dataset.history()
    query = f"select * from changes order by valid_from, {', '.join(str(n + 1) for n in range(len(found.key)))}"
    _print(found.engine.sql(f"{query} limit {MOST + 1}", changes=found.changes(start, end)))


@history.command()
@click.argument("time")
@click.pass_obj
def undo(dataset: HistoryDataset, time: str) -> None:
    """Take back the snapshot of a TIME, as if it had never been saved; what was known stays readable."""
    dataset.undo(time)
    click.echo(f"The snapshot of {time} is taken back. A run saves it again if its source still has it.")


@history.command()
@click.argument("keys", nargs=-1, required=True)
@click.confirmation_option(prompt="The rows go for good, and so does every older version of the table. Go on?")
@click.pass_obj
def forget(dataset: HistoryDataset, keys: tuple[str, ...]) -> None:
    """Remove rows of these KEYS for good, from every file; older versions can be read no more."""
    click.echo(f"{dataset.forget(keys):,} rows of the log are gone. Their source may bring them back: correct it too.")


def _print(table: Table) -> None:
    from kedro_faucet.engines import engine_of

    rows = engine_of(table).rows(table)
    click.echo(columns([table.columns, *rows[:MOST]]))
    if len(rows) > MOST:
        click.echo(f"… and more: these are the first {MOST}.")
