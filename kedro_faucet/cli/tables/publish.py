"""``kedro faucet publish``: the versions of a mart in a database, and back to one of them."""

from __future__ import annotations

from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import entry, names, open_catalog
from kedro_faucet.cli.output import json_option, show
from kedro_faucet.exceptions import ConfigError, did_you_mean, listed

COLUMNS = {"version": "number", "published_at": "text", "tables": "number", "rows": "number", "shown": "word"}


@click.group()
def publish() -> None:
    """Look at the versions of a mart that a database keeps, and go back to one of them."""


@publish.command("list")
@click.argument("mart", required=False)
@json_option
@env_option
@click.pass_obj
def list_(metadata: ProjectMetadata, mart: str | None, as_json: bool, env: str | None) -> None:
    """List the versions of a MART, the newest first (default: of the only one).

    \b
    kedro faucet publish list --env prod
    """
    rows = [
        {
            **each._asdict(),
            "published_at": each.published_at.isoformat(sep=" ", timespec="seconds"),
            "tables": len(each.tables),
            "rows": sum(each.tables.values()),
            "shown": "yes" if each.is_current else "",
        }
        for each in find(metadata, mart, env).publication.versions()
    ]
    show(rows, COLUMNS, as_json=as_json, nothing="No version yet: a run of the pipeline that publishes makes one.")


@publish.command()
@click.argument("mart", required=False)
@click.option("--to", "version", type=int, metavar="VERSION", help="Default: the one before the one that is shown.")
@env_option
@click.pass_obj
def rollback(metadata: ProjectMetadata, mart: str | None, version: int | None, env: str | None) -> None:
    """Show readers an earlier version of a MART, at once (default: of the only one).

    \b
    kedro faucet publish rollback --env prod
    kedro faucet publish rollback reports/mart --to 3 --env prod
    """
    publication = find(metadata, mart, env).publication
    if version is None:
        version = publication.restore_last()
    else:
        publication.restore(version)
    click.echo(f"Readers see version {version} now. The next run that publishes shows them its own.")


def find(metadata: ProjectMetadata, mart: str | None, env: str | None) -> Any:
    """Return a mart of the project.

    Raises:
        ConfigError: if there is none of the name, or it has to be said which.
    """
    catalog = open_catalog(metadata, env)
    known = [name for name in names(catalog) if str(entry(name, catalog)["type"]).endswith("MartDataset")]
    if mart is None and len(known) == 1:
        return catalog.get(known[0])
    if mart not in known:
        said = f"'{mart}' is no mart of the project.{did_you_mean(mart, known)}" if mart else "Say which mart."
        raise ConfigError(f"{said} There are: {listed(known) or 'none'}.")
    return catalog.get(mart)
