"""What a history's entry may say, and how a snapshot comes in by it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from kedro_faucet.config.run import current_run
from kedro_faucet.engines import Engine, Table
from kedro_faucet.engines.dialect.types import TYPES
from kedro_faucet.exceptions import ConfigError, DataError, FaucetError, ResourceError, did_you_mean
from kedro_faucet.nodes.history import Comparison, History, Snapshot
from kedro_faucet.nodes.history.checks import refuse_foreign_rows
from kedro_faucet.nodes.history.feed import Feed
from kedro_faucet.nodes.history.feed.debezium import FEED, Debezium
from kedro_faucet.nodes.history.log import apart
from kedro_faucet.nodes.history.markers import read_markers
from kedro_faucet.nodes.history.snapshot import check_span
from kedro_faucet.nodes.history.summary import of_keys, split_keys
from kedro_faucet.nodes.lineage import Origin, Traced, unknown

if TYPE_CHECKING:
    from kedro_faucet.storage.delta import DeltaStore

KEPT = timedelta(days=30)
"""How long a log can be read as it was at a version; what was known then can always be read."""
Time: TypeAlias = datetime | date | str
_TIMES = {"intervals": (), "current": (), "as_of": ("at",), "changes": ("at", "from", "to")}
"""The views, and the times that each takes."""


@dataclass(frozen=True)
class View:
    """What ``load`` gives of a history.

    >>> View("interval")
    Traceback (most recent call last):
    kedro_faucet.exceptions.ConfigError: Unknown view 'interval'; there are intervals, current, as_of, changes. Did ...

    Args:
        name: ``intervals``, ``current``, ``as_of`` or ``changes``.
        at: the time of ``as_of``; of ``changes`` what ``start`` is.
        start: of ``changes``: only what changed after it.
        end: of ``changes``: only what changed until then.
        known_at: a time; what was saved or corrected since then is left out.

    Raises:
        ConfigError: with the nearest view, or if a time is none, is missing, or is not used by the view.
    """

    name: str
    at: Time | None = None
    start: Time | None = None
    end: Time | None = None
    known_at: Time | None = None

    def __post_init__(self) -> None:
        """Check the times."""
        if self.name not in _TIMES:
            hint = did_you_mean(self.name, _TIMES)
            raise ConfigError(f"Unknown view '{self.name}'; there are {', '.join(_TIMES)}.{hint}")
        given = {"at": self.at, "from": self.start, "to": self.end}
        for name, time in given.items():
            if time is not None and name not in _TIMES[self.name]:
                of = " or ".join(view for view, names in _TIMES.items() if name in names)
                raise ConfigError(f"{name}: {time} belongs to view: {of}; view: {self.name} does not use it.")
        if self.name == "as_of" and self.at is None:
            raise ConfigError("view: as_of needs a time, as in at: 2013-06-30.")
        if self.at is not None and self.start is not None:
            raise ConfigError("view: changes takes from: or at:, which means the same, not both.")
        for name, first, last in (
            ("at", self.at, None),
            ("from", self.start, self.end),
            ("known_at", self.known_at, None),
        ):
            try:
                check_span(first, last)
            except DataError as error:
                raise ConfigError(f"{name}: {error}") from None

    def of(self, history: History) -> Table:
        """Return the view of a history."""
        times = {"as_of": (self.at,), "changes": (self.start or self.at, self.end)}.get(self.name, ())
        found: Table = getattr(history, self.name)(*times)
        return found

    def lineage(self, saved: Traced, feed: Feed, previous: Sequence[str]) -> Traced:
        """Return the columns of the view, given those of the snapshots, whose rows depend on what tells their times."""
        if feed is FEED:
            return unknown([saved], "the columns are within the events of the feed")
        gone = set(saved.columns) - set(feed.kept(list(saved.columns)))
        time = Origin(saved.origin(feed.changed_at).values if feed.changed_at else saved.rows)
        more, types = {}, {"valid_from": "TIMESTAMP", "valid_to": "TIMESTAMP", "is_current": "BOOLEAN"}
        if self.name == "intervals":
            more = {f"previous_{name}": saved.origin(name) for name in previous} | dict.fromkeys(types, time)
        elif self.name == "changes":
            before = {f"_before_{name}": origin for name, origin in saved.columns.items() if name not in gone}
            more = {"valid_from": time, "_operation": Origin((), saved.places()), **before}
        return saved.having(more, types={name: kind for name, kind in types.items() if name in more}, without=gone)


def feed_of(name: str | None, changed_at: str, operation: str, sequence: str) -> Feed:
    """Return which columns tell a change.

    >>> feed_of(None, "updated_at", "", "").required
    ['updated_at']

    Raises:
        ConfigError: if there is no such feed, or it is told of columns too.
    """
    if name is None:
        return Feed(changed_at, operation, sequence)
    if name != "debezium":
        raise ConfigError(f"Unknown feed '{name}'; there is debezium.{did_you_mean(name, ['debezium'])}")
    if changed_at or operation or sequence:
        raise ConfigError("feed: debezium knows when changes came, what they did and their order: leave that out.")
    return FEED


def check_rules(rules: Comparison, key: tuple[str, ...], **columns: tuple[str, ...]) -> None:
    """Refuse limits that are no shares, types that there are not, and key columns that are something else too.

    Args:
        rules: how snapshots are compared.
        key: the columns that tell rows apart.
        columns: what other columns are, by the option that says so.

    Raises:
        ConfigError: naming the option.
    """
    if not 0 <= rules.max_deletes <= 1:
        raise ConfigError(f"max_deletes is a share of the keys, 0 to 1, not {rules.max_deletes}.")
    for name, share in rules.max_changes.items():
        if not 0 <= share <= 1:
            raise ConfigError(f"max_changes: {{{name}: {share}}} is no share of the keys, 0 to 1.")
    if (rules.feed.operation or rules.feed.sequence) and not rules.feed.changed_at:
        raise ConfigError("operation and sequence tell of changes, which need their time: changed_at: updated_at.")
    if rules.feed.changed_at and rules.replace:
        raise ConfigError("replace corrects a snapshot as a whole: save it by an entry without changed_at.")
    if both := set(key) & {name for found in (*columns.values(), tuple(rules.dropped)) for name in found}:
        raise ConfigError(f"'{min(both)}' is in the key: it can be neither overwritten, ignored, fixed nor dropped.")
    if both := set(columns.get("fixed", ())) & {*columns.get("overwrite", ()), *columns.get("previous", ())}:
        raise ConfigError(
            f"'{min(both)}' is fixed: it shows its first value, so it is neither overwritten nor has one before."
        )
    for name, kind in rules.types.items():
        if (base := kind.partition("(")[0]) not in TYPES:
            raise ConfigError(
                f"types: {{{name}: {kind}}} names no type; there are {', '.join(TYPES)}.{did_you_mean(base, TYPES)}"
            )


def lifted(rules: Comparison) -> Comparison:
    """Return the rules with the limits that the run lifts, as ``--params faucet.max_deletes=1`` asks for."""
    run = current_run()
    if run.max_changes is not None:
        rules = replace(rules, max_changes=dict.fromkeys(rules.max_changes, run.max_changes))
    return rules if run.max_deletes is None else replace(rules, max_deletes=run.max_deletes)


def stored(engine: Engine, snapshot: Snapshot, is_debezium: bool = False) -> Snapshot:
    """Return a snapshot as a table of the engine, in types that both engines store."""
    from kedro_faucet.storage.intake.audit import without_audit
    from kedro_faucet.storage.schema import storable

    table = snapshot.table if engine.owns(snapshot.table) else engine.from_frame(snapshot.table)
    if is_debezium:
        table = Debezium().build(table)
    # When and by which run rows were loaded is no change of theirs.
    table = storable(engine, without_audit(engine, table))
    return Snapshot(table, snapshot.at, snapshot.replace, snapshot.checksum, snapshot.seen)


def checked(store: DeltaStore, name: str) -> Table:
    """Return a log as it is, and say if another program changed its rows.

    Raises:
        ResourceError: if they are none of a history's any more.
    """
    from kedro_faucet.engines.delta_log import others

    log = store.read()
    if (found := others(store.uri)) and "_kind" in log.columns:
        told = ", ".join(f"version {number}: {operation}" for number, operation in found[:5])
        try:
            markers = read_markers(store.engine, log)
        except (ValueError, KeyError, TypeError):
            raise ResourceError(
                f"Another program wrote the log of this history ({told}), whose notes of its snapshots cannot be read "
                "any more. Restore the table's version before that."
            ) from None
        refuse_foreign_rows(store.engine, log, markers, told)
        _LOG.warning(
            "%s: another program changed the rows of its log (%s). They are read as they are now; if that was not "
            "meant, restore the table's version before.",
            name,
            told,
        )
    return log


_LOG = logging.getLogger(__name__)


def forgotten(store: DeltaStore, key: Sequence[str], keys: Sequence[str]) -> int:
    """Remove all rows of some keys from a log, and return how many there were.

    Rows that a process had taken out when it was killed are gone from all files afterwards, too.

    Raises:
        DataError: if there is no row of one of them; nothing was removed.
    """
    from kedro_faucet.storage.delta.forget import finish, forget, unfinished

    finish(store.uri)
    engine, found = store.engine, split_keys(key, keys)
    logs, many = [store.read(), *unfinished(store)], 0
    for parts in found:
        query = f"select count(*) as n from log where {of_keys(key, [parts])}"
        rows = next(filter(None, (_number(engine, query, log) for log in logs)), 0)
        if not rows:
            raise DataError(f"There is no row of the key {', '.join(parts)} in the history.")
        many += rows
    query = f"select * from log where _kind is not null or not {of_keys(key, found)}"
    forget(store, lambda rows: engine.sql(query, log=rows))
    return many


def _number(engine: Engine, query: str, log: Table) -> int:
    """Return the number that a query gives; of a log whose files are gone none."""
    try:
        [(number,)] = engine.rows(engine.sql(query, log=log))
    except FaucetError:
        return 0
    return int(number)


def tended(store: DeltaStore) -> None:
    """Put the newest row of each key together where much was added: what the next snapshot is compared with."""
    from kedro_faucet.storage.delta.layout import tend_layout

    tend_layout(store, lambda log: _apart(store, log), KEPT)


def _apart(store: DeltaStore, log: Table) -> dict[str, Table]:
    """Return nothing of a log in which a row may take back another one, or that another program changed.

    All of the one is read anyway; of the other, a layout's checkpoint would hide that it was.
    """
    from kedro_faucet.engines.delta_log import others

    markers = read_markers(store.engine, log)
    key = next((mark.key for mark in markers if mark.key), ())
    return apart(store.engine, log, key) if key and not markers.tied and not others(store.uri) else {}


def unsaved(name: str, path: str) -> ResourceError:
    """Return the error of a history that has no snapshot."""
    return ResourceError(
        f"{name} has no snapshot yet: there is no history at {path}. Run the pipeline that saves it first."
    )
