"""Writing a text file: both engines let the embedded one do it, so that one table makes the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.engines.dialect import literal
from kedro_faucet.engines.files.local.packing import packing, require_written

_FORMS = {"csv": "format csv, header", "json": "format json", "parquet": "format parquet, compression zstd"}


def copy_query(rows: str, format: str, path: str, by: Sequence[str] = ()) -> str:
    """Return DuckDB's statement that writes rows to a file, packed as its name says, or to a folder of folders.

    Rows are sorted by what they are parted by, so that there is one file a folder.

    >>> copy_query("t", "csv", "x.csv.gz")
    "copy (from t) to 'x.csv.gz' (format csv, header, compression gzip)"

    Raises:
        ResourceError: if its name is that of a file packed otherwise.
    """
    require_written(path)
    packed = packing(path) if format != "parquet" else None
    form = f"{_FORMS[format]}{f', compression {packed}' if packed else ''}"
    if by:
        rows, form = f"{rows} order by {', '.join(by)}", f"{form}, partition_by ({', '.join(by)})"
    return f"copy (from {rows}) to {literal(path)} ({form})"
