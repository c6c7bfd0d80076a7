"""HistoryDataset: snapshots out of many files, each with the columns of its own file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from histories import FEB, JAN, MAR, history, refused, rows

from kedro_faucet import ResourceDataset, Snapshot, engines
from kedro_faucet.datasets import HistoryDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.split import Split

FORMATS = ("csv", "json", "parquet")


def put(path: Path, format: str, number: int, at: datetime, **columns: list[Any]) -> None:
    """Write the file of one snapshot."""
    engine = engines.connect()
    values = {**columns, "taken": [at] * len(columns["id"])}
    engine.write_file(engine.from_frame(pa.table(values)), format, str(path / f"{number}.{format}"))


def snapshots(engine: Engine, path: Path, format: str, **load_args: Any) -> Iterator[Snapshot]:
    """Read all files at once, and split them by their times."""
    files = ResourceDataset(
        filepath=f"{path}/*.{format}", format=format, load_args=load_args or None, engine=engine.config
    )
    return Split("taken").build(files.load())


def save_all(fleet: HistoryDataset, engine: Engine, path: Path, format: str) -> int:
    """Save what the files hold, and return how many snapshots had to be looked at."""
    return sum(fleet.save(snapshot) is None for snapshot in snapshots(engine, path, format))


@pytest.mark.parametrize("format", FORMATS)
def test_new_column(tmp_path: Path, format: str) -> None:
    """A column that the newest file alone has opens no version, and is none of the earlier snapshots."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path)
    put(tmp_path, format, 1, JAN, id=[1, 2], carrier=["EV", "UA"])
    put(tmp_path, format, 2, FEB, id=[1, 2], carrier=["EV", "UA"])
    save_all(fleet, engine, tmp_path, format)
    put(tmp_path, format, 3, MAR, id=[1, 2], carrier=["EV", "AA"], seats=[55, 20])
    save_all(fleet, engine, tmp_path, format)
    assert rows(engine, fleet.load()) == [
        (1, "EV", 55, JAN, None, True),
        (2, "AA", 20, MAR, None, True),
        (2, "UA", None, JAN, MAR, False),
    ]
    assert rows(engine, fleet.as_of(FEB)) == [(1, "EV"), (2, "UA")]


@pytest.mark.parametrize("format", FORMATS)
def test_lost_column(tmp_path: Path, format: str) -> None:
    """A column that a file lacks is refused, declared or not; where it is said to be dropped, it opens no version."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path)
    put(tmp_path, format, 1, JAN, id=[1, 2], carrier=["EV", "UA"], seats=[55, 20])
    put(tmp_path, format, 2, FEB, id=[1, 2], carrier=["EV", "UA"])
    types = {"id": "BIGINT", "carrier": "VARCHAR", "seats": "BIGINT", "taken": "TIMESTAMP"}
    declared = {} if format == "parquet" else {"columns": types}
    [first, second] = snapshots(engine, tmp_path, format, **declared)
    fleet.save(first)
    assert "has the column 'seats'" in (message := refused(fleet, second))
    assert "dropped: [seats]" in message
    save_all(history(engine, tmp_path, dropped="seats"), engine, tmp_path, format)
    assert rows(engine, fleet.load()) == [(1, "EV", 55, JAN, None, True), (2, "UA", 20, JAN, None, True)]
    assert rows(engine, fleet.as_of(FEB)) == [(1, "EV"), (2, "UA")]


def test_column_that_returns(engine: Engine, tmp_path: Path) -> None:
    """A dropped column that returns opens a version where its value is another one than was last known."""
    fleet = history(engine, tmp_path, dropped=["seats"])
    put(tmp_path, "csv", 1, JAN, id=[1, 2], seats=[55, 20])
    put(tmp_path, "csv", 2, FEB, id=[1, 2])
    put(tmp_path, "csv", 3, MAR, seats=[55, None], id=[1, 2])
    save_all(fleet, engine, tmp_path, "csv")
    assert rows(engine, fleet.load()) == [
        (1, 55, JAN, None, True),
        (2, 20, JAN, MAR, False),
        (2, None, MAR, None, True),
    ]
    assert [rows(engine, fleet.as_of(at)) for at in (FEB, MAR)] == [[(1,), (2,)], [(1, 55), (2, None)]]


def test_late_file_with_a_column_of_its_own(tmp_path: Path) -> None:
    """A late, older file with a column that later ones lack is refused, unless it is said to be dropped."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path)
    put(tmp_path, "parquet", 2, FEB, id=[1])
    save_all(fleet, engine, tmp_path, "parquet")
    put(tmp_path, "parquet", 1, JAN, id=[1], fax=["0123"])
    assert "has the column 'fax'" in refused(fleet, next(snapshots(engine, tmp_path, "parquet")))
    save_all(history(engine, tmp_path, dropped="fax"), engine, tmp_path, "parquet")
    assert rows(engine, fleet.load()) == [(1, "0123", JAN, None, True)]


