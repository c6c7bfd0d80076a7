"""Passwords of every service, in a project whose runs succeed and fail: nothing that is left or shown holds one."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from projects import kedro, make_project
from servers.web import Switches

pytestmark = [pytest.mark.servers, pytest.mark.slow]

BROKEN = "select order_id, cast(case when order_id = 50000 then 'x' else '1' end as integer) as n from orders"
PIPELINES = """
from kedro_faucet import pipelines


def register_pipelines():
    way = ["web", "shop", "legacy", "lake"]
    first = pipelines.copy("web", "app", ["orders"])
    whole = sum((pipelines.copy(a, b, ["orders"]) for a, b in zip(way, way[1:])), start=first)
    broken = {
        f"to_{place}": pipelines.sql("sql/broken.sql", {"orders": "app/orders"}, f"{place}/broken") for place in way[1:]
    }
    return {"__default__": whole, **broken}
"""


def watched(secrets: set[bytes], is_over: threading.Event, found: set[bytes]) -> None:
    """Look again and again at the command lines of all processes, and at nothing of our own."""
    while not is_over.wait(0.05):
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                line = each.read_bytes()
                found |= {secret for secret in secrets if secret in line}


def test_no_secret_is_left_or_shown(postgres: Any, mariadb: Any, s3: Any, web: Any, tmp_path: Path) -> None:
    """Runs, also such as fail in the middle of a write, leave passwords in no file, message, page or command line."""
    (web.folder / "exports").mkdir()
    (web.folder / "exports" / "orders.csv").write_text("order_id\n" + "\n".join(map(str, range(60_000))) + "\n")
    web.switches["/exports/orders.csv"] = Switches(login=("ada", "hunter2-of-the-web"))
    at = {"host": "127.0.0.1"}
    providers = {
        "web": {"service": "http", "path": f"{web.url}/exports", "format": "csv", "credentials": "web"},
        "shop": {"service": "postgres", **at, "port": postgres.port, "database": postgres.database,
                 "schema": postgres.schema(), "credentials": "shop"},
        "legacy": {"service": "mariadb", **at, "port": mariadb.port, "database": mariadb.schema(),
                   "credentials": "legacy"},
        "lake": {"service": "s3", "path": f"{s3.bucket()}/x", "endpoint": s3.endpoint, "region": s3.region,
                 "credentials": "lake"},
        "app": {"service": "sqlite", "path": "data/app.db"},
    }  # fmt: skip
    login = {name: {"username": s.username, "password": s.password} for name, s in
             (("shop", postgres), ("legacy", mariadb))}  # fmt: skip
    login["web"] = {"username": "ada", "password": "hunter2-of-the-web"}
    login["lake"] = {"key": s3.key, "secret": s3.secret}
    files = {
        "conf/base/providers.yml": json.dumps({"providers": providers}),
        "conf/local/credentials.yml": json.dumps(login),
        "src/shop/pipeline_registry.py": PIPELINES,
        "src/shop/sql/broken.sql": BROKEN,
    }
    root = make_project(tmp_path / "shop", files)
    words = [each.get("password") or each["secret"] for each in login.values()]
    forms = (str, quote, quote_plus, lambda text: repr(text)[1:-1])
    secrets = {form(word).encode() for word in words for form in forms}
    is_over, in_lines = threading.Event(), set[bytes]()
    watch = threading.Thread(target=watched, args=(secrets, is_over, in_lines))
    watch.start()
    try:
        done = [kedro(root, "run")]
        done += [kedro(root, "run", "--pipeline", f"to_{name}") for name in ("shop", "legacy", "lake")]
        done += [kedro(root, "faucet", *command) for command in (["check"], ["resources"], ["show", "catalog"])]
        done.append(kedro(root, "viz", "build"))
    finally:
        is_over.set()
        watch.join()
    said = "".join(each.stdout + each.stderr for each in done)
    assert [each.returncode for each in done] == [0, 1, 1, 1, 0, 0, 0, 0], said
    left = [file for file in root.rglob("*") if file.is_file() and file.name != "credentials.yml"]
    assert len([file for file in left if "build" in file.parts]) > 3
    assert not [file for file in left if any(secret in file.read_bytes() for secret in secrets)]
    assert not [secret for secret in secrets if secret in said.encode()]
    assert in_lines == set()
