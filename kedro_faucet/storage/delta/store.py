"""Delta tables: a save reads one version, and is committed only onto that version; else it compares again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from kedro_faucet.engines import Engine, Table
from kedro_faucet.engines.delta import check_place, latest_version, version_at
from kedro_faucet.engines.delta_log import newest_commit
from kedro_faucet.exceptions import EngineError, ResourceError, SqlError, did_you_mean
from kedro_faucet.storage.change import Change
from kedro_faucet.storage.delta.maintenance import tend
from kedro_faucet.storage.delta.partitions import check_partitions
from kedro_faucet.storage.errors import reachable
from kedro_faucet.storage.places.attempts import persistently
from kedro_faucet.storage.schema import storable


def has_table(uri: str) -> bool:
    """Tell whether there is a Delta table, without an engine: Kedro asks before it starts other processes.

    Raises:
        ResourceError: if there can be none.
    """
    check_place(uri)
    return newest_commit(uri) is not None


@dataclass(frozen=True)
class DeltaStore:
    """A Delta table at a location.

    With a time to ``keep`` versions for, it is maintained as saves go on.

    >>> import tempfile
    >>> from kedro_faucet import engines
    >>> from kedro_faucet.storage.modes import writer
    >>> engine, append = engines.connect(), writer("append")
    >>> store = DeltaStore(engine, tempfile.mkdtemp() + "/numbers")
    >>> store.update(lambda old: append(engine, old, engine.sql("select 1 as n")))
    >>> store.update(lambda old: append(engine, old, engine.sql("select 2 as n")))
    >>> sorted(engine.rows(store.read()))
    [(1,), (2,)]
    """

    engine: Engine
    uri: str
    properties: Mapping[str, str] = field(default_factory=dict)
    partition_by: tuple[str, ...] = ()
    keep: timedelta | None = None

    def exists(self) -> bool:
        """Tell whether there is a table."""
        return has_table(self.uri)

    def read(self, at: int | datetime | None = None) -> Table:
        """Return the table as it is now, at a version or at a time (of UTC); no later commit changes what it reads.

        Raises:
            ResourceError: if there is no table, or no such version.
        """
        with reachable(self.uri):
            newest = latest_version(self.uri)
            version = version_at(self.uri, at) if isinstance(at, datetime) else newest if at is None else at
            if isinstance(at, datetime) and newest is not None and version is None:
                raise ResourceError(f"The Delta table {self.uri} has no version as old as {at}: its first is younger.")
            if version is not None and newest is not None and not 0 <= version <= newest:
                raise ResourceError(f"There is no version {version} of {self.uri}; its newest is {newest}.")
            table = self._at(None if newest is None else version)
        if table is None:
            raise ResourceError(
                f"There is no Delta table at {self.uri}.{self._near()} Run the pipeline that saves it first, "
                "or correct the name."
            )
        return table

    def _near(self) -> str:
        path = Path(self.uri)
        return did_you_mean(path.name, sorted(log.parent.name for log in path.parent.glob("*/_delta_log")))

    def _at(self, version: int | None) -> Table | None:
        if version is None:
            return None
        try:
            return self.engine.read_delta(self.uri, version)
        except (SqlError, EngineError, ResourceError) as error:  # a file that the log names is gone, or is none
            said = str(error).splitlines()[0].removeprefix("The computation stopped: ")
            if version < (latest_version(self.uri) or 0) and _is_gone(said):
                raise ResourceError(
                    f"Version {version} of the Delta table {self.uri} is gone: its files were cleared away, as kedro "
                    "faucet maintain does after 30 days (--keep). Load a newer version."
                ) from None
            if said.startswith("The Delta table"):
                raise
            raise ResourceError(f"The Delta table {self.uri} cannot be read at version {version}: {said}") from None

    def replace(self, rows: Table) -> None:
        """Commit these rows in the place of whatever there was.

        Raises:
            ConflictError: if others were faster many times in a row.
        """
        self._commit(lambda version: Change("overwrite", rows))

    def update(self, change: Callable[[Table | None], Change | None]) -> None:
        """Commit the change that a function makes of the table as it is (nothing, where there is none yet).

        Where another process commits meanwhile, the function is asked again with the table as it is then.

        Raises:
            ConflictError: if others were faster many times in a row.
        """
        self._commit(lambda version: change(self._at(version)))

    def _commit(self, change: Callable[[int | None], Change | None]) -> None:
        persistently(f"the Delta table {self.uri}", lambda: self._try(change))

    def _try(self, change: Callable[[int | None], Change | None]) -> None:
        with reachable(self.uri), self.engine.scratch():
            version = latest_version(self.uri)
            found = change(version)
            if found is not None:
                self._write(replace(found, table=storable(self.engine, found.table)), version)
                if self.keep and version is not None:
                    tend(self.uri, version + 1, self.keep)

    def _write(self, change: Change, version: int | None) -> None:
        rows, mode = change.table, change.mode
        if self.partition_by:
            check_partitions(self.engine, rows, self.partition_by, self.uri if mode == "append" else None)
        self.engine.write_delta(
            rows,
            self.uri,
            mode=mode,
            expected=version,
            properties=self.properties,
            partition_by=self.partition_by,
            gone=change.gone,
        )


def _is_gone(said: str) -> bool:
    """Tell whether a file of the table, or of its log, is there no more."""
    return any(word in said for word in ("is there no more", "No such file", "not found", "No table version found"))
