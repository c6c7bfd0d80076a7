"""Line ends: a file whose lines end in several ways is refused, since a reader cannot know which of them are ends."""

from __future__ import annotations

import io
from collections.abc import Iterable

from kedro_faucet.engines.files.local.packing import unpacked
from kedro_faucet.exceptions import DataError

_NAMES = {"\r\n": "a carriage return and a line feed (CR LF)", "\n": "a line feed (LF)", "\r": "a carriage return (CR)"}


def mixed_ends(file: str) -> DataError:
    """Return the error for a CSV file that the embedded engine finds not well-formed."""
    with unpacked(file) as stream, io.TextIOWrapper(stream, "utf-8", errors="replace", newline="") as lines:
        found = _first_other(lines)
    if not found:
        return DataError(f"{file}: its quotes and delimiters make no rows. See the first lines that hold a quote.")
    line, end, first = found
    return DataError(
        f"{file}, line {line}: it ends in {_NAMES[end]}, the first line in {_NAMES[first]}. Let all lines end alike "
        "(as dos2unix does), and put a field that holds a line end in quotes."
    )


def _first_other(lines: Iterable[str]) -> tuple[int, str, str] | None:
    """Return the first line outside quotes that ends otherwise than the first, and both ends."""
    is_quoted, first = False, ""
    for number, line in enumerate(lines, 1):
        is_quoted ^= line.count('"') % 2 == 1
        end = line[len(line.rstrip("\r\n")) :]
        if is_quoted or not end:
            continue
        first = first or end
        if end != first:
            return number, end, first
    return None
