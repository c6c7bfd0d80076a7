"""Which file, line, column and value stopped a computation that read it lazily."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from kedro_faucet.engines.files.local.paths import shown
from kedro_faucet.engines.files.local.states import CHANGED
from kedro_faucet.engines.files.local.unpacking import renamed
from kedro_faucet.engines.files.queries import broken_row
from kedro_faucet.engines.files.sources import Source
from kedro_faucet.engines.files.values import STOPPED
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError
from kedro_faucet.services.stores.filesystem import store_said

# What the engines say of a value or a row that they cannot read.
_SIGNS = (
    STOPPED,
    "CSV Error",
    "CSV Parser state machine",
    "JSON transform",
    "GZIP stream",
)
_GONE = re.compile(
    r'No files found that match the pattern "([^"\n]*)"|Cannot open file "([^"\n]*)": No such file'
    r"|File (file:[^\n]*) does not exist"
)
_DAMAGED = re.compile(
    r"(?:No magic bytes found at end of file|Footer length error in file|File) '([^'\n]*)'(?: too small|\n|$)"
    r"|\[FAILED_READ_FILE[.\w]*\] Encountered error while reading file (file:\S*)\."
)

SYSTEM = re.compile(
    "No space left on device|Disk quota exceeded|Permission denied|Read-only file system|Input/output error"
    "|Too many open files|Not a directory|Is a directory|File name too long"
)
"""What the operating system says where it refuses a file."""
CHECK = "See what is there, who may write it, and the disk's room."
_QUOTED = re.compile(r'"(/[^"\\]*)\\?"')


def explain(text: str, sources: Iterable[Source]) -> FaucetError | None:
    """Return our error for an engine's one about a file, or nothing if it is about something else.

    Args:
        text: what the engine says.
        sources: the text files that the computation reads.
    """
    found = _explained(text, sources)
    return found and renamed(found)


def _explained(text: str, sources: Iterable[Source]) -> FaucetError | None:
    if said := store_said(text):
        return ResourceError(said)
    before, changed, _ = text.partition(f" {CHANGED}")
    if changed:
        return ResourceError(f"{_shown(before.rpartition(chr(10))[2])}{changed}")
    if gone := _GONE.search(text):
        return _gone(next(filter(None, gone.groups())))
    if any(sign in text for sign in _SIGNS):
        return broken_row(text) or next((found for source in sources if (found := _fault(source, text))), None)
    if refused := SYSTEM.search(text):
        file = _QUOTED.search(text)
        return ResourceError(f"{_shown(file[1]) if file else 'A file'} cannot be reached: {refused[0]}. {CHECK}")
    if damaged := _DAMAGED.search(text):
        path = url_path(next(filter(None, damaged.groups())))
        return ResourceError(f"{path} is no Parquet file, or a damaged one: get it again, or write it anew.")
    return None


def _gone(file: str) -> ResourceError:
    path = Path(re.sub(r"\[([*?[])\]", r"\1", url_path(file)))  # DuckDB tells a name as a pattern for it
    if ".faucet" in path.parts[:-2]:
        return ResourceError(
            f"{shown(path).name} was saved several times by others since it was loaded: load it again."
        )
    return ResourceError(f"{path} is there no more: it was moved or removed since it was loaded. Load again.")


def url_path(file: str) -> str:
    """Return the path of a file that an engine names, as a URL or not.

    >>> url_path("file:///data/a%20b.csv"), url_path("/data/a%20b.csv")
    ('/data/a b.csv', '/data/a%20b.csv')
    """
    return unquote("/" + file.removeprefix("file:").lstrip("/")) if file.startswith("file:") else file


def _shown(file: str) -> str:
    return str(shown(Path(url_path(file))))


def _fault(source: Source, text: str) -> DataError | None:
    try:
        return source.fault(text)
    except DataError as error:
        return error
    except ResourceError:  # a file that is no longer there explains nothing
        return None
