"""The page on each service is one story, which runs on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pages import DOCS, run_page
from projects import make_project
from servers.web import Switches

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def postgres(server: Any) -> dict[str, Any]:
    """A new database, as the page calls it."""
    return login(server)


def mariadb(server: Any) -> dict[str, Any]:
    """The database that the page calls shop."""
    server.sql("drop table if exists shop.orders, shop.paid")
    return login(server)


def login(server: Any) -> dict[str, Any]:
    """What a profile is told of a database."""
    return {"DB_HOST": server.host, "DB_PORT": server.port, "DB_USER": server.username, "DB_PASSWORD": server.password}


def s3(server: Any) -> dict[str, Any]:
    """A store with the bucket that the page names."""
    server.client().create_bucket(Bucket="company-lake")
    return {"S3_ENDPOINT": server.endpoint, "LAKE_KEY": server.key, "LAKE_SECRET": server.secret}


def hdfs(server: Any) -> dict[str, Any]:
    """A new directory of a cluster."""
    return {"HDFS_PATH": server.directory(), "HDFS_HOST": server.host, "HDFS_PORT": server.port}


def web(server: Any) -> dict[str, Any]:
    """A server with two files, one of which a query names; both want a password."""
    folder = server.folder / "exports"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,amount\n1,10\n2,20\n")
    (folder / "export").write_text("item\nbolt\n")
    for path in ("/exports", "/exports/orders.csv", "/exports/export?table=items"):
        server.switches[path] = Switches(login=("ada", "hunter2+hunter2"))
    return {"EXPORTS": f"{server.url}/exports", "WEB_USER": "ada", "WEB_PASSWORD": "hunter2+hunter2"}


def sftp(server: Any) -> dict[str, Any]:
    """A new directory of a server with two files of orders."""
    path = server.directory()
    (orders := Path(path, "orders")).mkdir()
    (orders / "2026-01.csv").write_text("order_id,amount\n1,10\n2,20\n")
    (orders / "2026-02.csv").write_text("order_id,amount\n3,30\n")
    login = {"USER": server.username, "KEY": server.key_filename, "PASSPHRASE": server.passphrase}
    place = {"HOST": server.host, "PORT": server.port, "PATH": path, "KNOWN_HOSTS": server.known_hosts}
    return {f"SFTP_{name}": value for name, value in {**login, **place}.items()}


PAGES = {
    "databases.md": ("postgres", postgres),
    "mysql.md": ("mariadb", mariadb),
    "object-stores.md": ("s3", s3),
    "hdfs.md": ("hdfs", hdfs),
    "sftp.md": ("sftp", sftp),
    "web-files.md": ("web", web),
}


@pytest.mark.parametrize("page", PAGES)
def test_every_snippet_of_a_page_is_true(page: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Read from top to bottom, every file is understood, every command does what it says, and no secret stays."""
    fixture, prepare = PAGES[page]
    root, said = make_project(tmp_path), prepare(request.getfixturevalue(fixture))
    (root / ".env").write_text("".join(f'{name}="{value}"\n' for name, value in said.items()))
    run_page(DOCS / "how-to" / page, root)
    left = [each.read_bytes() for each in root.rglob("*") if each.is_file() and each.name != ".env"]
    secrets = [value.encode() for name, value in said.items() if name.endswith(("PASSWORD", "PASSPHRASE", "SECRET"))]
    assert not any(secret in each for each in left for secret in secrets)
