"""S3 in a project: what goes wrong is told, no secret shows, and datasets of Kedro's reach it too."""

from __future__ import annotations

import re
import socket
import time
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, DatasetError
from servers.cut import Cut
from servers.refusing import Refusing
from service_writer import WIDTH, resource, save, start, turns
from stores import Provider, s3_provider

from kedro_faucet import engines
from kedro_faucet.config.providers import Setting, expand, read_providers
from kedro_faucet.exceptions import ConflictError, FaucetError, ResourceError
from kedro_faucet.services import open_service
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


REFUSALS = [
    (400, "ExpiredToken", "The token for {place} has expired: get a new one, and put it into the entry lake of"),
    (403, "AccessDenied", "{place} does not allow it: the entry lake of credentials.yml may not do this there"),
    (404, "NoSuchBucket", "There is no bucket"),
    (403, "RequestTimeTooSkewed", "The clock of this machine is not that of {place}: set it"),
    (507, "QuotaExceeded", "{place} is full: make room there, and run again."),
]


@pytest.mark.parametrize(("status", "code", "told"), REFUSALS, ids=[code for _, code, _ in REFUSALS])
def test_what_is_refused_in_the_middle_is_told(s3: Any, status: int, code: str, told: str) -> None:
    """A token that expires while a run goes on, a right that is taken away: each is told, by load, save and check."""
    with Refusing(s3.port) as proxy:
        provider = s3_provider(s3, endpoint=proxy.endpoint)
        for path in ("t", "t.csv"):
            provider.resource(path, DUCKDB).save(DUCKDB.sql("select 1 as n"))
        provider.resource("t.parquet", DUCKDB).save(DUCKDB.sql("select 1 as n"))
        loaded = provider.resource("t.parquet", DUCKDB).load()
        proxy.refusal = status, code
        said = refusals(provider)
        with pytest.raises(FaucetError) as error:
            DUCKDB.rows(loaded)
        for each in (*said, str(error.value)):
            assert told.format(place=provider.opened().reached) in each
            assert "\n" not in each
            assert provider.credentials["secret"] not in each


def test_no_secret_shows(lake: Provider) -> None:
    """Neither a printout of a dataset, its service or its address has the secret, nor the process's table of stores."""
    resource = lake.resource("t", DUCKDB)
    resource.save(DUCKDB.sql("select 1 as n"))
    shown = [repr(resource), str(resource), repr(lake.opened()), resource.location, str(resource.load())]
    shown += [repr(addresses.parse(resource.location)), yaml.dump(resource._describe())]
    for text in shown:
        assert lake.credentials["secret"] not in text
        assert lake.credentials["key"] not in text


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


@pytest.mark.slow
@pytest.mark.parametrize("path", ["t", "t.csv"])
def test_two_writers_lose_nothing(lake: Provider, path: str) -> None:
    """Fifteen appends of each of two processes are all there."""
    processes = [start(lake.said(path), "append", first, 15) for first in (0, 100)]
    assert [process.wait() for process in processes] == [0, 0]
    assert turns(lake.said(path)) == dict.fromkeys([*range(15), *range(100, 115)], WIDTH)


@pytest.mark.slow
@pytest.mark.spark
def test_spark_and_the_embedded_engine_lose_nothing(lake: Provider, spark: engines.Engine) -> None:
    """Appends of both engines to one table at once are all there: one log commits them."""
    said = {**lake.said("t"), "engine": spark.config}
    process, turn = start(lake.said("t"), "append", 0, 15), 100
    while process.poll() is None or turn < 104:
        save(resource(said, "append"), turn, spark.config)
        turn += 1
    assert process.returncode == 0
    assert turns(lake.said("t")) == dict.fromkeys([*range(15), *range(100, turn)], WIDTH)


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


@pytest.mark.parametrize("path", ["../up.csv", "a/../../up.csv", "a//b.csv", "/abs.csv", "./a.csv", "/"])
def test_no_path_leads_out_of_a_provider(path: str) -> None:
    """A path with a part that has no name, or leads upwards, is refused with the provider's place."""
    store = open_service({"service": "s3", "path": "lake/shop", "region": "eu-central-1"}, {})
    with pytest.raises(ResourceError, match=f"'{re.escape(path)}' is no path below s3://lake/shop: each part"):
        store.locate(path)
    assert store.locate("2013/a.b..csv") == "s3://lake/shop/2013/a.b..csv"
