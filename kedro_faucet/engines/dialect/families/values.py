"""The family of one value, from the families of what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    INTEGER,
    INTERVAL,
    NULL,
    NUMBERS,
    TEXT,
    TIMES,
    TIMESTAMP,
    common,
    computed,
    family_of_type,
    number,
    summed,
    without_fraction,
)
from kedro_faucet.engines.dialect.generator.macros import arguments, macro_of

Families: TypeAlias = "dict[str, str | None]"
"""The columns of a table, in lower case and in order, with their families."""


def family(node: Any) -> str | None:
    """Return the family of a value in a text that has been annotated; nothing where it is unknown."""
    found: str | None = node.meta.get("family")
    return found


def columns_of(query: Any) -> Families | None:
    """Return the columns of a query in a text that has been annotated; nothing where they are unknown."""
    found: Families | None = query.unnest().meta.get("columns")
    return found


_CLASSES = {
    INTEGER: "Length StrPosition Year Quarter Month Day DayOfYear Hour Minute Second Extract Count CountIf RowNumber "
    "Rank DenseRank Ntile Grouping GroupingId IntDiv Sign Ascii Unicode Levenshtein RegrCount "
    "BitwiseAnd BitwiseOr BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift",
    DOUBLE: "Div Sqrt Exp Ln Log Pow Avg Median Stddev StddevPop StddevSamp Variance VariancePop PercentRank CumeDist "
    "Sin Cos Tan Asin Acos Atan Atan2 Radians Degrees Pi Corr CovarPop CovarSamp RegrSlope RegrIntercept RegrR2 "
    "PercentileCont",
    TEXT: "Upper Lower Trim Substring Left Right Pad Replace Translate Repeat SplitPart RegexpExtract RegexpReplace "
    "MD5 SHA SHA2 DPipe Concat ConcatWs GroupConcat TimeToStr Reverse Initcap Chr Hex Split RegexpExtractAll",
    BOOLEAN: "EQ NEQ LT LTE GT GTE NullSafeEQ NullSafeNEQ Is And Or Not Between In Exists Like ILike Escape Contains "
    "StartsWith EndsWith RegexpLike IsNan IsInf LogicalAnd LogicalOr Boolean",
    DATE: "LastDay DateFromParts CurrentDate",
    TIMESTAMP: "TimestampTrunc TimestampFromParts StrToTime",
    NULL: "Null",
    INTERVAL: "Interval",
}
_OF_CLASS = {name: kind for kind, names in _CLASSES.items() for name in names.split()}


def value(node: Any) -> str | None:
    """Return the family of a value whose parts have been annotated; nothing where it is unknown."""
    if (macro := macro_of(node)) is not None:
        kind = macro.gives.partition(":")[0]
        return family_of_type(kind) or family(arguments(node)[0]) if arguments(node) else None
    if (fixed := _OF_CLASS.get(type(node).__name__)) is not None:
        return fixed
    rule = _RULES.get(type(node))
    return rule(node) if rule else None


def _literal(node: Any) -> str:
    if node.is_string:
        return TEXT
    if node.this.isdigit():
        return number(INTEGER, 10) if int(node.this) < 2**31 else INTEGER
    whole, _, part = node.this.partition(".")
    return DOUBLE if "e" in node.this.lower() else number(DECIMAL, len(whole), len(part))


def _cast(node: Any) -> str | None:
    kind = node.args["to"]
    return family_of_type(kind.sql("duckdb") if kind.this.name == "DECIMAL" else str(kind.this.name))


def _first(node: Any) -> str | None:
    """Return the family of the first argument, which the result has too."""
    inner = node.this if isinstance(node.this, exp.Expression) else next(iter(node.expressions), None)
    return None if inner is None else family(inner)


def alternatives(node: Any) -> list[Any]:
    """Return the values of which a case, coalesce or list gives each: they have one type."""
    if not isinstance(node, exp.Case | exp.If):
        return [*([node.this] if isinstance(node.this, exp.Expression) else []), *node.expressions]
    branches = [each.args["true"] for each in node.args.get("ifs") or [node]]
    return [*branches, *(node.args[key] for key in ("default", "false") if node.args.get(key))]


def _one_of(node: Any) -> str | None:
    return common(map(family, alternatives(node)))


def _sum(node: Any) -> str | None:
    return summed(family(node.this))


def _series(node: Any) -> str:
    return TIMESTAMP if isinstance(node.args.get("step"), exp.Interval) else INTEGER


def _rounded(node: Any) -> str | None:
    places = node.args.get("decimals")
    return without_fraction(_first(node)) if places is None or places.name == "0" else DOUBLE


def _arithmetic(node: Any) -> str | None:
    pair = (family(node.this), family(node.expression))
    if INTERVAL in pair:
        return INTERVAL if pair[0] == pair[1] or isinstance(node, exp.Mul) else TIMESTAMP
    if pair[0] in TIMES and isinstance(node, exp.Add | exp.Sub):
        return {DATE: INTEGER, INTEGER: DATE}.get(str(pair[1])) if pair[0] == DATE else None
    numbers = common(pair)
    if numbers == DECIMAL and not isinstance(node, exp.Mod):
        return computed(*pair, is_product=isinstance(node, exp.Mul))
    return numbers if numbers in (*NUMBERS, NULL) else None


def _scalar(node: Any) -> str | None:
    """Return the family of a query that stands for a value."""
    columns = columns_of(node)
    return next(iter(columns.values())) if columns and len(columns) == 1 else None


_RULES: dict[type, Callable[[Any], str | None]] = {
    exp.Literal: _literal, exp.Cast: _cast, exp.TryCast: _cast, exp.Sum: _sum, exp.Subquery: _scalar,
    exp.GenerateSeries: _series,
    **dict.fromkeys((exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Array), _one_of),
    **dict.fromkeys((exp.Trunc, exp.Round, exp.Floor, exp.Ceil), _rounded),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Mod), _arithmetic),
    **dict.fromkeys(
        (
            exp.Paren, exp.Neg, exp.Abs, exp.Min, exp.Max, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
            exp.NthValue, exp.Filter, exp.Window, exp.IgnoreNulls, exp.Distinct, exp.Order, exp.Ordered, exp.Nullif,
            exp.Alias, exp.Explode, exp.Unnest,
        ),
        _first,
    ),
}  # fmt: skip
