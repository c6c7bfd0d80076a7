"""What a run shows, by the real command line."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from projects import ENVIRONMENT, kedro, make_project

import kedro_faucet.console
from kedro_faucet.config import current
from kedro_faucet.console.live import part_done
from kedro_faucet.engines import connections
from kedro_faucet.engines.duckdb import DuckDBEngine

REGISTRY = """
    from kedro.pipeline import node, pipeline

    from shop.nodes import count, failing, parts, split, tell


    def register_pipelines():
        made = [
            node(tell, "raw/orders", "lake/orders", name="tell"),
            node(parts, "lake/orders", "lake/parts", name="parts"),
            node(split, "lake/orders", ["lake/odd", "lake/even"], name="split"),
            node(count, "lake/parts", None, name="count"),
        ]
        return {"__default__": pipeline(made), "bad": pipeline([node(failing, "raw/orders", "x", name="failing")])}
"""
NODES = """
    import logging

    from kedro_faucet.engines import engine_of


    def tell(orders):
        print("printed")
        logging.getLogger(__name__).info("told", extra={"node": "of my own"})
        logging.getLogger("library").warning("careful")
        return orders


    def parts(orders):
        engine = engine_of(orders)
        for number in (1, 2):
            yield engine.sql(f"select {number} as n")


    def split(orders):
        engine = engine_of(orders)
        for number in (1, 3, 5):
            yield [engine.sql(f"select {number + each} as n") for each in (0, 1)]


    def count(parts):
        assert len(engine_of(parts).rows(parts)) == 2


    def failing(orders):
        return helper({})


    def helper(found):
        return found["b"]
"""
FILES = {
    "conf/logging.yml": Path(kedro_faucet.console.__file__).with_name("logging.yml").read_text(),
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "conf/base/catalog.yml": "lake/parts:\n  type: kedro_faucet.ResourceDataset\n  provider: lake\n",
    "data/raw/orders.csv": "order_id,amount\n1,10.5\n2,7.25\n",
    "src/shop/nodes.py": NODES,
    "src/shop/pipeline_registry.py": REGISTRY,
    "deep/down/.gitkeep": "",
}
RUNNERS = ["SequentialRunner", "ThreadRunner", "ParallelRunner"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of four nodes, and one that fails."""
    return make_project(tmp_path_factory.mktemp("shop"), FILES)


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_run_shows_its_nodes_and_a_summary(shop, runner):
    """Under every runner a line a node with its rows, what nodes log, and a summary; standard output is clean."""
    done = kedro(shop, "run", "--runner", runner)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["printed"]
    lines = done.stderr.splitlines()
    assert re.fullmatch(r"INFO told  \[run \S+Z, node tell, profile local\]", lines[0])
    assert re.fullmatch(r"WARNING careful  \[run \S+Z, node tell, profile local\]", lines[1])
    nodes = {line.split()[0]: line.split()[1:-2] for line in lines[2:6]}
    assert nodes == {"tell": ["2", "rows"], "parts": ["2", "rows"], "split": ["6", "rows"], "count": []}
    assert re.fullmatch(r"Done:    4 nodes in \d+\.\d s, 10 rows", lines[7])
    assert lines[9].startswith("Next:    kedro faucet resources")
    assert max(map(len, lines[2:])) <= 80
    assert len(lines) == 10
    kept = [json.loads(line) for line in kedro(shop, "faucet", "runs", "last", "--json").stdout.splitlines()]
    assert {each["node"]: (each["status"], each["rows"]) for each in kept} == {
        name: ("done", int(said[0]) if said else None) for name, said in nodes.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_lines_of_json_tell_run_node_and_profile(shop, runner):
    """On request each log line is one object, also in workers, wherever in the project the command is typed."""
    done = kedro(shop / "deep/down", "run", "--runner", runner, "--log-format", "json")
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("node") for line in said[:3]] == ["tell", "tell", "tell"]
    assert sorted(line.get("node", "") for line in said[3:]) == ["", "count", "parts", "split"]
    assert {(line["profile"], bool(line["run"])) for line in said} == {("local", True)}
    assert {line["node"]: line["rows"] for line in said[2:6]} == {"tell": 2, "parts": 2, "split": 6, "count": None}
    assert [line["message"] for line in said[:2]] == ["told", "careful"]


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_an_error_of_a_user_s_node_shows_the_user_s_frames(shop, runner):
    """Node, error and the frames in the project, none of ours or Kedro's."""
    done = kedro(shop, "run", "--pipelines", "bad", "--runner", runner)
    assert done.returncode == 1
    assert "Error: Node 'failing' failed. KeyError: 'b'\n" in done.stderr
    assert re.findall(r'File "([^"]+)", line \d+, in (\w+)', done.stderr) == [
        ("src/shop/nodes.py", "failing"),
        ("src/shop/nodes.py", "helper"),
    ]


@pytest.mark.slow
def test_verbose_shows_all_of_kedro_s(shop):
    """With -v Kedro's own log lines are shown, and whole tracebacks."""
    assert "Running node: tell" in kedro(shop, "run", "-v").stderr
    assert "kedro/runner" in kedro(shop, "run", "-v", "--pipelines", "bad").stderr


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_a_line_lives_in_a_terminal_alone(shop, runner):
    """In a terminal a line tells what is on, and is gone at the end; lines of nodes stay whole."""
    shown = in_terminal(shop, "run", "--runner", runner)
    assert re.search(r"\d of 4 nodes, \d+ s: ", shown)
    last = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.rpartition("\x1b[2K")[2]) for line in shown.splitlines()]
    nodes = [line.split()[0] for line in last if re.fullmatch(r"\w+ .*\d s", line)]
    assert sorted(nodes) == ["count", "parts", "split", "tell"]
    assert last[-3].startswith("Done:    4 nodes in ")


def in_terminal(root: Path, *arguments: str) -> str:
    """Run the command line with a terminal; return what it was sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kedro", *arguments]
    environment = {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, cwd=root, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        sent = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait() == 0
    os.close(ours)
    return sent.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes any more
        return b""


def test_the_line_tells_how_much_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the embedded engine computes, the line has the percent that it knows; before and after, none."""
    monkeypatch.setattr(current, "is_watched", True)
    engine = DuckDBEngine({"threads": 1})
    monkeypatch.setitem(connections._engines, "watched", engine)
    assert part_done() == ""
    rows = engine.sql("select count(distinct hash(range)) as n from range(20000000)", portable=False)
    thread = threading.Thread(target=engine.rows, args=[rows])
    thread.start()
    seen = set()
    while thread.is_alive():
        seen.add(part_done())
    assert {part for part in seen if re.fullmatch(r" \d+ %", part)}
    assert part_done() == ""
    engine.close()
