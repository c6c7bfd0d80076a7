"""Dates and times: their parts, steps and differences, as texts, from texts and from numbers."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import (
    BOOLEAN,
    DATE,
    INTEGER,
    INTERVAL,
    NULL,
    TEXT,
    TIMES,
    named,
)
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.formats import java_read, java_written, read_pattern, unreadable, unwritable
from kedro_faucet.engines.dialect.generator.guards import fail, in_years, raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.rules.values.numbers import refuse_arithmetic
from kedro_faucet.engines.dialect.subset.refusals import refuse

_PARTS = ("year", "quarter", "month", "day", "doy", "hour", "minute", "second")
_OF_TIME = ("year", "month", "day", "hour", "min", "sec")
_PART_HINTS = {
    **dict.fromkeys(("dow", "isodow", "dayofweek", "weekday"), "iso_weekday(d)"),
    "week": "iso_week(d)",
    "isoyear": "iso_year(d)",
    "epoch": "epoch_seconds(t)",
}
_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")
_INTERVAL_HINT = "interval 3 month, k * interval 1 day, or add_days(d, k), add_seconds(t, k)"


@refuses(exp.Extract)
def part_of(node: Any) -> None:
    """A part of a date is one that both engines count alike: Spark's week begins on a Sunday."""
    part = node.name.lower()
    if part not in _PARTS:
        refuse(node, f"extract({part} from …)", _PART_HINTS.get(part, ""))


@refuses(exp.Interval)
def interval(node: Any) -> None:
    """An interval is a whole number of one unit that is added: there is none by itself in a table."""
    unit, count = str(node.args.get("unit") or "").lower().removesuffix("s"), node.this
    if unit and (unit not in _UNITS or not (isinstance(count, exp.Literal) and count.this.lstrip("-").isdigit())):
        refuse(node, "an interval by a computed number, a fraction or another unit", _INTERVAL_HINT)
    child, parent = node, node.parent
    while isinstance(parent, exp.Mul | exp.Paren):
        child, parent = parent, parent.parent
    added = isinstance(parent, exp.Add | exp.Sub) and child.arg_key == "expression"
    steps = isinstance(parent, exp.GenerateSeries) and child.arg_key == "step"
    if not (added or steps or isinstance(parent, exp.WindowSpec)):
        refuse(node, "an interval by itself", "t + interval 1 day, or add_days(d, n), add_seconds(t, n)")
    if not unit:
        refuse(node, "an interval of several units", "one interval a unit")


@refuses(exp.TimeToStr, exp.StrToTime)
def format_of(node: Any) -> None:
    """A format of dates is written out, in words that both engines have; a text that is read has the whole date."""
    given = node.args["format"]
    if not isinstance(given, exp.Literal):
        refuse(node, "a format of dates that is computed", "a format that is written out")
    instead = unreadable(given.this) if isinstance(node, exp.StrToTime) else unwritable(given.this)
    if instead:
        refuse(node, f"the format of dates '{given.this}'", instead)


@refuses(exp.TimestampTrunc)
def truncation(node: Any) -> None:
    """A time is cut to a unit that both engines have: of another one Spark makes NULL."""
    if node.args["unit"].name.lower() not in (*_UNITS, "quarter"):
        refuse(node, "date_trunc by another or a computed unit", "date_trunc('hour', t)")


@refuses(exp.Add, exp.Sub)
def addition(node: Any) -> None:
    """Added are numbers, an interval to a time, an integer to a date; subtracted also a date from a date."""
    pair = (family(node.this), family(node.expression))
    if None in pair or INTERVAL in pair or (NULL in pair and not {*pair} & {TEXT, BOOLEAN}):
        return
    minus = isinstance(node, exp.Sub)
    if not {*pair} & {*TIMES}:
        refuse_arithmetic(node)
    elif minus and set(pair) <= set(TIMES) and pair != (DATE, DATE):
        refuse(node, "a difference of timestamps", "seconds_between(a, b) or days_between(a, b)")
    elif pair != (DATE, INTEGER) and not (minus and pair == (DATE, DATE)):
        what = f"{named(pair[0])} {'-' if minus else '+'} {named(pair[1])}"
        refuse(node, what, "add_days(d, n) or add_seconds(t, n)")


