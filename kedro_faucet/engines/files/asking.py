"""Questions about files to an embedded engine of our own, with its words on a broken row turned into ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from kedro_faucet.exceptions import DataError, ResourceError


def ask(query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over files.

    Raises:
        DataError: if a row is broken, with file and line.
        ResourceError: if a file cannot be read.
    """
    with _connection() as connection:
        return connection.execute(query).fetchall()


def ask_arrow(query: str) -> pa.Table:
    """Return the rows of a query over files as an Arrow table.

    Raises:
        DataError: if a row is broken, with file and line.
        ResourceError: if a file cannot be read.
    """
    with _connection() as connection:
        return connection.sql(query).to_arrow_table()


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        with duckdb.connect() as connection:
            yield connection
    except duckdb.Error as error:
        raise broken_row(str(error)) or ResourceError(str(error).split("\n\nLINE ")[0]) from None


def broken_row(text: str) -> DataError | None:
    """Turn DuckDB's words on a row into ours, or return nothing if they are on something else.

    >>> broken_row('Malformed JSON in file "x.json", at byte 7 in line 3: unexpected end of data. ').message
    'x.json, line 3: unexpected end of data.'
    """
    if found := re.search(r"CSV Error on Line: (\d+)\nOriginal Line:\s*(.*)\n+(.*)", text):
        file = re.search(r"file = (.*)", text)
        line, row, reason = (each.strip() for each in found.groups())
        return DataError(f"{file[1].strip() if file else 'A CSV file'}, line {line}: {reason} The line is: {row}")
    if found := re.search(r'in file "(.*)", (?:at byte \d+ )?in line (\d+): (.*)', text):
        return DataError(f"{found[1]}, line {found[2]}: {found[3].strip()}")
    return None
