"""What the commands share: the project's loader, and text in columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from kedro.framework.project import settings
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.config.loader import FaucetConfigLoader
from kedro_faucet.config.providers import read_providers
from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.services import Service


def loader_class() -> type[FaucetConfigLoader]:
    """Return the class of the project's loader.

    Raises:
        ConfigError: if the project has another one than ours.
    """
    kind: type[FaucetConfigLoader] = settings.CONFIG_LOADER_CLASS
    if not issubclass(kind, FaucetConfigLoader):
        raise ConfigError(
            f"This project's configuration is loaded by {kind.__name__}. Write into its settings.py:\n"
            "from kedro_faucet import FaucetConfigLoader\n"
            "CONFIG_LOADER_CLASS = FaucetConfigLoader"
        )
    return kind


def open_loader(
    metadata: ProjectMetadata, env: str | None, kind: type[FaucetConfigLoader] | None = None
) -> FaucetConfigLoader:
    """Return the loader of a project in a profile, as a run would have it."""
    source = str(metadata.project_path / settings.CONF_SOURCE)
    return (kind or loader_class())(source, env or os.getenv("KEDRO_ENV"), **settings.CONFIG_LOADER_ARGS)


def open_provider(loader: FaucetConfigLoader, name: str) -> Service:
    """Return a provider's service with its credentials.

    Raises:
        ConfigError: if there is no such provider; it names the nearest.
        ResourceError: if the credentials say what the service does not understand.
    """
    providers = read_providers(loader["providers"])
    if name not in providers:
        known = ", ".join(providers) or "none"
        raise ConfigError(f"There is no provider '{name}'.{did_you_mean(name, providers)} Providers: {known}.")
    service = providers[name].below(loader.project)
    return service.opened(loader.written("credentials").get(service.credentials or ""))


def columns(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as text, each column as wide as its longest cell.

    >>> print(columns([["name", "rows"], ["lake/flights", 3]]))
    name          rows
    lake/flights  3
    """
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)
