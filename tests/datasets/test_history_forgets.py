"""HistoryDataset: rows that are forgotten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from faults import Faults
from histories import FEB, JAN, MAR, history, rows, save

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.storage.delta import forget


def said(folder: str) -> str:
    """Return all that the files of a table say, those of its log and hidden ones too."""
    found = []
    for file in Path(folder).rglob("*"):
        if file.is_file() and file.suffix == ".parquet":
            found += [str(pq.read_table(file).to_pylist()), str(pq.read_metadata(file).to_dict())]
        if file.is_file():
            found.append(file.read_bytes().decode("latin-1"))
    return "\n".join(found)


def test_forgotten(engine: Engine, tmp_path: Path) -> None:
    """No file of the table, of its log or a checkpoint says anything of a key that was forgotten; others stay."""
    fleet = history(engine, tmp_path)
    other = history(engine, tmp_path / "other")
    save(other, engine, JAN, id=["N-SECRET", "N2"], carrier=["Secretair", "UA"])
    save(fleet, engine, JAN, id=["N-SECRET", "N2"], carrier=["Secretair", "UA"])
    save(fleet, engine, FEB, id=["N-SECRET", "N2"], carrier=["Secretair", "AA"])
    DeltaTable(fleet._filepath).create_checkpoint()
    assert "SECRET" in said(fleet._filepath)
    with pytest.raises(DataError, match="There is no row of the key N-3 in the history"):
        fleet.forget(["N-SECRET", "N-3"])
    assert fleet.forget(["N-SECRET"]) == 1
    assert "secret" not in said(fleet._filepath).lower()
    assert rows(engine, fleet.load()) == [("N2", "AA", FEB, None, True), ("N2", "UA", JAN, FEB, False)]
    save(fleet, engine, JAN, id=["N-SECRET", "N2"], carrier=["Secretair", "UA"])
    save(fleet, engine, MAR, id=["N2"], carrier=["AA"])
    assert "secret" not in said(fleet._filepath).lower()
    assert len(rows(engine, other.current())) == 2


def test_key_of_two_columns(engine: Engine, tmp_path: Path) -> None:
    """A key of several columns is told by its parts, whatever their types; too few are refused."""
    fleet = history(engine, tmp_path, key=["country", "id"])
    save(fleet, engine, JAN, country=["at", "de", "at"], id=[1, 1, 2], carrier=["EV", "UA", "AA"])
    with pytest.raises(DataError, match="'at' has 1 parts, but the key is country, id"):
        fleet.forget(["at"])
    assert fleet.forget(["at,1", "de,1"]) == 2
    assert rows(engine, fleet.current()) == [("at", 2, "AA")]


@pytest.mark.parametrize("place", ["remove_others", "vacuum"])
def test_forgotten_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """What a process that was killed had not removed from the files yet is gone when it is forgotten again."""
    engine = engines.connect()
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=["N-SECRET", "N2"], carrier=["Secretair", "UA"])
    with monkeypatch.context() as killed:
        if place == "vacuum":
            killed.setattr(DeltaTable, "vacuum", _stop)
        else:
            killed.setattr(forget, "remove_others", _stop)
        with pytest.raises(KeyboardInterrupt):
            fleet.forget(["N-SECRET"])
    save(fleet, engine, FEB, id=["N2"], carrier=["AA"])
    assert "secret" in said(fleet._filepath).lower()
    with pytest.raises(DataError, match="There is no row of the key N-3 in the history"):
        fleet.forget(["N-3"])
    assert fleet.forget(["N-SECRET"]) == 1
    assert "secret" not in said(fleet._filepath).lower()
    assert rows(engine, fleet.load()) == [("N2", "AA", FEB, None, True), ("N2", "UA", JAN, FEB, False)]
    with pytest.raises(DataError, match="There is no row of the key N-SECRET in the history"):
        fleet.forget(["N-SECRET"])


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


_WRITER = """
import sys
from kedro_faucet import HistoryDataset
fleet = HistoryDataset(filepath=sys.argv[1], key="id")
print("ready", flush=True)
for turn in range(int(sys.argv[2]), 1000):
    fleet.forget([f"S-{turn:03}"])
    print(turn, flush=True)
"""


@pytest.mark.slow
@pytest.mark.faults
def test_forgetting_killed(tmp_path: Path, faults: Faults) -> None:
    """After kill -9 at any moment a key is gone or whole, and after the next time gone from all files."""
    engine, names, first = engines.connect(), [f"S-{number:03}" for number in range(1000)], 0
    fleet = history(engine, tmp_path)
    save(fleet, engine, JAN, id=names, carrier=[f"of {name}" for name in names])
    for kill in faults.kills("forget", 0.5):
        command = [sys.executable, "-c", _WRITER, fleet._filepath, str(first)]
        process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        kill(process)
        next = max(map(int, process.stdout.read().split()), default=first - 1) + 1
        kept = sorted(row[0] for row in rows(engine, fleet.current()))
        assert kept in (names[next:], names[next + 1 :])
        assert fleet.forget([names[next]]) == 1
        told, first = said(fleet._filepath), next + 1
        assert not [name for name in names[:first] if name in told]
        assert sorted(row[:2] for row in rows(engine, fleet.current())) == [(e, f"of {e}") for e in names[first:]]
