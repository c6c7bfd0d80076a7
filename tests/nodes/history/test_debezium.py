"""Events of Debezium, in the shapes in which its connectors write them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from histories import NAME

from kedro_faucet import engines
from kedro_faucet.datasets import HistoryDataset, ResourceDataset
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history import Comparison, History, Snapshot
from kedro_faucet.nodes.history.feed.debezium import FEED, Debezium

START, MS = datetime(2013, 1, 31), 1359590400000
ADA, EVE, BOB = {"id": 1, "name": "Ada"}, {"id": 1, "name": "Eve"}, {"id": 2, "name": "Bob"}
SCHEMA = {
    "type": "struct",
    "fields": [
        {"type": "struct", "fields": [{"type": "int32", "optional": False, "field": "id"}], "field": "after"},
        {"type": "string", "optional": False, "field": "op"},
    ],
    "optional": False,
    "name": "shop.public.customers.Envelope",
    "version": 2,
}
Event = dict[str, Any]


def postgres(op: str | None, before: Event | None, after: Event | None, lsn: int | None, later: int = 0) -> Event:
    """Return an event of PostgreSQL's connector, some milliseconds after the start."""
    source = {
        "version": "2.7.0.Final",
        "connector": "postgresql",
        "name": "shop",
        "ts_ms": MS + later,
        "snapshot": "false",
        "db": "shop",
        "sequence": '["24023119","24023128"]',
        "schema": "public",
        "table": "customers",
        "txId": 571,
        **({} if lsn is None else {"lsn": lsn}),
        "xmin": None,
    }
    told = {"op": op, "ts_ms": MS + later + 20, "transaction": None}
    return {"before": before, "after": after, "source": source, **told}


def mysql(op: str, before: Event | None, after: Event | None, row: int, **source: Any) -> Event:
    """Return an event of MySQL's connector."""
    told = {"connector": "mysql", "ts_ms": MS, "db": "shop", "table": "customers", "file": "mysql-bin.000003"}
    return {
        "before": before,
        "after": after,
        "source": {**told, "pos": 154, "row": row, **source},
        "op": op,
        "ts_ms": MS,
    }


def within(event: Event, transaction: str, order: int) -> Event:
    """Return an event with its place in a transaction."""
    return {**event, "transaction": {"id": transaction, "total_order": order, "data_collection_order": order}}


def wrapped(event: Event | None) -> Event:
    """Return an event as it is with its schema beside it; without one, a tombstone."""
    return {"schema": event and SCHEMA, "payload": event}


MESSAGES: list[Event] = [
    {"ts_ms": MS},  # a heartbeat
    {"status": "BEGIN", "id": "571:53195829", "ts_ms": MS, "event_count": None, "data_collections": None},
    {"source": {"connector": "mysql", "ts_ms": MS}, "ts_ms": MS, "databaseName": "shop", "ddl": "ALTER TABLE t"},
    {"op": "m", "ts_ms": MS, "source": {"ts_ms": MS, "lsn": 8}, "message": {"prefix": "p", "content": "Ymfy"}},
]


def read(engine: Engine, path: Path, events: list[Event]) -> Any:
    """Return events that are lines of JSON as a table."""
    path.write_text("".join(json.dumps(each) + "\n" for each in events))
    return ResourceDataset(filepath=str(path), format="json", engine=engine.config).load()


def versions(engine: Engine, path: Path, *batches: list[Event]) -> list[tuple[Any, ...]]:
    """Save batches of events, and return the key, name, and the milliseconds from which and until which it was."""
    said: dict[str, Any] = {"filepath": str(path / "people"), "key": "id", "engine": engine.config, "metadata": NAME}
    for batch in batches:
        HistoryDataset(feed="debezium", **said).save(read(engine, path / "events.jsonl", batch))
    table = engine.sql("select id, name, valid_from, valid_to from v", v=HistoryDataset(**said).load())
    since = lambda at: at and (at - START) // timedelta(milliseconds=1)  # noqa: E731
    return sorted(((*row, since(begin), since(end)) for *row, begin, end in engine.rows(table)), key=str)


def test_messages_and_forms(engine: Engine, tmp_path: Path) -> None:
    """Events are read bare and beside their schemas; messages that tell of no row are left out, also alone."""
    first, second = postgres("r", None, ADA, 1), postgres("u", ADA, EVE, 2, 5)
    expected = [(1, "Ada", 0, 5), (1, "Eve", 5, None)]
    assert versions(engine, tmp_path, MESSAGES, [*MESSAGES, first, second], MESSAGES[:1]) == expected
    other = tmp_path / "wrapped"
    other.mkdir()
    events = [wrapped(first), wrapped(None), wrapped(second), wrapped(MESSAGES[0])]
    assert versions(engine, other, [wrapped(None)], events) == expected


