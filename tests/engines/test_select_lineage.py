"""The lineage of a SELECT: told as it is, and true of what the engine computes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from kedro_faucet.engines.dialect.lineage import Selected, select_lineage
from kedro_faucet.exceptions import SqlError

CASES = yaml.safe_load(Path(__file__).with_name("lineage.yml").read_text())
TABLES = {
    "flights": {
        "carrier": "VARCHAR",
        "origin": "VARCHAR",
        "dest": "VARCHAR",
        "distance": "INTEGER",
        "delay": "INTEGER",
        "day": "INTEGER",
    },
    "airports": {"faa": "VARCHAR", "name": "VARCHAR"},
    "lists": {"id": "INTEGER", "items": "INTEGER[]"},
}
ROWS = {
    "flights": [
        ("AA", "JFK", "LGA", 100, 1, 11),
        ("AA", "LGA", "JFK", 400, 17, 12),
        ("UA", "JFK", "EWR", 700, 2, 13),
        ("UA", "EWR", "LGA", 900, 30, 14),
        ("DL", "LGA", "BOS", 50, 3, 15),
    ],
    "airports": [("JFK", "c"), ("LGA", "a"), ("EWR", "x")],
    "lists": [(1, [5, 6]), (2, [7])],
}
sql = pytest.mark.parametrize("case", CASES, ids=lambda case: case["sql"].strip()[:70])


def sources(said: str) -> set[tuple[str, str]]:
    """Read columns: those of flights stand alone."""
    return {tuple(each.split(".")) if "." in each else ("flights", each) for each in said.split()}  # type: ignore[misc]


def told(case: dict[str, Any]) -> Selected:
    """Return what is told of a case."""
    return select_lineage(case["sql"], TABLES)


@sql
def test_values_uses_and_rows_are_kept_apart(case):
    """Each column is told with what its values are computed from and by, and the rows with what chooses them."""
    found = told(case)
    assert list(found.values) == list(case["values"])
    for name, said in case["values"].items():
        values, _, uses = said.partition("|")
        assert (set(found.values[name]), set(found.uses[name])) == (sources(values), sources(uses))
    assert set(found.rows) == sources(case.get("rows", ""))


@pytest.mark.parametrize("case", [case for case in CASES if case.get("runs", True)], ids=lambda case: case["sql"][:70])
def test_what_is_not_told_changes_nothing(case, worlds):
    """Other values in a column change no column of the result that is not told to depend on it."""
    found, before = told(case), result(worlds, case["sql"])
    for table, columns in TABLES.items():
        for column in columns:
            after = result(worlds, case["sql"], table, column)
            for name in found.values:
                if (table, column) not in {*found.values[name], *found.uses[name], *found.rows}:
                    assert before[name] == after[name], (name, table, column)


@pytest.fixture(scope="module")
def worlds() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables, and in a schema for each column the same with other values in it."""
    with duckdb.connect() as connection:
        for world in [("", ""), *((table, column) for table, columns in TABLES.items() for column in columns)]:
            connection.execute(f'create schema "{".".join(world)}"; use "{".".join(world)}"')
            for name, columns in TABLES.items():
                connection.execute(f"create table {name} ({', '.join(map(' '.join, columns.items()))})")
                given = [
                    [changed(value) if (name, at) == world else value for at, value in zip(columns, row, strict=True)]
                    for row in ROWS[name]
                ]
                connection.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", given)
        yield connection


def result(worlds: duckdb.DuckDBPyConnection, text: str, table: str = "", column: str = "") -> dict[str, Counter[str]]:
    """Return the values of each column of a result; with other values in a column of a table."""
    worlds.execute(f'use "{table}.{column}"')
    done = worlds.execute(text)
    names = [each[0].lower() for each in done.description]
    rows = done.fetchall()
    return {name: Counter(repr(row[at]) for row in rows) for at, name in enumerate(names)}


def changed(value: Any) -> Any:
    """Return another value, in another order among its kind."""
    if isinstance(value, list):
        return [changed(each) for each in value]
    return 1000 - 3 * value if isinstance(value, int) else value[::-1]


def test_of_a_table_whose_columns_are_not_known_a_star_is_any():
    """What stands by its name is followed, and what a star gives comes from any column."""
    found = select_lineage("select *, f.distance * 2 as twice from flights f", {"flights": None})
    assert found.values == {"*": (("flights", "*"),), "twice": (("flights", "distance"),)}
    found = select_lineage("with a as (select * from flights) select origin from a where dest > ''", {"flights": None})
    assert (found.values, found.rows) == ({"origin": (("flights", "origin"),)}, (("flights", "dest"),))


def test_among_several_tables_a_bare_column_is_of_the_one_that_may_have_it():
    """Of a known and an unknown table, a column that the known one lacks is the other's; of two unknown, any."""
    text = "select name, origin from flights join airports on true"
    found = select_lineage(text, {"flights": None, "airports": TABLES["airports"]})
    assert found.values == {"name": (("airports", "name"),), "origin": (("flights", "origin"),)}
    found = select_lineage(text, {"flights": None, "airports": None})
    assert set(found.values["name"]) == {("flights", "*"), ("airports", "*")}


def test_a_column_that_no_table_has_may_be_any():
    """A pivot makes columns out of values: they come from the table, and it is not told from where in it."""
    found = select_lineage("select aa from flights pivot (sum(distance) for carrier in ('AA', 'UA'))", TABLES)
    assert set(found.values["aa"]) == {("flights", "*")}


def test_names_are_told_whatever_their_letters():
    """Names in quotes, with blanks and capitals are followed."""
    found = select_lineage('select "Order ID" as id, t."Ä b" from T', {"T": {"Order ID": "INT", "Ä b": "INT"}})
    assert set(found.values["id"]) == {("t", "order id")}


def test_no_statement_is_too_deep():
    """Two hundred steps, each of which reads the one before twice, are followed to the first."""
    steps = "".join(
        f", s{n} as (select x.a + y.a as a from s{n - 1} x join s{n - 1} y on x.a = y.a)" for n in range(1, 200)
    )
    found = select_lineage(f"with s0 as (select a from t){steps} select a from s199", {"t": {"a": "INTEGER"}})
    assert (found.values, found.rows) == ({"a": (("t", "a"),)}, (("t", "a"),))


@pytest.mark.parametrize("text", ["selec a from flights", "select a from", ""])
def test_what_is_no_select_is_refused(text):
    """A text that cannot be parsed is refused in a sentence."""
    with pytest.raises(SqlError, match="cannot be followed"):
        select_lineage(text, TABLES)
