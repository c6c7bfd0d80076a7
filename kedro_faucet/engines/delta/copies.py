"""Rows of the embedded engine, put below a Delta table's folder as Parquet files, and committed by delta-rs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
from deltalake import Schema

from kedro_faucet.engines.delta.commit import Commit, Mode, Part, add
from kedro_faucet.engines.delta.files import FILE, ROW, DeltaFiles
from kedro_faucet.engines.delta.statistics import part_of
from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.scopes import Table
from kedro_faucet.services.stores.addresses import is_address, parse

if TYPE_CHECKING:
    from kedro_faucet.engines.duckdb import DuckDBEngine

_BYTES = 64 * 2**20
"""Of a file: it is what a merge rewrites for one row, and what a reader opens."""


def commit_copies(
    engine: DuckDBEngine,
    table: Table,
    commit: Commit,
    mode: Mode,
    properties: Mapping[str, str] | None,
    gone: Table | None,
) -> None:
    """Put rows as files, those of touched files without what is gone beside them, and commit all at once.

    Raises:
        ConflictError: if another writer committed meanwhile.
    """
    schema = Schema.from_arrow(_nullable(engine.to_arrow(table.limit(0)).schema))
    with folder_of(commit) as folder:
        touched, kept = _kept(engine, commit, gone) if gone is not None else ([], [])
        parts, old = [
            [part for each in tables for part in put(engine, each, commit, folder, properties or {})]
            for tables in ([table], kept)
        ]
        add(commit, [*old, *parts], schema, mode, properties, touched, sum(part.rows for part in old))


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True).remove_metadata() for field in schema])


@contextmanager
def folder_of(commit: Commit) -> Iterator[Path]:
    """Give the folder that files are written to: the table's own on a disk, else one from which they are put."""
    if is_address(commit.uri):
        with tempfile.TemporaryDirectory(prefix="kedro-faucet-") as aside:
            yield Path(aside)
    else:
        folder = Path(commit.uri)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def _kept(engine: DuckDBEngine, commit: Commit, gone: Table) -> tuple[list[Part], list[Table]]:
    """Return the touched files, and what is left of them: one table for each that is to be rewritten."""
    assert commit.table is not None
    found = DeltaFiles(commit.uri, commit.table)
    numbers = engine.rows(engine.sql(f"select distinct {FILE} from gone order by {FILE}", gone=gone))
    touched = [found.files[number] for (number,) in numbers]
    columns = ", ".join(quote(name) for name in found.types)
    text = f"select {columns} from t anti join gone g on t.{FILE} = g.{FILE} and t.{ROW} = g.{ROW}"
    groups = _groups(touched, [found.log[file]["size_bytes"] for file in touched])
    return found.parts(touched), [engine.sql(text, t=engine._placed(found, each), gone=gone) for each in groups]


def _groups(files: Sequence[str], sizes: Sequence[int]) -> list[list[str]]:
    """Put files that follow each other together, as far as they make one of the usual size.

    >>> _groups(["a", "b", "c"], [2**20, 2**21, 2**26])
    [['a', 'b'], ['c']]
    """
    groups: list[list[str]] = []
    total = 0
    for file, size in zip(files, sizes, strict=True):
        total += size
        if not groups or total > _BYTES:
            groups.append([])
            total = size
        groups[-1].append(file)
    return groups


def put(
    engine: DuckDBEngine, table: Table, commit: Commit, folder: Path, properties: Mapping[str, str], name: str = "kf-"
) -> Iterator[Part]:
    """Write rows as files whose names begin so, and yield those that have some."""
    pattern = literal(f"{name}{uuid4().hex}-{{i}}")
    how = f"format parquet, compression zstd, filename_pattern {pattern}, file_size_bytes {_BYTES}, overwrite_or_ignore"
    query = f"copy (from kf_rows) to {literal(str(folder))} ({how}, return_files)"
    [(_, files)] = engine._copy(query, _zoned(engine, table, commit))
    for file in sorted(map(Path, files)):
        part = part_of(file, file.name, {**properties, **commit.properties})
        if not part.rows:
            file.unlink()
            continue
        if is_address(commit.uri):
            store, key, _ = parse(commit.uri)
            store.put(f"{key}/{file.name}", file)
            file.unlink()
        yield part


def _zoned(engine: DuckDBEngine, table: Table, commit: Commit) -> Table:
    """Return rows whose times are of UTC where the table's are."""
    if not (zoned := commit.zoned(table.columns)):
        return table
    columns = ", ".join(
        f"cast({quote(name)} as timestamptz) as {quote(name)}" if name in zoned else quote(name)
        for name in table.columns
    )
    return engine.sql(f"select {columns} from rows_of", portable=False, rows_of=table)
