"""Keys of tables that are merged: none is NULL, and none names two rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError, shortened
from kedro_faucet.nodes.star.keys import EXAMPLES, check_unique


def listing(names: Sequence[str], table: str = "") -> str:
    """Return columns as SQL lists them.

    >>> listing(["id", "line no"], "o")
    'o."id", o."line no"'
    """
    return ", ".join(f"{table}.{quote(name)}" if table else quote(name) for name in names)


def key_of(on: str | Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Return the columns to look up by, and those of the other table that they are compared with.

    >>> key_of("id"), key_of({"customer": "id"})
    ({'id': 'id'}, {'customer': 'id'})
    """
    if isinstance(on, Mapping):
        return dict(on)
    return {name: name for name in ([on] if isinstance(on, str) else on)}


def refuse_taken_twice(there: Iterable[str], taken: Iterable[str], brick: str) -> None:
    """Refuse columns of another table that have the name of one that is there, or one name.

    Raises:
        ConfigError: if two of them have one.
        DataError: if one is there.
    """
    names = [name.lower() for name in taken]
    if both := sorted({name.lower() for name in there} & {*names}):
        raise DataError(
            f"Both tables have a column '{both[0]}': say columns={{'{both[0]}': 'a_new_name'}}, or those to take."
        )
    check_unique(names, f"{brick}: columns= gives the names")


def any_null(key: Sequence[str], table: str = "") -> str:
    """Return the SQL test for a key one of whose columns is NULL."""
    return " or ".join(f"{listing([name], table)} is null" for name in key)


def refuse_null_keys(engine: Engine, table: Table, key: Sequence[str], where: str) -> None:
    """Refuse rows without a key.

    Raises:
        DataError: with their count.
    """
    query = f"select count(*) as n from source where {any_null(key)}"
    [(count,)] = engine.rows(engine.sql(query, source=table))
    if count:
        raise DataError(
            f"{where}: {rows(count)} no key, as {' or '.join(key)} is NULL. Leave them out in a SQL node, "
            "or name other columns as the key."
        )


def refuse_twice(engine: Engine, table: Table, key: Sequence[str], where: str, remedy: str) -> None:
    """Refuse a table with several rows of one key; NULL is no key.

    Raises:
        DataError: with how many keys they are, and some of them.
    """
    twice = f"select {listing(key)}, count(*) as n from source where not ({any_null(key)}) group by {listing(key)}"
    found = engine.persist(engine.sql(f"{twice} having count(*) > 1", source=table))
    examples = engine.rows(engine.sql(f"select * from twice order by {listing(key)} limit {EXAMPLES}", twice=found))
    if examples:
        [(count,)] = engine.rows(engine.sql("select count(*) as n from twice", twice=found))
        said = "; ".join(f"{shown(row[:-1])} in {row[-1]} rows" for row in examples)
        keys = f"{count:,} key has" if count == 1 else f"{count:,} keys have"
        raise DataError(f"{where}: {keys} several rows. {', '.join(key)}: {said}. {remedy}")


def shown(values: Sequence[Any]) -> str:
    """Return a key as a message shows it."""
    return ", ".join(shortened(value) for value in values)


def rows(count: int) -> str:
    """Return a number of rows that have something.

    >>> rows(1), rows(1200)
    ('1 row has', '1,200 rows have')
    """
    return "1 row has" if count == 1 else f"{count:,} rows have"
