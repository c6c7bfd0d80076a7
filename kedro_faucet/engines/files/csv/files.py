"""CSV files: read as texts, by the names in their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.csv.header import Header, opened, read_header
from kedro_faucet.engines.files.csv.inference import infer_types, kept_types
from kedro_faucet.engines.files.csv.layout import DEFAULT, Layout, listed
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.engines.files.local.states import state_of
from kedro_faucet.engines.files.local.unpacking import name_query
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import PLAIN, STOPPED, Notation, duckdb_value, is_refused
from kedro_faucet.exceptions import DataError, ResourceError, did_you_mean, shortened
from kedro_faucet.exceptions import listed as shown

_FILE = "kf_file__"
"""The column in which the engine tells the file of a row."""
_NOTHING = "cast(null as VARCHAR)"


@dataclass(frozen=True)
class CsvFiles:
    """CSV files, an empty field NULL.

    Args:
        files: their paths, in order.
        columns: the declared types.
        hints: types of columns that are there, where none is declared and their texts are kept by it.
        nulls: texts that stand for NULL, besides the empty one.
        layout: how their bytes are rows and fields.
        notation: how values are written.
        filename: a column to add, with each row's file; none where it is empty.
    """

    files: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    nulls: Sequence[str] = ()
    layout: Layout = DEFAULT
    notation: Notation = PLAIN
    filename: str = ""

    @cached_property
    def groups(self) -> dict[Header, list[str]]:
        """The files by their headers.

        Raises:
            ResourceError: if a file has no header, or lacks a declared column.
        """
        if not self.layout.header and not self.columns:
            raise ResourceError(
                f"{self.files[0]} is read with header: false: name its columns in their order below load_args:, as "
                "in columns: {id: BIGINT, name: VARCHAR}."
            )
        groups: dict[Header, list[str]] = {}
        for file in self.states:
            groups.setdefault(read_header(file, self.layout, tuple(self.columns)), []).append(file)
        self._require_declared(groups)
        return groups

    @cached_property
    def states(self) -> dict[str, tuple[int, int]]:
        """What tells whether a file is still the one whose header was read: columns are matched by their names."""
        return {file: state_of(file) for file in self.files}

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type: as declared, else the narrowest that all values of all files have."""
        found = self._found([name for name in self._names if name not in self.columns])
        types = {name: self.columns.get(name) or found[name] for name in self._names}
        return {**types, **({self.filename: "VARCHAR"} if self.filename else {})}

    @property
    def _names(self) -> list[str]:
        return list(dict.fromkeys(name for header in self.groups for name in header.names))

    def _require_declared(self, groups: Mapping[Header, Sequence[str]]) -> None:
        """Refuse a declared column that no file has, or that a file seems to have under another name."""
        everywhere = {name for header in groups for name in header.names}
        for header, files in groups.items():
            others = [each for each in header.names if each not in self.columns]
            for name in self.columns:
                if name not in everywhere or (name not in header.names and others):
                    hint = did_you_mean(name, others) or f" Its header is: {shown(header.names, name)}."
                    raise ResourceError(f"{files[0]} has no column '{name}', which load_args: columns: declares.{hint}")
            if self.filename.lower() in map(str.lower, header.names):
                raise ResourceError(f"{files[0]} has a column '{self.filename}': give filename: another name.")

    def _found(self, names: Sequence[str]) -> dict[str, str]:
        """Return the types of columns that are not declared, after a look at all their values."""
        if not names:
            return {}
        hints = {name: self.hints[name] for name in names if name in self.hints}
        kept = kept_types(self._texts_of(hints), hints, self.notation) if hints else {}
        if not (rest := [name for name in names if name not in kept]):
            return kept
        found = infer_types(self._texts_of(rest), rest, self.notation)
        if self.hints:  # a file that is written anew keeps its texts
            found = {**dict.fromkeys(rest, "VARCHAR"), **kept_types(self._texts_of(rest), found, self.notation)}
        return {**kept, **found}

    def _texts_of(self, names: Sequence[str] | Mapping[str, str]) -> str:
        return f"select {', '.join(map(quote, names))} from ({self.texts()})"

    def texts(self, *extra: str, only: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns as texts, of some of the files or of all."""
        parts = []
        for header, all_files in self.groups.items():
            if not (files := [file for file in all_files if only is None or file in only]):
                continue
            columns = [quote(name) if name in header.names else f"{_NOTHING} as {quote(name)}" for name in self._names]
            parts.append(f"select {', '.join([*columns, *extra])} from {self._scan(header, files)}")
        return " union all ".join(parts)

    def _scan(self, header: Header, files: Sequence[str]) -> str:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
        options = ", ".join(f"{key}={literal(value)}" for key, value in self.layout.options().items())
        return (
            f"read_csv({duckdb_files(files)}, columns={{{columns}}}, auto_detect=false, hive_partitioning=false, "
            f"header=false, skip={header.records}, nullstr=[{listed(['', *self.nulls])}], filename='{_FILE}', "
            f"{options})"
        )

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns in their types, of some of the files or of all."""
        columns = [duckdb_value(name, self.types[name], self.notation) for name in self._names]
        if self.filename:  # what a save keeps beside a file is a second name of it
            columns.append(f"{name_query(_FILE, self.files)} as {quote(self.filename)}")
        return f"select {', '.join(columns)} from ({self.texts(_FILE, only=files)})"

    def fault(self, said: str) -> DataError | None:
        """Return the first value that is not of its column's type, with its place, or nothing.

        Args:
            said: what the engine says; where no rule of ours stopped it, no value explains it.

        Raises:
            DataError: if a row is no CSV.
        """
        if STOPPED not in said:
            return None
        kinds = {name: self.types[name] for name in self._names if self.types[name] != "VARCHAR"}
        tests = {name: is_refused(name, kind, self.notation) for name, kind in kinds.items()}
        which = " ".join(f"when {test} then {literal(name)}" for name, test in tests.items()) or "when false then ''"
        values = " ".join(f"when {literal(name)} then {quote(name)}" for name in tests) or "when '' then ''"
        found = f"select *, case {which} end as kf_name from ({self.texts(_FILE)})"
        query = f"select {_FILE}, kf_name, case kf_name {values} end from ({found}) where kf_name is not null limit 1"
        row = ask(query)
        return self._refused(*row[0]) if row else None

    def _refused(self, file: str, name: str, value: str) -> DataError:
        null = f"it is NULL (nulls: [{value}]) or that " if len(value) <= 40 else ""
        return DataError(
            f"{file}, line {self._line(file, name, value)}, column '{name}': {shortened(value)!r} is not of type "
            f"{self.types[name]}. Correct the file, or say in load_args that {null}the column is text "
            f"(columns: {{{name}: VARCHAR}})."
        )

    def _line(self, file: str, name: str, value: str) -> int | str:
        """Return the line in which a row ends that has a value."""
        index = next(header.names for header, files in self.groups.items() if file in files).index(name)
        with opened(file, self.layout) as lines:
            ends = ((row, number) for number, row in self.layout.numbered(lines))
            return next((number for row, number in ends if row[index : index + 1] == [value]), "?")
