"""Debezium: its change events become rows of a feed."""

from __future__ import annotations

from dataclasses import dataclass

from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.feed import Feed

OPERATION, CHANGED_AT, SEQUENCE = "__op", "__changed_at", "__sequence"
FEED = Feed(CHANGED_AT, OPERATION, SEQUENCE)
"""What tells a change in the rows that ``Debezium`` gives; none of it is the source's own."""


@dataclass(frozen=True)
class Debezium:
    """Make rows of events ``{before, after, op, ts_ms, source}``, also where they are a ``payload``.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> event = '''select {'id': 1, 'name': 'a'} as before, {'id': 1, 'name': 'b'} as after, 'u' as op,
    ...     {'lsn': 7, 'ts_ms': 1359590400500} as source'''
    >>> engine.rows(Debezium().build(engine.sql(event, portable=False)))
    [(1, 'b', 'u', datetime.datetime(2013, 1, 31, 0, 0, 0, 500000), 7)]

    A change came at ``source.ts_ms`` (else ``ts_ms``); ``source.lsn``, or ``source.pos`` within ``source.file``, orders
    those of one time. A line without an operation, as a tombstone is, tells nothing.

    Raises:
        DataError: if a column that an event has is missing.
    """

    def build(self, table: Table) -> Table:
        """Return the rows, each with what became of it, when, and in which order."""
        engine = engine_of(table)
        if "payload" in table.columns:
            table = engine.sql("select payload.* from events", events=table)
        before, after, source = (_fields(engine, table, name) for name in ("before", "after", "source"))
        missing = [] if before or after else ["after"]
        missing += [] if "op" in table.columns else ["op"]
        if missing:
            raise DataError(
                f"feed: debezium needs events of before, after, op, ts_ms and source, but '{missing[0]}' is missing or "
                f"no object: there are {', '.join(table.columns)}."
            )
        values = [f"{_value(name, before, after)} as {quote(name)}" for name in dict.fromkeys([*after, *before])]
        told = [
            f"op as {OPERATION}",
            f"{_time(source, table.columns)} as {CHANGED_AT}",
            f"{_order(source)} as {SEQUENCE}",
        ]
        return engine.sql(f"select {', '.join([*values, *told])} from events where op is not null", events=table)


def _fields(engine: Engine, table: Table, name: str) -> list[str]:
    """Return the fields of a column of objects; none of another, as one without a value is."""
    if not engine.schema(table).get(name, "").startswith("STRUCT"):
        return []
    return list(engine.sql(f"select {name}.* from events", events=table).columns)


def _value(name: str, before: list[str], after: list[str]) -> str:
    """A deletion has its row before, all others have it after."""
    old = f"before.{quote(name)}" if name in before else "null"
    new = f"after.{quote(name)}" if name in after else "null"
    return f"case when op = 'd' then {old} else {new} end"


def _time(source: list[str], columns: list[str]) -> str:
    if "ts_ms" not in source and "ts_ms" not in columns:
        raise DataError("feed: debezium needs the time of each change, ts_ms, in source or beside it.")
    ms = "cast(source.ts_ms as bigint)" if "ts_ms" in source else "cast(ts_ms as bigint)"
    at = f"add_seconds(timestamp '1970-01-01 00:00:00', int_div({ms}, 1000))"
    parts = ", ".join(f"{part}({at})" for part in ("year", "month", "day", "hour", "minute"))
    return f"make_timestamp({parts}, second({at}) + ({ms} % 1000) / 1000.0)"


def _order(source: list[str]) -> str:
    if "lsn" in source:
        return "cast(source.lsn as bigint)"
    if "pos" not in source:
        return "cast(0 as bigint)"
    file = "cast(regexp_extract(source.file, '[0-9]+$') as bigint) * 1099511627776 + " if "file" in source else ""
    return f"{file}cast(source.pos as bigint)"
