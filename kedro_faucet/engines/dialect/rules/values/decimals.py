"""Decimals in one column, which has 38 digits: more of them before the point leave fewer after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families import values
from kedro_faucet.engines.dialect.families.families import DECIMAL, MOST_DIGITS, digits
from kedro_faucet.engines.dialect.families.values import columns_of, family
from kedro_faucet.engines.dialect.rule import refuses
from kedro_faucet.engines.dialect.subset.refusals import refuse


@refuses(exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Array)
def alternatives(node: Any) -> None:
    """Decimals that one value is chosen of fit into one: DuckDB rounds digits after the point away for others."""
    _check_fit(node, map(family, values.alternatives(node)))


@refuses(exp.Values)
def rows(node: Any) -> None:
    """The decimals of a column of VALUES fit into one: DuckDB rounds digits after the point away for others."""
    for column in zip(*(row.expressions for row in node.expressions), strict=False):
        _check_fit(column[0], map(family, column))


@refuses(exp.Union, exp.Except, exp.Intersect)
def set_operation(node: Any) -> None:
    """The decimals of both sides fit into one: DuckDB rounds digits away, so that rows become equal, Spark does not."""
    left, right = columns_of(node.left) or {}, columns_of(node.right) or {}
    if node.args.get("by_name"):
        pairs = [(left[name], right[name]) for name in left if name in right]
    else:
        pairs = list(zip(left.values(), right.values(), strict=False))
    for pair in pairs:
        _check_fit(node.right, pair)


@refuses(exp.In)
def member(node: Any) -> None:
    """A decimal and those of a query fit into one: DuckDB rounds digits away before it compares, Spark does not."""
    columns = columns_of(node.args["query"]) if node.args.get("query") else None
    if columns:
        _check_fit(node, [family(node.this), next(iter(columns.values()))])


@refuses(exp.Mod)
def remainder(node: Any) -> None:
    """A remainder is of decimals that fit into one: of others DuckDB makes a DOUBLE, Spark a decimal."""
    pair = (family(node.this), family(node.expression))
    if DECIMAL in pair:
        _check_fit(node, pair, "a remainder", (DECIMAL, "integer"))


def _check_fit(
    node: Any, families: Iterable[str | None], where: str = "one column", kinds: tuple[str, ...] = (DECIMAL,)
) -> None:
    """Refuse numbers that need more digits together than a decimal has."""
    sizes = sorted({size for each in families if each in kinds and (size := digits(each))}, reverse=True)
    whole, scale = (max(each) for each in zip(*sizes, strict=True)) if sizes else (0, 0)
    if whole + scale > MOST_DIGITS:
        said = [f"DECIMAL({before + after},{after})" for before, after in sizes]
        what = f"{' and '.join(said)} in {where}, more than {MOST_DIGITS} digits"
        refuse(node, what, f"cast(x as decimal({MOST_DIGITS}, {scale})) for the {said[0]}")
