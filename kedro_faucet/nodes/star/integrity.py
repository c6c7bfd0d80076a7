"""Whether a fact and its dimensions belong together: every key that it holds is one of theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
    if not keys:
        return
    engine = engine_of(fact)
    counts = [_lacking(column, number, key) for number, (column, (_, _, key)) in enumerate(keys.items())]
    tables = {f"dim_{number}": table for number, (_, table, _) in enumerate(keys.values())}
    rows = engine.rows(engine.sql(" union all ".join(counts), fact=fact, **tables))
    found = [f"'{column}' {count} that dim_{keys[column][0]} lacks" for column, count in sorted(rows) if count]
    if found:
        raise DataError(
            f"{where} holds keys of no member, in {', '.join(found)}: they were not built together. {rebuild}."
        )


def _lacking(column: str, number: int, key: str) -> str:
    """Return the SQL that counts the keys in a column which a dimension lacks."""
    return f"""
select '{column}' as kf_column, count(*) as kf_count
from (select distinct {quote(column)} as kf_key from fact where {quote(column)} is not null) as held
left join (select distinct {quote(key)} as kf_known from dim_{number}) as known on known.kf_known = held.kf_key
where known.kf_known is null"""
