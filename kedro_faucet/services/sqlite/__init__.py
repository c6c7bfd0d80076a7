"""SQLite: tables in one file, of which each value has a type of its own: the columns' are kept, or a value refused."""

from kedro_faucet.services.sqlite.service import SQLite

__all__ = ["SQLite"]
