"""Lookups in another table."""

from __future__ import annotations

import logging

import pytest
from tables import frame, rows_of

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.merge import Lookup


def test_columns_come_from_the_row_of_the_key(engine: Engine) -> None:
    """All but the key, or those that are chosen, under the names that are given."""
    flights, airlines = (
        frame(engine, f=[1, 2], c=["AA", "UA"]),
        frame(engine, c=["UA", "AA"], name=["U", "A"], x=[1, 2]),
    )
    assert rows_of(engine, Lookup("c").build(flights, airlines)) == [(1, "AA", "A", 2), (2, "UA", "U", 1)]
    for columns, names in ((["x"], ["f", "c", "x"]), ({"name": "airline"}, ["f", "c", "airline"]), ([], ["f", "c"])):
        assert list(engine.schema(Lookup("c", columns=columns).build(flights, airlines))) == names


def test_no_row_is_doubled(engine: Engine) -> None:
    """A key that the other table has twice is refused before anything is joined; NULL there is nobody's."""
    flights = frame(engine, c=["AA", "UA", "UA"])
    with pytest.raises(
        DataError, match=r"The other table: 1 key has several rows\. c: UA in 2 rows\. They would double"
    ):
        Lookup("c").build(flights, frame(engine, c=["AA", "UA", "UA"], n=[1, 2, 3]))
    once = frame(engine, c=["AA", "UA", None, None], n=[1, 2, 3, 4])
    assert rows_of(engine, Lookup("c").build(flights, once)) == [("AA", 1), ("UA", 2), ("UA", 2)]
    with pytest.raises(DataError, match=r"The table: 1 key has several rows.*not one-to-one"):
        Lookup("c", relationship="one-to-one").build(flights, once)


def test_rows_that_are_not_found_are_refused_kept_or_dropped(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """A key that the other table lacks, and NULL, which names nothing; their counts are said."""
    flights, airlines = frame(engine, f=[1, 2, 3], c=["AA", "ZZ", None]), frame(engine, c=["AA"], n=["A"])
    with pytest.raises(DataError, match=r"^2 of 3 rows are not found by c: ZZ \(1 row has NULL there\)\. Correct them"):
        Lookup("c").build(flights, airlines)
    with caplog.at_level(logging.INFO, "kedro_faucet"):
        kept = Lookup("c", unmatched="keep").build(flights, airlines)
        dropped = Lookup("c", unmatched="drop").build(flights, airlines)
    assert rows_of(engine, kept) == [(1, "AA", "A"), (2, "ZZ", None), (3, None, None)]
    assert rows_of(engine, dropped) == [(1, "AA", "A")]
    said = "Lookup by c: 2 of 3 rows not found, 1 of them NULL; "
    assert [record.getMessage() for record in caplog.records] == [f"{said}kept", f"{said}dropped"]


def test_a_key_of_several_columns(engine: Engine) -> None:
    """Each is compared with its own; one of them that is NULL makes a row unfound."""
    left = frame(engine, a=[1, 1, 2], b=["x", None, "x"])
    right = frame(engine, p=[1, 2], q=["x", "x"], n=[10, 20])
    brick = Lookup({"a": "p", "b": "q"}, unmatched="keep")
    assert rows_of(engine, brick.build(left, right)) == [(1, None, None), (1, "x", 10), (2, "x", 20)]


def test_what_cannot_be_looked_up_is_refused(engine: Engine) -> None:
    """Types that do not compare alike, missing columns, two of one name, other choices."""
    number, text = frame(engine, c=[1], v=[1]), frame(engine, c=["1"], v=[2])
    with pytest.raises(DataError, match="c is BIGINT, c is VARCHAR"):
        Lookup("c").build(number, text)
    with pytest.raises(DataError, match="The other table has no column 'd'"):
        Lookup({"c": "d"}).build(number, number)
    with pytest.raises(DataError, match=r"Both tables have a column 'v': say columns=\{'v': 'a_new_name'\}"):
        Lookup("c").build(number, number)
    for wrong in ({"on": []}, {"on": "c", "columns": "v"}, {"on": "c", "unmatched": "skip"}):
        with pytest.raises(ConfigError, match="Lookup"):
            Lookup(**wrong)  # type: ignore[arg-type]
