"""Where the records of runs lie: a file a run on a disk, an object a record in a store."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from kedro_faucet.services.stores.addresses import Address, is_address, parse

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such lock; there a killed run seems to be running
    fcntl = None  # type: ignore[assignment]

FORM = 1
"""The version of the records; those of another one are read past."""
Record = Mapping[str, Any]


class Folder(Protocol):
    """The records of the runs of one profile."""

    def begin(self, run: str, record: Record) -> str:
        """Keep the first record of a run; return where the others go."""

    def end(self, place: str) -> None:
        """Let go of a run that is done."""

    def add(self, place: str, record: Record) -> None:
        """Keep a further record of a run."""

    def places(self) -> list[str]:
        """Return where the runs are, the newest first."""

    def records(self, place: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a run."""

    def is_running(self, place: str) -> bool:
        """Tell whether a run without an end is still on, as far as this machine knows."""


def folder_at(location: str) -> Folder:
    """Return the records at a path, or at an address in a store."""
    return Bucket(parse(location)) if is_address(location) else Disk(Path(location))


@dataclass(frozen=True)
class Disk:
    """A file a run, to which each process appends its lines.

    >>> import tempfile
    >>> folder = Disk(Path(tempfile.mkdtemp()))
    >>> place = folder.begin("2013-01-31", {"kind": "run"})
    >>> folder.add(place, {"kind": "node", "node": "copy"})
    >>> folder.is_running(place), [record["kind"] for record in folder.records(place)]
    (True, ['run', 'node'])
    >>> folder.end(place)
    >>> folder.is_running(place)
    False
    """

    path: Path

    def begin(self, run: str, record: Record) -> str:
        """Make the file of a run, and hold it as long as the run is on."""
        self.path.mkdir(parents=True, exist_ok=True)
        for name in _names(run):
            try:
                file = os.open(self.path / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
                break
            except FileExistsError:
                continue
        place = str(self.path / name)
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX)
        _held[place] = file
        _write(file, record)
        return place

    def end(self, place: str) -> None:
        """Let go of the file."""
        if (file := _held.pop(place, None)) is not None:
            os.close(file)

    def add(self, place: str, record: Record) -> None:
        """Append a line in one step, on a line of its own whatever was torn before it."""
        file = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            size = os.fstat(file).st_size
            is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            _write(file, record, b"\n" if is_torn else b"")
        finally:
            os.close(file)

    def places(self) -> list[str]:
        """Return the files, the newest first."""
        try:
            found = [each for each in os.scandir(self.path) if each.name.endswith(".jsonl")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [each.path for each in sorted(found, key=lambda each: each.name, reverse=True)]

    def records(self, place: str) -> Iterator[dict[str, Any]]:
        """Yield what the lines say; what is torn or of another version is read past."""
        with open(place, "rb") as lines:
            yield from filter(None, map(_read, lines))

    def is_running(self, place: str) -> bool:
        """Tell whether a process of this machine holds the file."""
        if fcntl is None or place in _held:
            return True
        file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False


@dataclass(frozen=True)
class Bucket:
    """An object a record, below a prefix a run: objects cannot be appended to."""

    address: Address

    def begin(self, run: str, record: Record) -> str:
        """Put the first object of a run."""
        place = f"{self.address.key}/{next(_names(run)).removesuffix('.jsonl')}-{uuid4().hex[:4]}"
        self.add(place, record)
        return place

    def end(self, place: str) -> None:
        """Do nothing: nothing is held."""

    def add(self, place: str, record: Record) -> None:
        """Put an object of one line; their names are in the order in which they were put."""
        name = f"{record['at']}-{record['kind']}-{uuid4().hex[:8]}".replace(":", ".")
        self.address.store.put(f"{place}/{name}.json", _line(record))

    def places(self) -> list[str]:
        """Return the prefixes, the newest first."""
        found = self.address.store.objects(f"{self.address.key}/")
        return sorted({each.key.rpartition("/")[0] for each in found if each.key.endswith(".json")}, reverse=True)

    def records(self, place: str) -> Iterator[dict[str, Any]]:
        """Yield what the objects say, in their order."""
        store = self.address.store
        for each in sorted(store.objects(f"{place}/"), key=lambda each: each.key):
            if record := _read(store.read(each.key, each.mark, 0, each.size)):
                yield record

    def is_running(self, place: str) -> bool:
        """Tell that it may be: no lock says otherwise."""
        return True


_held: dict[str, int] = {}


def _names(run: str) -> Iterator[str]:
    """Yield names for a run's file: its own, then those of others that began at the same moment."""
    name = re.sub(r"[^\w.-]", "_", run)
    yield f"{name}.jsonl"
    yield from (f"{name}-{number}.jsonl" for number in count(2))


def _line(record: Record) -> bytes:
    return json.dumps({"ledger": FORM, **record}, default=str, separators=(",", ":")).encode() + b"\n"


def _write(file: int, record: Record, before: bytes = b"") -> None:
    line = before + _line(record)
    if os.write(file, line) < len(line):
        raise OSError("the disk is full")


def _read(line: bytes) -> dict[str, Any] | None:
    """Return what a line says; nothing of one that is torn, or of another version.

    >>> _read(b'{"ledger":1,"kind":"end"}'), _read(b'{"ledger":1,"ki'), _read(b'{"ledger":2,"kind":"end"}')
    ({'ledger': 1, 'kind': 'end'}, None, None)
    """
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and record.get("ledger") == FORM and "kind" in record else None
