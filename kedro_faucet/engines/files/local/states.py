"""Whether a file is still the one that was loaded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from kedro_faucet.engines.files.local.paths import shown
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address

CHANGED = "has changed since it was loaded: load it again."
"""What is said of a file that is another one now."""

State: TypeAlias = tuple[int, int]
"""A file's size in bytes, and the time of its last change in nanoseconds."""


def state_of(file: str) -> State:
    """Return what tells a file from another of its name.

    >>> state_of(__file__) == state_of(__file__)
    True
    """
    if is_address(file):
        return 0, 0  # it names its content
    state = os.stat(file)
    return state.st_size, state.st_mtime_ns


def require_unchanged(sources: Iterable[Any]) -> None:
    """Refuse to read a file that is not what it was when it was loaded; one that is gone is another matter.

    Args:
        sources: what is read; it may have ``states`` by file.

    Raises:
        ResourceError: naming the file.
    """
    for source in sources:
        states: Mapping[str, State] = getattr(source, "states", {})
        for file, state in states.items():
            if os.path.exists(file) and state_of(file) != state:
                raise ResourceError(f"{shown(Path(file))} {CHANGED}")
