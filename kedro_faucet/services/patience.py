"""Answers that have to come in time, of clients that may themselves wait for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, act: Callable[[], T]) -> T:
    """Return what a function returns, or raise what it raises, if it does so in time.

    >>> within(9, lambda: 5)
    5

    Raises:
        TimeoutError: if it takes longer; it is left alone then.
    """
    found: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(act())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not found:
        raise TimeoutError(f"timed out after {seconds} seconds")
    return found[0]
