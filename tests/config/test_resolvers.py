"""Environment, clock and the .env file."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from kedro_faucet.config.resolvers import clock, env, load_dotenv
from kedro_faucet.exceptions import ConfigError


@pytest.mark.parametrize(("given", "found"), [("db", "db"), ("", "localhost")])
def test_a_variable_that_is_set_beats_its_default(monkeypatch, given, found):
    """The environment wins over the default; one that is empty counts as not set."""
    monkeypatch.setenv("FAUCET_HOST", given)
    assert env("FAUCET_HOST", "localhost") == found


def test_a_variable_that_is_empty_is_told_so(monkeypatch):
    """Without a default, the error says that it is there and empty; an empty default is a value."""
    monkeypatch.setenv("FAUCET_HOST", "")
    with pytest.raises(ConfigError, match=r"FAUCET_HOST is empty\. Set it, or give a default"):
        env("FAUCET_HOST")
    assert env("FAUCET_HOST", "") == ""


def test_a_variable_that_is_not_set_is_named_with_its_near_one(monkeypatch):
    """Without a default, the error names the variable and the nearest that is set."""
    monkeypatch.setenv("FAUCET_DB_HOST", "secret-host")
    with pytest.raises(ConfigError, match=r"FAUCET_DB_HSOT is not set\. Did you mean 'FAUCET_DB_HOST'") as error:
        env("FAUCET_DB_HSOT")
    assert "secret-host" not in str(error.value)


def test_the_clock_stands_still():
    """Every ${now:…} of a run gives the same moment, in the zone asked for."""
    now = clock(datetime(2013, 12, 31, 23, 0, tzinfo=UTC))
    assert [now("%H:%M"), now("%Y", "Asia/Tokyo"), now("%H:%M")] == ["23:00", "2014", "23:00"]


def test_a_misspelt_zone_is_refused_with_the_nearest():
    """A time zone that does not exist names the nearest one."""
    now = clock(datetime(2013, 1, 1, tzinfo=UTC))
    with pytest.raises(ConfigError, match=r"'Europe/Amsterdm'\. Did you mean 'Europe/Amsterdam'"):
        now("%Y", "Europe/Amsterdm")


@pytest.fixture
def given(tmp_path):
    """Load a .env file; return what it sets, which is forgotten after the test."""

    def load(content: bytes) -> dict[str, str]:
        names = set(os.environ)
        (tmp_path / ".env").write_bytes(content)
        load_dotenv(tmp_path / ".env")
        return {name: os.environ[name] for name in os.environ.keys() - names}

    before = dict(os.environ)
    yield load
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\xef\xbb\xbfFAUCET_A=1\n", "1"),
        (b"export\tFAUCET_A=1\r\n", "1"),
        (b"FAUCET_A = 'two # 2' # three\n", "two # 2"),
        (b'FAUCET_A="s3cr et" # c\n', "s3cr et"),
        (b"FAUCET_A=pa#ss # c\n# FAUCET_B=2\n", "pa#ss"),
        (b"FAUCET_A='1\n2'\n", "1\n2"),
        (b"=1\nFAUCET_A=2\n", "2"),
        ("FAUCET_A=é\u2028FAUCET_B=2\n".encode(), "é\u2028FAUCET_B=2"),
        (b"FAUCET_A=${NO_SUCH:-x}y\n", "xy"),
    ],
)
def test_dotenv_is_read_as_python_dotenv_reads_it(given, content, found):
    """Marks of editors, export, quotes, comments, lines and what stands in other variables are understood."""
    assert given(content) == {"FAUCET_A": found}


def test_the_environment_wins_over_dotenv(monkeypatch, given):
    """A variable that is set stays; one that is set but empty is filled."""
    monkeypatch.setenv("FAUCET_C", "kept")
    monkeypatch.setenv("FAUCET_D", "")
    assert given(b"FAUCET_C=lost\nFAUCET_D=filled\nFAUCET_E=$x${FAUCET_C}\n") == {"FAUCET_E": "$xkept"}
    assert (env("FAUCET_C"), env("FAUCET_D")) == ("kept", "filled")


@pytest.mark.parametrize(
    ("content", "says"), [(b"A=1\nB=caf\xe9\n", r"\.env:2: this is not UTF-8"), (b"A=a\0b\n", r"\.env: .*null")]
)
def test_a_dotenv_that_cannot_be_is_one_line(given, content, says):
    """Bytes of another encoding are named with file and line, and so is a value that no variable can have."""
    with pytest.raises(ConfigError, match=says):
        given(content)


def test_no_dotenv_is_no_error(tmp_path):
    """A project without a .env file is as good."""
    load_dotenv(tmp_path / ".env")
    assert not (tmp_path / ".env").exists()
