"""The subset: what is allowed is proven, what is refused is told what to say instead."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from corpus import CORPUS, aggregates, expressions, tables

from kedro_faucet import engines
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.engines.dialect.macros import MACROS, macro_of
from kedro_faucet.engines.dialect.subset import EXPRESSIONS, HINTS, STATEMENT
from kedro_faucet.exceptions import SqlError

REFUSED: dict[str, str] = yaml.safe_load((Path(__file__).parent / "refused.yml").read_text(encoding="utf-8"))
_KEYWORDS = ("select ", "with ", "pivot ", "insert ", "create ")


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
    statement = text if text.startswith(_KEYWORDS) else f"select {text} as c from t"
    with pytest.raises(SqlError, match=r"(?s).") as refused:
        engine.sql(statement, **tables(engine))
    assert REFUSED[text] in str(refused.value)


def test_every_hint_is_reached() -> None:
    """No hint is for a form that SQLGlot calls otherwise."""
    names = set()
    for text in REFUSED:
        try:
            tree = parsed(text if text.startswith(_KEYWORDS) else f"select {text} as c from t")
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