def test_truncation(engine: Engine, tmp_path: Path) -> None:
    """A truncation ends all keys, also those that are saved after it and came before, and none that came later."""
    truncated = {**postgres("t", None, None, 5, 10)}
    late, first = postgres("c", None, ADA, 1), postgres("c", None, BOB, 2)
    again = postgres("c", None, {"id": 2, "name": "Bo"}, 6, 10)  # of the same transaction
    batches = [[first], [{name: truncated[name] for name in ("source", "op", "ts_ms")}], [again], [late], [truncated]]
    assert versions(engine, tmp_path, *batches) == [(1, "Ada", 0, 10), (2, "Bo", 10, None), (2, "Bob", 0, 10)]


def test_transactions(tmp_path: Path) -> None:
    """Changes of one key at one time are ordered within their transaction, or by their rows in MySQL's log."""
    engine = engines.connect()
    pair = [within(postgres("u", ADA, EVE, None), "7", 2), within(postgres("c", None, ADA, None), "7", 1)]
    assert versions(engine, tmp_path, pair) == [(1, "Eve", 0, None)]
    other = tmp_path / "mysql"
    other.mkdir()
    moved = [mysql("d", ADA, None, 0), mysql("c", None, EVE, 1), mysql("r", None, BOB, 0, ts_ms=0, pos=4)]
    assert versions(engine, other, moved) == [(1, "Eve", 0, None), (2, "Bob", 0, None)]


def test_times_against_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A read of a first snapshot that hides a row which was written meanwhile is said: times decide."""
    late = [postgres("u", ADA, EVE, 9, 5)]
    assert versions(engines.connect(), tmp_path, late, [postgres("r", None, ADA, 1, 7)])[-1] == (1, "Eve", 5, 7)
    assert "Changes came later by their time" in caplog.text
    assert "1, 2013-01-31 00:00:00.007000, 1" in caplog.text


def test_deletions_alone(tmp_path: Path) -> None:
    """A batch of deletions need not have the other columns."""
    gone = postgres("d", {"id": 1}, None, 2, 7)
    assert versions(engines.connect(), tmp_path, [postgres("c", None, ADA, 1)], [gone]) == [(1, "Ada", 0, 7)]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([postgres("x", None, ADA, 1)], "operation that is none .*: 1, 2013-01-31 00:00:00, x, 1"),
        ([postgres(None, None, ADA, 1)], "1 events have a row, but no operation .*: NULL, 1, 1359590400000"),
        ([postgres("c", None, None, 1), postgres("c", None, ADA, 2)], "1 events have no row after"),
        ([{**postgres("c", None, None, 1), "after": '{"id": 1}'}], "no row after, or one that is no object"),
        ([postgres("d", None, None, 1), postgres("c", None, ADA, 2)], "1 changes lack a value of id"),
        ([postgres("u", None, {"id": 1, "name": "__debezium_unavailable_value"}, 1)], "REPLICA IDENTITY FULL"),
        ([mysql("c", None, ADA, 0), mysql("c", None, BOB, 1, table="orders")], "2 tables: shop.customers; shop.orders"),
        ([wrapped(postgres("c", None, ADA, 1)), postgres("d", ADA, None, 2)], "and others are not"),
        ([{"payload": json.dumps(postgres("c", None, ADA, 1))}], "'payload' is text"),
        ([{"id": 1, "name": "Ada"}], "'op' is missing: there are id, name"),
        ([postgres("t", None, None, 1)], "save what was there first"),
        (
            [within(postgres("u", None, row, None), number, 2) for row, number in ((ADA, "7"), (EVE, "8"))],
            "1 times there are two changes of one key .* provide.transaction.metadata",
        ),
    ],
)
def test_refused(tmp_path: Path, events: list[Event], message: str) -> None:
    """Events that would be misunderstood are refused with their number and examples."""
    engine = engines.connect()
    rules = Comparison("id", complete=False, feed=FEED)
    with pytest.raises(DataError, match=message):
        rules.addition(None, Snapshot(Debezium().build(read(engine, tmp_path / "e.jsonl", events)), START))


def test_two_transactions_of_one_time(tmp_path: Path) -> None:
    """What another transaction did to a key at the time of one that was saved before is refused: none is the last."""
    engine, rules = engines.connect(), Comparison("id", complete=False, feed=FEED)
    first, second = ([within(postgres("u", None, row, None), number, 1)] for row, number in ((ADA, "7"), (EVE, "8")))
    told = [
        Debezium().build(read(engine, tmp_path / f"{len(each)}{n}.jsonl", each))
        for n, each in enumerate((first, second))
    ]
    addition = rules.addition(None, Snapshot(told[0], START))
    assert addition
    log = engine.persist(addition.rows)
    assert History(log, "id").markers[0].feed
    with pytest.raises(DataError, match="two changes of one key"):
        rules.addition(log, Snapshot(told[1], START))
