"""From the cells of a sheet to a table: where its header is, which columns have names, which rows have values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial, reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.engines.files.excel.area import Area, cell_name
from kedro_faucet.engines.files.excel.columns import Column
from kedro_faucet.engines.files.excel.formulas import uncomputed
from kedro_faucet.engines.files.excel.sheet import Other, Sheet
from kedro_faucet.exceptions import ResourceError, did_you_mean, listed

_WORDS = {"Float": "float", "Int": "float", "DateTime": "datetime", "Bool": "boolean", "TimeDelta": "duration"}
"""fastexcel's words for the kinds of cells that a column may be of."""


def read_excel(
    files: Sequence[str], columns: Mapping[str, str] | None = None, filename: str = "", **options: Any
) -> pa.Table:
    """Return the rows of workbooks, one after the other.

    Args:
        files: their paths.
        columns: the declared types.
        filename: a column to add, with each row's file; none where it is empty.
        options: ``sheet``, ``range``, ``header``, ``skip`` and ``nulls``.

    Raises:
        ResourceError: if a file is no workbook, or a sheet, a range or a column is not there.
        DataError: if a cell is an error, or does not hold its value exactly.
    """
    declared = {str(name): declared_type(name, kind) for name, kind in (columns or {}).items()}
    tables = [Block.of(file, declared, **options).table() for file in files]
    for file, table in zip(files, tables, strict=True):
        _require_alike(file, table, files[0], tables[0])
    tables = [table.select(tables[0].column_names) for table in tables]
    if filename:
        tables = [_named(file, table, filename) for file, table in zip(files, tables, strict=True)]
    return _together(tables)


def _require_alike(file: str, table: pa.Table, first: str, other: pa.Table) -> None:
    if missing := set(table.column_names) ^ set(other.column_names):
        raise ResourceError(
            f"Of {first} and {file} one alone has the column {listed(sorted(missing))}: read them apart."
        )
    for name in table.column_names:
        kinds = [str(each.schema.field(name).type) for each in (other, table)]
        if len({_sort(kind) for kind in kinds} - {"null"}) > 1:
            raise ResourceError(
                f"The column '{name}' is {kinds[0]} in {first} and {kinds[1]} in {file}: declare it below load_args:, "
                f"as in columns: {{{name}: VARCHAR}}."
            )


def _sort(kind: str) -> str:
    return {"int64": "number", "double": "number", "date32[day]": "time", "timestamp[us]": "time"}.get(kind, kind)


