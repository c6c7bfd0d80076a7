"""Statistics of two columns, and quantiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.rules.functions.around import Of, placed
from kedro_faucet.engines.dialect.subset.refusals import refuse


def _corr(y: str, x: str, of: Of) -> str:
    across, up = _of_pairs("stddev_pop", x, y, of), _of_pairs("stddev_pop", y, x, of)
    return f"({_covariance(y, x, of)} / nullif({across} * {up}, 0))"


def _slope(y: str, x: str, of: Of) -> str:
    return f"({_covariance(y, x, of)} / nullif({_of_pairs('var_pop', x, y, of)}, 0))"


def _intercept(y: str, x: str, of: Of) -> str:
    return f"({_of_pairs('avg', y, x, of)} - {_slope(y, x, of)} * {_of_pairs('avg', x, y, of)})"


def _r2(y: str, x: str, of: Of) -> str:
    covariance, across, up = _covariance(y, x, of), _of_pairs("var_pop", x, y, of), _of_pairs("var_pop", y, x, of)
    whole = f"{covariance} * {covariance} / ({across} * {up})"
    return f"case when {across} = 0 then null when {up} = 0 then 1 else {whole} end"


def _covariance(y: str, x: str, of: Of) -> str:
    return of(f"covar_pop({y}, {x})")


def _of_pairs(function: str, value: str, other: str, of: Of) -> str:
    """Return an aggregate of one value over the rows that have the other one too."""
    return of(f"{function}(case when {other} is not null then {value} end)")


_FORMULAS: dict[type, Callable[[str, str, Of], str]] = {
    exp.Corr: _corr, exp.RegrSlope: _slope, exp.RegrIntercept: _intercept, exp.RegrR2: _r2,
}  # fmt: skip


@refuses(exp.PercentileCont)
def share(node: Any) -> None:
    """A quantile is at one share, which is written out: from 0 to 1."""
    given = node.expression
    if not (isinstance(given, exp.Literal) and not given.is_string and float(given.this) <= 1):
        refuse(node, "a quantile at a computed share, at several or beyond 1", "quantile_cont(x, 0.25)")


@rewrites(*_FORMULAS)
def formula(node: Any, engine: str) -> Any:
    """What a line through one point, or points of one x, has not is NULL: DuckDB says NaN, and Spark may stop."""
    y, x = (f"cast({sql(value, engine)} as double)" for value in (node.this, node.expression))
    return placed(node, lambda of: _FORMULAS[type(node)](y, x, of), engine)


@rewrites(exp.RegrCount)
def pairs(node: Any, engine: str) -> Any:
    """A count is a BIGINT: DuckDB's is of 32 bits."""
    y, x = sql(node.this, engine), sql(node.expression, engine)
    return raw(f"count(case when {y} is not null and {x} is not null then 1 end)")


@rewrites(exp.PercentileCont)
def quantile(node: Any, engine: str) -> Any:
    """A quantile is a DOUBLE between the two nearest values: DuckDB's is a decimal where they are."""
    name = "quantile_cont" if engine == "duckdb" else "percentile"
    return raw(f"{name}(cast({sql(node.this, engine)} as double), {node.expression.this})")
