"""Tables to frames and back, for users' own nodes and notebooks."""

from __future__ import annotations

from datetime import datetime
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

    Nothing is lost: a value that such a type cannot hold exactly is refused.

    >>> import pandas
    >>> sales = pandas.DataFrame({"shop": ["Ulm", "Ulm"], "amount": [1, 2]})
    >>> as_arrow(sales.groupby("shop").sum()).to_pylist()
    [{'shop': 'Ulm', 'amount': 3}]

    Raises:
        EngineError: if the value is none of these, or a column is of a type, or holds a value, that tables do not keep.
    """
    import pyarrow as pa

    table = arrow_table(frame)
    kept = {field.name: _kept(field.name, field.type) for field in table.schema}
    columns = [_cast(name, table.column(name), kind) for name, kind in kept.items()]
    return pa.Table.from_arrays(columns, schema=pa.schema(kept.items()))


def arrow_table(frame: Any) -> Any:
    """Return an Arrow table over a pandas or polars frame, a reader or an Arrow table, in types as they are.

    >>> import polars
    >>> str(arrow_table(polars.DataFrame({"day": [1]}, {"day": polars.UInt8})).schema.field("day").type)
    'uint8'

    Raises:
        EngineError: if the value is none of these, its columns cannot be told apart, its index would be lost, or a
            column holds values of several types.
    """
    import pyarrow as pa

    readers = {"Table": lambda: frame, "RecordBatch": lambda: pa.Table.from_batches([frame])}
    kinds = {(each.__module__.split(".")[0], each.__name__) for each in type(frame).__mro__}
    package, kind = type(frame).__module__.split(".")[0], type(frame).__name__
    if package == "pyarrow" and kind in {*readers, "RecordBatchReader"}:
        table = readers.get(kind, lambda: frame.read_all())()
    elif ("pandas", "DataFrame") in kinds:
        table = _of_pandas(frame)
    elif ("polars", "DataFrame") in kinds:
        table = _of_polars(frame)
    else:
        hint = _HINTS.get(kind, "give a pandas, polars or Arrow table.")
        raise EngineError(f"A table cannot be made from {kind}: {hint}")
    _check_names(table.column_names)
    return table


def is_frame(value: Any) -> bool:
    """Tell whether a value is a frame, or what becomes one in a step that the error names.

    >>> import pandas
    >>> is_frame(pandas.DataFrame()), is_frame(pandas.Timestamp("2013-01-31"))
    (True, False)
    """
    package, kind = type(value).__module__.split(".")[0], type(value).__name__
    return package in {"pandas", "polars", "pyarrow"} and kind in _FRAMES


_FRAMES = {"DataFrame", "LazyFrame", "RecordBatch", "RecordBatchReader", "Series", "Table"}
_OTHER = (
    "it is a table of another engine; engines.connect() gives the run's, and to_arrow(table) what any engine takes."
)
_HINTS = {
    "Series": "make it a frame, series.to_frame('name').",
    "LazyFrame": "collect it first, frame.collect().",
    "DuckDBPyRelation": _OTHER,
    "DataFrame": _OTHER,
    "NoneType": "it is what a function without a return gives.",
}


def _check_names(names: list[str]) -> None:
    """Refuse columns that no table can tell apart."""
    if not names:
        raise EngineError("The frame has no columns: a table has at least one.")
    seen: dict[str, str] = {}
    for name in names:
        if not name:
            raise EngineError("A column of the frame has no name: give it one.")
        if (other := seen.get(name.lower())) is not None:
            both = f"two columns '{name}'" if other == name else f"the columns '{other}' and '{name}'"
            raise EngineError(
                f"The frame has {both} (an index with a name is a column too), which a table cannot tell apart: "
                "rename or drop one of them."
            )
        seen[name.lower()] = name


def _of_polars(frame: Any) -> Any:
    for name, kind in frame.schema.items():
        if str(kind).startswith(("Object", "Int128", "UInt128")):
            raise _not_kept(name, kind, "cast it to a text or a Decimal(38, 0).")
    return frame.to_arrow()


def _of_pandas(frame: Any) -> Any:
    import pyarrow as pa

    columns = [*_index_columns(frame), *((name, frame.iloc[:, at]) for at, name in enumerate(frame.columns))]
    names = [_column_name(name) for name, _ in columns]
    return pa.Table.from_arrays([_array(name, column) for name, (_, column) in zip(names, columns, strict=True)], names)


def _index_columns(frame: Any) -> list[tuple[Any, Any]]:
    """Return the levels of an index that have names; numbers of rows are no data, other nameless ones are refused."""
    found = []
    for level in range(frame.index.nlevels):
        values, name = frame.index.get_level_values(level), frame.index.names[level]
        if name is None and not _is_row_number(values):
            raise EngineError(
                f"The frame's index has no name, and would be lost ({values[0]!r}, …): name it by rename_axis(…), "
                "make it a column by reset_index(), or drop it by reset_index(drop=True)."
            )
        if name is not None and not (name in frame.columns and values.equals(type(values)(frame[name]))):
            found.append((name, values.to_series()))
    return found


def _is_row_number(values: Any) -> bool:
    """Tell whether an index is what a frame has where nobody gave it one, perhaps filtered, sorted or put together."""
    return not len(values) or (values.dtype.kind in "iu" and values.min() >= 0)


def _column_name(name: Any) -> str:
    if isinstance(name, str):
        return str(name)
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    join = (
        "['_'.join(map(str, name)) for name in frame.columns]" if isinstance(name, tuple) else "frame.columns.map(str)"
    )
    raise EngineError(f"The column {name!r} has a name that is no text: set frame.columns = {join}.")


def _array(name: str, column: Any) -> Any:
    """Return a column of pandas as Arrow has it; its own conversion cuts and mixes objects silently."""
    import pyarrow as pa
    from pandas.api.types import infer_dtype

    if column.dtype == object and infer_dtype(column) in {"date", "datetime", "mixed"}:
        _check_objects(name, column.dropna())
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        if column.dtype != object:
            raise _not_kept(name, column.dtype, _AS_TEXT) from None
        raise _mixed(name, column.dropna()) from None


def _check_objects(name: str, values: Any) -> None:
    """Refuse objects that Arrow would take together though one of them would change."""
    kinds = {_kind(value) for value in values}
    for both in ({"date", "datetime"}, {"str", "bytes"}):
        if both <= kinds:
            raise _mixed(name, values)
    if kinds == {"datetime"}:
        if len({value.tzinfo is None for value in values}) > 1:
            raise EngineError(f"The column '{name}' holds times with and without a zone: make them one kind.")
        for value in values:
            if getattr(value, "nanosecond", 0):
                raise _inexact(name, value, "timestamp[us]")


def _kind(value: Any) -> str:
    return "datetime" if isinstance(value, datetime) else type(value).__name__


def _mixed(name: str, values: Any) -> EngineError:
    kinds = sorted({_kind(value) for value in values})
    if kinds == ["int"]:
        return _inexact(name, max(values, key=abs), "int64")
    what = f"values of several types ({', '.join(kinds)})" if len(kinds) > 1 else f"values of the type {kinds[0]}"
    return EngineError(f"The column '{name}' holds {what}, which no column keeps exactly: {_AS_TEXT}")


_AS_TEXT = "make it a text, as by astype(str)."
_ADVICE = {
    "time": "make it a text, or a number of seconds.",
    "duration": "make it a number of seconds, as by dt.total_seconds().",
    "month_day_nano_interval": "make it numbers of months and of days.",
    "extension<pandas.period": "make it a date, as by dt.to_timestamp().",
}


def _kept(name: str, kind: Any) -> Any:
    """Return the type that both engines keep: times in microseconds without a zone, signed integers, plain texts."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return _kept(name, kind.value_type)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(_kept(name, kind.value_type))
    if types.is_struct(kind) and kind.num_fields:
        return pa.struct([(field.name, _kept(name, field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(_kept(name, kind.key_type), _kept(name, kind.item_type))
    for prefix, advice in _ADVICE.items():
        if str(kind).startswith(prefix) and not types.is_timestamp(kind):
            raise _not_kept(name, kind, advice)
    if isinstance(kind, pa.BaseExtensionType) or (types.is_struct(kind) and not kind.num_fields):
        raise _not_kept(name, kind, _AS_TEXT)
    if types.is_timestamp(kind):
        return pa.timestamp("us")
    if types.is_decimal(kind):
        return _decimal(name, kind)
    plain = {
        pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.int64(),
        pa.large_string(): pa.string(), pa.string_view(): pa.string(), pa.large_binary(): pa.binary(),
        pa.binary_view(): pa.binary(), pa.null(): pa.string(), pa.date64(): pa.date32(), pa.float16(): pa.float32(),
    }  # fmt: skip
    return plain.get(kind, kind)


def _decimal(name: str, kind: Any) -> Any:
    import pyarrow as pa

    scale = max(kind.scale, 0)
    if scale > 38:
        raise _not_kept(name, kind, "round it to 38 digits.")
    return pa.decimal128(min(kind.precision + scale - kind.scale, 38), scale)


def _cast(name: str, column: Any, kind: Any) -> Any:
    """Return a column in another type, or refuse the first value that it cannot hold exactly."""
    import pyarrow as pa

    try:
        return column.cast(kind)
    except pa.ArrowException:
        raise _inexact(name, _first_inexact(column, kind), kind) from None


def _first_inexact(column: Any, kind: Any) -> Any:
    """Find, half by half, the first value that a type cannot hold."""
    import pyarrow as pa

    while len(column) > 1:
        half = len(column) // 2
        try:
            column.slice(0, half).cast(kind)
            column = column.slice(half)
        except pa.ArrowException:
            column = column.slice(0, half)
    return column[0]


def _inexact(name: str, value: Any, kind: Any) -> EngineError:
    words = {
        "timestamp[us]": ("microseconds", "round it, as by dt.round('us')"),
        "date32[day]": ("days", "make it a timestamp"),
        "int64": ("64 bits", _SHORTER),
    }
    what, advice = words.get(str(kind), (f"a {kind}", _SHORTER))
    try:
        shown = str(value)
    except (OverflowError, ValueError):  # a time of another age
        shown = "a time"
    return EngineError(f"The column '{name}' holds {shown}, which does not fit into {what}: {advice}.")


_SHORTER = "make it a text, as by astype(str), or a Decimal of at most 38 digits"


def _not_kept(name: str, kind: Any, advice: str) -> EngineError:
    shown = getattr(kind, "extension_name", kind)
    return EngineError(f"The column '{name}' is of the type {shown}, which tables do not keep: {advice}")
