"""HistoryDataset: feeds of changes, and snapshots whose rows tell when they changed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from histories import FEB, JAN, MAR, history, refused, rows, save, table

from kedro_faucet import Snapshot, engines
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError

MID, DAY = datetime(2013, 2, 10), timedelta(days=1)


def test_changed_at(engine: Engine, tmp_path: Path) -> None:
    """A row is valid from the time that it tells itself; one that is gone is deleted at its snapshot's time."""
    fleet = history(engine, tmp_path, changed_at="seen", ignore="seen")
    save(fleet, engine, MAR, id=[1], carrier=["UA"], seen=[MID])
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "AA"], seen=[JAN - DAY, JAN - DAY])
    assert DeltaTable(fleet._filepath).version() == 1
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "AA"], seen=[JAN - DAY, JAN - DAY])
    assert DeltaTable(fleet._filepath).version() == 1
    shown = engine.sql("select id, carrier, valid_from, valid_to from fleet", fleet=fleet.load())
    assert rows(engine, shown) == [
        (1, "EV", JAN - DAY, MID),
        (1, "UA", MID, None),
        (2, "AA", JAN - DAY, MAR),
    ]
    late = Snapshot(table(engine, id=[1], carrier=["UA"], seen=[FEB + DAY]), FEB)
    assert "1 rows were changed after their snapshot" in refused(fleet, late)


def test_feed_among_snapshots(engine: Engine, tmp_path: Path) -> None:
    """Changes in any order, of which some come twice, and snapshots make one history; what comes late ends in time."""
    fleet = history(engine, tmp_path)
    feed = history(engine, tmp_path, changed_at="__at", operation="op", sequence="lsn")
    save(fleet, engine, MAR, id=[1, 3], carrier=["UA", "B6"])
    two: dict[str, Any] = {"id": [1, 1], "carrier": ["DL", "AA"], "__at": [MID, MID], "op": ["u", "U"], "lsn": [8, 7]}
    feed.save(table(engine, **two))
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    feed.save(table(engine, id=[2, 1], carrier=["", "DL"], __at=[FEB, MID], op=["delete", "u"], lsn=[9, 8]))
    feed.save(table(engine, **two))
    assert DeltaTable(fleet._filepath).version() == 3
    assert rows(engine, fleet.load()) == [
        (1, "DL", MID, MAR, False),
        (1, "EV", JAN, MID, False),
        (1, "UA", MAR, None, True),
        (2, "UA", JAN, FEB, False),
        (3, "B6", MAR, None, True),
    ]
    assert "two changes of one key" in refused(
        feed, table(engine, id=[1], carrier=["XX"], __at=[MID], op=["u"], lsn=[8])
    )


def event(op: str, ms: int, lsn: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """Return an event as Debezium writes it."""
    source = {"connector": "postgresql", "ts_ms": ms, "lsn": lsn}
    return json.dumps({"before": before, "after": after, "op": op, "ts_ms": ms + 9, "source": source})


def test_debezium(engine: Engine, tmp_path: Path) -> None:
    """Events of Debezium, as lines of JSON, are told by their operations, times and order in the source's log."""
    start = 1359590400000  # 2013-01-31
    lines = [
        event("r", start, 1, None, {"id": 1, "name": "a", "city": None}),
        event("r", start, 2, None, {"id": 2, "name": "b", "city": "Ulm"}),
        event("u", start + 1500, 4, None, {"id": 1, "name": "c", "city": "Kiel"}),
        event("u", start + 1500, 3, None, {"id": 1, "name": "x", "city": None}),
        event("d", start + 2007, 5, {"id": 2, "name": None, "city": None}, None),
    ]
    (tmp_path / "events").mkdir()
    for number, part in enumerate([lines[3:], lines[:3], lines[2:4]]):
        (tmp_path / f"events/{number}.jsonl").write_text("\n".join(part) + "\n")
        events = ResourceDataset(filepath=str(tmp_path / f"events/{number}.jsonl"), format="json", engine=engine.config)
        history(engine, tmp_path, feed="debezium").save(events.load())
    second = JAN + timedelta(seconds=1, milliseconds=500)
    assert rows(engine, history(engine, tmp_path).load()) == [
        (1, "a", None, JAN, second, False),
        (1, "c", "Kiel", second, None, True),
        (2, "b", "Ulm", JAN, JAN + timedelta(seconds=2, milliseconds=7), False),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"feed": "debezum"}, "Did you mean 'debezium'"),
        ({"feed": "debezium", "sequence": "lsn"}, "leave that out"),
        ({"operation": "op"}, "changed_at: updated_at"),
        ({"changed_at": "at", "replace": True}, "without changed_at"),
    ],
)
def test_options_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """Options of feeds that contradict each other are refused when the catalog is made."""
    with pytest.raises(ConfigError, match=message):
        history(engines.connect(), tmp_path, **options)


def test_not_of_debezium(tmp_path: Path) -> None:
    """A table without events is refused by the name of what it lacks."""
    engine = engines.connect()
    assert "1 events have no row after" in refused(
        history(engine, tmp_path, feed="debezium"), table(engine, id=[1], op=["c"])
    )
