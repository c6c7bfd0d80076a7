"""PostgreSQL's types and filters: the values and rows that come are those that the server has."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import databases
import pytest
from databases import Place
from kedro.io import DatasetError
from servers.postgres import Postgres

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError

pytestmark = pytest.mark.servers


@pytest.fixture
def place(postgres: Postgres) -> Place:
    """An empty schema of PostgreSQL."""
    return databases.postgres(postgres)


@pytest.fixture
def embedded() -> Engine:
    """DuckDB."""
    return engines.connect()


TYPES = [
    ("numeric(10,2)", "12.5", "DECIMAL(10,2)", Decimal("12.50")),
    ("numeric(3,-2)", "12345", "DECIMAL(5,0)", Decimal(12300)),
    ("money", "-12.5", "DECIMAL(19,2)", Decimal("-12.50")),
    ("timestamptz", "'2024-01-01 12:00+02'", "TIMESTAMP", datetime(2024, 1, 1, 10)),
    ("time", "'12:34:56.789'", "VARCHAR", "12:34:56.789"),
    ("timetz", "'12:34:56+02'", "VARCHAR", "12:34:56+02"),
    ("interval", "'1 month 2 days 03:00:00'", "VARCHAR", "1 mon 2 days 03:00:00"),
    ("uuid", "'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11'", "VARCHAR", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("json", "'{\"a\":1}'", "VARCHAR", '{"a":1}'),
    ("jsonb", "'{\"a\":1}'", "VARCHAR", '{"a": 1}'),
    ("int[]", "'{1,2,null}'", "INTEGER[]", [1, 2, None]),
    ("int[]", "'{}'", "INTEGER[]", []),
    ("uuid[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'", "VARCHAR[]", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("numeric(5,1)[]", "'{1.5,null}'", "DECIMAL(5,1)[]", [Decimal("1.5"), None]),
    ("timestamptz[]", "'{2024-01-01 12:00+02}'", "TIMESTAMP[]", [datetime(2024, 1, 1, 10)]),
    ("bytea", "'\\xdeadbeef'", "BLOB", b"\xde\xad\xbe\xef"),
    ("bit(4)", "b'1010'", "VARCHAR", "1010"),
    ("inet", "'10.0.0.1/8'", "VARCHAR", "10.0.0.1/8"),
    ("macaddr", "'08:00:2b:01:02:03'", "VARCHAR", "08:00:2b:01:02:03"),
    ("xml", "'<a/>'", "VARCHAR", "<a/>"),
    ("char(5)", "'ab'", "VARCHAR", "ab"),
    ("varchar(5)", "'ab '", "VARCHAR", "ab "),
    ("point", "'(1,2)'", "VARCHAR", "(1,2)"),
    ("int4range", "'[1,5)'", "VARCHAR", "[1,5)"),
    ("tsvector", "'a b'", "VARCHAR", "'a' 'b'"),
    ("real", "1.1", "FLOAT", pytest.approx(1.1)),
    ("float8", "'NaN'", "DOUBLE", pytest.approx(float("nan"), nan_ok=True)),
    ("oid", "4000000000", "BIGINT", 4000000000),
    ("name", "'n'", "VARCHAR", "n"),
    ('"char"', "'c'", "VARCHAR", "c"),
    ("{}mood", "'ok'", "VARCHAR", "ok"),
    ("{}positive", "3", "INTEGER", 3),
    ("{}address", "row('x', 1)", "VARCHAR", "(x,1)"),
]
MADE = """
create type {}mood as enum ('sad', 'ok');
create domain {}positive as int check (value > 0);
create type {}address as (street text, no int)
"""


def test_every_type_of_the_server_is_right(place: Place, embedded: Engine):
    """Each type comes as its nearest kin here, or as the text that the server makes of it; NULL is NULL."""
    for each in MADE.strip().split(";"):
        place.sql(each)
    columns = ", ".join(f"c{number} {kind}" for number, (kind, *_) in enumerate(TYPES))
    place.sql(f"create table {{}}t ({columns})")
    place.sql(f"insert into {{}}t values ({', '.join(value for _, value, *_ in TYPES)})")
    place.sql("insert into {}t default values")
    table = place.resource(embedded, "t").load()
    assert list(embedded.schema(table).values()) == [kind for _, _, kind, _ in TYPES]
    first, second = embedded.rows(table)
    for (kind, *_, expected), value in zip(TYPES, first, strict=True):
        assert value == expected, kind
    assert set(second) == {None}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("numeric(4,1)", "'NaN'", r"holds nan, which a DECIMAL\(4,1\) does not keep"),
        ("date", "'infinity'", "holds a DATE that is infinite"),
        ("timestamptz", "'-infinity'", "holds a TIMESTAMP that is infinite"),
        ("date", "'0044-03-15 BC'", "holds a DATE that is infinite, or outside of the years 1 to 9999"),
        ("date[]", "'{infinity}'", "holds a DATE that is infinite"),
        ("int[]", "'{{1,2},{3,4}}'", r"holds \{\{1,2\},\{3,4\}\}, an array of arrays"),
        ("text[]", "'{{a},{b}}'", r"holds \{\{a\},\{b\}\}, an array of arrays"),
        ("numeric", "1.5", "is numeric without a precision"),
        ("numeric(50,2)", "1.5", r"is numeric of \(50,2\)"),
        ("numeric[]", "'{1.5}'", r"is numeric\[\] without a precision"),
    ],
)
def test_what_no_table_keeps_is_refused(place: Place, embedded: Engine, kind: str, value: str, said: str):
    """A value or type that would come wrong is refused by the column's name; declared as VARCHAR, its text comes."""
    place.sql(f'create table {{}}t as select 1 as id, {value}::{kind} as "it\'s"')
    with pytest.raises((FaucetError, DatasetError), match=f"The column 'it's' {said}.*VARCHAR"):
        embedded.rows(place.resource(embedded, "t").load())
    declared = place.resource(embedded, "t", load_args={"columns": {"it's": "VARCHAR"}})
    [(_, text)] = embedded.rows(declared.load())
    assert text == place.sql('select "it\'s"::text from {}t')[0][0]


