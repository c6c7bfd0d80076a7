"""Files packed in ways that the engine does not read: each is unpacked once, into a folder of this process."""

from __future__ import annotations

import atexit
import bz2
import errno
import hashlib
import lzma
import os
import re
import shutil
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from kedro_faucet.engines.files.local.packing import damaged
from kedro_faucet.exceptions import ADDRESS, FaucetError, ResourceError, listed
from kedro_faucet.services.stores.addresses import is_address, known
from kedro_faucet.services.stores.filesystem import Handle, store_said

_UNPACKERS: dict[str, Callable[[], Any]] = {".bz2": bz2.BZ2Decompressor, ".xz": lzma.LZMADecompressor}
_BLOCK = 2**20
_ROOM, _RATIO = 2**30, 200
"""Bytes that any file may unpack to, and how many times its own size a larger one may have."""
_BROKEN = (EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError)
_PREFIX, _WHOLE = "kf_unpacked_", "/kf_whole"
"""What begins the name of the folder; what a file is called that holds no others: the engine heeds suffixes."""
_lock = threading.Lock()


def plain_files(files: Sequence[str], entry: str = "") -> tuple[str, ...]:
    """Return files that the engine reads, in the place of those packed by bzip2, xz or zip.

    Args:
        files: their paths.
        entry: a pattern for the files within zip files; default: all of them.

    Raises:
        ResourceError: if one cannot be unpacked, or holds no file, or files of several kinds.
    """
    return tuple(plain for file in files for plain in _plain(file, entry))


def _plain(file: str, entry: str) -> list[str]:
    suffix = Path(file).suffix.lower()
    if suffix not in (*_UNPACKERS, ".zip") or file.startswith(f"{_root()}/"):
        return [file]
    content = _content(file)
    folder = f"{_root()}/{hashlib.sha256(content.told.encode()).hexdigest()[:16]}"
    with _lock, _unpacking(file):
        if suffix == ".zip":
            return _entries(file, folder, entry, content)
        blocks = _blocks(file, _UNPACKERS[suffix])
        return [_spooled(blocks, f"{folder}{_absolute(file)}{_WHOLE}", file, content)]


class _Content(NamedTuple):
    """What tells a file's content from any other, its size in bytes, and its age in nanoseconds."""

    told: str
    size: int
    time: int


def _content(file: str) -> _Content:
    if is_address(file):
        found = known(file)
        return _Content(file, found.size, int(found.modified.timestamp() * 1e9))
    state = os.stat(file)
    told = f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns}"
    return _Content(told, state.st_size, state.st_mtime_ns)


def _raw(file: str) -> AbstractContextManager[Any]:
    return closing(Handle(file)) if is_address(file) else open(file, "rb")


def _absolute(file: str) -> str:
    return f"/{file}" if is_address(file) else os.path.abspath(file)


def _entries(file: str, folder: str, entry: str, content: _Content) -> list[str]:
    with _raw(file) as raw, zipfile.ZipFile(raw) as archive:
        found = [each for each in archive.infolist() if not each.is_dir() and not _is_hidden(each.filename)]
        chosen = [each for each in found if not entry or fnmatch(each.filename, entry)]
        names = [each.filename for each in chosen]
        if not chosen:
            held = f"; it holds {listed(each.filename for each in found)}" if found else ""
            raise ResourceError(f"{file} holds no file{f' {entry}' if entry else ''}{held}.")
        if len({PurePosixPath(name).suffix.lower() for name in names}) > 1:
            raise ResourceError(f'{file} holds {listed(names)}: say which to read in load_args, as in entry: "*.csv".')
        return [_entry(archive, each, f"{folder}{_absolute(file)}", file, content) for each in chosen]


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: str, file: str, content: _Content) -> str:
    parts = PurePosixPath(entry.filename)
    if parts.is_absolute() or ".." in parts.parts:
        raise ResourceError(f"{file}: its file {entry.filename} would lie outside of it: pack it anew.")
    if entry.flag_bits & 1:
        raise ResourceError(f"{file}: its file {entry.filename} is protected by a password: pack it without one.")
    with archive.open(entry) as stream:
        return _spooled(iter(partial(stream.read, _BLOCK), b""), f"{folder}/{parts}", file, content)


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _blocks(file: str, unpacker: Callable[[], Any]) -> Iterator[bytes]:
    """Yield the bytes of a file's streams; Python's own readers end at one that is damaged without a word."""
    one = unpacker()
    with _raw(file) as raw:
        while True:
            data = b"" if one.eof or not one.needs_input else raw.read(_BLOCK)
            if one.eof:
                data, one = (one.unused_data or raw.read(_BLOCK)).lstrip(b"\0"), unpacker()
                if not data:
                    return
            elif one.needs_input and not data:
                raise EOFError
            yield one.decompress(data, _BLOCK)


