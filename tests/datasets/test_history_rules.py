"""HistoryDataset: the key that its log keeps, types that change, and what must be allowed first."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from histories import FEB, JAN, MAR, history, refused, rows, save, table
from kedro.io import DatasetError

from kedro_faucet import Snapshot, engines
from kedro_faucet.engines import Engine
from kedro_faucet.nodes.history import History

MAP = pa.map_(pa.string(), pa.int64())
NOTHING = pa.array([], pa.int64())


def forget(path: str) -> None:
    """Leave in the markers of a log what version 0.1.0 kept there: the columns alone."""
    log = DeltaTable(path).to_pyarrow_table()
    told = [text and json.dumps(json.loads(text)["columns"]) for text in log["_columns"].to_pylist()]
    column = log.schema.get_field_index("_columns")
    write_deltalake(
        path, log.set_column(column, log.schema.field(column), pa.array(told, pa.string())), mode="overwrite"
    )


def test_key_is_kept(engine: Engine, tmp_path: Path) -> None:
    """A log keeps its key: another one is refused, naming both; an entry may repeat it in any order, or not."""
    fleet = history(engine, tmp_path, key=["country", "id"])
    for at, carrier in ((JAN, "EV"), (FEB, "UA")):
        save(fleet, engine, at, country=["de", "at"], id=[1, 1], carrier=["AA", carrier])
    other = history(engine, tmp_path, key="id", view="as_of", at=FEB)
    message = refused(other, table(engine, country=["de", "at"], id=[1, 1], carrier=["AA", "EV"]))
    assert message.startswith("lake/fleet: The key of this history is country, id, but the entry says id")
    with pytest.raises(DatasetError, match="lake/fleet: The key of this history is country, id, but the entry says id"):
        other.load()
    for key in ([], ["id", "country"]):
        again = history(engine, tmp_path, key=key, view="current")
        assert rows(engine, again.load()) == [("at", 1, "UA"), ("de", 1, "AA")]
    assert rows(engine, History(fleet.version(0)).current()) == [("at", 1, "EV"), ("de", 1, "AA")]


def test_key_of_the_first_save(tmp_path: Path) -> None:
    """The first save needs a key."""
    engine = engines.connect()
    assert "needs the columns that tell its rows apart" in refused(
        history(engine, tmp_path, key=()), Snapshot(table(engine, id=[1]), JAN)
    )


def test_log_without_a_key(tmp_path: Path) -> None:
    """A log of version 0.1.0 knows no key: it adopts the entry's at the next save, unless that cannot be its own."""
    engine = engines.connect()
    fleet = history(engine, tmp_path, key=["country", "id"])
    save(fleet, engine, JAN, country=["de", "at"], id=[1, 1], carrier=["AA", "EV"])
    forget(fleet._filepath)
    wrong = history(engine, tmp_path, key="carrier")
    assert rows(engine, fleet.current()) == [("at", 1, "EV"), ("de", 1, "AA")]
    with pytest.raises(DatasetError, match="first save needs"):
        history(engine, tmp_path, key=()).load()
    again = Snapshot(table(engine, country=["de", "at"], id=[1, 1], carrier=["AA", "EV"]), JAN)
    message = refused(history(engine, tmp_path, key="id"), again)
    assert "The key id is not the one that this history was kept by: 1 stands for 2 rows at 2013-01-31" in message
    fleet.save(again)
    assert DeltaTable(fleet._filepath).version() == 2
    assert "The key of this history is country, id" in refused(wrong, again)
    fleet.save(again)
    assert DeltaTable(fleet._filepath).version() == 2
    assert len(fleet.history().markers) == 1


