"""Portable macros: functions that a SQL text may call and that mean the same on both engines.

Each is written once per engine, in that engine's own SQL: what differs silently under one name has a macro.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import bare_text, fail, integer, raw, sql, tag
from kedro_faucet.exceptions import SqlError, did_you_mean


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
    def integers(self) -> tuple[str, ...]:
        """The arguments that must be integers."""
        return ("a", "b") if self.name == "int_div" else ("n",)

    @property
    def moments(self) -> tuple[str, ...]:
        """The arguments that must be dates or timestamps."""
        return () if self.name in ("int_div", "safe_divide", "surrogate_key") else ("d", "t", "a", "b")

    @property
    def parameters(self) -> list[str]:
        """The names of the arguments."""
        return self.call.removesuffix(")").split("(")[1].split(", ")

    def expand(self, arguments: list[Any], engine: str) -> Any:
        """Return the engine's expression for a call.

        Raises:
            SqlError: if the number of arguments is wrong.
        """
        kinds = [argument.meta.get("family") for argument in arguments]
        values = [sql(argument, engine) for argument in arguments]
        if self.name == "surrogate_key" and values:
            return raw(_key(values, kinds, engine), engine, *values)
        if len(values) != len(self.parameters):
            raise SqlError(f"{self.call} was given {len(values)} arguments.")
        if self.name == "text_of":
            return raw(_text_of(values[0], kinds[0], engine), engine, values[0])
        given = dict(zip(self.parameters, values, strict=True))
        for name, kind in zip(self.parameters, kinds, strict=True):
            if name in self.integers:
                given[name] = integer(given[name], self.name, engine, kind)
        template: str = getattr(self, engine)
        if "zone" in self.parameters:
            template = _of_known_zone(template, arguments[-1], engine)
        return raw(template.format(**given), engine, *values)


@cache
def zones() -> tuple[str, ...]:
    """Return the names of time zones: those of the embedded engine that name a place, and UTC.

    >>> "Europe/Berlin" in zones(), "CET" in zones()
    (True, False)
    """
    import duckdb

    with duckdb.connect() as connection:
        names = [
            name for (name,) in connection.execute("select name from pg_timezone_names() order by name").fetchall()
        ]
    return ("UTC", *(name for name in names if "/" in name and not name.startswith("SystemV/")))


def _of_known_zone(template: str, zone: Any, engine: str) -> str:
    """Return a template that stops at a zone that only one engine would know; one that is written out is looked up now.

    Raises:
        SqlError: with the nearest name.
    """
    if isinstance(zone, exp.Literal):
        if zone.this not in zones():
            hint = did_you_mean(zone.this, zones())
            raise SqlError(f"There is no time zone '{zone.this}': zones are places, as Europe/Berlin, or UTC.{hint}")
        return template
    stop = fail("This is no time zone such as Europe/Berlin or UTC: ", engine, "cast({zone} as string)")
    known = ", ".join(f"'{name}'" for name in zones())
    return f"case when {{zone}} in ({known}) then {template} when {{zone}} is not null then {stop} end"


def _key(values: list[str], kinds: list[str | None], engine: str) -> str:
    """Return 60 bits of an MD5; each value brings its type and length, so that no two lists of values look alike."""
    parts = []
    for value, kind in zip(values, kinds, strict=True):
        whole = bare_text(value, engine, kind)
        part = f"concat({tag(value, engine, kind)}, length({whole}), ':', {whole})"
        parts.append(f"case when {value} is null then 'N' else {part} end")
    digest = f"substr(md5(concat({', '.join(parts)})), 1, 15)"
    return f"cast('0x' || {digest} as bigint)" if engine == "duckdb" else f"cast(conv({digest}, 16, 10) as bigint)"


def _text_of(value: str, kind: str | None, engine: str) -> str:
    whole = bare_text(value, engine, kind)
    return whole if kind else f"case when {tag(value, engine)} is not null then {whole} end"


def _int_div(engine: str) -> str:
    return f"(cast({{a}} as bigint) {'//' if engine == 'duckdb' else 'div'} nullif(cast({{b}} as bigint), 0))"


_DAY, _FROM, _TO = (f"cast({{{name}}} as date)" for name in "dab")
_TIME, _START, _END = (f"cast({{{name}}} as timestamp)" for name in "tab")
_NTZ, _START_NTZ, _END_NTZ = (f"cast({{{name}}} as timestamp_ntz)" for name in "tab")
_DAYS, _COUNT = "cast({n} as integer)", "cast({n} as bigint)"
_QUOTIENT = "(cast({a} as double) / nullif(cast({b} as double), 0))"
_YYYYMMDD = f"cast(year({_DAY}) * 10000 + month({_DAY}) * 100 + day({_DAY}) as int)"

_LOCAL, _LOCAL_NTZ = "timezone({zone}, timezone('UTC', {t}))", "convert_timezone('UTC', {zone}, {t})"
_UTC = f"timezone('UTC', timezone({{zone}}, {_TIME}))"
# Of two hours that a clock strikes DuckDB takes the second, Spark the first, which has the offset of a day before.
_BEFORE = f"({_UTC} - interval 1 day)"
_FIRST = f"({_BEFORE} + ({_TIME} - {_LOCAL.replace('{t}', _BEFORE)}))"
_EARLIER = f"{_FIRST} < {_UTC} and {_LOCAL.replace('{t}', _FIRST)} = {_TIME}"
_OFFSET = (
    "[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,6}})?)?"
    "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
)


def _utc_of(engine: str) -> str:
    whole = "cast({s} as string)"
    matches = f"regexp_full_match({whole}, '{_OFFSET}')" if engine == "duckdb" else rf"{whole} rlike r'^({_OFFSET})\z'"
    utc = f"timezone('UTC', try_cast({whole} as timestamptz))" if engine == "duckdb" else _spark_utc(whole)
    stop = fail("This text is no time with an offset, as 2013-01-31T10:20:30+02:00 or …Z: ", engine, whole)
    return f"case when {{s}} is not null then coalesce(case when {matches} then {utc} end, {stop}) end"


def _spark_utc(whole: str) -> str:
    """Return the time less its offset: Spark's own cast wants seconds, and a colon in the offset."""
    local = f"regexp_extract({whole}, r'^(.{{{{16,26}}}}?)(Z|[+-])', 1)"
    offset = f"replace(replace(substring({whole}, length({local}) + 1), ':', ''), 'Z', '+0000')"
    minutes = f"concat(substring({offset}, 1, 1), rpad(substring({offset}, 4, 2), 2, '0'))"
    shift = f"cast(substring({offset}, 1, 3) as int) * 60 + cast({minutes} as int)"
    return f"timestampadd(minute, -({shift}), try_cast({local} as timestamp_ntz))"


