"""A project that every part of the ledger is tried on: copies, SQL, Python, memory, parts, an append."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from projects import make_project

from kedro_faucet.ledger.folder import Disk
from kedro_faucet.ledger.records import RunRecord, read_runs

REGISTRY = """
from kedro.pipeline import node, pipeline
from kedro_faucet import pipelines
from shop.helpers import times


def parts(table):
    yield table
    yield table


def register_pipelines():
    nodes = [
        node(times, "out/z", "kept", name="times"),
        node(times, "kept", "out/t", name="again"),
        node(parts, "lake/y", "lake/log", name="parts"),
    ]
    copies = pipelines.copy("raw", "lake", ["x", "y"])
    return {"__default__": copies + pipelines.sql("sql/z.sql", {"x": "lake/x"}, "out/z") + pipeline(nodes)}
"""
PROJECT = {
    "conf/base/providers.yml": """\
        providers:
          raw: {path: data/raw, format: csv}
          lake: {path: data/lake}
          out: {path: data/out, format: parquet}
    """,
    "conf/base/catalog.yml": "lake/log: {type: kedro_faucet.ResourceDataset, save_args: {mode: append}}\n",
    "data/raw/x.csv": "a,b\n1,2\n3,4\n",
    "data/raw/y.csv": "a,b\n1,2\n",
    "src/shop/sql/z.sql": "select a,\n  -- twice\n  b * 2 as b\nfrom x\n",
    "src/shop/helpers.py": """\
        from kedro_faucet import sql

        FACTOR = 3


        def times(table):
            return sql(f"select a * {FACTOR} as a from t", t=table)
    """,
    "src/shop/pipeline_registry.py": REGISTRY,
}
NODES = ["again", "copy_lake_x", "copy_lake_y", "parts", "sql_out_z", "times"]
"""The nodes, by name."""


def make_shop(root: Path, files: dict[str, str] | None = None) -> Path:
    """Write the project, with a test's own files."""
    return make_project(root, {**PROJECT, **(files or {})})


def runs_of(root: Path, profile: str = "local") -> list[RunRecord]:
    """What the runs of a project did, the newest first."""
    return list(read_runs(Disk(root / "data" / "ledger" / profile)))


def statuses(run: RunRecord) -> dict[str, str]:
    """What became of each node."""
    return {step.node: step.status for step in run.all_steps()}


def saved(run: RunRecord, what: str) -> dict[str, Any]:
    """What the nodes saved, by dataset: rows or bytes or versions."""
    return {name: said.get(what) for step in run.steps.values() for name, said in step.outputs.items()}
