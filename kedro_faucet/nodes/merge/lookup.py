"""Lookup: columns of another table, by a relationship that is verified before it multiplies rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.merge.keys import any_null, key_of, listing, refuse_taken_twice, refuse_twice, rows, shown
from kedro_faucet.nodes.star.keys import EXAMPLES, check_alike, check_choice, check_columns

Unmatched = Literal["error", "keep", "drop"]
Relationship = Literal["many-to-one", "one-to-one"]
_DOUBLED = "They would double rows: keep one of each (Dedupe)."


@dataclass(frozen=True)
class Lookup:
    """A table's rows with columns of another one, which has at most one row for each: no row is ever doubled.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> flights = engine.sql("select * from (values (1, 'AA'), (2, 'ZZ')) t(flight, carrier)")
    >>> airlines = engine.sql("select 'AA' as code, 'American' as name")
    >>> named = Lookup({"carrier": "code"}, columns={"name": "carrier_name"}, unmatched="keep")
    >>> sorted(engine.rows(named.build(flights, airlines)))
    [(1, 'AA', 'American'), (2, 'ZZ', None)]
    >>> Lookup({"carrier": "code"}).build(flights, airlines)
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: 1 of 2 rows is not found by carrier: ZZ. Correct them, or say unmatched=...

    Args:
        on: the columns to look up by: one name or several that both tables have, or the table's by the other's.
        columns: those to take of the other table, or their new names by the old ones; default: all but its key.
        relationship: ``many-to-one`` refuses a key that the other table has twice, ``one-to-one`` also one that this
            table has twice.
        unmatched: what to do with rows that the other table lacks, or whose key is NULL: ``error`` refuses the table,
            ``keep`` puts NULL, ``drop`` leaves them out; how many they are is logged.

    Raises:
        ConfigError: if a choice is none.
        DataError: if the relationship does not hold, rows are not found, a column is missing, or two have one name.
    """

    on: str | Sequence[str] | Mapping[str, str]
    columns: Sequence[str] | Mapping[str, str] | None = None
    relationship: Relationship = "many-to-one"
    unmatched: Unmatched = "error"

    def __post_init__(self) -> None:
        """Check the choices."""
        check_choice("Lookup: relationship=", self.relationship, get_args(Relationship))
        check_choice("Lookup: unmatched=", self.unmatched, get_args(Unmatched))
        if isinstance(self.columns, str) or not self.key:
            raise ConfigError("Lookup: on= names one column or more, and columns= is a list of names.")

    @property
    def key(self) -> dict[str, str]:
        """The columns to look up by, and those of the other table that they are compared with."""
        return key_of(self.on)

    def build(self, table: Table, other: Table) -> Table:
        """Return the table's rows, with columns of the other one behind their own."""
        engine = engine_of(table)
        taken = self._taken(other.columns)
        self._check_columns(engine, table, other, taken)
        refuse_twice(engine, other, list(self.key.values()), "The other table", _DOUBLED)
        if self.relationship == "one-to-one":
            refuse_twice(engine, table, list(self.key), "The table", "It is not one-to-one: say many-to-one.")
        self._count(engine, table, other)
        return engine.sql(self._sql(table.columns, taken), source=table, other=other)

    def lineage(self, table: Traced, other: Traced) -> Traced:
        """Return the columns of the table, and those taken of the other one."""
        return trace(self._sql(list(table.schema), self._taken(list(other.schema))), {"source": table, "other": other})

    def sql(self) -> str:
        """Return the SQL, as a preview shows it."""
        return self._sql(["*"], self._taken(["*"]))

    def _sql(self, columns: Sequence[str], taken: Mapping[str, str]) -> str:
        kind = "inner" if self.unmatched == "drop" else "left"
        found = [f"other.{_quoted(name)}" + (f" as {quote(new)}" if new != name else "") for name, new in taken.items()]
        listed = ", ".join([*(f"source.{_quoted(name)}" for name in columns), *found])
        return f"select {listed} from source {kind} join other on {self._same()}"

    def _same(self) -> str:
        return " and ".join(f"source.{quote(left)} = other.{quote(right)}" for left, right in self.key.items())

    def _taken(self, there: Sequence[str]) -> dict[str, str]:
        if isinstance(self.columns, Mapping):
            return dict(self.columns)
        chosen = [name for name in there if name not in self.key.values()] if self.columns is None else self.columns
        return {name: name for name in chosen}

    def _check_columns(self, engine: Engine, table: Table, other: Table, taken: Mapping[str, str]) -> None:
        left, right = engine.schema(table), engine.schema(other)
        check_columns(self.key, left, "The table")
        check_columns([*self.key.values(), *taken], right, "The other table")
        for name, against in self.key.items():
            check_alike(left[name], right[against], name, against)
        refuse_taken_twice(left, taken.values(), "Lookup")

    def _count(self, engine: Engine, table: Table, other: Table) -> None:
        """Count the rows that are not found, and refuse them where that is asked for."""
        null, keys = any_null(list(self.key), "source"), listing(list(self.key), "source")
        lacking = f"other.{quote(next(iter(self.key.values())))} is null"
        joined = f"from source left join other on {self._same()}"
        count = f"select count(*) as n, count(*) filter (where {null}) as a, count(*) filter (where {lacking}) as b"
        [(total, empty, lost)] = engine.rows(engine.sql(f"{count} {joined}", source=table, other=other))
        if not lost:
            return
        if self.unmatched != "error":
            done = "kept" if self.unmatched == "keep" else "dropped"
            said = (
                f"Lookup by {', '.join(self.key)}: {lost:,} of {total:,} rows not found, {empty:,} of them NULL; {done}"
            )
            logging.getLogger(__name__).info(said)
            return
        distinct = f"select distinct {keys} {joined} where {lacking} and not ({null})"
        query = f"{distinct} order by {', '.join(str(n + 1) for n in range(len(self.key)))} limit {EXAMPLES}"
        self._refuse(
            total, lost, empty, [shown(row) for row in engine.rows(engine.sql(query, source=table, other=other))]
        )

    def _refuse(self, total: int, lost: int, empty: int, examples: Sequence[str]) -> None:
        said = f": {'; '.join(examples)}" if examples else ""
        null = f" ({rows(empty)} NULL there)" if empty else ""
        verb, key = "is" if lost == 1 else "are", ", ".join(self.key)
        raise DataError(
            f"{lost:,} of {total:,} rows {verb} not found by {key}{said}{null}. "
            "Correct them, or say unmatched='keep' or 'drop'."
        )


def _quoted(name: str) -> str:
    return name if name == "*" else quote(name)
