"""The views of a history: derived from its log whenever it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from kedro_faucet.engines import Engine, Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history.checks import check_options
from kedro_faucet.nodes.history.log import (
    KIND,
    KNOWN_AT,
    OPERATION,
    OWN,
    VALID_FROM,
    complete,
    listed,
    names,
    near,
    settled,
    state,
)
from kedro_faucet.nodes.history.markers import Markers, absent, born, kept_key, read_markers
from kedro_faucet.nodes.history.snapshot import check_span, utc


@dataclass(frozen=True)
class History:
    """The views of a history's log: lazy tables, derived from its rows whenever they are read.

    ```python
    history = History(dataset.version(3), key="tailnum")
    history.intervals()
    ```

    Args:
        log: the log, as ``HistoryDataset.version`` gives it.
        key: the columns that tell the rows of a snapshot apart; default: those that the log keeps.
        overwrite: columns of type 1: every version shows the newest value of its key.
        ignore: columns whose changes open no version; each version shows its last value.
        fixed: columns of type 0: every version shows the first value of its key.
        previous: columns of type 3: ``previous_x`` shows the value that ``x`` had before, since the key last came.
        known_at: show what was known at that time, in UTC where it has no zone; None for now.
        until: a time; show all views as if nothing had come after it.

    Raises:
        DataError: if the log keeps another key, or none is given of a log that keeps none.
    """

    log: Table
    key: str | Sequence[str] = ()
    overwrite: str | Sequence[str] = ()
    ignore: str | Sequence[str] = ()
    fixed: str | Sequence[str] = ()
    previous: str | Sequence[str] = ()
    known_at: datetime | date | str | None = None
    until: datetime | date | str | None = None

    def __post_init__(self) -> None:
        """Let one name stand for a list of one."""
        object.__setattr__(self, "log", complete(self.engine, self.log))
        limits = {f"{KNOWN_AT} is null": (KNOWN_AT, self.known_at), f"{KIND} is not null": (VALID_FROM, self.until)}
        for or_else, (column, time) in limits.items():
            if time is not None:
                query = f"select * from log where {or_else} or {column} <= {literal(utc(time))}"
                object.__setattr__(self, "log", self.engine.sql(query, log=self.log))
        for field in ("key", "overwrite", "ignore", "fixed", "previous"):
            object.__setattr__(self, field, names(getattr(self, field)))
        object.__setattr__(self, "key", kept_key(self.markers, names(self.key)))

    @cached_property
    def engine(self) -> Engine:
        """The engine of the log."""
        return engine_of(self.log)

    @cached_property
    def markers(self) -> Markers:
        """The snapshots that were saved, in the order of their times."""
        return read_markers(self.engine, self.log)

    @cached_property
    def rows(self) -> Table:
        """The log's rows, of which one holds for a key and a time."""
        return settled(self.engine, self.log, names(self.key)) if self.markers.tied else self.log

    @property
    def columns(self) -> list[str]:
        """The source's columns: the key first, then the others."""
        others = [name for name in self.log.columns if name not in OWN and name not in self.key]
        return [*self.key, *others]

    def current(self) -> Table:
        """Return the rows of the newest snapshot."""
        return self.as_of(None)

    def as_of(self, at: datetime | date | str | None, known_at: datetime | date | str | None = None) -> Table:
        """Return the rows as they were at a time: at a snapshot's own time, that snapshot.

        Args:
            at: a time, in UTC where it has no zone; None for the newest.
            known_at: a time; what was saved or corrected since then is left out.

        Raises:
            DataError: if ``at`` is no time.
        """
        if known_at is not None:
            return replace(self, known_at=known_at).as_of(at)
        moment = min((utc(each) for each in (at, self.until) if each is not None), default=None)
        seen = [mark for mark in self.markers if moment is None or mark.at <= moment] or self.markers[:1]
        columns = seen[-1].columns if seen else self.columns
        log = near(self.engine, self.log) if moment is None and not self.markers.tied else self.rows
        return self.engine.sql(state(self.key, columns, moment), log=log)

    def intervals(self) -> Table:
        """Return each key's versions, with ``valid_from``, ``valid_to`` and ``is_current``: a type 2 dimension.

        Raises:
            DataError: if an option names a column that there never was.
        """
        options = {name: names(getattr(self, name)) for name in ("overwrite", "ignore", "fixed", "previous")}
        check_options(self.columns, **options)
        single = [*self.overwrite, *self.fixed]
        whole = "".join(f", {self._shown(name)} as {quote(f'{name} shown')}" for name in single)
        shown = [
            f"{quote(f'{name} shown')} as {quote(name)}" if name in single else quote(name) for name in self.columns
        ]
        before = [f"previous_{name}" for name in options["previous"]]
        if twice := set(before) & set(self.columns):
            raise DataError(f"previous: the source has a column '{min(twice)}' of its own: rename it, or leave it out.")
        more = map(quote, [*before, *self._known_columns()])
        query = f"""
            with {self._filled()}, {self._moved()}
            versions as ({self._versions(self._tracked_changes(), "told", more)}),
            runs as (
                select *, max(case when _opens then {VALID_FROM} end) over ({self._in_time()}) as _since,
                    lead(_opens) over ({self._in_time()}) as _next_opens,
                    lead({VALID_FROM}) over ({self._in_time()}) as _until{whole}
                from versions
            ),
            ends as (
                select {", ".join([*shown, *map(quote, before)])}, _since, _until, {OPERATION}
                from runs where coalesce(_next_opens, true)
            )
            select {listed([*self.columns, *before])},
                _since as {VALID_FROM}, _until as valid_to, _until is null as is_current
            from ends where {OPERATION} <> 'delete'"""
        return self.engine.sql(query, log=self.rows)

    def changes(self, start: datetime | date | str | None = None, end: datetime | date | str | None = None) -> Table:
        """Return what changed after ``start``, up to and at ``end``: on ``as_of(start)`` it gives ``as_of(end)``.

        Each row has the key, the other columns after the change (NULL of a delete), ``valid_from``, ``_operation``, and
        the other columns before it (NULL of an insert), called ``_before_x``.

        Raises:
            DataError: if one of them is no time, or ``start`` comes after ``end``.
        """
        check_span(start, end)
        limits = [f"{VALID_FROM} > {literal(utc(start))}"] if start is not None else []
        limits += [f"{VALID_FROM} <= {literal(utc(end))}"] if end is not None else []
        was = {name: self._lag(quote(name)) for name in self._others()}
        before = {quote(f"_before_{name}"): lag for name, lag in was.items()}
        differs = [f"{quote(name)} is distinct from {lag}" for name, lag in was.items()]
        told = [f"{lag} as {name}" for name, lag in before.items()]
        query = f"""
            with versions as ({self._versions(differs, f"log where {KIND} is null", told)})
            select {listed(self.columns)}, {VALID_FROM}, case when {OPERATION} = 'delete' then 'delete'
                when coalesce(_before, 'delete') = 'delete' then 'insert' else 'update' end as {OPERATION}
                {"".join(f", {name}" for name in before)}
            from versions where {" and ".join(["_opens", *limits])}"""
        return self.engine.sql(query, log=self.rows)

    def _filled(self) -> str:
        """Write the CTE of all rows, in which a column that a snapshot lacked keeps the value that was last known.

        Each row with a known value begins a group, and so does a deletion; a group's first row has what is known in it.
        """
        plain = listed(name for name in self.columns if name not in self._gaps)
        starts, filled = [], []
        for name, gap in self._gaps.items():
            known, group = quote(f"{name} known"), quote(f"{name} group")
            start = f"not ({gap}) or {OPERATION} = 'delete'"
            starts.append(f"not ({gap}) and {OPERATION} <> 'delete' as {known}")
            starts.append(f"sum(case when {start} then 1 else 0 end) over ({self._in_time()}) as {group}")
            for column in (quote(name), known):
                filled.append(f"first_value({column}) over ({self._in_time(group)}) as {column}")
        return f"""
            grouped as (select {", ".join(["*", *starts])} from log where {KIND} is null),
            filled as (select {", ".join([plain, VALID_FROM, OPERATION, *filled])} from grouped)"""

    def _moved(self) -> str:
        """Write the CTEs of all rows with what each column of type 3 was before, since its key last came.

        Each change begins a group, and so does a deletion; a group's first row has what was before.
        """
        if not self.previous:
            return "told as (select * from filled),"
        alive = f"{OPERATION} <> 'delete' and {self._lag(OPERATION)} <> 'delete'"
        moved, groups, before = [], [], []
        for name in names(self.previous):
            was, move, group = (quote(f"{name} {word}") for word in ("was", "moved", "since"))
            moved.append(f"case when {alive} then {self._lag(quote(name))} end as {was}")
            differs = f"{alive} and {self._tracked_change(name)}"
            moved.append(f"case when {OPERATION} = 'delete' or ({differs}) then 1 else 0 end as {move}")
            groups.append(f"sum({move}) over ({self._in_time()}) as {group}")
            begun = f"first_value({was}) over ({self._in_time(group)}) as {quote(f'previous_{name}')}"
            before.append(begun)
        return f"""
            moved as (select {", ".join(["*", *moved])} from filled),
            since as (select {", ".join(["*", *groups])} from moved),
            told as (select {", ".join(["*", *before])} from since),"""

    def _known_columns(self) -> list[str]:
        return [f"{name} known" for name in names(self.fixed) if name in self._gaps]

    @cached_property
    def _gaps(self) -> dict[str, str]:
        """The columns that some snapshots lacked, each with the condition that the one of a row did."""
        found = {name: absent(self.markers, name, VALID_FROM) for name in self._others()}
        return {name: gap for name, gap in found.items() if gap}

    def _versions(self, differs: list[str], source: str, more: Iterable[str] = ()) -> str:
        """Write the SELECT of all rows, each with whether it opens a version: late snapshots leave rows that do not."""
        before = self._lag(OPERATION)
        return f"""
            select {", ".join([listed(self.columns), *more])}, {VALID_FROM}, {OPERATION}, {before} as _before,
                case when {before} is null or {before} = 'delete' then {OPERATION} <> 'delete'
                    when {OPERATION} = 'delete' then true
                    else {" or ".join(differs) or "false"} end as _opens
            from {source}"""

    def _tracked_changes(self) -> list[str]:
        untracked = {*self.overwrite, *self.ignore, *self.fixed}
        return [self._tracked_change(name) for name in self._others() if name not in untracked]

    def _tracked_change(self, column: str) -> str:
        """Compare a column with what was known before, if anything was."""
        differs = f"{quote(column)} is distinct from {self._lag(quote(column))}"
        if column not in self._gaps:
            return differs
        known = f"coalesce({self._lag(quote(f'{column} known'))}, false)"
        # Version 0.1.0 logged no row where a new column was NULL at its first complete snapshot: it is known since.
        if first := born(self.markers, column):
            since = literal(first)
            known += f" or ({self._lag(VALID_FROM)} < {since} and {VALID_FROM} > {since})"
        return f"({differs} and ({known}))"

    def _others(self) -> list[str]:
        return [column for column in self.columns if column not in self.key]

    def _lag(self, column: str) -> str:
        return f"lag({column}) over ({self._in_time()})"

    def _in_time(self, *group: str) -> str:
        return f"partition by {', '.join([listed(self.key), *group])} order by {VALID_FROM}"

    def _shown(self, column: str) -> str:
        """Write a column of type 1 as the newest row of its key has it, or one of type 0 as the first."""
        deleted, time = f"case when {OPERATION} = 'delete' then 1 else 0 end", VALID_FROM
        if column in self.overwrite:
            time = f"{VALID_FROM} desc"
        elif column in self._gaps:
            deleted += f", case when {quote(f'{column} known')} then 0 else 1 end"
        return f"first_value({quote(column)}) over (partition by {listed(self.key)} order by {deleted}, {time})"
