"""Random FROM: tables, queries, values and series, joined in every way."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from fuzz.expressions import Writer
from fuzz.forms import LITERALS
from fuzz.tables import FAMILIES, KEYS


@dataclass(frozen=True)
class Source:
    """What stands in FROM, or a query.

    Args:
        text: how it is written.
        columns: each column, as an expression names it, with the letter of its family.
        key: the columns that tell the rows apart; none where that is unknown.
    """

    text: str
    columns: dict[str, str]
    key: tuple[str, ...] = ()

    def writer(self, chance: random.Random) -> Writer:
        """Return what writes values over the columns."""
        return Writer(chance, {letter: self.of(letter) for letter in LITERALS})

    def of(self, letter: str) -> list[str]:
        """Return the columns of a family."""
        return [name for name, each in self.columns.items() if each == letter]

    def named(self, alias: str, text: str) -> Source:
        """Return this query as what stands in FROM under a name."""
        said = {name: f"{alias}.{name}" for name in self.columns}
        columns = {said[name]: letter for name, letter in self.columns.items()}
        return Source(text, columns, tuple(said[name] for name in self.key))


@dataclass
class Scope:
    """What a statement has used so far: its names, and its CTEs.

    Args:
        chance: where the randomness comes from.
        query: writes a query of so many levels; given families, of these columns.
    """

    chance: random.Random
    query: Callable[..., Source]
    ctes: dict[str, Source] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def name(self, start: str) -> str:
        """Return a name that is not yet used; a few need quotes."""
        number = next(self._numbers)
        return f'"{start.upper()} é{number}"' if start == "c" and self.chance.random() < 0.05 else f"{start}{number}"


def sources(scope: Scope, depth: int) -> Source:
    """Write what stands in FROM: one thing, or some that are joined."""
    if scope.chance.random() < 0.08:
        return _using(scope)
    found = _one(scope, depth)
    for _ in range(scope.chance.choice([0, 0, 0, 1, 1, 2])):
        found = _joined(scope, found, depth)
    return found


def _one(scope: Scope, depth: int) -> Source:
    kinds = [_table] * 6 + [_values, _series] + ([_query] * 3 if depth > 0 else []) + ([_cte] * 6 if scope.ctes else [])
    return scope.chance.choice(kinds)(scope, depth)


def table(scope: Scope, name: str = "") -> Source:
    """Write a table under a new name."""
    name, alias = name or scope.chance.choice("tttunne"), scope.name("a")
    families = FAMILIES[name]
    return Source("", families, (KEYS[name],)).named(alias, f"{name} as {alias}")


def _table(scope: Scope, depth: int) -> Source:
    return table(scope)


def _cte(scope: Scope, depth: int) -> Source:
    name, alias = scope.chance.choice(list(scope.ctes)), scope.name("a")
    return scope.ctes[name].named(alias, f"{name} as {alias}")


def _query(scope: Scope, depth: int) -> Source:
    made, alias = scope.query(depth - 1), scope.name("q")
    return made.named(alias, f"({made.text}) as {alias}")


def _values(scope: Scope, depth: int) -> Source:
    made, alias = values(scope), scope.name("w")
    names = [scope.name("c") for _ in made.columns]
    columns = dict(zip(names, made.columns.values(), strict=True))
    return Source("", columns).named(alias, f"({made.text}) as {alias}({', '.join(names)})")


def values(scope: Scope) -> Source:
    """Write VALUES of one to three columns."""
    letters = scope.chance.choices("imfsdto", k=scope.chance.randint(1, 3))
    writer = Writer(scope.chance, {})
    rows = [", ".join(writer.value(letter) for letter in letters) for _ in range(scope.chance.randint(1, 3))]
    return Source(f"values ({'), ('.join(rows)})", {f"col{place}": letter for place, letter in enumerate(letters)})


def _series(scope: Scope, depth: int) -> Source:
    alias, column = scope.name("q"), scope.name("n")
    series = scope.chance.choice(["[1, 2, null]", "generate_series(1, 3)", "range(4)", "generate_series(2, 1)"])
    return Source(f"unnest({series}) as {alias}({column})", {f"{alias}.{column}": "i"})


def _using(scope: Scope) -> Source:
    """Write a join by columns of one name: of which the result has one."""
    names = [("t", "n", "id"), ("t", "n", "d"), ("n", "t", "o"), ("e", "t", "ts"), ("n", "e", "s"), ("t", "n", "f")]
    first, second, column = scope.chance.choice(names)
    left, right = table(scope, first), table(scope, second)
    kind = scope.chance.choice(["join", "left join", "right join", "full join"])
    letter = FAMILIES[first][column]
    others = {said: each for side in (left, right) for said, each in side.columns.items()
              if said.partition(".")[2] != column}  # fmt: skip
    text = f"{left.text} {kind} {right.text} using ({column})"
    return Source(text, {column: letter, **others} if kind == "full join" else {**left.columns, **others})


def _joined(scope: Scope, left: Source, depth: int) -> Source:
    chance = scope.chance
    if chance.random() < 0.15:
        return _lateral(scope, left)
    right = _one(scope, depth)
    kinds = ["join", "inner join", "left join", "right join", "full join", "cross join", "semi join", "anti join", ","]
    kind = chance.choice(kinds)
    if kind in ("cross join", ","):
        return _both(f"{left.text}{'' if kind == ',' else ' '}{kind} {right.text}", left, right)
    both = _both("", left, right)
    text = f"{left.text} {kind} {right.text} on {_condition(chance, left, right, both)}"
    return Source(text, left.columns, left.key) if kind in ("semi join", "anti join") else _both(text, left, right)


def _both(text: str, left: Source, right: Source) -> Source:
    key = (*left.key, *right.key) if left.key and right.key else ()
    return Source(text, {**left.columns, **right.columns}, key)


def _condition(chance: random.Random, left: Source, right: Source, both: Source) -> str:
    pairs = [(letter, ours, theirs) for ours, letter in left.columns.items() for theirs in right.of(letter)]
    more = [both.writer(chance).value("o")] if chance.random() < 0.3 or not pairs else []
    if pairs:
        _, ours, theirs = chance.choice(pairs)
        more.insert(0, f"{ours} {chance.choice(['=', '=', '=', 'is not distinct from'])} {theirs}")
    return " and ".join(more)


def correlated(scope: Scope, outer: Source) -> tuple[Source, str]:
    """Write a table, and the condition that ties it to the columns of the query around it."""
    inner = table(scope)
    pairs = [(ours, theirs) for ours, letter in inner.columns.items() for theirs in outer.of(letter)]
    ours, theirs = scope.chance.choice(pairs) if pairs else ("1", "1")
    return inner, f"{ours} = {theirs}"


def _lateral(scope: Scope, left: Source) -> Source:
    inner, tie = correlated(scope, left)
    alias, column = scope.name("l"), scope.name("c")
    letter = scope.chance.choice("imsdto")
    value = inner.writer(scope.chance).value(letter)
    if scope.chance.random() < 0.5:
        query = f"(select max({value}) as {column} from {inner.text} where {tie}) as {alias}"
        text, key = f"{left.text} left join lateral {query} on true", left.key
    else:
        query, key = f"(select {value} as {column} from {inner.text} where {tie}) as {alias}", ()
        text = f"{left.text}, lateral {query}"
    return Source(text, {**left.columns, f"{alias}.{column}": letter}, key)
