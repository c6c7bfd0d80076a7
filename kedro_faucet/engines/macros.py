"""Portable macros: functions that a SQL text may call and that mean the same on both engines.

Each is written once per engine, in that engine's own SQL. Types of columns are not known when a text is translated,
so what depends on a type asks ``typeof``, which both engines resolve when they plan: it costs nothing a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from kedro_faucet.exceptions import SqlError

INTEGERS = ("tinyint", "smallint", "int", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint")
_TEXTS = ("varchar", "string")
_TIMES = ("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp_ntz")
_NULL = ('"null"', "void")


@dataclass(frozen=True)
class Macro:
    """A function of the portable subset: how it is called, what it gives, and its SQL per engine."""

    call: str
    gives: str
    duckdb: str
    spark: str

    @property
    def name(self) -> str:
        """The name that a SQL text calls."""
        return self.call.split("(")[0]

    @property
    def parameters(self) -> list[str]:
        """The names of the arguments."""
        return self.call.removesuffix(")").split("(")[1].replace("…", "").replace(", ,", ",").split(", ")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _kind(value: str) -> str:
    return f"lower(typeof({value}))"


def _integer(value: str, function: str, engine: str) -> str:
    """Return the value, refused where it is not an integer: engines round others differently."""
    fail = _fail(f"{function} takes integers: cast the argument, or use safe_divide", engine)
    return f"case when {_kind(value)} in ({_listed((*INTEGERS, *_NULL))}) then {value} else {fail} end"


def _fail(message: str, engine: str) -> str:
    return f"error('{message}')" if engine == "duckdb" else f"raise_error('{message}')"


def _tag(value: str, engine: str) -> str:
    """Return one letter for the family of a value's type; what has no text in common is refused."""
    message = "surrogate_key and text_of take integers, decimals, text, booleans, dates and timestamps without a zone: cast the argument"
    return f"""case
        when {_kind(value)} in ({_listed(INTEGERS)}) or {_kind(value)} like 'decimal%' then 'n'
        when {_kind(value)} in ({_listed(_TEXTS + _NULL)}) or {_kind(value)} like 'enum%' then 's'
        when {_kind(value)} in ({_listed(_TIMES)}) then 't'
        when {_kind(value)} = 'date' then 'd'
        when {_kind(value)} = 'boolean' then 'b'
        else {_fail(message, engine)} end"""


def _text(value: str, engine: str) -> str:
    """Return a value as text; a decimal without the zeros that only its scale brings."""
    text = f"cast({value} as string)"
    bare = f"rtrim(rtrim({text}, '0'), '.')" if engine == "duckdb" else f"rtrim('.', rtrim('0', {text}))"
    return f"case when {_kind(value)} like 'decimal%' and {text} like '%.%' then {bare} else {text} end"


def _part(value: str, engine: str) -> str:
    """Return a value with its type's letter and its length before it, so that no two lists of values look alike."""
    if engine == "spark":
        return f"coalesce(concat({_tag(value, engine)}, length({_text(value, engine)}), ':', {_text(value, engine)}), 'N')"
    return f"coalesce({_tag(value, engine)} || length({_text(value, engine)}) || ':' || {_text(value, engine)}, 'N')"


def _text_of(engine: str) -> str:
    return f"case when {_tag('{x}', engine)} is not null then {_text('{x}', engine)} end"


def _key(engine: str, count: int) -> str:
    parts = [_part(f"{{a{number}}}", engine) for number in range(count)]
    if engine == "spark":
        return f"cast(conv(substr(md5(concat({', '.join(parts)})), 1, 15), 16, 10) as bigint)"
    return f"cast('0x' || substr(md5({' || '.join(parts)}), 1, 15) as bigint)"


def _int_div(engine: str) -> str:
    operator = "//" if engine == "duckdb" else "div"
    left, right = (_integer(value, "int_div", engine) for value in ("{a}", "{b}"))
    return f"(cast({left} as bigint) {operator} cast({right} as bigint))"


_DAY, _FROM, _TO = (f"cast({{{name}}} as date)" for name in "dab")
_TIME, _START, _END = (f"cast({{{name}}} as timestamp)" for name in "tab")
_NTZ, _START_NTZ, _END_NTZ = (f"cast({{{name}}} as timestamp_ntz)" for name in "tab")
_DAYS, _COUNT = "cast({n} as integer)", "cast({n} as bigint)"

