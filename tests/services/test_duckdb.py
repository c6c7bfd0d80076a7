"""DuckDB files alone: schemas, indexes, and who else has one open."""

from __future__ import annotations

import subprocess
import sys

import pytest
from databases import Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import Save, open_service

pytestmark = pytest.mark.parametrize("place", ["duckdb"], indirect=True)


def test_schemas_hold_tables(place: Place, embedded: Engine):
    """A table lies in the provider's schema or the one that its name says; one that there is not is told."""
    place.sql("create schema sales")
    place.resource(embedded, "sales.orders").save(embedded.sql("select 1 as id"))
    sales = open_service({**place.settings, "schema": "sales"})
    assert (sales.resources(), sales.exists("orders"), sales.exists("main.orders")) == (["orders"], True, False)
    with pytest.raises(DatasetError, match=r"there is no schema 'sale'. Did you mean 'sales'\?"):
        place.resource(embedded, "sale.orders").save(embedded.sql("select 1 as id"))


def test_who_else_has_the_file_is_told(place: Place, embedded: Engine):
    """A file that another process has open is told with the process, for reading and for writing."""
    place.sql("create table {}orders as select 1 as id")
    hasty = open_service({**place.settings, "timeout": 0})
    code = f"import duckdb; c = duckdb.connect({place.settings['path']!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        rows = embedded.to_arrow(embedded.sql("select 2 as id")).to_reader()
        for act in (hasty.resources, lambda: hasty.save("orders", rows, Save())):
            with pytest.raises(FaucetError, match=rf"is open in another process \({other.pid}\) for 0 seconds"):
                act()
        other.communicate(b"\n")
    assert hasty.resources() == ["orders"]


def test_columns_that_cannot_go_are_told(place: Place, embedded: Engine):
    """An overwrite that would drop a column of a table with an index is refused with a remedy."""
    place.sql("create table {}orders (id int, gone int)", "create index by_id on orders (id)")
    with pytest.raises(DatasetError, match=r"the columns of the table cannot be changed .*: drop the index"):
        place.resource(embedded).save(embedded.sql("select 1 as id"))
