"""Values as plain JSON: what a brick's settings, a closure or a parameter hold, whichever process they are in."""

from __future__ import annotations

import datetime
import json
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from kedro_faucet.ledger.hashes import digest
from kedro_faucet.ledger.meaning.modules import Target

UNKNOWN = "?"
"""What is put in the place of a value of which there is no telling whether it is the same as before."""

_TOLD = (datetime.date, datetime.time, datetime.timedelta, Decimal, Enum, PurePath, range, bytes, complex, re.Pattern)


def plain(value: Any) -> Any:
    """Return a value in types of JSON.

    >>> plain({"b": (1, 2.5), "a": {"y", "x"}})
    {'a': ['x', 'y'], 'b': [1, 2.5]}
    """
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, map(plain, value)))
    return _object(value)


def _object(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {"": _name(type(value)), **{each.name: plain(getattr(value, each.name)) for each in fields(value)}}
    if callable(value) and hasattr(value, "__qualname__"):
        return _name(value)
    if isinstance(value, _TOLD):
        return repr(value)
    try:
        return digest(pickle.dumps(value))  # a printout may leave out the middle
    except Exception:  # whatever an object's own way to be pickled raises
        return UNKNOWN


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def hash_value(value: Any) -> str:
    """Return a hash of a value; ``UNKNOWN`` where there is no telling.

    >>> hash_value({"b": 1, "a": 2}) == hash_value({"a": 2, "b": 1})
    True
    """
    text = json.dumps(plain(value), sort_keys=True)
    return UNKNOWN if f'"{UNKNOWN}"' in text else digest(text)


def code_in(value: Any) -> Iterator[Target]:
    """Yield the functions and classes that a value holds: their code counts too."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from code_in(each)
    elif callable(value) and hasattr(value, "__qualname__"):
        yield target_of(value)
    elif not isinstance(value, str | bytes | int | float | None):
        yield target_of(type(value))
        inner = [getattr(value, each.name) for each in fields(value)] if is_dataclass(value) else vars_of(value)
        yield from code_in(inner)


def vars_of(value: Any) -> list[Any]:
    """Return what an object holds, as far as it tells."""
    return list(getattr(value, "__dict__", {}).values())


def target_of(thing: Any) -> Target:
    """Return module and name of a function or class; of one that another makes, that of the outer one.

    >>> target_of(vars_of)
    ('kedro_faucet.ledger.meaning.values', 'vars_of')
    """
    name = thing.__qualname__.partition(".")[0]
    return thing.__module__ or "", None if name == "<lambda>" else name