def test_one_snapshot_in_two_files(tmp_path: Path) -> None:
    """The files of one snapshot may order their columns as they like, but must have the same."""
    engine = engines.connect()
    put(tmp_path, "csv", 1, JAN, id=[1], carrier=["EV"])
    put(tmp_path, "csv", 2, JAN, carrier=["UA"], id=[2])
    [both] = snapshots(engine, tmp_path, "csv")
    assert rows(engine, both.table) == [(1, "EV"), (2, "UA")]
    put(tmp_path, "csv", 3, JAN, id=[3], carrier=["AA"], seats=[55])
    with pytest.raises(DataError, match="of which some alone have the column 'seats'"):
        list(snapshots(engine, tmp_path, "csv"))


def test_file_without_times(tmp_path: Path) -> None:
    """Rows of a file that lacks the column of times are refused as rows without a time are."""
    engine = engines.connect()
    put(tmp_path, "csv", 1, JAN, id=[1])
    (tmp_path / "2.csv").write_text("id,fax\n")
    assert len(list(snapshots(engine, tmp_path, "csv"))) == 1
    (tmp_path / "2.csv").write_text("id,fax\n2,0123\n")
    with pytest.raises(DataError, match="Some rows have no 'taken'"):
        list(snapshots(engine, tmp_path, "csv"))


def test_nothing_new(engine: Engine, tmp_path: Path) -> None:
    """Snapshots that a history has are told by their checksums: all but the first are not even handed over."""
    fleet = history(engine, tmp_path)
    for number, at in enumerate([JAN, FEB]):
        put(tmp_path, "csv", number, at, id=[1, 2], carrier=["EV", f"U{number}"])
    assert save_all(fleet, engine, tmp_path, "csv") == 2
    assert save_all(history(engine, tmp_path), engine, tmp_path, "csv") == 1
    assert DeltaTable(fleet._filepath).version() == 1
    put(tmp_path, "csv", 2, MAR, id=[1, 2], carrier=["AA", "U1"])
    assert save_all(fleet, engine, tmp_path, "csv") == 2
    put(tmp_path, "csv", 0, JAN, id=[1, 2], carrier=["EV", "other"])
    assert "Another snapshot was saved at 2013-01-31" in refused(fleet, next(snapshots(engine, tmp_path, "csv")))


def test_other_rows_at_known_times(tmp_path: Path) -> None:
    """Of snapshots that are known, one with other rows than before is handed over, and refused."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path)
    for number, at in enumerate([JAN, FEB, MAR]):
        put(tmp_path, "json", number, at, id=[1, 2], carrier=["EV", "UA"])
    save_all(fleet, engine, tmp_path, "json")
    put(tmp_path, "json", 1, FEB, id=[1, 2], carrier=["EV", "AA"])
    left = snapshots(engine, tmp_path, "json")
    fleet.save(next(left))
    assert "Another snapshot was saved at 2013-02-28" in refused(fleet, next(left))
    assert next(left, None) is None
