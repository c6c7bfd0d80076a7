"""The loader, over real files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings

import pytest
from kedro.config import MissingConfigException

from kedro_faucet import FaucetConfigLoader
from kedro_faucet.config.profiles import layers
from kedro_faucet.exceptions import ConfigError

DTAP = {
    "conf/base/providers.yml": "providers:\n  lake: {path: '${_root}/lake'}\n_root: data\n",
    "conf/test/profile.yml": "inherits: [base]\n",
    "conf/test/parameters.yml": "where_from: test\nnested: {a: test}\n",
    "conf/acc/profile.yml": "inherits: [test]\n",
    "conf/acc/parameters.yml": "nested: {b: acc}\n",
    "conf/prod/profile.yml": "inherits: [acc]\n",
    "conf/prod/providers.yml": "_root: /prod\n",
}


def test_base_sees_what_a_profile_says(load):
    """Layers are merged before they are interpolated, so that base's ${…} gives prod's value."""
    loader = load({**DTAP, "conf/prod/parameters.yml": "where_from: prod\n"}, "prod")
    assert loader["parameters"]["where"] == "prod"
    assert loader["providers"] == {"lake": {"path": "/prod/lake"}}


def test_a_variable_that_is_set_brings_a_profile(load, monkeypatch):
    """What `when` names is inherited after the parents, where the variable is set and not empty."""
    files = {
        "conf/prod/profile.yml": "inherits: [base]\nwhen: {DB_HOST: server}\n",
        "conf/server/parameters.yml": "where: server\n",
    }
    monkeypatch.setenv("DB_HOST", "")
    assert load(files, "prod").lineage("prod") == ["prod"]
    monkeypatch.setenv("DB_HOST", "db.example.org")
    loader = load(files, "prod")
    assert loader.lineage("prod") == ["server", "prod"]
    assert loader["parameters"]["where"] == "server"


def test_a_profile_that_a_variable_would_bring_exists(load):
    """A misspelt one is refused by file and line, whether or not the variable is set."""
    files = {"conf/prod/profile.yml": "inherits: [base]\nwhen: {DB_HOST: sevrer}\n", "conf/server/parameters.yml": ""}
    with pytest.raises(ConfigError, match=r"profile.yml:2: 'prod' inherits, by a variable, from 'sevrer'.*'server'"):
        load(files, "prod").layers()


def test_a_profile_inherits_through_others(load):
    """What prod does not say comes from acc, then test, then base, at every depth."""
    assert load(DTAP, "prod")["parameters"] == {
        "where": "test",
        "where_from": "test",
        "nested": {"a": "test", "b": "acc"},
    }
    assert [layer.profile for layer in load(DTAP, "prod").layers()] == ["base", "base", "test", "acc", "prod"]


def test_local_is_no_layer_of_another_profile(load):
    """What is mine in conf/local counts only when no other profile is asked for."""
    files = {**DTAP, "conf/local/parameters.yml": "where_from: mine\n"}
    assert load(files)["parameters"]["where"] == "mine"
    assert load(files, "acc")["parameters"]["where"] == "test"


def test_a_project_without_its_local_folder_works(load, tmp_path):
    """Git keeps no empty folders: a fresh clone may lack conf/local."""
    load()
    shutil.rmtree(tmp_path / "shop/conf/local")
    assert FaucetConfigLoader(tmp_path / "shop/conf")["parameters"]["where"] == "base"


def test_the_base_profile_alone(load):
    """`--env base` is the base and nothing else."""
    loader = load({"conf/local/parameters.yml": "where_from: mine\n"}, "base")
    assert loader["parameters"]["where"] == "base"


def test_the_factory_is_the_lowest_layer(load):
    """A project without engine.yml computes on the factory's engine; it may say something else."""
    assert load()["engine"] == {"type": "duckdb"}
    assert load({"conf/base/engine.yml": "engine: {memory_limit: 2GB}\n"})["engine"] == {
        "type": "duckdb",
        "memory_limit": "2GB",
    }


def test_a_factory_profile_lies_below_the_project(load, tmp_path, monkeypatch):
    """A profile that the package ships is there without a folder in the project, and the project's files win."""
    for name, text in {"base": "engine: {type: duckdb}", "small": "engine: {memory_limit: 1GB, threads: 1}"}.items():
        (tmp_path / "factory" / name).mkdir(parents=True)
        (tmp_path / "factory" / name / "engine.yml").write_text(text)
    monkeypatch.setattr(layers, "PACKAGE", tmp_path / "none")
    (tmp_path / "factory").rename(tmp_path / "conf")
    assert load(env="small")["engine"] == {"type": "duckdb", "memory_limit": "1GB", "threads": 1}
    assert load({"conf/small/engine.yml": "engine: {threads: 2}\n"}, "small")["engine"]["threads"] == 2


def test_another_engine_starts_afresh(load):
    """The embedded engine's settings in base do not reach a profile that computes on Spark."""
    files = {
        "conf/base/engine.yml": "engine: {type: duckdb, memory_limit: 4GB}\n",
        "conf/prod/engine.yml": "engine: {type: spark, config: {spark.sql.shuffle.partitions: 8}}\n",
    }
    assert load(files, "prod")["engine"] == {"type": "spark", "config": {"spark.sql.shuffle.partitions": 8}}


def test_entries_of_the_catalog_are_replaced_as_a_whole(load):
    """Nothing of base's entry is left in a profile's entry of the same name."""
    files = {
        "conf/base/catalog.yml": "x: {type: json.JSONDataset, filepath: a.json, metadata: {a: 1}}\n",
        "conf/prod/catalog.yml": "x: {type: json.JSONDataset, filepath: b.json}\n",
    }
    assert load(files, "prod")["catalog"] == {"x": {"type": "json.JSONDataset", "filepath": "b.json"}}


