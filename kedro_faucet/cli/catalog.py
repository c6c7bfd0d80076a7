"""The catalog of a project in a profile, and its resources by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError
from kedro.pipeline import Pipeline

from kedro_faucet import engines
from kedro_faucet.cli.project import loader_class
from kedro_faucet.console.faults import find_fault
from kedro_faucet.datasets.places import deferred_from
from kedro_faucet.exceptions import FaucetError, ResourceError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.engines import Table


def open_context(metadata: ProjectMetadata, env: str | None) -> Any:
    """Return Kedro's context of a project in a profile."""
    loader_class()
    return KedroSession.create(metadata.project_path, env=env).load_context()


def open_catalog(metadata: ProjectMetadata, env: str | None) -> Any:
    """Return the catalog of a project in a profile."""
    return open_context(metadata, env).catalog


def open_pipeline(names: Sequence[str]) -> Pipeline:
    """Return the nodes of some pipelines; of all, where none is named.

    Raises:
        ResourceError: if there is none of a name, with the nearest.
    """
    for name in names:
        if name not in pipelines:
            raise ResourceError(f"There is no pipeline '{name}'.{did_you_mean(name, pipelines)}")
    return sum((pipelines[name] for name in names or ["__default__"]), Pipeline([]))


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


def exists(name: str, catalog: Any) -> bool:
    """Return whether a resource has data.

    Raises:
        FaucetError: if what the catalog says of it cannot be.
    """
    try:
        return bool(catalog.exists(name))
    except DatasetError as error:
        raise FaucetError(f"'{name}': {error.__cause__ or error}") from error


def load(name: str, catalog: Any) -> Table:
    """Return a dataset as a table of the profile's engine.

    Raises:
        ResourceError: if there is none of that name, with the nearest, or it holds no table.
    """
    if name not in catalog:
        raise ResourceError(f"There is no resource '{name}'.{did_you_mean(name, known(catalog))}")
    return loaded(name, catalog.get(name))


def loaded(name: str, dataset: Any) -> Table:
    """Return what a dataset holds as a table of the profile's engine.

    Raises:
        ResourceError: if it cannot be loaded, or holds no table.
    """
    try:
        if profile := deferred_from(dataset):
            click.echo(f"{name}: deferred from {profile}", err=True)
        found = dataset.load()
    except DatasetError as error:
        raise ResourceError(f"'{name}': {find_fault(error) or error.__cause__ or error}") from None
    if engines.find_engine(found):
        return found
    if type(found).__name__ not in ("DataFrame", "Table"):
        raise ResourceError(f"'{name}' holds no table but a {type(found).__name__}.")
    return engines.connect().from_frame(found)


def known(catalog: Any) -> list[str]:
    """Return the names of the resources, and of what else has an entry."""
    return list(dict.fromkeys([*names(catalog), *catalog.config_resolver.config]))