MACROS: dict[str, Macro] = {
    macro.name: macro
    for macro in [
        Macro("surrogate_key(a, …)", "BIGINT: 60 bits of an MD5 over the values and their types; NULL is a value", "", ""),
        Macro("text_of(x)", "VARCHAR: the same text of a value on both engines; floats are refused", _text_of("duckdb"), _text_of("spark")),
        Macro("int_div(a, b)", "BIGINT: the quotient towards zero; division by zero is an error", _int_div("duckdb"), _int_div("spark")),
        Macro(
            "safe_divide(a, b)", "DOUBLE: the quotient, NULL where b is zero",
            *["(cast({a} as double) / nullif(cast({b} as double), 0))"] * 2,
        ),
        Macro(
            "days_between(a, b)", "BIGINT: days from a to b",
            f"date_diff('day', {_FROM}, {_TO})", f"cast(datediff({_TO}, {_FROM}) as bigint)",
        ),
        Macro("add_days(d, n)", "DATE: n days after d", f"({_DAY} + {_DAYS})", f"date_add({_DAY}, {_DAYS})"),
        Macro(
            "add_months(d, n)", "DATE: n months after d, at most the month's last day",
            f"cast({_DAY} + to_months({_DAYS}) as date)", f"add_months({_DAY}, {_DAYS})",
        ),
        Macro("date_key(d)", "INTEGER: yyyymmdd", *[
            f"cast(year({_DAY}) * 10000 + month({_DAY}) * 100 + day({_DAY}) as int)"] * 2),
        Macro("iso_weekday(d)", "BIGINT: 1 (Monday) to 7", f"isodow({_DAY})", f"cast(weekday({_DAY}) + 1 as bigint)"),
        Macro("iso_week(d)", "BIGINT: 1 to 53", f"week({_DAY})", f"cast(weekofyear({_DAY}) as bigint)"),
        Macro("iso_year(d)", "BIGINT: the year that the ISO week belongs to", f"isoyear({_DAY})", f"cast(extract(yearofweek from {_DAY}) as bigint)"),
        Macro("month_name(d)", "VARCHAR: January …", f"monthname({_DAY})", f"date_format({_DAY}, 'MMMM')"),
        Macro("day_name(d)", "VARCHAR: Monday …", f"dayname({_DAY})", f"date_format({_DAY}, 'EEEE')"),
        Macro(
            "start_of(unit, d)", "DATE: the first day of d's 'week' (Monday), 'month', 'quarter' or 'year'",
            f"cast(date_trunc({{unit}}, {_DAY}) as date)", f"trunc({_DAY}, {{unit}})",
        ),
        Macro("epoch_seconds(t)", "BIGINT: whole seconds since 1970", f"cast(floor(epoch({_TIME})) as bigint)", f"unix_seconds(cast({_NTZ} as timestamp_ltz))"),
        Macro(
            "seconds_between(a, b)", "BIGINT: whole seconds from a to b",
            f"date_sub('second', {_START}, {_END})", f"timestampdiff(second, {_START_NTZ}, {_END_NTZ})",
        ),
        Macro(
            "add_seconds(t, n)", "TIMESTAMP: n seconds after t",
            f"({_TIME} + to_seconds({_COUNT}))", f"timestampadd(second, {_COUNT}, {_NTZ})",
        ),
        Macro("first_by(x, o)", "x of the row with the lowest o, also when x is NULL", "arg_min_null({x}, {o})", "min_by({x}, {o})"),
        Macro("last_by(x, o)", "x of the row with the highest o, also when x is NULL", "arg_max_null({x}, {o})", "max_by({x}, {o})"),
    ]
}  # fmt: skip

# Macros whose names SQLGlot takes for functions of other databases.
_TAKEN = {exp.SafeDivide: "safe_divide", exp.AddMonths: "add_months"}


def macro_name(node: Any) -> str | None:
    """Return the macro that a node of a parsed text calls, if it calls one."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else _TAKEN.get(type(node))
    return name if name in MACROS else None


def expand(tree: Any, engine: str) -> Any:
    """Replace every macro call below a parsed text by the engine's own expression.

    >>> import sqlglot
    >>> expand(sqlglot.parse_one("select add_days(day, 1)", read="duckdb"), "duckdb").sql("duckdb")
    'SELECT (cast(day as date) + cast(1 as integer))'

    Raises:
        SqlError: if a macro is called with the wrong number of arguments.
    """
    # Inner calls first: they are arguments of outer ones.
    for node in reversed(list(tree.find_all(exp.Anonymous, *_TAKEN))):
        if name := macro_name(node):
            node.replace(exp.Var(this=_expression(MACROS[name], _arguments(node), engine)))
    return tree


def _arguments(node: Any) -> list[Any]:
    return list(node.expressions) if isinstance(node, exp.Anonymous) else [node.this, node.expression]


def _expression(macro: Macro, arguments: list[Any], engine: str) -> str:
    variadic = macro.name == "surrogate_key"
    names = [f"a{number}" for number in range(len(arguments))] if variadic else macro.parameters
    if len(names) != len(arguments) or not arguments:
        raise SqlError(f"{macro.call} was given {len(arguments)} arguments.")
    template = _key(engine, len(arguments)) if variadic else getattr(macro, engine)
    return str(template.format(**{name: _sql(value, engine) for name, value in zip(names, arguments, strict=True)}))


def _sql(argument: Any, engine: str) -> str:
    text = argument.sql(engine, unsupported_level=ErrorLevel.RAISE)
    return text if isinstance(argument, exp.Column | exp.Literal | exp.Cast | exp.Paren | exp.Var) else f"({text})"
