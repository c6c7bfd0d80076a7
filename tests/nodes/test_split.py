"""Snapshots out of one table."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.split import Split

TIMES = [datetime(2013, 2, 28, 23, 59, 59), datetime(2013, 1, 31, 23, 59, 59), datetime(2013, 2, 28, 23, 59, 59)]


def test_each_time_becomes_a_snapshot_in_order(engine: Engine) -> None:
    """Rows are split by their time, oldest first, and the column is gone."""
    fleet = engine.from_frame(
        pa.table({"tailnum": ["N1", "N1", "N2"], "taken_at": pa.array(TIMES, pa.timestamp("us"))})
    )
    found = [(snapshot.at, sorted(engine.rows(snapshot.table))) for snapshot in Split("taken_at").build(fleet)]
    assert found == [(TIMES[1], [("N1",)]), (TIMES[0], [("N1",), ("N2",)])]


def test_a_date_counts_from_midnight(engine: Engine) -> None:
    """A snapshot of a day is of the day's first moment."""
    fleet = engine.from_frame(pa.table({"tailnum": ["N1"], "taken": [date(2013, 1, 31)]}))
    assert [snapshot.at for snapshot in Split("taken").build(fleet)] == [datetime(2013, 1, 31)]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("takn", "No column 'takn'.*Did you mean 'taken'"),
        ("tailnum", "'N[12]' has no time in its name: a snapshot needs one"),
        ("seats", "'seats' tells the time of a snapshot, but is BIGINT"),
        ("taken", "Some rows have no 'taken'"),
    ],
)
def test_what_tells_no_time_is_refused(engine: Engine, column: str, message: str) -> None:
    """A column that is missing, no time, or NULL in a row is refused by name."""
    fleet = engine.from_frame(
        pa.table({"tailnum": ["N1", "N2"], "seats": [1, 2], "taken": pa.array([date(2013, 1, 31), None], pa.date32())})
    )
    with pytest.raises(DataError, match=message):
        list(Split(column).build(fleet))


def test_a_nested_column_is_refused(engine: Engine) -> None:
    """A column that a history cannot compare is refused by its name, before a row is read."""
    fleet = engine.from_frame(pa.table({"tags": [{"a": 1}], "taken": [date(2013, 1, 31)]}))
    with pytest.raises(DataError, match="The column 'tags' is STRUCT"):
        list(Split("taken").build(fleet))


def test_names_of_files_tell_times(engine: Engine, tmp_path: Path) -> None:
    """A column of the names of files tells the time of each, in a zone; two files of one time are refused."""
    for name, tailnum in (("fleet_2013-07-01.csv", "N1"), ("fleet_20130131.csv", "N2")):
        (tmp_path / name).write_text(f"tailnum\n{tailnum}\n")
    fleet = ResourceDataset(
        filepath=str(tmp_path / "*.csv"), format="csv", load_args={"filename": "file"}, engine=engine.config
    )
    split = Split("file", "Europe/Berlin")
    found = [(snapshot.at, engine.rows(snapshot.table)) for snapshot in split.build(fleet.load())]
    assert found == [(datetime(2013, 1, 30, 23), [("N2",)]), (datetime(2013, 6, 30, 22), [("N1",)])]
    (tmp_path / "fleet_2013.01.31.csv").write_text("tailnum\nN3\n")
    with pytest.raises(DataError, match=r"are of one time, 2013-01-30 23:00:00: it holds one snapshot"):
        list(split.build(fleet.load()))
