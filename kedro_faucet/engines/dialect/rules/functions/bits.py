"""Bits of integers."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import fail, raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_SIGNS = {exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^"}
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Pow)


@refuses(exp.BitwiseNot)
def tilde(node: Any) -> None:
    """``~`` of one value stands in parentheses before arithmetic: DuckDB reads ``~a + b`` as ``~(a + b)``."""
    if isinstance(node.parent, _ARITHMETIC) and node.arg_key == "this":
        refuse(node, "~ before arithmetic", "(~a) + b or ~(a + b)")


@rewrites(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
def combined(node: Any, engine: str) -> Any:
    """Bits are combined from left to right: on Spark ``&`` binds closer than ``|``, and NULL is a DOUBLE."""
    given = (sql(value, engine) for value in (node.this, node.expression))
    left, right = given if engine == "duckdb" else _operands(node, engine)
    if engine == "duckdb" and isinstance(node, exp.BitwiseXor):
        return raw(f"xor({left}, {right})")
    return raw(f"({left} {_SIGNS[type(node)]} {right})")


@rewrites(exp.BitwiseNot, engine="spark")
def inverted(node: Any, engine: str) -> Any:
    """All bits of an integer are turned, NULL's too: on Spark it may be a DOUBLE."""
    return raw(f"(~cast({sql(node.this, engine)} as bigint))")


@rewrites(exp.BitwiseLeftShift)
def shifted_left(node: Any, engine: str) -> Any:
    """Bits move to the left as far as a BIGINT holds them: on Spark they fall out, and 64 places are none."""
    value, places = _operands(node, engine)
    power = f"(cast(1 as bigint) << {places})" if engine == "duckdb" else f"shiftleft(1L, cast({places} as int))"
    stop = fail("<< takes numbers from 0 up, and from 0 to 62 places", engine)
    holds, given = f"{value} >= 0 and {places} between 0 and 62", f"{value} is not null and {places} is not null"
    return raw(f"case when {holds} then {value} * {power} when {given} then {stop} end", engine, value, places)


@rewrites(exp.BitwiseRightShift)
def shifted_right(node: Any, engine: str) -> Any:
    """Bits of a BIGINT move to the right, by more than 63 places all of them: on Spark 64 places are none."""
    value, places = _operands(node, engine)
    if engine == "duckdb":
        return raw(f"({value} >> {places})")
    moved, given = f"shiftright({value}, cast({places} as int))", f"{value} is not null and {places} is not null"
    return raw(f"case when {places} between 0 and 63 then {moved} when {given} then 0L end", engine, value, places)


def _operands(node: Any, engine: str) -> tuple[str, str]:
    return f"cast({sql(node.this, engine)} as bigint)", f"cast({sql(node.expression, engine)} as bigint)"
