"""What a history refuses, before anything is written: columns, types, keys and deletes that cannot be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError, ResourceError, did_you_mean
from kedro_faucet.nodes.history.log import OPERATION, RESERVED, VOID, listed
from kedro_faucet.nodes.history.markers import FEED, UNDONE, Marker, Markers


def check_names(columns: Sequence[str]) -> None:
    """Refuse a snapshot that has a column of a reserved name.

    >>> check_names(["tailnum", "Valid_From"])
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The column 'Valid_From' has a name that a history keeps for itself: rename it.
    """
    taken = [name for name in columns if name.lower() in RESERVED]
    if taken:
        raise DataError(f"The column '{taken[0]}' has a name that a history keeps for itself: rename it.")


def check_options(columns: Sequence[str], **options: Sequence[str]) -> None:
    """Refuse an option that names a column that is not there.

    >>> check_options(["tailnum", "carrier"], key=["tailnun"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: 'key' names the column 'tailnun', but there are tailnum, carrier. Did you ...
    """
    for option, wanted in options.items():
        for name in wanted:
            if name not in columns:
                raise DataError(
                    f"'{option}' names the column '{name}', but there are {', '.join(columns)}."
                    f"{did_you_mean(name, columns)}"
                )


def check_columns(mark: Marker, markers: Sequence[Marker], dropped: Sequence[str]) -> None:
    """Refuse a snapshot that lacks a column that an earlier one had, or has one that a later one lacks."""
    for other in markers:
        before, after = sorted([other, mark], key=lambda each: each.at)
        gone = [name for name in before.columns if name not in after.columns and name not in dropped]
        if gone and before.at != after.at:
            raise DataError(
                f"The snapshot at {before.at} has the column '{gone[0]}', the one at {after.at} lacks it: a column may "
                f"not vanish.{did_you_mean(gone[0], after.columns)} If the source dropped it, say so in the entry, "
                f"dropped: [{gone[0]}]; if it is empty, select it as NULL."
            )


def check_time(at: datetime, allowed: bool) -> None:
    """Refuse a snapshot of a time that is more than a day ahead.

    >>> check_time(datetime(2999, 1, 1), False)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The snapshot's time, 2999-01-01 00:00:00, is in the future. Correct it, or ...
    """
    if not allowed and at > datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1):
        raise DataError(
            f"The snapshot's time, {at}, is in the future. Correct it, or allow it in the entry: allow_future: true."
        )


@dataclass(frozen=True)
class Counts:
    """What a comparison found: the snapshot's rows, the keys to refuse, the keys changed, inserted and deleted."""

    rows: int
    refused: int
    changed: int = 0
    inserted: int = 0
    deleted: int = 0

    @property
    def before(self) -> int:
        """The keys that were alive before the snapshot."""
        return self.rows - self.inserted + self.deleted


def count(engine: Engine, key: Sequence[str], snapshot: Table, changed: Table | None = None) -> Counts:
    """Count everything that may be refused, in one query."""
    query = f"""
        select cast(coalesce(sum(_n), 0) as bigint) as total, count(*) filter (where {_refused(key)}) as refused
        from ({_per_key(key)}) per_key"""
    if changed is None:
        return Counts(*engine.rows(engine.sql(query, snapshot=snapshot))[0])
    # One pass over both: for a join of two sums, Spark runs a job more for each.
    query = f"""
        select cast(coalesce(sum(_n), 0) as bigint) as total, count(*) filter (where _here = 0) as refused,
            count({OPERATION}) as changed, count(*) filter (where {OPERATION} = 'insert') as inserted,
            count(*) filter (where {OPERATION} = 'delete') as deleted
        from (
            select _n, case when {_refused(key)} then 0 else 1 end as _here, cast(null as varchar) as {OPERATION}
            from ({_per_key(key)}) per_key
            union all select 0 as _n, 1 as _here, {OPERATION} from changed
        ) counted"""
    return Counts(*engine.rows(engine.sql(query, snapshot=snapshot, changed=changed))[0])


def refuse_keys(engine: Engine, snapshot: Table, key: Sequence[str], refused: int, at: datetime) -> None:
    """Refuse duplicate and NULL keys, with up to five examples."""
    if not refused:
        return
    query = f"select * from ({_per_key(key)}) k where {_refused(key)} order by _n desc, {listed(key)} limit 5"
    rows = engine.rows(engine.sql(query, snapshot=snapshot))
    examples = "; ".join(f"{_values(row[:-1])} {_times(row[-1])}" for row in rows)
    raise DataError(
        f"The snapshot of {at} has {_keys(refused)} ({', '.join(key)}) duplicate or NULL: {examples}"
        f"{'; …' if refused > len(rows) else ''}. A history needs exactly one row a key: keep one by Dedupe in a node "
        "before, or leave NULL keys out there."
    )


def refuse_empty(found: Counts, allowed: bool, at: datetime) -> None:
    """Refuse a complete snapshot without a row: it would delete all that there is."""
    if not found.rows and not allowed:
        raise DataError(
            f"The snapshot of {at} is empty. Is the extract complete? If there is nothing left, allow it in the entry: "
            "allow_empty: true."
        )


def refuse_deletes(
    engine: Engine, changed: Table, key: Sequence[str], found: Counts, limit: float, at: datetime
) -> None:
    """Refuse a snapshot that would delete more than a share of the keys; an empty one is another matter."""
    if found.deleted <= limit * found.before or not found.rows:
        return
    query = f"select {listed(key)} from changed where _operation = 'delete' order by {listed(key)} limit 5"
    examples = example_keys(engine.rows(engine.sql(query, changed=changed)), found.deleted)
    raise DataError(
        f"The snapshot of {at} would delete {found.deleted:,} of {_keys(found.before)}, more than max_deletes: "
        f"{limit} allows: {examples}. Is the extract complete? "
        "If it is right, raise max_deletes for this save (1 lets all keys be replaced), in the entry or for one run: "
        "--params faucet.max_deletes=1."
    )


def refuse_changes(
    engine: Engine, changed: Table, key: Sequence[str], found: Counts, limits: Mapping[str, float], at: datetime
) -> None:
    """Refuse a snapshot in which more than a share of the keys that stay have another value in a column."""
    if not limits:
        return
    sums = ", ".join(f"coalesce(sum({quote(f'{name} moved')}), 0) as n{n}" for n, name in enumerate(limits))
    [counts] = engine.rows(engine.sql(f"select {sums} from changed", changed=changed))
    stay = found.rows - found.inserted
    for (name, limit), many in zip(limits.items(), counts, strict=True):
        if many <= limit * stay:
            continue
        shown = [listed(key), quote(f"{name} was"), quote(name)]
        query = (
            f"select {', '.join(shown)} from changed where {quote(f'{name} moved')} = 1 order by {listed(key)} limit 5"
        )
        rows = [(*row[:-2], f"{row[-2]} → {row[-1]}") for row in engine.rows(engine.sql(query, changed=changed))]
        raise DataError(
            f"The snapshot of {at} would change '{name}' of {int(many):,} of {_keys(stay)}, more than max_changes: "
            f"{{{name}: {limit}}} allows: {example_keys(rows, int(many))}. Is the extract right? If it is, raise "
            "max_changes for this save: in the entry, or for one run by --params faucet.max_changes=1."
        )


def refuse_other_key(engine: Engine, log: Table, key: Sequence[str]) -> None:
    """Refuse a key that does not tell the rows of a log apart which knows none."""
    query = f"""
        select {listed(key)}, valid_from, count(*) as many from log where _kind is null
        group by {listed(key)}, valid_from having count(*) > 1 order by {listed(key)}, valid_from limit 1"""
    if twice := engine.rows(engine.sql(query, log=log)):
        raise DataError(
            f"The key {', '.join(key)} is not the one that this history was kept by: {_values(twice[0][:-2])} stands "
            f"for {twice[0][-1]} rows at {twice[0][-2]}. Correct the entry."
        )


def refuse_foreign_rows(engine: Engine, log: Table, markers: Markers, told: str) -> None:
    """Refuse a log with rows that no save of a history leaves there.

    Args:
        engine: of the log.
        log: the log.
        markers: those that it has.
        told: who else wrote it.
    """
    key = next((mark.key for mark in markers if mark.key), ())
    known = listed_texts(("insert", "update", "delete", VOID))
    kinds = listed_texts(("full", "partial", FEED, UNDONE))
    last = f"valid_from > {literal(markers[-1].at)}" if markers else "1 = 1"
    nulls = "".join(f" or {quote(name)} is null" for name in key)
    row = f"_operation is null or _operation not in ({known}) or valid_from is null or {last}{nulls}"
    shown = [*key, "valid_from", "_operation"]
    columns = listed(shown)
    query = f"select {columns} from log where (_kind is null and ({row})) or _kind not in ({kinds})"
    if key:
        twice = f"group by {columns}, _sequence, _known_at having count(*) > 1"
        query += f" union all select {columns} from log where _kind is null {twice}"
    wrong = engine.sql(query, log=log)
    found = engine.rows(engine.sql(f"select * from wrong order by {columns} limit 5", wrong=wrong))
    if found:
        [(many,)] = engine.rows(engine.sql("select count(*) as n from wrong", wrong=wrong))
        raise ResourceError(
            f"Another program wrote the log of this history ({told}), and {many:,} rows ({', '.join(shown)}) "
            f"are none that a save leaves there: {example_keys(found, many)}. Restore the version before that."
        )


def listed_texts(texts: Sequence[str]) -> str:
    """List texts as SQL.

    >>> listed_texts(["a", "b"])
    "'a', 'b'"
    """
    return ", ".join(map(literal, texts))


def example_keys(rows: Sequence[Sequence[Any]], many: int) -> str:
    """Write at most five rows, and whether there are more.

    >>> example_keys([("at", 1), ("de", None)], 3)
    'at, 1; de, NULL; …'
    """
    return "; ".join(map(_values, rows[:5])) + ("; …" if many > len(rows[:5]) else "")


def _per_key(key: Sequence[str]) -> str:
    return f"select {listed(key)}, count(*) as _n from snapshot group by {listed(key)}"


def _refused(key: Sequence[str]) -> str:
    return " or ".join(["_n > 1", *(f"{quote(column)} is null" for column in key)])


def _values(row: Sequence[Any]) -> str:
    return ", ".join("NULL" if value is None else str(value) for value in row)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count:,} keys"
