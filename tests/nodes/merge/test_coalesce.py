"""Sources by precedence."""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import frame, rows_of

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.merge import Coalesce

Source: TypeAlias = "dict[int, tuple[int | None, str]]"
VALUES = st.dictionaries(st.integers(0, 4), st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.sampled_from("ab")))


def test_each_value_is_the_first_that_a_source_has(engine: Engine) -> None:
    """A key is there once, whoever has it; columns that one source has alone are kept, types widen."""
    crm = frame(engine, id=[1, 2], name=["Ada", None])
    shop = engine.from_frame(
        pa.table({"id": pa.array([3, 2], pa.int32()), "name": ["Cy", "Bob"], "vip": [True, False]})
    )
    known = Coalesce("id").build(crm, shop)
    assert engine.schema(known) == {"id": "BIGINT", "name": "VARCHAR", "vip": "BOOLEAN"}
    assert rows_of(engine, known) == [(1, "Ada", None), (2, "Bob", False), (3, "Cy", True)]


def test_whole_rows_are_taken_as_they_are(engine: Engine) -> None:
    """What the first source says of a key is not mixed with what others say."""
    crm, shop = frame(engine, id=[1], a=["x"], b=[None]), frame(engine, id=[1, 2], a=["y", "z"], b=["y", "z"])
    crm = engine.sql("select id, a, cast(b as varchar) as b from crm", crm=crm)
    assert rows_of(engine, Coalesce("id", whole_rows=True).build(crm, shop)) == [(1, "x", None), (2, "z", "z")]


def test_a_key_names_one_row_of_each_source(engine: Engine) -> None:
    """A key that a source has twice, or that is NULL, is refused with the source's name."""
    one, twice = frame(engine, id=[1]), frame(engine, id=[2, 2])
    with pytest.raises(DataError, match=r"shop: 1 key has several rows\. id: 2 in 2 rows\. Keep one of each: Dedupe"):
        Coalesce("id").build(crm=one, shop=twice)
    with pytest.raises(DataError, match="shop: 1 row has no key, as id is NULL"):
        Coalesce("id").build(crm=one, shop=frame(engine, id=[None, 2]))


def test_what_cannot_be_compared_is_refused(engine: Engine) -> None:
    """A key of another type, of floats, a column that is missing, no source, no key."""
    with pytest.raises(DataError, match=r"shop\.id is VARCHAR, crm\.id is BIGINT: a key is"):
        Coalesce("id").build(crm=frame(engine, id=[1]), shop=frame(engine, id=["1"]))
    with pytest.raises(DataError, match=r"crm\.id is DOUBLE"):
        Coalesce("id").build(crm=frame(engine, id=[1.5]))
    with pytest.raises(DataError, match="shop has no column 'id'"):
        Coalesce("id").build(crm=frame(engine, id=[1]), shop=frame(engine, idd=[1]))
    with pytest.raises(ConfigError, match="one table or more"):
        Coalesce("id").build()
    with pytest.raises(ConfigError, match="key= names one column or more"):
        Coalesce([])


@given(st.lists(VALUES, min_size=1, max_size=3), st.booleans())
def test_it_is_what_a_loop_over_the_sources_finds(sources: list[Source], whole: bool) -> None:
    """For any sources the result is that of asking them one after another, key by key and value by value."""
    engine = engines.connect()
    schema = pa.schema([("id", pa.int64()), ("n", pa.int64()), ("s", pa.string())])
    tables = [
        engine.from_frame(pa.Table.from_pylist([{"id": k, "n": n, "s": s} for k, (n, s) in each.items()], schema))
        for each in sources
    ]
    expected = {}
    for key in {key for each in sources for key in each}:
        rows = [each[key] for each in sources if key in each]
        number = next((n for n, _ in rows if n is not None), None)
        expected[key] = rows[0] if whole else (number, rows[0][1])
    found = engine.rows(Coalesce("id", whole_rows=whole).build(*tables))
    assert {key: tuple(rest) for key, *rest in found} == expected
    assert len(found) == len(expected)
