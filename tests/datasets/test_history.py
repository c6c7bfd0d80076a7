"""HistoryDataset on real Delta tables, on both engines, in several processes, and killed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import history_model as model
import pyarrow as pa
import pytest
from conftest import connect_spark
from deltalake import DeltaTable
from history_writer import SPARK, month
from hypothesis import HealthCheck, given, settings
from kedro.io import DatasetError

from kedro_faucet import Snapshot, engines
from kedro_faucet.datasets import HistoryDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError, FaucetError, ResourceError
from kedro_faucet.nodes.history import History

JAN, FEB, MAR = datetime(2013, 1, 31), datetime(2013, 2, 28), datetime(2013, 3, 31)
NAME = {"kedro_faucet": {"resource": "lake/fleet"}}


def history(engine: Engine, path: Path, **options: Any) -> HistoryDataset:
    """Return the dataset under test."""
    given = {"key": "id", "metadata": NAME, **options}
    return HistoryDataset(filepath=str(path / "fleet"), engine=engine.config, **given)


def table(engine: Engine, **columns: list[Any]) -> Any:
    """Return a table of an engine."""
    return engine.from_frame(pa.table(columns))


def save(dataset: HistoryDataset, engine: Engine, at: datetime, **columns: list[Any]) -> None:
    """Save one snapshot."""
    dataset.save(Snapshot(table(engine, **columns), at))


def refused(dataset: HistoryDataset, data: Any) -> str:
    """Save what must be refused, and return why; nothing may have been written."""
    before = DeltaTable(dataset._filepath).version() if dataset.exists() else None
    with pytest.raises(DatasetError) as caught:
        dataset.save(data)
    assert isinstance(caught.value.__cause__, FaucetError)
    assert (DeltaTable(dataset._filepath).version() if dataset.exists() else None) == before
    return str(caught.value.__cause__)


def rows(engine: Engine, view: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a view in a fixed order."""
    return sorted(engine.rows(view), key=repr)


def expected(saved: Iterable[model.Saved]) -> list[tuple[Any, ...]]:
    """Return the intervals that snapshots imply, with is_current."""
    return sorted(((*row, row[-1] is None) for row in model.intervals(list(saved))), key=repr)


def test_views(engine: Engine, tmp_path: Path) -> None:
    """Each view tells what was saved: current, as of a time, intervals, changes, and the log at a version."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    save(fleet, engine, FEB, id=[1, 3], carrier=["AA", "UA"])
    assert rows(engine, fleet.current()) == [(1, "AA"), (3, "UA")]
    assert rows(engine, fleet.as_of("2013-02-27")) == rows(engine, fleet.as_of(JAN)) == [(1, "EV"), (2, "UA")]
    assert rows(engine, fleet.as_of(datetime(2012, 1, 1))) == []
    assert rows(engine, fleet.load()) == [
        (1, "AA", FEB, None, True), (1, "EV", JAN, FEB, False), (2, "UA", JAN, FEB, False), (3, "UA", FEB, None, True),
    ]
    assert rows(engine, fleet.changes(JAN)) == [(1, "AA", FEB, "update"), (2, None, FEB, "delete"), (3, "UA", FEB, "insert")]
    assert rows(engine, fleet.changes(end=JAN)) == [(1, "EV", JAN, "insert"), (2, "UA", JAN, "insert")]
    assert rows(engine, History(fleet.version(0), "id").current()) == [(1, "EV"), (2, "UA")]


def test_view_of_the_catalog(tmp_path: Path) -> None:
    """``view`` and ``at`` choose what load gives, and a table saved without a time is as it is now."""
    engine = engines.connect()
    history(engine, tmp_path).save(table(engine, id=[1], carrier=["EV"]))
    assert rows(engine, history(engine, tmp_path, view="current").load()) == [(1, "EV")]
    assert rows(engine, history(engine, tmp_path, view="as_of", at="2013-01-01").load()) == []
    assert [row[-1] for row in rows(engine, history(engine, tmp_path, view="changes").load())] == ["insert"]


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


def test_keys_refused(engine: Engine, tmp_path: Path) -> None:
    """Duplicate and NULL keys are refused by name and example, also where the rows are equal, and nothing is written."""
    fleet = history(engine, tmp_path)
    assert "(id) duplicate or NULL: 1 twice; NULL once" in refused(fleet, table(engine, id=[1, 1, None], carrier=["a", "a", "b"]))
    assert not fleet.exists()
    save(fleet, engine, JAN, id=[1, 2, 3], carrier=["EV", "UA", "AA"])
    twice = refused(fleet, Snapshot(table(engine, id=[1, 1, 2, 3], carrier=["EV", "EV", "UA", "AA"]), FEB))
    assert twice.startswith("lake/fleet: The snapshot has 1 key (id) duplicate or NULL: 1 twice.")
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
    """A snapshot that would delete too many keys, or all, is refused; a lower share is not, nor a higher limit."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2, 3, 4], carrier=["EV"] * 4)
    message = refused(fleet, Snapshot(table(engine, id=[1], carrier=["EV"]), FEB))
    assert "would delete 3 of 4 keys, more than max_deletes: 0.5 allows: 2; 3; 4" in message
    bold = history(engine, tmp_path, max_deletes=1.0)
    assert "which is all of them" in refused(bold, Snapshot(table(engine, id=[9], carrier=["EV"]), FEB))
    save(fleet, engine, FEB, id=[1, 2], carrier=["EV"] * 2)
    save(bold, engine, MAR, id=[2], carrier=["EV"])
    assert rows(engine, fleet.current()) == [(2, "EV")]


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
        (1, "EV", "new@x", 2, JAN, MAR, False), (1, "UA", "new@x", 3, MAR, None, True),
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
        (1, "EV", 55, JAN, None, True), (2, "UA", 20, MAR, None, True), (2, "UA", None, JAN, MAR, False),
    ]
    assert rows(engine, fleet.as_of(JAN)) == [(1, "EV"), (2, "UA")]
    assert rows(engine, fleet.as_of(FEB)) == [(1, "EV", 55), (2, "UA", None)]


