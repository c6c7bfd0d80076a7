"""Excel workbooks, as files that a program wrote."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter
from openpyxl import Workbook
from openpyxl import load_workbook as open_workbook

from kedro_faucet import ResourceDataset
from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.files.excel import read_excel
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError

OLD = Path(__file__).parents[1] / "fixtures" / "old.xls"
DAY, NOON = date(2024, 1, 31), datetime(2024, 1, 31, 12, 30, 15, 123000)


def write(path: Path, rows: Sequence[Sequence[Any]], sheet: str = "Sheet1", corner: str = "A1") -> str:
    """Write a workbook of one sheet, whose first cell is at a corner; a text that begins with # is Excel's error."""
    with xlsxwriter.Workbook(path, {"remove_timezone": True}) as book:
        forms = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"}),
            time: book.add_format({"num_format": "hh:mm:ss"}),
            timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
        }
        page = book.add_worksheet(sheet)
        column, row = ord(corner[0]) - ord("A"), int(corner[1:]) - 1
        for down, values in enumerate(rows, row):
            for right, value in enumerate(values, column):
                if isinstance(value, str) and value.startswith(("#", "=")):
                    page.write_formula(down, right, "=NA()", None, value.removeprefix("="))
                elif isinstance(value, str):
                    page.write_string(down, right, value)
                elif type(value) in forms:
                    page.write_datetime(down, right, value, forms[type(value)])
                elif value is not None:
                    page.write(down, right, value)
    return str(path)


def column(path: Path, values: Sequence[Any], **said: Any) -> tuple[str, list[Any]]:
    """Return the type and the values of a column that holds these cells."""
    rows = [["n", "x"], *([number, value] for number, value in enumerate(values))]
    found = read_excel([write(path / "x.xlsx", rows)], **said).column("x")
    return str(found.type), found.to_pylist()


CELLS: list[tuple[list[Any], str, list[Any]]] = [
    ([1, 2.0, -3], "int64", [1, 2, -3]),
    ([2**53 - 1, None], "int64", [2**53 - 1, None]),
    ([1, 2.5, 1e-300], "double", [1.0, 2.5, 1e-300]),
    ([True, False], "bool", [True, False]),
    (["007", "1e3", " x "], "string", ["007", "1e3", " x "]),
    ([DAY, date(1900, 1, 1)], "date32[day]", [DAY, date(1900, 1, 1)]),
    ([DAY, NOON], "timestamp[us]", [datetime(2024, 1, 31), NOON]),
    ([time(10, 30), time(0, 0)], "string", ["10:30:00", "00:00:00"]),
    ([timedelta(hours=30), timedelta(seconds=1.5)], "string", ["30:00:00", "0:00:01.500"]),
    ([1, "007", 2.5, True, DAY], "string", ["1", "007", "2.5", "true", "2024-01-31 00:00:00"]),
    ([True, 1.5], "string", ["true", "1.5"]),
    ([None, None], "string", [None, None]),
    (["=computed"], "string", ["computed"]),
]


@pytest.mark.parametrize("case", CELLS, ids=lambda case: case[1])
def test_a_column_has_the_type_of_its_cells(tmp_path: Path, case: tuple[list[Any], str, list[Any]]) -> None:
    """Numbers, dates, times and texts stay what they are; cells of several kinds are texts."""
    cells, kind, values = case
    assert column(tmp_path, cells) == (kind, values)


@pytest.mark.parametrize(
    ("cells", "kind", "value"),
    [
        ([7], "VARCHAR", "7"),
        ([1.1], "DECIMAL(10,2)", Decimal("1.10")),
        ([7], "DOUBLE", 7.0),
        ([2**60], "DOUBLE", 2.0**60),
        (["7"], "BIGINT", 7),
        (["31"], "DOUBLE", 31.0),
        ([DAY], "TIMESTAMP", datetime(2024, 1, 31)),
        ([DAY], "VARCHAR", "2024-01-31"),
        ([NOON], "VARCHAR", "2024-01-31 12:30:15.123"),
        (["2024-01-31"], "DATE", DAY),
        ([True], "VARCHAR", "true"),
        ([None], "BIGINT", None),
    ],
)
def test_a_declared_type_holds_the_value(tmp_path: Path, cells: list[Any], kind: str, value: Any) -> None:
    """A cell becomes what is declared, where that is the same value."""
    assert column(tmp_path, cells, columns={"x": kind})[1] == [value]


