"""Join advisor: which tables go together, by which columns, and what a join would do to their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

from kedro_faucet.engines import Engine, Table, engine_of, quote
from kedro_faucet.nodes.merge.keys import any_null, listing, shown
from kedro_faucet.nodes.star.keys import EXAMPLES, family

MATCHED = 0.5
"""The share of rows that have to find their key, for two columns of different names to be advised."""

_VERSIONED = {"valid_from", "valid_to"}


@dataclass(frozen=True)
class Join:
    """What a join of two tables by some columns would do.

    Args:
        table: the table whose rows are looked at.
        other: the table that they are looked up in.
        on: the other's columns by the table's.
        relationship: ``many-to-one``, ``one-to-one``, or ``many-to-many``, which multiplies rows.
        rows: of the table.
        matched: how many of them find a row of the other.
        null: how many have no key.
        joined: how many rows a left join would have.
        unmatched: some keys that the other lacks.
    """

    table: str
    other: str
    on: Mapping[str, str]
    relationship: str
    rows: int
    matched: int
    null: int
    joined: int
    unmatched: tuple[str, ...]

    @property
    def rate(self) -> float:
        """The share of rows with a key that find a row of the other table."""
        return self.matched / max(self.rows - self.null, 1)

    @property
    def code(self) -> str:
        """The brick that declares it, and checks it from then on; nothing for a join that multiplies rows.

        >>> Join("flights", "airlines", {"carrier": "carrier"}, "many-to-one", 9, 9, 0, 9, ()).code
        "Lookup('carrier')"
        """
        if self.relationship == "many-to-many":
            return ""
        names = list(self.on)
        on = dict(self.on) if names != list(self.on.values()) else names if len(names) > 1 else names[0]
        relation = ", relationship='one-to-one'" if self.relationship == "one-to-one" else ""
        keep = ", unmatched='keep'" if self.matched < self.rows else ""
        return f"Lookup({on!r}{relation}{keep})"


class Advice(NamedTuple):
    """What is advised of some tables.

    Args:
        joins: those that the tables are made for, the surest first.
        keys: the columns of each table that tell its rows apart, each alone.
    """

    joins: list[Join]
    keys: dict[str, list[str]]


@dataclass(frozen=True)
class _Profile:
    """A table with the columns that may be keys, by their families, and those that tell its rows apart."""

    name: str
    table: Table
    families: Mapping[str, str]
    unique: frozenset[str]


def advise(tables: Mapping[str, Table]) -> Advice:
    """Return the joins that tables are made for, and candidate keys; the engine counts, in bounded memory.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> flights = engine.sql("select * from (values (1, 'AA'), (2, 'AA'), (3, 'ZZ')) t(flight, carrier)")
    >>> airlines = engine.sql("select 'AA' as code, 'American' as name")
    >>> advice = advise({"flights": flights, "airlines": airlines})
    >>> [join] = advice.joins
    >>> join.on, join.relationship, join.rows, join.matched, join.unmatched
    ({'carrier': 'code'}, 'many-to-one', 3, 2, ('ZZ',))
    >>> advice.keys
    {'flights': ['flight'], 'airlines': ['code', 'name']}

    A column that tells a table's rows apart is looked for in columns of the other tables, of texts by their values, of
    numbers, whose values meet by chance, by their names too; columns of one name also together. Where a name is
    in two tables and tells the rows of neither, a join multiplies rows: that is said as well.

    Args:
        tables: the tables by their names; ``lake/customers`` is taken to hold a ``customer`` a row. Of versions with
            ``valid_from`` and ``valid_to`` the current ones are looked at.
    """
    profiles = [_profile(name, table) for name, table in tables.items()]
    found = [join for pair in permutations(profiles, 2) for join in _pair(*pair)]
    found = [each for each in found if each.matched and not _is_turned(each, found)]
    found.sort(key=lambda each: (each.relationship == "many-to-many", -each.rate, each.table, each.other))
    keys = {each.name: [column for column in each.families if column in each.unique] for each in profiles}
    return Advice(found, keys)


def _profile(name: str, table: Table) -> _Profile:
    engine = engine_of(table)
    if set(table.columns) >= _VERSIONED:
        table = engine.sql("select * exclude (valid_from, valid_to) from source where valid_to is null", source=table)
    families = _families(engine, table)
    return _Profile(name, table, families, frozenset(_unique(engine, table, families)))


def candidate_keys(table: Table) -> list[str]:
    """Return the columns, each of which alone tells a table's rows apart; none has a NULL.

    >>> from kedro_faucet.engines import connect
    >>> candidate_keys(connect().sql("select * from (values (1, 'a', null), (2, 'a', 3)) t(id, kind, n)"))
    ['id']
    """
    engine = engine_of(table)
    [(rows,)] = engine.rows(engine.sql("select count(*) as n from source", source=table))
    return [name for name, held in _unique(engine, table, _families(engine, table)).items() if held == rows]


def _families(engine: Engine, table: Table) -> dict[str, str]:
    """Return the columns that may be keys, with the families of their types."""
    kinds = {column: family(kind) for column, kind in engine.schema(table).items()}
    return {column: kind for column, kind in kinds.items() if kind not in (None, "boolean")}


def _unique(engine: Engine, table: Table, columns: Iterable[str]) -> dict[str, int]:
    """Return the columns none of whose values is there twice, with how many they have."""
    # A column at a time: an engine keeps all values of several at once.
    count = "select count({c}) as held, count(distinct {c}) as told from source"
    pairs = {column: engine.rows(engine.sql(count.format(c=quote(column)), source=table))[0] for column in columns}
    return {column: held for column, (held, told) in pairs.items() if held == told > 0}


def _pair(left: _Profile, right: _Profile) -> Iterator[Join]:
    """Yield the joins of one table with another: by what tells the other's rows apart, else by the names of both."""
    singles = [
        _join(left, right, {column: key})
        for key in right.families
        if key in right.unique and right.families[key] in ("number", "text")
        for column, kind in left.families.items()
        if kind == right.families[key] and (kind == "text" or is_akin(column, key, right.name))
    ]
    good = [each for each in singles if each.rate >= MATCHED or is_akin(*next(iter(each.on.items())), right.name)]
    yield from good
    both = [column for column in left.families if right.families.get(column) == left.families[column]]
    if not good and both and not left.unique & set(both):
        yield _join(left, right, {column: column for column in _shortest(right, both)})


