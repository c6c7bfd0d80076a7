"""From the cells of a column to values of a type; what Excel does not hold exactly is refused by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kedro_faucet.engines.files.values import exact
from kedro_faucet.exceptions import DataError, shortened

_EXACT = 2**53
_ZERO = datetime(1899, 12, 31)  # the day of a time of day
Refuse = Callable[[int, str], DataError]
"""Makes the error about a row of the column."""


@dataclass(frozen=True)
class Column:
    """A column of a sheet, its empty cells NULL.

    Args:
        texts: its cells as texts.
        typed: its cells as they are, all of one kind; texts where they are of several.
        numbers: the rows in which a number stands among cells of other kinds.
        refuse: makes the error about a row.
    """

    texts: pa.Array
    typed: pa.Array
    numbers: Sequence[int]
    refuse: Refuse

    def values(self, kind: str | None) -> pa.Array:
        """Return the values in a declared type, or in the one that all of them have.

        Raises:
            DataError: naming the cell that does not hold its value exactly.
        """
        if kind in ("DOUBLE", "FLOAT") and pa.types.is_floating(self.typed.type):
            return self._declared(self.typed.cast(pa.string()), kind) if kind == "FLOAT" else self.typed
        found = self._found()
        if kind is None or pa.types.is_null(found.type):
            return found
        if pa.types.is_integer(found.type) or pa.types.is_floating(found.type):
            return self._declared(self.texts, kind)
        return self._declared(_made(found, "cast(x as varchar)"), kind)

    def _found(self) -> pa.Array:
        kind = self.typed.type
        if self.typed.null_count == len(self.typed):
            return pa.nulls(len(self.typed))
        if pa.types.is_floating(kind) or pa.types.is_integer(kind):
            return self._numbers()
        if pa.types.is_temporal(kind):
            return self._durations() if pa.types.is_duration(kind) else self._times()
        for row in self.numbers:
            self._require_exact(row, float(self.texts[row].as_py()))
        return self.typed

    def _numbers(self) -> pa.Array:
        large = pc.and_(pc.greater_equal(pc.abs(self.typed), _EXACT), pc.equal(pc.floor(self.typed), self.typed))
        if (row := _first(large)) is not None:
            self._require_exact(row, self.typed[row].as_py())
        whole = pc.all(pc.equal(pc.floor(self.typed), self.typed)).as_py()
        return self.typed.cast(pa.int64()) if whole else self.typed

    def _require_exact(self, row: int, number: float) -> None:
        if abs(number) >= _EXACT and number == int(number):
            raise self.refuse(
                row,
                f"{number:.17g} has more digits than Excel keeps of a number (15): the last ones may be others. "
                "Let the sheet hold it as text, or say that it is a DOUBLE below columns:.",
            )

    def _times(self) -> pa.Array:
        times = self.typed.cast(pa.timestamp("us"))
        outside = pc.or_(pc.less(times, pa.scalar(_ZERO, times.type)), pc.greater(pc.year(times), 9999))
        if (row := _first(outside)) is not None:
            raise self.refuse(row, "its number is no date from 1900 to 9999.")
        days = pc.floor_temporal(times, unit="day").cast(pa.date32())
        clock = pc.equal(days, pa.scalar(_ZERO.date()))
        if pc.all(clock).as_py():
            return _made(times, "cast(cast(x as time) as varchar)")
        if (row := _first(clock)) is not None:
            raise self.refuse(row, "a time of day stands among dates: give it a date, or a column of its own.")
        return days if pc.all(pc.equal(days.cast(pa.timestamp("us")), times)).as_py() else times

    def _durations(self) -> pa.Array:
        seconds = (None if each is None else each.total_seconds() for each in self.typed.to_pylist())
        return pa.array([None if each is None else _hours(each) for each in seconds], pa.string())

    def _declared(self, texts: pa.Array, kind: str) -> pa.Array:
        if kind == "VARCHAR":
            return texts
        values = _made(texts, f"cast({exact('x', kind)} as {kind})")
        if (row := _first(pc.and_(pc.is_valid(texts), pc.is_null(values)))) is not None:
            raise self.refuse(row, f"{shortened(texts[row].as_py())!r} is not of type {kind}.")
        return values


def _first(test: Any) -> int | None:
    """Return the first row of which a test is true."""
    row = pc.index(pc.fill_null(test, False), True).as_py()
    return None if row < 0 else int(row)


def _made(values: pa.Array, expression: str) -> pa.Array:
    """Return what DuckDB makes of values, which the expression calls x."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.from_arrow(pa.table({"x": values, "n": pa.array(range(len(values)), pa.int64())}))
        return rows.project(f"{expression} as v, n").order("n").to_arrow_table().column("v").combine_chunks()


def _hours(seconds: float) -> str:
    whole, rest = divmod(abs(seconds), 1)
    minutes, second = divmod(int(whole), 60)
    fraction = f"{rest:.3f}"[1:] if round(rest, 3) else ""
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02}:{second:02}{fraction}"