def test_new_column_of_a_log_without_keys(tmp_path: Path) -> None:
    """In a log of version 0.1.0, a new column's NULL at its first complete snapshot counts as known."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path)
    save(fleet, engine, JAN, id=[1], carrier=["EV"])
    save(fleet, engine, FEB, id=[1], carrier=["EV"], seats=pa.array([None], pa.int64()))
    log = DeltaTable(fleet._filepath)
    log.delete("valid_from = '2013-02-28' and _kind is null")  # it kept no such row
    forget(fleet._filepath)
    save(fleet, engine, MAR, id=[1], carrier=["EV"], seats=[55])
    assert rows(engine, fleet.load()) == [(1, "EV", 55, MAR, None, True), (1, "EV", None, JAN, MAR, False)]


def test_column_without_a_value(engine: Engine, tmp_path: Path) -> None:
    """A column that was all NULL takes the first type that values have, and keeps it when it is all NULL again."""
    fleet = history(engine, tmp_path)
    for at, day in ((JAN, None), (FEB, datetime(2013, 2, 1).date()), (MAR, None)):
        fleet.save(Snapshot(pd.DataFrame({"id": [1], "day": [day], "note": [day and "moved"]}), at))
    assert engine.schema(fleet.current()) == {"id": "BIGINT", "day": "DATE", "note": "VARCHAR"}
    assert [row[1:4] for row in rows(engine, fleet.load())] == [
        (None, None, JAN),
        (None, None, MAR),
        (datetime(2013, 2, 1).date(), "moved", FEB),
    ]


def test_type_for_good(engine: Engine, tmp_path: Path) -> None:
    """A type changes for good where the entry says so: the log is written anew, with every version."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    assert "types: {id: VARCHAR}" in refused(fleet, Snapshot(table(engine, id=["1", "N2"], carrier=["EV", "UA"]), FEB))
    changed = history(engine, tmp_path, types={"id": "varchar"})
    save(changed, engine, FEB, id=["1", "N2"], carrier=["EV", "UA"])
    save(changed, engine, MAR, id=[1, 2], carrier=["EV", "UA"])
    assert rows(engine, fleet.load()) == [
        ("1", "EV", JAN, None, True),
        ("2", "UA", JAN, FEB, False),
        ("2", "UA", MAR, None, True),
        ("N2", "UA", FEB, MAR, False),
    ]


def test_type_that_loses(engine: Engine, tmp_path: Path) -> None:
    """A type that would change a value of the log or of the snapshot is refused with the value."""
    fleet = history(engine, tmp_path, types={"id": "INTEGER"})
    save(history(engine, tmp_path), engine, JAN, id=["007", "8"], fee=[0.5, 1.0])
    message = refused(fleet, Snapshot(table(engine, id=[7, 8], fee=[0.5, 1.0]), FEB))
    assert "types: {id: INTEGER} would change values of VARCHAR: 007." in message
    fee = history(engine, tmp_path, types={"fee": "INTEGER"})
    assert "types: {fee: INTEGER} would change values of DOUBLE" in refused(
        fee, Snapshot(table(engine, id=["7"], fee=[1]), FEB)
    )


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.struct([("a", pa.int64())]), pa.binary(), MAP], ids=str)
def test_nested_column(engine: Engine, tmp_path: Path, kind: pa.DataType) -> None:
    """A column that cannot be compared is refused by its name."""
    message = refused(history(engine, tmp_path), pa.table({"id": [1], "tags": pa.array([None], kind)}))
    assert message.startswith("lake/fleet: The column 'tags' is ")
    assert "which a history does not compare" in message


def test_turnover(engine: Engine, tmp_path: Path) -> None:
    """All keys may be replaced where max_deletes is 1; an empty snapshot must be allowed by name, also as the first."""
    bold = history(engine, tmp_path, max_deletes=1)
    assert "is empty. Is the extract complete?" in refused(bold, Snapshot(table(engine, id=NOTHING), JAN))
    save(bold, engine, JAN, id=[1, 2])
    save(bold, engine, FEB, id=[3])
    assert rows(engine, bold.current()) == [(3,)]
    assert "is empty. Is the extract complete?" in refused(bold, Snapshot(table(engine, id=NOTHING), MAR))
    save(history(engine, tmp_path, allow_empty=True), engine, MAR, id=NOTHING)
    assert rows(engine, bold.current()) == []
    save(history(engine, tmp_path, complete=False), engine, MAR + timedelta(days=1), id=NOTHING)
    assert len(bold.history().markers) == 4


def test_future(tmp_path: Path) -> None:
    """A time that is more than a day ahead must be allowed."""
    engine = engines.connect()
    ahead = Snapshot(table(engine, id=[1]), datetime.now() + timedelta(days=3))
    assert "is in the future" in refused(history(engine, tmp_path), ahead)
    history(engine, tmp_path, allow_future=True).save(ahead)
    history(engine, tmp_path / "other").save(Snapshot(table(engine, id=[1]), datetime.now() + timedelta(hours=3)))


def test_frames_again(tmp_path: Path) -> None:
    """A snapshot that is known is told as a frame too, with its rows and columns in another order."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", None])
    again = pa.table({"carrier": [None, "EV"], "id": [2, 1]})
    for frame in (again, again.to_pandas()):
        fleet.save(Snapshot(frame, "2013-01-31T05:00:00+05:00"))
    assert DeltaTable(fleet._filepath).version() == 0
