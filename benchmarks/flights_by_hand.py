"""The flights run as an expert would write it by hand: one process, DuckDB's SQL, delta-rs, the same files.

python benchmarks/flights_by_hand.py RAW_FOLDER TARGET_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from deltalake import write_deltalake

SQL = Path(__file__).with_suffix(".sql")
LAKE = ("flights", "weather", "planes", "airports", "airlines", "weather_hourly", "fleet", "plane_versions")


def write_files(con: duckdb.DuckDBPyConnection, schema: str, folder: Path) -> None:
    """Write every table of a schema as one Parquet file."""
    folder.mkdir()
    for (name,) in con.execute(f"select table_name from duckdb_tables() where schema_name = '{schema}'").fetchall():
        con.execute(f"copy {schema}.{name} to '{folder}/{name}.parquet' (compression zstd)")


def write_mart(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Publish the star and the cubes in a new file, which takes the old one's place."""
    new = file.with_suffix(".new")
    con.execute(f"attach '{new}' as mart")
    for schema in ("star", "cube"):
        con.execute(f"create schema mart.{schema}")
        for (name,) in con.execute(
            f"select table_name from duckdb_tables() where database_name = 'memory' and schema_name = '{schema}'"
        ).fetchall():
            con.execute(f"create table mart.{schema}.{name} as from {schema}.{name}")
    con.execute("detach mart")
    new.rename(file)


def main(raw: Path, target: Path) -> None:
    """Do all that the flights run does."""
    target.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute(SQL.read_text().replace("{raw}", str(raw)))
        for name in LAKE:
            write_deltalake(str(target / "lake" / name), con.table(name).to_arrow_reader(100_000), mode="overwrite")
        for schema in ("star", "cube"):
            write_files(con, schema, target / schema)
        write_mart(con, target / "mart.duckdb")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
