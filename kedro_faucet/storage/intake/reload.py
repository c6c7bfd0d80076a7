"""A range of a source loaded again: what the target has of it is replaced, in one step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.change import Change
from kedro_faucet.storage.merge import require_columns
from kedro_faucet.storage.modes import Writer
from kedro_faucet.storage.schema import together

_DATE = r"\d{4}(?:-\d\d(?:-\d\d)?)?"


@dataclass(frozen=True)
class Range:
    """Values of a cursor from one on, up to another that is not in it.

    >>> Range.of("2024-01")
    Range(start=datetime.date(2024, 1, 1), end=datetime.date(2024, 2, 1))
    >>> Range.of("2024-01-30..2024-02")
    Range(start=datetime.date(2024, 1, 30), end=datetime.date(2024, 3, 1))
    >>> Range.of("n100..200")
    Range(start=100, end=201)
    """

    start: date | int
    end: date | int

    @classmethod
    def of(cls, text: str) -> Range:
        """Read a year, month or day, or two of them, or numbers after an n.

        Raises:
            ResourceError: if it is none of these.
        """
        first, _, last = text.partition("..")
        try:
            if numbers := re.fullmatch(r"n(-?\d+)\.\.(-?\d+)", text):
                found = cls(int(numbers[1]), int(numbers[2]) + 1)
            else:
                found = cls(_day(first), _after(last or first))
        except ValueError:
            raise _not_read(text) from None
        if found.start >= found.end:  # type: ignore[operator]  # both are of one kind
            raise _not_read(text)
        return found

    def condition(self, cursor: str) -> str:
        """Return the SQL condition on a cursor."""
        return f"({quote(cursor)} >= {literal(self.start)} and {quote(cursor)} < {literal(self.end)})"


def _not_read(text: str) -> ResourceError:
    return ResourceError(
        f"faucet.reload={text} is no range: write a year, month or day (2024, 2024-01, 2024-01-31), two of them "
        "(2024-01..2024-03), or numbers (n100..200)."
    )


def _day(text: str) -> date:
    if not re.fullmatch(_DATE, text):
        raise ValueError(text)
    return date.fromisoformat(f"{text}-01-01"[:10])


def _after(text: str) -> date:
    """Return the day after a year, month or day."""
    first = _day(text)
    if len(text) == 10:
        return first + timedelta(days=1)
    return date(first.year + 1, 1, 1) if len(text) == 4 or first.month == 12 else date(first.year, first.month + 1, 1)


def again(engine: Engine, old: Table | None, new: Table, cursor: str, which: Range) -> Table:
    """Return the rows of a source that are in a range.

    Args:
        engine: whose tables they are.
        old: the table as it is.
        new: the source.
        cursor: the column that the range is of.
        which: the range.

    Raises:
        DataError: if a table lacks the cursor, or it is not of the range's kind.
    """
    for table in (new, old):
        if table is not None:
            require_columns(table, [cursor])
    kind = engine.schema(new)[cursor]
    if kind.startswith(("DATE", "TIMESTAMP")) != isinstance(which.start, date | datetime):
        raise DataError(f"The cursor '{cursor}' is {kind}: another kind than faucet.reload's range is of.")
    return engine.persist(engine.sql(f"select * from source where {which.condition(cursor)}", source=new))


def reload(engine: Engine, old: Table | None, rows: Table, cursor: str, which: Range, write: Writer) -> Change | None:
    """Return the table with a range of it replaced by the source's rows of that range.

    Args:
        engine: whose tables they are.
        old: the table as it is.
        rows: of the source, those of the range.
        cursor: the column that the range is of.
        which: the range.
        write: the write mode, by which the rows come into what is left: a merge refuses and chooses as ever.

    Raises:
        DataError: if rows are refused.
    """
    if old is None:
        return write(engine, None, rows)
    kept = engine.sql(f"select * from target where not coalesce({which.condition(cursor)}, false)", target=old)
    found = write(engine, kept, rows)
    if found is None:
        return Change("overwrite", kept)
    return Change("overwrite", together(engine, kept, found.table) if found.mode == "append" else found.table)
