"""Providers become patterns, entries get their files."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError

from kedro_faucet.config.origin import Fault
from kedro_faucet.config.providers import Setting, expand, read_providers, split, with_suffix

PROVIDERS = {
    "lake": {"path": "data/lake"},
    "source": {"path": "/raw", "format": "csv", "load_args": {"nulls": ["NA"], "delimiter": ";"}},
    "safe": {"path": "~/safe", "format": "parquet", "credentials": "vault"},
}
OURS = "kedro_faucet.ResourceDataset"


def expanded(catalog: dict, root: Path | None = Path("/project"), engine: dict | None = None) -> dict:
    """The catalog after expansion with the providers above."""
    return expand(catalog, Setting(read_providers(PROVIDERS), engine or {"type": "duckdb"}, root, "prod"))


@pytest.mark.parametrize("path", ["abfss://c@account.dfs.core.windows.net/x", "ftp://host/x"])
def test_a_url_of_no_service_is_no_folder(path, tmp_path, monkeypatch):
    """Tables of a provider whose URL tells no service are refused: they would lie in a folder of that name."""
    monkeypatch.chdir(tmp_path)
    setting = Setting(read_providers({"lake": {"path": path, "format": "csv"}}), {"type": "duckdb"}, tmp_path, "prod")
    for entry in ({"type": OURS}, {"type": "kedro_faucet.HistoryDataset", "key": "id"}):
        catalog = DataCatalog.from_config({"lake/n": expand({"lake/n": entry}, setting)["lake/n"]})
        with pytest.raises(DatasetError, match=r"on this machine, not .*://.*: a provider with a service reaches"):
            catalog.get("lake/n")


def test_every_provider_is_a_pattern_also_below_a_namespace():
    """A resource without an entry, of a namespaced pipeline too, is one on its provider, in a place of its own."""
    config = expanded({})
    resolver = DataCatalog.from_config(config, {"vault": {}}).config_resolver
    assert resolver.resolve_pattern("lake/orders")["filepath"] == "/project/data/lake/orders"
    assert resolver.resolve_pattern("source/ops/orders")["filepath"] == "/raw/ops/orders.csv"
    assert resolver.resolve_pattern("shop.lake/orders")["filepath"] == "/project/data/lake/shop/orders"
    assert resolver.resolve_pattern("shop.lake/orders")["metadata"]["kedro_faucet"]["resource"] == "shop.lake/orders"


def test_a_resource_gets_file_format_and_engine_and_keeps_the_rest():
    """What an entry says passes through; provider and path are gone, as Kedro would make `path` absolute."""
    entry = {
        "type": OURS,
        "provider": "source",
        "path": "ops/x",
        "incremental": {"cursor": "at"},
        "load_args": {"delimiter": ","},
    }
    assert expanded({"source/x": entry})["source/x"] == {
        "type": OURS,
        "filepath": "/raw/ops/x.csv",
        "format": "csv",
        "incremental": {"cursor": "at"},
        "load_args": {"nulls": ["NA"], "delimiter": ","},
        "engine": {"type": "duckdb"},
        "metadata": {
            "kedro-viz": {"layer": "source"},
            "kedro_faucet": {"resource": "source/x", "provider": "source", "profile": "prod"},
        },
    }


def test_a_name_says_the_provider_when_the_entry_does_not():
    """An entry whose own name starts with a provider's needs no `provider`."""
    config = expanded({"lake/x": {"type": OURS}, "shop.source/y": {"type": OURS, "format": "json"}})
    assert config["lake/x"]["filepath"] == "/project/data/lake/x"
    assert config["shop.source/y"]["filepath"] == "/raw/shop/y.json"


def test_a_name_without_a_provider_may_lie_on_one():
    """A dataset of any name lies under its own name on the provider that it names."""
    assert expanded({"orders": {"type": OURS, "provider": "lake"}})["orders"]["filepath"] == "/project/data/lake/orders"
    assert expanded({"source/x": {"type": OURS, "provider": "lake"}})["source/x"]["filepath"] == "/project/data/lake/x"


