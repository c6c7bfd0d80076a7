"""Files on Spark: each task runs the embedded engine's own query, so that both engines read the same values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from kedro_faucet.engines.files.local.states import CHANGED, State
from kedro_faucet.engines.files.values import tick
from kedro_faucet.services.stores.addresses import is_address
from kedro_faucet.services.stores.filesystem import file_systems

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TASKS = 32
"""Tasks for each core at most: where there are more files, a task reads several."""


class Queried(Protocol):
    """Files that the embedded engine can read."""

    @property
    def files(self) -> Sequence[str]:
        """Their paths, in order."""

    @property
    def types(self) -> Mapping[str, str]:
        """Each column's type in DuckDB's words."""

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns of some of the files, or of all."""


def spark_table(session: SparkSession, source: Queried) -> DataFrame:
    """Return Spark's lazy table over files, in their order, one file a task.

    Rows are streamed, so a file may be larger than memory. Workers need duckdb and pyarrow, for objects of a store also
    this package; its credentials are sent to them with the task.
    """
    from sqlglot import exp  # a quarter of a second, for Spark alone

    types = {name: exp.DataType.build(kind, dialect="duckdb").sql("spark") for name, kind in source.types.items()}
    shares = _shares(source.files, session.sparkContext.defaultParallelism)
    states = getattr(source, "states", {})
    queries = [(source.duckdb_query(each), json.dumps(list(each)), _of(states, each)) for each in shares]
    rows = session.range(0, len(queries), 1, len(queries))
    systems = file_systems("".join(source.files))
    return rows.mapInArrow(_reader(queries, systems), ", ".join(f"{tick(name)} {kind}" for name, kind in types.items()))


def _shares(files: Sequence[str], cores: int) -> list[Sequence[str]]:
    if not files:
        return [()]
    size = -(-len(files) // (cores * _TASKS))
    return [files[start : start + size] for start in range(0, len(files), size)]


_MARK = "kf_files: "


def failed_files(message: str) -> tuple[str, list[str]]:
    """Return what a task's own engine said where one failed, and the files that the task read.

    >>> failed_files('RuntimeError: kf_files: ["x.csv"]\\nCSV Error on Line: 2')
    ('CSV Error on Line: 2', ['x.csv'])
    """
    _, mark, told = message.rpartition(_MARK)
    files, _, said = told.partition("\n")
    return (said, json.loads(files)) if mark else (message, [])


def _of(states: Mapping[str, State], files: Sequence[str]) -> dict[str, State]:
    return {file: states[file] for file in files if file in states and not is_address(file)}


def _reader(
    queries: Sequence[tuple[str, str, Mapping[str, State]]], systems: Sequence[Any]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    mark, changed = _MARK, CHANGED

    # A function within a function is sent to workers as code: they need not have this package.
    def read(numbers: Iterator[Any]) -> Iterator[Any]:
        import os
        import sys

        import duckdb

        try:
            for batch in numbers:
                for number in batch.column(0).to_pylist():
                    query, files, states = queries[number]
                    for file, state in states.items():
                        if not os.path.exists(file):
                            raise RuntimeError(f'{mark}{files}\nCannot open file "{file}": No such file')
                        if (now := os.stat(file)) and (now.st_size, now.st_mtime_ns) != state:
                            raise RuntimeError(f"{mark}{files}\n{file} {changed}")
                    try:
                        with duckdb.connect(config={"threads": 1}) as connection:
                            connection.execute("set TimeZone = 'UTC'")
                            for system in systems:
                                connection.register_filesystem(system)
                            yield from connection.sql(query).to_arrow_reader(10_000)
                    except duckdb.Error as error:
                        raise RuntimeError(f"{mark}{files}\n{error}") from None
        except GeneratorExit:  # no more rows are wanted: PySpark would print that its pipe is broken
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            raise

    return read
