"""Rows out of a text or a series."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.families.families import INTEGER, NULL, TIMES, named
from kedro_faucet.engines.dialect.families.values import family
from kedro_faucet.engines.dialect.generator.guards import raw, sql
from kedro_faucet.engines.dialect.generator.patterns import matches_nothing
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_UNITS = ("week", "day", "hour", "minute", "second")


@refuses(exp.Split)
def separator(node: Any) -> None:
    """A text is split by one that is written out: by an empty one, the engines make different letters."""
    given = node.expression
    if not (isinstance(given, exp.Literal) and given.is_string and given.this):
        refuse(node, "string_split by a computed or empty text", "string_split(s, ',')")


@refuses(exp.RegexpExtractAll)
def matches(node: Any) -> None:
    """All matches are whole ones of a letter or more: of a group that has none, DuckDB gives NULL and Spark ''."""
    group = node.args.get("group")
    if group is not None and group.name != "0":
        refuse(node, "regexp_extract_all of a group", "regexp_extract_all(s, '…'), and regexp_extract of each")
    if matches_nothing(node.expression.name):
        refuse(node, "regexp_extract_all by a pattern that matches the empty text", "+ instead of *")


@refuses(exp.GenerateSeries)
def step(node: Any) -> None:
    """A step is a written number that is not 0, or an interval without months, and not backwards: Spark's end early."""
    given = node.args.get("step")
    if isinstance(given, exp.Interval):
        unit = str(given.args.get("unit") or "").lower().removesuffix("s")
        if unit not in _UNITS:
            refuse(
                node,
                f"a series by an interval of {unit or 'several units'}",
                "add_months(d, n) of a series of integers",
            )
        if not given.name.isdigit() or not int(given.name):
            refuse(node, "a series by an interval backwards, or of 0", "interval 1 day, and order by n desc")
    elif given is not None and not _number(given):
        refuse(node, "a series by a computed step, or by 0", "generate_series(1, 10, 2): a number that is written out")


def _number(node: Any) -> int | None:
    """Return an integer that is written out."""
    value, sign = (node.this, -1) if isinstance(node, exp.Neg) else (node, 1)
    return sign * int(value.this) if isinstance(value, exp.Literal) and value.this.isdigit() else None


@refuses(exp.GenerateSeries)
def bounds(node: Any) -> None:
    """A series is of integers, or of times by an interval."""
    by_time = isinstance(node.args.get("step"), exp.Interval)
    wanted = TIMES if by_time else (INTEGER,)
    for bound in (node.args["start"], node.args["end"]):
        if family(bound) not in (None, NULL, *wanted):
            hint = "dates or timestamps" if by_time else "integers, or dates and an interval: interval 1 day"
            refuse(node, f"a series of {named(family(bound))}", hint)


@rewrites(exp.GenerateSeries)
def series(node: Any, engine: str) -> Any:
    """A series whose end comes before its start is empty, one of times has timestamps: Spark counts down, and stops."""
    start, end = sql(node.args["start"], engine), sql(node.args["end"], engine)
    given = node.args.get("step")
    if isinstance(given, exp.Interval):
        kind = "timestamp" if engine == "duckdb" else "timestamp_ntz"
        start, end = f"cast({start} as {kind})", f"cast({end} as {kind})"
    if engine == "duckdb":
        called = "range" if node.args.get("is_end_exclusive") else "generate_series"
        return raw(f"{called}({start}, {end}{'' if given is None else f', {sql(given, engine)}'})")
    return raw(_sequence(node, start, end), engine, start, end)


def _sequence(node: Any, start: str, end: str) -> str:
    given, open_end = node.args.get("step"), node.args.get("is_end_exclusive")
    by_time = isinstance(given, exp.Interval)
    by = sql(given, "spark") if by_time else str(1 if given is None else _number(given))
    down = by.startswith("-")
    least = "interval 1 microsecond" if by_time else "1"
    last = f"{end} {'+' if down else '-'} {least}" if open_end else end
    holds = f"{start} {'>' if down else '<'}{'' if open_end else '='} {end}"
    return f"case when {holds} then sequence({start}, {last}, {by}) else array() end"


@rewrites(exp.Split, engine="spark")
def split(node: Any, engine: str) -> Any:
    """A text is split by another one as it is: Spark splits by a pattern."""
    pattern = re.sub(r"([^\w\s]|_)", r"\\\1", node.expression.this)
    return raw(f"split({sql(node.this, engine)}, {sql(exp.Literal.string(pattern), engine)})")
