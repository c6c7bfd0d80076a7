"""The types that a history's columns have: they widen by themselves, and change for good where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.engines.dialect.types import fits
from kedro_faucet.exceptions import DataError, EngineError, SqlError
from kedro_faucet.nodes.history.log import source_types

_EXACT_TEXTS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN", "DATE", "TIMESTAMP")
_PLAIN = (*_EXACT_TEXTS, "VARCHAR", "FLOAT", "DOUBLE", "DECIMAL")


@dataclass(frozen=True)
class Types:
    """The types of a log once it holds a snapshot.

    Args:
        merged: each column's type.
        old: the columns to read from the log: all that hold a value, or are of their type already.
        given: those to read from the snapshot.
    """

    merged: Mapping[str, str]
    old: tuple[str, ...]
    given: tuple[str, ...]


def settle(engine: Engine, log: Table | None, snapshot: Table, wanted: Mapping[str, str]) -> Types:
    """Return the types that a log has once it holds a snapshot: its own, wider ones, wanted ones, those of new columns.

    Args:
        engine: of both.
        log: the log as it is; None before the first save.
        snapshot: the rows to save.
        wanted: types that columns are to have from now on.

    Raises:
        DataError: if neither of two types holds all values of the other, or a wanted one would change some.
    """
    before = {} if log is None else source_types(engine, log)
    new = engine.schema(snapshot)
    merged = {name: wanted.get(name) or _merged(engine, log, snapshot, name) for name in {**before, **new}}
    return Types(merged, _read(engine, log, before, merged), _read(engine, snapshot, new, merged))


def refuse_nested(types: Mapping[str, str]) -> None:
    """Refuse columns that cannot be compared.

    >>> refuse_nested({"id": "BIGINT", "tags": "VARCHAR[]"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: The column 'tags' is VARCHAR[], which a history does not compare: leave it ...
    """
    for name, kind in types.items():
        if kind.partition("(")[0] not in _PLAIN or kind.endswith("]"):
            raise DataError(
                f"The column '{name}' is {kind}, which a history does not compare: leave it out, or give each part "
                "that matters a plain column of its own, before it is saved."
            )


def _merged(engine: Engine, log: Table | None, snapshot: Table, name: str) -> str:
    """Return the type of one column: a side without a value has no say."""
    old = "" if log is None else source_types(engine, log).get(name, "")
    new = engine.schema(snapshot).get(name, "")
    if not old or not new:
        return old or new
    if fits(new, old) or _is_empty(engine, snapshot, name):
        return old
    if fits(old, new) or _is_empty(engine, log, name):
        return new
    raise DataError(
        f"The column '{name}' is {new} in the snapshot and {old} in the history: a type may widen "
        f"(INTEGER to BIGINT, FLOAT to DOUBLE), not change. Cast it to {old}, or change the history for good by an "
        f"entry with types: {{{name}: {new}}}."
    )


def _is_empty(engine: Engine, table: Table, name: str) -> bool:
    return engine.rows(engine.sql(f"select count({quote(name)}) as held from source", source=table)) == [(0,)]


def _read(engine: Engine, table: Table, types: Mapping[str, str], merged: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns to read: where another type is to hold them, those that have values, and lose none by it."""
    retyped = [name for name, kind in types.items() if not fits(kind, merged[name])]
    empty = {name for name in retyped if _is_empty(engine, table, name)}
    for name in retyped:
        if name not in empty:
            _refuse_lossy(engine, table, name, types[name], merged[name])
    return tuple(name for name in types if name not in empty)


def _refuse_lossy(engine: Engine, table: Table, name: str, kind: str, wanted: str) -> None:
    """Refuse values that another type does not hold: written back, they must be what they were."""
    if wanted == "VARCHAR" and kind in _EXACT_TEXTS:
        return
    column = quote(name)
    back = f"try_cast(try_cast({column} as {wanted}) as {kind})"
    lossy = f"{column} is not null and {back} is distinct from {column}"
    query = f"select {column} from source where {lossy} order by 1 limit 3"
    try:
        lost = [str(value) for (value,) in engine.rows(engine.sql(query, source=table))]
    except (EngineError, SqlError):  # there is no such cast, or none that both engines make alike
        lost = ["none of its values can be cast"]
    if lost:
        raise DataError(
            f"types: {{{name}: {wanted}}} would change values of {kind}: {'; '.join(lost)}. "
            "Choose a type that holds them."
        )