def test_vanished_column(engine: Engine, tmp_path: Path) -> None:
    """A snapshot without a column that an earlier one had is refused, naming it; so is a late one with one too many."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, FEB, id=[1], carrier=["EV"])
    assert "has the column 'carrier'" in refused(fleet, Snapshot(table(engine, id=[1], career=["EV"]), MAR))
    assert "has the column 'seats'" in refused(fleet, Snapshot(table(engine, id=[1], carrier=["EV"], seats=[5]), JAN))


def test_wider_type(engine: Engine, tmp_path: Path) -> None:
    """A type may widen, in a rewrite of the log that keeps every version; a narrower snapshot fits; others are refused."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=pa.array([1], pa.int32()), seats=pa.array([55], pa.int32()), fee=pa.array([0.5], pa.float32()))
    save(fleet, engine, FEB, id=[1, 2**40], seats=[55, 2**40], fee=[0.5, 0.1])
    assert rows(engine, fleet.load()) == [(1, 55, 0.5, JAN, None, True), (2**40, 2**40, 0.1, FEB, None, True)]
    assert engine.schema(fleet.current()) == {"id": "BIGINT", "seats": "BIGINT", "fee": "DOUBLE"}
    save(fleet, engine, MAR, id=pa.array([1, 2], pa.int32()), seats=pa.array([55, 56], pa.int32()), fee=[0.5, 0.5])
    assert rows(engine, fleet.current()) == [(1, 55, 0.5), (2, 56, 0.5)]
    text = refused(fleet, table(engine, id=[1, 2], seats=["55", "56"], fee=[0.5, 0.5]))
    assert "The column 'seats' is VARCHAR in the snapshot and BIGINT in the history" in text


def test_reserved_names(engine: Engine, tmp_path: Path) -> None:
    """A source with a column of a name that the log or its views use is refused."""
    for name in ("valid_from", "valid_to", "Is_Current", "_operation", "_kind"):
        assert f"'{name}' has a name that a history keeps for itself" in refused(
            history(engine, tmp_path), table(engine, **{"id": [1], name: [1]})
        )


def test_types_survive(engine: Engine, tmp_path: Path) -> None:
    """Decimals, dates, timestamps and text of any kind come back as they were saved."""
    fleet = history(engine, tmp_path)
    values = {
        "fee": [Decimal("1.50"), None], "born": [date(2013, 1, 1), None], "seen": [datetime(2013, 1, 1, 12, 0, 0, 1), None],
        "note": ["it's {a} \"ß\" \\ %", ""], "flown": [True, None],
    }
    save(fleet, engine, JAN, id=[1, 2], **values)
    assert rows(engine, fleet.current()) == [(1, *(each[0] for each in values.values())), (2, None, None, None, "", None)]


def test_strange_names(engine: Engine, tmp_path: Path) -> None:
    """Columns may be called as a source calls them."""
    fleet = history(engine, tmp_path, key="the id")
    for at, value in ((JAN, 1), (FEB, 2)):
        save(fleet, engine, at, **{"the id": [1], "select": [value], "old": [1], "Größe": [1], "log": [1]})
    assert rows(engine, fleet.current()) == [(1, 2, 1, 1, 1)]
    assert len(rows(engine, fleet.load())) == 2


def test_before_the_first_save(engine: Engine, tmp_path: Path) -> None:
    """Loading before the first save is an error that names the resource and the path."""
    fleet = history(engine, tmp_path)
    assert not fleet.exists()
    with pytest.raises(DatasetError) as caught:
        fleet.load()
    assert isinstance(caught.value.__cause__, ResourceError)
    assert "lake/fleet has no snapshot yet" in str(caught.value.__cause__)
    assert str(tmp_path / "fleet") in str(caught.value.__cause__)


def test_another_table_there(engine: Engine, tmp_path: Path) -> None:
    """A Delta table that is no history is neither read as one nor written into."""
    fleet = history(engine, tmp_path)
    engine.write_delta(table(engine, id=[1]), fleet._filepath, mode="append", expected=None)
    assert "no history" in refused(fleet, table(engine, id=[1]))


