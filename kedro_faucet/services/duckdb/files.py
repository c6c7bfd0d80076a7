"""Files of DuckDB in this process: many read one together, and whoever writes it is alone."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from kedro_faucet.exceptions import ResourceError

_free = threading.Condition()
_reading: Counter[str] = Counter()
_written: set[str] = set()


@contextmanager
def reading(path: str, timeout: float) -> Iterator[None]:
    """Have nobody of this process write a file.

    Raises:
        ResourceError: if somebody does so for too long.
    """
    with _held(path, timeout, lambda key: key not in _written, _reading.update, _reading.subtract):
        yield


@contextmanager
def writing(path: str, timeout: float) -> Iterator[None]:
    """Have nobody else of this process read or write a file.

    Raises:
        ResourceError: if somebody does so for too long.
    """
    is_free = lambda key: key not in _written and not _reading[key]  # noqa: E731
    with _held(path, timeout, is_free, _written.update, _written.difference_update):
        yield


@contextmanager
def _held(
    path: str, timeout: float, is_free: Callable[[str], bool], take: Callable[..., Any], let_go: Callable[..., Any]
) -> Iterator[None]:
    key = str(Path(path).resolve())
    with _free:
        if not _free.wait_for(lambda: is_free(key), timeout):
            raise ResourceError(
                f"{path} is read or written by another node of this run for {timeout} seconds: save to another file, "
                "or run the nodes one after the other."
            )
        take([key])
    try:
        yield
    finally:
        with _free:
            let_go([key])
            _free.notify_all()


def patient(act: Callable[[], Any], timeout: float) -> Any:
    """Return what a function does, as soon as no other process has the file locked.

    Raises:
        IOException: of DuckDB, when another has it for too long.
    """
    end = time.monotonic() + timeout
    while True:
        try:
            return act()
        except duckdb.IOException as error:
            if "lock" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.05)
