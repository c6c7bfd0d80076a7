"""Keys and relations that nothing declares."""

from __future__ import annotations

from kedro_faucet.cli.scaffold.tables.entities import Entity
from kedro_faucet.cli.scaffold.tables.measured import found_key, found_relations
from kedro_faucet.engines import Table, connect


def related(**tables: tuple[str, Table]) -> dict[str, list[tuple]]:
    """What each of some tables, with their keys, names by which columns, and whether all are found."""
    entities = [Entity(name, name, {}, tuple(key.split())) for name, (key, _) in tables.items()]
    found = found_relations(entities, {name: table for name, (_, table) in tables.items()})
    return {each.name: [(*one.columns, one.table, one.said, one.is_whole) for one in each.relations] for each in found}


def test_keys_are_counted_and_the_one_that_is_called_so_is_taken():
    """Of several columns the one that is called a key; of none, as few as tell rows apart; a NULL is no key."""
    people = connect().sql("select * from (values ('Ada', 7, 1), ('Bob', 8, null)) t(name, person_id, n)")
    assert found_key("people", people, []) == (
        ("person_id",),
        "key was found by counting: 2 rows, 2 different person_id; so would name",
    )
    lines = connect().sql("select * from (values (1, 1, 2), (1, 2, 2), (2, 1, 2)) t(order_id, line, n)")
    assert found_key("lines", lines, [])[0] == ("order_id", "line")
    twice = connect().sql("select * from (values (1, 1), (1, 1)) t(order_id, line)")
    assert found_key("twice", twice, []) == ((), "counted: 2 rows")


def test_relations_are_told_by_names_or_by_values_that_are_all_found():
    """A name is enough, with how many rows find theirs; without one all texts must be found, and numbers never do."""
    orders = connect().sql("select * from (values (1, 7, 'A', 7), (2, 9, 'B', 8)) t(id, customer_id, store, n)")
    customers = connect().sql("select * from (values (7, 'x'), (8, 'y')) t(id, name)")
    stores = connect().sql("select * from (values ('A', 'Ulm'), ('B', 'Bonn'), ('C', 'Rom')) t(code, town)")
    found = related(orders=("id", orders), customers=("id", customers), stores=("code", stores))
    assert found["orders"] == [
        ("store", "stores", "2 of 2 rows find stores.code", True),
        ("customer_id", "customers", "1 of 2 rows find customers.id", False),
    ]
    assert found["customers"] == found["stores"] == []


def test_two_tables_that_both_have_a_code_do_not_name_one_another():
    """A name that many a table has tells nothing, even where some values are the same."""
    coins = connect().sql("select * from (values ('CH', 1), ('EU', 2)) t(code, n)")
    lands = connect().sql("select * from (values ('CH', 5), ('DE', 6)) t(code, m)")
    assert related(coins=("code", coins), lands=("code", lands)) == {"coins": [], "lands": []}
