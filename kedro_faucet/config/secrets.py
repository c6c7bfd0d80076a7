"""What may be a secret, and is not shown: it can be handed on, but neither printed nor quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

HIDDEN = "***"
_SECRET = re.compile(r"(?i)secret|passw|passphrase|token|credential|signature|sas\b|(api|access|account|private).?key")
_SHORTEST = 4


@dataclass(frozen=True, repr=False, eq=False)
class Settings(Mapping[str, Any]):
    """The settings of an engine, of which a printout shows no value that is handed through to the engine itself.

    It is no ``dict``: Kedro takes these apart, and makes new ones of them.

    >>> settings = Settings({"type": "spark", "config": {"spark.hadoop.fs.s3a.secret.key": "abc"}})
    >>> settings
    {'type': 'spark', 'config': {'spark.hadoop.fs.s3a.secret.key': '***'}}
    >>> settings["config"]["spark.hadoop.fs.s3a.secret.key"]
    'abc'
    """

    given: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return a setting."""
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self.given)

    def __len__(self) -> int:
        """Count the settings."""
        return len(self.given)

    def shown(self) -> dict[str, Any]:
        """Return the settings with the values below ``config`` left out."""
        inner = self.given.get("config")
        return {**self.given, **({"config": dict.fromkeys(inner, HIDDEN)} if isinstance(inner, Mapping) else {})}

    def __repr__(self) -> str:
        """Show the names of all settings."""
        return repr(self.shown())


class Secrets(Settings):
    """Settings of which a printout shows the names alone.

    >>> Secrets({"con": "postgresql://ada:hunter2@db/shop"})
    {'con': '***'}
    """

    def shown(self) -> dict[str, Any]:
        """Return the names, each with nothing said."""
        return dict.fromkeys(self.given, HIDDEN)

    def copy(self) -> Secrets:
        """Return the settings themselves, as nothing changes them."""
        return self


def _represent(dumper: Any, settings: Settings) -> Any:
    return dumper.represent_dict(settings.shown())


for _dumper in (yaml.Dumper, yaml.SafeDumper):
    yaml.add_multi_representer(Settings, _represent, Dumper=_dumper)


def is_secret(name: str) -> bool:
    """Tell whether a key is of those whose values are not for every eye.

    >>> is_secret("spark.hadoop.fs.s3a.secret.key"), is_secret("spark.sql.shuffle.partitions")
    (True, False)
    """
    return bool(_SECRET.search(name))


def without_passwords(text: str) -> str:
    """Return a text in which no address holds a password.

    >>> without_passwords("postgresql://ada:hunter2@db/shop")
    'postgresql://ada:***@db/shop'
    """
    return re.sub(r"(://[^\s/:@]*:)[^\s/@]+@", rf"\1{HIDDEN}@", text)


def without_values(text: str, settings: Mapping[str, Any]) -> str:
    """Return a text in which no value of a setting is quoted.

    >>> without_values("Cannot parse 'hunter2'.", {"memory_limit": "hunter2"})
    "Cannot parse '<memory_limit>'."
    """
    for name, value in sorted(settings.items(), key=lambda pair: -len(str(pair[1]))):
        if len(str(value)) >= _SHORTEST and not isinstance(value, bool):
            text = text.replace(str(value), f"<{name}>")
    return text
