"""Holidays in the calendar."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.star import DateDimension


def test_holidays_are_those_of_the_place(engine: Engine) -> None:
    """A part of a country has its own; names are in the language that is asked for; no day is no holiday."""
    days = engine.from_frame(pa.table({"day": pa.array([date(2024, 5, 1), None], pa.date32())}))
    built = DateDimension("date", holidays="DE-BY", language="en_US", named_by=[["day"]]).build(days)
    found = engine.rows(engine.sql("select date_key, holiday from days where is_holiday order by 1", days=built))
    assert (20240106, "Epiphany") in found
    assert (20241225, "Christmas Day") in found
    assert len(found) == 12
    others = engine.sql("select member, is_holiday, count(*) from days group by 1, 2 order by 1, 2", days=built)
    assert engine.rows(others) == [
        ("invalid", None, 1), ("known", False, 354), ("known", True, 12), ("missing", None, 1)
    ]  # fmt: skip
    assert len(built.columns) == len(DateDimension("date", named_by=[["day"]]).build(days).columns) + 2


def test_years_without_known_holidays_are_refused(engine: Engine) -> None:
    """A year for which the package knows none is not one without holidays."""
    days = engine.from_frame(pa.table({"day": pa.array([date(1901, 1, 1)], pa.date32())}))
    with pytest.raises(DataError, match=r"of DE are known from 19\d\d to 2100, and the calendar goes from 1901"):
        DateDimension("date", holidays="DE", named_by=[["day"]]).build(days)


def test_a_place_that_is_none_is_refused() -> None:
    """A country, a part of it and a language, each with what there is."""
    with pytest.raises(ConfigError, match=r"There are no holidays of 'Germany'\."):
        DateDimension("date", holidays="Germany")
    with pytest.raises(
        ConfigError, match=r"There is no part 'BZ' of DE\. Did you mean 'BY'\?|There is no part 'BZ' of DE"
    ):
        DateDimension("date", holidays="DE-BZ")
    with pytest.raises(ConfigError, match="Holidays of DE have no names in 'fr', but in de, en_US"):
        DateDimension("date", holidays="DE", language="fr")
