"""The error for a form outside the subset: what it is, where it stands, and what to write instead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from kedro_faucet.exceptions import SqlError

_logger = logging.getLogger(__name__)
_warns: ContextVar[bool] = ContextVar("warns", default=False)

NEXT = "or say portable=False: the text then runs as it is, on the engine it is written for."


def refuse(node: Any, what: str, instead: str = "") -> NoReturn:
    """Raise the error for a form outside the subset."""
    use = f"Use {instead}" if instead else "Write it otherwise"
    raise SqlError(f"{outside(node, what)} {use}, {NEXT}")


@contextmanager
def warning() -> Iterator[None]:
    """Let what a user has written be warned of; the house's own texts know what they do."""
    token = _warns.set(True)
    try:
        yield
    finally:
        _warns.reset(token)


def warn(node: Any, what: str, instead: str) -> None:
    """Log that what a form gives is up to the engine, if the text is a user's."""
    if not _warns.get():
        return
    said = "%s%s are up to the engine, and may be others at the next run. Use %s."
    _logger.warning(said, what, place(node), instead)


def outside(node: Any, what: str) -> str:
    """Say that a form is outside the subset, and where it stands."""
    return f"{what}{place(node)} is outside the SQL that both engines understand alike."


def place(node: Any) -> str:
    """Return the line and column of a form, where they are known."""
    found = next((child.meta for child in node.walk() if "line" in child.meta), None)
    return f" (line {found['line']}, column {found['col'] - (found['end'] - found['start'])})" if found else ""
