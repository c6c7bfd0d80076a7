"""Locks between the runs of one machine."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from kedro_faucet.exceptions import ResourceError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such lock; delta-rs commits safely without
    fcntl = None  # type: ignore[assignment]

PATIENCE = 5.0
"""Seconds after which a run that waits says so."""
_logger = logging.getLogger(__name__)


@contextmanager
def exclusive(path: str) -> Iterator[None]:
    """Hold a lock between the processes and threads of this machine; a killed process lets go of it.

    Object stores have no such lock, and need none: there a commit is a conditional put.

    >>> import tempfile
    >>> with exclusive(tempfile.mkdtemp() + "/.faucet/x.csv/lock"):
    ...     pass

    Raises:
        ResourceError: if there is something else than a file in the lock's place.
    """
    if fcntl is None or "://" in path:
        yield
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    file = _open(path)
    try:
        _wait(file, path)
        yield
    finally:
        os.close(file)


def _open(path: str) -> int:
    """Open the lock without following a link, or waiting at a pipe for its other end."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError:
        if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
            raise _foreign(path) from None
        raise
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise _foreign(path)
    return file


def _foreign(path: str) -> ResourceError:
    return ResourceError(f"{path} is no file, so it cannot be the lock that saves wait for: remove it, and run again.")


def _wait(file: int, path: str) -> None:
    """Wait for the lock, and tell so where that takes long."""
    try:
        return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    text = "Waiting for another run or thread that saves here, and holds the lock %s."
    told = Timer(PATIENCE, _logger.warning, (text, path))
    told.daemon = True
    told.start()
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    finally:
        told.cancel()
