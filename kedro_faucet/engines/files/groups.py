"""Which of many files have which columns: what a file lacks must not pass for NULL where that matters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.files.csv.files import CsvFiles
from kedro_faucet.engines.files.local.packing import opened
from kedro_faucet.engines.files.partitions import PartitionedFiles
from kedro_faucet.engines.files.sources import Source, source

_PLAIN = re.compile(r"\w+(\(\d+, ?\d+\))?")  # a type that an entry may declare


@dataclass(frozen=True)
class ManyFiles:
    """The files that a table is read from.

    Args:
        format: csv, json, parquet or excel.
        files: their paths.
        types: the table's columns and their types.
        said: what else ``read_files`` was given.
    """

    format: str
    files: tuple[str, ...]
    types: Mapping[str, str]
    said: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, format: str, found: Source, columns: Mapping[str, str] | None, options: Mapping[str, Any]
    ) -> ManyFiles | None:
        """Return the files of a source; nothing where folders are columns, whose files have all of those."""
        if isinstance(found, PartitionedFiles):
            return None
        return cls(format, found.files, found.types, {"columns": columns, **options} if format != "parquet" else {})

    @cached_property
    def groups(self) -> dict[frozenset[str], list[str]]:
        """The files by the columns that they have; of JSON, by the keys that any of a file's rows has."""
        groups: dict[frozenset[str], list[str]] = {}
        for file, names in self._names():
            groups.setdefault(frozenset(name.lower() for name in names), []).append(file)
        return groups

    def _names(self) -> Iterator[tuple[str, Sequence[str]]]:
        if self.format == "excel":  # several have the same columns
            own = [name for name in self.types if name != self.said.get("filename")]
            yield from ((file, own) for file in self.files)
        elif self.format == "parquet":
            from pyarrow import parquet

            yield from ((file, parquet.read_schema(opened(file.removeprefix("file:"))).names) for file in self.files)
        elif isinstance(found := source(self.format, self.files, **self.said), CsvFiles):
            yield from ((file, header.names) for header, files in found.groups.items() for file in files)
        else:  # an empty file has no row, so that it lacks nothing
            yield from ((file, [*source("json", [file], hints=self.types).types]) for file in self.files)

    def parts(self) -> Iterator[dict[str, Any]]:
        """Yield what ``read_files`` is to be given for each group, so that no type is looked for again."""
        for names, files in self.groups.items():
            yield self._given(names, files)

    def given(self, file: str) -> dict[str, Any]:
        """Return what ``read_files`` is to be given for one file."""
        return self._given(next(names for names, files in self.groups.items() if file in files), [file])

    def _given(self, names: frozenset[str], files: list[str]) -> dict[str, Any]:
        given: dict[str, Any] = {"format": self.format, "files": files}
        if self.format == "parquet":
            return given
        own = {name: kind for name, kind in self.types.items() if name.lower() in names}
        declared = {name: kind for name, kind in own.items() if _PLAIN.fullmatch(kind)}
        nested = {name: kind for name, kind in own.items() if name not in declared}
        return {**given, **self.said, "columns": declared, **({"hints": nested} if nested else {})}

    def projection(self, types: Mapping[str, str], part: str = "part", noted: Mapping[str, str] | None = None) -> str:
        """Write the SELECT of a group's columns, named, typed and ordered as in the whole.

        Args:
            types: the columns of the part.
            part: its name in the text.
            noted: texts as further columns; then columns that the part lacks are NULL, else they are left out.
        """
        own = {name.lower(): (quote(name), kind) for name, kind in types.items()}
        listed = []
        for name, kind in self.types.items():
            column, old = own.get(name.lower(), ("null" if noted else "", ""))
            if column:
                listed.append(f"{column if kind == old else f'cast({column} as {kind})'} as {quote(name)}")
        listed += [f"{literal(text)} as {quote(name)}" for name, text in (noted or {}).items()]
        return f"select {', '.join(listed)} from {part}"
