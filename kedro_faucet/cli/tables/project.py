"""The tables of a project: its resources by their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kedro.framework.session import KedroSession
from kedro.framework.startup import ProjectMetadata
from kedro.io import DatasetError

from kedro_faucet import engines
from kedro_faucet.cli.project import loader_class
from kedro_faucet.cli.resources import names
from kedro_faucet.exceptions import FaucetError, ResourceError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.engines import Table


def open_catalog(metadata: ProjectMetadata, env: str | None) -> Any:
    """Return the catalog of a project in a profile."""
    loader_class()
    return KedroSession.create(metadata.project_path, env=env).load_context().catalog


def load(name: str, catalog: Any) -> Table:
    """Return a dataset as a table of the profile's engine.

    Raises:
        ResourceError: if there is none of that name, with the nearest, or it holds no table.
    """
    if name not in catalog:
        raise ResourceError(f"There is no resource '{name}'.{did_you_mean(name, known(catalog))}")
    try:
        found = catalog.load(name)
    except DatasetError as error:
        fault = _own(error)
        raise (fault or ResourceError(f"'{name}' cannot be loaded: {error.__cause__ or error}")) from None
    if engines.find_engine(found):
        return found
    if type(found).__name__ not in ("DataFrame", "Table"):
        raise ResourceError(f"'{name}' holds no table but a {type(found).__name__}.")
    return engines.connect().from_frame(found)


def _own(error: BaseException | None) -> FaucetError | None:
    """Return the error of ours that led to an error."""
    while error is not None and not isinstance(error, FaucetError):
        error = error.__cause__ or error.__context__
    return error


def known(catalog: Any) -> Iterable[str]:
    """Return the names of the resources, and of what else has an entry."""
    return list(dict.fromkeys([*names(catalog), *catalog.config_resolver.config]))
