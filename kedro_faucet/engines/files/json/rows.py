"""Where the rows of a JSON file are: one object a line, or one array of objects."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from kedro_faucet.engines.files.local.packing import require_text, unpacked
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.services.stores.addresses import is_address

_BLOCK = 2**20
_SPACE = b" \t\r\n"
_WANTED = "A file holds one object a line, or one array of objects."


def form_of(file: str) -> str:
    """Return DuckDB's word for how the objects stand in a file.

    Raises:
        ResourceError: if it is packed or encoded in a way that is not read.
        DataError: if an array is cut short.
    """
    with unpacked(file) as stream:
        start = stream.read(_BLOCK)
        require_text(file, start)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start[:1000]:
            raise ResourceError(f"{file} is UTF-16, or no text: save it as UTF-8.")
        if not start.removeprefix(codecs.BOM_UTF8).lstrip(_SPACE).startswith(b"["):
            return "newline_delimited"
        last = start.rstrip(_SPACE)[-1:]
        while block := stream.read(_BLOCK):
            last = (last + block).rstrip(_SPACE)[-1:]
    if last != b"]":
        raise DataError(f"{file} is an array that is cut short: it does not end with ].")
    return "array"


def place_of(file: str, row: int) -> str:
    """Return the words for where a row is, the first being 1."""
    if form_of(file) == "array":
        return f"object {row}"
    lines = (number for number, line in enumerate(_lines(file), 1) if line.strip(_SPACE))
    return f"line {next(islice(lines, row - 1, None), '?')}"


def broken(file: str, reason: str) -> DataError | None:
    """Return the error for a file in which something is no JSON; nothing if it cannot be found.

    Args:
        file: its path.
        reason: what the engine says.
    """
    if not is_address(file) and not Path(file).is_file():
        return None
    if form_of(file) == "array":
        line = _fault(b"".join(_lines(file)))
    else:
        faults = (number for number, text in enumerate(_lines(file), 1) if text.strip(_SPACE) and _fault(text))
        line = next(faults, None)
    said = reason.partition(" Try auto-detecting")[0].strip().rstrip(".")
    return DataError(f"{file}, line {line}: it is no JSON: {said}. {_WANTED}") if line else None


def _fault(text: bytes) -> int | None:
    """Return the line in which a text stops being JSON, counted from 1."""
    try:
        json.loads(text.removeprefix(codecs.BOM_UTF8), parse_int=_nothing, parse_float=_nothing)
    except json.JSONDecodeError as error:
        return error.lineno
    except UnicodeDecodeError as error:
        return text.count(b"\n", 0, error.start) + 1
    except RecursionError:
        return 1
    return None


def _nothing(number: str) -> Any:
    """Leave a number alone: Python refuses to read very long ones."""
    return None


def _lines(file: str) -> Iterator[bytes]:
    with unpacked(file) as stream:
        rest = b""
        while block := stream.read(_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            yield from (line + b"\n" for line in lines)
        if rest:
            yield rest
