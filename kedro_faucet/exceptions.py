"""One tree of errors: each says what is wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from click import ClickException


class FaucetError(ClickException):
    """The root of the tree; a command line shows it as one ``Error:`` line, without a traceback.

    >>> str(FaucetError("No provider 'lakes'."))
    "No provider 'lakes'."
    """

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


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return a sentence with the nearest name, or nothing where none is near.

    >>> did_you_mean("lkae", ["lake", "source"])
    " Did you mean 'lake'?"
    >>> did_you_mean("zzz", ["lake", "source"])
    ''
    """
    near = get_close_matches(str(name), [str(choice) for choice in choices], n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
