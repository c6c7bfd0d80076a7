"""Folders of files that a save lays out: a link in the resource's place points to the newest, swapped in one step."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from kedro_faucet.engines.files.partitions import SCHEMA
from kedro_faucet.storage.atomic import adopt, destination
from kedro_faucet.storage.places.versions import Versions, close, flush, sweep


def laid_out(path: str | Path) -> Path | None:
    """Return the folder that a save has laid out in the place of a path, if there is one.

    >>> laid_out("data/lake/orders.parquet") is None
    True
    """
    path = Path(path)
    told = os.readlink(path) if path.is_symlink() else ""
    ours = re.fullmatch(rf"\.faucet/{re.escape(path.name)}/[0-9a-f]{{32}}", told)
    return path.parent / told if ours else None


def files_of(folder: Path) -> list[str]:
    """Return the files of a folder that a save has laid out; the first one keeps its columns."""
    found = (each for each in folder.rglob("*") if each.is_file() and not each.name.startswith((".", "_")))
    return [str(folder / SCHEMA), *sorted(map(str, found))]


@dataclass(frozen=True)
class Folders(Versions):
    """As ``Versions`` of a file, ``.faucet/NAME`` holds the folders, of which the link at the path points to one."""

    @property
    def _real(self) -> Path:
        if self.path.is_symlink() and not laid_out(self.path):
            raise OSError(
                errno.ELOOP, "This is a link, where partition_by makes a folder: name that folder", str(self.path)
            )
        return self.path if laid_out(self.path) else destination(self.path)

    def replace(self, write: Callable[[str], object]) -> None:
        """Put a new folder in the place of the old one, or of a file, in one step; we hold the lock.

        Args:
            write: writes the folder of the path that it is given.
        """
        path, folder, name = self._real, self._folder, uuid4().hex
        before = path.stat() if path.exists() else None
        if before:
            close(folder, before.st_mode)
        new, twin = folder / f"new-{name}", folder / "new-link"
        write(str(new))
        if before:
            adopt(new, path)
            new.chmod(entered(before.st_mode))
        for each in files_of(new):
            flush(Path(each))
        new.rename(folder / name)
        twin.unlink(missing_ok=True)
        twin.symlink_to(Path(".faucet", path.name, name))
        if old := laid_out(path):
            os.utime(old)  # when it was replaced
        twin.replace(path)
        with suppress(OSError):  # the folder is saved: what is left aside is no reason to say otherwise
            sweep(folder, {each.st_ino for each in (before, path.stat()) if each})


def entered(mode: int) -> int:
    """Return the mode of a folder into which those may look who may read a file of a mode.

    >>> oct(entered(0o640)), oct(entered(0o755))
    ('0o750', '0o755')
    """
    return stat.S_IMODE(mode) | 0o100 | (mode & 0o044) >> 2
