"""Google's cloud storage: not tested against a server, as none can be had that takes what the client puts."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import field_validator

from kedro_faucet.services.settings import Strict
from kedro_faucet.services.stores.buckets import Buckets, delta_patience


class ServiceAccount(Strict):
    """The file of a service account's key, as ``gcsfs`` names it; none: what the environment or machine has."""

    token: str | None = None


class Gcs(Buckets):
    """Objects in a bucket of Google's; not tested against a server.

    ```yaml
    lake: {service: gcs, path: company-lake/shop, format: delta, credentials: lake}
    ```
    """

    service: Literal["gcs"]
    endpoint: str | None = None

    extra: ClassVar[str] = "gcs"
    secrets: ClassVar[type[Strict]] = ServiceAccount

    @field_validator("endpoint")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an endpoint is a URL, as in https://storage.googleapis.com")
        return value or None

    @property
    def scheme(self) -> str:
        """What every tool calls it."""
        return "gs"

    @property
    def reached(self) -> str:
        """The bucket and the endpoint."""
        return f"{self.place} at {self.endpoint}" if self.endpoint else self.place

    def _settings(self) -> dict[str, str]:
        given = {"base_url": self.endpoint, "service_account": getattr(self._credentials, "token", None)}
        return {name: value for name, value in given.items() if value}

    def client(self, bucket: str, client_options: dict[str, Any], retry_config: Any) -> Any:
        """Return obstore's client of a bucket."""
        from obstore.store import GCSStore

        client_options |= {"allow_http": (self.endpoint or "").startswith("http://")}
        settings: Any = {"client_options": client_options, "retry_config": retry_config, **self._settings()}
        return GCSStore(bucket, **settings)

    def delta_options(self) -> dict[str, str]:
        """Return what delta-rs is told; a commit is a conditional put."""
        given = {f"google_{name}": value for name, value in self._settings().items()}
        return {**delta_patience(), **given, "allow_http": "true"}

    def fsspec(self) -> dict[str, Any]:
        """Return what gcsfs is told, for datasets of others."""
        return {"endpoint_url": self.endpoint} if self.endpoint else {}
