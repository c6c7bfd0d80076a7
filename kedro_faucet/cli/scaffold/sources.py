"""What the resources that a new pipeline reads tell of it: columns, keys, relations, and where a star is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro_faucet.cli.catalog import known, load
from kedro_faucet.cli.scaffold.kinds import Asked
from kedro_faucet.cli.scaffold.tables.entities import Entity
from kedro_faucet.cli.scaffold.tables.measured import found_key, found_relations
from kedro_faucet.engines import engine_of
from kedro_faucet.exceptions import ConfigError, ResourceError, did_you_mean, listed
from kedro_faucet.nodes.star import DateDimension, Dimension, StarSchema
from kedro_faucet.nodes.star.keys import check_columns

if TYPE_CHECKING:
    from kedro_faucet.engines import Table


def check_sources(sources: tuple[str, ...], kind: str, catalog: Any) -> None:
    """Refuse resources that there cannot be, and several for a kind that reads one."""
    for each in sources:
        if "/" not in each or each not in catalog:
            there = known(catalog)
            raise ResourceError(f"There is no resource '{each}'.{did_you_mean(each, there)} There are {listed(there)}.")
    if len(sources) > 1 and kind in ("history", "cube", "forecast"):
        raise ConfigError(f"A pipeline of kind {kind} reads one resource, not {', '.join(sources)}: add one each.")


def looked(asked: Asked, kind: str, catalog: Any, package: str) -> Asked:
    """Return what is asked for, with what the resources tell.

    Args:
        asked: what the command was told.
        kind: the kind of pipeline.
        catalog: the project's catalog.
        package: the project's package.

    Raises:
        ConfigError: if something is missing that nobody but the user knows.
        DataError: if a column is named that is not there.
    """
    if kind == "cube":
        return replace(asked, star=find_star(asked.sources[0], package))
    if kind not in ("history", "star", "forecast"):
        return asked
    tables = {name: load(name, catalog) for name in asked.sources}
    first = asked.sources[0]
    columns = engine_of(tables[first]).schema(tables[first])
    check_columns([*asked.key, *filter(None, (asked.time, asked.value))], columns, first)
    if kind == "forecast":
        times = [column for column, of in columns.items() if of in ("DATE", "TIMESTAMP")]
        return replace(asked, time=asked.time or next(iter(times), None))
    entities = _entities(asked, tables)
    if not entities[0].key:
        near = next(iter(columns))
        raise ConfigError(f"No column of {first} tells its rows apart: name those that do, as in --key {near}.")
    return replace(asked, key=entities[0].key, entities=tuple(entities))


def _entities(asked: Asked, tables: Mapping[str, Table]) -> list[Entity]:
    """Return the resources with the keys and relations that counting finds; of the first the key that is told."""
    now = {name.partition("/")[2]: _current(table) for name, table in tables.items()}
    found: list[Entity] = []
    for name, table in now.items():
        key, said = (asked.key, "") if asked.key and not found else found_key(name, table, [])
        found.append(Entity(name, name, engine_of(table).schema(table), key, said))
    return found_relations(found, now) if len(found) > 1 else found


def _current(table: Table) -> Table:
    """Return of a history the rows that are valid now, without the columns that it makes."""
    made = [name for name in ("valid_from", "valid_to", "is_current") if name in table.columns]
    if not {"valid_from", "valid_to"} <= set(made):
        return table
    text = f"select * exclude ({', '.join(made)}) from source where valid_to is null"
    return engine_of(table).sql(text, source=table)


def find_star(source: str, package: str) -> tuple[str, str, tuple[str, ...]]:
    """Return which pipeline has the star schema of a fact, the fact's name, and attributes to count it by.

    Raises:
        ConfigError: if none has; with the facts that there are.
    """
    provider, _, table = source.partition("/")
    wanted, schemas = table.removeprefix("fact_"), _schemas(package)
    if wanted not in schemas:
        facts = [f"{provider}/fact_{name}" for name in schemas]
        raise ConfigError(
            f"No pipeline has a schema.py with the fact of {source}.{did_you_mean(source, facts)} "
            f"Facts: {', '.join(facts) or 'none; add a pipeline of kind star first'}."
        )
    module, schema = schemas[wanted]
    return module, wanted, _attributes(schema, wanted)


def _schemas(package: str) -> dict[str, tuple[str, StarSchema]]:
    """Return by its name where each fact is: in which pipeline's module, in which schema."""
    found: dict[str, tuple[str, StarSchema]] = {}
    [folder] = import_module(f"{package}.pipelines").__path__
    for file in sorted(Path(folder).glob("*/schema.py")):
        schema = getattr(import_module(f"{package}.pipelines.{file.parent.name}.schema"), "SCHEMA", None)
        if isinstance(schema, StarSchema):
            found |= {fact.name: (file.parent.name, schema) for fact in schema.facts}
    return found


def _attributes(schema: StarSchema, fact: str) -> tuple[str, ...]:
    """Return attributes to begin with: the month of the first day, and the keys of two dimensions."""
    roles = {name: schema.dimension(role.dimension) for name, role in schema.fact(fact).roles.items()}
    days = [f"{name}.month_start" for name, found in roles.items() if isinstance(found, DateDimension)]
    others = [f"{name}.{found.keys[0]}" for name, found in roles.items() if isinstance(found, Dimension)]
    return (*days[:1], *others[:2]) or tuple(schema.fact(fact).grain[:1])
