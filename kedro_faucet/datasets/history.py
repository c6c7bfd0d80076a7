"""A history: every snapshot that is saved, as an append-only log; what is loaded is derived from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from kedro_faucet.config.run import current_run
from kedro_faucet.datasets import history_options as options
from kedro_faucet.datasets.history_options import View, check_rules, checked, feed_of, lifted, stored, unsaved
from kedro_faucet.datasets.places import Located, begin_own, opened, refuse_changed, source_of
from kedro_faucet.datasets.preview import TablePreview, preview
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.nodes.history import Comparison, History, Snapshot, undone
from kedro_faucet.nodes.history.log import STATISTICS, names
from kedro_faucet.nodes.history.markers import Markers, of_now, read_markers
from kedro_faucet.nodes.history.snapshot import utc
from kedro_faucet.nodes.lineage import Traced

if TYPE_CHECKING:
    from kedro_faucet.engines import Table
    from kedro_faucet.storage.delta import DeltaStore
    from kedro_faucet.storage.modes import Change


class HistoryDataset(Located["Table | Snapshot", "Table"]):
    """The history of a resource, on Delta: saves snapshots, loads a view of what was saved.

    ```yaml
    lake/fleet:
      type: kedro_faucet.HistoryDataset
      provider: lake
      key: tailnum
    ```

    >>> import tempfile
    >>> from kedro_faucet import Snapshot, engines
    >>> engine = engines.connect()
    >>> fleet = HistoryDataset(filepath=tempfile.mkdtemp() + "/fleet", key="tailnum")
    >>> fleet.save(Snapshot(engine.sql("select 'N10156' as tailnum, 'EV' as carrier"), "2013-01-31"))
    >>> fleet.save(Snapshot(engine.sql("select 'N10156' as tailnum, 'UA' as carrier"), "2013-02-28"))
    >>> for row in sorted(engine.rows(engine.sql("select carrier, is_current from fleet", fleet=fleet.load()))):
    ...     print(row)
    ('EV', False)
    ('UA', True)
    >>> engine.rows(fleet.as_of("2013-02-01"))
    [('N10156', 'EV')]
    """

    def __init__(
        self,
        *,
        filepath: str,
        key: str | Sequence[str] = (),
        view: str = "intervals",
        at: datetime | date | str | None = None,
        start: datetime | date | str | None = None,
        end: datetime | date | str | None = None,
        known_at: datetime | date | str | None = None,
        complete: bool = True,
        max_deletes: float = 0.5,
        max_changes: Mapping[str, float] | None = None,
        overwrite: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        fixed: str | Sequence[str] = (),
        previous: str | Sequence[str] = (),
        dropped: str | Sequence[str] = (),
        types: Mapping[str, str] | None = None,
        allow_empty: bool = False,
        allow_future: bool = False,
        replace: bool = False,
        changed_at: str = "",
        operation: str = "",
        sequence: str = "",
        feed: str | None = None,
        engine: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
        deferred: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says; the engine is connected when the history is first loaded or saved.

        Args:
            filepath: where the log, a Delta table, lies.
            key: the columns that tell the rows of a snapshot apart; the log keeps them, so a view need not say them.
            view: what ``load`` gives: ``intervals``, ``current``, ``as_of`` (with ``at``) or ``changes``.
            at: for ``as_of``: the time; for ``changes``: what ``start`` is.
            start: for ``changes``: only what changed after it; a catalog entry says ``from:``.
            end: for ``changes``: only what changed until then; a catalog entry says ``to:``.
            known_at: a time; the view leaves out what was saved or corrected since then.
            complete: whether a key that a snapshot lacks is deleted; False for partial snapshots.
            max_deletes: the share of keys that one snapshot may delete; 1 lets all be replaced.
            max_changes: for a column, the share of the keys that stay of which one snapshot may change it.
            overwrite: columns of type 1: every version shows the newest value of its key.
            ignore: columns whose changes open no version; each version shows its last value.
            fixed: columns of type 0: every version shows the first value of its key.
            previous: columns of type 3: ``previous_x`` shows the value that ``x`` had before.
            dropped: columns that the source has no more: snapshots may lack them, which opens no version.
            types: types that columns are to have for good; the log is written anew, and no value may change.
            allow_empty: whether a complete snapshot may have no row, so that every key is deleted.
            allow_future: whether a snapshot's time may be more than a day ahead.
            replace: whether each snapshot takes the place of another one at its time, as a correction does.
            changed_at: the column that tells when the source changed a row: it is valid from then on, not from the
                time of its snapshot.
            operation: the column that tells what each row of a feed did: insert, update, delete, or Debezium's c, r,
                u, d. Such rows say nothing of other keys.
            sequence: the column of whole numbers that orders several changes of a key at one time.
            feed: ``debezium``, where what is saved are its change events.
            engine: the profile's engine; default: the embedded one.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; errors take the resource's name from it.
            service: the provider's settings, where it is no folder; ``filepath`` is then a URL.
            deferred: where a profile that this one defers to has the log: it is read there while there is none here.

        Raises:
            ConfigError: if a value is not understood.
        """
        self._filepath = str(filepath).removeprefix("file://")
        self._service, self._deferred = opened(service, credentials, self._filepath, "A history"), deferred
        wanted = {name: str(kind).upper() for name, kind in (types or {}).items()}
        told = feed_of(feed, changed_at, operation, sequence)
        self._is_debezium = feed is not None
        whole, shares = complete and not told.operation, dict(max_changes or {})
        self._comparison = Comparison(
            key, whole, max_deletes, dropped, wanted, allow_empty, allow_future, replace, told, shares
        )
        self._options: dict[str, Any] = {
            "key": key,
            "overwrite": overwrite,
            "ignore": ignore,
            "fixed": fixed,
            "previous": previous,
        }
        self.view = View(view, at, start, end, known_at)
        self._engine_config = dict(engine or {})
        self._known: tuple[Any, Markers] = (None, Markers())
        self.metadata = metadata
        check_rules(self._comparison, **{name: names(value) for name, value in self._options.items()})

    def load(self) -> Table:
        """Return the view that the catalog asks for, lazily; what it reads stays what it is now.

        Raises:
            ResourceError: if nothing was saved yet.
        """
        return self.view.of(self.history())

    def lineage(self, saved: Traced) -> Traced:
        """Return the columns that are loaded, given those that are saved."""
        return self.view.lineage(saved, self._comparison.feed, names(self._options["previous"]))

    def save(self, data: Table | Snapshot) -> None:
        """Append what a snapshot changed; the same snapshot again changes nothing.

        Args:
            data: a ``Snapshot(table, at)``, or a table (or a pandas, polars or Arrow frame) as it is now.

        Raises:
            DataError: if the snapshot is refused, also one without a time where a newer one is; nothing was written.
            ConflictError: if other processes wrote the history again and again meanwhile.
        """
        given = data if isinstance(data, Snapshot) else Snapshot(data, datetime.now(UTC))
        begin_own(self, self._name(), adds=True)
        with self._named():
            snapshot = given if given.checksum else stored(self._engine(), given, self._is_debezium)
            if not self._comparison.knows(self._seen(), snapshot):
                found = stored(self._engine(), snapshot) if given.checksum else snapshot
                is_timed = given is data or self._comparison.is_feed
                store = self._store()
                store.update(lambda log: self._change(log, found if is_timed else of_now(log, found)))
                options.tended(store)

    def current(self) -> Table:
        """Return the rows of the newest snapshot."""
        return self.history().current()

    def as_of(self, at: datetime | date | str, known_at: datetime | date | str | None = None) -> Table:
        """Return the rows as they were at a time (in UTC where it has no zone), by what was known at another."""
        return self.history().as_of(at, known_at)

    def undo(self, at: datetime | date | str) -> None:
        """Take back the snapshot of a time, as if it had never been saved; what was known stays readable.

        Raises:
            DataError: if there is none.
        """
        from kedro_faucet.storage.modes import Change

        with self._named():
            refuse_changed(self, self._name())
            self._store().update(lambda log: Change("append", undone(log, utc(at)).rows))

    def forget(self, keys: Sequence[str]) -> int:
        """Remove all rows of some keys (each as text, its parts with commas between them), also from older versions.

        Raises:
            DataError: if there is no row of one of them; nothing was removed.
        """
        with self._named():
            refuse_changed(self, self._name())
            return options.forgotten(self._store(), self.history().key, keys)

    def intervals(self) -> Table:
        """Return each key's versions, with ``valid_from``, ``valid_to`` and ``is_current``: a type 2 dimension."""
        return self.history().intervals()

    def changes(self, start: datetime | date | str | None = None, end: datetime | date | str | None = None) -> Table:
        """Return what changed after ``start``, up to and at ``end``: ``_operation``, each ``x`` and ``_before_x``."""
        return self.history().changes(start, end)

    def version(self, number: int) -> Table:
        """Return the log as it was at a version of its Delta table: what was known then.

        ```python
        History(dataset.version(3), key="tailnum").intervals()
        ```

        Raises:
            ResourceError: if there is no such version.
        """
        from kedro_faucet.engines.delta import latest_version

        location = source_of(self).location
        latest = latest_version(location)
        if latest is None:
            raise unsaved(self._name(), self._filepath)
        if not 0 <= number <= latest:
            raise ResourceError(f"{self._name()} has no version {number}; its newest is {latest}.")
        return self._engine().read_delta(location, number)

    def history(self) -> History:
        """Return the history as it is now, or was at the time that the run is as of, with all its views.

        Raises:
            ResourceError: if nothing was saved yet.
            DataError: if its key is another one than the entry's.
        """
        source = source_of(self)
        if not source._exists():
            raise unsaved(self._name(), self._filepath)
        try:
            log, at = checked(source._store(), self._name()), current_run().as_of
            return History(log, **self._options, known_at=self.view.known_at, until=at)
        except (DataError, ResourceError) as error:
            raise type(error)(f"{self._name()}: {error}") from None

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows of the view, for Kedro-Viz."""
        return preview(self._engine(), self.load(), nrows)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say in a refusal which history was not written; a run as of a time writes none."""
        try:
            if at := current_run().as_of:
                raise DataError(f"This run is as of {at}, and such a run writes no history.")
            yield
        except (DataError, ResourceError) as error:
            raise type(error)(f"{self._name()}: {error} Nothing was written.") from None

    def _change(self, log: Table | None, snapshot: Snapshot) -> Change | None:
        from kedro_faucet.engines.delta import stamp
        from kedro_faucet.storage.modes import Change

        read = self._known[1] if stamp(self.location) == self._known[0] is not None else None  # of this very log
        added = lifted(self._comparison).addition(log, snapshot, read)
        return Change("overwrite" if added.rewrite else "append", added.rows) if added else None

    def _seen(self) -> Markers:
        """Return the snapshots that the log has; they are read once, until there is another commit."""
        from kedro_faucet.engines.delta import stamp

        now = stamp(self.location)
        if now is None or now != self._known[0]:
            log = checked(self._store(), self._name()) if self._exists() else None
            self._known = (now, Markers() if log is None else read_markers(self._engine(), log))
        return self._known[1]

    def _store(self) -> DeltaStore:
        from kedro_faucet.storage.delta import DeltaStore

        # A table's own log keeps the least and greatest values of its columns, also of rows that were deleted since.
        return DeltaStore(self._engine(), self.location, {"delta.dataSkippingStatsColumns": ",".join(STATISTICS)})

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "view": self.view.name, **self._options}

    def _exists(self) -> bool:
        from kedro_faucet.storage.delta import has_table

        return has_table(self.location)
