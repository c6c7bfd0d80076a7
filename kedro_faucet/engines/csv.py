"""The options of CSV files, the same words on both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kedro_faucet.engines.dialect import literal


def duckdb_arguments(
    columns: Mapping[str, str] | None = None,
    *,
    nulls: Sequence[str] = ("",),
    delimiter: str | None = None,
    header: bool = True,
) -> list[str]:
    """Return the arguments of DuckDB's ``read_csv``.

    >>> duckdb_arguments({"day": "DATE"}, nulls=["NA"])
    ['union_by_name=true', 'header=true', "nullstr=['NA']", "types={'day': 'DATE'}"]
    """
    arguments = ["union_by_name=true", f"header={str(header).lower()}"]
    arguments.append(f"nullstr=[{', '.join(literal(null) for null in nulls)}]")
    if delimiter:
        arguments.append(f"delim={literal(delimiter)}")
    if columns:
        types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
        arguments.append(f"types={{{types}}}")
    return arguments


def spark_options(
    *, nulls: Sequence[str] = ("",), delimiter: str | None = None, header: bool = True
) -> dict[str, str]:
    """Return the options of Spark's CSV reader; a value of the wrong type stops it."""
    return {"header": str(header).lower(), "nullValue": nulls[0], "sep": delimiter or ",", "mode": "FAILFAST"}


def spark_schema(files: list[str], columns: Mapping[str, str] | None = None, **options: object) -> str:
    """Return the schema that the embedded engine finds in the files, so that both engines read the same types."""
    import duckdb

    listed = "[" + ", ".join(literal(file.removeprefix("file:")) for file in files) + "]"
    arguments = ", ".join([listed, *duckdb_arguments(columns, **options)])  # type: ignore[arg-type]
    with duckdb.connect() as connection:
        found = connection.execute(f"describe select * from read_csv({arguments})").fetchall()
    return ", ".join(f"`{name}` {_SPARK_TYPES.get(kind, kind)}" for name, kind, *_ in found)


_SPARK_TYPES = {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_NTZ"}
