"""Clean names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.hygiene.names import CleanNames, clean_name, clean_names


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Order ID", "order_id"),
        ("  order--id  ", "order_id"),
        ("customerName", "customer_name"),
        ("HTTPStatusCode", "http_status_code"),
        ("OrderID2", "order_id2"),
        ("Größe", "grosse"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("naïve café", "naive_cafe"),
        ("ﬁeld", "field"),
        ("Umsatz (%)", "umsatz_percent"),
        ("# of rows", "number_of_rows"),
        ("2013", "x2013"),
        ("order", "order_"),
        ("Group", "group_"),
        ("customer's", "customers"),
        ("a\nb", "a_b"),
        ("_id", "id"),
    ],
)
def test_a_name_becomes_snake_case_in_ascii(name: str, clean: str) -> None:
    """Words are joined, accents folded, and words of SQL told apart."""
    assert clean_name(name) == clean


@given(st.text(max_size=30))
def test_a_clean_name_stays_and_needs_no_quotes(name: str) -> None:
    """What is clean is left alone, whatever it was before."""
    clean = clean_name(name)
    assert clean_name(clean) == clean
    assert not clean or re.fullmatch(r"[a-z][a-z0-9_]*", clean)


def test_a_table_s_columns_are_renamed(engine: Engine) -> None:
    """Order, values and types stay; rename= has the last word."""
    table = engine.sql('select 1 as "Order ID", \'x\' as "Größe", true as "select"')
    made = CleanNames(rename={"Größe": "size"}).build(table)
    assert engine.schema(made) == {"order_id": "INTEGER", "size": "VARCHAR", "select_": "BOOLEAN"}
    assert engine.rows(engine.sql("select order_id, size, select_ from made", made=made)) == [(1, "x", True)]


def test_two_columns_never_become_one() -> None:
    """A collision is refused with both names and the remedy; so is one that rename= makes."""
    with pytest.raises(DataError, match=r"'Order ID' and 'order_id' would both be 'order_id'.*rename=\{'order_id'"):
        clean_names(["Order ID", "order_id"])
    assert clean_names(["Order ID", "order_id"], {"order_id": "order_id_2"})["order_id"] == "order_id_2"
    with pytest.raises(DataError, match="would both be 'B'"):
        clean_names(["a", "b"], {"a": "B"} | {"b": "B"})
    with pytest.raises(DataError, match="would both be 'b'"):
        clean_names(["a", "b"], {"a": "B"})


def test_what_has_no_clean_name_is_refused() -> None:
    """A name without a letter of ASCII asks for one; a name in rename= that is not there gets the nearest."""
    with pytest.raises(DataError, match=r"'日本'.*rename=\{'日本': '…'\}"):
        clean_names(["日本", "a"])
    with pytest.raises(DataError, match=r"no column 'Ordr ID'.*Did you mean 'Order ID'"):
        clean_names(["Order ID"], {"Ordr ID": "x"})
