"""MySQL and MariaDB alone: zones of time, servers that take no files, and rows that nobody wants any more."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
from databases import TYPES, Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError, ResourceError
from kedro_faucet.services import Save, Selection, open_service
from kedro_faucet.services.mysql.errors import telling

pytestmark = [pytest.mark.servers, pytest.mark.parametrize("place", ["mariadb"], indirect=True)]


MANY = Selection("", query="select a.seq as n from seq_1_to_100000 a join seq_1_to_10000 b")


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


def test_values_go_where_files_may_not(place: Place, embedded: Engine):
    """Where the server takes no files, every type is saved as well, and what it would change is refused."""
    place.sql("set global local_infile = 0")
    try:
        made = embedded.sql(TYPES, portable=False)
        place.resource(embedded).save(made)
        assert sorted(embedded.rows(place.resource(embedded).load())) == sorted(embedded.rows(made))
        for columns, row, said in place.words.changed:
            place.sql(f"create or replace table {{}}orders ({columns})")
            with pytest.raises(DatasetError) as error:
                place.resource(embedded).save(embedded.sql(f"select {row}", portable=False))
            assert said in str(error.value)
            assert place.sql("select * from {}orders") == []
    finally:
        place.sql("set global local_infile = 1")


def test_a_column_that_has_to_come_is_told(place: Place, embedded: Engine):
    """Columns are dropped after the rows have come: one that takes no NULL, and does not come, is told."""
    place.sql("create table {}orders (c int, d int not null)")
    with pytest.raises(DatasetError, match="Field 'd' doesn't have a default value"):
        place.resource(embedded).save(embedded.sql("select 1 as c"))
    assert place.sql("select * from {}orders") == []


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


def test_a_connection_that_the_driver_has_given_up_is_told(place: Place):
    """PyMySQL may write on to a connection that it closed when it broke: that is told as a broken one too."""
    service = open_service(place.settings, place.credentials)
    with pytest.raises(ResourceError, match="connection broke"), telling(service):
        None.sendall(b"")


def test_a_value_larger_than_the_server_receives_at_once_is_read(place: Place, embedded: Engine):
    """A text of more bytes than `max_allowed_packet` is read as it was saved."""
    resource, size = place.resource(embedded), 20_000_000
    assert place.sql("select @@max_allowed_packet") < [(size,)]
    resource.save(embedded.sql(f"select repeat('x', {size}) as t", portable=False))
    assert embedded.rows(embedded.sql("select length(t) as n from t", t=resource.load())) == [(size,)]
