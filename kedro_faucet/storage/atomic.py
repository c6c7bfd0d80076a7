"""Files that are swapped in whole: a reader sees the old one or the new one, a killed process leaves the old."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def write_atomic(path: str | Path, content: bytes) -> None:
    """Write a file whole or not at all, with its folders.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "report" / "delays.html"
    >>> write_atomic(path, b"late")
    >>> path.read_text()
    'late'

    Raises:
        OSError: if the system refuses; the old file stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
