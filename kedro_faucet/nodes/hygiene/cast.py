"""Cast: a table in declared types, each of which holds the value exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from kedro_faucet.engines import Engine, Table, engine_of, literal, quote
from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.exceptions import ConfigError, DataError, ResourceError, did_you_mean, listed, shortened
from kedro_faucet.nodes.hygiene.casts import Casting, casting, family
from kedro_faucet.nodes.lineage import Origin, Traced, trace
from kedro_faucet.nodes.star.keys import EXAMPLES, check_choice

Invalid = Literal["error", "null", "reject"]
Others = Literal["keep", "drop", "error"]
REASON = "rejected_because"
"""The column that tells why a row was rejected."""


@dataclass(frozen=True)
class Cast:
    """Bring a table's columns into declared types and their order; a value that a type cannot hold exactly is refused.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> sales = engine.sql("select '10.50' as amount, '7' as id union all select 'ten', '8'")
    >>> engine.rows(Cast({"id": "BIGINT", "amount": "DECIMAL(10,2)"}, invalid="null").build(sales))
    [(7, Decimal('10.50')), (8, None)]
    >>> Cast({"amount": "DECIMAL(10,2)"}).build(sales)
    Traceback (most recent call last):
    kedro_faucet.exceptions.DataError: Column 'amount': 1 value is not exactly a DECIMAL(10,2): 'ten'. ...

    A text is a value as both engines read it alike: ``2013-01-31``, ``12``, ``1.5``, ``true``. A fraction may round to
    the nearest DOUBLE; ``1.239`` is no DECIMAL(10,2), a time of day no DATE, 9007199254740993 no DOUBLE.

    Args:
        columns: types by the columns' names, in the order that the result has.
        invalid: what to do with a value that a type cannot hold: ``error`` refuses the table, ``null`` puts NULL in its
            place, ``reject`` hands its row on in a second table, as it was, with the reason.
        others: what to do with columns that are not declared: ``keep`` them behind the others, ``drop``, ``error``.

    Raises:
        ConfigError: if a type or a choice is none.
        DataError: if a column is missing or cannot be cast, or values are refused: how many, and five of them.
    """

    columns: Mapping[str, str]
    invalid: Invalid = "error"
    others: Others = "keep"

    def __post_init__(self) -> None:
        """Check types and choices."""
        check_choice("invalid=", self.invalid, get_args(Invalid))
        check_choice("others=", self.others, get_args(Others))
        _ = self._types

    @cached_property
    def _types(self) -> dict[str, str]:
        try:
            return {name: declared_type(name, kind) for name, kind in self.columns.items()}
        except ResourceError as error:
            raise ConfigError(str(error)) from None

    def build(self, table: Table) -> Any:
        """Return the table; with ``reject`` a dictionary of ``table`` and ``rejected``, the rows that are left out."""
        engine = engine_of(table)
        schema = engine.schema(table)
        castings = self._castings(schema)
        refused = {name: each.refused for name, each in castings.items() if each.refused}
        if self.invalid == "error" and refused:
            self._refuse(engine, table, refused)
        made = engine.sql(self.sql(schema), source=table)
        if self.invalid != "reject":
            return made
        return {"table": made, "rejected": engine.sql(self._rejected(refused, schema), source=table)}

    def lineage(self, table: Traced) -> Any:
        """Return the columns, each of which comes from itself."""
        made = trace(self.sql(table.schema), {"source": table})
        if self.invalid != "reject":
            return made
        said = Origin(tuple(place for name in self.columns for place in table.origin(name).values))
        return {"table": made, "rejected": table.having({REASON: said}, rows=said.values)}

    def sql(self, schema: Mapping[str, str] | None = None) -> str:
        """Return the SQL, given the types of the table's columns; without them, as a preview shows it."""
        castings = self._castings(schema or dict.fromkeys(self.columns, "VARCHAR"))
        made = [f"{each.value} as {quote(name)}" for name, each in castings.items()]
        rest = [quote(name) for name in schema if name not in castings] if schema else [_rest(self.columns)]
        text = f"select {', '.join([*made, *(rest if self.others == 'keep' else [])])} from source"
        tests = [each.refused for each in castings.values() if each.refused]
        return f"{text} where not ({_any(tests)})" if self.invalid == "reject" and tests else text

    def _rejected(self, refused: Mapping[str, str], schema: Mapping[str, str]) -> str:
        if REASON in schema:
            raise DataError(f"The table has a column '{REASON}', which rejected rows get: rename it.")
        said = {name: literal(f"{name} is not exactly a {self._types[name]}") for name in refused}
        reasons = ", ".join(f"case when {test} then {said[name]} end" for name, test in refused.items())
        reason = f"concat_ws('; ', {reasons})" if refused else "cast(null as varchar)"
        return f"select *, {reason} as {REASON} from source where {_any(refused.values())}"

    def _castings(self, schema: Mapping[str, str]) -> dict[str, Casting]:
        self._require_columns(schema)
        found = {name: casting(quote(name), schema[name], kind) for name, kind in self._types.items()}
        for name, each in found.items():
            if each is None:
                raise DataError(_no_rule(name, schema[name], self._types[name]))
        return {name: each for name, each in found.items() if each}

    def _require_columns(self, schema: Mapping[str, str]) -> None:
        others = [name for name in schema if name not in self.columns]
        if missing := [name for name in self.columns if name not in schema]:
            hints = "".join(did_you_mean(name, others) for name in missing[:EXAMPLES])
            raise DataError(f"The table has no column {listed(map(repr, missing))}; it has {listed(schema)}.{hints}")
        if others and self.others == "error":
            raise DataError(
                f"The table has columns that are not declared: {listed(others)}. Declare them, or say others=."
            )

    def _refuse(self, engine: Engine, table: Table, refused: Mapping[str, str]) -> None:
        counts = ", ".join(f"count(*) filter (where {test}) as n{at}" for at, test in enumerate(refused.values()))
        [found] = engine.rows(engine.sql(f"select {counts} from source", source=table))
        for (name, test), count in zip(refused.items(), found, strict=True):
            if count:
                query = f"select distinct {quote(name)} as x from source where {test} order by x limit {EXAMPLES}"
                values = [
                    shortened(repr(each) if isinstance(each, str) else each)
                    for (each,) in engine.rows(engine.sql(query, source=table))
                ]
                raise DataError(
                    f"Column '{name}': {count:,} {'value is' if count == 1 else 'values are'} not exactly a "
                    f"{self._types[name]}: {', '.join(values)}. Correct them, declare another type, or say "
                    "invalid='null' or 'reject'."
                )


def _rest(columns: Mapping[str, str]) -> str:
    return f"* exclude ({', '.join(map(quote, columns))})"


def _any(tests: Any) -> str:
    return " or ".join(f"({test})" for test in tests) or "false"


def _no_rule(name: str, kind: str, into: str) -> str:
    if family(kind) == "floating":
        return f"Column '{name}' is {kind}, which engines write differently as text: cast it to a DECIMAL first."
    return f"Column '{name}' is {kind}, no value of which is one of {into}: say in a SQL node what is meant."
