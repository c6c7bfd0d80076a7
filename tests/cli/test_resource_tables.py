"""`kedro faucet head`, `schema` and `sql`, by the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from projects import kedro, make_project

from kedro_faucet.cli.tables.sql import bound
from kedro_faucet.exceptions import SqlError

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n",
    "conf/base/catalog.yml": "raw/shops: {type: pandas.CSVDataset, filepath: data/raw/shops.csv}\n",
    "conf/acc/providers.yml": "providers: {raw: {path: data/acc}}\n",
    "data/raw/orders.csv": "order_id,shop,note,ordered_at\n1,a,,2013-01-01\n2,b,late,2013-01-02\n3,a,,2013-01-03\n",
    "data/acc/orders.csv": "order_id,shop\n9,a\n",
    "data/raw/shops.csv": "shop,name\na,Ada's\nb,Bob's\n",
    "src/shop/pipeline_registry.py": """
        from kedro.pipeline import node, pipeline


        def both(orders, shops):
            return orders


        def register_pipelines():
            return {"__default__": pipeline([node(both, ["raw/orders", "raw/shops"], "both", name="both")])}
    """,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a resource that has other rows in another profile, and a dataset of Kedro's; nobody changes it."""
    return make_project(tmp_path_factory.mktemp("shop"), FILES)


def said(shop: Path, *arguments: str) -> list[str]:
    """The lines that a command of ours writes, without Kedro's log before them."""
    done = kedro(shop, "faucet", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("[")]


def error(shop: Path, *arguments: str) -> str:
    """The error of a command that fails, which is all that it writes."""
    done = kedro(shop, "faucet", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    return done.stderr


@pytest.mark.slow
def test_head_shows_rows_in_columns_or_as_json(shop):
    """In a pipe whole columns, with NULL told from texts; as JSON an object a row; of the profile that is asked for."""
    assert said(shop, "head", "raw/orders", "-n", "2") == [
        "order_id  shop  note  ordered_at",
        "1         a     NULL  2013-01-01",
        "2         b     late  2013-01-02",
    ]
    [row] = map(json.loads, said(shop, "head", "raw/orders", "--json", "--env", "acc"))
    assert row == {"order_id": 9, "shop": "a"}


@pytest.mark.slow
def test_schema_shows_columns_and_types(shop):
    """Each column with the type that the engine reads it as."""
    types = [line.split() for line in said(shop, "schema", "raw/orders")]
    assert types[1:3] == [["order_id", "BIGINT"], ["shop", "VARCHAR"]]


@pytest.mark.slow
def test_profile_tells_what_columns_hold(shop):
    """A line a column, with the keys below; as JSON also quartiles and more of the frequent values."""
    assert said(shop, "profile", "raw/orders") == [
        "raw/orders: 3 rows, 4 columns",
        "column      type     NULL  distinct  least       greatest    most",
        "order_id    BIGINT      0         3  1           3",
        "shop        VARCHAR     0         2  a           b           2 × a",
        "note        VARCHAR     2         1  late        late",
        "ordered_at  DATE        0         3  2013-01-01  2013-01-03",
        "Each alone tells the rows apart: order_id, ordered_at",
    ]
    first, shop_column, *_ = map(json.loads, said(shop, "profile", "raw/orders", "--json", "--top", "1"))
    assert (first["quartiles"], first["is_key"], shop_column["top"]) == ([1.5, 2.0, 2.5], True, [["a", 2]])


@pytest.mark.slow
def test_sql_joins_resources_and_datasets_of_kedro_s(shop):
    """A resource is provider.name or its quoted name; a frame of another dataset is a table too."""
    query = 'with o as (select * from raw.orders) select s.name, count(*) as n from o join "raw/shops" s using (shop)'
    rows = list(map(json.loads, said(shop, "sql", f"{query} group by 1 order by 1", "--json")))
    assert rows == [{"name": "Ada's", "n": 2}, {"name": "Bob's", "n": 1}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["head", "rwa/orders"], "There is no resource 'rwa/orders'. Did you mean 'raw/orders'?"),
        (["schema", "raw/ordres"], "Did you mean 'orders.csv'?"),
        (["sql", "select * from raw.ordres"], "There is no resource 'raw/ordres'. Did you mean 'raw/orders'?"),
        (["sql", "select oder_id from raw.orders"], "order_id"),
    ],
)
def test_what_is_not_there_is_named_with_the_nearest(shop, arguments, message):
    """A misspelt resource or column is one error, with what is near."""
    assert message in error(shop, *arguments)


@pytest.mark.parametrize(
    ("query", "message"),
    [("delete from raw.orders", "no SELECT"), ("select from where", "cannot be read: line 1, column")],
)
def test_a_query_that_is_no_select_is_refused(query, message):
    """Resources are not written by queries, and a text that is no SQL is told with its place."""
    with pytest.raises(SqlError, match=message):
        bound(query, ["raw/orders"], "duckdb")


def test_a_resource_that_is_read_twice_is_one_table():
    """Both places have one table and their own aliases; names of the query's own stay."""
    text, tables = bound("select * from raw.a as x, raw.a as y, (select 1) as z", ["raw/a"], "duckdb")
    assert tables == {"resource_0": "raw/a"}
    assert text == "SELECT * FROM resource_0 AS x, resource_0 AS y, (SELECT 1) AS z"
