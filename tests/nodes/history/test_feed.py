"""Changes that are valid from times of their own, alone and among snapshots, against facts in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import history_model as model
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.history import Comparison, History, Snapshot
from kedro_faucet.nodes.history.feed import Feed

KEYS, LAST = range(3), 10**6
ORDERS, TRUNCATED = (1, 2, 4), 3  # within a minute: of changes, and of one that ends all keys
START = datetime(2013, 1, 1)
SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string()), ("changed", pa.timestamp("us"))])
ORDERED = SCHEMA.append(pa.field("lsn", pa.int64())).append(pa.field("op", pa.string()))
Fact = tuple[int, int, int]  # a key, a minute, and what orders the changes of one minute: of a snapshot the last


def at(minute: int) -> datetime:
    """Return a time."""
    return START + timedelta(minutes=minute)


@dataclass
class Batch:
    """What is saved at once: a full, partial or dated snapshot of a minute, a feed, or one that ends all keys."""

    kind: str
    minute: int = -1
    facts: dict[Fact, tuple[str | None, int] | None] = field(default_factory=dict)

    def save(self, engine: Engine, log: Table | None) -> Table | None:
        """Save it into a log in memory."""
        told = Feed("changed", "op", "lsn")
        feed = {"feed": told, "truncate": told, "dated": Feed("changed")}.get(self.kind, Feed())
        rules = Comparison("id", complete=self.kind in ("full", "dated"), max_deletes=1, allow_empty=True, feed=feed)
        rows = engine.from_frame(self.table())
        addition = rules.addition(log, Snapshot(rows, at(max(self.minute, 0))))
        return model.append(engine, log, addition.rows) if addition else log

    def table(self) -> pa.Table:
        """Return it as a table."""
        if self.kind == "truncate":
            [(_, minute, order)] = {(None, *fact[1:]) for fact in self.facts}
            return pa.Table.from_pylist([{"changed": at(minute), "lsn": order, "op": "T"}], schema=ORDERED)
        rows: list[dict[str, Any]] = []
        for (key, _, order), fact in self.facts.items():
            if self.kind == "feed" or fact:
                name, changed = fact or ("gone", 0)
                said = {"id": key, "name": name, "changed": at(changed), "lsn": order}
                rows.append({**said, "op": "U" if fact else "Delete"})
        if self.kind != "feed":
            return pa.Table.from_pylist(rows, schema=SCHEMA)
        for row, (_, minute, _) in zip(rows, self.facts, strict=True):
            row["changed"] = at(minute)
        return pa.Table.from_pylist(rows, schema=ORDERED)

    def truth(self) -> dict[Fact, tuple[str | None, int] | None]:
        """Return what it says of keys and times."""
        if self.kind != "dated":
            return self.facts
        return {**self.facts, **{(key, fact[1], 0): fact for (key, *_), fact in self.facts.items() if fact}}


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """Draw batches whose changes do not contradict each other."""
    minutes = draw(st.lists(st.integers(0, 20).map(lambda n: 2 * n), min_size=1, max_size=5, unique=True))
    names, told = st.sampled_from([None, "a", "b"]), dict[Fact, Any]()
    found = []
    for minute in minutes:
        batch = Batch(draw(st.sampled_from(["full", "partial", "dated", "feed", "truncate"])), minute)
        found.append(batch)
        if batch.kind == "truncate":
            ended = draw(st.integers(0, 42))
            batch.facts = {(key, ended, TRUNCATED): None for key in KEYS}
            continue
        for key in KEYS:
            if batch.kind == "feed":
                for _ in range(draw(st.integers(0, 2))):
                    fact = (key, draw(st.integers(0, 42)), draw(st.sampled_from(ORDERS)))
                    drawn = draw(st.one_of(st.none(), names.map(lambda name, fact=fact: (name, fact[1]))))
                    batch.facts[fact] = told.setdefault(fact, drawn)
            elif draw(st.booleans()):
                changed = draw(st.integers(0, minute))
                name = draw(names)
                row = told.setdefault((key, changed, 0), (name, changed)) if batch.kind == "dated" else (name, changed)
                batch.facts[key, minute, LAST] = row
            elif batch.kind != "partial":
                batch.facts[key, minute, LAST] = None
    return found


@settings(max_examples=40, deadline=None)
@given(batches(), st.data())
def test_any_order(drawn: list[Batch], data: st.DataObject) -> None:
    """Snapshots and changes, in any order, late or twice, give at every time what was said last of each key."""
    engine, log = engines.connect(), None
    for batch in data.draw(st.permutations([*drawn, *data.draw(st.lists(st.sampled_from(drawn), max_size=2))])):
        log = batch.save(engine, log)
    facts = {fact: value for batch in drawn for fact, value in batch.truth().items()}
    if log is None:
        assert not facts
        return
    history = History(log, "id")
    for minute in {minute for _, minute, _ in facts} | {43}:
        state = {key: value for (key, then, _), value in sorted(facts.items(), key=by_time) if then <= minute}
        expected = {(key, row[0], at(row[1])) for key, row in state.items() if row}
        assert set(engine.rows(history.as_of(at(minute)))) == expected
        valid = f"valid_from <= timestamp '{at(minute)}' and coalesce(valid_to > timestamp '{at(minute)}', true)"
        query = f"select id, name, changed from v where {valid}"
        assert sorted(engine.rows(engine.sql(query, v=history.intervals())), key=repr) == sorted(expected, key=repr)


def by_time(item: tuple[Fact, Any]) -> tuple[int, int]:
    """Order facts by their times, and those of one time by their sequence."""
    return item[0][1:]


def changes(engine: Engine, **columns: list[Any]) -> Table:
    """Return a table of changes."""
    return engine.from_frame(pa.table(columns))


FEED = Comparison("id", complete=False, feed=Feed("at", "op", "lsn"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": [1, 1], "at": [at(1)] * 2, "op": ["u", "d"], "lsn": [5, 5]}, "two changes of one key (id), at and seq"),
        (
            {"id": [1, 2], "at": [at(1)] * 2, "op": ["u", "updte"], "lsn": [5, 5]},
            "1 changes have an operation .*: 2, 2013-01-01 00:01:00, upd",
        ),
        ({"id": [1, None], "at": [at(1)] * 2, "op": ["u", "u"], "lsn": [5, 6]}, "1 changes lack a value .*: NULL, 20"),
        (
            {"id": [1, 2], "at": [at(1), None], "op": ["u", "u"], "lsn": [5, 6]},
            "lack a value of id, at, op, lsn: 2, NULL",
        ),
        ({"id": [1], "at": ["2013-01-01"], "op": ["u"], "lsn": [5]}, "changed_at: 'at' is VARCHAR"),
        ({"id": [1], "at": [at(1)], "op": ["u"], "lsn": ["5"]}, "sequence: 'lsn' is VARCHAR"),
        ({"id": [1], "at": [at(1)], "opp": ["u"], "lsn": [5]}, "'operation' names the column 'op'.*mean 'opp'"),
        ({"id": [1], "at": [datetime(2999, 1, 1)], "op": ["u"], "lsn": [5]}, "is in the future"),
    ],
)
def test_refused(engine: Engine, columns: dict[str, list[Any]], message: str) -> None:
    """Changes without key, time or order, and of operations that there are not, are refused with examples."""
    with pytest.raises(DataError, match=message.replace("(", r"\(").replace(")", r"\)")):
        FEED.addition(None, Snapshot(changes(engine, **columns), START))


def test_refused_by_what_is_there(engine: Engine) -> None:
    """A change that contradicts the log, came after its snapshot, or comes late without a column is refused."""
    first = changes(engine, id=[1], name=["a"], at=[at(1)])
    dated = Comparison("id", feed=Feed("at"))
    log = engine.persist(dated.addition(None, Snapshot(first, at(2))).rows)  # type: ignore[union-attr]
    assert dated.addition(log, Snapshot(first, at(2))) is None
    with pytest.raises(DataError, match=r"1 times there are two changes of one key.*leave changed_at out"):
        dated.addition(log, Snapshot(changes(engine, id=[1], name=["b"], at=[at(1)]), at(3)))
    with pytest.raises(DataError, match=r"1 rows were changed after their snapshot.*: 1, 2013-01-01 00:04"):
        dated.addition(log, Snapshot(changes(engine, id=[1], name=["b"], at=[at(4)]), at(3)))
    with pytest.raises(DataError, match="alone has the column 'name'"):
        dated.addition(log, Snapshot(changes(engine, id=[1], at=[at(0)]), at(1)))
