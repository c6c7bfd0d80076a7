"""What a provider has: tables with their columns, keys and relations, declared or found by counting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kedro_faucet.cli.catalog import load
from kedro_faucet.cli.scaffold.tables.entities import Entity, Relation, cleaned
from kedro_faucet.cli.scaffold.tables.measured import found_key, found_relations
from kedro_faucet.engines import engine_of
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import Database, Service
from kedro_faucet.services.keys import Declared

if TYPE_CHECKING:
    from kedro_faucet.engines import Table

_SIGNS = ".@{}"
"""What a dataset's name cannot hold as it is: a namespace, a transcoding, a pattern."""


@dataclass(frozen=True)
class Found:
    """The tables of a provider, and why others are left out."""

    entities: list[Entity]
    notes: list[str]


def look(provider: str, service: Service, catalog: Any) -> Found:
    """Return what a provider has: of a database what is declared, else what is found by counting.

    Args:
        provider: its name.
        service: it, opened.
        catalog: the project's catalog.

    Raises:
        ResourceError: if it does not answer.
    """
    there = service.resources()
    declared = service.declared() if isinstance(service, Database) else {name: Declared() for name in there}
    notes = [f"{name}: left out: it is a view." for name in there if name not in declared]
    entities, tables = [], {}
    for name, path in paths(declared, isinstance(service, Database)).items():
        try:
            if any(sign in name for sign in _SIGNS):
                raise FaucetError(f"its name has one of {' '.join(_SIGNS)}: give it an entry with another one")
            table = load(f"{provider}/{path}", catalog)
            entity = _entity(name, path, table, declared.get(path, Declared()))
            cleaned([entity])
        except FaucetError as error:
            notes.append(f"{name}: left out: {error}".splitlines()[0])
            continue
        entities.append(entity)
        tables[name] = table
    keys = {each.name: each.key for each in entities}
    entities = [replace(each, relations=tuple(_ordered(one, keys) for one in each.relations)) for each in entities]
    if not any(each.relations for each in entities):
        entities = found_relations(entities, tables)
    return Found(cleaned(entities), notes)


def _ordered(relation: Relation, keys: Mapping[str, tuple[str, ...]]) -> Relation:
    """Return a relation with its columns in the order of the key that they name."""
    key, pairs = keys.get(relation.table, ()), dict(zip(relation.keys, relation.columns, strict=True))
    return (
        replace(relation, columns=tuple(pairs[each] for each in key), keys=key) if set(key) == set(pairs) else relation
    )


def paths(names: Iterable[str], is_database: bool) -> dict[str, str]:
    """Return where tables lie by what their copies are called; files in a folder are one table.

    >>> paths(["planes", "flights/2013-01", "flights/2013-02"], is_database=False)
    {'planes': 'planes', 'flights': 'flights/*'}
    """
    if is_database:
        return {name: name for name in names}
    folders = {name: name.rpartition("/")[0] for name in names}
    return {(folder or name).replace("/", "_"): f"{folder}/*" if folder else name for name, folder in folders.items()}


def _entity(name: str, path: str, table: Table, declared: Declared) -> Entity:
    """Return a table with what is declared of it, or else with the key that counting finds."""
    engine = engine_of(table)
    columns = engine.schema(table)
    relations = tuple(Relation(*each) for each in declared.references)
    [(rows,)] = engine.rows(engine.sql("select count(*) as n from (select * from source limit 1) s", source=table))
    made = Entity(name, path, columns, declared.key, relations=relations, is_empty=not rows)
    if declared.key or not rows:
        return made
    key, said = found_key(name, table, [column for each in relations for column in each.columns])
    return replace(made, key=key, said=said)
