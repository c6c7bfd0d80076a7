"""Killed servers and cut connections: nothing is lost, doubled or half-written."""

from __future__ import annotations

import threading
import time

import databases
import pytest
from databases import Place
from kedro.io import DatasetError
from servers.cut import Cut
from servers.process import Server
from service_writer import WIDTH, resource, save, turns

from kedro_faucet import engines
from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.exceptions import FaucetError

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def save_on(target: ResourceDataset) -> None:
    """Save again and again, until something happens."""
    for turn in range(1, 100):
        save(target, turn)


def test_a_killed_server_loses_nothing(served: Place):
    """A server that is killed in the middle of a save is told as a broken connection; restarted, all is whole."""
    target = resource(served.said("t"), "merge")
    save(target, 0)
    for pause in (0.15, 0.4):
        killer = threading.Timer(pause, served.server.kill9)
        killer.start()
        with pytest.raises((DatasetError, FaucetError), match=r"connection broke|nothing answers") as error:
            save_on(target)
        assert "\n" not in str(error.value).partition("\n")[2]
        killer.join()
        served.server.restart()
        found = turns(served.said("t"))
        assert list(found.values()) == [WIDTH]
        save(target, 200)
        assert turns(served.said("t")) == {200: WIDTH}


def test_rows_cut_off_are_told(postgres: Server):
    """A connection that is cut while rows come stops the computation: never are fewer rows taken for all."""
    # ConnectorX, by which others are read, lets no thread of its process run while it connects: so not the proxy's.
    engine, place = engines.connect(), databases.postgres.place(postgres)
    save(resource(place.said("t"), "overwrite"), 0)
    with Cut(place.settings["port"]) as proxy:
        loaded = resource({**place.said("t"), "service": {**place.settings, "port": proxy.port}}, "overwrite").load()
        proxy.after = proxy.passed + 300_000
        with pytest.raises(FaucetError, match="the connection broke"):
            engine.rows(loaded)
        proxy.heal()
        assert len(engine.rows(loaded)) == WIDTH


def test_a_save_cut_off_is_told(served: Place):
    """A connection that is cut while rows go is told; the table is as it was, and nothing is left behind."""
    save(resource(served.said("t"), "overwrite"), 0)
    with Cut(served.settings["port"]) as proxy:
        target = resource({**served.said("t"), "service": {**served.settings, "port": proxy.port}}, "overwrite")
        is_told = threading.Event()
        cutter = threading.Thread(target=lambda: [proxy.cut() for _ in iter(lambda: is_told.wait(0.2), True)])
        cutter.start()
        with pytest.raises((DatasetError, FaucetError), match="connection broke"):
            save_on(target)
        is_told.set()
        cutter.join()
    deadline = time.monotonic() + 10
    while served.leftovers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert served.leftovers() == []
    assert list(turns(served.said("t")).values()) == [WIDTH]