@pytest.mark.parametrize(
    ("cells", "said", "message"),
    [
        ([1, 12345678901234567], {}, "cell B3: column 'x': 12345678901234570 has more digits than Excel keeps"),
        (["a", 2**53], {}, "cell B3: column 'x': 9007199254740992 has more digits"),
        ([2**53], {"columns": {"x": "VARCHAR"}}, "has more digits"),
        ([1, "#DIV/0!"], {}, r"cell B3: it is an error, #DIV/0!\. .*nulls: \[\"#DIV/0!\"\]"),
        ([1.5], {"columns": {"x": "BIGINT"}}, "cell B2: column 'x': '1.5' is not of type BIGINT"),
        ([NOON], {"columns": {"x": "DATE"}}, "cell B2: column 'x': '2024-01-31 12:30:15.123' is not of type DATE"),
        ([1.239], {"columns": {"x": "DECIMAL(10,2)"}}, r"'1\.239' is not of type DECIMAL"),
        ([DAY, time(3)], {}, "cell B3: column 'x': a time of day stands among dates"),
        ([1, timedelta(hours=3)], {}, "cell B3: a time of day or a duration stands among"),
    ],
)  # fmt: skip
def test_what_is_not_exact_is_refused_by_its_cell(
    tmp_path: Path, cells: list[Any], said: dict[str, Any], message: str
) -> None:
    """The error names the file, the sheet, the cell and the column."""
    with pytest.raises(DataError, match=rf"x\.xlsx, sheet 'Sheet1', {message}|{message}"):
        column(tmp_path, cells, **said)


def test_texts_and_errors_may_stand_for_null(tmp_path: Path) -> None:
    """What nulls: names is NULL and counts for no type."""
    assert column(tmp_path, [1, "NA", "#N/A"], nulls=["NA", "#N/A"]) == ("int64", [1, None, None])
    assert column(tmp_path, [DAY, "NA"], nulls=["NA"]) == ("date32[day]", [DAY, None])


def test_the_table_is_where_its_header_is(tmp_path: Path) -> None:
    """Rows and columns without a cell are left out; a range, rows to skip, or no header say where it is otherwise."""
    rows = [["Report"], [], ["a", None, "b"], [1, None, "x"], [], [2, None, None], ["Total"]]
    path = write(tmp_path / "x.xlsx", rows, corner="C3")
    two = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert read_excel([path], range="C5:E8").to_pylist() == two
    assert read_excel([path], range="$C$5:$E$8").to_pylist() == two
    assert read_excel([path], skip=3).to_pylist()[:2] == [{"a": "1", "b": "x"}, {"a": "2", "b": None}]
    assert read_excel([path], range="C:C", skip=3).column_names == ["a"]
    plain = read_excel([path], range="C6:E8", header=False, columns={"a": "BIGINT", "m": "VARCHAR", "b": "VARCHAR"})
    assert plain.to_pylist() == [{"a": 1, "m": None, "b": "x"}, {"a": 2, "m": None, "b": None}]
    assert read_excel([write(tmp_path / "y.xlsx", [["a", "b"]])]).to_pydict() == {"a": [], "b": []}


