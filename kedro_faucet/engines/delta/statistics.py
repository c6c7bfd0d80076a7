"""What Delta's log is told of a file's columns, taken from the file itself: readers leave out files by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyarrow import parquet

from kedro_faucet.engines.delta.commit import Part

_LONGEST = 32
"""Letters of a text at most: a longer one would fill the log, and a shortened one is no highest value."""
_DIGITS = 15
"""Digits of a decimal at most: the log's numbers are read as fractions by some."""


def part_of(file: Path, path: str, properties: Mapping[str, str]) -> Part:
    """Return what is known of a Parquet file.

    Args:
        file: the file on this machine.
        path: its path below the table's folder.
        properties: of the table: they may say which columns the log tells of.
    """
    with parquet.ParquetFile(file) as opened:
        metadata = opened.metadata
    return Part(path, file.stat().st_size, metadata.num_rows, statistics(metadata, properties))


def statistics(metadata: parquet.FileMetaData, properties: Mapping[str, str]) -> str:
    """Return the count of rows, and of plain columns their lowest and highest value and how often they are NULL."""
    told: dict[str, Any] = {"numRecords": metadata.num_rows, "minValues": {}, "maxValues": {}, "nullCount": {}}
    for number in _indexed(metadata, properties):
        groups = [metadata.row_group(each).column(number).statistics for each in range(metadata.num_row_groups)]
        if not groups or not all(each is not None and each.has_null_count for each in groups):
            continue
        name = metadata.schema.column(number).name
        told["nullCount"][name] = sum(each.null_count for each in groups)
        if bounds := _bounds([each for each in groups if each.num_values]):
            told["minValues"][name], told["maxValues"][name] = bounds
    return json.dumps(told, separators=(",", ":"))


def _indexed(metadata: parquet.FileMetaData, properties: Mapping[str, str]) -> list[int]:
    """Return the plain columns that the log tells of: those that the table names, else the first ones."""
    plain = [n for n in range(metadata.num_columns) if (c := metadata.schema.column(n)).name == c.path]
    named = properties.get("delta.dataSkippingStatsColumns")
    if named is not None:
        wanted = {name.strip().strip("`") for name in named.split(",")}
        return [number for number in plain if metadata.schema.column(number).name in wanted]
    count = int(properties.get("delta.dataSkippingNumIndexedCols", 32))
    return plain if count < 0 else plain[:count]


def _bounds(groups: list[Any]) -> tuple[Any, Any] | None:
    """Return the lowest and the highest value of a column; nothing where they are not known, or not for the log."""
    try:
        if not groups or not all(each.has_min_max for each in groups):
            return None
        found = _told(min(each.min for each in groups)), _told(max(each.max for each in groups))
    except (OverflowError, ValueError, NotImplementedError):  # a day that Python has not
        return None
    return None if None in found else found


def _told(value: Any) -> Any:
    """Return a value as the log has it; fractions are not told, as the files' own bounds do not know NaN."""
    if isinstance(value, datetime):
        said = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"{said}Z" if value.tzinfo else said
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) <= _DIGITS else None
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else None
    return value if type(value) is int else None
