"""Runs as of a time: in which profiles they are, and where they may write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from histories import FEB, JAN, save
from kedro.framework.project import settings
from kedro.io import DataCatalog
from kedro.pipeline import node
from projects import kedro, make_project, write_files

from kedro_faucet import FaucetConfigLoader, engines, to_arrow
from kedro_faucet.config.profiles.targets import check_targets, place_of
from kedro_faucet.config.run import Run, begin, check_asked, end
from kedro_faucet.datasets import HistoryDataset
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.ledger.versions import version

FILES = {
    "conf/base/providers.yml": "providers:\n  lake: {path: data/lake}\n  star: {path: data/star, format: parquet}\n",
    "conf/base/catalog.yml": """
        lake/fleet: {type: kedro_faucet.HistoryDataset, provider: lake, key: id}
        report: {type: json.JSONDataset, filepath: data/report.json}
    """,
    "conf/then/profile.yml": "as_of: true\n",
    "conf/then/providers.yml": "providers:\n  star: {path: data/then/star}\n",
    "src/shop/pipeline_registry.py": """
        from kedro_faucet import pipelines

        def register_pipelines():
            return {"__default__": pipelines.sql("sql/planes.sql", {"fleet": "lake/fleet"}, "star/planes")}
    """,
    "src/shop/sql/planes.sql": "select id, carrier, is_current from fleet",
}


def same(value: object) -> object:
    """Return what is given."""
    return value


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A project with a history, and a profile for runs as of a time."""
    yield make_project(tmp_path, FILES)
    end()


def check(root: Path, profile: str, *steps: tuple[str, str]) -> None:
    """Ask whether a run of these inputs and outputs may be as of a time in a profile."""
    loader = FaucetConfigLoader(root / "conf", profile, **settings.CONFIG_LOADER_ARGS)
    catalog = DataCatalog.from_config(loader["catalog"], {})
    check_targets([node(same, *step, name=f"to_{step[1].split('/')[-1]}") for step in steps], catalog, loader)


@pytest.mark.parametrize(
    ("profile", "steps", "message"),
    [
        ("local", [("lake/fleet", "star/planes")], "what the profile 'local' writes is current.*as_of: true"),
        ("then", [("star/planes", "star/other")], "no node of this run loads a history"),
        ("then", [("star/x", "lake/fleet"), ("lake/fleet", "y")], "node 'to_fleet' writes the history 'lake/fleet'"),
        (
            "then",
            [("lake/fleet", "lake/planes")],
            "node 'to_planes' writes 'lake/planes' where the profile 'base' has it",
        ),
        ("then", [("lake/fleet", "report")], "node 'to_report' writes 'report' where the profile 'base' has it"),
    ],
)
def test_current_tables_are_not_overwritten(
    shop: Path, profile: str, steps: list[tuple[str, str]], message: str
) -> None:
    """A profile says that its tables may be old ones, and none of them lies where a current one does."""
    with pytest.raises(ConfigError, match=message):
        check(shop, profile, *steps)


def test_targets_elsewhere_and_in_memory_are_taken(shop: Path) -> None:
    """Another place than in the profiles below, and in that of a run that names none; memory is no place."""
    check(shop, "then", ("lake/fleet", "star/planes"), ("star/planes", "in_memory"))
    write_files(shop, {"conf/local/providers.yml": f"providers:\n  star: {{path: {shop}/data/then/../then/star}}\n"})
    with pytest.raises(ConfigError, match="writes 'star/planes' where the profile 'local' has it too"):
        check(shop, "then", ("lake/fleet", "star/planes"))


def test_a_time_that_is_none_is_refused() -> None:
    """A year is none: it is said how a time is written."""
    check_asked({"as_of": "2013-06-30T23:59:59"})
    with pytest.raises(ConfigError, match=r"faucet\.as_of=2013 is no time"):
        check_asked({"as_of": 2013})


def test_profile_says_what_it_is(shop: Path) -> None:
    """``as_of`` is true or false."""
    write_files(shop, {"conf/then/profile.yml": "as_of: 2013-06-30\n"})
    with pytest.raises(ConfigError, match=r"conf/then/profile\.yml:1: a profile says .*'as_of: true'"):
        check(shop, "then", ("lake/fleet", "star/planes"))


@pytest.mark.slow
def test_a_run_as_of_a_time(shop: Path) -> None:
    """Histories load as if nothing had come since, are not written, and count as changed where the time is another."""
    fleet, engine = HistoryDataset(filepath=str(shop / "data/lake/fleet"), key="id"), engines.connect()
    save(fleet, engine, JAN, id=[1, 2], carrier=["EV", "UA"])
    save(fleet, engine, FEB, id=[1, 3], carrier=["AA", "UA"])
    planes = shop / "data/then/star/planes.parquet"
    for at, expected in (("2013-02-01", [(1, "EV"), (2, "UA")]), ("2013-03-01", [(1, "AA"), (3, "UA")])):
        done = kedro(shop, "run", "--env", "then", "--changed", "--params", f"faucet.as_of={at}")
        assert done.returncode == 0, done.stdout + done.stderr
        found = to_arrow(engine.read_files("parquet", [str(planes)])).to_pylist()
        assert sorted((row["id"], row["carrier"]) for row in found if row["is_current"]) == expected
    refused = kedro(shop, "run", "--params", "faucet.as_of=2013-02-01")
    assert (
        "Error: --params faucet.as_of: what the profile 'local' writes is current." in refused.stdout + refused.stderr
    )
    now = version(fleet)
    begin(Run(as_of="2013-02-01"))
    assert version(fleet) != now
    with pytest.raises(Exception, match=r"This run is as of 2013-02-01, and such a run writes no history\."):
        save(fleet, engine, FEB, id=[1], carrier=["AA"])


def test_what_is_shown_of_a_place_holds_no_credentials() -> None:
    """Datasets without a path are told apart by all that they say, of which nothing is for showing."""
    one = {"type": "api.APIDataset", "url": "https://example.org/a", "credentials": {"token": "s3cret"}}
    assert place_of(one, None) == place_of({**one, "metadata": {"layer": "raw"}}, None)
    assert place_of(one, None) != place_of({**one, "url": "https://example.org/b"}, None)
    assert place_of(one, None)[0] == ""
    assert (
        place_of({"type": "pandas.SQLTableDataset", "table_name": "t", "credentials": {"con": "s3cret"}}, None)[0]
        == "t"
    )
