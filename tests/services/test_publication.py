"""A mart in PostgreSQL: a set of tables in versions, of which readers see one as a whole."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import databases
import pytest
from databases import Place
from kedro.io import DatasetError
from projects import kedro, make_project

from kedro_faucet import MartDataset, ResourceDataset, engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.postgres.catalog import Catalog

pytestmark = pytest.mark.servers
ALL_TYPES = """
select 1 as id, 'Köln' as city, 1.25::decimal(9, 2) as amount, date '2013-01-01' as day, true as open,
    null::varchar as x, timestamp '2013-01-01 05:15:00.000001' as at_time, 0.1::double as share
union all select 2, '', 0.5, null, false, 'it''s', null, null
"""


@pytest.fixture
def shop(postgres: Any) -> Place:
    """An empty schema of a server."""
    return databases.DATABASES["postgres"][0].place(postgres)


def mart(shop: Place, engine: Engine | None = None, **said: Any) -> MartDataset:
    """A mart of the schema's own name."""
    about = {"table": shop.schema, "service": shop.settings, "credentials": shop.credentials}
    return MartDataset(**{**about, "engine": engine.config if engine else None, **said})


def publish(shop: Place, turn: int | str, columns: str = "", **said: Any) -> None:
    """Publish two tables of a turn."""
    engine = engines.connect()
    text = f"select i as id, {turn} as turn{columns} from range({{}}) t(i)"
    names = (f"{shop.schema}.dim", 10), (f"{shop.schema}.fact", 20_000)
    mart(shop, **said).save({name: engine.sql(text.format(rows), portable=False) for name, rows in names})


def turns(shop: Place) -> list[tuple[Any, ...]]:
    """What readers see."""
    return shop.sql("select distinct d.turn, f.turn, count(*) over () from {}dim d join {}fact f using (id) limit 2")


def test_values_and_types_arrive_as_they_were(shop: Place, engine: Engine) -> None:
    """Every type has the same value in a server's table, from both engines; one without a schema is the provider's."""
    tables = {f"{shop.schema}_cube.cells": engine.sql(ALL_TYPES), "main.days": engine.sql("select 3 as day")}
    saved = mart(shop, engine)
    assert not saved.exists()
    saved.save(tables)
    assert saved.load() == {"main.days": 1, f"{shop.schema}_cube.cells": 2}
    kept = ResourceDataset(**{**shop.said(f"{shop.schema}_cube.cells"), "engine": engine.config}).load()
    assert engine.rows(kept) == engine.rows(engine.sql(ALL_TYPES))
    assert shop.sql("select day from {}days") == [(3,)]
    assert saved.exists()


def test_readers_see_one_version_or_are_told(shop: Place) -> None:
    """Whatever a transaction has read, its tables are of one version: also where columns change and versions go."""
    publish(shop, 0)
    is_over, found = threading.Event(), Counter[str]()

    def read() -> None:
        import psycopg

        with shop.server.connect() as connection:
            while not is_over.is_set():
                try:
                    with connection.transaction():
                        connection.execute("set transaction isolation level repeatable read")
                        pair = [
                            connection.execute(
                                shop.own(f"select min(turn), max(turn), count(*) from {{}}{name}")
                            ).fetchone()
                            for name in ("fact", "dim")
                        ]
                    is_whole = pair[0][:2] == pair[1][:2] and pair[0][0] == pair[0][1]
                    found["whole" if is_whole and (pair[0][2], pair[1][2]) == (20_000, 10) else str(pair)] += 1
                except psycopg.errors.SerializationFailure:
                    found["told"] += 1
                is_over.wait(0.005)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    try:
        for turn in range(1, 9):
            publish(shop, turn, ["", "", ", 'more' as note", ", 1.5 as note"][turn % 4], keep=1 + turn % 2)
    finally:
        is_over.set()
        for each in readers:
            each.join()
    assert found.pop("whole") > 0
    assert set(found) <= {"told"}
    assert turns(shop) == [(8, 8, 10)]


