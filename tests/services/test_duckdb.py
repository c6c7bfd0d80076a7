"""DuckDB files: their types, who else has one open, and what is said of it."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
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
    """A DuckDB file."""
    (tmp_path / "data").mkdir()
    return databases.duckdb(tmp_path)


@pytest.fixture
def embedded() -> Engine:
    """DuckDB."""
    return engines.connect()


TYPES = [
    ("ubigint", "18446744073709551615", "DECIMAL(20,0)", Decimal(18446744073709551615)),
    ("hugeint", "-12345678901234567890", "DECIMAL(38,0)", Decimal(-12345678901234567890)),
    ("utinyint[]", "[255, null]", "SMALLINT[]", [255, None]),
    ("integer[2]", "[1, 2]", "VARCHAR", "[1, 2]"),
    ("timestamptz", "'2024-01-01 12:00:00+02'", "TIMESTAMP", datetime(2024, 1, 1, 10)),
    ("timestamp_ns", "'2024-01-01 12:00:00.123456'", "TIMESTAMP", datetime(2024, 1, 1, 12, 0, 0, 123456)),
    ("timestamp_s", "'2024-01-01 12:00:00'", "TIMESTAMP", datetime(2024, 1, 1, 12)),
    ("time", "'12:34:56.5'", "VARCHAR", "12:34:56.5"),
    ("interval", "interval 1 month", "VARCHAR", "1 month"),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "VARCHAR", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("enum('a', 'b')", "'b'", "VARCHAR", "b"),
    ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
    ("bit", "'101'", "VARCHAR", "101"),
]


@pytest.mark.parametrize(("kind", "value", "word", "found"), TYPES)
def test_every_type_is_one_that_tables_keep(
    place: Place, embedded: Engine, kind: str, value: str, word: str, found: object
):
    """A type that DuckDB alone has comes as its nearest kin, or as its text; NULL stays NULL."""
    place.sql(f"create table {{}}orders (c {kind})")
    place.sql(f"insert into {{}}orders values ({value}), (null)")
    loaded = place.resource(embedded).load()
    assert embedded.schema(loaded) == {"c": word}
    assert sorted(embedded.rows(loaded), key=repr) == sorted([(found,), (None,)], key=repr)


REFUSED = [
    ("hugeint", "170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    ("timestamp_ns", "'2024-01-01 12:00:00.123456789'", "2024-01-01 12:00:00.123456789"),
    ("timestamp", "'infinity'", "'c' holds a TIMESTAMP that is infinite"),
    ("struct(a time)", "{'a': '12:00'::time}", "'c' has values of TIME64"),
]


@pytest.mark.parametrize(("kind", "value", "said"), REFUSED)
def test_what_no_table_keeps_is_refused(place: Place, embedded: Engine, kind: str, value: str, said: str):
    """A value that would be changed is refused, and its text is read."""
    place.sql(f"create table {{}}orders as select {value}::{kind} as c")
    with pytest.raises((DatasetError, FaucetError)) as error:
        embedded.rows(place.resource(embedded).load())
    assert said in str(error.value)
    as_text = place.resource(embedded, load_args={"columns": {"c": "VARCHAR"}})
    assert len(embedded.rows(as_text.load())) == 1


@pytest.mark.parametrize(
    "filter",
    ["n > 1", "s < 'b'", "s = 'it''s'", "d >= date '2024-01-02'", "t < timestamp '2024-01-02'", "p = 1.5", "b"],
)
def test_a_filter_takes_the_same_rows_there_as_here(place: Place, embedded: Engine, filter: str):
    """A filter that is handed on takes the rows that it takes of a table here."""
    place.sql(
        "create table {}orders as select i as n, case when i = 1 then 'it''s' else 'B' || i end as s, i % 2 = 0 as b, "
        "date '2024-01-01' + i::integer as d, timestamptz '2024-01-01 00:00+00' + interval (i) day as t, "
        "(i * 1.5)::decimal(9,2) as p from range(4) t(i)"
    )
    loaded = place.resource(embedded).load()
    there = embedded.sql(f"select * from t where {filter}", portable=False, t=loaded)
    here = embedded.sql(f"select * from t where {filter}", portable=False, t=embedded.persist(loaded))
    assert sorted(embedded.rows(there), key=repr) == sorted(embedded.rows(here), key=repr)


def test_an_overwrite_keeps_the_table(place: Place, embedded: Engine):
    """Types, defaults, comments and computed columns stay; a new column comes, and one that does not come goes."""
    place.sql(
        "create table {}orders (name varchar not null, price decimal(9,2), kind enum('a', 'b'), gone int, "
        "twice as (price * 2), at_time timestamptz default now(), n smallint)"
    )
    place.sql("comment on table {}orders is 'all'")
    text = "select 'a' as name, 1.25::decimal(9,2) as price, 'b' as kind, 5 as n, 7 as new"
    place.resource(embedded).save(embedded.sql(text))
    found = "select name, price, kind, twice::decimal(9,2), n, new, at_time is not null from {}orders"
    assert place.sql(found) == [("a", Decimal("1.25"), "b", Decimal("2.50"), 5, 7, True)]
    assert place.sql("select comment from duckdb_tables() where table_name = 'orders'") == [("all",)]
    assert place.sql("select 1 from duckdb_columns() where column_name = 'gone'") == []
    with pytest.raises(DatasetError, match=r"Could not convert string 'c'|'c'"):
        place.resource(embedded).save(embedded.sql(text.replace("'b'", "'c'")))
    assert len(place.sql(found)) == 1


def test_a_table_is_saved_to_the_file_that_it_is_read_from(place: Place, embedded: Engine):
    """Rows that are computed of a file's tables while they are saved into it wait for nobody."""
    place.resource(embedded, "source").save(embedded.sql("select i from range(50000) t(i)", portable=False))
    source = place.resource(embedded, "source").load()
    assert len(embedded.rows(embedded.sql("select * from t limit 5", portable=False, t=source))) == 5
    place.resource(embedded, "target").save(source)
    assert place.sql("select count(*) from {}target") == [(50000,)]


