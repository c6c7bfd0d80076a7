"""A run is told to OpenLineage by events that are valid, hold no secret, and stop no run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ledgers import NODES, REGISTRY, make_shop
from projects import ENVIRONMENT, kedro
from referencing import Registry, Resource
from servers.web import Switches, Web

from kedro_faucet.ledger.lineage.emission import is_configured

SPEC = Path(__file__).parents[1] / "fixtures/openlineage"
LINEAGE = "/api/v1/lineage"
Event = dict[str, Any]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Web]:
    """A server that takes events."""
    with Web(tmp_path) as web:
        yield web


def events(server: Web) -> list[Event]:
    """What a server was told, each checked."""
    found = [json.loads(each) for each in server.posted]
    for each in found:
        check(each)
    return found


def check(event: Event) -> None:
    """Check an event and each of its facets by the published schema that it names."""
    documents = {each["$id"]: each for each in (json.loads(file.read_text()) for file in SPEC.glob("*.json"))}

    def retrieve(uri: str) -> Resource:  # a facet's schema may refer to an earlier one of the core's
        return Resource.from_contents(next(each for name, each in documents.items() if name.endswith(Path(uri).name)))

    registry = Registry(retrieve=retrieve)
    holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    kinds = [facets for holder in holders for kind, facets in holder.items() if kind.lower().endswith("facets")]
    said = [(event["schemaURL"], event)] + [(each["_schemaURL"], each) for facets in kinds for each in facets.values()]
    for schema, value in said:
        assert schema.split("#")[0] in documents
        Draft202012Validator({"$ref": schema}, registry=registry).validate(value)


def told(found: list[Event], state: str) -> dict[str, Event]:
    """The events of a state by their job."""
    return {each["job"]["name"]: each for each in found if each["eventType"] == state}


@pytest.mark.parametrize(
    "runner",
    ["SequentialRunner", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ThreadRunner", "ParallelRunner"))],
)
def test_a_run_is_told(runner: str, server: Web, tmp_path: Path) -> None:
    """Every node that ran has a START and a COMPLETE below the run's, with columns, their origin, rows and bytes."""
    root = make_shop(tmp_path / "shop")
    parent = "airflow/daily.kedro/01981e6c-62cc-7000-8000-000000000000"
    done = kedro(root, "run", "--runner", runner, env={"OPENLINEAGE_URL": server.url, "OPENLINEAGE_PARENT_ID": parent})
    assert done.returncode == 0, done.stderr
    assert "OpenLineage" not in done.stderr
    found = events(server)
    begun, ended = told(found, "START"), told(found, "COMPLETE")
    assert sorted(begun) == sorted(ended) == ["__default__", *NODES]
    assert (found[0], found[-1]) == (begun["__default__"], ended["__default__"])
    assert len({each["run"]["runId"] for each in found}) == len(found) / 2
    assert found[0]["run"]["facets"]["parent"]["job"] == {"facets": {}, "namespace": "airflow", "name": "daily.kedro"}
    node = ended["sql_out_z"]
    assert node["eventTime"] >= begun["sql_out_z"]["eventTime"]
    assert node["run"]["facets"]["parent"]["run"]["runId"] == found[0]["run"]["runId"]
    assert node["job"]["namespace"] == "shop.local"
    assert node["job"]["facets"]["sql"]["query"].startswith("select a,")
    [read], [written] = node["inputs"], node["outputs"]
    assert (read["namespace"], read["name"]) == ("file", str(root / "data/lake/x"))
    assert read["facets"]["symlinks"]["identifiers"][0]["name"] == "lake/x"
    assert written["name"] == str(root / "data/out/z.parquet")
    assert {each["name"]: each["type"] for each in written["facets"]["schema"]["fields"]} == {
        "a": "BIGINT",
        "b": "BIGINT",
    }
    statistics = written["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"]) == (2, (root / "data/out/z.parquet").stat().st_size)
    [origin] = written["facets"]["columnLineage"]["fields"]["b"]["inputFields"]
    assert (origin["namespace"], origin["name"], origin["field"]) == ("file", read["name"], "b")
    assert ended["times"]["outputs"][0]["name"] == "kept"


