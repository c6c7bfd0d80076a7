"""Delta tables are compacted and vacuumed beside their readers and writers."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from kedro.io import DatasetError

from kedro_faucet import Snapshot
from kedro_faucet.datasets import HistoryDataset, ResourceDataset
from kedro_faucet.engines.delta import latest_version, open_table
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.delta.maintenance import maintain


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
    from kedro_faucet import engines

    numbers, uri = ResourceDataset(filepath=str(tmp_path / "n")), str(tmp_path / "n")
    for n in range(3):
        numbers.save(engines.connect().sql(f"select {n} as n"))
    first, second, third = (file for (file,) in (set(map(Path, open_table(uri, n).file_uris())) for n in range(3)))
    log = Path(uri, "_delta_log", f"{1:020}.json")  # in which the first file was replaced: 40 days ago
    long_ago = int((time.time() - timedelta(days=40).total_seconds()) * 1000)
    log.write_text(re.sub(r'"deletionTimestamp":\d+', f'"deletionTimestamp":{long_ago}', log.read_text()))
    assert maintain(uri, dry_run=True).removed == 1
    assert first.exists()
    assert maintain(uri).removed == 1
    assert [file.exists() for file in (first, second, third)] == [False, True, True]
    assert engines.connect().rows(numbers.load()) == [(2,)]
    with pytest.raises(DatasetError, match=r"Version 0 of the Delta table .* is gone: its files were cleared away"):
        ResourceDataset(filepath=str(tmp_path / "n"), at_version=0).load()


def test_a_history_is_what_it_was(tmp_path):
    """The log of a history is compacted without a change of its views, and saves go on."""
    from kedro_faucet import engines

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
