"""Copy: a table as it is; how it is saved (overwritten, appended, merged) is the target's own business."""

from __future__ import annotations

from dataclasses import dataclass

from kedro_faucet.engines import Table


@dataclass(frozen=True)
class Copy:
    """Hand a table on as it is.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> engine.rows(Copy("source/words").build(engine.sql("select 'hello' as word")))
    [('hello',)]

    Args:
        source: the name of the resource, for the preview.
    """

    source: str

    def build(self, table: Table) -> Table:
        """Return the table."""
        return table

    def sql(self) -> str:
        """Return the SQL that a preview shows."""
        return f"select * from {self.source}"