_LIST = [
    Macro("surrogate_key(a, …)", "BIGINT: 60 bits of an MD5 over the values and their types; NULL is a value", "", ""),
    Macro("text_of(x)", "VARCHAR: a value as text, a decimal without trailing zeros", "", ""),
    Macro("int_div(a, b)", "BIGINT: the quotient towards zero, NULL where b is zero",
          _int_div("duckdb"), _int_div("spark")),
    Macro("safe_divide(a, b)", "DOUBLE: the quotient, NULL where b is zero", _QUOTIENT, _QUOTIENT),
    Macro("isfinite(x)", "BOOLEAN: whether x is neither infinite nor NaN",
          "isfinite({x})", "(abs(cast({x} as double)) < double('infinity'))"),
    Macro("days_between(a, b)", "BIGINT: days from a to b",
          f"date_diff('day', {_FROM}, {_TO})", f"cast(datediff({_TO}, {_FROM}) as bigint)"),
    Macro("seconds_between(a, b)", "BIGINT: whole seconds from a to b",
          f"date_sub('second', {_START}, {_END})", f"timestampdiff(second, {_START_NTZ}, {_END_NTZ})"),
    Macro("add_days(d, n)", "DATE: n days after d", f"({_DAY} + {_DAYS})", f"date_add({_DAY}, {_DAYS})"),
    Macro("add_months(d, n)", "DATE: n months after d, at most the month's last day",
          f"cast({_DAY} + to_months({_DAYS}) as date)", f"add_months({_DAY}, {_DAYS})"),
    Macro("add_seconds(t, n)", "TIMESTAMP: n seconds after t",
          f"case when {_TIME} is not null then {_TIME} + to_seconds({_COUNT}) end",
          f"timestampadd(second, {_COUNT}, {_NTZ})"),
    Macro("start_of(unit, d)", "DATE: the first day of d's 'week' (a Monday), 'month', 'quarter' or 'year'",
          f"cast(date_trunc({{unit}}, {_DAY}) as date)", f"trunc({_DAY}, {{unit}})"),
    Macro("date_key(d)", "INTEGER: yyyymmdd", _YYYYMMDD, _YYYYMMDD),
    Macro("iso_weekday(d)", "BIGINT: 1 (Monday) to 7", f"isodow({_DAY})", f"cast(weekday({_DAY}) + 1 as bigint)"),
    Macro("iso_week(d)", "BIGINT: 1 to 53", f"week({_DAY})", f"cast(weekofyear({_DAY}) as bigint)"),
    Macro("iso_year(d)", "BIGINT: the year that d's ISO week belongs to",
          f"isoyear({_DAY})", f"cast(extract(yearofweek from {_DAY}) as bigint)"),
    Macro("month_name(d)", "VARCHAR: January …", f"monthname({_DAY})", f"date_format({_DAY}, 'MMMM')"),
    Macro("day_name(d)", "VARCHAR: Monday …", f"dayname({_DAY})", f"date_format({_DAY}, 'EEEE')"),
    Macro("epoch_seconds(t)", "BIGINT: whole seconds since 1970",
          f"date_diff('second', timestamp '1970-01-01', {_TIME})", f"unix_seconds(cast({_NTZ} as timestamp_ltz))"),
    Macro("utc_of(s)", "TIMESTAMP: a text such as 2013-01-31T10:20:30+02:00, or with Z, in UTC",
          _utc_of("duckdb"), _utc_of("spark")),
    Macro("at_zone(t, zone)", "TIMESTAMP: the local time of a zone such as 'Europe/Berlin' at t, a time in UTC",
          _LOCAL.replace("{t}", _TIME), _LOCAL_NTZ.replace("{t}", _NTZ)),
    Macro("from_zone(t, zone)", "TIMESTAMP: the time in UTC at t, a local time of the zone",
          f"case when {_EARLIER} then {_FIRST} else {_UTC} end", f"convert_timezone({{zone}}, 'UTC', {_NTZ})"),
    Macro("first_by(x, o)", "x of the row with the lowest o, NULL or not",
          "arg_min_null({x}, {o})", "min_by({x}, {o})"),
    Macro("last_by(x, o)", "x of the row with the highest o, NULL or not",
          "arg_max_null({x}, {o})", "max_by({x}, {o})"),
]  # fmt: skip
MACROS: dict[str, Macro] = {macro.name: macro for macro in _LIST}

# Names that SQLGlot takes for functions of other databases.
_TAKEN = {exp.SafeDivide: "safe_divide", exp.AddMonths: "add_months"}
FORMS = (exp.Anonymous, *_TAKEN)
"""SQLGlot's classes for a macro's call."""


def macro_of(node: Any) -> Macro | None:
    """Return the macro that a node of a parsed text calls, if it calls one."""
    return MACROS.get(node.name.lower() if type(node) is exp.Anonymous else _TAKEN.get(type(node), ""))


def arguments(node: Any) -> list[Any]:
    """Return the arguments of a macro's call."""
    return list(node.expressions) if isinstance(node, exp.Anonymous) else [node.this, node.expression]
