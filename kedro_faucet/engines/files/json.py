"""JSON files, one object a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.paths import duckdb_files
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.exceptions import DataError, ResourceError, did_you_mean
from kedro_faucet.exceptions import listed as shown

_TEXTS, _NUMBERS = ("JSON", '"NULL"', "TIME", "UUID"), ("UBIGINT", "HUGEINT")
_KEPT = {**dict.fromkeys(_TEXTS, "VARCHAR"), **dict.fromkeys(_NUMBERS, "DOUBLE")}

_LINES = "hive_partitioning=false, format='newline_delimited'"


@dataclass(frozen=True)
class JsonFiles:
    """JSON files, one object a line, whose keys are the columns.

    Args:
        files: their paths, in order.
        columns: the declared types.
        hints: types of columns that may be there, where none is declared.
    """

    files: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type: as declared, else what all values of all files have in common.

        Raises:
            ResourceError: if a declared column is in no file, or nothing is declared and no file has a row.
            DataError: if fractions would be rounded to integers.
        """
        if not any(Path(file).stat().st_size for file in self.files):
            return self._declared()
        read = f"read_json({duckdb_files(self.files)}, {_LINES}, sample_size=-1, union_by_name=true)"
        found = {name: _KEPT.get(kind, kind) for name, kind, *_ in ask(f"describe select * from {read}")}
        for name, kind in self.columns.items():
            if name not in found:
                hint = did_you_mean(name, found) or f" The keys are: {shown(found)}."
                raise ResourceError(f"No row of {shown(self.files)} has '{name}', which columns: declares.{hint}")
            if found[name] == "DOUBLE" and "INT" in kind:
                raise DataError(f"{shown(self.files)}, '{name}': some values are fractions, not of type {kind}.")
        return {name: self.columns.get(name) or self.hints.get(name) or kind for name, kind in found.items()}

    def _declared(self) -> dict[str, str]:
        if not (known := {**self.hints, **self.columns}):
            raise ResourceError(f"{shown(self.files)} has no row to find the columns in: declare them (columns:).")
        return known

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns in their types, of some of the files or of all."""
        columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in self.types.items())
        read = duckdb_files(self.files if files is None else files)
        return f"select * from read_json({read}, {_LINES}, columns={{{columns}}})"

    def fault(self, said: str) -> DataError | None:
        """Read every value.

        Args:
            said: what the engine says.

        Raises:
            DataError: if a row is no JSON, or a value not of its column's type.
        """
        columns = ", ".join(f"count({quote(name)})" for name in self.types)
        ask(f"select {columns} from ({self.duckdb_query()})")
        return None