def test_columns_change_and_what_was_granted_stays(shop: Place) -> None:
    """More columns leave views of others alone; others replace a view, with its grants, unless one needs it."""
    shop.sql("drop role if exists analyst", "create role analyst login password 'x'")
    publish(shop, 1, readers=["analyst"])
    shop.sql("create view {}mine as select turn, count(*) as rows from {}fact group by 1")
    publish(shop, 2, ", 'more' as note")
    assert shop.sql("select * from {}mine") == [(2, 20_000)]
    with pytest.raises(DatasetError, match=r"other objects depend on it \(view \S*mine\)") as error:
        publish(shop, "3.5")
    assert "\n" not in str(error.value).partition("\n")[2]
    assert turns(shop) == [(2, 2, 10)]
    with pytest.raises(DatasetError, match=r"has no role 'analist'\. Did you mean 'analyst'"):
        publish(shop, 3, readers=["analist"])
    shop.sql("drop view {}mine")
    publish(shop, 4, ", date '2013-01-01' as note")
    with shop.server.connect(user="analyst", password="x") as analyst:
        assert analyst.execute(shop.own("select turn, count(*) from {}fact group by 1")).fetchall() == [(4, 20_000)]
        with pytest.raises(Exception, match="permission denied"):
            analyst.execute(f"select * from kf_{shop.schema}.current")


def test_the_set_is_what_was_published_last(shop: Place) -> None:
    """A table that is not published any more is gone, a new one is there, and one of another's is refused before."""
    publish(shop, 1)
    engine = engines.connect()
    mart(shop).save(
        {
            f"{shop.schema}.dim": engine.sql("select 7 as id, 2 as turn"),
            f"{shop.schema}.new": engine.sql("select 1 as n"),
        }
    )
    assert set(mart(shop).load()) == {f"{shop.schema}.dim", f"{shop.schema}.new"}
    shop.sql("create table {}fact (id int)")
    with pytest.raises(DatasetError, match="another's has that name there: rename it, or publish to another database"):
        publish(shop, 3)
    assert shop.sql("select * from {}dim") == [(7, 2)]
    assert shop.sql("select * from {}fact") == []


def test_back_to_a_version(shop: Place) -> None:
    """As many versions stay as are said, and readers see any of them again, whatever columns and tables it has."""
    for turn, more in enumerate(["", "", ", 'more' as note", ", 5 as other"], 1):
        publish(shop, turn, more, keep=3)
    kept = mart(shop).publication
    assert [(each.version, each.is_current) for each in kept.versions()] == [(4, True), (3, False), (2, False)]
    assert kept.restore_last() == 3
    assert turns(shop) == [(3, 3, 10)]
    kept.restore(2)
    assert turns(shop) == [(2, 2, 10)]
    assert [name for (name,) in shop.sql(COLUMNS.format(shop.schema))] == ["id", "turn"]
    with pytest.raises(ResourceError, match=r"has no version 1\. There are: 4, 3, 2"):
        kept.restore(1)
    with pytest.raises(ResourceError, match="no version before the one that readers see"):
        kept.restore_last()
    publish(shop, 5, keep=1)
    assert [(each.version, each.is_current) for each in kept.versions()] == [(5, True)]
    assert turns(shop) == [(5, 5, 10)]
    assert shop.sql(STORED.format(shop.schema)) == [
        ("current",),
        ("dim:1:5",),
        ("fact:1:5",),
        ("tables",),
        ("versions",),
    ]


COLUMNS = "select attname from pg_attribute where attrelid = '{}.fact'::regclass and attnum > 0 order by attnum"
STORED = """
select regexp_replace(relname, '.*/', '') from pg_class
where relnamespace = 'kf_{}'::regnamespace and relkind = 'r' order by 1
"""


def _killed(shop: dict[str, Any], schema: str, moment: str) -> None:
    def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if moment == "loading":
        engine = engines.connect()
        rows = engine.batches
        engine.batches = lambda table: die() if "turn" not in table.columns else rows(table)  # type: ignore[method-assign, assignment]
    else:
        Catalog.add = die  # type: ignore[method-assign]
    tables = {f"{schema}.dim": "select 1 as id, 2 as turn", f"{schema}.fact": "select 1 as id"}
    MartDataset(**shop).save({name: engines.connect().sql(text) for name, text in tables.items()})


@pytest.mark.parametrize("moment", ["loading", "showing"])
def test_a_killed_publication_leaves_the_version_before(shop: Place, moment: str) -> None:
    """After kill -9 in the middle of a load, or before the version is shown, readers see what they saw."""
    publish(shop, 1)
    said = {"table": shop.schema, "service": shop.settings, "credentials": shop.credentials}
    killed = multiprocessing.get_context("spawn").Process(target=_killed, args=(said, shop.schema, moment))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert turns(shop) == [(1, 1, 10)]
    assert len(shop.sql(STORED.format(shop.schema))) > 5
    publish(shop, 3, keep=1)
    assert turns(shop) == [(3, 3, 10)]
    assert len(shop.sql(STORED.format(shop.schema))) == 5


