"""One-file tables: a save swaps in a whole new file; a table loaded before keeps the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import DataError, ResourceError, SqlError
from kedro_faucet.storage.errors import reachable
from kedro_faucet.storage.locations import find_files, is_pattern
from kedro_faucet.storage.modes import Change
from kedro_faucet.storage.schema import storable, stored_type, widened
from kedro_faucet.storage.versions import Versions, shown

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

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return bool(find_files(self.path))

    def read(self) -> Table:
        """Return the table as it is now; a later save does not change what it reads.

        Raises:
            ResourceError: if there is no file.
        """
        with reachable(self.path):
            pinned = [Versions(file).pin() for file in find_files(self.path, required=True)]
            return self._read(pinned, self.options)

    def _read(self, files: Sequence[Path], options: Mapping[str, Any]) -> Table:
        try:
            return self.engine.read_files(self.format, [str(file) for file in files], **options)
        except SqlError as error:
            raise ResourceError(f"{self.path} cannot be read as {self.format}: {str(error).splitlines()[0]}") from None
        except (DataError, ResourceError) as error:
            raise type(error)(str(error).replace(str(files[0]), str(shown(files[0])))) from None

    def _read_old(self) -> Table | None:
        """Return the table as it is; a file of texts in the types of the incoming rows."""
        files = find_files(self.path)
        hints = {name: stored_type(kind) for name, kind in self.hints.items()}
        typed = hints and self.format in {"csv", "json"}
        return self._read(files, {**self.options, **({"hints": hints} if typed else {})}) if files else None

    def replace(self, rows: Table) -> None:
        """Swap in a file of these rows, whatever there was.

        Raises:
            ResourceError: if the path is a pattern.
        """
        with self._locked():
            self._replace(rows)

    def update(self, change: Callable[[Table | None], Change | None]) -> None:
        """Swap in the file that a function makes of the table as it is (nothing, where there is none yet).

        Raises:
            ResourceError: if the path is a pattern.
        """
        with self._locked(), self.engine.scratch():
            old = self._read_old()
            found = change(old)
            if found and old is not None and found.mode == "append":
                self._replace(self._both(old, found.table))
            elif found:
                self._replace(found.table)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self.format == "excel":
            raise ResourceError(f"{self.path}: workbooks are read only; save to csv, which Excel opens, or to parquet.")
        if is_pattern(self.path):
            raise ResourceError(f"{self.path} names many files, which are read only; save to one file or to Delta.")
        if Path(self.path).is_dir():
            raise ResourceError(
                f"{self.path} is a folder, where a file is to be saved: name a file in it, or say format: delta."
            )
        if other := [key for key, value in self.options.items() if key not in _SAVED and value]:
            raise ResourceError(
                f"{self.path} would not be read as it is saved, with commas and a header in UTF-8: leave out "
                f"{', '.join(other)} in load_args, and read other files by an entry of their own."
            )
        with reachable(self.path), Versions(Path(self.path)).locked():
            yield

    def _both(self, old: Table, added: Table) -> Table:
        text = "select * from before union all select * from added"
        return self.engine.sql(text, before=widened(self.engine, old, added), added=added)

    def _replace(self, rows: Table) -> None:
        kept = storable(self.engine, rows)
        Versions(Path(self.path)).replace(lambda file: self.engine.write_file(kept, self.format, file))
