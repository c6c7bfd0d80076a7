"""`kedro faucet compare`, by the real command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from projects import kedro, make_project

FILES = {
    "conf/base/providers.yml": """
        providers:
          raw: {path: "${globals:data}/raw", format: csv}
          lake: {path: "${globals:data}/lake"}
    """,
    "conf/base/globals.yml": "data: data\n",
    "conf/acc/globals.yml": "data: data/acc\n",
    "conf/base/catalog.yml": """
        lake/orders: {type: kedro_faucet.ResourceDataset, save_args: {mode: merge, key: order_id}}
        lake/fleet: {type: kedro_faucet.HistoryDataset, key: order_id}
        lake/fleet_now: {type: kedro_faucet.HistoryDataset, provider: lake, path: fleet, key: order_id, view: current}
        mart: {type: kedro_faucet.MartDataset, filepath: "${globals:data}/mart.duckdb"}
    """,
    "data/raw/orders.csv": "order_id,shop,amount\n1,a,1.5\n2,b|c,2.5\n3,a,\n",
    "data/acc/raw/orders.csv": "order_id,shop,amount,note\n1,a,1.5,x\n2,b|c,2.75,x\n9,z,1.0,x\n",
    "data/raw/lines.csv": "order,line\n1,1\n1,2\n1,2\n",
    "data/acc/raw/lines.csv": "order,line\n1,1\n1,2\n",
    "data/raw/alone.csv": "a\n1\n",
    "src/shop/pipeline_registry.py": """
        from kedro.pipeline import Pipeline, node
        from kedro_faucet import pipelines


        def same(table):
            return table


        def register_pipelines():
            nodes = [
                node(same, "raw/orders", "lake/fleet", name="keep"),
                node(lambda table: {"star.orders": table}, "raw/orders", "mart", name="publish"),
            ]
            return {"__default__": pipelines.copy("raw", "lake", ["orders"]) + Pipeline(nodes)}
    """,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that ran in two profiles, and in the base one twice; nobody changes it."""
    root = make_project(tmp_path_factory.mktemp("shop"), FILES)
    for arguments in ([], ["--env", "acc"]):
        done = kedro(root, "run", *arguments)
        assert done.returncode == 0, done.stderr
    raw = root / "data/raw/orders.csv"
    raw.write_text(raw.read_text().replace("1,a,1.5", "1,a,7.5"))
    assert kedro(root, "run", "--nodes", "copy_lake_orders").returncode == 0
    return root


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command writes, without Kedro's own line before it."""
    return [line for line in done.stdout.splitlines() if line.strip() and not line.startswith(("[", " " * 25))]


@pytest.mark.slow
def test_two_profiles_are_compared_by_the_key_of_the_entry(shop: Path) -> None:
    """Columns, counts, rows of one side and values that differ, in 80 columns; the exit code says that they differ."""
    done = kedro(shop, "faucet", "compare", "lake/orders", "--env", "acc", "local")
    assert done.returncode == 1, done.stderr
    assert lines(done) == [
        "lake/orders: acc and local differ.",
        "Rows are told apart by order_id, the declared key.",
        "                  acc      local",
        "rows              3        3",
        "rows only there   1        1",
        "  such as         9        3",
        "rows that differ  2        2",
        "column note       VARCHAR  none",
        "column  rows  such as  acc   local",
        "amount  2     1        1.5   7.5",
        "              2        2.75  2.5",
    ]
    assert max(map(len, lines(done))) <= 80


@pytest.mark.slow
def test_versions_and_times_are_compared(shop: Path) -> None:
    """A version of a Delta table with the newest; a provider's resources one by one; equal ones are no difference."""
    done = kedro(shop, "faucet", "compare", "lake/orders", "@0", "--json")
    [found] = map(json.loads, lines(done))
    assert (done.returncode, found["left"], found["right"], found["changed"]) == (1, "now", "@0", 1)
    assert found["values"][0]["examples"] == [[[1], 7.5, 1.5]]
    done = kedro(shop, "faucet", "compare", "lake/fleet", "lake/orders@0", "--view", "current")
    assert (done.returncode, lines(done)[0]) == (
        0,
        "lake/fleet: lake/fleet now and lake/orders @0 are equal, 3 rows.",
    )
    done = kedro(shop, "faucet", "compare", "lake/fleet_now@0", "lake/orders@0", "--json")
    [found] = map(json.loads, lines(done))
    assert (done.returncode, found["key"], found["equal"]) == (0, ["order_id"], True)


@pytest.mark.slow
def test_markdown_is_for_a_pull_request(shop: Path) -> None:
    """The tables of a mart, as Markdown in which nothing of the data is markup."""
    done = kedro(shop, "faucet", "compare", "mart", "acc", "--markdown", "--key", "amount")
    assert done.returncode == 2
    assert "mart.star.orders: 'amount' of local is DOUBLE" in done.stderr
    done = kedro(shop, "faucet", "compare", "mart", "acc", "--markdown", "--key", "shop,order_id")
    assert "### mart.star.orders: local and acc differ." in done.stdout
    assert "|  | local | acc |\n| --- | --- | --- |" in done.stdout
    assert "| such as | a, 3 | z, 9 |" in done.stdout
    assert "| amount | 1 | b\\|c, 2 | 2.5 | 2.75 |" in done.stdout


@pytest.mark.slow
def test_whole_rows_are_compared_where_no_column_is_a_key(shop: Path) -> None:
    """It is said, and rows are counted as often as they are there."""
    done = kedro(shop, "faucet", "compare", "raw/lines", "acc", "--json")
    assert (done.returncode, json.loads(lines(done)[0])["only"]) == (1, [1, 0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["raw/alone", "acc"],
            "Error: 'raw/alone' is not there in profile 'acc'.",
        ),
        (["lake/orders", "ac:"], "There is no profile 'ac'. Did you mean 'acc'?"),
        (["lake/oders", "acc"], "'lake/oders' is not there in profile 'local'. Did you mean 'lake/orders'?"),
        (["lake/orders", "lake/orders"], "is what is compared itself"),
        (["lake/orders", "@7"], "There is no version 7 of"),
        (["lake/orders", "acc", "--key", "shp"], "has no column 'shp'"),
        (["raw/lines", "acc", "--key", "order"], "1 key has several rows"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(shop: Path, arguments, message) -> None:
    """It ends with code 2, and names what is wrong and where."""
    done = kedro(shop, "faucet", "compare", *arguments)
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("Error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
