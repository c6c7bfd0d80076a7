"""Numbers: arithmetic, rounding, logarithms, what NaN is."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NUMBERS,
    TEXT,
    TIMES,
    digits,
    named,
)
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import raw, sql
from kedro_faucet.engines.dialect.generator.macros import MACROS
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse


@refuses(exp.Round)
def places(node: Any) -> None:
    """A number of places is written out: no other is rounded by equal steps."""
    given = node.args.get("decimals")
    number = given.this if isinstance(given, exp.Neg) else given
    if given is not None and not (isinstance(number, exp.Literal) and number.this.isdigit()):
        refuse(node, "round to a computed number of places", "round(x, 2)")


@refuses(exp.Log)
def base(node: Any) -> None:
    """A logarithm says its base: ``log(x)`` is by 10 on DuckDB, by e on Spark."""
    if node.args.get("expression") is None or node.name not in ("2", "10"):
        refuse(node, "log(x)", "ln(x), log10(x) or log2(x)")


@refuses(exp.Neg, exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil, exp.Sqrt, exp.Exp, exp.Ln)
def number(node: Any) -> None:
    """A function of numbers is given no boolean, text or time: one engine converts it, the other stops."""
    refuse_total(node, node.this)


def refuse_total(node: Any, value: Any) -> None:
    """Refuse a function of numbers over what is none."""
    kind = family(value)
    if kind == BOOLEAN:
        refuse(node, "arithmetic on booleans", "count_if(o), or case when o then 1 else 0 end")
    if kind in (TEXT, *TIMES):
        refuse(node, f"arithmetic on {named(kind)}", "a cast to a number")


@refuses(exp.Mul, exp.Div, exp.Mod, exp.Pow)
def product(node: Any) -> None:
    """Arithmetic is on numbers: one engine converts a boolean, text or time, the other stops."""
    refuse_arithmetic(node)


def refuse_arithmetic(node: Any) -> None:
    """Refuse two operands of which one is no number."""
    for value in (node.this, node.expression):
        if (kind := family(value)) in (TEXT, BOOLEAN, *TIMES):
            hint = "case when o then 1 else 0 end" if kind == BOOLEAN else "a cast to a number"
            refuse(node, f"arithmetic on {named(kind)}", hint)


@refuses(exp.IntDiv)
def whole_division(node: Any) -> None:
    """``//`` takes integers: of fractions DuckDB gives a fraction's floor, Spark's ``div`` an integer."""
    refuse_arithmetic(node)
    for value in (node.this, node.expression):
        if family(value) in set(NUMBERS) - {INTEGER}:
            refuse(node, f"//, which takes integers, of a {family(value)}", "a / b, or cast(floor(x) as integer)")


@rewrites(exp.Div)
def quotient(node: Any, engine: str) -> Any:
    """A quotient is a DOUBLE, NULL where the divisor is zero: Spark stops there, and keeps decimals."""
    return MACROS["safe_divide"].expand([node.this, node.expression], engine)


@rewrites(exp.IntDiv)
def whole_quotient(node: Any, engine: str) -> Any:
    """A quotient of integers is a BIGINT towards zero, NULL where the divisor is zero."""
    return MACROS["int_div"].expand([node.this, node.expression], engine)


@rewrites(exp.Mod)
def remainder(node: Any, engine: str) -> Any:
    """A remainder of a division by zero is NULL, as the quotient is: Spark stops there, and has fewer digits."""
    kind = family(node)
    size = digits(kind) if kind == DECIMAL and engine == "spark" else None
    node.set("expression", raw(f"nullif({sql(node.expression, engine)}, 0)"))
    return raw(f"cast({sql(node, engine)} as decimal({sum(size)}, {size[1]}))") if size else node


@rewrites(exp.Ln, exp.Log)
def logarithm(node: Any, engine: str) -> Any:
    """A logarithm of zero or less is NULL: DuckDB stops there."""
    argument = "expression" if isinstance(node, exp.Log) else "this"
    value = sql(node.args[argument], engine)
    node.set(argument, raw(f"case when {value} > 0 then {value} end", engine, value))
    return node


@rewrites(exp.Round)
def rounded(node: Any, engine: str) -> Any:
    """To n places by the same steps of arithmetic on both engines, which else take 1.005 for more or less."""
    given = node.args.get("decimals")
    if given is None or given.name == "0":
        return node
    power, (there, back) = f"cast(1e{given.name} as double)", "/*" if isinstance(given, exp.Neg) else "*/"
    return raw(f"(round(cast({sql(node.this, engine)} as double) {there} {power}) {back} {power})")


@rewrites(exp.Neg, engine="spark")
def negated(node: Any, engine: str) -> Any:
    """A decimal is taken from zero: Spark's minus keeps 34 digits of it."""
    if family(node.this) != DECIMAL or isinstance(node.this, exp.Literal):
        return node
    return raw(f"(cast(0 as decimal(1, 0)) - {sql(node.this, engine)})")


@rewrites(exp.Abs, engine="spark")
def absolute(node: Any, engine: str) -> Any:
    """A negative decimal is taken from zero: Spark's abs keeps 34 digits of it."""
    if family(node.this) != DECIMAL:
        return node
    value = sql(node.this, engine)
    return raw(f"case when {value} < 0 then cast(0 as decimal(1, 0)) - {value} else {value} end", engine, value)


@rewrites(exp.Sign, engine="spark")
def sign(node: Any, engine: str) -> Any:
    """The sign is a TINYINT, 0 of NaN: on Spark it is a DOUBLE, and NaN."""
    value = sql(node.this, engine)
    return raw(f"cast(case when isnan({value}) then 0 else sign({value}) end as tinyint)", engine, value)


@rewrites(exp.IsNan, engine="spark")
def not_a_number(node: Any, engine: str) -> Any:
    """Whether NULL is NaN is NULL: Spark says that it is not."""
    value = sql(node.this, engine)
    return raw(f"case when {value} is not null then isnan({value}) end", engine, value)
