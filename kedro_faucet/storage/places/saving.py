"""A save that has begun: what is there, and the way to put something else in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Write = Callable[[str], object]
"""Writes the local file of the path that it is given."""


@dataclass(frozen=True)
class Saving:
    """A save that has begun.

    Args:
        files: what is there now.
        put: puts what a function writes in its place; if told so, whatever is there by then.
    """

    files: list[str]
    put: Callable[[Write, bool], None]
