"""Rows joined to the version of their own time, against a join on ranges: ``python benchmarks/as_of_join.py``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

from kedro_faucet.engines import Engine, Table, connect
from kedro_faucet.nodes.merge import AsOfJoin

KEYS, VERSIONS, ROWS, ROUNDS = 20, 5_000, 200_000, 3
YEAR = 365 * 24 * 60 * 60
SALES = f"""
    select n as id, concat('k', text_of(n % {KEYS})) as sku,
        add_seconds(timestamp '2013-01-01', (n * 7919) % {YEAR}) as at
    from (select unnest(generate_series(cast(1 as bigint), {ROWS})) as n) numbers"""
PRICES = f"""
    select sku, price, valid_from, lead(valid_from) over (partition by sku order by valid_from) as valid_to from (
        select concat('k', text_of(n % {KEYS})) as sku, n as price,
            add_seconds(timestamp '2013-01-01', int_div(n, {KEYS}) * {YEAR // VERSIONS}) as valid_from
        from (select unnest(generate_series(cast(0 as bigint), {KEYS * VERSIONS - 1})) as n) numbers
    ) starts"""
RANGE = """
    select sales.*, prices.price from sales left join prices on sales.sku = prices.sku
        and sales.at >= prices.valid_from and (sales.at < prices.valid_to or prices.valid_to is null)"""


def measure(engine: Engine, join: Callable[[], Table]) -> tuple[float, list[tuple[int, ...]]]:
    """Return the median seconds of a join, after one that is not counted, and what its rows sum up to."""
    taken, found = [], []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        found = engine.rows(engine.sql("select count(*), count(price), sum(price) from joined", joined=join()))
        taken.append(time.perf_counter() - began)
    return median(taken[1:]), found


def compare(engine: Engine) -> str:
    """Return the seconds of both joins, which must find the same."""
    sales, prices = (engine.persist(engine.sql(text)) for text in (SALES, PRICES))
    brick, found = measure(engine, lambda: AsOfJoin("at", "sku").build(sales, prices))
    ranged, expected = measure(engine, lambda: engine.sql(RANGE, sales=sales, prices=prices))
    if found != expected:
        raise SystemExit(f"{engine.name}: {found} is not {expected}.")
    return f"| {engine.name} | {brick:.2f} | {ranged:.2f} | {ranged / brick:.0f} |"


def main() -> None:
    """Print what they take on DuckDB and, if asked for, on Spark."""
    spark = {"type": "spark", "master": "local[2]", "config": {"spark.sql.shuffle.partitions": 2}}
    for config in [{"type": "duckdb", "threads": 2}, *([spark] if "--spark" in sys.argv else [])]:
        print(compare(connect(config)), flush=True)


if __name__ == "__main__":
    main()
