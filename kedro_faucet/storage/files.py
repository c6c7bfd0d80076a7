"""One-file tables (csv, json, parquet): a save swaps in a whole new file; a table loaded before keeps the old one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from kedro_faucet.engines import Engine, Table
from kedro_faucet.engines.delta import exclusive
from kedro_faucet.exceptions import DataError, ResourceError, SqlError
from kedro_faucet.storage.errors import reachable
from kedro_faucet.storage.locations import find_files, is_pattern
from kedro_faucet.storage.modes import Change
from kedro_faucet.storage.schema import storable, stored_type, widened

_loaded: set[Path] = set()
_SAVED = ("columns", "nulls", "header")


@dataclass(frozen=True)
class FileStore:
    """A table in one file, or (to read only) in all the files that a pattern finds.

    Beside the file, ``.faucet/`` keeps it and its predecessor under names of their own: hard links, so that the file
    itself takes no room twice. Loading reads such a name; what this process has loaded, its later saves leave alone.
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
            pinned = [_pinned(file) for file in find_files(self.path, required=True)]
            _loaded.update(pinned)
            return self._read(pinned, self.options)

    def _read(self, files: Sequence[Path], options: Mapping[str, Any]) -> Table:
        try:
            return self.engine.read_files(self.format, [str(file) for file in files], **options)
        except SqlError as error:
            raise ResourceError(f"{self.path} cannot be read as {self.format}: {str(error).splitlines()[0]}") from None
        except (DataError, ResourceError) as error:
            raise type(error)(str(error).replace(str(files[0]), str(_shown(files[0])))) from None

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
        with reachable(self.path), exclusive(str(_versions(Path(self.path)) / "lock")):
            yield

    def _both(self, old: Table, added: Table) -> Table:
        text = "select * from before union all select * from added"
        return self.engine.sql(text, before=widened(self.engine, old, added), added=added)

    def _replace(self, rows: Table) -> None:
        path = Path(self.path)
        before = path.stat().st_ino if path.exists() else None
        version = _versions(path) / f"{uuid4().hex}{''.join(path.suffixes)}"
        self.engine.write_file(storable(self.engine, rows), self.format, str(version))
        _flush(version)
        _swap(version, path)
        _sweep(_versions(path), {before, path.stat().st_ino})


def _versions(path: Path) -> Path:
    return path.parent / ".faucet" / path.name


def _pinned(path: Path) -> Path:
    """Return the name that a later save leaves alone, where the file was written by a save."""
    try:
        same = path.stat().st_ino
        return next((each for each in _versions(path).iterdir() if each.stat().st_ino == same), path)
    except FileNotFoundError:
        return path


def _shown(path: Path) -> Path:
    """Return the name that a user knows a file by."""
    return path.parents[2] / path.parent.name if path.parent.parent.name == ".faucet" else path


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _swap(version: Path, path: Path) -> None:
    """Put a file in its place in one step, under its second name."""
    twin = version.with_name(f"{version.name}.swap")
    try:
        os.link(version, twin)
    except OSError:  # a file system without hard links
        twin = version
    os.replace(twin, path)


def _sweep(versions: Path, kept: set[int | None]) -> None:
    """Remove what is neither the file nor its predecessor, such as what a killed process left; we hold the lock."""
    for each in versions.iterdir():
        if each.name == "lock" or each in _loaded or each.stat().st_ino in kept:
            continue
        shutil.rmtree(each) if each.is_dir() else each.unlink()
