"""Disks of other machines, by fsspec: a save is a file that is renamed into its place."""

from __future__ import annotations

import os
import posixpath
import re
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from kedro_faucet.exceptions import ConflictError, FaucetError, ResourceError
from kedro_faucet.services.patience import within
from kedro_faucet.services.stores.refusals import refusal
from kedro_faucet.services.stores.store import Object, Over, Store

_OLD = 24 * 3600
PATIENCE = 9.0
"""Seconds in which a machine has to answer."""
_systems: dict[tuple[str, int], Any] = {}


class Disks(Store):
    """A service of files on other machines, which have no conditional put."""

    compared_by: ClassVar[str] = "format: delta"
    """What keeps rows that are compared before a save, where a file is replaced whole."""

    @abstractmethod
    def _open(self) -> Any:
        """Return fsspec's file system."""

    @abstractmethod
    def _rename(self, path: str, to: str, *, replace: bool) -> None:
        """Rename a file in one step; `FileExistsError` where another is not to be replaced."""

    def _usable(self, system: Any) -> bool:
        """Tell whether a file system that was opened is not to be opened anew."""
        return True

    @property
    def _system(self) -> Any:
        """The file system, opened once in a process, if the machine answers."""
        name = (self.protocol, os.getpid())
        if name not in _systems or not self._usable(_systems[name]):
            _systems[name] = self._in_time(self._open)
        return _systems[name]

    def _in_time(self, act: Callable[[], Any]) -> Any:
        """Return what a function does, unless it takes too long: the client itself may wait for ever."""
        try:
            return within(PATIENCE, act)
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError, ValueError) as error:
            raise ResourceError(refusal(str(error) or "timed out", self, "")) from None

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except (OSError, RuntimeError, ValueError) as error:
            raise ResourceError(refusal(str(error), self, key)) from None

    def answering(self) -> None:
        """Open the file system."""
        _ = self._system

    def check(self) -> None:
        """List the folder."""
        key = self.locate("").partition("://")[2]
        try:
            self._in_time(lambda: self._listed(key, self._path(key)))
        except FileNotFoundError:
            raise ResourceError(
                f"There is no folder {self.place}: it is made by the first save, or correct path:."
            ) from None

    def _listed(self, key: str, path: str) -> Any:
        with self._told(key):
            return self._system.ls(path, detail=True)

    @staticmethod
    def _path(key: str) -> str:
        """Return a path on the machine, whose name begins a key."""
        return "/" + key.partition("/")[2]

    def find(self, key: str) -> Object | None:
        """Ask for a file's size, and the time of its last change."""
        with suppress(FileNotFoundError), self._told(key):
            found = self._system.info(self._path(key))
            return self._noted(key, found) if found["type"] == "file" else None
        return None

    def _noted(self, key: str, found: Any) -> Object:
        seconds = _changed(found)
        mark = f"m{int(seconds * 1000):x}s{found['size']:x}"
        return self.noted(Object(key, found["size"], mark, datetime.fromtimestamp(seconds, UTC)))

    def objects(self, prefix: str) -> Iterator[Object]:
        """Walk through the folders."""
        host, _, _ = prefix.partition("/")
        yield from self._below(host, self._path(posixpath.dirname(prefix)), self._path(prefix))

    def _below(self, host: str, folder: str, prefix: str) -> Iterator[Object]:
        """Yield the files of a folder and of those in it; fsspec's own walk leaves out what it may not list."""
        listed = []
        with suppress(FileNotFoundError):
            listed = self._listed(host + folder, folder)
        for found in listed:
            path = found["name"]
            if not path.startswith(prefix):
                continue
            if found["type"] == "directory":
                yield from self._below(host, path, prefix)
            elif known := self.find(host + path) if found["type"] == "link" else self._noted(host + path, found):
                yield known

    def read(self, key: str, mark: str, start: int, end: int) -> bytes:
        """Read a range."""
        with self._meant(key, mark):
            return bytes(self._system.cat_file(self._path(key), start=start, end=end))

    @contextmanager
    def _meant(self, key: str, mark: str) -> Iterator[None]:
        """Look after a file was read whether it is still the one that is meant."""
        try:
            with self._told(key):
                yield
        except FileNotFoundError:
            raise ResourceError(f"{self.scheme}://{key} is there no more: load it again.") from None
        if mark and ((now := self.find(key)) is None or now.mark != mark):
            raise ResourceError(f"{self.scheme}://{key} has changed since it was loaded: load it again.")

    def put(self, key: str, content: Path | bytes, over: Over = "any") -> None:
        """Write a file aside, and rename it into its place.

        Raises:
            ResourceError: if it is to replace one file and no other: two saves at once could lose one.
        """
        url = f"{self.scheme}://{key}"
        if isinstance(over, Object):
            raise ResourceError(
                f"{url} cannot be compared and replaced in one step there: give the resource {self.compared_by}, or "
                "mode: overwrite."
            )
        path = self._path(key)
        part = posixpath.join(posixpath.dirname(path), f".{uuid4().hex}.part")
        try:
            with self._told(key):
                self._system.makedirs(posixpath.dirname(path), exist_ok=True)
                _write(self._system, part, content)
                self._rename(part, path, replace=over == "any")
                with suppress(PermissionError):  # a folder to drop files in may not be listed
                    self._sweep(posixpath.dirname(path))
        except FileExistsError:
            raise ConflictError(f"Another process wrote {url} meanwhile; nothing was written. Run again.") from None
        finally:
            with suppress(OSError, RuntimeError, FaucetError), self._told(key):
                self._system.rm_file(part) if self._system.exists(part) else None

    def _sweep(self, folder: str) -> None:
        """Remove what killed processes have left in a folder a day ago or longer."""
        for found in self._system.ls(folder, detail=True):
            name = posixpath.basename(found["name"])
            if re.fullmatch(r"\.[0-9a-f]{32}\.part", name) and _changed(found) < time.time() - _OLD:
                self._system.rm_file(found["name"])

    def remove(self, key: str) -> None:
        """Remove a file."""
        with suppress(FileNotFoundError), self._told(key):
            self._system.rm_file(self._path(key))


def _changed(found: Any) -> float:
    """Return when a file was changed, in seconds."""
    changed = found.get("modification_time") or found.get("mtime") or 0
    return float(changed.timestamp() if isinstance(changed, datetime) else changed / 1000)


def _write(system: Any, path: str, content: Path | bytes) -> None:
    if isinstance(content, Path):
        return system.put_file(str(content), path)  # type: ignore[no-any-return]
    with system.open(path, "wb") as file:
        file.write(content)
    return None
