"""The contract of databases: what every one of them does alike, on both engines."""

from __future__ import annotations

import threading
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from databases import TYPES, Place, alchemy
from kedro.io import DatasetError

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import FaucetError

pytestmark = pytest.mark.servers


def table(engine: Engine, text: str, **tables: Table) -> Table:
    """A table of what DuckDB makes of a text: on Spark, by way of Arrow."""
    embedded = engines.connect()
    made = embedded.sql(text, portable=False, **tables)
    return made if engine is embedded else engine.from_frame(embedded.to_arrow(made))


def rows(engine: Engine, resource: ResourceDataset) -> list[tuple]:
    """What a resource holds, in order."""
    return sorted(engine.rows(resource.load()), key=repr)


MERGE = {"mode": "merge", "key": ["id"], "order_by": "at_time"}


def test_every_type_comes_back_as_it_was_saved(engine: Engine, place: Place):
    """A table of every type and its extremes is read in the very types and values in which it was saved."""
    resource = place.resource(engine)
    saved = table(engine, place.words.types, t=engines.connect().sql(TYPES, portable=False))
    resource.save(saved)
    assert engine.schema(resource.load()) == engine.schema(saved)
    assert rows(engine, resource) == sorted(engine.rows(saved), key=repr)


def test_modes_do_what_they_say(place: Place):
    """Overwrite replaces, append adds, ignore keeps, error refuses: as on any other provider."""
    engine = engines.connect()
    one, two = table(engine, "select 1 as id, 'a' as name"), table(engine, "select 2 as id, 'b' as name")
    place.resource(engine, save_args={"mode": "error"}).save(one)
    place.resource(engine, save_args={"mode": "append"}).save(two)
    place.resource(engine, save_args={"mode": "ignore"}).save(one)
    assert rows(engine, place.resource(engine)) == [(1, "a"), (2, "b")]
    with pytest.raises(DatasetError, match="It exists already, and mode: error replaces nothing"):
        place.resource(engine, save_args={"mode": "error"}).save(one)
    place.resource(engine).save(two)
    assert rows(engine, place.resource(engine)) == [(2, "b")]


def test_the_newest_row_of_a_key_wins(place: Place):
    """A merge takes the newest of several rows, no stale one, and replaces a key as often as it is saved."""
    engine = engines.connect()
    resource = place.resource(engine, save_args=MERGE)
    first = (
        "select * from (values (1, timestamp '2024-01-02', 'a'), (2, timestamp '2024-01-01', 'b')) t(id, at_time, v)"
    )
    again = (
        "select * from (values (1, timestamp '2024-01-01', 'stale'), (2, timestamp '2024-01-02', 'older'), "
        "(2, timestamp '2024-01-03', 'newest'), (3, null, 'unknown')) t(id, at_time, v)"
    )
    resource.save(table(engine, first))
    for _ in range(2):
        resource.save(table(engine, again))
        assert rows(engine, resource) == [
            (1, datetime(2024, 1, 2), "a"),
            (2, datetime(2024, 1, 3), "newest"),
            (3, None, "unknown"),
        ]


def test_the_first_merge_takes_the_newest_too(place: Place):
    """A merge that makes the table takes the newest of several rows of a key, and refuses a NULL or unclear one."""
    engine = engines.connect()
    resource = place.resource(engine, "it's", save_args=MERGE)
    values = "(1, timestamp '2024-01-02', 'new'), (1, timestamp '2024-01-01', 'old'), (2, null, 'b')"
    resource.save(table(engine, f"select * from (values {values}) t(id, at_time, v)"))
    assert rows(engine, resource) == [(1, datetime(2024, 1, 2), "new"), (2, None, "b")]
    unclear = place.resource(engine, "unclear", save_args={"mode": "merge", "key": "id"})
    for value, said in (("null::integer", "The key (id) is NULL"), ("1", "Several incoming rows have the same key")):
        with pytest.raises(DatasetError) as error:
            unclear.save(table(engine, f"select {value} as id, unnest(['a', 'b']) as v"))
        assert said in str(error.value)
        assert not unclear.exists()


def test_a_merge_is_the_same_as_on_delta(engine: Engine, place: Place, tmp_path: Path):
    """Three saves of rows with ties, composite keys and NULLs leave the same rows as in a Delta table."""
    text = (
        "select (i * 7 + {n}) % 20 as id, 'k' || (i % 3) as k, date '2024-01-01' + ((i * {n}) % 5)::integer as day, "
        "case when i % 4 = 0 then null else i % 6 end as v, 'É' || (i % 5) as name from range(60) t(i)"
    )
    how = {"mode": "merge", "key": ["id", "k"], "order_by": "day"}
    both = [
        place.resource(engine, save_args=how),
        ResourceDataset(filepath=str(tmp_path / "delta"), save_args=how, engine=engine.config),
    ]
    for number in (1, 2, 3):
        for each in both:
            each.save(table(engine, text.format(n=number)))
    assert rows(engine, both[0]) == rows(engine, both[1])


