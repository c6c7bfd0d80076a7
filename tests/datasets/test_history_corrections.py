"""HistoryDataset: snapshots that replace others, that are taken back, and what was known when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import DeltaTable
from histories import FEB, JAN, MAR, history, refused, rows, save, table

from kedro_faucet import Snapshot, engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ConfigError, DataError


def now() -> datetime:
    """Return the time as a history keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def test_corrected(engine: Engine, tmp_path: Path) -> None:
    """A correction takes the place of the snapshot at its time; what was known before can still be asked for."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    save(fleet, engine, MAR, id=[1, 2], carrier=["EV", "UA"])
    save(fleet, engine, FEB, id=[1], carrier=["XX"])
    before = now()
    wrong = Snapshot(table(engine, id=[1], carrier=["XX"]), FEB)
    assert "replace=True" in refused(fleet, Snapshot(table(engine, id=[1, 2], carrier=["AA", "UA"]), FEB))
    fleet.save(Snapshot(table(engine, id=[1, 2], carrier=["AA", "UA"]), FEB, replace=True))
    fleet.save(wrong)
    assert rows(engine, fleet.load()) == [
        (1, "AA", FEB, MAR, False),
        (1, "EV", JAN, FEB, False),
        (1, "EV", MAR, None, True),
        (2, "UA", JAN, None, True),
    ]
    assert rows(engine, fleet.as_of(FEB, known_at=before)) == [(1, "XX")]
    early = history(engine, tmp_path, view="as_of", at=FEB, known_at=before)
    assert rows(engine, early.load()) == [(1, "XX")]


def test_correction_of_a_partial_snapshot(engine: Engine, tmp_path: Path) -> None:
    """A corrected partial snapshot takes back the keys that it mentions no more."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    part = history(engine, tmp_path, complete=False)
    save(part, engine, FEB, id=[2, 3], carrier=["AA", "AA"])
    history(engine, tmp_path, complete=False, replace=True).save(Snapshot(table(engine, id=[3], carrier=["B6"]), FEB))
    version = DeltaTable(part._filepath).version()
    save(part, engine, FEB, id=[2, 3], carrier=["AA", "AA"])
    assert DeltaTable(part._filepath).version() == version
    assert rows(engine, fleet.current()) == [(1, "EV"), (2, "UA"), (3, "B6")]
    assert "A partial snapshot was saved at 2013-02-28 00:00:00, and this one is full" in refused(
        fleet, Snapshot(table(engine, id=[3], carrier=["B6"]), FEB, replace=True)
    )


def test_two_corrections(tmp_path: Path) -> None:
    """Of two corrections of one time the one that was saved last holds, also when it is the first one again."""
    engine, fleet = engines.connect(), history(engines.connect(), tmp_path, replace=True)
    for carrier in ("EV", "UA", "EV", "EV"):
        save(fleet, engine, JAN, id=[1], carrier=[carrier])
        assert rows(engine, fleet.current()) == [(1, carrier)]
    assert DeltaTable(fleet._filepath).version() == 2


def test_undo(engine: Engine, tmp_path: Path) -> None:
    """A snapshot that is taken back was never there; it can be saved again, and one that is not there is refused."""
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=[1], carrier=["EV"])
    save(fleet, engine, FEB, id=[1], carrier=["XX"])
    save(fleet, engine, MAR, id=[1], carrier=["XX"])
    fleet.undo(FEB)
    assert rows(engine, fleet.load()) == [(1, "EV", JAN, MAR, False), (1, "XX", MAR, None, True)]
    with pytest.raises(DataError, match=r"lake/fleet: No snapshot was saved at 2013-02-28 .*2013-03-31"):
        fleet.undo(FEB)
    save(fleet, engine, FEB, id=[1], carrier=["UA"])
    assert rows(engine, fleet.as_of(FEB)) == [(1, "UA")]


def test_known_at_of_a_view(tmp_path: Path) -> None:
    """known_at in an entry is a time, and belongs to one that is read."""
    with pytest.raises(ConfigError, match="known_at"):
        history(engines.connect(), tmp_path, known_at="yesterday")
