"""JSON files: objects whose keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.dialect.types import fits
from kedro_faucet.engines.files.csv.layout import listed
from kedro_faucet.engines.files.json.rows import form_of, place_of
from kedro_faucet.engines.files.json.types import Found, Keys, is_nested, key_twice, nested_value, structure_of, type_of
from kedro_faucet.engines.files.local.paths import duckdb_files
from kedro_faucet.engines.files.local.states import State, state_of
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import STOPPED, duckdb_value, exact, is_refused
from kedro_faucet.exceptions import DataError, ResourceError, did_you_mean, shortened
from kedro_faucet.exceptions import listed as shown

# Each number of a text becomes a text; what stands before it is left, above all texts, in which digits may be.
_NUMBER = r'((?:"(?:[^"\\]|\\.)*"|[^"0-9-]|-[^0-9])*)(-?[0-9][0-9.eE+-]*|$)'
_QUOTED = rf"""left(regexp_replace(json, '{_NUMBER}', '\1"\2"', 'g'), -2)"""


@dataclass(frozen=True)
class JsonFiles:
    """JSON files, one object a line or one array of objects, whose keys are the columns.

    Args:
        files: their paths, in order.
        columns: the declared types.
        hints: types of columns that are there, where none is declared and their values are of it.
    """

    files: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    _structures: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def forms(self) -> dict[str, str]:
        """How the objects stand in each file."""
        return {file: form_of(file) for file in self.states}

    @cached_property
    def states(self) -> dict[str, State]:
        """What tells whether a file is still the one whose keys were looked at."""
        return {file: state_of(file) for file in self.files}

    @cached_property
    def found(self) -> Keys:
        """The keys of all rows, and of which kinds their values are.

        Raises:
            DataError: if a row is no object, or its keys cannot be told apart.
        """
        keys = Keys(self._objects(self.files))
        if keys.needs_exact_numbers(self.columns):
            keys = Keys(self._objects(self.files), _QUOTED)
        self._require_objects(keys)
        return keys

    def _require_objects(self, keys: Keys) -> None:
        if keys.other:
            file, place, text = self._first("json_type(json) <> 'OBJECT'")
            raise DataError(f'{file}, {place}: {text} is no object, as in {{"id": 1}}, and so no row.')
        if keys.twice:
            names = "json_keys(json)"
            file, place, text = self._first(f"len(list_distinct({names})) < len({names})", "json_keys(json)")
            raise DataError(f"{file}, {place}: a key is there twice, and columns have one value: {text}.")
        seen: dict[str, str] = {}
        for name in keys.names:
            if not name:
                file, place, _ = self._first("list_contains(json_keys(json), '')")
                raise DataError(f"{file}, {place}: a key has no letters, and a column needs a name.")
            if (first := seen.setdefault(name.lower(), name)) != name:
                file, place, _ = self._first(f"list_contains(json_keys(json), {literal(name)})")
                raise DataError(
                    f"{file}, {place}: the keys '{first}' and '{name}' are one column, as names of columns are alike "
                    "where only their case differs: rename one of them in the files."
                )

    def _first(self, test: str, shown: str = "json") -> tuple[str, str, str]:
        """Return the file, the place and a text of the first row of which a test is true."""
        for file in self.files:
            rows = f"select *, row_number() over () as n from ({self._objects([file])})"
            for row, text in ask(f"select n, cast({shown} as VARCHAR)[:200] from ({rows}) where {test} limit 1"):
                return file, place_of(file, row), text
        return self.files[0], "line ?", ""

    @cached_property
    def types(self) -> dict[str, str]:
        """Each column's type: as declared, else what all values of all files have in common.

        Raises:
            ResourceError: if a declared column is in no file, or nothing is declared and no file has a row.
        """
        if not self.found.names:
            return self._declared()
        for name in self.columns:
            if name not in self.found.names:
                hint = did_you_mean(name, self.found.names) or f" The keys are: {shown(self.found.names)}."
                raise ResourceError(f"No row of {shown(self.files)} has '{name}', which columns: declares.{hint}")
        return {name: self.columns.get(name) or self._type(name, kind) for name, kind in self.found.names.items()}

    def _declared(self) -> dict[str, str]:
        if not (known := {**self.hints, **self.columns}):
            raise ResourceError(f"{shown(self.files)} has no row to find the columns in: declare them (columns:).")
        return known

    def _type(self, name: str, found: Found) -> str:
        kind = found.type or type_of(self._structure(name))
        hint = self.hints.get(name, kind)
        is_of = (
            found.is_empty or fits(kind, hint) or (is_nested(kind) and is_nested(hint)) or hint == self._held.get(name)
        )
        return hint if is_of else kind

    @cached_property
    def _held(self) -> Mapping[str, str]:
        """The hinted types that hold all numbers of a column whose own type is a wider one."""
        wanted = {
            name: self.hints[name] for name, found in self.found.names.items() if found.is_number and name in self.hints
        }
        kinds = {kind: [name for name in wanted if wanted[name] == kind] for kind in sorted(set(wanted.values()))}
        numbers = {kind: names for kind, names in kinds.items() if kind.startswith("DECIMAL") or fits(kind, "DOUBLE")}
        tests = "".join(
            f" when kf_name in ({listed(names)}) then ({exact('kf_value', kind)}) is null"
            for kind, names in numbers.items()
        )
        if not tests:
            return {}
        texts = self._scan(self.files, {name: "VARCHAR" for names in numbers.values() for name in names})
        values = f"unpivot ({texts}) on columns(*) into name kf_name value kf_value"
        lost = {name for (name,) in ask(f"select distinct kf_name from ({values}) where case{tests} else true end")}
        return {name: kind for kind, names in numbers.items() for name in names if name not in lost}

    def _structure(self, name: str) -> Any:
        if name not in self._structures:
            self._require_keys_once(name)
            self._structures[name] = structure_of(name, self._scan(self.files, {name: "JSON"}), self.files[0])
        return self._structures[name]

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns in their types, of some of the files or of all."""
        values = ", ".join(self._value(name, kind) for name, kind in self.types.items())
        return f"select {values} from ({self._texts(self.files if files is None else files)})"

    def _value(self, name: str, kind: str) -> str:
        if not is_nested(kind):
            return duckdb_value(name, kind)
        column = quote(name)
        stop = f"case when {column} is not null then error('{STOPPED}') end"
        return f"coalesce({self._nested(name, kind)}, {stop}) as {column}"

    def _nested(self, name: str, kind: str) -> str:
        found = self.found.names.get(name)
        if found is None or found.type:  # no row has it, or only some are objects or lists
            return f"try_cast({quote(name)} as {kind})"
        return nested_value(quote(name), kind, self._structure(name))

    def _test(self, name: str, kind: str) -> str:
        if is_nested(kind):
            return f"({quote(name)} is not null and ({self._nested(name, kind)}) is null)"
        return is_refused(name, kind)

    def _texts(self, files: Sequence[str]) -> str:
        """Return DuckDB's SELECT of all columns, of nested ones as JSON and of the others as texts."""
        read = {name: "JSON" if is_nested(kind) else "VARCHAR" for name, kind in self.types.items()}
        if not self.found.exact:
            return self._scan(files, read)
        texts, plain = (literal(json.dumps(dict.fromkeys(read, kind))) for kind in ("VARCHAR", "JSON"))
        parts = f"json_transform({_QUOTED}, {texts}) as kf_texts, json_transform(json, {plain}) as kf_plain"
        columns = ", ".join(_as_written(quote(name), kind) for name, kind in read.items())
        return f"select {columns} from (select {parts} from ({self._objects(files)}))"

    def _scan(self, files: Sequence[str], columns: Mapping[str, str]) -> str:
        listed = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in columns.items())
        return self._read("read_json", files, f", columns={{{listed}}}")

    def _objects(self, files: Sequence[str]) -> str:
        return self._read("read_json_objects", files)

    def _read(self, function: str, files: Sequence[str], more: str = "") -> str:
        parts = []
        for form in dict.fromkeys(self.forms[file] for file in files):
            listed = duckdb_files([file for file in files if self.forms[file] == form])
            parts.append(f"select * from {function}({listed}, format='{form}', hive_partitioning=false{more})")
        return " union all ".join(parts)

    def fault(self, said: str) -> DataError | None:
        """Return the first value that is not of its column's type, with its place, or nothing.

        Args:
            said: what the engine says; where no rule of ours stopped it, no value explains it.

        Raises:
            DataError: if a row is no JSON.
        """
        if STOPPED not in said:
            return None
        tests = {name: self._test(name, kind) for name, kind in self.types.items() if kind != "VARCHAR"}
        which = " ".join(f"when {test} then {literal(name)}" for name, test in tests.items()) or "when false then ''"
        values = (
            " ".join(f"when {literal(name)} then cast({quote(name)} as VARCHAR)" for name in tests) or "when '' then ''"
        )
        for file in self.files:
            rows = f"select *, row_number() over () as kf_row from ({self._texts([file])})"
            found = f"select *, case {which} end as kf_name from ({rows})"
            query = (
                f"select kf_row, kf_name, case kf_name {values} end from ({found}) where kf_name is not null limit 1"
            )
            for row, name, value in ask(query):
                return self._refused(file, place_of(file, row), name, value)
        return None

    def _require_keys_once(self, name: str) -> None:
        for file in self.files:
            if found := key_twice(name, self._scan([file], {name: "JSON"})):
                raise DataError(
                    f"{file}, {place_of(file, found[0])}, column '{name}': an object has the key {found[1]} twice. "
                    f"Correct the file, or say in load_args that the column is text (columns: {{{name}: VARCHAR}})."
                )

    def _refused(self, file: str, place: str, name: str, value: str) -> DataError:
        what = f"{shortened(value, 200)!r} is not of type {self.types[name]}"
        return DataError(
            f"{file}, {place}, column '{name}': {what}. Correct the file, or say in load_args that the column is "
            f"text (columns: {{{name}: VARCHAR}})."
        )


def _as_written(column: str, kind: str) -> str:
    """Return a value with its number as it is written; within objects and lists numbers are no texts."""
    plain = f"kf_plain.{column}"
    if kind == "JSON":
        return f"{plain} as {column}"
    text = f"cast({plain} as VARCHAR)"
    return f"case when {text}[1] in ('{{', '[') then {text} else kf_texts.{column} end as {column}"
