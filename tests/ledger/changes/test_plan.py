"""What has changed runs, and nothing else: after any edits the lake is that of a full run."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from changing import HELPERS, NODES, SQL, Lake, ran, reasons
from hypothesis import given, settings
from hypothesis import strategies as st
from kedro.pipeline import node

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ResourceError

SOURCES = ["n\n1\n2\n3\n", "n\n3\n2\n1\n", "n\n1\n2\n3\n4\n", "n\n0\n2\n", "n\n-1\n"]
TEXTS = [SQL, "SELECT n -- some\nFROM x\nWHERE n > 1", "select n from x where n > 2", "select n from x where n >= 2"]
FACTORS = [HELPERS, HELPERS.replace("2", "3"), HELPERS.replace("return 1", "return 2"), f"# a comment\n{HELPERS}"]
CODE = [NODES, NODES.replace("n + 1", "n + 2"), NODES.replace("def plus", "# nothing new\ndef plus")]


def edit(lake: Lake, what: str, which: int) -> None:
    """Change one thing."""
    if what == "source":
        lake.write("data/raw/x.csv", SOURCES[which % len(SOURCES)])
    elif what == "sql":
        lake.sql = TEXTS[which % len(TEXTS)]
    elif what == "helpers":
        lake.write("changing_helpers.py", FACTORS[which % len(FACTORS)])
    elif what == "code":
        lake.write("changing_nodes.py", CODE[which % len(CODE)])
    elif what == "parameter":
        lake.offset = which
    elif what == "entry":
        save = {"schema": "freeze"} if which % 2 else {}
        lake.entries = {"lake/times": {"type": "kedro_faucet.ResourceDataset", "save_args": save}}
    elif what == "lost":
        shutil.rmtree(lake.root / "data/lake/times", ignore_errors=True)
        (lake.root / "data/out/last.parquet").unlink(missing_ok=True)


EDITS = st.tuples(
    st.sampled_from(["source", "sql", "helpers", "code", "parameter", "entry", "lost"]), st.integers(0, 5)
)


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.lists(EDITS, max_size=3), min_size=1, max_size=3))
def test_after_any_edits_the_lake_is_that_of_a_full_run(rounds: list[list[tuple[str, int]]]) -> None:
    """After any sequence of edits and runs of what has changed, every table is that of a full run from an empty lake.

    What rows are added to holds them once for each version of the table that they come from.
    """
    with tempfile.TemporaryDirectory(prefix="changing-") as folder:
        lake = Lake(Path(folder), {"type": "duckdb"})
        lake.run()
        logged = lake.rows()["lake/log"]
        for edits in rounds:
            before = lake.rows()["lake/x"]
            for what, which in edits:
                edit(lake, what, which)
            lake.run()
            found, expected = lake.rows(), lake.full()
            logged += found["lake/x"] if found["lake/x"] != before else []
            assert found.pop("lake/log") == sorted(logged)
            expected.pop("lake/log")
            assert found == expected
            assert ran(lake.run()) == []


@pytest.fixture
def lake(tmp_path: Path, engine: Engine) -> Lake:
    """A lake on each engine, all of which has run once."""
    root = tmp_path / "changing-x"
    found = Lake(root, getattr(engine, "config", None) or {"type": engine.name})
    assert len(ran(found.run())) == 6
    return found


@pytest.fixture
def local(tmp_path: Path) -> Lake:
    """The same on the embedded engine alone, for what is the same on both."""
    found = Lake(tmp_path / "changing-x", {"type": "duckdb"})
    found.run()
    return found


def test_only_what_has_changed_runs_and_says_why(lake: Lake) -> None:
    """Unchanged, or a comment more: nothing; a line of SQL, a constant reached, a parameter: what follows.

    A node whose output has the content that it had before cuts off what follows from it.
    """
    assert ran(lake.run()) == []
    lake.sql = TEXTS[1]
    assert ran(lake.run()) == []
    lake.sql = "select n -- some\nfrom x\nwhere n >= 2"
    assert reasons(lake.run()) == {"some": "sql/some.sql line 3"}
    lake.write("data/raw/x.csv", SOURCES[1])
    assert reasons(lake.run()) == {"copy": "raw/x has a new version"}
    lake.write("changing_helpers.py", FACTORS[1])
    found = reasons(lake.run())
    assert found == {
        "times": "changing_helpers:FACTOR changed",
        "plus": "another node needs what it hands on",
        "last": "lake/times has a new version",
    }
    lake.offset = 5
    assert reasons(lake.run())["times"] == "params:offset changed"
    assert lake.rows()["lake/log"] == lake.rows()["lake/x"]


def test_what_is_missing_or_was_changed_by_others_is_made_again(local: Lake) -> None:
    """A table that is gone, or that another program wrote, is made again by its node alone."""
    (local.root / "data/out/last.parquet").unlink()
    assert reasons(local.run()) == {"last": "out/last is missing"}
    catalog = local.catalog()
    catalog.save("out/last", catalog.load("lake/x"))
    assert reasons(local.run()) == {"last": "out/last was changed by another"}
    assert local.rows() == local.full()


def test_a_node_tagged_always_runs(local: Lake) -> None:
    """What depends on a clock or a network is tagged so; what follows runs only if its content is new."""
    local.tags = ["always"]
    assert reasons(local.run()) == {"some": "it is tagged 'always'"}


def test_rows_are_never_added_twice(local: Lake, caplog: pytest.LogCaptureFixture) -> None:
    """A node that adds rows runs when its input is new; changed code alone does not run it, and that is said."""
    local.write("data/raw/x.csv", SOURCES[2])
    assert "log" in ran(local.run())
    assert local.rows()["lake/log"] == [(1,), (1,), (2,), (2,), (3,), (3,), (4,)]
    local.entries = {
        "lake/log": {"type": "kedro_faucet.ResourceDataset", "save_args": {"mode": "append", "audit": True}}
    }
    assert ran(local.run()) == []
    assert "log is not run, though entry of lake/log changed: it would add the rows of the same inputs" in caplog.text
    assert len(local.rows()["lake/log"]) == 7


def test_a_stopped_append_is_not_added_again(local: Lake) -> None:
    """Where a run was killed after rows were committed, and before the ledger knew, they are not added again."""
    local.write("data/raw/x.csv", SOURCES[2])
    forget(local, local.run().name, "log")
    assert ran(local.run()) == []
    assert len(local.rows()["lake/log"]) == 7
    local.write("data/raw/x.csv", SOURCES[3])
    catalog = local.catalog()
    before = len(local.rows()["lake/log"])
    run = local.run()
    catalog.save("lake/log", catalog.load("lake/log"))  # another writer, and the commit is the run's still
    forget(local, run.name, "log")
    assert ran(local.run()) == []
    assert len(local.rows()["lake/log"]) == 2 * (before + 2)


def forget(lake: Lake, run: str, name: str) -> None:
    """Cut the end of a node, and of its run, out of the ledger: as if it had been killed before it wrote them."""
    file = lake.root / f"data/ledger/local/{run}.jsonl"
    gone = (f'"kind":"node","node":"{name}"', '"kind":"end"')
    file.write_text(
        "".join(line for line in file.read_text().splitlines(True) if not any(mark in line for mark in gone))
    )


def test_rows_that_may_have_been_added_are_asked_about(local: Lake) -> None:
    """Where a function gave parts and was killed in between, the run is refused, and says what to do."""
    local.more = [node(_parts, "lake/x", "lake/parts", name="parts")]
    local.entries = {"lake/parts": {"type": "kedro_faucet.ResourceDataset", "save_args": {"mode": "append"}}}
    forget(local, local.run().name, "parts")
    with pytest.raises(ResourceError, match=r"'parts' was adding rows to 'lake/parts' .* kedro run --nodes parts"):
        local.run()


def _parts(table: Any) -> Any:
    yield table
    yield table


def test_a_torn_line_is_read_past(local: Lake) -> None:
    """What a killed process left of a line, and lines of another version, are as if they were not there."""
    [file] = (local.root / "data/ledger/local").glob("*.jsonl")
    with file.open("a") as lines:
        lines.write('{"ledger":2,"kind":"node","node":"copy","status":"failed"}\n{"ledger":1,"kind":"no')
    assert ran(local.run()) == []