def test_a_declared_type_is_exact(place: Place, embedded: Engine):
    """A number without bounds is read in the digits that are declared, or refused where one has more."""
    place.sql("create table {}t as select 1.25::numeric as price")
    read = lambda kind: place.resource(embedded, "t", load_args={"columns": {"price": kind}}).load()  # noqa: E731
    assert embedded.rows(read("DECIMAL(10,2)")) == [(Decimal("1.25"),)]
    assert embedded.rows(read("DOUBLE")) == [(1.25,)]
    with pytest.raises(FaucetError, match=r"The column 'price' holds 1.25, which a DECIMAL\(10,1\) does not keep"):
        embedded.rows(read("DECIMAL(10,1)"))
    with pytest.raises(DatasetError, match=r"there is no column 'prise'. Did you mean 'price'\?"):
        place.resource(embedded, "t", load_args={"columns": {"prise": "DOUBLE"}}).load()


FILTERS = [
    "n > 5 and n <= 9",
    "n in (1, 3, 5)",
    "n not in (1, 3, 5)",
    "n is null or n = 7",
    "name >= 'b' and name < 'É'",
    "name = 'it''s'",
    "name in ('a', 'B')",
    "amount >= 2.50",
    "at_time >= timestamp '2024-01-01 03:00:00' and at_time < timestamp '2024-01-01 06:30:00'",
    "zoned > timestamp '2024-01-01 03:00:00' or zoned is null",
    "day = date '2024-01-03'",
    "flag",
    "flag = false",
    "cast(half as double) > 1.5",
    "u = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
    "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    "n = 5 or name like 'a%'",
    "not (n = 5)",
    "name <> 'a'",
]


@pytest.mark.parametrize("filter", FILTERS)
def test_a_filter_takes_the_same_rows_there_as_here(place: Place, embedded: Engine, filter: str):
    """Whatever DuckDB hands on of a filter, the server and it take the very rows that DuckDB takes of a copy."""
    place.sql(
        "create table {}t as select case when i % 9 = 8 then null else i end as n, "
        "(array['a', 'B', 'b', 'É', 'é', 'it''s', 'Z', ''])[1 + i % 8] as name, (i * 0.5)::numeric(10,2) as amount, "
        "timestamp '2024-01-01' + i * interval '30 min' as at_time, "
        "case when i % 7 > 0 then timestamptz '2024-01-01 00:00+00' + i * interval '1 h' end as zoned, "
        "date '2024-01-01' + i as day, i % 2 = 0 as flag, (i * 0.5)::real as half, "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as u from generate_series(0, 20) i"
    )
    there = place.resource(embedded, "t").load()
    here = embedded.persist(there)
    text = f"select * from t where {filter}"
    assert sorted(embedded.rows(embedded.sql(text, t=there)), key=repr) == sorted(
        embedded.rows(embedded.sql(text, t=here)), key=repr
    )
