"""Filters that DuckDB hands on to whoever has the rows: read as Substrait, pyarrow's public form of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Compare: TypeAlias = Callable[[pa.Field, str, Any], str | None]
"""From a column, a sign and a value to a condition in a database's SQL, or nothing where it has none."""

_SIGNS = {"equal": "=", "not_equal": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TESTS = {"is_null": "is null", "is_not_null": "is not null"}


class _NotSaid(Exception):
    """A part of a filter that a database's SQL does not say."""


def conditions(filter: pc.Expression, schema: pa.Schema, compare: Compare) -> tuple[list[str], bool]:
    """Return conditions in a database's SQL, and whether they say the whole filter.

    >>> schema = pa.schema([("n", pa.int64()), ("s", pa.string())])
    >>> said = lambda field, sign, value: f"{field.name} {sign} {value!r}" if field.name == "n" else None
    >>> conditions((pc.field("n") > 5) & ~(pc.field("n") == 7), schema, said)
    (['n > 5', 'not (n = 7)'], True)
    >>> conditions((pc.field("n") > 5) & (pc.field("s") == "x"), schema, said)
    (['n > 5'], False)

    Args:
        filter: over the columns of the schema.
        schema: the columns.
        compare: says one comparison in SQL.
    """
    try:
        message = _fields(bytes(filter.to_substrait(schema)))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return [], False
    words = _Words(_functions(message), schema, compare)
    found = [words.tried(each) for each in words.all_of(_inner(message, 3, 1))]
    return [each for each in found if each], all(found)


Message: TypeAlias = Mapping[int, list[Any]]
"""A message of protobuf: the numbers of its fields, which Substrait publishes and never changes, and their values."""


def _fields(data: bytes) -> Message:
    """Return the fields of a message: whole numbers as such, all others as bytes."""
    found: dict[int, list[Any]] = defaultdict(list)
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            number, at = _varint(data, at)
            found[tag >> 3].append(number)
        else:
            length, at = {1: (8, at), 5: (4, at)}.get(tag & 7) or _varint(data, at)
            found[tag >> 3].append(data[at : at + length])
            at += length
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def _inner(message: Message, *path: int) -> Message:
    """Return a message within another; nothing in it where there is none."""
    for number in path:
        message = _fields(message[number][0]) if message.get(number) else {}
    return message


def _functions(message: Message) -> dict[int, str]:
    """Return the names of the functions that a filter calls, by the numbers that it calls them."""
    said = [_inner(_fields(each), 3) for each in message.get(2, [])]
    return {each.get(2, [0])[0]: each[3][0].decode().partition(":")[0] for each in said if 3 in each}


class _Words:
    """A filter's parts in a database's SQL."""

    def __init__(self, functions: Mapping[int, str], schema: pa.Schema, compare: Compare) -> None:
        self._functions, self._schema, self._compare = functions, schema, compare

    def all_of(self, part: Message) -> list[Message]:
        """Return the parts which all must hold."""
        name, given = self._call(part)
        return [each for one in given for each in self.all_of(one)] if name == "and" else [part]

    def tried(self, part: Message) -> str | None:
        """Return a part in SQL, if SQL says it."""
        try:
            return self._sql(part)
        except _NotSaid:
            return None

    def _sql(self, part: Message) -> str:
        if 6 in part:
            return self._sql(self._unless_null(_inner(part, 6)))
        name, given = self._call(part)
        if name in ("and", "or"):
            return f"({f' {name} '.join(map(self._sql, given))})"
        if name == "not":
            return f"not ({self._sql(given[0])})"
        if name in _TESTS:
            return self._said(given[0], _TESTS[name], None)
        if name not in _SIGNS:
            raise _NotSaid
        if 1 in given[0]:
            sign = _SIGNS[name]
            return self._said(given[1], _MIRRORED.get(sign, sign), _literal(_inner(given[0], 1)))
        return self._said(given[0], _SIGNS[name], _literal(_inner(given[1], 1)))

    def _call(self, part: Message) -> tuple[str, list[Message]]:
        """Return the function that a part calls, and what it is given."""
        call = _inner(part, 3)
        given = [_inner(_fields(each), 3) for each in call.get(4, [])]
        return (self._functions[call.get(1, [0])[0]], given) if call else ("", [])

    def _unless_null(self, part: Message) -> Message:
        """Return what `if x is not null then … else null` tests of x: in SQL, that is NULL of itself."""
        test, then = _inner(part, 1, 1), _inner(part, 1, 2)
        if len(part[1]) > 1 or self._call(test)[0] != "is_not_null" or 29 not in _inner(part, 2, 1):
            raise _NotSaid
        return then

    def _said(self, column: Message, sign: str, value: Any) -> str:
        if 2 not in column or 2 not in _inner(column, 2, 1):
            raise _NotSaid
        said = self._compare(self._schema.field(_inner(column, 2, 1, 2).get(1, [0])[0]), sign, value)
        if said is None:
            raise _NotSaid
        return said


def _signed(value: int, bits: int = 64) -> int:
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


def _literal(message: Message) -> Any:
    """Return a literal as Python has it: a truth, whole number, text, decimal, day or time without a zone."""
    for number, read in _LITERALS.items():
        if number in message:
            return read(message[number][0])
    raise _NotSaid


def _decimal(data: bytes) -> Decimal:
    message = _fields(data)
    unscaled = int.from_bytes(message[1][0], "little", signed=True)
    return Decimal(unscaled).scaleb(-message.get(3, [0])[0])


def _time(data: bytes) -> datetime:
    message = _fields(data)
    if message.get(1) != [6]:
        raise _NotSaid
    return _since_epoch(_signed(message.get(2, [0])[0]))


def _since_epoch(microseconds: int) -> datetime:
    try:
        return datetime(1970, 1, 1) + timedelta(microseconds=microseconds)
    except OverflowError:
        raise _NotSaid from None


def _day(days: int) -> date:
    try:
        return date(1970, 1, 1) + timedelta(days=_signed(days))
    except OverflowError:
        raise _NotSaid from None


_LITERALS: dict[int, Callable[[Any], Any]] = {
    1: bool,
    2: _signed,
    3: _signed,
    5: _signed,
    7: _signed,
    12: lambda text: text.decode(),
    14: lambda value: _since_epoch(_signed(value)),
    16: _day,
    24: _decimal,
    34: _time,
}
