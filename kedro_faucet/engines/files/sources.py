"""From the words in a catalog entry to files that an engine reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import PurePath
from typing import Any, TypeAlias

import duckdb

from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.engines.files.csv.files import CsvFiles
from kedro_faucet.engines.files.csv.forms import require_forms
from kedro_faucet.engines.files.csv.layout import Layout
from kedro_faucet.engines.files.json.files import JsonFiles
from kedro_faucet.engines.files.local.unpacking import plain_files
from kedro_faucet.engines.files.nested import nested_type
from kedro_faucet.engines.files.parquet import ParquetFiles
from kedro_faucet.engines.files.partitions import SCHEMA, PartitionedFiles, laid_out, partitioned
from kedro_faucet.engines.files.values import Notation
from kedro_faucet.exceptions import ResourceError

Source: TypeAlias = CsvFiles | JsonFiles | ParquetFiles | PartitionedFiles


def source(format: str, files: Sequence[str], columns: Mapping[str, str] | None = None, **options: Any) -> Source:
    """Return what is known of files before a row of them is read.

    Raises:
        ResourceError: if a file is empty, or lacks a declared column.
    """
    paths = tuple(file.removeprefix("file:") for file in files)
    entry = options.pop("entry", "")
    hive = options.pop("hive", False)
    if PurePath(paths[0]).name == SCHEMA:
        return laid_out(paths, columns or {}, lambda files, rest: source(format, files, rest, entry=entry, **options))
    if format != "parquet":
        paths = plain_files(paths, entry)
    if hive:
        return partitioned(paths, columns or {}, lambda files, rest: source(format, files, rest, **options))
    if format == "parquet":
        return ParquetFiles(paths)
    if format == "json":
        return JsonFiles(
            paths, {str(name): nested_type(name, kind) for name, kind in (columns or {}).items()}, **options
        )
    declared = {str(name): declared_type(name, kind) for name, kind in (columns or {}).items()}
    known = csv_options(options)
    require_forms(known["notation"])
    return CsvFiles(paths, declared, **known)


def _type(name: str, kind: str) -> str:
    """Return DuckDB's own word for a declared type."""
    try:
        return str(duckdb.type(kind))
    except duckdb.Error:
        raise ResourceError(f"columns: '{kind}', which '{name}' is to be, is no type, as DECIMAL(10,2) is.") from None


def csv_options(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a catalog entry says of CSV files, sorted by what it is about.

    >>> csv_options({"delimiter": ";", "decimal": ",", "nulls": ["NA"]})["layout"].delimiter
    ';'

    Raises:
        ResourceError: if a layout or a notation is none.
    """
    parts = {
        name: kind(**{each.name: said[each.name] for each in fields(kind) if each.name in said})
        for name, kind in (("layout", Layout), ("notation", Notation))
    }
    return {**parts, **{key: said[key] for key in ("nulls", "hints", "filename") if key in said}}
