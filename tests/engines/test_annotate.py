"""The families of values, found while a text is compiled."""

from __future__ import annotations

import pytest
from corpus import CORPUS, aggregates, expressions, tables

from kedro_faucet import engines
from kedro_faucet.engines.dialect.compiler import compiled, parsed
from kedro_faucet.engines.dialect.families.annotate import annotate
from kedro_faucet.engines.dialect.families.families import DECIMAL, NULL, digits, family_of_type
from kedro_faucet.engines.dialect.rules.functions.spellings import spelt

COLUMNS = {
    "t": {"i": "INTEGER", "d": "DATE", "s": "VARCHAR", "m": "DECIMAL(10,2)", "f": "DOUBLE"},
    "u": {"v": "BIGINT"},
}


def found(text: str) -> dict[str, str | None]:
    """The columns of a text's result with their families."""
    tree = parsed(text)
    annotate(tree, COLUMNS)
    columns: dict[str, str | None] = tree.unnest().meta["columns"]
    return columns


TEXTS = [
    *(f"select {text} as c from t" for text in expressions()),
    *(f"select {text} as c from t group by g" for text in aggregates()),
    *CORPUS["statements"],
]


def test_families_are_those_that_duckdb_s_binder_gives() -> None:
    """Every result of the corpus has the family and digits of the type that the engine gives it, or none; no others."""
    engine = engines.connect()
    given = tables(engine)
    inputs = {name: engine.schema(table) for name, table in given.items()}
    unknown = []
    for text in TEXTS:
        tree = parsed(text)
        spelt(tree, inputs)
        annotate(tree, inputs)
        columns = tree.unnest().meta.get("columns") or {}
        real = {name.lower(): family_of_type(kind) for name, kind in engine.schema(engine.sql(text, **given)).items()}
        assert len(columns) == len(real) or not columns
        for kind, known in zip(columns.values(), real.values(), strict=False):
            assert kind in (None, NULL, known), text
            assert known != DECIMAL or digits(kind) in (None, digits(known)), text
        unknown += [text for kind in columns.values() if kind is None]
    assert len(unknown) < len(TEXTS) / 100


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("select * exclude (i, f) from t", {"d": "date", "s": "text", "m": "decimal"}),
        ("with a as (select d - d as n from t) select n * 2 as n from a", {"n": "integer"}),
        ("select b.n from (select i * 0.5 from t) as b(n)", {"n": "decimal"}),
        ("select i as x, x / 2 as y from t", {"x": "integer", "y": "double"}),
        ("select t.i, u.v from t join u on t.i = u.v", {"i": "integer", "v": "integer"}),
        ("select (select max(v) from u) as m, nosuch as n from t", {"m": "integer", "n": None}),
        ("select i from t where exists (select 1 from u where v = i)", {"i": "integer"}),
        ("select i as a from t union all select m from t", {"a": "decimal"}),
        ('select D, "I" from t', {"d": "date", "i": "integer"}),
    ],
)
def test_columns_are_looked_up_as_the_engines_do(text: str, columns: dict[str, str | None]) -> None:
    """Columns come from tables, CTEs, queries in FROM, aliases and the queries around, whatever their case."""
    assert found(text) == columns


def test_what_is_known_needs_no_test_of_its_type() -> None:
    """Where a family is known, the translation asks nothing of a value's type at run time."""
    text = "select surrogate_key(i, s, d) as k, i || s as t, cast(m as varchar) as c, int_div(i, 2) as n from t"
    inputs = tuple((name, tuple(columns.items())) for name, columns in COLUMNS.items())
    assert "typeof" not in compiled(text, inputs, "duckdb").lower()
    assert "typeof" not in compiled(text, inputs, "spark").lower()


# By what each is made of, forms that repeat their argument, or look at its type where that is unknown.
NESTED = [
    ("i", "cast(cast({} as varchar) as bigint)"),
    ("d", "cast(cast({} as varchar) as date)"),
    ("ts", "cast(cast({} as varchar) as timestamp)"),
    ("m", "cast(cast({} as double) as decimal(10, 2))"),
    ("l", "cast(cast({} as varchar) as bigint)"),
    ("m", "abs(-abs({}))"),
    ("f", "floor(sign(ln({})))"),
    ("s", "substring(left({}, 5), length({}), 2)"),
    ("d", "strptime(strftime({}, '%Y-%m-%d'), '%Y-%m-%d')"),
    ("ts", "at_zone(from_zone({}, 'Europe/Berlin'), 'Asia/Tokyo')"),
    ("s", "text_of({} || d)"),
    ("i", "surrogate_key(surrogate_key({}, d), l)"),
]


@pytest.mark.parametrize(("column", "form"), NESTED)
def test_a_text_grows_with_its_casts_alone(column: str, form: str) -> None:
    """Forms within each other, five deep, make a text of at most three times the length and 2,000 letters a form."""
    inputs = (("t", (*COLUMNS["t"].items(), ("ts", "TIMESTAMP"), ("l", "VARCHAR[]"))),)
    value = column
    for _ in range(5):
        value = form.replace("{}", value, 1).replace("{}", column)
    text = f"select {value} as n from t"
    for target in ("duckdb", "spark"):
        assert len(compiled(text, inputs, target)) <= 3 * len(text) + 2000 * 10
