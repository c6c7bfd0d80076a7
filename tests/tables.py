"""Small tables for the tests of storage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from kedro_faucet.engines import Engine, Table

SCHEMA = pa.schema([("k", pa.int64()), ("t", pa.timestamp("us")), ("v", pa.string())])


def at(day: int | None) -> datetime | None:
    """A time that many days after the first of January 2013."""
    return None if day is None else datetime(2013, 1, 1) + timedelta(days=day)


def table(engine: Engine, *rows: tuple[int | None, int | None, str | None]) -> Table:
    """A table of (key, day, value)."""
    arrays = [[row[0] for row in rows], [at(row[1]) for row in rows], [row[2] for row in rows]]
    return engine.from_frame(pa.table(arrays, schema=SCHEMA))


def frame(engine: Engine, **columns: Iterable[Any]) -> Table:
    """A table of named columns, as Arrow infers their types."""
    return engine.from_frame(pa.table({name: pa.array(values) for name, values in columns.items()}))


def rows_of(engine: Engine, found: Table) -> list[tuple[Any, ...]]:
    """All rows, sorted, NULLs first."""
    return sorted(engine.rows(found), key=lambda row: [(value is not None, value) for value in row])
