"""``@frames``: a node's function that sees pandas, polars or Arrow where the catalog gives tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from kedro_faucet.engines.connections import connect, find_engine
from kedro_faucet.engines.conversion import is_frame
from kedro_faucet.exceptions import EngineError, did_you_mean

KINDS = {"pandas": "to_pandas", "polars": "to_polars", "arrow": "to_arrow"}


def frames(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function work on frames: tables arrive as frames, frames leave as tables.

    >>> @frames("pandas")
    ... def doubled(numbers):
    ...     return numbers[numbers["n"] > 1] * 2
    >>> engine = connect()
    >>> engine.rows(doubled(engine.sql("select 1 as n union all select 2")))
    [(4,)]

    Args:
        kind: ``pandas``, ``polars`` or ``arrow``.

    Raises:
        EngineError: if the kind is unknown.
    """
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise EngineError(f"Unknown kind of frames '{kind}'; there are {', '.join(KINDS)}.{hint}")

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            values = [*args, *kwargs.values()]
            owner = next(filter(None, map(find_engine, values)), None) or connect()
            positional = [_frame(value, kind) for value in args]
            named = {name: _frame(value, kind) for name, value in kwargs.items()}
            return _tables(function(*positional, **named), owner)

        return wrapper

    return decorate


def _frame(value: Any, kind: str) -> Any:
    owner = find_engine(value)
    return getattr(owner, KINDS[kind])(value) if owner else value


def _tables(result: Any, owner: Any) -> Any:
    if isinstance(result, dict):
        return {name: _tables(value, owner) for name, value in result.items()}
    if isinstance(result, tuple):
        return tuple(_tables(value, owner) for value in result)
    return owner.from_frame(result) if is_frame(result) else result
