"""Days of a zone: each begins at the zone's midnight, so they are of one frequency in local time, not in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def local_days(table: pa.Table) -> tuple[pa.Table, dict[str, str]]:
    """Return a table with the days of a zone as local times, and the zone of each such column.

    >>> from datetime import datetime
    >>> utc = pa.array([datetime(2024, 3, 30, 23), datetime(2024, 3, 31, 22)], pa.timestamp("us", "UTC"))
    >>> local, zones = local_days(pa.table({"ds": utc.cast(pa.timestamp("us", "Europe/Berlin"))}))
    >>> [str(day) for day in local["ds"].to_pylist()], zones
    (['2024-03-31 00:00:00', '2024-04-01 00:00:00'], {'ds': 'Europe/Berlin'})

    Args:
        table: whose times of a zone are days if all of them begin one; others stay as they are.
    """
    zones: dict[str, str] = {}
    for index, field in enumerate(table.schema):
        if (zone := getattr(field.type, "tz", None)) is None:
            continue
        with suppress(pa.ArrowInvalid):  # a zone that this machine does not know
            days = pc.floor_temporal(pc.local_timestamp(table.column(index)), unit="day")
            if pc.all(pc.equal(_instants(days, zone), table.column(index))).as_py():
                zones[field.name] = zone
                table = table.set_column(index, field.name, days)
    return table, zones


def in_zones(table: pa.Table, zones: Mapping[str, str]) -> pa.Table:
    """Return a table with local times as times of their zones: what ``local_days`` has taken apart.

    >>> from datetime import datetime
    >>> table = in_zones(pa.table({"ds": [datetime(2024, 4, 1)]}), {"ds": "Europe/Berlin"})
    >>> table["ds"].cast(pa.timestamp("us", "UTC")).to_pylist()[0].hour
    22
    """
    for name in zones.keys() & set(table.column_names):
        index = table.column_names.index(name)
        table = table.set_column(index, name, _instants(table.column(index), zones[name]))
    return table


def _instants(local: Any, zone: str) -> Any:
    """Return when local times are; a day whose midnight the clock skips begins after it."""
    return pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="latest")
