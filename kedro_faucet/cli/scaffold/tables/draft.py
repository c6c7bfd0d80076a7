"""A draft of a star schema: which tables are looked up (dimensions), which happen (facts), and what nobody can tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kedro_faucet.cli.scaffold.tables.entities import Entity, Relation
from kedro_faucet.cli.scaffold.tables.names import TAKEN, clean, role_name, star_names, unique
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.star.keys import family

_TIMES = ("DATE", "TIMESTAMP")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "DOUBLE", "FLOAT")
_NOTED = re.compile(r"^(created|updated|modified|changed|inserted|loaded|deleted|last_?update)", re.IGNORECASE)
"""Times that tell of a row, not of what happened."""
_NO_MEASURE = re.compile(
    r"(^|_)(id|key|code|no|nr|num|number|line|year|month|day|week|hour|lat|lon|latitude|longitude|zip|phone|version)$",
    re.IGNORECASE,
)
_MEANT = re.compile(r"price|rate|percent|ratio|temp|average|mean|score|age$|discount", re.IGNORECASE)


@dataclass(frozen=True)
class DraftDimension:
    """A dimension to be.

    Args:
        name: what a member is called.
        entity: its table.
        key: its natural key.
        has_history: whether its versions are kept.
        said: what is to be known of it.
    """

    name: str
    entity: Entity
    key: tuple[str, ...]
    has_history: bool
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftFact:
    """A fact to be.

    Args:
        name: what a row is called.
        entity: its table.
        at: the column that tells when a row happened.
        roles: dimensions and the columns that name their members, by the roles that they play.
        whole: the roles that every row finds.
        measures: numbers to count, each with what a cube makes of it.
        keep: further columns.
        said: what is to be known of it.
    """

    name: str
    entity: Entity
    at: str | None
    roles: Mapping[str, tuple[str, tuple[str, ...]]]
    whole: tuple[str, ...]
    measures: Mapping[str, str]
    keep: tuple[str, ...]
    said: tuple[str, ...] = ()


@dataclass
class Draft:
    """A star schema to be, and the tables beside it."""

    dimensions: dict[str, DraftDimension] = field(default_factory=dict)
    facts: list[DraftFact] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    """Why tables are in no star."""


def draft(entities: Sequence[Entity]) -> Draft:
    """Return a draft of a star schema.

    >>> of = Relation(("customer_id",), "customers", ("id",))
    >>> orders = Entity("orders", "orders", {"id": "BIGINT", "customer_id": "BIGINT"}, ("id",), relations=(of,))
    >>> made = draft([orders, Entity("customers", "customers", {"id": "BIGINT"}, ("id",))])
    >>> made.dimensions["customers"].name, [fact.roles for fact in made.facts]
    ('customer', [{'customer': ('customer', ('customer_id',))}])

    What others name is a dimension, what names others and is not named a fact; what does both, and has a
    number and a time or is a part of what it names, is drafted as both.
    """
    made, names = Draft(), star_names(each.name for each in entities)
    named = {each.name: _named_by(each.name, entities) for each in entities}
    for each in entities:
        if named[each.name]:
            _add_dimension(made, each, names[each.name], named[each.name])
    for each in entities:
        if any(relation.table != each.name for relation in each.relations) and _is_fact(each, bool(named[each.name])):
            draft_fact(made, each, names[each.name])
        elif each.name not in made.dimensions:
            made.left.setdefault(each.name, "it names no other table, and none names it")
    return made


def _named_by(name: str, entities: Iterable[Entity]) -> Counter[tuple[str, ...]]:
    """Return by which of its columns other tables name a table's rows, and how many do."""
    found = [(each, relation) for each in entities for relation in each.relations if relation.table == name]
    return Counter(relation.keys for each, relation in found if each.name != name)


def _is_fact(entity: Entity, is_named: bool) -> bool:
    is_part = any(set(each.columns) < set(entity.key) for each in entity.relations)
    return not is_named or bool(measures_of(entity) and (is_part or _times(entity)))


def _add_dimension(made: Draft, entity: Entity, name: str, named: Counter[tuple[str, ...]]) -> None:
    key = max(named, key=lambda keys: (set(keys) == set(entity.key), named[keys], keys))
    said = [f"Its {entity.said}."] if entity.said else []
    said += [f"It is also named by {', '.join(other)}: those columns are no role." for other in named if other != key]
    said += [_of_itself(each) for each in entity.relations if each.table == entity.name]
    is_both = _is_fact(entity, True) and any(each.table != entity.name for each in entity.relations)
    if is_both:
        said.append(f"{entity.name} names others and has numbers: it is drafted as a fact as well.")
    elif others := sorted({each.table for each in entity.relations} - {entity.name}):
        said.append(f"It names {', '.join(others)}: join what you need of them in a SQL node.")
    if fault := _fault(entity, name, key):
        made.left[entity.name] = fault
        return
    if entity.is_cleaned and not is_both:
        said.append("Its history is not kept, as its columns get other names.")
    elif not is_both and (why := _no_history(entity)):
        said.append(f"Its history is not kept: {why}")
    has_history = not (is_both or entity.is_cleaned or _no_history(entity))
    made.dimensions[entity.name] = DraftDimension(name, entity, key, has_history, tuple(said))


def _no_history(entity: Entity) -> str:
    """Return why no history of a table can be kept."""
    from kedro_faucet.nodes.history.types import refuse_nested

    try:
        refuse_nested(entity.columns)
    except DataError as error:
        return str(error).split(":")[0] + "."
    return ""


