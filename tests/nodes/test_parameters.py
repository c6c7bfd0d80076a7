"""Values bound to the parameters of a SQL text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import SqlError
from kedro_faucet.nodes.sql import SqlQuery

TEXT = "select 1 as n -- $not\nfrom t where '$neither' <> '' and t.n {condition}"
VALUES = [
    (5, "INTEGER"),
    (-5, "INTEGER"),
    (2**62, "BIGINT"),
    (0.1, "DOUBLE"),
    (-1.5e-9, "DOUBLE"),
    (True, "BOOLEAN"),
    ("it's; drop table t --\\' \n${x}", "VARCHAR"),
    (date(2013, 12, 31), "DATE"),
    (datetime(2013, 12, 31, 10, tzinfo=timezone(timedelta(hours=2))), "TIMESTAMP"),
    (Decimal("1.50"), "DECIMAL(3,2)"),
]


def query(text: str, *names: str, **options: Any) -> SqlQuery:
    """A query with parameters."""
    return SqlQuery(text, ("t",), "few.sql", parameters=names, **options)


@pytest.mark.parametrize("portable", [True, False])
def test_a_value_arrives_as_it_is(engine: Engine, portable: bool) -> None:
    """Of each type, in its type, whatever a text says; also in an engine's own SQL."""
    table = engine.sql("select 1 as n")
    names = [f"v{number}" for number in range(len(VALUES))]
    text = f"select {', '.join(f'${name} as {name}' for name in names)} from t"
    result = query(text, *names, portable=portable).build(table, *(value for value, _ in VALUES))
    expected = [value.astimezone(UTC).replace(tzinfo=None) if hasattr(value, "hour") else value for value, _ in VALUES]
    assert engine.rows(result) == [tuple(expected)]
    assert list(engine.schema(result).values()) == [kind for _, kind in VALUES]


def test_lists_go_with_in_and_nothing_is_null(engine: Engine) -> None:
    """With and without parentheses; None is NULL; a minus before a negative number is no comment."""
    table = engine.sql("select n from (values (1), (2), (3)) v(n)")
    text = "select n - $less as n from t where n in $some and n in ($some) and ($none is null or n < $none)"
    result = query(text, "less", "some", "none").build(table, -1, [1, 2], None)
    assert sorted(engine.rows(result)) == [(2,), (3,)]


@given(st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8")))
def test_a_text_is_never_part_of_the_query(value: str) -> None:
    """Whatever stands in it comes back as it was given."""
    engine = engines.connect({"type": "duckdb"})
    assert engine.rows(query("select $v as v from t", "v").build(engine.sql("select 1 as n"), value)) == [(value,)]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "'v' is an empty list"),
        ([1, None], "'v' is a list with a NULL in it"),
        ({"a": 1}, r"'v' is a dict, no value of SQL: name one of its values, as in params:model\.horizon"),
        (float("nan"), "'v' is nan"),
        (2**63, "'v' is 9223372036854775808, beyond 64 bits"),
        (object(), "'v' is a object"),
    ],
)
def test_what_is_no_value_is_refused(value: Any, says: str) -> None:
    """With the file and the name of the parameter."""
    table = engines.connect().sql("select 1 as n")
    with pytest.raises(SqlError, match=rf"^few\.sql.*{says}"):
        query("select 1 as n from t where n in $v", "v").build(table, value)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["limt"], r"few\.sql:2: \$limit has no value: add it to parameters=\. Did you mean 'limt'"),
        ([], r"few\.sql:2: \$limit has no value"),
        (["limit", "other"], r"few\.sql: the parameter 'other' is given, and the text does not use \$other"),
    ],
)
def test_names_that_do_not_meet_are_refused_before_anything_runs(names: list[str], says: str) -> None:
    """A parameter that is used and not given, and one that is given and not used."""
    with pytest.raises(SqlError, match=says):
        query(TEXT.format(condition="< $limit"), *names)
