"""DuckDB: tables in one file, which one process writes at a time."""

from kedro_faucet.services.duckdb.service import DuckDB

__all__ = ["DuckDB"]
