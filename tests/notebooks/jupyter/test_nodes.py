"""``%load_node`` on nodes that are bricks."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import kedro, make_project

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "data/raw/words.csv": "word\na\n",
    "src/shop/pipeline_registry.py": """\
        from kedro.pipeline import Pipeline, node

        from kedro_faucet import pipelines


        def same(words):
            return words


        def register_pipelines():
            publish = pipelines.publish(["raw/words", "lake/words"], "lake/mart")
            mine = node(same, "raw/words", "lake/mine", name="mine")
            copied = pipelines.copy("raw", "lake", ["words"])
            return {"__default__": Pipeline([]), "all": copied + publish + Pipeline([mine])}
    """,
}
CODE = """
from kedro import ipython
print(ipython._load_node("publish_lake_mart", pipelines)[-1])
for name in ("copy_lake_words", "mine"):
    exec(chr(10).join(ipython._load_node(name, pipelines)), globals())
print([row for row in result.fetchall()], same(words).fetchall())
"""


@pytest.mark.slow
def test_the_cells_of_a_node_run(tmp_path: Path) -> None:
    """They load what the node reads and build it, of several inputs too; another node's are Kedro's own."""
    done = kedro(make_project(tmp_path, FILES), "ipython", "-c", CODE)
    assert "[('a',)] [('a',)]" in done.stdout, done.stdout + done.stderr
    assert "result = brick.build(input_1, input_2)\nresult" in done.stdout
