"""HistoryDataset: what it refuses, with nothing written."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from histories import FEB, JAN, MAR, history, refused, rows, save, table
from kedro.io import DatasetError

from kedro_faucet import Snapshot, engines
from kedro_faucet.config import run
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, ResourceError


def test_keys_refused(engine: Engine, tmp_path: Path) -> None:
    """Duplicate and NULL keys are refused by name and example, also where the rows are equal."""
    fleet = history(engine, tmp_path)
    message = refused(fleet, table(engine, id=[1, 1, None], carrier=["a", "a", "b"]))
    assert "(id) duplicate or NULL: 1 twice; NULL once" in message
    assert not fleet.exists()
    save(fleet, engine, JAN, id=[1, 2, 3], carrier=["EV", "UA", "AA"])
    twice = refused(fleet, Snapshot(table(engine, id=[1, 1, 2, 3], carrier=["EV", "EV", "UA", "AA"]), FEB))
    assert twice.startswith(
        "lake/fleet: The snapshot of 2013-02-28 00:00:00 has 1 key (id) duplicate or NULL: 1 twice."
    )
    many = refused(fleet, table(engine, id=[*range(9), *range(9)], carrier=["EV"] * 18))
    assert "9 keys" in many
    assert many.count("twice") == 5


def test_keys_of_two_columns(engine: Engine, tmp_path: Path) -> None:
    """A key of several columns tells rows apart by all of them; a NULL in one is refused."""
    fleet = history(engine, tmp_path, key=["id", "part"])
    save(fleet, engine, JAN, part=["a", "b"], carrier=["EV", "UA"], id=[1, 1])
    save(fleet, engine, FEB, part=["a", "b"], carrier=["EV", "AA"], id=[1, 1])
    assert rows(engine, fleet.current()) == [("a", "EV", 1), ("b", "AA", 1)]
    assert "1, NULL once" in refused(fleet, table(engine, id=[1], part=pa.array([None], pa.string()), carrier=["EV"]))


def test_deletes_refused(engine: Engine, tmp_path: Path) -> None:
    """A snapshot that would delete too many keys is refused; a lower share is not, nor a higher limit."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2, 3, 4], carrier=["EV"] * 4)
    message = refused(fleet, Snapshot(table(engine, id=[1], carrier=["EV"]), FEB))
    assert "would delete 3 of 4 keys, more than max_deletes: 0.5 allows: 2; 3; 4" in message
    bold, never = history(engine, tmp_path, max_deletes=1.0), history(engine, tmp_path, max_deletes=0)
    assert "more than max_deletes: 0 allows: 4" in refused(
        never, Snapshot(table(engine, id=[1, 2, 3], carrier=["EV"] * 3), FEB)
    )
    save(fleet, engine, FEB, id=[1, 2], carrier=["EV"] * 2)
    save(bold, engine, MAR, id=[2], carrier=["EV"])
    assert rows(engine, fleet.current()) == [(2, "EV")]


def test_changes_refused(engine: Engine, tmp_path: Path) -> None:
    """A snapshot that changes a guarded column of too many keys is refused; a run may lift the limits."""
    fleet = history(engine, tmp_path, max_changes={"carrier": 0.5})
    save(fleet, engine, JAN, id=[1, 2, 3, 4], carrier=["EV"] * 4, seats=[5] * 4)
    wrong = Snapshot(table(engine, id=[1, 2, 3, 9], carrier=["", "", "EV", "EV"], seats=[6] * 4), FEB)
    message = refused(fleet, wrong)
    assert (
        "would change 'carrier' of 2 of 3 keys, more than max_changes: {carrier: 0.5} allows: 1, EV → ; 2, EV"
        in message
    )
    assert "--params faucet.max_changes=1" in message
    run.begin(run.Run("now", max_changes=1, max_deletes=0))
    try:
        assert "more than max_deletes: 0 allows: 4" in refused(fleet, wrong)
        run.begin(run.Run("now", max_changes=1))
        fleet.save(wrong)
    finally:
        run.end()
    assert len(rows(engine, fleet.current())) == 4
    assert "'max_changes' names the column 'seat'" in refused(
        history(engine, tmp_path, max_changes={"seat": 0.5}),
        Snapshot(table(engine, id=[1], carrier=["A"], seats=[1]), MAR),
    )


