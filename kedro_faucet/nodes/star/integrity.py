"""Whether a fact and its dimensions belong together: every key that it holds is one of theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError

REBUILD = "Rebuild them together: kedro run --tags=star"
"""What to do about keys that do not go together."""


def check_version(dimension: str, columns: Collection[str]) -> None:
    """Refuse a type 2 dimension of kedro-faucet 0.1, whose version keys changed their meaning.

    Args:
        dimension: its name.
        columns: its columns.

    Raises:
        DataError: if it is one; with the command that rebuilds it.
    """
    if f"{dimension}_version_key" in columns and "is_latest" not in columns:
        raise DataError(
            f"dim_{dimension} has no column 'is_latest': kedro-faucet 0.1 made it, whose version keys do not go "
            f"together with newer ones. {REBUILD}."
        )


def check_keys(fact: Table, where: str, keys: Mapping[str, tuple[str, Table, str]], rebuild: str = REBUILD) -> None:
    """Refuse a fact with keys that a dimension lacks: joins would lose its rows, or find nothing for them.

    >>> from kedro_faucet.engines import connect
    >>> fact = connect().sql("select 7 as origin_key")
    >>> airports = connect().sql("select 7 as airport_key")
    >>> check_keys(fact, "Fact 'flight'", {"origin_key": ("airport", airports, "airport_key")})

    Args:
        fact: the fact.
        where: its name, for the message.
        keys: for each of its columns with keys, the dimension's name, the dimension, and its column of keys.
        rebuild: what to do about it.

    Raises:
        DataError: if there are any, because they were not built together; with the command that does it.
    """
    held = [(column, table, key) for column, (_, table, key) in keys.items()]
    found = [
        f"'{column}' {count - known} that dim_{name} lacks"
        for (column, (name, _, _)), (count, known) in zip(keys.items(), _counts(fact, held), strict=True)
        if known < count
    ]
    if found:
        raise DataError(
            f"{where} holds keys of no member, in {', '.join(found)}: they were not built together. {rebuild}."
        )


def check_versions(fact: Table, where: str, dimensions: Mapping[str, Table]) -> None:
    """Refuse a fact with keys of versions which a dimension lacks; roles are recognised by the keys that they share.

    >>> from kedro_faucet.engines import connect
    >>> fact = connect().sql("select 7 as craft_version_key")
    >>> planes = connect().sql("select 7 as plane_version_key")
    >>> check_versions(fact, "star.fact_flight", {"star.dim_plane": planes})

    Args:
        fact: the fact.
        where: its name, for the message.
        dimensions: the dimensions by their names: schema, ``.dim_``, and how their columns of keys begin.

    Raises:
        DataError: if there are any, because they were not built together; with the command that does it.
    """
    keys = {name: f"{name.partition('.dim_')[2]}_version_key" for name in dimensions}
    types = engine_of(fact).schema(fact)
    columns = [column for column, kind in types.items() if column.endswith("_version_key") and kind == "BIGINT"]
    pairs = [(column, name) for column in columns for name, table in dimensions.items() if keys[name] in table.columns]
    counts = _counts(fact, [(column, dimensions[name], keys[name]) for column, name in pairs])
    for (column, name), (count, known) in zip(pairs, counts, strict=True):
        if known < count and (known or column == keys[name]):
            raise DataError(
                f"{where}.{column} holds {count - known} keys that {name} lacks: they were not built together. "
                f"{REBUILD}, and publish them again."
            )


def _counts(fact: Table, held: Sequence[tuple[str, Table, str]]) -> list[tuple[int, int]]:
    """Return for each of a fact's columns how many keys of members it holds, and how many of them a table knows."""
    if not held:
        return []
    engine = engine_of(fact)
    selects = [_count(column, number, key) for number, (column, _, key) in enumerate(held)]
    tables = {f"dim_{number}": table for number, (_, table, _) in enumerate(held)}
    rows = engine.rows(engine.sql(" union all ".join(selects), fact=fact, **tables))
    return [(count, known) for _, count, known in sorted(rows)]


def _count(column: str, number: int, key: str) -> str:
    return f"""
select {number} as kf_number, count(*) as kf_held, count(known.kf_known) as kf_known
from (select distinct {quote(column)} as kf_key from fact where {quote(column)} > 0) as held
left join (select distinct {quote(key)} as kf_known from dim_{number}) as known on known.kf_known = held.kf_key"""
