"""What an engine says of a wrong text, in a few lines that name the inputs and the nearest names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kedro_faucet.engines.dialect.text import quote
from kedro_faucet.exceptions import (
    ConfigError,
    DataError,
    EngineError,
    FaucetError,
    ResourceError,
    SqlError,
    did_you_mean,
    listed,
    shortened,
)

# What follows quotes the translated text or the plan, or tells of settings of the engine: nothing of the user's.
_REST = re.compile(
    r"\n\s*\n|\nLINE \d|\n\s*Candidate|;\n'|\n?== SQL|\nJVM stacktrace|\n\s+at | SQLSTATE:| If necessary set"
    r"|\n(?:Either|Try|Possible|Did you mean|Use) | Use [`']try_| In order to select one| You might need to add"
)
_KIND = re.compile(r"^(?:[A-Z]\w+(?: \w+)* Error: |\[[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*\] )")
_CAUSE = re.compile(r"^(?:: |Caused by: )[\w.$]+: ([^\n]*)", re.MULTILINE)
_RAISED = "[USER_RAISED_EXCEPTION] "
_TRACEBACK = "Traceback (most recent call last):\n"
_ADVICE = {
    "Out of Memory": " Give the engine more: memory_limit in engine.yml.",
    "verflow": " Cast to a wider type before computing, such as BIGINT or DOUBLE.",
}
_MISFIT = re.compile(r"^Could not cast value (\S+) to (DECIMAL\(\d+,\d+\)) when casting from source column (.+)$")
_CLOSED = ("already been closed", "stopped SparkContext", "SparkContext was shut down")
_UNKNOWN = re.compile(r'column "([^"]+)" not found|not have a column named "([^"]+)"|with name `([^`]+)`')
_SENTENCES = [
    (r'Referenced column "([^"]+)" not found.*', r"There is no column '\1'."),
    (
        r'(?:Table|Values list|Subquery) "([^"]+)" does not have a column named "([^"]+)".*',
        r"The table '\1' has no column '\2'.",
    ),
    (r"A column[^`]*with name `([^`]+)` cannot be resolved.*", r"There is no column '\1'."),
    (r'Referenced table "([^"]+)" not found.*', r"There is no table '\1' in FROM."),
    (r'Ambiguous reference to column name "([^"]+)" \(use: (.*)\)', r"The column '\1' is in several tables: say \2."),
    (r"No function matches the given name and argument types '(.*)'\.?", r"There is no \1: cast the arguments."),
    (
        r'Could not choose a best candidate function for the function call "(.*)"\.?',
        r"There is no \1: cast one.",
    ),
    (r"(?:Scalar |Aggregate )?Function with name (\w+) does not exist!", r"There is no function \1()."),
]


def sql_error(message: str, text: str, tables: Mapping[str, Any]) -> SqlError:
    """Return the error for a text that an engine refuses, over tables that have ``columns``."""
    said = re.sub(r"\bkf_in__(\w+?)__\b", r"\1", reason(message)).replace("_LITERAL", "")
    for pattern, sentence in _SENTENCES:
        said = re.sub(rf"^{pattern}$", sentence, said)
    unknown = _UNKNOWN.search(message)
    name = next(filter(None, unknown.groups())).rsplit(".", 1)[-1] if unknown else ""
    near = did_you_mean(name, [column for table in tables.values() for column in table.columns]) if name else ""
    inputs = (f"{table}({listed(map(quote, rows.columns), near=quote(name))})" for table, rows in tables.items())
    return SqlError(
        f"{said}{near}\nin the SQL:\n{shortened(text.strip(), 2000)}\nInputs: {'; '.join(inputs) or 'none'}."
    )


def no_table(frame: Any, message: str) -> EngineError:
    """Return the error for a frame that an engine does not take, such as one with a type that it does not know."""
    return EngineError(f"A table cannot be made from this {type(frame).__name__}: {reason(message)}")


def stopped(message: str) -> FaucetError:
    """Return the error for a computation that an engine stopped; our own comes out of Spark's worker as it was.

    >>> str(stopped("Invalid Input Error: Division by zero"))
    'The computation stopped: Division by zero'
    """
    if _TRACEBACK in message:
        return _of_worker(message.rpartition(_TRACEBACK)[2])
    if any(sign in message for sign in _CLOSED):
        return EngineError("The engine of this table was closed: connect again, and make or load the table anew.")
    said = reason(message)
    if misfit := _MISFIT.search(said):
        value, kind, name = misfit.groups()
        return DataError(
            f"The column '{name}' holds {value}, which a {kind} does not keep: cast it to DOUBLE, to VARCHAR for its "
            "text, or to a DECIMAL of more digits before the point, of which there are 38 at most."
        )
    advice = next((text for sign, text in _ADVICE.items() if sign in message), "")
    return EngineError(f"The computation stopped: {said.rstrip('.!') + '.' if advice else said}{advice}")


def _of_worker(traceback: str) -> FaucetError:
    """Return the error at the end of a traceback."""
    said = re.sub(r"\A( [^\n]*\n)+", "", traceback).strip()
    kind, _, text = said.partition(": ")
    ours = {f"{each.__module__}.{each.__name__}": each for each in (ConfigError, DataError, ResourceError)}
    return ours[kind](text) if kind in ours else EngineError(f"The computation stopped: {said}")


def reason(message: str) -> str:
    """Return what an engine says, without its word for the kind of error and what follows: of Java, the first cause.

    >>> reason("Invalid Input Error: Division by zero"), reason("[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012")
    ('Division by zero', 'Division by zero.')
    """
    raised = message.partition(_RAISED)[2]
    causes = [] if raised else _CAUSE.findall(message)
    said = _KIND.sub("", (raised or (causes[-1] if causes else message)).strip())
    return _REST.split(said, maxsplit=1)[0].strip()
