"""S3 in a project: what goes wrong is told, no secret shows, and datasets of Kedro's reach it too."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, DatasetError
from servers.cut import Cut
from stores import Provider, s3_provider

from kedro_faucet import engines
from kedro_faucet.config.providers import Setting, expand, read_providers
from kedro_faucet.exceptions import ConflictError, FaucetError, ResourceError
from kedro_faucet.services.stores import addresses

DUCKDB = engines.connect({"type": "duckdb"})


@pytest.fixture
def lake(s3: Any) -> Provider:
    """A provider in a folder of its own."""
    return s3_provider(s3)


def refusals(provider: Provider) -> list[str]:
    """Return what is said of a load, a save and a check."""
    said = []
    for path in ("t", "t.csv"):
        resource = provider.resource(path, DUCKDB)
        for act in (resource.load, lambda resource=resource: resource.save(DUCKDB.sql("select 1 as n"))):
            with pytest.raises(DatasetError) as error:
                act()
            assert f"lake/{path}" in str(error.value) or provider.settings["path"] in str(error.value)
            said.append(str(error.value.__cause__))
    with pytest.raises(ResourceError) as refused:
        provider.opened().check()
    return [*said, str(refused.value)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"key": "nobody"}, "does not know the key in the entry lake of credentials.yml"),
        ({"secret": "wrong"}, "The secret in the entry lake of credentials.yml is not that of the key"),
        ({"path": "no-such-bucket/x"}, "There is no bucket 'no-such-bucket' at http"),
        ({"endpoint": "http://127.0.0.1:9"}, "does not answer: start it, or correct endpoint: in providers.yml"),
        ({"endpoint": "http://nowhere.invalid"}, "does not answer: start it, or correct endpoint: in providers.yml"),
    ],
    ids=["key", "secret", "bucket", "refused", "unknown host"],
)
def test_what_goes_wrong_is_one_sentence(s3: Any, changes: dict[str, str], told: str) -> None:
    """A load, a save and a check say the same: what is wrong, where, and what to do; never the secret."""
    provider = s3_provider(s3, changes.pop("path", ""), **changes)
    for said in refusals(provider):
        assert told in said
        assert provider.credentials["secret"] not in said
        assert "\n" not in said


def test_tls_where_there_is_none(s3: Any) -> None:
    """A wrong http or https is told as such."""
    for said in refusals(s3_provider(s3, endpoint=s3.endpoint.replace("http:", "https:"))):
        assert "speaks no TLS" in said


@pytest.mark.slow
def test_a_silent_endpoint_is_told_within_ten_seconds(s3: Any) -> None:
    """An endpoint that accepts and says nothing keeps nobody waiting; so does one that falls silent later."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        provider = s3_provider(s3, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        for act in (
            provider.opened().check,
            provider.resource("t", DUCKDB).load,
            provider.resource("t.csv", DUCKDB).load,
        ):
            start = time.monotonic()
            with pytest.raises((ResourceError, DatasetError), match="does not answer"):
                act()
            assert time.monotonic() - start < 10


def test_an_expired_token_is_told() -> None:
    """What a store says of a token is told with the entry that holds it."""
    from kedro_faucet.services import open_service
    from kedro_faucet.services.stores.refusals import refusal

    store = open_service({"service": "s3", "path": "lake", "credentials": "lake"}, {"token": "abc"})
    text = "Server returned non-2xx status code: 400 Bad Request: <Error><Code>ExpiredToken</Code></Error>"
    assert refusal(text, store, "lake/x") == (
        "The token for s3://lake has expired: get a new one, and put it into the entry lake of credentials.yml."
    )


def test_no_secret_shows(lake: Provider) -> None:
    """Neither a printout of a dataset, its service or its address has the secret, nor the process's table of stores."""
    resource = lake.resource("t", DUCKDB)
    resource.save(DUCKDB.sql("select 1 as n"))
    shown = [repr(resource), str(resource), repr(lake.opened()), resource.location, str(resource.load())]
    shown += [repr(addresses.parse(resource.location)), yaml.dump(resource._describe())]
    for text in shown:
        assert lake.credentials["secret"] not in text
        assert lake.credentials["key"] not in text


