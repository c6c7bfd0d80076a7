"""JSON files: both engines read the same values of the same types, and lose nothing that a file holds."""

from __future__ import annotations

import bz2
import gzip
import json
import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError


def file(folder: Path, text: str | bytes, name: str = "x.json") -> str:
    """Write a file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def lines(*values: str) -> str:
    """Objects of one key, a line each."""
    return "".join(f'{{"n":{value}}}\n' for value in values)


INFERRED = {
    "whole numbers": (("1", "-2"), "BIGINT", [1, -2]),
    "19 digits": (("1234567890123456789", "1234567890123456788"), "BIGINT", [1234567890123456789, 1234567890123456788]),
    "20 digits": (("18446744073709551615", "1"), "VARCHAR", ["18446744073709551615", "1"]),
    "30 digits": (("123456789012345678901234567890",), "VARCHAR", ["123456789012345678901234567890"]),
    "fractions": (("1", "1.10"), "DOUBLE", [1.0, 1.1]),
    "exponents": (("1E5", "1e-3", "2"), "DOUBLE", [1e5, 1e-3, 2.0]),
    "2^53 beside a fraction": (("9007199254740993", "1.10"), "VARCHAR", ["9007199254740993", "1.10"]),
    "a fraction after 17 digits": (("12345678901234567.89",), "VARCHAR", ["12345678901234567.89"]),
    "too large for a DOUBLE": (("1e400",), "VARCHAR", ["1e400"]),
    "minus zero": (("-0", "5"), "DOUBLE", [-0.0, 5.0]),
    "booleans": (("true", "false", "null"), "BOOLEAN", [True, False, None]),
    "booleans and numbers": (("true", "1.50"), "VARCHAR", ["true", "1.50"]),
    "texts of numbers": (('"12"', '"007"'), "VARCHAR", ["12", "007"]),
    "texts and numbers": (('"x \\"1\\" 2.50"', "1.50"), "VARCHAR", ['x "1" 2.50', "1.50"]),
    "dates": (('"2024-02-29"', "null"), "DATE", [date(2024, 2, 29), None]),
    "no such day": (('"2024-02-30"',), "VARCHAR", ["2024-02-30"]),
    "two-digit years": (('"31-12-13"',), "VARCHAR", ["31-12-13"]),
    "times": (('"2024-01-01T05:00:00"', '"2024-01-01 05:00:00.5"'), "TIMESTAMP",
              [datetime(2024, 1, 1, 5), datetime(2024, 1, 1, 5, 0, 0, 500000)]),
    "times with a zone": (('"2024-03-31T02:30:00+02:00"', '"2024-03-31T00:30:00Z"'), "VARCHAR",
                          ["2024-03-31T02:30:00+02:00", "2024-03-31T00:30:00Z"]),
    "all NULL": (("null", "null"), "VARCHAR", [None, None]),
    "signs": (('"\\u00e9\\n\\ud83d\\ude00 {[,"',), "VARCHAR", ["é\n😀 {[,"]),
    "lists": (("[1,2.50]", "[]", "null"), "DOUBLE[]", [[1.0, 2.5], [], None]),
    "empty lists": (("[]",), "VARCHAR[]", [[]]),
    "empty objects": (("{}",), "VARCHAR", ["{}"]),
    "lists and objects": (("[]", "{}"), "VARCHAR", ["[]", "{}"]),
    "objects and numbers": (('{"a":[1]}', "1.50"), "VARCHAR", ['{"a":[1]}', "1.50"]),
    "objects": (('{"userId":1,"b c":[1]}', '{"userId":2.5,"d":"2024-01-01"}'),
                'STRUCT(userId DOUBLE, "b c" BIGINT[], d VARCHAR)',
                [{"userId": 1.0, "b c": [1], "d": None}, {"userId": 2.5, "b c": None, "d": "2024-01-01"}]),
    "objects in a list": (('[{"a":1,"b":true},{"a":2}]',), "STRUCT(a BIGINT, b BOOLEAN)[]",
                          [[{"a": 1, "b": True}, {"a": 2, "b": None}]]),
    "20 digits in an object": (('{"a":18446744073709551615}', '{"a":1}'), "STRUCT(a VARCHAR)",
                               [{"a": "18446744073709551615"}, {"a": "1"}]),
    "2^53 beside a fraction in a list": (("[9007199254740993,1.5]",), "VARCHAR[]", [["9007199254740993", "1.5"]]),
    "all kinds in a list": (('[1,"a",{"b":1}]',), "VARCHAR[]", [["1", "a", '{"b":1}']]),
}  # fmt: skip


@pytest.mark.parametrize("case", INFERRED)
def test_types_are_found_in_all_values(engine: Engine, tmp_path: Path, case: str) -> None:
    """A column has the narrowest type that holds all its values exactly; what no type holds is kept as text."""
    given_values, kind, values = INFERRED[case]
    table = engine.read_files("json", [file(tmp_path, lines(*given_values))])
    assert engine.schema(table) == {"n": kind}
    found = [value for (value,) in engine.rows(table)]
    assert found == values
    assert [str(value) for value in found] == [str(value) for value in values]  # -0.0 == 0.0


def test_numbers_that_are_none(engine: Engine, tmp_path: Path) -> None:
    """NaN and infinities, which Python writes, are of type DOUBLE."""
    rows = engine.rows(engine.read_files("json", [file(tmp_path, lines("NaN", "Infinity", "-Infinity", "1.5"))]))
    assert math.isnan(rows[0][0])
    assert rows[1:] == [(math.inf,), (-math.inf,), (1.5,)]


DECLARED = {
    "decimals": ("DECIMAL(10,2)", ("1.20", "3", '"4.5"'), [Decimal("1.20"), Decimal("3.00"), Decimal("4.50")]),
    "19 digits": ("decimal(20,2)", ("12345678901234567.89",), [Decimal("12345678901234567.89")]),
    "texts": ("VARCHAR", ("1.10", '"x"', "true", "[1.5]"), ["1.10", "x", "true", "[1.5]"]),
    "a number in a text": ("INTEGER", ('"12"', "13"), [12, 13]),
    "an offset": ("TIMESTAMP", ('"2024-03-31T02:30:00+02:00"',), [datetime(2024, 3, 31, 0, 30)]),
    "a map": ("MAP(VARCHAR, BIGINT)", ('{"x":1,"y":2}', '{"z":3}'), [[("x", 1), ("y", 2)], [("z", 3)]]),
    "a narrower list": ("INTEGER[]", ("[1]", "null"), [[1], None]),
    "a struct": ("STRUCT(userId INTEGER)", ('{"userId":1}', "{}"), [{"userId": 1}, {"userId": None}]),
}  # fmt: skip


@pytest.mark.parametrize("case", DECLARED)
def test_declared_types(engine: Engine, tmp_path: Path, case: str) -> None:
    """A declared column has its type, and its values exactly."""
    kind, given_values, values = DECLARED[case]
    table = engine.read_files("json", [file(tmp_path, lines(*given_values))], columns={"n": kind})
    assert [value for (value,) in engine.rows(table)] == values


REFUSED = {
    "a third digit": ("DECIMAL(10,2)", "1.239"),
    "a twentieth digit": ("DECIMAL(20,2)", "0.10000000000000000001"),
    "a fraction": ("INTEGER", "1.5"),
    "an exponent": ("INTEGER", "15e-1"),
    "a large number": ("INTEGER", "99999999999"),
    "a two-digit year": ("DATE", '"31-12-13"'),
    "a time as a date": ("DATE", '"2024-01-01 10:00:00"'),
    "no number": ("DOUBLE", '"ten"'),
    "an object": ("BIGINT", '{"a":1}'),
    "a fraction in a list": ("BIGINT[]", "[1.5]"),
    "a fraction in a map": ("MAP(VARCHAR, BIGINT)", '{"x":2.5}'),
    "a key that is not declared": ('STRUCT("x" BIGINT)', '{"x":1,"y":2}'),
    "no list": ("BIGINT[]", "1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_value_of_a_wrong_type(engine: Engine, tmp_path: Path, case: str) -> None:
    """A value that its declared type does not hold exactly is named with file, line, column and type."""
    kind, value = REFUSED[case]
    good = {"DATE": '"2024-01-01"', "BIGINT[]": "[1]"}.get(kind, "null")
    path = file(tmp_path, lines(good) + "\n" + lines(value))
    with pytest.raises(DataError) as caught:
        engine.rows(engine.read_files("json", [path], columns={"n": kind}))
    assert f"{path}, line 3, column 'n': " in str(caught.value)
    assert f"is not of type {kind}." in str(caught.value)


LAYOUTS = {
    "lines": ('{"n":1}\n{"n":2}', "x.json"),
    "an array": ('[{"n":1},{"n":2}]\n', "x.json"),
    "an array, written nicely": ('\n [\n  {"n": 1},\n  {\n    "n": 2\n  }\n]\n\n', "x.json"),
    "a byte-order mark": ('\ufeff{"n":1}\n{"n":2}\n', "x.json"),
    "a byte-order mark before an array": ('\ufeff[{"n":1},{"n":2}]', "x.json"),
    "CRLF and blank lines": ('\r\n{"n":1}\r\n \r\n{"n":2}\r\n\r\n', "x.json"),
    "gzip": (gzip.compress(b'{"n":1}\n{"n":2}\n'), "x.json.gz"),
    "an array in gzip": (gzip.compress(b'[{"n":1},{"n":2}]'), "x.json.gz"),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_how_objects_stand_in_a_file(engine: Engine, tmp_path: Path, case: str) -> None:
    """One object a line or one array, packed or not, with Windows' line ends or a mark before them: the same rows."""
    assert engine.rows(engine.read_files("json", [file(tmp_path, *LAYOUTS[case])])) == [(1,), (2,)]


