"""HistoryDataset: its views, on real Delta tables and both engines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from histories import FEB, JAN, MAR, history, refused, rows, save, table
from kedro.io import DatasetError

from kedro_faucet import Snapshot, engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history import History


def test_views(engine: Engine, tmp_path: Path) -> None:
    """Each view tells what was saved: current, as of a time, intervals, changes, and the log at a version."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    save(fleet, engine, FEB, id=[1, 3], carrier=["AA", "UA"])
    assert rows(engine, fleet.current()) == [(1, "AA"), (3, "UA")]
    assert rows(engine, fleet.as_of("2013-02-27")) == rows(engine, fleet.as_of(JAN)) == [(1, "EV"), (2, "UA")]
    assert rows(engine, fleet.as_of(datetime(2012, 1, 1))) == []
    assert rows(engine, fleet.load()) == [
        (1, "AA", FEB, None, True),
        (1, "EV", JAN, FEB, False),
        (2, "UA", JAN, FEB, False),
        (3, "UA", FEB, None, True),
    ]
    assert rows(engine, fleet.changes(JAN)) == [
        (1, "AA", FEB, "update", "EV"),
        (2, None, FEB, "delete", "UA"),
        (3, "UA", FEB, "insert", None),
    ]
    came = [(1, "EV", JAN, "insert", None), (2, "UA", JAN, "insert", None)]
    assert rows(engine, fleet.changes(end=JAN)) == came
    with pytest.raises(DataError, match="the first comes after the second"):
        fleet.changes(FEB, JAN)
    assert rows(engine, history(engine, tmp_path, view="changes", end=JAN).load()) == came
    assert rows(engine, History(fleet.version(0), "id").current()) == [(1, "EV"), (2, "UA")]


def test_view_of_the_catalog(tmp_path: Path) -> None:
    """``view`` and ``at`` choose what load gives, and a table saved without a time is as it is now."""
    engine = engines.connect()
    history(engine, tmp_path).save(table(engine, id=[1], carrier=["EV"]))
    assert rows(engine, history(engine, tmp_path, view="current").load()) == [(1, "EV")]
    assert rows(engine, history(engine, tmp_path, view="as_of", at="2013-01-01").load()) == []
    assert [row[-2] for row in rows(engine, history(engine, tmp_path, view="changes").load())] == ["insert"]


def test_same_again(engine: Engine, tmp_path: Path) -> None:
    """The same snapshot at its own time commits nothing; another one at that time is refused."""
    fleet = history(engine, tmp_path)
    for _ in range(2):
        save(fleet, engine, JAN, id=[1, 2], carrier=["EV", None])
    assert DeltaTable(fleet._filepath).version() == 0
    message = refused(fleet, Snapshot(table(engine, id=[1, 2], carrier=["EV", "UA"]), JAN))
    assert message.startswith("lake/fleet: Another snapshot was saved at 2013-01-31 00:00:00 already.")


def test_nulls_and_nan(engine: Engine, tmp_path: Path) -> None:
    """NULL is a value: a change to or from it is a version, and neither NULL nor NaN differs from itself."""
    fleet = history(engine, tmp_path)
    nan = float("nan")
    save(fleet, engine, JAN, id=[1, 2, 3], carrier=[None, "UA", None], weight=[nan, None, 1.0])
    save(fleet, engine, FEB, id=[1, 2, 3], carrier=["EV", None, None], weight=[nan, None, 1.0])
    save(fleet, engine, MAR, id=[1, 2, 3], carrier=["EV", None, None], weight=[nan, None, 1.0])
    shown = engine.sql("select id, carrier, valid_from from fleet", fleet=fleet.load())
    assert rows(engine, shown) == [(1, "EV", FEB), (1, None, JAN), (2, "UA", JAN), (2, None, FEB), (3, None, JAN)]


def test_one_second(engine: Engine, tmp_path: Path) -> None:
    """Two snapshots within one second are two versions, of which one is current."""
    fleet = history(engine, tmp_path)
    first, second = datetime(2013, 1, 31, 12, 0, 0, 1), datetime(2013, 1, 31, 12, 0, 0, 2)
    save(fleet, engine, first, id=[1], carrier=["EV"])
    save(fleet, engine, second, id=[1], carrier=["UA"])
    assert rows(engine, fleet.load()) == [(1, "EV", first, second, False), (1, "UA", second, None, True)]