FAILS = """
def fails(table):
    raise ValueError("postgresql://ada:hunter2@db does not answer")


def register_pipelines():
    return {"__default__": pipelines.copy("raw", "lake", ["x"]) + pipeline([node(fails, "lake/x", "out/f", name="f")])}
"""


def test_a_failed_run_is_told_without_secrets(server: Web, tmp_path: Path) -> None:
    """Node and run FAIL with their error; neither it, nor where git has the code from, tells a password."""
    root = make_shop(
        tmp_path / "shop", {"src/shop/pipeline_registry.py": REGISTRY.partition("def register")[0] + FAILS}
    )
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "remote", "add", "origin", "https://ci:glpat-123@example.org/shop.git"], check=True)
    more = {"OPENLINEAGE__FACETS__SOURCE_CODE_LOCATION__DISABLED": "false"}
    assert kedro(root, "run", env={"OPENLINEAGE_URL": server.url, **more}).returncode == 1
    found = events(server)
    assert list(told(found, "COMPLETE")) == ["copy_lake_x"]
    failed = told(found, "FAIL")
    assert list(failed) == ["f", "__default__"]
    for each in failed.values():
        assert "postgresql://ada:***@db" in each["run"]["facets"]["errorMessage"]["message"]
        assert each["job"]["facets"]["sourceCodeLocation"]["repoUrl"] == "https://example.org/shop.git"
    assert b"hunter2" not in b"".join(server.posted)
    assert b"glpat" not in b"".join(server.posted)


@pytest.mark.parametrize(
    ("switches", "why"),
    [
        (Switches(status=401), "answers 401"),
        (Switches(silent=True), "no answer from"),
    ],
    ids=["refuses", "silent"],
)
def test_a_server_that_fails_stops_no_run(switches: Switches, why: str, server: Web, tmp_path: Path) -> None:
    """The run is done all the same, and one line says why the server has not got all of it."""
    server.switches[LINEAGE] = switches
    root = make_shop(tmp_path / "shop")
    done = kedro(root, "run", "--nodes", "copy_lake_x", env={"OPENLINEAGE_URL": server.url})
    assert done.returncode == 0, done.stderr
    [line] = [each for each in done.stderr.splitlines() if "OpenLineage" in each]
    assert "got 0 events of this run and no more; the run goes on. Why: " in line
    assert why in line
    assert "Retry" not in done.stderr
    assert len(server.posted) == 1


def test_a_missing_extra_is_said(tmp_path: Path) -> None:
    """A run that is to be told, without the client, is done; it says once how to install it."""
    hidden = {"src/shop/settings.py": SETTINGS, "openlineage.yml": "transport: {type: console}\n"}
    done = kedro(make_shop(tmp_path, hidden), "run", "--nodes", "copy_lake_x")
    assert done.returncode == 0, done.stderr
    [line] = [each for each in done.stderr.splitlines() if "OpenLineage" in each]
    assert line.endswith("pip install 'kedro-faucet[openlineage]'")


SETTINGS = """
import sys

from kedro_faucet import FaucetConfigLoader

sys.modules["openlineage"] = None
CONFIG_LOADER_CLASS = FaucetConfigLoader
"""


def test_only_the_client_s_own_configuration_switches_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address, a transport or a file switches it on, and what switches the client off does so here."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not is_configured(str(tmp_path))
    for name in ("OPENLINEAGE_URL", "OPENLINEAGE__TRANSPORT__TYPE", "OPENLINEAGE__TRANSPORT"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "x")
            assert is_configured(str(tmp_path))
            patch.setenv("OPENLINEAGE_DISABLED", "true")
            assert not is_configured(str(tmp_path))
    (tmp_path / "openlineage.yml").write_text("transport: {type: console}\n")
    assert is_configured(str(tmp_path))


def test_who_is_not_told_imports_no_client(tmp_path: Path) -> None:
    """Without a configuration a run does not import the client."""
    root = make_shop(tmp_path)
    program = (
        "import sys; from kedro.framework.cli import main; sys.argv = ['kedro', 'run', '--nodes', 'copy_lake_x']\n"
    )
    program += "try: main()\nexcept SystemExit: pass\nprint('openlineage.client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=root, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"
