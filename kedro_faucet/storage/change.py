"""What a write mode makes of a table: rows to add, and what they stand in the place of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kedro_faucet.engines import Table


@dataclass(frozen=True)
class Change:
    """Rows to add to a table, or to put in its place.

    Args:
        mode: whether they are added, or are all that there is.
        table: the rows.
        gone: of a Delta table that they are added to, the places of the rows that are not there any more.
    """

    mode: Literal["append", "overwrite"]
    table: Table
    gone: Table | None = None
