"""Where a dataset's file or table lies: what its entry says of the provider, opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kedro_faucet.exceptions import ResourceError

if TYPE_CHECKING:
    from kedro_faucet.services import Service


def opened(settings: Mapping[str, Any] | None, credentials: Mapping[str, Any] | None) -> Service | None:
    """Return the service that settings are of; none of a folder of this machine."""
    from kedro_faucet.services import open_service

    return open_service(settings, credentials) if settings else None


def location(service: Service | None, path: str) -> str:
    """Return a path, or the address by which this process reaches a URL with a provider's credentials."""
    from kedro_faucet.services.stores.store import Store

    return service.address(path) if isinstance(service, Store) else path


def file_service(
    settings: Mapping[str, Any] | None, credentials: Mapping[str, Any] | None, path: str, what: str
) -> Service | None:
    """Return the service of a dataset that is a file.

    Raises:
        ResourceError: if it keeps tables, or the path is a URL of no provider's.
    """
    service = opened(settings, credentials)
    if service is None and "://" in path:
        raise ResourceError(f"{what} is a file on this machine, not {path}; a provider: may put it into a store.")
    if service is not None and service.holds == "tables":
        raise ResourceError(f"{what} is a file, and {service.place} keeps tables: name another provider:.")
    return service
