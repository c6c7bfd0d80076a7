"""The databases that the contract is tested on: each a line here, and its words in a file of its own."""

from __future__ import annotations

from . import alchemy, duckdb, mariadb, postgres, sqlite
from .place import TYPES, Place, Words

SERVED = {"postgres": (postgres, "postgres"), "mariadb": (mariadb, "mariadb")}
"""The databases with a server: their words, and the fixture that a place is made of."""
DATABASES = {
    **SERVED,
    "sqlite": (sqlite, "tmp_path"),
    "duckdb": (duckdb, "tmp_path"),
    "alchemy_postgres": (alchemy.postgres, "postgres"),
    "alchemy_mariadb": (alchemy.mariadb, "mariadb"),
    "alchemy_sqlite": (alchemy.sqlite, "tmp_path"),
}
"""All of them, the same by SQLAlchemy too."""

__all__ = ["DATABASES", "SERVED", "TYPES", "Place", "Words", "alchemy", "mariadb", "postgres", "sqlite"]
