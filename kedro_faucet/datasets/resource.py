"""A resource: one named table on a provider, loaded and saved by the engine of the profile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from kedro_faucet.datasets.options import (
    FORMATS,
    INCREMENTAL,
    LOAD_ARGS,
    MODES,
    NARROWED,
    SAVE_ARGS,
    check_versions,
    format_of,
    kept_for,
    keyless,
    known,
    listed,
    load_options,
    moment,
    only,
    read_only,
)
from kedro_faucet.datasets.places import Located, begin_own, opened, source_of
from kedro_faucet.datasets.preview import TablePreview, preview
from kedro_faucet.datasets.saving import as_table, increment, intake, put_aside
from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.exceptions import DataError, ResourceError

if TYPE_CHECKING:
    from kedro_faucet.engines import Engine, Table
    from kedro_faucet.storage.database import DatabaseStore
    from kedro_faucet.storage.delta import DeltaStore
    from kedro_faucet.storage.files import FileStore
    from kedro_faucet.storage.intake.intake import Intake
    from kedro_faucet.storage.modes import Writer


class ResourceDataset(Located["Table", "Table"]):
    """A table in a Delta table or in one file, with atomic write modes.

    ```yaml
    lake/flights:
      type: kedro_faucet.ResourceDataset
      provider: lake
      save_args: {mode: merge, key: [flight_date, carrier, flight, origin], order_by: exported_at}
      incremental: {cursor: exported_at, lookback: 2d}
    ```

    >>> import tempfile
    >>> from kedro_faucet import engines
    >>> numbers = ResourceDataset(filepath=tempfile.mkdtemp() + "/numbers", save_args={"mode": "append"})
    >>> numbers.save(engines.connect().sql("select 1 as n"))
    >>> numbers.save(engines.connect().sql("select 2 as n"))
    >>> sorted(engines.connect().rows(numbers.load()))
    [(1,), (2,)]
    """

    def __init__(
        self,
        *,
        filepath: str = "",
        format: str | None = None,
        load_args: Mapping[str, Any] | None = None,
        save_args: Mapping[str, Any] | None = None,
        incremental: Mapping[str, Any] | None = None,
        engine: Mapping[str, Any] | None = None,
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        at_version: int | Literal["all"] | None = None,
        as_of: datetime | date | str | None = None,
        service: Mapping[str, Any] | None = None,
        table: str | None = None,
        changes_from: int | None = None,
        deferred: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says; the engine is connected when a table is first loaded or saved.

        Args:
            filepath: where the table lies; csv, json and parquet may name many files with ``*``, to read only.
            format: ``delta``, ``parquet``, ``csv``, ``json`` or ``excel`` (to read); default: as the path ends, else
                ``delta``.
            load_args: ``columns`` (their types); for csv also ``nulls``, ``delimiter``, ``header``, ``encoding``,
                ``skip``, ``comment``, ``quote``, ``escape``, ``decimal``, ``thousands``, ``date_format``,
                ``timestamp_format`` and ``filename``; for excel ``sheet``, ``range``, ``nulls``, ``header``, ``skip``
                and ``filename``; for all text and Parquet files ``hive``: True where folders such as ``year=2013`` are
                columns, for text files ``entry``: which files of a zip file.
            save_args: ``mode`` (overwrite, append, merge, error, ignore), for merge ``key``, ``order_by``,
                ``delete_by`` and ``delete_missing``; ``partition_by``: columns with folders of their own; for delta
                ``keep_versions`` (days); for csv ``escape_formulas``: ``'`` before texts that a spreadsheet computes.
            incremental: ``cursor`` and ``lookback``: a save takes only what the target may not have yet.
            engine: the profile's engine; default: the embedded one.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; errors take the resource's name from it.
            at_version: the version of the Delta table to load, to read only; a catalog entry says ``version:``.
                ``all`` loads each version as a snapshot of the time of its commit, for a history to save.
            as_of: instead, the time (of UTC) at which it is loaded as it was, to read only.
            service: the provider's settings, where it is no folder of this machine; ``filepath`` is a URL then.
            table: in the place of ``filepath``: the name of a database's table, as in ``orders`` or ``sales.orders``.
            changes_from: what is loaded is what changed since this version of the Delta table, as ``changes`` says.
            deferred: where a profile that this one defers to has the table: it is read there while there is none here.

        Raises:
            ResourceError: if a name or value is not understood.
        """
        if bool(filepath) == bool(table):
            raise ResourceError("A resource lies at a filepath:, or is a table: of a database, one of the two.")
        format = format or format_of(str(filepath))
        known(format, FORMATS, "format")
        self._filepath = str(table or filepath).removeprefix("file://")
        self._format = format
        said = only(load_args, LOAD_ARGS, "load_args")
        self._load_args = load_options(format, said)
        self._narrowed = {key: said[key] for key in NARROWED if said.get(key)}
        self._save_args = only(save_args, SAVE_ARGS, "save_args")
        self._partitions = tuple(listed(self._save_args.get("partition_by") or ()))
        self._incremental = only(incremental, INCREMENTAL, "incremental")
        self._engine_config = dict(engine or {})
        self._service, self._deferred = opened(service, credentials, self._filepath, "A resource"), deferred
        declared = (said.get("columns") or {}) if self._database else {}
        self._columns = {name: declared_type(name, kind) for name, kind in declared.items()}
        self.metadata = metadata
        self._version = moment(as_of) if at_version is None and as_of is not None else at_version
        self.continues = False  # whether what is saved next is another part of what the same node has saved
        self._changes_from = changes_from
        check_versions(self._name(), "" if self._database else format, at_version, as_of, changes_from)
        self._writer()
        increment(self._mode, self._incremental)

    def load(self) -> Table:
        """Return the table, lazily; what it reads stays what it is now.

        Raises:
            ResourceError: if it does not exist or cannot be read.
        """
        if (source := source_of(self)) is not self:
            return source.load()
        if self._database:
            return self._table_store().read()
        if self._changes_from is not None:
            return self.changes(self._changes_from)
        if self._version == "all":
            return self._snapshots()
        table = self._store().read() if self._version is None else self._delta().read(self._version)
        return self._narrow(table)

    def _narrow(self, table: Table) -> Table:
        from kedro_faucet.storage.narrowing import narrowed

        return narrowed(self._engine(), table, **self._narrowed) if self._narrowed else table

    def _snapshots(self) -> Any:
        from kedro_faucet.datasets.versions import snapshots

        delta = self._delta()
        delta.read()  # it must be there
        return snapshots(self._name(), delta.uri, delta.engine, lambda number: self._narrow(delta.read(number)))

    def changes(self, from_version: int, to_version: int | None = None) -> Table:
        """Return what a merged Delta table's rows are, and were before, of each key that changed between two versions.

        Each row has the key, ``_operation`` (insert, update or delete), the columns, and ``_before_`` each column.

        Args:
            from_version: the version that the changes are since.
            to_version: up to which; default: the version of the entry, else the newest.

        Raises:
            ResourceError: if the entry has no key, a version is none, or gone, or a column has another type by now.
        """
        from kedro_faucet.storage.delta.changes import changes

        if (source := source_of(self)) is not self:
            return source.changes(from_version, to_version)
        if not self._key:
            raise keyless(self._name())
        own = None if self._version == "all" else self._version
        old, new = (self._delta().read(at) for at in (from_version, own if to_version is None else to_version))
        return changes(self._engine(), old, new, self._key)

    def save(self, data: Table) -> None:
        """Write a table (or a pandas, polars or Arrow frame) in the entry's mode.

        Raises:
            DataError: if rows are refused; nothing was written.
            ConflictError: if other processes wrote it again and again meanwhile.
            ResourceError: if the entry names a version.
        """
        if self._version is not None or self._changes_from is not None:
            raise read_only(self._name(), self._version)
        begin_own(self, self._name(), adds=self._mode in ("append", "merge") and not self.continues)
        engine = self._engine()
        new = as_table(engine, data, self._name())
        try:
            self._write(engine, new)
        except (DataError, ResourceError) as error:
            raise type(error)(f"'{self._name()}' is not saved: {error}") from None

    def _write(self, engine: Engine, new: Table) -> None:
        if self._format == "csv" and self._save_args.get("escape_formulas"):
            from kedro_faucet.storage.schema import without_formulas

            new = without_formulas(engine, new)
        intake = self._intake(engine)
        if self._database:
            return self._write_table(engine, new, intake)
        if intake.takes_all and self._mode == "overwrite" and not self.continues:
            return self._store().replace(intake.rows(engine, None, new))
        write = partial(intake.change, engine, new=new, write=self._writer(), key=self._key)
        return self._store(engine.schema(new)).update(lambda old: write(old=old))

    def _write_table(self, engine: Engine, new: Table, intake: Intake) -> None:
        from kedro_faucet.services import Save
        from kedro_faucet.storage.intake.tables import save

        how = Save(**{**self._modes(), "mode": self._saved_as, "key": tuple(self._key)})
        save(self._table_store(), intake, new, how)

    def _intake(self, engine: Engine) -> Intake:
        keep = partial(put_aside, self, engine)
        return intake(self._mode, self._save_args, increment(self._mode, self._incremental), self._incremental, keep)

    @property
    def _saved_as(self) -> str:
        return "append" if self.continues and self._mode == "overwrite" else self._mode

    def at_version(self, version: str | int) -> ResourceDataset:
        """Return the same resource at a version of its Delta table.

        Raises:
            ResourceError: if it is no version of a Delta table.
        """
        if not str(version).isdecimal():
            raise ResourceError(f"'{self._name()}' has no version '{version}': a Delta table's are 0, 1, 2 …")
        given: dict[str, Any] = self._init_args  # type: ignore[attr-defined]  # Kedro keeps them
        return type(self)(**{**given, "at_version": int(version), "as_of": None})

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows, for Kedro-Viz."""
        return preview(self._engine(), self._delta().read() if self._version == "all" else self.load(), nrows)

    def _describe(self) -> dict[str, Any]:
        place = {"service": self._service.place} if self._service else {}
        name, form = ("table", {}) if self._database else ("filepath", {"format": self._format})
        said = {name: self._filepath, **place, **form, **self._save_args}
        return {**said, **({"incremental": self._incremental} if self._incremental else {})}

    def _exists(self) -> bool:
        if self._database:
            return self._table_store().exists()
        from kedro_faucet.storage.delta import has_table
        from kedro_faucet.storage.places import place_of

        return has_table(self.location) if self._format == "delta" else place_of(self.location).exists()

    @property
    def _mode(self) -> str:
        return str(self._save_args.get("mode", "overwrite"))

    @property
    def _key(self) -> list[str]:
        return listed(self._save_args.get("key", ()))

    @property
    def _database(self) -> bool:
        return self._service is not None and self._service.holds == "tables"

    def _table_store(self) -> DatabaseStore:
        from kedro_faucet.services import Selection
        from kedro_faucet.storage.database import DatabaseStore

        select = tuple(listed(self._narrowed.get("select", ())))
        said = {**self._narrowed, "select": select, "columns": self._columns}
        return DatabaseStore(self._engine(), self._service, Selection(self._filepath, **said))  # type: ignore[arg-type]

    def _store(self, hints: Mapping[str, str] | None = None) -> DeltaStore | FileStore:
        from kedro_faucet.storage.files import FileStore

        if self._format == "delta":
            return self._delta()
        return FileStore(self._engine(), self.location, self._format, self._load_args, hints or {}, self._partitions)

    def _delta(self) -> DeltaStore:
        from kedro_faucet.storage.delta import DeltaStore

        keep = kept_for(self._save_args.get("keep_versions", 30))
        return DeltaStore(self._engine(), self.location, partition_by=self._partitions, keep=keep)

    def _writer(self) -> Writer:
        from kedro_faucet.storage.modes import writer

        return writer(**{**self._modes(), "mode": self._saved_as, "key": self._key})

    def _modes(self) -> dict[str, Any]:
        """Return what is said of the mode, and not of the files."""
        return {name: value for name, value in self._save_args.items() if name in MODES}
