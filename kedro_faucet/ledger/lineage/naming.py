"""What OpenLineage calls a dataset: by where it lies, as the other programs do that read and write it."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kedro_faucet.datasets.places import location
from kedro_faucet.ledger.versions import is_kept
from kedro_faucet.services.stores.addresses import url_of


class Naming(NamedTuple):
    """The two parts of a dataset's name."""

    namespace: str
    name: str


def named(name: str, dataset: Any, namespace: str) -> Naming:
    """Return what OpenLineage calls a dataset.

    >>> from kedro_faucet import ResourceDataset
    >>> named("lake/n", ResourceDataset(filepath="/data/lake/n"), "shop")
    Naming(namespace='file', name='/data/lake/n')
    >>> named("kept", None, "shop")
    Naming(namespace='shop', name='kept')

    Args:
        name: what the catalog calls it.
        dataset: the dataset; None where the catalog has none, as of what stays in memory.
        namespace: the one of what lies nowhere.
    """
    service, path = getattr(dataset, "_service", None), str(getattr(dataset, "_filepath", "") or "")
    if service is not None and service.holds == "tables":
        return _table(service, path)
    if not path or not is_kept(dataset):
        return Naming(namespace, name)
    protocol = getattr(dataset, "_protocol", "file") or "file"
    return _file(path if protocol == "file" or "://" in path else f"{protocol}://{path}", service)


def _file(path: str, service: Any) -> Naming:
    """Return the name of a path, or of a URL, whose login and query are left out."""
    url = urlsplit(url_of(location(service, path)))
    if not url.netloc:
        return Naming("file", url.path)
    return Naming(f"{url.scheme}://{url.netloc.rpartition('@')[2]}", url.path.strip("/"))


def _table(service: Any, table: str) -> Naming:
    """Return the name of a table: below its database's host, or the file that the database is."""
    parts = [str(getattr(service, "database", "") or ""), _schema(service, table), table]
    name = ".".join(part for part in parts if part)
    if host := getattr(service, "host", None):
        return Naming(f"{service.service}://{host}:{service.port}", name)
    if path := getattr(service, "path", None):
        return Naming("file", f"{path}/{table}")
    url = urlsplit(service.place)
    return Naming(f"{url.scheme}://{url.netloc}", ".".join(filter(None, (url.path.strip("/"), name))))


def _schema(service: Any, table: str) -> str:
    """Return the schema of a table that does not say its own."""
    return "" if "." in table else str(getattr(service, "schema_", "") or "")
