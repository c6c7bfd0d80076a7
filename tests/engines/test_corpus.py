"""The golden corpus: one text, one result, whichever engine runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sqlglot
from corpus import CORPUS, comparable, expressions, tables

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table

Result = tuple[dict[str, str], list[tuple[Any, ...]]]
_SIZE = 40


@pytest.fixture
def both(spark: Engine) -> list[tuple[Engine, dict[str, Table]]]:
    """Both engines, each with the corpus's tables."""
    pair = [engines.connect(), spark]
    return [(engine, tables(engine)) for engine in pair]


def _run(engine: Engine, given: dict[str, Table], text: str) -> Result:
    result = engine.sql(text, **given)
    return engine.schema(result), [tuple(map(comparable, row)) for row in engine.rows(result)]


def _batches(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), _SIZE):
        yield texts[start : start + _SIZE]


def _different(both: list[tuple[Engine, dict[str, Table]]], texts: list[str], template: str) -> dict[str, Any]:
    """Run many expressions as columns of one query, and return those whose columns differ in values or types."""
    found = {}
    for batch in _batches(texts):
        query = template.format(", ".join(f"{text} as c{place}" for place, text in enumerate(batch)))
        (left_types, left), (right_types, right) = (_run(*one, query) for one in both)
        assert [row[0] for row in left] == [row[0] for row in right]
        for place, text in enumerate(batch, start=1):
            pair = [
                (types[f"c{place - 1}"], [row[place] for row in rows])
                for types, rows in ((left_types, left), (right_types, right))
            ]
            if pair[0] != pair[1]:
                found[text] = pair
    return found


@pytest.mark.spark
def test_expressions_are_the_same_on_both_engines(both: list[tuple[Engine, dict[str, Table]]]) -> None:
    """Every expression of the corpus gives the same value of the same type for every row of nasty values."""
    assert _different(both, expressions(), "select id, {} from t order by id") == {}


@pytest.mark.spark
def test_aggregates_are_the_same_on_both_engines(both: list[tuple[Engine, dict[str, Table]]]) -> None:
    """Every aggregate of the corpus gives the same value of the same type for every group."""
    template = "select g, {} from t group by g order by g"
    assert {**_different(both, CORPUS["joined"], template), **_different(both, CORPUS["aggregates"], template)} == {}


@pytest.mark.spark
def test_statements_are_the_same_on_both_engines(both: list[tuple[Engine, dict[str, Table]]]) -> None:
    """Every statement of the corpus gives the same names, types and rows; in the same order where it says one."""
    found = {}
    for text in CORPUS["statements"]:
        pair = [_run(*one, text) for one in both]
        if "order by" not in text.split(")")[-1]:
            pair = [(types, sorted(rows, key=repr)) for types, rows in pair]
        if pair[0] != pair[1] or list(pair[0][0]) != list(pair[1][0]):
            found[text] = pair
    assert found == {}


# SQLGlot translates each without an error.
DIFFERENT = [
    "date_diff('month', d, date '2013-01-01')",
    "extract(dow from d)",
    "isodow(d)",
    "epoch(ts)",
    "monthname(d)",
    "hash(s)",
    "cast(m as integer)",
    "cast(f as varchar)",
    "regexp_replace(s, 'n', '_')",
    "substring(s, 0, 2)",
    "round(cast(1.005 as double), 2)",
    "cast(cast(0.285 as double) as decimal(10,2))",
    "log(abs(f) + 1)",
    "ln(f)",
    "upper('ß')",
    "s like '%_\\_%'",
    "typeof(i)",
    "isnan(x)",
    "extract(second from ts)",
    "dayname(d)",
    "i in (select v from u)",
]


@pytest.mark.spark
def test_what_is_refused_or_rewritten_does_differ(both: list[tuple[Engine, dict[str, Table]]]) -> None:
    """A translation alone gives other values, without an error: the guards are not there for nothing."""
    text = f"select id, {', '.join(f'{form} as c{place}' for place, form in enumerate(DIFFERENT))} from t order by id"
    (duckdb, duckdb_tables), (spark, spark_tables) = both
    left = duckdb.rows(duckdb.sql(text, portable=False, **duckdb_tables))
    right = spark.rows(
        spark.sql(sqlglot.transpile(text, read="duckdb", write="spark")[0], portable=False, **spark_tables)
    )
    columns = [[list(map(comparable, column)) for column in zip(*rows, strict=True)] for rows in (left, right)]
    same = [
        form for form, ours, theirs in zip(DIFFERENT, columns[0][1:], columns[1][1:], strict=True) if ours == theirs
    ]
    assert same == []


@pytest.mark.spark
def test_numbers_are_rounded_alike(both: list[tuple[Engine, dict[str, Table]]]) -> None:
    """Twenty thousand random numbers, many of them halves, are rounded and cast to decimals alike."""
    numbers = np.random.default_rng(7)
    halves = numbers.integers(-(10**7), 10**7, 10_000) / 1000
    frame = pa.table({"n": np.arange(20_000), "x": np.concatenate([halves, numbers.normal(0, 1e6, 10_000)])})
    forms = ["round(x, 2)", "round(x, 1)", "round(x)", "cast(x as decimal(18,2))", "cast(floor(x) as bigint)"]
    text = f"select {', '.join(f'{form} as c{place}' for place, form in enumerate(forms))} from t order by n"
    left, right = (engine.to_arrow(engine.sql(text, t=engine.from_frame(frame))) for engine, _ in both)
    assert [form for form, *pair in zip(forms, left, right, strict=True) if not pair[0].equals(pair[1])] == []
