"""Versions: a type 2 table that another tool kept becomes a feed of changes, which a history takes in one save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import check_options, example_keys
from kedro_faucet.nodes.history.feed.debezium import CHANGED_AT, OPERATION
from kedro_faucet.nodes.history.log import listed, names
from kedro_faucet.nodes.merge.overlaps import overlapping

_FAR = "timestamp '9999-01-01 00:00:00'"
"""What ends from here on is still valid."""


@dataclass(frozen=True)
class Versions:
    """Make changes of versions: each comes at its ``valid_from``, and one that none follows is deleted at its end.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> snapshot = engine.sql('''select 7 as id, 'a' as name, timestamp '2013-01-31' as dbt_valid_from,
    ...     timestamp '2013-02-28' as dbt_valid_to''')
    >>> for row in engine.rows(Versions("id", "dbt_valid_from", "dbt_valid_to").build(snapshot)):
    ...     print(row)
    (7, 'a', datetime.datetime(2013, 1, 31, 0, 0), 'u')
    (7, 'a', datetime.datetime(2013, 2, 28, 0, 0), 'd')

    Args:
        key: the columns that tell the rows of the source apart.
        valid_from: the column of the time at which a version begins.
        valid_to: that of its end; NULL, or a time from the year 9999 on, where it is still valid.
        leave_out: columns of the tool's own, which the source does not have.

    Raises:
        DataError: if a column is missing, or versions have no beginning, end before they begin, or overlap.
    """

    key: str | Sequence[str]
    valid_from: str = "valid_from"
    valid_to: str = "valid_to"
    leave_out: str | Sequence[str] = ()

    def build(self, table: Table) -> Table:
        """Return the changes, for an entry with ``changed_at: __changed_at`` and ``operation: __op``."""
        engine, key = engine_of(table), names(self.key)
        ends = [self.valid_from, self.valid_to]
        check_options(table.columns, key=key, valid_from=ends[:1], valid_to=ends[1:], leave_out=names(self.leave_out))
        kept = [name for name in table.columns if name not in (*ends, *names(self.leave_out))]
        begins, ended = (f"cast({quote(name)} as timestamp)" for name in ends)
        open_end = f"case when {ended} < {_FAR} then {ended} end"
        lasting = f"select {listed(kept)}, {begins} as _begins, {open_end} as _ends from versions"
        following = f"lead(_begins) over (partition by {listed(key)} order by _begins)"
        is_lasting = "_ends is null or _begins is null or _ends <> _begins"
        query = f"select *, {following} as _next from ({lasting}) v where {is_lasting}"
        spans = engine.sql(query, versions=table)
        wrong = overlapping("_begins", "_ends", "_next")
        shown = f"select {listed(key)}, _begins, _ends from spans where {wrong} order by 1, 2 limit 6"
        if found := engine.rows(engine.sql(shown, spans=spans)):
            raise DataError(
                f"Versions overlap, end before they begin, or have no beginning: {example_keys(found, len(found))}. "
                "A key has one version at a time: correct the table, or leave such rows out."
            )
        alive = f"select {listed(kept)}, _begins as {CHANGED_AT}, 'u' as {OPERATION} from spans"
        gone = f"select {listed(kept)}, _ends as {CHANGED_AT}, 'd' as {OPERATION} from spans"
        query = f"{alive} union all {gone} where _ends is not null and (_next is null or _next > _ends)"
        return engine.sql(query, spans=spans)
