"""Panels as users have them: rows of series, names, times and values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

ORDER = ["unique_id", "cutoff", "ds"]


def series(name: Any, values: Any, begin: str = "2024-01-01", unit: str = "D", step: int = 1) -> pa.Table:
    """Rows of one series, a period each: DATE for days and months, TIMESTAMP for hours."""
    values = np.asarray(values, dtype=np.float64)
    times = np.datetime64(begin, unit) + step * np.arange(len(values))
    ds = pa.array(times.astype("M8[us]"))
    names, y = pa.array([name] * len(values)), pa.array(values, from_pandas=True)
    return pa.table({"unique_id": names, "ds": ds if unit == "h" else ds.cast(pa.date32()), "y": y})


def sales(count: int = 24, length: int = 60, seed: int = 0) -> pa.Table:
    """Monthly series of many kinds and lengths: seasonal, trending, wandering, intermittent, negative, very short."""
    draw, parts = np.random.default_rng(seed), []
    for number in range(count):
        time = np.arange(2 if number == 8 else 1 if number == 16 else length - number * 7 % 25)
        y = 100 + 0.3 * number * time + 10 * np.sin(time * np.pi / 6) + draw.normal(0, 3, len(time))
        if number % 5 == 1:
            y = y + draw.normal(0, 5, len(time)).cumsum()
        if number % 5 == 2:
            y = np.where(draw.random(len(time)) < 0.7, 0, draw.poisson(5, len(time)))
        if number % 5 == 3:
            y = y - 150
        parts.append(series(f"s{number:03d}", y, f"201{number % 3}-01", "M"))
    return pa.concat_tables(parts)


def in_order(table: pa.Table) -> pa.Table:
    """Rows in one order, whatever engine they come from."""
    return table.sort_by([(name, "ascending") for name in ORDER if name in table.column_names]).combine_chunks()


def of(table: pa.Table, *names: Any) -> pa.Table:
    """Rows of some series."""
    return table.filter(pa.compute.is_in(table["unique_id"], pa.array(names, table["unique_id"].type)))


def shuffled(table: pa.Table, seed: int = 0) -> pa.Table:
    """Rows in another order."""
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))
