"""Mask: parts of values that stay, the rest in asterisks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.hygiene.columns import replaced, require_family
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.keys import check_columns, check_unique

Value: TypeAlias = str | int | Decimal | date | bool

_LONGER = "case when length({x}) > {n} then"
_HIDDEN = "else repeat('*', length({x})) end"
_LAST = f"{_LONGER} repeat('*', length({{x}}) - {{n}}) || right({{x}}, {{n}}) {_HIDDEN}"
_FIRST = f"{_LONGER} left({{x}}, {{n}}) || repeat('*', length({{x}}) - {{n}}) {_HIDDEN}"
_EMAIL = (
    "case when {x} is null then null when regexp_matches({x}, '^[^@][^@]+@[^@]+$') "
    "then left({x}, 1) || '***@' || split_part({x}, '@', 2) "
    "when regexp_matches({x}, '^[^@]@[^@]+$') then '***@' || split_part({x}, '@', 2) else '***' end"
)


@dataclass(frozen=True)
class Mask:
    """Hide values, or all but a part of them; NULL stays NULL.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> people = engine.sql("select 'ada@example.org' as email, '4929123412341234' as card, 'Ulm' as city")
    >>> engine.rows(Mask(email=["email"], keep_last={"card": 4}, null=["city"]).build(people))
    [('a***@example.org', '************1234', None)]

    A text that is no longer than what is kept is hidden wholly, and so is an e-mail address without its one ``@``.
    Numbers and dates of which a part is kept become texts.

    Args:
        keep_last: how many letters stay at the end, by column.
        keep_first: how many letters stay at the beginning, by column.
        email: columns of which the first letter and what follows the ``@`` stay.
        null: columns that become NULL, in their types.
        constant: the value that stands for each one, by column.

    Raises:
        ConfigError: if a column is masked twice, or a number of letters is none.
        DataError: if a column is missing, or is of a type whose text differs between engines.
    """

    keep_last: Mapping[str, int] = field(default_factory=dict)
    keep_first: Mapping[str, int] = field(default_factory=dict)
    email: Sequence[str] = ()
    null: Sequence[str] = ()
    constant: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the numbers, and that each column is named once."""
        for name, count in {**self.keep_last, **self.keep_first}.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise ConfigError(f"Mask: {count!r} is no number of letters of '{name}' to keep, as in 4.")
        for what in ("email", "null"):
            if isinstance(given := getattr(self, what), str):
                raise ConfigError(f"Mask({what}=) takes a list of columns: ['{given}'].")
        check_unique(self.columns, "Mask has columns")

    @property
    def columns(self) -> list[str]:
        """The columns that are masked."""
        return [*self.keep_last, *self.keep_first, *self.email, *self.null, *self.constant]

    def build(self, table: Table) -> Table:
        """Return the table with the columns masked."""
        engine = engine_of(table)
        return engine.sql(self.sql(engine.schema(table)), source=table)

    def lineage(self, table: Traced) -> Traced:
        """Return the columns, each of which comes from itself."""
        return trace(self.sql(table.schema), {"source": table})

    def sql(self, schema: Mapping[str, str] | None = None) -> str:
        """Return the SQL, given the types of the columns; without them, as a preview shows it."""
        if schema:
            check_columns(self.columns, schema, "Mask: the table")
        kinds = schema or {}
        made = {name: _LAST.format(x=_text(name, kinds), n=count) for name, count in self.keep_last.items()}
        made |= {name: _FIRST.format(x=_text(name, kinds), n=count) for name, count in self.keep_first.items()}
        made |= {name: _EMAIL.format(x=_text(name, kinds)) for name in self.email}
        made |= {name: f"cast(null as {kinds.get(name, 'VARCHAR')})" for name in self.null}
        made |= {name: _constant(name, value) for name, value in self.constant.items()}
        return f"select {replaced(kinds, made)} from source"


def _text(name: str, schema: Mapping[str, str]) -> str:
    kind = schema.get(name, "VARCHAR")
    require_family(name, kind)
    return f"source.{quote(name)}" if kind == "VARCHAR" else f"text_of(source.{quote(name)})"


def _constant(name: str, value: Value) -> str:
    return f"case when source.{quote(name)} is not null then {literal(value)} end"
