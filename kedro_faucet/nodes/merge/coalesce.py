"""Coalesce: what several sources know of a key, by precedence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.merge.columns import common_types, named_tables, schemas_of, selection
from kedro_faucet.nodes.merge.keys import listing, refuse_null_keys, refuse_twice
from kedro_faucet.nodes.star.keys import check_alike, check_columns, check_unique, columns_of


@dataclass(frozen=True)
class Coalesce:
    """One row of each key in any of several tables: each value from the first table that has one.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> crm = engine.sql("select * from (values (1, 'Ada', null), (2, 'Bob', 'bob@crm')) t(id, name, mail)")
    >>> shop = engine.sql("select * from (values (1, 'A.', 'ada@shop'), (3, 'Cy', null)) t(id, name, mail)")
    >>> sorted(engine.rows(Coalesce("id").build(crm, shop)))
    [(1, 'Ada', 'ada@shop'), (2, 'Bob', 'bob@crm'), (3, 'Cy', None)]
    >>> sorted(engine.rows(Coalesce("id", whole_rows=True).build(crm, shop)))
    [(1, 'Ada', None), (2, 'Bob', 'bob@crm'), (3, 'Cy', None)]

    Args:
        key: the columns that tell what is one, the same in all tables.
        whole_rows: take the row of the first table that has the key as it is; False fills its NULLs from the others.

    Raises:
        ConfigError: if no table is given.
        DataError: if a key is NULL or has several rows in a table, or the types of a column do not go together.
    """

    key: str | Sequence[str]
    whole_rows: bool = False

    def __post_init__(self) -> None:
        """Check the key."""
        check_unique(columns_of(self.key), "Coalesce names")
        if not columns_of(self.key):
            raise ConfigError("Coalesce: key= names one column or more.")

    def build(self, *tables: Table, **named: Table) -> Table:
        """Return one row of each key; the first table has precedence over the second, and so on."""
        found = named_tables(tables, named, "Coalesce")
        schemas = schemas_of(found)
        self._check(found, schemas)
        sources = {f"source_{place}": table for place, table in enumerate(found.values())}
        return engine_of(next(iter(found.values()))).sql(self.sql(schemas), **sources)

    def sql(self, schemas: Mapping[str, Mapping[str, str]]) -> str:
        """Return the SQL over tables of these columns and types."""
        types = common_types(schemas)
        parts = [
            f"select {selection(columns, types)}, {place} as kf_place from source_{place}"
            for place, columns in enumerate(schemas.values())
        ]
        key, known = columns_of(self.key), "with known as (\n" + "\nunion all\n".join(parts) + "\n)\n"
        if self.whole_rows:
            first = f"row_number() over (partition by {listing(key)} order by kf_place) = 1"
            return f"{known}select {listing(list(types))} from known qualify {first}"
        columns = [quote(name) if name in key else _first(name) for name in types]
        return f"{known}select {', '.join(columns)} from known group by {listing(key)}"

    def lineage(self, *tables: Traced, **named: Traced) -> Traced:
        """Return the columns, each of which comes from those of its name."""
        found = named_tables(tables, named, "Coalesce")
        text = self.sql({name: table.schema for name, table in found.items()})
        return trace(text, {f"source_{place}": table for place, table in enumerate(found.values())})

    def _check(self, tables: Mapping[str, Table], schemas: Mapping[str, Mapping[str, str]]) -> None:
        key, (first, types) = columns_of(self.key), next(iter(schemas.items()))
        for name, table in tables.items():
            check_columns(key, schemas[name], name)
            for column in key:
                check_alike(schemas[name][column], types[column], f"{name}.{column}", f"{first}.{column}")
            refuse_null_keys(engine_of(table), table, key, name)
            refuse_twice(engine_of(table), table, key, name, "Keep one of each: Dedupe.")


def _first(name: str) -> str:
    column = quote(name)
    return f"first_by({column}, kf_place) filter (where {column} is not null) as {column}"