def test_a_history_is_a_folder_whatever_the_provider_holds():
    """A history has neither format nor suffix: it is always a Delta table."""
    entry = expanded({"source/fleet": {"type": "kedro_faucet.HistoryDataset", "key": "tailnum"}})["source/fleet"]
    assert entry["filepath"] == "/raw/fleet"
    assert not {"format", "load_args"} & set(entry)


def test_a_mart_takes_place_and_credentials():
    """A dataset of ours gets what its provider says of the place, and by whose credentials."""
    entry = expanded({"mart": {"type": "kedro_faucet.MartDataset", "provider": "safe", "path": "m.duckdb"}})["mart"]
    assert entry["filepath"].endswith("/safe/m.duckdb")
    assert entry["credentials"] == "vault"


def test_any_dataset_of_kedro_may_name_a_provider():
    """Another dataset gets path and credentials of its provider, and nothing else."""
    entry = {"type": "pandas.ParquetDataset", "provider": "safe", "path": "a/b.parquet"}
    home = Path("~/safe").expanduser()
    assert expanded({"x": entry})["x"] == {
        "type": "pandas.ParquetDataset",
        "filepath": f"{home}/a/b.parquet",
        "credentials": "vault",
    }


def test_what_is_not_about_providers_stays_as_it_is():
    """Kedro's own entries and patterns are left alone, even with a slash in their names."""
    catalog = {"late/x": {"type": "pandas.CSVDataset", "filepath": "x.csv"}, "{a}_mem": {"type": "MemoryDataset"}}
    config = expanded(catalog)
    assert {name: config[name] for name in catalog} == catalog


def test_a_pattern_of_the_project_beats_the_provider_s():
    """An entry `lake/{name}` of the project's own replaces the factory's."""
    config = expanded(
        {"lake/{name}": {"type": OURS, "format": "parquet"}, "lake/dim_{name}": {"type": OURS, "path": "d/{name}"}}
    )
    resolver = DataCatalog.from_config(config, {"vault": {}}).config_resolver
    assert resolver.resolve_pattern("lake/x")["filepath"] == "/project/data/lake/x.parquet"
    assert resolver.resolve_pattern("lake/dim_x")["filepath"] == "/project/data/lake/d/x"


def test_without_a_project_a_path_stays_relative():
    """Where no project is known, Kedro makes the path absolute."""
    assert expanded({}, root=None)["lake/{name}"]["filepath"] == "data/lake/{name}"


def test_the_engine_goes_into_entries_of_ours_only():
    """Also a dataset of ours that is on no provider computes on the profile's engine."""
    config = expanded({"mart": {"type": "kedro_faucet.MartDataset", "filepath": "m.duckdb"}}, engine={"type": "spark"})
    assert config["mart"]["engine"] == {"type": "spark"}
    assert config["mart"]["filepath"] == "m.duckdb"


@pytest.mark.parametrize(
    ("name", "entry", "path", "text"),
    [
        ("lkae/x", {"type": OURS}, ("lkae/x",), "no 'lkae'. Did you mean 'lake'?"),
        ("shop.lkae/x", {"type": OURS}, ("shop.lkae/x",), "no 'lkae'. Did you mean 'lake'?"),
        ("x", {"type": OURS, "provider": "lkae"}, ("x", "provider"), "no 'lkae'. Did you mean 'lake'?"),
        ("x", {"type": "pandas.CSVDataset", "provider": "suorce"}, ("x", "provider"), "Did you mean 'source'?"),
        ("x", {"type": "kedro_faucet.ResorceDataset"}, ("x", "type"), "Did you mean 'kedro_faucet.ResourceDataset'?"),
        ("lake/x", {"type": OURS, "fromat": "csv"}, ("lake/x", "fromat"), "Did you mean 'format'?"),
        ("lake/x", {"type": OURS, "format": "paquet"}, ("lake/x", "format"), "Did you mean 'parquet'?"),
        (
            "lake/x",
            {"type": OURS, "save_args": {"mode": "mrege"}},
            ("lake/x", "save_args", "mode"),
            "Did you mean 'merge'?",
        ),
        ("lake/x", {"type": OURS, "save_args": {"mde": 1}}, ("lake/x", "save_args", "mde"), "Did you mean 'mode'?"),
        ("lake/x", {"type": OURS, "incremental": {}}, ("lake/x", "incremental", "cursor"), "'cursor' is missing"),
        ("lake/x", {"type": "kedro_faucet.HistoryDataset"}, ("lake/x", "key"), "'key' is missing"),
        ("lake/x", {"type": OURS, "provider": "lake", "filepath": "x"}, ("lake/x", "filepath"), "give 'path'"),
    ],
)
def test_bad_entries_are_refused_where_they_are_wrong(name, entry, path, text):
    """What is wrong in an entry is found at its key, with the nearest name."""
    with pytest.raises(Fault) as fault:
        expanded({name: entry})
    [(where, message)] = fault.value.faults
    assert (fault.value.key, where) == ("catalog", path)
    assert text in message


