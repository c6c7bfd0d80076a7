"""Killed writers, killed servers and cut connections: nothing is lost, doubled or half-written."""

from __future__ import annotations

import threading
import time
from collections import Counter

import databases
import pytest
from database_writer import WIDTH, resource, save, start
from databases import Place
from faults import Faults
from kedro.io import DatasetError
from servers.cut import Cut
from servers.process import Server

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.exceptions import FaucetError

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def turns(place: Place) -> Counter[int]:
    """How many rows of each turn there are."""
    return Counter(dict(place.sql("select turn, count(*) from {}t group by turn")))


def save_on(target: ResourceDataset) -> None:
    """Save again and again, until something happens."""
    for turn in range(1, 100):
        save(target, turn)


@pytest.mark.parametrize("mode", ["overwrite", "append", "merge"])
def test_a_killed_writer_leaves_a_whole_table(place: Place, faults: Faults, mode: str):
    """After kill -9 in the middle of a save, the rows of each save are all there or none, and the next one succeeds."""
    target, first = resource(place.settings, place.credentials, mode), 0
    for kill in faults.kills(f"{place.settings['service']} {mode}", 1.5):
        process = start(place, mode, first, 100)
        kill(process)
        assert process.stdout is not None
        said = [first, *map(int, process.stdout.read().split())]
        found = turns(place)
        assert set(found.values()) == {WIDTH}
        assert max(found) in (said[-1], said[-1] + 1)  # it was killed before it said so
        if mode == "append":
            assert set(said) <= set(found)
        first = max(found) + 1
        save(target, first)
        assert max(turns(place)) == first
        first += 1
    assert place.leftovers() == []


def test_a_killed_server_loses_nothing(served: Place):
    """A server that is killed in the middle of a save is told as a broken connection; restarted, all is whole."""
    target = resource(served.settings, served.credentials, "merge")
    save(target, 0)
    for pause in (0.15, 0.4):
        killer = threading.Timer(pause, served.server.kill9)
        killer.start()
        with pytest.raises((DatasetError, FaucetError), match=r"connection broke|nothing answers") as error:
            save_on(target)
        assert "\n" not in str(error.value).partition("\n")[2]
        killer.join()
        served.server.restart()
        found = turns(served)
        assert list(found.values()) == [WIDTH]
        save(target, 200)
        assert turns(served) == {200: WIDTH}


def test_rows_cut_off_are_told(postgres: Server):
    """A connection that is cut while rows come stops the computation: never are fewer rows taken for all."""
    # ConnectorX, by which others are read, lets no thread of its process run while it connects: so not the proxy's.
    engine, place = engines.connect(), databases.postgres.place(postgres)
    save(resource(place.settings, place.credentials, "overwrite"), 0)
    with Cut(place.settings["port"]) as proxy:
        loaded = resource({**place.settings, "port": proxy.port}, place.credentials, "overwrite").load()
        proxy.after = proxy.passed + 300_000
        with pytest.raises(FaucetError, match="the connection broke"):
            engine.rows(loaded)
        proxy.heal()
        assert len(engine.rows(loaded)) == WIDTH


def test_a_save_cut_off_is_told(served: Place):
    """A connection that is cut while rows go is told; the table is as it was, and nothing is left behind."""
    save(resource(served.settings, served.credentials, "overwrite"), 0)
    with Cut(served.settings["port"]) as proxy:
        target = resource({**served.settings, "port": proxy.port}, served.credentials, "overwrite")
        timer = threading.Timer(0.1, proxy.cut)
        timer.start()
        with pytest.raises((DatasetError, FaucetError), match="connection broke"):
            save_on(target)
    deadline = time.monotonic() + 10
    while served.leftovers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert served.leftovers() == []
    assert list(turns(served).values()) == [WIDTH]
