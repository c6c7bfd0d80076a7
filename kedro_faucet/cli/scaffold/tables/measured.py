"""Keys and relations that nothing declares: found by exact counts, each said with what was counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from kedro_faucet.cli.scaffold.tables.entities import Entity, Relation
from kedro_faucet.cli.scaffold.tables.names import clean
from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.nodes.merge.advisor import Join, advise, candidate_keys, is_akin, singular
from kedro_faucet.nodes.star.keys import family

_NAMED = re.compile(r"(^|_)(id|key|code|no|nr|num|number|uuid|iata|line|seq)$", re.IGNORECASE)
_COMMON = ("id", "key", "code", "no", "nr", "name", "number")
_MOST = 8
"""Columns that are tried together: three of eight are 56 counts more."""


def found_key(name: str, table: Table, named: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the columns that tell rows apart, as few as may be, and what was counted; none where there are none.

    >>> from kedro_faucet.engines import connect
    >>> lines = connect().sql("select * from (values (1, 1, 2.5), (1, 2, 3.5), (2, 1, 2.5)) t(order_id, line, x)")
    >>> found_key("lines", lines, [])
    (('order_id', 'line'), 'key was found by counting: 3 rows, 3 different (order_id, line)')

    Args:
        name: what the table is called.
        table: the table.
        named: columns that name rows of other tables.
    """
    engine = engine_of(table)
    [(rows,)] = engine.rows(engine.sql("select count(*) as n from source", source=table))
    single = sorted(candidate_keys(table), key=lambda column: _rank(column, name))
    if single:
        others = f"; so would {', '.join(single[1:])}" if single[1:] else ""
        return (single[0],), f"key was found by counting: {rows:,} rows, {rows:,} different {single[0]}{others}"
    likely = [
        column
        for column, kind in engine.schema(table).items()
        if column in named or _NAMED.search(clean(column)) or family(kind) in ("date", "timestamp")
    ][:_MOST]
    for size in (2, 3):
        for columns in combinations(likely, size):
            if _tells(engine, table, columns, rows):
                told = f"({', '.join(columns)})"
                return columns, f"key was found by counting: {rows:,} rows, {rows:,} different {told}"
    return (), f"counted: {rows:,} rows"


def _tells(engine: Engine, table: Table, columns: Sequence[str], rows: int) -> bool:
    """Tell whether columns without a NULL tell rows apart."""
    listed = ", ".join(map(quote, columns))
    known = " and ".join(f"{quote(column)} is not null" for column in columns)
    text = f"select count(*) as n from (select distinct {listed} from source where {known}) d"
    return bool(engine.rows(engine.sql(text, source=table)) == [(rows,)])


def _rank(column: str, table: str) -> int:
    """Return how little a column that tells rows apart looks like a key."""
    lower, thing = column.lower(), singular(table.lower())
    if lower in ("id", "key", "code", thing) or re.fullmatch(rf"{re.escape(thing)}_?(id|key|code|no)", lower):
        return 0
    return 1 if _NAMED.search(clean(column)) else 2


def found_relations(entities: Sequence[Entity], tables: Mapping[str, Table]) -> list[Entity]:
    """Return tables with the relations that names tell, or values of which every one is found."""
    keys = {each.name: each.key for each in entities}
    joins = [each for each in advise(tables).joins if _is_relation(each, keys)]
    chosen: dict[tuple[str, tuple[str, ...]], Join] = {}
    for each in sorted(joins, key=lambda join: (-join.rate, not _is_named(join))):
        chosen.setdefault((each.table, tuple(each.on)), each)
    related: dict[str, list[Relation]] = {name: [] for name in keys}
    for (name, columns), join in chosen.items():
        said = f"{join.matched:,} of {join.rows - join.null:,} rows find {join.other}.{', '.join(join.on.values())}"
        whole = join.matched == join.rows - join.null
        related[name].append(Relation(columns, join.other, tuple(join.on.values()), said, whole))
    return [replace(each, relations=tuple(related[each.name])) for each in entities]


def _is_relation(join: Join, keys: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether rows of a table name those of another: by its key, and by a name or by all of the values."""
    if set(join.on.values()) != set(keys[join.other]) or join.relationship == "many-to-many":
        return False
    return _is_named(join) or (join.rate == 1 and tuple(join.on) != keys[join.table])


def _is_named(join: Join) -> bool:
    """Tell whether columns are called after those that they name, by more than what many a table has."""
    pairs = join.on.items()
    return all(is_akin(*pair, join.other) for pair in pairs) and not any(a == b and a in _COMMON for a, b in pairs)