def _named(file: str, table: pa.Table, name: str) -> pa.Table:
    if name.lower() in map(str.lower, table.column_names):
        raise ResourceError(f"{file} has a column '{name}': give filename: another name.")
    return table.append_column(name, pa.array([file] * table.num_rows, pa.string()))


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of all tables, a column in the type that holds the values of each, of texts if there are none."""
    columns = {}
    for name in tables[0].column_names:
        kinds = {table.schema.field(name).type for table in tables} - {pa.null()}
        columns[name] = next((kind for kind in _WIDEST if kind in kinds), next(iter(kinds), pa.string()))
    return pa.concat_tables(table.cast(pa.schema(columns.items())) for table in tables)


_WIDEST = (pa.float64(), pa.timestamp("us"))


@dataclass(frozen=True)
class Block:
    """The rows below a header.

    Args:
        sheet: the sheet.
        area: the cells that are meant.
        declared: types by the columns' names.
        header: False where the first row is a row of values already.
        skip: how many rows to leave out before the header.
        nulls: texts that are NULL; an error of Excel's may be one.
    """

    sheet: Sheet
    area: Area
    declared: Mapping[str, str]
    header: bool = True
    skip: int = 0
    nulls: Sequence[str] = field(default=())

    @classmethod
    def of(cls, file: str, declared: Mapping[str, str], sheet: Any = None, range: Any = None, **rest: Any) -> Block:
        """Return the rows that the catalog's words name."""
        return cls(Sheet.of(file, sheet), Area.of(range), declared, **rest)

    def table(self) -> pa.Table:
        """Return the rows, each column in its type."""
        names = self._names
        self._refuse_uncomputed()
        arrays = [self._column(name, at).values(self.declared.get(name)) for name, at in names.items()]
        return pa.table(dict(zip(names, arrays, strict=True)))

    @cached_property
    def _all(self) -> tuple[int, pa.RecordBatch, list[Other]]:
        return self.sheet.texts()

    @cached_property
    def _texts(self) -> dict[int, pa.Array]:
        """The cells of each column that is meant, as texts; what stands for NULL is."""
        first, batch, errors = self._all
        left, right = max(self.area.left, first), min(self.area.right, first + batch.num_columns - 1)
        rows = min(self.area.bottom + 1, batch.num_rows)
        texts = {at: batch.column(at - first).slice(0, rows) for at in range(left, right + 1)}
        self._refuse_errors(errors, rows, texts)
        return {at: _without(each, ["", *self.nulls]) for at, each in texts.items()}

    def _refuse_errors(self, errors: Sequence[Other], rows: int, texts: Mapping[int, pa.Array]) -> None:
        for each in errors:
            if self._first_row <= each.row < rows and each.column in texts and each.error not in self.nulls:
                raise self.sheet.refused(
                    each.row,
                    each.column,
                    f"it is an error, {each.error}. Correct the sheet, or say in load_args that it is NULL "
                    f'(nulls: ["{each.error}"]).',
                )

    @property
    def _first_row(self) -> int:
        return (self.area.top or 0) + self.skip

    @cached_property
    def _top(self) -> int:
        """The row of the header, or of the first values where there is none."""
        if self.area.top is not None:
            return self._first_row
        starts = (pc.index(pc.is_valid(each.slice(self.skip)), True).as_py() for each in self._texts.values())
        return self.skip + min((each for each in starts if each >= 0), default=0)

    @cached_property
    def _names(self) -> dict[str, int]:
        """The columns by their names."""
        if not self.header:
            return self._names_declared()
        names: dict[str, int] = {}
        for at, texts in self._texts.items():
            name = texts[self._top].as_py() if self._top < len(texts) else None
            if name is not None:
                self._require_new(name, at, names)
                names[name] = at
            elif texts.slice(self._top + 1).null_count < max(len(texts) - self._top - 1, 0):
                raise ResourceError(
                    f"{self.sheet.place(self._top, at)}: the column has values and no name (of merged cells the first "
                    "alone has it): write one, or name all columns by header: false and columns:."
                )
        self._require_declared(names)
        return names

    def _names_declared(self) -> dict[str, int]:
        if len(self.declared) != len(self._texts):
            raise ResourceError(
                f"{self.sheet.file}, sheet '{self.sheet.name}' is read with header: false: name its {len(self._texts)} "
                "columns in their order below load_args:, as in columns: {id: BIGINT, name: VARCHAR}."
            )
        return dict(zip(self.declared, self._texts, strict=True))

    def _require_new(self, name: str, at: int, names: Mapping[str, int]) -> None:
        if other := next((each for each in names if each.lower() == name.lower()), None):
            both = f"{cell_name(self._top, names[other])} and {cell_name(self._top, at)}"
            raise ResourceError(
                f"{self.sheet.file}, sheet '{self.sheet.name}': the columns '{other}' and '{name}' ({both}) are one, "
                "as the case of names does not count: rename one of them."
            )

    def _require_declared(self, names: Mapping[str, int]) -> None:
        if not names:
            raise ResourceError(
                f"{self.sheet.file}, sheet '{self.sheet.name}' is empty where it is read: say sheet: or range:."
            )
        for name in self.declared:
            if name not in names:
                hint = did_you_mean(name, names) or f" Its header is: {listed(names, name)}."
                raise ResourceError(
                    f"{self.sheet.file}, sheet '{self.sheet.name}' has no column '{name}', which load_args: columns: "
                    f"declares.{hint}"
                )

    def _refuse_uncomputed(self) -> None:
        """Refuse a formula without a value where something that is read has none."""
        empty = {at: self._texts[at].slice(self._start) for at in self._names.values()}
        if self._count and not any(each.null_count for each in empty.values()):
            return
        for row, column in uncomputed(self.sheet.file, self.sheet.name):
            if column in empty and self._start <= row <= self.area.bottom:
                said = "it is a formula that no program has computed: open the workbook in Excel, and save it."
                raise self.sheet.refused(row, column, said)

    @property
    def _start(self) -> int:
        """The first row of values."""
        return self._top + self.header

    @property
    def _count(self) -> int:
        """How many rows there are from there on, also empty ones."""
        return max(len(next(iter(self._texts.values()))) - self._start, 0)

    @cached_property
    def _rows(self) -> pa.Array:
        """The rows that hold a value."""
        held = (pc.is_valid(self._texts[at].slice(self._start)) for at in self._names.values())
        return pc.add(pc.indices_nonzero(reduce(pc.or_, held)).cast(pa.int64()), self._start)

    @cached_property
    def _typed(self) -> dict[int, pa.Array]:
        """The columns that are of one kind, as they are."""
        columns = list(self._names.values())
        if not self._count:
            return {}
        if (found := self.sheet.typed(self._start, self._count, columns)) is not None:
            return dict(zip(columns, found.columns, strict=True))
        words = {at: {_WORDS.get(each.kind, "") for each in self._kinds[at]} for at in columns}
        typed: dict[int, pa.Array] = {}
        for word in dict.fromkeys(_WORDS.values()):
            if group := [at for at in columns if words[at] == {word}]:
                batch = self.sheet.typed(self._start, self._count, group, word)
                typed |= dict(zip(group, batch.columns, strict=True)) if batch else {}
        return typed

    @cached_property
    def _kinds(self) -> dict[int, list[Other]]:
        """The cells of each column with their kinds, but for those that are NULL; looked at where kinds are mixed."""
        columns = list(self._names.values())
        found: dict[int, list[Other]] = {at: [] for at in columns}
        for each in self.sheet.kinds(self._all[0], self._start, self._count, columns):
            if self._texts[each.column][each.row].is_valid:
                found[each.column].append(each)
        return found

    def _column(self, name: str, at: int) -> Column:
        texts, refuse = self._texts[at].take(self._rows), partial(self._refuse, name, at)
        if at in self._typed:
            typed = self._typed[at].take(pc.subtract(self._rows, self._start))
            return Column(texts, pc.if_else(pc.is_valid(texts), typed, pa.scalar(None, typed.type)), [], refuse)
        if not self._count:
            return Column(texts, texts, [], refuse)
        places = {row: number for number, row in enumerate(self._rows.to_pylist())}
        self._refuse_times(self._kinds[at])
        numbers = [places[each.row] for each in self._kinds[at] if each.kind in ("Float", "Int")]
        return Column(texts, texts, numbers, refuse)

    def _refuse_times(self, mixed: Sequence[Other]) -> None:
        """Refuse a time or a duration among cells of other kinds: as text it would be a day of 1899."""
        for each in mixed:
            text = str(self._texts[each.column][each.row])
            if each.kind == "TimeDelta" or (each.kind == "DateTime" and text < "1900"):
                said = "a time of day or a duration stands among cells of other kinds: give it a column of its own."
                raise self.sheet.refused(each.row, each.column, said)

    def _refuse(self, name: str, at: int, row: int, said: str) -> Any:
        return self.sheet.refused(self._rows[row].as_py(), at, f"column '{name}': {said}")


def _without(texts: pa.Array, nulls: Sequence[str]) -> pa.Array:
    return pc.if_else(pc.is_in(texts, pa.array(nulls, pa.string())), pa.scalar(None, pa.string()), texts)