@pytest.mark.parametrize(
    ("rows", "said", "message"),
    [
        ([["a", None], [1, 2]], {}, "cell B1: the column has values and no name"),
        ([["a", "A"], [1, 2]], {}, r"columns 'a' and 'A' \(A1 and B1\) are one"),
        ([["amount"], [1]], {"columns": {"amuont": "BIGINT"}}, "no column 'amuont'.*Did you mean 'amount'"),
        ([], {}, "is empty where it is read"),
        ([["a"]], {"range": "C5"}, "is empty where it is read"),
        ([["a"]], {"sheet": "Shet1"}, "no sheet 'Shet1'; there are: Sheet1. Did you mean 'Sheet1'"),
        ([["a"]], {"sheet": 2}, "no sheet 2"),
        ([["a"]], {"range": "C5:A1"}, "ends before it begins"),
        ([["a"]], {"range": "Q2 sales"}, "names no cells"),
        ([["a", "b"]], {"header": False, "columns": {"a": "BIGINT"}}, "name its 2 columns in their order"),
        ([["a"], [1]], {"filename": "A"}, "has a column 'A'"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(tmp_path: Path, rows: list[Any], said: dict[str, Any], message: str) -> None:
    """Headers, sheets and ranges that name nothing are told, with the nearest name."""
    with pytest.raises(ResourceError, match=message):
        read_excel([write(tmp_path / "x.xlsx", rows)], **said)


def test_hidden_sheets_and_merged_cells(tmp_path: Path) -> None:
    """The first sheet that is not hidden is read, a hidden one by its name; of merged cells the first has the name."""
    book = Workbook()
    book.active.title = "Hidden"
    book.active.append(["h"])
    book.active.sheet_state = "hidden"
    page = book.create_sheet("Shown")
    for row in (["a", "b"], [1, 2]):
        page.append(row)
    page.merge_cells("A1:B1")
    book.save(tmp_path / "x.xlsx")
    path = str(tmp_path / "x.xlsx")
    assert read_excel([path], sheet="Hidden").column_names == read_excel([path], sheet=1).column_names == ["h"]
    with pytest.raises(ResourceError, match=r"sheet 'Shown', cell B1: .*merged"):
        read_excel([path])


def test_dates_count_from_1904_too(tmp_path: Path) -> None:
    """A workbook that counts its days from 1904 holds the same dates."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx", {"date_1904": True}) as book:
        page = book.add_worksheet()
        page.write(0, 0, "day")
        page.write_datetime(1, 0, DAY, book.add_format({"num_format": "yyyy-mm-dd"}))
    assert read_excel([str(tmp_path / "x.xlsx")]).to_pylist() == [{"day": DAY}]


def test_files_of_the_old_form_are_read() -> None:
    """An .xls of 1997's form gives the same types."""
    assert read_excel([str(OLD)]).to_pylist() == [
        {"id": 1, "x": 1.5, "day": DAY, "code": "007", "ok": True},
        {"id": 2**31, "x": 2.0, "day": None, "code": None, "ok": None},
    ]


def test_several_files_are_one_table(tmp_path: Path) -> None:
    """Columns are matched by name and have a type that holds both; other columns and other kinds are refused."""
    first = write(tmp_path / "1.xlsx", [["a", "b", "c"], [1, DAY, None]])
    second = write(tmp_path / "2.xlsx", [["c", "b", "a"], ["x", NOON, 2.5]])
    both = read_excel([first, second], filename="file")
    assert [str(each) for each in both.schema.types] == ["double", "timestamp[us]", "string", "string"]
    assert both.column("file").to_pylist() == [first, second]
    other = write(tmp_path / "3.xlsx", [["a", "b", "c"], ["x", DAY, None]])
    with pytest.raises(ResourceError, match=r"'a' is int64 in .*1\.xlsx and string in .*3\.xlsx: declare it"):
        read_excel([first, other])
    assert len(read_excel([first, other], columns={"a": "VARCHAR"})) == 2
    fewer = write(tmp_path / "4.xlsx", [["a"], [1]])
    with pytest.raises(ResourceError, match="one alone has the column b, c"):
        read_excel([first, fewer])


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """Texts, empty files, files cut short at any place, and files of the other form are told by name."""
    whole = Path(write(tmp_path / "x.xlsx", [["a"], *([number] for number in range(500))])).read_bytes()
    cuts = [whole[:size] for size in range(0, len(whole), len(whole) // 20)]
    for wrong in (b"a,b\n1,2\n", OLD.read_bytes(), *cuts):
        (tmp_path / "y.xlsx").write_bytes(wrong)
        with pytest.raises(ResourceError, match=r"y\.xlsx is no Excel workbook, or a damaged one"):
            read_excel([str(tmp_path / "y.xlsx")])


def test_a_damaged_file_gives_no_traceback(tmp_path: Path) -> None:
    """Whichever byte is another one, the rows are those of the file or the error is ours."""
    whole = bytearray(Path(write(tmp_path / "x.xlsx", [["a"], *([number] for number in range(50))])).read_bytes())
    for place in range(0, len(whole), 97):
        (tmp_path / "y.xlsx").write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with suppress(FaucetError):
            assert read_excel([str(tmp_path / "y.xlsx")]).num_columns == 1


def test_a_resource_is_a_workbook(engine: Engine, tmp_path: Path) -> None:
    """Both engines load the same table; it stays what it is when the file is written anew; saving is refused."""
    path = write(tmp_path / "sales.xlsx", [["Report"], ["id", "day", "amount"], [1, DAY, 1.5], [2, None, 2]], "Q1")
    config = {"type": engine.name, **engine.config}
    sales = ResourceDataset(filepath=path, load_args={"sheet": "Q1", "range": "A2"}, engine=config)
    table = sales.load()
    write(tmp_path / "sales.xlsx", [["other"]])
    assert engine.schema(table) == {"id": "BIGINT", "day": "DATE", "amount": "DOUBLE"}
    assert engine.rows(table) == [(1, DAY, 1.5), (2, None, 2.0)]
    with pytest.raises(Exception, match="workbooks are read only"):
        sales.save(table)
    assert open_workbook(path).active["A1"].value == "other"
    shutil.copy(OLD, tmp_path / "old.xls")
    assert len(engine.rows(ResourceDataset(filepath=f"{tmp_path}/*.xls", engine=config).load())) == 2


def test_ranges_are_checked_with_the_catalog() -> None:
    """A range that is none is refused before a file is opened."""
    with pytest.raises(ResourceError, match="names no cells"):
        ResourceDataset(filepath="x.xlsx", load_args={"range": "first"})


def test_a_formula_that_nobody_has_computed_is_refused(tmp_path: Path) -> None:
    """A formula without a value in the file is refused where it is read; one whose value is an empty text is NULL."""
    book, path = Workbook(), str(tmp_path / "x.xlsx")
    page = book.create_sheet("Sales & more", 0)
    for row in (["id", "total", "note"], [1, "=1+1", "=2+2"], [2, 5, "b"]):
        page.append(row)
    book.save(path)
    with pytest.raises(DataError, match=r"sheet 'Sales & more', cell B2: it is a formula that no program has computed"):
        read_excel([path])
    assert read_excel([path], range="A1:A3").to_pylist() == [{"id": 1}, {"id": 2}]
    assert read_excel([path], range="A3:C3", header=False, columns={"a": "BIGINT", "b": "BIGINT", "c": "VARCHAR"})
    with ZipFile(path) as old, ZipFile(tmp_path / "y.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb'<c r="([BC])2"', rb'<c r="\g<1>2" t="str"', old.read(name)))
    assert read_excel([str(tmp_path / "y.xlsx")]).column("note").to_pylist() == [None, "b"]
