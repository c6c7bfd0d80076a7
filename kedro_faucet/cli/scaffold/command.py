"""``kedro faucet scaffold`` and ``kedro faucet add pipeline``."""

from __future__ import annotations

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

KINDS = ("ingest", "history", "star", "cube", "forecast", "report", "publish")
"""The kinds of pipelines; what makes them is loaded when one is asked for."""


@click.command()
@click.argument("provider")
@click.option("--lake", default="lake", show_default=True, help="The provider of copies and histories.")
@click.option("--star", default="star", show_default=True, help="The provider of the star schema.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@env_option
@click.pass_obj
def scaffold(metadata: ProjectMetadata, provider: str, lake: str, star: str, dry_run: bool, env: str | None) -> None:
    """Write what the tables of a PROVIDER need: entries, ingest, histories, a draft of a star schema, and tests.

    \b
    kedro faucet scaffold shop              shop: a database, or a folder of files
    kedro faucet scaffold shop --dry-run    print it
    """
    from kedro_faucet.cli.scaffold.scaffolding import scaffold_tables

    scaffold_tables(metadata, provider, lake, star, dry_run=dry_run, env=env)


@click.group()
def add() -> None:
    """Add what a person would have written: a pipeline of a kind."""


@add.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What it does.")
@click.option("--from", "sources", multiple=True, required=True, metavar="RESOURCE", help="What it reads; repeatable.")
@click.option("--to", "target", metavar="PROVIDER", help="Where it writes; default: as its kind does in the starter.")
@click.option("--key", multiple=True, metavar="COLUMN", help="What tells rows or series apart; repeatable.")
@click.option("--time", metavar="COLUMN", help="When a row happened; of a history: when each snapshot was taken.")
@click.option("--value", metavar="COLUMN", help="What a forecast sums; default: it counts rows.")
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@env_option
@click.pass_obj
def pipeline(
    metadata: ProjectMetadata,
    name: str,
    kind: str,
    sources: tuple[str, ...],
    target: str | None,
    key: tuple[str, ...],
    time: str | None,
    value: str | None,
    dry_run: bool,
    env: str | None,
) -> None:
    """Write a pipeline NAME that Kedro finds, its entries in the catalog, and a test.

    \b
    kedro faucet add pipeline words --kind ingest --from source/words
    kedro faucet add pipeline fleet --kind history --from source/fleet --key tailnum
    kedro faucet add pipeline sales --kind forecast --from lake/orders --time ordered_on --value total
    """
    from kedro_faucet.cli.scaffold.adding import add_pipeline
    from kedro_faucet.cli.scaffold.kinds import Asked

    add_pipeline(metadata, Asked(name, sources, target, key, time, value), kind, dry_run=dry_run, env=env)
