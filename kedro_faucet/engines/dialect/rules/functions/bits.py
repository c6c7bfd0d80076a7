"""Bits of integers."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import fail, raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_SIGNS = {exp.BitwiseAnd: "&", exp.BitwiseOr: "|"}
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Pow)


@refuses(exp.BitwiseNot)
def tilde(node: Any) -> None:
    """``~`` of one value stands in parentheses before arithmetic: DuckDB reads ``~a + b`` as ``~(a + b)``."""
    if isinstance(node.parent, _ARITHMETIC) and node.arg_key == "this":
        refuse(node, "~ before arithmetic", "(~a) + b or ~(a + b)")


@rewrites(exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
def combined(node: Any, engine: str) -> Any:
    """Bits are combined from left to right: on Spark ``&`` binds closer than ``xor`` and ``|``."""
    left, right = sql(node.this, engine), sql(node.expression, engine)
    if isinstance(node, exp.BitwiseXor):
        return raw(f"xor({left}, {right})" if engine == "duckdb" else f"({left} ^ {right})")
    return raw(f"({left} {_SIGNS[type(node)]} {right})")


@rewrites(exp.BitwiseNot)
def inverted(node: Any, engine: str) -> Any:
    """All bits are turned, of what stands in parentheses."""
    return raw(f"(~{sql(node.this, engine)})")


@rewrites(exp.BitwiseLeftShift)
def shifted_left(node: Any, engine: str) -> Any:
    """Bits move to the left as far as a BIGINT holds them: on Spark they fall out, and 64 places are none."""
    value, places = _operands(node, engine)
    power = f"(cast(1 as bigint) << {places})" if engine == "duckdb" else f"shiftleft(1L, cast({places} as int))"
    stop = fail("<< takes numbers from 0 up, and from 0 to 62 places", engine)
    holds = f"{value} >= 0 and {places} between 0 and 62"
    return raw(f"case when {holds} then {value} * {power} when {value} is not null and {places} is not null then {stop} end")


@rewrites(exp.BitwiseRightShift)
def shifted_right(node: Any, engine: str) -> Any:
    """Bits of a BIGINT move to the right, by more than 63 places all of them: on Spark 64 places are none."""
    value, places = _operands(node, engine)
    if engine == "duckdb":
        return raw(f"({value} >> {places})")
    moved = f"shiftright({value}, cast({places} as int))"
    return raw(f"case when {places} between 0 and 63 then {moved} when {value} is not null and {places} is not null then 0L end")


def _operands(node: Any, engine: str) -> tuple[str, str]:
    return f"cast({sql(node.this, engine)} as bigint)", f"cast({sql(node.expression, engine)} as bigint)"
