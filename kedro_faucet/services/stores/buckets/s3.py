"""S3, and what speaks as it does: MinIO, SeaweedFS, Ceph, R2."""

from __future__ import annotations

import os
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from kedro_faucet.services.settings import Strict
from kedro_faucet.services.stores.buckets import Buckets, delta_patience


def _known(variables: dict[str, str]) -> dict[str, str]:
    """Return what the variables that every tool of Amazon's knows say, by our names."""
    return {name: value for name, variable in variables.items() if (value := os.environ.get(variable))}


class Key(Strict):
    """An access key; none of it: what the environment, which a cluster's workers have not, or the machine has."""

    key: str | None = None
    secret: str | None = Field(None, repr=False)
    token: str | None = Field(None, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _of_environment(cls, given: Any) -> Any:
        variables = {"key": "AWS_ACCESS_KEY_ID", "secret": "AWS_SECRET_ACCESS_KEY", "token": "AWS_SESSION_TOKEN"}
        return given or _known(variables)


class S3(Buckets):
    """Objects in a bucket of S3.

    ```yaml
    lake: {service: s3, path: company-lake/shop, region: eu-central-1, format: delta, credentials: lake}
    ```
    """

    service: Literal["s3"]
    endpoint: str | None = None
    region: str = "us-east-1"

    extra: ClassVar[str] = "s3"
    secrets: ClassVar[type[Strict]] = Key

    @model_validator(mode="before")
    @classmethod
    def _of_environment(cls, given: Any) -> Any:
        known = _known({"endpoint": "AWS_ENDPOINT_URL", "region": "AWS_REGION"})
        return {**known, **given} if isinstance(given, dict) else given

    @field_validator("endpoint")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("an endpoint is a URL, as in http://localhost:9000")
        return value or None

    @property
    def scheme(self) -> str:
        """What every tool calls it."""
        return "s3"

    @property
    def reached(self) -> str:
        """The bucket and the endpoint."""
        at = f" at {self.endpoint}" if self.endpoint else ""
        return f"{self.place}{at}"

    def _settings(self) -> dict[str, str]:
        known = self._credentials.model_dump() if self._credentials else {}
        names = {"key": "access_key_id", "secret": "secret_access_key", "token": "session_token"}
        given = {names[name]: value for name, value in known.items() if value is not None}
        return {"region": self.region, **({"endpoint": self.endpoint} if self.endpoint else {}), **given}

    def client(self, bucket: str, client_options: dict[str, Any], retry_config: Any) -> Any:
        """Return obstore's client of a bucket."""
        from obstore.store import S3Store

        client_options |= {"allow_http": (self.endpoint or "").startswith("http://")}
        settings: Any = {"client_options": client_options, "retry_config": retry_config, **self._settings()}
        return S3Store(bucket, **settings)

    def delta_options(self) -> dict[str, str]:
        """Return what delta-rs is told; a commit is a conditional put."""
        given = {f"aws_{name}": value for name, value in self._settings().items()}
        return {**delta_patience(), **given, "aws_allow_http": "true", "aws_conditional_put": "etag"}

    def fsspec(self) -> dict[str, Any]:
        """Return what s3fs is told, for datasets of others."""
        endpoint = {"endpoint_url": self.endpoint} if self.endpoint else {}
        return {"client_kwargs": {**endpoint, "region_name": self.region}}