@pytest.mark.parametrize(
    ("config", "path", "text"),
    [
        ({"lake": {"path": "x", "service": "fiel"}}, ("lake", "service"), "Did you mean 'file'?"),
        ({"lake": {"path": "x", "fromat": "csv"}}, ("lake", "fromat"), "Did you mean 'format'?"),
        ({"lake": {"format": "csv"}}, ("lake", "path"), "'path' is missing"),
        ({"lake": {"path": ["x"]}}, ("lake", "path"), "path: input should be a valid string"),
        ({"lake": None}, ("lake",), "it must hold names and values"),
        ({"la/ke": {"path": "x"}}, ("la/ke",), "letters, digits"),
    ],
)
def test_bad_providers_are_refused_where_they_are_wrong(config, path, text):
    """What is wrong in a provider is found at its key."""
    with pytest.raises(Fault) as fault:
        read_providers(config)
    [(where, message)] = fault.value.faults
    assert where == ("providers", *path)
    assert text in message


def test_secrets_are_in_no_error():
    """A value that does not fit is never quoted, whatever it is."""
    with pytest.raises(Fault) as fault:
        read_providers({"lake": {"path": "x", "credentials": {"password": "hunter2"}, "passwrd": "hunter2"}})
    assert "hunter2" not in str(fault.value)
    assert len(fault.value.faults) == 2


def test_braces_that_kedro_would_fill_are_refused():
    """Braces in a provider's path or in the engine's settings would be taken for a pattern's placeholders."""
    with pytest.raises(Fault, match="hold no braces"):
        expand({}, Setting(read_providers({"lake": {"path": "data/{env}"}}), {"type": "duckdb"}, None, "local"))
    with pytest.raises(Fault, match="hold no braces"):
        expanded({}, engine={"type": "spark", "config": {"x": "{y}"}})


@pytest.mark.parametrize(
    ("path", "form", "file"),
    [
        ("a/x", "delta", "a/x"),
        ("a/x", "json", "a/x.json"),
        ("a/x.csv.gz", "csv", "a/x.csv.gz"),
        ("a/x.tsv", "csv", "a/x.tsv"),
        ("a/*.csv", "csv", "a/*.csv"),
        ("a/2013-*", "csv", "a/2013-*.csv"),
        ("a/{name}", "parquet", "a/{name}.parquet"),
        ("v1.2/x", "csv", "v1.2/x.csv"),
    ],
)
def test_a_file_has_the_suffix_of_its_format(path, form, file):
    """A suffix is added where there is none; a Delta table is a folder."""
    assert with_suffix(path, form) == file


def test_a_name_is_taken_apart_at_its_first_slash():
    """Nested namespaces and folders stay together, each on its side."""
    assert split("a.b.lake/c/d", PROVIDERS) == ("lake", "a.b/c/d")
    assert split("lake", PROVIDERS) == (None, "lake")


def test_a_path_that_leads_out_of_a_bucket_is_told_by_its_line() -> None:
    """An entry whose path has a part without a name, or one that leads upwards, is refused at its own path."""
    setting = Setting(read_providers({"far": {"service": "s3", "path": "lake"}}), {"type": "duckdb"}, None, "local")
    entry = {"type": "kedro_faucet.ResourceDataset", "path": "../up.csv"}
    with pytest.raises(Fault) as error:
        expand({"far/up": entry}, setting)
    [(at, text)] = error.value.faults
    assert at == ("far/up", "path")
    assert "'../up.csv' is no path below s3://lake" in text
