"""Every engine that a project asks for without saying which is the profile's, by the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import kedro, make_project

from kedro_faucet import ResourceDataset, to_arrow

PIPELINE = """\
    from kedro.pipeline import Pipeline, node

    from kedro_faucet import engines, frames


    def lazy(words):
        return words.limit(1)


    def two_parts(words):
        frame = engines.to_pandas(words)
        yield frame.iloc[:1]
        yield frame.iloc[1:]


    def own_engine(limit):
        engine = engines.connect()
        assert engine.config["memory_limit"] == "1234MB", engine.config
        return engine.sql(f"select {limit} as n")


    @frames("pandas")
    def made(limit):
        import pandas as pd

        return pd.DataFrame({"n": [limit]})


    def same(table):
        return table.project("*")


    def register_pipelines():
        return {"__default__": Pipeline([
            node(lazy, "raw/words", "cached", name="cached"),
            node(same, "cached", "lake/again", name="again"),
            node(two_parts, "raw/words", "lake/parts", name="two_parts"),
            node(own_engine, "params:limit", "lake/own", name="own_engine"),
            node(made, "params:limit", "memory", name="made"),
            node(same, "memory", "lake/made", name="from_memory"),
        ])}
"""
FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "conf/base/engine.yml": "engine: {memory_limit: 1234MB}\n",
    "conf/base/parameters.yml": "limit: 7\n",
    "conf/base/catalog.yml": """\
        cached: {type: CachedDataset, dataset: {type: kedro_faucet.ResourceDataset, filepath: data/lake/cached}}
    """,
    "data/raw/words.csv": "word\na\nb\n",
    "src/shop/pipeline_registry.py": PIPELINE,
}


@pytest.mark.parametrize(
    ("runner", "start"),
    [
        ("SequentialRunner", "fork"),
        pytest.param("ThreadRunner", "fork", marks=pytest.mark.slow),
        pytest.param("ParallelRunner", "fork", marks=pytest.mark.slow),
        pytest.param("ParallelRunner", "spawn", marks=pytest.mark.slow),
    ],
)
def test_a_node_works_on_the_engine_of_the_run(tmp_path: Path, runner: str, start: str) -> None:
    """`engines.connect()`, `@frames` and a CachedDataset around a resource work together in every runner.

    What a node yields part by part is one table, which replaces the one of the run before.
    """
    root = make_project(tmp_path, FILES)
    if runner == "ParallelRunner":  # Kedro lets no CachedDataset go to other processes
        (root / "conf/base/catalog.yml").write_text("cached: {type: kedro_faucet.ResourceDataset, provider: lake}\n")
    for _ in range(2 if runner == "SequentialRunner" else 1):
        done = kedro(root, "run", "--runner", runner, env={"KEDRO_MP_CONTEXT": start})
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert to_arrow(ResourceDataset(filepath=str(root / "data/lake/parts")).load()).num_rows == 2
    for name in ("cached", "again", "parts", "own", "made"):
        assert (root / f"data/lake/{name}/_delta_log").is_dir()


@pytest.mark.slow
@pytest.mark.parametrize("extension", ["", "--ext kedro_faucet"])
def test_ipython_works_on_the_engine_of_the_project(tmp_path: Path, extension: str) -> None:
    """`kedro ipython` opens the profile's engine, with and without our extension."""
    code = "from kedro_faucet import engines; catalog.load('raw/words'); print(engines.connect().config)"
    done = kedro(make_project(tmp_path, FILES), "ipython", *extension.split(), "-c", code)
    assert done.stdout.strip().endswith("{'type': 'duckdb', 'memory_limit': '1234MB'}"), done.stdout + done.stderr
