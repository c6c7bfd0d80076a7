"""Random files, read by both engines; and random frames, which both save and read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from kedro.io import DatasetError

from fuzz.compare import RAW, Result, read
from fuzz.tables import frame
from fuzz.texts import Written, csv, json_lines
from kedro_faucet import ResourceDataset
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import FaucetError


@dataclass
class Files:
    """Both engines, and a folder for what they write.

    Args:
        engines: the embedded engine, then Spark.
        folder: an empty one.
    """

    engines: Sequence[Engine]
    folder: Path
    number: int = 0

    def path(self, suffix: str) -> Path:
        """Return a new path in the folder."""
        self.number += 1
        return self.folder / f"{self.number}{suffix}"

    def load(self, engine: Engine, path: Path, format: str, options: dict[str, Any]) -> Result:
        """Read a resource with an engine."""
        try:
            resource = ResourceDataset(filepath=str(path), format=format, load_args=options, engine=engine.config)
            return read(engine, resource.load())
        except (FaucetError, DatasetError) as error:
            return _own(error)
        except OverflowError:
            return FaucetError("beyond the years 1 to 9999")

    def both(self, path: Path, format: str, options: dict[str, Any] | None = None) -> list[Result]:
        """Read a resource with both engines."""
        return [self.load(engine, path, format, options or {}) for engine in self.engines]

    def save(self, engine: Engine, table: pa.Table, format: str, path: Path) -> FaucetError | None:
        """Save a frame with an engine; return its refusal."""
        try:
            ResourceDataset(filepath=str(path), format=format, engine=engine.config).save(table)
        except (FaucetError, DatasetError) as error:
            return _own(error)
        return None


def _own(error: Exception) -> FaucetError:
    """Return the error that Kedro has put into one of its own."""
    cause = error if isinstance(error, FaucetError) else error.__cause__
    if not isinstance(cause, FaucetError):
        raise error
    return cause


Found = Iterator[tuple[str, Any, Any]]
"""What differs, and both results."""


def text_file(files: Files, written: Written) -> Found:
    """Read a text file with both engines."""
    path = files.path(f".{written.format}")
    path.write_bytes(written.data)
    said = f"{written.format} {written.data!r} {written.options}"
    yield from _different(said, *files.both(path, written.format, written.options))


def parquet_file(files: Files, table: pa.Table) -> Found:
    """Read a Parquet file of others with both engines."""
    path = files.path(".parquet")
    pq.write_table(table, path)
    yield from _different(f"parquet {_shown(table)}", *files.both(path, "parquet"))


def saved(files: Files, table: pa.Table, format: str) -> Found:
    """Save a frame with each engine, read it with both: it comes back, and text files are the same bytes."""
    paths = [files.path({"delta": ""}.get(format, f".{format}")) for _ in files.engines]
    said = f"saved as {format} {_shown(table)}"
    refused = [files.save(engine, table, format, path) for engine, path in zip(files.engines, paths, strict=True)]
    if any(refused):
        ours, theirs = (each or ({}, []) for each in refused)
        yield from _different(said, ours, theirs)
        return
    results = [result for path in paths for result in files.both(path, format)]
    for result in results[1:]:
        yield from _different(said, results[0], result)
    if format in ("csv", "json") and len({path.read_bytes() for path in paths}) > 1:
        yield said, *(path.read_bytes() for path in paths)
    if format in ("parquet", "delta"):
        yield from _different(f"{said}, as it came", _result(files.engines[0], table), results[0])


def _result(engine: Engine, table: pa.Table) -> Result:
    try:
        return read(engine, engine.from_frame(table))
    except FaucetError as error:
        return error


def _different(said: str, ours: Result, theirs: Result) -> Found:
    raw = any(isinstance(each, FaucetError) and RAW.search(str(each)) for each in (ours, theirs))
    if raw or _exactly(ours) != _exactly(theirs):
        yield said, ours, theirs


def _exactly(result: Any) -> Any:
    """Return what is compared: the kind of a refusal, or names, types and each value to its last digit."""
    if isinstance(result, FaucetError):
        return type(result)
    return list(result[0].items()), sorted(map(repr, result[1]))


def _shown(table: pa.Table) -> str:
    return f"{', '.join(f'{field.name} {field.type}' for field in table.schema)}: {table.to_pylist()}"


def files(seed: int) -> Iterator[Callable[[Files], Found]]:
    """Yield random files, of each kind in turn: each is written and read by the files that it is given."""
    chance = random.Random(seed)
    while True:
        for make in (csv, json_lines, csv):
            yield _text(make(chance))
        yield _parquet(frame(chance))
        yield _saved(frame(chance), chance.choice(["csv", "json"]))
        yield _saved(frame(chance), chance.choice(["parquet", "delta"]))


def _text(written: Written) -> Callable[[Files], Found]:
    return lambda files: text_file(files, written)


def _parquet(table: pa.Table) -> Callable[[Files], Found]:
    return lambda files: parquet_file(files, table)


def _saved(table: pa.Table, format: str) -> Callable[[Files], Found]:
    return lambda files: saved(files, table, format)
