"""The layout of a history's log: each key's newest row lies apart from what it followed, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import history_model as model
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from histories import expected, history, rows
from history_writer import month, save_both
from hypothesis import given, settings
from hypothesis import strategies as st
from sessions import connect_spark

from kedro_faucet import engines
from kedro_faucet.datasets import HistoryDataset
from kedro_faucet.engines import Engine
from kedro_faucet.engines.delta_log import CLOSED, NEWEST
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.nodes.history import History
from kedro_faucet.nodes.history.log import apart
from kedro_faucet.storage.delta import layout
from kedro_faucet.storage.delta.maintenance import maintain


@pytest.fixture(scope="module", autouse=True)
def often() -> Iterator[None]:
    """Lay logs out after every second save."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "FILES", 1)
        yield


def save_all(engine: Engine, path: Path, saved: list[model.Saved]) -> HistoryDataset:
    """Save snapshots one after the other, and return the history."""
    for one in saved:
        rules = {"complete": one.complete, "max_deletes": 1, "dropped": "city"}
        history(engine, path, **rules).save(one.snapshot(engine))
    return history(engine, path)


def files(fleet: HistoryDataset, name: str = "") -> list[Path]:
    """Return the files of a log whose names begin so."""
    return [Path(each) for each in DeltaTable(fleet._filepath).file_uris() if f"/{name}" in each]


def check(engine: Engine, fleet: HistoryDataset, saved: list[model.Saved]) -> None:
    """Compare all views with what the snapshots imply."""
    city = "city" if "city" in fleet.load().columns else "null as city"
    query = f"select id, name, {city}, valid_from, valid_to, is_current from fleet"
    assert rows(engine, engine.sql(query, fleet=fleet.load())) == expected(saved)
    states = model.as_of(saved)
    for at, found in states.items():
        assert rows(engine, fleet.as_of(at)) == sorted(found, key=repr)
    assert rows(engine, fleet.current()) == sorted(states[max(states)], key=repr)


@settings(max_examples=12, deadline=None)
@given(st.one_of(model.histories(), model.corrected()))
def test_any_order_laid_out(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[list[model.Saved], list[int]]
) -> None:
    """Snapshots and corrections saved in any order, late or twice, give the same views whatever is laid out between."""
    engine, (saved, order) = engines.connect(), drawn
    fleet = save_all(engine, tmp_path_factory.mktemp("layout"), [saved[number] for number in order])
    check(engine, fleet, model.standing(saved))


def test_closed_rows_are_not_read(engine: Engine, tmp_path: Path) -> None:
    """The current rows and the next snapshot need no row that another one followed: those may be damaged."""
    saved = [month(number) for number in range(1, 6)]
    fleet = save_all(engine, tmp_path, saved[:4])
    assert files(fleet, NEWEST)
    closed = {file: file.read_bytes() for file in files(fleet, CLOSED)}
    for file, data in closed.items():
        start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")  # of what it says of its columns
        file.write_bytes(data[:4] + bytes(start - 4) + data[start:])
    with pytest.raises(FaucetError):
        rows(engine, fleet.load())
    assert set(rows(engine, fleet.current())) == model.as_of(saved[:4])[saved[3].at]
    save_all(engine, tmp_path, saved[4:])
    for file, data in closed.items():
        file.write_bytes(data)
    check(engine, history(engine, tmp_path), saved)


def give_zone(path: str) -> None:
    """Let another program write a log anew, with the times of UTC as it has them, and a checkpoint."""
    log = DeltaTable(path).to_pyarrow_table()
    place = log.schema.get_field_index("valid_from")
    log = log.set_column(place, "valid_from", log["valid_from"].cast(pa.timestamp("us", "UTC")))
    write_deltalake(path, log, mode="overwrite", schema_mode="overwrite")
    DeltaTable(path).create_checkpoint()


@pytest.mark.spark
def test_both_engines_lay_out_one_log(tmp_path: Path) -> None:
    """What one engine laid out the other reads, continues and lays out again; times that have a zone keep it."""
    both = [engines.connect(), connect_spark()]
    saved = [month(number) for number in (1, 2, 4, 5, 3, 6)]
    give_zone(save_all(both[0], tmp_path, saved[:1])._filepath)
    for number, one in enumerate(saved):
        fleet = save_all(both[number // 2 % 2], tmp_path, [one])
    assert files(fleet, CLOSED)
    assert {str(pq.read_schema(file).field("valid_from").type) for file in files(fleet)} == {"timestamp[us, tz=UTC]"}
    for engine in both:
        check(engine, history(engine, tmp_path), saved)


def test_a_foreign_program_makes_all_files_one(tmp_path: Path) -> None:
    """A log whose files another program put together reads as before, and is laid out again as saves go on."""
    engine, saved = engines.connect(), [month(number) for number in range(1, 8)]
    fleet = save_all(engine, tmp_path, saved[:4])
    DeltaTable(fleet._filepath).optimize.compact()
    assert not files(fleet, CLOSED)
    check(engine, fleet, saved[:4])
    save_all(engine, tmp_path, saved[4:])
    assert files(fleet, CLOSED)
    check(engine, fleet, saved)


def test_rows_that_belong_nowhere_stay(tmp_path: Path) -> None:
    """A log that has rows without a key, which are neither a newest row nor an older one, is not laid out."""
    engine, saved = engines.connect(), [month(1)]
    fleet = save_all(engine, tmp_path, saved)
    log = DeltaTable(fleet._filepath).to_pyarrow_table().slice(0, 1)
    lost = log.set_column(log.schema.get_field_index("id"), "id", pa.array([None], pa.int64()))
    write_deltalake(fleet._filepath, lost, mode="append")
    before = DeltaTable(fleet._filepath).to_pyarrow_table().num_rows
    layout.tend_layout(fleet._store(), lambda log: apart(engine, log, ["id"]), timedelta(days=30))
    assert not [*Path(fleet._filepath).glob(f"{NEWEST}*")]
    assert DeltaTable(fleet._filepath).to_pyarrow_table().num_rows == before


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log.delete("id = 1 and _operation = 'update'"),
        lambda log: log.update(updates={"valid_from": "valid_from - interval '40 days'"}, predicate="name = 'n4'"),
        lambda log: log.restore(2),
    ],
    ids=["deleted", "moved", "restored"],
)
def test_newest_rows_that_another_program_changed(tmp_path: Path, change: Callable[[DeltaTable], Any]) -> None:
    """Where newest rows are there no more, or are older, the current rows are those that all other views have."""
    engine = engines.connect()
    fleet = save_all(engine, tmp_path, [month(number) for number in range(1, 5)])
    assert files(fleet, NEWEST)
    assert files(fleet, CLOSED)
    change(DeltaTable(fleet._filepath))
    for number in (5, 6):
        fleet = history(engine, tmp_path)
        assert rows(engine, fleet.current()) == rows(engine, fleet.as_of(date(2014, 1, 1)))
        save_all(engine, tmp_path, [month(number)])


