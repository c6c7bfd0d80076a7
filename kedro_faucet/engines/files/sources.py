"""From the words in a catalog entry to files that an engine reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from kedro_faucet.engines.files.csv import CsvFiles
from kedro_faucet.engines.files.json import JsonFiles

Source: TypeAlias = CsvFiles | JsonFiles


def source(format: str, files: Sequence[str], columns: Mapping[str, str] | None = None, **options: Any) -> Source:
    """Return what is known of text files before a row of them is read.

    Raises:
        ResourceError: if a file is empty, or lacks a declared column.
    """
    declared = {name: kind.upper() for name, kind in (columns or {}).items()}
    paths = tuple(file.removeprefix("file:") for file in files)
    return CsvFiles(paths, declared, **options) if format == "csv" else JsonFiles(paths, declared, **options)
