"""Forms that mean slightly different things on the two engines, rewritten so that they mean one.

Each function takes a node of a parsed text, whose children are rewritten already, and returns what stands for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.check.formats import java_read, java_written, read_pattern
from kedro_faucet.engines.dialect.check.patterns import java
from kedro_faucet.engines.dialect.families.annotate import family
from kedro_faucet.engines.dialect.families.families import DATE, DECIMAL, INTEGER, TEXT
from kedro_faucet.engines.dialect.rewrite.casts import cast
from kedro_faucet.engines.dialect.rewrite.guards import FLOATS, fail, in_years, is_kind, raw, sql, text
from kedro_faucet.engines.dialect.rewrite.macros import MACROS

_BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB's trim takes off; Spark's takes off the first of them alone."""


def _divide(node: Any, engine: str) -> Any:
    return MACROS["safe_divide"].expand([node.this, node.expression], engine)


def _int_divide(node: Any, engine: str) -> Any:
    return MACROS["int_div"].expand([node.this, node.expression], engine)


def _modulo(node: Any, engine: str) -> Any:
    """A remainder of a division by zero is NULL, as the quotient is."""
    node.set("expression", raw(f"nullif({sql(node.expression, engine)}, 0)"))
    return node


def _logarithm(node: Any, engine: str) -> Any:
    """Of zero or less: NULL."""
    argument = "expression" if isinstance(node, exp.Log) else "this"
    value = sql(node.args[argument], engine)
    node.set(argument, raw(f"case when {value} > 0 then {value} end"))
    return node


def _round(node: Any, engine: str) -> Any:
    """To n places, by the same steps of arithmetic on both engines, which else take 1.005 for more or less."""
    if not node.args.get("decimals") or node.args["decimals"].name in ("", "0"):
        return node
    power = f"cast(1e{node.args['decimals'].name} as double)"
    return raw(f"(round(cast({sql(node.this, engine)} as double) * {power}) / {power})")


def _whole(node: Any, engine: str) -> Any:
    """Spark's floor and ceil give a BIGINT: what that cannot hold is refused there."""
    if engine == "spark" and family(node.this) not in (INTEGER, DECIMAL):
        value = sql(node.this, engine)
        stop = fail("floor and ceil take no NaN, infinity or number beyond 9e15", engine)
        beyond = f"{is_kind(value, *FLOATS)} and not (abs({value}) < 9e15D)"
        node.set("this", raw(f"case when {beyond} then {stop} else {value} end"))
    return node


def _as_double(node: Any, engine: str) -> Any:
    """Spark's average of decimals is a decimal, DuckDB's median too."""
    inner = node.this
    target = inner if isinstance(inner, exp.Distinct) else node
    value = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner
    double = raw(f"cast({sql(value, engine)} as double)")
    target.set(*(("expressions", [double]) if isinstance(inner, exp.Distinct) else ("this", double)))
    return node


def _texts(node: Any, engine: str) -> Any:
    """What is joined to a text becomes one: guarded, as floats are written differently."""
    for name in ("this", "expression"):
        if node.args.get(name) is not None:
            node.set(name, _text(node.args[name], engine))
    node.set("expressions", [_text(value, engine) for value in node.expressions] or None)
    return node


def _text(value: Any, engine: str) -> Any:
    return value if family(value) == TEXT else text(sql(value, engine), engine, family(value))


def _listed(node: Any, engine: str) -> Any:
    """The values of string_agg, within its order."""
    value = node.this.this
    value.replace(_text(value, engine))
    return node


def _cut(node: Any, engine: str) -> Any:
    """Counted from 1, no negative number of letters."""
    for name, least in (("start", 1), ("length", 0), ("expression", 0)):
        count = node.args.get(name)
        if count is not None and not _is_number(count):
            value = sql(count, engine)
            at_least = f"{value} = 0 then 1" if least else f"{value} < 0 then 0"
            node.set(name, raw(f"case when {at_least} else cast({value} as int) end"))
    return node


def _is_number(node: Any) -> bool:
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))


def _case(node: Any, engine: str) -> Any:
    """Java knows capitals of two letters and a final sigma, DuckDB does not."""
    if engine == "spark":
        old, new = ("ß", "ẞ") if isinstance(node, exp.Upper) else ("İΣ", "iσ")
        node.set("this", raw(f"translate({sql(node.this, engine)}, '{old}', '{new}')"))
    return node


def _like(node: Any, engine: str) -> Any:
    """Spark takes a backslash for an escape, DuckDB takes nothing for one."""
    pattern = node.expression
    plain = isinstance(pattern, exp.Literal) and "\\" not in pattern.this
    if engine == "duckdb" or plain or isinstance(node.parent, exp.Escape):
        return node
    return raw(rf"({node.sql(engine)} escape r'{chr(1)}')")


def _pattern(node: Any, engine: str) -> Any:
    if engine == "spark":
        node.set("expression", exp.Literal.string(java(node.expression.this)))
    return node


def _part(node: Any, engine: str) -> Any:
    """Spark's second has a fraction."""
    if engine == "spark" and node.name.lower() == "second":
        return raw(f"second({sql(node.expression, engine)})")
    return node


def _truncated(node: Any, engine: str) -> Any:
    return raw(f"cast({node.sql(engine)} as timestamp_ntz)") if engine == "spark" else node


