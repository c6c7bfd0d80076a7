"""Times of day: every minute once, and facts that find theirs, alike on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.star import Count, Fact, Role, StarSchema, TimeOfDayDimension

DAY = datetime(2013, 1, 1)
TIMES = [DAY, DAY + timedelta(seconds=59.999999), DAY + timedelta(minutes=1), DAY.replace(hour=12), None,
         DAY.replace(hour=23, minute=59, second=59, microsecond=999_999), datetime(1969, 12, 31, 8, 47)]  # fmt: skip
MINUTES = TimeOfDayDimension("time", named_by=[["left_at"]])
FLIGHT = Fact("flight", "lake/flights", ["id"], {"departure": Role("time", "left_at")}, [Count()])


def flights(engine: Engine) -> object:
    """Flights that leave at these times."""
    rows = {"id": pa.array(range(len(TIMES)), pa.int32()), "left_at": pa.array(TIMES, pa.timestamp("us"))}
    return engine.from_frame(pa.table(rows))


def test_every_minute_is_what_python_says(engine: Engine) -> None:
    """All 1440 equal what Python tells of them, and two members stand for what is missing and what cannot be."""
    rows = engine.to_arrow(MINUTES.build(flights(engine))).to_pylist()
    found = {row.pop("time_key"): row for row in rows}
    assert len(found) == len(rows) == 1442
    assert [found.pop(key)["member"] for key in (0, -1)] == ["missing", "invalid"]
    for n in range(1440):
        at = DAY + timedelta(minutes=n)
        part = ["night", "morning", "afternoon", "evening"][at.hour // 6]
        assert found[n + 1] == {
            "member": "known",
            "minute_of_day": n,
            "time": f"{at:%H:%M}",
            "hour": at.hour,
            "minute": at.minute,
            "half_hour": f"{at:%H}:{at.minute // 30 * 30:02}",
            "quarter_hour": f"{at:%H}:{at.minute // 15 * 15:02}",
            "day_part": part,
        }


def test_a_fact_finds_its_minutes(engine: Engine) -> None:
    """Seconds are cut, midnight is the first minute, a time before 1970 has one too, and no time is missing."""
    minutes = MINUTES.build(flights(engine))
    fact = FLIGHT.build(flights(engine), time=minutes)
    assert dict(map(reversed, engine.rows(fact))) == {0: 1, 1: 1, 2: 2, 3: 721, 4: 0, 5: 1440, 6: 528}
    cells = Cube("parts", "flight", ["departure.day_part"], [Count()]).build(fact, departure=minutes)
    found = engine.rows(engine.sql("select departure_day_part, count from c where grouping <> 'total'", c=cells))
    assert sorted(found, key=repr) == sorted(
        [("night", 3), ("morning", 1), ("afternoon", 1), ("evening", 1), (None, 1)], key=repr
    )


def test_what_tells_no_time_is_refused(engine: Engine) -> None:
    """A date, which would always be midnight, and a schema that names no minute are refused."""
    with pytest.raises(DataError, match="A fact's 'left_at' is DATE, and a time of 'time' is TIMESTAMP"):
        MINUTES.build(engine.sql("select date '2013-01-01' as left_at"))
    days = engine.sql("select 1 as id, date '2013-01-01' as left_at")
    with pytest.raises(DataError, match=r"lake/flights\.left_at is DATE, and a time of 'time' is TIMESTAMP"):
        FLIGHT.build(days, time=MINUTES.build(flights(engine)))
    with pytest.raises(ConfigError, match="No fact names a minute of dimension 'time'"):
        StarSchema([MINUTES], [])


def test_a_schema_has_it_beside_others() -> None:
    """A star schema fills in which columns name minutes."""
    schema = StarSchema([TimeOfDayDimension("time")], [FLIGHT])
    assert schema.dimension("time") == TimeOfDayDimension("time", named_by=((("left_at",),),))
