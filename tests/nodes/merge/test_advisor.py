"""Which tables go together."""

from __future__ import annotations

from tables import frame

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.nodes.merge.advisor import advise


def test_a_key_is_found_by_its_values(engine: Engine) -> None:
    """Texts by what they are, whatever their names; counts say what a join would do."""
    orders = frame(engine, id=[1, 2, 3, 4, 5], country=["de", "de", "fr", "xx", None])
    lands = frame(engine, code=["de", "fr", "it"], name=["D", "F", "I"])
    [join] = advise({"lake/orders": orders, "lake/lands": lands}).joins
    assert (join.table, join.other, join.on) == ("lake/orders", "lake/lands", {"country": "code"})
    assert (join.relationship, join.rows, join.matched, join.null, join.joined) == ("many-to-one", 5, 3, 1, 5)
    assert join.unmatched == ("xx",)
    assert join.code == "Lookup({'country': 'code'}, unmatched='keep')"


def test_numbers_are_keys_by_their_names_too(engine: Engine) -> None:
    """Small numbers meet by chance: only columns that are called after the other table's key are advised."""
    orders = frame(engine, id=[1, 2, 3], customer_id=[1, 2, 2], amount=[1, 2, 3])
    customers = frame(engine, id=[1, 2, 3, 4])
    [join] = advise({"lake/orders": orders, "lake/customers": customers}).joins
    assert (join.on, join.relationship, join.code) == (
        {"customer_id": "id"},
        "many-to-one",
        "Lookup({'customer_id': 'id'})",
    )


def test_columns_of_one_name_are_a_key_together(engine: Engine) -> None:
    """Where none tells rows apart alone, as few as do; what tells nothing apart multiplies rows, and that is said."""
    hours = frame(engine, airport=["a", "a", "b", "b"], hour=[1, 2, 1, 2], wind=[5.0, 6.0, 7.0, 8.0])
    flights = frame(engine, airport=["a", "a", "b", "b"], hour=[1, 1, 2, 2])
    [join] = advise({"flights": flights, "hours": hours}).joins
    assert (join.on, join.relationship) == ({"airport": "airport", "hour": "hour"}, "many-to-one")
    [join] = advise({"a": frame(engine, k=["x", "x"]), "b": frame(engine, k=["x", "x", "x"])}).joins
    assert (join.relationship, join.rows, join.joined, join.code) == ("many-to-many", 2, 6, "")


def test_a_join_is_advised_in_one_direction() -> None:
    """From the table whose rows find more, so that what is looked up is the complete one."""
    engine = engines.connect()
    some, all_ = frame(engine, code=["a", "b"]), frame(engine, code=["a", "b", "c"])
    [join] = advise({"all": all_, "some": some}).joins
    assert (join.table, join.other, join.relationship) == ("some", "all", "one-to-one")
    assert join.code == "Lookup('code', relationship='one-to-one')"


def test_of_versions_the_current_ones_are_looked_at(engine: Engine) -> None:
    """A history's key tells its current rows apart."""
    fleet = engine.sql("""
        select 'N1' as tail, 'AA' as owner, date '2013-01-01' as valid_from, date '2013-02-01' as valid_to
        union all select 'N1', 'UA', date '2013-02-01', null union all select 'N2', 'UA', date '2013-02-01', null""")
    assert advise({"fleet": fleet}).keys == {"fleet": ["tail"]}
    [join] = advise({"flights": frame(engine, tail=["N1", "N1", "N2"]), "fleet": fleet}).joins
    assert (join.on, join.relationship) == ({"tail": "tail"}, "many-to-one")


def test_tables_without_rows_or_keys_give_no_advice() -> None:
    """Nothing matches, so nothing is advised."""
    engine = engines.connect()
    empty = engine.sql("select 'a' as k where false")
    assert advise({"a": empty, "b": frame(engine, k=["x"]), "c": frame(engine, x=[1.5])}).joins == []
