"""MySQL and MariaDB: tables read in streams by ConnectorX and written by LOAD DATA; PyMySQL asks the rest."""

from kedro_faucet.services.mysql.service import MariaDB, MySQL

__all__ = ["MariaDB", "MySQL"]
