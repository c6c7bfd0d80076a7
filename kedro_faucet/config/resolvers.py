"""What ``${…}`` may ask for: ``${env:NAME, default}`` and ``${now:FORMAT, TZ}``; and the project's ``.env`` file."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from omegaconf import OmegaConf

from kedro_faucet.exceptions import ConfigError, did_you_mean

_NONE = object()


def register(name: str, resolver: Callable[..., Any]) -> None:
    """Make a resolver known under a name; OmegaConf keeps them for the whole process, so the latest wins."""
    OmegaConf.register_resolver(name, resolver, replace=True)


def env(name: str, default: Any = _NONE) -> Any:
    """Return an environment variable, or the default where it is not set.

    >>> env("NO_SUCH_VARIABLE", "local[*]")
    'local[*]'

    Raises:
        ConfigError: if it is not set and there is no default.
    """
    value = os.environ.get(name, default)
    if value is _NONE:
        raise ConfigError(
            f"The environment variable {name} is not set.{did_you_mean(name, os.environ)} "
            f"Set it, or give a default: ${{env:{name}, value}}"
        )
    return value


def clock(moment: datetime) -> Callable[..., str]:
    """Return the resolver of ``${now:FORMAT, TZ}``: one moment for a whole run, in UTC unless told otherwise.

    >>> now = clock(datetime(2013, 1, 31, 23, 30, tzinfo=UTC))
    >>> now("%Y-%m-%d"), now("%Y-%m-%d %H:%M", "Europe/Amsterdam")
    ('2013-01-31', '2013-02-01 00:30')
    """

    def now(form: str = "%Y-%m-%dT%H:%M:%S", zone: str = "UTC") -> str:
        return moment.astimezone(_zone(zone)).strftime(form)

    return now


def _zone(name: str) -> Any:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"No time zone '{name}'.{did_you_mean(name, available_timezones())}") from None


def load_dotenv(file: Path) -> None:
    """Set the environment variables that a ``.env`` file names, unless they are set already.

    Args:
        file: lines ``NAME=value``, quoted or not, with or without ``export``; it need not exist.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            os.environ.setdefault(name.strip(), _unquoted(value.strip()))


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