def test_a_dataset_goes_to_another_process(lake: Provider) -> None:
    """A pickled resource reaches the store where it is unpickled."""
    lake.resource("t.csv", DUCKDB).save(DUCKDB.sql("select 1 as n"))
    code = (
        "import pickle, sys; d = pickle.load(sys.stdin.buffer); "
        "from kedro_faucet import engines; print(engines.connect().rows(d.load()))"
    )
    given = pickle.dumps(lake.resource("t.csv", DUCKDB))
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True)
    assert done.stdout == b"[(1,)]\n"


def test_any_dataset_of_kedro_may_name_the_provider(lake: Provider) -> None:
    """A dataset of Kedro's gets URL, endpoint and credentials."""
    entries = {
        "summary": {"type": "pandas.ParquetDataset", "provider": "lake", "path": "a/summary.parquet"},
        "notes": {"type": "json.JSONDataset", "provider": "lake", "path": "a/notes.json"},
        "mart": {"type": "kedro_faucet.MartDataset", "provider": "lake", "path": "mart.duckdb"},
    }
    setting = Setting(read_providers({"lake": lake.settings}), {"type": "duckdb"}, None, "base")
    catalog = DataCatalog.from_config(expand(entries, setting), {"lake": lake.credentials})
    catalog.save("summary", pd.DataFrame({"n": [1]}))
    catalog.save("notes", {"n": 1})
    catalog.save("mart", {"star.a": DUCKDB.sql("select 1 as n")})
    assert catalog.load("summary").n.tolist() == [1]
    assert catalog.load("notes") == {"n": 1}
    assert lake.names() == ["a/notes.json", "a/summary.parquet", "mart.duckdb"]
    assert DUCKDB.rows(lake.resource("a/summary.parquet", DUCKDB).load()) == [(1,)]
    assert lake.credentials["secret"] not in repr(catalog)


def test_a_versioned_bucket_keeps_what_was_loaded(s3: Any) -> None:
    """Where the store keeps versions, a table that was loaded is read as it was after a save."""
    bucket = s3.bucket()
    s3.client().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    resource = s3_provider(s3, f"{bucket}/x").resource("t.csv", DUCKDB)
    resource.save(DUCKDB.sql("select 1 as n"))
    loaded = resource.load()
    resource.save(DUCKDB.sql("select 2 as n"))
    assert DUCKDB.rows(loaded) == [(1,)]
    assert DUCKDB.rows(resource.load()) == [(2,)]


def test_a_put_is_conditional(lake: Provider) -> None:
    """An object is put only in the place of the one that was compared with."""
    store = lake.opened()
    lake.put("x", b"1")
    key = store.locate("x").partition("://")[2]
    first = store.find(key)
    store.put(key, b"2", first)
    for over in (first, "none"):
        with pytest.raises(ConflictError, match="Another process wrote s3://"):
            store.put(key, b"3", over)
    assert store.read(key, "", 0, 1) == b"2"


WRITER = """
import sys
from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset
engine = engines.connect()
said = eval(sys.stdin.read())
resource = ResourceDataset(**said, save_args={"mode": "append"})
for i in range(int(sys.argv[2])):
    text = f"select {sys.argv[1]} as w, {i} as i, range as n from range({sys.argv[3]})"
    resource.save(engine.sql(text, portable=False))
    print(i, flush=True)
"""


