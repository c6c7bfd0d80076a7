"""Where a dataset's file or table lies: what its entry says of the provider, opened."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from kedro.io import AbstractDataset

from kedro_faucet import engines
from kedro_faucet.config.profiles.deferral import real_place
from kedro_faucet.exceptions import ResourceError

if TYPE_CHECKING:
    from kedro_faucet.engines import Engine
    from kedro_faucet.services import Service

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class Located(AbstractDataset[Saved, Loaded]):
    """A dataset with a place on a provider, the engine of its profile, and the name that the catalog gives it."""

    _filepath: str
    _service: Service | None
    _deferred: Mapping[str, Any] | None
    _engine_config: dict[str, Any]
    metadata: Mapping[str, Any] | None

    @property
    def location(self) -> str:
        """The path, or the address by which this process reaches a URL."""
        return location(self._service, self._filepath)

    def _engine(self) -> Engine:
        return engines.connect(self._engine_config)

    def _name(self) -> str:
        """Name the resource as the catalog does."""
        return str(((self.metadata or {}).get("kedro_faucet") or {}).get("resource") or self._filepath)


def opened(
    settings: Mapping[str, Any] | None, credentials: Mapping[str, Any] | None, path: str, what: str
) -> Service | None:
    """Return the service that settings are of; none of a path of this machine.

    Raises:
        ResourceError: if the path is a URL of no provider's.
    """
    from kedro_faucet.services import open_service

    if settings:
        return open_service(settings, credentials)
    if "://" in path:
        raise ResourceError(f"{what} is a file on this machine, not {path}: a provider with a service reaches a store.")
    return None


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
    service = opened(settings, credentials, path, what)
    if service is not None and service.holds == "tables":
        raise ResourceError(f"{what} is a file, and {service.place} keeps tables: name another provider:.")
    return service


def source_of(dataset: Any) -> Any:
    """Return the dataset that one is read from: itself or, where it has nothing yet, that of the profile deferred to.

    >>> import tempfile
    >>> from kedro_faucet import ResourceDataset
    >>> from kedro_faucet.engines import connect
    >>> folder = tempfile.mkdtemp()
    >>> ResourceDataset(filepath=f"{folder}/prod/n").save(connect().sql("select 1 as n"))
    >>> prod = {"profile": "prod", "roots": [f"{folder}/prod"], "dataset": {"filepath": f"{folder}/prod/n"}}
    >>> numbers = ResourceDataset(filepath=f"{folder}/acc/n", deferred=prod)
    >>> source_of(numbers).location == f"{folder}/prod/n", connect().rows(numbers.load())
    (True, [(1,)])
    >>> numbers.save(connect().sql("select 2 as n"))
    >>> source_of(numbers) is numbers
    True
    """
    if not getattr(dataset, "_deferred", None) or dataset._exists():
        return dataset
    return theirs(dataset)


def theirs(dataset: Any) -> Any:
    """Return the dataset that the profile deferred to has in the place of one."""
    said = {name: value for name, value in dataset._deferred["dataset"].items() if name not in ("type", "validator")}
    given = getattr(dataset, "_init_args", {})
    asked = {name: given[name] for name in ("at_version", "as_of", "changes_from") if given.get(name) is not None}
    about = {"metadata": dataset.metadata, "engine": dataset._engine_config}
    return type(dataset)(**{**said, **asked, **about})


def deferred_from(dataset: Any) -> str | None:
    """Return the profile from which a dataset is read, if that is another one."""
    source = source_of(dataset)
    return str(dataset._deferred["profile"]) if source is not dataset and source._exists() else None


def begin_own(dataset: Any, name: str, *, adds: bool) -> None:
    """Refuse to write where the profile deferred to has its data; say that a table which is added to begins empty.

    Args:
        dataset: what is about to be saved.
        name: what the catalog calls it.
        adds: whether what is saved is added to what is there.

    Raises:
        ResourceError: if it lies where the other profile's data do.
    """
    refuse_theirs(dataset, name)
    if adds and (profile := deferred_from(dataset)):
        logging.getLogger(__name__).warning(
            "'%s' begins empty: what profile '%s' has of it is not copied, and not read from now on.", name, profile
        )


def refuse_theirs(dataset: Any, name: str) -> None:
    """Refuse to write where the profile deferred to has its data.

    Raises:
        ResourceError: if the dataset lies there.
    """
    deferred = getattr(dataset, "_deferred", None)
    if not deferred:
        return
    here, profile = place(dataset), deferred["profile"]
    if here == place(theirs(dataset)) or any(here.startswith(f"{root}/") for root in deferred["roots"]):
        raise ResourceError(
            f"'{name}' is not saved: it lies where profile '{profile}' has its data ({here}), and a profile that "
            f"defers to '{profile}' never writes there. In this profile, give its provider or entry a place of its own."
        )


def refuse_changed(dataset: Any, name: str) -> None:
    """Refuse to change what the profile deferred to has.

    Raises:
        ResourceError: if the dataset lies, or is read from, there.
    """
    refuse_theirs(dataset, name)
    if profile := deferred_from(dataset):
        raise ResourceError(f"it is read from profile '{profile}', where alone it can be changed.")


def place(dataset: Any) -> str:
    """Return where a dataset lies, so that two of one place are known: links followed, a table with its database."""
    service, path = dataset._service, str(dataset._filepath)
    if service is not None and service.holds == "tables":
        where = getattr(service, "reached", service.place)
        return f"{os.path.realpath(where) if os.path.isabs(where) else where}, table {path}"
    return real_place(service, path)