def test_partial(engine: Engine, tmp_path: Path) -> None:
    """What a partial snapshot does not mention stays."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    save(history(engine, tmp_path, complete=False), engine, FEB, id=[2], carrier=["AA"])
    assert rows(engine, fleet.current()) == [(1, "EV"), (2, "AA")]


def test_overwrite_and_ignore(engine: Engine, tmp_path: Path) -> None:
    """Columns of type 1 show their newest value in every version; ignored ones open none."""
    fleet = history(engine, tmp_path, overwrite="email", ignore=["seen"])
    save(fleet, engine, JAN, id=[1], carrier=["EV"], email=["old@x"], seen=[1])
    save(fleet, engine, FEB, id=[1], carrier=["EV"], email=["new@x"], seen=[2])
    save(fleet, engine, MAR, id=[1], carrier=["UA"], email=["new@x"], seen=[3])
    assert rows(engine, fleet.load()) == [
        (1, "EV", "new@x", 2, JAN, MAR, False),
        (1, "UA", "new@x", 3, MAR, None, True),
    ]
    assert rows(engine, fleet.as_of(JAN)) == [(1, "EV", "old@x", 1)]
    with pytest.raises(DatasetError, match="Did you mean 'email'"):
        history(engine, tmp_path, overwrite="emial").load()


def test_new_column(engine: Engine, tmp_path: Path) -> None:
    """A new column closes no version, as_of still equals each snapshot, and later changes of it count."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, FEB, id=[1, 2], carrier=["EV", "UA"], seats=[55, None])
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    save(fleet, engine, MAR, id=[1, 2], carrier=["EV", "UA"], seats=[55, 20])
    assert rows(engine, fleet.load()) == [
        (1, "EV", 55, JAN, None, True),
        (2, "UA", 20, MAR, None, True),
        (2, "UA", None, JAN, MAR, False),
    ]
    assert rows(engine, fleet.as_of(JAN)) == [(1, "EV"), (2, "UA")]
    assert rows(engine, fleet.as_of(FEB)) == [(1, "EV", 55), (2, "UA", None)]


def test_wider_type(engine: Engine, tmp_path: Path) -> None:
    """A type may widen, in a rewrite of the log that keeps every version; a narrower one fits; others are refused."""
    fleet = history(engine, tmp_path)
    small, fee = pa.int32(), pa.array([0.5], pa.float32())
    save(fleet, engine, JAN, id=pa.array([1], small), seats=pa.array([55], small), fee=fee)
    save(fleet, engine, FEB, id=[1, 2**40], seats=[55, 2**40], fee=[0.5, 0.1])
    assert rows(engine, fleet.load()) == [(1, 55, 0.5, JAN, None, True), (2**40, 2**40, 0.1, FEB, None, True)]
    assert engine.schema(fleet.current()) == {"id": "BIGINT", "seats": "BIGINT", "fee": "DOUBLE"}
    save(fleet, engine, MAR, id=pa.array([1, 2], pa.int32()), seats=pa.array([55, 56], pa.int32()), fee=[0.5, 0.5])
    assert rows(engine, fleet.current()) == [(1, 55, 0.5), (2, 56, 0.5)]
    text = refused(fleet, table(engine, id=[1, 2], seats=["55", "56"], fee=[0.5, 0.5]))
    assert "The column 'seats' is VARCHAR in the snapshot and BIGINT in the history" in text


def test_types_survive(engine: Engine, tmp_path: Path) -> None:
    """Decimals, dates, timestamps and text of any kind come back as they were saved."""
    fleet = history(engine, tmp_path)
    values = {
        "fee": [Decimal("1.50"), None],
        "born": [date(2013, 1, 1), None],
        "seen": [datetime(2013, 1, 1, 12, 0, 0, 1), None],
        "note": ['it\'s {a} "ß" \\ %', ""],
        "flown": [True, None],
    }
    save(fleet, engine, JAN, id=[1, 2], **values)
    first = (1, *(each[0] for each in values.values()))
    assert rows(engine, fleet.current()) == [first, (2, None, None, None, "", None)]


def test_strange_names(engine: Engine, tmp_path: Path) -> None:
    """Columns may be called as a source calls them."""
    fleet = history(engine, tmp_path, key="Ort")
    for at, value in ((JAN, 1), (FEB, 2)):
        save(fleet, engine, at, Ort=[1], select=[value], old=[1], Größe=[1], log=[1])
    assert rows(engine, fleet.current()) == [(1, 2, 1, 1, 1)]
    assert len(rows(engine, fleet.load())) == 2


def test_preview(engine: Engine, tmp_path: Path) -> None:
    """Kedro-Viz is shown the first rows."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1], carrier=["EV"])
    assert fleet.preview() == {
        "index": [0],
        "columns": ["id", "carrier", "valid_from", "valid_to", "is_current"],
        "data": [[1, "EV", "2013-01-31 00:00:00", None, True]],
    }


def test_no_values_in_the_log_of_delta(engine: Engine, tmp_path: Path) -> None:
    """Delta's own log holds no least and greatest values of the source's columns: they would outlive a deletion."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1], carrier=["secret"])
    save(fleet, engine, FEB, id=[1], carrier=["hidden"])
    logs = "".join(file.read_text() for file in Path(fleet._filepath, "_delta_log").glob("*.json"))
    assert '\\"valid_from\\":\\"2013-02-28' in logs
    assert "secret" not in logs
    assert "hidden" not in logs