BROKEN = {
    "a broken line": ('{"n":1}\n\n{"n":}\n', "line 3: it is no JSON: "),
    "a line cut short": ('{"n":1}\n{"n":', "line 2: it is no JSON: unexpected end of data. A file holds one object a"),
    "an object on several lines": ('{\n"n":1\n}\n', "line 1: it is no JSON: "),
    "two objects in a line": ('{"n":1}{"n":2}\n', "line 1: it is no JSON: "),
    "bare carriage returns": ('{"n":1}\r{"n":2}', "line 1: it is no JSON: "),
    "single quotes": ("{'n':1}\n", "line 1: it is no JSON: "),
    "another encoding": ('{"n":"é"}\n'.encode("latin-1"), "line 1: it is no JSON: "),
    "a broken array": ('[{"n":1},\n{"n":x}]', "line 2: it is no JSON: "),
    "an array cut short": ('[{"n":1},\n', " is an array that is cut short"),
    "an array cut after an object": ('[{"n":1}', " is an array that is cut short"),
    "an array a line": ("[1,2]\n[3,4]\n", "line 2: it is no JSON: "),
    "an array of numbers": ("[1,2]", "object 1: 1 is no object"),
    "a number": ('{"n":1}\n2\n', "line 2: 2 is no object"),
    "null": ('null\n{"n":1}\n', "line 1: null is no object"),
    "a key that comes twice": ('{"n":1}\n\n{"id":1,"id":2}\n', "line 3: a key is there twice"),
    "keys of one object that differ by case": ('{"id":1,"ID":2}\n', "line 1: the keys 'id' and 'ID' are one column"),
    "keys that differ by case": (
        '{"userId":1}\n{"UserID":2}\n',
        "line 2: the keys 'userId' and 'UserID' are one column",
    ),
    "inner keys that differ by case": ('{"n":{"id":1}}\n{"n":{"ID":2}}\n', "In objects of 'n' the keys 'id' and 'ID'"),
    "an inner key that comes twice": (
        '{"n":{"a":1}}\n{"n":[{"a":1}]}\n{"m":{"b":{"a":1,"a":2}}}\n',
        "line 3, column 'm'",
    ),
    "a key without letters": ('{"":1}\n', "line 1: a key has no letters"),
    "UTF-16": ('{"n":1}\n'.encode("utf-16"), "is UTF-16, or no text"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file(engine: Engine, tmp_path: Path, case: str) -> None:
    """What is no JSON, or no row whose keys are columns, is named with file and line."""
    text, says = BROKEN[case]
    path = file(tmp_path, text)
    with pytest.raises(FaucetError) as caught:
        engine.rows(engine.read_files("json", [path]))
    assert says in str(caught.value)
    assert path in str(caught.value)


def test_a_packed_file_is_read_or_refused(engine: Engine, tmp_path: Path) -> None:
    """A packed file is read by its name, and refused by what it is where its name says otherwise."""
    packed = bz2.compress(b'{"n":1}')
    assert engine.rows(engine.read_files("json", [file(tmp_path, packed, "x.json.bz2")])) == [(1,)]
    with pytest.raises(ResourceError, match=r"x.json is packed by bzip2: let its name end in .bz2"):
        engine.read_files("json", [file(tmp_path, packed, "x.json")])


def test_deep_nesting(engine: Engine, tmp_path: Path) -> None:
    """Lists within lists are read as deep as the engine can, and refused beyond."""
    path = file(tmp_path, lines("[" * 2000 + "]" * 2000))
    with pytest.raises(DataError, match=r"nested more than \d+ deep"):
        engine.read_files("json", [path])


def test_files_together(engine: Engine, tmp_path: Path) -> None:
    """Keys that some files lack are NULL there; a column whose kinds differ between files is text."""
    first = file(tmp_path, '{"a":1,"b":1,"c":{"x":1}}\n', "1.json")
    second = file(tmp_path, '[{"b":"x","d":true,"c":5}]', "2.json")
    empty = file(tmp_path, "", "3.json")
    table = engine.read_files("json", [first, second, empty])
    assert engine.schema(table) == {"a": "BIGINT", "b": "VARCHAR", "c": "VARCHAR", "d": "BOOLEAN"}
    assert sorted(engine.rows(table), key=str) == [(1, "1", '{"x":1}', None), (None, "x", "5", True)]


def test_many_and_sparse_keys(engine: Engine, tmp_path: Path) -> None:
    """Objects of which each has some of many keys are rows, not maps; so are ones of 300 columns."""
    sparse = "".join(json.dumps({"id": row, f"m{row % 20}": row}) + "\n" for row in range(60))
    table = engine.read_files("json", [file(tmp_path, sparse)])
    assert table.columns == ["id", *(f"m{key}" for key in range(20))]
    assert engine.rows(table)[41] == (41, *(41 if key == 1 else None for key in range(20)))
    wide = json.dumps({f"k{key}": key for key in range(300)})
    assert engine.rows(engine.read_files("json", [file(tmp_path, f"{wide}\n{wide}\n")])) == [tuple(range(300))] * 2


def test_names_of_keys(engine: Engine, tmp_path: Path) -> None:
    """Keys may hold any signs."""
    names = ["a b", 'x"y', "it's", "a.b", "$", "/", "*", "~1", "é", "filename", "json", "n", "value", "`", "\\"]
    table = engine.read_files("json", [file(tmp_path, json.dumps(dict.fromkeys(names, 1.5) | {"z": -0}) + "\n")])
    assert table.columns == [*names, "z"]
    assert engine.rows(table) == [(*[1.5] * len(names), 0)]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(_VALUES, min_size=1, max_size=4))
def test_no_value_is_lost(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    """Whatever the values of a column are, each is read as itself, or as the text of itself."""
    path = file(tmp_path_factory.mktemp("json"), "".join(json.dumps({"n": value}) + "\n" for value in values))
    engine = engines.connect()
    for (found,), value in zip(engine.rows(engine.read_files("json", [path])), values, strict=True):
        assert found is None if value is None else same(found, value), (found, value)


def same(found: Any, value: Any) -> bool:
    """Tell whether a value is what was written, or its text."""
    if isinstance(value, list) and isinstance(found, list):
        return len(found) == len(value) and all(map(same, found, value))
    if isinstance(found, str) and not isinstance(value, str):
        return bool(json.loads(found) == value)
    return bool(found == value) or str(found) == str(value)
