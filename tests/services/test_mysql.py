"""MySQL and MariaDB: their types, what they would change without a word, and what they say."""

from __future__ import annotations

import logging
import socket
import time
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import databases
import pytest
from databases import Place
from kedro.io import DatasetError
from servers.mariadb import MariaDB

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError, ResourceError
from kedro_faucet.services import Save, Selection, open_service
from kedro_faucet.services.mysql.errors import telling

pytestmark = pytest.mark.servers


@pytest.fixture
def place(mariadb: MariaDB) -> Place:
    """An empty database of MariaDB."""
    return databases.mariadb(mariadb)


@pytest.fixture
def embedded() -> Engine:
    """DuckDB."""
    return engines.connect()


MANY = Selection("", query="select a.seq as n from seq_1_to_100000 a join seq_1_to_10000 b")
TYPES = [
    ("tinyint(1)", "true", "BOOLEAN", True),
    ("tinyint", "-128", "TINYINT", -128),
    ("tinyint unsigned", "255", "SMALLINT", 255),
    ("smallint unsigned", "65535", "INTEGER", 65535),
    ("mediumint", "-8388608", "INTEGER", -8388608),
    ("mediumint unsigned", "16777215", "INTEGER", 16777215),
    ("int unsigned", "4294967295", "BIGINT", 4294967295),
    ("bigint unsigned", "18446744073709551615", "DECIMAL(20,0)", Decimal(18446744073709551615)),
    ("decimal(38,10)", "1234567890123456789012345678.0123456789", "DECIMAL(38,10)",
     Decimal("1234567890123456789012345678.0123456789")),
    ("decimal(5,1) unsigned", "1234.5", "DECIMAL(5,1)", Decimal("1234.5")),
    ("float", "0.1", "FLOAT", 0.10000000149011612),
    ("double", "0.1", "DOUBLE", 0.1),
    ("date", "'2024-02-29'", "DATE", date(2024, 2, 29)),
    ("datetime", "'2024-02-29 12:34:56'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56)),
    ("datetime(6)", "'2024-02-29 12:34:56.000001'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56, 1)),
    ("timestamp(3) null", "'2024-02-29 12:34:56.5'", "TIMESTAMP", datetime(2024, 2, 29, 12, 34, 56, 500000)),
    ("time", "'-100:00:01'", "VARCHAR", "-100:00:01"),
    ("year", "2024", "INTEGER", 2024),
    ("bit(1)", "1", "BOOLEAN", True),
    ("bit(4)", "b'101'", "VARCHAR", "0101"),
    ("char(3)", "'a'", "VARCHAR", "a"),
    ("varchar(9) character set latin1", "'é '", "VARCHAR", "é "),
    ("text", "'😀\\n\\\\'", "VARCHAR", "😀\n\\"),
    ("binary(3)", "x'01'", "BLOB", b"\x01\0\0"),
    ("blob", "x'ff00'", "BLOB", b"\xff\0"),
    ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
    ("enum('a', 'b')", "'b'", "VARCHAR", "b"),
    ("set('a', 'b')", "'a,b'", "VARCHAR", "a,b"),
    ("point", "point(1, 2)", "VARCHAR", "POINT(1 2)"),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "VARCHAR", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("inet6", "'::1'", "VARCHAR", "::1"),
]  # fmt: skip


def test_every_type_of_the_server_is_right(place: Place, embedded: Engine):
    """Each type comes as the one that tables have for it, or as its text; NULL stays NULL."""
    columns = ", ".join(f"c{number} {kind}" for number, (kind, *_) in enumerate(TYPES))
    place.sql(f"create table {{}}orders ({columns})")
    place.sql(f"insert into {{}}orders values ({', '.join(value for _, value, *_ in TYPES)})")
    place.sql("insert into {}orders () values ()")
    loaded = place.resource(embedded).load()
    assert list(embedded.schema(loaded).values()) == [word for *_, word, _ in TYPES]
    assert embedded.rows(loaded) == [tuple(found for *_, found in TYPES), tuple(None for _ in TYPES)]


def test_a_time_is_of_utc_in_any_zone(place: Place, embedded: Engine):
    """A TIMESTAMP is the same time of UTC whichever the server's zone is, in the hour that clocks have twice too."""
    place.sql("create table {}orders (id int, at_time timestamp null)")
    place.sql("insert into {}orders values (1, from_unixtime(1729989000)), (2, from_unixtime(1729992600))")
    place.sql("set global time_zone = '+05:30'")
    try:
        resource = place.resource(embedded)
        loaded = resource.load()
        late = embedded.sql("select id from t where at_time >= timestamp '2024-10-27 01:30:00'", t=loaded)
        assert sorted(embedded.rows(loaded)) == [(1, datetime(2024, 10, 27, 0, 30)), (2, datetime(2024, 10, 27, 1, 30))]
        assert embedded.rows(late) == [(2,)]
        place.resource(embedded, save_args={"mode": "append"}).save(
            embedded.sql("select 3 as id, timestamp '2024-10-27 02:30:00' as at_time")
        )
        assert embedded.rows(embedded.sql("select at_time from t where id = 3", t=loaded)) == [
            (datetime(2024, 10, 27, 2, 30),)
        ]
    finally:
        place.sql("set global time_zone = '+00:00'")


REFUSED = [
    ("date", "'0000-00-00'", "'c' holds 0000-00-00, which a DATE does not keep"),
    ("datetime", "'2024-00-10 00:00:00'", "which a TIMESTAMP does not keep"),
    ("timestamp null", "0", "'c' holds 0000-00-00, which a TIMESTAMP does not keep"),
    ("tinyint(1)", "2", "holds 2: say what it is, load_args: columns: {c: TINYINT}"),
    ("decimal(65,30)", "1", "'c' is decimal(65,30), and a table's has at most 38 digits"),
]


@pytest.mark.parametrize(("kind", "value", "said"), REFUSED)
def test_what_no_table_keeps_is_refused(place: Place, embedded: Engine, kind: str, value: str, said: str):
    """Zero dates, a truth that is none and numbers of too many digits are refused, and their texts are read."""
    place.sql(f"create table {{}}orders (c {kind})")
    with place.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("set session sql_mode = ''")
        cursor.execute(f"insert into {place.schema}.orders values ({value})")
    with pytest.raises((DatasetError, FaucetError)) as error:
        embedded.rows(place.resource(embedded).load())
    assert said in str(error.value)
    as_text = place.resource(embedded, load_args={"columns": {"c": "VARCHAR"}})
    assert len(embedded.rows(as_text.load())) == 1


@pytest.mark.parametrize(
    "filter",
    ["n > 1", "s = 'A'", "s <> 'a'", "s < 'b'", "s = 'a '", "d >= date '2024-01-02'", "b", "p = 1.5", "u > 5",
     "t > timestamp '2024-01-01 10:00:00'", "t = timestamp '2024-01-01 10:00:00.5'", "s is null", "s = 'x'''"],
)  # fmt: skip
def test_a_filter_takes_the_same_rows_there_as_here(place: Place, embedded: Engine, filter: str):
    """A filter that is handed on takes the rows that it takes of a table here, whatever the collation is."""
    place.sql(
        "create table {}orders (n int, s varchar(9), d date, t datetime(6), b bool, p decimal(5,2), u bigint unsigned)"
    )
    place.sql(
        "insert into {}orders values (1, 'a', '2024-01-01', '2024-01-01 10:00:00', 1, 1.5, 1), (2, 'A', '2024-01-02', "
        "'2024-01-01 10:00:00.5', 0, 2, 18446744073709551615), (3, 'x''', '2024-01-03', '2024-01-02', null, 1.50, 2), "
        "(4, 'a ', null, null, 1, 3, 3), (5, null, null, null, 1, 3, 3)"
    )
    loaded = place.resource(embedded).load()
    there = embedded.sql(f"select * from t where {filter}", portable=False, t=loaded)
    here = embedded.sql(f"select * from t where {filter}", portable=False, t=embedded.persist(loaded))
    assert sorted(embedded.rows(there), key=repr) == sorted(embedded.rows(here), key=repr)


def test_an_overwrite_keeps_the_table(place: Place, embedded: Engine):
    """Types, defaults, comments, indexes and computed columns stay; a new column comes, one that does not come goes."""
    place.sql(
        "create table {}orders (id int auto_increment primary key, name varchar(9) comment 'who', price decimal(9,2), "
        "gone int, twice decimal(9,2) as (price * 2), kind enum('a', 'b') default 'b', index by_name (name))"
    )
    place.resource(embedded).save(embedded.sql("select 'a' as name, 1.25::decimal(9,2) as price, 5 as n"))
    assert place.sql("select id, name, price, twice, kind, n from {}orders") == [
        (1, "a", Decimal("1.25"), Decimal("2.50"), "b", 5)
    ]
    [(_, made)] = place.sql("show create table {}orders")
    assert all(each in made for each in ("COMMENT 'who'", "KEY `by_name`", "`n` int"))
    assert "gone" not in made


def test_keys_are_told_apart_letter_by_letter(place: Place, embedded: Engine):
    """A merge tells 'a', 'A' and 'a ' apart in a column that does not; a unique key that does not refuses them."""
    text = "select unnest(['a', 'A', 'a ']) as id, unnest([1, 2, 3]) as n"
    how = {"save_args": {"mode": "merge", "key": "id"}}
    place.sql("create table {}orders (id varchar(9), n int)")
    for name in ("orders", "orders", "made", "made"):
        place.resource(embedded, name, **how).save(embedded.sql(text, portable=False))
    for name in ("orders", "made"):
        assert sorted(place.sql(f"select id, n from {{}}{name}")) == [("A", 2), ("a", 1), ("a ", 3)]
    place.sql("create table {}single (id varchar(9) primary key, n int)")
    with pytest.raises(DatasetError, match=r"Duplicate entry '[Aa] ?' for key"):
        place.resource(embedded, "single", **how).save(embedded.sql(text, portable=False))
    assert place.sql("select * from {}single") == []


CHANGED = [
    ("c varchar(3)", "'abcd' as c", "for column 'c' at row 1"),
    ("c char(9)", "'a ' as c", "'c' holds a , whose last blank a char(9)"),
    ("c double", "'inf'::double as c", "'c' holds inf, which MySQL has no number for"),
    ("c datetime", "timestamp '2024-01-01 00:00:00.5' as c", "which a datetime rounds"),
    ("c timestamp", "timestamp '1900-01-01' as c", " value"),
    ("c enum('a')", "'b' as c", "Data truncated for column 'c'"),
    ("c int, d int not null", "1 as c", "Field 'd' doesn't have a default value"),
    ("c int unique", "unnest([1, 1]) as c", "Duplicate entry '1'"),
    ("c bit(4)", "'0101' as c", "is a bit(4), which rows are not saved to"),
]


@pytest.mark.parametrize("is_open", [1, 0])
@pytest.mark.parametrize(("columns", "rows", "said"), CHANGED)
def test_what_the_server_would_change_is_refused(
    place: Place, embedded: Engine, columns: str, rows: str, said: str, is_open: int
):
    """Values that it would cut, round or leave out are refused, by LOAD DATA and where that is switched off."""
    place.sql(f"create table {{}}orders ({columns})")
    place.sql(f"set global local_infile = {is_open}")
    try:
        for mode in ("append", "overwrite"):
            if mode == "append" and "d int" in columns:
                continue
            with pytest.raises(DatasetError) as error:
                place.resource(embedded, save_args={"mode": mode}).save(embedded.sql(f"select {rows}", portable=False))
            assert said in str(error.value)
        assert place.sql("select * from {}orders") == []
    finally:
        place.sql("set global local_infile = 1")


def test_values_go_where_files_may_not(place: Place, embedded: Engine):
    """Where the server takes no files, every type is saved as well."""
    place.sql("set global local_infile = 0")
    try:
        made = embedded.sql(databases.TYPES, portable=False)
        place.resource(embedded).save(made)
        assert sorted(embedded.rows(place.resource(embedded).load())) == sorted(embedded.rows(made))
    finally:
        place.sql("set global local_infile = 1")


def test_who_wants_no_more_rows_ends_the_query(place: Place, embedded: Engine):
    """A reader that is closed after its first rows leaves no query behind."""
    service = open_service(place.settings, place.credentials)
    rows = service.batches(MANY, service.schema_of(MANY), [])
    assert next(rows).num_rows > 0
    rows.close()
    deadline = time.monotonic() + 10
    while place.leftovers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert place.leftovers() == []


def test_a_server_killed_while_rows_come_is_told(place: Place, embedded: Engine):
    """When the server is killed while rows come, the reader stops with an error: fewer rows are never taken for all."""
    service = open_service(place.settings, place.credentials)
    rows = service.batches(MANY, service.schema_of(MANY), [])
    next(rows)
    place.server.kill9()
    with pytest.raises(FaucetError, match="the connection broke"):
        list(rows)


def test_who_does_not_answer_is_told_in_time(place: Place):
    """A silent host, one where nothing listens, and one that there is not, are told within ten seconds."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        wrong: dict[str, dict[str, Any]] = {
            "does not answer|connection broke": {"port": port, "connect_timeout": 1},
            "nothing answers at": {"port": 1},
            "there is no host 'nowhere.invalid'": {"host": "nowhere.invalid"},
        }
        for said, changes in wrong.items():
            began = time.monotonic()
            with pytest.raises(FaucetError, match=said):
                open_service({**place.settings, **changes}, place.credentials).check()
            assert time.monotonic() - began < 10


def test_what_the_server_refuses_is_one_sentence(place: Place, embedded: Engine, caplog: pytest.LogCaptureFixture):
    """A wrong password, database, table, column, query and right are told with a remedy, and never the password."""
    place.sql("create table {}orders (id int)")
    place.sql("create or replace user reader identified by 'r3ader'")
    place.sql(f"grant select on {place.schema}.* to reader")
    caplog.set_level(logging.DEBUG)
    reader = {"username": "reader", "password": "r3ader"}
    secret = place.credentials["password"]
    wrong = {**place.credentials, "password": f"{secret}x"}
    near = {**place.settings, "database": f"{place.schema}x"}
    cases = [
        ({"credentials": wrong}, "the user 'faucet' or the password is refused"),
        ({"service": near}, f"there is no database '{near['database']}'. Did you mean '{place.schema}'?"),
        ({"load_args": {"select": ["idd"]}}, "Unknown column 'idd'"),
        ({"load_args": {"where": "id >> "}}, "is no SQL of this server's"),
        ({"load_args": {"query": "delete from orders"}}, "is no SQL of this server's"),
        ({"load_args": {"query": "select 1) q; drop table orders; -- "}}, "is no SQL of this server's"),
    ]
    for said, words in cases:
        with pytest.raises((DatasetError, FaucetError)) as error:
            embedded.rows(place.resource(embedded, **said).load())
        assert words in str(error.value)
        assert secret not in str(error.value) + repr(error.value)
    with pytest.raises(DatasetError, match=r"denied (to|for) user 'reader'.*: grant it to 'reader'"):
        place.resource(embedded, credentials=reader).save(embedded.sql("select 1 as id"))
    service = open_service(place.settings, place.credentials)
    assert secret not in f"{service!r} {service} {place.resource(embedded)!r} {caplog.text}"
    assert place.sql("select * from {}orders") == []


def test_a_table_that_another_makes_meanwhile_is_kept(place: Place, embedded: Engine):
    """A table that appears while rows come is not replaced, and what was made for it is removed."""
    service = open_service(place.settings, place.credentials)
    arrow = embedded.to_arrow(embedded.sql("select 1 as id"))

    def batches() -> Any:
        place.sql("create table {}orders (id int)")
        yield from arrow.to_batches()

    import pyarrow as pa

    with pytest.raises(FaucetError, match="already exists"):
        service.save("orders", pa.RecordBatchReader.from_batches(arrow.schema, batches()), Save())
    assert (place.sql("select * from {}orders"), place.leftovers()) == ([], [])


def test_a_connection_that_the_driver_has_given_up_is_told():
    """PyMySQL may write on to a connection that it closed when it broke: that is told as a broken one too."""
    service = open_service({"service": "mysql", "database": "shop"})
    with pytest.raises(ResourceError, match="connection broke"), telling(service):
        None.sendall(b"")
