"""The ledger as tables, on a disk and in an object store, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stores import s3_provider

from kedro_faucet import LedgerDataset
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.ledger.folder import Folder
from kedro_faucet.ledger.records import read_runs

AT = "2013-01-31T12:00:0{}.000Z"


def write(folder: Folder, name: str, *, ends: bool = True) -> str:
    """Write a run of two nodes, of which one failed."""
    head = {"kind": "run", "run": name, "at": AT.format(0), "profile": "local", "user": "ada"}
    place = folder.begin(name, {**head, "nodes": {"copy": {"a": "1"}, "fact": {}, "mart": {}}})
    outputs = {"lake/x": {"version": "0-a", "rows": 3, "bytes": 10}}
    folder.add(place, {"kind": "node", "node": "copy", "status": "done", "at": AT.format(1), "outputs": outputs})
    folder.add(place, {"kind": "node", "node": "fact", "status": "failed", "at": AT.format(2), "error": "no"})
    if ends:
        folder.add(place, {"kind": "end", "status": "failed", "at": AT.format(3), "error": "no"})
        folder.end(place)
    return place


def check(runs: LedgerDataset, nodes: LedgerDataset, engine: Engine) -> None:
    """The two tables hold the runs, the newest first."""
    write(runs.folder, "first")
    write(runs.folder, "second")
    text = "select run, status, user_name, nodes, done, failed, rows, seconds from t order by run"
    expected = ("failed", "ada", 3, 1, 1, 3, 3.0)
    assert engine.rows(engine.sql(text, t=runs.load())) == [("first", *expected), ("second", *expected)]
    text = "select run, node, status, rows, error from t where run = 'first' order by node"
    assert engine.rows(engine.sql(text, t=nodes.load())) == [
        ("first", "copy", "done", 3, None),
        ("first", "fact", "failed", None, "no"),
        ("first", "mart", "not done", None, None),
    ]


def test_the_ledger_is_two_tables(engine: Engine, tmp_path: Path) -> None:
    """A row a run, and a row a node of a run, which SQL finds on both engines; before the first run there is none."""
    settings = getattr(engine, "config", None) or {"type": engine.name}
    runs, nodes = (LedgerDataset(filepath=str(tmp_path), show=show, engine=settings) for show in ("runs", "nodes"))
    assert not runs.exists()
    assert engine.rows(runs.load()) == []
    check(runs, nodes, engine)
    assert runs.exists()
    assert runs.preview(nrows=1)["data"][0][0] == "second"


@pytest.mark.servers
def test_a_ledger_in_an_object_store_is_an_object_a_record(s3: Any) -> None:
    """In a store each record is an object of its own, and the tables are the same."""
    from kedro_faucet.engines import connect

    provider = s3_provider(s3)
    runs, nodes = (LedgerDataset(**provider.said("ledger"), show=show) for show in ("runs", "nodes"))
    check(runs, nodes, connect({"type": "duckdb"}))
    assert len(provider.names()) == 8


def test_what_is_torn_or_of_another_version_is_read_past(tmp_path: Path) -> None:
    """A line that was cut, one of another version, a file that is none of ours: the rest is read; and written on."""
    runs = LedgerDataset(filepath=str(tmp_path))
    place = write(runs.folder, "first", ends=False)
    with Path(place).open("a") as lines:
        lines.write('{"ledger":2,"kind":"end","status":"done"}\nnone\n{"ledger":1,"kind":"end","sta')
    (Path(place).parent / "other.jsonl").write_text('{"ledger":7}\n')
    (Path(place).parent / "empty.jsonl").write_text("")
    [run] = read_runs(runs.folder)
    assert (run.status, set(run.steps)) == ("running", {"copy", "fact"})
    runs.folder.end(place)
    assert next(read_runs(runs.folder)).status == "stopped"
    runs.folder.add(place, {"kind": "end", "status": "failed", "at": AT.format(3)})
    assert next(read_runs(runs.folder)).status == "failed"


def test_a_table_that_the_ledger_lacks_is_refused(tmp_path: Path) -> None:
    """Another name than those of its tables is told with the nearest; nothing is saved to it."""
    with pytest.raises(ResourceError, match=r"The ledger has no 'node'; there are runs, nodes\. Did you mean 'nodes'"):
        LedgerDataset(filepath=str(tmp_path), show="node")
    with pytest.raises(Exception, match="The ledger is read only"):
        LedgerDataset(filepath=str(tmp_path)).save(1)
