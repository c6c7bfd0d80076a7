"""Parquet files: columns are matched by name, and have a type that holds the values of all files exactly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

from kedro_faucet.engines.dialect import quote
from kedro_faucet.engines.dialect.types import fits
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.engines.files.local.states import State, state_of
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import STOPPED
from kedro_faucet.exceptions import DataError, ResourceError

_NULL = '"NULL"'
# What tables do not keep, and its nearest kin that holds all its values.
_KEPT = {
    "UTINYINT": "SMALLINT", "USMALLINT": "INTEGER", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(20,0)",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "TIMESTAMP_NS": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_S": "TIMESTAMP", "TIME WITH TIME ZONE": "VARCHAR", "TIME_NS": "VARCHAR", "TIME": "VARCHAR",
    "UUID": "VARCHAR", "JSON": "VARCHAR", "INTERVAL": "VARCHAR",
}  # fmt: skip
_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}
_WORDS = re.compile(rf"(?<![\w\"])({'|'.join(sorted(_KEPT, key=len, reverse=True))})(?![\w\"])")
_SPARK_TOO = re.compile(
    r"BOOLEAN|(TINY|SMALL|BIG)INT|INTEGER|U(TINYINT|SMALLINT|INTEGER)|FLOAT|DOUBLE|VARCHAR|BLOB|DATE"
    r"|TIMESTAMP(_MS| WITH TIME ZONE)?|DECIMAL\(\d+,\d+\)"
)


@dataclass(frozen=True)
class ParquetFiles:
    """Parquet files.

    Args:
        files: their paths, in order.
    """

    files: tuple[str, ...]

    @cached_property
    def schemas(self) -> list[tuple[str, dict[str, tuple[str, bool]]]]:
        """Each different schema: a file that has it, and of each column the type, and whether Spark reads it alike.

        Raises:
            ResourceError: if a file is no Parquet file, or its columns cannot be told apart.
        """
        found = {file: _columns(file, fields) for fields, file in self._footers()}
        return sorted(found.items(), key=lambda pair: self.files.index(pair[0]))

    def _footers(self) -> list[tuple[Any, ...]]:
        fields = "list(struct_pack(name, type, num_children, precision, duckdb_type) order by column_id) as fields"
        each = "select file_name, {} from parquet_schema({}) group by all"
        return ask(
            f"select fields, min(file_name) from ({each.format(fields, duckdb_files(list(self.states)))}) group by all"
        )

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type: the one that holds the values of all files.

        Raises:
            ResourceError: if there is none.
        """
        found: dict[str, tuple[str, str, str]] = {}
        for file, columns in self.schemas:
            for name, (kind, _) in columns.items():
                first, before, where = found.get(name.lower(), (name, kind, file))
                if (both := _both(before, kind)) is None:
                    raise ResourceError(
                        f"The column '{first}' is a {before} in {where} and a {kind} in {file}, and no type holds both "
                        "exactly: give each of the two a resource of its own, and cast the column in a SQL node."
                    )
                found[name.lower()] = (first, both, where if both == before else file)
        return {name: _kept(kind) for name, kind, _ in found.values()}

    @cached_property
    def states(self) -> dict[str, State]:
        """What tells whether a file is still the one whose columns were looked at."""
        return {file: state_of(file) for file in self.files}

    @property
    def is_plain(self) -> bool:
        """Tell whether Spark itself reads the files as the embedded engine does."""
        return len(self.schemas) == 1 and all(plain for _, plain in self.schemas[0][1].values())

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns in their types, of some of the files or of all."""
        columns = ", ".join(_value(name, kind, self._in_nanoseconds) for name, kind in self.types.items())
        empty = ", ".join(f"cast(null as {kind}) as {quote(name)}" for name, kind in self.types.items())
        # Some of the files may lack a column that others have: the empty table has them all.
        several = f" union all by name (select {empty} where false)" if len(self.schemas) > 1 else ""
        return f"select {columns} from (from {self._scan(self.files if files is None else files)}{several})"

    def _scan(self, files: Sequence[str], *, filename: bool = False) -> str:
        named = str(filename).lower()
        return f"read_parquet({duckdb_files(files)}, union_by_name=true, hive_partitioning=false, filename={named})"

    @property
    def _in_nanoseconds(self) -> set[str]:
        pairs = ((name, kind) for _, columns in self.schemas for name, (kind, _) in columns.items())
        return {name.lower() for name, kind in pairs if kind == "TIMESTAMP_NS"}

    def fault(self, said: str) -> DataError | None:
        """Return the first time that microseconds do not hold, with its place, or nothing.

        Args:
            said: what the engine says; where no rule of ours stopped it, no value explains it.
        """
        if STOPPED not in said:
            return None
        for name in self.types:
            if name.lower() in self._in_nanoseconds:
                column = quote(name)
                text = f"select filename, cast({column} as VARCHAR) from {self._scan(self.files, filename=True)}"
                for file, value in ask(f"{text} where not ({_whole(column)}) limit 1"):
                    return DataError(
                        f"{file}, column '{name}': {value} has nanoseconds, and times are kept in microseconds: round "
                        "it where the file is written (pandas: .dt.floor('us'))."
                    )
        return None


def _columns(file: str, fields: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, bool]]:
    """Return the columns of a file from its footer, which lists each field before its children."""
    columns: dict[str, tuple[str, bool]] = {}
    seen: set[str] = set()
    rest = list(fields[1:])
    while rest:
        top, size = rest[0], _size(rest)
        if not top["name"] or top["name"].lower() in seen:
            raise ResourceError(f"{file}: each column needs a name of its own, and '{top['name']}' is none.")
        seen.add(top["name"].lower())
        for field in rest[:size]:
            if (field["precision"] or 0) > 38:
                raise ResourceError(f"{file}, column '{top['name']}': a decimal has at most 38 digits here.")
        plain = all(_is_plain(field) for field in rest[:size] if not field["num_children"])
        columns[top["name"]] = (top["duckdb_type"], plain)
        rest = rest[size:]
    if not columns:
        raise ResourceError(f"{file} has no columns.")
    return columns


def _size(fields: Sequence[Mapping[str, Any]]) -> int:
    """Return how many fields the first one is, with its children and theirs."""
    open_fields, place = 1, 0
    while open_fields:
        open_fields += (fields[place]["num_children"] or 0) - 1
        place += 1
    return place


def _is_plain(field: Mapping[str, Any]) -> bool:
    """Tell whether Spark reads a field as the embedded engine does: half floats and UUIDs it does not."""
    kind, packed = field["duckdb_type"], field["type"] == "FIXED_LEN_BYTE_ARRAY"
    return bool(_SPARK_TOO.fullmatch(kind)) and (not packed or kind.startswith("DECIMAL"))


def _both(one: str, other: str) -> str | None:
    """Return the type that holds the values of two exactly, or nothing.

    >>> _both("INTEGER", "BIGINT"), _both("DECIMAL(5,2)", "INTEGER"), _both("BIGINT", "DOUBLE")
    ('BIGINT', 'DECIMAL(12,2)', None)
    """
    if one == other or other == _NULL:
        return one
    if one == _NULL:
        return other
    one, other = _kept(one), _kept(other)
    if kind := next((wide for narrow, wide in ((one, other), (other, one)) if fits(narrow, wide)), None):
        return kind
    if one.startswith("STRUCT(") and other.startswith("STRUCT(") and not (one + other).endswith("]"):
        return _both_structs(one, other)
    decimals = [_decimal(one), _decimal(other)]
    if None in decimals:
        return None
    scale = max(scale for _, scale in filter(None, decimals))
    digits = max(whole for whole, _ in filter(None, decimals)) + scale
    return f"DECIMAL({digits},{scale})" if digits <= 38 else None


def _both_structs(one: str, other: str) -> str | None:
    fields: dict[str, str | None] = {name: str(kind) for name, kind in duckdb.type(one).children}
    for name, kind in duckdb.type(other).children:
        fields[name] = _both(fields[name] or "", str(kind)) if name in fields else str(kind)
    if None in fields.values() or len({name.lower() for name in fields}) < len(fields):
        return None
    return str(duckdb.type(f"STRUCT({', '.join(f'{quote(name)} {kind}' for name, kind in fields.items())})"))


def _decimal(kind: str) -> tuple[int, int] | None:
    """Return the digits before and after the point, of a decimal or an integer."""
    if kind in _DIGITS:
        return _DIGITS[kind], 0
    found = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind)
    return (int(found[1]) - int(found[2]), int(found[2])) if found else None


def _kept(kind: str) -> str:
    """Return the type as which a column is read, also within lists, maps and structs."""
    return "INTEGER" if kind == _NULL else "VARCHAR" if kind.startswith("ENUM") else _WORDS.sub(_kin, kind)


def _kin(word: re.Match[str]) -> str:
    return _KEPT[word[1]]


def _whole(column: str) -> str:
    return f"{column} is null or epoch_ns({column}) % 1000 = 0"


def _value(name: str, kind: str, in_nanoseconds: set[str]) -> str:
    column = quote(name)
    value = f"cast({column} as {kind})"
    if name.lower() in in_nanoseconds:
        value = f"case when {_whole(column)} then {value} else error('{STOPPED}') end"
    return f"{value} as {column}"
