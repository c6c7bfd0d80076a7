"""`kedro faucet …` in a real project."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import kedro, make_project

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "conf/base/catalog.yml": """
        lake/orders:
          type: kedro_faucet.ResourceDataset
          save_args: {mode: append}
        out: {type: json.JSONDataset, filepath: data/out.json}
    """,
    "conf/base/parameters.yml": "day: monday\nlimits:\n  low: 1\n  high: ${env:SHOP_HIGH}\n",
    "conf/acc/parameters.yml": "limits: {low: 2}\n",
    "conf/prod/profile.yml": "inherits: [acc]\n",
    "conf/prod/engine.yml": "engine: {memory_limit: 1GB}\n",
    "conf/prod/providers.yml": "providers: {lake: {path: /prod/lake, credentials: vault}}\n",
    "conf/prod/credentials.yml": "vault: {password: hunter2}\n",
    "data/raw/orders.csv": "a,b\n1,2\n3,4\n",
    "src/shop/pipeline_registry.py": """
        from kedro.pipeline import node, pipeline

        def same(table):
            return table

        def register_pipelines():
            nodes = [node(same, f"raw/{name}", f"lake/{name}", name=name) for name in ("orders", "items")]
            return {"__default__": pipeline(nodes), "orders": pipeline(nodes[:1])}
    """,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A project with three profiles; nobody changes it, but for one run that writes lake/orders."""
    root = make_project(tmp_path_factory.mktemp("shop"), FILES)
    assert kedro(root, "run", "--pipelines", "orders", env={"SHOP_HIGH": "9"}).returncode == 0
    return root


def said(shop: Path, *arguments: str) -> str:
    """What a command of ours writes, without Kedro's log before it."""
    done = kedro(shop, "faucet", *arguments, env={"SHOP_HIGH": "hunter2"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_profiles_are_a_tree(shop):
    """A profile stands below the one it inherits from, and the layers of the one asked for are in order."""
    text = said(shop, "profiles", "--env", "prod")
    assert "base\n  acc\n    prod  <- in force\n  local\n" in text
    layers = [line.split()[:3] for line in text.splitlines() if line[:1].isdigit()]
    assert layers == [
        ["1", "base", "factory"],
        ["2", "base", "project"],
        ["3", "acc", "project"],
        ["4", "prod", "project"],
    ]


def test_providers_say_where_they_are_written(shop):
    """Each provider with its location in a profile, the name of its credentials, and file and line."""
    text = said(shop, "providers", "--env", "prod")
    assert [line.split() for line in text.splitlines() if line.startswith(("raw", "lake"))] == [
        ["raw", "file", "csv", "data/raw", "conf/base/providers.yml:2"],
        ["lake", "file", "delta", "/prod/lake", "vault", "conf/prod/providers.yml:1"],
    ]
    assert "hunter2" not in text


def test_resources_say_what_is_there(shop):
    """Resources in the order of the providers: where they lie in the project, whether they exist, and their rows."""
    rows = [line.split() for line in said(shop, "resources").splitlines() if line.startswith(("raw/", "lake/", "out"))]
    assert rows == [
        ["raw/items", "raw", "csv", "overwrite", "no", "data/raw/items.csv"],
        ["raw/orders", "raw", "csv", "overwrite", "yes", "data/raw/orders.csv"],
        ["lake/items", "lake", "delta", "overwrite", "no", "data/lake/items"],
        ["lake/orders", "lake", "delta", "append", "yes", "2", "data/lake/orders"],
    ]


def test_show_says_where_each_value_comes_from(shop):
    """The merged configuration is YAML again, with the highest file that says each value."""
    lines = [line.split() for line in said(shop, "show", "parameters", "--env", "prod").splitlines()]
    assert ["day:", "monday", "#", "conf/base/parameters.yml:1"] in lines
    assert ["low:", "2", "#", "conf/acc/parameters.yml:1"] in lines
    assert ["high:", "${env:SHOP_HIGH}", "#", "conf/base/parameters.yml:4"] in lines


def test_show_never_shows_a_secret(shop):
    """What comes from the environment is shown by its name alone; credentials can't be asked for."""
    assert "hunter2" not in said(shop, "show", "parameters")
    done = kedro(shop, "faucet", "show", "credentials")
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr


def test_a_secret_among_the_settings_of_an_engine_is_not_shown(tmp_path):
    """What an engine is given reaches it, but no printout: not the catalog's patterns, nor the merged configuration."""
    engine = "engine: {type: duckdb, threads: 1, config: {http_proxy_password: hunter2, http_proxy_username: ada}}\n"
    address = "jdbc: 'postgresql://ada:hunter2@db/shop'\n"
    files = {
        "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n",
        "conf/base/engine.yml": engine,
        "conf/base/catalog.yml": "out: {type: kedro_faucet.ResourceDataset, filepath: data/out}\n",
        "src/shop/pipeline_registry.py": """\
            from kedro.pipeline import node, pipeline


            def register_pipelines():
                return {"__default__": pipeline([node(lambda x: x, "raw/x", "out", name="copy_x")])}
        """,
        "data/raw/x.csv": "a\n1\n",
        "conf/base/parameters.yml": address,
    }
    root = make_project(tmp_path, files)
    assert "postgresql://ada:***@db/shop" in said(root, "show", "parameters")
    patterns = kedro(root, "catalog", "resolve-patterns")
    assert "raw/x:" in patterns.stdout, patterns.stderr
    assert patterns.stdout.count("http_proxy_password: '***'") == 2
    assert "threads: 1" in patterns.stdout
    shown = said(root, "show", "engine")
    assert "http_proxy_password: '***'" in shown
    assert "http_proxy_username: ada" in shown
    described = kedro(root, "catalog", "describe-datasets")
    for runner in ("SequentialRunner", "ThreadRunner", "ParallelRunner"):
        done = kedro(root, "run", "--runner", runner)
        assert done.returncode == (1 if runner == "ParallelRunner" else 0), done.stderr
        assert "hunter2" not in done.stdout + done.stderr
    assert "hunter2" not in patterns.stdout + patterns.stderr + shown + described.stdout + described.stderr


def test_show_the_engine_of_a_profile(shop):
    """The factory's value and the project's stand side by side, each with its file."""
    text = said(shop, "show", "engine", "--env", "prod")
    assert "  type: duckdb" in text
    assert "conf/base/engine.yml:3" in text
    assert "memory_limit: 1GB  # conf/prod/engine.yml:1" in text


def test_show_the_catalog(shop):
    """Entries are shown as they were written, before their providers are expanded."""
    text = said(shop, "show", "catalog")
    assert "lake/orders:" in text
    assert "mode: append" in text
    assert "conf/base/catalog.yml:4" in text
    assert "{name}" not in text


def test_a_project_without_our_loader_is_told_what_to_write(tmp_path):
    """Where settings.py names another loader, the command says the two lines to write."""
    done = kedro(make_project(tmp_path, {"src/shop/settings.py": ""}), "faucet", "profiles")
    assert done.returncode == 1
    assert "CONFIG_LOADER_CLASS = FaucetConfigLoader" in done.stderr
    assert "Traceback" not in done.stderr
