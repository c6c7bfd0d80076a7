"""Union: the rows of several tables, one below the other, by the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.merge.columns import Schemas, common_types, named_tables, refuse_missing, schemas_of, selection
from kedro_faucet.nodes.star.keys import check_choice

Missing = Literal["error", "null"]


@dataclass(frozen=True)
class Union:
    """All rows of several tables; columns are put together by name, in the type that holds the values of all.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> north = engine.sql("select 1 as id, 'ada' as name")
    >>> south = engine.sql("select 'bob' as name, 5000000000 as id, true as is_new")
    >>> engine.rows(Union(missing="null", origin="region").build(north=north, south=south))
    [(1, 'ada', None, 'north'), (5000000000, 'bob', True, 'south')]
    >>> Union().build(north=north, south=south)
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: north has no column 'is_new', which others have. Leave it out, or say ...

    No row is left out, also where two are the same: ``Dedupe`` does that.

    Args:
        missing: what to do where a table lacks a column: ``error``, or ``null`` puts NULL there.
        origin: a column more, which tells the table that a row is from by its name.

    Raises:
        ConfigError: if a choice is none, or no table is given.
        DataError: if a column is missing, or its types hold not all values of each other.
    """

    missing: Missing = "error"
    origin: str | None = None

    def __post_init__(self) -> None:
        """Check the choice."""
        check_choice("missing=", self.missing, get_args(Missing))

    def build(self, *tables: Table, **named: Table) -> Table:
        """Return the rows of all tables, which messages and ``origin`` call by the names that are given."""
        found = named_tables(tables, named, "Union")
        schemas = schemas_of(found)
        types = common_types(schemas)
        if self.missing == "error":
            refuse_missing(schemas, types, "Leave it out, or say missing='null'.")
        if self.origin in types:
            raise DataError(f"The tables have a column '{self.origin}': give origin= another name.")
        sources = {f"source_{place}": table for place, table in enumerate(found.values())}
        return engine_of(next(iter(found.values()))).sql(self.sql(schemas), **sources)

    def sql(self, schemas: Schemas) -> str:
        """Return the SQL over tables of these columns and types."""
        types = common_types(schemas)
        parts = [
            f"select {selection(columns, types)}{self._origin(name)} from source_{place}"
            for place, (name, columns) in enumerate(schemas.items())
        ]
        return "\nunion all\n".join(parts)

    def lineage(self, *tables: Traced, **named: Traced) -> Traced:
        """Return the columns, each of which comes from those of its name."""
        found = named_tables(tables, named, "Union")
        text = self.sql({name: table.schema for name, table in found.items()})
        return trace(text, {f"source_{place}": table for place, table in enumerate(found.values())})

    def _origin(self, name: str) -> str:
        return f", {literal(name)} as {quote(self.origin)}" if self.origin else ""
