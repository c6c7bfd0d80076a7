"""A secret: it can be used, but neither printed nor quoted."""

from __future__ import annotations

import hmac
import os

import pyarrow as pa

from kedro_faucet.engines import Engine, Table
from kedro_faucet.exceptions import ConfigError

_SHORTEST = 16
_MAKE = 'python -c "import secrets; print(secrets.token_hex(32))" makes one'


class Secret:
    """A secret, of which a printout shows nothing.

    >>> Secret("correct horse battery staple")
    <secret>

    Args:
        text: the secret, of 16 letters at least.
        name: where it comes from, for messages.

    Raises:
        ConfigError: if it is shorter.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str, name: str = "The secret") -> None:
        """Keep the text."""
        if not isinstance(text, str) or len(text) < _SHORTEST:
            raise ConfigError(f"{name} is no text of at least {_SHORTEST} letters, and so could be guessed: {_MAKE}.")
        self._text = text

    @classmethod
    def of(cls, variable: str) -> Secret:
        """Return the secret in an environment variable.

        Raises:
            ConfigError: if there is none, or it is too short.
        """
        if variable not in os.environ:
            raise ConfigError(
                f"The environment has no variable {variable}, which is to hold a secret: set it; {_MAKE}."
            )
        return cls(os.environ[variable], f"The environment variable {variable}")

    def table(self, engine: Engine, domain: str) -> Table:
        """Return one row with the two keys of a domain: a table, so that no SQL text holds them."""
        keys = {name: [self._key(f"{name}:{domain}")] for name in ("inner_key", "outer_key")}
        return engine.from_frame(pa.table(keys))

    def _key(self, purpose: str) -> str:
        return hmac.digest(self._text.encode(), purpose.encode(), "sha256").hex()

    def __repr__(self) -> str:
        """Show that it is a secret, and nothing of it."""
        return "<secret>"
