"""Copies of what cannot be read in parts, on this machine's disk as long as the process lives."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

_NAME = "kedro-faucet-spool-{}-"


class Spool:
    """A folder of copies under the marks of their contents; it is removed when the process ends.

    >>> spool = Spool()
    >>> with spool.new() as file:
    ...     _ = file.write(b"n")
    >>> spool.keep(file.name, "h1")
    >>> spool.found("h1").read_bytes(), spool.found("h2")
    (b'n', None)
    """

    def __init__(self) -> None:
        """Make no folder before it is needed."""
        self._folder, self._process = Path(), 0

    def _place(self) -> Path:
        if self._process != os.getpid():  # a forked process has a folder of its own
            _sweep()
            self._folder = Path(tempfile.mkdtemp(prefix=_NAME.format(os.getpid())))
            self._process = os.getpid()
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def new(self) -> IO[bytes]:
        """Open a new file."""
        return (self._place() / f"{uuid4().hex}.part").open("wb")

    def keep(self, file: str, mark: str) -> None:
        """Keep a file under the mark of its content."""
        Path(file).replace(self._place() / mark)

    def found(self, mark: str) -> Path | None:
        """Return the copy of a content, or nothing."""
        file = self._place() / mark
        return file if mark and file.exists() else None


class Copies:
    """Copies of objects that are read several times, so many bytes in all: the oldest give way.

    >>> copies = Copies(largest=2)
    >>> copies.read("a", lambda file: file.write(b"ab"), 1, 2)
    b'b'
    >>> copies.read("a", lambda file: file.write(b"not fetched again"), 0, 1)
    b'a'

    Args:
        largest: bytes of all copies.
    """

    def __init__(self, largest: int) -> None:
        """Copy nothing yet."""
        self.largest = largest
        self._free = threading.Lock()
        self._sizes: dict[str, int] = {}

    def read(self, name: str, fetch: Callable[[IO[bytes]], Any], start: int, end: int) -> bytes:
        """Return a range of an object, which ``fetch`` copies to a file where there is no copy."""
        mark = hashlib.sha256(name.encode()).hexdigest()
        while True:
            with self._free:
                found = spool.found(mark) or self._fetched(mark, fetch)
            with suppress(FileNotFoundError), found.open("rb") as file:
                file.seek(start)
                return file.read(end - start)

    def _fetched(self, mark: str, fetch: Callable[[IO[bytes]], Any]) -> Path:
        with spool.new() as file:
            fetch(file)
            size = file.tell()
        while self._sizes and sum(self._sizes.values()) + size > self.largest:
            oldest = next(iter(self._sizes))
            self._sizes.pop(oldest)
            if copy := spool.found(oldest):
                copy.unlink()
        spool.keep(file.name, mark)
        self._sizes[mark] = size
        return cast(Path, spool.found(mark))


def _sweep() -> None:
    """Remove what killed processes left."""
    for folder in Path(tempfile.gettempdir()).glob(_NAME.format("*") + "*"):
        found = re.match(_NAME.format("([0-9]+)"), folder.name)
        if found and not _lives(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    with suppress(PermissionError):  # another user's
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


spool = Spool()
copies = Copies(largest=2**30)
