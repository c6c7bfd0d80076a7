"""Hashes of files' bytes, remembered by what the system says of a file, as git's index does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any

from kedro_faucet.storage.atomic import write_atomic

LARGE = 2**26
"""Bytes beyond which a file is known by its size and time alone: to read it would take too long."""
_SETTLED = 2.0
"""Seconds after which a file of the same time and size is the same file: clocks of file systems are coarse."""
_known: dict[str, list[Any]] = {}
_read_from: set[str] = set()


def digest(content: bytes | str) -> str:
    """Return a short hash.

    >>> digest("a")
    '40f89e395b66422f'
    """
    return blake2b(content.encode() if isinstance(content, str) else content, digest_size=8).hexdigest()


def hash_path(path: str) -> str:
    """Return a hash of a file, or of all the files in a folder with their names; nothing where there is none."""
    if os.path.isdir(path):
        return digest("\n".join(f"{os.path.relpath(file, path)} {hash_file(file)}" for file in sorted(_walk(path))))
    try:
        return hash_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _walk(path: str) -> Iterator[str]:
    for folder, inner, files in os.walk(path):
        inner[:] = [name for name in inner if not name.startswith(".")]
        yield from (os.path.join(folder, name) for name in files if not name.startswith("."))


def hash_file(path: str) -> str:
    """Return a hash of a file's bytes; of a large one, of its size and time.

    Raises:
        OSError: if it cannot be read.
    """
    found = os.stat(path)
    stamp = [found.st_ino, found.st_size, found.st_mtime_ns]
    if found.st_size > LARGE:
        return digest(f"{found.st_size} {found.st_mtime_ns}")
    known = _known.get(path)
    if known and known[0] == stamp:
        return str(known[1])
    with open(path, "rb") as file:
        made = file_digest(file, lambda: blake2b(digest_size=8)).hexdigest()
    if time.time() - found.st_mtime > _SETTLED:
        _known[path] = [stamp, made]
    return made


def remember(file: Path) -> None:
    """Take over what another process has found out."""
    if str(file) in _read_from:
        return
    _read_from.add(str(file))
    with suppress(OSError, ValueError):
        _known.update(json.loads(file.read_bytes()))


def keep(file: Path) -> None:
    """Keep what this process knows for others."""
    with suppress(OSError):
        content = json.dumps(_known).encode()
        if _known and not (file.exists() and file.read_bytes() == content):
            write_atomic(file, content)
