"""What changed between two versions of a merged table: each key once, with what it is and what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kedro.io import DatasetError
from tables import frame, rows_of

from kedro_faucet import ResourceDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError

MERGED = {"mode": "merge", "key": "k", "delete_by": "gone"}


def merged(engine: Engine, path: Path, **said: Any) -> ResourceDataset:
    """A resource that rows are merged into."""
    return ResourceDataset(filepath=str(path), engine=engine.config, **{"save_args": MERGED, **said})


def save(engine: Engine, target: ResourceDataset, rows: dict[int, str | None]) -> None:
    """Merge values by their keys; None deletes."""
    gone = [value is None for value in rows.values()]
    target.save(frame(engine, k=list(rows), v=[value or "" for value in rows.values()], gone=gone))


def test_each_key_once(engine: Engine, tmp_path: Path) -> None:
    """A key that was changed twice is one row; one that is again what it was is none; the entry may ask for them."""
    target = merged(engine, tmp_path / "x")
    save(engine, target, {1: "a", 2: "b", 3: "c", 4: "d"})
    save(engine, target, {1: "x", 2: None, 5: "e"})
    save(engine, target, {1: "y", 4: "z"})
    save(engine, target, {4: "d", 6: "f"})
    found = target.changes(0)
    assert found.columns == ["k", "_operation", "v", "_before_v"]
    expected = [(1, "update", "y", "a"), (2, "delete", None, "b"), (5, "insert", "e", None), (6, "insert", "f", None)]
    assert rows_of(engine, found) == expected
    assert rows_of(engine, target.changes(1, 2)) == [(1, "update", "y", "x"), (4, "update", "z", "d")]
    assert rows_of(engine, merged(engine, tmp_path / "x", changes_from=0).load()) == expected
    assert rows_of(engine, merged(engine, tmp_path / "x", changes_from=1, at_version=2).load()) == rows_of(
        engine, target.changes(1, 2)
    )


batches = st.lists(st.dictionaries(st.integers(0, 9), st.none() | st.sampled_from("ab"), min_size=1), min_size=2)


def test_changes_make_one_version_the_other(engine: Engine, tmp_path: Path) -> None:
    """Whatever was merged, what changed since a version is what tells the newest from it."""

    @settings(max_examples=15 if engine.name == "duckdb" else 1, deadline=None, suppress_health_check=list(HealthCheck))
    @given(batches.filter(lambda each: any(each[0].values())), st.randoms())
    def check(given_batches: list[dict[int, str | None]], chance: Any) -> None:
        target = merged(engine, tmp_path / str(chance.getrandbits(64)))
        for batch in given_batches:
            save(engine, target, batch)
        newest = target._delta().read()
        versions = [dict(engine.rows(target._delta().read(n))) for n in range(1)] + [dict(engine.rows(newest))]
        first, last = versions
        found = {row[0]: row[1:] for row in engine.rows(target.changes(0))}
        assert found == {
            k: ("delete" if k not in last else "update" if k in first else "insert", last.get(k), first.get(k))
            for k in first.keys() | last.keys()
            if first.get(k) != last.get(k)
        }

    check()


def test_what_cannot_be_told_is_refused(engine: Engine, tmp_path: Path) -> None:
    """Without a key or such a version, over another type and of a file there are none; changes are not saved to."""
    target = merged(engine, tmp_path / "x")
    save(engine, target, {1: "a"})
    ResourceDataset(filepath=str(tmp_path / "x"), engine=engine.config).save(frame(engine, k=[1], v=[2]))
    with pytest.raises(ResourceError, match="The column 'v' was VARCHAR and is BIGINT"):
        target.changes(0)
    with pytest.raises(ResourceError, match="has no key to tell its changes by"):
        merged(engine, tmp_path / "x", save_args={}).changes(0)
    with pytest.raises(ResourceError, match="There is no version 7"):
        target.changes(7)
    with pytest.raises(ResourceError, match="has no versions: format: csv keeps none"):
        merged(engine, tmp_path / "x.csv", changes_from=0)
    with pytest.raises(DatasetError, match="to read only"):
        save(engine, merged(engine, tmp_path / "x", changes_from=0), {1: "a"})