def test_another_programs_changes_stay_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A log that another program changed is not laid out, so that it is said until somebody maintains the log."""
    engine, saved = engines.connect(), [month(number) for number in range(1, 6)]
    fleet = save_all(engine, tmp_path, saved[:1])
    DeltaTable(fleet._filepath).delete("id = 1")
    save_all(engine, tmp_path, saved[1:4])
    assert not files(fleet, NEWEST)
    fleet.load()
    assert "version 1: DELETE" in caplog.messages[-1]
    maintain(fleet._filepath)
    save_all(engine, tmp_path, saved[4:])
    assert files(fleet, NEWEST)


def views(engine: Engine, fleet: HistoryDataset) -> list[list[tuple[Any, ...]]]:
    """Return the rows of all views, now and until times before."""
    times = [date(2013, number, 15) for number in range(1, 10, 3)]
    log = fleet.history().log
    until = [History(log, until=at) for at in times]
    found = [fleet.load(), fleet.current(), fleet.changes(), fleet.changes(times[0], times[2])]
    found += [view for each in until for view in (each.current(), each.intervals(), each.changes())]
    return [rows(engine, view) for view in [*found, *map(fleet.as_of, times)]]


def test_what_comes_after_a_layout(tmp_path: Path) -> None:
    """Feeds with truncations, late snapshots and undone ones on a log that was laid out, read where it is or deferred
    to, give the views of one that never was; to maintain it makes its files one."""
    engine, found = engines.connect(), []
    for name, many in (("laid out", 1), ("never", 99)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(layout, "FILES", many)
            fleet = save_all(engine, tmp_path / name, [month(number) for number in (1, 2, 4)])
            found.append(views(engine, fleet))
            assert bool(files(fleet, CLOSED)) == (many == 1)
            for number in (5, 3, 8):
                save_both(fleet._filepath, engine, number)
            here = history(engine, tmp_path / f"{name} here", deferred=deferred(fleet))
            found += [views(engine, fleet), views(engine, here)]
            fleet.undo(month(8).at)
            found.append(views(engine, fleet))
            assert maintain(fleet._filepath).compacted
            found.append(views(engine, fleet))
    assert found[:5] == found[5:]


def deferred(fleet: HistoryDataset) -> dict[str, Any]:
    """Return what a catalog says of a history in the profile that another one defers to."""
    path = fleet._filepath
    return {"profile": "prod", "roots": [path], "dataset": {"filepath": path, "key": "id"}}


def test_a_writer_that_comes_between(tmp_path: Path) -> None:
    """Where another save is committed while a log is laid out, the layout is given up and nothing is lost."""
    engine, saved = engines.connect(), [month(number) for number in range(1, 4)]
    fleet = save_all(engine, tmp_path, saved[:1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "FILES", 99)
        save_all(engine, tmp_path, saved[1:2])

    def apart(log: object) -> dict[str, object]:
        history(engine, tmp_path).undo(saved[1].at)
        return {NEWEST: log}

    layout.tend_layout(fleet._store(), apart, timedelta(days=30))  # type: ignore[arg-type]
    assert not files(fleet, NEWEST)
    check(engine, fleet, saved[:1])


@pytest.mark.spark
def test_what_a_log_has_seen_costs_spark_no_job(tmp_path: Path) -> None:
    """The snapshots that a log has are told without a job, and so is a view until its rows are asked for."""
    spark, saved = connect_spark(), [month(1), month(2), month(3)]
    for one in saved:
        save_all(engines.connect(), tmp_path, [one])
    fleet = history(spark, tmp_path)
    assert [mark.at for mark in fleet._seen()] == [one.at for one in saved]
    save_all(spark, tmp_path, saved[:1])
    tracker = spark.session.sparkContext.statusTracker()  # type: ignore[attr-defined]
    before = max(tracker.getJobIdsForGroup(), default=-1)
    history(spark, tmp_path)._seen()
    fleet.current()
    assert max(tracker.getJobIdsForGroup(), default=-1) == before
