"""Folders that a save lays out: each value of some columns has one of its own, as in ``day=2013-01-31/``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.local.packing import PACKINGS, require_written
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.engines.files.partitions import NULL, SCHEMA
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.writing import copy_query
from kedro_faucet.exceptions import DataError

if TYPE_CHECKING:
    from kedro_faucet.engines import Engine, Table

_KEY = "kf_folder_"
_MOST = 120  # bytes of a text, which has twice as many digits, and a name of a file at most 255


def write_folder(engine: Engine, table: Table, format: str, folder: str, name: str, by: Sequence[str]) -> None:
    """Write a complete new local folder; to replace another atomically is storage's business.

    The engine parts the rows by digits that stand for the values, so that names are written here alone, and alike.

    Args:
        engine: whose rows they are.
        table: the rows, in types that are stored.
        format: ``parquet``, ``csv`` or ``json``.
        folder: where it is to be.
        name: what a file's name ends in tells how it is packed.
        by: the columns, the outermost folder's first.

    Raises:
        DataError: if a value can be no name of a folder, or the disk takes those of two values for one.
    """
    require_written(name)
    types, parts = engine.schema(table), Path(f"{folder}.parts")
    keys = [f"{_KEY}{number}" for number in range(len(by))]
    rows = [quote(column) for column in types if column not in by] + list(map(_key, keys, by))
    Path(folder).mkdir(parents=True)
    engine.write_file(engine.sql(f"select {', '.join(rows)} from t", t=table), "parquet", str(parts), keys)
    _write_schema(types, Path(folder))
    made = set[Path]()
    for part in sorted(parts.rglob("*.parquet")):
        texts = [_text(each.partition("=")[2]) for each in part.relative_to(parts).parent.parts]
        place = _made(Path(folder), dict(zip(by, texts, strict=True)), made)
        _move(part, format, place / f"{uuid4().hex}{_ending(format, name)}")
    shutil.rmtree(parts, ignore_errors=True)


def _key(key: str, column: str) -> str:
    digits = f"left(hex(cast({quote(column)} as varchar)), {2 * _MOST + 2})"
    return f"case when {quote(column)} is null then 'n' else 'v' || {digits} end as {key}"


def _text(key: str) -> str | None:
    """Return the text that digits stand for.

    >>> _text("v4A464B"), _text("n")
    ('JFK', None)
    """
    return None if key == "n" else bytes.fromhex(key[1:]).decode(errors="replace")


def _write_schema(types: Mapping[str, str], folder: Path) -> None:
    """Keep the columns, their order and types, also of a table without rows, in a file that others leave alone."""
    nothing = ", ".join(f"cast(null as {kind}) as {quote(name)}" for name, kind in types.items())
    ask(f"copy (select {nothing} where false) to {literal(str(folder / SCHEMA))} (format parquet)")


def _made(folder: Path, values: Mapping[str, str | None], made: set[Path]) -> Path:
    """Return the folder of some values, made if it is none of those that were.

    Raises:
        DataError: if the disk takes its name for that of another one.
    """
    for column, text in values.items():
        folder /= _name(column, text)
        if folder in made:
            continue
        try:
            folder.mkdir()
        except FileExistsError:
            why = (
                "whose folder this disk takes for that of another value, as it tells no letters apart that differ in "
                "their case or accents: change one of them in the node"
            )
            raise _refusal(column, str(text), why) from None
        made.add(folder)
    return folder


def _name(column: str, text: str | None) -> str:
    """Return the name of a value's folder, which every reader of such folders understands.

    >>> _name("to", "a/b c"), _name("to", None)
    ('to=a%2Fb c', 'to=__HIVE_DEFAULT_PARTITION__')

    Raises:
        DataError: if there is none.
    """
    name = f"{_escaped(column)}={NULL if text is None else _escaped(text)}"
    if text in ("", NULL):
        raise _refusal(column, text, "which folders' names keep as NULL: make it NULL, or another text, in the node")
    if text is not None and max(len(text.encode()) - _MOST + 255, len(name.encode())) > 255:
        raise _refusal(column, f"{text[:30]}…", "which is too long for the name of a folder: shorten it in the node")
    return name


def _escaped(text: str) -> str:
    return re.sub(
        r"[\x00-\x7f]", lambda sign: sign[0] if re.match(r"[\w. -]", sign[0]) else f"%{ord(sign[0]):02X}", text
    )


def _refusal(column: str, text: str, why: str) -> DataError:
    return DataError(f"partition_by: '{column}' holds {text!r}, {why}; or partition by another column.")


def _ending(format: str, name: str) -> str:
    packed = next((suffix for suffix in PACKINGS if name.endswith(suffix)), "") if format != "parquet" else ""
    return f".{format}{packed}"


def _move(part: Path, format: str, file: Path) -> None:
    if format == "parquet":
        part.replace(file)
    else:
        ask(copy_query(f"read_parquet({duckdb_files([str(part)])}, hive_partitioning=false)", format, str(file)))
