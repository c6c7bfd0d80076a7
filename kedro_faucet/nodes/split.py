"""Split: a table that holds many snapshots becomes its snapshots, in the order of their times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.history import Snapshot


@dataclass(frozen=True)
class Split:
    """Split a table into one snapshot for each value of a column.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> fleet = engine.sql("select 1 as plane, date '2013-01-31' as taken union all select 1, date '2013-02-28'")
    >>> [snapshot.at.month for snapshot in Split("taken").build(fleet)]
    [1, 2]

    Args:
        at: the column that holds the time of each snapshot: a date or a timestamp.

    Raises:
        DataError: if the column is missing, holds no times, or is NULL in a row.
    """

    at: str

    def build(self, table: Table) -> Iterator[Snapshot]:
        """Yield the snapshots, oldest first, each without the column; the table is read once."""
        engine = engine_of(table)
        self._check(engine.schema(table))
        with engine.scratch():
            stored = engine.persist(table)
            times = [at for (at,) in engine.rows(engine.sql(self.times(), source=stored))]
            if None in times:
                raise DataError(f"Some rows have no '{self.at}': no snapshot can be told for them.")
            for at in sorted(times):
                moment = at if isinstance(at, datetime) else datetime.combine(at, time())
                yield Snapshot(engine.sql(self.sql(at), source=stored), moment)

    def times(self) -> str:
        """Return the SQL for the times of the snapshots."""
        return f"select distinct {quote(self.at)} as taken from source"

    def sql(self, at: date | None = None) -> str:
        """Return the SQL of one snapshot; without a time, as a preview shows it."""
        value = literal(at) if at else f":{self.at}"
        return f"select * exclude ({quote(self.at)}) from source where {quote(self.at)} = {value}"

    def _check(self, schema: dict[str, str]) -> None:
        if self.at not in schema:
            listed = ", ".join(schema)
            raise DataError(f"No column '{self.at}' among {listed}.{did_you_mean(self.at, schema)}")
        if schema[self.at] not in ("DATE", "TIMESTAMP"):
            raise DataError(
                f"Column '{self.at}' tells the time of a snapshot, but is {schema[self.at]}: declare it as TIMESTAMP."
            )
