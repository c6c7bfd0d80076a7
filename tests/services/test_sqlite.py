"""SQLite: whatever its values are, they are those of their columns' types, or refused by name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import databases
import pytest
from databases import Place
from kedro.io import DatasetError

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import Save, open_service


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A SQLite file."""
    (tmp_path / "data").mkdir()
    return databases.sqlite(tmp_path)


@pytest.fixture
def embedded() -> Engine:
    """DuckDB."""
    return engines.connect()


TYPES = [
    ("integer", "9223372036854775807", "BIGINT", 9223372036854775807),
    ("varchar(3)", "'äöü€'", "VARCHAR", "äöü€"),
    ("text", "12", "VARCHAR", "12"),
    ("real", "5", "DOUBLE", 5.0),
    ("double precision", "1e300", "DOUBLE", 1e300),
    ("boolean", "true", "BOOLEAN", True),
    ("date", "'2024-02-29'", "DATE", date(2024, 2, 29)),
    ("datetime", "'2024-02-29 12:34'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34)),
    ("timestamp", "'2024-02-29T12:34:56.5'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56, 500000)),
    ("timestamp", "'2024-02-29'", "TIMESTAMP", datetime(2024, 2, 29)),
    ("decimal(10,2)", "0.1", "DECIMAL(10,2)", Decimal("0.10")),
    ("numeric(18)", "123456789012345678", "DECIMAL(18,0)", Decimal(123456789012345678)),
    ("blob", "x'00ff'", "BLOB", b"\x00\xff"),
    ("", "7", "BIGINT", 7),
    ("numeric", "7.5", "DOUBLE", 7.5),
    ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
    ("money", "null", "VARCHAR", None),
]


@pytest.mark.parametrize(("kind", "value", "word", "found"), TYPES)
def test_a_value_is_of_its_columns_type(
    place: Place, embedded: Engine, kind: str, value: str, word: str, found: object
):
    """A column has its declared type or, where that says nothing, the one of its values; both may be NULL."""
    place.sql(f"create table {{}}orders (c {kind})")
    place.sql(f"insert into {{}}orders values ({value}), (null)")
    loaded = place.resource(embedded).load()
    assert embedded.schema(loaded) == {"c": word}
    assert embedded.rows(loaded) == [(found,), (None,)]


REFUSED = [
    ("integer", "'x'", "'c' is BIGINT, and in {path}, orders, rowid 2, it is the str 'x'"),
    ("integer", "1.5", "rowid 2, it is the float 1.5"),
    ("text", "x'00'", "it is the bytes"),
    ("real", "'a'", "it is the str 'a'"),
    ("boolean", "2", "is BOOLEAN, and in {path}, orders, rowid 2, it is the int 2"),
    ("date", "'31.01.2024'", "is DATE, and in {path}, orders, rowid 2, it is the str '31.01.2024'"),
    ("date", "'2023-02-29'", "it is the str '2023-02-29'"),
    ("date", "45000", "it is the int 45000"),
    ("timestamp", "1700000000", "it is the int 1700000000"),
    ("timestamp", "'2024-01-01 10:00:00+02:00'", "it is the str"),
    ("decimal(10,2)", "0.1 + 0.2", "it is the float 0.30000000000000004"),
    ("decimal(3,1)", "1000", "it is the int 1000"),
    ("decimal(10,2)", "'12,50'", "it is the str '12,50'"),
]


@pytest.mark.parametrize(("kind", "value", "said"), REFUSED)
def test_a_value_of_another_type_is_refused(place: Place, embedded: Engine, kind: str, value: str, said: str):
    """A value that its column's type does not hold is refused with column, row and value; as text, it is read."""
    place.sql(f"create table {{}}orders (c {kind})")
    place.sql(f"insert into {{}}orders values (null), ({value})")
    loaded = place.resource(embedded).load()
    with pytest.raises(FaucetError) as error:
        embedded.rows(loaded)
    assert said.format(path=place.settings["path"]) in str(error.value)
    assert "columns: {c: VARCHAR}" in str(error.value)
    if "bytes" not in said:
        as_text = place.resource(embedded, load_args={"columns": {"c": "VARCHAR"}})
        assert len(embedded.rows(as_text.load())) == 2


def test_a_column_of_several_kinds_is_declared(place: Place, embedded: Engine):
    """A column without a type whose values are of several is refused until its type is said, and then exact."""
    place.sql("create table {}orders (n)")
    place.sql("insert into {}orders values (1), ('2'), (3.0)")
    with pytest.raises(DatasetError, match=r"'n' has no type .*\(integer, real, text\)"):
        place.resource(embedded).load()
    for kind, found in {"BIGINT": [1, 2, 3], "VARCHAR": ["1", "2", "3.0"], "DOUBLE": [1.0, 2.0, 3.0]}.items():
        loaded = place.resource(embedded, load_args={"columns": {"n": kind}}).load()
        assert [n for (n,) in embedded.rows(loaded)] == found
    with pytest.raises(DatasetError, match=r"load_args: columns: there is no column 'm'"):
        place.resource(embedded, load_args={"columns": {"m": "BIGINT"}, "select": ["n"]}).load()


@pytest.mark.parametrize(
    "filter",
    ["n > 1", "s = 'A'", "s <> 'a'", "s < 'b'", "d >= date '2024-01-02'", "t > timestamp '2024-01-01 10:00:00'",
     "t = timestamp '2024-01-01 10:00:00.5'", "s is null", "b", "p = 1.5", "n in (1, 3) or s = 'A'"],
)  # fmt: skip
def test_a_filter_takes_the_same_rows_there_as_here(place: Place, embedded: Engine, filter: str):
    """A filter that is handed on takes the rows that it takes of a table here, whatever the collation and form."""
    place.sql("create table {}orders (n int, s text collate nocase, d date, t timestamp, b bool, p decimal(5,2))")
    place.sql(
        "insert into {}orders values (1, 'a', '2024-01-01', '2024-01-01T10:00:00', 1, 1.5), (2, 'A', '2024-01-02', "
        "'2024-01-01 10:00:00.5', 0, 2), (3, null, '2024-01-03', '2024-01-02', null, 1.50), (4, 'b', null, null, 1, 3)"
    )
    loaded = place.resource(embedded).load()
    there = embedded.sql(f"select * from t where {filter}", portable=False, t=loaded)
    here = embedded.sql(f"select * from t where {filter}", portable=False, t=embedded.persist(loaded))
    assert sorted(embedded.rows(there), key=repr) == sorted(embedded.rows(here), key=repr)


def test_an_overwrite_keeps_the_table(place: Place, embedded: Engine):
    """Types, defaults, indexes and computed columns stay; a new column comes, and one that does not come goes."""
    place.sql(
        "create table {}orders (id integer primary key, name varchar(9) not null, price decimal(9,2), gone int, "
        "twice generated always as (price * 2), at_time timestamp default current_timestamp)"
    )
    place.sql("create index main.by_name on orders (name)")
    place.resource(embedded).save(embedded.sql("select 'a' as name, 1.25::decimal(9,2) as price, 5 as n"))
    [(made,)] = place.sql("select sql from sqlite_schema where name = 'orders'")
    assert "varchar(9) not null" in made
    assert "gone" not in made
    assert place.sql("select name from sqlite_schema where type = 'index' and sql is not null") == [("by_name",)]
    found = place.sql("select id, name, price, twice, n, at_time is not null from {}orders")
    assert found == [(1, "a", 1.25, 2.5, 5, 1)]


def test_keys_are_told_apart_letter_by_letter(place: Place, embedded: Engine):
    """A merge tells 'a' from 'A' in a column that does not; a unique key that does not refuses the second."""
    text = "select unnest(['a', 'A']) as id, unnest([1, 2]) as n"
    how = {"save_args": {"mode": "merge", "key": "id"}}
    place.sql("create table {}orders (id text collate nocase, n int)")
    for _ in range(2):
        place.resource(embedded, **how).save(embedded.sql(text, portable=False))
    assert sorted(place.sql("select id, n from {}orders")) == [("A", 2), ("a", 1)]
    place.sql("create table {}single (id text primary key collate nocase, n int)")
    with pytest.raises(DatasetError, match=r"refuses a row: UNIQUE constraint failed: single.id"):
        place.resource(embedded, "single", **how).save(embedded.sql(text, portable=False))
    assert place.sql("select * from {}single") == []


def test_the_newest_is_found_whatever_form_a_value_has(place: Place, embedded: Engine):
    """Times in several forms, and decimals of many digits, are compared as values; what is no time is refused."""
    place.sql("create table {}orders (id int, at_time timestamp, n int)")
    place.sql("insert into {}orders values (1, '2024-01-01T10:00:00', 0), (2, '2024-01-01 10:00:00.5', 0)")
    how = {"save_args": {"mode": "merge", "key": "id", "order_by": "at_time"}}
    text = "select unnest([1, 2]) as id, timestamp '2024-01-01 10:00:00' as at_time, 1 as n"
    place.resource(embedded, **how).save(embedded.sql(text, portable=False))
    assert place.sql("select n from {}orders order by id") == [(1,), (0,)]
    place.sql("insert into {}orders values (3, 'yesterday', 0)")
    with pytest.raises(DatasetError, match="holds beside dates 'yesterday'"):
        place.resource(embedded, **how).save(embedded.sql(text, portable=False))
    by = {"save_args": {"mode": "merge", "key": "id", "order_by": "o"}}
    for value, n in (("9.5", 1), ("10.5", 2), ("-20", 3)):
        row = embedded.sql(f"select 1 as id, {value}::decimal(38,9) as o, {n} as n", portable=False)
        place.resource(embedded, "long", **by).save(row)
    assert place.sql("select n from {}long") == [(2,)]


def test_what_sqlite_would_change_is_refused(place: Place, embedded: Engine):
    """NaN, a text that becomes a number and a decimal of more digits than it keeps are refused."""
    resource = place.resource(embedded)
    with pytest.raises(DatasetError, match="'x' holds NaN, which SQLite keeps as NULL"):
        resource.save(embedded.sql("select 'nan'::double as x", portable=False))
    with pytest.raises(DatasetError, match=r"'x' is INTEGER\[\], which SQLite has no columns of"):
        resource.save(embedded.sql("select [1] as x", portable=False))
    place.sql("create table {}orders (code numeric, price decimal(20,2))")
    for row in ("'007' as code, 1.5 as price", "null as code, 123456789012345678.25 as price"):
        with pytest.raises(DatasetError, match=r"would make a number of 7|SQLite keeps 15 digits"):
            resource.save(embedded.sql(f"select {row}"))
    assert place.sql("select * from {}orders") == []


def test_what_is_wrong_is_one_sentence(place: Place, embedded: Engine, tmp_path: Path):
    """A missing file, a wrong one, views, misspelt columns and a file that another writes are told with a remedy."""
    with pytest.raises(DatasetError, match=r"There is no SQLite file .*: it is made by the first save"):
        place.resource(embedded).load()
    place.sql("create table {}orders (id int)")
    place.sql("create view {}latest as select * from orders")
    with pytest.raises(DatasetError, match="latest is a view, to read only"):
        place.resource(embedded, "latest").save(embedded.sql("select 1 as id"))
    wrong = [("where", "idd > 1", "no such column: idd"), ("query", "delete from orders", "syntax error")]
    for name, text, said in wrong:
        with pytest.raises(DatasetError, match=said):
            place.resource(embedded, load_args={name: text}).load()
    place.resource(embedded).save(embedded.sql("select 1 as id"))
    with closing(sqlite3.connect(place.settings["path"], isolation_level=None)) as other:
        other.execute("begin immediate")
        hasty, rows = open_service({**place.settings, "timeout": 0}), embedded.to_arrow(embedded.sql("select 1 as id"))
        with pytest.raises(FaucetError, match="is locked: another process has been writing it for 0 seconds"):
            hasty.save("orders", rows.to_reader(), Save())
    (tmp_path / "data" / "app.db").write_text("no database " * 100)
    with pytest.raises(DatasetError, match=r"is no SQLite file, or a damaged one"):
        place.resource(embedded).load()


def test_a_table_is_saved_to_the_file_that_it_is_read_from(place: Place, embedded: Engine):
    """Rows that are computed of a file's tables while they are saved into it wait for nobody."""
    place.resource(embedded, "source").save(embedded.sql("select i from range(50000) t(i)", portable=False))
    place.resource(embedded, "target").save(place.resource(embedded, "source").load())
    assert place.sql("select count(*) from {}target") == [(50000,)]
