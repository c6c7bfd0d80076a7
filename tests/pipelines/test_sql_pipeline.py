"""SQL files as nodes."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from kedro_faucet.exceptions import ResourceError

MODULE = """
from kedro_faucet import pipelines

def create_pipeline(path):
    return pipelines.sql(path, {"words": "lake/words"}, "lake/counts")

def create_node(path):
    return pipelines.sql_node(path, {"words": "lake/words"}, "lake/counts")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a SQL file, whose pipeline lies two folders deeper."""
    package = tmp_path / "words_project"
    (package / "pipelines" / "ingest").mkdir(parents=True)
    (package / "sql").mkdir()
    (package / "sql" / "counts.sql").write_text("select count(*) as n from words")
    for folder in (package, package / "pipelines", package / "pipelines" / "ingest"):
        (folder / "__init__.py").touch()
    (package / "pipelines" / "ingest" / "pipeline.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    for name in [name for name in sys.modules if name.startswith("words_project")]:
        del sys.modules[name]


def test_a_sql_file_is_found_from_the_package_that_calls(project: Path) -> None:
    """The path is relative to the top-level package, and the node previews the file's text."""
    module = importlib.import_module("words_project.pipelines.ingest.pipeline")
    [node] = module.create_pipeline("sql/counts.sql").nodes
    assert (node.name, node.inputs, node.outputs, node.tags) == (
        "sql_lake_counts",
        ["lake/words"],
        ["lake/counts"],
        {"sql"},
    )
    assert node.preview().content == "select count(*) as n from words"
    assert module.create_node("sql/counts.sql") == node


def test_a_missing_sql_file_is_told_with_the_nearest_one(project: Path) -> None:
    """The error names the file, where it was looked for, and the nearest file that is there."""
    module = importlib.import_module("words_project.pipelines.ingest.pipeline")
    with pytest.raises(ResourceError, match=r"'sql/count\.sql'.*words_project.*Did you mean 'sql/counts\.sql'"):
        module.create_pipeline("sql/count.sql")
