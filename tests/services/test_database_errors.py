"""The contract of databases where something is wrong: one sentence, in time, with a remedy and no secret."""

from __future__ import annotations

import logging
import socket
import time

import pytest
from databases import Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import open_service

pytestmark = pytest.mark.servers


def test_a_query_that_writes_is_refused(place: Place, embedded: Engine):
    """`query` reads: what inserts, deletes, counts on or drops is refused, and the table is as it was."""
    place.sql(*place.words.before, "create table {}orders (id int)", "insert into {}orders values (1)")
    for query in place.words.writes:
        resource = place.resource(embedded, load_args={"query": place.own(query)})
        with pytest.raises((DatasetError, FaucetError), match="query:"):
            embedded.rows(resource.load())
        assert place.sql("select id from {}orders") == [(1,)]


def test_wrong_sql_of_a_user_is_told(place: Place, embedded: Engine):
    """A misspelt column, and what is no SELECT, are told in the words of the entry."""
    place.sql("create table {}orders (id int)")
    for said, load_args in zip(place.words.wrong, ({"where": "idd > 1"}, {"query": "selekt from orders"}), strict=True):
        with pytest.raises((DatasetError, FaucetError)) as error:
            embedded.rows(place.resource(embedded, load_args=load_args).load())
        assert said in str(error.value)
        assert "where:" in str(error.value)
    for load_args in ({"columns": {"idd": "DOUBLE"}}, {"select": ["idd"]}):
        with pytest.raises(DatasetError, match=r"there is no column 'idd'. Did you mean 'id'\?"):
            place.resource(embedded, load_args=load_args).load()
    query = "-- all of them\n/* at once */ Delete from orders"
    with pytest.raises(DatasetError, match="query: begins with DELETE, and is to be one SELECT, which only reads"):
        place.resource(embedded, load_args={"query": query}).load()


@pytest.mark.parametrize("place", ["sqlite", "duckdb"], indirect=True)
def test_a_file_that_is_none_is_told(place: Place, embedded: Engine):
    """A file that there is not is made by the first save; one of something else is told."""
    with pytest.raises(DatasetError, match=r"There is no \w+ file .*: it is made by the first save"):
        place.resource(embedded).load()
    place.sql("create table {}orders (id int)")
    place.server.path.write_text("no database " * 1000)
    with pytest.raises(DatasetError, match=r"is no (SQLite|DuckDB) file.*: correct path"):
        place.resource(embedded).load()


def test_a_view_is_read_alone(place: Place, embedded: Engine):
    """A view is listed and read as a table is; saving to it is refused."""
    place.sql("create table {}orders (id int)", "insert into {}orders values (1)")
    place.sql("create view {}latest as select * from {}orders")
    assert open_service(place.settings, place.credentials).resources() == ["latest", "orders"]
    assert embedded.rows(place.resource(embedded, "latest").load()) == [(1,)]
    with pytest.raises(DatasetError, match="latest is a view, to read only"):
        place.resource(embedded, "latest").save(embedded.sql("select 1 as id"))


def test_a_table_that_has_changed_its_columns_is_told(place: Place, embedded: Engine):
    """A column that was dropped since a table was loaded is told when its rows are read."""
    place.sql("create table {}orders (id int, n int)", "insert into {}orders values (1, 2)")
    loaded = place.resource(embedded).load()
    place.sql("alter table {}orders drop column n")
    with pytest.raises(FaucetError, match=r"n.*(the table has other columns now|is no SQL of this)"):
        embedded.rows(loaded)


def test_who_does_not_answer_is_told_in_time(served: Place):
    """A silent host, one where nothing listens, and one that there is not, are told within ten seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        wrong = {
            f"127.0.0.1:{port} does not answer within 1 seconds": {"port": port, "connect_timeout": 1},
            "nothing answers at 127.0.0.1:1: start the server": {"port": 1},
            "there is no host 'nowhere.invalid'": {"host": "nowhere.invalid"},
        }
        for said, changes in wrong.items():
            began = time.monotonic()
            with pytest.raises(FaucetError, match=said):
                open_service({**served.settings, **changes}, served.credentials).check()
            assert time.monotonic() - began < 10


def test_what_the_server_refuses_is_one_sentence(served: Place):
    """A wrong password or database is told with the nearest name and a remedy, and never the password."""
    secret, near = served.credentials["password"], f"{served.settings['database']}x"
    cases = [
        ({}, {"password": f"{secret}x"}, "the user 'faucet' or the password is refused: correct both in "
         "credentials.yml, shop_db"),
        ({"database": near}, {}, f"there is no database '{near}'. Did you mean '{served.settings['database']}'?"),
    ]  # fmt: skip
    for settings, login, said in cases:
        changed = {**served.settings, "credentials": "shop_db", **settings}
        with pytest.raises(FaucetError) as error:
            open_service(changed, {**served.credentials, **login}).check()
        assert said in str(error.value)
        assert secret not in repr(error.value)
        assert "\n" not in str(error.value)


def test_who_may_not_is_told(served: Place, embedded: Engine):
    """A user who may read and not write reads, and is told who has to be given the right; another may do neither."""
    served.sql("create table {}orders (id int)", "insert into {}orders values (1)")
    login = {"username": "guest", "password": "x"}
    guest = served.resource(embedded, credentials=login)
    served.sql(*served.words.stranger)
    with pytest.raises(DatasetError, match=r"denied .*: grant it to 'guest'"):
        guest.load()
    served.sql(*served.words.reader)
    assert embedded.rows(guest.load()) == [(1,)]
    with pytest.raises(DatasetError, match=r"denied .*: grant it to 'guest'"):
        guest.save(embedded.sql("select 1 as id"))


def test_the_password_is_nowhere(served: Place, embedded: Engine, caplog: pytest.LogCaptureFixture):
    """Neither a resource's description nor the service, its settings or a log have the password."""
    caplog.set_level(logging.DEBUG)
    resource = served.resource(embedded)
    resource.save(embedded.sql("select 1 as id"))
    embedded.rows(resource.load())
    service = open_service(served.settings, served.credentials)
    told = [str(resource), repr(resource), repr(service), f"{service.model_dump()}", repr(service._credentials)]
    assert served.credentials["password"] not in "".join([*told, caplog.text])


@pytest.mark.parametrize("place", ["postgres", "mariadb", "alchemy_postgres", "alchemy_mariadb"], indirect=True)
def test_a_name_that_would_be_cut_is_refused(place: Place, embedded: Engine):
    """A table or a column is never saved under another name than its own."""
    rows, name = embedded.sql(f"select 1 as {'n' * 100}"), "n" * 101
    for table in (place.resource(embedded, name), place.resource(embedded)):
        with pytest.raises(DatasetError, match=r"The name 'n+( … n+)?' has 10. \w+, and one in \w+ has \d+ at most"):
            table.save(rows)


@pytest.mark.parametrize("place", ["sqlite", "duckdb", "alchemy_sqlite"], indirect=True)
def test_long_names_are_kept(place: Place, embedded: Engine):
    """Where names may be long, two that are alike for a hundred letters are two."""
    names = [f"{'n' * 100}{end}" for end in "ab"]
    for name in names:
        place.resource(embedded, name).save(embedded.sql(f"select 1 as {names[0]}, 2 as {name}_"))
    assert [place.resource(embedded, name).load().columns for name in names] == [[names[0], f"{n}_"] for n in names]
