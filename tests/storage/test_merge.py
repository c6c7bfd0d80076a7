"""Merge: the newest row of a key wins, running again changes nothing, refused rows change nothing."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import at, frame, rows_of, table

from kedro_faucet import engines
from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.delta import DeltaStore
from kedro_faucet.storage.modes import writer

Row = tuple[int, int | None, str | None]


def save(engine: Engine, store: DeltaStore, rows: Iterable[Any], order_by: str | None = "t") -> None:
    """Merge rows into a Delta table."""
    merge(engine, store, table(engine, *rows), ["k"], order_by)


def merge(engine: Engine, store: DeltaStore, new: Table, *how: Any) -> None:
    """Merge a table into a Delta table by a key, and perhaps by order_by and delete_by."""
    change = writer("merge", *how)
    store.update(lambda old: change(engine, old, new))


def model(batches: Iterable[list[Row]]) -> list[tuple[Any, ...]]:
    """What merging should give, in plain Python."""
    state: dict[int, Row] = {}
    rank = lambda row: (row[1] is not None, row[1] or 0, row[2] is not None, row[2] or "")  # noqa: E731
    for batch in batches:
        newest: dict[int, Row] = {}
        for row in batch:
            if row[0] not in newest or rank(row) > rank(newest[row[0]]):
                newest[row[0]] = row
        for key, row in newest.items():
            old = state.get(key)
            if old is None or old[1] is None or (row[1] is not None and row[1] >= old[1]):
                state[key] = row
    return sorted((k, at(t), v) for k, t, v in state.values())


def run(engine: Engine, folder: Path, batches: Iterable[list[Row]]) -> list[tuple[Any, ...]]:
    """Merge the batches one after the other into a new table."""
    store = DeltaStore(engine, str(folder / uuid.uuid4().hex))
    for batch in batches:
        save(engine, store, batch)
    return sorted(engine.rows(store.read())) if store.exists() else []


times, values = st.one_of(st.none(), st.integers(0, 4)), st.one_of(st.none(), st.sampled_from("abc"))
rows = st.tuples(st.integers(0, 5), times, values)
batches = st.lists(st.lists(rows, max_size=6), min_size=1, max_size=4)


def examples(engine: Engine) -> int:
    """Spark takes its time."""
    return 25 if engine.name == "duckdb" else 2


def test_merge_equals_the_model(engine: Engine, tmp_path: Path) -> None:
    """Whatever the batches, a merged table holds what plain Python says, and merging them again changes nothing."""

    @settings(max_examples=examples(engine), deadline=None, suppress_health_check=list(HealthCheck))
    @given(batches)
    def check(given_batches: list[list[Row]]) -> None:
        found = run(engine, tmp_path, given_batches)
        assert [str(row) for row in found] == [str(row) for row in model(given_batches)]

    check()


def test_order_of_batches_does_not_matter(engine: Engine, tmp_path: Path) -> None:
    """With order_by, batches in any order and repeated give one result."""
    unique = st.tuples(st.integers(0, 5), st.integers(0, 4)).map(lambda pair: (*pair, f"{pair[0]}-{pair[1]}"))

    @settings(max_examples=examples(engine), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(unique, min_size=1, max_size=6), min_size=1, max_size=4), st.randoms())
    def check(given_batches: list[list[Row]], chance: random.Random) -> None:
        other = [*given_batches, *given_batches[:1]]
        chance.shuffle(other)
        assert run(engine, tmp_path, other) == run(engine, tmp_path, given_batches)

    check()


def test_merging_again_makes_no_commit(engine: Engine, tmp_path: Path) -> None:
    """A merge that would change nothing writes nothing at all."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    save(engine, store, [(1, 1, "a"), (2, 2, None)])
    save(engine, store, [(1, 1, "a"), (2, 2, None), (2, 1, "stale")])
    save(engine, store, [])
    assert DeltaTable(store.uri).version() == 0


def test_new_keys_are_appended(engine: Engine, tmp_path: Path) -> None:
    """Where every key is new, the files that were there stay as they are."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    save(engine, store, [(1, 1, "a")])
    before = DeltaTable(store.uri).file_uris()
    save(engine, store, [(2, 1, "b")])
    assert set(before) < set(DeltaTable(store.uri).file_uris())


def test_null_keys_are_refused(engine: Engine, tmp_path: Path) -> None:
    """A NULL key is an error that shows rows, and nothing is written."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    with pytest.raises(DataError, match=r"key \(k\) is NULL in incoming rows, as in\n  k=None, t=.*, v=lost"):
        save(engine, store, [(1, 1, "a"), (None, 1, "lost")])
    assert not store.exists()


