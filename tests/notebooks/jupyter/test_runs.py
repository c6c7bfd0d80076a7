"""What a notebook has interactively, it has in a run."""

from __future__ import annotations

from pathlib import Path

from cells import write_cells

from kedro_faucet.engines.base import Engine
from kedro_faucet.notebooks.execute import execute


def test_sql_cells_work_in_a_run(engine: Engine, tmp_path: Path) -> None:
    """They read the inputs, bind their result, and show it; loading the extension opens no project again."""
    path = write_cells(
        tmp_path / "clean.ipynb",
        "%load_ext kedro_faucet",
        "%%sql small\nselect * from planes where seats < 150",
        "rows = small.columns",
    )
    planes = engine.sql("select 'N1' as tailnum, 100 as seats union all select 'N2', 200")
    done = execute(path, {"planes": planes}, ["small", "rows"])
    assert engine.rows(done.values["small"]) == [("N1", 100)]
    assert done.values["rows"] == ["tailnum", "seats"]
    shown = [output["data"]["text/html"] for cell in done.notebook["cells"] for output in cell["outputs"]]
    assert ["<td>N1</td><td>100</td>" in each for each in shown] == [True]
