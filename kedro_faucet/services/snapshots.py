"""Moments of databases that a run holds: what it reads of one is as it was when it read the first of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

_held: dict[str, tuple[str, Callable[[], None]]] = {}
_lock = threading.Lock()
_in_run = threading.Event()


def begin() -> None:
    """Hold what is asked for from now on; runs at the same time hold the same."""
    if not _in_run.is_set():
        end()
        _in_run.set()


def end(*, keep: bool = False) -> None:
    """Let go of all moments, unless tables that are handed on may still be read as they were."""
    _in_run.clear()
    with _lock:
        for _, let_go in [] if keep else _held.values():
            with suppress(Exception):  # the server may be gone
                let_go()
        if not keep:
            _held.clear()


def held(place: str, take: Callable[[], tuple[str, Callable[[], None]]]) -> str | None:
    """Return the name of the moment that a run holds of a place, taken when it is first asked for; none outside of one.

    >>> begin()
    >>> held("a database", lambda: ("moment 1", lambda: None)), held("a database", lambda: ("moment 2", lambda: None))
    ('moment 1', 'moment 1')
    >>> end()
    >>> held("a database", lambda: ("moment 3", lambda: None))

    Args:
        place: whose moment.
        take: gives its name, and a function that lets go of it.
    """
    if not _in_run.is_set():
        return None
    with _lock:
        if place not in _held:
            _held[place] = take()
        return _held[place][0]
