"""Writing a text file: both engines let the embedded one do it, so that one table makes the same bytes."""

from __future__ import annotations

from kedro_faucet.engines.dialect import literal
from kedro_faucet.engines.files.local.packing import packing, require_written

_FORMS = {"csv": "format csv, header", "json": "format json", "parquet": "format parquet, compression zstd"}


def copy_query(rows: str, format: str, path: str) -> str:
    """Return DuckDB's statement that writes rows to a file, packed as its name says.

    >>> copy_query("t", "csv", "x.csv.gz")
    "copy (from t) to 'x.csv.gz' (format csv, header, compression gzip)"

    Raises:
        ResourceError: if its name is that of a file packed otherwise.
    """
    require_written(path)
    packed = packing(path) if format != "parquet" else None
    return f"copy (from {rows}) to {literal(path)} ({_FORMS[format]}{f', compression {packed}' if packed else ''})"
