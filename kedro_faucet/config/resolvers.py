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
_ENCODING = "utf-8-sig"  # some editors put a mark before the first name


def register(name: str, resolver: Callable[..., Any]) -> None:
    """Make a resolver known under a name; OmegaConf keeps them for the whole process, so the latest wins."""
    OmegaConf.register_resolver(name, resolver, replace=True)


def env(name: str, default: Any = _NONE) -> Any:
    """Return an environment variable, or the default where it is not set; one that is empty counts as not set.

    >>> env("NO_SUCH_VARIABLE", "local[*]")
    'local[*]'

    Raises:
        ConfigError: if it is not set and there is no default.
    """
    value = os.environ.get(name) or default
    if value is _NONE:
        what = "is empty" if name in os.environ else f"is not set.{did_you_mean(name, os.environ)}".rstrip(".")
        raise ConfigError(f"The environment variable {name} {what}. Set it, or give a default: ${{env:{name}, value}}")
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
        file: lines as python-dotenv reads them; it need not exist.

    Raises:
        ConfigError: if it is not UTF-8, or a value cannot be an environment variable's.
    """
    if not file.is_file():
        return
    import dotenv

    try:
        for name in dotenv.dotenv_values(file, encoding=_ENCODING):
            if os.environ.get(name) == "":  # an empty one counts as not set
                del os.environ[name]
        dotenv.load_dotenv(file, encoding=_ENCODING)
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}:{line}: this is not UTF-8. Save the file as UTF-8.") from None
    except ValueError as error:  # an empty name, or a NUL
        raise ConfigError(f"{file}: no environment variable can be so: {error}.") from None
