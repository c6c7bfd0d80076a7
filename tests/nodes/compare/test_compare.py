"""Comparing tables: rows of one key, whole rows, columns, types, NULL, NaN and nested values."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import frame

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.compare import compare, shared_keys

ROWS = st.lists(st.tuples(st.integers(0, 5), st.none() | st.sampled_from([0.0, 1.5, math.inf, math.nan])), max_size=8)


def of(engine: Engine, rows: list[tuple[int, float | None]]) -> Table:
    """A table of a whole number and a value."""
    keys, values = zip(*rows, strict=True) if rows else ((), ())
    return engine.from_frame(pa.table({"k": pa.array(keys, pa.int64()), "v": pa.array(values, pa.float64())}))


def test_rows_of_a_key_are_compared_value_by_value(engine: Engine) -> None:
    """Columns, types, counts, rows of one side, and the columns that differ with examples: the same on both engines."""
    left = frame(engine, id=[1, 2, 3, 4], name=["a", None, "c", "d"], n=[1.5, math.nan, 0.1 + 0.2, None], old=[1] * 4)
    right = frame(engine, id=[1, 2, 3, 9], name=["a", None, "x", "e"], n=[1.5, math.nan, 0.3, 1.0], new=["y"] * 4)
    found = compare(left, right, "id")
    assert not found.equal
    assert (found.rows, found.only, found.changed) == ((4, 4), (1, 1), 1)
    assert found.columns == ({"old": "BIGINT"}, {"new": "VARCHAR"})
    assert found.only_examples == (((4,),), ((9,),))
    assert [(each.column, each.rows) for each in found.values] == [("name", 1), ("n", 1)]
    assert found.values[0].examples == (((3,), "c", "x"),)
    near = compare(left, right, ["id"], tolerance=1e-9)
    assert [(each.column, each.rows) for each in near.values] == [("name", 1)]


def test_decimals_are_as_near_as_their_digits_say(engine: Engine) -> None:
    """A tolerance is of the exact difference: as doubles, large amounts that differ by one would be equal."""
    one, scale = Decimal("100000000000000000000.00"), Decimal("0.01")
    left = frame(engine, id=[1, 2, 3], n=[one, one, Decimal("1.00")])
    right = frame(engine, id=[1, 2, 3], n=[one + 1, one + scale, None])
    found = compare(left, right, "id", tolerance=0.5)
    assert [(each.column, each.rows) for each in found.values] == [("n", 2)]
    assert found.values[0].examples == (((1,), one, one + 1), ((3,), Decimal("1.00"), None))


def test_whole_rows_are_counted_where_there_is_no_key(engine: Engine) -> None:
    """A row that is there more often on one side is on that side only, as often as it is more; NULL is a value."""
    left = frame(engine, a=[1, 1, None, 2], b=["x", "x", None, "y"])
    right = frame(engine, b=["x", None, "z"], a=[1, None, 2])
    found = compare(left, right)
    assert (found.key, found.only, found.changed) == ((), (2, 1), 0)
    assert found.only_examples == (((1, "x"), (2, "y")), ((2, "z"),))
    assert compare(left, left).equal


def test_types_that_differ_are_told_and_compared_where_they_can_be(engine: Engine) -> None:
    """Numbers are compared whatever their types; a text and a number are not, which is told; lists and objects are."""
    left = engine.from_frame(pa.table({"id": pa.array([1, 2], pa.int32()), "n": ["1", "2"], "l": [[1, None], None]}))
    right = engine.from_frame(pa.table({"id": pa.array([1, 2], pa.int64()), "n": [1, 2], "l": [[1, None], [3]]}))
    found = compare(left, right, "id")
    assert found.types == {"id": ("INTEGER", "BIGINT"), "n": ("VARCHAR", "BIGINT")}
    assert found.uncompared == ("n",)
    assert [(each.column, each.rows) for each in found.values] == [("l", 1)]


def test_columns_may_have_any_names(engine: Engine) -> None:
    """Names of the query's own, and such as SQL has words for, meet nothing."""
    names = ["kf_l", "l", "l0", "k0", "select", 'a "b"']
    left = frame(engine, **{name: [1] for name in names})
    right = frame(engine, **{name: [1 if name == "kf_l" else 2] for name in names})
    found = compare(left, right, "kf_l")
    assert [each.column for each in found.values] == names[1:]
    assert compare(left, right).only == (1, 1)


