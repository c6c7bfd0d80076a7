"""The lock between runs: a file, and nothing else; who waits says so."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import pytest

from kedro_faucet.engines import locks
from kedro_faucet.engines.locks import exclusive
from kedro_faucet.exceptions import ResourceError


def make(kind: str, path: Path, target: Path) -> None:
    """Put something in the place of a lock."""
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target if kind == "link" else "/nowhere/at/all")


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "broken link"])
def test_a_lock_that_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    """A folder, a pipe or a link in the place of a lock is named, without waiting, and nothing is touched."""
    target, path = tmp_path / "target", tmp_path / "lock"
    target.write_text("mine")
    make(kind, path, target)
    with (
        pytest.raises(ResourceError, match=rf"{path} is no file, so it cannot be the lock .* remove it"),
        exclusive(str(path)),
    ):
        raise AssertionError("locked")
    assert target.read_text() == "mine"


def test_who_waits_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A thread that finds a lock taken warns of it by name, waits, and goes on when it is free."""
    monkeypatch.setattr(locks, "PATIENCE", 0.05)
    path, told, done = str(tmp_path / "lock"), threading.Event(), []
    monkeypatch.setattr(locks._logger, "warning", lambda text, *names: (logging.warning(text, *names), told.set()))

    def wait() -> None:
        with exclusive(path):
            done.append("second")

    with exclusive(path):
        thread = threading.Thread(target=wait)
        thread.start()
        assert told.wait(30)
        done.append("first")
    thread.join()
    assert done == ["first", "second"]
    assert f"holds the lock {path}" in caplog.text


def test_who_need_not_wait_long_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A lock that is free, or soon is, makes no noise."""
    for _ in range(3):
        with exclusive(str(tmp_path / "lock")):
            pass
    assert not caplog.records
