"""Azure's blob storage."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from kedro_faucet.services.settings import Strict
from kedro_faucet.services.stores.buckets import Buckets, delta_patience


class AzureLogin(Strict):
    """An account's key, a token of shared access, or an application; none: what the environment or machine has."""

    key: str | None = Field(None, repr=False)
    token: str | None = Field(None, repr=False)
    tenant: str | None = None
    client: str | None = None
    secret: str | None = Field(None, repr=False)


class Azure(Buckets):
    """Objects in a container of Azure's.

    ```yaml
    lake: {service: azure, account: company, path: lake/shop, format: delta, credentials: lake}
    ```
    """

    service: Literal["azure"]
    account: str
    endpoint: str | None = None

    extra: ClassVar[str] = "azure"
    secrets: ClassVar[type[Strict]] = AzureLogin

    @field_validator("endpoint")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an endpoint is a URL, as in http://localhost:10000/devstoreaccount1")
        return value or None

    @property
    def scheme(self) -> str:
        """What every tool calls it."""
        return "az"

    @property
    def reached(self) -> str:
        """The container and the account."""
        return f"{self.place} at {self.endpoint or self.account}"

    def _settings(self) -> dict[str, str]:
        known = self._credentials.model_dump() if self._credentials else {}
        names = {
            "key": "account_key", "token": "sas_key", "tenant": "tenant_id", "client": "client_id",
            "secret": "client_secret",
        }  # fmt: skip
        given = {names[name]: value for name, value in known.items() if value is not None}
        return {"account_name": self.account, **({"endpoint": self.endpoint} if self.endpoint else {}), **given}

    def client(self, bucket: str, client_options: dict[str, Any], retry_config: Any) -> Any:
        """Return obstore's client of a container."""
        from obstore.store import AzureStore

        client_options |= {"allow_http": (self.endpoint or "").startswith("http://")}
        settings: Any = {"client_options": client_options, "retry_config": retry_config, **self._settings()}
        return AzureStore(bucket, **settings)

    def delta_options(self) -> dict[str, str]:
        """Return what delta-rs is told; a commit is a conditional put."""
        given = {f"azure_storage_{name}": value for name, value in self._settings().items()}
        return {**delta_patience(), **given, "allow_http": "true"}

    def fsspec(self) -> dict[str, Any]:
        """Return what adlfs is told, for datasets of others."""
        return {"account_name": self.account}
