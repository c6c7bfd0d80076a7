"""``kedro faucet history``: one resource, its snapshots, and what can be done to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option

from kedro_faucet.cli.catalog import entry, names, open_catalog
from kedro_faucet.cli.history.chart import show_saved
from kedro_faucet.cli.output import json_option, write
from kedro_faucet.exceptions import ConfigError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.datasets import HistoryDataset
    from kedro_faucet.engines import Table

MOST = 100


class _History(click.Group):
    """A group whose options may follow its argument, where no command does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the options first."""
        if args and not args[0].startswith("-") and not {*args} & {*self.commands}:
            args = [*args[1:], args[0]]
        return super().parse_args(ctx, args)


@click.group(cls=_History, invoke_without_command=True)
@click.argument("resource")
@json_option
@env_option
@click.pass_context
def history(context: click.Context, resource: str, as_json: bool, env: str | None) -> None:
    """Look at a history: what was saved, by which run, and what each snapshot changed.

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
        show_saved(summary(context.obj.history()), as_json=as_json)


@history.command()
@click.argument("key")
@json_option
@click.pass_obj
def show(dataset: HistoryDataset, key: str, as_json: bool) -> None:
    """Show the versions of a row: its KEY, the parts of one of several columns with commas between them."""
    from kedro_faucet.nodes.history.summary import of_keys, split_keys

    found = dataset.history()
    where = of_keys(found.key, split_keys(found.key, [key]))
    query = f"select * from versions where {where} order by valid_from"
    _print(found.engine.sql(query, versions=found.intervals()), as_json)


@history.command()
@click.option("--from", "start", metavar="TIME", help="Only what changed after it.")
@click.option("--to", "end", metavar="TIME", help="Only what changed until then.")
@json_option
@click.pass_obj
def diff(dataset: HistoryDataset, start: str | None, end: str | None, as_json: bool) -> None:
    """Show what was inserted, updated and deleted between two times (in UTC where they have no zone)."""
    from kedro_faucet.nodes.history.log import OPERATION, VALID_FROM
    from kedro_faucet.nodes.history.summary import told

    found = dataset.history()
    query = f"select * from changes order by valid_from, {', '.join(str(n + 1) for n in range(len(found.key)))}"
    query += "" if as_json else f" limit {MOST + 1}"
    table = found.engine.sql(query, changes=found.changes(start, end))
    if as_json:
        _print(table, as_json)
        return
    changes = [dict(zip(table.columns, row, strict=True)) for row in found.engine.rows(table)]
    header = [*found.key, VALID_FROM, OPERATION]
    rows = [[*(each[name] for name in header), told(each, found.key)] for each in changes]
    _echo([*header, "changed"], rows, as_json)


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


def _print(table: Table, as_json: bool) -> None:
    from kedro_faucet.engines import engine_of

    _echo(table.columns, engine_of(table).rows(table), as_json)


def _echo(header: Sequence[str], rows: Sequence[Sequence[Any]], as_json: bool) -> None:
    write(header, rows if as_json else rows[:MOST], as_json=as_json)
    if len(rows) > MOST and not as_json:
        click.echo(f"… and more: these are the first {MOST}.")
