"""Datasets that are read where another profile has them, on both engines."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest
from kedro.io import DatasetError
from tables import frame, rows_of

from kedro_faucet import HistoryDataset, MartDataset, ResourceDataset, Snapshot
from kedro_faucet.datasets.places import deferred_from, place
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.ledger.versions import NOTHING, version

LOGGER = "kedro_faucet.datasets.places"


def pair(kind: Any, folder: Any, name: str, engine: Engine, **said: Any) -> tuple[Any, Any]:
    """What a profile has, and what it defers to."""
    about = {"engine": engine.config, **said}
    prod = {"profile": "prod", "roots": [f"{folder}/prod"], "dataset": {"filepath": f"{folder}/prod/{name}", **said}}
    return kind(filepath=f"{folder}/dev/{name}", deferred=prod, **about), kind(
        filepath=f"{folder}/prod/{name}", **about
    )


@pytest.mark.parametrize("mode", [{}, {"mode": "append"}, {"mode": "merge", "key": "n"}])
def test_a_resource_is_read_there_until_it_is_saved_here(engine, tmp_path, caplog, mode):
    """What is saved goes here alone; what is added to begins empty, and says so."""
    dev, prod = pair(ResourceDataset, tmp_path, "n", engine, save_args=mode)
    prod.save(frame(engine, n=[1, 2]))
    before = version(prod)
    assert (deferred_from(dev), dev.exists(), version(dev)) == ("prod", False, NOTHING)
    assert rows_of(engine, dev.load()) == [(1,), (2,)]
    with caplog.at_level(logging.WARNING, LOGGER):
        dev.save(frame(engine, n=[3]))
    assert [record.levelname for record in caplog.records if record.name == LOGGER] == ["WARNING"] * bool(mode)
    assert rows_of(engine, dev.load()) == [(3,)]
    assert (deferred_from(dev), version(prod)) == (None, before)


def test_a_history_is_read_there_until_it_is_saved_here(engine, tmp_path, caplog):
    """All its views are; what it would change there is refused; a snapshot here begins a history of its own."""
    dev, prod = pair(HistoryDataset, tmp_path, "h", engine, key="n")
    prod.save(Snapshot(frame(engine, n=[1], v=["a"]), datetime(2013, 1, 1)))
    assert engine.rows(dev.current()) == [(1, "a")]
    assert dev.load().columns == ["n", "v", "valid_from", "valid_to", "is_current"]
    for change in (lambda: dev.undo("2013-01-01"), lambda: dev.forget(["1"])):
        with pytest.raises(ResourceError, match="read from profile 'prod', where alone it can be changed"):
            change()
    dev.save(Snapshot(frame(engine, n=[2], v=["b"]), datetime(2012, 1, 1)))
    assert "begins empty: what profile 'prod' has of it is not copied" in caplog.text
    assert (engine.rows(dev.current()), engine.rows(prod.current())) == ([(2, "b")], [(1, "a")])


def test_a_mart_is_read_there_until_it_is_saved_here(engine, tmp_path):
    """Its tables are told as they are there."""
    dev, prod = pair(MartDataset, tmp_path, "mart.duckdb", engine)
    prod.save({"star.a": frame(engine, n=[1])})
    assert dev.load() == {"star.a": 1}
    dev.save({"star.b": frame(engine, n=[1, 2])})
    assert (dev.load(), prod.load()) == ({"star.b": 2}, {"star.a": 1})


@pytest.mark.parametrize("kind", [ResourceDataset, HistoryDataset, MartDataset])
def test_nothing_is_written_where_the_other_profile_has_its_data(engine, tmp_path, kind):
    """Neither at the very place, nor by a link, nor anywhere below the other's folder."""
    said = {"key": "n"} if kind is HistoryDataset else {}
    _, prod = pair(kind, tmp_path, "x", engine, **said)
    (tmp_path / "prod").mkdir()
    (tmp_path / "dev").symlink_to(tmp_path / "prod")
    rows = frame(engine, n=[1])
    given = {"a": rows} if kind is MartDataset else rows
    for path in ("prod/x", "dev/x", "prod/y/z"):
        deferred = pair(kind, tmp_path, "x", engine, **said)[0]._deferred
        dataset = kind(filepath=f"{tmp_path}/{path}", deferred=deferred, engine=engine.config, **said)
        with pytest.raises(DatasetError, match=r"lies where profile 'prod' has its data .* never writes there"):
            dataset.save(given)
    assert not prod.exists()
    assert list((tmp_path / "prod").iterdir()) == []


def test_tables_of_a_database_are_deferred_too(engine, tmp_path):
    """Of SQLite to a folder, and the other way round; one table of one file is refused."""
    sqlite = {"service": "sqlite", "path": f"{tmp_path}/app.db"}
    prod = ResourceDataset(table="n", service=sqlite, engine=engine.config)
    prod.save(frame(engine, n=[1]))
    there = {"profile": "prod", "roots": [], "dataset": {"table": "n", "service": sqlite}}
    dev = ResourceDataset(filepath=f"{tmp_path}/dev/n", deferred=there, engine=engine.config)
    assert engine.rows(dev.load()) == [(1,)]
    dev.save(frame(engine, n=[2]))
    assert (engine.rows(dev.load()), engine.rows(prod.load())) == ([(2,)], [(1,)])
    same = ResourceDataset(table="n", service=sqlite, deferred=there, engine=engine.config)
    with pytest.raises(DatasetError, match="never writes there"):
        same.save(frame(engine, n=[3]))
    back = {"profile": "prod", "roots": [], "dataset": {"filepath": f"{tmp_path}/dev/n"}}
    other = ResourceDataset(table="m", service=sqlite, deferred=back, engine=engine.config)
    assert engine.rows(other.load()) == [(2,)]


def test_buckets_of_one_name_are_told_apart_by_who_answers():
    """A bucket of this machine and one of the same name elsewhere are two places."""
    service = {"service": "s3", "path": "lake"}
    near, far, again = (
        place(ResourceDataset(filepath="s3://lake/x", service={**service, "endpoint": endpoint}))
        for endpoint in ("http://127.0.0.1:9000", "https://s3.example.org", "https://s3.example.org")
    )
    assert near != far == again
