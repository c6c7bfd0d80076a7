"""The tables that a SQL cell names: variables of the notebook, or resources of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kedro.io import DatasetError
from sqlglot import exp

from kedro_faucet.engines import Engine, Table, connect, find_engine
from kedro_faucet.engines.conversion import is_frame
from kedro_faucet.engines.dialect import warning
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.exceptions import EngineError, FaucetError, SqlError, did_you_mean


def run(text: str, variables: Mapping[str, Any], engine: Engine | None) -> Table:
    """Return the lazy result of a SELECT over the tables that it names.

    >>> engine = connect()
    >>> numbers = engine.sql("select 1 as n union all select 2")
    >>> engine.rows(run("select sum(n) as total from numbers", {"numbers": numbers}, None))
    [(3,)]

    Args:
        text: the SELECT, within the subset that both engines understand alike; a resource's name is quoted.
        variables: those of the notebook, its tables and frames among them, and the ``catalog``.
        engine: the project's; default: that of the tables.

    Raises:
        SqlError: if the text is wrong, or there is no table of a name.
        EngineError: if a table belongs to another engine.
    """
    found = {name: _table(name, variables) for name in names(text)}
    engine = engine or next(filter(None, map(find_engine, found.values())), None) or connect()
    with warning():
        return engine.sql(text, **{name: _owned(name, value, engine) for name, value in found.items()})


def names(text: str) -> list[str]:
    """Return the tables that a text names, without those that it makes itself.

    >>> names('with late as (select * from "lake/flights") select * from late join planes using (tailnum)')
    ['lake/flights', 'planes']

    Raises:
        SqlError: if the text cannot be parsed.
    """
    tree = parsed(text)
    made = {each.alias_or_name for each in tree.find_all(exp.CTE)}
    found = (each.name for each in tree.find_all(exp.Table) if each.name and not each.db)
    return sorted(set(found) - made)


def _table(name: str, variables: Mapping[str, Any]) -> Any:
    value, catalog = variables.get(name), variables.get("catalog")
    if is_frame(value) or find_engine(value):
        return value
    if catalog is not None and name in catalog:
        return _loaded(name, catalog)
    choices = [each for each, value in variables.items() if is_frame(value) or find_engine(value)]
    hint = did_you_mean(name, [*choices, *(catalog or ())])
    raise SqlError(f"No table '{name}': neither a variable of the notebook nor a resource of the catalog.{hint}")


def _loaded(name: str, catalog: Any) -> Any:
    """Load a resource; where that fails, raise what is wrong without Kedro's words around it."""
    try:
        return catalog.load(name)
    except DatasetError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, FaucetError):
            cause = cause.__cause__
        raise cause or error from None


def _owned(name: str, value: Any, engine: Engine) -> Table:
    if engine.owns(value):
        return value
    if is_frame(value):
        return engine.from_frame(value)
    owner = find_engine(value)
    if owner is None:
        raise EngineError(f"'{name}' is a {type(value).__name__}, no table: a SQL cell reads tables and frames.")
    raise EngineError(
        f"'{name}' was made on another engine ({owner.name}) than this cell runs on ({engine.name}), perhaps before "
        f"%profile: make it again, or take it over by {name} = to_pandas({name})."
    )