def test_a_failed_computation_leaves_the_version_before(shop: Place) -> None:
    """A table that cannot be computed, or whose name the server would cut, is told; readers go on."""
    publish(shop, 1)
    engine = engines.connect()
    bad = engine.sql("select cast(v as integer) as id, 2 as turn from (values ('1'), ('one')) t(v)")
    with pytest.raises(Exception, match="one"):
        mart(shop).save({f"{shop.schema}.dim": bad})
    with pytest.raises(DatasetError, match="one in postgresql has 63 at most"):
        mart(shop).save({f"{shop.schema}.{'ü' * 30}": engine.sql("select 1 as id")})
    assert turns(shop) == [(1, 1, 10)]


def test_what_is_read_stays_until_later(shop: Place) -> None:
    """A version that somebody reads is dropped by a later publication; neither reader nor publisher is stopped."""
    publish(shop, 1, keep=1)
    with shop.server.connect() as reader:
        reader.execute("begin isolation level repeatable read")
        assert reader.execute(shop.own("select min(turn) from {}fact")).fetchone() == (1,)
        publish(shop, 2, keep=1)
        assert reader.execute(shop.own("select min(turn), count(*) from {}fact")).fetchone() == (1, 20_000)
    assert [each.version for each in mart(shop).publication.versions()] == [2, 1]
    publish(shop, 3, keep=1)
    assert [each.version for each in mart(shop).publication.versions()] == [3]


@pytest.mark.parametrize("place", ["mariadb", "sqlite", "duckdb"], indirect=True)
def test_other_databases_keep_no_mart(place: Place) -> None:
    """A mart on a database that has no such sets is refused with the two places that a mart may have."""
    with pytest.raises(ResourceError, match="A mart is a DuckDB file, or a set of tables in PostgreSQL, and"):
        MartDataset(table="mart", service=place.settings, credentials=place.credentials)


@pytest.mark.slow
def test_the_command_line_lists_and_goes_back(shop: Place, tmp_path: Path) -> None:
    """From a catalog's entry to published tables, the list of their versions, and back to the one before."""
    login = {
        "service": "postgres",
        "credentials": "reports",
        **{k: v for k, v in shop.settings.items() if k != "service"},
    }
    files = {
        "conf/base/providers.yml": f"providers: {{reports: {login}, lake: {{path: data/lake, format: csv}}}}\n",
        "conf/local/credentials.yml": f"reports: {dict(shop.credentials)}\n",
        "conf/base/catalog.yml": "reports/mart: {type: kedro_faucet.MartDataset, keep: 3}\n",
        "data/lake/input.csv": "n\n1\n",
        "src/shop/sql/days.sql": "select n as day from input",
        "src/shop/pipeline_registry.py": """
            from kedro_faucet import pipelines

            def register_pipelines():
                days = pipelines.sql("sql/days.sql", {"input": "lake/input"}, "lake/days")
                return {"__default__": days + pipelines.publish(["lake/days"], "reports/mart")}
        """,
    }
    root = make_project(tmp_path, files)
    done = kedro(root, "run")
    assert "Mart:    'mart' in the database 'shop' at" in done.stderr + done.stdout, done.stderr
    (root / "src/shop/sql/days.sql").write_text("select n + 1 as day from input")
    assert kedro(root, "run").returncode == 0
    assert shop.sql("select day from lake.days") == [(2,)]
    listed = [line.split() for line in kedro(root, "faucet", "publish", "list").stdout.splitlines()]
    assert [(line[0], line[-1]) for line in listed[-3:]] == [("version", "shown"), ("2", "yes"), ("1", "1")]
    assert "Readers see version 1 now" in kedro(root, "faucet", "publish", "rollback").stdout
    assert shop.sql("select day from lake.days") == [(1,)]
    compared = kedro(root, "faucet", "compare", "reports/mart.lake.days", "lake/days", "--json")
    assert (compared.returncode, '"equal": false' in compared.stdout) == (1, True), compared
    assert "has no version 9. There are: 2, 1." in kedro(root, "faucet", "publish", "rollback", "--to", "9").stderr
    shop.sql("drop schema lake cascade", "drop schema kf_mart cascade")
