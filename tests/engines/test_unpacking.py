"""Files packed by bzip2, xz and zip: read as if they were not packed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from kedro_faucet import ResourceDataset
from kedro_faucet.engines import Engine, connect
from kedro_faucet.engines.files.local import unpacking
from kedro_faucet.exceptions import DataError, FaucetError, ResourceError

TEXT = b"id,name\n1,Ann\n2,Bob\n"


def zipped(files: Mapping[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of these files."""
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", kind) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return out.getvalue()


PACKED = {
    "x.csv.bz2": bz2.compress(TEXT),
    "x.CSV.BZ2": bz2.compress(TEXT[:14]) + bz2.compress(TEXT[14:]),
    "x.csv.xz": lzma.compress(TEXT[:14]) + bytes(8) + lzma.compress(TEXT[14:]),
    "x.csv.zip": zipped({"any name": TEXT}),
    "x.zip": zipped({"folder/": b"", "folder/x.csv": TEXT, "__MACOSX/folder/._x.csv": b"?", ".DS_Store": b"?"}),
    "y.zip": zipped({"x.csv": TEXT}, zipfile.ZIP_LZMA),
    "z.zip": zipped({"x.csv.gz": gzip.compress(TEXT)}),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_is_read_by_its_name(engine: Engine, tmp_path: Path, name: str) -> None:
    """However it is packed, the rows are the same; what was loaded stays when the file is another one."""
    path = tmp_path / name
    path.write_bytes(PACKED[name])
    table = engine.read_files("csv", [str(path)])
    path.write_bytes(b"other")
    assert engine.rows(table) == [(1, "Ann"), (2, "Bob")]


def test_files_of_a_zip_are_files(engine: Engine, tmp_path: Path) -> None:
    """Each is one of many files, with its columns and its name; a pattern chooses among several kinds."""
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a/1.csv": TEXT, "a/2.csv": b"name,id,x\nEve,3,y\n", "README.txt": b"Hello"}))
    with pytest.raises(
        ResourceError, match=r'x\.zip holds a/1\.csv, a/2\.csv, README\.txt: say which .*entry: "\*\.csv"'
    ):
        engine.read_files("csv", [str(path)])
    table = engine.read_files("csv", [str(path)], entry="*.csv", filename="file")
    assert sorted(engine.rows(engine.sql("select id, name, x, file from t", t=table))) == [
        (1, "Ann", None, f"{path}/a/1.csv"),
        (2, "Bob", None, f"{path}/a/1.csv"),
        (3, "Eve", "y", f"{path}/a/2.csv"),
    ]
    assert [sorted(part.columns) for part in engine.parts(table)] == [
        ["file", "id", "name"],
        ["file", "id", "name", "x"],
    ]
    with pytest.raises(ResourceError, match=r"x\.zip holds no file \*\.json; it holds a/1\.csv"):
        engine.read_files("json", [str(path)], entry="*.json")


def test_json_is_unpacked_too(engine: Engine, tmp_path: Path) -> None:
    """Objects and arrays of them are read from packed files."""
    (tmp_path / "x.json.bz2").write_bytes(bz2.compress(b'{"n": 1}\n{"n": 2}\n'))
    (tmp_path / "y.zip").write_bytes(zipped({"y.json": b'[{"n": 3}]'}))
    files = [str(tmp_path / "x.json.bz2"), str(tmp_path / "y.zip")]
    assert sorted(engine.rows(engine.read_files("json", files))) == [(1,), (2,), (3,)]


def test_errors_call_a_file_by_its_own_name(engine: Engine, tmp_path: Path) -> None:
    """Before a row is read and when it is, file and line are those of the packed file."""
    path = tmp_path / "x.csv.bz2"
    path.write_bytes(bz2.compress(b"id,name\n1,Ann\nx,Bob\n"))
    table = engine.read_files("csv", [str(path)], columns={"id": "BIGINT"})
    with pytest.raises(DataError, match=rf"^{path}, line 3, column 'id': 'x' is not of type BIGINT"):
        engine.rows(table)
    with pytest.raises(ResourceError, match=rf"^{path} has no column 'idd'.*Did you mean 'id'"):
        engine.read_files("csv", [str(path)], columns={"idd": "BIGINT"})
    (tmp_path / "x.zip").write_bytes(zipped({"a.csv": b"id\n1,2\n"}))
    with pytest.raises(DataError, match=rf"^{tmp_path}/x\.zip/a\.csv, line 2: it has more fields"):
        engine.rows(engine.read_files("csv", [f"{tmp_path}/x.zip"]))


WRONG = {
    "cut": ("x.csv.bz2", bz2.compress(TEXT * 999)[:-9], "x.csv.bz2 is no bzip2 file, or a damaged one"),
    "text": ("x.csv.bz2", TEXT, "x.csv.bz2 is no bzip2 file"),
    "empty": ("x.zip", b"", "x.zip is no zip file"),
    "cut xz": ("x.csv.xz", lzma.compress(TEXT * 999)[:-9], "x.csv.xz is no xz file"),
    "cut zip": ("x.zip", PACKED["x.zip"][:-9], "x.zip is no zip file, or a damaged one"),
    "nothing": ("x.zip", zipped({}), "x.zip holds no file"),
    "outside": ("x.zip", zipped({"../x.csv": TEXT}), r"x.zip: its file ../x.csv would lie outside of it"),
    "root": ("x.zip", zipped({"/etc/x.csv": TEXT}), r"x.zip: its file /etc/x.csv would lie outside of it"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_unpacked_is_refused(tmp_path: Path, name: str) -> None:
    """Torn archives and files that would be written elsewhere are told by name, before a row is read."""
    file, content, message = WRONG[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ResourceError, match=message):
        connect().read_files("csv", [str(tmp_path / file)])
    assert not list(Path(unpacking._root()).rglob("*.part"))


def test_a_bit_that_is_another_is_found(tmp_path: Path) -> None:
    """Whichever byte of an archive is changed, the rows are the same or the error is ours."""
    for name in ("x.CSV.BZ2", "x.csv.xz", "x.csv.zip"):
        whole = PACKED[name]
        for place in range(len(whole)):
            (tmp_path / name).write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
            try:
                rows = connect().rows(connect().read_files("csv", [str(tmp_path / name)]))
            except FaucetError:
                continue
            assert rows == [(1, "Ann"), (2, "Bob")]


def test_a_protected_file_is_refused(tmp_path: Path) -> None:
    """A zip file with a password is told as one."""
    content = bytearray(PACKED["x.csv.zip"])
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ResourceError, match="its file any name is protected by a password"):
        connect().read_files("csv", [str(tmp_path / "x.zip")])


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to many times its size is refused once it does, and nothing of it stays."""
    monkeypatch.setattr(unpacking, "_ROOM", 2**20)
    (tmp_path / "x.csv.bz2").write_bytes(bz2.compress(b"a\n" + b"0" * 2**25))
    with pytest.raises(ResourceError, match=r"x\.csv\.bz2 unpacks to more than 1,\d+,\d+ bytes, 200 times its size"):
        connect().read_files("csv", [str(tmp_path / "x.csv.bz2")])
    assert not [file for file in Path(unpacking._root()).rglob("*") if file.is_file() and file.stat().st_size > 2**20]


def test_what_is_unpacked_is_private_and_goes_with_the_process(tmp_path: Path) -> None:
    """The folder is the user's alone, holds a file once, and is gone when the process ends."""
    (tmp_path / "x.csv.bz2").write_bytes(PACKED["x.csv.bz2"])
    (tmp_path / "tmp").mkdir()
    code = (
        "from pathlib import Path; from kedro_faucet.engines import connect; import sys\n"
        "for _ in range(2): print(connect().rows(connect().read_files('csv', [sys.argv[1]])))\n"
        "[folder] = Path(sys.argv[2]).iterdir()\n"
        "print(oct(folder.stat().st_mode)[-3:], len([each for each in folder.rglob('*') if each.is_file()]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.csv.bz2"), str(tmp_path / "tmp")]
    told = subprocess.run(
        command, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")}, capture_output=True, text=True, check=True
    ).stdout
    assert told.splitlines()[-1] == "700 1"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_resource_names_its_packed_file_or_not(engine: Engine, tmp_path: Path) -> None:
    """x.csv finds x.csv.bz2 and a pattern many; x.zip needs a format, and neither is saved."""
    (tmp_path / "x.csv.bz2").write_bytes(PACKED["x.csv.bz2"])
    (tmp_path / "y.csv.zip").write_bytes(PACKED["x.csv.zip"])
    (tmp_path / "z.zip").write_bytes(zipped({"x.csv": TEXT, "y.txt": TEXT}))
    config = {"type": engine.name, **engine.config}
    assert len(engine.rows(ResourceDataset(filepath=f"{tmp_path}/x.csv", engine=config).load())) == 2
    assert len(engine.rows(ResourceDataset(filepath=f"{tmp_path}/*.csv.*", engine=config).load())) == 4
    entry = ResourceDataset(filepath=f"{tmp_path}/z.zip", format="csv", load_args={"entry": "x.*"}, engine=config)
    assert len(engine.rows(entry.load())) == 2
    with pytest.raises(Exception, match=r"is read, not written: use .gz or .zst"):
        ResourceDataset(filepath=f"{tmp_path}/new.csv.zip", engine=config).save(entry.load())
