"""Kills in the middle of writes: two of a kind in the suite, as many as FAULTS says by `make faults`; a full disk."""

from __future__ import annotations

import os
import platform
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from servers.absent import SIGN

Kill = Callable[[subprocess.Popen[str]], None]
COUNT, PAGE = "FAULTS", "FAULTS_PAGE"
HEAD = """# Faults

`make faults` kills each kind of write (kill -9 of the process and its children) at moments spread by chance over it,
and checks each time: what was acknowledged is there, once and whole; the next write succeeds and leaves nothing behind.
{packages}.

| kind | kills | of a process still writing | lost, doubled or half-written |
| --- | --- | --- | --- |
"""


class Faults:
    """Kills of a test, counted for the list."""

    def __init__(self, node: pytest.Item) -> None:
        self.node = node

    def kills(self, kind: str, longest: float, count: int = 2) -> Iterator[Kill]:
        """Yield so many functions, each of which kills a process within `longest` seconds after it is called."""
        number, chance = int(os.environ.get(COUNT) or count), random.Random(kind)
        record = {"kind": kind, "kills": 0, "struck": 0}
        self.node.user_properties.append(("faults", record))

        def kill(process: subprocess.Popen[str]) -> None:
            time.sleep(moment)
            record["kills"] += 1
            record["struck"] += process.poll() is None
            end(process)

        for turn in range(number):
            moment = longest * (turn + chance.random()) / number
            yield kill


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process, with its children where it has a group of its own."""
    if process.poll() is None:
        own = os.getpgid(process.pid) == process.pid
        (os.killpg if own else os.kill)(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Faults:
    """How a test kills; see `Faults.kills`."""
    return Faults(request.node)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, which is soon full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip(f"A FULL DISK {SIGN}only root may mount one")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the list, where one is asked for."""
    if not (page := os.environ.get(PAGE)):
        return
    kills, struck, bad = Counter[str](), Counter[str](), Counter[str]()
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for record in (value for name, value in report.user_properties if name == "faults"):
            kills[record["kind"]] += record["kills"]
            struck[record["kind"]] += record["struck"]
            bad[record["kind"]] += report.failed
    packages = [f"{each} {version(each)}" for each in ("duckdb", "deltalake", "pyarrow", "pyspark")]
    text = HEAD.format(packages=", ".join([f"Python {platform.python_version()}", *packages]))
    rows = {kind: f"| {kind} | {kills[kind]} | {struck[kind]} | {bad[kind]} |" for kind in kills}
    known = {line.split(" | ")[0][2:]: line for line in _lines(Path(page))}
    Path(page).write_text(text + "\n".join(line for _, line in sorted({**known, **rows}.items())) + "\n")


def _lines(page: Path) -> list[str]:
    """The rows of an earlier list: a run of some kinds keeps the others'."""
    text = page.read_text() if page.exists() else ""
    return text.partition("| --- | --- | --- | --- |\n")[2].splitlines()
