"""Fractions of numbers: cut off, rounded down and up, of infinity too."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import DECIMAL, DOUBLE, FLOAT
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

# From 2^52 on a DOUBLE has no fraction: neither have NaN and infinity, which no BIGINT holds.
_WHOLE = "4503599627370496D"


@refuses(exp.Trunc)
def cut_at(node: Any) -> None:
    """A fraction is cut off wholly: Spark has no trunc to places."""
    if node.args.get("decimals") is not None:
        refuse(node, "trunc to places", "trunc(x * 100) / 100")


@rewrites(exp.Trunc, engine="spark")
def truncated(node: Any, engine: str) -> Any:
    """A number without its fraction keeps its type: Spark's trunc is of dates alone."""
    value, kind = sql(node.this, engine), family(node.this)
    if kind in (FLOAT, DOUBLE):
        return raw(_small(value, f"cast({value} as bigint)", kind), engine, value)
    towards = f"case when {value} < 0 then ceil({value}) else floor({value}) end"
    return raw(towards if kind == DECIMAL else value, engine, value)


@rewrites(exp.Floor, exp.Ceil, engine="spark")
def whole(node: Any, engine: str) -> Any:
    """The floor of a fraction is a fraction, of NaN it is NaN: Spark's is a BIGINT, 0 of NaN."""
    kind = family(node.this)
    if kind not in (FLOAT, DOUBLE):
        return node
    value = sql(node.this, engine)
    function = "floor" if isinstance(node, exp.Floor) else "ceil"
    return raw(_small(value, f"{function}({value})", kind), engine, value)


def _small(value: str, whole: str, kind: str) -> str:
    return f"case when abs({value}) < {_WHOLE} then cast({whole} as {kind}) else {value} end"


@rewrites(exp.IsInf, engine="spark")
def infinite(node: Any, engine: str) -> Any:
    """Spark has no isinf."""
    return raw(f"(abs(cast({sql(node.this, engine)} as double)) = double('infinity'))")


@rewrites(exp.Atan2)
def angle(node: Any, engine: str) -> Any:
    """The angle of a zero is that of 0.0: of -0.0, which the engines do not keep alike, it is another one."""
    values = (sql(value, engine) for value in (node.this, node.expression))
    y, x = (f"case when {value} = 0 then cast(0 as double) else cast({value} as double) end" for value in values)
    return raw(f"atan2({y}, {x})")