def test_a_marked_row_deletes_its_key(place: Place):
    """A row whose marker is true deletes its key unless it is stale; the marker itself is not kept."""
    engine = engines.connect()
    resource = place.resource(engine, save_args={**MERGE, "delete_by": "gone"})
    columns = "t(id, at_time, v, gone)"
    resource.save(
        table(
            engine,
            "select * from (values (1, timestamp '2024-01-02', 'a', false), (2, timestamp '2024-01-02', 'b', null), "
            f"(3, timestamp '2024-01-02', 'c', true)) {columns}",
        )
    )
    assert rows(engine, resource) == [(1, datetime(2024, 1, 2), "a"), (2, datetime(2024, 1, 2), "b")]
    resource.save(
        table(
            engine,
            "select * from (values (1, timestamp '2024-01-03', 'a', true), (2, timestamp '2024-01-01', 'b', true)) "
            + columns,
        )
    )
    assert rows(engine, resource) == [(2, datetime(2024, 1, 2), "b")]


REFUSED = [
    ("select null::integer as id, 'a' as v", "The key (id) is NULL in incoming rows, as in\n  id=None, v=a"),
    ("select 1 as id, unnest(['a', 'b']) as v", "Several incoming rows have the same key (id) and nothing tells which"),
    ("select 1 as idd, 'a' as v", "There is no column 'id'. Did you mean 'idd'?"),
    ("select 1 as id", "The incoming table lacks the column 'v' that the resource has."),
    (
        "select 9000000000 as id, 'a' as v",
        "The column 'id' is BIGINT in the incoming table and INTEGER in the resource",
    ),
    ("select 1 as id, {'a': 1} as v", "The column 'v' is STRUCT"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_delta_refuses_is_refused(place: Place, text: str, said: str):
    """NULL and doubled keys, missing columns and values that do not fit are refused; the table stays as it was."""
    if "BIGINT" in said and place.words is alchemy.SQLITE:
        pytest.skip("to SQLAlchemy, SQLite's whole numbers are of one type")
    engine = engines.connect()
    resource = place.resource(engine, save_args={"mode": "merge", "key": "id"})
    resource.save(table(engine, "select 1 as id, 'old' as v"))
    with pytest.raises(DatasetError) as error:
        resource.save(table(engine, text))
    assert said in str(error.value)
    assert rows(engine, resource) == [(1, "old")]


def test_a_new_column_is_added_and_a_vanished_one_goes(place: Place):
    """Append and merge add a column, NULL in the rows that were there; an overwrite has the columns that it brings."""
    engine = engines.connect()
    append = place.resource(engine, save_args={"mode": "append"})
    append.save(table(engine, "select 1 as id, 'a' as v"))
    append.save(table(engine, "select 2 as id, 'b' as v, 1.5 as price"))
    assert rows(engine, append) == [(1, "a", None), (2, "b", Decimal("1.5"))]
    place.resource(engine, save_args={"mode": "merge", "key": "id"}).save(
        table(engine, "select 2 as id, 'c' as v, 2.5 as price, date '2024-01-31' as day")
    )
    assert rows(engine, append) == [(1, "a", None, None), (2, "c", Decimal("2.5"), date(2024, 1, 31))]
    place.resource(engine).save(table(engine, "select 'z' as v, true as ok, 3 as id"))
    found = append.load()
    assert sorted(found.columns) == ["id", "ok", "v"]
    assert [dict(zip(found.columns, row, strict=True)) for row in engine.rows(found)] == [
        {"id": 3, "v": "z", "ok": True}
    ]


def test_only_what_is_asked_for_is_read(engine: Engine, place: Place):
    """`select` and `where` are run by the source, in its own SQL; `query` stands in a table's place."""
    place.resource(engine).save(table(engine, "select i as id, 'n' || i as name, i * 2 as n from range(10) t(i)"))
    narrow = place.resource(engine, load_args={"select": ["name"], "where": "n >= 16 -- the last ones"})
    assert rows(engine, narrow) == [("n8",), ("n9",)]
    query = f"select max(id) as top, 'a' as a from {place.schema}.orders; "
    asked = place.resource(engine, load_args={"query": query, "where": "top > 0"})
    assert rows(engine, asked) == [(9, "a")]
    with pytest.raises(DatasetError, match="It is a query, to read only"):
        asked.save(table(engine, "select 1 as top"))


def test_a_table_that_is_used_twice_is_read_once(place: Place):
    """What a SELECT takes from a table in two places, and from what is made of it, is the same rows."""
    engine = engines.connect()
    place.resource(engine).save(table(engine, "select i as id from range(3) t(i)"))
    loaded = place.resource(engine).load()
    some = engine.sql("select id from t where id > 0", t=loaded)
    twice = engine.sql("select a.id from t a join t b on a.id = b.id", t=some)
    place.resource(engine).save(table(engine, "select i as id from range(9) t(i)"))
    assert len(engine.rows(twice)) == 2
    assert len(engine.rows(engine.sql("select id from t", t=loaded))) == 9


def test_names_are_kept_as_they_are(place: Place):
    """Tables and columns with capitals, spaces, quotes and words of SQL are read and saved."""
    engine = engines.connect()
    resource = place.resource(engine, "Order Lines", save_args={"mode": "merge", "key": "Order"})
    for _ in range(2):
        resource.save(table(engine, 'select 1 as "Order", 5 as "a ""b", 2 as "select", 3 as "größe"'))
    assert resource.exists()
    assert resource.load().columns == ["Order", 'a "b', "select", "größe"]
    assert rows(engine, resource) == [(1, 5, 2, 3)]


CURSORS = {
    "at_time": "timestamp '2024-01-01' + interval (i) hour",
    "day": "date '2024-01-01' + i::integer",
    "number": "i::bigint",
    "amount": "(i * 1.5)::decimal(10, 2)",
}


@pytest.mark.parametrize("cursor", CURSORS)
def test_an_increment_takes_what_is_new(place: Place, cursor: str):
    """With a cursor of any kind, a save takes the rows after the target's highest; a NULL cursor is taken each time."""
    engine = engines.connect()
    values = ", ".join(f"{value} as {name}" for name, value in CURSORS.items())
    source = place.resource(engine, "source", save_args={"mode": "append"})
    target = place.resource(engine, "target", save_args={"mode": "merge", "key": "id"}, incremental={"cursor": cursor})
    source.save(table(engine, f"select i as id, {values} from range(5) t(i)"))
    target.save(source.load())
    source.save(table(engine, f"select i as id, {values} from range(5, 7) t(i)"))
    source.save(
        table(engine, f"select * replace (null as {cursor}) from (select i as id, {values} from range(7, 8) t(i))")
    )
    target.save(source.load())
    assert rows(engine, target) == rows(engine, source)
    assert len(rows(engine, target)) == 8


def test_an_increment_reads_only_what_is_new(engine: Engine, served: Place, tmp_path: Path):
    """The source itself filters by the cursor: known rows are not read again, not even one that cannot be any more."""
    rows_of = "select i as id, 10 - i as n, date '2024-01-01' + i::integer as day from range({first}, {last}) t(i)"
    served.resource(engine).save(table(engine, rows_of.format(first=0, last=5)))
    delta = {"filepath": str(tmp_path / "lake"), "engine": engine.config, "save_args": {"mode": "merge", "key": "id"}}
    target = ResourceDataset(**delta, incremental={"cursor": "day"})
    source = served.resource(engine, load_args={"query": served.breaking("orders", "n", 9)})
    with pytest.raises(FaucetError):
        engine.rows(source.load())
    ResourceDataset(**delta).save(served.resource(engine).load())
    target.save(source.load())
    served.resource(engine, save_args={"mode": "append"}).save(table(engine, rows_of.format(first=5, last=7)))
    target.save(source.load())
    assert len(rows(engine, target)) == 7


def test_an_empty_table_is_a_table(place: Place):
    """A table without rows is saved, read, appended to and merged into, in each mode."""
    engine = engines.connect()
    nothing = table(engine, "select 1 as id, 'a' as v where false")
    for mode in ({}, {"mode": "append"}, {"mode": "merge", "key": "id"}):
        resource = place.resource(engine, save_args=mode)
        resource.save(nothing)
        assert rows(engine, resource) == []
        assert list(engine.schema(resource.load())) == ["id", "v"]


def test_a_failed_computation_leaves_the_table(place: Place):
    """Where the rows to save cannot be computed, the error says why, and the table is as it was."""
    engine = engines.connect()
    resource = place.resource(engine)
    resource.save(table(engine, "select 1 as id"))
    broken = table(
        engine, "select case when i = 250000 then error('no such day') else i end as id from range(300000) t(i)"
    )
    with pytest.raises(Exception, match="no such day"):
        resource.save(broken)
    assert rows(engine, resource) == [(1,)]


def test_a_table_there_is_not_gets_its_nearest_name(place: Place):
    """A misspelt table is told with the tables that there are, and the nearest."""
    engine = engines.connect()
    place.resource(engine, "orders").save(table(engine, "select 1 as id"))
    with pytest.raises(DatasetError, match=r"There is no table 'order' in .*Did you mean 'orders'\?"):
        place.resource(engine, "order").load()
    assert not place.resource(engine, "order").exists()


def test_three_writers_lose_nothing(place: Place):
    """Three threads that create and then merge into one table at once: every row of each is there, none twice."""
    engine, errors = engines.connect(), []

    def write(number: int) -> None:
        own = engines.connect({"type": "duckdb", "config": {"threads": 1}, "memory_limit": f"{200 + number}MB"})
        resource = place.resource(own, save_args={"mode": "merge", "key": "id"})
        try:
            for turn in range(3):
                numbers = f"range({number * 500}, {number * 500 + 1500}) t(i)"
                text = f"select i as id, {number} as w, {turn} as turn from {numbers}"
                resource.save(own.sql(text, portable=False))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    found = rows(engine, place.resource(engine))
    assert len(found) == len({row[0] for row in found}) == 2500
    assert {row[2] for row in found if row[0] < 500} == {2}
