"""The journal of a run that is on."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from kedro_faucet.console import journal


def test_lines_of_many_writers_stay_whole():
    """Threads that note at once lose and mix nothing."""
    journal.begin()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: journal.note(node=str(number), doing="x" * 500), range(400)))
    assert sorted(int(said["node"]) for said in journal.read()) == list(range(400))
    journal.end()


def test_a_journal_that_is_gone_or_torn_stops_nothing(tmp_path, monkeypatch):
    """A line that is not whole does not count; without a file nothing is noted."""
    monkeypatch.setenv("KEDRO_FAUCET_JOURNAL", str(tmp_path / "run.jsonl"))
    journal.note(node="a")
    assert journal.read() == []
    (tmp_path / "run.jsonl").write_text('{"node": "a"}\n{"node": ')
    assert journal.read() == [{"node": "a"}]
    journal.end()
    assert os.listdir(tmp_path) == ["run.jsonl"]


def test_a_journal_ends_with_the_process_that_began_it(monkeypatch):
    """Another process that sees it, as that of a notebook, leaves it; its own process removes it, once."""
    journal.begin()
    journal.note(node="a")
    with monkeypatch.context() as other:
        other.setattr(os, "getpid", lambda: -1)
        journal.end()
    assert journal.read() == [{"node": "a"}]
    journal.end()
    journal.end()
    assert journal.read() == []
