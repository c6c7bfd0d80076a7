"""What databases say otherwise than most, and which package brings the driver of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How a database does what is not the same in each; the default is what most understand.

    Args:
        session: what a connection says first, so that values mean the same on each machine.
        reading: what begins a transaction that writes nothing.
        stage: how a table of one connection alone is made.
        name: what that is called.
        alone: what makes other saves to a table wait until the connection ends.
        lock: what begins a transaction that others wait for.
        delete: how rows of a table are deleted, which hold a condition with a staged one.
        update: how their values are replaced.
        letters: a text that is compared letter by letter.
        keeps_changes_open: whether a change of a table's columns is part of a transaction.
    """

    session: tuple[str, ...] = ()
    reading: str = ""
    stage: str = "create temporary table {stage} ({columns})"
    name: str = "kf_stage"
    alone: str = ""
    lock: str = ""
    delete: str = "delete from {table} t where exists (select 1 from {stage} s where {condition})"
    update: str = "update {table} t set {selected} where exists (select 1 from {stage} s where {condition})"
    letters: str = "{}"
    keeps_changes_open: bool = False


_MYSQL = Dialect(
    session=(
        "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', "
        "time_zone = '+00:00', innodb_lock_wait_timeout = 600",
    ),
    reading="set session transaction read only",
    alone="select get_lock('kf:{mark}', 600)",
    delete="delete t from {table} t join {stage} s on {condition}",
    update="update {table} t join {stage} s on {condition} set {joined}",
    letters="binary {}",
)
_POSTGRES = Dialect(
    session=("set time zone 'UTC'", "set lock_timeout = '600s'"),
    reading="set transaction read only",
    alone="select pg_advisory_lock(x'{mark}'::bigint)",
    update="update {table} t set {pairs} from {stage} s where {condition}",
    letters='{} collate "C"',
    keeps_changes_open=True,
)
DIALECTS = {
    "postgresql": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": Dialect(
        session=("pragma busy_timeout = 60000",),
        reading="pragma query_only = on",
        lock="begin immediate",
        delete="delete from {table} as t where exists (select 1 from {stage} s where {condition})",
        update="update {table} as t set {pairs} from {stage} s where {condition}",
        letters="{} collate binary",
        keeps_changes_open=True,
    ),
    "mssql": Dialect(
        stage="create table {stage} ({columns})",
        name="#kf_stage",
        alone="exec sp_getapplock 'kf:{mark}', 'Exclusive', 'Session', 600000",
        delete="delete t from {table} t where exists (select 1 from {stage} s where {condition})",
        update="update t set {pairs} from {table} t join {stage} s on {condition}",
        letters="{} collate Latin1_General_BIN2",
        keeps_changes_open=True,
    ),
    "oracle": Dialect(
        session=("alter session set time_zone = 'UTC'",),
        reading="set transaction read only",
        stage="create private temporary table {stage} ({columns}) on commit preserve definition",
        name="ora$ptt_kf_stage",
    ),
}
"""By SQLAlchemy's names."""

PACKAGES = {
    "MySQLdb": "mysqlclient", "access": "sqlalchemy-access", "awsathena": "'PyAthena[SQLAlchemy]'",
    "bigquery": "sqlalchemy-bigquery", "clickhouse": "clickhouse-sqlalchemy", "clickhousedb": "clickhouse-connect",
    "cockroachdb": "sqlalchemy-cockroachdb", "crate": "sqlalchemy-cratedb", "databricks": "databricks-sqlalchemy",
    "db2": "ibm-db-sa", "exa": "sqlalchemy-exasol", "firebird": "sqlalchemy-firebird",
    "hana": "sqlalchemy-hana", "ibm_db_sa": "ibm-db-sa", "monetdb": "sqlalchemy-monetdb",
    "psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary", "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy", "teradatasql": "teradatasqlalchemy", "trino": "'trino[sqlalchemy]'",
    "vertica": "sqlalchemy-vertica-python",
}  # fmt: skip
"""Packages by the names of dialects and modules, where these are not the same."""
