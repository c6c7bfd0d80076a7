"""Letters and their numbers."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import fail, raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse


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
