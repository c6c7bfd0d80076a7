"""Copy: a table as it is; how it is saved (overwritten, appended, merged) is the target's own business."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kedro_faucet.engines import Table
from kedro_faucet.nodes.lineage import Traced


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

    def lineage(self, table: Traced) -> Traced:
        """Return the columns as they are."""
        return table


@dataclass(frozen=True)
class CopyEach(Copy):
    """Hand on each of several tables or snapshots, as the versions of a Delta table are; or one table.

    >>> from kedro_faucet.engines import connect
    >>> hello = connect().sql("select 'hello' as word")
    >>> len(list(CopyEach("lake/words").build(hello))), len(list(CopyEach("lake/words").build(iter([hello, hello]))))
    (1, 2)
    """

    def build(self, table: Any) -> Iterator[Any]:
        """Yield each."""
        if isinstance(table, Iterator):
            yield from table
        else:
            yield table
