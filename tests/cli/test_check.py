"""`kedro faucet check` and `kedro faucet copy` in a real project."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from projects import kedro, make_project

FILES = {
    "conf/base/providers.yml": """
        providers:
          app: {service: sqlite, path: data/app.db}
          gone: {service: sqlite, path: data/gone.db}
          lake: {path: data/lake}
    """,
    "data/lake/.keep": "",
    "src/shop/pipeline_registry.py": """
        from kedro.framework.project import find_pipelines

        def register_pipelines():
            return {"__default__": sum(find_pipelines(raise_errors=True).values())}
    """,
    "src/shop/pipelines/__init__.py": "",
}


@pytest.fixture
def shop(tmp_path) -> Path:
    """A project with a SQLite database of three tables."""
    root = make_project(tmp_path / "shop", FILES)
    with closing(sqlite3.connect(root / "data" / "app.db")) as connection:
        for name in ("orders", "items", "tmp_1"):
            connection.execute(f"create table {name} (id integer)")
        connection.commit()
    return root


def test_check_says_which_providers_answer(shop):
    """Each provider has a line; of one that does not answer the reason is said, and the exit code tells."""
    done = kedro(shop, "faucet", "check")
    assert done.returncode == 1
    rows = [line.split() for line in done.stdout.splitlines() if line[:1] != "["]
    assert [(row[0], row[-1]) for row in rows] == [
        ("provider", "answers"), ("app", "yes"), ("gone", "no"), ("lake", "yes"),
    ]  # fmt: skip
    assert "gone: There is no SQLite file" in done.stderr
    assert kedro(shop, "faucet", "check", "app").returncode == 0
    assert "Did you mean 'app'?" in kedro(shop, "faucet", "check", "ap").stderr


def test_copy_writes_names_into_a_pipeline_that_runs(shop):
    """A provider's tables become the names of a pipeline, those asked for alone; later ones join the list."""
    done = kedro(shop, "faucet", "copy", "app", "lake", "*", "--exclude", "tmp_*", "--exclude", "items")
    assert "+ orders\n1 names in src/shop/pipelines/copy_app_lake/pipeline.py" in done.stdout
    run = kedro(shop, "run")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (shop / "data/lake/orders/_delta_log").is_dir()
    file = shop / "src/shop/pipelines/copy_app_lake/pipeline.py"
    file.write_text(f"{file.read_text()}\n\n# ours\n")
    done = kedro(shop, "faucet", "copy", "app", "lake", "orders", "items")
    assert "+ items\n  orders\n" in done.stdout
    assert 'return pipelines.copy("app", "lake", ["items", "orders"])' in file.read_text()
    assert file.read_text().endswith("# ours\n")


def test_copy_says_what_there_is_where_nothing_is_like_it(shop):
    """A pattern that finds nothing is refused with what there is; a dry run writes nothing."""
    assert "There are: items, orders, tmp_1." in kedro(shop, "faucet", "copy", "app", "lake", "ordrs").stderr
    assert "2 names for" in kedro(shop, "faucet", "copy", "app", "lake", "o*", "i*", "--dry-run").stdout
    assert not (shop / "src/shop/pipelines/copy_app_lake").exists()
