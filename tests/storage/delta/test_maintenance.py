"""Delta tables are compacted and vacuumed beside their readers and writers."""

from __future__ import annotations

import os
import re
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.table import TableOptimizer
from kedro.io import DatasetError

from kedro_faucet import Snapshot, engines
from kedro_faucet.datasets import HistoryDataset, ResourceDataset
from kedro_faucet.engines.delta import latest_version, open_table
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.delta import maintenance
from kedro_faucet.storage.delta.maintenance import EVERY, maintain


def test_a_table_says_the_same_after_it(engine, tmp_path):
    """Little files become one, the rows stay, what was loaded before can be read, and appends go on."""
    numbers = ResourceDataset(filepath=str(tmp_path / "n"), engine=engine.config, save_args={"mode": "append"})
    for n in range(4):
        numbers.save(engine.sql(f"select {n} as n"))
    loaded = numbers.load()
    assert maintain(str(tmp_path / "n")).compacted >= 4
    assert len(open_table(str(tmp_path / "n")).file_uris()) == 1
    numbers.save(engine.sql("select 4 as n"))
    assert sorted(engine.rows(loaded)) == [(n,) for n in range(4)]
    assert sorted(engine.rows(numbers.load())) == [(n,) for n in range(5)]


def test_files_of_old_versions_are_removed_and_no_others(tmp_path):
    """What was replaced longer ago than the time to keep is gone, what is younger stays; a dry run removes nothing."""
    numbers, uri = ResourceDataset(filepath=str(tmp_path / "n")), str(tmp_path / "n")
    for n in range(3):
        numbers.save(engines.connect().sql(f"select {n} as n"))
    first, second, third = (file for (file,) in (set(map(Path, open_table(uri, n).file_uris())) for n in range(3)))
    replaced(uri, 40)
    assert maintain(uri, dry_run=True).removed == 1
    assert first.exists()
    assert maintain(uri).removed == 1
    assert [file.exists() for file in (first, second, third)] == [False, True, True]
    assert engines.connect().rows(numbers.load()) == [(2,)]
    with pytest.raises(DatasetError, match=r"Version 0 of the Delta table .* is gone: its files were cleared away"):
        ResourceDataset(filepath=str(tmp_path / "n"), at_version=0).load()


def replaced(uri: str, days: int) -> None:
    """Let version 1 of a table have replaced the files of version 0 so many days ago; those are much older."""
    log = Path(uri, "_delta_log", f"{1:020}.json")
    for file in open_table(uri, 0).file_uris():
        os.utime(file, (0, 0))
    then = int((time.time() - timedelta(days=days).total_seconds()) * 1000)
    log.write_text(re.sub(r'"deletionTimestamp":\d+', f'"deletionTimestamp":{then}', log.read_text()))


def test_what_is_to_be_kept_is_kept_however_often_a_table_is_maintained(tmp_path):
    """Files that were replaced since the time to keep stay after checkpoints, which by Delta's own rule forget them
    after a week; the time may be made longer, not shorter."""
    numbers, uri = ResourceDataset(filepath=str(tmp_path / "n")), str(tmp_path / "n")
    for n in range(2):
        numbers.save(engines.connect().sql(f"select {n} as n"))
    replaced(uri, 40)
    for days in (50, 50, 45):
        assert maintain(uri, timedelta(days=days)).removed == 0
        assert engines.connect().rows(numbers.at_version(0).load()) == [(0,)]
    assert open_table(uri).metadata().configuration["delta.deletedFileRetentionDuration"] == "interval 50 days"
    assert maintain(uri).removed == 1


def test_a_history_is_what_it_was(tmp_path):
    """The log of a history is compacted without a change of its views, and saves go on."""
    fleet, engine = HistoryDataset(filepath=str(tmp_path / "fleet"), key="id"), engines.connect()
    for month in range(1, 7):
        fleet.save(Snapshot(engine.sql(f"select 1 as id, {month} as v"), f"2013-{month:02}-01"))
    before, version = engine.rows(fleet.intervals()), latest_version(str(tmp_path / "fleet"))
    maintain(str(tmp_path / "fleet"))
    assert latest_version(str(tmp_path / "fleet")) > version
    assert sorted(engine.rows(fleet.intervals())) == sorted(before)
    fleet.save(Snapshot(engine.sql("select 1 as id, 7 as v"), "2013-07-01"))
    assert len(engine.rows(fleet.intervals())) == 7


def test_too_short_a_time_is_refused(tmp_path):
    """Files that a reader of this week may need are never removed."""
    with pytest.raises(ResourceError, match="7 days at least"):
        maintain(str(tmp_path), timedelta(days=1))
    with pytest.raises(ResourceError, match="no Delta table"):
        maintain(str(tmp_path / "x"))


def test_saves_keep_their_table_small(tmp_path):
    """After many saves little files were made one by themselves, each version can still be read, and no row is lost."""
    numbers, uri = (
        ResourceDataset(filepath=str(tmp_path / "n"), save_args={"mode": "merge", "key": "n"}),
        tmp_path / "n",
    )
    for n in range(EVERY + 2):
        numbers.save(pa.table({"n": [n], "v": [n % 3]}))
    engine = engines.connect()
    assert len(open_table(str(uri)).file_uris()) < 5
    assert sorted(engine.rows(numbers.load())) == [(n, n % 3) for n in range(EVERY + 2)]
    assert len(engine.rows(numbers.at_version(EVERY - 2).load())) == EVERY - 1
    with pytest.raises(DatasetError, match="keep_versions: 3 is no number of days: versions are kept for a week"):
        ResourceDataset(filepath=str(uri), save_args={"keep_versions": 3}).load()


def test_a_writer_beside_it_is_not_stopped(tmp_path, monkeypatch):
    """Where another program commits while a table is compacted, the save that looked after it is done all the same."""
    uri = str(tmp_path / "n")
    numbers = ResourceDataset(filepath=uri, save_args={"mode": "append"})
    monkeypatch.setattr(maintenance, "EVERY", 2)
    compact = TableOptimizer.compact

    def beside(self, **said):
        write_deltalake(uri, pa.table({"n": [7]}), mode="append")
        return compact(self, **said)

    monkeypatch.setattr(TableOptimizer, "compact", beside)
    for n in range(4):
        numbers.save(pa.table({"n": [n]}))
    found = [n for (n,) in engines.connect().rows(numbers.load())]
    assert sorted(found) == [0, 1, 2, 3, *[7] * found.count(7)]
    assert found.count(7) > 0
