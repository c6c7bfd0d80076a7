"""Requests of a run that tables of databases meet as files and Delta do: a range again, and deletes of what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Place
from kedro.io import DatasetError
from test_databases import CURSORS, rows, table

from kedro_faucet.config.run import Run, begin, end
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines import Engine, connect

pytestmark = pytest.mark.servers


@pytest.fixture
def asked() -> Iterator[Callable[..., None]]:
    """A run that is on, and asks for something."""
    yield lambda **said: begin(Run("run", **said))
    end()


def both(engine: Engine, place: Place, folder: Path, **said: Any) -> list[ResourceDataset]:
    """The same entry on a database and on Delta."""
    delta = ResourceDataset(filepath=str(folder / "delta"), engine=engine.config, **said)
    return [place.resource(engine, **said), delta]


def save(resources: list[ResourceDataset], engine: Engine, values: str) -> None:
    """Save rows to several resources."""
    for each in resources:
        each.save(table(engine, f"select * from (values {values}) t(id, day, v)"))


FIRST = "(1, date '2024-01-05', 'a'), (2, date '2024-02-01', 'a'), (3, date '2024-03-01', 'a'), (4, null, 'a')"
AGAIN = "(1, date '2024-01-05', 'b'), (2, date '2024-02-01', 'b'), (5, date '2024-02-03', 'b')"
MODES = [{"mode": "append"}, {"mode": "merge", "key": "id"}, {"mode": "merge", "key": "id", "order_by": "day"}]


def on_both(cases: list[Any]) -> list[Any]:
    """Each case on the embedded engine, the last on Spark too."""
    return [*(("duckdb", case) for case in cases), pytest.param("spark", cases[-1], marks=pytest.mark.spark)]


@pytest.mark.parametrize(("engine", "save_args"), on_both(MODES), indirect=["engine"])
def test_a_range_is_loaded_again_as_on_delta(
    engine: Engine, place: Place, tmp_path: Path, asked: Callable[..., None], save_args: dict[str, Any]
) -> None:
    """`faucet.reload` replaces the target's rows of a range, vanished ones too, by the mode's own rules."""
    save(both(engine, place, tmp_path, save_args=save_args), engine, FIRST)
    targets = both(engine, place, tmp_path, save_args=save_args, incremental={"cursor": "day"})
    asked(reload="2024-02")
    for again in (AGAIN, "(5, date '2024-02-03', 'c'), (2, date '2024-02-09', 'c')", "(1, date '2024-01-05', 'd')"):
        save(targets, engine, again)
        assert rows(engine, targets[0]) == rows(engine, targets[1])
    assert [row[0] for row in rows(engine, targets[0])] == [1, 3, 4]


@pytest.mark.parametrize("save_args", MODES)
def test_a_range_is_the_first_that_is_loaded(
    place: Place, tmp_path: Path, asked: Callable[..., None], save_args: dict[str, Any]
) -> None:
    """Where there is no table yet, the rows of the range make it."""
    engine = connect()
    targets = both(engine, place, tmp_path, save_args=save_args, incremental={"cursor": "day"})
    asked(reload="2024-02..2024-03")
    save(targets, engine, FIRST)
    assert [row[0] for row in rows(engine, targets[0])] == [2, 3]
    assert rows(engine, targets[0]) == rows(engine, targets[1])


def test_a_newer_row_outside_of_a_range_stays(place: Place, tmp_path: Path, asked: Callable[..., None]) -> None:
    """A merge of a range takes the newest of a key, and none that is older than a row outside; a key is never NULL."""
    engine, said = connect(), {"mode": "merge", "key": "id", "order_by": "day"}
    targets = both(engine, place, tmp_path, save_args=said, incremental={"cursor": "day"})
    values = "(1, date '2024-01-05', 'a'), (1, date '2024-01-09', 'b'), (2, date '2024-01-05', 'a')"
    save(targets, engine, f"{values}, (2, date '2024-02-01', 'b')")
    asked(reload="2024-01")
    save(targets, engine, values)
    assert rows(engine, targets[0]) == rows(engine, targets[1])
    assert [row[2] for row in rows(engine, targets[0])] == ["b", "b"]
    for each in targets:
        with pytest.raises(DatasetError, match=r"key .* is NULL"):
            save([each], engine, "(null::integer, date '2024-01-05', 'x')")
    assert [row[2] for row in rows(engine, targets[0])] == ["b", "b"]


@pytest.mark.parametrize(("cursor", "which"), [*((name, "2024-01-03") for name in ("at_time", "day")),
                                               *((name, "n2..3") for name in ("number", "amount"))])  # fmt: skip
def test_a_range_is_of_any_cursor(place: Place, asked: Callable[..., None], cursor: str, which: str) -> None:
    """Days of dates and times, and whole numbers of integers and decimals, bound a range."""
    engine = connect()
    values = ", ".join(f"{value} as {name}" for name, value in CURSORS.items())
    target = place.resource(engine, save_args={"mode": "append"}, incremental={"cursor": cursor})
    text = f"select i as id, {values}, {{}} as v from range(60) t(i)"
    target.save(table(engine, text.format("'a'")))
    asked(reload=which)
    target.save(table(engine, text.format("'b'")))
    found = engine.rows(target.load())
    expected = {"at_time": set(range(48, 60)), "day": {2}, "number": {2, 3}, "amount": {2}}[cursor]
    assert len(found) == 60
    assert {row[0] for row in found if row[-1] == "b"} == expected


def test_a_range_of_another_kind_is_refused(place: Place, asked: Callable[..., None]) -> None:
    """A range that is none, or of another kind than the cursor, is refused, and the table stays."""
    engine = connect()
    save([place.resource(engine)], engine, FIRST)
    target = place.resource(engine, save_args={"mode": "append"}, incremental={"cursor": "day"})
    for which, message in (("n1..2", "another kind than faucet.reload's range"), ("2024-13", "is no range")):
        asked(reload=which)
        with pytest.raises(DatasetError, match=message):
            save([target], engine, AGAIN)
    assert len(rows(engine, target)) == 4


def test_a_range_of_the_target_goes_once_only(place: Place, asked: Callable[..., None]) -> None:
    """Rows that the table refuses leave the range as it was: it is replaced in one transaction."""
    engine = connect()
    save([place.resource(engine)], engine, FIRST)
    target = place.resource(engine, save_args={"mode": "append"}, incremental={"cursor": "day"})
    before = rows(engine, target)
    asked(reload="2024")
    broken = "select i as id, date '2024-01-05' as day, case when i = 9 then error('no such day') else 'b' end as v"
    with pytest.raises(Exception, match="no such day"):
        target.save(table(engine, f"{broken} from range(10) t(i)"))
    assert rows(engine, target) == before


KEYS = [("id", None), (["id", "v"], None), ("id", "day")]


@pytest.mark.parametrize(("engine", "named"), on_both(KEYS), indirect=["engine"])
def test_what_the_source_has_no_more_is_deleted(
    engine: Engine, place: Place, tmp_path: Path, asked: Callable[..., None], named: tuple[Any, str | None]
) -> None:
    """`faucet.deletes` removes rows whose keys the source lacks, beside an increment or not, and no others."""
    key, order_by = named
    said = {"mode": "merge", "key": key, **({"order_by": order_by} if order_by else {})}
    for cursor in ({"incremental": {"cursor": "day"}}, {}):
        targets = both(engine, place, tmp_path, save_args=said, **cursor)
        save(targets, engine, FIRST)
        asked(deletes=True)
        left = "(1, date '2024-01-05', 'a'), (4, null, 'a'), (6, date '2024-04-01', 'b')"
        for _ in range(2):
            save(targets, engine, left)
            assert [row[0] for row in rows(engine, targets[0])] == [1, 4, 6]
            assert rows(engine, targets[0]) == rows(engine, targets[1])
        end()
    asked(deletes=True)
    for each in targets:
        with pytest.raises(DatasetError, match="would delete every row"):
            each.save(table(engine, "select 1 as id, date '2024-01-05' as day, 'a' as v where false"))
    assert len(rows(engine, targets[0])) == 3


def test_a_marked_row_and_a_missing_one_are_deleted_at_once(place: Place, asked: Callable[..., None]) -> None:
    """`delete_by` goes on beside `faucet.deletes`; a key that the table has twice, or lacks, is told as ever."""
    engine = connect()
    said = {"mode": "merge", "key": "id", "order_by": "day", "delete_by": "gone"}
    target = place.resource(engine, save_args=said)
    text = "select * from (values {}) t(id, day, gone)"
    target.save(table(engine, text.format("(1, date '2024-01-01', false), (2, date '2024-01-01', null), "
                                          "(3, date '2024-01-01', false)")))  # fmt: skip
    asked(deletes=True)
    target.save(table(engine, text.format("(1, date '2024-01-01', false), (2, date '2024-01-02', true)")))
    assert [row[0] for row in rows(engine, target)] == [1]


def test_a_row_without_a_key_is_nobodys(place: Place, tmp_path: Path, asked: Callable[..., None]) -> None:
    """A row whose key is NULL, which another mode wrote, is none that the source lacks; one that is twice goes."""
    engine = connect()
    added = both(engine, place, tmp_path, save_args={"mode": "append"})
    save(added, engine, f"{FIRST}, (null, date '2024-01-05', 'n'), (2, date '2024-02-02', 'b')")
    asked(deletes=True)
    for said in ({"order_by": "day"}, {}):
        merged = both(engine, place, tmp_path, save_args={"mode": "merge", "key": "id", **said})
        save(merged, engine, "(1, date '2024-01-05', 'a'), (4, null, 'a')")
    assert rows(engine, added[0]) == rows(engine, added[1])
    assert {row[0] for row in rows(engine, added[0])} == {1, 4, None}


@pytest.mark.parametrize("save_args", MODES)
def test_an_increment_with_nothing_new_is_one_query(served: Place, tmp_path: Path, save_args: dict[str, Any]) -> None:
    """A source whose rows are all known already executes one statement, from its description to its rows."""
    engine = connect()
    source = served.resource(engine)
    save([source], engine, FIRST.rpartition(", (4")[0])
    delta = {"filepath": str(tmp_path / "delta"), "engine": engine.config, "save_args": save_args}
    target = ResourceDataset(**delta, incremental={"cursor": "day"})
    target.save(source.load())
    assert served.words.executed is not None
    with served.words.executed(served.server) as statements:
        target.save(source.load())
    assert len(statements) == 1, statements
    assert "2024" in statements[0]
    assert len(rows(engine, target)) == 3
