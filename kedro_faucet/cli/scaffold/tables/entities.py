"""Tables as they are found: what tells their rows apart, and what their columns name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kedro_faucet.engines.delta.names import is_name
from kedro_faucet.nodes.hygiene.names import clean_names


@dataclass(frozen=True)
class Relation:
    """Columns that name rows of another table.

    Args:
        columns: the columns.
        table: the other table.
        keys: its columns, in the same order.
        said: what was counted, if it is not declared.
        is_whole: whether every row with such a name finds its row.
    """

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    said: str = ""
    is_whole: bool = True


@dataclass(frozen=True)
class Entity:
    """A table at a provider.

    Args:
        name: what its copy is called.
        path: its name at the provider, where that is another one.
        columns: the types of its columns.
        key: the columns that tell its rows apart; none where nothing does.
        said: what was counted of its key, if it is not declared.
        relations: what its columns name.
        is_empty: whether it has no row.
        is_cleaned: whether its copy has other names of columns, as no table of Delta can have those of the source.
    """

    name: str
    path: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    said: str = ""
    relations: tuple[Relation, ...] = ()
    is_empty: bool = False
    is_cleaned: bool = False


def cleaned(entities: Sequence[Entity]) -> list[Entity]:
    """Return tables with the names that their columns have once a lake keeps them.

    >>> of = Relation(("Kunde Nr",), "Kunden", ("Nr.",))
    >>> sales = Entity("sales", "sales", {"id": "BIGINT", "Kunde Nr": "BIGINT"}, ("id",), relations=(of,))
    >>> [found] = cleaned([sales])
    >>> list(found.columns), found.relations[0].columns
    (['id', 'kunde_nr'], ('kunde_nr',))

    Raises:
        DataError: if two columns would have one name.
    """
    names = {each.name: clean_names(each.columns) for each in entities if not all(map(is_name, each.columns))}
    return [_renamed(each, names) for each in entities]


def _renamed(entity: Entity, names: Mapping[str, Mapping[str, str]]) -> Entity:
    own = names.get(entity.name, {})
    relations = tuple(
        replace(each, columns=_in(own, each.columns), keys=_in(names.get(each.table, {}), each.keys))
        for each in entity.relations
    )
    columns = {own.get(name, name): kind for name, kind in entity.columns.items()}
    key = _in(own, entity.key)
    return replace(entity, columns=columns, key=key, relations=relations, is_cleaned=bool(own))


def _in(names: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(names.get(each, each) for each in columns)
