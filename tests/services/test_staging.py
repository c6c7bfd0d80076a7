"""Rows that many tasks put into a database at once: each attempt counts or not, as the one who saves says."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

import pyarrow as pa
import pytest
from databases import Place
from test_databases import MERGE, rows, table

from kedro_faucet.engines import Engine, connect
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services import Save, open_service

pytestmark = pytest.mark.servers
SCHEMA = pa.schema([("id", pa.int64()), ("v", pa.string())])


def batch(first: int, count: int = 3) -> list[pa.RecordBatch]:
    """Rows of a task."""
    numbers = list(range(first, first + count))
    return [pa.record_batch([numbers, [f"v{number}" for number in numbers]], schema=SCHEMA)]


def service(place: Place, **login: str) -> Any:
    """The database of a place."""
    return open_service(place.settings, {**place.credentials, **login})


def left(place: Place) -> list[str]:
    """The tables that a save has left."""
    return [name for (name,) in place.leftovers() if str(name).startswith("kf_")]


@pytest.mark.parametrize("mode", ["append", "overwrite", "merge"])
def test_of_two_attempts_of_a_task_one_counts(served: Place, mode: str) -> None:
    """A task that ran twice, or was given up, doubles no row: a save is of the attempts that count."""
    database, how = service(served), Save(mode, ("id",) if mode == "merge" else ())
    for first in (0, 3):
        with database.staging("orders", SCHEMA, how) as staging:
            staging.take(batch(first))
            parts = [staging.take(batch(first)), staging.take(batch(first + 10, 0)), staging.take(batch(first + 20))]
            assert len(left(served)) == 5
            assert database.save("orders", staging.staged(parts), how) is not None
        assert left(served) == []
    expected = {0, 1, 2, 3, 4, 5, *range(20, 26)} if mode != "overwrite" else {3, 4, 5, 23, 24, 25}
    found = served.sql("select id, v from {}orders")
    assert {id for id, _ in found} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("mode", ["append", "overwrite", "merge"])
def test_tables_go_before_the_session_of_their_save(served: Place, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of a save are removed also where the server ends the session that took their rows a little later."""
    database, how = service(served), Save(mode, ("id",) if mode == "merge" else ())
    for _ in "first", "again":
        with monkeypatch.context() as slow, database.staging("orders", SCHEMA, how) as staging:
            slow.setattr("adbc_driver_postgresql.dbapi.Connection.close", lambda connection: None)
            slow.setattr("pymysql.connections.Connection.close", lambda connection: None)
            database.save("orders", staging.staged([staging.take(batch(0))]), how)
        assert left(served) == []


def test_tables_that_a_save_cannot_remove_are_told(served: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Where the server goes away before a save's own tables do, the log says which are left; the next removes them."""
    with service(served).staging("orders", SCHEMA, Save()) as staging:
        served.server.restart()
    assert f"tables that begin with {staging.job} are left until the next save to 'orders'" in caplog.text
    assert left(served) == [staging.job]
    with service(served).staging("orders", SCHEMA, Save()):
        assert len(left(served)) == 1
    assert left(served) == []


def _killed(*place: Any) -> None:
    with open_service(*place).staging("orders", SCHEMA, Save()) as staging:
        assert staging is not None
        staging.take(batch(0))
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_save_has_left_is_removed_by_the_next(served: Place) -> None:
    """Tables of a save that was killed go with the next one to the same table; those of one that goes on stay."""
    killed = multiprocessing.get_context("spawn").Process(target=_killed, args=(served.settings, served.credentials))
    killed.start()
    killed.join()
    assert len(left(served)) == 2
    with service(served).staging("orders", SCHEMA, Save()) as going:
        assert len(left(served)) == 1
        part = going.take(batch(0))
        with service(served).staging("orders", SCHEMA, Save()):
            assert len(left(served)) == 3
        service(served).save("orders", going.staged([part]), Save())
    assert left(served) == []
    assert len(served.sql("select * from {}orders")) == 3


def test_rows_that_are_lost_meanwhile_are_told(served: Place) -> None:
    """Rows that tasks have put and that are not there any more, as after a crash, stop the save."""
    database = service(served)
    for how in (Save("append"), Save("merge", ("id",)), Save()):
        with database.staging("orders", SCHEMA, how) as staging:
            part = staging.take(batch(0))
            served.sql(f"delete from {{}}{part[0]} where id = 1")
            with pytest.raises(ResourceError, match="tasks have put 3 rows and 2 are there"):
                database.save("orders", staging.staged([part]), how)
        assert not database.exists("orders")


def test_who_may_make_no_table_saves_through_one_process(served: Place) -> None:
    """A user who may insert and not make tables gets no place for tasks, and nothing is left of it."""
    served.sql("create table {}orders (id bigint, v text)")
    if served.settings["service"] == "postgres":
        served.sql("drop role if exists clerk")
        served.sql("create role clerk login password 'x'")
        served.sql(f"grant usage on schema {served.schema} to clerk")
        served.sql("grant select, insert on {}orders to clerk")
    else:
        served.sql("create or replace user clerk@'%' identified by 'x'")
        served.sql(
            "grant select, insert, create temporary tables on {}orders to clerk@'%'".replace(
                "{}orders", f"{served.schema}.*"
            )
        )
    clerk = service(served, username="clerk", password="x")
    with clerk.staging("orders", SCHEMA, Save("append")) as staging:
        assert staging is None
    clerk.save("orders", pa.Table.from_batches(batch(0)).to_reader(), Save("append"))
    assert len(served.sql("select * from {}orders")) == 3


@pytest.mark.spark
@pytest.mark.parametrize("mode", ["append", "overwrite", "merge"])
def test_tasks_save_what_one_process_saves(spark: Engine, served: Place, mode: str, monkeypatch: Any) -> None:
    """Saves by Spark's tasks leave the rows that the embedded engine leaves; none passes through the driver."""
    text = (
        "select (i * 7 + {n}) % 40 as id, timestamp '2024-01-01' + interval ((i * {n}) % 5) day as at_time, "
        "(i / 8)::decimal(12, 2) as amount, case when i % 4 > 0 then 'É' || i end as name from range(90) t(i)"
    )
    said = {"save_args": MERGE if mode == "merge" else {"mode": mode}}
    embedded = connect()
    here, there = served.resource(embedded, "here", **said), served.resource(spark, "there", **said)
    monkeypatch.setattr(type(spark), "batches", None)
    for number in (1, 2):
        here.save(table(embedded, text.format(n=number)))
        parted = table(spark, text.format(n=number)).repartition(5)
        there.save(parted)
    assert rows(embedded, here) == rows(embedded, served.resource(embedded, "there"))
    assert left(served) == []
