"""What changed in a Delta table from one version to another, by the files that only one of both has."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.intake.audit import COLUMNS
from kedro_faucet.storage.merge import require_columns

OPERATION, BEFORE = "_operation", "_before_"


def changes(engine: Engine, old: Table, new: Table, key: Sequence[str]) -> Table:
    """Return one row for each key that was inserted, updated or deleted: what it is, and what it was before.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> old = engine.sql("select * from (values (1, 'a'), (2, 'b')) t(id, s)")
    >>> new = engine.sql("select * from (values (2, 'c'), (3, 'd')) t(id, s)")
    >>> found = changes(engine, old, new, ["id"])
    >>> found.columns
    ['id', '_operation', 's', '_before_s']
    >>> sorted(engine.rows(found))
    [(1, 'delete', None, 'a'), (2, 'update', 'c', 'b'), (3, 'insert', 'd', None)]

    Args:
        engine: whose tables they are.
        old: the table as it was.
        new: the table as it is; of two versions of one Delta table only the files are read that not both have.
        key: the columns that tell rows apart.

    Raises:
        DataError: if a column of the key is missing, or the result would have a name twice.
        ResourceError: if a column has another type by now.
    """
    for table in (old, new):
        require_columns(table, key)
    old, new = engine.apart(old, new)
    before, after = engine.schema(old), engine.schema(new)
    _check(before, after, key)
    others = [name for name in dict.fromkeys([*after, *before]) if name not in key]
    columns = [
        *(f"coalesce(n.{quote(name)}, o.{quote(name)}) as {quote(name)}" for name in key),
        f"case when n.kf_there is null then 'delete' when o.kf_there is null then 'insert' else 'update' end "
        f"as {OPERATION}",
        *(f"{_value('n', name, after, before)} as {quote(name)}" for name in others),
        *(f"{_value('o', name, before, after)} as {quote(BEFORE + name)}" for name in others),
    ]
    compared = [name for name in others if name not in COLUMNS]
    differs = [f"{_value('n', n, after, before)} is distinct from {_value('o', n, before, after)}" for n in compared]
    same = " and ".join(f"n.{quote(name)} = o.{quote(name)}" for name in key)
    return engine.sql(
        f"select {', '.join(columns)} from (select *, true as kf_there from new) n "
        f"full join (select *, true as kf_there from old) o on {same} "
        f"where {' or '.join(['n.kf_there is null', 'o.kf_there is null', *differs])}",
        old=old,
        new=new,
    )


def _value(side: str, name: str, types: dict[str, str], other: dict[str, str]) -> str:
    """Return a column of one side; where that lacks it, NULL in the type of the other."""
    return f"{side}.{quote(name)}" if name in types else f"cast(null as {other[name]})"


def _check(before: dict[str, str], after: dict[str, str], key: Sequence[str]) -> None:
    for name in before.keys() & after.keys():
        if before[name] != after[name]:
            raise ResourceError(
                f"The column '{name}' was {before[name]} and is {after[name]}: changes are of versions with one type. "
                "Begin at a version since then."
            )
    others = before.keys() | after.keys() - set(key)
    if clash := sorted(others & {OPERATION, "kf_there", *(BEFORE + name for name in others)}):
        raise DataError(f"The table has a column '{clash[0]}', as the changes would: rename it in the node.")
