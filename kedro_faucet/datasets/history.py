"""A history: every snapshot that is saved, as an append-only log; what is loaded is derived from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from kedro_faucet import engines
from kedro_faucet.datasets.places import location, opened
from kedro_faucet.datasets.preview import TablePreview, preview
from kedro_faucet.datasets.resource import TYPES
from kedro_faucet.exceptions import ConfigError, DataError, ResourceError, did_you_mean
from kedro_faucet.nodes.history import Comparison, History, Snapshot
from kedro_faucet.nodes.history.log import STATISTICS, names
from kedro_faucet.nodes.history.markers import read_markers
from kedro_faucet.nodes.history.snapshot import utc

if TYPE_CHECKING:
    from kedro_faucet.engines import Engine, Table
    from kedro_faucet.nodes.history.markers import Marker
    from kedro_faucet.storage.delta import DeltaStore
    from kedro_faucet.storage.modes import Change

VIEWS = ("intervals", "current", "as_of", "changes")


class HistoryDataset(AbstractDataset["Table | Snapshot", "Table"]):
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
        complete: bool = True,
        max_deletes: float = 0.5,
        overwrite: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        dropped: str | Sequence[str] = (),
        types: Mapping[str, str] | None = None,
        allow_empty: bool = False,
        allow_future: bool = False,
        engine: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says; the engine is connected when the history is first loaded or saved.

        Args:
            filepath: where the log, a Delta table, lies.
            key: the columns that tell the rows of a snapshot apart; the log keeps them, so a view need not say them.
            view: what ``load`` gives: ``intervals``, ``current``, ``as_of`` (with ``at``) or ``changes``.
            at: for ``as_of``: the time; for ``changes``: only what changed after it.
            complete: whether a key that a snapshot lacks is deleted; False for partial snapshots.
            max_deletes: the share of keys that one snapshot may delete; 1 lets all be replaced.
            overwrite: columns of type 1: every version shows the newest value of its key.
            ignore: columns whose changes open no version; each version shows its last value.
            dropped: columns that the source has no more: snapshots may lack them, which opens no version.
            types: types that columns are to have for good; the log is written anew, and no value may change.
            allow_empty: whether a complete snapshot may have no row, so that every key is deleted.
            allow_future: whether a snapshot's time may be more than a day ahead.
            engine: the profile's engine; default: the embedded one.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; errors take the resource's name from it.
            service: the provider's settings, where it is no folder; ``filepath`` is then a URL.

        Raises:
            ConfigError: if a value is not understood.
        """
        self._filepath = str(filepath).removeprefix("file://")
        self._service = opened(service, credentials)
        wanted = {name: str(kind).upper() for name, kind in (types or {}).items()}
        self._comparison = Comparison(key, complete, max_deletes, dropped, wanted, allow_empty, allow_future)
        self._options = {"key": key, "overwrite": overwrite, "ignore": ignore}
        self._view, self._at = view, at
        self._engine_config = dict(engine or {})
        self._known: tuple[Any, list[Marker]] = (None, [])
        self.metadata = metadata
        self._check()

    def load(self) -> Table:
        """Return the view that the catalog asks for, lazily; what it reads stays what it is now.

        Raises:
            ResourceError: if nothing was saved yet.
        """
        views = {"current": self.current, "intervals": self.intervals}
        return views[self._view]() if self._view in views else getattr(self, self._view)(self._at)

    def save(self, data: Table | Snapshot) -> None:
        """Append what a snapshot changed; the same snapshot again changes nothing.

        Args:
            data: a ``Snapshot(table, at)``, or a table (or a pandas, polars or Arrow frame) as it is now.

        Raises:
            DataError: if the snapshot is refused, also one without a time where a newer one is; nothing was written.
            ConflictError: if other processes wrote the history again and again meanwhile.
        """
        given = data if isinstance(data, Snapshot) else Snapshot(data, datetime.now(UTC))
        try:
            snapshot = given if given.checksum else self._stored(given)
            if not self._comparison.knows(self._seen(), snapshot):
                stored = self._stored(snapshot)
                self._store().update(lambda log: self._change(log, stored if given is data else _of_now(log, stored)))
        except (DataError, ResourceError) as error:
            raise type(error)(f"{self._name()}: {error} Nothing was written.") from None

    def current(self) -> Table:
        """Return the rows of the newest snapshot."""
        return self.history().current()

    def as_of(self, at: datetime | date | str) -> Table:
        """Return the rows as they were at a time (in UTC where it has no zone)."""
        return self.history().as_of(at)

    def intervals(self) -> Table:
        """Return each key's versions, with ``valid_from``, ``valid_to`` and ``is_current``: a type 2 dimension."""
        return self.history().intervals()

    def changes(self, start: datetime | date | str | None = None, end: datetime | date | str | None = None) -> Table:
        """Return what changed after ``start``, up to and at ``end``; ``_operation`` is insert, update or delete."""
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

        latest = latest_version(self.location)
        if latest is None:
            raise self._nothing_saved()
        if not 0 <= number <= latest:
            raise ResourceError(f"{self._name()} has no version {number}; its newest is {latest}.")
        return self._engine().read_delta(self.location, number)

    def history(self) -> History:
        """Return the history as it is now, with all its views.

        Raises:
            ResourceError: if nothing was saved yet.
            DataError: if its key is another one than the entry's.
        """
        if not self._exists():
            raise self._nothing_saved()
        try:
            return History(self._store().read(), **self._options)
        except DataError as error:
            raise DataError(f"{self._name()}: {error}") from None

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows of the view, for Kedro-Viz."""
        return preview(self._engine(), self.load(), nrows)

    def _change(self, log: Table | None, snapshot: Snapshot) -> Change | None:
        from kedro_faucet.engines.delta import stamp
        from kedro_faucet.storage.modes import Change

        read = self._known[1] if stamp(self.location) == self._known[0] is not None else None  # of this very log
        added = self._comparison.addition(log, snapshot, read)
        return Change("overwrite" if added.rewrite else "append", added.rows) if added else None

    def _seen(self) -> list[Marker]:
        """Return the snapshots that the log has; they are read once, until there is another commit."""
        from kedro_faucet.engines.delta import stamp

        now = stamp(self.location)
        if now is None or now != self._known[0]:
            store = self._store()
            self._known = now, read_markers(self._engine(), store.read()) if store.exists() else []
        return self._known[1]

    def _stored(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot as a table of the engine, in types that both engines store."""
        from kedro_faucet.storage.intake.audit import without_audit
        from kedro_faucet.storage.schema import storable

        engine, data = self._engine(), snapshot.table
        table = data if engine.owns(data) else engine.from_frame(data)
        # When and by which run rows were loaded is no change of theirs.
        table = storable(engine, without_audit(engine, table))
        return Snapshot(table, snapshot.at, snapshot.checksum, snapshot.seen)

    def _store(self) -> DeltaStore:
        from kedro_faucet.storage.delta import DeltaStore

        # A table's own log keeps the least and greatest values of its columns, also of rows that were deleted since.
        return DeltaStore(self._engine(), self.location, {"delta.dataSkippingStatsColumns": ",".join(STATISTICS)})

    @property
    def location(self) -> str:
        """The path, or the address by which this process reaches a URL."""
        return location(self._service, self._filepath)

    def _engine(self) -> Engine:
        return engines.connect(self._engine_config)

    def _name(self) -> str:
        """Name the resource as the catalog does."""
        return str(((self.metadata or {}).get("kedro_faucet") or {}).get("resource") or self._filepath)

    def _nothing_saved(self) -> ResourceError:
        return ResourceError(
            f"{self._name()} has no snapshot yet: there is no history at {self._filepath}. "
            "Run the pipeline that saves it first."
        )

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "view": self._view, **self._options}

    def _exists(self) -> bool:
        return self._store().exists()

    def _check(self) -> None:
        if self._view not in VIEWS:
            raise ConfigError(
                f"Unknown view '{self._view}'; there are {', '.join(VIEWS)}.{did_you_mean(self._view, VIEWS)}"
            )
        if self._view == "as_of" and self._at is None:
            raise ConfigError("view: as_of needs a time, as in at: 2013-06-30.")
        if self._view in ("intervals", "current") and self._at is not None:
            raise ConfigError(f"at: {self._at} belongs to view: as_of or changes; view: {self._view} does not use it.")
        if not 0 <= self._comparison.max_deletes <= 1:
            raise ConfigError(f"max_deletes is a share of the keys, 0 to 1, not {self._comparison.max_deletes}.")
        options = (self._options["overwrite"], self._options["ignore"], self._comparison.dropped)
        both = set(names(self._options["key"])) & {name for option in options for name in names(option)}
        if both:
            raise ConfigError(f"'{min(both)}' is in the key: it can be neither overwritten, ignored nor dropped.")
        for name, kind in self._comparison.types.items():
            if (base := kind.partition("(")[0]) not in TYPES:
                raise ConfigError(
                    f"types: {{{name}: {kind}}} names no type; there are {', '.join(TYPES)}.{did_you_mean(base, TYPES)}"
                )
        if self._at is not None:
            utc(self._at)


def _of_now(log: Table | None, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of this moment, which is read when the log is: then no other save can be newer but by its time.

    Raises:
        DataError: if the log has a newer one.
    """
    snapshot = replace(snapshot, at=datetime.now(UTC))
    newer = [] if log is None else [each.at for each in read_markers(engines.engine_of(log), log)]
    if newer and max(newer) > snapshot.at:
        raise DataError(
            f"A table without a time is saved as of now, {snapshot.at}, and a snapshot of {max(newer)} is newer: "
            "save a Snapshot(table, at), with the time at which the table was so."
        )
    return snapshot