def _moved(node: Any, engine: str) -> Any:
    """A date and an interval make a timestamp on DuckDB, a date on Spark; a date less a date is an interval there."""
    step = node.expression.unnest()
    if family(node.this) == DATE and family(node.expression) in (DATE, INTEGER):
        return _days(node, engine)
    if isinstance(step, exp.Interval) or (isinstance(step, exp.Mul) and step.find(exp.Interval)):
        kind = "timestamp" if engine == "duckdb" else "timestamp_ntz"
        node.set("this", raw(f"cast({sql(node.this, engine)} as {kind})"))
    return node


def _days(node: Any, engine: str) -> Any:
    left, right = sql(node.this, engine), sql(node.expression, engine)
    if engine == "duckdb":
        sign = "-" if isinstance(node, exp.Sub) else "+"
        return node if family(node.expression) == DATE else raw(f"({left} {sign} cast({right} as integer))")
    if family(node.expression) == DATE:
        return raw(f"cast(datediff({left}, {right}) as bigint)")
    return raw(f"date_{'sub' if isinstance(node, exp.Sub) else 'add'}({left}, cast({right} as int))")


def _negated(node: Any, engine: str) -> Any:
    """Spark's minus keeps 34 digits of a decimal."""
    decimal = engine == "spark" and family(node.this) == DECIMAL and not isinstance(node.this, exp.Literal)
    return raw(f"(cast(0 as decimal(1, 0)) - {sql(node.this, engine)})") if decimal else node


def _absolute(node: Any, engine: str) -> Any:
    if engine == "spark" and family(node.this) == DECIMAL:
        value = sql(node.this, engine)
        return raw(f"case when {value} < 0 then cast(0 as decimal(1, 0)) - {value} else {value} end")
    return node


def _count_if(node: Any, engine: str) -> Any:
    """Of no row, DuckDB's count_if is NULL."""
    return raw(f"count(case when {sql(node.this, engine)} then 1 end)")


def _trim(node: Any, engine: str) -> Any:
    if engine == "spark" and node.expression is None:
        side = {"LEADING": "leading", "TRAILING": "trailing"}.get(str(node.args.get("position")).upper(), "both")
        return raw(f"trim({side} '{_BLANKS}' from {sql(node.this, engine)})")
    return node


def _series(node: Any, engine: str) -> Any:
    """Where the end comes before the start, Spark counts down."""
    if engine == "spark":
        start, end = sql(node.args["start"], engine), sql(node.args["end"], engine)
        last, holds = (f"{end} - 1", "<") if node.args.get("is_end_exclusive") else (end, "<=")
        return raw(f"case when {start} {holds} {end} then sequence({start}, {last}) else array() end")
    return node


def _if(node: Any, engine: str) -> Any:
    if not isinstance(node.parent, exp.Case) and node.args.get("false") is None:
        node.set("false", exp.null())
    return node


def _one(node: Any, engine: str) -> Any:
    """Spark compares two values at least."""
    return node if node.expressions else exp.paren(node.this)


def _sign(node: Any, engine: str) -> Any:
    """Of NaN: 0."""
    value = sql(node.this, engine)
    return (
        raw(f"cast(case when isnan({value}) then 0 else sign({value}) end as tinyint)") if engine == "spark" else node
    )


def _written(node: Any, engine: str) -> Any:
    if engine == "spark":
        value = sql(node.this, engine)
        return raw(in_years(value, f'date_format({value}, "{java_written(_strftime(node))}")', engine))
    return raw(in_years(sql(node.this, engine), node.sql(engine), engine))


def _read(node: Any, engine: str) -> Any:
    """Both engines read more texts than these, each others."""
    value, format = sql(node.this, engine), _strftime(node)
    matches = f"regexp_full_match({value}, '{read_pattern(format)}')"
    parsed = f"strptime({value}, '{format}')"
    if engine == "spark":
        matches = rf"{value} rlike r'^({read_pattern(format)})\z'"
        parsed = f'cast(to_timestamp({value}, "{java_read(format)}") as timestamp_ntz)'
    stop = fail(f"This text is not of the form {format} that both engines read alike: ", engine, value)
    return raw(f"case when {matches} then {parsed} when {value} is not null then {stop} end")


def _strftime(node: Any) -> str:
    return str(node.args["format"].this)


def _not_a_number(node: Any, engine: str) -> Any:
    if engine == "spark":
        value = sql(node.this, engine)
        return raw(f"case when {value} is not null then isnan({value}) end")
    return node


FORMS: dict[type, Callable[[Any, str], Any]] = {
    exp.Cast: cast, exp.TryCast: cast,
    exp.Div: _divide, exp.IntDiv: _int_divide, exp.Mod: _modulo,
    exp.Ln: _logarithm, exp.Log: _logarithm, exp.Round: _round, exp.Floor: _whole, exp.Ceil: _whole,
    exp.Avg: _as_double, exp.Median: _as_double, exp.IsNan: _not_a_number,
    exp.DPipe: _texts, exp.Concat: _texts, exp.ConcatWs: _texts, exp.GroupConcat: _listed,
    exp.Substring: _cut, exp.Left: _cut, exp.Right: _cut,
    exp.Upper: _case, exp.Lower: _case,
    exp.Like: _like, exp.ILike: _like, exp.RegexpLike: _pattern, exp.RegexpExtract: _pattern,
    exp.RegexpReplace: _pattern,
    exp.Neg: _negated, exp.Abs: _absolute, exp.CountIf: _count_if, exp.Trim: _trim, exp.GenerateSeries: _series,
    exp.If: _if, exp.Greatest: _one, exp.Least: _one, exp.Sign: _sign, exp.TimeToStr: _written, exp.StrToTime: _read,
    exp.Extract: _part, exp.TimestampTrunc: _truncated, exp.Add: _moved, exp.Sub: _moved,
}  # fmt: skip
