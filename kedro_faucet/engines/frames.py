"""Tables to frames and back, for users' own nodes and notebooks."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kedro_faucet.exceptions import MissingExtraError


def require(package: str, extra: str) -> Any:
    """Import an optional package, or say which extra brings it.

    >>> require("json", "x").__name__
    'json'
    """
    try:
        return import_module(package)
    except ImportError as error:
        if error.name and error.name.split(".")[0] != package.split(".")[0]:
            raise
        raise MissingExtraError(package.split(".")[0], extra) from None


def as_arrow(frame: Any) -> Any:
    """Return an Arrow table over a pandas or polars frame, a reader or an Arrow table.

    Raises:
        EngineError: if the value is none of these.
    """
    import pyarrow as pa

    from kedro_faucet.exceptions import EngineError

    if isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    if isinstance(frame, pa.Table):
        return _microseconds(frame)
    package = type(frame).__module__.split(".")[0]
    if package == "pandas":
        return _microseconds(pa.Table.from_pandas(frame, preserve_index=False))
    if package == "polars":
        return _microseconds(frame.to_arrow())
    raise EngineError(f"A table cannot be made from {type(frame).__name__}: give a pandas, polars or Arrow table.")


def _microseconds(table: Any) -> Any:
    """Cast timestamps to microseconds without a zone, the one kind both engines keep alike."""
    import pyarrow as pa

    fields = [
        field.with_type(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else field for field in table.schema
    ]
    return table.replace_schema_metadata(None).cast(pa.schema(fields), safe=False)
