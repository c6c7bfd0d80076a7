"""Time zones in SQL: the same local times and the same times in UTC on both engines, also where clocks change."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import EngineError, SqlError

# Clocks that change by an hour, by half an hour, at midnight, in winter; no longer; a day that never was; odd offsets.
ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut", "Europe/Dublin"),
    *("Pacific/Apia", "Asia/Kathmandu", "Pacific/Chatham", "Asia/Tehran", "America/St_Johns", "UTC"),
)


def near_changes(zone: str) -> list[datetime]:
    """Times in UTC, thick around the zone's changes of 1980 to 2020, and some by chance."""
    known, step = ZoneInfo(zone), timedelta(hours=6)
    hours = [datetime(1980, 1, 1) + place * step for place in range(41 * 365 * 4)]
    offsets = [known.utcoffset(hour.replace(tzinfo=UTC).astimezone(known)) for hour in hours]
    changes = [hour for hour, before, after in zip(hours[1:], offsets, offsets[1:], strict=False) if before != after]
    chosen = random.Random(zone)
    return [
        *(change + timedelta(minutes=minutes) for change in changes for minutes in range(-480, 181, 30)),
        *(datetime(1980, 1, 1) + timedelta(seconds=chosen.randrange(41 * 365 * 86400)) for _ in range(300)),
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_clock_changes(engine: Engine, zone: str) -> None:
    """Local times are those of the zone; of two equal ones the first is meant, and a skipped one is moved forward."""
    times, known = near_changes(zone), ZoneInfo(zone)
    given = engine.from_frame(pa.table({"t": pa.array(times, pa.timestamp("us"))}))
    text = f"select t, at_zone(t, '{zone}') as a, from_zone(t, '{zone}') as b from x"
    for time, local, utc in engine.rows(engine.sql(text, x=given)):
        assert local == time.replace(tzinfo=UTC).astimezone(known).replace(tzinfo=None), time
        assert utc == time.replace(tzinfo=known, fold=0).astimezone(UTC).replace(tzinfo=None), time


def test_a_column_of_zones(engine: Engine) -> None:
    """Zones may differ by row; NULL gives NULL, and what is no zone stops with its name."""
    given = engine.sql("select * from (values ('Asia/Tokyo'), ('UTC'), (null)) t(zone)")
    text = "select at_zone(timestamp '2024-01-01', zone) as a from x order by a"
    assert engine.rows(engine.sql(text, x=given)) == [(datetime(2024, 1, 1),), (datetime(2024, 1, 1, 9),), (None,)]
    wrong = engine.sql("select * from (values ('asia/tokyo')) t(zone)")
    with pytest.raises(EngineError, match="no time zone such as Europe/Berlin or UTC: asia/tokyo"):
        engine.rows(engine.sql(text, x=wrong))


@pytest.mark.parametrize("zone", ["Europe/Berln", "CET", "+02:00", "europe/berlin", "", "Nowhere/X"])
def test_an_unknown_zone(engine: Engine, zone: str) -> None:
    """A zone that is written out and unknown is refused before anything runs, with the nearest name."""
    with pytest.raises(SqlError, match=r"There is no time zone '.*': zones are places") as caught:
        engine.sql(f"select from_zone(timestamp '2024-01-01', '{zone}') as a")
    assert ("Did you mean 'Europe/Berlin'?" in str(caught.value)) == (zone.lower()[:6] == "europe")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-31T02:30:00+02:00", datetime(2024, 3, 31, 0, 30)),
        ("2024-03-31 02:30:00.25-0530", datetime(2024, 3, 31, 8, 0, 0, 250000)),
        ("2024-12-31T23:30-01", datetime(2025, 1, 1, 0, 30)),
        ("2024-02-29T00:00:00.000001Z", datetime(2024, 2, 29, 0, 0, 0, 1)),
    ],
)
def test_times_with_an_offset(engine: Engine, text: str, utc: datetime) -> None:
    """A time with an offset becomes one in UTC, with and without seconds, a fraction and a colon in the offset."""
    assert engine.rows(engine.sql(f"select utc_of('{text}') as a")) == [(utc,)]
    given = engine.sql(f"select '{text}' as s union all select null as s")
    assert sorted(engine.rows(engine.sql("select utc_of(s) as a from x", x=given)), key=str) == [(None,), (utc,)]


@pytest.mark.parametrize(
    "text",
    [
        *("2024-03-31T02:30:00", "2024-03-31", "2024-02-30T02:30:00Z", "2024-03-31T24:00:00Z", "31-03-24T02:30:00Z"),
        *("2024-03-31T02:30:00+25:00", "2024-03-31T02:30:00.1234567Z", "2024-03-31T02:30:00 Europe/Berlin", "", "x"),
    ],
)
def test_a_text_that_is_no_time_with_an_offset(engine: Engine, text: str) -> None:
    """A time without an offset, a day that is none, more digits than microseconds: each stops with the text."""
    given = engine.sql(f"select '{text}' as s")
    with pytest.raises(EngineError, match="This text is no time with an offset") as caught:
        engine.rows(engine.sql("select utc_of(s) as a from x", x=given))
    assert text in str(caught.value)
