"""What goes from process to process, as files: tables and frames as Arrow, all else pickled."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from kedro_faucet import engines
from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import ResourceError


def put(folder: Path, name: str, value: Any) -> None:
    """Write a value into a folder; a table is streamed.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     put(Path(folder), "n", pa.table({"n": [1, 2]}))
    ...     sorted(path.name for path in Path(folder).iterdir()), get(Path(folder), "n").num_rows
    (['n.arrow'], 2)

    Raises:
        ResourceError: if it is a table of an engine that another process cannot have.
    """
    engine = engines.find_engine(value)
    if engine is None:
        _put_value(folder, name, value)
        return
    if engine.name != "duckdb":
        raise ResourceError(f"'{name}' is a table of {engine.name}, which stays in its process: add frames='arrow'.")
    about = {"kind": "table", "engine": json.dumps(engine.config)}
    with engine.batches(value) as reader:
        _write(folder / f"{name}.arrow", reader.schema, reader, about)


def get(folder: Path, name: str) -> Any:
    """Return a value from a folder.

    Raises:
        FileNotFoundError: if there is none.
    """
    if not (folder / f"{name}.arrow").exists():
        return require("cloudpickle", "notebooks").loads((folder / f"{name}.pickle").read_bytes())
    table = read_arrow(folder / f"{name}.arrow")
    about = {key.decode(): text.decode() for key, text in (table.schema.metadata or {}).items()}
    if about.get("kind") == "pandas":
        return table.to_pandas()
    if about.get("kind") == "polars":
        return require("polars", "polars").from_arrow(table)
    table = table.replace_schema_metadata(None)
    return engines.connect(json.loads(about["engine"])).from_frame(table) if about.get("kind") == "table" else table


def read_arrow(path: Path) -> Any:
    """Return a table over a file of Arrow's: it is mapped, not read."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _put_value(folder: Path, name: str, value: Any) -> None:
    kind = type(value).__module__.split(".")[0]
    try:
        table = _as_arrow(value, kind)
    except pa.ArrowException:
        table = None
    if table is None:
        (folder / f"{name}.pickle").write_bytes(require("cloudpickle", "notebooks").dumps(value))
    else:
        _write(folder / f"{name}.arrow", table.schema, table.to_batches(), {"kind": kind})


def _as_arrow(value: Any, kind: str) -> Any:
    if isinstance(value, pa.Table):
        return value
    if type(value).__name__ != "DataFrame":
        return None
    return {"pandas": pa.Table.from_pandas, "polars": lambda frame: frame.to_arrow()}.get(kind, lambda frame: None)(
        value
    )


def _write(path: Path, schema: Any, batches: Iterable[Any], about: dict[str, str]) -> None:
    told = schema.with_metadata({**(schema.metadata or {}), **about})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, told) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(told.metadata))
