"""Frequencies: what a period is, found in the timestamps and counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frequency:
    """A frequency, by pandas' name for it.

    >>> Frequency("MS").alias
    'MS'
    """

    alias: str