def test_schemas_hold_tables(place: Place, embedded: Engine):
    """A table lies in the provider's schema or the one that its name says; one that there is not is told."""
    place.sql("create schema sales")
    place.resource(embedded, "sales.orders").save(embedded.sql("select 1 as id"))
    sales = open_service({**place.settings, "schema": "sales"})
    assert (sales.resources(), sales.exists("orders"), sales.exists("main.orders")) == (["orders"], True, False)
    with pytest.raises(DatasetError, match=r"there is no schema 'sale'. Did you mean 'sales'\?"):
        place.resource(embedded, "sale.orders").save(embedded.sql("select 1 as id"))


def test_who_else_has_the_file_is_told(place: Place, embedded: Engine):
    """A file that another process has open is told with the process, for reading and for writing."""
    place.sql("create table {}orders as select 1 as id")
    hasty = open_service({**place.settings, "timeout": 0})
    code = f"import duckdb; c = duckdb.connect({place.settings['path']!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        rows = embedded.to_arrow(embedded.sql("select 2 as id")).to_reader()
        for act in (hasty.resources, lambda: hasty.save("orders", rows, Save())):
            with pytest.raises(FaucetError, match=rf"is open in another process \({other.pid}\) for 0 seconds"):
                act()
        other.communicate(b"\n")
    assert hasty.resources() == ["orders"]


def test_what_is_wrong_is_one_sentence(place: Place, embedded: Engine, tmp_path: Path):
    """A missing file, a wrong one, views, misspelt columns and columns that cannot go are told with a remedy."""
    with pytest.raises(DatasetError, match=r"There is no DuckDB file .*: it is made by the first save"):
        place.resource(embedded).load()
    place.sql("create table {}orders (id int, gone int)")
    place.sql("create index by_id on orders (id)")
    place.sql("create view latest as select * from orders")
    with pytest.raises(DatasetError, match="latest is a view, to read only"):
        place.resource(embedded, "latest").save(embedded.sql("select 1 as id"))
    with pytest.raises(DatasetError, match=r"the columns of the table cannot be changed .*: drop the index"):
        place.resource(embedded).save(embedded.sql("select 1 as id"))
    wrong = [("where", "idd > 1", '"idd" not found'), ("query", "delete from orders", "is no SQL of this file's")]
    for name, text, said in wrong:
        with pytest.raises(DatasetError, match=said):
            place.resource(embedded, load_args={name: text}).load()
    (tmp_path / "data" / "app.duckdb").write_text("no database " * 1000)
    with pytest.raises(DatasetError, match="is no DuckDB file"):
        place.resource(embedded).load()
