"""Type 2 tables of other tools, taken into a history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from histories import FEB, JAN, MAR, history, rows, save

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.versions import Versions

LATER = datetime(2013, 4, 30)
TABLE: dict[str, list[Any]] = {
    "id": [1, 1, 2, 2, 3],
    "carrier": ["EV", "UA", "AA", "B6", None],
    "scd_id": ["a", "b", "c", "d", "e"],
    "begins": [JAN, FEB, JAN, MAR, JAN],
    "ends": [FEB, None, FEB, datetime(9999, 12, 31), MAR],
}


def build(engine: Engine, **columns: list[Any]) -> Any:
    """Return the changes of a table of versions."""
    types = {"begins": pa.timestamp("us"), "ends": pa.timestamp("us")}
    table = pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()})
    return Versions("id", "begins", "ends", "scd_id").build(engine.from_frame(table))


def test_taken_in(engine: Engine, tmp_path: Path) -> None:
    """A type 2 table becomes a history in one save, with its gaps and ends, and snapshots go on from there."""
    options = {"changed_at": "__changed_at", "operation": "__op"}
    history(engine, tmp_path, **options).save(build(engine, **TABLE))
    fleet = history(engine, tmp_path)
    expected = [
        (1, "EV", JAN, FEB, False),
        (1, "UA", FEB, None, True),
        (2, "AA", JAN, FEB, False),
        (2, "B6", MAR, None, True),
        (3, None, JAN, MAR, False),
    ]
    assert rows(engine, fleet.load()) == expected
    save(fleet, engine, LATER, id=[1, 2], carrier=["UA", "DL"])
    assert rows(engine, fleet.changes(MAR)) == [(2, "DL", LATER, "update", "B6")]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [([JAN, FEB], [MAR, None]), ([JAN, FEB], [None, None]), ([MAR, FEB], [JAN, None]), ([None, FEB], [FEB, None])],
)
def test_refused(engine: Engine, begins: list[Any], ends: list[Any]) -> None:
    """Versions that overlap, end before they begin or have no beginning are refused with examples."""
    with pytest.raises(DataError, match="Versions overlap, end before they begin, or have no beginning: 1, "):
        build(engine, id=[1, 1], carrier=["EV", "UA"], scd_id=["a", "b"], begins=begins, ends=ends)
