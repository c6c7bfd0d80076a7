"""Profile a table: of each column type, NULLs, different values, the most frequent ones, and how they spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.nodes.star.keys import family

SHARES = (0.25, 0.5, 0.75)
_NUMBERS = ("INTEGER", "DECIMAL", "DOUBLE", "FLOAT")
_ORDERED = (*_NUMBERS, "VARCHAR", "DATE", "TIMESTAMP")


@dataclass(frozen=True)
class ColumnProfile:
    """What a column holds.

    Args:
        column: its name.
        type: its type, in DuckDB's words.
        rows: of the table.
        nulls: how many of them have none.
        distinct: how many different values there are; None of a type that cannot be counted.
        least: the lowest value, of numbers, texts and times.
        greatest: the highest.
        quartiles: of numbers: what a quarter, a half and three quarters of the values are not above.
        top: the most frequent values, each with the number of its rows.
    """

    column: str
    type: str
    rows: int
    nulls: int
    distinct: int | None = None
    least: Any = None
    greatest: Any = None
    quartiles: tuple[float | None, ...] = ()
    top: tuple[tuple[Any, int], ...] = ()

    @property
    def is_key(self) -> bool:
        """Whether it tells the rows of the table apart, and is of a type that keys have: no fraction."""
        return self.rows > 0 and self.distinct == self.rows and family(self.type) is not None


def profile(table: Table, top: int = 5) -> list[ColumnProfile]:
    """Return what the columns of a table hold: exact numbers, the same on both engines, in bounded memory.

    >>> from kedro_faucet.engines import connect
    >>> orders = connect().sql("select * from (values (1, 'a'), (2, 'b'), (3, 'a'), (4, null)) t(id, shop)")
    >>> for each in profile(orders):
    ...     print(each.column, each.nulls, each.distinct, each.least, each.greatest, each.quartiles, each.top[:1])
    id 0 4 1 4 (1.75, 2.5, 3.25) ((1, 1),)
    shop 1 2 a b () (('a', 2),)

    All columns are counted in one pass; then each is grouped alone, as an engine keeps all values of several at once.

    Args:
        table: the table.
        top: how many of the most frequent values are wanted; of equally frequent ones the lowest come first.
    """
    engine = engine_of(table)
    schema = engine.schema(table)
    sums = ["count(*) as kf_n"]
    for n, (name, kind) in enumerate(schema.items()):
        sums.append(f"count({quote(name)}) as h{n}")
        sums += [f"{each}({quote(name)}) as {each}{n}" for each in ("min", "max") if _is(kind, _ORDERED)]
    counted = engine.sql(f"select {', '.join(sums)} from source", source=table)
    found = dict(zip(counted.columns, engine.rows(counted)[0], strict=True))
    return [
        ColumnProfile(
            column=name,
            type=kind,
            rows=found["kf_n"],
            nulls=found["kf_n"] - found[f"h{n}"],
            least=found.get(f"min{n}"),
            greatest=found.get(f"max{n}"),
            **_values(engine, table, name, kind, top),
        )
        for n, (name, kind) in enumerate(schema.items())
    ]


def _values(engine: Engine, table: Table, name: str, kind: str, top: int) -> dict[str, Any]:
    """Return what is found by grouping a column."""
    if "MAP(" in kind:  # no engine groups by it
        return {}
    column = quote(name)
    groups = f"select {column} as v, count(*) as n from source where {column} is not null group by {column}"
    text = f"select v, n, count(*) over () as d from ({groups}) g order by n desc, v limit {max(top, 1)}"
    rows = engine.rows(engine.sql(text, source=table))
    told = {"distinct": rows[0][2] if rows else 0, "top": tuple((value, count) for value, count, _ in rows[:top])}
    if not _is(kind, _NUMBERS):
        return told
    shares = ", ".join(f"quantile_cont({column}, {share}) as q{n}" for n, share in enumerate(SHARES))
    return {**told, "quartiles": engine.rows(engine.sql(f"select {shares} from source", source=table))[0]}


def _is(kind: str, kinds: tuple[str, ...]) -> bool:
    return (kind.endswith("INT") or kind.startswith(kinds)) and not kind.endswith("]")
