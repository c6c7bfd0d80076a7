"""What the operating system refuses at a location, as one error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kedro_faucet.engines.files.errors import CHECK, SYSTEM
from kedro_faucet.exceptions import ResourceError


@contextmanager
def reachable(path: str) -> Iterator[None]:
    """Turn a folder that cannot be written, a file in its place, or a full disk into an error that names it.

    >>> with reachable("data/lake/x"):
    ...     open("/nowhere/x")
    Traceback (most recent call last):
    kedro_faucet.exceptions.ResourceError: data/lake/x cannot be reached: No such file or directory: /nowhere/x. ...

    Args:
        path: where the resource lies.

    Raises:
        ResourceError: instead of an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        place = error.filename2 or error.filename
        said = f"{error.strerror}: {place}" if error.strerror and place else _said(error)
        raise ResourceError(f"{path} cannot be reached: {said}. {CHECK}") from None


def _said(error: OSError) -> str:
    """Return what the system says, which another program may have put among its own words."""
    found = SYSTEM.search(str(error))
    return found[0] if found else str(error).strip().partition("\n")[0]
