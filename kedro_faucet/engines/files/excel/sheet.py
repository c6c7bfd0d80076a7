"""A sheet of a workbook, read by fastexcel; its words on a file become ours."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from kedro_faucet.engines.conversion import require
from kedro_faucet.engines.files.excel.area import cell_name
from kedro_faucet.engines.files.local.packing import opened
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError, did_you_mean, listed
from kedro_faucet.services.stores.addresses import is_address

_ERRORS = {"NA": "#N/A", "Div0": "#DIV/0!", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!",
           "Value": "#VALUE!", "GettingData": "#GETTING_DATA"}  # fmt: skip
# It warns of columns without a value, which are ones of texts.
logging.getLogger("fastexcel.types.dtype").setLevel(logging.ERROR)

_TIMES = ("DateTime", "TimeDelta")
_GOT = re.compile(r"but got '(\w+)\((.*)\)'$", re.DOTALL)


class Other(NamedTuple):
    """A cell that is of another kind than it was read as: where it is, and fastexcel's words for what it holds."""

    row: int
    column: int
    kind: str
    value: str

    @property
    def error(self) -> str:
        """What Excel shows of a formula that failed."""
        return _ERRORS.get(self.value, f"#{self.value.upper()}!")


@dataclass(frozen=True)
class Sheet:
    """A sheet: rows and columns are counted from zero, as from the cell A1."""

    file: str
    reader: Any
    name: str

    @classmethod
    def of(cls, file: str, wanted: str | int | None) -> Sheet:
        """Return a sheet by its name, or by its number, the first being 1; by default the first that is not hidden.

        Raises:
            ResourceError: if there is none, or the file is no workbook.
            MissingExtraError: if fastexcel is not installed.
        """
        with _read(file):
            reader = require("fastexcel", "excel").read_excel(opened(file).read() if is_address(file) else file)
            names = reader.sheet_names
            if wanted is None:
                return cls(file, reader, next(filter(lambda name: _is_shown(reader, name), names), names[0]))
        if isinstance(wanted, int) and 1 <= wanted <= len(names):
            return cls(file, reader, names[wanted - 1])
        if wanted not in names:
            hint = did_you_mean(str(wanted), names)
            raise ResourceError(f"{file} has no sheet {wanted!r}; there are: {listed(names)}.{hint}")
        return cls(file, reader, str(wanted))

    def texts(self) -> tuple[int, pa.RecordBatch, list[Other]]:
        """Return the number of the first column that has a cell, all cells as texts, and what is no text."""
        sheet = self._load(dtypes="string", skip_rows=0)
        columns = sheet.available_columns()
        first = columns[0].absolute_index if columns else 0
        return first, *self._cells(sheet, first)

    def typed(self, top: int, rows: int, columns: Sequence[int], kind: str | None = None) -> pa.RecordBatch | None:
        """Return columns of which all cells are of one kind; nothing where those of one are of several.

        Args:
            top: the first row.
            rows: how many there are.
            columns: the columns.
            kind: fastexcel's word for what to read, where cells of other kinds are to be NULL.
        """
        errors = require("fastexcel", "excel")
        said = {"dtypes": kind} if kind else {"schema_sample_rows": None, "dtype_coercion": "strict"}
        try:
            sheet = self._load(skip_rows=top, n_rows=rows, use_columns=list(columns), **said)
        except errors.UnsupportedColumnTypeCombinationError:
            return None
        return self._cells(sheet, 0)[0]

    def kinds(self, first: int, top: int, rows: int, columns: Sequence[int]) -> list[Other]:
        """Return of which kind each cell is."""
        found = []
        for word in ("duration", "float"):  # one takes times, and the other numbers, without a word
            sheet = self._load(skip_rows=top, n_rows=rows, use_columns=list(columns), dtypes=word)
            found += [each for each in self._cells(sheet, first)[1] if (each.kind in _TIMES) == (word == "float")]
        return found

    def _load(self, **said: Any) -> Any:
        with _read(self.file):
            return self.reader.load_sheet(self.name, header_row=None, **said)

    def _cells(self, sheet: Any, first: int) -> tuple[pa.RecordBatch, list[Other]]:
        with _read(self.file):
            batch, errors = sheet.to_arrow_with_errors()
        found = ((each.position, _GOT.search(each.detail)) for each in (errors.errors if errors else ()))
        return batch, [Other(row, first + column, _kind(*got.groups()), got[2]) for (row, column), got in found if got]

    def refused(self, row: int, column: int, said: str) -> DataError:
        """Return the error about a cell."""
        return DataError(f"{self.place(row, column)}: {said}")

    def place(self, row: int, column: int) -> str:
        """Return the words for where a cell is."""
        return f"{self.file}, sheet '{self.name}', cell {cell_name(row, column)}"


def _kind(kind: str, value: str) -> str:
    return "TimeDelta" if kind == "DateTime" and "datetime_type: TimeDelta" in value else kind


def _is_shown(reader: Any, name: str) -> bool:
    return bool(reader.load_sheet(name, header_row=None, n_rows=1).visible == "visible")


@contextmanager
def _read(file: str) -> Iterator[None]:
    """Turn what fastexcel has against a file into an error of ours; a damaged file may make it panic."""
    try:
        yield
    except FaucetError:
        raise
    except BaseException as error:
        name = type(error).__name__
        if name == "UnsupportedColumnTypeCombinationError" or not (_is_fastexcel_s(error) or name == "PanicException"):
            raise
        if "password" in str(error).lower():
            raise ResourceError(f"{file} is protected by a password: save it without one.") from None
        raise ResourceError(
            f"{file} is no Excel workbook, or a damaged one: get it again, or correct format:."
        ) from None


def _is_fastexcel_s(error: BaseException) -> bool:
    return any(each.__module__.endswith("fastexcel") for each in type(error).__mro__)
