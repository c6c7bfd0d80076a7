"""One tree of errors: each says what is wrong, where, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from click import ClickException

SCREEN = 4000
"""Letters of a message: about what a screen shows; of a longer one, the middle is left out."""
# The address of an object in this process (kedro_faucet.services.stores.addresses), which no user has written.
ADDRESS = r"-kf\d+://(~[0-9a-z]+/)?"
_NAMES = 12
_NAME = 200


class FaucetError(ClickException):
    """The root of the tree; a command line shows it as one ``Error:`` line, without a traceback.

    >>> str(FaucetError("No provider 'lakes'."))
    "No provider 'lakes'."
    """

    def __init__(self, message: str) -> None:
        """Keep the message, no longer than a screen."""
        super().__init__(shortened(re.sub(ADDRESS, "://", message), SCREEN))

    def __str__(self) -> str:
        """Return the message itself, as a notebook shows it."""
        return str(self.message)


class ConfigError(FaucetError):
    """A configuration file says something that cannot be."""


class EngineError(FaucetError):
    """An engine cannot be started or cannot do what was asked."""


class SqlError(FaucetError):
    """A SQL text is wrong, or outside the subset that both engines understand alike."""


class ResourceError(FaucetError):
    """A resource is missing, cannot be read, or cannot be written."""


class DataError(FaucetError):
    """Rows were refused; nothing was written."""


class ConflictError(FaucetError):
    """Another process wrote the same resource meanwhile; nothing was written."""


class NotebookError(FaucetError):
    """A notebook cannot be run as it stands."""


class MissingExtraError(FaucetError):
    """A package of an optional extra is not installed.

    >>> str(MissingExtraError("pyspark", "spark"))
    "The package 'pyspark' is not installed. Install it with: pip install 'kedro-faucet[spark]'"
    """

    def __init__(self, package: str, extra: str) -> None:
        """Name the package that is missing and the extra that brings it."""
        super().__init__(
            f"The package '{package}' is not installed. Install it with: pip install 'kedro-faucet[{extra}]'"
        )
        # What a process hands over to another is made anew of these.
        self.args = (package, extra)


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return a sentence with the nearest name, or nothing where none is near.

    >>> did_you_mean("lkae", ["lake", "source"])
    " Did you mean 'lake'?"
    >>> did_you_mean("zzz", ["lake", "source"])
    ''
    """
    near = _nearest(name, [str(choice) for choice in choices], 1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _nearest(name: str, choices: Sequence[str], count: int) -> list[str]:
    """Return the names most like one; to compare two names takes the product of their lengths."""
    short = [choice for choice in choices if len(choice) <= _NAME]
    return get_close_matches(str(name), short, n=count, cutoff=0.6) if len(str(name)) <= _NAME else []


def listed(names: Iterable[object], near: str = "") -> str:
    """Return names with commas between: of many the first ones, those most like a given one before them.

    >>> listed(["day", "origin"])
    'day, origin'
    >>> listed([*range(1000), "origin"], near="orgin")
    'origin, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 989 more'
    """
    all_names = [str(name) for name in names]
    if len(all_names) > _NAMES:
        all_names = list(dict.fromkeys([*_nearest(near, all_names, 3), *all_names]))
    more = len(all_names) - _NAMES
    shown = ", ".join(shortened(name, _NAME) for name in all_names[:_NAMES])
    return f"{shown} and {more:,} more" if more > 0 else shown


def shortened(text: object, length: int = 100) -> str:
    """Return a text as it is or, where it is longer, its beginning and its end.

    >>> shortened("x" * 1000 + "!", 10)
    'xxxx … xx!'
    """
    said = str(text)
    end = (length - 3) // 2
    return said if len(said) <= length else f"{said[: length - 3 - end]} … {said[-end:]}"
