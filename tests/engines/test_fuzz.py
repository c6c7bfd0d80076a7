"""Random SQL and random files: alike on both engines, in values, types, names and refusals."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from fuzz.compare import Pair, difference
from fuzz.expressions import aggregates, expressions
from fuzz.files import files
from fuzz.forms import FORMS
from fuzz.needless import is_needless
from fuzz.running import Run, quick
from fuzz.shrink import smallest
from fuzz.statements import statements
from fuzz.tables import tables

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.engines.dialect.generator.macros import MACROS, macro_of
from kedro_faucet.engines.dialect.subset.allowed import EXPRESSIONS, STATEMENT
from kedro_faucet.exceptions import EngineError, SqlError

SEED, COUNT = 20, {"expressions": 800, "statements": 160, "files": 18}


def test_the_seeded_run_has_every_form_and_macro() -> None:
    """Each class and function of the subset, and each macro, is among what is compared in the tests."""
    size = COUNT["expressions"]
    texts = [*islice(expressions(SEED), size * 4 // 5), *islice(aggregates(SEED), size // 5)]
    written = [*(f"select {text} from t" for text in texts), *islice(statements(SEED), COUNT["statements"])]
    nodes = [node for text in written for node in parsed(text).walk()]
    counted = Counter(type(node).__name__ for node in nodes if macro_of(node) is None)
    assert {name for name in (*STATEMENT, *EXPRESSIONS) if not counted[name]} == set()
    assert set(MACROS) - {macro.name for node in nodes if (macro := macro_of(node))} == set()


def test_a_seed_writes_the_same_each_time() -> None:
    """What a seed found once can be found again."""
    for write in (expressions, aggregates, statements):
        assert list(islice(write(7), 100)) == list(islice(write(7), 100))
    assert len(set(islice(statements(7), 100))) > 90
    assert len(list(islice(files(7), 12))) == 12


def test_most_of_what_is_written_runs() -> None:
    """The engine refuses or stops at few of the statements: the others are compared in their values."""
    pair = Pair([engines.connect()], tables)
    refused = [text for text in islice(statements(SEED), 150) if isinstance(pair.result(0, text), Exception)]
    assert len(refused) < 30


ARGUMENTS = {
    "i": ("i", "cast(null as bigint)", "cast(7 as bigint)"), "j": ("j", "cast(null as integer)", "cast(7 as integer)"),
    "m": ("m", "cast(null as decimal(12, 2))", "cast(7.5 as decimal(12, 2))"),
    "f": ("f", "cast(null as double)", "cast(7.5 as double)"), "s": ("s", "cast(null as varchar)", "'abc'"),
    "d": ("d", "cast(null as date)", "date '2013-01-02'"), "o": ("o", "cast(null as boolean)", "true"),
    "t": ("t", "cast(null as timestamp)", "timestamp '2013-01-02 10:00:00'"),
}  # fmt: skip
"""Of each family: a column, a NULL and a value of one type."""


@pytest.mark.parametrize("family", FORMS)
def test_a_form_has_one_type(family: str) -> None:
    """Whether arguments are columns, NULLs or values that are written out, what a form gives is of the same type."""
    engine = engines.connect()
    columns = ", ".join(f"{value} as {name}" for name, _, value in ARGUMENTS.values())
    given = engine.sql(f"select {columns}")
    for form in FORMS[family]:
        written = [form.format(**{letter: kinds[place] for letter, kinds in ARGUMENTS.items()}) for place in range(3)]
        made = [engine.sql(f"select {text} as c from given", given=given) for text in written]
        types = [engine.schema(table)["c"] for table in made]
        assert len(set(types)) == 1, dict(zip(written, types, strict=True))


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (({"a": "BIGINT"}, [(1,), (2,)]), ({"a": "BIGINT"}, [(2,), (1,)]), ""),
        (({"a": "BIGINT"}, [(1,)]), ({"a": "BIGINT"}, [(1,), (1,)]), "values"),
        (({"a": "DOUBLE"}, [(0.1 + 0.2,)]), ({"a": "DOUBLE"}, [(0.3,)]), ""),
        (({"a": "DOUBLE"}, [(-0.0,), (-2.0,)]), ({"a": "DOUBLE"}, [(0.0,), (-2.0,)]), ""),
        (({"a": "DOUBLE"}, [(float("nan"),)]), ({"a": "DOUBLE"}, [(None,)]), "values"),
        (({"a": "BOOLEAN"}, [(True,)]), ({"a": "BOOLEAN"}, [(1,)]), "values"),
        (({"a": "BIGINT"}, []), ({"a": "INTEGER"}, []), "types"),
        (({"a": "BIGINT"}, []), ({"b": "BIGINT"}, []), "names"),
        (SqlError("There is no table."), SqlError("There is no table."), ""),
        (SqlError("x"), EngineError("x"), "refusals"),
        (SqlError("[PARSE_SYNTAX_ERROR] near 'x'"), SqlError("x"), "raw"),
        (EngineError("Overflow in +"), ({"a": "BIGINT"}, []), "stops on DuckDB alone (Overflow in +)"),
        (ValueError("x"), ValueError("x"), "traceback"),
    ],
)
def test_what_differs_is_told(ours: object, theirs: object, said: str) -> None:
    """Results differ by values, types, names and refusals; not by the order of rows, nor by a float's last digits."""
    assert difference(ours, theirs) == said  # type: ignore[arg-type]


def test_a_stop_is_needless_where_a_part_of_it_stops_both() -> None:
    """One engine need not compute what no result needs; a value of its own in the place of a stop is another thing."""
    stop, value = EngineError("A year as text is one from 1 to 9999."), ({"c": "BIGINT"}, [(None,)])
    text = "select null between surrogate_key(d) and 1 as c from t"
    by_text = {text: (stop, value), "SELECT SURROGATE_KEY(d) AS c FROM t": (stop, stop)}
    assert is_needless(text, lambda part: by_text.get(part, (value, value)))
    assert not is_needless(text, lambda part: (stop, value))
    assert not is_needless(text, lambda part: (stop, value) if part == text else (EngineError("Overflow"),) * 2)


def test_what_differs_is_made_small() -> None:
    """A statement is shrunk to what still differs: here, whatever has a function of a certain name."""
    text = next(text for text in statements(3) if text.count("md5(") == 1 and "with " in text)
    small = smallest(text, "found", lambda smaller: ("found",) if "MD5(" in smaller.upper() else None)
    assert len(small) < 60 < len(text)
    assert "MD5(" in small


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("what", COUNT)
def test_what_is_random_is_alike_on_both_engines(spark: Engine, what: str) -> None:
    """Expressions, statements and files that are written at random are the same on both engines, or stop on both."""
    run = Run([engines.connect(), spark], SEED, reduce=False)
    with quick(spark):
        getattr(run, what)(COUNT[what])
    assert run.counts == {what: COUNT[what]}
    assert run.found == {}
