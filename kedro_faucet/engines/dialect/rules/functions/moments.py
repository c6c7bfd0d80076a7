"""Times made of numbers."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import fail, raw, sql
from kedro_faucet.engines.dialect.rule import refuses, rewrites
from kedro_faucet.engines.dialect.subset.refusals import refuse

_PARTS = ("year", "month", "day", "hour", "min", "sec")


@refuses(exp.TimestampFromParts)
def parts(node: Any) -> None:
    """A time is made of six numbers."""
    if {name for name, value in node.args.items() if value} != set(_PARTS):
        refuse(node, "make_timestamp of other parts", "make_timestamp(y, m, d, h, mi, s)")


@rewrites(exp.TimestampFromParts)
def made(node: Any, engine: str) -> Any:
    """A time is its date and its microseconds, rounded alike: DuckDB takes 24 hours, Spark seconds as decimals."""
    year, month, day, hour, minute, second = (sql(node.args[name], engine) for name in _PARTS)
    date, seconds = f"make_date({year}, {month}, {day})", f"cast({second} as double)"
    micros = f"((cast({hour} as bigint) * 60 + {minute}) * 60000000 + cast(round({seconds} * 1e6) as bigint))"
    moment = f"(cast({date} as timestamp) + to_microseconds({micros}))"
    if engine == "spark":
        moment = f"timestampadd(microsecond, {micros}, cast({date} as timestamp_ntz))"
    holds = f"{hour} between 0 and 23 and {minute} between 0 and 59 and {seconds} >= 0 and {seconds} < 60"
    given = f"{hour} is not null and {minute} is not null and {second} is not null"
    stop = fail("make_timestamp takes hours to 23, minutes to 59 and seconds below 60", engine)
    return raw(f"case when {holds} then {moment} when {given} then {stop} end", engine, hour, minute, second)
