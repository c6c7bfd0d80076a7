"""Debezium: its change events become rows of a feed."""

from __future__ import annotations

from dataclasses import dataclass

from kedro_faucet.engines import Engine, Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import example_keys
from kedro_faucet.nodes.history.feed.changes import Feed

OPERATION, CHANGED_AT, SEQUENCE = "__op", "__changed_at", "__sequence"
TRANSACTION, ORDER = "__transaction", "__order"
FEED = Feed(CHANGED_AT, OPERATION, SEQUENCE, TRANSACTION, ORDER)
"""What tells a change in the rows that ``Debezium`` gives; none of it is the source's own."""
_MESSAGE = ("status", "ddl", "tableChanges", "databaseName", "message")
"""What has one of these, or a time alone, is a message of another topic: of transactions, of schemas, of writers."""
_HIDDEN = ("__debezium_unavailable_value", "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")


@dataclass(frozen=True)
class Debezium:
    """Make rows of events ``{before, after, op, ts_ms, source}``, also where they are a ``payload``.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> event = '''select {'id': 1, 'name': 'a'} as before, {'id': 1, 'name': 'b'} as after, 'u' as op,
    ...     {'lsn': 7, 'ts_ms': 1359590400500} as source'''
    >>> engine.rows(Debezium().build(engine.sql(event, portable=False)))
    [(1, 'b', 'u', datetime.datetime(2013, 1, 31, 0, 0, 0, 500000), 7, None, None)]

    A change came at ``source.ts_ms`` (else ``ts_ms``); ``source.lsn``, or ``source.pos`` within ``source.file``, orders
    those of one time, and ``transaction.total_order``, or ``source.row``, those of one key in one transaction.
    Tombstones, heartbeats, and messages of transactions, schemas and writers tell of no row, and are left out.

    Raises:
        DataError: if events are of several tables, lack a value, or are no events of Debezium's.
    """

    def build(self, table: Table) -> Table:
        """Return the rows, each with what became of it, when, and in which order."""
        engine = engine_of(table)
        events = _Events(engine, _unwrapped(engine, table))
        events.check()
        return engine.sql(events.told(), events=events.table)


def _unwrapped(engine: Engine, table: Table) -> Table:
    """Return the events without the schema that each may have beside it."""
    if "payload" not in table.columns:
        return table
    if "op" in table.columns:
        raise DataError(
            "feed: debezium: some events are in a payload, with their schema beside it, and others are not: save each "
            "kind by itself, or select payload.* where it is not NULL in a node before."
        )
    if _fields(engine, table, "payload"):
        return engine.sql("select payload.* from events", events=table)
    if engine.rows(engine.sql("select 1 as one from events where payload is not null limit 1", events=table)):
        raise DataError("feed: debezium: 'payload' is text, no event: write it as an object, as {\"payload\": {…}}.")
    return engine.sql("select cast(null as varchar) as op, cast(null as bigint) as ts_ms from events", events=table)


def _fields(engine: Engine, table: Table, name: str) -> list[str]:
    """Return the fields of a column of objects; none of another, as one without a value is."""
    if not engine.schema(table).get(name, "").startswith("STRUCT"):
        return []
    return list(engine.sql(f"select {name}.* from events", events=table).columns)