def test_vanished_column(engine: Engine, tmp_path: Path) -> None:
    """A snapshot without a column that an earlier one had is refused, naming it; so is a late one with one too many."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, FEB, id=[1], carrier=["EV"])
    assert "has the column 'carrier'" in refused(fleet, Snapshot(table(engine, id=[1], career=["EV"]), MAR))
    assert "has the column 'seats'" in refused(fleet, Snapshot(table(engine, id=[1], carrier=["EV"], seats=[5]), JAN))


def test_reserved_names(engine: Engine, tmp_path: Path) -> None:
    """A source with a column of a name that the log or its views use is refused."""
    for name in ("valid_from", "valid_to", "Is_Current", "_operation", "_kind", "_here", "_n"):
        assert f"'{name}' has a name that a history keeps for itself" in refused(
            history(engine, tmp_path), table(engine, **{"id": [1], name: [1]})
        )


def test_before_the_first_save(engine: Engine, tmp_path: Path) -> None:
    """Loading before the first save is an error that names the resource and the path."""
    fleet = history(engine, tmp_path)
    assert not fleet.exists()
    with pytest.raises(DatasetError) as caught:
        fleet.load()
    assert isinstance(caught.value.__cause__, ResourceError)
    assert "lake/fleet has no snapshot yet" in str(caught.value.__cause__)
    assert str(tmp_path / "fleet") in str(caught.value.__cause__)


def test_no_such_version(tmp_path: Path) -> None:
    """A version that is not there is refused, with the newest one."""
    engine = engines.connect()
    fleet = history(engine, tmp_path)
    with pytest.raises(ResourceError, match="no snapshot yet"):
        fleet.version(0)
    save(fleet, engine, JAN, id=[1])
    with pytest.raises(ResourceError, match="lake/fleet has no version 7; its newest is 0"):
        fleet.version(7)


def test_another_table_there(engine: Engine, tmp_path: Path) -> None:
    """A Delta table that is no history is neither read as one nor written into."""
    fleet = history(engine, tmp_path)
    engine.write_delta(table(engine, id=[1]), fleet._filepath, mode="append", expected=None)
    assert "no history" in refused(fleet, table(engine, id=[1]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "interval"}, "Did you mean 'intervals'"),
        ({"view": "as_of"}, "needs a time"),
        ({"view": "current", "at": "2013-01-01"}, "does not use it"),
        ({"view": "intervals", "end": "2013-01-01"}, "to: 2013-01-01 belongs to view: changes"),
        ({"view": "changes", "start": "2013-02-01", "end": "2013-01-01"}, "the first comes after the second"),
        ({"view": "changes", "start": "2013-01-01", "at": "2013-01-01"}, "not both"),
        ({"max_deletes": 50}, "share of the keys"),
        ({"max_changes": {"carrier": 50}}, "no share"),
        ({"overwrite": "id"}, "in the key"),
        ({"overwrite": "name", "fixed": "name"}, "'name' is fixed"),
        ({"dropped": "id"}, "in the key"),
        ({"types": {"id": "VARCHR"}}, "Did you mean 'VARCHAR'"),
    ],
)
def test_options_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """An option that means nothing is refused when the catalog is made."""
    with pytest.raises(ConfigError, match=message):
        history(engines.connect(), tmp_path, **options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda log: log.update(updates={"_operation": "'gone'"}, predicate="id = 1"),
            ": 1, 2013-01-31 00:00:00, gone.",
        ),
        (lambda log: log.update(updates={"id": "NULL"}, predicate="id = 1"), "1 rows (id, valid_from, _operation)"),
        (
            lambda log: log.update(updates={"_kind": "'all'"}, predicate="_kind = 'full'"),
            ": NULL, 2013-01-31 00:00:00, snapshot.",
        ),
        (lambda log: log.update(updates={"_columns": "'x'"}, predicate="_kind = 'full'"), "cannot be read any more"),
        (lambda log: log.delete("_kind = 'full'"), "2 rows (valid_from, _operation)"),
        (
            lambda log: write_deltalake(
                log, pa.table({"id": [9], "carrier": ["EV"]}), mode="append", schema_mode="merge"
            ),
            ": 9, NULL, NULL.",
        ),
        (
            lambda log: write_deltalake(log, log.to_pyarrow_table(), mode="append"),
            ": 1, 2013-01-31 00:00:00, insert; 2",
        ),
        (
            lambda log: write_deltalake(log, pa.table({"id": [1]}), mode="overwrite", schema_mode="overwrite"),
            "no history",
        ),
    ],
)
def test_a_log_that_others_spoilt(tmp_path: Path, change: Callable[[DeltaTable], Any], message: str) -> None:
    """A log with rows that no save leaves there, as another program wrote it, is refused, read or saved into."""
    engine = engines.connect()
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    change(DeltaTable(fleet._filepath))
    assert message in refused(fleet, Snapshot(table(engine, id=[1, 2], carrier=["EV", "AA"]), FEB))
    with pytest.raises(DatasetError, match=r"lake/fleet: (Another program|The Delta table)"):
        fleet.load()


def test_a_log_that_others_changed(engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Rows that another program took out are said, and the others are right; of own saves and compaction nothing is."""
    fleet = history(engine, tmp_path)
    with caplog.at_level(logging.WARNING, "kedro_faucet"):
        save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
        save(fleet, engine, FEB, id=[1, 2], carrier=["EV", "AA"])
        DeltaTable(fleet._filepath).optimize.compact()
        save(fleet, engine, MAR, id=[1, 2], carrier=["EV", "B6"])
        assert [each for each in caplog.records if each.name.startswith("kedro_faucet")] == []
        DeltaTable(fleet._filepath).delete("id = 1")
        assert rows(engine, fleet.current()) == [(2, "B6")]
    [told] = [each.getMessage() for each in caplog.records if each.name.startswith("kedro_faucet")]
    assert told.startswith("lake/fleet: another program changed the rows of its log (version 4: DELETE).")


def test_key_misspelt(engine: Engine, tmp_path: Path) -> None:
    """A key that names no column is refused with the nearest one."""
    message = refused(history(engine, tmp_path, key="tailnun"), table(engine, tailnum=["N1"]))
    assert message.startswith("lake/fleet: 'key' names the column 'tailnun'")
    assert "Did you mean 'tailnum'?" in message


def test_a_table_without_a_time_is_not_older_than_what_is_there(engine: Engine, tmp_path: Path) -> None:
    """Where a snapshot of a later time was saved, a table that is as of now is refused, with both times."""
    fleet = history(engine, tmp_path)
    fleet.save(table(engine, id=[1], carrier=["UA"]))
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=12)
    save(fleet, engine, later, id=[1], carrier=["AA"])
    message = refused(fleet, table(engine, id=[1], carrier=["B6"]))
    assert "lake/fleet: A table without a time is saved as of now" in message
    assert f"a snapshot of {later} is newer: save a Snapshot(table, at)" in message
