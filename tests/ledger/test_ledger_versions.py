"""Versions tell what a dataset holds now from what it held before; and how rows are counted without reading them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from kedro.io import CachedDataset, MemoryDataset, Version
from kedro_datasets.json import JSONDataset
from tables import frame

from kedro_faucet import HistoryDataset, MartDataset, ResourceDataset
from kedro_faucet.config import run as runs
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.delta_log import is_committed
from kedro_faucet.ledger.measures import measure
from kedro_faucet.ledger.versions import NOTHING, appends, is_kept, version


@pytest.mark.parametrize("name", ["x", "x.parquet", "x.csv", "x.json"])
def test_a_resource_has_a_version_of_its_content(engine: Engine, tmp_path: Path, name: str) -> None:
    """Nothing at first; another one after each save of other rows; the same in a copy of the project."""
    settings = getattr(engine, "config", None) or {"type": engine.name}
    found = [version(resource := ResourceDataset(filepath=str(tmp_path / "lake" / name), engine=settings))]
    for number in (1, 2):
        resource.save(engine.sql(f"select {number} as n"))
        found.append(version(resource))
    assert found[0] == NOTHING
    assert len(set(found)) == 3
    shutil.copytree(tmp_path / "lake", tmp_path / "other")
    assert version(ResourceDataset(filepath=str(tmp_path / "other" / name))) == found[-1]


def test_files_of_a_pattern_have_one_version(tmp_path: Path) -> None:
    """A file more, a file less, other bytes of the same size: each is another version."""
    resource = ResourceDataset(filepath=str(tmp_path / "*.csv"))
    found = [version(resource)]
    for name, text in (("a.csv", "n\n1\n"), ("b.csv", "n\n1\n"), ("b.csv", "n\n2\n")):
        (tmp_path / name).write_text(text)
        found.append(version(resource))
    (tmp_path / "b.csv").unlink()
    assert len(set(found)) == 4
    assert version(resource) == found[1]


def test_a_file_is_known_again_by_its_bytes(tmp_path: Path) -> None:
    """A file that was touched has the version that it had; other bytes at the same time have another."""
    file, resource = tmp_path / "x.csv", ResourceDataset(filepath=str(tmp_path / "x.csv"))
    file.write_text("n\n1\n")
    before, found = os.stat(file), version(resource)
    os.utime(file, (1, 1))
    assert version(resource) == found
    file.write_text("n\n2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert version(resource) != found


def test_datasets_of_others_have_versions_as_far_as_they_have_files(tmp_path: Path) -> None:
    """A file of Kedro's, a versioned one, a cached one, histories, marts; memory has none."""
    plain = JSONDataset(filepath=str(tmp_path / "x.json"))
    versioned = JSONDataset(filepath=str(tmp_path / "v.json"), version=Version(None, None))
    for dataset in (plain, versioned, CachedDataset(JSONDataset(filepath=str(tmp_path / "c.json")))):
        assert version(dataset) == NOTHING
        dataset.save({"a": 1})
        dataset.release()
        assert version(dataset)
    assert version(HistoryDataset(filepath=str(tmp_path / "h"), key="id")) == NOTHING
    assert version(MartDataset(filepath=str(tmp_path / "m.duckdb"))) == NOTHING
    assert version(MemoryDataset(1)) is None
    assert [is_kept(plain), is_kept(MemoryDataset(1))] == [True, False]


def test_a_database_in_a_file_has_the_version_of_the_file(tmp_path: Path) -> None:
    """SQLite's file tells when something was committed, also while that lies in its log."""
    path = tmp_path / "app.db"
    service = {"service": "sqlite", "path": str(path)}
    resource = ResourceDataset(table="x", service=service)
    assert version(ResourceDataset(table="y", service=service)) == version(resource)
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    found = [version(resource)]
    for number in (1, 2):
        connection.execute("create table if not exists x(n)")
        connection.execute("insert into x values (?)", [number])
        connection.commit()
        found.append(version(resource))
    connection.close()
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"save_args": {"mode": "append"}}, True),
        ({"save_args": {"mode": "append"}, "incremental": {"files": True}}, False),
        ({"save_args": {"mode": "merge", "key": "n"}}, False),
        ({}, False),
    ],
)
def test_what_adds_rows_again_is_known(said: dict[str, Any], expected: bool) -> None:
    """Appends do, unless they take what is new alone; merges and overwrites do not."""
    assert appends(ResourceDataset(filepath="/nowhere/x", **said)) is expected


def test_a_merge_counts_the_rows_that_it_merged(engine: Engine, tmp_path: Path, monkeypatch: Any) -> None:
    """Rows that a file had beside replaced ones are not counted, nor is what only compacts the table."""
    how = {"mode": "merge", "key": "k", "delete_by": "gone"}
    resource = ResourceDataset(filepath=str(tmp_path / "x"), engine=engine.config, save_args=how)
    monkeypatch.setattr("kedro_faucet.storage.delta.maintenance.EVERY", 1)
    saves = ([*range(10)], (), 10), ([1, 2, 20], (), 3), ([1, 3, 4], (3, 4), 1), ([5], (5,), 0)
    for n, (keys, gone, expected) in enumerate(saves):
        resource.save(frame(engine, k=keys, v=[n] * len(keys), gone=[key in gone for key in keys]))
        rows, size = measure(resource, None, is_new=True)
        assert rows == expected
        assert size
    assert len(engine.rows(resource.load())) == 8


RUNS = ("2013-01-31T12.00.00.000Z", "2013-02-28T12.00.00.000Z")


@pytest.mark.parametrize("said", [{}, {"partition_by": "k"}])
def test_a_commit_tells_its_run(engine: Engine, tmp_path: Path, said: dict[str, Any]) -> None:
    """Whoever commits, the log says which run it was for, so that a stopped one adds no rows twice."""
    how = {"mode": "append", **said}
    resource = ResourceDataset(filepath=str(tmp_path / "x"), engine=engine.config, save_args=how)
    for run in RUNS:
        runs.begin(runs.Run(run))
        try:
            resource.save(frame(engine, k=[1, 2], v=[1, 2]))
        finally:
            runs.end()
    assert measure(resource, None, is_new=True)[0] == 2
    assert [is_committed(resource.location, each, 0) for each in (*RUNS, "2013")] == [False, True, False]
