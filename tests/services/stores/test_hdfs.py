"""HDFS: files and Delta tables of a cluster, without Hadoop."""

from __future__ import annotations

from typing import Any

import pytest
from kedro.io import DatasetError
from stores import Provider, hdfs_provider

from kedro_faucet import engines
from kedro_faucet.exceptions import ResourceError

DUCKDB = engines.connect({"type": "duckdb"})
pytestmark = pytest.mark.slow


@pytest.fixture
def lake(hdfs: Any) -> Provider:
    """A provider in a directory of its own."""
    return hdfs_provider(hdfs)


def test_what_cannot_be_there_is_told(lake: Provider) -> None:
    """A single file is put where none is, and not onto one that it was compared with; Delta has plain names alone."""
    new = lake.resource("t.csv", DUCKDB, save_args={"mode": "append"})
    new.save(DUCKDB.sql("select 1 as n"))
    with pytest.raises(DatasetError, match="cannot be compared and replaced in one step there: give the resource"):
        new.save(DUCKDB.sql("select 2 as n"))
    assert DUCKDB.rows(new.load()) == [(1,)]
    with pytest.raises(DatasetError, match="cannot be there: name the folder without ' '"):
        lake.resource("a b", DUCKDB).save(DUCKDB.sql("select 1 as n"))


def test_a_cluster_that_is_away_is_told(hdfs: Any) -> None:
    """One that is down, or says nothing, is told within ten seconds."""
    hdfs.pause()
    with pytest.raises(ResourceError, match="does not answer: start it, or correct host: and port:"):
        hdfs_provider(hdfs, "/x").opened().check()
    hdfs.resume()
    with pytest.raises(DatasetError, match="does not answer"):
        hdfs_provider(hdfs, "/x", port=9).resource("t", DUCKDB).load()