def writer(provider: Provider, path: str, name: int, count: int, rows: int = 1) -> subprocess.Popen[bytes]:
    """Start a process that appends."""
    command = [sys.executable, "-c", WRITER, str(name), str(count), str(rows)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(repr(provider._said(path)).encode())
    process.stdin.close()
    return process


@pytest.mark.slow
@pytest.mark.parametrize("path", ["t", "t.csv"])
def test_two_writers_lose_nothing(lake: Provider, path: str) -> None:
    """Fifteen appends of each of two processes are all there."""
    processes = [writer(lake, path, name, 15) for name in (1, 2)]
    assert [process.wait() for process in processes] == [0, 0]
    table = lake.resource(path, DUCKDB).load()
    assert DUCKDB.rows(DUCKDB.sql("select count(*), count(distinct w * 100 + i) from t", t=table)) == [(30, 30)]


@pytest.mark.slow
@pytest.mark.spark
def test_spark_and_the_embedded_engine_lose_nothing(lake: Provider, spark: engines.Engine) -> None:
    """Appends of both engines to one table at once are all there: one log commits them."""
    resource = lake.resource("t", spark, save_args={"mode": "append"})
    resource.save(spark.sql("select 2 as w, -1 as i, cast(0 as bigint) as n"))
    process, saved = writer(lake, "t", 1, 15), 1
    while process.poll() is None or saved < 4:
        resource.save(spark.sql(f"select 2 as w, {saved} as i, cast(0 as bigint) as n"))
        saved += 1
    assert process.returncode == 0
    text = "select w, count(*) as n, count(distinct i) as m from t group by w order by w"
    assert DUCKDB.rows(DUCKDB.sql(text, t=lake.resource("t", DUCKDB).load())) == [(1, 15, 15), (2, saved, saved)]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["t", "t.csv", "t.parquet"])
@pytest.mark.parametrize("delay", [0.05, 0.4])
def test_a_killed_writer_leaves_whole_saves(lake: Provider, path: str, delay: float) -> None:
    """Whenever a process is killed, each of its saves is there whole or not at all, and the next goes on."""
    process = writer(lake, path, 1, 1000, 50_000)
    assert process.stdout
    done = int(process.stdout.readline())
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    done = max([done, *map(int, process.stdout.read().split())])
    process.wait()
    text = "select i, count(*) as n, sum(n) as total from t group by i order by i"
    found = DUCKDB.rows(DUCKDB.sql(text, t=lake.resource(path, DUCKDB).load()))
    assert [row[0] for row in found] in ([*range(done + 1)], [*range(done + 2)])
    assert {row[1:] for row in found} == {(50_000, 1249975000)}
    lake.resource(path, DUCKDB, save_args={"mode": "append"}).save(DUCKDB.sql("select 1 as w, -1 as i, 0 as n"))
    assert DUCKDB.rows(DUCKDB.sql("select count(*) from t", t=lake.resource(path, DUCKDB).load())) == [
        (50_000 * len(found) + 1,)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["t", "t.csv"])
def test_a_store_that_is_killed_and_started_again(s3: Any, lake: Provider, path: str) -> None:
    """What was saved is there afterwards; a save meanwhile is refused, saying that nobody answers."""
    resource = lake.resource(path, DUCKDB, save_args={"mode": "append"})
    resource.save(DUCKDB.sql("select 1 as n"))
    s3.kill9()
    with pytest.raises((FaucetError, DatasetError), match="does not answer"):
        resource.save(DUCKDB.sql("select 2 as n"))
    s3.start()
    resource.save(DUCKDB.sql("select 3 as n"))
    assert sorted(DUCKDB.rows(resource.load())) == [(1,), (3,)]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["t", "t.parquet"])
def test_a_connection_that_is_cut(s3: Any, lake: Provider, path: str) -> None:
    """A connection that breaks in the middle of a read gives an error or all rows, never some."""
    lake.resource(path, DUCKDB).save(
        DUCKDB.sql("select range as n, md5(range::text) as s from range(200000)", portable=False)
    )
    with Cut(s3.port) as proxy:
        through = s3_provider(s3, lake.settings["path"], endpoint=f"http://127.0.0.1:{proxy.port}")
        table = through.resource(path, DUCKDB).load()
        proxy.after = proxy.passed + 100_000
        with pytest.raises(FaucetError, match="does not answer"):
            DUCKDB.rows(DUCKDB.sql("select count(s), sum(n) from t", t=table))
        proxy.heal()
        assert DUCKDB.rows(DUCKDB.sql("select count(s), sum(n) from t", t=table)) == [(200_000, 19999900000)]
