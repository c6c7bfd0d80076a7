"""What nodes do while a run is on, noted by whichever process they are in and read by the one that shows it."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from typing import Any

_FILE = "KEDRO_FAUCET_JOURNAL"
_begun: dict[str, int] = {}


def begin() -> None:
    """Begin an empty journal; the environment tells workers where, however they are started.

    >>> begin()
    >>> note(node="fact_flight", doing="saves star/fact_flight")
    >>> read()
    [{'node': 'fact_flight', 'doing': 'saves star/fact_flight'}]
    >>> end()
    """
    with suppress(OSError):  # a full disk stops no run
        handle, os.environ[_FILE] = tempfile.mkstemp(prefix="kedro-run-", suffix=".jsonl")
        os.close(handle)
        _begun[os.environ[_FILE]] = os.getpid()


def note(**said: Any) -> None:
    """Add a line, whole or not at all."""
    if path := os.environ.get(_FILE):
        with suppress(OSError):
            handle = os.open(path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(handle, f"{json.dumps(said)}\n".encode())
            finally:
                os.close(handle)


def read() -> list[dict[str, Any]]:
    """Return what has been noted; a line that is not whole does not count."""
    found = []
    with suppress(OSError), open(os.environ.get(_FILE, ""), encoding="utf-8") as lines:
        for line in lines:
            with suppress(ValueError):
                found.append(json.loads(line))
    return found


def end() -> None:
    """Remove the journal, in the process that began it: others that see it, as of a notebook, may end before."""
    path = os.environ.get(_FILE, "")
    if _begun.get(path) == os.getpid():
        del _begun[path], os.environ[_FILE]
        with suppress(OSError):
            os.unlink(path)
