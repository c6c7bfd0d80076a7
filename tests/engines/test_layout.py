"""How bytes are rows and fields: what may be said of a CSV file, and files that are none."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kedro_faucet.engines import Engine
from kedro_faucet.engines.files.csv.layout import Layout
from kedro_faucet.exceptions import DataError, ResourceError

LONG = "x" * 200_000

READ: dict[str, tuple[bytes, dict[str, Any], list[tuple[Any, ...]]]] = {
    "two characters": (b'a||b\n1||"x||y"\n', {"delimiter": "||"}, [(1, "x||y")]),
    "a tab": (b"a\tb\n1\tx\n", {"delimiter": "\\t"}, [(1, "x")]),
    "skip": (b'Report "Sales"\n\n"x","y"\na,b\n1,x\n', {"skip": 3}, [(1, "x")]),
    "comment": (b"#first\na,b # c\n#z\n1,x\n2,y # z\n", {"comment": "#"}, [(1, "x"), (2, "y ")]),
    "skip and comment": (b"title\n#c\n\na,b\n#d\n1,x\n", {"comment": "#", "skip": 3}, [(1, "x")]),
    "quote": (b"'a,1',b\n1,'x,''y'\n", {"quote": "'", "escape": "'"}, [(1, "x,'y")]),
    "escape": (b'a,b\n1,"x\\"y"\n', {"escape": "\\"}, [(1, 'x"y')]),
    "no quote": (b'a,b\n1,"x"y\n', {"quote": ""}, [(1, '"x"y')]),
    "latin-1": ("a,straße\n1,ü\n".encode("latin-1"), {"encoding": "latin-1"}, [(1, "ü")]),
    "utf-16": ("a,straße\n1,€💥\n".encode("utf-16"), {"encoding": "utf-16"}, [(1, "€💥")]),
    "no header, skip": (
        b"x\n1,y\n",
        {"header": False, "skip": 1, "columns": {"n": "BIGINT", "s": "VARCHAR"}},
        [(1, "y")],
    ),
    "carriage returns": (b"a,b\r1,x\r2,y\r", {}, [(1, "x"), (2, "y")]),
    "quoted line ends": (b'a,b\r\n1,"x\ny"\r\n2,"x\ry"\r\n', {}, [(1, "x\ny"), (2, "x\ry")]),
    "a quoted line end in the header": (b'"a\n1",b\n1,x\n', {}, [(1, "x")]),
    "trailing commas": (b"a,b\n1,x,\n2,y\n", {}, [(1, "x"), (2, "y")]),
    "a long field": (f"a,b\n1,{LONG}\n".encode(), {}, [(1, LONG)]),
    "a long name": (f"a,{LONG}\n1,x\n".encode(), {}, [(1, "x")]),
    "a column called filename": (b"filename,name,value\n1,x,y\n", {}, [(1, "x", "y")]),
    "odd names": (b'"a""b",it\'s,"x; drop table y"\n1,2,3\n', {}, [(1, 2, 3)]),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read(engine: Engine, tmp_path: Path, name: str) -> None:
    """Both engines read the same rows from bytes that are laid out in the way that is said."""
    content, said, rows = READ[name]
    (tmp_path / "x.csv").write_bytes(content)
    assert engine.rows(engine.read_files("csv", [str(tmp_path / "x.csv")], **said)) == rows


def zipped() -> bytes:
    """A zip file."""
    with zipfile.ZipFile(target := io.BytesIO(), "w") as file:
        file.writestr("x.csv", "a\n1\n")
    return target.getvalue()


REFUSED: dict[str, tuple[str, bytes, dict[str, Any], str]] = {
    "other line ends": (
        "x.csv",
        b"a,b\r\n1,x\n2,y\r\n",
        {},
        r"x.csv, line 2: it ends in a line feed \(LF\), the first line in",
    ),
    "a bare CR": ("x.csv", b"a,b\n1,x\ry\n", {}, r"x.csv, line 2: it ends in a carriage return \(CR\)"),
    "not UTF-8": ("x.csv", b"a,stra\xdfe\n1,x\n", {}, r"x.csv, line 1: its text is not UTF-8 \(byte 0xdf\)"),
    "not UTF-8 below": (
        "x.csv",
        b"a,b\n" + b"1,x\n" * 300_000 + b"1,\xdf\n",
        {},
        r"x.csv, line 300002: its text is not",
    ),
    "UTF-16": ("x.csv", "a,b\n1,x\n".encode("utf-16"), {}, "x.csv is UTF-16, or no text: say encoding: utf-16"),
    "UTF-16 without a mark": ("x.csv", "a,b\n".encode("utf-16-le"), {}, "x.csv is UTF-16, or no text"),
    "big-endian": ("x.csv", b"\xfe\xff" + "a\n".encode("utf-16-be"), {"encoding": "utf-16"}, "is big-endian UTF-16"),
    "blank": ("x.csv", b"\na,b\n1,x\n", {}, r"x.csv: its first line is blank: .*skip: 1"),
    "by case": (
        "x.csv",
        b"id,Name,name\n1,a,b\n",
        {},
        "a name of its own, also where case is ignored: 'Name' and 'name'",
    ),
    "no name": ("x.csv", b"a,b,\n1,x,\n", {}, "each column of the header needs a name of its own: column 3 has none"),
    "no end": ("x.csv", b"a" * (2**20 + 5), {}, "its first line is longer than 1,048,576 characters"),
    "skips all": ("x.csv", b"a,b\n", {"skip": 5}, "x.csv is empty: it has not even a header"),
    "an open quote to skip": ("x.csv", b'"x\na,b\n1,"2"\n', {"skip": 1}, "a quote is opened in the lines to skip"),
    "no columns": ("x.csv", b"1,x\n", {"header": False}, "is read with header: false: name its columns in their order"),
    "gzip by another name": ("x.csv", gzip.compress(b"a\n1\n"), {}, "x.csv is packed by gzip: let its name end in .gz"),
    "bzip2 by another name": (
        "x.csv",
        bz2.compress(b"a\n1\n"),
        {},
        "x.csv is packed by bzip2: let its name end in .bz2",
    ),
    "zip": ("x.csv", zipped(), {}, "x.csv is a zip file"),
    "Parquet": ("x.csv", b"PAR1....", {}, "x.csv is a Parquet file: say format: parquet"),
    "damaged": ("x.csv.zst", b"a\n1\n", {}, "x.csv.zst is no Zstandard file, or a damaged one"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    """A file that is none of what is said of it is refused by what it is, before a row of it is used."""
    from kedro_faucet.engines import connect

    file, content, said, message = REFUSED[name]
    (tmp_path / file).write_bytes(content)
    engine = connect()
    with pytest.raises((DataError, ResourceError), match=message):
        engine.rows(engine.read_files("csv", [str(tmp_path / file)], **said))


@pytest.mark.parametrize("name", ["other line ends", "a bare CR", "not UTF-8 below"])
def test_declared_columns_are_no_way_round(engine: Engine, tmp_path: Path, name: str) -> None:
    """Where nothing is looked at before, the same is said when rows are computed, on both engines."""
    file, content, said, message = REFUSED[name]
    (tmp_path / file).write_bytes(content)
    table = engine.read_files("csv", [str(tmp_path / file)], columns={"a": "VARCHAR", "b": "VARCHAR"}, **said)
    with pytest.raises(DataError, match=message):
        engine.rows(table)


def test_zstandard(engine: Engine, tmp_path: Path) -> None:
    """A file packed by Zstandard is read and written by its name."""
    (tmp_path / "x.csv.zst").write_bytes(pa.compress(b"id,name\n1,Ann\n", "zstd", asbytes=True))
    table = engine.read_files("csv", [str(tmp_path / "x.csv.zst")])
    assert engine.rows(table) == [(1, "Ann")]
    engine.write_file(table, "csv", str(tmp_path / "y.csv.zst"))
    assert engine.rows(engine.read_files("csv", [str(tmp_path / "y.csv.zst")])) == [(1, "Ann")]
    with pytest.raises(ResourceError, match=r"y.csv.bz2 would be packed by bzip2, which is read, not written"):
        engine.write_file(table, "csv", str(tmp_path / "y.csv.bz2"))


def test_the_name_of_a_file(engine: Engine, tmp_path: Path) -> None:
    """A column with the file of each row is added by the name that is said, unless a file has it."""
    files = [str(tmp_path / f"{name}.csv") for name in "ab"]
    for file in files:
        Path(file).write_text("n\n1\n")
    assert engine.rows(engine.read_files("csv", files, filename="source")) == [(1, files[0]), (1, files[1])]
    with pytest.raises(ResourceError, match=r"a.csv has a column 'N': give filename: another name"):
        engine.read_files("csv", files, filename="N")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"delimiter": ""}, "delimiter: '' is not one to four characters"),
        ({"delimiter": "|||||"}, "is not one to four characters"),
        ({"delimiter": "\n"}, "is not one to four characters of one line"),
        ({"delimiter": ";", "comment": ";"}, "need characters of their own"),
        ({"quote": "'", "escape": ","}, "need characters of their own"),
        ({"quote": "''"}, "quote: \"''\" is not one character"),
        ({"comment": 1}, "comment: 1 is not one character"),
        ({"encoding": "cp1252"}, "encoding: cp1252 is not read: there are utf-8, utf-16, latin-1.*iconv -f cp1252"),
        ({"encoding": "latin1"}, "Did you mean 'latin-1'"),
        ({"skip": -1}, "skip: -1 is no number of lines"),
        ({"skip": True}, "skip: True is no number of lines"),
        ({"header": "no"}, "header: 'no' is neither true nor false"),
    ],
)
def test_what_cannot_be_said(said: dict[str, Any], message: str) -> None:
    """A layout that would make no fields is refused by its key."""
    with pytest.raises(ResourceError, match=message):
        Layout(**said)
