"""Files that are swapped in whole: a reader sees the old one or the new one, a killed process leaves the old."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from time import time as clock
from uuid import uuid4

LINGER = 60.0
"""Seconds that what was replaced stays for those who are about to read it."""


def write_atomic(path: str | Path, content: bytes, *, like: Path | None = None) -> None:
    """Write a file whole or not at all, with its folders; who may read it stays as it was.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "report" / "delays.html"
    >>> write_atomic(path, b"late")
    >>> path.read_text()
    'late'

    Args:
        path: the file; of a link, what it points to is replaced.
        content: all of it.
        like: whose mode and owner a file gets that is not there yet.

    Raises:
        OSError: if the system refuses; the old file stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path = destination(path)
    known = next((each for each in (path, like) if each and each.exists()), None)
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if known else 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if known:
            adopt(part, known)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sweep(path.parent)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half-written."""
    for each in folder.glob(".*.part"):
        with suppress(OSError):
            if re.fullmatch(r"\.[0-9a-f]{32}\.part", each.name) and is_old(each.lstat().st_ctime):
                discard(each)


def is_old(time: float) -> bool:
    """Tell whether a time is so long ago that nobody needs what was replaced or left then."""
    return clock() - time > LINGER


def destination(path: Path) -> Path:
    """Return the file that a save replaces: what a link points to, else the path itself.

    >>> destination(Path("data/mart.duckdb"))
    PosixPath('data/mart.duckdb')

    Raises:
        OSError: if there is something else than a file, such as a folder or a pipe.
    """
    real = Path(os.path.realpath(path)) if path.is_symlink() else path
    try:
        mode = real.lstat().st_mode
    except FileNotFoundError:
        return real
    if stat.S_ISREG(mode):
        return real
    kinds = {stat.S_IFDIR: errno.EISDIR, stat.S_IFLNK: errno.ELOOP}
    number = kinds.get(stat.S_IFMT(mode), errno.EEXIST)
    raise OSError(number, os.strerror(number) if number != errno.EEXIST else "This is no regular file", str(path))


def refuse_link(folder: Path) -> None:
    """Refuse a link in the place of a folder of ours: what is written and removed there would be elsewhere.

    Raises:
        OSError: if there is a link.
    """
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "This is a link, where a folder is needed: remove it", str(folder))


def adopt(new: Path, old: Path) -> None:
    """Give a new file the mode of an old one, and its owner where the system allows it."""
    known = old.stat()
    for owner in ((-1, known.st_gid), (known.st_uid, -1)):
        with suppress(OSError):
            os.chown(new, *owner)
    new.chmod(stat.S_IMODE(known.st_mode))


def discard(path: Path) -> None:
    """Remove a file, a folder or a link, never what a link points to; where the system refuses, leave it."""
    with suppress(OSError):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
