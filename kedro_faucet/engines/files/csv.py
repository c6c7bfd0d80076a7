"""CSV files: read as texts, by the names in their headers."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TextIO, cast

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.paths import duckdb_files
from kedro_faucet.engines.files.queries import ask, damaged
from kedro_faucet.engines.files.values import INFERRED, STOPPED, always_is, duckdb_value, is_refused
from kedro_faucet.exceptions import DataError, ResourceError, did_you_mean, shortened
from kedro_faucet.exceptions import listed as shown


@dataclass(frozen=True)
class CsvFiles:
    """CSV files, fields in double quotes where needed, an empty field NULL.

    Args:
        files: their paths, in order.
        columns: the declared types.
        hints: types of columns that may be there, where none is declared.
        nulls: texts that stand for NULL, besides the empty one.
        delimiter: what stands between two fields.
        header: False where the first line is a row already; the columns are the declared ones, in order.
    """

    files: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    nulls: Sequence[str] = ()
    delimiter: str = ","
    header: bool = True

    @cached_property
    def groups(self) -> dict[tuple[str, ...], list[str]]:
        """The files by the names in their headers.

        Raises:
            ResourceError: if a file is empty, or lacks a declared column.
        """
        groups: dict[tuple[str, ...], list[str]] = {}
        for file in self.files:
            groups.setdefault(self._names(file), []).append(file)
        self._require_declared(groups)
        return groups

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type: as declared, else the narrowest that all values of all files have."""
        known = {**self.hints, **self.columns}
        inferred = self._infer([name for name in self._all_names if name not in known])
        return {name: known.get(name) or inferred[name] for name in self._all_names}

    @property
    def _all_names(self) -> list[str]:
        return list(dict.fromkeys(name for group in self.groups for name in group))

    def _names(self, file: str) -> tuple[str, ...]:
        if not self.header:
            return tuple(self.columns)
        with _open(file) as lines:
            names = tuple(next(csv.reader(lines, delimiter=self.delimiter), ()))
        if not names:
            raise ResourceError(f"{file} is empty: it has not even a header.")
        if len(set(names)) < len(names) or "" in names:
            raise ResourceError(f"{file}: each column of the header needs a name of its own: {shown(names)}.")
        return names

    def _require_declared(self, groups: Mapping[tuple[str, ...], Sequence[str]]) -> None:
        """Refuse a declared column that no file has, or that a file seems to have under another name."""
        everywhere = {name for names in groups for name in names}
        for names, files in groups.items():
            others = [each for each in names if each not in self.columns]
            for name in self.columns:
                if name not in everywhere or (name not in names and others):
                    hint = did_you_mean(name, others) or f" Its header is: {shown(names)}."
                    raise ResourceError(f"{files[0]} has no column '{name}', which load_args: columns: declares.{hint}")

    def _infer(self, names: Sequence[str]) -> dict[str, str]:
        """Look at the first rows, then at every value whether it is of a type that the first ones have."""
        likely = self._held({name: list(INFERRED) for name in names}, first_rows=True)
        held = self._held(likely, first_rows=False)
        return {name: held[name][0] if held[name] else "VARCHAR" for name in names}

    def _held(self, kinds: Mapping[str, Sequence[str]], *, first_rows: bool) -> dict[str, list[str]]:
        pairs = [(name, kind) for name in kinds for kind in kinds[name]]
        tests = ", ".join(always_is(*pair, without_values=first_rows) for pair in pairs)
        found = ask(f"select {tests} from ({self.texts()} {'limit 1000' if first_rows else ''})")[0] if pairs else ()
        held = [pair for pair, holds in zip(pairs, found, strict=True) if holds]
        return {name: [kind for each, kind in held if each == name] for name in kinds}

    def texts(self, *extra: str, only: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns as texts, of some of the files or of all."""
        parts = []
        for group, all_files in self.groups.items():
            if not (files := [file for file in all_files if only is None or file in only]):
                continue
            columns = [
                quote(name) if name in group else f"cast(null as VARCHAR) as {quote(name)}" for name in self._all_names
            ]
            scan = self._scan(group, files, filename=bool(extra))
            parts.append(f"select {', '.join([*columns, *extra])} from {scan}")
        return " union all ".join(parts)

    def _scan(self, names: Sequence[str], files: Sequence[str], *, filename: bool) -> str:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        place = literal("kf_file") if filename else "false"  # a column of the file's may be called filename
        return (
            f"read_csv({duckdb_files(files)}, columns={{{columns}}}, auto_detect=false, "
            f"hive_partitioning=false, header={str(self.header).lower()}, "
            f"delim={literal(self.delimiter)}, quote='\"', escape='\"', nullstr=[{listed(['', *self.nulls])}], "
            f"filename={place})"
        )

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns in their types, of some of the files or of all."""
        columns = ", ".join(duckdb_value(name, kind) for name, kind in self.types.items())
        return f"select {columns} from ({self.texts(only=files)})"

    def fault(self, said: str) -> DataError | None:
        """Return the first value that is not of its column's type, with its place, or nothing.

        Args:
            said: what the engine says; where it quotes a value, only that one explains it.

        Raises:
            DataError: if a row is no CSV.
        """
        tests = {name: is_refused(name, kind) for name, kind in self.types.items() if kind != "VARCHAR"}
        which = " ".join(f"when {test} then {literal(name)}" for name, test in tests.items()) or "when false then ''"
        value = " ".join(f"when {test} then {quote(name)}" for name, test in tests.items()) or "when false then ''"
        text = f"select kf_file, case {which} end as name, case {value} end as value from ({self.texts('kf_file')})"
        quoted = "" if STOPPED in said else f" and contains({literal(said)}, value)"
        found = ask(f"select * from ({text}) where name is not null{quoted} limit 1")
        return self._refused(*found[0]) if found else None

    def _refused(self, file: str, name: str, value: str) -> DataError:
        index = next(names for names, files in self.groups.items() if file in files).index(name)
        with _open(file) as lines:
            rows = csv.reader(lines, delimiter=self.delimiter)
            line = next((rows.line_num for row in rows if row[index : index + 1] == [value]), "?")
        null = f"it is NULL (nulls: [{value}]) or that " if len(value) <= 40 else ""
        return DataError(
            f"{file}, line {line}, column '{name}': {shortened(value)!r} is not of type {self.types[name]}. Correct "
            f"the file, or say in load_args that {null}the column is text "
            f"(columns: {{{name}: VARCHAR}})."
        )


def listed(texts: Sequence[str]) -> str:
    """Return the texts as SQL literals, with commas between."""
    return ", ".join(literal(text) for text in texts)


@contextmanager
def _open(file: str) -> Iterator[TextIO]:
    opened = gzip.open if file.endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield cast(TextIO, lines)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise damaged(file) from None
