"""The names of a file's versions: who may read them, how long they stay, and what another put among them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from tables import frame

from kedro_faucet import engines
from kedro_faucet.engines import Engine
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage import atomic
from kedro_faucet.storage.files import FileStore
from kedro_faucet.storage.places import versions

FORMATS = ["parquet", "csv", "json"]


def store_of(path: Path, engine: Engine | None = None) -> FileStore:
    """A table in a file."""
    return FileStore(engine or engines.connect(), str(path), path.suffix[1:])


def save(path: Path, n: int, engine: Engine | None = None) -> None:
    """Save one number."""
    store_of(path, engine).replace(frame(engine or engines.connect(), n=[n]))


def load(path: Path, engine: Engine | None = None) -> list[tuple[int]]:
    """Return what is there."""
    store = store_of(path, engine)
    return store.engine.rows(store.read())


def mode(path: Path) -> int:
    """Who may do what."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("file", "folder"), [(0o600, 0o700), (0o640, 0o750), (0o664, 0o755)])
def test_who_may_read_a_file_stays_so(engine: Engine, format: str, file: int, folder: int, tmp_path: Path) -> None:
    """A save keeps the file's mode, the versions have it too, and their folder lets in nobody else."""
    path = tmp_path / f"x.{format}"
    save(path, 1, engine)
    path.chmod(file)
    save(path, 2, engine)
    kept = [each for each in (tmp_path / f".faucet/x.{format}").iterdir() if each.name != "lock"]
    assert {mode(each) for each in [path, *kept]} == {file}
    assert mode(tmp_path / f".faucet/x.{format}") == folder


def test_a_name_that_a_save_takes_away_meanwhile_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load finds the version of its file, also where a save removes another name while it looks."""
    path = tmp_path / "x.json"
    save(path, 1)
    gone = tmp_path / f".faucet/x.json/new-{'0' * 32}.json"
    gone.touch()
    found = sorted(versions._entries(versions.folder_of(path)), key=lambda each: each.path != str(gone))
    gone.unlink()
    monkeypatch.setattr(versions, "_entries", lambda folder: iter(found))
    assert versions.Versions(path).pin() != path


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_link_points_to_is_replaced(engine: Engine, format: str, tmp_path: Path) -> None:
    """A link stays one, its file has the new rows, and what was loaded by either name stays as it was."""
    real, link = tmp_path / f"real/x.{format}", tmp_path / f"link.{format}"
    save(real, 1, engine)
    link.symlink_to(real)
    before = store_of(link, engine).read()
    for n in (2, 3, 4):
        save(link, n, engine)
    assert link.is_symlink()
    assert (load(real, engine), load(link, engine), engine.rows(before)) == ([(4,)], [(4,)], [(1,)])
    assert not (tmp_path / f".faucet/link.{format}").exists()


def test_a_predecessor_stays_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process loaded can be read for a minute after it was replaced, and later until the next save."""
    path, folder = tmp_path / "x.csv", tmp_path / ".faucet/x.csv"
    for n in range(5):
        save(path, n)
    assert len(list(folder.iterdir())) == 6
    monkeypatch.setattr(atomic, "LINGER", -1.0)
    save(path, 5)
    assert len(list(folder.iterdir())) == 3


def test_what_a_killed_save_left_unfinished_goes_at_once(tmp_path: Path) -> None:
    """The next save removes half-written files and folders, however new they are."""
    path, folder = tmp_path / "x.parquet", tmp_path / ".faucet/x.parquet"
    save(path, 1)
    (folder / f"new-{'0' * 32}.parquet").write_text("half")
    (folder / f"new-{'1' * 32}.parquet.parts").mkdir()
    save(path, 2)
    assert not list(folder.glob("new-*"))


def test_what_another_put_there_fails_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, folders, pipes and links among the versions are left alone, and so is what a link points to."""
    monkeypatch.setattr(atomic, "LINGER", -1.0)
    path, folder, outside = tmp_path / "x.csv", tmp_path / ".faucet/x.csv", tmp_path / "outside"
    save(path, 1)
    outside.mkdir()
    (outside / "keep.txt").write_text("mine")
    (folder / "mine.csv").write_text("mine")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "broken").symlink_to("/nowhere")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "link").symlink_to(outside)
    (folder / f"{'0' * 32}.csv").symlink_to(outside / "keep.txt")
    foreign = {each.name for each in folder.iterdir()} - {each.name for each in versions._entries(folder)}
    for n in (2, 3):
        save(path, n)
        assert load(path) == [(n,)]
    assert foreign <= {each.name for each in folder.iterdir()}
    assert (outside / "keep.txt").read_text() == "mine"


def test_a_folder_of_versions_is_no_link(tmp_path: Path) -> None:
    """Where the folder of the versions is a link, a save is refused: it would write and remove elsewhere."""
    (tmp_path / "outside").mkdir()
    (tmp_path / ".faucet").symlink_to(tmp_path / "outside")
    with pytest.raises(ResourceError, match=r"x.csv cannot be reached: This is a link, .* remove it"):
        save(tmp_path / "x.csv", 1)
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("kind", ["pipe", "loop"])
def test_only_a_file_is_replaced(kind: str, tmp_path: Path) -> None:
    """A pipe, or a link that points to itself, is refused, and stays."""
    path = tmp_path / "x.csv"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to(path)
    with pytest.raises(ResourceError, match=r"x.csv cannot be reached: (This is no regular file|Too many levels)"):
        save(path, 1)
    assert path.is_fifo() or path.is_symlink()


def test_a_sweep_that_fails_is_no_reason_to_say_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When what was replaced cannot be removed, the save has succeeded all the same."""

    def refuse(*names: object) -> None:
        raise PermissionError("not yours")

    monkeypatch.setattr(atomic, "LINGER", -1.0)
    monkeypatch.setattr(versions, "sweep", refuse)
    save(tmp_path / "x.csv", 1)
    save(tmp_path / "x.csv", 2)
    assert load(tmp_path / "x.csv") == [(2,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root may give a file to another user")
def test_who_owns_a_file_stays_so(tmp_path: Path) -> None:
    """A save by root leaves a file to its owner and group."""
    path = tmp_path / "x.csv"
    save(path, 1)
    os.chown(path, 12345, 23456)
    save(path, 2)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)
