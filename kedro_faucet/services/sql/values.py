"""Values as Python's drivers give them, in the types that a column has here: exactly, or refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kedro_faucet.exceptions import DataError
from kedro_faucet.services.arrow import exactly

MISFITS = (TypeError, ValueError, KeyError, ArithmeticError, OverflowError, DataError, pa.ArrowException)
"""What says that a value does not fit."""


@dataclass(frozen=True)
class Values:
    """How the values of a column, as Python has them, become those of a type: exactly, or not at all.

    Args:
        classes: the types of Python that may come.
        convert: makes an array of them.
    """

    classes: tuple[type, ...]
    convert: Callable[[Sequence[Any], pa.DataType], pa.Array]

    def of(self, values: Sequence[Any], kind: pa.DataType) -> pa.Array:
        """Return an array; any error means that a value does not fit."""
        if not {type(value) for value in values} <= {*self.classes, type(None)}:
            raise TypeError
        return self.convert(values, kind)


def typed(values: Sequence[Any], kind: pa.DataType, how: Values, refused: Callable[[Any], DataError]) -> pa.Array:
    """Return a column's values in a type.

    >>> typed([1, 0, None], pa.bool_(), values_of(pa.bool_()), DataError).to_pylist()
    [True, False, None]

    Raises:
        DataError: as ``refused`` makes it of the first value that does not fit.
    """
    try:
        return how.of(values, kind)
    except MISFITS:
        raise refused(next(each for each in values if not _fits(how, each, kind))) from None


def _fits(how: Values, value: Any, kind: pa.DataType) -> bool:
    try:
        how.of([value], kind)
    except MISFITS:
        return False
    return True


def _numbers(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if any(type(value) is Decimal for value in values):
        return pa.array(values, pa.decimal128(38, 0)).cast(kind)
    return pa.array(values, pa.int64()).cast(kind)


def _truths(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return pa.array([None if value is None else _TRUTHS[value] for value in values], kind)


_TRUTHS = {0: False, 1: True}


def _floats(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return pa.array([float(value) if type(value) is Decimal else value for value in values], kind)


def _halves(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    whole = pa.array(values, pa.float64())
    found = whole.cast(kind)
    if not pc.all(pc.equal(found.cast(pa.float64()), whole)).as_py() and found.null_count < len(found):
        raise ValueError
    return found


def _texts(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return exactly("", pa.array(values, pa.string()), kind)


def _days(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return _texts([None if value is None else str(_day(value)) for value in values], kind)


def _day(value: Any) -> Any:
    """Return a day without its time, if that is midnight."""
    return value.date() if isinstance(value, datetime) and value.timetz() == time() else value


def _moments(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return times, those with a zone as times of UTC."""
    if any(type(value) is str for value in values):
        return _texts([None if value is None else str(_utc(value)) for value in values], kind)
    return pa.array([_utc(value) for value in values], kind)


def _utc(value: Any) -> Any:
    has_zone = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if has_zone else value


def _decimals(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return pa.array([None if value is None else decimal(value) for value in values], kind)


def decimal(value: float | str | Decimal) -> Decimal:
    """Return a number as the shortest decimal that is this very one."""
    return Decimal(repr(value) if isinstance(value, float) else value)


def _written(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return what a column is declared as here: its values' texts, read as texts of a file are."""
    texts = pa.array([None if value is None else _text(value, kind) for value in values], pa.string())
    return exactly("", texts, kind)


def _text(value: Any, kind: pa.DataType) -> str:
    if isinstance(value, float):
        whole = not pa.types.is_string(kind) and value.is_integer()
        return f"{value:.0f}" if whole else repr(value)
    if isinstance(value, Decimal):
        whole = not pa.types.is_decimal(kind) and value == value.to_integral_value()
        return f"{value:.0f}" if whole else f"{value:f}"
    return str(_day(value) if pa.types.is_date(kind) else _utc(value))


def values_of(kind: pa.DataType, *, is_declared_here: bool = False) -> Values:
    """Return how values become those of a type."""
    if is_declared_here and not pa.types.is_binary(kind):
        return Values((int, float, str, bool, Decimal, date, datetime), _written)
    if pa.types.is_decimal(kind):
        return Values((int, float, str, Decimal), _decimals)
    return _VALUES[kind]


_VALUES = {
    **{kind: Values((int, Decimal), _numbers) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    pa.bool_(): Values((int, bool), _truths),
    pa.float64(): Values((int, float, Decimal), _floats),
    pa.float32(): Values((int, float), _halves),
    pa.string(): Values((str,), lambda values, kind: pa.array(values, kind)),
    pa.binary(): Values((bytes, bytearray, memoryview), lambda values, kind: pa.array(values, kind)),
    pa.date32(): Values((str, date, datetime), _days),
    pa.timestamp("us"): Values((str, datetime), _moments),
}