def test_a_key_of_several_columns_and_dates(engine: Engine) -> None:
    """All of them together tell a row apart."""
    left = frame(engine, day=[date(2013, 1, 1)] * 2, shop=["a", "b"], n=[1, 2])
    right = frame(engine, day=[date(2013, 1, 1)] * 2, shop=["a", "b"], n=[1, 3])
    assert compare(left, right, ["day", "shop"]).values[0].examples == (((date(2013, 1, 1), "b"), 2, 3),)


@pytest.mark.parametrize(
    ("key", "tolerance", "message"),
    [
        ("nam", 0, "acc has no column 'nam'; it has id, name.*Did you mean 'name'"),
        ("id", 0, "'id' of acc is BIGINT, 'id' of prod is VARCHAR"),
        ("name", 0, "acc: 1 key has several rows. name: a in 2 rows. Name a key that tells rows apart"),
        ((), 0.1, "A tolerance needs a key"),
        ("name", -1, "from 0 on, not -1"),
        ("name", math.nan, "from 0 on, not nan"),
    ],
)
def test_what_cannot_be_compared_is_refused(key, tolerance, message) -> None:
    """A key that is missing, twice there or of other types, and a tolerance that means nothing, are a sentence each."""
    engine = engines.connect({"type": "duckdb"})
    left, right = frame(engine, id=[1, 2], name=["a", "a"]), frame(engine, id=["1"], name=["a"])
    with pytest.raises(DataError, match=message):
        compare(left, right, key, tolerance=tolerance, names=("acc", "prod"))


def test_tables_without_a_column_in_common_are_refused() -> None:
    """Nothing of them can be compared; neither can rows without a key whose columns are of other types."""
    engine = engines.connect({"type": "duckdb"})
    with pytest.raises(DataError, match="no column in common: a there, b here"):
        compare(frame(engine, a=[1]), frame(engine, b=[1]))
    with pytest.raises(DataError, match="whose values can be compared"):
        compare(frame(engine, a=[1]), frame(engine, a=["1"]))
    with pytest.raises(DataError, match="1 row has no key"):
        compare(frame(engine, a=[1, None]), frame(engine, a=[1]), "a")


def test_shared_keys_tell_the_rows_of_both_apart(engine: Engine) -> None:
    """A column with a NULL, or with a value twice on either side, is none."""
    left = frame(engine, a=[1, 2], b=[1, None], c=["x", "y"])
    right = frame(engine, a=[1, 2], b=[1, 2], c=["x", "x"])
    assert shared_keys(left, right) == ["a"]


@settings(max_examples=60)
@given(ROWS, ROWS)
def test_the_counts_are_those_of_python(left, right) -> None:
    """Whole rows are counted as Python's Counter does, and rows of a key as dictionaries are compared."""
    engine = engines.connect({"type": "duckdb"})

    def told(rows):
        return [(k, "nan" if v is not None and math.isnan(v) else v) for k, v in rows]

    here, there = Counter(told(left)), Counter(told(right))
    found = compare(of(engine, left), of(engine, right))
    assert found.only == ((here - there).total(), (there - here).total())
    one, other = dict(left), dict(right)
    mine, theirs = dict(told(one.items())), dict(told(other.items()))
    keyed = compare(of(engine, list(one.items())), of(engine, list(other.items())), "k")
    assert keyed.only == (len(mine.keys() - theirs), len(theirs.keys() - mine))
    assert keyed.changed == sum(mine[k] != theirs[k] for k in mine.keys() & theirs.keys())
    assert keyed.equal == (mine == theirs)
