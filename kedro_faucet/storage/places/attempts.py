"""Doing again what another process was faster at."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from kedro_faucet.exceptions import ConflictError

ATTEMPTS = 30


def persistently(what: str, attempt: Callable[[], None]) -> None:
    """Try to save until no other process has saved meanwhile.

    Args:
        what: the resource, as a message calls it.
        attempt: compares with what is there, and saves.

    Raises:
        ConflictError: if others were faster many times in a row.
    """
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except ConflictError:
            time.sleep(random.uniform(0, 0.02 * (number + 1)))
    raise ConflictError(
        f"Other processes wrote {what} {ATTEMPTS} times while this one compared with it; nothing was written. Run "
        "again when they have ended."
    )
