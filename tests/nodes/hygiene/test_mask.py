"""Masks."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.hygiene.mask import Mask


def one(engine: Engine, values: list[object], **how: object) -> list[object]:
    """Return a column masked."""
    table = engine.from_frame(pa.table({"n": range(len(values)), "x": values}))
    return [x for _, x in sorted(engine.rows(Mask(**how).build(table)))]  # type: ignore[arg-type]


def test_a_part_stays_and_the_rest_is_hidden(engine: Engine) -> None:
    """Letters are counted, not bytes; what is no longer than the part is hidden wholly."""
    texts = ["4929123412341234", "1234", "12345", "", "ab😀é", "é😀cdef"]
    assert one(engine, texts, keep_last={"x": 4}) == ["*" * 12 + "1234", "****", "*2345", "", "****", "**cdef"]
    assert one(engine, texts, keep_first={"x": 2}) == ["49" + "*" * 14, "12**", "12***", "", "ab**", "é😀****"]


def test_an_address_keeps_a_letter_and_its_domain(engine: Engine) -> None:
    """What is no address with one @ is hidden wholly, and a single letter before the @ too."""
    mails = ["ada@example.org", "a@b.de", "no address", "a@b@c", "@x", "x@", ""]
    assert one(engine, mails, email=["x"]) == ["a***@example.org", "***@b.de", *["***"] * 5]


def test_null_stays_null_and_types_stay(engine: Engine) -> None:
    """NULL is never a value; a column that becomes NULL keeps its type, and numbers and dates become texts."""
    table = engine.from_frame(
        pa.table(
            {"a": [None, "abc"], "b": [7, None], "c": [1.5, 2.5], "d": [date(2013, 1, 31), None], "e": ["x", None]}
        )
    )
    mask = Mask(email=["a"], keep_last={"b": 1, "d": 2}, null=["c"], constant={"e": "it's"})
    made = mask.build(table)
    kinds = {"a": "VARCHAR", "b": "VARCHAR", "c": "DOUBLE", "d": "VARCHAR", "e": "VARCHAR"}
    assert engine.schema(made) == kinds
    assert engine.rows(made) == [(None, "*", None, "********31", "it's"), ("***", None, None, None, None)]


def test_what_cannot_be_masked_is_refused(engine: Engine) -> None:
    """A missing column, a float, a column named twice and a number that is none are told."""
    table = engine.sql("select 'x' as email, 1.5e0 as x")
    with pytest.raises(DataError, match=r"no column 'emial'.*Did you mean 'email'"):
        Mask(email=["emial"]).build(table)
    with pytest.raises(DataError, match="'x' is DOUBLE"):
        Mask(keep_last={"x": 1}).build(table)
    with pytest.raises(ConfigError, match="'x' more than once"):
        Mask(keep_last={"x": 1}, null=["x"])
    with pytest.raises(ConfigError, match="0 is no number of letters"):
        Mask(keep_first={"x": 0})
    with pytest.raises(ConfigError, match=r"list of columns: \['email'\]"):
        Mask(email="email")


def test_the_preview_shows_the_masks() -> None:
    """Without a table the masked columns come last."""
    assert Mask(null=["x"]).sql() == 'select source.* exclude ("x"), cast(null as VARCHAR) as "x" from source'
