"""One-file tables: a save swaps in a whole new file; a table loaded before keeps the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro_faucet.engines import Engine, Table
from kedro_faucet.engines.files.folders import write_folder
from kedro_faucet.engines.files.local.packing import require_written
from kedro_faucet.engines.files.local.paths import shown
from kedro_faucet.exceptions import DataError, ResourceError, SqlError
from kedro_faucet.storage.errors import reachable
from kedro_faucet.storage.modes import Change
from kedro_faucet.storage.partitions import FOLDERS, require_partitions
from kedro_faucet.storage.places import Saving, place_of
from kedro_faucet.storage.places.attempts import persistently
from kedro_faucet.storage.places.locations import is_pattern
from kedro_faucet.storage.schema import storable, stored_type, widened

_SAVED = ("columns", "nulls", "header")


@dataclass(frozen=True)
class FileStore:
    """A table in one file, or (to read only) in all the files that a pattern finds.

    Loading reads one of the names under which a file's versions are kept beside it.
    """

    engine: Engine
    path: str
    format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    partition_by: Sequence[str] = ()

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return place_of(self.path).exists()

    def read(self) -> Table:
        """Return the table as it is now; a later save does not change what it reads.

        Raises:
            ResourceError: if there is no file.
        """
        with reachable(self.path):
            return self._read(place_of(self.path).pinned(required=True), self.options)

    def _read(self, files: Sequence[str], options: Mapping[str, Any]) -> Table:
        try:
            return self.engine.read_files(self.format, list(files), **options)
        except SqlError as error:
            raise ResourceError(f"{self.path} cannot be read as {self.format}: {str(error).splitlines()[0]}") from None
        except (DataError, ResourceError) as error:
            raise type(error)(_by_names(str(error), files)) from None

    def _read_old(self, files: Sequence[str]) -> Table | None:
        """Return the table as it is; a file of texts in the types of the incoming rows."""
        hints = {name: stored_type(kind) for name, kind in self.hints.items()}
        typed = hints and self.format in {"csv", "json"}
        return self._read(files, {**self.options, **({"hints": hints} if typed else {})}) if files else None

    def replace(self, rows: Table) -> None:
        """Swap in a file of these rows, whatever there was.

        Raises:
            ResourceError: if the path is a pattern.
        """
        with self._saving() as saving:
            self._put(saving, rows, anything=True)

    def update(self, change: Callable[[Table | None], Change | None]) -> None:
        """Swap in the file that a function makes of the table as it is (nothing, where there is none yet).

        Raises:
            ResourceError: if the path is a pattern.
        """
        persistently(self.path, lambda: self._try(change))

    def _try(self, change: Callable[[Table | None], Change | None]) -> None:
        with self._saving() as saving, self.engine.scratch():
            old = self._read_old(saving.files)
            found = change(old)
            if found and old is not None and found.mode == "append":
                self._put(saving, self._both(old, found.table))
            elif found:
                self._put(saving, found.table)

    @contextmanager
    def _saving(self) -> Iterator[Saving]:
        if self.format == "excel":
            raise ResourceError(f"{self.path}: workbooks are read only; save to csv, which Excel opens, or to parquet.")
        require_written(self.path)
        if is_pattern(self.path):
            raise ResourceError(f"{self.path} names many files, which are read only; save to one file or to Delta.")
        if other := [key for key, value in self.options.items() if key not in _SAVED and value]:
            raise ResourceError(
                f"{self.path} would not be read as it is saved, with commas and a header in UTF-8: leave out "
                f"{', '.join(other)} in load_args, and read other files by an entry of their own."
            )
        with reachable(self.path), place_of(self.path).saving(folders=bool(self.partition_by)) as saving:
            yield saving

    def _both(self, old: Table, added: Table) -> Table:
        text = "select * from before union all select * from added"
        return self.engine.sql(text, before=widened(self.engine, old, added), added=added)

    def _put(self, saving: Saving, rows: Table, *, anything: bool = False) -> None:
        kept = storable(self.engine, rows)
        if self.partition_by:
            require_partitions(self.engine.schema(kept), self.partition_by, FOLDERS)
        saving.put(lambda file: self._write(kept, file), anything)

    def _write(self, rows: Table, path: str) -> None:
        if self.partition_by:
            write_folder(self.engine, rows, self.format, path, self.path, self.partition_by)
        else:
            self.engine.write_file(rows, self.format, path)


def _by_names(text: str, files: Sequence[str]) -> str:
    """Return a message that names files as a user knows them."""
    for file in files:
        text = text.replace(file, str(shown(Path(file))))
    return text
