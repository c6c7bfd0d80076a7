"""Tables to frames and back, for users' own nodes and notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from kedro_faucet.exceptions import EngineError, MissingExtraError, listed


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
        EngineError: if the value is none of these, two columns have one name, or a column is of a type that tables do
            not keep.
    """
    import pyarrow as pa

    table = arrow_table(frame)
    _check_names(table.column_names)
    fields = [field.with_type(_kept(field)) for field in table.schema]
    table = _cut(table.replace_schema_metadata(None))
    columns = [_cast(column, field) for column, field in zip(table.columns, fields, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


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
    kinds = [f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(frame).__mro__]
    if "pandas.DataFrame" in kinds:
        return _of_pandas(frame)
    if "polars.DataFrame" in kinds:
        return frame.to_arrow()
    advice = next((_ADVICE[kind] for kind in kinds if kind in _ADVICE), "give a pandas, polars or Arrow table")
    raise EngineError(f"A table cannot be made from {type(frame).__name__}: {advice}.")


_ADVICE = {
    "pandas.Series": "make it a frame, with series.to_frame('name')",
    "polars.Series": "make it a frame, with series.to_frame('name')",
    "polars.LazyFrame": "collect it first, with frame.collect()",
    "duckdb.DuckDBPyRelation": "it is of another connection or engine: give its rows, with table.to_arrow_table()",
    "pyspark.DataFrame": "it is of another engine: give its rows, with table.toArrow()",
    "builtins.NoneType": "it is what a function without a return gives",
}


def _of_pandas(frame: Any) -> Any:
    import pyarrow as pa

    _check_names(list(map(str, frame.columns)))
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException:
        name = next(name for name in frame.columns if not _is_readable(frame[name]))
        kinds = sorted({type(value).__name__ for value in frame[name]})
        raise EngineError(
            f"The column '{name}' cannot be one of a table: it holds values of type {listed(kinds)} that have no "
            f"column's type in common. Make them alike, as in frame['{name}'].astype(str)."
        ) from None


def _is_readable(column: Any) -> bool:
    import pyarrow as pa

    try:
        return pa.array(column, from_pandas=True) is not None
    except pa.ArrowException:
        return False


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise EngineError("A table needs at least one column, and this frame has none.")
    if twice := [name for name, count in Counter(map(str.lower, names)).items() if count > 1]:
        shown = listed(repr(name) for name in names if name.lower() == twice[0])
        raise EngineError(
            f"A table cannot have the columns {shown}: their names are the same but for case. Rename one."
        )


def _cast(column: Any, field: Any) -> Any:
    import pyarrow as pa

    try:
        return column.cast(field.type)
    except pa.ArrowException:
        text = f"The column '{field.name}' is {column.type} and has values that {field.type} does not hold"
        raise EngineError(f"{text}: make it a text.") from None


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
    if isinstance(kind, pa.BaseExtensionType) or (types.is_struct(kind) and not kind.num_fields):
        raise EngineError(f"The column '{field.name}' is of type {kind}, which tables do not keep: make it a text.")
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