def _shortest(right: _Profile, columns: Sequence[str]) -> list[str]:
    """Return as few of the columns as tell the rows of a table apart; all where they do not."""
    engine, chosen = engine_of(right.table), list(columns)
    if not _tells(engine, right.table, chosen):
        return chosen
    for column in columns:
        fewer = [each for each in chosen if each != column]
        if fewer and _tells(engine, right.table, fewer):
            chosen = fewer
    return chosen


def _tells(engine: Engine, table: Table, columns: Sequence[str]) -> bool:
    twice = f"select {listing(columns)} from source group by {listing(columns)} having count(*) > 1 limit 1"
    return not engine.rows(engine.sql(twice, source=table))


def is_akin(column: str, key: str, table: str) -> bool:
    """Tell whether a column is called after another table's key.

    >>> is_akin("customer_id", "id", "lake/customers"), is_akin("customer", "id", "lake/customers")
    (True, True)
    >>> is_akin("id", "id", "lake/customers"), is_akin("customer_no", "customer_no", "x")
    (False, True)
    """
    column, key = column.lower(), key.lower()
    thing = table.rpartition("/")[2].lower()
    things = {thing, singular(thing), thing.removesuffix("es")}
    keys = tuple(f"{each}{mark}{key}" for each in things for mark in ("", "_"))
    return column in things or column.endswith(keys) or (column == key and key != "id")


def singular(name: str) -> str:
    """Return what one row of a table is called.

    >>> [singular(name) for name in ("flights", "cities", "address", "boxes", "fleet")]
    ['flight', 'city', 'address', 'box', 'fleet']
    """
    if name.endswith("ies"):
        return name.removesuffix("ies") + "y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name.removesuffix("es")
    return name if name.endswith("ss") else name.removesuffix("s")


def _join(left: _Profile, right: _Profile, on: Mapping[str, str]) -> Join:
    """Count what a join would do: each key once, with how often it stands on both sides."""
    engine = engine_of(left.table)
    mine, theirs = list(on), list(on.values())
    counted = "select {keys}, count(*) as kf_n from {table} group by {keys}"
    same = " and ".join(f"l.{quote(a)} = r.{quote(b)}" for a, b in on.items())
    joined = (
        f"from ({counted.format(keys=listing(mine), table='mine')}) as l "
        f"left join ({counted.format(keys=listing(theirs), table='theirs')}) as r on {same}"
    )
    null, known = any_null(mine, "l"), "r.kf_n is not null"
    sums = (
        f"select sum(l.kf_n) as n, sum(case when {known} then l.kf_n else 0 end) as m, "
        f"sum(case when {null} then l.kf_n else 0 end) as e, sum(l.kf_n * coalesce(r.kf_n, 1)) as j, "
        f"max(l.kf_n) as lm, max(r.kf_n) as rm {joined}"
    )
    tables = {"mine": left.table, "theirs": right.table}
    [(rows, matched, empty, total, most, others)] = engine.rows(engine.sql(sums, **tables))
    lacking = f"select {listing(mine, 'l')} {joined} where r.kf_n is null and not ({null}) order by l.kf_n desc, "
    order = f"{listing(mine, 'l')} limit {EXAMPLES}"
    examples = engine.rows(engine.sql(lacking + order, **tables)) if rows and matched < rows else []
    return Join(
        table=left.name,
        other=right.name,
        on=dict(on),
        relationship="many-to-many" if (others or 0) > 1 else "one-to-one" if most == 1 else "many-to-one",
        rows=int(rows or 0),
        matched=int(matched or 0),
        null=int(empty or 0),
        joined=int(total or 0),
        unmatched=tuple(shown(row) for row in examples),
    )


def _is_turned(join: Join, found: Sequence[Join]) -> bool:
    """Tell whether the same columns are better joined the other way round: from those that match more."""
    turned = {right: left for left, right in join.on.items()}
    others = [each for each in found if (each.table, each.other, each.on) == (join.other, join.table, turned)]
    return any(_doubt(other) < _doubt(join) for other in others)


def _doubt(join: Join) -> tuple[object, ...]:
    """Return what speaks against a direction; at last the longer name: ``from_code`` is looked up in ``code``."""
    return join.relationship == "many-to-many", -join.rate, join.rows, sum(map(len, join.on.values())), join.table
