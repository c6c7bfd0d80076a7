"""Tables to frames and back, for users' own nodes and notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from kedro_faucet.exceptions import EngineError, MissingExtraError


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
    """Return an Arrow table over a pandas or polars frame, a reader or an Arrow table, in types both engines keep.

    Raises:
        EngineError: if the value is none of these, or a column is of a type that tables do not keep.
    """
    import pyarrow as pa

    table = arrow_table(frame)
    with _told(frame):
        fields = [field.with_type(_kept(field)) for field in table.schema]
        kept = pa.schema(fields)
        return _cut(table.replace_schema_metadata(None)).cast(kept)


def arrow_table(frame: Any) -> Any:
    """Return an Arrow table over a pandas or polars frame, a reader or an Arrow table, in types as they are.

    >>> import polars
    >>> str(arrow_table(polars.DataFrame({"day": [1]}, {"day": polars.UInt8})).schema.field("day").type)
    'uint8'

    Raises:
        EngineError: if the value is none of these, or a column holds values of several types.
    """
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatchReader):
        return frame.read_all()
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    package = type(frame).__module__.split(".")[0]
    with _told(frame):
        if package == "pandas":
            return pa.Table.from_pandas(frame, preserve_index=False)
        if package == "polars":
            return frame.to_arrow()
    raise EngineError(f"A table cannot be made from {type(frame).__name__}: give a pandas, polars or Arrow table.")


@contextmanager
def _told(frame: Any) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except pa.ArrowException as error:
        raise EngineError(f"A table cannot be made from this {type(frame).__name__}: {error}") from None


def _cut(table: Any) -> Any:
    """Cut nanoseconds off; nothing else may lose anything."""
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            cut = table.column(index).cast(pa.timestamp("us", field.type.tz), safe=False)
            table = table.set_column(index, field.name, cut)
    return table


def _kept(field: Any) -> Any:
    """Return the type that both engines keep: times in microseconds without a zone, signed integers, plain texts."""
    import pyarrow as pa

    kind, types = field.type, pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_time(kind) or types.is_duration(kind) or types.is_interval(kind):
        raise EngineError(f"The column '{field.name}' is a {kind}, which tables do not keep: make it a text.")
    if types.is_timestamp(kind):
        return pa.timestamp("us")
    if types.is_decimal(kind):
        return pa.decimal128(min(kind.precision, 38), kind.scale)
    plain = {
        pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.int64(),
        pa.large_string(): pa.string(), pa.string_view(): pa.string(), pa.large_binary(): pa.binary(),
        pa.null(): pa.int32(), pa.date64(): pa.date32(), pa.float16(): pa.float32(),
    }  # fmt: skip
    return plain.get(kind, kind)
