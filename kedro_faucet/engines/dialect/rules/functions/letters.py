"""Letters and their numbers."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import fail, raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.rules.values.texts import capital
from kedro_faucet.engines.dialect.subset.refusals import refuse

_MARKS = sqlglot.parse_one("initcap(s)", read="duckdb").expression.sql()
"""What SQLGlot takes to divide words where nothing is said."""


@refuses(exp.Levenshtein)
def plain_distance(node: Any) -> None:
    """The distance of two texts counts each change as one."""
    if set(node.args) - {"this", "expression"} and any(node.args.get(name) for name in ("ins_cost", "max_dist")):
        refuse(node, "levenshtein by weights", "levenshtein(a, b)")


@rewrites(exp.Reverse, engine="spark")
def turned(node: Any, engine: str) -> Any:
    """A letter keeps its accents when a text is turned: Spark turns them too."""
    value = sql(node.this, engine)
    parts = rf"array_join(reverse(regexp_extract_all({value}, r'(\X)', 1)), '')"
    return raw(rf"case when {value} rlike r'^[\x00-\x7F]*\z' then reverse({value}) else {parts} end", engine, value)


@refuses(exp.Initcap)
def plain_words(node: Any) -> None:
    """Words are what blanks divide, as Spark has them: marks of one's own are not known there."""
    if node.expression and node.expression.sql() != _MARKS:
        refuse(node, "initcap with marks of its own", "initcap(s)")


@rewrites(exp.Initcap)
def words(node: Any, engine: str) -> Any:
    """Each word begins with a capital: DuckDB has no such function, and Spark's makes several letters of some."""
    value = sql(node.this, engine)
    if engine == "duckdb":
        first = "upper(left(kf_word, 1)) || substring(kf_word, 2)"
        made = f"array_to_string(list_transform(string_split(lower({value}), ' '), lambda kf_word: {first}), ' ')"
    else:
        first = f"concat({capital('left(kf_word, 1)')}, substring(kf_word, 2))"
        small = f"split(lower(translate({value}, 'İΣ', 'iσ')), ' ')"
        made = f"array_join(transform({small}, kf_word -> {first}), ' ')"
    return raw(made, engine, value)


@rewrites(exp.Chr)
def letter(node: Any, engine: str) -> Any:
    """A number is that of a letter in Unicode: Spark knows 256 of them."""
    number = f"cast({sql(node.expressions[0], engine)} as integer)"
    made = f"chr({number})" if engine == "duckdb" else f"decode(unhex(lpad(hex({number}), 8, '0')), 'utf-32')"
    stop = fail("chr takes numbers of letters, from 0 to 1114111 without 55296 to 57343", engine)
    known = f"{number} between 0 and 1114111 and {number} not between 55296 and 57343"
    return raw(f"case when {known} then {made} when {number} is not null then {stop} end", engine, number)


@rewrites(exp.Unicode, engine="spark")
def number(node: Any, engine: str) -> Any:
    """The number of no letter is -1: on Spark it is 0."""
    value = sql(node.this, engine)
    return raw(f"case when {value} = '' then -1 else ascii({value}) end", engine, value)
