"""PostgreSQL: tables read and written in streams, by ADBC; what is small is asked by psycopg."""

from kedro_faucet.services.postgres.service import Postgres

__all__ = ["Postgres"]