def _spooled(blocks: Iterator[bytes], path: str, file: str, content: _Content) -> str:
    """Return a path at which bytes lie, as old as their archive; what was unpacked before is there already."""
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        part = f"{path}.part"
        try:
            with open(part, "wb") as out:
                _write(blocks, out, file, _ROOM + _RATIO * content.size)
            os.utime(part, ns=(content.time, content.time))
            os.replace(part, path)
        finally:
            Path(part).unlink(missing_ok=True)
    return path


def _write(blocks: Iterator[bytes], out: IO[bytes], file: str, most: int) -> None:
    for block in blocks:
        out.write(block)
        if out.tell() > most:
            raise ResourceError(
                f"{file} unpacks to more than {most:,} bytes, {_RATIO} times its size: if that is right, unpack it."
            )


@contextmanager
def _unpacking(file: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise damaged(file) from None
    except OSError as error:
        if said := store_said(str(error)):
            raise ResourceError(said) from None
        if error.errno in (None, errno.EINVAL):  # of other bytes, or of a place before the first
            raise damaged(file) from None
        raise


@cache
def _root() -> str:
    """Return the folder of what this process unpacks, that goes with it."""
    folder, process = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX)), os.getpid()
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == process else None)
    return folder


def own_names(text: str) -> str:
    """Return a text in which files are called by their own names, not by where they are unpacked.

    >>> own_names(f"{_root()}/0123456789abcdef/data/x.zip/a.csv, line 2")
    '/data/x.zip/a.csv, line 2'
    """
    if _PREFIX not in text:
        return text
    text = re.sub(rf"{re.escape(_root())}/[0-9a-f]{{16}}(/(?=\w+-kf\d+:))?(?=/|\w)", "", text)
    return text.replace(_WHOLE, "")


def name_query(column: str, files: Sequence[str]) -> str:
    """Return DuckDB's expression for the name that a file is known by.

    >>> name_query("file", ["/data/x.csv"])
    "regexp_replace(file, '\\\\.faucet/([^/]+)/[^/]+$', '\\\\1')"
    """
    plain = rf"regexp_replace({column}, '\.faucet/([^/]+)/[^/]+$', '\1')"
    if any(_PREFIX in file for file in files):
        plain = rf"regexp_replace({plain}, '^.*/{_PREFIX}[^/]+/[0-9a-f]{{16}}(/.*?)({_WHOLE})?$', '\1')"
    if any(re.search(ADDRESS, file) for file in files):
        plain = rf"regexp_replace({plain}, '^/?(\w+){ADDRESS}', '\1://')"
    return plain


@contextmanager
def by_their_names() -> Iterator[None]:
    """Let errors within call files by their own names."""
    try:
        yield
    except FaucetError as error:
        raise renamed(error) from None


def renamed(error: Any) -> Any:
    """Return an error that calls files by their own names."""
    said = str(error)
    return error if own_names(said) == said else type(error)(own_names(said))
