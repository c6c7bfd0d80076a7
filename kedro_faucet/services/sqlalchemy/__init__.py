"""Every database that SQLAlchemy knows, at the speed of Python's own drivers."""

from kedro_faucet.services.sqlalchemy.service import SQLAlchemy

__all__ = ["SQLAlchemy"]
