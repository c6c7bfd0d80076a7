"""`kedro faucet lineage` in a terminal; in a pipe the how-to page runs it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ENVIRONMENT, kedro, make_project

LONG = "a_table_with_a_rather_long_name"
FILES = {
    "conf/base/providers.yml": "providers: {raw: {path: data/raw, format: csv}, lake: {path: data/lake}}\n",
    f"data/raw/{LONG}.csv": "id,shop,amount,place,time,kind,gone\n1,a,2,x,3,y,false\n",
    "src/shop/sum.sql": f"""
        select shop, sum(amount) as total from {LONG} where gone <> (id = 3) group by shop, place, kind
    """,
    "src/shop/pipeline_registry.py": f"""
        from kedro.pipeline import node, pipeline
        from kedro_faucet import pipelines


        def same(sums):
            return sums


        def register_pipelines():
            made = pipelines.copy("raw", "lake", ["{LONG}"])
            made += pipelines.sql("sum.sql", {{"{LONG}": "lake/{LONG}"}}, "lake/sums")
            return {{"__default__": made + pipeline([node(same, "lake/sums", "lake/same", name="same")])}}
    """,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with long names; nothing has run in it."""
    return make_project(tmp_path_factory.mktemp("lineage"), FILES)


def in_terminal(root: Path, *arguments: str) -> list[str]:
    """Return the lines that a command writes to a terminal, without their colours."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kedro", "faucet", "lineage", *arguments]
    environment = {**ENVIRONMENT, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.Popen(command, cwd=root, env=environment, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    written = b""
    try:
        while block := os.read(ours, 4096):
            written += block
    except OSError:  # a terminal ends so
        pass
    os.close(ours)
    assert done.wait() == 0
    lines = [line.rstrip() for line in written.decode().splitlines()]
    return lines[next(place for place, line in enumerate(lines) if line.endswith("comes from")) :]  # Kedro's log


@pytest.mark.slow
def test_a_terminal_shows_a_tree_for_each_direction(shop):
    """Values are branches, what chooses rows is a line of its own, Python is said not to tell; all fits 80 columns."""
    lines = in_terminal(shop, "lake/sums.total")
    assert lines == [
        "lake/sums.total comes from",
        f"├── lake/{LONG}.amount (sql_lake_sums)",
        f"│   └── raw/{LONG}.amount",
        f"│       (copy_lake_{LONG})",
        f"└── rows chosen by lake/{LONG}.gone,",
        f"    lake/{LONG}.id,",
        f"    lake/{LONG}.shop and 2 more (sql_lake_sums)",
        "lake/sums.total goes to",
        "└── lake/same (same; a Python function does not tell columns)",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.slow
def test_a_pipeline_that_there_is_not_is_refused(shop):
    """A misspelt pipeline gets the nearest name."""
    done = kedro(shop, "faucet", "lineage", "lake/sums", "--pipelines", "__defualt__")
    assert done.stderr == "Error: There is no pipeline '__defualt__'. Did you mean '__default__'?\n"


@pytest.mark.slow
def test_a_resource_alone_shows_its_columns(shop):
    """Each column is a branch with what it comes from, in one step."""
    lines = in_terminal(shop, "lake/sums", "--up")
    assert lines[:3] == [
        "lake/sums comes from",
        f"├── shop: lake/{LONG}.shop (sql_lake_sums)",
        f"├── total: lake/{LONG}.amount (sql_lake_sums)",
    ]
