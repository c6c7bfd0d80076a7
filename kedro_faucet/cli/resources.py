"""``kedro faucet resources``: every resource that the catalog or a pipeline names, and what is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from kedro.framework.cli.utils import env_option
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError

from kedro_faucet.cli.project import columns, loader_class
from kedro_faucet.exceptions import FaucetError

HEADER = ("resource", "provider", "format", "mode", "exists", "rows", "path")


@click.command()
@env_option
@click.pass_obj
def resources(metadata: ProjectMetadata, env: str | None) -> None:
    """List the resources: provider, format, write mode, whether there is data, and rows where the file tells them."""
    loader_class()
    catalog: Any = KedroSession.create(metadata.project_path, env=env).load_context().catalog
    rows = [row(name, catalog) for name in names(catalog)]
    click.echo(columns([HEADER, *rows]) if rows else "No resources: no pipeline and no entry names a provider.")


def names(catalog: Any) -> Iterator[str]:
    """Yield the resources that have an entry, then those that a pipeline takes from a provider."""
    used = {name.partition("@")[0] for pipeline in pipelines.values() for name in pipeline.datasets()}
    for name in [*catalog.config_resolver.config, *sorted(used - set(catalog.config_resolver.config))]:
        if name in catalog and about(entry(name, catalog)):
            yield name


def entry(name: str, catalog: Any) -> dict[str, Any]:
    """Return what the catalog says of a dataset."""
    return dict(catalog.config_resolver.resolve_pattern(name))


def about(config: dict[str, Any]) -> dict[str, Any]:
    """Return what the loader said that an entry is; nothing if it is no resource."""
    return dict((config.get("metadata") or {}).get("kedro_faucet") or {})


def row(name: str, catalog: Any) -> tuple[Any, ...]:
    """Return what is to be said of one resource."""
    config = entry(name, catalog)
    kind = str(config["type"]).rpartition(".")[2]
    form = "history" if kind == "HistoryDataset" else config.get("format")
    mode = (config.get("save_args") or {}).get("mode", "overwrite") if kind == "ResourceDataset" else None
    there = exists(name, catalog)
    rows = count(config) if there and kind == "ResourceDataset" else None
    return name, about(config)["provider"], form, mode, "yes" if there else "no", rows, config["filepath"]


def exists(name: str, catalog: Any) -> bool:
    """Return whether a resource has data.

    Raises:
        FaucetError: if what the catalog says of it cannot be.
    """
    try:
        return bool(catalog.exists(name))
    except DatasetError as error:
        raise FaucetError(f"'{name}': {error.__cause__ or error}") from error


def count(config: dict[str, Any]) -> int | None:
    """Return the rows of a table whose metadata tell them, without reading it."""
    path = Path(config["filepath"])
    if config["format"] == "parquet" and path.is_file():
        from pyarrow import parquet

        return int(parquet.read_metadata(path).num_rows)
    if config["format"] == "delta" and path.is_dir():
        from deltalake import DeltaTable

        return int(DeltaTable(path).count())
    return None
