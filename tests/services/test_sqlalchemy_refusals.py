"""What is said of a database by SQLAlchemy that does not answer, or refuses: one sentence, and no secret."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from databases import DATABASES, Place
from kedro.io import DatasetError
from pydantic import ValidationError

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError, ResourceError
from kedro_faucet.services import Save, Selection, open_service
from kedro_faucet.services.sqlalchemy.errors import telling

pytestmark = pytest.mark.servers


@pytest.fixture(params=["alchemy_postgres", "alchemy_mariadb"])
def alchemy(request: pytest.FixtureRequest) -> Place:
    """An empty place of a server."""
    way, fixture = DATABASES[request.param]
    return way.place(request.getfixturevalue(fixture))


def through(place: Place, port: int) -> dict[str, Any]:
    """A place's settings, by another port."""
    return {**place.settings, "url": place.settings["url"].replace(f":{place.server.port}/", f":{port}/")}


def test_who_does_not_answer_is_told_in_time(alchemy: Place):
    """A silent host, and one where nothing listens, are told in the seconds that they are given."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings = {**through(alchemy, silent.getsockname()[1]), "connect_timeout": 1}
        with pytest.raises(ResourceError, match="does not answer within 1 seconds: see whether the server is well"):
            open_service(settings, alchemy.credentials).check()
    with pytest.raises(ResourceError, match="nothing answers there: start the server"):
        open_service(through(alchemy, 9), alchemy.credentials).check()


def test_what_the_server_refuses_is_one_sentence(alchemy: Place, embedded: Engine, caplog: pytest.LogCaptureFixture):
    """A wrong password, database, schema, table, column or query is told with a remedy; the password shows nowhere."""
    caplog.handler.level = logging.DEBUG
    alchemy.resource(embedded).save(embedded.sql("select 1 as id"))
    wrong = open_service({**alchemy.settings, "credentials": "shop_db"}, {**alchemy.credentials, "password": "hunter2"})
    with pytest.raises(ResourceError, match=r"the password is refused: correct both in credentials\.yml, shop_db") as e:
        wrong.check()
    url = re.sub(r"/\w+(\?.*)?$", "/nowhere", alchemy.settings["url"])
    with pytest.raises(ResourceError, match=r"there is no such database|is refused"):
        open_service({**alchemy.settings, "url": url}, alchemy.credentials).check()
    schema = {**alchemy.settings, "schema": alchemy.schema[:-1]}
    with pytest.raises(ResourceError, match=rf"no schema '{alchemy.schema[:-1]}'. Did you mean 's_"):
        open_service(schema, alchemy.credentials).check()
    for said, args in {
        r"no table 'order' in .*Did you mean 'orders'\?": {"table": "order"},
        r"select: there is no column 'idd'. Did you mean 'id'\?": {"load_args": {"select": ["idd"]}},
        "or query:, where: or select: is no SQL of this": {"load_args": {"where": "idd > 1"}},
        "columns: there is no column 'idd'": {"load_args": {"columns": {"idd": "VARCHAR"}}},
    }.items():
        with pytest.raises(DatasetError, match=said):
            alchemy.resource(embedded, **args).load()
    with pytest.raises((DatasetError, FaucetError)):
        alchemy.resource(embedded, load_args={"query": f"delete from {alchemy.schema}.orders"}).load()
    alchemy.sql("create view {}latest as select * from {}orders")
    with pytest.raises(DatasetError, match="latest is a view, to read only"):
        alchemy.resource(embedded, "latest").save(embedded.sql("select 1 as id"))
    shown = f"{e.value} {wrong!r} {caplog.text} {wrong.place}"
    assert "hunter2" not in shown
    assert alchemy.credentials["password"] not in shown


ADDRESSES = {
    "mssql+nodriver://host/shop": "SQLAlchemy does not know mssql[+]nodriver",
    "snowflake://account/shop": r"does not know snowflake: pip install snowflake-sqlalchemy",
    "oracle+cx_oracle://host/shop": "The driver of oracle[+]cx_oracle is not installed: pip install cx_Oracle",
    "mysql+mysqldb://host/shop": "is not installed: pip install mysqlclient",
    "mysql+asyncmy://host/shop": "is not installed: pip install asyncmy|for asynchronous programs",
    "sqlite://": "A database in memory ends with each connection",
    "sqlite:///gone/app.db": "There is no file gone/app.db: it is made by the first save",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_leads_nowhere_is_told(url: str):
    """An unknown dialect, a driver that is not installed and a missing file are told with what to do."""
    with pytest.raises(ResourceError, match=ADDRESSES[url]):
        open_service({"service": "sqlalchemy", "url": url}).check()


@pytest.mark.parametrize("url", ["postgresql://joe:hunter2@host/shop", "mssql+pyodbc:///?odbc_connect=PWD%3Dhunter2"])
def test_a_secret_in_an_address_is_refused(url: str):
    """A password belongs in credentials.yml: one in the address is refused, and not repeated."""
    with pytest.raises(ValidationError, match="a password is no part of it") as error:
        open_service({"service": "sqlalchemy", "url": url})
    assert "hunter2" not in str(error.value)


def test_what_a_driver_repeats_is_no_secret(embedded: Engine, tmp_path: Path):
    """A driver's message that has the password in it is told without it."""
    settings = {"service": "sqlalchemy", "url": f"sqlite:///{tmp_path}/app.db"}
    service = open_service(settings, {"password": "hunter2"})
    with pytest.raises(ResourceError, match=r"cannot reach host with PWD=\*\*\*"), telling(service):
        raise OSError("cannot reach host with PWD=hunter2")


def test_a_server_killed_is_told(alchemy: Place, embedded: Engine):
    """A server that is killed while rows come or go is told as a broken connection; the table is whole."""
    alchemy.resource(embedded).save(
        embedded.sql("select i as id, repeat('x', 500) as v from range(60000) t(i)", portable=False)
    )
    service = open_service(alchemy.settings, alchemy.credentials)
    selection = Selection("orders")
    rows = service.batches(selection, service.schema_of(selection), [])
    next(rows)
    alchemy.server.kill9()
    with pytest.raises(ResourceError, match="the connection broke"):
        list(rows)
    with pytest.raises(ResourceError, match="nothing answers there"):
        service.check()
    alchemy.server.restart()

    def killing() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"id": [1], "v": ["new"]})
        alchemy.server.kill9()
        yield pa.record_batch({"id": [2], "v": ["new"]})

    with pytest.raises(ResourceError, match="the connection broke"):
        service.save("orders", pa.RecordBatchReader.from_batches(service.schema_of(selection), killing()), Save())
    alchemy.server.restart()
    assert alchemy.sql("select count(*) from {}orders") == [(60000,)]
