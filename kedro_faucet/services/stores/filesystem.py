"""Objects as DuckDB opens them: by handles without a state between threads, each read a range of its own."""

from __future__ import annotations

import errno
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services.stores.addresses import adopt, parse, stores_in
from kedro_faucet.services.stores.store import Store

# Apart from each other, as the lines of this file may stand in what an engine says.
_BEGIN, _END = "kf_store: ", " :kf_store"
_REFUSED = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


class Handle:
    """An object, opened; DuckDB's threads share one, and what one of them seeks is where it alone reads next.

    Args:
        path: its address.
    """

    closed = False

    def __init__(self, path: str) -> None:
        """Ask for the size, unless it is known."""
        self._address = parse(path)
        self._sought = threading.local()
        self._place = 0
        self.size = self._address.store.known(self._address.key, self._address.mark).size

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        place = offset + (0, self.tell(), self.size)[whence]
        if place < 0:
            raise OSError(errno.EINVAL, "There is no place before the first.")
        self._place = self._sought.place = place
        return place

    def tell(self) -> int:
        """Return the place: what this thread has sought, else where the last read ended, also another thread's."""
        sought = getattr(self._sought, "place", None)
        return self._place if sought is None else int(sought)

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes."""
        start = self.tell()
        end = self.size if size is None or size < 0 else min(self.size, start + size)
        store, key, mark = self._address
        with marking():
            found = store.read(key, mark, start, end) if end > start else b""
        self._sought.place, self._place = None, start + len(found)
        return found

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is not."""
        return False

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""


class ObjectFiles(AbstractFileSystem):  # type: ignore[misc]
    """The objects of one store for DuckDB, to read only; their names are never taken for patterns.

    Args:
        store: whose objects.
        protocol: of their addresses; in another process it is the one that it was made in.
    """

    cachable = False

    def __init__(self, store: Store, protocol: str) -> None:
        """Keep the store."""
        super().__init__()
        adopt(protocol, store)
        self._store, self.protocol = store, protocol

    def __reduce__(self) -> Any:
        """Be made anew in another process."""
        return _elsewhere, (self._store, self.protocol)

    def open(self, path: str, mode: str = "rb", **_: Any) -> Handle:
        """Open an object."""
        with marking():
            return Handle(path)

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the one name that a pattern of ours means."""
        return [re.sub(r"\[([*?[])\]", r"\1", path)]

    def exists(self, path: str, **_: Any) -> bool:
        """An object that is asked for was found before."""
        return True

    def isfile(self, path: str) -> bool:
        """It is."""
        return True

    def isdir(self, path: str) -> bool:
        """It is not."""
        return False

    def modified(self, path: str) -> datetime:
        """What an address means never changes."""
        return _EVER

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return name and size."""
        return {"name": path, "size": Handle(path).size, "type": "file"}


def _elsewhere(store: Store, protocol: str) -> ObjectFiles:
    """Return a file system in another process, which reads its share of the objects alone."""
    store._spools = False
    return ObjectFiles(store, protocol)


@contextmanager
def marking() -> Iterator[None]:
    """Let a message be found again in what an engine makes of it."""
    try:
        yield
    except FaucetError as error:
        raise OSError(f"{_BEGIN}{error}{_END}") from None


def store_said(text: str) -> str | None:
    """Return the message of a store in what an engine says, or nothing.

    >>> store_said("IO Error: Python exception: OSError: kf_store: s3://lake is closed. :kf_store at ...")
    's3://lake is closed.'
    """
    found = _REFUSED.search(text)
    return found[1] if found else None


def register(connection: Any, text: str) -> None:
    """Let a connection of DuckDB's open the addresses in a text."""
    for protocol, store in stores_in(text).items():
        if not connection.filesystem_is_registered(protocol):
            connection.register_filesystem(ObjectFiles(store, protocol))


def file_systems(text: str) -> list[ObjectFiles]:
    """Return what another process needs to open the addresses in a text."""
    return [ObjectFiles(store, protocol) for protocol, store in stores_in(text).items()]
