"""Increments: which rows of a source are new is asked of the target itself, so that there is no state to lose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.merge import require_columns

_ORDERED = ("DATE", "TIMESTAMP", "INTEGER", "DECIMAL")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Incremental:
    """Take only the rows whose cursor is at least the target's highest, less the lookback.

    >>> Incremental("loaded_at", "2d").bound(date(2013, 1, 31))
    datetime.date(2013, 1, 29)

    Args:
        cursor: a column that grows as rows are added or changed, such as a time of loading.
        lookback: how far to look back for rows that came late: ``30m``, ``2d``, ``1w``, or a number.
        inclusive: whether rows equal to the highest are taken again (a merge knows them; an append would double them).
    """

    cursor: str
    lookback: str | int | None = None
    inclusive: bool = True

    def __post_init__(self) -> None:
        """Refuse a lookback that nobody understands, and one that would double rows."""
        _span(self.lookback)
        if self.lookback and not self.inclusive:
            raise ResourceError("A lookback reads rows again, and mode: append would double them: use mode: merge.")

    def filter(self, engine: Engine, old: Table | None, new: Table) -> Table:
        """Return the rows of the source that the target may not have yet; lazy, so that the source filters.

        Raises:
            DataError: if a table lacks the cursor, it is neither a time nor an exact number, or it is NULL where an
                append could not tell such a row from one that it has.
        """
        require_columns(new, [self.cursor])
        self._refuse_unfit(engine, new)
        highest = self._highest(engine, old)
        if highest is None:
            return new if self.inclusive else self._known(engine, new)
        # A row without a cursor is nobody's increment: it is taken each time rather than lost.
        found = engine.since(new, self.cursor, self.bound(highest), inclusive=self.inclusive)
        # The rows are looked at and then taken: a source is asked for them once.
        return found if self.inclusive else self._known(engine, engine.persist(found))

    def _highest(self, engine: Engine, old: Table | None) -> Any:
        if old is None:
            return None
        require_columns(old, [self.cursor])
        [(highest,)] = engine.rows(engine.sql(f"select max({quote(self.cursor)}) as highest from target", target=old))
        return highest

    def _refuse_unfit(self, engine: Engine, new: Table) -> None:
        kind = engine.schema(new)[self.cursor]
        if not kind.endswith("INT") and not kind.startswith(_ORDERED):
            raise DataError(
                f"The cursor '{self.cursor}' is {kind}: a cursor is a date, a timestamp, an integer or a decimal. "
                "Declare its type in load_args: columns:, or cast it in a SQL node."
            )

    def _known(self, engine: Engine, rows: Table) -> Table:
        """Return rows whose cursor is known, as an append needs it."""
        unknown = f"select 1 as n from source where {quote(self.cursor)} is null limit 1"
        if engine.rows(engine.sql(unknown, source=rows)):
            raise DataError(
                f"The cursor '{self.cursor}' is NULL in incoming rows, and mode: append cannot tell whether it has "
                "them: use mode: merge, or leave them out in a SQL node."
            )
        return rows

    def bound(self, highest: Any) -> Any:
        """Return the lowest cursor that a save takes.

        Raises:
            DataError: if the lookback does not fit the cursor's type.
        """
        if self.lookback is None:
            return highest
        span = _span(self.lookback)
        if isinstance(highest, date) != isinstance(span, timedelta):
            kind = type(highest).__name__
            raise DataError(f"lookback: {self.lookback} does not fit the cursor '{self.cursor}', a {kind}.")
        return highest - span


def _span(lookback: str | int | None) -> timedelta | Decimal | None:
    if lookback is None:
        return None
    found = re.fullmatch(r"(\d+)\s*([smhdw]?)", str(lookback))
    if not found:
        raise ResourceError(f"lookback: {lookback} is not understood; write 30m, 12h, 2d or 1w, or a number.")
    number, unit = found.groups()
    return timedelta(**{_UNITS[unit]: int(number)}) if unit else Decimal(number)