def _of_itself(relation: Relation) -> str:
    return (
        f"{', '.join(relation.columns)} names another row of the table itself, which no role does: it stays a column."
    )


def _fault(entity: Entity, name: str, key: Sequence[str]) -> str | None:
    """Return why a table cannot be a dimension as it is."""
    from kedro_faucet.nodes.history.log import RESERVED

    taken = {f"{name}_key", f"{name}_version_key", "member", "is_latest", *RESERVED}
    if clash := [column for column in entity.columns if column.lower() in taken]:
        return f"its column {clash[0]} is called as one that a dimension or a history makes: rename it in a SQL node"
    if not is_key(key, entity.columns):
        return f"its key {', '.join(key)} is of a type that tables are not joined by: cast it in a SQL node"
    return None


def is_key(columns: Iterable[str], types: Mapping[str, str]) -> bool:
    """Tell whether columns are of types that keys have.

    >>> is_key(["id"], {"id": "BIGINT"}), is_key(["val"], {"val": "DOUBLE"})
    (True, False)
    """
    return all(family(types.get(column, "")) not in (None, "boolean") for column in columns)


def draft_fact(made: Draft, entity: Entity, name: str, time: str | None = None) -> None:
    """Add a table to a draft as a fact, or why it can be none.

    Args:
        made: the draft, with its dimensions.
        entity: the table.
        name: what a row is called.
        time: the column that tells when it happened; default: the first that does not tell of the row itself.
    """
    if not entity.key:
        made.left[entity.name] = f"it has no key ({entity.said})" if entity.said else "it has no row and no key"
        return
    times = _times(entity)
    happened = [time] if time else [each for each in times if not _NOTED.match(each)] or times
    measures, fit = measures_of(entity), [each for each in entity.relations if _fits(made, each, entity)]
    joined = {column for each in fit for column in each.columns}
    own = [column for column in entity.columns if column not in joined or column in entity.key]
    roles, whole = _roles(made, fit, own, happened)
    told = {*entity.key, *measures, *happened[:1]}
    keep = tuple(column for column in own if column not in told)
    said = (*_said(entity, fit), *_said_of_time(happened))
    made.facts.append(DraftFact(name, entity, next(iter(happened), None), roles, whole, measures, keep, said))


def _said(entity: Entity, fit: Sequence[Relation]) -> list[str]:
    """Return what was counted of a fact, and which of its relations are no roles."""
    said = [f"Its {entity.said}."] if entity.said else []
    for each in entity.relations:
        columns = ", ".join(each.columns)
        if each.table == entity.name:
            said.append(_of_itself(each))
        elif each not in fit:
            said.append(
                f"{columns} is no role: it names {each.table} by {', '.join(each.keys)}, which is no dimension's key."
            )
        elif each.said:
            said.append(f"{columns}: {each.said}.")
    return said


def _said_of_time(times: Sequence[str]) -> list[str]:
    return [f"It is taken to happen at {times[0]}; it might be {' or '.join(times[1:])}."] if times[1:] else []


def _roles(
    made: Draft, fit: Sequence[Relation], own: Sequence[str], times: Sequence[str]
) -> tuple[dict[str, tuple[str, tuple[str, ...]]], tuple[str, ...]]:
    """Return the roles of a fact, dimensions and then days; and those that every row finds."""
    roles: dict[str, tuple[str, tuple[str, ...]]] = {}
    whole, taken = [], {column.lower() for column in own}
    for each in fit:
        name = made.dimensions[each.table].name
        role = role_name(each.columns, name, is_only=[other.table for other in fit].count(each.table) == 1)
        role = unique(f"{role}_member" if f"{role}_key" in taken else role, roles)
        roles[role] = (name, each.columns)
        whole += [role] if each.is_whole else []
    for column in times:
        day = role_name([column], clean(column) or "day", is_only=True)
        roles[unique(f"{day}_day" if f"{day}_key" in taken or day in TAKEN else day, roles)] = ("date", (column,))
    return roles, tuple(whole)


def _fits(made: Draft, relation: Relation, entity: Entity) -> bool:
    known = made.dimensions.get(relation.table)
    if not known or relation.table == entity.name or relation.keys != known.key:
        return False
    pairs = zip(relation.columns, relation.keys, strict=True)
    return all(family(entity.columns[a]) == family(known.entity.columns[b]) for a, b in pairs)


def _joined(entity: Entity) -> set[str]:
    return {column for each in entity.relations for column in each.columns}


def _times(entity: Entity) -> list[str]:
    return [column for column, kind in entity.columns.items() if kind in _TIMES and column not in _joined(entity)]


def measures_of(entity: Entity) -> dict[str, str]:
    """Return the numbers that can be counted, each with the measure that fits its name.

    >>> columns = {"id": "BIGINT", "amount": "DECIMAL(9,2)", "unit_price": "DOUBLE", "year": "INTEGER"}
    >>> measures_of(Entity("sales", "sales", columns, ("id",)))
    {'amount': 'Sum', 'unit_price': 'Average'}
    """
    return {
        column: "Average" if _MEANT.search(column) else "Sum"
        for column, kind in entity.columns.items()
        if kind.startswith(_NUMBERS)
        and not kind.endswith("]")
        and column not in {*entity.key, *_joined(entity)}
        and not _NO_MEASURE.search(clean(column))
    }
