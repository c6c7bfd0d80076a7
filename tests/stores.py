"""Providers in object stores, as tests want them: a bucket or folder each, opened as a profile would."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kedro_faucet import MartDataset, ReportDataset, ResourceDataset, engines
from kedro_faucet.datasets.history import HistoryDataset
from kedro_faucet.services import open_service


@dataclass(frozen=True)
class Provider:
    """A provider's settings and credentials.

    Args:
        settings: as providers.yml has them.
        credentials: as credentials.yml has them.
    """

    settings: dict[str, Any]
    credentials: dict[str, Any]

    def opened(self) -> Any:
        """Return the service."""
        return open_service(self.settings, self.credentials)

    def put(self, path: str, content: bytes) -> None:
        """Put an object."""
        self.opened().put(self.opened().locate(path).partition("://")[2], content)

    def names(self) -> list[str]:
        """Return the paths of all objects."""
        store = self.opened()
        below = store.locate("").partition("://")[2] + "/"
        return sorted(each.key.removeprefix(below) for each in store.objects(below))

    def resource(self, path: str, engine: engines.Engine, **said: Any) -> ResourceDataset:
        """Return a resource."""
        return ResourceDataset(engine=engine.config, **self.said(path), **said)

    def history(self, path: str, engine: engines.Engine, **said: Any) -> HistoryDataset:
        """Return a history."""
        return HistoryDataset(engine=engine.config, **self.said(path), **said)

    def mart(self, path: str, engine: engines.Engine) -> MartDataset:
        """Return a mart."""
        return MartDataset(engine=engine.config, **self.said(path))

    def report(self, path: str, **said: Any) -> ReportDataset:
        """Return a report."""
        return ReportDataset(**self.said(path), **said)

    def leftovers(self) -> list[str]:
        """Return what saves have left behind beside what they put."""
        return [name for name in self.names() if name.endswith(".part")]

    def said(self, path: str) -> dict[str, Any]:
        """Return how a resource is declared."""
        return {
            "filepath": self.opened().locate(path),
            "service": self.settings,
            "credentials": self.credentials,
            "metadata": {"kedro_faucet": {"resource": f"lake/{path}"}},
        }


@dataclass(frozen=True)
class Folder(Provider):
    """A provider of this machine's disk."""

    def put(self, path: str, content: bytes) -> None:
        """Put a file."""
        file = Path(self.settings["path"], path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def names(self) -> list[str]:
        """Return the paths of all files that are not hidden."""
        found = [each.relative_to(self.settings["path"]) for each in Path(self.settings["path"]).rglob("*.*")]
        return sorted(each.as_posix() for each in found if not any(part[0] == "." for part in each.parts))

    def said(self, path: str) -> dict[str, Any]:
        """Return how a resource is declared."""
        return {**super().said(path), "service": None, "credentials": None}


@cache
def _bucket(server: Any) -> str:
    """Return one bucket of a server: each takes it some disk."""
    return str(server.bucket())


def s3_provider(server: Any, path: str = "", **changes: Any) -> Provider:
    """Return a provider in a new folder of a server, or below a path; `changes` are of settings or credentials."""
    settings = {
        "service": "s3",
        "path": path or f"{_bucket(server)}/{secrets.token_hex(4)}",
        "endpoint": server.endpoint,
        "region": server.region,
        "credentials": "lake",
    }
    credentials = {"key": server.key, "secret": server.secret}
    for name, value in changes.items():
        (credentials if name in ("key", "secret", "token") else settings)[name] = value
    return Provider(settings, credentials)


def azure_provider(server: Any, path: str = "", **changes: Any) -> Provider:
    """Return a provider in a new folder of a container, or below a path; `changes` are of settings."""
    settings = {
        "service": "azure",
        "account": server.account,
        "path": path or f"{server.container('lake')}/{secrets.token_hex(4)}",
        "endpoint": server.endpoint,
        "credentials": "lake",
        **changes,
    }
    return Provider(settings, {"key": server.key})


def file_provider(folder: Path) -> Provider:
    """Return a provider in a folder."""
    return Folder({"service": "file", "path": f"{folder}/lake"}, {})


def hdfs_provider(server: Any, path: str = "", **changes: Any) -> Provider:
    """Return a provider in a new directory of a cluster, or in another; `changes` are of settings."""
    settings = {"service": "hdfs", "path": path or server.directory(), "host": server.host, "port": server.port}
    return Provider({**settings, **changes}, {})


def sftp_provider(server: Any, path: str = "", **changes: Any) -> Provider:
    """Return a provider in a new directory of a server, or in another; `changes` are of settings or credentials."""
    settings = {
        "service": "sftp",
        "path": path or server.directory(),
        "host": server.host,
        "port": server.port,
        "known_hosts": str(server.known_hosts),
        "credentials": "lake",
    }
    credentials = {
        "username": server.username,
        "key_filename": str(server.key_filename),
        "passphrase": server.passphrase,
    }
    for name, value in changes.items():
        (settings if name in settings else credentials)[name] = value
    return Provider(settings, credentials)