def test_merge_strategy_still_wins(load):
    """A project's own merge_strategy is kept, and a misspelt one refused."""
    files = {"conf/prod/parameters.yml": "nested: {b: 9}\n"}
    assert load(files, "prod", merge_strategy={"parameters": "destructive"})["parameters"]["nested"] == {"b": 9}
    with pytest.raises(ConfigError, match="'sotf'"):
        load(files, "prod", merge_strategy={"parameters": "sotf"})["parameters"]


def test_globals_and_runtime_params_go_on_working(load):
    """Kedro's ${globals:…}, ${runtime_params:…} and nested --params mean what they mean there; globals inherit too."""
    path = "${globals:bucket}/${runtime_params:day, none}/${globals:name}"
    files = {
        "conf/base/globals.yml": "bucket: base\nname: x\n",
        "conf/acc/globals.yml": "bucket: acc\n",
        "conf/prod/profile.yml": "inherits: [acc]\n",
        "conf/base/catalog.yml": f"x: {{type: json.JSONDataset, filepath: '{path}'}}\n",
    }
    loader = load(files, "prod", runtime_params={"day": "monday", "nested": {"b": 9}})
    assert loader["catalog"]["x"]["filepath"] == "acc/monday/x"
    assert loader["parameters"]["nested"] == {"a": 1, "b": 9}


def test_the_environment_the_clock_and_dotenv(load, monkeypatch):
    """${env:…} takes a default with any signs in it and sees .env; ${now:…} is a time in a form and a zone."""
    monkeypatch.setenv("SHOP_MASTER", "x")
    monkeypatch.delenv("SHOP_MASTER")
    parameters = """
        day: ${now:%Y, Europe/Amsterdam}
        stamp: "${now:%Y-%m-%dT%H:%M}"
        master: ${env:SHOP_MASTER}
        bare: ${env:SHOP_NO, "local[2]"}
        quoted: "${env:SHOP_NO, 'local[*]'}"
    """
    told = load({".env": "SHOP_MASTER=spark://host:7077\n", "conf/base/parameters.yml": parameters})["parameters"]
    assert (told["master"], told["bare"], told["quoted"]) == ("spark://host:7077", "local[2]", "local[*]")
    assert told["day"].isdigit()
    assert told["stamp"][10] == "T"


def test_credentials_inherit_and_read_the_environment(load, monkeypatch):
    """Credentials are merged like all else, and know ${oc.env:…} as in Kedro and ${env:…}."""
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    files = {
        "conf/acc/credentials.yml": "a: {password: '${oc.env:SHOP_PASSWORD}'}\n",
        "conf/prod/profile.yml": "inherits: [acc]\n",
        "conf/prod/credentials.yml": "b: {password: '${env:SHOP_PASSWORD}'}\n",
    }
    loader = load(files, "prod")
    assert loader["credentials"] == {"a": {"password": "hunter2"}, "b": {"password": "hunter2"}}
    assert "hunter2" not in repr(loader)


def test_an_own_resolver_wins(load):
    """A project's custom resolver of the name `env` is the one that is used."""
    loader = load({"conf/base/parameters.yml": "x: ${env:Y}\n"}, custom_resolvers={"env": lambda name: f"own {name}"})
    assert loader["parameters"]["x"] == "own Y"


@pytest.mark.parametrize("form", ["zip", "gztar"])
def test_an_archive_is_a_source_too(load, tmp_path, form):
    """A packed configuration, as `kedro package` makes it, gives the same, with inheritance and providers."""
    plain = load(DTAP, "prod")
    archive = shutil.make_archive(str(tmp_path / "shop/conf-shop"), form, tmp_path / "shop", "conf")
    packed = FaucetConfigLoader(archive, "prod")
    assert packed["parameters"] == plain["parameters"]
    assert packed["catalog"] == plain["catalog"]
    assert packed.origin("parameters", ("nested", "b")).endswith("conf/acc/parameters.yml:1")


def test_a_catalog_needs_no_file_where_there_are_providers(load, tmp_path):
    """Providers alone make a catalog; without them Kedro says what it misses."""
    load(DTAP)
    (tmp_path / "shop/conf/base/catalog.yml").unlink()
    assert "lake/{name}" in FaucetConfigLoader(tmp_path / "shop/conf")["catalog"]
    (tmp_path / "shop/conf/base/providers.yml").unlink()
    with pytest.raises(MissingConfigException):
        FaucetConfigLoader(tmp_path / "shop/conf")["catalog"]


def test_what_is_set_by_hand_is_kept(load):
    """A value that somebody sets on the loader is given back as it is, as in Kedro."""
    loader = load()
    loader["catalog"] = {"x": {"type": "MemoryDataset"}}
    assert loader["catalog"] == {"x": {"type": "MemoryDataset"}}


def test_no_warnings(load):
    """Reading a configuration warns of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loader = load(
            {**DTAP, "conf/base/credentials.yml": "a: {b: c}\n"}, "prod", custom_resolvers={"twice": lambda x: x * 2}
        )
        assert loader["catalog"]
        assert loader["credentials"]


def test_the_loader_imports_no_engine():
    """Reading the configuration costs no engine: neither DuckDB nor Spark nor Arrow is imported."""
    code = "import sys, kedro_faucet.config.loader, kedro_faucet.hooks, kedro_faucet.cli; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "pyspark", "pyarrow", "pandas", "deltalake", "sqlglot"} & set(modules)
