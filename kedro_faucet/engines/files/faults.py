"""Which file, line, column and value stopped a computation that read it lazily."""

from __future__ import annotations

import re
from collections.abc import Iterable

import duckdb

from kedro_faucet.engines.files.sources import Source
from kedro_faucet.engines.files.values import STOPPED
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError

# What the engines say of a value or a row that they cannot read.
_SIGNS = (STOPPED, "Could not convert", "CAST_INVALID_INPUT", "MALFORMED_RECORD", "OUT_OF_RANGE", "JSON transform", "CSV Error")


def explain(text: str, sources: Iterable[Source]) -> FaucetError | None:
    """Return our error for an engine's one about a file, or nothing if it is about something else.

    Args:
        text: what the engine says.
        sources: the files that it has read, in that order.
    """
    gone = re.search(r"[^\s\"']*/\.faucet/([^\s\"'/]+)/[^\s\"'/]+", text)
    if gone and re.search(r"No files found|FILE_NOT_EXIST|No such file", text):
        return ResourceError(f"{gone[1]} was saved several times by other processes since it was loaded: load it again.")
    if not any(sign in text for sign in _SIGNS):
        return None
    return _broken_row(text) or next((found for source in reversed(list(sources)) if (found := _fault(source))), None)


def _fault(source: Source) -> DataError | None:
    try:
        return source.fault()
    except duckdb.Error as error:
        return _broken_row(str(error))


def _broken_row(text: str) -> DataError | None:
    """Turn DuckDB's words on a row into ours."""
    if found := re.search(r"CSV Error on Line: (\d+)\nOriginal Line:\s*(.*)\n+(.*)", text):
        file = re.search(r"file = (.*)", text)
        line, row, reason = (each.strip() for each in found.groups())
        return DataError(f"{file[1].strip() if file else 'A CSV file'}, line {line}: {reason} The line is: {row}")
    if found := re.search(r'in file "(.*)", (?:at byte \d+ )?in line (\d+): (.*)', text):
        return DataError(f"{found[1]}, line {found[2]}: {found[3].strip()}")
    return None