def test_preview(engine: Engine, tmp_path: Path) -> None:
    """Kedro-Viz is shown the first rows."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1], carrier=["EV"])
    assert fleet.preview() == {
        "index": [0], "columns": ["id", "carrier", "valid_from", "valid_to", "is_current"],
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "interval"}, "Did you mean 'intervals'"),
        ({"view": "as_of"}, "needs a time"),
        ({"view": "current", "at": "2013-01-01"}, "does not use it"),
        ({"max_deletes": 50}, "share of the keys"),
        ({"overwrite": "id"}, "in the key"),
    ],
)
def test_options_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """An option that means nothing is refused when the catalog is made."""
    with pytest.raises(ConfigError, match=message):
        history(engines.connect(), tmp_path, **options)


def test_key_misspelt(engine: Engine, tmp_path: Path) -> None:
    """A key that names no column is refused with the nearest one."""
    message = refused(history(engine, tmp_path, key="tailnun"), table(engine, tailnum=["N1"]))
    assert message.startswith("lake/fleet: 'key' names the column 'tailnun'")
    assert "Did you mean 'tailnum'?" in message


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(model.histories())
def test_any_order(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[list[model.Saved], list[int]]) -> None:
    """Snapshots saved in any order, late or twice, give the same intervals: through real Delta tables."""
    check_order(engines.connect(), tmp_path_factory.mktemp("history"), *drawn)


@pytest.mark.spark
@pytest.mark.slow
def test_any_order_on_spark(tmp_path: Path) -> None:
    """Snapshots saved in a mixed-up order give the same intervals on Spark."""
    saved = [month(number) for number in range(1, 5)]
    check_order(connect_spark(), tmp_path, saved, [2, 0, 3, 0, 1, 2])


def check_order(engine: Engine, path: Path, saved: list[model.Saved], order: list[int]) -> None:
    """Save in an order, and compare the views with what the snapshots imply."""
    for number in order:
        history(engine, path, complete=saved[number].complete, max_deletes=1).save(saved[number].snapshot(engine))
    fleet = history(engine, path)
    city = "city" if "city" in fleet.load().columns else "null as city"
    query = f"select id, name, {city}, valid_from, valid_to, is_current from fleet"
    assert rows(engine, engine.sql(query, fleet=fleet.load())) == expected(saved)
    for at, found in model.as_of(saved).items():
        assert rows(engine, fleet.as_of(at)) == sorted(found, key=repr)


@pytest.mark.spark
def test_continued_on_the_other_engine(tmp_path: Path) -> None:
    """A history that one engine wrote is read and continued by the other, with equal views on both."""
    both = [engines.connect(), connect_spark()]
    saved = [month(number) for number in range(1, 5)]
    for number, one in enumerate(saved):
        history(both[number % 2], tmp_path).save(one.snapshot(both[number % 2]))
    for engine in both:
        assert rows(engine, history(engine, tmp_path).load()) == expected(saved)
        assert set(rows(engine, history(engine, tmp_path).as_of(saved[1].at))) == model.as_of(saved)[saved[1].at]
    duckdb, spark = (rows(engine, history(engine, tmp_path).changes()) for engine in both)
    assert duckdb == spark


def writer(path: Path, engine: dict[str, Any], months: Iterable[int]) -> subprocess.Popen[str]:
    """Start a process that will save months; it waits until it is told to begin."""
    script = Path(__file__).parents[1] / "history_writer.py"
    command = [sys.executable, str(script), str(path / "fleet"), json.dumps(engine), *map(str, months)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while process.stdout and process.stdout.readline().strip() != "ready":
        assert process.poll() is None
    return process


def begin(process: subprocess.Popen[str]) -> None:
    """Tell a process to begin."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"type": "duckdb"}, pytest.param(SPARK, marks=pytest.mark.spark)], ids=["duckdb", "spark"])
def test_two_processes(tmp_path: Path, other: dict[str, Any]) -> None:
    """Two processes that save different snapshots at once, also one on each engine, lose nothing."""
    if other is SPARK:
        connect_spark()
    processes = [writer(tmp_path, {"type": "duckdb"}, range(2, 13, 2)), writer(tmp_path, other, range(1, 12, 2))]
    for process in processes:
        begin(process)
    assert [process.communicate()[0].strip() for process in processes] == ["done", "done"]
    fleet = history(engines.connect(), tmp_path)
    assert rows(engines.connect(), fleet.load()) == expected(month(number) for number in range(1, 13))
    assert len(fleet.history().markers) == 12


@pytest.mark.slow
def test_killed(tmp_path: Path) -> None:
    """A save killed at any moment leaves a history that the same saves complete."""
    chance = random.Random(5)
    for attempt in range(10):
        process = writer(tmp_path / str(attempt), {"type": "duckdb"}, range(1, 7))
        begin(process)
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.wait()
        again = writer(tmp_path / str(attempt), {"type": "duckdb"}, range(1, 7))
        begin(again)
        assert again.communicate()[0].strip() == "done"
        fleet = history(engines.connect(), tmp_path / str(attempt))
        assert rows(engines.connect(), fleet.load()) == expected(month(number) for number in range(1, 7))
