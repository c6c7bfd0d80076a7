"""The services that there are: ours, and those of other packages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any
from urllib.parse import urlsplit

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.services.service import Service

GROUP = "kedro_faucet.services"
OURS = {
    "file": "file:File",
    "azure": "stores.buckets.azure:Azure",
    "duckdb": "duckdb:DuckDB",
    "gcs": "stores.buckets.gcs:Gcs",
    "hdfs": "stores.disks.hdfs:Hdfs",
    "http": "stores.http:Http",
    "mariadb": "mysql:MariaDB",
    "mysql": "mysql:MySQL",
    "postgres": "postgres:Postgres",
    "s3": "stores.buckets.s3:S3",
    "sftp": "stores.disks.sftp:Sftp",
    "sqlalchemy": "sqlalchemy:SQLAlchemy",
    "sqlite": "sqlite:SQLite",
}

_SCHEMES = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "hdfs": "hdfs"}


@cache
def services() -> dict[str, EntryPoint]:
    """Return the services by their names; another package's is no substitute for one of ours.

    >>> list(services())[:1]
    ['file']
    """
    ours = {name: EntryPoint(name, f"{GROUP}.{place}", GROUP) for name, place in OURS.items()}
    return {**ours, **{each.name: each for each in entry_points(group=GROUP) if each.name not in ours}}


def find_service(name: str) -> type[Service]:
    """Return the class of a service.

    >>> find_service("file").__name__
    'File'

    Raises:
        ConfigError: if there is none of the name.
    """
    if name not in services():
        raise ConfigError(f"the service '{name}' does not exist.{did_you_mean(name, services())} {_known()}")
    found: type[Service] = services()[name].load()
    return found


def _known() -> str:
    return f"There are: {', '.join(services())}."


def of_url(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provider's settings with the service of its path, where that is a URL.

    >>> of_url({"path": "s3://company-lake/shop", "format": "delta"})
    {'path': 'company-lake/shop', 'format': 'delta', 'service': 's3'}
    >>> of_url({"service": "file", "path": "hdfs://namenode:8020/lake"})
    {'service': 'hdfs', 'path': '/lake', 'host': 'namenode', 'port': 8020}
    """
    scheme, found, rest = str(settings.get("path", "")).partition("://")
    service = _SCHEMES.get(scheme.lower()) if found and settings.get("service", "file") == "file" else None
    if service is None:
        return dict(settings)
    if service != "hdfs":
        return {**settings, "service": service, "path": rest}
    url = urlsplit(f"//{rest}")
    host = {name: value for name, value in (("host", url.hostname), ("port", url.port)) if value}
    return {**settings, "service": service, "path": url.path, **host}


def open_service(settings: Mapping[str, Any], credentials: Mapping[str, Any] | None = None) -> Service:
    """Return a service with its settings and credentials.

    >>> open_service({"service": "file", "path": "data/lake"}).place
    'data/lake'

    Raises:
        ConfigError: if there is no such service.
        ResourceError: if the credentials say what it does not understand.
    """
    kind = find_service(settings.get("service", "file"))
    return kind.model_validate(dict(settings)).opened(credentials)
