"""A secret out of ``credentials.yml``, for a node that needs one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from kedro.io import AbstractDataset

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.nodes.hygiene.secret import Secret

_WANTED = "credentials.yml is to hold it as secret:, as in pseudonyms: {secret: …}"


class SecretDataset(AbstractDataset[NoReturn, Secret]):
    """A secret that stands in ``credentials.yml``; no printout shows it.

    ```yaml
    pseudonym_key:
      type: kedro_faucet.SecretDataset
      credentials: pseudonyms            # credentials.yml: pseudonyms: {secret: "${env:PSEUDONYM_KEY}"}
    ```

    >>> SecretDataset(credentials={"secret": "correct horse battery staple"}).load()
    <secret>
    """

    def __init__(self, *, credentials: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        """Keep the secret.

        Args:
            credentials: a mapping whose one key is ``secret``.
            metadata: for Kedro-Viz and others; not used here.

        Raises:
            ResourceError: if there is no ``secret``, or another key.
            ConfigError: if it is shorter than 16 letters.
        """
        if set(credentials) != {"secret"}:
            raise ResourceError(f"A SecretDataset needs one secret, and nothing else: {_WANTED}.")
        self._secret = Secret(credentials["secret"], "The secret in credentials.yml")
        self.metadata = metadata

    def load(self) -> Secret:
        """Return the secret."""
        return self._secret

    def save(self, data: Any) -> NoReturn:
        """Refuse to write a secret.

        Raises:
            ResourceError: always.
        """
        raise ResourceError(f"A SecretDataset is read only: {_WANTED}.")

    def _describe(self) -> dict[str, Any]:
        return {}
