"""Files of a web server: read whole or not at all, and every refusal told."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from kedro.io import DatasetError
from servers.web import Switches
from stores import Provider

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError

BIG = b"n\n" + b"".join(b"%d\n" % n for n in range(100_000))
DUCKDB = pytest.mark.parametrize("engine", ["duckdb"], indirect=True)


def provider(web: Any, **credentials: str) -> Provider:
    """Return a provider of the server's folder."""
    said = {"credentials": "web"} if credentials else {}
    return Provider({"service": "http", "path": f"{web.url}/exports", **said}, credentials)


@pytest.fixture
def files(web: Any) -> Any:
    """The folder behind the provider's path."""
    folder = web.folder / "exports"
    folder.mkdir()
    return folder


def test_files_are_read(web: Any, files: Any, engine: Engine) -> None:
    """A file is read as one of this machine, packed or not, whatever its name holds."""
    (files / "x.csv").write_bytes(BIG)
    (files / "x.csv.gz").write_bytes(gzip.compress(BIG))
    (files / "x.json").write_text('{"n": 1}\n')
    lake = provider(web)
    for path in ("x.csv", "x.csv.gz"):
        table = lake.resource(path, engine).load()
        assert engine.rows(engine.sql("select count(*), sum(n) from t", t=table)) == [(100_000, 4999950000)]
    assert engine.rows(lake.resource("x.json", engine).load()) == [(1,)]


@DUCKDB
def test_parquet_and_names(web: Any, files: Any, engine: Engine, tmp_path: Any) -> None:
    """Parquet is read too; a query is part of the name."""
    engine.write_file(engine.sql("select 1 as n"), "parquet", str(files / "a.parquet"))
    assert engine.rows(provider(web).resource("a.parquet", engine).load()) == [(1,)]
    (files / "export").write_text("n\n7\n")
    found = provider(web).resource("export?table=orders&all=1", engine, format="csv").load()
    assert engine.rows(found) == [(7,)]
    assert ("GET", "/exports/export?table=orders&all=1", None) in web.requests


@DUCKDB
def test_a_loaded_table_stays_what_it_was(web: Any, files: Any, engine: Engine) -> None:
    """What is fetched is read, whatever the server has by then."""
    (files / "x.csv").write_text("n\n1\n")
    table = provider(web).resource("x.csv", engine).load()
    (files / "x.csv").write_text("n\n2\n")
    assert engine.rows(table) == [(1,)]
    web.stop()
    assert engine.rows(table) == [(1,)]


@DUCKDB
@pytest.mark.parametrize(
    ("switches", "told"),
    [
        (Switches(status=401), "wants other credentials: give username and password, or token"),
        (Switches(status=403), "does not allow it to everybody"),
        (Switches(status=404), r"no object http.*/exports/x\.csv"),
        (Switches(status=410), "is there no more"),
        (Switches(status=418), "is refused .418"),
        (Switches(status=500), "the server fails .500"),
        (Switches(cut=1000), "was cut off"),
        (Switches(length=len(BIG) + 5), "was cut off"),
        (Switches(redirect="/exports/x.csv"), "is refused .302"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value.status or ""),
)
def test_refusals_are_told(web: Any, files: Any, engine: Engine, switches: Switches, told: str) -> None:
    """A state, a cut body or a circle of redirects is no table: the message names the URL and what to do."""
    (files / "x.csv").write_bytes(BIG)
    web.switches["/exports/x.csv"] = switches
    with pytest.raises(DatasetError, match=told) as error:
        provider(web).resource("x.csv", engine).load()
    assert f"{web.url}/exports/x.csv" in str(error.value)


@DUCKDB
def test_a_silent_server_is_told_within_ten_seconds(web: Any, files: Any, engine: Engine) -> None:
    """A server that accepts and says nothing keeps nobody waiting."""
    web.switches["/exports/x.csv"] = Switches(silent=True)
    lake = provider(web)
    lake.settings["timeout"] = 1
    start = time.monotonic()
    with pytest.raises(DatasetError, match="does not answer within 1 seconds"):
        lake.resource("x.csv", engine).load()
    assert time.monotonic() - start < 10
    web.stop()
    with pytest.raises(DatasetError, match="does not answer: correct path"):
        lake.resource("x.csv", engine).load()


@DUCKDB
def test_credentials_go_to_their_server_alone(web: Any, files: Any, engine: Engine) -> None:
    """A password opens what wants it, and does not follow a redirect to another server."""
    (files / "x.csv").write_text("n\n1\n")
    (files / "y.csv").write_text("n\n2\n")
    web.switches["/exports/x.csv"] = Switches(login=("ada", "hunter2"))
    web.switches["/exports/here.csv"] = Switches(redirect="/exports/x.csv")
    web.switches["/exports/there.csv"] = Switches(redirect=f"{web.url}/exports/x.csv".replace("127.0.0.1", "localhost"))
    lake = provider(web, username="ada", password="hunter2")
    assert engine.rows(lake.resource("x.csv", engine).load()) == [(1,)]
    assert engine.rows(lake.resource("here.csv", engine).load()) == [(1,)]
    with pytest.raises(DatasetError, match="wants other credentials"):
        lake.resource("there.csv", engine).load()
    with pytest.raises(DatasetError, match="wants other credentials") as error:
        provider(web, username="ada", password="hunter3").resource("x.csv", engine).load()
    assert "hunter3" not in f"{error.value} {error.value.__cause__}"


@DUCKDB
def test_it_is_read_only_and_lists_nothing(web: Any, files: Any, engine: Engine) -> None:
    """A save and a pattern are refused, saying why."""
    lake = provider(web)
    with pytest.raises(DatasetError, match="is to read only"):
        lake.resource("x.csv", engine).save(engine.sql("select 1 as n"))
    with pytest.raises(DatasetError, match="lists nothing: name its files one by one"):
        lake.resource("*.csv", engine).load()
    with pytest.raises(ResourceError, match="lists nothing"):
        lake.opened().resources()


def test_check_takes_any_answer(web: Any, files: Any) -> None:
    """A place that is no page answers too; one that wants credentials, or fails, does not."""
    provider(web).opened().check()
    for status in (401, 503):
        web.switches["/exports"] = Switches(status=status)
        with pytest.raises(ResourceError, match=r"wants other|fails"):
            provider(web).opened().check()
