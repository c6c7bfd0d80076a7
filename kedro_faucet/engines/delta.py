"""Delta tables as each engine reads them: by their list of files, or through delta-spark."""

from __future__ import annotations

from typing import Any

from deltalake import DeltaTable

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.exceptions import ResourceError

# A reader that goes by the list of files does not know these features.
_UNREADABLE = {"deletionVectors", "columnMapping", "v2Checkpoint"}


def duckdb_query(uri: str, version: int) -> str:
    """Return the SELECT that reads one version of a Delta table by its files.

    Raises:
        ResourceError: if the table uses a feature that the files alone do not tell.
    """
    table = DeltaTable(uri, version=version)
    features = _UNREADABLE & set(table.protocol().reader_features or [])
    if features:
        raise ResourceError(
            f"The Delta table {uri} uses {', '.join(sorted(features))}, which the embedded engine cannot read. "
            "Rewrite it without, or run on Spark (--env prod)."
        )
    fields = [(field.name, duckdb_type(field.type)) for field in table.schema().fields]
    files = table.file_uris()
    if not files:
        return f"select {', '.join(f'cast(null as {kind}) as {quote(name)}' for name, kind in fields)} where false"
    listed = ", ".join(literal(file) for file in files)
    columns = ", ".join(f"cast({quote(name)} as {kind}) as {quote(name)}" for name, kind in fields)
    partitions = table.metadata().partition_columns
    hive = f", hive_partitioning={'true' if partitions else 'false'}"
    return f"select {columns} from read_parquet([{listed}], union_by_name=true{hive})"


_TYPES = {
    "string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "short": "SMALLINT", "byte": "TINYINT",
    "double": "DOUBLE", "float": "FLOAT", "boolean": "BOOLEAN", "binary": "BLOB", "date": "DATE",
    "timestamp": "TIMESTAMP", "timestamp_ntz": "TIMESTAMP",
}


def duckdb_type(kind: Any) -> str:
    """Return DuckDB's word for a Delta type.

    >>> from deltalake.schema import PrimitiveType
    >>> duckdb_type(PrimitiveType("decimal(10,2)")), duckdb_type(PrimitiveType("long"))
    ('DECIMAL(10,2)', 'BIGINT')
    """
    name = getattr(kind, "type", "")
    if name == "array":
        return f"{duckdb_type(kind.element_type)}[]"
    if name == "map":
        return f"MAP({duckdb_type(kind.key_type)}, {duckdb_type(kind.value_type)})"
    if name == "struct":
        return f"STRUCT({', '.join(f'{quote(field.name)} {duckdb_type(field.type)}' for field in kind.fields)})"
    return _TYPES.get(name, name.upper())
