"""``kedro faucet resources``: every resource that the catalog or a pipeline names, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import about, entry, exists, names, open_context
from kedro_faucet.cli.project import columns
from kedro_faucet.datasets.places import deferred_from, source_of
from kedro_faucet.ledger.measures import count

if TYPE_CHECKING:
    from kedro_faucet.datasets import HistoryDataset, MartDataset

HEADER = ("resource", "provider", "format", "mode", "exists", "rows", "path")


@click.command()
@env_option
@click.pass_obj
def resources(metadata: ProjectMetadata, env: str | None) -> None:
    """List the resources: provider, format, write mode, whether there is data, and rows where the file tells them."""
    context = open_context(metadata, env)
    order = list(context.config_loader["providers"])
    rows = sorted((row(name, context.catalog) for name in names(context.catalog)), key=lambda each: place(each, order))
    shown = [(*each[:-1], short(each[-1], metadata.project_path)) for each in rows]
    click.echo(columns([HEADER, *shown]) if rows else "No resources: no pipeline and no entry names a provider.")


def place(row: Sequence[Any], order: list[str]) -> tuple[int, str]:
    """Return where a resource is listed: as the providers are, then by name."""
    return order.index(row[1]) if row[1] in order else len(order), row[0]


def short(path: str, project: Path) -> str:
    """Return a path as seen from the project.

    >>> short("/home/me/shop/data/x.csv", Path("/home/me/shop")), short("s3://lake/x", Path("/home/me/shop"))
    ('data/x.csv', 's3://lake/x')
    """
    return path.removeprefix(f"{project.as_posix()}/")


def row(name: str, catalog: Any) -> tuple[Any, ...]:
    """Return what is to be said of one resource."""
    config = entry(name, catalog)
    kind = str(config["type"]).rpartition(".")[2]
    form = "history" if kind == "HistoryDataset" else config.get("format")
    mode = (config.get("save_args") or {}).get("mode", "overwrite") if kind == "ResourceDataset" else None
    there, dataset = exists(name, catalog), catalog.get(name)
    profile = deferred_from(dataset)
    source = source_of(dataset) if profile else dataset
    rows = COUNTS[kind](source, config.get("format")) if (there or profile) and kind in COUNTS else None
    place = source._filepath if profile else config.get("filepath") or config["table"]
    said = f"deferred from {profile}" if profile else "yes" if there else "no"
    return name, about(config)["provider"], form, mode, said, rows, place


def count_snapshots(dataset: HistoryDataset, _: str | None) -> str:
    """Return how many snapshots a history has seen."""
    seen = dataset.history().markers
    return "1 snapshot" if len(seen) == 1 else f"{len(seen)} snapshots"


def count_tables(dataset: MartDataset, _: str | None) -> str:
    """Return how many tables a mart has."""
    return f"{len(dataset.load())} tables"


COUNTS: dict[str, Callable[[Any, str | None], Any]] = {
    "ResourceDataset": lambda dataset, form: count(dataset.location, form),
    "HistoryDataset": count_snapshots,
    "MartDataset": count_tables,
}