@rewrites(exp.Extract, engine="duckdb")
def extracted(node: Any, engine: str) -> Any:
    """A part of a date is a BIGINT: of a NULL that is written out it is a DOUBLE, so that a text of it has a point."""
    return node if isinstance(node.expression, exp.Column) else raw(f"cast({node.sql(engine)} as bigint)")


@rewrites(exp.Extract, engine="spark")
def second(node: Any, engine: str) -> Any:
    """A second is an integer: what Spark extracts has a fraction."""
    return raw(f"second({sql(node.expression, engine)})") if node.name.lower() == "second" else node


@rewrites(exp.TimestampTrunc, engine="spark")
def truncated(node: Any, engine: str) -> Any:
    """A time that is cut to a unit has no zone: Spark's has one."""
    return raw(f"cast({node.sql(engine)} as timestamp_ntz)")


@rewrites(exp.Add, exp.Sub)
def moved(node: Any, engine: str) -> Any:
    """A date and an interval make a TIMESTAMP, a date less a date days: a date and an interval on Spark."""
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


@rewrites(exp.TimeToStr)
def written(node: Any, engine: str) -> Any:
    """A date as text has a year of four digits: others are written differently, so that they stop."""
    value = sql(node.this, engine)
    plain = f"strftime({value}, '{_format(node)}')"
    if engine == "spark":
        plain = f'date_format({value}, "{java_written(_format(node))}")'
    return raw(in_years(value, plain, engine), engine, value)


@rewrites(exp.StrToTime)
def read(node: Any, engine: str) -> Any:
    """A text is read where it has the written form: each engine reads more, each others; tried, they are NULL."""
    value, format, tries = sql(node.this, engine), _format(node), "try_" if node.args.get("safe") else ""
    matches = f"regexp_full_match({value}, '{read_pattern(format)}')"
    parsed = f"{tries}strptime({value}, '{format}')"
    if engine == "spark":
        matches = rf"{value} rlike r'^({read_pattern(format)})\z'"
        parsed = f'cast({tries}to_timestamp({value}, "{java_read(format)}") as timestamp_ntz)'
    if tries:
        return raw(f"case when {matches} then {parsed} end")
    stop = fail(f"This text is not of the form {format} that both engines read alike: ", engine, value)
    return raw(f"case when {matches} then {parsed} when {value} is not null then {stop} end", engine, value)


def _format(node: Any) -> str:
    return str(node.args["format"].this)


@refuses(exp.TimestampFromParts)
def from_parts(node: Any) -> None:
    """A time is made of six numbers."""
    if {name for name, value in node.args.items() if value} != set(_OF_TIME):
        refuse(node, "make_timestamp of other parts", "make_timestamp(y, m, d, h, mi, s)")


@rewrites(exp.TimestampFromParts)
def made_of_parts(node: Any, engine: str) -> Any:
    """A time is its date and its microseconds, rounded alike: DuckDB takes 24 hours, Spark seconds as decimals."""
    year, month, day, hour, minute, second = (sql(node.args[name], engine) for name in _OF_TIME)
    date, seconds = f"make_date({year}, {month}, {day})", f"cast({second} as double)"
    micros = f"((cast({hour} as bigint) * 60 + {minute}) * 60000000 + cast(round({seconds} * 1e6) as bigint))"
    moment = f"(cast({date} as timestamp) + to_microseconds({micros}))"
    if engine == "spark":
        moment = f"timestampadd(microsecond, {micros}, cast({date} as timestamp_ntz))"
    holds = f"{hour} between 0 and 23 and {minute} between 0 and 59 and {seconds} >= 0 and {seconds} < 60"
    given = f"{hour} is not null and {minute} is not null and {second} is not null"
    stop = fail("make_timestamp takes hours to 23, minutes to 59 and seconds below 60", engine)
    return raw(f"case when {holds} then {moment} when {given} then {stop} end", engine, hour, minute, second)