class _Events:
    """The events of a table, and what their parts are."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self.engine, self.table, self.columns = engine, table, list(table.columns)
        self.before, self.after, self.source, self.transaction = (
            _fields(engine, table, name) for name in ("before", "after", "source", "transaction")
        )
        self.is_message = "op" not in self.columns and (
            bool({*_MESSAGE} & {*self.columns}) or {*self.columns} <= {"ts_ms", "ts_us", "ts_ns"}
        )
        self.changes = "op is not null and op <> 'm'" if "op" in self.columns else "1 = 0"

    def check(self) -> None:
        """Refuse what is no event, and events that would be misunderstood."""
        if "op" not in self.columns and not self.is_message:
            raise DataError(
                "feed: debezium needs events of before, after, op, ts_ms and source, but 'op' is missing: there are "
                f"{', '.join(self.columns)}."
            )
        if "op" in self.columns:
            rows = [f"{name} is not null" for name in ("before", "after") if name in self.columns]
            self._refuse(f"op is null and ({' or '.join(rows) or '1 = 0'})", "events have a row, but no operation")
            lacking = "after is null" if self.after else "1 = 1"
            self._refuse(f"op in ('c', 'u', 'r') and {lacking}", "events have no row after, or one that is no object")
        if hidden := self._hidden():
            self._refuse(
                hidden,
                "events lack a value that did not change, and PostgreSQL did not tell (TOAST): let the table do so, by "
                "ALTER TABLE … REPLICA IDENTITY FULL; these are such events",
            )
        self._refuse_tables()

    def told(self) -> str:
        """Write the SELECT of what each change says, how it came, when, and in which order."""
        values = [f"{self._value(name)} as {quote(name)}" for name in dict.fromkeys([*self.after, *self.before])]
        has_op = "op" in self.columns
        told = {
            OPERATION: "op" if has_op else "cast(null as varchar)",
            CHANGED_AT: self._time() if has_op else "cast(null as timestamp)",
            SEQUENCE: self._sequence(),
            TRANSACTION: "cast(transaction.id as varchar)" if "id" in self.transaction else "cast(null as varchar)",
            ORDER: self._order(),
        }
        listed = [*values, *(f"{value} as {name}" for name, value in told.items())]
        return f"select {', '.join(listed)} from events where {self.changes}"

    def _refuse(self, condition: str, what: str) -> None:
        """Refuse events of which a condition is true, with their number and five of them."""
        shown = ["op", *(f"source.{name}" for name in ("file", "pos", "lsn", "ts_ms") if name in self.source)]
        query = f"select {', '.join(f'{each} as c{n}' for n, each in enumerate(shown))} from events where {condition}"
        rows = self.engine.rows(self.engine.sql(f"{query} limit 5", events=self.table))
        if rows:
            count = f"select count(*) as n from events where {condition}"
            [(many,)] = self.engine.rows(self.engine.sql(count, events=self.table))
            raise DataError(f"feed: debezium: {many:,} {what} ({', '.join(shown)}): {example_keys(rows, many)}.")

    def _hidden(self) -> str:
        """Return the condition that PostgreSQL left the value of a column of texts out."""
        hidden = ", ".join(map(literal, _HIDDEN))
        return " or ".join(f"after.{quote(name)} in ({hidden})" for name in self._texts())

    def _texts(self) -> list[str]:
        if not self.after:
            return []
        row = self.engine.sql("select after.* from events", events=self.table)
        return [name for name, kind in self.engine.schema(row).items() if kind == "VARCHAR"]

    def _refuse_tables(self) -> None:
        named = [f"source.{quote(name)} as {quote(name)}" for name in ("db", "schema", "table") if name in self.source]
        if "table" not in self.source:
            return
        query = f"select distinct {', '.join(named)} from events where {self.changes} and source.table is not null"
        tables = sorted(self.engine.rows(self.engine.sql(query, events=self.table)), key=str)
        if len(tables) > 1:
            told = [(".".join(str(part) for part in parts if part is not None),) for parts in tables]
            raise DataError(
                f"feed: debezium: the events are of {len(tables)} tables: {example_keys(told, len(told))}. A history "
                "is of one: select the events of each in a node before (where source.table = …)."
            )

    def _value(self, name: str) -> str:
        """A deletion has its row before, all others have it after."""
        old = f"before.{quote(name)}" if name in self.before else "null"
        new = f"after.{quote(name)}" if name in self.after else "null"
        return f"case when op = 'd' then {old} else {new} end"

    def _time(self) -> str:
        told = ["nullif(cast(source.ts_ms as bigint), 0)"] if "ts_ms" in self.source else []  # 0: MySQL's snapshots
        told += ["cast(ts_ms as bigint)"] if "ts_ms" in self.columns else []
        if not told:
            raise DataError("feed: debezium needs the time of each change, ts_ms, in source or beside it.")
        ms = f"coalesce({', '.join(told)})"
        at = f"add_seconds(timestamp '1970-01-01 00:00:00', int_div({ms}, 1000))"
        parts = ", ".join(f"{part}({at})" for part in ("year", "month", "day", "hour", "minute"))
        return f"make_timestamp({parts}, second({at}) + ({ms} % 1000) / 1000.0)"

    def _sequence(self) -> str:
        if "lsn" in self.source:
            return "cast(source.lsn as bigint)"
        if "pos" not in self.source:
            return "cast(0 as bigint)"
        number = "cast(regexp_extract(source.file, '[0-9]+$') as bigint) * 1099511627776 + "
        return f"{number if 'file' in self.source else ''}cast(source.pos as bigint)"

    def _order(self) -> str:
        """Tell what came first within a transaction, and within one event of MySQL's log, where rows follow rows."""
        if "total_order" in self.transaction:
            return "cast(transaction.total_order as bigint)"
        return "cast(source.row as bigint)" if "row" in self.source else "cast(null as bigint)"
