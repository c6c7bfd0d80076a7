"""Killed writers, of every service and mode: nothing is lost, doubled or half-written."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import databases
import pytest
from faults import COUNT, Faults
from mart_writer import WIDTH as MART
from service_writer import SPARK, WIDTH, begin, resource, save, start, turns
from sessions import connect_spark
from stores import Provider, hdfs_provider, s3_provider, sftp_provider

from kedro_faucet.services.stores import disks

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.faults]

MODES = ("overwrite", "append", "merge")
WRITES = [
    *(
        ("duckdb", name, "t", mode)
        for name in databases.DATABASES
        for mode in MODES
        if mode == "merge" or not name.startswith("alchemy")  # there each mode stages rows first
    ),
    *(("duckdb", "s3", "t", mode) for mode in MODES),
    *(("duckdb", "s3", path, mode) for path in ("t.csv", "t.parquet") for mode in ("overwrite", "append")),
    *(("duckdb", "hdfs", path, mode) for path, mode in (("t", "append"), ("t", "merge"), ("t.csv", "overwrite"))),
    ("duckdb", "sftp", "t.csv", "overwrite"),
    *(
        pytest.param("spark", name, "t", mode, marks=pytest.mark.spark)
        for name, mode in (("postgres", "overwrite"), ("postgres", "merge"), ("s3", "append"), ("s3", "merge"))
    ),
]
_STORES = {"s3": s3_provider, "hdfs": hdfs_provider, "sftp": sftp_provider}


@pytest.fixture
def where(request: pytest.FixtureRequest) -> Callable[[str], databases.Place | Provider]:
    """A new place on a service by its name."""

    def made(name: str) -> databases.Place | Provider:
        if name in _STORES:
            return _STORES[name](request.getfixturevalue(name))
        words, fixture = databases.DATABASES[name]
        return words.place(request.getfixturevalue(fixture))

    return made


@pytest.mark.parametrize(("engine", "service", "path", "mode"), WRITES)
def test_a_killed_writer_leaves_a_whole_table(
    where: Any, faults: Faults, engine: str, service: str, path: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After kill -9 in the middle of a save, the rows of each save are all there or none, and the next one succeeds."""
    if engine == "spark":
        if COUNT not in os.environ:
            pytest.skip("by `make faults` alone: each process of Spark takes ten seconds to begin")
        connect_spark()
    place, first = where(service), 0
    said = {**place.said(path), **({"engine": SPARK} if engine == "spark" else {})}
    form = [path.partition(".")[2] or "delta"] if isinstance(place, Provider) else []
    kind = ", ".join([service, *form, mode, engine])
    for kill in faults.kills(kind, 1.5):
        process = start(said, mode, first, 100)
        kill(process)
        assert process.stdout is not None
        acknowledged = [first, *map(int, process.stdout.read().split())]
        found = turns(said)
        assert set(found.values()) == {WIDTH}
        assert max(found) in (acknowledged[-1], acknowledged[-1] + 1)  # it was killed before it said so
        if mode == "append":
            assert set(acknowledged) <= set(found)
        first = max(found) + 2  # what was on its way to a store when its sender was killed may still arrive
        save(resource({**said, "engine": None}, mode), first)
        assert max(turns(said)) == first
        first += 1
    monkeypatch.setattr(disks, "_OLD", -60)
    save(resource({**said, "engine": None}, mode), first)
    assert place.leftovers() == []


def test_a_killed_publication_shows_one_turn(postgres: Any, faults: Faults) -> None:
    """After kill -9 in the middle of a publication, both tables of a mart in PostgreSQL are of one turn, and whole."""
    if COUNT not in os.environ:
        pytest.skip("by `make faults` alone: a publication is killed at its two moments elsewhere")
    place, first = databases.DATABASES["postgres"][0].place(postgres), 0
    said = {"table": place.schema, "service": dict(place.settings), "credentials": dict(place.credentials)}
    for kill in faults.kills("mart in postgres", 0.8):
        process = begin(["mart_writer.py", str(first)], said)
        assert process.stdout is not None
        assert process.stdout.readline() == f"{first}\n"
        kill(process)
        last = max(map(int, process.stdout.read().split()), default=first)
        found = place.sql("select turn, count(*) from (table {}dim union all table {}fact) t group by turn")
        assert found in [[(last, 2 * MART)], [(last + 1, 2 * MART)]]
        first = last + 2
