"""Increments: what a save takes is decided by its own target."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from tables import frame, rows_of, table

from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, ResourceError
from kedro_faucet.storage.intake.incremental import Incremental


def test_rows_from_the_highest_cursor_on_are_taken(engine: Engine) -> None:
    """Rows at or after the target's highest cursor, less the lookback, are taken; so are rows without one."""
    target = table(engine, (1, 5, "x"), (2, 3, "x"))
    source = table(engine, *((n, n, "y") for n in range(8)), (9, None, "y"))
    for lookback, expected in ((None, [5, 6, 7, 9]), ("2d", [3, 4, 5, 6, 7, 9])):
        found = Incremental("t", lookback).filter(engine, target, source)
        assert [row[0] for row in rows_of(engine, found)] == expected


def test_without_a_target_all_rows_are_taken(engine: Engine) -> None:
    """The first save, and one into an empty table, take everything."""
    source = table(engine, (1, 1, "a"), (2, None, "b"))
    for target in (None, table(engine), table(engine, (1, None, "x"))):
        assert len(engine.rows(Incremental("t").filter(engine, target, source))) == 2


def test_an_append_takes_only_later_rows(engine: Engine) -> None:
    """Where nothing knows a row again, those equal to the highest cursor are not taken twice."""
    found = Incremental("n", inclusive=False).filter(engine, frame(engine, n=[3]), frame(engine, n=[2, 3, 4]))
    assert engine.rows(found) == [(4,)]


def test_the_filter_runs_in_the_source(engine: Engine, tmp_path: Path) -> None:
    """The filter is part of the lazy source: a row group that has no new rows is not read."""
    path = str(tmp_path / "x.parquet")
    engine.write_file(frame(engine, n=list(range(1000))), "parquet", path)
    found = Incremental("n").filter(engine, frame(engine, n=[995]), engine.read_files("parquet", [path]))
    if engine.name == "duckdb":
        plan = str(found.explain())
        assert "995" in plan.split("Parquet")[1] if "Parquet" in plan else "995" in plan
    else:
        assert "PushedFilters: [Or(IsNull(n),GreaterThanOrEqual(n,995))" in found._jdf.queryExecution().toString() or (
            "GreaterThanOrEqual(n,995)" in found._jdf.queryExecution().toString()
        )


@pytest.mark.parametrize(
    ("lookback", "highest", "bound"),
    [
        (None, 7, 7),
        ("2", 7, 5),
        (2, 7, 5),
        ("36h", datetime(2013, 1, 3), datetime(2013, 1, 1, 12)),
        ("1w", date(2013, 1, 8), date(2013, 1, 1)),
    ],
)
def test_lookback(lookback: str | int | None, highest: object, bound: object) -> None:
    """A lookback is a span of time or a number, as the cursor is."""
    assert Incremental("t", lookback).bound(highest) == bound


def test_a_lookback_that_does_not_fit(engine: Engine) -> None:
    """A lookback that nobody understands, of another kind than the cursor, or that would double rows is an error."""
    with pytest.raises(ResourceError, match=r"lookback: two days is not understood; write 30m, 12h, 2d"):
        Incremental("t", "two days")
    with pytest.raises(DataError, match=r"lookback: 2d does not fit the cursor 'n', a int"):
        Incremental("n", "2d").filter(engine, frame(engine, n=[1]), frame(engine, n=[1]))
    with pytest.raises(ResourceError, match=r"mode: append would double them"):
        Incremental("t", "2d", inclusive=False)


def test_a_misspelt_cursor_gets_the_nearest_name(engine: Engine) -> None:
    """A cursor that is no column is an error with the nearest column."""
    with pytest.raises(DataError, match=r"no column 'exportd_at'. Did you mean 'exported_at'"):
        Incremental("exportd_at").filter(engine, None, frame(engine, exported_at=[1]))


def test_a_cursor_long_ago(engine: Engine) -> None:
    """A cursor of the first centuries, such as a date that stands for none, is compared as it is."""
    times = [datetime(1, 1, day) for day in (1, 2, 3)]
    found = Incremental("t").filter(engine, frame(engine, t=times[1:2]), frame(engine, t=times))
    assert sorted(engine.rows(found)) == [(times[1],), (times[2],)]


def test_a_cursor_that_does_not_tell(engine: Engine) -> None:
    """A cursor of texts or floats is refused, and so is an append of rows without a cursor: it would lose them."""
    for cursor in ([1.5], ["2"]):
        with pytest.raises(DataError, match=r"a cursor is a date, a timestamp, an integer or a decimal"):
            Incremental("c").filter(engine, None, frame(engine, c=cursor))
    with pytest.raises(DataError, match=r"The cursor 'n' is NULL in incoming rows, and mode: append"):
        Incremental("n", inclusive=False).filter(engine, frame(engine, n=[3]), frame(engine, n=[4, None]))
