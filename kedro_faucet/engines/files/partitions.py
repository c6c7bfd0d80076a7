"""Files in folders that say a value, as in ``year=2013/1.csv``, where an entry says ``hive: true``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kedro_faucet.engines.dialect import literal, quote
from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.engines.files.csv.inference import infer_types
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import exact
from kedro_faucet.exceptions import DataError, ResourceError

if TYPE_CHECKING:
    from kedro_faucet.engines.files.sources import Source

NULL = "__HIVE_DEFAULT_PARTITION__"
"""The name of NULL's folder."""
SCHEMA = "_common_metadata"
"""The file in a folder that a save has laid out which keeps its columns; readers of such folders know its name."""


@dataclass(frozen=True)
class PartitionedFiles:
    """Files, and the values that the names of their folders say.

    Args:
        source: the files.
        values: of each file the values by their columns, as texts.
        kinds: the columns' types.
        order: the names of all columns, where a save has kept it.
    """

    source: Source
    values: Mapping[str, Mapping[str, str | None]]
    kinds: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The files' paths, in order."""
        return self.source.files

    @property
    def states(self) -> Mapping[str, Any]:
        """What tells whether a file is still the one that was loaded."""
        return self.source.states

    @property
    def types(self) -> dict[str, str]:
        """Each column's type; those of folders come last.

        Raises:
            ResourceError: if a file has a column of a folder's name.
        """
        own = self.source.types
        for name in self.kinds:
            if name.lower() in map(str.lower, own):
                raise ResourceError(
                    f"{self.files[0]}: '{name}' is a column of the files and of their folders, which could differ: "
                    "leave out hive: true."
                )
        types = {**own, **self.kinds}
        return {name: types[name] for name in sorted(types, key=self._place)}

    def _place(self, name: str) -> int:
        return self.order.index(name) if name in self.order else len(self.order)

    def duckdb_query(self, files: Sequence[str] | None = None) -> str:
        """Return DuckDB's SELECT of all columns in their types, of some of the files or of all."""
        groups: dict[tuple[tuple[str, str | None], ...], list[str]] = {}
        for file in self.files if files is None else files:
            groups.setdefault(tuple(self.values[file].items()), []).append(file)
        names = list(self.types)
        return " union all ".join(
            f"select {', '.join(self._column(name, dict(values)) for name in names)} "
            f"from ({self.source.duckdb_query(group)})"
            for values, group in groups.items()
        )

    def _column(self, name: str, values: Mapping[str, str | None]) -> str:
        return self._value(name, values[name]) if name in values else quote(name)

    def _value(self, name: str, text: str | None) -> str:
        value = "null" if text is None else exact(literal(text), self.kinds[name])
        return f"cast({value} as {self.kinds[name]}) as {quote(name)}"

    def fault(self, said: str) -> DataError | None:
        """Return the first value of a file that is not of its column's type, with its place, or nothing."""
        return self.source.fault(said)


def partitioned(
    files: Sequence[str], columns: Mapping[str, str], make: Callable[[Sequence[str], Mapping[str, str]], Source]
) -> PartitionedFiles:
    """Return files with the values that the names of their folders say.

    Args:
        files: their paths, in order.
        columns: the declared types, also of folders.
        make: makes what is known of the files from their paths and their own columns.

    Raises:
        ResourceError: if the folders of two files say values of different columns, or one says a column twice.
        DataError: if a value is not of its declared type.
    """
    values = {file: folder_values(file) for file in files}
    names = list(values[files[0]])
    for file in files:
        if list(values[file]) != names:
            said = [", ".join(each) or "none" for each in (names, values[file])]
            raise ResourceError(
                f"hive: true wants the same columns in the folders of all files: those of {files[0]} say {said[0]}, "
                f"those of {file} say {said[1]}."
            )
    if not names:
        raise ResourceError(f"No folder of {files[0]} says a value, as in year=2013/: leave out hive: true.")
    kinds = _types(values, names, {name: declared_type(name, columns[name]) for name in names if name in columns})
    rest = {name: kind for name, kind in columns.items() if name not in names}
    return PartitionedFiles(make(files, rest), values, kinds)


def laid_out(
    files: Sequence[str], columns: Mapping[str, str], make: Callable[[Sequence[str], Mapping[str, str]], Source]
) -> PartitionedFiles:
    """Return the files of a folder that a save has laid out, whose first one keeps all columns' order and types.

    Args:
        files: their paths.
        columns: the declared types, also of folders.
        make: makes what is known of the other files from their paths and their own columns.

    Raises:
        DataError: if a value of a folder is not of its declared type.
    """
    from kedro_faucet.engines.files.parquet import ParquetFiles

    kept, root = ParquetFiles((files[0],)), PurePath(files[0]).parent
    if not files[1:]:
        return PartitionedFiles(kept, {files[0]: {}})
    values = {file: folder_values(str(PurePath(file).relative_to(root))) for file in files[1:]}
    names = list(values[files[1]])
    kinds = {name: declared_type(name, columns.get(name, kept.types[name])) for name in names}
    _require({name: kind for name, kind in kinds.items() if name in columns}, values)
    rest = {name: kind for name, kind in columns.items() if name not in names}
    return PartitionedFiles(make(files[1:], rest), values, kinds, tuple(kept.types))


def folder_values(file: str) -> dict[str, str | None]:
    """Return the values that the names of a file's folders say.

    >>> folder_values("data/year=2013/origin=JFK%20x/1=2.csv")
    {'year': '2013', 'origin': 'JFK x'}

    Raises:
        ResourceError: if they say one twice.
    """
    values: dict[str, str | None] = {}
    for name, _, value in (part.partition("=") for part in PurePath(file).parent.parts if "=" in part[1:]):
        if unquote(name).lower() in map(str.lower, values):
            raise ResourceError(f"{file}: its folders say '{unquote(name)}' twice, and a column has one value.")
        values[unquote(name)] = None if value == NULL else unquote(value)
    return values


def _types(
    values: Mapping[str, Mapping[str, str | None]], names: Sequence[str], declared: Mapping[str, str]
) -> dict[str, str]:
    _require(declared, values)
    inferred = infer_types(_texts(values, names), names)
    return {name: declared.get(name) or inferred[name] for name in names}


def _texts(values: Mapping[str, Mapping[str, str | None]], names: Sequence[str]) -> str:
    rows = dict.fromkeys(tuple(each[name] for name in names) for each in values.values())
    listed = ", ".join(f"({', '.join('null' if text is None else literal(text) for text in row)})" for row in rows)
    texts = ", ".join(f"cast({quote(name)} as VARCHAR) as {quote(name)}" for name in names)
    return f"select {texts} from (values {listed}) folders({', '.join(map(quote, names))})"


def _require(declared: Mapping[str, str], values: Mapping[str, Mapping[str, str | None]]) -> None:
    """Refuse the first value that is not of its declared type."""
    for name, kind in declared.items():
        column, texts = quote(name), _texts(values, [name])
        query = f"select {column} from ({texts}) where {column} is not null and ({exact(column, kind)}) is null"
        for (text,) in ask(query):
            file = next(file for file, each in values.items() if each[name] == text)
            raise DataError(f"{file}: its folder says {name}={text}, which is not of type {kind}.")
