"""PostgreSQL alone: what is handed to the server, kinds of tables, one moment, and that no reader is disturbed."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from databases import Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine
from kedro_faucet.engines.connections import begin_run, end_run
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import open_service

pytestmark = [pytest.mark.servers, pytest.mark.parametrize("place", ["postgres"], indirect=True)]


def test_only_the_columns_and_rows_that_are_needed_come(place: Place, embedded: Engine):
    """A count, a filter and a limit over a table that cannot be read whole do not stumble over the rest of it."""
    place.sql("create table {}t as select i as id, 10 / (90 - i) as broken from generate_series(0, 80) i")
    place.sql("create view {}v as select id, 10 / (id - 50) as broken from {}t")
    view = place.resource(embedded, "v").load()
    assert embedded.rows(embedded.sql("select count(*) as n from v", v=view)) == [(81,)]
    assert embedded.rows(embedded.sql("select id from v where id >= 79", v=view)) == [(79,), (80,)]
    assert len(embedded.rows(embedded.sql("select broken from v where id < 50 limit 5", v=view))) == 5
    assert len(place.resource(embedded, "v", load_args={"where": "id < 50"}).preview(3)["data"]) == 3
    with pytest.raises(FaucetError, match="division by zero"):
        embedded.rows(view)


def test_views_and_all_kinds_of_tables_are_read(place: Place, embedded: Engine):
    """Views, materialized views and partitioned tables are read, their parts are not listed; a view takes no rows."""
    place.sql("create table {}whole (id int) partition by range (id)")
    place.sql("create table {}part partition of {}whole for values from (0) to (10)")
    place.sql("insert into {}whole values (1)")
    place.sql("create view {}seen as select * from {}whole")
    place.sql("create materialized view {}kept as select * from {}whole")
    service = open_service(place.settings, place.credentials)
    assert service.resources() == ["kept", "seen", "whole"]
    for name in service.resources():
        assert embedded.rows(place.resource(embedded, name).load()) == [(1,)]
    place.resource(embedded, "whole", save_args={"mode": "append"}).save(embedded.sql("select 2 as id"))
    assert len(embedded.rows(place.resource(embedded, "seen").load())) == 2
    with pytest.raises(DatasetError, match="seen is a view, to read only"):
        place.resource(embedded, "seen").save(embedded.sql("select 2 as id"))


def test_a_view_keeps_the_columns_that_it_needs(place: Place, embedded: Engine):
    """An overwrite that would drop a column which a view reads is refused with the view's name."""
    place.sql("create table {}t as select 1 as id, 'a' as v")
    place.sql("create view {}needs_v as select v from {}t")
    with pytest.raises(DatasetError, match="needs_v"):
        place.resource(embedded, "t").save(embedded.sql("select 2 as id"))
    assert place.sql("select * from {}t") == [(1, "a")]


def test_readers_see_the_old_rows_or_the_new(place: Place, embedded: Engine):
    """While a table is overwritten, readers see all old or all new rows, and one in a transaction the old ones."""
    resource = place.resource(embedded, "t")
    rows = embedded.sql("select i as id, {n} as v from range(50000) t(i)".replace("{n}", "0"), portable=False)
    resource.save(rows)
    place.sql("alter table {}t add primary key (id)")
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.update(place.sql("select count(*), count(distinct v) from {}t"))

    with place.server.connect() as old:
        old.execute("begin isolation level repeatable read")
        old.execute("select 1")
        reader = threading.Thread(target=read)
        reader.start()
        resource.save(embedded.sql("select i as id, 1 as v from range(50000) t(i)", portable=False))
        stop.set()
        reader.join()
        assert old.execute(f"select count(*), max(v) from {place.schema}.t").fetchall() == [(50000, 0)]
    assert seen == {(50000, 1)}


def test_a_schema_and_encryption_that_there_are_not_are_told(place: Place):
    """A misspelt schema is told with the nearest; so is a server without encryption where that is asked for."""
    for said, changes in (
        ("there is no schema 'publik'. Did you mean 'public'?", {"schema": "publik"}),
        ("the server has no SSL", {"sslmode": "require"}),
    ):
        with pytest.raises(FaucetError) as error:
            open_service({**place.settings, **changes}, place.credentials).check()
        assert said in str(error.value)


def test_a_column_that_has_another_type_now_is_told(place: Place, embedded: Engine):
    """A column that has another type since a table was loaded is told when its rows are read."""
    place.sql("create table {}t as select 1 as id, 5 as n")
    loaded = place.resource(embedded, "t").load()
    place.sql("alter table {}t drop column n", "alter table {}t add column n text", "update {}t set n = 'five'")
    with pytest.raises(FaucetError, match="The column 'n' holds five, which a INTEGER does not keep"):
        embedded.rows(loaded)


def test_a_run_reads_one_moment(place: Place, embedded: Engine):
    """With `snapshot: true` all that a run loads is as it was when it read the first table; after it, as it is."""
    place.sql("create table {}a as select 1 as n")
    place.sql("create table {}b as select 1 as n")
    settings = {**place.settings, "snapshot": True}
    read = lambda name: embedded.rows(place.resource(embedded, name, service=settings).load())  # noqa: E731
    begin_run()
    try:
        first = place.resource(embedded, "a", service=settings).load()
        assert embedded.rows(first) == [(1,)]
        place.sql("update {}a set n = 2")
        place.sql("update {}b set n = 2")
        assert (embedded.rows(first), read("a"), read("b")) == ([(1,)], [(1,)], [(1,)])
        assert embedded.rows(place.resource(embedded, "b").load()) == [(2,)]
    finally:
        end_run()
    assert (read("a"), read("b")) == ([(2,)], [(2,)])
    assert place.sql("select count(*) from pg_stat_activity where application_name = 'kedro-faucet snapshot'") == [(0,)]


def test_a_lost_moment_is_told(place: Place, embedded: Engine):
    """Where the server was restarted in a run that holds a moment, the error says to run again."""
    place.sql("create table {}a as select 1 as n")
    begin_run()
    try:
        table = place.resource(embedded, "a", service={**place.settings, "snapshot": True}).load()
        place.server.restart()
        with pytest.raises(FaucetError, match="the moment that the run holds is gone"):
            embedded.rows(table)
    finally:
        end_run()


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
