"""What is known of a Delta table's versions: no more is opened as a log grows, and no other table is taken for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines.delta import table
from kedro_faucet.engines.delta.files import DeltaFiles

DUCKDB = engines.connect()


def saved(path: Path, number: int) -> ResourceDataset:
    """Append a row to a table, and return it."""
    resource = ResourceDataset(filepath=str(path / "t"), format="delta", save_args={"mode": "append"})
    resource.save(DUCKDB.sql(f"select {number} as n"))
    return resource


def test_a_save_opens_no_more_logs_as_the_table_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenth save opens the log as often as the third, and a load after it not at all."""
    opened: list[str] = []

    def counted(url: str, **options: object) -> DeltaTable:
        opened.append(url)
        return DeltaTable(url, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "DeltaTable", counted)
    counts = []
    for number in range(10):
        resource = saved(tmp_path, number)
        counts.append(len(opened))
        opened.clear()
    assert counts[2] == counts[9] <= 3
    assert sorted(DUCKDB.rows(resource.load())) == [(number,) for number in range(10)]
    assert DUCKDB.rows(resource.load())
    assert len(opened) <= 1


def test_a_table_that_takes_the_place_of_another_is_itself(tmp_path: Path) -> None:
    """A table that was removed and made anew at its path has its own files, though its version is the same."""
    assert DUCKDB.rows(saved(tmp_path, 1).load()) == [(1,)]
    before = DeltaFiles.at(str(tmp_path / "t"), 0).files
    shutil.rmtree(tmp_path / "t")
    assert DUCKDB.rows(saved(tmp_path, 2).load()) == [(2,)]
    assert not set(before) & set(DeltaFiles.at(str(tmp_path / "t"), 0).files)


def test_what_another_program_commits_is_seen(tmp_path: Path) -> None:
    """The newest version is the one that the log names, whoever has written it."""
    resource = saved(tmp_path, 1)
    assert DUCKDB.rows(resource.load()) == [(1,)]
    from deltalake import write_deltalake

    write_deltalake(str(tmp_path / "t"), DUCKDB.to_arrow(DUCKDB.sql("select 2 as n")), mode="append")
    assert sorted(DUCKDB.rows(resource.load())) == [(1,), (2,)]
    assert sorted(DUCKDB.rows(saved(tmp_path, 3).load())) == [(1,), (2,), (3,)]
