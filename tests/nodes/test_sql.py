"""SQL as a brick."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import SqlError
from kedro_faucet.nodes.sql import SqlQuery

WORDS = pa.table({"word": ["a", "b", "b"]})


def test_a_query_reads_its_tables_in_order(engine: Engine) -> None:
    """The tables that build takes are called by the names in their order."""
    query = SqlQuery("select x.word from x left join y on x.word = y.word where y.word is null", ("x", "y"))
    assert engine.rows(query.build(engine.from_frame(WORDS), engine.from_frame(WORDS.slice(1)))) == [("a",)]


def test_an_unknown_column_is_told_with_file_and_line(engine: Engine) -> None:
    """A column that no table has is reported with the file and the line that name it."""
    query = SqlQuery("-- wrod is wrong\nselect\n  word,\n  wrod\nfrom words", ("words",), "sql/words.sql")
    with pytest.raises(SqlError, match=r"^sql/words\.sql:4: ") as caught:
        engine.rows(query.build(engine.from_frame(WORDS)))
    assert "wrod" in str(caught.value)


def test_a_text_that_cannot_be_parsed_is_told_with_file_and_line(engine: Engine) -> None:
    """A text that is no SQL is reported with its file and line."""
    query = SqlQuery("select word\nfrom words\nwhere where", ("words",), "sql/words.sql")
    with pytest.raises(SqlError, match=r"^sql/words\.sql:3: "):
        query.build(engine.from_frame(WORDS))


def test_an_engines_own_sql_passes_when_the_query_says_so(engine: Engine) -> None:
    """What is outside the portable subset runs as it stands with portable=False."""
    text = {
        "duckdb": "select len(list(word)) as n from words",
        "spark": "select size(collect_list(word)) as n from words",
    }
    query = SqlQuery(text[engine.name], ("words",), portable=False)
    assert engine.rows(query.build(engine.from_frame(WORDS))) == [(3,)]
