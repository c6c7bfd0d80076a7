"""SQLite alone: columns without a type, times in several forms, names that are texts, and who else writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from databases import Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import Save, open_service

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


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


def test_who_else_writes_the_file_is_told(place: Place, embedded: Engine):
    """A file that another process writes for too long is told; nothing was written."""
    place.resource(embedded).save(embedded.sql("select 1 as id"))
    with closing(sqlite3.connect(place.settings["path"], isolation_level=None)) as other:
        other.execute("begin immediate")
        hasty, rows = open_service({**place.settings, "timeout": 0}), embedded.to_arrow(embedded.sql("select 1 as id"))
        with pytest.raises(FaucetError, match="is locked: another process has been writing it for 0 seconds"):
            hasty.save("orders", rows.to_reader(), Save())


def test_a_column_that_is_gone_is_no_text(place: Place, embedded: Engine):
    """A name that is no column's any more, or never was, is told; SQLite itself would make a text of it."""
    place.sql("create table {}orders (id int, note text)", "insert into {}orders values (1, 'a')")
    loaded = place.resource(embedded).load()
    place.sql("alter table {}orders rename note to remark")
    with pytest.raises(FaucetError, match="no such column: note: the table has other columns now"):
        embedded.rows(loaded)
    with pytest.raises(DatasetError, match=r"select: there is no column 'note'\. The columns are: id, remark"):
        place.resource(embedded, load_args={"select": ["note"]}).load()


def test_a_type_that_there_is_not_is_told(place: Place, embedded: Engine):
    """A list, of which SQLite has no columns, is refused."""
    with pytest.raises(DatasetError, match=r"'x' is INTEGER\[\], which SQLite has no columns of"):
        place.resource(embedded).save(embedded.sql("select [1] as x", portable=False))


def test_what_a_killed_writer_left_is_taken_back(place: Place, embedded: Engine):
    """A file whose writer was killed in its transaction is read as it was before, by one who only reads."""
    place.sql("create table {}orders (id int)", "insert into {}orders values (1)")
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('begin'); "
        "c.execute('pragma cache_size = 1'); c.execute('update orders set id = 2'); "
        "c.executemany('insert into orders values (?)', [(n,) for n in range(100000)]); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, place.settings["path"]], check=False)
    assert place.server.path.with_suffix(".db-journal").exists()
    assert embedded.rows(place.resource(embedded).load()) == [(1,)]
