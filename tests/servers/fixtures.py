"""The servers as fixtures, each started when the first test of a process asks for it, and up again before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .absent import SIGN, Absent, absent
from .azurite import Azurite
from .cluster import Cluster
from .hdfs import Hdfs
from .mariadb import MariaDB
from .postgres import Postgres
from .process import Server
from .s3 import S3
from .sftp import Sftp
from .web import Web

_running: list[Server] = []


def serve(kind: type[Server]) -> Iterator[Server]:
    """Run a server as long as the tests, or skip them."""
    try:
        server = kind()
    except Absent as why:
        absent(kind.name, why, is_required=kind.is_required)
    with server:
        _running.append(server)
        yield server
        _running.remove(server)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; `postgres.schema()` is a new schema."""
    yield from serve(Postgres)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A MariaDB server; `mariadb.schema()` is a new database."""
    yield from serve(MariaDB)


@pytest.fixture(scope="session")
def s3() -> Iterator[Server]:
    """An object store; `s3.bucket()` is a new bucket."""
    yield from serve(S3)


@pytest.fixture(scope="session")
def azure() -> Iterator[Server]:
    """A store as Azure's; `azure.container(name)` is a container."""
    yield from serve(Azurite)


@pytest.fixture(scope="session")
def hdfs() -> Iterator[Server]:
    """An HDFS cluster; `hdfs.directory()` is a new directory."""
    yield from serve(Hdfs)


@pytest.fixture(scope="session")
def sftp() -> Iterator[Server]:
    """A server of files over SSH; `sftp.directory()` is a new directory."""
    yield from serve(Sftp)


@pytest.fixture
def cluster() -> Iterator[Server]:
    """A Spark cluster of the test's own, whose memory is free again after it."""
    yield from serve(Cluster)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A web server of the test's own over the new folder `web.folder`."""
    folder = tmp_path / "web"
    folder.mkdir()
    with Web(folder) as server:
        yield server


@pytest.fixture(autouse=True)
def _revived() -> None:
    """What a test did to a server does not matter to the next."""
    for each in _running:
        each.revive()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not tested, and why."""
    skipped = [each.longrepr for each in terminalreporter.stats.get("skipped", [])]
    reasons = {each[2].removeprefix("Skipped: ") for each in skipped if isinstance(each, tuple)}
    if lines := sorted(each for each in reasons if SIGN in each):
        terminalreporter.section("not tested on this machine")
        for line in lines:
            terminalreporter.write_line(line, yellow=True)
