"""`kedro run --changed` in a profile that defers to another one: one changed node, on the other's data."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import make_shop, runs_of, statuses
from projects import kedro, write_files

PROVIDERS = """\
providers:
  raw: {path: data/raw, format: csv}
  lake: {path: "${globals:data}/lake"}
  out: {path: "${globals:data}/out", format: parquet}
"""
FILES = {
    "conf/base/providers.yml": PROVIDERS,
    "conf/base/globals.yml": "data: data\n",
    "conf/prod/globals.yml": "data: data/prod\n",
    "conf/dev/globals.yml": "data: data/dev\n",
    "conf/dev/profile.yml": "defer: prod\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after a run in production."""
    root = make_shop(tmp_path_factory.mktemp("shop"), FILES)
    done = kedro(root, "run", "--env", "prod")
    assert done.returncode == 0, done.stderr
    return root


def files_of(folder: Path) -> dict[str, bytes]:
    """All files below a folder, with their bytes."""
    return {str(each): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def changed(root: Path) -> dict[str, str]:
    """What `--changed` made of each node."""
    done = kedro(root, "run", "--env", "dev", "--changed")
    assert done.returncode == 0, done.stdout + done.stderr
    return statuses(runs_of(root, "dev")[0])


@pytest.mark.slow
def test_one_changed_node_runs_on_the_other_profile_s_data(shop: Path) -> None:
    """What has not changed is read from there; what follows from the change runs; nothing is written there."""
    before = files_of(shop / "data/prod")
    assert set(changed(shop).values()) == {"deferred"}
    assert not (shop / "data/dev").exists()
    shown = kedro(shop, "faucet", "resources", "--env", "dev").stdout
    assert shown.count("deferred from prod") == 5
    head = kedro(shop, "faucet", "head", "lake/x", "--env", "dev")
    assert "lake/x: deferred from prod" in head.stderr
    assert "deferred" not in head.stdout
    write_files(shop, {"src/shop/sql/z.sql": "select a,\n  b * 3 as b\nfrom x\n"})
    plan = kedro(shop, "faucet", "plan", "--env", "dev").stdout
    assert "sql_out_z  sql/z.sql line 2" in plan
    own = {"sql_out_z": "done", "times": "done", "again": "done"}
    assert changed(shop) == {**dict.fromkeys(["copy_lake_x", "copy_lake_y", "parts"], "deferred"), **own}
    assert sorted(each.name for each in (shop / "data/dev").glob("*/*.parquet")) == ["t.parquet", "z.parquet"]
    again = changed(shop)
    assert {name: again[name] for name in own} == dict.fromkeys(own, "unchanged")
    assert files_of(shop / "data/prod") == before
    compared = kedro(shop, "faucet", "compare", "out/z", "prod", "--env", "dev", "--key", "a")
    assert "out/z: dev and prod differ." in compared.stdout


@pytest.mark.slow
def test_a_new_version_there_and_a_parameter_here_make_nodes_run(shop: Path) -> None:
    """What production has got since then is what the changed node reads."""
    assert changed(shop)["sql_out_z"] == "unchanged"
    write_files(shop, {"data/raw/x.csv": "a,b\n5,6\n"})
    assert kedro(shop, "run", "--env", "prod", "--nodes", "copy_lake_x").returncode == 0
    statuses_now = changed(shop)
    assert (statuses_now["copy_lake_x"], statuses_now["sql_out_z"]) == ("deferred", "done")


@pytest.mark.slow
def test_a_run_that_would_write_there_is_refused_before_it_begins(shop: Path) -> None:
    """A provider without a place of its own, and an entry of a dataset of Kedro's, are named."""
    before = files_of(shop / "data/prod")
    write_files(shop, {"conf/bad/globals.yml": "data: data/prod\n", "conf/bad/profile.yml": "defer: prod\n"})
    done = kedro(shop, "run", "--env", "bad", "--nodes", "times,again")
    assert done.returncode == 1
    assert "Error: 'out/t' is not saved: it lies where profile 'prod' has its data" in done.stderr.replace("\n", " ")
    kept = "kept: {type: json.JSONDataset, filepath: data/kept.json}\n"
    write_files(shop, {"conf/base/catalog_kept.yml": kept})
    done = kedro(shop, "run", "--env", "dev", "--nodes", "times,again")
    (shop / "conf/base/catalog_kept.yml").unlink()
    assert "'kept' lies where profile 'prod' has it" in done.stderr
    assert files_of(shop / "data/prod") == before
