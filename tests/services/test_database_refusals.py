"""The contract of rows that a table's own rules refuse, and of tables that others hold: one sentence, no trace."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from databases import Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine

pytestmark = pytest.mark.servers

ONE = "insert into {}orders (id) values (1)"
RULES = {
    "a row that names none": (
        ["create table {}parent (id int primary key)", "create table {}orders (id int primary key, p int references "
         "{}parent(id))", ONE],
        "select 7 as id, 9 as p",
        ("append", "overwrite", "merge"),
        r"(?i)foreign key.*: save the row that it names first, or leave this one out",
    ),
    "a row that is named": (
        ["create table {}orders (id int primary key)", ONE, "create table {}kid (id int references {}orders(id))",
         "insert into {}kid values (1)"],
        "select 2 as id",
        ("overwrite",),
        r"(?i)foreign key.*: save (with mode: merge, or delete first what names the row|the row that it names first)",
    ),
    "a value that is there": (
        ["create table {}orders (id int primary key, mail varchar(20) unique)", "insert into {}orders values (1, 'a')"],
        "select 2 as id, 'a' as mail",
        ("append", "merge"),
        r"(?i)(duplicate|unique).*: (merge by these columns, give the row another value|correct the row in the node)",
    ),
    "a value that is checked": (
        ["create table {}orders (id int primary key, n int check (n > 0))", ONE],
        "select 2 as id, -1 as n",
        ("append", "overwrite", "merge"),
        r"(?i)(check|constraint).*: correct the (value|row) in the node, or leave",
    ),
    "a value that has to be": (
        ["create table {}orders (id int primary key, name varchar(9) not null)",
         "insert into {}orders values (1, 'a')"],
        "select 2 as id, null::varchar as name",
        ("append", "overwrite", "merge"),
        r"(?i)name.*: (give it a value|correct the row) in the node",
    ),
    "a value that is computed": (
        ["create table {}orders (id int primary key, twice int generated always as (id * 2) stored)", ONE],
        "select 2 as id, 4 as twice",
        ("append", "overwrite", "merge"),
        "The column 'twice' is computed by .*, so no row brings it: leave it out in the node",
    ),
}  # fmt: skip


def told(place: Place, engine: Engine, text: str, mode: str, **settings: Any) -> str:
    """What is said when rows are refused."""
    save_args = {"mode": mode, **({"key": "id"} if mode == "merge" else {})}
    resource = place.resource(engine, save_args=save_args, **settings)
    with pytest.raises(DatasetError) as error:
        resource.save(engine.sql(text, portable=False))
    said = str(error.value).partition("\n")[2]
    assert said.startswith("'orders' is not saved: ")
    assert "\n" not in said
    assert [name for (name,) in place.leftovers() if str(name).startswith("kf_")] == []
    return said


@pytest.mark.parametrize("place", ["postgres", "mariadb", "sqlite", "duckdb"], indirect=True)
@pytest.mark.parametrize("rule", RULES)
def test_a_row_that_a_table_refuses_is_told(place: Place, embedded: Engine, rule: str):
    """Keys, checks and computed columns of a table refuse a row in one sentence with a remedy; nothing is written."""
    setup, text, modes, said = RULES[rule]
    kind = place.settings["service"]
    is_file = kind in ("sqlite", "duckdb")
    own = [each.replace("references {}", "references ") if is_file else each for each in setup]
    place.sql(*[each.replace(" stored", "") if kind == "duckdb" else each for each in own])
    before = place.sql("select * from {}orders")
    for mode in modes:
        assert re.search(said, told(place, embedded, text, mode))
        assert place.sql("select * from {}orders") == before


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_rows_that_name_each_other_are_replaced(place: Place, embedded: Engine):
    """An overwrite that brings what others name again is none that they refuse, where a database looks at its end."""
    place.sql("create table {}orders (id int primary key)", ONE, "create table {}kid (id int references orders(id))",
              "insert into {}kid values (1)")  # fmt: skip
    place.resource(embedded).save(embedded.sql("select * from (values (1), (2)) t(id)"))
    assert place.sql("select id from {}orders order by 1") == [(1,), (2,)]
    assert place.sql("select id from {}kid") == [(1,)]


LOCKS = {
    "postgres": ["begin", "lock table {}orders"],
    "mariadb": ["start transaction", "select * from {}orders for update"],
    "sqlite": ["begin immediate"],
}


@pytest.mark.parametrize("place", LOCKS, indirect=True)
@pytest.mark.parametrize("mode", ["overwrite", "merge"])
def test_a_table_that_another_session_holds_is_told(place: Place, embedded: Engine, mode: str):
    """A save waits for others as long as the provider says, and then tells so; when they are done, it succeeds."""
    kind = place.settings["service"]
    place.sql("create table {}orders (id int primary key, n int)", "insert into {}orders values (1, 1)")
    wait = {"timeout" if kind == "sqlite" else "lock_timeout": 1}
    patient = {"service": {**place.settings, **wait}}
    text = "select 1 as id, 5 as n"
    connect = place.server.connect
    with closing(connect(place.server.path) if kind == "sqlite" else connect()) as other:
        cursor = other.cursor()
        for each in LOCKS[kind]:
            cursor.execute(place.own(each))
        said = told(place, embedded, text, mode, **patient)
    assert re.search("(locked|held).*1 seconds.*nothing was written.*[rR]un again", said)
    save_args = {"mode": mode, **({"key": "id"} if mode == "merge" else {})}
    place.resource(embedded, save_args=save_args, **patient).save(embedded.sql(text))
    assert place.sql("select id, n from {}orders") == [(1, 5)]


def test_a_server_that_only_reads_is_told(served: Place, embedded: Engine):
    """A server, or a user's transactions, that are read-only are told as such, and where to save instead."""
    served.sql("create table {}orders (id int primary key)", ONE)
    if served.settings["service"] == "postgres":
        settings = {"service": {**served.settings, "options": {"options": "-c default_transaction_read_only=on"}}}
    else:
        served.sql("create or replace user guest identified by 'x'", f"grant all on {served.schema}.* to guest")
        settings = {"credentials": {"username": "guest", "password": "x"}}
        served.sql("set global read_only = 1")
    try:
        for mode in ("append", "overwrite", "merge"):
            said = told(served, embedded, "select 2 as id", mode, **settings)
            assert re.search("are read-only.*nothing was written. Save to a server that takes rows", said)
    finally:
        if served.settings["service"] == "mariadb":
            served.sql("set global read_only = 0")
    assert served.sql("select id from {}orders") == [(1,)]


def test_a_name_with_too_many_parts(place: Place, embedded: Engine) -> None:
    """A name with two dots is refused as a name, to load and to save, whatever the database would make of it."""
    place.resource(embedded).save(embedded.sql("select 1 as id"))
    resource = place.resource(embedded, "a.b.orders")
    for act in (resource.load, lambda: resource.save(embedded.sql("select 1 as id"))):
        with pytest.raises(DatasetError, match=r"'a.b.orders' is no name of a table in .*: say a table, or "):
            act()
