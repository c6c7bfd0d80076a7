"""Questions about files to an embedded engine of our own, with its words on a broken row turned into ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import duckdb

from kedro_faucet.engines.dialect.errors import reason
from kedro_faucet.engines.files.csv.line_ends import mixed_ends
from kedro_faucet.engines.files.json.rows import broken
from kedro_faucet.engines.files.local.packing import damaged
from kedro_faucet.exceptions import DataError, ResourceError, shortened
from kedro_faucet.services.stores.filesystem import register, store_said

_connect: ContextVar[Callable[[], duckdb.DuckDBPyConnection]] = ContextVar("connect", default=duckdb.connect)


@contextmanager
def looking_by(connect: Callable[[], duckdb.DuckDBPyConnection]) -> Iterator[None]:
    """Let questions within be asked by these connections, with their memory limit and threads.

    >>> with duckdb.connect(config={"threads": 1}) as own, looking_by(own.cursor):
    ...     ask("select current_setting('threads')")
    [(1,)]
    """
    token = _connect.set(connect)
    try:
        yield
    finally:
        _connect.reset(token)


def ask(query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over files; times of a zone are those of UTC.

    >>> ask("select cast(timestamptz '2013-07-01 12:00:00+02:00' as varchar)")
    [('2013-07-01 10:00:00+00',)]

    Raises:
        DataError: if a row is broken, with file and line.
        ResourceError: if a file cannot be read.
    """
    with _connection() as connection:
        connection.execute("set TimeZone = 'UTC'")
        register(connection, query)
        return connection.execute(query).fetchall()


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        with _connect.get()() as connection:
            yield connection
    except duckdb.Error as error:
        raise broken_row(str(error)) or ResourceError(reason(str(error))) from None


def broken_row(text: str) -> DataError | ResourceError | None:
    """Turn DuckDB's words on a row or a packed file into ours, or return nothing if they are on something else.

    >>> broken_row('Malformed JSON in file "x.json", at byte 7 in line 3: unexpected end of data. ').message
    'x.json: it is no JSON: unexpected end of data.'
    """
    if said := store_said(text):
        return ResourceError(said)
    if found := re.search(r"GZIP stream: (.*)", text):
        return damaged(found[1].strip())
    if "CSV Parser state machine" in text and (found := re.search(r"^ *file = (.*)", text, re.MULTILINE)):
        return mixed_ends(found[1].strip())
    if found := _CSV.search(text):
        # The row itself may hold any words: only what follows it is DuckDB's.
        line, row, said = found[1], found[2].strip(), text[found.end() :]
        file = re.search(r"^ *file = (.*)", said, re.MULTILINE)
        where = f"{file[1].strip() if file else 'A CSV file'}, line {line}"
        return DataError(f"{where}: {_reason(said)} The line is: {shortened(row, 200)}")
    if found := _JSON.search(text):
        return broken(found[1], found[2]) or DataError(f"{found[1]}: it is no JSON: {shortened(found[2].strip(), 200)}")
    if found := _PARQUET.search(text):
        return ResourceError(
            f"{found[1]} is no Parquet file, or a damaged one: get it again, or correct the resource's format."
        )
    if found := re.search(r"maximum recursion depth of (\d+)", text):
        return DataError(f"An object or a list of a JSON file is nested more than {found[1]} deep, which is not read.")
    if found := _LARGE.search(text):
        return DataError(f"{found[2]}: an object has more than {int(found[1]) // 2**20} MB, or is never closed.")
    return None


_CSV = re.compile(r"CSV Error on Line: (\d+)\nOriginal Line:([^\n]*)\n")
_JSON = re.compile(r'Malformed JSON in file "(.*)", (?:at byte \d+ )?in (?:line|record/value) \d+: (.*)')
_PARQUET = re.compile(r"(?:magic bytes found at end of|Footer length error in|Parquet|Error:) [Ff]ile '([^'\n]*)'")
_LARGE = re.compile(r'"maximum_object_size" of (\d+) bytes exceeded while reading file "(.*?)"')


def _reason(text: str) -> str:
    """Say in a user's words what DuckDB has against a row of a CSV file.

    >>> _reason("Expected Number of Columns: 2 Found: 1")
    'it has fewer fields than the 2 columns.'
    """
    if found := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text):
        expected, held = map(int, found.groups())
        return f"it has {'fewer' if held < expected else 'more'} fields than the {expected} columns."
    if "unterminated quote" in text:
        return 'a quote (") is opened and never closed.'
    if "Invalid unicode" in text:
        return "its text is not UTF-8: say what it is in load_args (encoding: latin-1), or save it as UTF-8."
    return reason(text.strip().partition("\n")[0])
