"""Spark's types in DuckDB's words, and columns made to be of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kedro_faucet.engines.dialect import compile_sql, quote
from kedro_faucet.engines.dialect.errors import sql_error
from kedro_faucet.engines.dialect.types import result_types, simple_type, spark_type
from kedro_faucet.engines.scopes import Table


def duckdb_type(kind: Any) -> str:
    """Return DuckDB's word for a Spark type."""
    name: str = kind.simpleString()
    if name.startswith("array<"):
        return f"{duckdb_type(kind.elementType)}[]"
    if name.startswith("map<"):
        return f"MAP({duckdb_type(kind.keyType)}, {duckdb_type(kind.valueType)})"
    if name.startswith("struct<"):
        import duckdb

        fields = ", ".join(f"{quote(field.name)} {duckdb_type(field.dataType)}" for field in kind.fields)
        return str(duckdb.type(f"STRUCT({fields})"))
    return simple_type(name)


def as_types(table: Table, types: Mapping[str, str]) -> Table:
    """Give a DataFrame's columns, by position, these names and types."""
    from pyspark.sql import functions

    fields = table.schema.fields
    if all(
        field.name == name and _is_of(field.dataType, types[name]) for field, name in zip(fields, types, strict=True)
    ):
        return table
    table = table.toDF(*types)
    columns = [
        functions.col(f"`{name.replace('`', '``')}`")
        if _is_of(field.dataType, kind)
        else functions.col(f"`{name.replace('`', '``')}`").cast(spark_type(kind)).alias(name)
        for field, (name, kind) in zip(fields, types.items(), strict=True)
    ]
    return table.select(*columns)


def _is_of(kind: Any, wanted: str) -> bool:
    """Tell whether a Spark type is what DuckDB's word says, its times without a zone."""
    zoned = re.search(r"timestamp(?!_ntz)", kind.simpleString())
    return duckdb_type(kind) == wanted and not zoned


def asked_types(text: str, inputs: Mapping[str, Mapping[str, str]], tables: Mapping[str, Table]) -> dict[str, str]:
    """Ask DuckDB for the names and types of a result, so that both engines give the same.

    Raises:
        SqlError: if DuckDB refuses the text.
    """
    import duckdb

    columns = tuple((name, tuple(types.items())) for name, types in inputs.items())
    try:
        return result_types(compile_sql(text, inputs, "duckdb"), columns)
    except duckdb.Error as error:
        raise sql_error(str(error), text, tables) from None
