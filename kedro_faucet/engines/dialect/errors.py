"""What an engine says of a wrong text, in a few lines that name the inputs and the nearest names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kedro_faucet.engines.dialect.text import quote
from kedro_faucet.exceptions import ConfigError, DataError, EngineError, FaucetError, SqlError, did_you_mean

# What follows quotes the translated text, or the plan: not what the user wrote.
_REST = re.compile(
    r"\n\s*\n|\nLINE \d|\n\s*Candidate|;\n'|\n?== SQL|\nJVM stacktrace|\n\s+at | SQLSTATE:| If necessary set"
)
_TRACEBACK = "Traceback (most recent call last):\n"
_MEMORY = "Give the engine more: memory_limit in engine.yml."
_UNKNOWN = re.compile(r'column "([^"]+)" not found|not have a column named "([^"]+)"|with name `([^`]+)`')


def sql_error(message: str, text: str, tables: Mapping[str, Any]) -> SqlError:
    """Return the error for a text that an engine refuses, over tables that have ``columns``."""
    said = _REST.split(message.strip())[0].strip()
    said = re.sub(r"\bkf_in__(\w+?)__\b", r"\1", said)
    inputs = "; ".join(f"{name}({', '.join(map(quote, table.columns))})" for name, table in tables.items())
    return SqlError(f"{said}{_near(said, tables)}\nin the SQL:\n{text.strip()}\nInputs: {inputs or 'none'}.")


def stopped(message: str) -> FaucetError:
    """Return the error for a computation that an engine stopped; our own comes out of Spark's worker as it was.

    >>> str(stopped("Invalid Input Error: Division by zero"))
    'The computation stopped: Division by zero'
    """
    if _TRACEBACK in message:
        return _of_worker(message.rpartition(_TRACEBACK)[2])
    if "USER_RAISED_EXCEPTION" in message:
        message = message.split("[USER_RAISED_EXCEPTION]")[1]
    said = _REST.split(message.strip())[0].strip()
    said = f"{reason(said).rstrip('.')}. {_MEMORY}" if "Out of Memory" in said else reason(said)
    return EngineError(f"The computation stopped: {said}")


def _of_worker(traceback: str) -> FaucetError:
    """Return the error at the end of a traceback."""
    said = re.sub(r"\A( [^\n]*\n)+", "", traceback).strip()
    kind, _, text = said.partition(": ")
    ours = {f"{each.__module__}.{each.__name__}": each for each in (ConfigError, DataError)}
    return ours[kind](text) if kind in ours else EngineError(f"The computation stopped: {said}")


def reason(message: str) -> str:
    """Return what DuckDB says, without its word for the kind of error.

    >>> reason("Invalid Input Error: Division by zero")
    'Division by zero'
    """
    return re.sub(r"^[A-Z]\w+( \w+)* Error: ", "", message)


def _near(message: str, tables: Mapping[str, Any]) -> str:
    column = _UNKNOWN.search(message)
    if column is None:
        return ""
    name = next(filter(None, column.groups())).rsplit(".", 1)[-1]
    return did_you_mean(name, [column for table in tables.values() for column in table.columns])
