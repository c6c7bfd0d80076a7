"""``kedro faucet maintain``: Delta tables compacted, and files removed that no version needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import entry, exists, names, open_catalog
from kedro_faucet.cli.project import columns
from kedro_faucet.exceptions import ConfigError, did_you_mean

HEADER = ("resource", "compacted", "removed")
KINDS = ("ResourceDataset", "HistoryDataset")


@click.command()
@click.argument("resources", nargs=-1)
@click.option("--keep", default=30, show_default=True, metavar="DAYS", help="How long old versions can be read.")
@click.option("--dry-run", is_flag=True, help="Count the files that would be removed, and change nothing.")
@env_option
@click.pass_obj
def maintain(metadata: ProjectMetadata, resources: Sequence[str], keep: int, dry_run: bool, env: str | None) -> None:
    """Compact Delta tables (default: all), and remove files that only versions older than DAYS have.

    \b
    kedro faucet maintain
    kedro faucet maintain lake/flights --keep 90
    """
    from kedro_faucet.storage.delta.maintenance import maintain as work

    catalog = open_catalog(metadata, env)
    known = [name for name in names(catalog) if is_delta(entry(name, catalog))]
    for name in resources:
        if name not in known:
            raise ConfigError(f"'{name}' is no Delta table of the project.{did_you_mean(name, known)}")
    rows = []
    for name in resources or [each for each in known if exists(each, catalog)]:
        done = work(catalog.get(name).location, timedelta(days=keep), dry_run=dry_run)
        rows.append((name, f"{done.compacted} files", f"{done.removed} files"))
    click.echo(columns([HEADER, *rows]) if rows else "No Delta tables yet.")


def is_delta(config: dict[str, Any]) -> bool:
    """Tell whether a resource is kept as a Delta table.

    >>> is_delta({"type": "kedro_faucet.HistoryDataset"}), is_delta({"type": "pandas.CSVDataset", "format": "csv"})
    (True, False)
    """
    kind = str(config["type"]).rpartition(".")[2]
    return kind in KINDS and config.get("format", "delta") == "delta" and "table" not in config
