"""What a draft of a star schema makes of tables, and what it leaves to those who know."""

from __future__ import annotations

from kedro_faucet.cli.scaffold.tables.draft import draft
from kedro_faucet.cli.scaffold.tables.entities import Entity, Relation

NUMBER = "BIGINT"


def table(name: str, columns: str, key: str = "id", **named: str) -> Entity:
    """A table of whole numbers, with columns that name the key `id` of others."""
    types = dict.fromkeys(columns.split(), NUMBER)
    relations = tuple(Relation((column,), other, ("id",)) for column, other in named.items())
    return Entity(name, name, types, tuple(key.split()), relations=relations)


def test_what_names_and_is_named_is_drafted_as_both_where_it_has_numbers():
    """Orders, of customers and with lines, are a dimension and a fact; without a number or a time, a dimension."""
    customers = table("customers", "id")
    orders = table("orders", "id customer total", customer="customers")
    dated = Entity("orders", "orders", {**orders.columns, "at": "DATE"}, ("id",), relations=orders.relations)
    lines = table("lines", "id order_id", order_id="orders")
    assert [fact.name for fact in draft([customers, orders, lines]).facts] == ["line"]
    made = draft([customers, dated, lines])
    assert [fact.name for fact in made.facts] == ["order", "line"]
    assert not made.dimensions["orders"].has_history
    assert "it is drafted as a fact as well" in made.dimensions["orders"].said[-1]


def test_tables_that_name_one_another_in_a_circle_are_dimensions():
    """Departments have a manager, employees a department: neither is a fact, and both have a history."""
    made = draft([table("departments", "id boss", boss="staff"), table("staff", "id unit", unit="departments")])
    assert not made.facts
    assert [each.has_history for each in made.dimensions.values()] == [True, True]
    assert made.dimensions["staff"].said == ("It names departments: join what you need of them in a SQL node.",)


def test_a_reference_to_the_table_itself_stays_a_column():
    """A member has no role in its own dimension; a fact that names another row of itself keeps the column."""
    people = table("people", "id boss", boss="people")
    moves = table("moves", "id person undone", person="people", undone="moves")
    made = draft([people, moves])
    assert "boss names another row of the table itself" in made.dimensions["people"].said[0]
    [fact] = made.facts
    assert (list(fact.roles), fact.keep) == (["people"], ("undone",))


def test_a_table_that_is_named_twice_plays_two_roles():
    """Roles are called after the columns then, and none makes a column that the fact has already."""
    airports = table("airports", "id")
    flights = table("flights", "id origin_id dest_id", origin_id="airports", dest_id="airports")
    assert list(draft([airports, flights]).facts[0].roles) == ["origin", "dest"]
    keyed = table("flights", "airport_key n", "airport_key", airport_key="airports")
    assert list(draft([airports, keyed]).facts[0].roles) == ["airport_member"]


def test_what_cannot_be_is_said_and_the_rest_is_drafted():
    """No key, a column of a name that bricks make, a key of a type that is not joined by: each has its reason."""
    keyless = table("visits", "shop", "", shop="shops")
    members = table("members", "id member")
    half = Entity("halves", "halves", {"id": "DOUBLE"}, ("id",))
    pays = table("pays", "id of half", of="members", half="halves")
    made = draft([table("shops", "id"), keyless, members, half, pays, table("lonely", "id")])
    assert list(made.dimensions) == ["shops"]
    assert [fact.name for fact in made.facts] == ["pay"]
    assert made.facts[0].keep == ("of", "half")
    assert {name: why.split(":")[0].split(" of a type")[0] for name, why in made.left.items()} == {
        "members": "its column member is called as one that a dimension or a history makes",
        "halves": "its key id is",
        "visits": "it has no row and no key",
        "lonely": "it names no other table, and none names it",
    }


def test_a_table_that_is_named_by_two_keys_is_joined_by_the_one_that_most_name():
    """The other columns are no role, which both sides say."""
    users = Entity("users", "users", {"id": NUMBER, "login": "VARCHAR"}, ("id",))
    posts = table("posts", "id author", author="users")
    votes = table("votes", "id voter", voter="users")
    types = {"id": NUMBER, "login": "VARCHAR"}
    visits = Entity("visits", "visits", types, ("id",), relations=(Relation(("login",), "users", ("login",)),))
    made = draft([users, posts, votes, visits])
    assert made.dimensions["users"].key == ("id",)
    assert "It is also named by login" in made.dimensions["users"].said[0]
    fact = made.facts[-1]
    assert (fact.roles, fact.keep) == ({}, ("login",))
    assert "login is no role" in fact.said[0]
