"""Which file, line, column and value stopped a computation that read it lazily."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kedro_faucet.engines.files.queries import broken_row
from kedro_faucet.engines.files.sources import Source
from kedro_faucet.engines.files.values import STOPPED
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError

# What the engines say of a value or a row that they cannot read.
_SIGNS = (
    STOPPED,
    "Could not convert string",
    "field format",
    "field value out of range",
    "CSV Error",
    "CSV Parser state machine",
    "JSON transform",
    "CAST_INVALID_INPUT",
    "MALFORMED_RECORD",
    "OUT_OF_RANGE",
    "GZIP stream",
)


def explain(text: str, sources: Iterable[Source]) -> FaucetError | None:
    """Return our error for an engine's one about a file, or nothing if it is about something else.

    Args:
        text: what the engine says.
        sources: the files that it has read, in that order.
    """
    gone = re.search(r"[^\s\"']*/\.faucet/([^\s\"'/]+)/[^\s\"'/]+", text)
    if gone and re.search(r"No files found|FILE_NOT_EXIST|No such file", text):
        return ResourceError(f"{gone[1]} was saved several times by others since it was loaded: load it again.")
    if not any(sign in text for sign in _SIGNS):
        return None
    return broken_row(text) or next((found for source in reversed(list(sources)) if (found := _fault(source))), None)


def _fault(source: Source) -> DataError | None:
    try:
        return source.fault()
    except DataError as error:
        return error
    except ResourceError:  # a file that is no longer there explains nothing
        return None
