"""What it costs to make one SQL mean the same on both engines: compiling a text, and running what becomes of it.

    python benchmarks/sql.py [--rounds 50] [--spark]

Six texts as nodes have them are given to ``engine.sql``, each time as if for the first, over tables of no rows; on
Spark its own analysis of the translated text, measured by itself, is taken off. Then ten casts within each other are
compiled, and ten concatenations of mixed types run over a million rows, in turn with what one would write for DuckDB
alone. CPU times of this process.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from kedro_faucet import engines
from kedro_faucet.engines import Table
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.dialect import compile_sql
from kedro_faucet.engines.dialect.compiler import checked, compiled
from kedro_faucet.engines.dialect.types import result_types

FLIGHTS = """select 1 as id, 'AA' as carrier, 'N1' as tailnum, 'JFK' as origin, 'LAX' as destination,
    date '2013-01-31' as flight_date, timestamp '2013-01-31 10:20:30' as departed, 12.5 as dep_delay, 9 as distance"""
PLANES = "select 'N1' as tailnum, 'AA' as carrier, date '2012-01-01' as valid_from, date '2014-01-01' as valid_to"
TEXTS = {
    "a filter and an expression": """
        select *, date_trunc('hour', departed) as hour, distance / 1.609 as km from flights where dep_delay > 15""",
    "clean texts": """
        select id, upper(trim(carrier)) as carrier, regexp_replace(tailnum, '[^A-Z0-9]', '', 'g') as tailnum,
            coalesce(try_cast(origin as integer), 0) as code, cast(dep_delay as varchar) || ' min' as delay,
            strftime(flight_date, '%d.%m.%Y') as day
        from flights where length(tailnum) between 1 and 6 and destination not like '%\\_%'""",
    "the newest row of each key": """
        select * from flights
        qualify row_number() over (partition by carrier, tailnum order by departed desc, id) = 1""",
    "a fact of keys": """
        select surrogate_key(f.carrier) as carrier_key, surrogate_key(p.tailnum, p.valid_from) as plane_key,
            date_key(f.flight_date) as date_key, f.dep_delay, f.distance
        from flights f left join planes p on f.tailnum = p.tailnum and f.flight_date >= p.valid_from
            and f.flight_date < coalesce(p.valid_to, date '9999-12-31')""",
    "a cube": """
        select start_of('month', flight_date) as month, carrier, origin, count(*) as flights, sum(distance) as distance,
            avg(dep_delay) as mean_delay, grouping_id(start_of('month', flight_date), carrier, origin) as grouping
        from flights group by cube (start_of('month', flight_date), carrier, origin)""",
    "days with their moving mean": """
        with daily as (
            select origin, flight_date, count(*) as departures, avg(dep_delay) as mean_delay
            from flights group by origin, flight_date
        )
        select origin, flight_date, iso_weekday(flight_date) as weekday, round(mean_delay, 1) as mean_delay,
            avg(departures) over (partition by origin order by flight_date rows 6 preceding) as week
        from daily order by origin, flight_date""",
}
NESTED = {"i": "cast(cast({} as varchar) as bigint)", "d": "cast(cast({} as varchar) as date)"}
TYPES = {"t": {"i": "INTEGER", "d": "DATE"}}
ROWS = """select i as n, 'name ' || i as s, cast(i as decimal(12, 2)) as m, i % 2 = 0 as o,
    date '2013-01-01' + cast(i % 3650 as integer) as d from range(1000000) r(i)"""
PARTS = ["s", "n", "m", "o", "d", "s", "n", "m", "o", "d", "s"]


def cpu(work: Callable[[], Any]) -> float:
    """Return the milliseconds of CPU time that some work takes."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def fresh(engine: Engine, text: str, tables: dict[str, Table]) -> float:
    """Return what one text costs that has not been seen."""
    for cache in (checked, compiled, result_types):
        cache.cache_clear()
    return cpu(lambda: engine.sql(text, **tables))


def spark_s_own(engine: Any, text: str, tables: dict[str, Table]) -> float:
    """Return what the translated text costs without us."""
    query = compile_sql(text, {name: engine.schema(table) for name, table in tables.items()}, "spark")
    return cpu(lambda: engine.session.sql(query, **tables))


def texts(engine: Engine, rounds: int) -> None:
    """Print what each text costs."""
    made = {"flights": FLIGHTS, "planes": PLANES}
    tables = {
        name: engine.persist(engine.sql(f"select * from ({query}) q where false")) for name, query in made.items()
    }
    for name, text in TEXTS.items():
        given = {table: rows for table, rows in tables.items() if table in text}
        took = [fresh(engine, text, given) for _ in range(rounds + 3)][3:]
        own = [spark_s_own(engine, text, given) for _ in range(rounds + 3)][3:] if engine.name == "spark" else [0]
        again = [cpu(lambda text=text, given=given: engine.sql(text, **given)) for _ in range(rounds)]
        net = statistics.median(took) - statistics.median(own)
        known = statistics.median(again) - statistics.median(own)
        print(f"{engine.name}, {name}: {net:.1f} ms, {known:.1f} when known; {min(took):.1f}–{max(took):.1f} in all")


def nested(rounds: int) -> None:
    """Print what ten casts within each other cost, and how long they become."""
    for column, form in NESTED.items():
        value = column
        for _ in range(5):
            value = form.format(value)
        text = f"select {value} as c from t"
        for target in ("duckdb", "spark"):
            took = [cpu(lambda text=text, target=target: _anew(text, target)) for _ in range(rounds)]
            size = len(compile_sql(text, TYPES, target))
            print(f"{form}, ten, {target}: {statistics.median(took):.1f} ms, {len(text)} letters become {size}")


def _anew(text: str, target: str) -> str:
    for cache in (checked, compiled):
        cache.cache_clear()
    return compile_sql(text, TYPES, target)


def concatenations(rounds: int) -> None:
    """Print how much longer ten concatenations of mixed types take than what one writes for DuckDB alone."""
    engine = engines.connect({"type": "duckdb", "config": {"threads": 1}})
    table = engine.persist(engine.sql(ROWS, portable=False))
    text = f"select max(length({' || '.join(PARTS)})) as longest from t"
    ours, plain = [], []
    for _ in range(rounds):
        ours.append(cpu(lambda: engine.rows(engine.sql(text, t=table))))
        plain.append(cpu(lambda: engine.rows(engine.sql(text, portable=False, t=table))))
    ratio = statistics.median(one / other for one, other in zip(ours, plain, strict=True))
    medians = f"{statistics.median(ours):.0f} ms, plain {statistics.median(plain):.0f} ms"
    print(f"ten concatenations over 1,000,000 rows: {medians}, ratio {ratio:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--spark", action="store_true")
    options = parser.parse_args()
    texts(engines.connect(), options.rounds)
    nested(options.rounds)
    concatenations(7)
    if options.spark:
        texts(engines.connect({"type": "spark", "master": "local[2]"}), options.rounds)
