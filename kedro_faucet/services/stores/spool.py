"""Copies of what cannot be read in parts, on this machine's disk as long as the process lives."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO
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
