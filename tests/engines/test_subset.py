"""The subset: what is allowed is proven, what is refused is told what to say instead."""

from __future__ import annotations

import pyarrow as pa
import pytest
from corpus import CORPUS, REFUSED, aggregates, expressions, statement, tables

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.engines.dialect.generator.macros import MACROS, macro_of
from kedro_faucet.engines.dialect.subset.allowed import EXPRESSIONS, STATEMENT
from kedro_faucet.engines.dialect.subset.hints import HINTS
from kedro_faucet.exceptions import EngineError, SqlError

KEYS = (683325386405065478, 1010917691035254346)


def _corpus() -> list[str]:
    over_rows = [f"select {text} from t" for text in (*expressions(), *aggregates())]
    return [*over_rows, *CORPUS["statements"]]


def test_nothing_is_allowed_without_proof() -> None:
    """Every class on the allow-list, and every macro, is exercised by the golden corpus."""
    nodes = [node for text in _corpus() for node in parsed(text).walk()]
    used = {type(node).__name__ for node in nodes if macro_of(node) is None}
    assert (set(STATEMENT) | set(EXPRESSIONS)) - used == set()
    assert {macro.name for node in nodes if (macro := macro_of(node))} == set(MACROS)


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    """The corpus holds at least 150 different expressions and statements."""
    assert len(set(_corpus())) >= 150


@pytest.mark.parametrize("text", REFUSED)
def test_what_differs_is_refused_with_what_to_say_instead(text: str) -> None:
    """A form that the engines do not do alike is refused before anything runs, and the error names another."""
    engine = engines.connect()
    with pytest.raises(SqlError, match=r"(?s).") as refused:
        engine.sql(statement(text), **tables(engine))
    assert REFUSED[text] in str(refused.value)


def test_every_hint_is_reached() -> None:
    """No hint is for a form that SQLGlot calls otherwise."""
    names = set()
    for text in REFUSED:
        try:
            tree = parsed(statement(text))
        except SqlError:
            continue
        names |= {type(node).__name__ for node in tree.walk()} | {node.name.lower() for node in tree.walk()}
    assert set(HINTS) - names == set()


def test_a_refusal_says_where() -> None:
    """The line and the column of a refused function are those of the text."""
    engine = engines.connect()
    with pytest.raises(SqlError, match=r"line 2, column 3\)"):
        engine.sql("select id,\n  isodow(d) as w from t", **tables(engine))


def test_a_text_may_be_an_engine_s_own() -> None:
    """With portable=False the engine's whole SQL runs as it is."""
    engine = engines.connect()
    table = engine.sql("select list(id order by id desc) as ids from t where id < 3", portable=False, **tables(engine))
    assert engine.rows(table) == [([2, 1],)]


STOPPED = {
    "cast(ns as integer)": "no INT that both engines read alike: 1.5",
    "cast(ds as date)": "no DATE that both engines read alike: 2013-01$",
    "strptime(ds, '%Y-%m-%d')": "not of the form %Y-%m-%d that both engines read alike: 2013-01$",
}


@pytest.mark.parametrize("text", STOPPED)
def test_what_depends_on_a_value_stops_the_computation(engine: Engine, text: str) -> None:
    """A text that the engines read differently stops the computation on both, with the text."""
    given = tables(engine)
    table = engine.sql(f"select {text} as c from t where id in (1, 5)", **given)
    with pytest.raises(EngineError, match=STOPPED[text]):
        engine.rows(table)


def test_surrogate_keys_tell_lists_of_values_apart(engine: Engine) -> None:
    """Keys differ where only the cut between values, a NULL or a type differs, and are equal for equal numbers."""
    rows = [("123-", "456"), ("123", "-456"), ("123", None), ("123", ""), (None, "123"), ("1", "23N")]
    frame = pa.table({"a": [row[0] for row in rows], "b": [row[1] for row in rows]})
    keys = engine.rows(engine.sql("select surrogate_key(a, b) as k from t", t=engine.from_frame(frame)))
    assert len(set(keys)) == len(rows)
    assert all(0 <= key < 2**60 for (key,) in keys)
    same = "surrogate_key(1) = surrogate_key(cast(1 as bigint)) and surrogate_key(1) = surrogate_key(1.00)"
    other = "surrogate_key(1) <> surrogate_key('1') and surrogate_key(true) <> surrogate_key('true')"
    assert engine.rows(engine.sql(f"select {same} as same, {other} as other")) == [(True, True)]


def test_surrogate_keys_never_change(engine: Engine) -> None:
    """The keys of some values are written down: a new release gives old tables the same ones."""
    table = engine.sql("select surrogate_key('JFK') as a, surrogate_key(1, date '2013-01-31', null) as b")
    assert engine.rows(table) == [(KEYS[0], KEYS[1])]
