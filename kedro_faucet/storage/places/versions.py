"""The names under which a file's versions are kept beside it, so that what was loaded stays what it was."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from kedro_faucet.engines.locks import exclusive
from kedro_faucet.storage.atomic import adopt, destination, discard, is_old, refuse_link

_OURS = re.compile(r"(new-)?[0-9a-f]{32}(\..*)?")
_loaded: set[Path] = set()


@dataclass(frozen=True)
class Versions:
    """The folder ``.faucet/NAME`` beside a file: hard links to it and to what it replaced, so that it takes no room.

    A predecessor stays for a minute after it was replaced, and until the next save; what this process has loaded stays.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "x.csv"
    >>> versions = Versions(path)
    >>> with versions.locked():
    ...     versions.replace(lambda file: Path(file).write_text("n"))
    >>> path.read_text(), path.samefile(versions.pin())
    ('n', True)

    Args:
        path: the file; of a link, what it points to is replaced.
    """

    path: Path

    @property
    def _real(self) -> Path:
        return destination(self.path)

    @property
    def _folder(self) -> Path:
        return folder_of(self._real)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one save at a time pass.

        Raises:
            OSError: if there is something else than a file, or a link in the place of the folder.
            ResourceError: if the lock is no file.
        """
        for place in (self._folder, self._folder.parent):
            refuse_link(place)
        with exclusive(str(self._folder / "lock")):
            yield

    def pin(self) -> Path:
        """Return a name that later saves of this process leave alone, where the file was written by a save."""
        path = Path(os.path.realpath(self.path)) if self.path.is_symlink() else self.path
        try:
            same = path.stat().st_ino
            found = next((each.path for each in _entries(folder_of(path)) if _inode(each) == same), self.path)
        except OSError:  # no save has written it, or another user's, whose versions are not shown to us
            found = self.path
        return hold(Path(found))

    def replace(self, write: Callable[[str], object]) -> None:
        """Put a new file in the place of the old one in one step; we hold the lock.

        Args:
            write: writes the file of the path that it is given.
        """
        real, folder, name = self._real, self._folder, f"{uuid4().hex}{''.join(self.path.suffixes[-2:])}"
        before = real.stat() if real.exists() else None
        if before:
            close(folder, before.st_mode)
        new, version = folder / f"new-{name}", folder / name
        write(str(new))
        if before:
            adopt(new, real)
        flush(new)
        new.replace(version)
        _swap(version, real)
        with suppress(OSError):  # the file is saved: what is left aside is no reason to say otherwise
            sweep(folder, {each.st_ino for each in (before, real.stat()) if each})


def hold(path: Path) -> Path:
    """Return a version, which later saves of this process leave alone."""
    _loaded.add(path)
    return path


def folder_of(path: Path) -> Path:
    """Return where the versions of a file lie.

    >>> folder_of(Path("data/x.csv"))
    PosixPath('data/.faucet/x.csv')
    """
    return path.parent / ".faucet" / path.name


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files that are ours; a link, or what another has put there, is none of them."""
    with os.scandir(folder) as found:
        yield from (each for each in found if _OURS.fullmatch(each.name) and not each.is_symlink())


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    return entry.stat(follow_symlinks=False)


def _inode(entry: os.DirEntry[str]) -> int:
    """Return what tells a file from others: 0 of a name that a save took away since it was found."""
    try:
        return _status(entry).st_ino
    except FileNotFoundError:
        return 0


def close(folder: Path, mode: int) -> None:
    """Let those alone into a folder who may read a file of a mode: what is written there is as it is."""
    for shift in (3, 0):
        known = stat.S_IMODE(folder.stat().st_mode)
        bits = 0o5 << shift
        wanted = known | bits if mode & 0o4 << shift else known & ~(0o7 << shift)
        if wanted != known:
            with suppress(OSError):  # another user's folder
                folder.chmod(wanted)


def flush(path: Path) -> None:
    """Wait until the disk has a file's content."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _swap(version: Path, path: Path) -> None:
    """Put a file in its place in one step, under its second name."""
    twin = version.with_name(f"new-{version.name}")
    try:
        os.link(version, twin)
    except OSError:  # a file system without hard links
        twin = version
    os.replace(twin, path)


def sweep(folder: Path, kept: set[int]) -> None:
    """Remove what a killed process left unfinished, and what was replaced some time ago; we hold the lock."""
    for each in list(_entries(folder)):
        found = _status(each)
        # A file loses a name when it is replaced: that is when it was changed last.
        old = each.name.startswith("new-") or is_old(found.st_ctime)
        if old and found.st_ino not in kept and Path(each.path) not in _loaded:
            discard(Path(each.path))
