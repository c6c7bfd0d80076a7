"""Environment, clock and the .env file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kedro_faucet.config.resolvers import clock, env, load_dotenv
from kedro_faucet.exceptions import ConfigError


def test_a_variable_that_is_set_beats_its_default(monkeypatch):
    """The environment wins over the default; an empty value is a value."""
    monkeypatch.setenv("FAUCET_HOST", "")
    assert env("FAUCET_HOST", "localhost") == ""


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


def test_dotenv_sets_what_is_not_set(monkeypatch, tmp_path):
    """A .env file gives defaults: quotes, export and comments are understood, and the environment wins."""
    names = {"FAUCET_A": "1", "FAUCET_B": "two # not a comment", "FAUCET_C": "3", "FAUCET_D": "kept"}
    for name in names:
        monkeypatch.setenv(name, "x")  # so that monkeypatch takes away what the file sets
        monkeypatch.delenv(name)
    monkeypatch.setenv("FAUCET_D", "kept")
    lines = [
        "# FAUCET_X=1",
        "FAUCET_A=1",
        "",
        "export FAUCET_B='two # not a comment'",
        "FAUCET_C = 3 # three",
        "FAUCET_D=lost",
    ]
    (tmp_path / ".env").write_text("\n".join(lines))
    load_dotenv(tmp_path / ".env")
    assert {name: env(name) for name in names} == names


def test_no_dotenv_is_no_error(tmp_path):
    """A project without a .env file is as good."""
    load_dotenv(tmp_path / ".env")
    assert not (tmp_path / ".env").exists()
