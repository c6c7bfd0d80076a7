"""SQL cells on both engines."""

from __future__ import annotations

import pyarrow as pa
import pytest
from kedro.io import DataCatalog, MemoryDataset

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import EngineError, SqlError
from kedro_faucet.notebooks.jupyter.display import bundle
from kedro_faucet.notebooks.jupyter.tables import run

PLANES = pa.table({"tailnum": ["N1", "N2"], "seats": [100, 200]})


def test_a_resource_is_quoted(engine: Engine) -> None:
    """A name with a slash is a table as any other, also before a column's name."""
    catalog = DataCatalog({"lake/planes": MemoryDataset(engine.from_frame(PLANES), copy_mode="assign")})
    text = 'select "lake/planes".seats from "lake/planes" where "lake/planes".tailnum = \'N1\''
    assert engine.rows(run(text, {"catalog": catalog}, engine)) == [(100,)]


def test_a_variable_comes_before_a_resource(engine: Engine) -> None:
    """As in Python, the nearer name wins; a variable that is no table hides nothing."""
    catalog = DataCatalog({"planes": MemoryDataset(PLANES, copy_mode="assign")})
    near = engine.from_frame(PLANES.slice(0, 1))
    counted = [
        engine.rows(run("select count(*) as n from planes", {"catalog": catalog, "planes": planes}, engine))
        for planes in (near, 3)
    ]
    assert counted == [[(1,)], [(2,)]]


def test_a_table_of_another_engine_is_refused(engine: Engine) -> None:
    """The message names both engines and the way over."""
    from kedro_faucet import engines

    other = engines.connect({"type": "duckdb", "threads": 1}).from_frame(PLANES)
    with pytest.raises(EngineError, match=f"on another engine \\(duckdb\\) than this cell runs on \\({engine.name}\\)"):
        run("select * from planes", {"planes": other}, engine)


def test_an_object_of_the_catalog_that_is_no_table_is_refused(engine: Engine) -> None:
    """A dictionary is no table."""
    catalog = DataCatalog({"limits": MemoryDataset({"low": 1})})
    with pytest.raises(EngineError, match="'limits' is a dict, no table"):
        run("select * from limits", {"catalog": catalog}, engine)


def test_a_misspelt_name_gets_the_nearest(engine: Engine) -> None:
    """Variables and resources are both near."""
    catalog = DataCatalog({"lake/planes": MemoryDataset(PLANES)})
    with pytest.raises(SqlError, match=r"Did you mean 'lake/planes'\?"):
        run('select * from "lake/plane"', {"catalog": catalog}, engine)


def test_the_first_rows_are_shown(engine: Engine) -> None:
    """Ten rows, escaped, NULL told from a text."""
    shown, _ = bundle(engine.from_frame(pa.table({"<b>": [None, *map(str, range(10))]}))) or ({}, {})
    assert "<th>&lt;b&gt;</th>" in shown["text/html"]
    assert shown["text/html"].count("<tr>") == 11
    assert "<td>NULL</td>" in shown["text/html"]
    assert shown["text/plain"].endswith("\n8\n(the first 10 rows)")


def test_what_is_no_table_of_ours_is_left_to_jupyter() -> None:
    """A relation of a connection of the user's own is shown as DuckDB shows it."""
    import duckdb

    assert bundle(duckdb.connect().sql("select 1")) is None
