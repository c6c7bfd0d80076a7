"""Files on Spark: many in order, large ones in pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """More files than there are tasks, of two headers."""
    paths = [tmp_path / f"{number:03}.csv" for number in range(150)]
    for number, path in enumerate(paths):
        path.write_text(f"a,b\n{number},x\n{number},y\n" if number % 2 == 0 else f"b,a\nz,{number}\n")
    return [str(path) for path in paths]


def test_files_come_in_their_order(engine: Engine, files: list[str]) -> None:
    """Each file's rows come in their order, whichever file a task reads; none is lost or read twice."""
    rows = engine.rows(engine.read_files("csv", files, columns={"a": "BIGINT", "b": "VARCHAR"}))
    assert len(rows) == 225
    for number in (0, 148):
        assert [row for row in rows if row[0] == number] == [(number, "x"), (number, "y")]


def test_a_large_file_is_streamed(engine: Engine, tmp_path: Path) -> None:
    """Rows of one file keep their order over many batches; a limit, a filter and a union take what they want."""
    path = tmp_path / "x.csv"
    path.write_text("n\n" + "".join(f"{number}\n" for number in range(200_000)))
    table = engine.read_files("csv", [str(path)], columns={"n": "BIGINT"})
    assert engine.to_arrow(table).column(0).to_pylist() == list(range(200_000))
    assert engine.rows(engine.sql("select n from t limit 3", t=table)) == [(0,), (1,), (2,)]
    assert engine.rows(engine.sql("select n from t where n >= 199999", t=table)) == [(199_999,)]
    both = engine.sql("select n from t where n < 2 union all select n from t where n < 1", t=table)
    assert sorted(engine.rows(both)) == [(0,), (0,), (1,)]


def test_a_file_that_changes_after_it_is_loaded(engine: Engine, tmp_path: Path) -> None:
    """A file that is another one when it is read is refused: its columns may have changed places."""
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    table = engine.read_files("csv", [str(path)])
    path.write_text("b,a\n1,2\n")
    with pytest.raises(ResourceError, match=rf"^{path} has changed since it was loaded: load it again"):
        engine.rows(engine.sql("select a from t", t=table))
    assert engine.rows(engine.read_files("csv", [str(path)])) == [(1, 2)]