def test_ambiguous_keys_are_refused(engine: Engine, tmp_path: Path) -> None:
    """Without order_by, two different rows with one key are an error; the same row twice is one row."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    save(engine, store, [(1, 1, "a"), (1, 1, "a")], order_by=None)
    with pytest.raises(DataError, match=r"nothing tells which is the newest.*order_by"):
        save(engine, store, [(2, 1, "a"), (2, 1, "b")], order_by=None)
    assert rows_of(engine, store.read()) == [(1, at(1), "a")]


def test_a_new_column_is_added(engine: Engine, tmp_path: Path) -> None:
    """A column that the target lacks is NULL before, in rows that are appended and in rows that are replaced."""
    store, change = DeltaStore(engine, str(tmp_path / "x")), writer("merge", ["k"])
    for new in (frame(engine, k=[1, 2]), frame(engine, k=[3], c=["x"]), frame(engine, k=[1], c=["y"])):
        store.update(lambda old, new=new: change(engine, old, new))
    assert rows_of(engine, store.read()) == [(1, "y"), (2, None), (3, "x")]


def test_a_vanished_column_is_an_error(engine: Engine, tmp_path: Path) -> None:
    """A column that the incoming table lacks is named, with the nearest new one."""
    store, change = DeltaStore(engine, str(tmp_path / "x")), writer("merge", ["k"])
    store.update(lambda old: change(engine, old, frame(engine, k=[1], colour=["x"])))
    with pytest.raises(DataError, match=r"lacks the column 'colour'.*Did you mean 'color'"):
        store.update(lambda old: change(engine, old, frame(engine, k=[1], color=["x"])))


def test_a_misspelt_key_gets_the_nearest_name(engine: Engine, tmp_path: Path) -> None:
    """A key that is no column is an error with the nearest column."""
    change = writer("merge", ["tailnumber"])
    with pytest.raises(DataError, match=r"no column 'tailnumber'. Did you mean 'tailnum'"):
        change(engine, None, frame(engine, tailnum=["x"]))


def test_a_table_that_has_a_key_twice(engine: Engine, tmp_path: Path) -> None:
    """A merge onto rows that another mode wrote twice is refused, as it would lose the newer; others are merged."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    store.replace(table(engine, (1, 5, "newest"), (1, 1, "oldest"), (2, 1, "a")))
    save(engine, store, [(2, 2, "b")])
    with pytest.raises(DataError, match=r"several rows of one key \(k\), as of\n  k=1\n"):
        save(engine, store, [(1, 3, "between")])
    assert rows_of(engine, store.read()) == rows_of(
        engine, table(engine, (1, 1, "oldest"), (1, 5, "newest"), (2, 2, "b"))
    )


def test_only_touched_files_are_written_again(engine: Engine, tmp_path: Path) -> None:
    """A replaced row costs its own file alone; files that lie elsewhere, or have stale rows, stay as they are."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    for first in (0, 10, 20):
        save(engine, store, [(first + n, 5, "a") for n in range(10)])
    before = set(DeltaTable(store.uri).file_uris())
    save(engine, store, [(11, 6, "newer"), (12, 5, "a"), (21, 4, "stale"), (40, 5, "added")])
    after = set(DeltaTable(store.uri).file_uris())
    assert 0 < len(before - after) <= len(before) // 3
    assert DeltaTable(store.uri).version() == 3
    expected = {n: (n, at(5), "a") for n in range(30)} | {11: (11, at(6), "newer"), 40: (40, at(5), "added")}
    assert rows_of(engine, store.read()) == sorted(expected.values())


keys = {
    "texts": ["", "a", "ä", "Z", "z", "\U0001f4a5", "a" * 40, "b" * 40],
    "fractions": [0.0, -0.0, 1.5, float("nan"), float("inf"), float("-inf"), 1e300],
    "days": [date(1, 1, 1), date(1969, 12, 31), date(2024, 2, 29), date(9999, 12, 31)],
    "times": [datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2024, 1, 1, 0, 0, 0, 1), datetime(2024, 1, 1)],
    "decimals": [Decimal("12345678901234567.90"), Decimal("-12345678901234567.89"), Decimal("10000000000000000.10")],
    "flags": [True, False],
}


@pytest.mark.parametrize("kind", keys)
def test_keys_of_every_kind_are_found_again(engine: Engine, tmp_path: Path, kind: str) -> None:
    """Whatever a key's kind and the files' bounds, the same keys again add no row, and a new value replaces the old."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    for key in keys[kind]:
        merge(engine, store, frame(engine, k=[key], v=["old"]), ["k"])
    count = len(engine.rows(store.read()))
    assert count == len({str(abs(key) if key == 0 else key) for key in keys[kind]})
    merge(engine, store, frame(engine, k=keys[kind][1:], v=["new"] * (len(keys[kind]) - 1)), ["k"])
    values = [value for _, value in engine.rows(store.read())]
    assert (len(values), values.count("old")) == (count, 0 if kind == "fractions" else 1)


