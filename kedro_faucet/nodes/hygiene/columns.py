"""A SELECT in which some columns are made anew, each in its place, from values that both engines write alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kedro_faucet.engines import quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.star.keys import family


def replaced(schema: Iterable[str], made: Mapping[str, str], table: str = "source") -> str:
    """Return the columns of a table, some of them made anew in their places; without a schema those come last.

    >>> replaced(["id", "name"], {"name": "upper(source.name)"})
    'source."id", upper(source.name) as "name"'
    >>> replaced([], {"name": "upper(source.name)"})
    'source.* exclude ("name"), upper(source.name) as "name"'
    """
    if names := list(schema):
        return ", ".join(_column(name, made, table) for name in names)
    listed = ", ".join(map(quote, made))
    return ", ".join([f"{table}.* exclude ({listed})", *(_column(name, made, table) for name in made)])


def _column(name: str, made: Mapping[str, str], table: str) -> str:
    return f"{made[name]} as {quote(name)}" if name in made else f"{table}.{quote(name)}"


def require_family(name: str, kind: str) -> str:
    """Return what a column's values are.

    Raises:
        DataError: if the engines write values of the type differently.
    """
    if (found := family(kind)) is None:
        raise DataError(f"Column '{name}' is {kind}, whose text differs between engines: cast it to VARCHAR first.")
    return found
