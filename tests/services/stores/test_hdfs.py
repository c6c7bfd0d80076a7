"""HDFS: files and Delta tables of a cluster, without Hadoop."""

from __future__ import annotations

from typing import Any

import pytest
from kedro.io import DatasetError
from stores import Provider

from kedro_faucet import engines
from kedro_faucet.exceptions import ResourceError

DUCKDB = engines.connect({"type": "duckdb"})
pytestmark = pytest.mark.slow


@pytest.fixture
def lake(hdfs: Any) -> Provider:
    """A provider in a directory of its own."""
    return Provider({"service": "hdfs", "path": hdfs.directory(), "host": hdfs.host, "port": hdfs.port}, {})


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "delta"])
def test_what_is_written_is_read(lake: Provider, form: str) -> None:
    """A table comes back as it went, is replaced whole, and one that was loaded before gives nothing else."""
    resource = lake.resource("a/t" if form == "delta" else f"a b/ü=1/t.{form}", DUCKDB)
    assert not resource.exists()
    resource.save(DUCKDB.sql("select 1 as n, 'é' as s"))
    loaded = resource.load()
    assert DUCKDB.rows(loaded) == [(1, "é")]
    resource.save(DUCKDB.sql("select 2 as n, 'é' as s"))
    assert DUCKDB.rows(resource.load()) == [(2, "é")]
    if form == "delta":
        assert DUCKDB.rows(loaded) == [(1, "é")]
    else:
        with pytest.raises(ResourceError, match="has changed since it was loaded: load it again"):
            DUCKDB.rows(loaded)
    assert not [name for name in lake.names() if name.endswith(".part")]


def test_modes(lake: Provider) -> None:
    """Delta appends and merges; a single file is put where none is, and not onto one that it was compared with."""
    for n in (1, 2):
        lake.resource("t", DUCKDB, save_args={"mode": "append"}).save(DUCKDB.sql(f"select {n} as n"))
    assert sorted(DUCKDB.rows(lake.resource("t", DUCKDB).load())) == [(1,), (2,)]
    new = lake.resource("t.csv", DUCKDB, save_args={"mode": "append"})
    new.save(DUCKDB.sql("select 1 as n"))
    with pytest.raises(DatasetError, match="cannot be compared and replaced in one step there: give the resource"):
        new.save(DUCKDB.sql("select 2 as n"))
    assert DUCKDB.rows(new.load()) == [(1,)]
    with pytest.raises(DatasetError, match="cannot be there: name the folder without ' '"):
        lake.resource("a b", DUCKDB).save(DUCKDB.sql("select 1 as n"))


def test_patterns_and_names(lake: Provider) -> None:
    """Patterns find files, names that are not there the nearest, and the provider lists its tables."""
    lake.put("y=1/orders.csv", b"n\n1\n")
    found = lake.resource("*/*.csv", DUCKDB, load_args={"hive": True}).load()
    assert DUCKDB.rows(found) == [(1, 1)]
    with pytest.raises(DatasetError, match=r"Did you mean 'orders\.csv'"):
        lake.resource("y=1/order.csv", DUCKDB).load()
    lake.resource("ops/t", DUCKDB).save(DUCKDB.sql("select 1 as n"))
    assert lake.opened().resources() == ["ops/t"]


def test_a_cluster_that_is_away_is_told(hdfs: Any) -> None:
    """One that is down, or says nothing, is told within ten seconds."""
    settings = {"service": "hdfs", "path": "/x", "host": hdfs.host, "port": hdfs.port}
    hdfs.pause()
    with pytest.raises(ResourceError, match="does not answer: start it, or correct host: and port:"):
        Provider(settings, {}).opened().check()
    hdfs.resume()
    with pytest.raises(DatasetError, match="does not answer"):
        Provider({**settings, "port": 9}, {}).resource("t", DUCKDB).load()