def test_two_columns_are_one_key(engine: Engine, tmp_path: Path) -> None:
    """A row is replaced where all columns of the key are the same, and only there."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    pairs = [(a, b) for a in range(3) for b in "xy"]
    for a, b in pairs:
        merge(engine, store, frame(engine, a=[a], b=[b], v=[0]), ["a", "b"])
    merge(engine, store, frame(engine, a=[1, 2, 3], b=["x", "z", "y"], v=[1, 1, 1]), ["a", "b"])
    expected = {**dict.fromkeys(pairs, 0), (1, "x"): 1, (2, "z"): 1, (3, "y"): 1}
    assert rows_of(engine, store.read()) == sorted((a, b, v) for (a, b), v in expected.items())


def test_a_marked_row_deletes_its_key(engine: Engine, tmp_path: Path) -> None:
    """With delete_by, whatever comes in which batch, the table has the newest rows that are not marked."""

    @settings(max_examples=examples(engine), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=6), min_size=1, max_size=5))
    def check(given_batches: list[list[tuple[int, bool]]]) -> None:
        store, state = DeltaStore(engine, str(tmp_path / uuid.uuid4().hex)), dict[int, int]()
        for t, batch in enumerate(given_batches):
            last = dict(batch)
            if last:
                columns = {"k": list(last), "t": [t] * len(last), "gone": list(last.values())}
                merge(engine, store, frame(engine, **columns), ["k"], "t", "gone")
            state = {k: v for k, v in state.items() if not last.get(k)} | {k: t for k, gone in last.items() if not gone}
        if store.exists():
            assert rows_of(engine, store.read()) == sorted(state.items())

    check()


def test_a_mark_that_is_no_boolean(engine: Engine, tmp_path: Path) -> None:
    """A column of another kind marks nothing, and is refused; a stale mark deletes nothing."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    with pytest.raises(DataError, match="delete_by: 'gone' is BIGINT, not BOOLEAN: make it true or false"):
        merge(engine, store, frame(engine, k=[1], t=[1], gone=[1]), ["k"], "t", "gone")
    merge(engine, store, frame(engine, k=[1], t=[2], gone=[False]), ["k"], "t", "gone")
    merge(engine, store, frame(engine, k=[1, 7], t=[1, 1], gone=[True, True]), ["k"], "t", "gone")
    assert rows_of(engine, store.read()) == [(1, 2)]
    assert DeltaTable(store.uri).version() == 0


def test_the_log_tells_of_the_columns(engine: Engine, tmp_path: Path) -> None:
    """Each file's lowest and highest values and counts of NULLs are in the log, as other readers look for them."""
    store = DeltaStore(engine, str(tmp_path / "x"))
    rows = frame(engine, n=[1, 3, None], s=["a", "c", "b"], x=[1.5, float("nan"), None], t=[datetime(2024, 1, 2)] * 3)
    store.replace(rows)
    said = pa.table(DeltaTable(store.uri).get_add_actions(flatten=True)).to_pydict()
    bounds = {name: {*(said.get(f"min.{name}") or ()), *(said.get(f"max.{name}") or ())} - {None} for name in "nsxt"}
    assert (min(bounds["n"]), max(bounds["n"]), min(bounds["s"]), max(bounds["s"])) == (1, 3, "a", "c")
    assert (bounds["t"], bounds["x"]) == ({datetime(2024, 1, 2)}, set())
    assert (sum(said["num_records"]), sum(said["null_count.n"]), sum(said["null_count.x"])) == (3, 1, 1)


def test_a_table_with_rules_is_written_by_who_checks_them(tmp_path: Path) -> None:
    """A row that a constraint of the table forbids is refused also in a merge."""
    engine = engines.connect()
    store = DeltaStore(engine, str(tmp_path / "x"))
    store.replace(frame(engine, k=[1], v=[1]))
    DeltaTable(store.uri).alter.add_constraint({"positive": "v > 0"})
    merge(engine, store, frame(engine, k=[1], v=[2]), ["k"])
    with pytest.raises(ResourceError, match="1 rows failed validation check"):
        merge(engine, store, frame(engine, k=[1, 2], v=[3, -1]), ["k"])
    assert rows_of(engine, store.read()) == [(1, 2)]
