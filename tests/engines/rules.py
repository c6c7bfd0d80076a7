"""The cases of rules.yml: a text, and what the rules make of it. ``python tests/engines/rules.py`` writes them anew."""

from __future__ import annotations

from pathlib import Path
from traceback import walk_tb

import yaml
from corpus import REFUSED, read, statement, tables

from kedro_faucet import engines
from kedro_faucet.engines.dialect.compiler import CHECKS, REWRITES, RULES, Columns, compiled
from kedro_faucet.exceptions import SqlError

CASES: dict[str, list[dict[str, str]]] = read("rules.yml")
"""By the name of a rule, its cases: ``sql`` in, ``duckdb`` and ``spark`` out."""
TARGETS = ("duckdb", "spark")
_HEAD = """\
# What each rule makes of a text over the tables of corpus.py: an expression over t, or a whole statement.
# Write the sql of a case, and then: python tests/engines/rules.py
"""


def inputs() -> Columns:
    """The columns of the corpus's tables with their types."""
    engine = engines.connect()
    return tuple((name, tuple(engine.schema(table).items())) for name, table in tables(engine).items())


def translated(text: str, target: str, given: Columns, without: str = "") -> str:
    """What is made of a case's text, by all rules but one: of an expression, without the statement around it."""
    checks, rewrites = (tuple(rule for rule in rules if rule.name != without) for rules in (CHECKS, REWRITES))
    query = compiled(statement(text), given, target, checks, rewrites)
    whole = statement(text) == text
    return query if whole else query.removeprefix("SELECT ").rpartition(" AS c FROM ")[0]


def refusals() -> dict[str, tuple[str, SqlError]]:
    """By each text that is refused: the name of the rule that refuses it, if it is one, and the error."""
    engine, found = engines.connect(), {}
    given = tables(engine)
    for text in REFUSED:
        try:
            engine.sql(statement(text), **given)
        except SqlError as error:
            code = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
            rule = next((rule.name for rule in RULES if rule.apply.__code__ in code), "")
            found[text] = (rule, error)
    return found


def written() -> str:
    """The file of cases as the rules make it, in their order."""
    given, order = inputs(), [rule.name for rule in RULES]
    found = {
        name: [{"sql": case["sql"], **{target: translated(case["sql"], target, given) for target in TARGETS}}
               for case in CASES[name]]
        for name in sorted(CASES, key=order.index)
    }  # fmt: skip
    return _HEAD + yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=1000)


if __name__ == "__main__":
    Path(__file__).with_name("rules.yml").write_text(written(), encoding="utf-8")
