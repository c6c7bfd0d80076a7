"""`defer:` in a profile.yml: who may defer to whom, and where each table is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import write_files

from kedro_faucet import FaucetConfigLoader
from kedro_faucet.config.profiles.deferral import deferred_to
from kedro_faucet.exceptions import ConfigError

FILES = {
    "pyproject.toml": "[tool.kedro]\n",
    "conf/base/providers.yml": """
        providers:
          lake: {path: "${globals:data}/lake"}
          shop: {path: data/shop, format: csv}
    """,
    "conf/base/globals.yml": "data: data\n",
    "conf/base/catalog.yml": "lake/log: {type: kedro_faucet.ResourceDataset, save_args: {mode: append}}\n",
    "conf/prod/globals.yml": "data: data/prod\n",
    "conf/prod/catalog.yml": "lake/moved: {type: kedro_faucet.ResourceDataset, path: elsewhere}\n",
    "conf/dev/globals.yml": "data: data/dev\n",
    "conf/dev/profile.yml": "defer: prod\n",
    "conf/mine/profile.yml": "inherits: dev\n",
}


def loader(root: Path, profile: str, files: dict[str, str] | None = None) -> FaucetConfigLoader:
    """The loader of a project with these profiles."""
    write_files(root, {**FILES, **(files or {})})
    return FaucetConfigLoader(root / "conf", profile)


@pytest.mark.parametrize("profile", ["dev", "mine"])
def test_each_table_is_read_where_the_other_profile_has_it(tmp_path, profile):
    """Entries, patterns, and what has an entry there alone; a profile that inherits from one which defers does, too."""
    catalog = loader(tmp_path, profile)["catalog"]
    there = {name: entry["deferred"]["dataset"]["filepath"] for name, entry in catalog.items() if "deferred" in entry}
    prod = f"{tmp_path}/data/prod/lake"
    assert (there["lake/{name}"], there["lake/log"], there["lake/moved"]) == (
        f"{prod}/{{name}}",
        f"{prod}/log",
        f"{prod}/elsewhere",
    )
    assert catalog["lake/moved"]["filepath"] == f"{tmp_path}/data/dev/lake/moved"
    assert catalog["lake/log"]["deferred"]["roots"] == [prod, f"{tmp_path}/data/shop"]


def test_the_loader_reads_its_own_globals_after_the_other_s(tmp_path):
    """Two loaders of one process keep their values apart, whichever was made last."""
    first = loader(tmp_path, "dev")
    FaucetConfigLoader(tmp_path / "conf", "prod")
    assert first["catalog"]["lake/log"]["filepath"] == f"{tmp_path}/data/dev/lake/log"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"conf/dev/profile.yml": "defer: prd\n"}, "conf/dev/profile.yml:1: 'dev' defers to 'prd', .*mean 'prod'"),
        ({"conf/dev/profile.yml": "defer: dev\n"}, "'dev' defers to itself: take 'defer' out of conf/dev/profile.yml"),
        ({"conf/prod/profile.yml": "defer: dev\n"}, r"defers to 'prod', which defers itself \(dev -> prod -> dev\)"),
        ({"conf/prod/profile.yml": "inherits: dev\n"}, r"\(dev -> prod -> prod\)"),
        (
            {"conf/dev/profile.yml": "defers: prod\n"},
            "conf/dev/profile.yml:1: a profile says 'inherits: ",
        ),
        ({"conf/dev/profile.yml": "defer: [prod]\n"}, "nothing else"),
    ],
)
def test_what_cannot_be_deferred_to_is_refused(tmp_path, files, message):
    """A profile that does not exist, chains, circles and misspelt keys are a sentence each."""
    with pytest.raises(ConfigError, match=message):
        deferred_to(loader(tmp_path, "dev", files))


def test_no_other_profile_defers(tmp_path):
    """Nothing changes for the profile that is deferred to."""
    prod = loader(tmp_path, "prod")
    assert deferred_to(prod) is None
    assert not any("deferred" in entry for entry in prod["catalog"].values())
