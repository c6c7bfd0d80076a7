"""What computes: ``duckdb`` (embedded, the default) or ``spark``, behind one small interface."""

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.connections import connect, engine_of, find_engine, sql, to_arrow, to_pandas, to_polars
from kedro_faucet.engines.decorator import frames
from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.scopes import Table

__all__ = [
    "Engine",
    "Table",
    "connect",
    "engine_of",
    "find_engine",
    "frames",
    "literal",
    "quote",
    "sql",
    "to_arrow",
    "to_pandas",
    "to_polars",
]
